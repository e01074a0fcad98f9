"""Test failover and its cleanup."""

from __future__ import annotations

from typing import Any

from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.site_recovery import (
    consequences,
    item_body,
    item_jobs,
    item_scenarios,
    item_schema,
    job_start,
    points,
    refusals,
    replica_disks,
    schedule,
    target_vm,
    timeline,
)
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.error_catalogue import Fault
from asr_tui.emulator.site_recovery.job_start import Consequences
from asr_tui.emulator.site_recovery.target_vm import Blueprint
from asr_tui.emulator.site_recovery.timestamps import saved
from asr_tui.emulator.site_recovery.vault_scope import ITEM_PATH, Record, VaultScope, record_of
from asr_tui.emulator.store import Resource

_ACTION = (
    "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems"
)
CREATE = "VmTfoInitiateFailover"
PREPARE = "VmTfoPrepareTestVm"
BOOT = "VmTfoBootTestVm"
DELETE = "VmTfoDeleteTestVm"
PREFLIGHT = "VmTfoPrerequisitesCheck"


@operation(
    "POST",
    ITEM_PATH + "/testFailover",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/testFailover/action",
    evidence="documentation",
    body=item_schema.TEST_FAILOVER,
    note="Task ids are those of Hyper-V: no test failover of a single Azure VM was recorded.",
)
def test_failover(call: Call) -> Reply:
    """Make a test VM from a recovery point in a test network; it stays until the cleanup."""
    scope = VaultScope.of(call)
    item = scope.item()
    given = call.body["properties"]
    network = network_of(given)
    details = given.get("providerSpecificDetails") or {}
    job = start_test(scope, item, network, details.get("recoveryPointId"))
    return job_start.accepted(scope, item_scenarios.TEST_FAILOVER, job, item.id, item.id)


def network_of(given: dict[str, Any]) -> str:
    """The network of a test failover request.

    Raises:
        SiteRecoveryError: 400 when it names none.
    """
    kind = given.get("networkType") or "VmNetworkAsInput"
    network = given.get("networkId")
    if kind.lower() != "vmnetworkasinput" or not network:
        raise refusals.invalid(
            "TestFailoverNetworkRequired",
            "A test failover of an Azure virtual machine needs a virtual network.",
            f"The network type is '{kind}' and the network '{network or ''}'.",
            "Give networkType VmNetworkAsInput and the id of a virtual network in the target region.",
        )
    return str(network)


def start_test(
    scope: VaultScope, item: Resource, network: str, point_id: str | None, *, caller: Record | None = None
) -> Record:
    """Start the job for one item and return the job's record.

    Raises:
        SiteRecoveryError: 409 while another operation runs, 400 when the item's state does not allow it.
    """
    scope.ensure_free(item.id)
    record = record_of(item)
    state = timeline.state(record, scope.now)
    if "TestFailover" not in item_body.allowed_operations(state):
        raise refusals.not_allowed("TestFailover", record["name"], state.get("test") or state["stage"])
    if given := refusals.wrong_direction(scope.call.body, "PrimaryToRecovery"):
        raise given
    if record["primary_location"] == record["recovery_location"] and network.lower() in _own_networks(state):
        raise refusals.invalid(
            "TestFailoverNetworkSameAsSource",
            f"A zonal test failover of '{record['name']}' needs a virtual network other than the source's.",
        )
    point = points.chosen(scope, record, state, point_id)
    draft = job_start.planned(scope, item_scenarios.TEST_FAILOVER, item.id)
    plan_vm = target_vm.blueprint(scope, record, state, network, test=True)
    faults = points.faults(point, state)
    if not faults and draft.outcome != "Failed":  # a job that is to fail on purpose may never come to make a VM
        judged = target_vm.judged(scope, record, state, plan_vm, draft.begins(CREATE))
        faults = consequences.failing_over(scope, record, judged)
    if faults or draft.outcome == "Failed":
        return _failing(scope, item, record, faults, network, caller)
    return _going_well(scope, item, record, state, draft, plan_vm, network, point, caller)


def _own_networks(state: timeline.State) -> set[str]:
    """The VNets that the source's NICs are in, lower-cased."""
    return {str(nic["network"]).lower() for nic in state["nics"]}


def _failing(
    scope: VaultScope, item: Resource, record: Record, faults: list[Fault], network: str, caller: Record | None
) -> Record:
    """The job fails where Azure would refuse (or a fault on purpose says); what it had made is taken back."""
    scenario, failure = item_scenarios.TEST_FAILOVER, None
    if faults:
        task = {"check": PREFLIGHT, "prepare": PREPARE}.get(faults[0].text.task, CREATE)
        failure = item_jobs.failure(scenario, task, faults, record, record["recovery_display"])
    plan = job_start.planned(scope, scenario, item.id, failure=failure)
    job = job_start.start(
        scope,
        item_scenarios.TEST_FAILOVER,
        plan,
        item_jobs.subject(record, details=_details(network)),
        caller=caller,
    )
    item_jobs.running(record, scope, item_scenarios.TEST_FAILOVER, job["name"], plan.end)
    scope.update(item, record)
    return job


def _going_well(
    scope: VaultScope,
    item: Resource,
    record: Record,
    state: timeline.State,
    plan: schedule.Plan,
    plan_vm: Blueprint,
    network: str,
    point: points.Chosen,
    caller: Record | None,
) -> Record:
    made = target_vm.make(scope, record, state, plan_vm, plan.begins(CREATE), plan.ends(CREATE))
    made[-1] = target_vm.started(made[-1], plan.begins(BOOT), plan.ends(BOOT))
    scope.call.store.put_all(made)
    final = {
        "testFailoverStatus": "WaitingForCompletion",
        "protectedItemDetails": [points.item_details(record, plan_vm, point)],
    }
    name = job_start.new_name()
    job = job_start.start(
        scope,
        item_scenarios.TEST_FAILOVER,
        plan,
        item_jobs.subject(record, details=_details(network), final_details=final),
        name=name,
        consequences=Consequences(replica_disks.names(made)),
        caller=caller,
    )
    pending = {"name": item_scenarios.TEST_FAILOVER.name, "job": name, "start": saved(plan.start)}
    item_jobs.running(record, scope, item_scenarios.TEST_FAILOVER, name, plan.end)
    timeline.add(
        record,
        scope.present,
        timeline.change(
            plan.end,
            name,
            test="Waiting",
            scenario=pending,
            test_vm=plan_vm.vm_id.lower(),
            test_resources=list(replica_disks.names(made)),
            test_started=saved(plan.start),
            failover_point=point.arm_id,
        ),
    )
    scope.update(item, record)
    return job


def _details(network: str) -> dict[str, Any]:
    name = ids.last(network)
    return {
        "instanceType": "TestFailoverJobDetails",
        "testFailoverStatus": "Active",
        "comments": None,
        "networkName": name,
        "networkFriendlyName": name,
        "networkType": "VmNetworkAsInput",
        "protectedItemDetails": [],
    }


@operation(
    "POST",
    ITEM_PATH + "/testFailoverCleanup",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/testFailoverCleanup/action",
    evidence="documentation",
    body=item_schema.CLEANUP,
)
def test_failover_cleanup(call: Call) -> Reply:
    """Delete what the test failover made, with a comment."""
    scope = VaultScope.of(call)
    item = scope.item()
    job = start_cleanup(scope, item, call.body["properties"].get("comments") or "")
    return job_start.accepted(scope, item_scenarios.TEST_FAILOVER_CLEANUP, job, item.id, item.id)


def start_cleanup(scope: VaultScope, item: Resource, comments: str, *, caller: Record | None = None) -> Record:
    """Start the cleanup job for one item and return the job's record.

    Raises:
        SiteRecoveryError: 409 while another operation runs, 400 when there is nothing to clean up.
    """
    scope.ensure_free(item.id)
    record = record_of(item)
    state = timeline.state(record, scope.now)
    if state.get("test") != "Waiting":
        raise refusals.not_allowed("TestFailoverCleanup", record["name"], state["stage"])
    scenario = item_scenarios.TEST_FAILOVER_CLEANUP
    resources: list[str] = list(state["test_resources"])
    faults = consequences.cleaning(scope, [held.id for held in map(scope.peek, resources) if held])
    failure = None
    if faults:
        failure = item_jobs.failure(scenario, DELETE, faults, record, record["recovery_display"], 12.0)
    plan = job_start.planned(scope, scenario, item.id, failure=failure)
    details = {**_details(""), "testFailoverStatus": None, "comments": comments}
    details |= {"networkName": None, "networkFriendlyName": None, "networkType": None}
    name = job_start.new_name()
    job = job_start.start(
        scope,
        scenario,
        plan,
        item_jobs.subject(record, details=details),
        name=name,
        consequences=Consequences(dying=() if plan.outcome == "Failed" else tuple(resources)),
        caller=caller,
    )
    if job_start.failed(job):
        item_jobs.hold(record, name, plan.end)
    else:
        _clean(scope, record, state, plan, name, resources)
    scope.update(item, record)
    return job


def _clean(
    scope: VaultScope,
    record: Record,
    state: timeline.State,
    plan: schedule.Plan,
    job: str,
    resources: list[str],
) -> None:
    """The VM goes first, then its NICs and disks; the state stays for a moment after the job has ended."""
    begin, end = plan.begins(DELETE), plan.ends(DELETE)
    vm = [arm_id for arm_id in resources if "/virtualmachines/" in arm_id.lower()]
    rest = [arm_id for arm_id in resources if arm_id not in vm]
    replica_disks.retire(scope, vm, begin + (end - begin) * 0.6)
    replica_disks.retire(scope, rest, begin + (end - begin) * 0.9)
    current = {"name": item_scenarios.TEST_FAILOVER_CLEANUP.name, "job": job, "start": saved(scope.now)}
    cleared: dict[str, Any] = {"test": None, "test_vm": None, "test_resources": []}
    timeline.add(
        record,
        scope.present,
        timeline.change(scope.now, None, test="Cleaning", scenario=current),
        timeline.change(plan.end, job, scenario=None, tested_at=state["test_started"], **cleared),
    )
    item_jobs.hold(record, job, plan.end)
