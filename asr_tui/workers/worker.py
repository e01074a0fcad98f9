"""The worker as a whole: takes the session's lock, serves faces at once, loads the Azure side meanwhile, and ends cleanly."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asr_tui.model.problem import Problem
from asr_tui.session.intents import Answer, Intent
from asr_tui.session.paths import SessionPaths, prepare_directory
from asr_tui.session.protocol import Hello
from asr_tui.session.views import SessionView
from asr_tui.workers.feed import Feed
from asr_tui.workers.journal import Journal
from asr_tui.workers.lifecycle import IdleWatch, SessionLock, start_log
from asr_tui.workers.pen import Desk
from asr_tui.workers.plan_file import PlanFile
from asr_tui.workers.server import Server

IDLE_SECONDS = 600.0
"""Without a face and without work the worker ends after this long."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """How a worker is started. ``idle_seconds`` 0: it never ends by itself. ``plan`` is a file to begin with.

    ``keep_sign_in``: a sign-in by device code goes to the system's encrypted store, where it has one.
    """

    session: str
    paths: SessionPaths
    cloud: str = "public"
    way: str = ""
    tenant: str = ""
    subscription: str = ""
    plan: str = ""
    idle_seconds: float = IDLE_SECONDS
    read_only: bool = False
    keep_sign_in: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


class Worker:
    """Made by :meth:`open`, which fails with one sentence if the session cannot be served."""

    def __init__(self, options: Options, lock: SessionLock, journal: Journal) -> None:
        self.options = options
        self.feed = Feed()
        self._lock = lock
        self._journal = journal
        self._log_handler = start_log(options.paths.log)
        self._desk = Desk(lambda: datetime.now(UTC))
        self._idle = IdleWatch(options.idle_seconds, self._is_needed)
        self._server = Server(options.session, self.feed, self._desk, self, self._faces_changed)
        self._conductor: Any = None
        self._ready = asyncio.Event()
        self._over = asyncio.Event()
        self._started = datetime.now(UTC)
        # The truth about faces is shown from the first moment, whatever loads still.
        self.feed.update(session=SessionView(name=options.session, worker_pid=os.getpid(), activity="Starting"))

    @classmethod
    def open(cls, options: Options) -> Worker:
        """Take the session. Must be called within the event loop that runs the worker.

        Raises:
            StateError: the state directory cannot be used, or another worker serves the session.
        """
        prepare_directory(options.paths.directory.parent.parent)
        prepare_directory(options.paths.directory)
        lock = SessionLock.acquire(options.paths.lock)
        try:
            journal = Journal.open(options.paths.journal)
        except BaseException:
            lock.release()
            raise
        return cls(options, lock, journal)

    async def run(self, *, listen: bool = True) -> None:
        """Serve until told to stop, or until nobody needs this worker any more.

        Raises:
            StateError: the socket cannot be made.
        """
        try:
            if listen:
                await self._server.listen(self.options.paths.socket)
            starting = asyncio.create_task(self._load(), name="load")
            waits = [asyncio.create_task(self._over.wait()), asyncio.create_task(self._idle.wait())]
            try:
                await asyncio.wait({*waits, starting}, return_when=asyncio.FIRST_COMPLETED)
                if starting.done():
                    starting.result()
                    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (*waits, starting):
                    task.cancel()
                await asyncio.gather(*waits, starting, return_exceptions=True)
        finally:
            await self._close()

    def stop(self) -> None:
        """End soon. What runs in Azure goes on there."""
        self._over.set()

    async def adopt(self, connected: socket.socket) -> None:
        """Talk to a face at the other end of a connected socket."""
        await self._server.adopt(connected)

    async def handle(self, intent: Intent, who: Hello) -> Answer:
        """Hand an intent on, once the Azure side is loaded."""
        await self._ready.wait()
        answer: Answer = await self._conductor.handle(intent, who)
        self._idle.look()
        return answer

    async def _load(self) -> None:
        """Importing the Azure clients takes a second: a thread does it, so that faces are greeted at once."""
        assembly = await asyncio.to_thread(importlib.import_module, "asr_tui.workers.assembly")
        self._conductor = assembly.assemble(
            self.options,
            self.feed,
            self._journal,
            PlanFile(self.options.paths.plan),
            self._started,
            self._idle.look,
            self.stop,
        )
        self._tell_faces()
        self._conductor.start()
        self._ready.set()
        if self.options.plan:
            problems: tuple[Problem, ...] = self._conductor.load_plan(Path(self.options.plan))
            for problem in problems:
                self._conductor.stage.trouble(problem)

    def _is_needed(self) -> bool:
        return self._desk.faces > 0 or self._conductor is None or bool(self._conductor.is_busy)

    def _faces_changed(self) -> None:
        if self._conductor is not None:
            self._tell_faces()
        else:
            session = self.feed.view.session
            self.feed.update(session=session.model_copy(update={"pen": self._desk.pen, "watchers": self._desk.faces}))
        self._idle.look()

    def _tell_faces(self) -> None:
        self._conductor.faces_changed(self._desk.pen, self._desk.faces)

    async def _close(self) -> None:
        await self._server.close()
        if self._conductor is not None:
            await self._conductor.close()
        self._journal.close()
        _log.info("the worker ends")
        logging.getLogger().removeHandler(self._log_handler)
        self._log_handler.close()
        self._lock.release()
