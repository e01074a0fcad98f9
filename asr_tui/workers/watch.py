"""What the watcher last saw of one vault: items and jobs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from asr_tui.model import arm_id
from asr_tui.model.replication import Job, ReplicatedDisk, ReplicatedItem

ENABLING_SCENARIOS = ("EnableDr",)


@dataclass
class Sighting:
    """One item as last seen. Times are Azure's: ``changed_at`` when anything about its progress last moved, ``eta`` when
    seeding will be over at the pace since ``seeding_since``, when it stood at ``start_percent``. ``disks`` are those of the last
    reading in full while it is seeded, in round ``full_at``: lists tell neither their state nor the data that waits."""

    item: ReplicatedItem
    first_seen: datetime | None = None
    changed_at: datetime | None = None
    seeding_since: datetime | None = None
    start_percent: int | None = None
    eta: datetime | None = None
    disks: tuple[ReplicatedDisk, ...] = ()
    full_at: int = 0


@dataclass
class Watch:
    """Items by VM key, jobs by name; ``assigned`` names the job that a run began for a VM,
    ``full_at`` the round in which a job was last read in full. ``seen_at`` is Azure's time of the last reading, None before the first."""

    vault_id: str = ""
    items: dict[str, Sighting] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    newest: dict[tuple[str, str], str] = field(default_factory=dict)
    assigned: dict[str, str] = field(default_factory=dict)
    full_at: dict[str, int] = field(default_factory=dict)
    seen_at: datetime | None = None
    rounds: int = 0

    def item(self, vm_id: str) -> ReplicatedItem | None:
        """The item of a source VM, or None."""
        sighting = self.items.get(arm_id.key(vm_id))
        return sighting.item if sighting else None

    def keep_job(self, job: Job) -> None:
        """Remember a job. A slim list entry does not take away the tasks and errors that a full reading brought."""
        known = self.jobs.get(job.name)
        if known is not None and known.tasks and not job.tasks and known.state == job.state:
            return
        self.jobs[job.name] = job
        key = (job.scenario, job.target_name.lower())
        other = self.jobs.get(self.newest.get(key, ""))
        if other is None or other.name == job.name or _began(job) >= _began(other):
            self.newest[key] = job.name

    def job_of(self, vm_id: str, vm_name: str, *scenarios: str) -> Job | None:
        """The job that was begun for a VM, else the newest that names it."""
        job = self.jobs.get(self.assigned.get(arm_id.key(vm_id), ""))
        return job if job is not None and job.scenario in scenarios else self.latest_job(vm_name, *scenarios)

    def latest_job(self, vm_name: str, *scenarios: str) -> Job | None:
        """The newest job of one of ``scenarios`` whose target has that name (without case; the service lower-cases it)."""
        found = [
            self.jobs[name] for scenario in scenarios if (name := self.newest.get((scenario, vm_name.lower()), ""))
        ]
        return max(found, key=_began, default=None)


def sighted(before: Sighting | None, item: ReplicatedItem, now: datetime) -> Sighting:
    """The item as it is now, with when it last moved and when it may be through."""
    if before is None:
        seeding = is_seeding(item)
        return Sighting(
            item,
            first_seen=now,
            changed_at=now,
            seeding_since=now if seeding else None,
            start_percent=item.progress if seeding else None,
        )
    if before.item is item:
        return before
    moved = _progress_of(before.item) != _progress_of(item)
    after = Sighting(
        item,
        first_seen=before.first_seen,
        changed_at=now if moved else before.changed_at,
        seeding_since=before.seeding_since or (now if is_seeding(item) else None),
        start_percent=before.start_percent,
        eta=before.eta if is_seeding(item) else None,
        disks=before.disks if is_seeding(item) else (),
        full_at=before.full_at,
    )
    if after.start_percent is None and item.progress is not None and is_seeding(item):
        after.start_percent = item.progress
    if moved and is_seeding(item):
        after.eta = _eta(after, now)
    return after


def _eta(sighting: Sighting, now: datetime) -> datetime | None:
    """When seeding is through at the pace since it began; None while the percentage has not moved."""
    percent, start = sighting.item.progress, sighting.start_percent
    if percent is None or start is None or percent <= start or sighting.seeding_since is None:
        return None
    pace = (now - sighting.seeding_since) / (percent - start)
    return now + pace * (100 - percent)


def is_seeding(item: ReplicatedItem) -> bool:
    """Whether its disks are being copied for the first time."""
    return item.protection_state == "InitialReplicationInProgress"


def _progress_of(item: ReplicatedItem) -> tuple[object, ...]:
    """What counts as movement."""
    return (
        item.protection_state,
        item.progress,
        item.test_failover_state,
        item.replication_health,
        tuple((disk.state, disk.progress, disk.pending_in_cache_mb, disk.pending_at_source_mb) for disk in item.disks),
    )


def _began(job: Job) -> float:
    return job.started.timestamp() if job.started else 0.0
