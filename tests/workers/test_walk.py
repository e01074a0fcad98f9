"""All six steps over a socket pair, through intents only, on the practice cloud."""

import json
from pathlib import Path

from asr_tui.model.step import Step, StepState
from asr_tui.session.client import SessionClient
from tests import walking
from tests.practice import PracticeCloud

SITE_RECOVERY = "2025-08-01"
COMPUTE = "2024-07-01"


async def test_all_six_steps_end_in_a_protected_tested_and_clean_estate(
    practice_session: SessionClient, emulator: PracticeCloud, tmp_path: Path
) -> None:
    client = practice_session
    view = await walking.to_replication(client)
    assert [step.state for step in view.steps[:5]] == [StepState.DONE] * 5
    assert view.session.arm_writes == len(emulator.writes())

    vault = view.vault.vault_id
    fabrics = emulator.get(f"{vault}/replicationFabrics", SITE_RECOVERY)["value"]
    assert sorted(fabric["properties"]["customDetails"]["location"] for fabric in fabrics) == [
        "northeurope",
        "westeurope",
    ]
    items = emulator.get(f"{vault}/replicationProtectedItems", SITE_RECOVERY)["value"]
    assert {item["properties"]["protectionState"] for item in items} == {"Protected"}
    assert len(items) == 3

    view = await walking.choose_drill(client)
    assert {row.state for row in view.drill.rows} == {"ready"}
    view = await walking.start_drill(client)
    assert view.drill.state == "waiting"
    assert all(proof.state == "passed" for row in view.drill.rows for proof in row.evidence)
    test_vm = view.drill.rows[0].test_vm_id
    assert emulator.get(test_vm, COMPUTE) is not None
    view = await walking.finish_drill(client)
    assert view.drill.state == "done"
    assert view.drill.leftovers == ()
    assert "vnet-starter-drill" in view.drill.clean_proof
    assert emulator.get(test_vm, COMPUTE) is None
    assert [step.state for step in view.steps] == [StepState.DONE] * 6
    await _times_are_those_of_the_service(client, emulator, vault)
    _no_secret_on_disk(tmp_path, emulator)


async def _times_are_those_of_the_service(client: SessionClient, emulator: PracticeCloud, vault: str) -> None:
    """RTO and RPO by hand: from the jobs and recovery points as the service lists them."""
    jobs = emulator.get(f"{vault}/replicationJobs", SITE_RECOVERY)["value"]
    for row in client.view.drill.rows:
        slim = next(
            job
            for job in jobs
            if job["properties"]["scenarioName"] == "TestFailover"
            and job["properties"]["targetObjectName"].lower() == row.vm_name.lower()
        )
        job = emulator.get(f"{vault}/replicationJobs/{slim['name']}", SITE_RECOVERY)["properties"]
        started = _seconds(job["startTime"])
        assert row.rto_seconds is not None
        assert row.rpo_seconds is not None
        assert row.point_time is not None
        assert abs(row.rto_seconds - (max(_seconds(task["endTime"]) for task in job["tasks"]) - started)) < 1
        assert abs(row.rpo_seconds - (started - row.point_time.timestamp())) < 1


def _seconds(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text[:26].rstrip("Z") + "+00:00").timestamp()


def _no_secret_on_disk(state: Path, emulator: PracticeCloud) -> None:
    for path in state.rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & 0o077 == 0, path
            content = path.read_bytes()
            assert emulator.environ["AZURE_CLIENT_SECRET"].encode() not in content, path
            assert b"Bearer" not in content
            assert b"eyJ" not in content, path


async def test_a_second_walk_writes_nothing(practice_session: SessionClient, emulator: PracticeCloud) -> None:
    await walking.to_replication(practice_session)
    before = len(emulator.writes())
    view = await walking.to_replication(practice_session)
    assert view.run.state == "finished"
    assert {row.action for row in view.review.changes} == {"reuse"}
    assert len(emulator.writes()) == before


async def test_what_is_confirmed_is_what_was_shown(practice_session: SessionClient, emulator: PracticeCloud) -> None:
    from asr_tui.session.intents import ChooseVault, ConfirmReview

    client = practice_session
    await walking.architecture(client)
    await walking.prerequisites(client)
    await walking.send(client, ChooseVault())
    view = await walking.review(client, Step.VAULT)
    assert not (await client.send(ConfirmReview(digest="other"))).accepted
    await walking.send(client, ChooseVault(name="vault-other"))
    refused = await client.send(ConfirmReview(digest=view.review.digest))
    assert "not what is under review" in refused.problems[0].what
    assert emulator.writes() == []


async def test_the_journal_tells_each_write_before_it_went_out(
    practice_session: SessionClient, emulator: PracticeCloud, tmp_path: Path
) -> None:
    client = practice_session
    await walking.architecture(client)
    await walking.prerequisites(client)
    await walking.vault(client)
    lines = [json.loads(line) for line in (tmp_path / "sessions/default/journal.jsonl").read_text().splitlines()]
    requests = [line["path"].lower() for line in lines if line["kind"] == "request"]
    assert requests == [entry["path"].lower() for entry in emulator.writes()]
    confirmed = next(line for line in lines if line["kind"] == "confirmed")
    assert confirmed["by"]
    assert len(confirmed["changes"]) == 2
