"""A sign-in by device code that outlives the worker: in an encrypted store where the system has one, else not at all."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from asr_tui import __version__
from asr_tui.session import intents
from asr_tui.session.client import SessionClient
from asr_tui.session.views import View
from tests.practice import PracticeCloud, until
from tests.sign_in import keyring
from tests.sign_in.conftest import StartWorker
from tests.sign_in.faces import Screens, face
from tests.sign_in.people import ADA, TOKEN, type_code, without_principal


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of one's own, for whatever a store leaves behind there."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path


def bus(cloud: PracticeCloud) -> dict[str, str]:
    return {**without_principal(cloud), "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}


def signed_in(view: View) -> bool:
    return view.sign_in.state == "signed-in" and bool(view.session.subscription_id)


async def type_the_code(cloud: PracticeCloud, client: SessionClient) -> None:
    view = await until(client, lambda view: bool(view.sign_in.device_code))
    await asyncio.to_thread(type_code, cloud, view.sign_in.device_url, view.sign_in.device_code)
    await until(client, signed_in)


def codes(cloud: PracticeCloud) -> int:
    return sum(entry["path"].endswith("/devicecode") for entry in cloud.log())


async def test_a_kept_sign_in_outlives_the_worker(
    own_people: PracticeCloud, start_worker: StartWorker, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = keyring.install(monkeypatch)
    first = start_worker(own_people, bus(own_people), way="device-code", keep_sign_in=True)
    client = await first.connect()
    await type_the_code(own_people, client)
    assert client.view.sign_in.kept and TOKEN.search(ring.text())
    await client.close()
    await asyncio.to_thread(first.close)

    second = start_worker(own_people, bus(own_people))
    client = await second.connect()
    view = await until(client, signed_in)
    assert view.session.principal == ADA and view.sign_in.kept
    assert await asyncio.to_thread(codes, own_people) == 1
    asked = [one for one in await asyncio.to_thread(own_people.log) if one["path"].endswith(("/token", "/devicecode"))]
    assert {one["user_agent"] for one in asked} == {f"asr-tui/{__version__}"}
    for file in home.rglob("*"):
        assert not file.is_file() or not TOKEN.search(file.read_text(encoding="utf-8", errors="replace")), file
    assert ADA in json.loads((home / "state" / "sign-ins.json").read_text(encoding="utf-8"))[0]["account"]

    await client.send(intents.SignOut())
    view = await until(client, lambda view: view.sign_in.state == "signed-out" and not view.sign_in.kept)
    assert not TOKEN.search(ring.text()) and ADA not in ring.text()
    assert "account" not in json.loads((home / "state" / "sign-ins.json").read_text(encoding="utf-8"))[0]
    await client.close()


async def test_kept_tokens_that_were_revoked_ask_for_a_code(
    own_people: PracticeCloud, start_worker: StartWorker, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.install(monkeypatch)
    first = start_worker(own_people, bus(own_people), way="device-code", keep_sign_in=True)
    client = await first.connect()
    await type_the_code(own_people, client)
    await client.close()
    await asyncio.to_thread(first.close)
    await asyncio.to_thread(own_people.control, "POST", "revoke", {"principal": ADA})
    client = await start_worker(own_people, bus(own_people)).connect()
    await type_the_code(own_people, client)
    assert await asyncio.to_thread(codes, own_people) == 2
    await client.close()


async def test_the_choice_is_made_on_screen(
    people: PracticeCloud, start_worker: StartWorker, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = keyring.install(monkeypatch)
    async with face("screens", start_worker(people, bus(people))) as at:
        assert isinstance(at, Screens)
        await at.shown(lambda view: bool(view.sign_in.ways), "memory only")
        await at.hands.press("s")
        await at.shown(lambda view: view.sign_in.kept, "forgets")
        await at.hands.press("s")
        await at.shown(lambda view: not view.sign_in.kept, "memory only")
        ring.locked = True
        await at.hands.press("s")
        view = await at.shown(lambda view: bool(view.sign_in.keeping_problem), "libsecret")
    assert not view.sign_in.kept and "libsecret did not perform" in view.sign_in.keeping_problem


async def test_without_a_store_it_stays_in_memory_and_says_why(
    own_people: PracticeCloud, start_worker: StartWorker, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.install(monkeypatch)
    environ = {
        name: value for name, value in without_principal(own_people).items() if not name.startswith(("DBUS", "XDG"))
    }
    worker = start_worker(own_people, environ, way="device-code", keep_sign_in=True)
    client = await worker.connect()
    await type_the_code(own_people, client)
    assert "session bus" in client.view.sign_in.keeping_problem
    answer = await client.send(intents.KeepSignIn(keep=True))
    assert [problem.where for problem in answer.problems] == ["keep"]
    await client.close()
    assert not (home / "home" / ".IdentityService").exists()
    for file in home.rglob("*"):
        assert not file.is_file() or not TOKEN.search(file.read_text(encoding="utf-8", errors="replace")), file
