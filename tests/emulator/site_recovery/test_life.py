"""The life of a replicated item: enable, replicate, protect, test, clean up, disable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.emulator.conftest import build_cloud
from tests.emulator.site_recovery.walk import Walk


def stages(walk: Walk, name: str, minutes: int = 75) -> list[tuple[str, str, str | None]]:
    """What protectionState, disk state and health go through, sampled every 20 seconds."""
    seen: list[tuple[str, str, str | None]] = []
    for _ in range(minutes * 3):
        answer = walk.send("GET", walk.item(name))
        if answer.status == 200:
            properties = answer.body["properties"]
            disk = properties["providerSpecificDetails"]["protectedManagedDisks"][0]
            now = (properties["protectionState"], properties["failoverHealth"], disk["diskState"])
            if not seen or seen[-1] != now:
                seen.append(now)
        walk.advance(seconds=20)
    return seen


def test_the_item_walks_through_the_recorded_stages(walk: Walk) -> None:
    walk.enable("web-01")
    assert walk.send("GET", walk.item("web-01")).status == 404, "unseen for the first seconds"
    assert stages(walk, "web-01") == [
        ("UnprotectedStatesBegin", "Normal", "InitialReplicationPending"),
        ("InitialReplicationInProgress", "Normal", "InitialReplicationPending"),
        ("InitialReplicationRecoveryCompletionPending", "Normal", "InitialReplicationPending"),
        ("Protected", "Warning", "Protected"),
    ]


def test_the_operation_ends_long_before_the_item_is_protected(walk: Walk) -> None:
    job = walk.finish(walk.enable("web-01"))
    assert [task["name"] for task in job["properties"]["tasks"]] == [
        "EnableProtectionPrerequisitesCheck",
        "CreateProtectionTarget",
        "EnableProtection",
        "VmStartInitialReplication",
        "UpdateDraState",
    ]
    item = walk.get(walk.item("web-01"))["properties"]
    details = item["providerSpecificDetails"]
    assert item["protectionState"] == "InitialReplicationInProgress"
    assert item["allowedOperations"] == ["DisableProtection"]
    assert details["vmProtectionState"] == "UnprotectedStatesBegin"
    assert details["vmNics"] == []
    assert details["lifecycleId"] is None
    assert details["rpoInSeconds"] is None
    assert details["agentVersion"]
    assert details["lastHeartbeat"]
    assert "agentCertificateExpiryDate" not in details


def test_all_tasks_are_listed_from_the_start(walk: Walk) -> None:
    name = walk.enable("web-01")
    job = walk.job(name)["properties"]
    assert "endTime" not in job
    assert job["allowedActions"] == ["Cancel"]
    assert job["targetObjectName"] == "web-01"
    waiting = job["tasks"][1:]
    assert {task["state"] for task in waiting} == {"NotStarted"}
    assert {task["startTime"] for task in waiting} == {"0001-01-01T00:00:00"}


def test_two_jobs_of_the_service_finish_the_replication(walk: Walk) -> None:
    walk.protect("web-01")
    listed = walk.get(f"{walk.vault}/replicationJobs")["value"]
    names = [job["properties"]["scenarioName"] for job in listed[:3]]
    assert names == ["SecondaryIrCompletion", "PrimaryIrCompletion", "EnableDr"]
    full = {job["properties"]["scenarioName"]: walk.job(job["name"])["properties"] for job in listed[:3]}
    assert len({job["activityId"] for job in full.values()}) == 1, "they keep the enable request's activity id"


def test_everything_of_contoso_that_can_be_protected_is_within_an_hour(make_walk: Callable[..., Walk]) -> None:
    walk = make_walk("contoso").set_up()
    asked = walk.cloud.clock.now()
    for vm in walk.vms():
        walk.enable(vm["name"])
    walk.advance(minutes=70)
    ended = [
        job["properties"]["endTime"]
        for job in walk.get(f"{walk.vault}/replicationJobs")["value"]
        if job["properties"]["scenarioName"] == "SecondaryIrCompletion"
    ]
    minutes = [(datetime.fromisoformat(end) - asked).total_seconds() / 60 for end in ended]
    assert len(minutes) >= 7
    assert min(minutes) >= 15
    assert max(minutes) <= 60


def test_the_percentage_goes_stale_and_is_never_the_truth(walk: Walk) -> None:
    shown: list[int | None] = []
    walk.finish(walk.enable("web-01"))
    for _ in range(180):
        details = walk.get(walk.item("web-01"))["properties"]["providerSpecificDetails"]
        shown.append(details["monitoringPercentageCompletion"])
        walk.advance(seconds=20)
    assert shown[0] is None
    values = list(dict.fromkeys(value for value in shown if value is not None))
    assert values[0] == 0
    assert 100 not in values
    assert len(values) <= 4
    item = walk.get(walk.item("web-01"))["properties"]
    assert item["protectionState"] == "Protected"
    assert item["providerSpecificDetails"]["monitoringPercentageCompletion"] == values[-1]
    assert item["providerSpecificDetails"]["monitoringJobType"] == "InitialReplication"


def test_replica_disks_appear_in_the_target_group(walk: Walk) -> None:
    walk.protect("db-01")
    disks = walk.get(f"{walk.group_id}/providers/Microsoft.Compute/disks", "2024-03-02")["value"]
    assert sorted(disk["name"] for disk in disks) == ["db-01-osdisk-ASRReplica", "db-01-sqldata-ASRReplica"]
    assert {disk["location"] for disk in disks} == {walk.target}


def test_a_list_entry_is_slimmer_than_the_single_item(walk: Walk) -> None:
    single = walk.protect("web-01")["properties"]["providerSpecificDetails"]
    entry = walk.get(f"{walk.vault}/replicationProtectedItems")["value"][0]["properties"]["providerSpecificDetails"]
    assert entry["protectedManagedDisks"][0]["diskState"] is None
    assert entry["protectedManagedDisks"][0]["allowedDiskLevelOperation"] is None
    assert entry["vmSyncedConfigDetails"] == {"tags": None, "inputEndpoints": None}
    assert single["protectedManagedDisks"][0]["diskState"] == "Protected"
    assert single["vmSyncedConfigDetails"]["tags"] == {"tier": "web"}


def test_ids_are_cased_as_the_service_cases_them(walk: Walk) -> None:
    item = walk.protect("web-01")
    details = item["properties"]["providerSpecificDetails"]
    disk = details["protectedManagedDisks"][0]
    assert item["id"].startswith("/Subscriptions/")
    assert details["fabricObjectId"] == walk.vm("web-01")["id"].lower()
    assert disk["diskId"] == disk["diskId"].lower()
    assert disk["recoveryReplicaDiskId"].endswith("/Microsoft.Compute/disks/web-01-osdisk-ASRReplica")
    assert details["selectedRecoveryAzureNetworkId"] == walk.network
    mapping = walk.get(
        f"{walk.fabric(walk.source)}/replicationNetworks/azureNetwork/replicationNetworkMappings/net-westeurope"
    )
    assert mapping["properties"]["recoveryNetworkId"] == walk.network.lower()
    upper = walk.item("web-01").upper()
    assert walk.get(upper)["id"] == item["id"], "paths match in any casing, answers keep the service's"


def test_the_warning_about_the_missing_drill_goes_after_a_drill(walk: Walk) -> None:
    item = walk.protect("web-01")
    assert [error["errorCode"] for error in item["properties"]["healthErrors"]] == ["161011"]
    job = walk.test_failover("web-01")
    assert job["properties"]["state"] == "Succeeded"
    assert [task["friendlyName"] for task in job["properties"]["tasks"]] == [
        "Prerequisites check for test failover",
        "Create test virtual machine",
        "Preparing the virtual machine",
        "Start the virtual machine",
    ]
    standing = walk.get(walk.item("web-01"))["properties"]
    assert standing["protectionStateDescription"] == "Cleanup test failover pending"
    assert standing["testFailoverState"] == "WaitingForCompletion"
    assert standing["allowedOperations"] == ["TestFailoverCleanup"]
    assert standing["failoverHealth"] == "Warning", "a drill counts when it is cleaned up"
    walk.cleanup("web-01")
    done = walk.get(walk.item("web-01"))["properties"]
    assert done["healthErrors"] == []
    assert done["failoverHealth"] == "Normal"
    assert done["testFailoverState"] == "None"
    assert done["lastSuccessfulTestFailoverTime"] == job["properties"]["startTime"]


def resources(walk: Walk) -> set[str]:
    """Names of VMs, NICs and disks in the target group."""
    found: set[str] = set()
    for kind, version in (
        ("Microsoft.Compute/virtualMachines", "2024-07-01"),
        ("Microsoft.Compute/disks", "2024-03-02"),
        ("Microsoft.Network/networkInterfaces", "2024-05-01"),
    ):
        found |= {entry["name"] for entry in walk.get(f"{walk.group_id}/providers/{kind}", version)["value"]}
    return found


def test_a_drill_makes_real_resources_and_its_cleanup_removes_them_all(walk: Walk) -> None:
    walk.protect("db-01")
    before = resources(walk)
    walk.test_failover("db-01")
    made = resources(walk) - before
    assert made == {"db-01-test", "db-01-nic-test", "db-01-osdisk-ASRtest", "db-01-sqldata-ASRtest"}
    vm = walk.vm("db-01-test")
    view = walk.get(f"{vm['id']}/instanceView", "2024-07-01")
    assert "PowerState/running" in [status["code"] for status in view["statuses"]]
    nic = walk.get(vm["properties"]["networkProfile"]["networkInterfaces"][0]["id"], "2024-05-01")
    config = nic["properties"]["ipConfigurations"][0]["properties"]
    assert config["subnet"]["id"] == f"{walk.test_network}/subnets/snet-data"
    assert config["privateIPAddress"] == "10.10.2.10", "the source's address is free in the test network"
    walk.cleanup("db-01")
    assert resources(walk) == before


def test_the_test_vm_appears_while_its_task_runs(walk: Walk) -> None:
    walk.protect("web-01")
    name = walk.accept(
        "POST",
        f"{walk.item('web-01')}/testFailover",
        {
            "properties": {
                "failoverDirection": "PrimaryToRecovery",
                "networkType": "VmNetworkAsInput",
                "networkId": walk.test_network,
                "providerSpecificDetails": {"instanceType": "A2A"},
            }
        },
    )
    assert "web-01-test" not in {vm["name"] for vm in walk.vms()}
    seen: dict[str, str] = {}
    for _ in range(60):
        states = {task["name"]: task["state"] for task in walk.job(name)["properties"]["tasks"]}
        if "web-01-test" in {vm["name"] for vm in walk.vms()}:
            seen = states
            break
        walk.advance(seconds=5)
    assert seen["VmTfoInitiateFailover"] == "InProgress"
    assert seen["VmTfoBootTestVm"] == "NotStarted"


def test_the_last_free_address_is_taken_when_the_source_address_is_in_use(walk: Walk) -> None:
    walk.protect("web-01")
    walk.protect("db-01")
    body = {
        "location": walk.target,
        "properties": {
            "ipConfigurations": [
                {
                    "name": "a",
                    "properties": {
                        "subnet": {"id": f"{walk.test_network}/subnets/snet-data"},
                        "privateIPAllocationMethod": "Static",
                        "privateIPAddress": "10.10.2.10",
                    },
                }
            ]
        },
    }
    taken = f"{walk.group_id}/providers/Microsoft.Network/networkInterfaces/nic-taken"
    assert walk.send("PUT", taken, body, "2024-05-01").status in (200, 201)
    walk.advance(seconds=30)
    walk.test_failover("db-01")
    nic = walk.get(f"{walk.group_id}/providers/Microsoft.Network/networkInterfaces/db-01-nic-test", "2024-05-01")
    address = nic["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"]
    assert address == "10.10.2.254"


@pytest.mark.parametrize(("verb", "suffix"), [("POST", "/remove"), ("DELETE", "")])
def test_an_item_that_is_disabled_or_purged_goes_with_its_replicas(walk: Walk, verb: str, suffix: str) -> None:
    walk.protect("web-01")
    body = {"properties": {"disableProtectionReason": "NotSpecified"}} if suffix else None
    walk.run(verb, walk.item("web-01") + suffix, body)
    assert walk.send("GET", walk.item("web-01")).status == 404
    assert resources(walk) == set()
    assert walk.send(verb, walk.item("web-01") + suffix, body).status == 204
    walk.protect("web-01")


def test_disabling_needs_a_running_vm_and_purging_does_not(walk: Walk) -> None:
    walk.protect("web-01")
    assert walk.send("POST", f"{walk.vm('web-01')['id']}/deallocate", version="2024-07-01").status == 202
    walk.advance(minutes=3)
    refused = walk.send("POST", f"{walk.item('web-01')}/remove", {"properties": {}})
    assert refused.status == 400
    assert "running power status" in refused.body["error"]["message"]
    walk.run("DELETE", walk.item("web-01"))


def test_a_lock_on_the_vm_leaves_a_stale_link_behind(walk: Walk) -> None:
    walk.protect("web-01")
    lock = f"{walk.vm('web-01')['id']}/providers/Microsoft.Authorization/locks/keep"
    assert walk.send("PUT", lock, {"properties": {"level": "CanNotDelete"}}, "2020-05-01").status in (200, 201)
    job = walk.run("DELETE", walk.item("web-01"))["properties"]
    assert job["state"] == "CompletedWithInformation"
    assert job["errors"][0]["serviceErrorDetails"]["code"] == "150225"
    assert job["errors"][0]["errorLevel"] == "Info"
    again = walk.finish(walk.enable("web-01"))["properties"]
    assert again["errors"][0]["serviceErrorDetails"]["code"] == "150226"


def test_one_operation_at_a_time_on_an_item(walk: Walk) -> None:
    walk.protect("web-01")
    walk.accept("DELETE", walk.item("web-01"))
    busy = walk.send("POST", f"{walk.item('web-01')}/remove", {"properties": {}})
    assert busy.status == 409
    assert busy.body["error"]["code"] == "Conflict"
    assert busy.body["error"]["details"][0]["code"] == "AnotherOperationInProgress"


def test_settings_can_be_changed_once_the_item_is_protected(walk: Walk) -> None:
    walk.finish(walk.enable("web-01"))
    patch: dict[str, Any] = {"properties": {"recoveryAzureVMName": "web-dr"}}
    assert walk.send("PATCH", walk.item("web-01"), patch).status == 400
    walk.advance(minutes=60)
    item = walk.get(walk.item("web-01"))["properties"]["providerSpecificDetails"]
    nic = item["vmNics"][0]
    patch["properties"] |= {
        "recoveryAzureVMSize": "Standard_D4s_v5",
        "vmNics": [
            {
                "nicId": nic["nicId"],
                "ipConfigs": [
                    {
                        "ipConfigName": "ipconfig1",
                        "isPrimary": True,
                        "isSeletedForFailover": True,
                        "tfoStaticIPAddress": "10.10.1.77",
                        "tfoSubnetName": "snet-web",
                    }
                ],
                "selectionType": "SelectedByUserOverride",
            }
        ],
        "providerSpecificDetails": {"instanceType": "A2A", "tfoAzureVMName": "web-drill"},
    }
    job = walk.run("PATCH", walk.item("web-01"), patch)
    assert job["properties"]["scenarioName"] == "UpdateVmProperties"
    changed = walk.get(walk.item("web-01"))["properties"]["providerSpecificDetails"]
    assert (changed["recoveryAzureVMName"], changed["tfoAzureVMName"]) == ("web-dr", "web-drill")
    assert changed["vmNics"][0]["ipConfigs"][0]["name"] == "ipconfig1"
    walk.test_failover("web-01")
    vm = walk.vm("web-drill")
    assert vm["properties"]["hardwareProfile"]["vmSize"] == "Standard_D4s_v5"
    made = walk.get(vm["properties"]["networkProfile"]["networkInterfaces"][0]["id"], "2024-05-01")
    assert made["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"] == "10.10.1.77"


def test_an_unknown_nic_is_refused(walk: Walk) -> None:
    walk.protect("web-01")
    patch = {"properties": {"vmNics": [{"nicId": "00000000-0000-0000-0000-000000000000"}]}}
    answer = walk.send("PATCH", walk.item("web-01"), patch)
    assert answer.status == 400
    assert answer.body["error"]["details"][0]["code"] == "NicNotFound"


def test_the_list_of_the_vault_is_filtered_and_paged() -> None:
    walk = Walk(build_cloud("starter", strict=True, page_size=2)).set_up()
    walk.enable("web-01")
    walk.enable("db-01")
    walk.protect("web-02")
    path = f"{walk.vault}/replicationProtectedItems"
    first = walk.get(path)
    assert [item["name"] for item in first["value"]] == ["web-01", "db-01"]
    second = walk.cloud.get(first["nextLink"], version="").body
    assert ([item["name"] for item in second["value"]], second["nextLink"]) == (["web-02"], None)
    named = walk.get(f"{path}?$filter=friendlyName eq 'db-01'")["value"]
    assert [item["name"] for item in named] == ["db-01"]
    assert walk.get(f"{path}?$filter=protectionState eq 'UnplannedFailoverCommitted'")["value"] == []
