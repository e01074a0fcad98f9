"""Security rules and routes: written, refused, and what of them is effective at a NIC."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.network.nets import NET, SUBNET, WE, guard, nic_body, rule, settle


def test_rules_are_written_one_by_one_and_together(cloud: Any) -> None:
    path = f"{NET}/networkSecurityGroups/nsg-new"
    whole = {"location": WE, "properties": {"securityRules": [{"name": "a", "properties": rule()}]}}
    settle(cloud, cloud.put(path, whole))
    settle(cloud, cloud.put(f"{path}/securityRules/b", {"properties": rule(300)}))
    assert [one["name"] for one in cloud.get(f"{path}/securityRules").body["value"]] == ["a", "b"]
    assert cloud.put(f"{path}/securityRules/c", {"properties": rule(300)}).code == "SecurityRuleConflict"
    settle(cloud, cloud.delete(f"{path}/securityRules/a"))
    assert [one["name"] for one in cloud.get(path).body["properties"]["securityRules"]] == ["b"]
    settle(cloud, cloud.delete(path))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (rule(99), "SecurityRuleInvalidPriority"),
        (rule(destinationPortRange="70000"), "SecurityRuleInvalidPortRange"),
        (rule(destinationAddressPrefix="Nowhere"), "SecurityRuleInvalidAddressPrefix"),
        (rule(destinationAddressPrefixes=["10.0.0.0/8"]), "SecurityRuleParameterConflict"),
        (rule(destinationAddressPrefix=None), "SecurityRuleParameterMissing"),
        (rule(access="Maybe"), "InvalidRequestContent"),
    ],
)
def test_a_wrong_rule_is_refused(cloud: Any, wrong: dict[str, Any], code: str) -> None:
    answer = cloud.put(f"{guard(cloud)}/securityRules/x", {"properties": wrong})
    assert (answer.status, answer.code) == (400, code)


def test_a_route_table_is_attached_and_then_kept(cloud: Any) -> None:
    path = f"{NET}/routeTables/rt-new"
    routes = [{"name": "nva", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance"}}]
    assert cloud.put(path, {"location": WE, "properties": {"routes": routes}}).code == "InvalidNextHopIpAddress"
    routes[0]["properties"]["nextHopIpAddress"] = "10.10.0.4"  # type: ignore[index]
    settle(cloud, cloud.put(path, {"location": WE, "properties": {"routes": routes}}))
    subnet = {"addressPrefix": "10.10.1.0/24", "routeTable": {"id": path}}
    settle(cloud, cloud.put(SUBNET, {"properties": subnet}))
    assert cloud.delete(path).code == "InUseRouteTableCannotBeDeleted"
    assert cloud.get(path).body["properties"]["subnets"] == [{"id": SUBNET}]


def effective(cloud: Any, nic: str, what: str) -> list[dict[str, Any]]:
    started = cloud.post(f"{NET}/networkInterfaces/{nic}/{what}")
    assert started.status == 202, started.body
    location = started.headers["Location"]
    assert cloud.get(location).status == 202
    cloud.clock.advance(60)
    value: list[dict[str, Any]] = cloud.get(location).body["value"]
    return value


def test_effective_rules_expand_tags(cloud: Any) -> None:
    settle(
        cloud,
        cloud.put(
            f"{guard(cloud)}/securityRules/storage",
            {"properties": rule(150, access="Allow", destinationAddressPrefix="Storage.WestEurope")},
        ),
    )
    found = effective(cloud, "web-01-nic", "effectiveNetworkSecurityGroups")
    assert found[0]["association"] == {"subnet": {"id": SUBNET}}
    rules = {one["name"]: one for one in found[0]["effectiveSecurityRules"]}
    storage = rules["securityRules/storage"]
    assert storage["destinationPortRange"] == "443-443"
    assert len(storage["expandedDestinationAddressPrefix"]) > 1
    assert "10.10.0.0/16" in rules["defaultSecurityRules/AllowVnetOutBound"]["expandedDestinationAddressPrefix"]


def test_effective_routes_override_the_default_route(cloud: Any) -> None:
    table = f"{NET}/routeTables/rt-new"
    forced = {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualNetworkGateway"}
    routes = {"routes": [{"name": "forced", "properties": forced}]}
    settle(cloud, cloud.put(table, {"location": WE, "properties": routes}))
    settle(cloud, cloud.put(SUBNET, {"properties": {"addressPrefix": "10.10.1.0/24", "routeTable": {"id": table}}}))
    found = effective(cloud, "web-01-nic", "effectiveRouteTable")
    everything = [one for one in found if one["addressPrefix"] == ["0.0.0.0/0"]]
    assert {(one["source"], one["state"]) for one in everything} == {("Default", "Invalid"), ("User", "Active")}


def test_effective_views_need_a_running_vm(cloud: Any) -> None:
    settle(cloud, cloud.put(f"{NET}/networkInterfaces/loose", nic_body()))
    answer = cloud.post(f"{NET}/networkInterfaces/loose/effectiveRouteTable")
    assert answer.status == 400
