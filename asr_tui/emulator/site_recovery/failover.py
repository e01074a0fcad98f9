"""Failover, change of recovery point, commit, and what Azure to Azure refuses: planned failover, cancel."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from asr_tui.emulator.compute.views import power_state
from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.schema import Any_
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
from asr_tui.emulator.site_recovery.job_start import Consequences
from asr_tui.emulator.site_recovery.target_vm import Blueprint
from asr_tui.emulator.site_recovery.timestamps import saved
from asr_tui.emulator.site_recovery.vault_scope import ITEM_PATH, Record, VaultScope, record_of
from asr_tui.emulator.store import Resource

_ACTION = (
    "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems"
)
PREFLIGHT = "VmUfoPrerequisitesCheck"
SHUTDOWN = "VmShutdownVmOnPrimary"
MAKE = "VmFailover"
START = "VmFoStartVmOnSecondary"


@operation(
    "POST",
    ITEM_PATH + "/unplannedFailover",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/unplannedFailover/action",
    evidence="recorded",
    body=item_schema.FAILOVER,
)
def unplanned_failover(call: Call) -> Reply:
    """Fail over to a recovery point; ``sourceSiteOperations`` Required shuts the source down first."""
    scope = VaultScope.of(call)
    item = scope.item()
    given = call.body["properties"]
    point = (given.get("providerSpecificDetails") or {}).get("recoveryPointId")
    job = start_failover(scope, item, point, shut_down=given.get("sourceSiteOperations") == "Required")
    return job_start.accepted(scope, item_scenarios.UNPLANNED_FAILOVER, job, item.id, item.id)


def start_failover(
    scope: VaultScope, item: Resource, point_id: str | None, *, shut_down: bool, caller: Record | None = None
) -> Record:
    """Start the failover of one item and return the job's record.

    Raises:
        SiteRecoveryError: 409 while another operation runs, 400 when the item's state does not allow it.
    """
    scope.ensure_free(item.id)
    record = record_of(item)
    state = timeline.state(record, scope.now)
    if "UnplannedFailover" not in item_body.allowed_operations(state):
        raise refusals.not_allowed("UnplannedFailover", record["name"], state.get("test") or state["stage"])
    if wrong := refusals.wrong_direction(scope.call.body, "PrimaryToRecovery"):
        raise wrong
    if record["multi_vm_name"] and caller is None:
        raise refusals.invalid(
            "MultiVmGroupFailoverNotAllowed",
            f"'{record['name']}' is in the replication group '{record['multi_vm_name']}' and can't fail over alone.",
            "Machines of a replication group fail over together.",
            "Fail over a recovery plan that holds the whole group.",
        )
    scenario = item_scenarios.UNPLANNED_FAILOVER
    skip = frozenset() if shut_down else frozenset({SHUTDOWN})
    point = points.chosen(scope, record, state, point_id)
    draft = job_start.planned(scope, scenario, item.id, skip=skip)
    network = state["target"]["network"] or ""
    blueprint = target_vm.blueprint(scope, record, state, network, test=False)
    old = _original(scope, record, blueprint)
    faults = points.faults(point, state)
    if not faults and old is None and draft.outcome != "Failed":
        judged = target_vm.judged(scope, record, state, blueprint, draft.begins(MAKE))
        faults = consequences.failing_over(scope, record, judged)
    failure = None
    if faults:
        task = PREFLIGHT if faults[0].text.task == "check" else MAKE
        failure = item_jobs.failure(scenario, task, faults, record, record["recovery_display"])
    plan = job_start.planned(scope, scenario, item.id, failure=failure, skip=skip)
    name = job_start.new_name()
    made: list[Resource] = []
    if plan.outcome != "Failed":
        if old is None:
            made = _make(scope, record, state, blueprint, plan)
        else:
            scope.call.store.put(target_vm.started(old, plan.begins(START), plan.ends(START)))
        _shut_down(scope, record, plan, shut_down)
    details = {"instanceType": "FailoverJobDetails", "protectedItemDetails": []}
    final = {"protectedItemDetails": [points.item_details(record, blueprint, point)]}
    job = job_start.start(
        scope,
        scenario,
        plan,
        item_jobs.subject(record, details=details, final_details=final),
        name=name,
        consequences=Consequences(replica_disks.names(made)),
        caller=caller,
    )
    item_jobs.running(record, scope, scenario, name, plan.end)
    if plan.outcome != "Failed":
        members = failed_over(state, blueprint, made, plan, point)
        timeline.add(record, scope.present, timeline.change(plan.end, name, **members))
    scope.update(item, record)
    return job


def _original(scope: VaultScope, record: Record, blueprint: Blueprint) -> Resource | None:
    """Failing back: the VM that was the source before the reprotect is still there, and is used again."""
    original = record.get("original_vm")
    if not original or not ids.same(original, blueprint.vm_id):
        return None
    return scope.call.store.get(original, scope.now)


def _make(
    scope: VaultScope, record: Record, state: timeline.State, blueprint: Blueprint, plan: schedule.Plan
) -> list[Resource]:
    made = target_vm.make(scope, record, state, blueprint, plan.begins(MAKE), plan.ends(MAKE))
    made[-1] = target_vm.started(made[-1], plan.begins(START), plan.ends(START))
    scope.call.store.put_all(made)
    return made


def _shut_down(scope: VaultScope, record: Record, plan: schedule.Plan, wanted: bool) -> None:
    """Shutting the source down deallocates it; a machine that is gone or off is left as it is."""
    vm = scope.call.store.get(record["vm"], scope.now)
    if not wanted or vm is None or power_state(vm.doc, scope.now) != "running":
        return
    doc = vm.doc
    doc["_instance"]["next"] = {
        "power": "deallocated",
        "via": "deallocating",
        "at": plan.ends(SHUTDOWN).isoformat(),
    }
    scope.call.store.put(vm.changed(doc))


def failed_over(
    state: timeline.State, blueprint: Blueprint, made: list[Resource], plan: schedule.Plan, point: points.Chosen
) -> dict[str, Any]:
    """The item's state when the failover is done: active in the recovery region, replicas turned into disks."""
    disks = [
        {**disk, "target": blueprint.disk_id(name), "replica_before": disk["replica"], "replica": ""}
        for name, disk in blueprint.disks
    ]
    return {
        "stage": "FailedOver",
        "active": "Recovery",
        "disks": disks,
        "recovery_vm": blueprint.vm_id.lower(),
        "recovery_vm_id": blueprint.vm_id,
        "recovery_resources": [resource.id for resource in made],
        "failed_over_at": saved(plan.start),
        "failover_point": point.arm_id,
        "points_to": saved(plan.start),
        "network_used": blueprint.network,
    }


@operation(
    "POST",
    ITEM_PATH + "/applyRecoveryPoint",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/applyRecoveryPoint/action",
    evidence="examples",
    body=item_schema.CHANGE_POINT,
)
def apply_recovery_point(call: Call) -> Reply:
    """Change the recovery point of a failover that is not committed: the VM is made anew from another point."""
    scope = VaultScope.of(call)
    item = scope.item()
    scope.ensure_free(item.id)
    record = record_of(item)
    state = timeline.state(record, scope.now)
    if "ChangePit" not in item_body.allowed_operations(state):
        raise refusals.not_allowed("ChangePit", record["name"], state["stage"])
    asked = call.body["properties"].get("recoveryPointId")
    if not asked:
        raise refusals.invalid("RecoveryPointMissing", "The recovery point to change to is missing.")
    point = points.chosen(scope, record, state, asked)
    scenario = item_scenarios.CHANGE_POINT
    faults = points.faults(point, state)
    failure = item_jobs.failure(scenario, "VmChangePit", faults, record, "") if faults else None
    plan = job_start.planned(scope, scenario, item.id, failure=failure)
    job = job_start.start(scope, scenario, plan, item_jobs.subject(record))
    item_jobs.running(record, scope, scenario, job["name"], plan.end)
    if plan.outcome != "Failed":
        timeline.add(record, scope.present, timeline.change(plan.end, job["name"], failover_point=point.arm_id))
        _remake(scope, state, plan.begins("VmChangePit"), plan.ends("VmChangePit"))
    scope.update(item, record)
    return job_start.accepted(scope, scenario, job, item.id, item.id)


def _remake(scope: VaultScope, state: timeline.State, begin: datetime, end: datetime) -> None:
    """The recovery VM restarts on disks of the other point."""
    vm = scope.call.store.get(state["recovery_vm_id"], scope.now)
    if vm is not None:
        scope.call.store.put(target_vm.started(vm, begin, end))


@operation(
    "POST",
    ITEM_PATH + "/failoverCommit",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/failoverCommit/action",
    evidence="recorded",
    body=Any_,
    body_optional=True,
)
def commit_failover(call: Call) -> Reply:
    """Commit the failover: its recovery points go, reprotect becomes possible."""
    scope = VaultScope.of(call)
    item = scope.item()
    job = start_commit(scope, item)
    return job_start.accepted(scope, item_scenarios.COMMIT_FAILOVER, job, item.id, item.id)


def start_commit(scope: VaultScope, item: Resource, *, caller: Record | None = None) -> Record:
    """Start the commit of one item and return the job's record.

    Raises:
        SiteRecoveryError: 409 while another operation runs, 400 when there is nothing to commit.
    """
    scope.ensure_free(item.id)
    record = record_of(item)
    state = timeline.state(record, scope.now)
    if "Commit" not in item_body.allowed_operations(state):
        raise refusals.not_allowed("Commit", record["name"], state["stage"])
    scenario = item_scenarios.COMMIT_FAILOVER
    plan = job_start.planned(scope, scenario, item.id)
    job = job_start.start(scope, scenario, plan, item_jobs.subject(record), caller=caller)
    item_jobs.running(record, scope, scenario, job["name"], plan.end)
    if not job_start.failed(job):
        timeline.add(record, scope.present, timeline.change(plan.end, job["name"], stage="Committed", points_from=None))
        replicas = [disk.get("replica_before") or "" for disk in state["disks"]]
        replica_disks.retire(scope, [arm_id for arm_id in replicas if arm_id], plan.end)
    scope.update(item, record)
    return job


@operation(
    "POST",
    ITEM_PATH + "/failoverCancel",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/failoverCancel/action",
    evidence="assumption",
    body=Any_,
    body_optional=True,
)
def cancel_failover(call: Call) -> Reply:
    """Cancelling a failover is not offered in Azure to Azure (CancelFailover is never among the allowed operations)."""
    scope = VaultScope.of(call)
    record = record_of(scope.item())
    raise refusals.not_allowed("CancelFailover", record["name"], timeline.state(record, scope.now)["stage"])


@operation(
    "POST",
    ITEM_PATH + "/plannedFailover",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/plannedFailover/action",
    evidence="documentation",
    body=Any_,
    note="Planned failover is for Hyper-V; Azure to Azure fails back by an ordinary failover.",
)
def planned_failover(call: Call) -> Reply:
    """Azure to Azure has no planned failover."""
    scope = VaultScope.of(call)
    record = record_of(scope.item())
    raise refusals.invalid(
        "PlannedFailoverNotSupported",
        f"Planned failover is not supported for the replicated item '{record['name']}'.",
        "The replication provider A2A does not offer planned failover.",
        "Run a failover instead.",
    )
