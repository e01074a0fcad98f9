"""Enable replication: the PUT of a replicated item, and the whole future that it decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.site_recovery import (
    consequences,
    item_jobs,
    item_record,
    item_scenarios,
    item_schema,
    job_start,
    refusals,
    replica_disks,
    replication_pace,
    schedule,
    source_vm,
    timeline,
)
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.item_record import Request
from asr_tui.emulator.site_recovery.job_start import Consequences
from asr_tui.emulator.site_recovery.timestamps import saved
from asr_tui.emulator.site_recovery.vault_scope import ITEM_PATH, Record, VaultScope
from asr_tui.emulator.store import Resource

_ACTION = (
    "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems"
)
LARGEST_GROUP = 16
"""Virtual machines in a multi-VM (replication) group."""
UNSEEN_SECONDS = 2.0
"""For so long after the PUT a GET of the item may still answer 404 (our reading)."""


@operation(
    "PUT",
    ITEM_PATH,
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/write",
    evidence="recorded",
    body=item_schema.CREATE,
)
def enable_replication(call: Call) -> Reply:
    """Start to replicate a VM. What stands in its way is decided now and shows where and when it would on Azure."""
    scope = VaultScope.of(call)
    request = _request(scope)
    scope.ensure_free(request.item_id)
    if scope.find(request.item_id) is not None:
        raise refusals.invalid(
            "ReplicationProtectedItemAlreadyExists",
            f"The replicated item '{ids.last(request.item_id)}' exists already.",
            "The virtual machine is protected already, or another one is under this name.",
            "Use another name, or update the existing item.",
        )
    record = item_record.build(scope, request)
    _check_group(scope, record)
    job = protect(scope, request, record)
    return job_start.accepted(scope, item_scenarios.ENABLE_DR, job, request.item_id, request.item_id)


def _check_group(scope: VaultScope, record: Record) -> None:
    """A multi-VM group holds at most 16 machines.

    Raises:
        SiteRecoveryError: 400.
    """
    name = record["multi_vm_name"]
    members = [held for held in scope.records(ids.ITEM) if held["multi_vm_name"] == name] if name else []
    if len(members) >= LARGEST_GROUP:
        raise refusals.invalid(
            "MultiVmGroupTooLarge",
            f"The replication group '{name}' holds {LARGEST_GROUP} virtual machines already.",
            "A replication group can't be larger.",
            "Use another group.",
        )


def _request(scope: VaultScope) -> Request:
    """Read the request against the vault.

    Raises:
        SiteRecoveryError: 400 or 404 for what the service refuses at once.
    """
    container = scope.container()
    given = scope.call.body["properties"]
    details = given["providerSpecificDetails"]
    if details["instanceType"].lower() != "a2a":
        raise refusals.invalid(
            "UnsupportedReplicationProvider",
            f"Replication of type '{details['instanceType']}' is not emulated: only A2A is.",
        )
    policy = scope.find(given["policyId"])
    if policy is None or policy.type != ids.POLICY:
        raise refusals.policy_missing(ids.last(given["policyId"]))
    target = mapped_target(scope, container, policy, details.get("recoveryContainerId"))
    vm = source_vm.read(scope.call.store, details["fabricObjectId"], scope.now)
    if vm is None:
        raise refusals.invalid(
            "AzureVmNotFound",
            f"The virtual machine '{details['fabricObjectId']}' could not be found.",
            "The machine was deleted, or its id is not that of a virtual machine.",
            "Give the id of an existing virtual machine.",
        )
    item = ids.item_id(container.id, scope.call.params["item"])
    return Request(item, details, policy, container, target, vm)


def mapped_target(scope: VaultScope, source: Resource, policy: Resource, wanted: str | None) -> Resource:
    """The recovery container, which must be mapped from ``source`` with ``policy``.

    Raises:
        SiteRecoveryError: 400 when there is no such mapping.
    """
    for mapping in scope.records(ids.MAPPING):
        fits = ids.same(mapping["source"], source.id) and ids.same(mapping["policy"], policy.id)
        if fits and (not wanted or ids.same(mapping["target"], ids.other_service(wanted))):
            found = scope.find(mapping["target"])
            if found is not None:
                return found
    raise refusals.invalid(
        "ProtectionContainersNotMapped",
        f"The protection container '{ids.last(source.id)}' is not mapped to the recovery container with the "
        f"policy '{ids.last(policy.id)}'.",
        "The mapping is missing, is still being made, or uses another policy.",
        "Map the containers with the policy, then retry.",
    )


@dataclass(frozen=True, slots=True)
class _Future:
    """The moments of a protection that goes well."""

    enabled: datetime
    agent: datetime
    copying: replication_pace.Copying
    primary: schedule.Plan
    secondary: schedule.Plan


def protect(
    scope: VaultScope, request: Request, record: Record, *, caller: Record | None = None, start: datetime | None = None
) -> Record:
    """Start the EnableDr job of ``request`` and store the item with its future.

    Args:
        caller: the reprotect job on whose behalf the service starts it.
        start: when it starts; now if None.

    Returns:
        The record of the job.
    """
    begins = start or scope.now
    rng = scope.rng("enable", request.item_id, saved(begins))
    verdict = consequences.enabling(scope, request, record)
    failure = None
    if verdict is not None:
        failure = item_jobs.failure(
            item_scenarios.ENABLE_DR,
            verdict.task,
            verdict.faults,
            record,
            record["recovery_display"],
            after=verdict.after(rng),
        )
    if caller is None:
        plan = job_start.planned(scope, item_scenarios.ENABLE_DR, request.item_id, failure=failure)
    else:
        plan = schedule.plan(item_scenarios.ENABLE_DR, begins, rng, failure)
    fails = plan.outcome == "Failed"
    name = job_start.new_name()
    replicas: list[Resource] = []
    finishing: list[Record] = []
    if not fails:
        replicas = _replicas(request, record, plan)
        finishing = _future(scope, request, record, plan, name)
    born = begins + timedelta(seconds=UNSEEN_SECONDS)
    item_jobs.hold(record, name, plan.end)
    scope.save(request.item_id, ids.ITEM, record, born=born, dies=plan.end if fails else None)
    scope.call.store.put_all(replicas)
    return job_start.start(
        scope,
        item_scenarios.ENABLE_DR,
        plan,
        item_jobs.subject(record, lowered=True),
        name=name,
        consequences=Consequences((record["id"], *replica_disks.names(replicas), *(job["id"] for job in finishing))),
        caller=caller,
    )


def _replicas(request: Request, record: Record, plan: schedule.Plan) -> list[Resource]:
    """The replica disks appear late in the task that prepares the target."""
    begin, end = plan.begins("CreateProtectionTarget"), plan.ends("CreateProtectionTarget")
    born = begin + (end - begin) * 0.8
    return [
        replica_disks.replica(record, disk, source, born)
        for disk in record["base"]["disks"]
        if (source := request.vm.disk(disk["id"])) is not None
    ]


def _future(scope: VaultScope, request: Request, record: Record, plan: schedule.Plan, job: str) -> list[Record]:
    """Walk the item from enabling to protected; the two finishing jobs are started by the service itself."""
    rng = scope.rng("replicate", request.item_id, saved(plan.start))
    disks = [found for disk in record["base"]["disks"] if (found := request.vm.disk(disk["id"]))]
    copying = replication_pace.copying(disks, plan.end + timedelta(seconds=rng.uniform(60, 150)), rng)
    primary = schedule.plan(item_scenarios.PRIMARY_IR, copying.end, rng)
    pause = timedelta(seconds=rng.uniform(70, 200))
    secondary = schedule.plan(item_scenarios.SECONDARY_IR, primary.end + pause, rng)
    agent = (
        plan.begins("CreateProtectionTarget")
        + (plan.ends("CreateProtectionTarget") - plan.begins("CreateProtectionTarget")) * 0.7
    )
    future = _Future(plan.end, agent, copying, primary, secondary)
    stuck = consequences.stuck_replication(scope, record["base"]["disks"])
    timeline.add(record, scope.present, *_changes(scope, request, record, future, job, stuck))
    if stuck:
        return []
    return [
        job_start.start(scope, scenario, finishing, item_jobs.subject(record, lowered=True), caller=_caller(scope))
        for scenario, finishing in (
            (item_scenarios.PRIMARY_IR, primary),
            (item_scenarios.SECONDARY_IR, secondary),
        )
    ]


def _caller(scope: VaultScope) -> Record:
    """Service-started jobs keep the activity id of the enable request (recorded)."""
    return {
        "request_id": scope.call.ids.client or scope.call.ids.request,
        "activity": scope.call.ids.activity,
    }


def _changes(
    scope: VaultScope, request: Request, record: Record, future: _Future, job: str, stuck: bool
) -> list[dict[str, Any]]:
    network = item_record.recovery_network(scope, request, record)
    changes = [
        timeline.change(future.agent, job, agent_from=saved(future.agent)),
        timeline.change(future.enabled, job, stage="Pending"),
        timeline.change(future.copying.start, None, stage="Copying", copy=future.copying.saved()),
    ]
    if stuck:
        # Nothing arrives at the cache account: the copy never gets beyond its first report.
        far = future.copying.start + timedelta(days=3650)
        steps = future.copying.steps[:1]
        plan = {**future.copying.saved(), "steps": steps, "ends": {d: saved(far) for d in future.copying.ends}}
        changes[-1] = timeline.change(future.copying.start, None, stage="Copying", copy=plan)
        return changes
    target = {**record["base"]["target"], "network": network}
    protected = timeline.change(
        future.secondary.end,
        None,
        stage="Protected",
        points_from=saved(future.secondary.end),
        nics=item_record.nics_of(scope, request.vm, network, target["subnet"]),
        target=target,
        **consequences.steady_future(request.vm, future.secondary.end),
    )
    return [*changes, timeline.change(future.primary.end, None, stage="Waiting"), protected]
