"""Upkeep of replicated items: resynchronise, add and remove disks, update the mobility service, target sizes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from asr_tui.emulator.compute.skus import restriction_of
from asr_tui.emulator.estates.sizes import Size, size_named, sizes
from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.schema import Any_
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
    source_vm,
    timeline,
)
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.error_catalogue import Fault
from asr_tui.emulator.site_recovery.job_start import Consequences
from asr_tui.emulator.site_recovery.scenarios import Scenario
from asr_tui.emulator.site_recovery.schedule import Plan
from asr_tui.emulator.site_recovery.source_vm import SourceVm
from asr_tui.emulator.site_recovery.timestamps import saved
from asr_tui.emulator.site_recovery.vault_scope import ITEM_PATH, Record, VaultScope, record_of
from asr_tui.emulator.store import Resource

_ACTION = (
    "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems"
)


def _protected(scope: VaultScope, operation_name: str) -> tuple[Resource, Record, timeline.State]:
    """The item of the path, idle and protected."""
    item = scope.item()
    scope.ensure_free(item.id)
    record = record_of(item)
    state = timeline.state(record, scope.now)
    if state["stage"] != "Protected" or state.get("test") is not None:
        raise refusals.not_allowed(operation_name, record["name"], state.get("test") or state["stage"])
    return item, record, state


def _source(scope: VaultScope, record: Record) -> SourceVm:
    vm = source_vm.read(scope.call.store, record["vm"], scope.now)
    if vm is None:
        raise refusals.invalid("AzureVmNotFound", f"The virtual machine '{record['vm']}' could not be found.")
    return vm


@operation(
    "POST",
    ITEM_PATH + "/repairReplication",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/repairReplication/action",
    evidence="examples",
    body=Any_,
    body_optional=True,
)
def repair_replication(call: Call) -> Reply:
    """Resynchronise: the disks are copied again while the VM stays protected; a stuck first copy starts anew."""
    scope = VaultScope.of(call)
    item = scope.item()
    scope.ensure_free(item.id)
    record = record_of(item)
    state = timeline.state(record, scope.now)
    if state["stage"] not in ("Copying", "Protected") or state.get("test") is not None:
        raise refusals.not_allowed("RepairReplication", record["name"], state["stage"])
    vm = _source(scope, record)
    scenario = item_scenarios.RESYNC
    plan = job_start.planned(scope, scenario, item.id)
    job = job_start.start(scope, scenario, plan, item_jobs.subject(record))
    item_jobs.hold(record, job["name"], plan.end)
    if not job_start.failed(job):
        _copy_again(scope, record, state, vm, job["name"], plan.end + timedelta(seconds=30))
    scope.update(item, record)
    return job_start.accepted(scope, scenario, job, item.id, item.id)


def _copy_again(
    scope: VaultScope, record: Record, state: timeline.State, vm: SourceVm, job: str, start: datetime
) -> None:
    disks = [found for disk in state["disks"] if (found := vm.disk(disk["id"]))]
    if not disks or consequences.stuck_replication(scope, state["disks"]):
        return
    copying = replication_pace.copying(disks, start, scope.rng("resync", record["id"], saved(scope.now)))
    changes = [timeline.change(start, job, copy=copying.saved())]
    if state["stage"] == "Copying":
        network = state["target"]["network"] or item_record.mapped_network(scope, record, vm)
        changes.append(
            timeline.change(
                copying.end,
                None,
                stage="Protected",
                points_from=saved(copying.end),
                nics=item_record.nics_of(scope, vm, network, state["target"]["subnet"]),
                target={**state["target"], "network": network},
                **consequences.steady_future(vm, copying.end),
            )
        )
    timeline.add(record, scope.present, *changes)


@operation(
    "POST",
    ITEM_PATH + "/addDisks",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/addDisks/action",
    evidence="examples",
    body=item_schema.ADD_DISKS,
)
def add_disks(call: Call) -> Reply:
    """Protect data disks that were added to the VM later."""
    scope = VaultScope.of(call)
    item, record, state = _protected(scope, "AddDisks")
    vm = _source(scope, record)
    asked = call.body["properties"]["providerSpecificDetails"].get("vmManagedDisks") or []
    known = {disk["id"].lower() for disk in state["disks"]}
    faults = [
        Fault("InvalidDiskIds", f"The disk '{disk['diskId']}' is not attached to the machine or protected already.")
        for disk in asked
        if vm.disk(disk["diskId"]) is None or ids.other_service(disk["diskId"]).lower() in known
    ] or ([] if asked else [Fault("InvalidDiskIds", "The request names no disk.")])
    scenario = item_scenarios.ADD_DISKS
    failure = None
    if faults:
        failure = item_jobs.failure(scenario, scenario.tasks[0].name, faults, record, record["recovery_display"])
    plan = job_start.planned(scope, scenario, item.id, failure=failure)
    name = job_start.new_name()
    replicas: list[Resource] = []
    if plan.outcome != "Failed":
        replicas = _adding(scope, record, state, vm, asked, plan, name)
    job = job_start.start(
        scope,
        scenario,
        plan,
        item_jobs.subject(record),
        name=name,
        consequences=Consequences(replica_disks.names(replicas)),
    )
    item_jobs.hold(record, name, plan.end)
    scope.update(item, record)
    return job_start.accepted(scope, scenario, job, item.id, item.id)


def _adding(
    scope: VaultScope,
    record: Record,
    state: timeline.State,
    vm: SourceVm,
    asked: list[dict[str, Any]],
    plan: Plan,
    job: str,
) -> list[Resource]:
    sources = [found for disk in asked if (found := vm.disk(disk["diskId"]))]
    added = [item_record.disk_record(given, disk) for given, disk in zip(asked, sources, strict=True)]
    replicas = [
        replica_disks.replica(record, disk, source, plan.end) for disk, source in zip(added, sources, strict=True)
    ]
    scope.call.store.put_all(replicas)
    rng = scope.rng("add", record["id"], saved(scope.now))
    copying = replication_pace.copying(sources, plan.end + timedelta(seconds=60), rng)
    timeline.add(
        record,
        scope.present,
        timeline.change(plan.end, job, disks=[*state["disks"], *added], copy=copying.saved()),
    )
    return replicas


@operation(
    "POST",
    ITEM_PATH + "/removeDisks",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/removeDisks/action",
    evidence="examples",
    body=item_schema.REMOVE_DISKS,
)
def remove_disks(call: Call) -> Reply:
    """Stop protecting data disks; the operating system disk can't be removed."""
    scope = VaultScope.of(call)
    item, record, state = _protected(scope, "RemoveDisks")
    details = call.body["properties"].get("providerSpecificDetails") or {}
    asked = {ids.other_service(arm_id).lower() for arm_id in details.get("vmManagedDisksIds") or []}
    gone = [disk for disk in state["disks"] if disk["id"].lower() in asked]
    if len(gone) != len(asked) or not gone or any(disk["os"] for disk in gone):
        raise refusals.invalid(
            "InvalidDiskIds",
            f"Disks of '{record['name']}' can't be removed by these ids.",
            "A disk is not protected by the item, or is its operating system disk.",
            "Name protected data disks.",
        )
    scenario = item_scenarios.REMOVE_DISKS
    plan = job_start.planned(scope, scenario, item.id)
    job = job_start.start(scope, scenario, plan, item_jobs.subject(record))
    item_jobs.hold(record, job["name"], plan.end)
    if not job_start.failed(job):
        left = [disk for disk in state["disks"] if disk not in gone]
        excluded = [*state.get("excluded", []), *(disk["id"].lower() for disk in gone)]
        timeline.add(record, scope.present, timeline.change(plan.end, job["name"], disks=left, excluded=excluded))
        replica_disks.retire(scope, [disk["replica"] for disk in gone], plan.end)
    scope.update(item, record)
    return job_start.accepted(scope, scenario, job, item.id, item.id)


@operation(
    "POST",
    ITEM_PATH + "/updateMobilityService",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/updateMobilityService/action",
    evidence="examples",
    body=item_schema.UPDATE_MOBILITY,
)
def update_mobility_service(call: Call) -> Reply:
    """Update the agent in the guest; a filter driver that waits for a restart ends it with remarks (151083)."""
    scope = VaultScope.of(call)
    item, record, _ = _protected(scope, "UpdateMobilityService")
    return _simple(scope, item, record, item_scenarios.UPDATE_MOBILITY, _source(scope, record))


def _simple(scope: VaultScope, item: Resource, record: Record, scenario: Scenario, vm: SourceVm) -> Reply:
    plan = job_start.planned(scope, scenario, item.id)
    outcome = None
    if plan.outcome != "Failed" and vm.guest.filter_driver_update_pending:
        outcome = "CompletedWithInformation"
        plan.errors.append(item_jobs.remark(Fault("151083"), scenario, record, plan.end))
    job = job_start.start(scope, scenario, plan, item_jobs.subject(record), outcome=outcome)
    item_jobs.hold(record, job["name"], plan.end)
    scope.update(item, record)
    return job_start.accepted(scope, scenario, job, item.id, item.id)


@operation(
    "GET",
    ITEM_PATH + "/targetComputeSizes",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/targetComputeSizes/read",
    evidence="examples",
)
def target_compute_sizes(call: Call) -> Reply:
    """Sizes that the target VM may have: those the region offers the subscription, of the VM's generation."""
    scope = VaultScope.of(call)
    item = scope.item()
    record = record_of(item)
    location = record["recovery_location"]
    own = size_named(timeline.state(record, scope.now)["target"]["size"])
    entries = [
        _size(item.id, size, location)
        for size in sizes().values()
        if record["generation"] in size.generations
        and (own is None or size.architecture == own.architecture)
        and restriction_of(scope.call.store, size.name, location) is None
    ]
    return call.page(entries, null_next_link=True)


def _size(item: str, size: Size, location: str) -> dict[str, Any]:
    return {
        "id": f"{ids.site_recovery(item)}/targetComputeSizes/{size.name}",
        "name": size.name,
        "type": f"{ids.ITEM}/targetComputeSizes",
        "properties": {
            "name": size.name,
            "friendlyName": size.name,
            "cpuCoresCount": size.vcpus,
            "vCPUsAvailable": size.active_vcpus,
            "memoryInGB": size.memory_gb,
            "maxDataDiskCount": size.max_data_disks,
            "maxNicsCount": size.max_nics,
            "errors": [],
            "highIopsSupported": "True" if size.premium else "False",
            "hyperVGenerations": size.generations.split(","),
        },
    }
