"""A worker that is killed at any moment goes on at its next start and makes nothing twice."""

import asyncio
import json
import signal
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from asr_tui.model.drill_record import DrillRecord
from asr_tui.model.step import Step
from asr_tui.session.client import SessionClient, WorkerGone
from asr_tui.session.intents import CleanUpDrill, ConfirmReview, RecordVerdict, SelectVms, StartDrill, Stop
from asr_tui.session.paths import SessionPaths, session_paths
from asr_tui.session.views import View
from tests import rehearsals, walking
from tests.conftest import StartCloud
from tests.practice import SPEED, PracticeCloud, ProcessWorker, until

StartWorker = Callable[..., ProcessWorker]
ON_ITS_WAY = {"enabling", "seeding", "first-point"}


@pytest.fixture
def paths(tmp_path: Path) -> SessionPaths:
    return session_paths("night", tmp_path / "state", {"XDG_RUNTIME_DIR": str(tmp_path)})


@pytest.fixture
def start_worker(emulator: PracticeCloud, paths: SessionPaths) -> Iterator[StartWorker]:
    workers: list[ProcessWorker] = []

    def start(*arguments: str) -> ProcessWorker:
        workers.append(ProcessWorker(paths, emulator.environ, *arguments))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()


def _puts(cloud: PracticeCloud) -> Counter[str]:
    """How often each object was asked for."""
    return Counter(entry["path"].lower() for entry in cloud.writes() if entry["method"] == "PUT")


async def test_killed_while_enabling_it_goes_on_by_itself(start_cloud: StartCloud, paths: SessionPaths) -> None:
    slow = start_cloud()
    worker = ProcessWorker(paths, slow.environ)
    client = await worker.connect()
    await walking.architecture(client)
    await walking.prerequisites(client)
    await walking.vault(client)
    await walking.send(client, SelectVms(vm_ids=walking.eligible(client.view)))
    view = await walking.review(client, Step.REPLICATION)
    slow.control("POST", "clock", {"speed": 300})  # on a busy machine the way would be over before it is seen
    await walking.send(client, ConfirmReview(digest=view.review.digest))
    await until(client, lambda view: any(row.milestone in ON_ITS_WAY for row in view.replication.items))
    worker.kill()
    slow.control("POST", "clock", {"speed": SPEED})
    with pytest.raises(WorkerGone):
        await client.refresh(5)

    again = ProcessWorker(paths, slow.environ)
    client = await again.connect()
    view = await walking.run_over(client, Step.REPLICATION)
    assert view.run.state == "finished"
    assert len(view.review.changes) == 15
    view = await walking.protected(client)
    assert view.plan.vms
    assert set(_puts(slow).values()) == {1}
    await client.close()
    again.kill()


async def test_a_restarted_worker_shows_steps_and_answers_as_before(start_worker: StartWorker) -> None:
    worker = start_worker()
    client = await worker.connect()
    before = await walking.to_replication(client)
    worker.signal(signal.SIGTERM)
    assert worker.wait() == (0, "")

    client = await start_worker().connect()
    view = await until(
        client, lambda view: [step.state for step in view.steps] == [step.state for step in before.steps]
    )
    assert view.plan == before.plan
    assert view.run.state == "finished"


MOMENTS: dict[str, Callable[[View], bool]] = {
    "begun": lambda view: view.drill.state != "idle",
    "testing": lambda view: any(row.state == "failing-over" for row in view.drill.rows),
    "some are up": lambda view: any(row.state == "verified" for row in view.drill.rows),
    "judged": lambda view: any(row.verdict for row in view.drill.rows),
    "cleaning up": lambda view: any(row.state == "cleaning-up" for row in view.drill.rows),
    "some are gone": lambda view: any(row.state == "cleaned-up" for row in view.drill.rows),
}
"""Moments at which the worker is killed. By then a fast cloud may be further on: that is one more moment."""


async def _to_its_end(client: SessionClient) -> DrillRecord:
    """Bring the drill to its end from wherever it stands; the record that it leaves."""
    view = await until(client, lambda view: view.drill.state in {"waiting", "cleaning-up", "done", "failed"})
    if view.drill.state == "waiting":
        await until(client, lambda view: bool(view.vms) and view.session.activity == "")
        await until(client, lambda view: all(row.evidence for row in view.drill.rows))
        await walking.finish_drill(client)
    view = await until(client, lambda view: view.drill.state in {"done", "failed"})
    return DrillRecord.model_validate_json(Path(view.drill.reports[0]).read_bytes())


async def _until_the_moment(client: SessionClient, moment: str) -> None:
    """A drill, as far as that moment."""
    view = await walking.choose_drill(client)
    await walking.send(client, StartDrill(digest=view.drill.digest))
    if moment in {"judged", "cleaning up", "some are gone"}:
        view = await until(client, lambda view: view.drill.state == "waiting")
        for row in view.drill.rows:
            await walking.send(client, RecordVerdict(vm_id=row.vm_id, verdict="passed"))
    if moment in {"cleaning up", "some are gone"}:
        await walking.send(client, CleanUpDrill(notes="tested by hand"))
    await until(client, lambda view: MOMENTS[moment](view) or view.drill.state in {"waiting", "done", "failed"})


async def test_killed_anywhere_in_a_drill_it_leaves_the_same_report_and_tests_no_vm_twice(
    start_worker: StartWorker, emulator: PracticeCloud
) -> None:
    worker = start_worker()
    client = await worker.connect()
    await walking.to_replication(client)
    await walking.choose_drill(client)
    await walking.start_drill(client)
    whole = await _to_its_end(client)
    rehearsals.check_green(whole, 3)
    for number, moment in enumerate(MOMENTS, 2):
        await _until_the_moment(client, moment)
        worker.kill()
        worker = start_worker()
        client = await worker.connect()
        told = await _to_its_end(client)
        assert rehearsals.essence(told) == rehearsals.essence(whole), moment
        assert all(vm.rto_seconds and vm.rpo_seconds and vm.cleaned and vm.judged for vm in told.vms), moment
        for action in ("testFailover", "testFailoverCleanup"):
            assert set(rehearsals.asked(emulator, action).values()) == {number}, (moment, action)
        await until(client, lambda view: bool(view.vms) and view.session.activity == "")
    await client.close()


async def test_a_drill_whose_answers_were_lost_is_taken_up_half_a_day_later(
    start_worker: StartWorker, emulator: PracticeCloud
) -> None:
    """By then its jobs are older than what a new worker's watch looks back on."""
    worker = start_worker()
    client = await worker.connect()
    await walking.to_replication(client)
    view = await walking.choose_drill(client)
    unanswered = {"when": {"method": "POST", "path": "**/testFailover"}, "then": {"delay": 600}}
    emulator.control("POST", "faults", {"faults": [unanswered]})
    await walking.send(client, StartDrill(digest=view.drill.digest))
    await until(client, lambda view: len(rehearsals.asked(emulator, "testFailover")) == 3)
    worker.kill()
    emulator.control("DELETE", "faults")
    emulator.control("POST", "clock", {"advance_seconds": 12 * 3600})
    client = await start_worker().connect()
    told = await _to_its_end(client)
    rehearsals.check_green(told, 3)
    assert set(rehearsals.asked(emulator, "testFailover").values()) == {1}
    await client.close()


async def test_an_emulator_that_was_killed_mid_replication_does_not_stop_the_run(
    start_cloud: StartCloud, tmp_path: Path, paths: SessionPaths
) -> None:
    cloud = start_cloud(state=tmp_path / "cloud.sqlite")
    worker = ProcessWorker(paths, cloud.environ)
    try:
        client = await worker.connect()
        await walking.architecture(client)
        await walking.prerequisites(client)
        await walking.vault(client)
        await walking.send(client, SelectVms(vm_ids=walking.eligible(client.view)))
        view = await walking.review(client, Step.REPLICATION)
        cloud.control("POST", "clock", {"speed": 60})
        await walking.send(client, ConfirmReview(digest=view.review.digest))
        await until(client, lambda view: any(row.milestone in ON_ITS_WAY for row in view.replication.items))
        cloud.kill()
        cloud.start()
        view = await walking.run_over(client, Step.REPLICATION)
        assert view.run.state == "finished", view.run
        await walking.protected(client)
        assert set(_puts(cloud).values()) == {1}
        await client.close()
    finally:
        worker.kill()


async def test_a_hang_up_does_not_end_the_worker_and_stop_does(start_worker: StartWorker, paths: SessionPaths) -> None:
    worker = start_worker()
    client = await worker.connect()
    worker.signal(signal.SIGHUP)
    await until(client, lambda view: bool(view.session.subscription_id))
    assert stat.S_IMODE(paths.socket.stat().st_mode) == 0o600
    assert (await client.send(Stop())).accepted
    assert worker.wait() == (0, "")
    assert not paths.socket.exists()


async def test_nobody_there_and_nothing_to_do_it_ends_by_itself(start_worker: StartWorker) -> None:
    worker = start_worker("--idle-seconds", "0.2")
    client = await worker.connect()
    await walking.architecture(client)
    await client.close()
    assert worker.wait() == (0, "")


async def test_a_second_worker_of_the_same_session_is_refused(start_worker: StartWorker) -> None:
    first = start_worker()
    client = await first.connect()
    status, errors = await asyncio.to_thread(start_worker().wait)
    assert status == 1
    assert f"process {first.pid}" in errors
    assert errors.count("\n") == 1
    assert (await client.refresh()) is not None


def test_a_state_directory_that_cannot_be_used_is_told_in_one_sentence(tmp_path: Path, emulator: PracticeCloud) -> None:
    (tmp_path / "state").write_text("a file in the way")
    worker = ProcessWorker(session_paths("night", tmp_path / "state"), emulator.environ)
    status, errors = worker.wait()
    assert status == 1
    assert "ASR_TUI_STATE_DIR" in errors
    assert errors.count("\n") == 1


async def test_a_plan_with_an_error_is_told_and_left_alone(start_worker: StartWorker, paths: SessionPaths) -> None:
    paths.directory.mkdir(parents=True)
    paths.plan.write_text("version: 1\nsource_regoin: eastus\n")
    client = await start_worker().connect()
    view = await until(client, lambda view: bool(view.problems))
    assert "plan.yaml, line 2" in view.problems[0].what
    assert paths.plan.read_text() == "version: 1\nsource_regoin: eastus\n"


async def test_a_journal_with_a_torn_line_is_taken_up(start_worker: StartWorker, paths: SessionPaths) -> None:
    worker = start_worker()
    client = await worker.connect()
    await walking.architecture(client)
    await walking.prerequisites(client)
    await walking.vault(client)
    worker.kill()
    with paths.journal.open("ab") as stream:
        stream.write(b'{"time": "2026-01-01T00:00:0')
    client = await start_worker().connect()
    view = await until(client, lambda view: any("torn" in line.message for line in view.log))
    assert view.run.state == "finished"
    for line in paths.journal.read_text().splitlines():
        json.loads(line)
