"""Starting a job: its record, its place in the list, and the 202 that answers the write."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from asr_tui.emulator import lro
from asr_tui.emulator.registry import Reply
from asr_tui.emulator.site_recovery import schedule
from asr_tui.emulator.site_recovery.identifiers import JOB
from asr_tui.emulator.site_recovery.scenarios import Scenario
from asr_tui.emulator.site_recovery.schedule import Failure, Plan
from asr_tui.emulator.site_recovery.timestamps import saved
from asr_tui.emulator.site_recovery.vault_scope import Record, VaultScope


@dataclass(frozen=True, slots=True)
class Subject:
    """What a job works on.

    Attributes:
        id: internal GUID (``targetObjectId``).
        name: ``targetObjectName``.
        resource: id of the object whose future the job changes, or None.
        details: the job's ``customDetails`` from the start (``instanceType`` and more).
        final_details: members that appear when it ends well.
    """

    id: str
    name: str
    resource: str | None = None
    details: dict[str, Any] = field(default_factory=lambda: dict(PLAIN_DETAILS))
    final_details: dict[str, Any] = field(default_factory=dict)


PLAIN_DETAILS: dict[str, Any] = {"instanceType": "AsrJobDetails", "affectedObjectDetails": {}}
"""``customDetails`` of a job that names no affected objects."""


@dataclass(frozen=True, slots=True)
class Consequences:
    """What cancelling the job has to undo.

    Attributes:
        born: ids of resources that the job makes.
        dying: ids of resources whose end the job has set.
    """

    born: tuple[str, ...] = ()
    dying: tuple[str, ...] = ()


def planned(
    scope: VaultScope,
    scenario: Scenario,
    *about: str,
    failure: Failure | None = None,
    skip: frozenset[str] = frozenset(),
) -> Plan:
    """The schedule of a job that the request starts now, faults on purpose included.

    Args:
        about: what it works on; the same request at the same moment takes the same time.
        failure: where it fails by Azure's own rules; that comes before a fault on purpose.
        skip: names of tasks that are skipped.
    """
    rng = scope.rng(scenario.name, *about, saved(scope.now))
    chosen = failure or _on_purpose(scope, scenario)
    plan = schedule.plan(scenario, scope.now, rng, chosen, skip)
    return schedule.endless(plan) if scope.call.never_ends else plan


def _on_purpose(scope: VaultScope, scenario: Scenario) -> Failure | None:
    """The failure that a fault file asks for: at the task named, or at the first one."""
    fault = scope.call.job_fault
    if fault is None or not scenario.tasks:
        return None
    wanted = (fault.task or "").lower()
    runs = [task for task in scenario.tasks if not task.skipped]
    task = next((t for t in runs if wanted in (t.name.lower(), t.friendly.lower())), runs[0])
    entry = {
        "service": {
            "code": fault.code,
            "message": fault.message,
            "possibleCauses": fault.possible_causes,
            "recommendedAction": fault.recommended_action,
        },
        "provider": {
            "errorCode": 0,
            "errorMessage": None,
            "errorId": str(uuid.uuid4()),
            "possibleCauses": "",
            "recommendedAction": "",
        },
        "level": "Error",
        "task_id": task.task_id or task.name,
    }
    return Failure(task.name, (entry,))


def failed(job: Record) -> bool:
    """Whether the job ends in failure, so that nothing it was to bring comes."""
    return bool(job["outcome"] == "Failed")


def _repeat(scope: VaultScope) -> Record:
    """What a restart of the failed job puts again: this request."""
    return {"method": scope.call.method, "path": scope.call.path, "body": scope.call.body}


def new_name() -> str:
    """A name for a job, which is also the name of its operation."""
    return str(uuid.uuid4())


def start(
    scope: VaultScope,
    scenario: Scenario,
    plan: Plan,
    subject: Subject,
    *,
    name: str | None = None,
    outcome: str | None = None,
    consequences: Consequences | None = None,
    caller: Record | None = None,
) -> Record:
    """Store the job and return its record.

    Args:
        name: its GUID; a new one if None.
        outcome: instead of the plan's, e.g. ``CompletedWithInformation``.
        caller: record of the job on whose behalf the service starts this one; its ids are carried on.
    """
    name = name or new_name()
    undo = consequences or Consequences()
    record: Record = {
        "id": scope.path.job(name),
        "name": name,
        "scenario": scenario.name,
        "friendly": scenario.friendly,
        "request_id": caller["request_id"] if caller else scope.call.ids.client or scope.call.ids.request,
        "activity": caller["activity"] if caller else scope.call.ids.activity,
        "start": saved(plan.start),
        "end": saved(plan.end),
        "outcome": outcome or plan.outcome,
        "tasks": plan.tasks,
        "errors": plan.errors,
        "cancellable": scenario.cancellable,
        "target": {"id": subject.id, "name": subject.name, "type": scenario.target},
        "subject": subject.resource,
        "details": subject.details,
        "final_details": subject.final_details,
        "born": list(undo.born),
        "dying": list(undo.dying),
        "restart": _repeat(scope) if plan.outcome == "Failed" and caller is None else None,
    }
    scope.save(record["id"], JOB, record, born=plan.start)
    return record


def accepted(scope: VaultScope, scenario: Scenario, record: Record, resource: str, result: str | None = None) -> Reply:
    """The answer to the write that started the job.

    Args:
        resource: id whose path carries ``operationresults``.
        result: id of what a GET of ``Location`` shows at the end; None for nothing (deletions).
    """
    scope.mark_used()
    error = None
    if record["outcome"] == "Failed":
        error = {"code": scenario.failure[0], "message": scenario.failure[1]}
    outcome = lro.Outcome(datetime.fromisoformat(record["end"]), error, result)
    return lro.accepted_site_recovery(
        scope.call,
        vault_id=scope.path.arm_id,
        resource_id=resource,
        job_name=record["name"],
        outcome=outcome,
    )


def end(job: Record) -> datetime:
    """When the job ends."""
    return datetime.fromisoformat(job["end"])
