"""The starter estate as the network service sees it, and bodies to write."""

from __future__ import annotations

from typing import Any

SUBSCRIPTION = "/subscriptions/8d3f6b21-4c9e-4a7d-b05f-1e62c8d94a37"
NET = SUBSCRIPTION + "/resourceGroups/rg-starter/providers/Microsoft.Network"
VNET = NET + "/virtualNetworks/vnet-starter"
GUARD = NET + "/networkSecurityGroups/nsg-web"
SUBNET = VNET + "/subnets/snet-web"
WE = "westeurope"


def nic_body(subnet: str = SUBNET, **more: Any) -> dict[str, Any]:
    inner = {"subnet": {"id": subnet}, **more}
    return {"location": WE, "properties": {"ipConfigurations": [{"name": "one", "properties": inner}]}}


def network_body(space: str = "10.50.0.0/16", **subnets: str) -> dict[str, Any]:
    made = [{"name": name, "properties": {"addressPrefix": prefix}} for name, prefix in subnets.items()]
    return {"location": WE, "properties": {"addressSpace": {"addressPrefixes": [space]}, "subnets": made}}


def rule(priority: int = 200, **more: Any) -> dict[str, Any]:
    base = {
        "protocol": "Tcp",
        "access": "Deny",
        "direction": "Outbound",
        "priority": priority,
        "sourcePortRange": "*",
        "destinationPortRange": "443",
        "sourceAddressPrefix": "*",
        "destinationAddressPrefix": "Internet",
    }
    return base | more


def settle(cloud: Any, answer: Any) -> Any:
    """Let a write finish and give its operation's status document."""
    assert answer.status in (200, 201, 202), answer.body
    operation = answer.headers["Azure-AsyncOperation"]
    assert cloud.get(operation).body["status"] == "InProgress"
    cloud.clock.advance(60)
    status = cloud.get(operation).body
    assert status["status"] == "Succeeded", status
    return answer


def guard(cloud: Any) -> str:
    """A security group without rules of its own before snet-web; gives its id."""
    settle(cloud, cloud.put(GUARD, {"location": WE, "properties": {}}))
    subnet = cloud.get(SUBNET).body
    subnet["properties"]["networkSecurityGroup"] = {"id": GUARD}
    settle(cloud, cloud.put(SUBNET, subnet))
    return GUARD
