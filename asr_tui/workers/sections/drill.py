"""Step 6: the test failover, VM by VM."""

from __future__ import annotations

from datetime import datetime

from asr_tui.model import arm_id
from asr_tui.model.drill_record import PreviousDrill
from asr_tui.model.replication import Job, RecoveryPoint
from asr_tui.rules import drills
from asr_tui.session.running_views import (
    DrillRow,
    DrillView,
    RecoveryPointRow,
    TaskRow,
    TestNetworkOption,
)
from asr_tui.workers.drill import Rehearsal
from asr_tui.workers.sections import review
from asr_tui.workers.state import State

MOST_POINTS = 30
"""So many recovery points are offered a VM, newest first."""


def drill(state: State) -> DrillView:
    """What was chosen, what runs, what was proven."""
    current = state.drill
    if current is None:
        return DrillView(rows=_possible(state))
    now = state.now()
    is_choosing = current.state == "idle"
    rows = tuple(_row(rehearsal, now, is_choosing) for rehearsal in current.rows.values())
    if current.state == "idle":  # who is not chosen can still be
        chosen = {arm_id.key(row.vm_id) for row in rows}
        rows += tuple(row for row in _possible(state) if arm_id.key(row.vm_id) not in chosen)
        rows = tuple(sorted(rows, key=lambda row: row.vm_name.lower()))
    return DrillView(
        state=current.state,
        networks=tuple(
            TestNetworkOption(id=one.id, name=one.name, address_space=one.address_space, danger=one.danger)
            for one in current.networks
        ),
        changes=tuple(review.row(change) for change in current.changes),
        digest=current.changes.digest() if current.changes.writes else "",
        readiness=current.readiness,
        isolation=current.isolation,
        network_name=current.network_name,
        rows=rows,
        started=current.started,
        finished=current.finished,
        notes=current.notes,
        leftovers=current.leftovers,
        clean_proof=current.clean_proof,
        max_rto_seconds=max((row.rto_seconds for row in rows if row.rto_seconds is not None), default=None),
        max_rpo_seconds=max((row.rpo_seconds for row in rows if row.rpo_seconds is not None), default=None),
        problem=current.problem,
        rto_target_minutes=current.targets.rto_minutes,
        rpo_target_minutes=current.targets.rpo_minutes,
        dependencies=current.dependencies,
        scripts=current.scripts,
        reports=current.reports,
        previous=_previous(current.previous),
        passed=current.passed,
    )


def _possible(state: State) -> tuple[DrillRow, ...]:
    """Before anything is chosen: every VM that the vault protects, and why some cannot be tested now."""
    rows = []
    for sighting in state.watch.items.values():
        item = sighting.item
        why = drills.refusal(item)
        rows.append(DrillRow(vm_id=item.vm_id, vm_name=item.vm_name, state="refused" if why else "ready", why=why))
    return tuple(sorted(rows, key=lambda row: row.vm_name.lower()))


def _previous(last: PreviousDrill | None) -> str:
    if last is None or last.started is None:
        return ""
    figures = [
        f"{name} {round(seconds)} s"
        for name, seconds in (("RTO", last.max_rto_seconds), ("RPO", last.max_rpo_seconds))
        if seconds is not None
    ]
    return f"The drill of {last.started:%Y-%m-%d} measured {', '.join(figures) or 'nothing'}."


def _row(rehearsal: Rehearsal, now: datetime, is_choosing: bool) -> DrillRow:
    """All points are told while there is a choice; afterwards, when the view changes with each task, the chosen one."""
    chosen = [rehearsal.point] if rehearsal.point else []
    return DrillRow(
        vm_id=rehearsal.vm_id,
        vm_name=rehearsal.vm_name,
        state=rehearsal.state,
        why=rehearsal.why,
        selected=rehearsal.is_selected,
        chosen=True,
        multi_vm_group=rehearsal.multi_vm_group,
        point=rehearsal.point.id if rehearsal.point else "",
        point_time=rehearsal.point_time or (rehearsal.point.time if rehearsal.point else None),
        points=tuple(_point(point, now) for point in (_newest(rehearsal.points) if is_choosing else chosen)),
        tasks=_tasks(rehearsal.job) + _tasks(rehearsal.cleanup_job),
        test_vm=rehearsal.test_vm,
        test_vm_id=rehearsal.test_vm_id,
        evidence=rehearsal.evidence,
        started=rehearsal.started,
        running_at=rehearsal.running_at,
        cleaned_at=rehearsal.cleaned_at,
        rto_seconds=rehearsal.rto_seconds,
        rpo_seconds=rehearsal.rpo_seconds,
        verdict=rehearsal.verdict,
        problem=rehearsal.problem,
        wave=rehearsal.wave,
        note=rehearsal.note,
        judged_at=rehearsal.judged_at,
        verdict_seconds=rehearsal.verdict_seconds,
        output=rehearsal.output,
    )


def _newest(points: tuple[RecoveryPoint, ...]) -> list[RecoveryPoint]:
    return sorted(points, key=lambda point: point.time, reverse=True)[:MOST_POINTS]


def _point(point: RecoveryPoint, now: datetime) -> RecoveryPointRow:
    return RecoveryPointRow(
        id=point.id,
        time=point.time,
        kind=point.kind,
        age_seconds=max(0, int((now - point.time).total_seconds())),
        disks=len(point.disk_ids),
        shared=point.multi_vm,
    )


def _tasks(job: Job | None) -> tuple[TaskRow, ...]:
    return tuple(
        TaskRow(
            title=task.title,
            state=task.state,
            started=task.started,
            ended=task.ended,
            seconds=(task.ended - task.started).total_seconds() if task.started and task.ended else None,
        )
        for task in (job.tasks if job else ())
    )
