"""Reprotect: ``switchprotection`` on the original container turns the direction of replication round."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery import (
    item_body,
    item_enable,
    item_jobs,
    item_record,
    item_scenarios,
    item_schema,
    job_start,
    refusals,
    schedule,
    source_vm,
    timeline,
)
from asr_tui.emulator.site_recovery.error_catalogue import Fault, job_error
from asr_tui.emulator.site_recovery.item_record import Request
from asr_tui.emulator.site_recovery.timestamps import loaded, saved
from asr_tui.emulator.site_recovery.vault_scope import (
    CONTAINER_PATH,
    ITEM_PATH,
    Record,
    VaultScope,
    record_of,
)
from asr_tui.emulator.store import Resource

_CONTAINER_ACTION = "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers"
_ITEM_ACTION = f"{_CONTAINER_ACTION}/replicationProtectedItems"
PROTECT = "ProtectReplicaTask"


@operation(
    "POST",
    CONTAINER_PATH + "/switchprotection",
    versions=SITE_RECOVERY,
    action=f"{_CONTAINER_ACTION}/switchprotection/action",
    evidence="recorded",
    body=item_schema.SWITCH,
)
def switch_protection(call: Call) -> Reply:
    """Reprotect a failed-over item; it lives under the other container afterwards, and its old id answers 404."""
    scope = VaultScope.of(call)
    container = scope.container()
    given = call.body["properties"]
    name = given["replicationProtectedItemName"]
    item = scope.find(ids.item_id(container.id, name))
    if item is None:
        raise refusals.item_missing(name)
    details = given.get("providerSpecificDetails") or {}
    if str(details.get("instanceType", "A2A")).lower() != "a2a":
        raise refusals.invalid(
            "UnsupportedReplicationProvider", f"Reprotect of type '{details['instanceType']}' is not emulated."
        )
    job = start_reprotect(scope, item, details)
    return job_start.accepted(scope, item_scenarios.REPROTECT, job, container.id, container.id)


def start_reprotect(
    scope: VaultScope, item: Resource, details: dict[str, Any], *, caller: Record | None = None
) -> Record:
    """Start to reprotect one item and return the job's record.

    Raises:
        SiteRecoveryError: 409 while another operation runs, 400 when the item is not failed over and committed or
            the request does not fit.
    """
    scope.ensure_free(item.id)
    record = record_of(item)
    state = timeline.state(record, scope.now)
    if "SwitchProtection" not in item_body.allowed_operations(state):
        raise refusals.not_allowed("SwitchProtection", record["name"], state["stage"])
    request = _request(scope, record, state, details)
    scope.ensure_free(request.item_id)
    draft = job_start.planned(scope, item_scenarios.REPROTECT, item.id)
    if draft.outcome == "Failed":
        return _failing(scope, item, record, draft, caller)
    carried = {
        **record,
        "original_disks": {disk["name"].lower(): disk["id"] for disk in state["disks"]},
    }
    turned = item_record.build(scope, request, carried)
    name = job_start.new_name()
    call_ids = {"request_id": scope.call.ids.client or scope.call.ids.request, "activity": scope.call.ids.activity}
    child = item_enable.protect(scope, request, turned, caller=caller or call_ids, start=draft.begins(PROTECT))
    plan = _joined(draft, child, turned)
    subject = item_jobs.subject(
        record,
        details={
            "instanceType": "SwitchProtectionJobDetails",
            "newReplicationProtectedItemId": ids.other_service(request.item_id),
        },
    )
    outcome = None
    if child["outcome"] != "Failed" and details.get("recoveryVirtualMachineScaleSetId"):
        outcome = _remark(plan, child, record, details["recoveryVirtualMachineScaleSetId"])
    job = job_start.start(
        scope,
        item_scenarios.REPROTECT,
        plan,
        subject,
        name=name,
        outcome=outcome,
        consequences=job_start.Consequences(born=(child["id"],), dying=(item.id,)),
        caller=caller,
    )
    item_jobs.running(record, scope, item_scenarios.REPROTECT, name, plan.end)
    moves = None if child["outcome"] == "Failed" else loaded(child["end"])
    scope.update(item, record, dies=moves)
    return job


def _failing(scope: VaultScope, item: Resource, record: Record, plan: schedule.Plan, caller: Record | None) -> Record:
    job = job_start.start(scope, item_scenarios.REPROTECT, plan, item_jobs.subject(record), caller=caller)
    item_jobs.running(record, scope, item_scenarios.REPROTECT, job["name"], plan.end)
    scope.update(item, record)
    return job


def _joined(draft: schedule.Plan, child: Record, turned: Record) -> schedule.Plan:
    """The parent's schedule once the child's is known: its last task ends with the child."""
    end = loaded(child["end"]) + timedelta(seconds=0.6)
    task = draft.task(PROTECT)
    task["end"] = saved(end)
    task["outcome"] = "Failed" if child["outcome"] == "Failed" else "Succeeded"
    schedule.group(
        task,
        [
            {
                "job": child["id"],
                "name": turned["vm_name"].lower(),
                "scenario": child["scenario"],
                "friendly": child["friendly"],
                "target_id": turned["guid"],
                "start": child["start"],
                "end": child["end"],
                "outcome": child["outcome"],
            }
        ],
    )
    errors = [{**entry, "task_id": child["scenario"]} for entry in child["errors"]]
    outcome = "Failed" if child["outcome"] == "Failed" else "Succeeded"
    return schedule.Plan(draft.start, end + timedelta(seconds=0.2), outcome, draft.tasks, errors)


def _remark(plan: schedule.Plan, child: Record, record: Record, scale_set: str) -> str:
    """150407, level Info: an existing target VM is reused whatever the scale set (recorded)."""
    entry = job_error(Fault("150407", scale_set), child["scenario"], record["vm_name"])
    plan.errors.append({**entry, "at": child["end"]})
    plan.task(PROTECT)["children"][0]["outcome"] = "CompletedWithInformation"
    return "CompletedWithInformation"


def _request(scope: VaultScope, record: Record, state: timeline.State, details: dict[str, Any]) -> Request:
    """The enable request of the other direction: source and target container change places."""
    source = scope.find(record["recovery_container"])
    target = scope.find(record["container"])
    if source is None or target is None:
        raise refusals.container_missing(ids.last(record["recovery_container"]))
    wanted = details.get("recoveryContainerId")
    if wanted and not ids.same(ids.other_service(wanted), target.id):
        raise refusals.invalid(
            "InvalidRecoveryContainer",
            f"The recovery container of the reprotect must be '{ids.last(target.id)}'.",
        )
    policy_id = details.get("policyId") or record["policy"]
    policy = scope.find(policy_id)
    if policy is None:
        raise refusals.policy_missing(ids.last(policy_id))
    item_enable.mapped_target(scope, source, policy, target.id)
    vm = source_vm.read(scope.call.store, state["recovery_vm_id"], scope.now)
    if vm is None:
        raise refusals.invalid(
            "AzureVmNotFound", f"The failed-over virtual machine '{state['recovery_vm_id']}' could not be found."
        )
    given = dict(details)
    given.setdefault("recoveryResourceGroupId", ids.resource_group(record["vm"]))
    if not given.get("vmManagedDisks"):
        raise refusals.invalid(
            "VMDisksMissing",
            "Managed disk details are not provided.",
            "The request names no managed disks.",
            "Give the disks of the failed-over virtual machine.",
        )
    return Request(ids.item_id(source.id, record["name"]), given, policy, source, target, vm)


@operation(
    "POST",
    ITEM_PATH + "/reProtect",
    versions=SITE_RECOVERY,
    action=f"{_ITEM_ACTION}/reProtect/action",
    evidence="documentation",
    body=item_schema.REPROTECT,
    note="Its input knows unmanaged disks only; managed VMs are refused, as in the field.",
)
def reprotect_item(call: Call) -> Reply:
    """Not for managed disks: 400 VMDisksMissing."""
    scope = VaultScope.of(call)
    record = record_of(scope.item())
    raise refusals.invalid(
        "VMDisksMissing",
        f"Managed disk details are not provided for '{record['name']}'.",
        "The operation takes unmanaged disks only.",
        "Use switchprotection on the protection container.",
    )
