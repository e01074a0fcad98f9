"""Test failovers that fail: in which task, with which code, and that they go well once the cause is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.site_recovery.walk import Walk

VM = """\
name: drilled
region: westeurope
resource_groups: {rg-app: {}, rg-dr: {region: northeurope}}
networks: {vnet-app: {space: 10.1.0.0/16, subnets: {snet: 10.1.1.0/28}}}
vms: {vm-1: {disks: [{size: 64, name: data, TIER}]}}
"""


def drilled(make_walk: Callable[..., Walk], text: str = VM) -> Walk:
    walk = make_walk(text.replace(", TIER", ""))
    walk.set_up()
    walk.protect("vm-1")
    return walk


def code(job: dict[str, Any]) -> str:
    assert job["properties"]["state"] == "Failed"
    return str(job["properties"]["errors"][0]["serviceErrorDetails"]["code"])


def failed_task(job: dict[str, Any]) -> str:
    return next(task["name"] for task in job["properties"]["tasks"] if task["state"] == "Failed")


def test_a_drill_needs_its_network(make_walk: Callable[..., Walk]) -> None:
    walk = drilled(make_walk)
    job = walk.test_failover("vm-1", networkId=f"{walk.test_network}-gone")
    assert (code(job), failed_task(job)) == ("70038", "VmTfoPrerequisitesCheck")
    assert walk.get(walk.item("vm-1"))["properties"]["allowedOperations"][-1] == "TestFailover"
    body = {"failoverDirection": "PrimaryToRecovery", "networkType": "NoNetworkAttachAsInput"}
    refused = walk.send("POST", f"{walk.item('vm-1')}/testFailover", {"properties": body})
    assert refused.status == 400


def test_a_drill_meets_a_name_in_use(make_walk: Callable[..., Walk]) -> None:
    walk = drilled(make_walk)
    nic = f"{walk.group_id}/providers/Microsoft.Network/networkInterfaces/vm-1-nic-test"
    subnet = {"subnet": {"id": f"{walk.test_network}/subnets/snet"}}
    body = {"location": walk.target, "properties": {"ipConfigurations": [{"name": "a", "properties": subnet}]}}
    assert walk.send("PUT", nic, body, "2024-05-01").status in (200, 201)
    job = walk.test_failover("vm-1")
    assert (code(job), failed_task(job)) == ("28031", "VmTfoInitiateFailover")


def target_group(walk: Walk) -> str:
    """A target resource group of its own, apart from the vault's."""
    group = f"{walk.root}/resourceGroups/rg-target"
    assert walk.send("PUT", group, {"location": walk.target}, "2022-09-01").status == 201
    return group


def test_a_drill_meets_a_quota_that_another_drill_uses_up(make_walk: Callable[..., Walk]) -> None:
    two = VM.replace("vms: {vm-1: {disks: [{size: 64, name: data, TIER}]}}", "vms: {vm-1: {}, vm-2: {}}")
    walk = drilled(make_walk, two + "quotas: {northeurope: {cores: 3}}\n")
    walk.protect("vm-2")
    assert walk.test_failover("vm-1")["properties"]["state"] == "Succeeded"
    job = walk.test_failover("vm-2")
    assert (code(job), failed_task(job)) == ("28031", "VmTfoInitiateFailover")
    assert "Current Limit: 3" in job["properties"]["errors"][0]["providerErrorDetails"]["errorMessage"]
    walk.cleanup("vm-1")
    assert walk.test_failover("vm-2")["properties"]["state"] == "Succeeded"


def test_a_drill_meets_a_locked_target_group(make_walk: Callable[..., Walk]) -> None:
    walk = make_walk(VM.replace(", TIER", "")).set_up()
    walk.protect("vm-1", recoveryResourceGroupId=target_group(walk))
    lock = f"{walk.root}/resourceGroups/rg-target/providers/Microsoft.Authorization/locks/frozen"
    assert walk.send("PUT", lock, {"properties": {"level": "ReadOnly"}}, "2020-05-01").status == 201
    job = walk.test_failover("vm-1")
    assert (code(job), failed_task(job)) == ("28031", "VmTfoInitiateFailover")
    assert "ScopeLocked" in job["properties"]["errors"][0]["providerErrorDetails"]["errorMessage"]
    walk.send("DELETE", lock, version="2020-05-01")
    assert walk.test_failover("vm-1")["properties"]["state"] == "Succeeded"


KEYS = """\
key_vaults:
  kv-app: {for_disk_encryption: true}
  kv-dr: {group: rg-dr, region: northeurope}
"""


@pytest.mark.parametrize("at", ["disk", "machine"])
def test_a_key_vault_that_is_shut_to_disk_encryption_fails_the_drill(make_walk: Callable[..., Walk], at: str) -> None:
    encrypted = VM.replace("{disks: [{size: 64, name: data, TIER}]}", "{encryption: ade, key_vault: kv-app}")
    walk = make_walk(encrypted + KEYS).set_up()
    vault = f"{walk.group_id}/providers/Microsoft.KeyVault/vaults/kv-dr"
    secret = {"secretIdentifier": "https://kv-dr.vault.azure.net/secrets/a/1", "keyVaultResourceArmId": vault}
    keys = {"diskEncryptionKeyInfo": secret}
    request = walk.enable_body(walk.vm("vm-1"), **({"diskEncryptionInfo": keys} if at == "machine" else {}))
    if at == "disk":
        for disk in request["properties"]["providerSpecificDetails"]["vmManagedDisks"]:
            disk["diskEncryptionInfo"] = keys
    job = walk.finish(walk.accept("PUT", walk.item("vm-1"), request))
    assert job["properties"]["state"] == "Succeeded", job["properties"]["errors"]
    walk.advance(hours=4)
    job = walk.test_failover("vm-1")
    assert (code(job), failed_task(job)) == ("28031", "VmTfoInitiateFailover")
    assert "volume encryption" in job["properties"]["errors"][0]["providerErrorDetails"]["errorMessage"]
    assert walk.send("PATCH", vault, {"properties": {"enabledForDiskEncryption": True}}, "2023-07-01").status == 200
    assert walk.test_failover("vm-1")["properties"]["state"] == "Succeeded"


def test_a_full_subnet_fails_the_drill(make_walk: Callable[..., Walk]) -> None:
    walk = drilled(make_walk)
    for number in range(11):
        nic = f"{walk.group_id}/providers/Microsoft.Network/networkInterfaces/nic-{number}"
        subnet = {"subnet": {"id": f"{walk.test_network}/subnets/snet"}}
        body = {"location": walk.target, "properties": {"ipConfigurations": [{"name": "a", "properties": subnet}]}}
        assert walk.send("PUT", nic, body, "2024-05-01").status in (200, 201)
    assert code(walk.test_failover("vm-1")) == "ReplicaIpAddressInvalid"


def test_policy_and_nic_quota_fail_the_drill(make_walk: Callable[..., Walk]) -> None:
    policy = (
        "policies: {no-sizes: {types: Microsoft.Compute/virtualMachines, denied_skus: Standard_D2s_v5, group: rg-dr}}\n"
    )
    job = drilled(make_walk, VM + policy).test_failover("vm-1")
    assert code(job) == "28031"
    assert "RequestDisallowedByPolicy" in job["properties"]["errors"][0]["providerErrorDetails"]["errorMessage"]
    nics = "quotas: {northeurope: {NetworkInterfaces: 0}}\n"
    assert code(drilled(make_walk, VM + nics).test_failover("vm-1")) == "28092"


def test_an_older_point_is_void_after_a_change_of_tier(make_walk: Callable[..., Walk]) -> None:
    walk = drilled(make_walk, VM.replace("TIER", "tier_changed: true"))
    walk.advance(hours=1)
    points = walk.get(f"{walk.item('vm-1')}/recoveryPoints")["value"]
    old = {"instanceType": "A2A", "recoveryPointId": points[0]["id"]}
    assert code(walk.test_failover("vm-1", providerSpecificDetails=old)) == "BookmarkNotFound"
    unknown = {"instanceType": "A2A", "recoveryPointId": points[0]["id"][:-4] + "ffff"}
    assert code(walk.test_failover("vm-1", providerSpecificDetails=unknown)) == "BookmarkNotFound"
    assert walk.test_failover("vm-1")["properties"]["state"] == "Succeeded"


def test_hydration_fails_in_its_own_task(make_walk: Callable[..., Walk]) -> None:
    walk = drilled(make_walk, VM.replace("TIER}]", "used_percent: 10}], guest: {hydration: fails}"))
    job = walk.test_failover("vm-1")
    assert (code(job), failed_task(job)) == ("170010", "VmTfoPrepareTestVm")


def test_a_lock_on_the_target_group_blocks_the_cleanup(make_walk: Callable[..., Walk]) -> None:
    walk = drilled(make_walk)
    walk.test_failover("vm-1")
    lock = f"{walk.group_id}/providers/Microsoft.Authorization/locks/keep"
    assert walk.send("PUT", lock, {"properties": {"level": "CanNotDelete"}}, "2020-05-01").status in (200, 201)
    job = walk.cleanup("vm-1")
    assert (code(job), failed_task(job)) == ("ScopeLocked", "VmTfoDeleteTestVm")
    assert walk.vm("vm-1-test")
    assert walk.get(walk.item("vm-1"))["properties"]["allowedOperations"] == ["TestFailoverCleanup"]
    walk.send("DELETE", lock, version="2020-05-01")
    assert walk.cleanup("vm-1")["properties"]["state"] == "Succeeded"
