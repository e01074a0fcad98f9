"""A confirmed change set being carried out: one progress per change. Restored from the journal after a crash."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from asr_tui.model.change import Action, Change, ChangeSet, Kind
from asr_tui.model.problem import Problem
from asr_tui.model.step import Step

SETTLED = frozenset({"done", "adopted", "reused"})
"""States that let dependents go on."""

ENDED = SETTLED | {"failed", "skipped"}


@dataclass
class Progress:
    """One change. ``state``: waiting, running, done, adopted, reused, failed, skipped.

    ``operation`` is the serialised operation once the write was accepted; ``announced`` that a write was journalled (it
    may or may not have reached Azure). ``remark`` holds what succeeded with a difference.
    """

    change: Change
    state: str = "waiting"
    operation: dict[str, Any] | None = None
    announced: bool = False
    problem: Problem | None = None
    task: str = ""
    percent: int | None = None
    started: datetime | None = None
    ended: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it in this run."""
        return self.state in ENDED


@dataclass
class Work:
    """A run. ``state``: running, paused, finished, failed, cancelled."""

    id: str
    scope: Step
    digest: str
    subscription: str = ""
    progress: dict[str, Progress] = field(default_factory=dict)
    state: str = "running"
    started: datetime | None = None
    finished: datetime | None = None
    problem: Problem | None = None

    @classmethod
    def of(cls, run_id: str, scope: Step, changes: ChangeSet, subscription: str, started: datetime | None) -> Work:
        """A fresh run. Changes that are there already, or that nothing writes, are settled from the start."""
        work = cls(run_id, scope, changes.digest(), subscription, started=started)
        for change in changes:
            progress = Progress(change)
            if change.action is Action.REUSE:
                progress.state = "reused"
            work.progress[change.key] = progress
        return work

    @property
    def is_active(self) -> bool:
        """Whether this run is not over: it works, or waits for the engineer."""
        return self.state in {"running", "paused"}

    def count(self, *states: str) -> int:
        """How many changes are in one of ``states``."""
        return sum(1 for progress in self.progress.values() if progress.state in states)

    def is_free(self, progress: Progress) -> bool:
        """Whether all that a change depends on is settled. What is not in this run was settled before it."""
        return all(
            key not in self.progress or self.progress[key].state in SETTLED for key in progress.change.depends_on
        )

    def dependents(self, key: str) -> Iterable[Progress]:
        """The changes that directly or indirectly wait for ``key``."""
        lost = {key}
        for other in self.progress.values():
            if lost.intersection(other.change.depends_on):
                lost.add(other.change.key)
                yield other


def as_data(change: Change) -> dict[str, Any]:
    """A change as plain data for the journal."""
    return asdict(change)


def from_data(data: dict[str, Any]) -> Change:
    """The change that :func:`as_data` wrote.

    Raises:
        ValueError, KeyError, TypeError: the data is not of a change.
    """
    return Change(
        key=data["key"],
        action=Action(data["action"]),
        kind=Kind(data["kind"]),
        step=Step(data["step"]),
        resource_id=data["resource_id"],
        name=data["name"],
        reason=data["reason"],
        body=data["body"],
        depends_on=tuple(data["depends_on"]),
        vm_id=data["vm_id"],
        weight=data["weight"],
    )
