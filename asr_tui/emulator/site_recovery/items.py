"""Replicated items: get, list by container and by vault, update, disable and purge."""

from __future__ import annotations

from datetime import datetime

from asr_tui.emulator.compute.views import power_state
from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.site_recovery import (
    filters,
    item_body,
    item_jobs,
    item_list,
    item_scenarios,
    item_schema,
    item_update,
    job_start,
    refusals,
    replica_disks,
    schedule,
    timeline,
)
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.consequences import scope_rules
from asr_tui.emulator.site_recovery.error_catalogue import Fault
from asr_tui.emulator.site_recovery.scenarios import Scenario
from asr_tui.emulator.site_recovery.vault_scope import (
    CONTAINER_PATH,
    ITEM_PATH,
    VAULT_PATH,
    Record,
    VaultScope,
    record_of,
)
from asr_tui.emulator.store import Resource

_ACTION = (
    "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems"
)


@operation("GET", ITEM_PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/read", evidence="recorded")
def get_item(call: Call) -> Reply:
    """One replicated item, in full."""
    scope = VaultScope.of(call)
    return Reply(200, item_body.render(scope, scope.item()))


@operation(
    "GET",
    CONTAINER_PATH + "/replicationProtectedItems",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/read",
    evidence="recorded",
)
def list_items(call: Call) -> Reply:
    """The items of a container, as slim entries."""
    scope = VaultScope.of(call)
    return _page(scope, scope.children(scope.container().id, ids.ITEM))


@operation(
    "GET",
    VAULT_PATH + "/replicationProtectedItems",
    versions=SITE_RECOVERY,
    action="Microsoft.RecoveryServices/vaults/replicationProtectedItems/read",
    evidence="recorded",
    note="The members that $filter takes are those of the schema; none was seen on the wire.",
)
def list_all_items(call: Call) -> Reply:
    """The items of all containers; ``$filter`` over names, states and health, pages by ``$skipToken``."""
    scope = VaultScope.of(call)
    text = call.query.get("$filter", "")
    found = scope.all(ids.ITEM)
    return _page(scope, [item for item in found if not text or filters.passes(text, _facts(scope, item))])


def _page(scope: VaultScope, items: list[Resource]) -> Reply:
    return scope.call.page(items, null_next_link=True, render=item_list.renderer(scope))


def _facts(scope: VaultScope, item: Resource) -> dict[str, str | None]:
    properties = item_body.render(scope, item, slim=True)["properties"]
    record = record_of(item)
    facts = {key.lower(): value for key, value in properties.items() if isinstance(value, str | None)}
    return facts | {
        "name": record["name"],
        "fabricname": ids.last(record["fabric"]),
        "sourcefabricname": record["primary_display"],
        "sourcefabriclocation": record["primary_location"],
        "recoveryfabriclocation": record["recovery_location"],
        "instancetype": "A2A",
        "processserverid": None,
        "vmname": record["vm_name"],
        "multivmgroupname": record["multi_vm_name"],
        "ishealthy": "true" if properties["replicationHealth"] == "Normal" else "false",
    }


@operation(
    "PATCH",
    ITEM_PATH,
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/write",
    evidence="recorded",
    body=item_schema.UPDATE,
)
def update_item(call: Call) -> Reply:
    """Change target settings: names, size, network, NICs, disks. Only once the item is protected."""
    scope = VaultScope.of(call)
    item = scope.item()
    scope.ensure_free(item.id)
    record = record_of(item)
    state = timeline.state(record, scope.now)
    if state["stage"] != "Protected":
        raise refusals.not_allowed("UpdateReplicationProtectedItem", record["name"], state["stage"])
    members = item_update.changed(scope, record, state, call.body["properties"])
    plan = job_start.planned(scope, item_scenarios.UPDATE_ITEM, item.id)
    job = job_start.start(scope, item_scenarios.UPDATE_ITEM, plan, item_jobs.subject(record))
    if not job_start.failed(job):
        timeline.add(record, scope.present, timeline.change(plan.end, job["name"], **members))
    item_jobs.hold(record, job["name"], plan.end)
    scope.update(item, record)
    return job_start.accepted(scope, item_scenarios.UPDATE_ITEM, job, item.id, item.id)


@operation(
    "POST",
    ITEM_PATH + "/remove",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/remove/action",
    evidence="examples",
    body=item_schema.DISABLE,
)
def disable_item(call: Call) -> Reply:
    """Disable replication: needs action within the VM, so the VM has to run. 204 when the item is gone already."""
    scope = VaultScope.of(call)
    item = _own(scope)
    if item is None:
        return Reply(204)
    record = record_of(item)
    state = timeline.state(record, scope.now)
    if state["stage"] == "Enabling" or state.get("test") == "Waiting":
        raise refusals.not_allowed("DisableProtection", record["name"], state.get("test") or state["stage"])
    vm = scope.call.store.get(record["vm"], scope.now)
    failed_over = state["stage"] in ("FailedOver", "Committed")
    if vm is not None and not failed_over and power_state(vm.doc, scope.now) != "running":
        raise refusals.invalid(
            "AzureVmNotRunning",
            "Disable replication requires action within the VM which thus requires VM to be in running power status.",
            f"The virtual machine '{record['vm_name']}' is not running.",
            "Start the virtual machine, or purge the replicated item.",
        )
    return _end(scope, item, record, state, item_scenarios.DISABLE_DR)


@operation("DELETE", ITEM_PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/delete", evidence="recorded")
def purge_item(call: Call) -> Reply:
    """Purge: removes the item without the VM's help. 204 when it is gone already."""
    scope = VaultScope.of(call)
    item = _own(scope)
    if item is None:
        return Reply(204)
    record = record_of(item)
    return _end(scope, item, record, timeline.state(record, scope.now), item_scenarios.PURGE)


def _own(scope: VaultScope) -> Resource | None:
    """The item of the path, None if it or anything above it is gone; nothing else may run on it."""
    fabric = scope.find(scope.path.fabric(scope.call.params["fabric"]))
    container = scope.find(ids.container_id(fabric.id, scope.call.params["container"])) if fabric else None
    if container is None:
        return None
    arm_id = ids.item_id(container.id, scope.call.params["item"])
    scope.ensure_free(arm_id)
    return scope.find(arm_id)


def _end(scope: VaultScope, item: Resource, record: Record, state: timeline.State, scenario: Scenario) -> Reply:
    plan = job_start.planned(scope, scenario, item.id)
    if plan.outcome == "Failed":
        return _end_badly(scope, item, record, scenario, plan)
    outcome = None
    locked = scope_rules.locked(scope.call.store, record["vm"], "delete", scope.now)
    if locked and scope.call.store.get(record["vm"], scope.now) is not None:
        outcome = "CompletedWithInformation"
        fault = Fault("150225", "A lock is on it.", azure=locked)
        plan.errors.append(item_jobs.remark(fault, scenario, record, plan.end))
        _leave_link(scope, record, plan.end)
    job = job_start.start(scope, scenario, plan, item_jobs.subject(record), outcome=outcome)
    item_jobs.running(
        record, scope, scenario, job["name"], plan.end, timeline.change(scope.now, None, stage="Disabling")
    )
    scope.update(item, record, dies=plan.end)
    _retire_future(scope, record)
    replica_disks.retire(scope, _replicas(state), plan.end)
    return job_start.accepted(scope, scenario, job, item.id)


def _end_badly(scope: VaultScope, item: Resource, record: Record, scenario: Scenario, plan: schedule.Plan) -> Reply:
    job = job_start.start(scope, scenario, plan, item_jobs.subject(record))
    item_jobs.running(record, scope, scenario, job["name"], plan.end)
    scope.update(item, record)
    return job_start.accepted(scope, scenario, job, item.id)


def _replicas(state: timeline.State) -> list[str]:
    """Replica disks go with the item; disks that a failover has made stay."""
    return [disk["replica"] for disk in state["disks"] if disk["replica"]]


def _retire_future(scope: VaultScope, record: Record) -> None:
    """Jobs that the service would have started for the item later do not come."""
    for job in scope.coming(ids.JOB):
        if job.born > scope.now and ids.same(record_of(job)["subject"], record["id"]):
            scope.call.store.forget(job.id)
    for disk in record["base"]["disks"]:
        replica = scope.peek(disk["replica"]) if disk["replica"] else None
        if replica is not None and replica.born > scope.now:
            scope.call.store.forget(replica.id)


def _leave_link(scope: VaultScope, record: Record, at: datetime) -> None:
    """The stale resource link that a lock keeps from being cleaned up; it stands in the way of the next protection."""
    name = f"ASR-Protect-{ids.internal_id(record['vm'], 'link')}"
    kind = "Microsoft.Resources/links"
    arm_id = f"{record['vm']}/providers/{kind}/{name}"
    doc = {
        "id": arm_id,
        "name": name,
        "type": kind,
        "properties": {
            "sourceId": record["vm"],
            "targetId": f"{scope.path.arm_id}/protectedItemArmId/{record['guid']}",
            "notes": "Created by Azure Site Recovery",
        },
    }
    scope.call.store.put(Resource(arm_id, kind, doc, at))
