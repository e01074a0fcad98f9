"""The list of changes as files: the same requests as the worker's, and a script that sets everything up by itself."""

from __future__ import annotations

import asyncio
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from asr_tui.model.plan import PolicyChoice
from asr_tui.model.step import Step
from asr_tui.plain import listing
from asr_tui.plain.walk import Wishes
from asr_tui.reports.change_files import ChangeList, PlannedRequest, as_script
from asr_tui.session.client import SessionClient
from asr_tui.session.intents import ChooseVault, ExportReview, ReadEstate, SelectVms, SetPolicy
from tests import walking
from tests.practice import PracticeCloud, thread_worker

STAND_IN = Path(__file__).with_name("az_stand_in.py")
BODY = re.compile(r"<<'END_OF_BODY'\n(.*?)\nEND_OF_BODY\n", re.DOTALL)


@pytest.fixture
async def client(emulator: PracticeCloud, tmp_path: Path) -> AsyncIterator[SessionClient]:
    """Everything is planned, nothing is made."""
    worker = thread_worker(emulator, tmp_path)
    client = await worker.connect()
    await walking.architecture(client)
    await walking.prerequisites(client)
    await walking.send(client, ChooseVault())
    await walking.send(client, SelectVms(vm_ids=walking.eligible(client.view)))
    yield client
    await client.close()
    worker.close()


def run(script: str, folder: Path, cloud: PracticeCloud) -> subprocess.CompletedProcess[str]:
    """The script in bash, with the stand-in as ``az``."""
    folder.mkdir(exist_ok=True)
    az = folder / "az"
    az.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')
    az.chmod(0o700)
    environ = os.environ | cloud.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "ASR_TUI_PAUSE": "0.1"}
    assert subprocess.run(["bash", "-n", script]).returncode == 0
    return subprocess.run(["bash", script], env=environ, capture_output=True, text=True, timeout=150)


async def test_nothing_is_there_to_be_written_before_a_review(client: SessionClient) -> None:
    answer = await client.send(ExportReview())
    assert "No list of changes" in answer.problems[0].what


async def test_the_script_sets_up_all_that_the_worker_would(
    client: SessionClient, emulator: PracticeCloud, tmp_path: Path
) -> None:
    view = await walking.review(client, Step.REPLICATION)
    await walking.send(client, ExportReview())
    view = await walking.at_rest(client)
    as_json, script = view.review.exported
    assert stat.S_IMODE(Path(script).stat().st_mode) == 0o600
    assert emulator.writes() == []

    document = json.loads(Path(as_json).read_text())
    shown = [json.loads(row.body) for row in view.review.changes if row.body]
    requests = [change["request"] for change in document["changes"] if "request" in change]
    assert (document["digest"], document["writes"]) == (view.review.digest, view.review.writes)
    assert [request["body"] for request in requests] == shown
    assert [json.loads(body) for body in BODY.findall(Path(script).read_text())] == shown
    done = await asyncio.to_thread(run, script, tmp_path / "bin", emulator)
    assert done.returncode == 0, done.stderr
    sent = [entry for entry in emulator.writes() if "/emulator/" not in entry["path"]]
    assert [(one["method"], one["path"].lower()) for one in sent] == [
        (request["method"], request["path"].lower()) for request in requests
    ]
    # The worker finds nothing left to do, and the script run again sends nothing.
    await walking.send(client, ReadEstate())
    await walking.at_rest(client)
    view = await walking.review(client, Step.REPLICATION)
    assert view.review.writes == 0, view.review
    again = await asyncio.to_thread(run, script, tmp_path / "bin", emulator)
    assert again.returncode == 0, again.stderr
    assert len(emulator.writes()) == len(sent)
    # What changes something that is there is sent by the script, too.
    await walking.send(client, SetPolicy(policy=PolicyChoice(retention_minutes=2880)))
    view = await walking.review(client, Step.REPLICATION)
    assert [row.action for row in view.review.changes if row.body] == ["update"]
    await walking.send(client, ExportReview())
    script = (await walking.at_rest(client)).review.exported[1]
    changed = await asyncio.to_thread(run, script, tmp_path / "bin", emulator)
    assert changed.returncode == 0, changed.stderr
    assert len(emulator.writes()) == len(sent) + 1
    emulator.control("POST", "clock", {"advance_seconds": 300})
    await walking.send(client, ReadEstate())
    await walking.at_rest(client)
    assert (await walking.review(client, Step.REPLICATION)).review.writes == 0


@pytest.mark.parametrize("form", listing.FORMS)
async def test_the_command_prints_the_list_and_writes_nothing(
    emulator: PracticeCloud, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    worker = thread_worker(emulator, tmp_path)
    code = await listing.list_changes(worker.connect, form, Wishes(until=Step.NETWORKING), ascii_only=False)
    told = capsys.readouterr()
    assert code == 0
    if form == "json":
        document = json.loads(told.out)
        assert document["writes"] == len([one for one in document["changes"] if "request" in one]) == 17
    else:
        assert told.out.startswith("#!/usr/bin/env bash\n")
    assert "17 to be written to Azure" in told.err
    assert emulator.writes() == []
    worker.close()


def test_hostile_texts_stay_data_in_the_script(tmp_path: Path) -> None:
    evil = "$(touch pwned)`touch pwned`\n'; touch pwned #\nEND_OF_BODY\ntouch pwned\x1b[2J"
    request = PlannedRequest(
        key="k",
        action=evil,
        kind=evil,
        name=evil,
        resource_id=f"/subscriptions/{evil}",
        reason=evil,
        method="PUT",
        path=f"/subscriptions/{evil}",
        api_version=evil,
        body={"tags": {evil: evil}},
    )
    changes = ChangeList(evil, evil, evil, evil, evil, (request,), blockers=(evil,))
    script = tmp_path / "evil.sh"
    script.write_text(as_script(changes))
    az = tmp_path / "az"
    az.write_text('#!/bin/sh\ncase "$*" in *query*state*) echo Succeeded;; esac\n')
    az.chmod(0o700)
    environ = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", str(script)], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "pwned").exists()
    assert "\x1b" not in done.stderr
