"""The two faces at a sign-in: the screens driven by keys, and the walk line by line. Each says what it shows."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

from asr_tui.app import AsrTuiApp
from asr_tui.console import Options
from asr_tui.model.step import Step
from asr_tui.plain import runs
from asr_tui.plain.events import LineWriter
from asr_tui.plain.walk import Wishes
from asr_tui.session.client import SessionClient
from asr_tui.session.intents import TakePen
from asr_tui.session.views import View
from tests.journeys.wizard import Hands
from tests.practice import PATIENCE_SECONDS, ThreadWorker, until


class Face(Protocol):
    """A face at which somebody signs in."""

    async def sign_in(self, way: str) -> None:
        """Begin to sign in by ``way``."""

    async def shown(self, ready: Callable[[View], bool], *words: str) -> View:
        """Wait until the worker's view is as wanted, and the face shows these words."""


class Screens:
    """The wizard at its sign-in page."""

    def __init__(self, hands: Hands) -> None:
        self.hands = hands

    async def sign_in(self, way: str) -> None:
        await self.take_pen()
        await self.hands.press("7")
        await self.hands.at("sign-in")
        view = await self.hands.until(lambda view: bool(view.sign_in.ways), "the ways in")
        await self.hands.press("home", *["down"] * [row.id for row in view.sign_in.ways].index(way), "enter")

    async def take_pen(self) -> None:
        """Take it over from whatever face has it."""
        await self.hands.until(lambda view: view.session.pen is not None, "the pen")
        if not self._has_pen(self.hands.view):
            await self.hands.press("ctrl+g")
            await self.hands.until(self._has_pen, "the pen")

    def _has_pen(self, view: View) -> bool:
        return view.session.pen is not None and view.session.pen.client_id == "screens"

    async def shown(self, ready: Callable[[View], bool], *words: str) -> View:
        view = await self.hands.until(ready, "the sign-in")
        await self.hands.press("7")
        for word in words:
            await self.hands.until_shown(word)
        return view


class Lines:
    """The walk in lines, up to step 1."""

    def __init__(self, worker: ThreadWorker, observer: SessionClient) -> None:
        self._worker = worker
        self._observer = observer
        self.told = io.StringIO()
        self.walking: asyncio.Task[int] | None = None

    async def sign_in(self, way: str) -> None:
        writer = self._afresh()
        wishes = Wishes(way=way, until=Step.ARCHITECTURE)
        self.walking = asyncio.create_task(
            runs.unattended(self._connect, lambda: (True, ""), writer, wishes, "default")
        )

    async def _connect(self) -> SessionClient:
        link = await self._worker.connect("lines")
        await link.send(TakePen())
        return link

    async def ended(self) -> int:
        """The exit status of the walk, once it is over."""
        assert self.walking is not None
        return await self.walking

    def watch(self) -> None:
        """Follow the session, as ``asr-tui watch`` does."""
        writer = self._afresh()
        connect = partial(self._worker.connect, "lines", writes=False)
        self.walking = asyncio.create_task(runs.watch(connect, writer, False))

    def _afresh(self) -> LineWriter:
        """A line-by-line face that has told nothing yet; the one before it leaves."""
        if self.walking is not None:
            self.walking.cancel()
        self.told = io.StringIO()
        return LineWriter(self.told, self.told)

    async def shown(self, ready: Callable[[View], bool], *words: str) -> View:
        view = await until(self._observer, ready)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not all(word in self.told.getvalue() for word in words):
                await self._observer.refresh(0.05)
        return view


@asynccontextmanager
async def face(kind: str, worker: ThreadWorker) -> AsyncIterator[Face]:
    """``screens`` or ``lines``, over a worker."""
    if kind == "screens":
        app = AsrTuiApp(partial(worker.connect, "screens"), Options())
        async with app.run_test(size=(100, 30)) as pilot:
            yield Screens(Hands(pilot, app))
        return
    observer = await worker.connect("observer", writes=False)
    lines = Lines(worker, observer)
    try:
        yield lines
    finally:
        if lines.walking is not None:
            lines.walking.cancel()
            await asyncio.gather(lines.walking, return_exceptions=True)
        await observer.close()
