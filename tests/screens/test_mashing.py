"""Random keys over all screens: no exception, no dead end, and no write without the review's confirmation."""

from __future__ import annotations

import os
import random

import pytest
from textual.pilot import Pilot

from asr_tui.app import AsrTuiApp
from asr_tui.model.step import Step
from asr_tui.session import intents
from asr_tui.session.views import View
from screens.frame import StepScreen
from screens.review import ReviewDialog
from screens.widgets.dialogs import Confirm
from tests.screens import views_fixture as views
from tests.screens.harness import Wizard, type_fast
from tests.screens.memory_session import MemorySession

KEYS = [
    *"12345678nbrowtpsckxdvfzyea+?:/jg0",
    *("up", "down", "pageup", "pagedown", "home", "end", "tab", "shift+tab", "enter", "enter", "escape", "escape"),
    *("space", "backspace", "ctrl+t", "ctrl+l", "ctrl+right", "ctrl+left", "ctrl+u", "left", "right", "f1", "f4", "delete"),
]  # fmt: skip
NAMES = {"+": "plus", "?": "question_mark", ":": "colon", "/": "slash"}
ROUNDS = int(os.environ.get("ASR_TUI_MASH", "150"))
"""Keys in each of the eight sessions."""
WRITES = (intents.ConfirmReview, intents.StartDrill, intents.CleanUpDrill)


def react(view: View, intent: intents.Intent) -> View:
    """As far as the worker would go: a review appears when it is asked for, and a new state now and then."""
    if isinstance(intent, intents.PrepareReview):
        return view.model_copy(update={"review": views.review(Step(intent.step))})
    if isinstance(intent, intents.ConfirmReview):
        return views.running()
    if isinstance(intent, intents.StartDrill):
        return view.model_copy(update={"drill": views.drill("waiting")})
    if isinstance(intent, intents.CleanUpDrill):
        return view.model_copy(update={"drill": views.drill("done")})
    if isinstance(intent, intents.SelectVms):
        chosen = set(intent.vm_ids)
        return view.model_copy(
            update={"vms": tuple(vm.model_copy(update={"selected": vm.id in chosen}) for vm in view.vms)}
        )
    return view


class Watched(MemorySession):
    """Notes, with each write, which questions had been answered before it."""

    def __init__(self, view: View) -> None:
        super().__init__(view, react)
        self.writes: list[str] = []


async def press(pilot: Pilot[int], key: str) -> None:
    await type_fast(pilot, NAMES.get(key, key))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_random_keys(wizard: Wizard, seed: int, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(f"{seed}{size}")
    session = Watched(list(views.STATES.values())[seed + 2]())
    confirmed: list[str] = []
    agree = Confirm._agree

    def noted(self: Confirm) -> None:
        confirmed.append(self._heading)
        agree(self)

    monkeypatch.setattr(Confirm, "_agree", noted)
    async with wizard(session, size=size) as pilot:
        app = pilot.app
        assert isinstance(app, AsrTuiApp)
        app.leave = lambda: app.screen.dismiss() if len(app.screen_stack) > 1 else None  # type: ignore[method-assign, return-value]
        for number in range(ROUNDS):
            await press(pilot, chance.choice(KEYS))
            if number % 50 == 49:
                session.show(chance.choice(list(views.STATES.values()))())
        for _attempt in range(12):  # from wherever it ended there is a way out by Esc
            await press(pilot, "escape")
        assert len(app.screen_stack) == 1
        assert isinstance(app.screen, StepScreen)
        await pilot.press("3")
        assert app.screen.id == "networking"
    carried_out = [intent for intent in session.sent if isinstance(intent, intents.ConfirmReview)]
    started = [intent for intent in session.sent if isinstance(intent, intents.StartDrill)]
    assert len(carried_out) <= sum("Carry out" in heading for heading in confirmed)
    assert len(started) <= sum("Start the test failover" in heading for heading in confirmed)


async def test_the_review_is_the_only_way_to_write(wizard: Wizard) -> None:
    """Every key there is, on every page, each once: nothing is carried out."""
    session = Watched(views.ready())
    async with wizard(session) as pilot:
        for page in "12345678":
            for key in KEYS:
                if key in {"enter", "tab", "shift+tab", *"12345678nb", "ctrl+right", "ctrl+left", "space"}:
                    continue
                await press(pilot, key)
                while len(pilot.app.screen_stack) > 1 and not isinstance(pilot.app.screen, ReviewDialog):
                    await press(pilot, "escape")
                while len(pilot.app.screen_stack) > 1:
                    await press(pilot, "escape")
            await press(pilot, page)
    assert not any(isinstance(intent, WRITES) for intent in session.sent)
