"""Each way in, end to end against the emulator's Entra ID: refused, let in, expired and revoked mid-run, at both faces at once.

A way is walked once, with the wizard and a line-by-line face on the same worker. What was proven at which face is noted, and
the test of a way has passed only where nothing of the matrix is missing.
"""

from __future__ import annotations

import asyncio
from itertools import product
from pathlib import Path

import pytest

from asr_tui.azure import credentials
from asr_tui.model.step import Step
from asr_tui.session import intents
from asr_tui.session.client import SessionClient
from asr_tui.session.views import View
from asr_tui.workers.signing_in import LAPSED
from tests.practice import SPEED, PracticeCloud, until
from tests.sign_in.conftest import StartWorker
from tests.sign_in.faces import Lines, Screens, face
from tests.sign_in.matrix import FACES, OUTCOMES, WAYS_IN, WayIn
from tests.sign_in.people import type_code
from tests.sign_in.runs import prove_clean
from tests.walking import architecture, eligible, prerequisites, review, send, vault

SLOW = 15
"""So many times as fast as Azure: the run takes a minute, if nobody makes the clock go faster."""
QUESTIONS = ("does not hold any more", "sign in again", "to sign in, open")
SHORT_SECONDS, USUAL_SECONDS = 1, 3599


def test_no_way_is_left_out() -> None:
    assert {way.option for way in WAYS_IN} == set(credentials.WAYS)


@pytest.mark.parametrize("way", WAYS_IN, ids=[way.name for way in WAYS_IN])
async def test_a_way_in(way: WayIn, own_people: PracticeCloud, start_worker: StartWorker, tmp_path: Path) -> None:
    worker = start_worker(own_people, await asyncio.to_thread(way.environ, own_people, tmp_path))
    client = await worker.connect("pen")
    async with face("screens", worker) as screens, face("lines", worker) as lines:
        assert isinstance(screens, Screens) and isinstance(lines, Lines)
        row = Row(way, own_people, client, screens, lines)
        await row.is_refused()
        await row.lets_in()
        await row.begin_run()
        await row.is_revoked()
        await row.expires()
        await row.end_run()
    assert row.proven == set(product(OUTCOMES, FACES))
    await client.close()


class Row:
    """One row of the matrix under test. ``proven``: outcome and face of what has been seen so far."""

    def __init__(self, way: WayIn, cloud: PracticeCloud, client: SessionClient, screens: Screens, lines: Lines) -> None:
        self.way = way
        self.proven: set[tuple[str, str]] = set()
        self._cloud = cloud
        self._client = client
        self._screens = screens
        self._lines = lines

    async def is_refused(self) -> None:
        """A card at each face: what it means, and what to do."""
        await self._change(refused="53003")
        for at in (self._screens, self._lines):
            await at.sign_in(self.way.option)
            await self._type_code()
            view = await at.shown(_failed, "Conditional Access", *(["What to do"] if at is self._screens else []))
            assert view.sign_in.problem is not None and view.sign_in.problem.code == "AADSTS53003"
            assert view.sign_in.problem.remedy and view.session.principal == ""
            self._note("refusal", at)
        assert await self._lines.ended() == 1
        await self._change(refused="")

    async def lets_in(self) -> None:
        """The walk in lines signs in by itself, the wizard by keys."""
        await self._lines.sign_in(self.way.option)
        await self._type_code()
        view = await self._lines.shown(_signed_in, "source region")
        assert await self._lines.ended() == 0
        assert view.session.principal == self.way.shown_as and view.sign_in.remembered == self.way.option
        self._note("success", self._lines)
        await self._screens.take_pen()
        await self._screens.hands.press("7", "x")
        await self._screens.hands.until(lambda view: view.sign_in.state == "signed-out", "the sign-out")
        await self._screens.sign_in(self.way.option)
        await self._type_code()
        view = await self._screens.shown(_signed_in, "Signed in as")
        assert view.session.principal == self.way.shown_as
        self._note("success", self._screens)

    async def begin_run(self) -> None:
        """A run that writes, followed at both faces."""
        await until(self._client, lambda view: bool(view.session.subscription_id))
        await send(self._client, intents.TakePen())
        await architecture(self._client)
        await prerequisites(self._client)
        await vault(self._client)
        await send(self._client, intents.SelectVms(vm_ids=eligible(self._client.view)))
        view = await review(self._client, Step.REPLICATION)
        await self._control("clock", {"speed": SLOW})
        self._lines.watch()
        await send(self._client, intents.ConfirmReview(digest=view.review.digest))
        await until(self._client, lambda view: any(one.state == "running" for one in view.operations))

    async def is_revoked(self) -> None:
        """The claims challenge is answered by itself, or somebody is asked and the run goes on then."""
        await until(self._client, _goes_on)
        # az has tokens for others only as long as its own sign-in holds, which is revoked together with them.
        await self._change(token_seconds=SHORT_SECONDS, refused="50173" if self.way.option == "cli" else "")
        await self._control("revoke", {"principal": self.way.principal})
        if self.way.asks:
            await self._is_asked("revocation")
        else:
            while not await self._met_challenge():
                await self._read()
            await self._stays_quiet()
            for at in (self._screens, self._lines):
                self._note("revocation", at)

    async def expires(self) -> None:
        """Tokens that run out are renewed and nobody notices; what cannot be renewed is asked for."""
        before = await self._tokens()
        while await self._tokens() < before + 2:
            await self._read()
        await self._stays_quiet()
        await self._change(refused=self.way.expired)
        await self._is_asked("expiry")

    async def end_run(self) -> None:
        """As if nothing had been: each write was sent once, and nothing is left of the question."""
        await self._control("clock", {"speed": SPEED})
        await prove_clean(self._cloud, self._client)

    async def _is_asked(self, outcome: str) -> None:
        """Both faces say so, the run waits, and goes on after the sign-in."""
        while not self._client.view.sign_in.renewing:
            await self._read()
        view = self._client.view
        assert LAPSED in [one.code for one in view.problems]
        by_code = self.way.option == "device-code"
        if by_code:
            words = [" ".join(view.sign_in.device_code)]
            assert view.sign_in.device_code not in "".join(one.sentence() for one in view.problems)
        else:
            words = []
            assert view.sign_in.problem is not None and view.sign_in.problem.remedy
            if outcome == "expiry":
                assert view.sign_in.problem.code == f"AADSTS{self.way.expired}"
        await self._screens.shown(_any, *words, "has to be renewed" if by_code else "does not hold any more")
        self._note(outcome, self._screens)
        await self._lines.shown(_any, *words, "sign in again" if by_code else "does not hold any more")
        self._note(outcome, self._lines)
        await self._change(refused="", token_seconds=SHORT_SECONDS if outcome == "revocation" else USUAL_SECONDS)
        if not by_code:
            await self._screens.sign_in(self.way.option)
        await self._type_code()
        await until(self._client, _goes_on)
        self._lines.watch()

    async def _stays_quiet(self) -> None:
        """Neither face has said anything since somebody was asked last."""
        await self._client.refresh()
        assert _goes_on(self._client.view)
        await self._screens.shown(_signed_in, "Signed in as")
        told = self._lines.told.getvalue().lower()
        assert "replication: running" in told and not [words for words in QUESTIONS if words in told]

    async def _read(self) -> None:
        """Have something asked of Azure beside the run, whose own questions may be seconds apart."""
        if self._client.view.session.activity == "":
            await send(self._client, intents.TakePen())
            await self._client.send(intents.ReadEstate())
        await self._client.refresh(0.1)

    async def _type_code(self) -> None:
        """Somebody types the code in a browser, where the way in is by code."""
        if self.way.option == "device-code":
            view = await until(self._client, lambda view: bool(view.sign_in.device_code))
            await asyncio.to_thread(type_code, self._cloud, view.sign_in.device_url, view.sign_in.device_code)
            await until(self._client, lambda view: not view.sign_in.device_code)

    async def _tokens(self) -> int:
        log = await asyncio.to_thread(self._cloud.log)
        return sum(entry["path"].endswith("/token") and entry["status"] == 200 for entry in log)

    async def _met_challenge(self) -> bool:
        return 401 in [entry["status"] for entry in await asyncio.to_thread(self._cloud.log)]

    async def _change(self, **wanted: object) -> None:
        await self._control("principal", {"principal": self.way.principal, **wanted})

    async def _control(self, path: str, body: object) -> None:
        await asyncio.to_thread(self._cloud.control, "POST", path, body)

    def _note(self, outcome: str, at: Screens | Lines) -> None:
        self.proven.add((outcome, "screens" if at is self._screens else "lines"))


def _any(_: View) -> bool:
    return True


def _signed_in(view: View) -> bool:
    return view.sign_in.state == "signed-in"


def _goes_on(view: View) -> bool:
    return _signed_in(view) and view.run.state == "running" and LAPSED not in [one.code for one in view.problems]


def _failed(view: View) -> bool:
    return view.sign_in.state == "failed"
