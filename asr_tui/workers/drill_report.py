"""Leaves the record of a drill beside the session, in every form, and finds that of the drill before."""

from __future__ import annotations

import platform
from collections.abc import Iterable

from asr_tui import __version__
from asr_tui.azure.versions import SITE_RECOVERY
from asr_tui.model import arm_id
from asr_tui.model.drill_record import DrillRecord, PointRecord, PreviousDrill, ProofRecord, TaskRecord, VmRecord
from asr_tui.model.replication import Job
from asr_tui.model.step import Step
from asr_tui.reports import files
from asr_tui.session.paths import StateError
from asr_tui.session.running_views import EvidenceRow
from asr_tui.workers.drill import Drill, Rehearsal
from asr_tui.workers.stage import Stage


def keep(stage: Stage, drill: Drill) -> None:
    """Write the reports; where that fails the drill is what it is, and the failure is told."""
    record = record_of(stage, drill)
    drill.passed = record.passed
    try:
        drill.reports = tuple(str(path) for path in files.write(record, stage.drills))
    except StateError as error:
        stage.say(Step.TEST_FAILOVER, "problem", "report", "failed", str(error))


def previous(stage: Stage, vault: str) -> PreviousDrill | None:
    """What the last drill of that vault measured, None where there was none."""
    last = files.latest(stage.drills, vault)
    if last is None:
        return None
    return PreviousDrill(
        drill=last.drill,
        started=last.started,
        max_rto_seconds=last.max_rto_seconds,
        max_rpo_seconds=last.max_rpo_seconds,
    )


def record_of(stage: Stage, drill: Drill) -> DrillRecord:
    """Everything that is known of the drill at this moment."""
    state = stage.state
    plan, estate = state.plan, state.estate
    picture = state.picture
    vault_id = picture.resolved.vault.id if picture else state.watch.vault_id
    titles = estate.region_by_name if estate else {}
    return DrillRecord(
        program=f"asr-tui {__version__}",
        versions={"Python": platform.python_version(), "Site Recovery API": SITE_RECOVERY},
        drill=drill.id,
        session=state.origin.session,
        cloud=state.origin.cloud_title,
        operator=state.principal,
        tenant=state.tenant,
        subscription=state.subscription_name,
        subscription_id=state.subscription_id,
        vault=arm_id.name(vault_id),
        vault_id=vault_id,
        source_region=titles[plan.source_region].display_name if plan.source_region in titles else plan.source_region,
        target_region=titles[plan.target_region].display_name if plan.target_region in titles else plan.target_region,
        recovery_point=drill.kind,
        choice=plan.drill if drill.before_known else None,
        networks=tuple(sorted({row.network_id for row in drill.selected if row.network_id})),
        network_made=drill.makes_network,
        network_danger=drill.danger,
        readiness=_proofs(drill.readiness),
        isolation=_proofs(drill.isolation),
        dependencies=drill.dependencies,
        scripts=drill.scripts,
        targets=drill.targets,
        state=drill.state,
        started=drill.started,
        finished=drill.finished,
        vms=tuple(_vm(row) for row in drill.selected),
        refused=tuple(_vm(row) for row in drill.rows.values() if not row.is_selected),
        notes=drill.notes,
        leftovers=drill.leftovers,
        clean_proof=drill.clean_proof,
        accepted=plan.accepted,
        previous=drill.previous,
        problem=drill.problem,
    )


def _vm(row: Rehearsal) -> VmRecord:
    point = row.point
    return VmRecord(
        vm=row.vm_name,
        vm_id=row.vm_id,
        wave=row.wave,
        multi_vm_group=row.multi_vm_group,
        item_id=row.item_id,
        network=arm_id.name(row.network_id) if row.network_id else "",
        network_id=row.network_id,
        state=row.state,
        why=row.why,
        point=PointRecord(
            id=point.id if point else "",
            time=row.point_time or (point.time if point else None),
            kind=point.kind if point else "",
        ),
        test_vm=row.test_vm,
        test_vm_id=row.test_vm_id,
        started=row.started,
        running=row.running_at,
        judged=row.judged_at,
        cleaned=row.cleaned_at,
        rto_seconds=row.rto_seconds,
        rpo_seconds=row.rpo_seconds,
        verdict_seconds=row.verdict_seconds,
        verdict=row.verdict,
        note=row.note,
        tasks=_tasks(row.job),
        cleanup_tasks=_tasks(row.cleanup_job),
        evidence=_proofs(row.evidence),
        output=row.output,
        problem=row.problem,
    )


def _proofs(rows: Iterable[EvidenceRow]) -> tuple[ProofRecord, ...]:
    return tuple(ProofRecord(what=one.what, state=one.state, detail=one.detail) for one in rows)


def _tasks(job: Job | None) -> tuple[TaskRecord, ...]:
    return tuple(
        TaskRecord(title=task.title, state=task.state, started=task.started, ended=task.ended)
        for task in (job.tasks if job else ())
    )
