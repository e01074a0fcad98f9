"""Failover, change of point, commit, reprotect, fail back; what Azure to Azure refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.site_recovery.walk import Walk


def fail_over(walk: Walk, name: str, location: str | None = None, **more: Any) -> dict[str, Any]:
    body = {
        "failoverDirection": "PrimaryToRecovery",
        "sourceSiteOperations": "NotRequired",
        "providerSpecificDetails": {"instanceType": "A2A"},
        **more,
    }
    return walk.run("POST", f"{walk.item(name, location)}/unplannedFailover", {"properties": body})


def power(walk: Walk, name: str) -> str:
    vm = walk.vm(name)["id"]
    statuses = walk.get(f"{vm}/instanceView", "2024-07-01")["statuses"]
    return next(status["code"] for status in statuses if status["code"].startswith("PowerState/"))


def target_vm(walk: Walk, name: str) -> dict[str, Any]:
    path = f"{walk.group_id}/providers/Microsoft.Compute/virtualMachines/{name}"
    found: dict[str, Any] = walk.get(path, "2024-07-01")
    return found


def switch(walk: Walk, name: str, **more: Any) -> dict[str, Any]:
    """The reprotect request of a failed-over VM."""
    vm = target_vm(walk, name)
    profile = vm["properties"]["storageProfile"]
    source_group = walk.group_source
    cache = f"{walk.group_id}/providers/Microsoft.Storage/storageAccounts/stasrcache002"
    body = {"location": walk.target, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}
    walk.send("PUT", cache, body, "2023-05-01")
    walk.advance(seconds=60)
    disks = [profile["osDisk"], *profile["dataDisks"]]
    return {
        "properties": {
            "replicationProtectedItemName": name,
            "providerSpecificDetails": {
                "instanceType": "A2A",
                "policyId": walk.policy,
                "recoveryContainerId": walk.container(walk.source),
                "recoveryResourceGroupId": source_group,
                "vmManagedDisks": [
                    {
                        "diskId": disk["managedDisk"]["id"],
                        "primaryStagingAzureStorageAccountId": cache,
                        "recoveryResourceGroupId": source_group,
                    }
                    for disk in disks
                ],
                **more,
            },
        }
    }


def test_failover_with_shutdown_runs_every_task_but_the_synchronisation(walk: Walk) -> None:
    walk.protect("web-01")
    job = fail_over(walk, "web-01", sourceSiteOperations="Required")["properties"]
    states = {task["name"]: task["state"] for task in job["tasks"]}
    assert states == {
        "VmUfoPrerequisitesCheck": "Succeeded",
        "VmShutdownVmOnPrimary": "Succeeded",
        "VmPrepareForUnPlannedFailover": "Other",
        "VmFailover": "Succeeded",
        "VmFoStartVmOnSecondary": "Succeeded",
    }
    skipped = job["tasks"][2]
    assert (skipped["stateDescription"], skipped["endTime"]) == ("Skipped", "0001-01-01T00:00:00")
    details = job["customDetails"]
    assert details["instanceType"] == "FailoverJobDetails"
    assert details["protectedItemDetails"][0]["networkFriendlyName"] == "vnet-target"
    source = next(vm for vm in walk.vms() if vm["name"] == "web-01" and vm["location"] == walk.source)
    statuses = walk.get(f"{source['id']}/instanceView", "2024-07-01")["statuses"]
    assert "PowerState/deallocated" in [status["code"] for status in statuses]


def test_failover_without_shutdown_leaves_the_source_running(walk: Walk) -> None:
    walk.protect("web-01")
    job = fail_over(walk, "web-01")["properties"]
    assert job["tasks"][1]["state"] == "Other"
    assert power(walk, "web-01") == "PowerState/running"
    item = walk.get(walk.item("web-01"))["properties"]
    assert item["protectionState"] == "UnplannedFailoverCommitPendingStatesBegin"
    assert item["activeLocation"] == "Recovery"
    assert item["allowedOperations"] == ["Commit", "ChangePit", "DisableProtection", "CompleteMigration"]
    assert item["lastSuccessfulFailoverTime"] == job["startTime"]
    disk = item["providerSpecificDetails"]["protectedManagedDisks"][0]
    assert (disk["recoveryReplicaDiskId"], disk["recoveryTargetDiskId"].rpartition("/")[2]) == ("", "web-01-osdisk")
    vm = target_vm(walk, "web-01")
    assert item["providerSpecificDetails"]["recoveryFabricObjectId"] == vm["id"].lower()
    assert vm["properties"]["storageProfile"]["osDisk"]["createOption"] == "Attach"
    assert "imageReference" not in vm["properties"]["storageProfile"]


def test_the_point_can_be_changed_until_the_commit(walk: Walk) -> None:
    walk.protect("web-01")
    walk.advance(hours=2)
    points = walk.get(f"{walk.item('web-01')}/recoveryPoints")["value"]
    fail_over(walk, "web-01")
    chosen = points[0]
    body = {"properties": {"recoveryPointId": chosen["id"], "providerSpecificDetails": {"instanceType": "A2A"}}}
    walk.run("POST", f"{walk.item('web-01')}/applyRecoveryPoint", body)
    assert walk.get(walk.item("web-01"))["properties"]["failoverRecoveryPointId"] == chosen["id"]
    walk.run("POST", f"{walk.item('web-01')}/failoverCommit")
    refused = walk.send("POST", f"{walk.item('web-01')}/applyRecoveryPoint", body)
    assert refused.status == 400
    item = walk.get(walk.item("web-01"))["properties"]
    assert item["protectionState"] == "UnplannedFailoverCommitted"
    assert item["allowedOperations"] == ["CompleteMigration", "DisableProtection", "SwitchProtection"]
    assert item["healthErrors"] == []
    assert "agentCertificateExpiryDate" not in item["providerSpecificDetails"]


def test_reprotect_moves_the_item_to_the_other_container_and_back(walk: Walk) -> None:
    walk.protect("web-01")
    fail_over(walk, "web-01", sourceSiteOperations="Required")
    walk.run("POST", f"{walk.item('web-01')}/failoverCommit")
    job = walk.run("POST", f"{walk.container(walk.source)}/switchprotection", switch(walk, "web-01"))["properties"]
    assert job["scenarioName"] == "SwitchReplicationGroupProtection"
    group = job["tasks"][-1]
    assert group["taskType"] == "GroupTaskDetails"
    child = group["groupTaskCustomDetails"]["childTasks"][0]
    assert child["taskId"] == "EnableDr"
    assert child["endTime"] == "0001-01-01T00:00:00"
    moved = walk.item("web-01", walk.target)
    assert job["customDetails"]["newReplicationProtectedItemId"] == moved, "with a small s, though it is an id of ours"
    assert walk.send("GET", walk.item("web-01")).status == 404
    item = walk.get(moved)["properties"]
    assert item["protectionState"] == "InitialReplicationInProgress"
    assert item["activeLocation"] == "Primary"
    assert item["providerSpecificDetails"]["primaryFabricLocation"] == walk.target
    assert item["providerSpecificDetails"]["initialPrimaryFabricLocation"] == walk.source
    walk.advance(minutes=70)
    assert walk.get(moved)["properties"]["protectionState"] == "Protected"
    fail_over(walk, "web-01", walk.target)
    walk.run("POST", f"{moved}/failoverCommit")
    source = next(vm for vm in walk.vms() if vm["name"] == "web-01" and vm["location"] == walk.source)
    statuses = walk.get(f"{source['id']}/instanceView", "2024-07-01")["statuses"]
    assert "PowerState/running" in [status["code"] for status in statuses], "the first VM is used again"


def test_a_scale_set_in_a_reprotect_ends_it_with_remarks(walk: Walk) -> None:
    walk.protect("web-01")
    fail_over(walk, "web-01")
    walk.run("POST", f"{walk.item('web-01')}/failoverCommit")
    scale_set = f"{walk.group_source}/providers/Microsoft.Compute/virtualMachineScaleSets/vmss-pri"
    body = switch(walk, "web-01", recoveryVirtualMachineScaleSetId=scale_set)
    job = walk.run("POST", f"{walk.container(walk.source)}/switchprotection", body)["properties"]
    assert (job["state"], job["stateDescription"]) == ("CompletedWithInformation", "CompletedWithInformation")
    assert job["errors"][0]["serviceErrorDetails"]["code"] == "150407"
    assert (job["errors"][0]["errorLevel"], job["errors"][0]["taskId"]) == ("Info", "EnableDr")
    child = job["tasks"][-1]["groupTaskCustomDetails"]["childTasks"][0]
    assert child["state"] == "CompletedWithInformation"


def test_what_azure_to_azure_does_not_offer_is_refused(walk: Walk) -> None:
    walk.protect("web-01")
    for action, code in (
        ("plannedFailover", "PlannedFailoverNotSupported"),
        ("failoverCancel", "OperationNotAllowedInCurrentState"),
        ("failoverCommit", "OperationNotAllowedInCurrentState"),
        ("testFailoverCleanup", "OperationNotAllowedInCurrentState"),
        ("reProtect", "VMDisksMissing"),
    ):
        answer = walk.send("POST", f"{walk.item('web-01')}/{action}", {"properties": {}})
        assert (answer.status, answer.body["error"]["details"][0]["code"]) == (400, code), action


def test_reprotect_needs_the_disks_of_the_failed_over_vm(walk: Walk) -> None:
    walk.protect("web-01")
    fail_over(walk, "web-01")
    walk.run("POST", f"{walk.item('web-01')}/failoverCommit")
    body = switch(walk, "web-01", vmManagedDisks=[])
    answer = walk.send("POST", f"{walk.container(walk.source)}/switchprotection", body)
    assert answer.body["error"]["details"][0]["code"] == "VMDisksMissing"


@pytest.mark.parametrize("direction", ["RecoveryToPrimary"])
def test_the_direction_has_to_be_right(walk: Walk, direction: str) -> None:
    walk.protect("web-01")
    body = {"failoverDirection": direction, "sourceSiteOperations": "NotRequired"}
    answer = walk.send("POST", f"{walk.item('web-01')}/unplannedFailover", {"properties": body})
    assert answer.body["error"]["details"][0]["code"] == "InvalidFailoverDirection"
