"""Running a recovery plan: test failover, cleanup, failover, commit, reprotect, group after group.

The plan's job has one group task for each of its groups that holds items, and a child job for each item. The names of
these tasks are assumptions: no run of an Azure-to-Azure plan with its tasks was recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.schema import Any_, ListOf, Obj, Str
from asr_tui.emulator.site_recovery import (
    drill,
    failover,
    job_start,
    plans,
    recovery_points,
    refusals,
    reprotect,
    scenarios,
    schedule,
    timeline,
)
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.scenarios import Scenario, Task
from asr_tui.emulator.site_recovery.timestamps import loaded, saved
from asr_tui.emulator.site_recovery.vault_scope import Record, VaultScope, busy, record_of
from asr_tui.emulator.store import Resource

Runner = Callable[[VaultScope, Resource, Record], Record]

_DETAILS = ListOf(
    Obj(
        {
            "instanceType": Str(),
            "recoveryPointType": Str(
                enum=("Latest", "LatestApplicationConsistent", "LatestCrashConsistent", "LatestProcessed")
            ),
            "cloudServiceCreationOption": Str(),
            "multiVmSyncPointOption": Str(),
        }
    )
)
_DIRECTION = Str(enum=("PrimaryToRecovery", "RecoveryToPrimary"))
_TEST = Obj(
    {
        "properties": Obj(
            {
                "failoverDirection": _DIRECTION,
                "networkType": Str(),
                "networkId": Str(),
                "providerSpecificDetails": _DETAILS,
            },
            required=["failoverDirection", "networkType"],
        )
    },
    required=["properties"],
)
_FAILOVER = Obj(
    {
        "properties": Obj(
            {
                "failoverDirection": _DIRECTION,
                "sourceSiteOperations": Str(enum=("Required", "NotRequired")),
                "providerSpecificDetails": _DETAILS,
            },
            required=["failoverDirection", "sourceSiteOperations"],
        )
    },
    required=["properties"],
)
_CLEANUP = Obj({"properties": Obj({"comments": Str(max_length=1024)})}, required=["properties"])
_PAUSE = timedelta(seconds=2)


def _run(scope: VaultScope, scenario: Scenario, needs: str, runner: Runner, **members: Any) -> Reply:
    """Start the plan's job and the children's, decided in one go.

    Args:
        needs: the operation that every item must offer.
        members: what the plan remembers when it ends well.
    """
    resource = plans.find(scope)
    scope.ensure_free(resource.id)
    record = record_of(resource)
    if not plans.items_of(record):
        raise refusals.invalid("RecoveryPlanEmpty", f"The recovery plan '{record['name']}' holds no items.")
    if needs not in plans.allowed(scope, record):
        raise refusals.not_allowed(needs, record["name"], "its items' states")
    name = job_start.new_name()
    caller = {
        "request_id": scope.call.ids.client or scope.call.ids.request,
        "activity": scope.call.ids.activity,
    }
    tasks, errors, children, end = _groups(scope, record, runner, caller)
    outcome = "Failed" if errors else "Succeeded"
    plan = schedule.Plan(scope.now, end, outcome, tasks, errors)
    subject = job_start.Subject(
        record["guid"],
        record["name"],
        record["id"],
        {"instanceType": "AsrJobDetails", "affectedObjectDetails": {}},
    )
    job = job_start.start(
        scope,
        Scenario(scenario.name, scenario.friendly, scenario.target, scenario.tasks, cancellable=False),
        plan,
        subject,
        name=name,
        consequences=job_start.Consequences(tuple(child["id"] for child in children)),
    )
    current = {"name": scenario.name, "job": name, "start": saved(scope.now)}
    done = members if not errors else {}
    timeline.add(
        record,
        scope.present,
        timeline.change(scope.now, None, scenario=current),
        timeline.change(end, None, scenario=None, **done),
    )
    scope.update(resource, record | {"busy": busy(name, end)})
    return job_start.accepted(scope, scenario, job, record["id"], record["id"])


def _groups(
    scope: VaultScope, record: Record, runner: Runner, caller: Record
) -> tuple[list[Record], list[Record], list[Record], datetime]:
    """Tasks, errors, child jobs and the end: a group starts when the one before it is done; a failure stops the plan."""
    moment = scope.now + _PAUSE
    tasks: list[Record] = []
    errors: list[Record] = []
    children: list[Record] = []
    number = 0
    for group in record["groups"]:
        if not group["items"]:
            continue
        number += 1
        template = Task(
            f"RecoveryPlanGroup{number}Task",
            f"RecoveryPlanGroup{number}",
            f"Group {number}: {group['type']} ({len(group['items'])})",
            (0.0, 0.0),
        )
        task = schedule.task_record(template)
        tasks.append(task)
        if errors:
            continue
        later = scope.at(moment)
        jobs = [_child(later, entry["id"], runner, caller) for entry in group["items"]]
        children += jobs
        end = max(loaded(job["end"]) for job in jobs) + _PAUSE
        failed = [job for job in jobs if job["outcome"] == "Failed"]
        task |= {
            "start": saved(moment),
            "end": saved(end),
            "outcome": "Failed" if failed else "Succeeded",
        }
        schedule.group(task, [_row(job) for job in jobs])
        errors += [{**entry, "task_id": job["scenario"]} for job in failed for entry in job["errors"]]
        moment = end
    return tasks, errors, children, moment


def _child(later: VaultScope, arm_id: str, runner: Runner, caller: Record) -> Record:
    item = later.find(arm_id)
    if item is None:
        raise refusals.item_missing(ids.last(arm_id))
    return runner(later, item, caller)


def _row(job: Record) -> Record:
    return {
        "job": job["id"],
        "name": job["target"]["name"],
        "scenario": job["scenario"],
        "friendly": job["friendly"],
        "target_id": job["target"]["id"],
        "start": job["start"],
        "end": job["end"],
        "outcome": job["outcome"],
    }


def _point(scope: VaultScope, item: Resource, kind: str) -> str | None:
    """The recovery point that a kind means for one item; None takes the latest."""
    record = record_of(item)
    kept = recovery_points.kept(scope, record, timeline.state(record, scope.now))
    if kind == "LatestApplicationConsistent":
        kept = [point for point in kept if point.app] or kept
    elif kind == "LatestCrashConsistent":
        kept = [point for point in kept if not point.app] or kept
    return kept[-1].name if kept and kind != "Latest" else None


def _kind(body: dict[str, Any]) -> str:
    for entry in body["properties"].get("providerSpecificDetails") or []:
        if entry.get("recoveryPointType"):
            return str(entry["recoveryPointType"])
    return "LatestProcessed"


@operation(
    "POST",
    plans.PATH + "/testFailover",
    versions=SITE_RECOVERY,
    action=f"{plans.ACTION}/testFailover/action",
    evidence="examples",
    body=_TEST,
)
def test_failover_plan(call: Call) -> Reply:
    """Test failover of all items of the plan."""
    scope = VaultScope.of(call)
    network = drill.network_of(call.body["properties"])
    kind = _kind(call.body)

    def runner(later: VaultScope, item: Resource, caller: Record) -> Record:
        return drill.start_test(later, item, network, _point(later, item, kind), caller=caller)

    return _run(scope, scenarios.PLAN_TEST_FAILOVER, "TestFailover", runner, tested_at=saved(scope.now))


@operation(
    "POST",
    plans.PATH + "/testFailoverCleanup",
    versions=SITE_RECOVERY,
    action=f"{plans.ACTION}/testFailoverCleanup/action",
    evidence="examples",
    body=_CLEANUP,
)
def cleanup_plan(call: Call) -> Reply:
    """Clean up the test failover of all items of the plan."""
    comments = call.body["properties"].get("comments") or ""

    def runner(later: VaultScope, item: Resource, caller: Record) -> Record:
        return drill.start_cleanup(later, item, comments, caller=caller)

    return _run(VaultScope.of(call), scenarios.PLAN_TEST_CLEANUP, "TestFailoverCleanup", runner)


@operation(
    "POST",
    plans.PATH + "/unplannedFailover",
    versions=SITE_RECOVERY,
    action=f"{plans.ACTION}/unplannedFailover/action",
    evidence="examples",
    body=_FAILOVER,
)
def failover_plan(call: Call) -> Reply:
    """Fail over all items of the plan."""
    scope = VaultScope.of(call)
    shut_down = call.body["properties"]["sourceSiteOperations"] == "Required"
    kind = _kind(call.body)

    def runner(later: VaultScope, item: Resource, caller: Record) -> Record:
        return failover.start_failover(later, item, _point(later, item, kind), shut_down=shut_down, caller=caller)

    return _run(scope, scenarios.PLAN_FAILOVER, "UnplannedFailover", runner, failed_over_at=saved(scope.now))


@operation(
    "POST",
    plans.PATH + "/failoverCommit",
    versions=SITE_RECOVERY,
    action=f"{plans.ACTION}/failoverCommit/action",
    evidence="examples",
    body=Any_,
    body_optional=True,
)
def commit_plan(call: Call) -> Reply:
    """Commit the failover of all items of the plan."""

    def runner(later: VaultScope, item: Resource, caller: Record) -> Record:
        return failover.start_commit(later, item, caller=caller)

    return _run(VaultScope.of(call), scenarios.PLAN_COMMIT, "Commit", runner)


@operation(
    "POST",
    plans.PATH + "/reProtect",
    versions=SITE_RECOVERY,
    action=f"{plans.ACTION}/reProtect/action",
    evidence="examples",
    body=Any_,
    body_optional=True,
    note="The cache account is the first suitable one of the VMs' new region: the real choice is not published.",
)
def reprotect_plan(call: Call) -> Reply:
    """Reprotect all items of the plan with default settings: same disks, a cache account of their new region."""

    def runner(later: VaultScope, item: Resource, caller: Record) -> Record:
        return reprotect.start_reprotect(later, item, _defaults(later, item), caller=caller)

    return _run(VaultScope.of(call), scenarios.PLAN_REPROTECT, "SwitchProtection", runner)


def _defaults(scope: VaultScope, item: Resource) -> dict[str, Any]:
    record = record_of(item)
    state = timeline.state(record, scope.now)
    group = ids.resource_group(record["vm"])
    accounts = [
        account.id
        for account in scope.call.store.by_type("Microsoft.Storage/storageAccounts", scope.now)
        if account.body["location"].lower() == record["recovery_location"]
        and not account.body["sku"]["name"].startswith("Premium")
    ]
    cache = accounts[0] if accounts else f"{group}/providers/Microsoft.Storage/storageAccounts/none"
    return {
        "instanceType": "A2A",
        "recoveryResourceGroupId": group,
        "vmManagedDisks": [
            {
                "diskId": disk["target"],
                "primaryStagingAzureStorageAccountId": cache,
                "recoveryResourceGroupId": group,
            }
            for disk in state["disks"]
        ],
    }


@operation(
    "POST",
    plans.PATH + "/plannedFailover",
    versions=SITE_RECOVERY,
    action=f"{plans.ACTION}/plannedFailover/action",
    evidence="documentation",
    body=Any_,
)
def planned_failover_plan(call: Call) -> Reply:
    """Azure to Azure has no planned failover."""
    name = record_of(plans.find(VaultScope.of(call)))["name"]
    raise refusals.invalid(
        "PlannedFailoverNotSupported", f"Planned failover is not supported for the recovery plan '{name}'."
    )


@operation(
    "POST",
    plans.PATH + "/failoverCancel",
    versions=SITE_RECOVERY,
    action=f"{plans.ACTION}/failoverCancel/action",
    evidence="assumption",
    body=Any_,
    body_optional=True,
)
def cancel_failover_plan(call: Call) -> Reply:
    """Cancelling a failover is not offered in Azure to Azure."""
    name = record_of(plans.find(VaultScope.of(call)))["name"]
    raise refusals.not_allowed("CancelFailover", name, "its items' states")
