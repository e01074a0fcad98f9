"""Jobs that work on a replicated item: what they name, and how they keep others off it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery import job_start, timeline
from asr_tui.emulator.site_recovery.error_catalogue import Fault, job_error
from asr_tui.emulator.site_recovery.scenarios import Scenario
from asr_tui.emulator.site_recovery.schedule import Failure
from asr_tui.emulator.site_recovery.timestamps import saved
from asr_tui.emulator.site_recovery.vault_scope import Record, VaultScope, busy


def affected(record: Record) -> dict[str, Any]:
    """``affectedObjectDetails`` in the words of the old VMM: Vmm is fabric, Cloud container, ProtectionProfile policy."""
    return {
        "primaryVmId": record["guid"],
        "primaryVmName": record["vm_name"],
        "recoveryVmId": "",
        "recoveryVmName": record["vm_name"].lower(),
        "protectionProfileId": ids.internal_id(record["policy"], "policy"),
        "primaryCloudId": record["container_guid"],
        "primaryCloudName": ids.last(record["container"]),
        "recoveryCloudId": record["recovery_container_guid"],
        "recoveryCloudName": ids.last(record["recovery_container"]),
        "primaryVmmId": ids.internal_id(record["fabric"], record["primary_location"]),
        "primaryVmmName": record["primary_display"],
        "recoveryVmmId": ids.internal_id(record["recovery_fabric"], record["recovery_location"]),
        "recoveryVmmName": record["recovery_display"],
        "primaryFabricProviderId": "Azure",
        "recoveryFabricProviderId": "Azure",
    }


def subject(
    record: Record,
    *,
    lowered: bool = False,
    details: Mapping[str, Any] | None = None,
    final_details: Mapping[str, Any] | None = None,
) -> job_start.Subject:
    """The item as the target of a job.

    Args:
        lowered: names lower-cased, as EnableDr writes them; later jobs of the same VM keep the casing (recorded).
        details: members of ``customDetails`` other than the affected objects.
        final_details: members that appear when it ends well.
    """
    name = record["vm_name"].lower() if lowered else record["vm_name"]
    objects = affected(record) | {"primaryVmName": name}
    shown = {"instanceType": "AsrJobDetails", **(details or {}), "affectedObjectDetails": objects}
    return job_start.Subject(record["guid"], name, record["id"], shown, dict(final_details or {}))


def failure(
    scenario: Scenario, task: str, faults: list[Fault], record: Record, region: str, after: float | None = None
) -> Failure:
    """A failure at the task of that name with an entry for each fault."""
    task_id = next((t.task_id or t.name for t in scenario.tasks if t.name == task), task)
    errors = tuple(job_error(fault, task_id, record["vm_name"], region) for fault in faults)
    return Failure(task, errors, after)


def remark(fault: Fault, scenario: Scenario, record: Record, at: datetime) -> dict[str, Any]:
    """An entry of ``errors`` in a job that ends well all the same (``CompletedWithInformation``)."""
    task = scenario.tasks[0]
    entry = job_error(fault, task.task_id or task.name, record["vm_name"], record["recovery_display"])
    return {**entry, "level": "Info", "at": saved(at)}


def hold(record: Record, job: str, until: datetime) -> None:
    """Keep other operations off the item while the job runs."""
    record["busy"] = busy(job, until)


def running(
    record: Record, scope: VaultScope, scenario: Scenario, job: str, until: datetime, *changes: dict[str, Any]
) -> None:
    """Show the job as the item's current scenario until its end, and append its changes."""
    current = {"name": scenario.name, "job": job, "start": saved(scope.now)}
    timeline.add(
        record,
        scope.present,
        timeline.change(scope.now, None, scenario=current),
        timeline.change(until, None, scenario=None),
        *changes,
    )
    hold(record, job, until)
