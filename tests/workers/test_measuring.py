"""What Azure Monitor measured, on its way into the findings: read for what is selected, once, and again when asked for."""

from __future__ import annotations

from pathlib import Path

from asr_tui.session.intents import RunChecks, SelectVms
from asr_tui.session.views import View
from tests import walking
from tests.conftest import StartCloud
from tests.practice import PracticeCloud, thread_worker

CHURN, DISK = "vm-metrics-churn", "disk-churn"


def found(view: View, check_id: str, severity: str) -> dict[str, str]:
    """By subject: the evidence."""
    return {
        row.subject: row.evidence
        for row in view.prerequisites.findings
        if row.check_id == check_id and row.severity == severity
    }


def asked(emulator: PracticeCloud) -> int:
    return sum(1 for entry in emulator.log() if entry["path"].lower().endswith("/microsoft.insights/metrics"))


async def test_what_writes_too_much_is_known_before_it_replicates(start_cloud: StartCloud, tmp_path: Path) -> None:
    emulator = start_cloud(estate="contoso")
    worker = thread_worker(emulator, tmp_path)
    client = await worker.connect()
    try:
        await walking.architecture(client)
        view = await walking.prerequisites(client)
        (subject, evidence), *others = found(view, CHURN, "warning").items()
        assert (subject, others) == ("build-arm", [])
        assert "Over 7 days" in evidence and "58 MB/s on average" in evidence and "at most" in evidence
        told = found(view, DISK, "warning")
        assert set(told) == {"build-arm-osdisk", "ledger-01-osdisk"}
        assert "2.6 MB/s on average in pieces of 8 KiB" in told["ledger-01-osdisk"]
        first = asked(emulator)
        assert first >= 18, "none is selected, and they are few: all are measured"

        await walking.prerequisites(client)
        assert asked(emulator) == first, "what was measured is kept"

        log = len(emulator.log())
        await walking.send(client, RunChecks(check_id=CHURN, reread=True))
        view = await walking.at_rest(client)
        assert asked(emulator) == 2 * first, "r reads it again"
        paths = {entry["path"].lower().rsplit("/", 1)[-1] for entry in emulator.log()[log:]}
        assert "metrics" in paths and "networksecuritygroups" not in paths and "locks" not in paths
        assert found(view, CHURN, "warning")
    finally:
        await client.close()
        worker.close()


async def test_what_may_not_be_read_is_unknown_with_the_permission(start_cloud: StartCloud, tmp_path: Path) -> None:
    emulator = start_cloud(estate="starter")
    refusal = {
        "when": {"path": "**/Microsoft.Insights/metrics"},
        "then": {"status": 403, "code": "AuthorizationFailed"},
    }
    emulator.control("POST", "faults", {"faults": [refusal]})
    worker = thread_worker(emulator, tmp_path)
    client = await worker.connect()
    try:
        await walking.architecture(client)
        view = await walking.prerequisites(client)
        await walking.send(client, SelectVms(vm_ids=walking.eligible(view)))
        view = await walking.prerequisites(client)
        (row,) = [row for row in view.prerequisites.findings if row.check_id == CHURN]
        assert row.severity == "unknown"
        assert "Microsoft.Insights/metrics/read" in row.remedy
        assert len(row.vm_names) == 3
    finally:
        await client.close()
        worker.close()
