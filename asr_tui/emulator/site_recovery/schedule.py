"""When each task of a job starts and ends, decided in one go at request time."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from asr_tui.emulator.site_recovery.scenarios import Scenario, Task
from asr_tui.emulator.site_recovery.timestamps import saved

NEVER = timedelta(days=36500)
"""How far away the end of a job lies that never ends."""


@dataclass(frozen=True, slots=True)
class Failure:
    """That a job fails, where and why.

    Attributes:
        task: name of the task at which it fails.
        errors: entries for the job's ``errors`` (see :mod:`error_catalogue`).
        after: seconds into that task; None lets it take its usual time.
    """

    task: str
    errors: tuple[dict[str, Any], ...]
    after: float | None = None


@dataclass(slots=True)
class Plan:
    """The whole future of a job.

    Attributes:
        start, end: of the job (aware UTC).
        outcome: Succeeded, CompletedWithInformation or Failed.
        tasks: task records in order, ready to be stored.
        errors: job-level error entries, each with the moment (``at``) from which it shows.
    """

    start: datetime
    end: datetime
    outcome: str
    tasks: list[dict[str, Any]]
    errors: list[dict[str, Any]] = field(default_factory=list)

    def task(self, name: str) -> dict[str, Any]:
        """The record of the task of that name."""
        return next(task for task in self.tasks if task["name"] == name)

    def begins(self, name: str) -> datetime:
        """When that task starts."""
        return datetime.fromisoformat(self.task(name)["start"])

    def ends(self, name: str) -> datetime:
        """When that task ends."""
        return datetime.fromisoformat(self.task(name)["end"])


def plan(
    scenario: Scenario,
    start: datetime,
    rng: random.Random,
    failure: Failure | None = None,
    skip: frozenset[str] = frozenset(),
    seconds: Mapping[str, float] | None = None,
) -> Plan:
    """Schedule a job of ``scenario`` that starts at ``start``.

    Args:
        rng: gives the durations between the scenario's bounds.
        failure: where it fails; tasks after that one never start.
        skip: names of tasks that are skipped this time.
        seconds: durations that are known for some tasks, by name.
    """
    moment = start + timedelta(seconds=scenario.lead)
    tasks: list[dict[str, Any]] = []
    failed = False
    for task in scenario.tasks:
        record = task_record(task)
        tasks.append(record)
        if failed:
            continue
        if task.skipped or task.name in skip:
            record["outcome"] = "Skipped"
            continue
        takes = (seconds or {}).get(task.name, rng.uniform(*task.seconds))
        if failure is not None and failure.task == task.name:
            failed = True
            takes = takes if failure.after is None else failure.after
            record["outcome"] = "Failed"
        record["start"] = saved(moment)
        moment += timedelta(seconds=takes)
        record["end"] = saved(moment)
    end = moment + timedelta(seconds=min(scenario.lead, 1.0))
    errors = [{**entry, "at": saved(end)} for entry in failure.errors] if failure and failed else []
    return Plan(start, end, "Failed" if failed else "Succeeded", tasks, errors)


def endless(plan: Plan) -> Plan:
    """The same job, hanging in its first task for ever."""
    first = next(task for task in plan.tasks if task["start"] is not None)
    never = plan.start + NEVER
    for task in plan.tasks:
        if task["start"] is not None:
            task["end"] = saved(never)
            task["start"] = task["start"] if task is first else saved(never)
    return Plan(plan.start, never, plan.outcome, plan.tasks)


def task_record(task: Task) -> dict[str, Any]:
    """A task that has not been scheduled yet, ready to be stored."""
    return {
        "task_id": task.task_id or str(uuid.uuid4()),
        "name": task.name,
        "friendly": task.friendly,
        "start": None,
        "end": None,
        "outcome": "Succeeded",
    }


def group(record: dict[str, Any], children: list[dict[str, Any]]) -> None:
    """Turn a task record into a group that shows child jobs.

    Args:
        record: the task record, changed in place.
        children: ``{job, name, scenario, friendly, target_id, target_type}`` of each child job.
    """
    record["children"] = children
