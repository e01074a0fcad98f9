"""Every page in every state in every look: each cell's character and style, as a fingerprint.

What a fingerprint stands for is drawn by ``make screens``; when one changes, look at the picture of that name before it is
taken over (``pytest tests/screens/test_looks.py --snapshot-update``).
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screens import views_fixture as views
from tests.screens.harness import make_app, type_fast, until
from tests.screens.memory_session import MemorySession
from tests.screens.pages import LOOKS, PAGES, SIZES, view_of


@pytest.fixture(autouse=True)
def local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times are shown in local time: here that is UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def fingerprint(pilot: Pilot[int]) -> str:
    """Of all characters with their styles."""
    strips = pilot.app.screen._compositor.render_strips(pilot.app.size)
    cells = [[(part.text, str(part.style)) for part in strip.simplify()] for strip in strips]
    return hashlib.sha256(repr(cells).encode()).hexdigest()[:12]


async def drawn(pilot: Pilot[int]) -> str:
    """The fingerprint once nothing changes any more: a busy machine lays out in several goes."""
    last = ""
    while (now := fingerprint(pilot)) != last:
        last = now
        await pilot.pause()
    return now


@pytest.mark.parametrize("look", [look for look in LOOKS if look != "terminal"])
@pytest.mark.parametrize("state", views.STATES)
async def test_every_page_in_every_look(snapshot: Any, monkeypatch: pytest.MonkeyPatch, state: str, look: str) -> None:
    if look == "no-colour":
        monkeypatch.setenv("NO_COLOR", "1")
    app = make_app(
        MemorySession(view_of(state)),
        theme=look if look in {"light", "contrast"} else "calm",
        ascii=look == "ascii",
    )
    told = []
    async with app.run_test(size=SIZES["80x24"]) as pilot:
        await until(pilot, lambda: app.view is not None)
        for page, keys in PAGES.items():
            await type_fast(pilot, *keys.split())
            await until(pilot, lambda page=page: app.screen.id == page)  # type: ignore[misc]
            await pilot.pause()
            told.append(f"{page} {await drawn(pilot)}")
    assert told == snapshot
