"""Zone to zone, high churn, encrypted disks, replication groups, and settings that name what is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.site_recovery.walk import SOURCE, TARGET, Walk

ZONAL = """\
name: zonal
region: westeurope
resource_groups: {rg-app: {}, rg-dr: {region: northeurope}, rg-zone: {}}
networks:
  vnet: {space: 10.1.0.0/16, subnets: {snet: 10.1.1.0/24}}
  vnet-drill: {group: rg-zone, space: 10.1.0.0/16, subnets: {snet: 10.1.1.0/24}}
vms:
  vm-1: {zone: 1, subnet: vnet/snet}
  vm-2: {subnet: vnet/snet}
  vm-3: {zone: 1, subnet: vnet/snet, disks: [64 Premium_ZRS]}
"""


@pytest.fixture
def zonal(make_walk: Callable[..., Walk]) -> Walk:
    """One fabric with two containers."""
    walk = make_walk(ZONAL, source_group_name="rg-app")
    walk.set_up()
    second = f"{walk.fabric(SOURCE)}/replicationProtectionContainers/container-zone"
    walk.run("PUT", second, {"properties": {"providerSpecificInput": [{"instanceType": "A2A"}]}})
    mapping = f"{walk.container(SOURCE)}/replicationProtectionContainerMappings/map-zone"
    walk.run("PUT", mapping, {"properties": {"policyId": walk.policy, "targetProtectionContainerId": second}})
    return walk


def zonal_body(walk: Walk, name: str, **more: Any) -> dict[str, Any]:
    group = f"{walk.root}/resourceGroups/rg-zone"
    details = {
        "recoveryContainerId": f"{walk.fabric(SOURCE)}/replicationProtectionContainers/container-zone",
        "recoveryResourceGroupId": group,
        "recoveryAvailabilityZone": "2",
        "recoveryAzureNetworkId": walk.source_network()["id"],
        **more,
    }
    body = walk.enable_body(walk.vm(name), **details)
    for disk in body["properties"]["providerSpecificDetails"]["vmManagedDisks"]:
        disk["recoveryResourceGroupId"] = group
    return body


def test_zone_to_zone_stays_in_the_region(zonal: Walk) -> None:
    zonal.finish(zonal.accept("PUT", zonal.item("vm-1"), zonal_body(zonal, "vm-1")))
    zonal.advance(hours=1)
    item = zonal.get(zonal.item("vm-1"))["properties"]
    details = item["providerSpecificDetails"]
    assert item["protectionState"] == "Protected"
    assert (details["primaryAvailabilityZone"], details["recoveryAvailabilityZone"]) == ("1", "2")
    assert details["primaryFabricLocation"] == details["recoveryFabricLocation"] == SOURCE
    request = {
        "failoverDirection": "PrimaryToRecovery",
        "networkType": "VmNetworkAsInput",
        "networkId": zonal.source_network()["id"],
    }
    refused = zonal.send("POST", f"{zonal.item('vm-1')}/testFailover", {"properties": request})
    assert refused.body["error"]["details"][0]["code"] == "TestFailoverNetworkSameAsSource"
    drill = f"{zonal.root}/resourceGroups/rg-zone/providers/Microsoft.Network/virtualNetworks/vnet-drill"
    assert zonal.test_failover("vm-1", networkId=drill)["properties"]["state"] == "Succeeded"
    assert zonal.vm("vm-1-test")["zones"] == ["2"]


@pytest.mark.parametrize(
    ("name", "more", "code"),
    [
        ("vm-2", {}, "VirtualMachineNotSupported"),
        ("vm-3", {}, "VirtualMachineNotSupported"),
        ("vm-1", {"recoveryAvailabilityZone": "1"}, "VirtualMachineNotSupported"),
    ],
)
def test_zone_to_zone_has_rules_of_its_own(zonal: Walk, name: str, more: dict[str, Any], code: str) -> None:
    job = zonal.finish(zonal.accept("PUT", zonal.item(name), zonal_body(zonal, name, **more)))["properties"]
    assert job["errors"][0]["serviceErrorDetails"]["code"] == code


def test_high_churn_comes_with_premium_block_blobs(make_walk: Callable[..., Walk]) -> None:
    text = """\
name: churning
region: westeurope
networks: {vnet: {space: 10.1.0.0/16, subnets: {snet: 10.1.1.0/24}}}
vms: {vm-1: {zone: 1, disks: [64 PremiumV2_LRS]}}
"""
    walk = make_walk(text)
    walk.set_up()
    account = walk.cache_id.replace(walk.cache, "stpremiumblobs")
    body = {"location": SOURCE, "kind": "BlockBlobStorage", "sku": {"name": "Premium_LRS"}, "properties": {}}
    assert walk.send("PUT", account, body, "2023-05-01").status in (200, 202)
    walk.advance(seconds=60)
    walk.cache = "stpremiumblobs"
    item = walk.protect("vm-1")["properties"]["providerSpecificDetails"]
    assert item["churnOptionSelected"] == "High"


def test_encrypted_disks_are_taken_with_their_key_vault(make_walk: Callable[..., Walk]) -> None:
    text = """\
name: encrypted
region: westeurope
networks: {vnet: {space: 10.1.0.0/16, subnets: {snet: 10.1.1.0/24}}}
key_vaults: {kv-app: {for_disk_encryption: true}}
vms: {vm-1: {os: windows-2022, encryption: ade, key_vault: kv-app}}
"""
    walk = make_walk(text)
    walk.set_up()
    body = walk.enable_body(walk.vm("vm-1"))
    vault = f"{walk.group_id}/providers/Microsoft.KeyVault/vaults/kv-dr"
    info = {
        "diskEncryptionKeyInfo": {
            "secretIdentifier": "https://kv-dr.vault.azure.net/secrets/a/1",
            "keyVaultResourceArmId": vault,
        }
    }
    body["properties"]["providerSpecificDetails"]["vmManagedDisks"][0]["diskEncryptionInfo"] = info
    walk.finish(walk.accept("PUT", walk.item("vm-1"), body))
    walk.advance(hours=1)
    details = walk.get(walk.item("vm-1"))["properties"]["providerSpecificDetails"]
    assert details["vmEncryptionType"] == "OnePassEncrypted"
    disk = details["protectedManagedDisks"][0]
    assert (disk["isDiskEncrypted"], disk["dekKeyVaultArmId"]) == (True, vault)


def test_a_replication_group_shares_its_id_and_fails_over_together(walk: Walk) -> None:
    walk.enable("web-01", multiVmGroupName="shop")
    walk.protect("web-02", multiVmGroupName="shop")
    walk.advance(minutes=30)
    items = [walk.get(walk.item(name))["properties"]["providerSpecificDetails"] for name in ("web-01", "web-02")]
    assert items[0]["multiVmGroupId"] == items[1]["multiVmGroupId"]
    assert items[0]["multiVmGroupCreateOption"] == "UserSpecified"
    body = {"failoverDirection": "PrimaryToRecovery", "sourceSiteOperations": "NotRequired"}
    refused = walk.send("POST", f"{walk.item('web-01')}/unplannedFailover", {"properties": body})
    assert refused.body["error"]["details"][0]["code"] == "MultiVmGroupFailoverNotAllowed"


def test_settings_that_name_what_is_not_there_fail_the_drill(walk: Walk) -> None:
    walk.protect("web-01")
    nic = walk.get(walk.item("web-01"))["properties"]["providerSpecificDetails"]["vmNics"][0]["nicId"]
    group = f"{walk.group_id}/providers/Microsoft.Network/networkSecurityGroups/nsg-none"
    patch = {"vmNics": [{"nicId": nic, "tfoNetworkSecurityGroupId": group}]}
    walk.run("PATCH", walk.item("web-01"), {"properties": patch})
    job = walk.test_failover("web-01")["properties"]
    assert job["errors"][0]["serviceErrorDetails"]["code"] == "28092"
    assert walk.send("PUT", group, {"location": TARGET, "properties": {}}, "2024-05-01").status in (200, 201)
    walk.advance(seconds=30)
    assert walk.test_failover("web-01")["properties"]["state"] == "Succeeded"
