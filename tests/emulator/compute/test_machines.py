"""A VM is made, refused, switched, changed and deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.compute.machines import GROUP, NET, WEB, machine, make_nic, power, settle


def test_power_goes_through_its_states(cloud: Any) -> None:
    stop = cloud.post(f"{WEB}/deallocate")
    assert power(cloud, WEB) == "PowerState/deallocating"
    assert cloud.post(f"{WEB}/start").code == "Conflict"
    settle(cloud, stop)
    assert power(cloud, WEB) == "PowerState/deallocated"
    assert "vmAgent" not in cloud.get(f"{WEB}/instanceView").body
    assert cloud.get(f"{GROUP}/disks/web-01-osdisk").body["properties"]["diskState"] == "Reserved"
    assert cloud.post(f"{WEB}/restart").code == "OperationNotAllowed"
    settle(cloud, cloud.post(f"{WEB}/start"))
    assert power(cloud, WEB) == "PowerState/running"
    settle(cloud, cloud.post(f"{WEB}/powerOff"))
    assert power(cloud, WEB) == "PowerState/stopped"


def test_reapply_repairs_a_failed_vm(make_cloud: Callable[..., Any]) -> None:
    estate = """
name: broken
networks: {vnet: {space: 10.0.0.0/16, subnets: {a: 10.0.0.0/24}}}
vms: {one: {provisioning: Failed}}
"""
    cloud = make_cloud(estate)
    path = f"{cloud.subscription}/resourceGroups/rg-estate/providers/Microsoft.Compute/virtualMachines/one"
    assert cloud.get(path).body["properties"]["provisioningState"] == "Failed"
    settle(cloud, cloud.post(f"{path}/reapply"))
    assert cloud.get(path).body["properties"]["provisioningState"] == "Succeeded"


def test_a_vm_is_created_and_deleted_with_what_it_owns(cloud: Any) -> None:
    nic = make_nic(cloud, "new-nic")
    path = f"{GROUP}/virtualMachines/new"
    body = machine(nic)
    body["properties"]["storageProfile"]["dataDisks"] = [
        {"lun": 3, "createOption": "Empty", "diskSizeGB": 64, "deleteOption": "Delete"}
    ]
    created = cloud.put(path, body)
    assert created.status == 201
    assert created.body["properties"]["provisioningState"] == "Creating"
    assert "adminPassword" not in created.body["properties"]["osProfile"]
    assert power(cloud, path) == "PowerState/starting"
    settle(cloud, created)
    found = cloud.get(path).body
    assert found["properties"]["provisioningState"] == "Succeeded"
    storage = found["properties"]["storageProfile"]
    os_disk, data = storage["osDisk"]["managedDisk"]["id"], storage["dataDisks"][0]["managedDisk"]["id"]
    assert cloud.get(os_disk).body["managedBy"] == path
    assert cloud.get(nic).body["properties"]["virtualMachine"]["id"] == path
    assert cloud.delete(os_disk).code == "OperationNotAllowed"
    assert cloud.delete(nic).code == "NicInUse"
    settle(cloud, cloud.delete(path))
    assert cloud.get(path).status == 404
    assert cloud.get(data).status == 404
    left = cloud.get(os_disk).body
    assert "managedBy" not in left
    assert left["properties"]["diskState"] == "Unattached"
    assert "virtualMachine" not in cloud.get(nic).body["properties"]
    settle(cloud, cloud.delete(os_disk))
    assert cloud.get(os_disk).status == 404


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"hardwareProfile": {"vmSize": "Standard_Huge"}}, 400, "InvalidParameter"),
        ({"hardwareProfile": {"vmSize": 4}}, 400, "InvalidRequestContent"),
        ({"networkProfile": {"networkInterfaces": []}}, 400, "InvalidParameter"),
        ({"networkProfile": {"networkInterfaces": [{"id": f"{NET}/networkInterfaces/web-01-nic"}]}}, 400, "NicInUse"),
        ({"networkProfile": {"networkInterfaces": [{"id": f"{NET}/networkInterfaces/none"}]}}, 404, "NotFound"),
        ({"osProfile": {"adminUsername": "me"}}, 400, "InvalidParameter"),
        ({"availabilitySet": {"id": f"{GROUP}/availabilitySets/none"}}, 404, "NotFound"),
    ],
)
def test_a_wrong_vm_is_refused(cloud: Any, change: dict[str, Any], status: int, code: str) -> None:
    body = machine(make_nic(cloud, "new-nic"), **change)
    answer = cloud.put(f"{GROUP}/virtualMachines/new", body)
    assert (answer.status, answer.code) == (status, code)
    assert cloud.get(f"{GROUP}/virtualMachines/new").status == 404


def test_an_unknown_image_and_a_disk_of_another_vm_are_refused(cloud: Any) -> None:
    body = machine(make_nic(cloud, "new-nic"))
    body["properties"]["storageProfile"]["imageReference"]["sku"] = "none"
    assert cloud.put(f"{GROUP}/virtualMachines/new", body).code == "PlatformImageNotFound"
    taken = {"lun": 0, "createOption": "Attach", "managedDisk": {"id": f"{GROUP}/disks/db-01-sqldata"}}
    answer = cloud.send("PATCH", WEB, {"properties": {"storageProfile": {"dataDisks": [taken]}}})
    assert (answer.status, answer.code) == (409, "ConflictingUserInput")


def test_quota_and_restricted_sizes_stop_a_vm(make_cloud: Callable[..., Any]) -> None:
    estate = """
name: tight
networks: {vnet: {space: 10.0.0.0/16, subnets: {a: 10.0.0.0/24}}}
quotas: {westeurope: {standardDSv5Family: 3}}
restricted_sizes: [{sizes: standardESv5Family, regions: westeurope}]
vms: {one: {}}
"""
    cloud = make_cloud(estate)
    group = f"{cloud.subscription}/resourceGroups/rg-estate/providers"
    body = machine(f"{group}/Microsoft.Network/networkInterfaces/none")
    path = f"{group}/Microsoft.Compute/virtualMachines/two"
    over = cloud.put(path, body)
    assert (over.status, over.code) == (409, "OperationNotAllowed")
    assert "Current Limit: 3" in over.body["error"]["message"]
    body["properties"]["hardwareProfile"]["vmSize"] = "Standard_E4s_v5"
    assert cloud.put(path, body).code == "SkuNotAvailable"


def test_a_vm_is_resized_and_tagged(cloud: Any) -> None:
    asked = {"tags": {"owner": "me"}, "properties": {"hardwareProfile": {"vmSize": "Standard_D4s_v5"}}}
    settle(cloud, cloud.send("PATCH", WEB, asked))
    body = cloud.get(WEB).body
    assert body["tags"] == {"owner": "me"}
    assert body["properties"]["hardwareProfile"]["vmSize"] == "Standard_D4s_v5"
    arm = {"properties": {"hardwareProfile": {"vmSize": "Standard_D2ps_v5"}}}
    assert cloud.send("PATCH", WEB, arm).code == "OperationNotAllowed"
    whole = cloud.get(WEB).body
    settle(cloud, cloud.put(WEB, whole))
    assert cloud.get(WEB).body["properties"]["storageProfile"] == whole["properties"]["storageProfile"]


def test_extensions_come_and_go(cloud: Any) -> None:
    path = f"{WEB}/extensions/Monitor"
    body = {
        "location": "westeurope",
        "properties": {
            "publisher": "Microsoft.Azure.Monitor",
            "type": "AzureMonitorLinuxAgent",
            "typeHandlerVersion": "1.0",
        },
    }
    assert cloud.get(path).status == 404
    assert cloud.put(path, {"location": "westeurope", "properties": {}}).code == "InvalidParameter"
    settle(cloud, cloud.put(path, body))
    assert cloud.get(path).body["properties"]["provisioningState"] == "Succeeded"
    assert [one["name"] for one in cloud.get(f"{WEB}/instanceView").body["extensions"]] == ["Monitor"]
    assert cloud.get(WEB).body["resources"][0]["id"] == path
    settle(cloud, cloud.delete(path))
    assert cloud.get(f"{WEB}/extensions").body["value"] == []
    assert cloud.delete(path).status == 204
