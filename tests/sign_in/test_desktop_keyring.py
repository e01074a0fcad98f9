"""A sign-in kept in a real keyring: gnome-keyring over libsecret, reached by azure-identity's own persistent cache."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from asr_tui.session import intents
from asr_tui.session.client import SessionClient
from asr_tui.session.paths import session_paths
from asr_tui.session.views import View
from tests.practice import ROOT, PracticeCloud, ProcessWorker, until
from tests.sign_in import desktop_keyring
from tests.sign_in.desktop_keyring import DesktopKeyring
from tests.sign_in.people import ADA, TOKEN, type_code, without_principal

ABSENT = desktop_keyring.absent()
pytestmark = pytest.mark.skipif(bool(ABSENT), reason=ABSENT)


@pytest.fixture
def keyring() -> Iterator[DesktopKeyring]:
    with desktop_keyring.running() as found:
        yield found


def signed_in(view: View) -> bool:
    return view.sign_in.state == "signed-in" and bool(view.session.subscription_id)


class Desk:
    """Workers of one user of a desktop, one after the other."""

    def __init__(self, cloud: PracticeCloud, keyring: DesktopKeyring, state: Path) -> None:
        path = os.pathsep.join([keyring.environ["PYTHONPATH"], str(ROOT)])
        self._environ = without_principal(cloud) | keyring.environ | {"PYTHONPATH": path}
        self._paths = session_paths("default", state, {"XDG_RUNTIME_DIR": str(keyring.files)})

    async def start(self, *arguments: str) -> tuple[ProcessWorker, SessionClient]:
        worker = ProcessWorker(self._paths, self._environ, "--auth", "device-code", *arguments)
        return worker, await worker.connect()

    async def end(self, worker: ProcessWorker, client: SessionClient) -> None:
        await client.close()
        worker.signal(signal.SIGTERM)
        await asyncio.to_thread(worker.wait)


async def test_a_sign_in_is_kept_and_forgotten(
    own_people: PracticeCloud, keyring: DesktopKeyring, tmp_path: Path
) -> None:
    desk = Desk(own_people, keyring, tmp_path)
    worker, client = await desk.start("--keep-sign-in")
    view = await until(client, lambda view: bool(view.sign_in.device_code))
    await asyncio.to_thread(type_code, own_people, view.sign_in.device_url, view.sign_in.device_code)
    view = await until(client, signed_in)
    assert view.sign_in.kept and not view.sign_in.keeping_problem
    await desk.end(worker, client)
    assert TOKEN.search(await asyncio.to_thread(keyring.text))

    worker, client = await desk.start()
    view = await until(client, signed_in)
    assert view.session.principal == ADA
    log = await asyncio.to_thread(own_people.log)
    assert sum(entry["path"].endswith("/devicecode") for entry in log) == 1
    for folder in (keyring.files, tmp_path):
        for file in folder.rglob("*"):
            if file.is_file() and "beside" not in file.parts:
                assert not TOKEN.search(file.read_text(encoding="latin-1")), file

    await client.send(intents.SignOut())
    await until(client, lambda view: view.sign_in.state == "signed-out" and not view.sign_in.kept)
    assert not TOKEN.search(await asyncio.to_thread(keyring.text))

    await asyncio.to_thread(keyring.lock)
    await client.send(intents.KeepSignIn(keep=True))
    view = await until(client, lambda view: bool(view.sign_in.keeping_problem))
    assert not view.sign_in.kept and "may be locked" in view.sign_in.keeping_problem
    await desk.end(worker, client)
