"""Step 5: every selected VM on its way to protection."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model import arm_id
from asr_tui.model.change import Kind
from asr_tui.model.replication import Job, ReplicatedItem
from asr_tui.rules import caches
from asr_tui.session.running_views import DiskProgress, ItemRow, ReplicationView
from asr_tui.workers.state import Picture, State
from asr_tui.workers.watch import ENABLING_SCENARIOS, Sighting
from asr_tui.workers.work import Progress

SEEDING = frozenset({"seeding", "first-point"})
_HEALTHY_SUFFIXES = ("Failed", "EnablingFailed")


def replication(state: State) -> ReplicationView:
    """One row a selected VM, and one for each VM that the vault protects besides."""
    picture = state.picture
    if picture is None:
        return ReplicationView()
    rows = tuple(_rows(state, picture))
    contents, estate = picture.contents, picture.estate
    groups = picture.resolved.items[0].group.name if picture.resolved.items else picture.plan.defaults.resource_group
    used = picture.resolved.caches
    return ReplicationView(
        policies=tuple(sorted(policy.name for policy in contents.policies)),
        caches=tuple(
            sorted(
                account.name
                for account in estate.storage_accounts
                if caches.is_suitable_cache(account, picture.plan.source_region, high_churn=False)
            )
        ),
        target_group=groups,
        cache_account=used[0].name if used else picture.plan.defaults.cache_account,
        protected=sum(row.milestone == "protected" for row in rows),
        seeding=sum(row.milestone in SEEDING for row in rows),
        failed=sum(row.milestone == "failed" for row in rows),
        items=rows,
    )


def _rows(state: State, picture: Picture) -> Iterator[ItemRow]:
    progress = _progress(state)
    for key, (vm_id, vm_name) in _shown(state, picture).items():
        yield row(state, vm_id, vm_name, progress.get(key))


def milestones(state: State) -> dict[str, str]:
    """Where each VM of the section stands, by its key: all that the rail needs of a thousand rows."""
    picture = state.picture
    if picture is None:
        return {}
    progress, found = _progress(state), {}
    for key, (vm_id, vm_name) in _shown(state, picture).items():
        sighting = state.watch.items.get(key)
        job = state.watch.job_of(vm_id, vm_name, *ENABLING_SCENARIOS) if sighting is None else None
        found[key] = _milestone(sighting.item if sighting else None, progress.get(key), job)
    return found


def _progress(state: State) -> dict[str, Progress]:
    """What the run is about to do, or did, for each VM."""
    return {
        arm_id.key(one.change.vm_id): one
        for one in (state.work.progress.values() if state.work else ())
        if one.change.kind is Kind.ITEM and one.change.vm_id
    }


def _shown(state: State, picture: Picture) -> dict[str, tuple[str, str]]:
    """Id and name of each VM that has a row, by its key: the selected ones in the plan's order, then others of the vault."""
    shown = {}
    for vm_id in picture.plan.vms:
        key = arm_id.key(vm_id)
        vm = picture.estate.vm_by_id.get(key)
        shown[key] = (vm_id, vm.name if vm else arm_id.name(vm_id))
    for key, sighting in state.watch.items.items():
        shown.setdefault(key, (sighting.item.vm_id, sighting.item.vm_name))
    return shown


def row(state: State, vm_id: str, vm_name: str, progress: Progress | None) -> ItemRow:
    """What is known of one VM: from the run, from its item, and from its newest job."""
    sighting = state.watch.items.get(arm_id.key(vm_id))
    item = sighting.item if sighting else None
    job = state.watch.job_of(vm_id, vm_name, *ENABLING_SCENARIOS)
    milestone = _milestone(item, progress, job)
    task, number, total = _task(job) if milestone in {"enabling", "failed"} else ("", 0, 0)
    running = job is not None and not job.is_finished
    return ItemRow(
        vm_id=vm_id,
        vm_name=vm_name,
        item_id=item.id if item else "",
        milestone=milestone,
        task=task or (progress.task if progress and milestone == "enabling" else ""),
        task_number=number,
        task_total=total,
        progress=_percentage(item, milestone),
        health=item.replication_health if item else "",
        rpo_seconds=item.rpo_seconds if item and milestone == "protected" else None,
        started=job.started if job else (progress.started if progress else None),
        eta=sighting.eta if sighting and milestone == "seeding" else None,
        changed_at=sighting.changed_at if sighting else None,
        agent_version=(item.agent_version or "") if item else "",
        certificate_expires=item.agent_certificate_expires if item else None,
        last_tested=item.last_test_failover if item else None,
        description=item.protection_description if item else "",
        disks=_disks(sighting) if sighting else (),
        problem=progress.problem if progress else None,
        job_id=job.id if job is not None and running else "",
        change_key=progress.change.key if progress else "",
        pace=_pace(sighting) if sighting and milestone == "seeding" else None,
        seeding_since=sighting.seeding_since if sighting and milestone == "seeding" else None,
    )


def _milestone(item: ReplicatedItem | None, progress: Progress | None, job: Job | None) -> str:
    """Where a VM stands. The item is what counts; a run and its job tell what there is no item for yet."""
    if progress is not None and progress.state in {"failed", "skipped"} and (item is None or not item.is_protected):
        return "failed"
    if item is not None:
        return milestone_of(item)
    if job is not None and not job.is_finished:
        return "enabling"
    if progress is None:
        return "planned"
    return {"waiting": "waiting", "running": "enabling"}.get(progress.state, "enabling")


def milestone_of(item: ReplicatedItem) -> str:
    """How far the service is with an item."""
    state = item.protection_state
    if item.active_location == "Recovery":
        return "failed-over"
    if item.is_protected:
        return "protected"
    if state.endswith(_HEALTHY_SUFFIXES):
        return "failed"
    if state == "InitialReplicationRecoveryCompletionPending":
        return "first-point"
    return "seeding" if state.startswith("InitialReplication") else "enabling"


def _task(job: Job | None) -> tuple[str, int, int]:
    """The task that runs (or failed), its number from 1, and how many there are."""
    if job is None or not job.tasks:
        return "", 0, 0
    for number, task in enumerate(job.tasks, 1):
        if task.state in {"InProgress", "Failed"}:
            return task.title, number, len(job.tasks)
    waiting = next((number for number, task in enumerate(job.tasks, 1) if task.state == "NotStarted"), len(job.tasks))
    return job.tasks[waiting - 1].title, waiting, len(job.tasks)


def _percentage(item: ReplicatedItem | None, milestone: str) -> int | None:
    """The service leaves stale percentages behind: they mean something only while disks are copied."""
    return item.progress if item is not None and milestone in SEEDING else None


def _pace(sighting: Sighting) -> float | None:
    """Percent an hour since seeding began, up to the last movement."""
    start, now, since = sighting.start_percent, sighting.item.progress, sighting.seeding_since
    if start is None or now is None or since is None or sighting.changed_at is None or now <= start:
        return None
    hours = (sighting.changed_at - since).total_seconds() / 3600
    return round((now - start) / hours, 1) if hours > 0 else None


def _disks(sighting: Sighting) -> tuple[DiskProgress, ...]:
    """The disks as the list tells them, with state and waiting data of the last reading in full."""
    in_full = {disk.disk_id: disk for disk in sighting.disks}
    rows = []
    for disk in sighting.item.disks:
        told = in_full.get(disk.disk_id, disk)
        rows.append(
            DiskProgress(
                name=disk.name,
                state=told.state,
                progress=disk.progress,
                pending_mb=round(told.pending_at_source_mb + told.pending_in_cache_mb, 1),
            )
        )
    return tuple(rows)
