"""The starter estate as Compute sees it, and bodies of new machines."""

from __future__ import annotations

import base64
from typing import Any

SUBSCRIPTION = "/subscriptions/8d3f6b21-4c9e-4a7d-b05f-1e62c8d94a37"
GROUP = SUBSCRIPTION + "/resourceGroups/rg-starter/providers/Microsoft.Compute"
ALL = SUBSCRIPTION + "/providers/Microsoft.Compute"
NET = SUBSCRIPTION + "/resourceGroups/rg-starter/providers/Microsoft.Network"
WEB = GROUP + "/virtualMachines/web-01"
SECRET = base64.b64encode(b"not a password").decode()


def settle(cloud: Any, answer: Any, state: str = "Succeeded") -> Any:
    """Let a write finish; gives its status document."""
    assert answer.status in (200, 201, 202), answer.body
    operation = answer.headers["Azure-AsyncOperation"]
    assert cloud.get(operation).body["status"] == "InProgress"
    cloud.clock.advance(400)
    status = cloud.get(operation).body
    assert status["status"] == state, status
    return status


def power(cloud: Any, path: str) -> str:
    statuses = cloud.get(path + "/instanceView").body["statuses"]
    return next(str(one["code"]) for one in statuses if one["code"].startswith("PowerState/"))


def make_nic(cloud: Any, name: str) -> str:
    subnet = {"id": f"{NET}/virtualNetworks/vnet-starter/subnets/snet-web"}
    inner = {"ipConfigurations": [{"name": "one", "properties": {"subnet": subnet}}]}
    path = f"{NET}/networkInterfaces/{name}"
    settle(cloud, cloud.put(path, {"location": "westeurope", "properties": inner}))
    return path


def machine(nic: str, **more: Any) -> dict[str, Any]:
    reference = {"publisher": "Canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts-gen2"}
    properties = {
        "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
        "storageProfile": {"imageReference": reference, "osDisk": {"createOption": "FromImage"}},
        "osProfile": {"computerName": "new", "adminUsername": "me", "adminPassword": SECRET},
        "networkProfile": {"networkInterfaces": [{"id": nic}]},
    }
    return {"location": "westeurope", "properties": properties | more}
