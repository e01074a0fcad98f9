"""The sections of what writes and runs: review, the runner, replication and the drill."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime

from asr_tui.model.problem import Problem
from asr_tui.model.step import Step
from asr_tui.session.section import Section


class ChangeRow(Section):
    """A change of the set under review. ``body`` is the request body as JSON text.

    ``state``: planned, waiting, running, done, adopted, reused, failed, skipped, paused.
    """

    key: str
    action: str
    kind: str
    step: Step
    name: str
    resource_id: str
    reason: str
    body: str = ""
    depends_on: tuple[str, ...] = ()
    state: str = "planned"
    problem: Problem | None = None


class ReviewView(Section):
    """The whole list of changes before any write. ``digest`` identifies what is being confirmed; "" when nothing is under
    review. ``scope`` is the step it belongs to (vault or replication), ``exported`` the files that hold it (JSON, script)."""

    scope: Step | None = None
    digest: str = ""
    changes: tuple[ChangeRow, ...] = ()
    writes: int = 0
    blockers: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    confirmed: bool = False
    exported: tuple[str, ...] = ()


class RunView(Section):
    """The runner. ``state``: idle, running, paused, finished, failed (some change failed), cancelled. ``item_limit``: so many VMs
    are enabled at a time."""

    state: str = "idle"
    scope: Step | None = None
    total: int = 0
    done: int = 0
    failed: int = 0
    started: datetime | None = None
    finished: datetime | None = None
    problem: Problem | None = None
    item_limit: int = 10


class DiskProgress(Section):
    name: str
    state: str
    progress: int | None = None
    pending_mb: float = 0.0


class ItemRow(Section):
    """A VM on its way to, or under, protection.

    ``milestone``: planned, waiting, enabling, seeding, first-point, protected, failed, failed-over.
    ``certificate_expires`` is that of its agent, ``last_tested`` the service's own time of the last test failover that was
    cleaned up. ``task`` is the current task of its job; ``progress`` 0 to 100 or None; ``rpo_seconds`` None until protected.
    """

    vm_id: str
    vm_name: str
    item_id: str = ""
    milestone: str = "planned"
    task: str = ""
    task_number: int = 0
    task_total: int = 0
    progress: int | None = None
    health: str = ""
    rpo_seconds: int | None = None
    started: datetime | None = None
    eta: datetime | None = None
    changed_at: datetime | None = None
    agent_version: str = ""
    certificate_expires: datetime | None = None
    last_tested: datetime | None = None
    description: str = ""
    disks: tuple[DiskProgress, ...] = ()
    problem: Problem | None = None
    job_id: str = ""
    change_key: str = ""
    pace: float | None = None
    seeding_since: datetime | None = None


class ReplicationView(Section):
    """``policies`` are names of policies that the vault holds; ``caches`` names of accounts that could serve."""

    policies: tuple[str, ...] = ()
    caches: tuple[str, ...] = ()
    target_group: str = ""
    cache_account: str = ""
    protected: int = 0
    seeding: int = 0
    failed: int = 0
    items: tuple[ItemRow, ...] = ()


class RecoveryPointRow(Section):
    """``disks`` covered; ``shared``: all VMs of its consistency group have a point of that instant."""

    id: str
    time: datetime
    kind: str
    age_seconds: int
    disks: int = 0
    shared: bool = False


class TaskRow(Section):
    title: str
    state: str
    started: datetime | None = None
    ended: datetime | None = None
    seconds: float | None = None


class EvidenceRow(Section):
    """One thing verified of a test VM; ``state``: passed, failed, unknown."""

    what: str
    state: str
    detail: str


class DrillRow(Section):
    """One VM in the drill. ``state``: ready, refused, waiting, failing-over, running, verified, cleaning-up, cleaned-up, failed.

    ``chosen``: it was asked for; ``selected``: and it takes part (a refused one does not).
    ``rto_seconds`` from the request to the test VM running, ``verdict_seconds`` to the engineer's verdict; ``rpo_seconds`` the
    age of the recovery point at the start. ``output`` is what the engineer's own check printed in the test VM.
    """

    vm_id: str
    vm_name: str
    state: str = "ready"
    why: str = ""
    selected: bool = False
    chosen: bool = False
    multi_vm_group: str = ""
    point: str = ""
    point_time: datetime | None = None
    points: tuple[RecoveryPointRow, ...] = ()
    tasks: tuple[TaskRow, ...] = ()
    test_vm: str = ""
    test_vm_id: str = ""
    evidence: tuple[EvidenceRow, ...] = ()
    started: datetime | None = None
    running_at: datetime | None = None
    cleaned_at: datetime | None = None
    rto_seconds: float | None = None
    rpo_seconds: float | None = None
    verdict: str = ""
    problem: Problem | None = None
    wave: int = 0
    note: str = ""
    judged_at: datetime | None = None
    verdict_seconds: float | None = None
    output: str = ""


class TestNetworkOption(Section):
    """A network that a drill could use; ``danger`` says why it is not isolated ("" when it is)."""

    __test__ = False  # not a test class, whatever its name looks like to pytest

    id: str
    name: str
    address_space: str = ""
    danger: str = ""


class DrillView(Section):
    """``state``: idle, running, waiting (test VMs are up, your verdict please), cleaning-up, done, failed.

    ``changes`` are what the drill makes before the first test failover, and ``digest`` their fingerprint, which the start
    has to name; ``readiness`` is what was found of quota, locks and names.
    ``targets`` in minutes (0: none set); ``scripts`` are the contents of the engineer's own checks by operating system, as they
    will run; ``reports`` the files that tell of this drill; ``previous`` one sentence that compares it with the last one.
    """

    state: str = "idle"
    networks: tuple[TestNetworkOption, ...] = ()
    changes: tuple[ChangeRow, ...] = ()
    digest: str = ""
    readiness: tuple[EvidenceRow, ...] = ()
    isolation: tuple[EvidenceRow, ...] = ()
    network_name: str = ""
    rows: tuple[DrillRow, ...] = ()
    started: datetime | None = None
    finished: datetime | None = None
    notes: str = ""
    leftovers: tuple[str, ...] = ()
    clean_proof: str = ""
    max_rto_seconds: float | None = None
    max_rpo_seconds: float | None = None
    problem: Problem | None = None
    rto_target_minutes: int = 0
    rpo_target_minutes: int = 0
    dependencies: dict[str, str] = field(default_factory=dict)
    scripts: dict[str, str] = field(default_factory=dict)
    reports: tuple[str, ...] = ()
    previous: str = ""
    passed: bool | None = None
