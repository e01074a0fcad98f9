"""Disks are attached, grown and exported; availability and disk encryption sets."""

from __future__ import annotations

from typing import Any

from tests.emulator.compute.machines import GROUP, WEB, machine, make_nic, settle


def test_disks_are_attached_and_detached(cloud: Any) -> None:
    spare = f"{GROUP}/disks/spare"
    made = {"createOption": "Empty"}
    body = {
        "location": "westeurope",
        "sku": {"name": "Premium_LRS"},
        "properties": {"creationData": made, "diskSizeGB": 32},
    }
    settle(cloud, cloud.put(spare, body))
    attach = {"lun": 5, "createOption": "Attach", "managedDisk": {"id": spare}}
    settle(cloud, cloud.send("PATCH", WEB, {"properties": {"storageProfile": {"dataDisks": [attach]}}}))
    assert cloud.get(spare).body["managedBy"] == WEB
    assert cloud.get(WEB).body["properties"]["storageProfile"]["dataDisks"][0]["diskSizeGB"] == 32
    twice = [attach, {**attach, "managedDisk": {"id": f"{GROUP}/disks/other"}}]
    again = cloud.send("PATCH", WEB, {"properties": {"storageProfile": {"dataDisks": twice}}})
    assert again.code == "InvalidParameter"
    settle(cloud, cloud.send("PATCH", WEB, {"properties": {"storageProfile": {"dataDisks": []}}}))
    assert cloud.get(spare).body["properties"]["diskState"] == "Unattached"


def test_a_disk_grows_and_keeps_its_rules(cloud: Any) -> None:
    path = f"{GROUP}/disks/db-01-sqldata"
    assert cloud.send("PATCH", path, {"properties": {"diskSizeGB": 128}}).code == "OperationNotAllowed"
    assert cloud.send("PATCH", path, {"sku": {"name": "StandardSSD_LRS"}}).code == "OperationNotAllowed"
    grown = cloud.send("PATCH", path, {"properties": {"diskSizeGB": 512}})
    settle(cloud, grown)
    properties = cloud.get(path).body["properties"]
    assert (properties["diskSizeGB"], properties["tier"]) == (512, "P20")
    access = cloud.post(f"{path}/beginGetAccess", {"access": "Read", "durationInSeconds": 600})
    assert access.status == 202
    cloud.clock.advance(30)
    assert cloud.get(access.headers["Location"]).body["accessSAS"].startswith("https://md-")
    assert cloud.post(f"{path}/endGetAccess").status == 202
    bad = {"location": "westeurope", "properties": {"creationData": {"createOption": "Empty"}}}
    assert cloud.put(f"{GROUP}/disks/none", bad).code == "InvalidParameter"


def test_availability_and_encryption_sets(cloud: Any) -> None:
    path = f"{GROUP}/availabilitySets/av"
    made = cloud.put(
        path, {"location": "westeurope", "sku": {"name": "Aligned"}, "properties": {"platformFaultDomainCount": 2}}
    )
    assert made.status == 200
    assert cloud.send("PATCH", path, {"tags": {"a": "b"}}).body["tags"] == {"a": "b"}
    changed = {"location": "westeurope", "properties": {"platformFaultDomainCount": 3}}
    assert cloud.put(path, changed).code == "PropertyChangeNotAllowed"
    nic = make_nic(cloud, "new-nic")
    member = f"{GROUP}/virtualMachines/member"
    settle(cloud, cloud.put(member, machine(nic, availabilitySet={"id": path})))
    assert cloud.get(path).body["properties"]["virtualMachines"] == [{"id": member}]
    assert cloud.delete(path).code == "OperationNotAllowed"
    settle(cloud, cloud.delete(member))
    assert cloud.delete(path).status == 200
    key = {"activeKey": {"keyUrl": "https://kv.vault.azure.net/keys/k/1", "sourceVault": {"id": f"{GROUP}/none"}}}
    refused = cloud.put(f"{GROUP}/diskEncryptionSets/des", {"location": "westeurope", "properties": key})
    assert refused.code == "KeyVaultNotFound"
