"""Each way in, at both faces, against the emulator's Entra ID: it works, it is refused, and the refusal explains itself."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from asr_tui.model.step import Step
from asr_tui.session import intents
from asr_tui.session.views import View
from tests.hanging_az import hanging_az, prove_ended, running
from tests.practice import PracticeCloud, until
from tests.sign_in.conftest import StartWorker
from tests.sign_in.faces import Screens, face
from tests.sign_in.people import (
    ADA,
    READER,
    ROBOT,
    being,
    type_code,
    with_az,
    without_principal,
)

FACES = ("screens", "lines")


def signed_in(view: View) -> bool:
    return view.sign_in.state == "signed-in"


def failed(view: View) -> bool:
    return view.sign_in.state == "failed"


@pytest.mark.parametrize("kind", FACES)
async def test_a_wrong_secret_is_told_and_not_shown(
    kind: str, people: PracticeCloud, start_worker: StartWorker
) -> None:
    async with face(kind, start_worker(people, being(people, ROBOT, "mistyped"))) as at:
        await at.sign_in("environment")
        view = await at.shown(failed, "secret", *(["What to do"] if kind == "screens" else []))
    assert view.sign_in.problem is not None and view.sign_in.problem.code == "AADSTS7000215"
    assert "mistyped" not in repr(view)


async def test_every_page_says_that_nobody_is_signed_in(people: PracticeCloud, start_worker: StartWorker) -> None:
    """No page waits for what cannot come."""
    async with face("screens", start_worker(people, being(people, ROBOT, "wrong"), way="environment")) as at:
        assert isinstance(at, Screens)
        await at.hands.until(failed, "the refusal")
        for key in "0123456":
            await at.hands.press(key)
            await at.hands.until_shown("sign-in failed")
            assert "Reading" not in at.hands.text()
        await at.hands.press("1")
        await at.hands.until_shown("Sign in first")


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_roots_of_trust_that_are_none_are_told(
    content: str | None, people: PracticeCloud, start_worker: StartWorker, tmp_path: Path
) -> None:
    """Nobody waits for a sign-in that cannot come."""
    bundle = tmp_path / "roots.pem"
    if content is not None:
        bundle.write_text(content, encoding="utf-8")
    environ = being(people, ROBOT, "one") | {"REQUESTS_CA_BUNDLE": str(bundle)}
    client = await start_worker(people, environ, way="environment").connect()
    problem = (await until(client, failed)).sign_in.problem
    assert problem is not None and problem.code == "RootsUnusable" and str(bundle) in problem.what
    await client.close()


async def test_a_worker_that_ends_takes_az_with_it(
    people: PracticeCloud, start_worker: StartWorker, tmp_path: Path
) -> None:
    environ = with_az(people, tmp_path)
    hanging_az(tmp_path)
    worker = start_worker(people, environ)
    client = await worker.connect()
    await until(client, lambda view: bool(view.sign_in.ways))
    await client.send(intents.SignIn(way="cli"))
    pids = await running(tmp_path)
    await client.close()
    await asyncio.to_thread(worker.close)
    prove_ended(pids)


@pytest.mark.parametrize("kind", FACES)
async def test_a_code_that_runs_out_is_replaced(
    kind: str, own_people: PracticeCloud, start_worker: StartWorker, tmp_path: Path
) -> None:
    """Shown at once with its address and the time left, and written nowhere."""
    async with face(kind, start_worker(own_people, without_principal(own_people))) as at:
        await at.sign_in("device-code")
        first = (await at.shown(lambda view: bool(view.sign_in.device_code))).sign_in.device_code
        body = {"error": "expired_token", "error_description": "AADSTS70020: the code ran out."}
        when = {"method": "POST", "path": "**/token", "times": 1}
        rule = {"when": when, "then": {"status": 400, "body": body}}
        await asyncio.to_thread(own_people.control, "POST", "faults", {"faults": [rule]})
        view = await at.shown(lambda view: view.sign_in.device_code not in {"", first})
        second = view.sign_in.device_code
        left = "left" if kind == "screens" else "counts for"
        await at.shown(lambda _: True, " ".join(second), view.sign_in.device_url, left)
        await asyncio.to_thread(type_code, own_people, view.sign_in.device_url, second)
        view = await at.shown(signed_in)
    assert view.session.principal == ADA and view.sign_in.device_code == ""
    for file in (tmp_path / "state").rglob("*"):
        assert not file.is_file() or not [code for code in (first, second) if code.encode() in file.read_bytes()], file


async def test_the_choice_is_remembered_and_nothing_else(
    people: PracticeCloud, start_worker: StartWorker, tmp_path: Path
) -> None:
    worker = start_worker(people, being(people, ROBOT, "one"), way="environment")
    client = await worker.connect()
    view = await until(client, lambda view: signed_in(view) and bool(view.session.subscription_id))
    kept = json.loads((tmp_path / "state" / "sign-ins.json").read_text(encoding="utf-8"))
    assert kept == [
        {
            "cloud": "practice",
            "tenant": people.environ["AZURE_TENANT_ID"],
            "way": "environment",
            "subscriptions": [view.session.subscription_id],
        }
    ]
    assert (tmp_path / "state" / "sign-ins.json").stat().st_mode & 0o777 == 0o600
    await client.close()
    again = start_worker(people, being(people, ROBOT, "one"), session="other", paths=_other(tmp_path))
    client = await again.connect()
    view = await until(client, signed_in)
    assert view.sign_in.remembered == "environment"
    await client.close()


def _other(tmp_path: Path) -> object:
    from asr_tui.session.paths import session_paths

    return session_paths("other", tmp_path / "state", {"XDG_RUNTIME_DIR": str(tmp_path)})


async def test_whoever_may_only_read_looks_only(people: PracticeCloud, start_worker: StartWorker) -> None:
    worker = start_worker(people, being(people, READER, "four"), way="environment")
    client = await worker.connect()
    await until(client, lambda view: view.session.activity == "" and bool(view.architecture.sources))
    await client.send(intents.ChooseRegions(source="westeurope", target="northeurope"))
    await until(client, lambda view: view.session.activity == "" and bool(view.plan.target_region))
    await client.send(intents.ChooseVault())
    await client.send(intents.PrepareReview(step=Step.VAULT))
    view = await until(client, lambda view: bool(view.review.digest))
    assert view.session.read_only and "Site Recovery Contributor" in view.session.read_only_reason
    answer = await client.send(intents.ConfirmReview(digest=view.review.digest))
    assert answer.problems
    await client.close()
    async with face("screens", worker) as at:
        await at.shown(lambda view: view.session.read_only, "LOOK ONLY", "Look only")
    writes = await asyncio.to_thread(people.writes)
    assert [entry["path"] for entry in writes if entry["path"].startswith("/subscriptions")] == []
