"""Drills of many VMs: a practice cloud in which they are protected, failures in each phase, and what a true report says."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asr_tui.model.drill_record import DrillRecord
from asr_tui.session.client import SessionClient
from asr_tui.session.intents import CleanUpDrill, RecordVerdict, SetConcurrency, StartDrill
from asr_tui.session.paths import SessionPaths, session_paths
from asr_tui.session.views import View
from tests import walking
from tests.practice import SPEED, PracticeCloud, ProcessWorker, until

PATIENCE_SECONDS = 1200.0
_AT_ONCE = 100


@dataclass(frozen=True)
class Phase:
    """A failure of a test failover: where, and how the service tells it."""

    name: str
    task: str
    code: str
    message: str


PHASES = (
    Phase("point vanished", "VmTfoPrerequisitesCheck", "BookmarkNotFound", "The recovery point is no longer there."),
    Phase("quota", "VmTfoInitiateFailover", "28031", "The operation exceeds the approved quota of cores."),
    Phase("VM not created", "VmTfoInitiateFailover", "AllocationFailed", "There is no capacity for this size."),
    Phase("NIC not created", "VmTfoPrepareTestVm", "28092", "The network interface could not be created."),
    Phase("VM not started", "VmTfoBootTestVm", "28025", "The virtual machine did not start in time."),
)
CUT_OFF = Phase("cleanup cut off", "VmTfoDeleteTestVm", "499", "The test virtual machine could not be deleted.")


@contextmanager
def protected(folder: Path, vms: int, speed: float) -> Iterator[tuple[PracticeCloud, SessionPaths]]:
    """A cloud with ``vms`` VMs, all protected. That is prepared at full speed; the drill then has the ``speed`` that a test
    needs: where hours pass in seconds, recovery points are pruned between the choice and the request."""
    paths = session_paths("drill", folder, {"XDG_RUNTIME_DIR": str(folder)})
    estate, state = f"generated-clean:{vms}", folder / "cloud.sqlite"
    cloud = PracticeCloud(estate=estate, speed=SPEED, state=state)
    worker = ProcessWorker(paths, cloud.environ)
    try:
        asyncio.run(_protect(worker, vms))
    finally:
        worker.kill()
        cloud.close()
    cloud = PracticeCloud(estate=estate, speed=speed, state=state)
    try:
        yield cloud, paths
    finally:
        cloud.close()


async def _protect(worker: ProcessWorker, vms: int) -> None:
    client = await worker.connect()
    await client.refresh(5)
    await walking.send(client, SetConcurrency(limit=_AT_ONCE))
    view = await walking.to_replication(client)
    assert len(view.replication.items) == vms
    await client.close()


def strike(cloud: PracticeCloud, *phases: Phase, path: str = "**/testFailover") -> None:
    """Each of ``phases`` befalls one VM, the first requests to come."""
    faults = [
        {
            "when": {"method": "POST", "path": path, "nth": number},
            "then": {"fail_job": {"task": phase.task, "code": phase.code, "message": phase.message}},
        }
        for number, phase in enumerate(phases, 1)
    ]
    cloud.control("DELETE", "faults")
    cloud.control("POST", "faults", {"faults": faults})


async def rehearse(client: SessionClient) -> View:
    """Choose every protected VM, and test all of them."""
    view = await walking.choose_drill(client)
    await walking.send(client, StartDrill(digest=view.drill.digest))
    return await until(client, lambda view: view.drill.state not in {"idle", "running"}, PATIENCE_SECONDS)


async def clean_up(client: SessionClient) -> DrillRecord:
    """Judge what came up, clean up, and return the record that this left."""
    for row in client.view.drill.rows:
        if row.state == "verified" and not row.verdict:
            await walking.send(client, RecordVerdict(vm_id=row.vm_id, verdict="passed", note="looked at"))
    await walking.send(client, CleanUpDrill(notes="rehearsed"))
    view = await until(client, lambda view: view.drill.state in {"done", "failed"}, PATIENCE_SECONDS)
    return DrillRecord.model_validate_json(Path(view.drill.reports[0]).read_bytes())


def asked(cloud: PracticeCloud, action: str) -> Counter[str]:
    """How often each item was asked for a test failover, or its cleanup."""
    paths = (entry["path"].lower() for entry in cloud.writes() if entry["method"] == "POST")
    return Counter(path.rsplit("/", 1)[0] for path in paths if path.endswith(f"/{action.lower()}"))


def check_green(record: DrillRecord, vms: int) -> None:
    """Every VM passed, and nothing is left."""
    wrong = [
        (vm.vm, vm.problem, [one for one in vm.evidence if one.state != "passed"]) for vm in record.vms if not vm.passed
    ]
    assert wrong == []
    assert (record.passed, record.state, record.leftovers, len(record.vms)) == (True, "done", (), vms)
    assert record.clean_proof


def check_true(record: DrillRecord, vms: int) -> None:
    """Each failure is told of its VM, the others passed, and the drill as a whole has not."""
    told = sorted(vm.problem.code for vm in record.vms if vm.problem is not None and not vm.passed)
    assert told == sorted(phase.code for phase in PHASES)
    assert sum(vm.passed for vm in record.vms) == vms - len(PHASES)
    assert all(vm.rto_seconds is None for vm in record.vms if not vm.passed)
    assert (record.passed, record.state, bool(record.clean_proof)) == (False, "done", True)


def check_cut_off(record: DrillRecord) -> None:
    """A cleanup that was cut off is never green, and what is left is named with what removes it."""
    assert (record.passed, record.state, record.clean_proof) == (False, "failed", "")
    for command in ("az vm delete", "az network nic delete", "az disk delete"):
        assert any(command in left for left in record.leftovers), record.leftovers


_OF_ITS_TIME = frozenset(
    {"started", "finished", "ended", "time", "running", "judged", "cleaned", "drill", "id", "previous", "clean_proof"}
)


def essence(record: DrillRecord) -> Any:
    """What two drills of the same VMs have in common: all of the record but times, ids, and whether the network was there."""
    return _essence(record.model_dump(mode="json", exclude={"network_made", "readiness", "meets_targets"}))


def _essence(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: part for name, part in value.items() if name not in _OF_ITS_TIME and not name.endswith("seconds")}
        return {name: _essence(part) for name, part in kept.items()}
    if isinstance(value, list):
        return [_essence(part) for part in value]
    return value
