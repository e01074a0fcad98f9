"""The interview steers a run as the screen does: the dial, pausing, one VM once more, a VM's own settings, the pen."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from asr_tui.model.step import Step
from asr_tui.plain.asking import writing
from asr_tui.plain.asking.interview import Interview
from asr_tui.plain.asking.prompt import Keyboard, Prompt
from asr_tui.plain.conversation import Conversation
from asr_tui.plain.events import LineWriter
from asr_tui.plain.narrator import Narrator
from asr_tui.session.client import SessionClient
from asr_tui.session.intents import SelectVms, SetConcurrency
from asr_tui.session.views import View
from tests import walking
from tests.conftest import StartCloud
from tests.practice import PracticeCloud, ThreadWorker, thread_worker, until

ITEMS = "**/replicationProtectedItems/*"


@pytest.fixture
def emulator(start_cloud: StartCloud) -> PracticeCloud:
    """Five VMs that can be protected, and one that cannot."""
    return start_cloud(estate="generated:6")


@pytest.fixture
def worker(emulator: PracticeCloud, tmp_path: Path) -> ThreadWorker:
    return thread_worker(emulator, tmp_path)


@pytest.fixture
async def client(worker: ThreadWorker) -> AsyncIterator[SessionClient]:
    """Steps 1 to 4 are done, the VMs are selected."""
    client = await worker.connect()
    await walking.architecture(client)
    await walking.prerequisites(client)
    await walking.vault(client)
    await walking.send(client, SelectVms(vm_ids=walking.eligible(client.view)))
    yield client
    await client.close()
    worker.close()


def interview(client: SessionClient, *answers: str) -> Interview:
    """Somebody who gives these answers."""
    read, write = os.pipe()
    os.write(write, "".join(f"{answer}\n" for answer in answers).encode())
    os.close(write)
    keyboard = Keyboard(read)
    talk = Conversation(client, lambda view: False, lambda *_: None)
    return Interview(talk, Prompt(keyboard), keyboard, Narrator(LineWriter()))


def milestones(view: View) -> Counter[str]:
    return Counter("failed" if row.milestone == "failed" else "fine" for row in view.replication.items)


async def test_a_kind_of_error_asks_and_one_vm_is_tried_again(
    client: SessionClient, emulator: PracticeCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    no_path = {"task": "CreateProtectionTarget", "code": "151192", "message": "No outbound path."}
    emulator.control(
        "POST",
        "faults",
        {"faults": [{"when": {"method": "PUT", "path": ITEMS, "times": 3}, "then": {"fail_job": no_path}}]},
    )
    await writing.control(interview(client, "6", "1"))
    assert (await until(client, lambda view: view.run.item_limit == 1)).run.item_limit == 1
    assert not await writing.review_and_run(interview(client, "yes"), Step.REPLICATION)
    assert "3 changes failed alike, so the other 2 wait" in capsys.readouterr().out

    await writing.control(interview(client, "2"))
    view = await walking.run_over(client, Step.REPLICATION)
    assert (view.run.state, milestones(view)) == ("failed", {"failed": 3, "fine": 2})
    await writing.control(interview(client, "5", "1"))
    view = await until(client, lambda view: milestones(view) == {"failed": 2, "fine": 3})
    assert "No outbound path." in capsys.readouterr().out


async def test_a_vms_own_settings(client: SessionClient, capsys: pytest.CaptureFixture[str]) -> None:
    await writing.own(interview(client, "1", "7", "nic-a=data/10.0.0.9"))
    await writing.own(interview(client, "1", "4", "2"))
    (override,) = (await until(client, lambda view: bool(view.plan.overrides))).plan.overrides.values()
    assert (override.nics["nic-a"].address, override.nics["nic-a"].subnet, override.zone) == ("10.0.0.9", "data", "2")
    # What the limits do not allow is refused by the worker, what cannot be read by the face; nothing changes.
    await writing.own(interview(client, "1", "9", "Fast_LRS"))
    await writing.own(interview(client, "1", "7", "nic-a"))
    told = capsys.readouterr().out
    assert "Refused: " in told
    assert "no disk type" in told
    assert "Not understood: 'nic-a' is not name=subnet/address" in told
    await writing.own(interview(client, "1", "7", "-"))
    await writing.own(interview(client, "1", "4", "-"))
    await until(client, lambda view: not view.plan.overrides)


async def test_the_list_of_changes_goes_to_files(client: SessionClient, capsys: pytest.CaptureFixture[str]) -> None:
    await writing.export(interview(client), Step.REPLICATION)
    paths = [line.removeprefix("Written to ") for line in capsys.readouterr().out.splitlines() if "Written" in line]
    assert [Path(path).suffix for path in paths] == [".json", ".sh"]
    assert all(Path(path).stat().st_size for path in paths)


async def test_the_pen_is_taken_over_when_asked_and_the_journal_says_who_did_what(
    client: SessionClient, worker: ThreadWorker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = await worker.connect("other")
    await other.refresh(5)
    asking = interview(other, "no")
    assert not await asking.send(SetConcurrency(limit=3))
    assert "holds the pen since" in capsys.readouterr().out
    assert await interview(other, "yes").send(SetConcurrency(limit=3))
    await until(client, lambda view: view.run.item_limit == 3)
    assert client.view.session.pen is not None
    assert client.view.session.pen.client_id == "other"
    assert not (await client.send(SetConcurrency(limit=4))).accepted
    lines = (tmp_path / "sessions/default/journal.jsonl").read_text().splitlines()
    asked = [entry for entry in map(json.loads, lines) if entry["kind"] == "asked"][-1]
    assert (asked["intent"], asked["by"], asked["terminal"]) == (
        {"kind": "set-concurrency", "limit": 3},
        "ada@jump",
        "pts/1",
    )
    await other.close()
