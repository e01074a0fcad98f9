"""What goes wrong while a VM replicates, and what shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.site_recovery.walk import Walk

ESTATE = """\
name: steady
region: westeurope
networks: {{vnet: {{space: 10.1.0.0/16, subnets: {{snet: 10.1.1.0/24}}}}}}
storage_accounts: {{stasrcache001: {{{cache}}}}}
vms:
  vm-1:
    os: {os}
    disks: [{disk}]
    guest: {{{guest}}}
"""


def estate(guest: str = "", disk: str = "64", os: str = "ubuntu-22.04", cache: str = "") -> str:
    return ESTATE.format(guest=guest, disk=disk, os=os, cache=cache)


def codes(walk: Walk) -> set[str]:
    errors = walk.get(walk.item("vm-1"))["properties"]["healthErrors"]
    return {error["errorCode"] for error in errors} - {"161011"}


WINDOWS = "windows-2022"
STEADY = {
    "153001": estate("blocked: [event-hub]"),
    "153006": estate("app_consistency: fails"),
    "SourceMachineChurnRateExceeded": estate(disk="{size: 64, churn: 80}"),
    "153007": estate(disk="{size: 64, churn: 80}"),
    "VmAgentIdentityInvalid": estate("agent_identity: old-tenant"),
    "DataTrackingModuleNotLoaded": estate("kernel_updated_later: true"),
}


@pytest.mark.parametrize(("code", "text"), STEADY.items(), ids=STEADY)
def test_an_estate_provokes_the_health_error(make_walk: Callable[..., Walk], code: str, text: str) -> None:
    walk = make_walk(text).set_up()
    walk.protect("vm-1")
    walk.advance(days=1)
    assert code in codes(walk)


@pytest.mark.parametrize(
    ("disk", "told"),
    [
        ("{size: 64, churn: 9}", "vm-1-data-0"),
        ("{size: 64, churn: 5, write_kib: 16}", "vm-1-data-0"),
        ("{size: 64, churn: 3, write_kib: 8}", "vm-1-data-0"),
        ("{size: 64, churn: 3, sku: StandardSSD_LRS}", "vm-1-data-0"),
        ("{size: 512, churn: 19}", ""),
        ("{size: 64, churn: 7}", ""),
    ],
)
def test_a_disk_that_changes_faster_than_its_replica_is_told(
    make_walk: Callable[..., Walk], disk: str, told: str
) -> None:
    walk = make_walk(estate(disk=disk)).set_up()
    item = walk.protect("vm-1")
    errors = {error["errorCode"]: error["errorMessage"] for error in item["properties"]["healthErrors"]}
    assert told in errors.get("153007", "")
    assert ("153007" in errors) == bool(told)


def test_the_inner_code_of_a_broken_vss_provider_is_told(make_walk: Callable[..., Walk]) -> None:
    walk = make_walk(estate("vss_provider: disabled", os=WINDOWS)).set_up()
    item = walk.protect("vm-1")
    error = next(e for e in item["properties"]["healthErrors"] if e["errorCode"] == "153006")
    assert "2147943458" in error["errorMessage"]
    points = walk.get(f"{walk.item('vm-1')}/recoveryPoints")["value"]
    assert {point["properties"]["recoveryPointType"] for point in points} == {"CrashConsistent"}


@pytest.mark.parametrize("cache", ["shared_key: false", "firewall: closed", "firewall: trusted-services"])
def test_a_cache_account_that_is_shut_keeps_the_first_copy_at_nothing(
    make_walk: Callable[..., Walk], cache: str
) -> None:
    walk = make_walk(estate(cache=cache))
    walk.make_cache = lambda: None  # type: ignore[method-assign]  # it is there already
    walk.set_up()
    job = walk.finish(walk.enable("vm-1"))
    assert job["properties"]["state"] == "Succeeded", "enabling itself does not look at the account's keys"
    walk.advance(days=2)
    item = walk.get(walk.item("vm-1"))["properties"]
    assert item["protectionState"] == "InitialReplicationInProgress"
    assert item["replicationHealth"] == "Critical"
    assert codes(walk) == {"LogStorageAccountNotAccessible"}
    opened: dict[str, Any] = {
        "location": walk.source,
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        "properties": {"allowSharedKeyAccess": True, "networkAcls": {"defaultAction": "Allow"}},
    }
    walk.send("PUT", walk.cache_id, opened, "2023-05-01")
    walk.advance(minutes=2)
    walk.run("POST", f"{walk.item('vm-1')}/repairReplication")
    walk.advance(hours=2)
    assert walk.get(walk.item("vm-1"))["properties"]["protectionState"] == "Protected"


def test_a_vault_with_an_identity_needs_no_shared_keys(make_walk: Callable[..., Walk]) -> None:
    walk = make_walk(estate(cache="shared_key: false"))
    walk.make_cache = lambda: None  # type: ignore[method-assign]  # it is there already
    walk.set_up()
    walk.send("PATCH", walk.vault, {"identity": {"type": "SystemAssigned"}}, "2023-02-01")
    walk.protect("vm-1")
    assert codes(walk) == set()


def test_a_deleted_cache_account_and_a_stopped_vm_turn_it_critical(walk: Walk) -> None:
    walk.protect("web-01")
    assert walk.send("DELETE", walk.cache_id, version="2023-05-01").status == 200
    walk.send("POST", f"{walk.vm('web-01')['id']}/deallocate", version="2024-07-01")
    walk.advance(minutes=5)
    item = walk.get(walk.item("web-01"))["properties"]
    found = {error["errorCode"] for error in item["healthErrors"]}
    assert {"HvrStorageAccountNotFound", "NoHeartbeatFromSourceMachine"} <= found
    assert item["replicationHealth"] == "Critical"


def add_disk(walk: Walk) -> str:
    vm = walk.vm("web-01")
    disk = f"{walk.group_source}/providers/Microsoft.Compute/disks/web-01-late"
    body = {
        "location": walk.source,
        "zones": vm.get("zones"),
        "sku": {"name": "Premium_LRS"},
        "properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": 64},
    }
    assert walk.send("PUT", disk, body, "2024-03-02").status in (200, 201, 202)
    walk.advance(seconds=30)
    vm["properties"]["storageProfile"]["dataDisks"] = [
        {"lun": 0, "createOption": "Attach", "managedDisk": {"id": disk}}
    ]
    put = {key: vm[key] for key in ("location", "properties", "zones", "tags") if key in vm}
    answer = walk.send("PUT", vm["id"], put, "2024-07-01")
    assert answer.status in (200, 201, 202), answer.content
    walk.advance(minutes=1)
    return disk


def test_a_disk_added_later_warns_until_it_is_protected(walk: Walk) -> None:
    walk.protect("web-01")
    disk = add_disk(walk)
    item = walk.get(walk.item("web-01"))["properties"]
    assert "153039" in {error["errorCode"] for error in item["healthErrors"]}
    assert item["providerSpecificDetails"]["unprotectedDisks"][0]["diskLunId"] == 0
    asked = {
        "diskId": disk,
        "primaryStagingAzureStorageAccountId": walk.cache_id,
        "recoveryResourceGroupId": walk.group_id,
    }
    body = {"properties": {"providerSpecificDetails": {"instanceType": "A2A", "vmManagedDisks": [asked]}}}
    walk.run("POST", f"{walk.item('web-01')}/addDisks", body)
    walk.advance(hours=1)
    item = walk.get(walk.item("web-01"))["properties"]
    assert "153039" not in {error["errorCode"] for error in item["healthErrors"]}
    assert len(item["providerSpecificDetails"]["protectedManagedDisks"]) == 2
    assert item["protectionState"] == "Protected"
    remove = {"properties": {"providerSpecificDetails": {"instanceType": "A2A", "vmManagedDisksIds": [disk]}}}
    walk.run("POST", f"{walk.item('web-01')}/removeDisks", remove)
    item = walk.get(walk.item("web-01"))["properties"]
    assert len(item["providerSpecificDetails"]["protectedManagedDisks"]) == 1
    assert "153039" not in {error["errorCode"] for error in item["healthErrors"]}, "taken out on purpose"


def test_disks_that_do_not_fit_are_refused(walk: Walk) -> None:
    walk.protect("web-01")
    asked = {
        "diskId": f"{walk.group_source}/providers/Microsoft.Compute/disks/none",
        "primaryStagingAzureStorageAccountId": walk.cache_id,
        "recoveryResourceGroupId": walk.group_id,
    }
    body = {"properties": {"providerSpecificDetails": {"instanceType": "A2A", "vmManagedDisks": [asked]}}}
    job = walk.finish(walk.accept("POST", f"{walk.item('web-01')}/addDisks", body))["properties"]
    assert job["errors"][0]["serviceErrorDetails"]["code"] == "InvalidDiskIds"
    os_disk = walk.vm("web-01")["properties"]["storageProfile"]["osDisk"]["managedDisk"]["id"]
    remove = {"properties": {"providerSpecificDetails": {"instanceType": "A2A", "vmManagedDisksIds": [os_disk]}}}
    assert walk.send("POST", f"{walk.item('web-01')}/removeDisks", remove).status == 400


def test_resync_copies_again_while_the_vm_stays_protected(walk: Walk) -> None:
    walk.protect("web-01")
    walk.run("POST", f"{walk.item('web-01')}/repairReplication")
    walk.advance(minutes=2)
    item = walk.get(walk.item("web-01"))["properties"]
    disk = item["providerSpecificDetails"]["protectedManagedDisks"][0]
    assert item["protectionState"] == "Protected"
    assert disk["diskState"] == "InitialReplicationPending"
    walk.advance(hours=1)
    disk = walk.get(walk.item("web-01"))["properties"]["providerSpecificDetails"]["protectedManagedDisks"][0]
    assert disk["diskState"] == "Protected"


def test_an_agent_update_that_waits_for_a_restart_ends_with_remarks(make_walk: Callable[..., Walk]) -> None:
    walk = make_walk(estate("filter_driver_update_pending: true")).set_up()
    walk.protect("vm-1")
    job = walk.run("POST", f"{walk.item('vm-1')}/updateMobilityService", {"properties": {}})["properties"]
    assert job["state"] == "CompletedWithInformation"
    assert job["errors"][0]["serviceErrorDetails"]["code"] == "151083"
