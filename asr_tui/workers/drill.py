"""A test failover in the making, under way, or done: what is known of each VM in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from asr_tui.model import arm_id
from asr_tui.model.change import ChangeSet
from asr_tui.model.drill_record import PreviousDrill
from asr_tui.model.plan import DrillTargets, RecoveryPointKind
from asr_tui.model.problem import Problem
from asr_tui.model.replication import Job, RecoveryPoint
from asr_tui.session.running_views import EvidenceRow

UNDER_WAY = frozenset({"waiting", "failing-over"})
CLEANABLE = frozenset({"running", "verified", "failed", "cleaning-up"})


@dataclass
class Rehearsal:
    """One VM in the drill. ``state`` as in :class:`asr_tui.session.running_views.DrillRow`.

    ``point`` None with kind ``latest`` lets the service process what has been sent and use that; ``is_point_settled`` says
    that a VM of a consistency group keeps its point, for another one of the group has begun from it. Times are Azure's own,
    from its jobs.
    """

    vm_id: str
    vm_name: str
    item_id: str = ""
    network_id: str = ""
    group_id: str = ""
    multi_vm_group: str = ""
    kind: RecoveryPointKind = RecoveryPointKind.LATEST_PROCESSED
    state: str = "ready"
    why: str = ""
    points: tuple[RecoveryPoint, ...] = ()
    points_read: datetime | None = None
    point: RecoveryPoint | None = None
    is_point_settled: bool = False
    operation: dict[str, Any] | None = None
    cleanup: dict[str, Any] | None = None
    announced: bool = False
    cleanup_announced: bool = False
    job: Job | None = None
    cleanup_job: Job | None = None
    test_vm_id: str = ""
    test_vm: str = ""
    made: tuple[str, ...] = ()
    evidence: tuple[EvidenceRow, ...] = ()
    point_time: datetime | None = None
    started: datetime | None = None
    running_at: datetime | None = None
    cleaned_at: datetime | None = None
    verdict: str = ""
    note: str = ""
    judged_at: datetime | None = None
    wave: int = 0
    output: str = ""
    problem: Problem | None = None

    @property
    def is_selected(self) -> bool:
        """Whether it takes part."""
        return self.state != "refused"

    @property
    def lacks_jobs(self) -> bool:
        """Whether jobs of it are known by their ids only (after a restart)."""
        return (self.operation is not None and self.job is None) or (
            self.cleanup is not None and self.cleanup_job is None
        )

    @property
    def rto_seconds(self) -> float | None:
        """From the request to the test VM running, by the service's own times."""
        if self.started is None or self.running_at is None:
            return None
        return (self.running_at - self.started).total_seconds()

    @property
    def verdict_seconds(self) -> float | None:
        """From the request to the engineer's verdict."""
        if self.started is None or self.judged_at is None:
            return None
        return (self.judged_at - self.started).total_seconds()

    @property
    def rpo_seconds(self) -> float | None:
        """The age of the recovery point when the test failover began."""
        if self.started is None or self.point_time is None:
            return None
        return max(0.0, (self.started - self.point_time).total_seconds())


@dataclass(frozen=True, slots=True)
class DrillNetwork:
    """A network that a drill could use; ``danger`` says why it is not isolated ("" when it is)."""

    id: str
    name: str
    address_space: str = ""
    danger: str = ""


@dataclass
class Drill:
    """``state``: idle (being chosen), running, waiting (for verdicts), cleaning-up, done, failed.

    ``changes`` are the networks to be made for the drill; ``danger`` says what is unsafe about a chosen one. ``before``
    holds the keys of what stood in the target groups and networks before the drill made anything, ``makes_network`` whether a
    network of it was not there then. ``readiness`` is what was
    found of quota, locks and names; ``is_ready`` that this was looked at right before the first write. ``scripts`` are the
    contents of the engineer's own checks by operating system.
    """

    id: str
    kind: RecoveryPointKind = RecoveryPointKind.LATEST_PROCESSED
    state: str = "idle"
    network_name: str = ""
    danger: str = ""
    changes: ChangeSet = field(default_factory=ChangeSet)
    networks: tuple[DrillNetwork, ...] = ()
    rows: dict[str, Rehearsal] = field(default_factory=dict)
    before: frozenset[str] = frozenset()
    before_known: bool = False
    makes_network: bool = False
    isolation: tuple[EvidenceRow, ...] = ()
    readiness: tuple[EvidenceRow, ...] = ()
    is_ready: bool = False
    started: datetime | None = None
    finished: datetime | None = None
    notes: str = ""
    leftovers: tuple[str, ...] = ()
    clean_proof: str = ""
    targets: DrillTargets = field(default_factory=DrillTargets)
    dependencies: dict[str, str] = field(default_factory=dict)
    scripts: dict[str, str] = field(default_factory=dict)
    reports: tuple[str, ...] = ()
    previous: PreviousDrill | None = None
    passed: bool | None = None
    problem: Problem | None = None

    @property
    def is_active(self) -> bool:
        """Whether something was begun in Azure that is not proven to be over."""
        return self.state in {"running", "waiting", "cleaning-up"}

    @property
    def waves(self) -> tuple[tuple[Rehearsal, ...], ...]:
        """The VMs that take part, wave by wave in their order."""
        numbers = sorted({row.wave for row in self.selected})
        return tuple(tuple(row for row in self.selected if row.wave == number) for number in numbers)

    @property
    def groups(self) -> dict[str, tuple[Rehearsal, ...]]:
        """The VMs of each multi-VM consistency group of which more than one takes part."""
        found: dict[str, list[Rehearsal]] = {}
        for row in self.selected:
            if row.multi_vm_group:
                found.setdefault(row.multi_vm_group.lower(), []).append(row)
        return {name: tuple(rows) for name, rows in found.items() if len(rows) > 1}

    @property
    def selected(self) -> tuple[Rehearsal, ...]:
        """The VMs that take part."""
        return tuple(row for row in self.rows.values() if row.is_selected)

    def row(self, vm_id: str) -> Rehearsal | None:
        """The row of a source VM, or None."""
        return self.rows.get(arm_id.key(vm_id))
