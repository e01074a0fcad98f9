"""The figures in a replicated item's body that move with the clock alone: percentages, heartbeat, RPO, time of evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.replication_pace import disk_percentage, vm_percentage
from asr_tui.emulator.site_recovery.timeline import State
from asr_tui.emulator.site_recovery.timestamps import loaded, precise
from asr_tui.emulator.site_recovery.vault_scope import Record

SILENT_AFTER = timedelta(minutes=15)
"""After so long without a heartbeat the machine counts as silent."""

NO_POINT_AFTER = timedelta(minutes=60)
"""After so long without a recovery point the item is in a critical state."""

_HEARTBEAT_STEP = timedelta(minutes=7)
_RPO_STEP = timedelta(minutes=3)
_EVALUATION_STEP = timedelta(minutes=5)
_COPIED_STAGES = ("Copying", "Resyncing", "Protected")
_AWAY_STAGES = ("FailedOver", "Committed")
_BEFORE_COPY_STAGES = ("Enabling", "Pending")


@dataclass(frozen=True, slots=True)
class Figures:
    """As the wire writes them at one moment. ``disks`` are percentages in the order of the item's disks."""

    percentage: Any
    disks: tuple[Any, ...]
    heartbeat: Any
    rpo_seconds: Any
    rpo_calculated: Any
    evaluated: Any

    def values(self) -> tuple[Any, ...]:
        """All of them in one row, in a fixed order."""
        return (
            self.percentage,
            self.heartbeat,
            self.rpo_seconds,
            self.rpo_calculated,
            self.evaluated,
            *self.disks,
        )

    @classmethod
    def of(cls, values: tuple[Any, ...]) -> Self:
        """The inverse of :meth:`values`."""
        percentage, heartbeat, rpo_seconds, rpo_calculated, evaluated, *disks = values
        return cls(percentage, tuple(disks), heartbeat, rpo_seconds, rpo_calculated, evaluated)


@dataclass(frozen=True, slots=True)
class _Copy:
    """The first copy: when it begins, when each disk (in the item's order, None: not part of it) is through, what is shown."""

    start: datetime
    ends: tuple[datetime | None, ...]
    steps: tuple[tuple[datetime, int], ...]
    shows_vm: bool
    shows_disks: bool


@dataclass(frozen=True, slots=True)
class Course:
    """How the figures go on while nothing else about the item changes."""

    guid: str
    disks: int
    copy: _Copy | None
    agent_from: datetime | None
    silent_from: datetime | None
    points_from: datetime | None
    points_to: datetime | None
    evaluated_from: datetime
    kernel_moved: datetime | None

    @classmethod
    def of(cls, record: Record, state: State) -> Self:
        """The course of an item that is in ``state``."""
        away = state["stage"] in _AWAY_STAGES
        points_from = _moment(state, "points_from")
        return cls(
            guid=record["guid"],
            disks=len(state["disks"]),
            copy=_copy(state),
            agent_from=_moment(state, "agent_from"),
            silent_from=_moment(state, "silent_from"),
            points_from=None if away else points_from,
            points_to=_moment(state, "points_to"),
            evaluated_from=points_from or loaded(state["enabled_at"]),
            kernel_moved=_moment(state, "kernel_moved"),
        )

    def at(self, now: datetime) -> Figures:
        """The figures at a moment."""
        seconds, calculated = self._rpo(now)
        return Figures(
            percentage=self._percentage(now),
            disks=tuple(self._disk(index, now) for index in range(self.disks)),
            heartbeat=self._heartbeat(now),
            rpo_seconds=seconds,
            rpo_calculated=calculated,
            evaluated=precise(self._evaluated(now)),
        )

    @property
    def shows_copy(self) -> bool:
        """Whether the item tells of its first copy, which it does for as long as it replicates."""
        return self.copy is not None and self.copy.shows_vm

    def is_copying(self, index: int, now: datetime) -> bool:
        """Whether the disk at that place is being copied."""
        end = self.copy.ends[index] if self.copy is not None and self.copy.shows_disks else None
        return end is not None and self.copy is not None and self.copy.start <= now < end

    def turns(self) -> Iterator[datetime]:
        """The moments at which more than the figures changes: a disk's copy begins or ends, a fault comes."""
        if self.copy is not None:
            yield self.copy.start
            yield from (end for end in self.copy.ends if end is not None)
        if self.silent_from is not None:
            yield self.silent_from
            yield self.silent_from + SILENT_AFTER + timedelta.resolution
        if self.points_to is not None:
            yield self.points_to + NO_POINT_AFTER + timedelta.resolution
        if self.kernel_moved is not None:
            yield self.kernel_moved

    def _percentage(self, now: datetime) -> int | None:
        return vm_percentage(self.copy.steps, now) if self.copy is not None and self.shows_copy else None

    def _disk(self, index: int, now: datetime) -> int | None:
        if self.copy is None or not self.is_copying(index, now):
            return None
        end = self.copy.ends[index]
        return disk_percentage(self.copy.start, end, now) if end is not None else None

    def _heartbeat(self, now: datetime) -> str | None:
        """It moves in steps of some minutes, not with every GET (recorded), and stops when the VM falls silent."""
        if self.agent_from is None:
            return None
        until = min(now, self.silent_from) if self.silent_from is not None else now
        steps = max((until - self.agent_from) // _HEARTBEAT_STEP, 0)
        return precise(self.agent_from + steps * _HEARTBEAT_STEP + timedelta(microseconds=steps * (steps % 97)))

    def _rpo(self, now: datetime) -> tuple[int | None, str | None]:
        """High at first (393 and 703 s), about half a minute later on (recorded); null before protection."""
        if self.points_from is None:
            return None, None
        until = min(now, self.points_to) if self.points_to is not None else now
        steps = max((until - self.points_from) // _RPO_STEP, 0)
        noise = int(ids.internal_id(self.guid, str(steps))[:6], 16)
        seconds = 390 + noise % 320 if steps == 0 else 24 + noise % 60
        return seconds + int((now - until).total_seconds()), precise(self.points_from + steps * _RPO_STEP)

    def _evaluated(self, now: datetime) -> datetime:
        """Health is evaluated anew every five minutes, which renews the creation time of its errors."""
        steps = max((now - self.evaluated_from) // _EVALUATION_STEP, 0)
        return self.evaluated_from + steps * (_EVALUATION_STEP + timedelta(microseconds=7))


def _moment(state: State, member: str) -> datetime | None:
    return loaded(state[member]) if state.get(member) else None


def _copy(state: State) -> _Copy | None:
    copy = state.get("copy")
    if copy is None:
        return None
    ends = copy.get("ends", {})
    stage = state["stage"]
    return _Copy(
        start=loaded(copy["start"]),
        ends=tuple(loaded(ends[key]) if (key := disk["id"].lower()) in ends else None for disk in state["disks"]),
        steps=tuple((loaded(moment), value) for moment, value in copy["steps"]),
        shows_vm=stage not in (*_BEFORE_COPY_STAGES, *_AWAY_STAGES),
        shows_disks=stage in _COPIED_STAGES,
    )
