"""The application on a terminal of a given size, over a session in memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from textual import events
from textual.pilot import Pilot

from asr_tui.app import AsrTuiApp
from asr_tui.console import Options
from tests.screens.memory_session import MemorySession

PATIENCE_SECONDS = 60.0

Wizard = Callable[..., AbstractAsyncContextManager[Pilot[int]]]


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same terminal for every test, wherever it runs."""
    for name in ("NO_COLOR", "COLORTERM", "TMUX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("TZ", "UTC")


def make_app(session: MemorySession, **options: object) -> AsrTuiApp:
    """The application over ``session``."""

    async def connect() -> MemorySession:
        return session

    return AsrTuiApp(connect, Options(**options))  # type: ignore[arg-type]


@pytest.fixture
def wizard() -> Wizard:
    """``async with wizard(session, size) as pilot``: started, connected, first view shown."""

    @asynccontextmanager
    async def started(
        session: MemorySession, size: tuple[int, int] = (80, 24), **options: object
    ) -> AsyncIterator[Pilot[int]]:
        app = make_app(session, **options)
        async with app.run_test(size=size) as pilot:
            while app.view is None:
                await pilot.pause()
            await pilot.pause()
            yield pilot

    return started


async def type_fast(pilot: Pilot[int], *keys: str) -> None:
    """Press keys one after the other, waiting only until each is dealt with: many times faster than ``pilot.press``."""
    for key in keys:
        character = key if len(key) == 1 else {"space": " ", "slash": "/", "colon": ":", "plus": "+"}.get(key)
        pilot.app.post_message(events.Key(key, character))
        dealt_with = asyncio.Event()
        pilot.app.call_later(dealt_with.set)
        await dealt_with.wait()


async def until(pilot: Pilot[int], holds: Callable[[], bool], what: str = "a state") -> None:
    """Wait until ``holds``: a busy machine draws late, so a look right after a key may come too early."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for {what}:\n{text_of(pilot)}"
        await pilot.pause(0.02)


async def until_shown(pilot: Pilot[int], *words: str) -> str:
    """Wait until the screen shows all of ``words``; what it shows then."""
    await until(pilot, lambda: all(one in text_of(pilot) for one in words), repr(words))
    return text_of(pilot)


async def until_gone(pilot: Pilot[int], words: str) -> None:
    """Wait until the screen no longer shows ``words``."""
    await until(pilot, lambda: words not in text_of(pilot), f"no {words!r}")


def text_of(pilot: Pilot[int]) -> str:
    """What the screen shows, as plain text, one line a row."""
    strips = pilot.app.screen._compositor.render_strips(pilot.app.size)
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)
