"""What the watcher last saw of one vault: items and jobs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from asr_tui.model import arm_id
from asr_tui.model.replication import Job, ReplicatedItem

ENABLING_SCENARIOS = ("EnableDr",)


@dataclass
class Sighting:
    """One item as last seen. Times are Azure's: ``changed_at`` when anything about its progress last moved, ``eta`` when
    seeding will be over at the pace since ``seeding_since``, when it stood at ``start_percent``."""

    item: ReplicatedItem
    first_seen: datetime | None = None
    changed_at: datetime | None = None
    seeding_since: datetime | None = None
    start_percent: int | None = None
    eta: datetime | None = None


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


def _began(job: Job) -> float:
    return job.started.timestamp() if job.started else 0.0
