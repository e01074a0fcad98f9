"""The wizard driven by keys alone, over a real worker and a real practice cloud."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from textual.pilot import Pilot

from asr_tui.app import AsrTuiApp
from asr_tui.console import Options
from asr_tui.launch import session as sessions
from asr_tui.launch.session import Request
from asr_tui.model.step import Step
from asr_tui.session.client import SessionClient
from asr_tui.session.views import View

PATIENCE_SECONDS = 60.0
MOST_TRIES = 5
NOT_YET = "still being computed"


def no_narration(_: str) -> None:
    """The wizard shows on its screen what is being started."""


async def connect(request: Request) -> SessionClient:
    """As the command does it: make sure that all runs, then talk to the worker."""
    paths = await asyncio.to_thread(sessions.ensure, request, no_narration)
    return await SessionClient.connect(paths.socket)


class Hands:
    """Presses keys and looks at the screen."""

    def __init__(self, pilot: Pilot[int], app: AsrTuiApp) -> None:
        self._pilot = pilot
        self.app = app

    @property
    def view(self) -> View:
        """What the app knows of the worker."""
        return self.app.view or View()

    @property
    def screen(self) -> str:
        """The id of the page that is shown."""
        return str(self.app.screen.id)

    async def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        await self._pilot.press(*keys)

    def text(self) -> str:
        """The screen as plain text."""
        strips = self.app.screen._compositor.render_strips(self.app.size)
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    async def until(self, ready: Callable[[View], bool], what: str) -> View:
        """Wait until the app's view is as wanted, and the screen has been drawn since."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not ready(self.view):
            assert time.monotonic() < deadline, f"waited in vain for {what}:\n{self.text()}"
            await self._pilot.pause(0.02)
        await self._pilot.pause()
        return self.view

    async def at(self, screen: str) -> None:
        """Wait until a page is shown."""
        await self.until(lambda _: self.screen == screen, f"the page {screen}")

    async def until_shown(self, words: str) -> None:
        """Wait until the screen shows these words."""
        await self.until(lambda _: words in self.text(), repr(words))


@asynccontextmanager
async def wizard(
    request: Request, size: tuple[int, int] = (100, 30), *, signed_in: bool = True
) -> AsyncIterator[Hands]:
    """The wizard, started and connected; ``signed_in`` False does not wait for that, where somebody may have signed out."""
    app = AsrTuiApp(partial(connect, request), Options())
    async with app.run_test(size=size) as pilot:
        hands = Hands(pilot, app)
        if signed_in:
            await hands.until(lambda view: view.sign_in.state == "signed-in", "the sign-in")
        else:
            await hands.until(lambda view: bool(view.session.worker_pid), "the worker")
        yield hands


def settled(view: View) -> bool:
    """The worker reads and computes nothing at the moment."""
    return view.session.activity == ""


async def choose_regions(hands: Hands) -> None:
    """Step 1, from the welcome page: the first source, and its pair."""
    await hands.until(lambda view: bool(view.architecture.sources) and settled(view), "the estate")
    await hands.press("enter")
    await hands.at("architecture")
    await hands.press("enter")
    await hands.until(lambda view: bool(view.architecture.targets) and settled(view), "the targets")
    await hands.press("enter")
    await hands.until(lambda view: bool(view.plan.target_region) and settled(view), "the regions")


async def look(hands: Hands) -> None:
    """Steps 2 and 3: run the checks, look at the networks."""
    await hands.press("n")
    await hands.at("prerequisites")
    await hands.press("r")
    await hands.until(lambda view: view.prerequisites.state == "done" and settled(view), "the checks")
    await hands.press("n")
    await hands.at("networking")
    await hands.until(lambda view: bool(view.networking.networks), "the networks")


async def make_vault(hands: Hands) -> None:
    """Step 4: a new vault, reviewed and confirmed."""
    await hands.press("n")
    await hands.at("vault")
    await hands.press("v", "ctrl+u", *"rsv-dr", "tab", "ctrl+u", *"rg-dr", "tab", "tab", "enter")
    await hands.until(lambda view: bool(view.plan.vault.name), "the vault's name")
    await carry_out(hands, Step.VAULT)
    await hands.until(lambda view: view.vault.state == "ready" and settled(view), "the vault")


async def carry_out(hands: Hands, step: Step) -> None:
    """Review what is planned in ``step``, and confirm it: the safe answer has the focus, so it takes one key more."""

    def listed(view: View) -> bool:
        review = view.review
        return review.scope is step and bool(review.digest) and not review.confirmed and settled(view)

    await hands.press("w")
    question = "Carry out these changes?"
    for _ in range(MOST_TRIES):  # what was just read may make the list out of date; the page says so, and makes it anew
        await hands.until(listed, "the list of changes")
        await hands.press("c")
        await hands.until(lambda _: question in hands.text() or NOT_YET in hands.text(), "an answer to c")
        if question in hands.text():
            break
    await hands.until_shown(question)
    await hands.press("tab", "enter")
    await hands.until(lambda view: view.review.scope is step and view.review.confirmed, "the confirmation")


async def enable(hands: Hands) -> None:
    """Step 5: select all that can be selected, review, confirm, wait for protection."""
    await choose_vms(hands)
    await carry_out(hands, Step.REPLICATION)
    await hands.until(all_protected, "protection")


async def choose_vms(hands: Hands) -> None:
    """Step 5: select all that can be selected."""
    await hands.press("n")
    await hands.at("replication")
    await hands.until(lambda view: view.prerequisites.state == "done" and settled(view), "the checks")
    await hands.press("a")
    await hands.until(lambda view: bool(view.plan.vms), "the selection")


def all_protected(view: View) -> bool:
    """Whether every VM of the plan is protected."""
    protected = {row.vm_id.lower() for row in view.replication.items if row.milestone == "protected"}
    return bool(view.plan.vms) and {vm.lower() for vm in view.plan.vms} <= protected


async def rehearse(hands: Hands) -> None:
    """Step 6: test failover of everything, cleanup with notes, the summary."""
    await run_drill(hands)
    await clean_up(hands)


async def run_drill(hands: Hands) -> None:
    """Step 6 until the test VMs are up."""
    await hands.press("6")
    await hands.at("test-failover")
    await hands.until(lambda view: any(row.selected for row in view.drill.rows) and settled(view), "the drill's VMs")
    await hands.press("s")
    await hands.until_shown("Start the test failover of")
    await hands.press("tab", "enter")
    await hands.until(lambda view: view.drill.state == "waiting", "the test VMs")


async def clean_up(hands: Hands) -> None:
    """Step 6 from there: clean up with notes, then the summary."""
    await hands.press("c", *"all good", "enter", "enter")
    await hands.until(lambda view: view.drill.state == "done", "the cleanup")
    await hands.press("f")
    await hands.at("finish")
