"""Random keys over all screens on the practice cloud: no exception, no dead end, and no write that was not confirmed.

``make mash`` presses ten thousand; in ``make test`` it is fewer, so that all of it stays quick.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from asr_tui.app import AsrTuiApp
from asr_tui.launch import session as sessions
from asr_tui.launch.request import Request
from screens.frame import StepScreen
from screens.widgets.dialogs import Confirm
from tests.journeys.installed import Cloud
from tests.journeys.wizard import wizard
from tests.screens.harness import type_fast
from tests.screens.test_mashing import KEYS, NAMES

KEYS_A_SESSION = 250
SESSIONS = max(2, int(os.environ.get("ASR_TUI_MASH_CLOUD", "500")) // KEYS_A_SESSION)
ALWAYS_ASKED = ("Carry out", "Start the test failover", "Clean up")

pytestmark = pytest.mark.timeout(3600)


@pytest.fixture(autouse=True)
def home(own_state: Path) -> Path:
    """The wizard runs in this process."""
    return own_state


def test_ten_thousand_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    request = Request(cloud="practice", estate="starter", speed=600)
    confirmed: list[str] = []
    agree = Confirm._agree

    def noted(self: Confirm) -> None:
        confirmed.append(self._heading)
        agree(self)

    def stays(app: AsrTuiApp) -> None:
        """Leaving is tried elsewhere: here the dialog that asks for it closes."""
        if len(app.screen_stack) > 1:
            app.pop_screen()

    monkeypatch.setattr(Confirm, "_agree", noted)
    monkeypatch.setattr(AsrTuiApp, "leave", stays)
    pressed = 0

    # Each session finds the worker as the one before left it, so a failure cannot be made smaller by pressing less.
    @settings(
        max_examples=SESSIONS,
        deadline=None,
        derandomize=SESSIONS <= 2,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(st.sampled_from(KEYS), min_size=KEYS_A_SESSION, max_size=KEYS_A_SESSION))
    def mash(keys: list[str]) -> None:
        nonlocal pressed
        asyncio.run(_session(request, keys))
        pressed += len(keys)

    mash()
    assert pressed >= SESSIONS * KEYS_A_SESSION
    writes = Cloud(sessions.paths_of(request).directory).writes()
    if not any(heading.startswith(ALWAYS_ASKED) for heading in confirmed):
        assert writes == []
    print(f"\n{pressed:,} keys in {SESSIONS} sessions; asked and confirmed: {len(confirmed)}; writes: {len(writes)}")


async def _session(request: Request, keys: list[str]) -> None:
    async with wizard(request, (80, 24), signed_in=False) as hands:
        pilot = hands._pilot
        if hands.view.sign_in.state == "signed-out":  # by the keys of the session before
            await type_fast(pilot, "7", "enter")
        for key in keys:
            await type_fast(pilot, NAMES.get(key, key))
        for _attempt in range(12):  # from wherever it ended there is a way out by Esc
            await type_fast(pilot, "escape")
        assert len(hands.app.screen_stack) == 1
        assert isinstance(hands.app.screen, StepScreen)
        await type_fast(pilot, "3")
        assert cast(StepScreen, hands.app.screen).id == "networking"
