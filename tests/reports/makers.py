"""Parts of drill records for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from asr_tui.model.drill_record import PointRecord, ProofRecord, TaskRecord, VmRecord

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SUBSCRIPTION = "8d3f6b21-4c9e-4a7d-b05f-1e62c8d94a37"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-asr"
EVIL = "<script>alert(1)</script> [red]x[/red] \x1b[2J \u202e | `x`"


def tasks(*seconds: int) -> tuple[TaskRecord, ...]:
    made, at = [], START
    for number, length in enumerate(seconds):
        made.append(
            TaskRecord(title=f"Task {number}", state="Succeeded", started=at, ended=at + timedelta(seconds=length))
        )
        at += timedelta(seconds=length)
    return tuple(made)


def vm(name: str, **changes: object) -> VmRecord:
    return VmRecord.model_validate(
        {
            "vm": name,
            "vm_id": f"{GROUP}/providers/Microsoft.Compute/virtualMachines/{name}",
            "state": "cleaned-up",
            "point": PointRecord(id="p", time=START - timedelta(minutes=3), kind="CrashConsistent"),
            "started": START,
            "running": START + timedelta(seconds=207),
            "rto_seconds": 207.4,
            "rpo_seconds": 180.0,
            "verdict": "passed",
            "tasks": tasks(2, 120, 30, 55),
            "evidence": (ProofRecord(what="Network", state="passed", detail="vnet-drill/web 10.1.2.3"),),
        }
        | changes
    )
