"""A sign-in that ends while a run writes: the engineer is asked, what runs goes on, and the run ends as if nothing had been."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from asr_tui.model.step import Step
from asr_tui.session import intents
from asr_tui.session.client import SessionClient
from asr_tui.session.views import View
from asr_tui.workers.signing_in import LAPSED
from tests.practice import SPEED, PracticeCloud, until
from tests.sign_in.conftest import StartWorker
from tests.sign_in.faces import Lines, face
from tests.sign_in.people import ADA, ROBOT, being, refuse_tokens, type_code, unattended, with_az, without_principal
from tests.walking import architecture, at_rest, prerequisites, review, run, send


async def begun(client: SessionClient) -> None:
    """Steps 1 to 4 up to a confirmed review."""
    await architecture(client)
    await prerequisites(client)
    await send(client, intents.ChooseVault())
    view = await review(client, Step.VAULT)
    assert not view.review.blockers
    await send(client, intents.ConfirmReview(digest=view.review.digest))


async def first_write(cloud: PracticeCloud, client: SessionClient) -> None:
    """Wait until a write has reached Azure."""
    while not await asyncio.to_thread(arm_writes, cloud):
        await client.refresh(0.05)


def arm_writes(cloud: PracticeCloud) -> list[tuple[str, str]]:
    """What was written, method and path, oldest first; requests that were refused for their token do not count."""
    return [
        (entry["method"], entry["path"])
        for entry in cloud.writes()
        if entry["path"].startswith("/subscriptions") and entry["status"] != 401
    ]


def finished(view: View) -> bool:
    return view.run.state == "finished"


async def prove_clean(cloud: PracticeCloud, client: SessionClient) -> None:
    """The run ended well, nothing was written twice, and nothing is left of the question."""
    view = await until(client, finished)
    assert {row.state for row in view.review.changes} <= {"done", "reused", "adopted", "planned"}
    assert view.sign_in.state == "signed-in" and not [one for one in view.problems if one.code == LAPSED]
    assert set(Counter(await asyncio.to_thread(arm_writes, cloud)).values()) == {1}


async def signed_in_by_code(cloud: PracticeCloud, client: SessionClient) -> None:
    await send(client, intents.SignIn(way="device-code"))
    view = await until(client, lambda view: bool(view.sign_in.device_code))
    await asyncio.to_thread(type_code, cloud, view.sign_in.device_url, view.sign_in.device_code)
    await until(client, lambda view: bool(view.session.subscription_id))


@pytest.mark.parametrize("kind", ["screens", "lines"])
async def test_a_person_is_revoked(kind: str, own_people: PracticeCloud, start_worker: StartWorker) -> None:
    worker = start_worker(own_people, without_principal(own_people))
    client = await worker.connect("pen")
    await signed_in_by_code(own_people, client)
    await asyncio.to_thread(own_people.control, "POST", "clock", {"speed": 20})  # the run must not be over by then
    await begun(client)
    async with face(kind, worker) as at:
        if isinstance(at, Lines):
            at.watch()
        await first_write(own_people, client)
        await asyncio.to_thread(own_people.control, "POST", "revoke", {"principal": ADA})
        view = await until(client, lambda view: view.sign_in.renewing and bool(view.sign_in.device_code))
        assert [one.code for one in view.problems] == [LAPSED] and view.run.state == "running"
        assert view.sign_in.device_code not in "".join(one.sentence() for one in view.problems)
        await at.shown(
            lambda _: True,
            " ".join(view.sign_in.device_code),
            "sign in again" if kind == "lines" else "has to be renewed",
        )
        await asyncio.to_thread(type_code, own_people, view.sign_in.device_url, view.sign_in.device_code)
        await asyncio.to_thread(own_people.control, "POST", "clock", {"speed": SPEED})
        await prove_clean(own_people, client)
    await client.close()


async def test_the_sign_in_frequency_is_over(own_people: PracticeCloud, start_worker: StartWorker) -> None:
    """The refresh token is refused once (AADSTS70043), at the next claims challenge: a new code is shown at once."""
    client = await start_worker(own_people, without_principal(own_people)).connect()
    await signed_in_by_code(own_people, client)
    await begun(client)
    await first_write(own_people, client)
    await asyncio.to_thread(refuse_tokens, own_people, "70043", 1)
    await asyncio.to_thread(own_people.control, "POST", "revoke", {"principal": ADA})
    view = await until(client, lambda view: view.sign_in.renewing and bool(view.sign_in.device_code))
    await asyncio.to_thread(type_code, own_people, view.sign_in.device_url, view.sign_in.device_code)
    await prove_clean(own_people, client)
    await client.close()


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        ("secret", "lines"),
        ("certificate", "screens"),
        ("workload-identity", "lines"),
        ("managed-identity", "screens"),
        ("managed-identity", "lines"),
    ],
)
async def test_who_needs_nobody_is_revoked(
    way: str, kind: str, own_people: PracticeCloud, start_worker: StartWorker, tmp_path: Path
) -> None:
    """The challenge is answered with a fresh token; nobody is asked, and no face says that anything happened."""
    ident, environ = await asyncio.to_thread(unattended, way, own_people, tmp_path)
    worker = start_worker(own_people, environ, way=ident)
    client = await worker.connect("pen")
    await until(client, lambda view: bool(view.session.subscription_id))
    await begun(client)
    async with face(kind, worker) as at:
        if isinstance(at, Lines):
            at.watch()
        await first_write(own_people, client)
        principal = "identity" if way == "managed-identity" else "robot"
        await asyncio.to_thread(own_people.control, "POST", "revoke", {"principal": principal})
        await prove_clean(own_people, client)
        # Where the run was through before the revocation came, the next read is what meets the challenge.
        await send(client, intents.ReadEstate())
        await at_rest(client)
        view = await at.shown(finished, *(["Signed in as"] if kind == "screens" else ["vault"]))
    assert not view.problems and not any("sign in again" in line.message for line in view.log)
    assert 401 in [entry["status"] for entry in await asyncio.to_thread(own_people.log)]
    await client.close()


@pytest.mark.parametrize("way", ["secret", "certificate", "workload-identity", "managed-identity"])
async def test_tokens_run_out_and_are_renewed(
    way: str, own_people: PracticeCloud, start_worker: StartWorker, tmp_path: Path
) -> None:
    """Tokens of ten seconds, which is too short to be kept: whatever is asked for later needs another one, and nobody is
    asked for it."""
    ident, environ = await asyncio.to_thread(unattended, way, own_people, tmp_path, "short")
    client = await start_worker(own_people, environ, way=ident).connect()
    await until(client, lambda view: bool(view.session.subscription_id))
    await begun(client)
    await prove_clean(own_people, client)
    while sum(entry["path"].endswith("/token") for entry in await asyncio.to_thread(own_people.log)) < 3:
        await send(client, intents.ReadEstate())
        view = await at_rest(client)
        assert view.sign_in.state == "signed-in" and not view.problems
    await client.close()


async def test_a_secret_expires(own_people: PracticeCloud, start_worker: StartWorker) -> None:
    """The run waits, every page says so, and once somebody has signed in it goes on by itself."""
    client = await start_worker(own_people, being(own_people, ROBOT, "one"), way="environment").connect()
    await until(client, lambda view: bool(view.session.subscription_id))
    await begun(client)
    await first_write(own_people, client)
    await asyncio.to_thread(refuse_tokens, own_people, "7000222")
    await asyncio.to_thread(own_people.control, "POST", "revoke", {"principal": "robot"})
    view = await until(client, lambda view: view.run.state == "paused" and view.sign_in.state == "failed")
    assert view.sign_in.renewing and view.sign_in.problem is not None
    assert view.sign_in.problem.code == "AADSTS7000222" and view.sign_in.problem.remedy
    assert LAPSED in [one.code for one in view.problems]
    await asyncio.to_thread(own_people.control, "DELETE", "faults")
    await send(client, intents.SignIn(way="environment"))
    await prove_clean(own_people, client)
    await client.close()


async def test_az_wants_a_new_login(own_people: PracticeCloud, start_worker: StartWorker, tmp_path: Path) -> None:
    """az cannot answer a claims challenge by itself: the run waits until somebody has logged in there."""
    client = await start_worker(own_people, with_az(own_people, tmp_path)).connect()
    await until(client, lambda view: bool(view.sign_in.ways))
    await send(client, intents.SignIn(way="cli"))
    await until(client, lambda view: bool(view.session.subscription_id))
    await begun(client)
    await first_write(own_people, client)
    await asyncio.to_thread(own_people.control, "POST", "revoke", {"principal": "robot"})
    view = await until(client, lambda view: view.run.state == "paused" and view.sign_in.state == "failed")
    assert view.sign_in.problem is not None and "az login" in view.sign_in.problem.detail
    await send(client, intents.SignIn(way="cli"))
    await prove_clean(own_people, client)
    await client.close()


async def test_another_sign_in_mid_run(own_people: PracticeCloud, start_worker: StartWorker) -> None:
    """Signing in anew while a run writes: what was asked for with the old sign-in is asked for again with the new one."""
    client = await start_worker(own_people, being(own_people, ROBOT, "one"), way="environment").connect()
    await until(client, lambda view: bool(view.session.subscription_id))
    await begun(client)
    await first_write(own_people, client)
    await send(client, intents.SignIn(way="environment"))
    await prove_clean(own_people, client)
    await at_rest(client)
    view = await run(client, Step.VAULT)
    assert view.run.state == "finished"
    await client.close()
