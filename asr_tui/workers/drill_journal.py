"""How a drill stands in the journal: what was begun, so that it can be taken up after a crash, and never begun twice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from asr_tui.azure.operations import Operation
from asr_tui.model import arm_id
from asr_tui.model.change import ChangeSet
from asr_tui.model.drill_record import PreviousDrill
from asr_tui.model.plan import DrillTargets, RecoveryPointKind
from asr_tui.model.problem import Problem
from asr_tui.model.replication import RecoveryPoint
from asr_tui.session.running_views import EvidenceRow
from asr_tui.workers import work
from asr_tui.workers.drill import UNDER_WAY, Drill, Rehearsal
from asr_tui.workers.journal import Entry


def as_data(drill: Drill, principal: str) -> dict[str, Any]:
    """What ``drill-begun`` holds."""
    return {
        "drill": drill.id,
        "by": principal,
        "kind_of_point": drill.kind,
        "network_name": drill.network_name,
        "changes": [work.as_data(change) for change in drill.changes],
        "started": drill.started.isoformat() if drill.started else None,
        "danger": drill.danger,
        "targets": drill.targets.model_dump(),
        "dependencies": drill.dependencies,
        "scripts": drill.scripts,
        "previous": drill.previous.model_dump(mode="json") if drill.previous else None,
        "refused": [{"vm": row.vm_id, "name": row.vm_name, "why": row.why} for row in drill.rows.values() if row.why],
        "vms": [
            {
                "vm": row.vm_id,
                "name": row.vm_name,
                "item": row.item_id,
                "group": row.group_id,
                "network": row.network_id,
                "wave": row.wave,
                "kind": row.kind,
                "multi_vm_group": row.multi_vm_group,
                "point": row.point.id if row.point else "",
                "point_time": row.point.time.isoformat() if row.point else "",
                "point_kind": row.point.kind if row.point else "",
            }
            for row in drill.selected
        ],
    }


def point_data(point: RecoveryPoint | None) -> dict[str, str] | None:
    """A recovery point as ``drill-operation`` holds it; None where the service chooses."""
    return {"id": point.id, "time": point.time.isoformat(), "kind": point.kind} if point else None


def _point(data: dict[str, str] | None) -> RecoveryPoint | None:
    return RecoveryPoint(data["id"], datetime.fromisoformat(data["time"]), data["kind"]) if data else None


def row_data(row: Rehearsal) -> dict[str, Any]:
    """What ``drill-vm`` holds: all that could not be read from Azure again once the test VM is gone."""
    return {
        "vm": row.vm_id,
        "state": row.state,
        "verdict": row.verdict,
        "problem": row.problem.model_dump(exclude_defaults=True) if row.problem else None,
        "test_vm": row.test_vm,
        "test_vm_id": row.test_vm_id,
        "evidence": [proof.model_dump() for proof in row.evidence],
        "output": row.output,
        **{name: moment.isoformat() if (moment := getattr(row, name)) else None for name in _MOMENTS},
    }


_MOMENTS = ("started", "running_at", "cleaned_at", "point_time")


def restored(begun: Entry, later: Iterable[Entry]) -> Drill:
    """The drill as the journal tells it."""
    data = begun.data
    drill = Drill(
        id=data["drill"],
        kind=RecoveryPointKind(data["kind_of_point"]),
        state="running",
        network_name=data["network_name"],
        changes=ChangeSet(tuple(work.from_data(change) for change in data["changes"])),
        started=_moment(data["started"]) or begun.time,
        danger=data["danger"],
        targets=DrillTargets.model_validate(data["targets"]),
        dependencies=data["dependencies"],
        scripts=data["scripts"],
        previous=PreviousDrill.model_validate(data["previous"]) if data["previous"] else None,
    )
    for refused in data["refused"]:
        row = Rehearsal(refused["vm"], refused["name"], state="refused", why=refused["why"])
        drill.rows[arm_id.key(row.vm_id)] = row
    for vm in data["vms"]:
        row = Rehearsal(vm["vm"], vm["name"], vm["item"], vm["network"], vm["group"], state="waiting", wave=vm["wave"])
        row.kind, row.multi_vm_group = RecoveryPointKind(vm["kind"]), vm["multi_vm_group"]
        if vm["point"]:
            row.point = RecoveryPoint(vm["point"], datetime.fromisoformat(vm["point_time"]), vm["point_kind"])
        drill.rows[arm_id.key(row.vm_id)] = row
    for entry in later:
        if entry.data.get("drill") == drill.id:
            _replay(drill, entry)
    if drill.state == "running" and all(row.state not in UNDER_WAY for row in drill.selected):
        drill.state = "waiting"
    return drill


def _replay(drill: Drill, entry: Entry) -> None:
    data = entry.data
    row = drill.row(data["vm"]) if "vm" in data else None
    if entry.kind == "drill-operation" and row is not None:
        operation = Operation.model_validate(data["operation"])
        if data["cleanup"]:
            row.cleanup, row.state = operation.model_dump(mode="json"), "cleaning-up"
        else:
            row.operation, row.state, row.started = operation.model_dump(mode="json"), "failing-over", operation.started
            row.point = _point(data.get("point"))
    elif entry.kind == "drill-vm" and row is not None:
        row.state, row.verdict = data["state"], data["verdict"]
        row.problem = Problem.model_validate(data["problem"]) if data["problem"] else None
        row.test_vm, row.test_vm_id, row.output = data["test_vm"], data["test_vm_id"], data["output"]
        row.evidence = tuple(EvidenceRow.model_validate(proof) for proof in data["evidence"])
        for name in _MOMENTS:
            setattr(row, name, _moment(data[name]))
    elif entry.kind == "drill-verdict" and row is not None:
        row.verdict, row.note, row.judged_at = data["verdict"], data["note"], _moment(data["at"])
    elif entry.kind == "drill-before":
        drill.before, drill.before_known = frozenset(data["ids"]), True
        drill.makes_network = data["makes_network"]
    elif entry.kind == "drill-ready":
        drill.readiness, drill.is_ready = tuple(EvidenceRow.model_validate(proof) for proof in data["proofs"]), True
    elif entry.kind == "drill-isolation":
        drill.isolation = tuple(EvidenceRow.model_validate(proof) for proof in data["proofs"])
    elif entry.kind == "drill-cleanup":
        drill.state, drill.notes = "cleaning-up", data["notes"]
    elif entry.kind == "drill-ended":
        drill.state, drill.finished, drill.leftovers = data["state"], _moment(data["at"]), tuple(data["leftovers"])
        drill.clean_proof, drill.reports, drill.passed = data["proof"], tuple(data["reports"]), data["passed"]
        drill.problem = Problem.model_validate(data["problem"]) if data["problem"] else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
