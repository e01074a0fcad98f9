"""Each way in, at both faces, against the emulator's Entra ID: it works, it is refused, and the refusal explains itself."""

from __future__ import annotations

import asyncio
import json
import re
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
    IDENTITY,
    READER,
    ROBOT,
    WRONG,
    being,
    type_code,
    unattended,
    with_az,
    with_identity,
    without_principal,
)

FACES = ("screens", "lines")


def signed_in(view: View) -> bool:
    return view.sign_in.state == "signed-in"


def failed(view: View) -> bool:
    return view.sign_in.state == "failed"


@pytest.mark.parametrize("kind", FACES)
async def test_a_secret_of_the_environment(kind: str, people: PracticeCloud, start_worker: StartWorker) -> None:
    async with face(kind, start_worker(people, being(people, ROBOT, "one"))) as at:
        await at.sign_in("environment")
        view = await at.shown(signed_in, *(["Signed in as"] if kind == "screens" else ["source region"]))
    assert view.session.principal == ROBOT and view.sign_in.remembered == "environment"


@pytest.mark.parametrize("kind", FACES)
@pytest.mark.parametrize(
    ("client", "secret", "code", "words"),
    [(WRONG, "two", "AADSTS53003", "Conditional Access"), (ROBOT, "wrong", "AADSTS7000215", "secret")],
)
async def test_a_refusal_is_a_card(
    kind: str, client: str, secret: str, code: str, words: str, people: PracticeCloud, start_worker: StartWorker
) -> None:
    async with face(kind, start_worker(people, being(people, client, secret))) as at:
        await at.sign_in("environment")
        view = await at.shown(failed, words, *(["What to do"] if kind == "screens" else []))
    assert view.sign_in.problem is not None and view.sign_in.problem.code == code
    assert view.sign_in.problem.remedy and secret not in re.split("['\"]", repr(view))


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


@pytest.mark.parametrize("kind", FACES)
async def test_a_device_code(kind: str, people: PracticeCloud, start_worker: StartWorker, tmp_path: Path) -> None:
    async with face(kind, start_worker(people, without_principal(people))) as at:
        await at.sign_in("device-code")
        view = await at.shown(
            lambda view: bool(view.sign_in.device_code), "left" if kind == "screens" else "counts for"
        )
        code, spelled = view.sign_in.device_code, " ".join(view.sign_in.device_code)
        await at.shown(lambda _: True, spelled, view.sign_in.device_url)
        await asyncio.to_thread(type_code, people, view.sign_in.device_url, code)
        view = await at.shown(signed_in)
    assert view.session.principal == ADA and view.sign_in.device_code == ""
    for file in (tmp_path / "state").rglob("*"):
        assert not file.is_file() or code.encode() not in file.read_bytes(), file


@pytest.mark.parametrize("kind", FACES)
@pytest.mark.parametrize("way", ["certificate", "workload-identity", "managed-identity"])
async def test_a_way_that_needs_nobody(
    way: str, kind: str, people: PracticeCloud, start_worker: StartWorker, tmp_path: Path
) -> None:
    ident, environ = await asyncio.to_thread(unattended, way, people, tmp_path)
    async with face(kind, start_worker(people, environ)) as at:
        await at.sign_in(ident)
        view = await at.shown(signed_in, *(["Signed in as"] if kind == "screens" else ["source region"]))
    assert view.session.principal == (IDENTITY if way == "managed-identity" else ROBOT)
    assert view.sign_in.remembered == ident


@pytest.mark.parametrize("kind", FACES)
@pytest.mark.parametrize("way", ["certificate", "workload-identity", "managed-identity"])
async def test_a_way_that_needs_nobody_is_refused(
    way: str, kind: str, people: PracticeCloud, start_worker: StartWorker, tmp_path: Path
) -> None:
    ident, environ = await asyncio.to_thread(unattended, way, people, tmp_path, "blocked")
    async with face(kind, start_worker(people, environ)) as at:
        await at.sign_in(ident)
        view = await at.shown(failed, "Conditional Access", *(["What to do"] if kind == "screens" else []))
    assert view.sign_in.problem is not None and view.sign_in.problem.code == "AADSTS53003"
    assert view.sign_in.problem.remedy and view.session.activity == ""


async def test_the_only_identity_of_a_machine(people: PracticeCloud, start_worker: StartWorker) -> None:
    """Without AZURE_CLIENT_ID it is the machine's own (system-assigned) identity."""
    environ = await asyncio.to_thread(with_identity, people)
    client = await start_worker(people, environ, way="managed-identity").connect()
    view = await until(client, signed_in)
    assert view.session.principal == IDENTITY
    await client.close()


@pytest.mark.parametrize("kind", FACES)
async def test_a_session_of_az(kind: str, people: PracticeCloud, start_worker: StartWorker, tmp_path: Path) -> None:
    async with face(kind, start_worker(people, with_az(people, tmp_path))) as at:
        await at.sign_in("cli")
        view = await at.shown(signed_in)
        assert view.session.principal == ROBOT
        if kind == "lines":
            return
        with_az(people, tmp_path, "ERROR: Please run 'az login' to setup account.")
        await at.sign_in("cli")
        view = await at.shown(failed, "cannot work here")
    assert view.sign_in.problem is not None and "az login" in view.sign_in.problem.detail


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
    kind: str, own_people: PracticeCloud, start_worker: StartWorker
) -> None:
    async with face(kind, start_worker(own_people, without_principal(own_people))) as at:
        body = {"error": "expired_token", "error_description": "AADSTS70020: the code ran out."}
        when = {"method": "POST", "path": "**/token", "times": 1}
        rule = {"when": when, "then": {"status": 400, "body": body}}
        await asyncio.to_thread(own_people.control, "POST", "faults", {"faults": [rule]})
        seen: list[str] = []

        def second_code(view: View) -> bool:
            code = view.sign_in.device_code
            if code and code not in seen:
                seen.append(code)
            return len(await_new(own_people)) == 2 and bool(code) and view.sign_in.state == "signing-in"

        await at.sign_in("device-code")
        view = await at.shown(second_code)
        await at.shown(lambda _: True, " ".join(view.sign_in.device_code))
        await asyncio.to_thread(type_code, own_people, view.sign_in.device_url, view.sign_in.device_code)
        await at.shown(signed_in)


def await_new(cloud: PracticeCloud) -> list[str]:
    """The requests for a device code so far."""
    return [entry["path"] for entry in cloud.log() if entry["path"].endswith("/devicecode")]


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
