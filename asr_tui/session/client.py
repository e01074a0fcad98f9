"""The face's end of the socket: keeps a copy of the worker's view and sends intents."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import secrets
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from asr_tui.session.intents import Answer, Intent
from asr_tui.session.link import WorkerGone as WorkerGone
from asr_tui.session.protocol import (
    FROM_WORKER,
    MAX_LINE_BYTES,
    PROTOCOL_VERSION,
    Answered,
    Ask,
    Changed,
    FromFace,
    Greeting,
    Hello,
    Refused,
    Send,
)
from asr_tui.session.views import SECTIONS, View, section_adapter

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class OtherVersion(WorkerGone):
    """The worker runs, but speaks another version of the protocol."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is at this face, as the others will see it."""

    client_id: str
    user: str
    host: str
    terminal: str

    @classmethod
    def here(cls) -> Identity:
        """This process: its user, host and terminal (``no terminal`` without one), and a fresh client id."""
        try:
            user = getpass.getuser()
        except (KeyError, OSError):
            user = str(os.getuid())
        terminal = "no terminal"
        for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                terminal = os.ttyname(stream.fileno())  # type: ignore[union-attr]
                break
        return cls(secrets.token_hex(8), user, socket.gethostname(), terminal)


class SessionClient:
    """A conversation with one worker. Made by :meth:`connect`; belongs to the event loop that made it."""

    def __init__(self, streams: Streams, greeting: Greeting, identity: Identity, writes: bool) -> None:
        self.view = View()
        self.version = 0
        self.greeting = greeting
        self.identity = identity
        self.writes = writes
        self._reader, self._writer = streams
        self._numbers = 0
        self._waiting: dict[int, asyncio.Future[Changed | Answered]] = {}
        self._gone: WorkerGone | None = None
        self._listener = asyncio.create_task(self._listen(), name="session client")

    @classmethod
    async def connect(
        cls,
        where: Path | str | socket.socket | Streams,
        identity: Identity | None = None,
        *,
        writes: bool = True,
        timeout: float = 10.0,
    ) -> SessionClient:
        """Greet the worker behind a socket path, a connected socket, or a pair of streams; fetch nothing yet.

        ``writes`` False makes this a face that only watches. ``timeout`` in seconds bounds the greeting.

        Raises:
            WorkerGone: nobody listens there.
            OtherVersion: the worker speaks another protocol version.
        """
        who = identity or Identity.here()
        try:
            async with asyncio.timeout(timeout):
                streams = await _open(where)
                greeting = await _greeting(streams[0])
        except (OSError, TimeoutError) as error:
            raise WorkerGone("No worker answers for this session; start asr-tui again to start one.") from error
        if greeting.protocol != PROTOCOL_VERSION:
            streams[1].close()
            raise OtherVersion(
                f"The running worker ({greeting.program}, process {greeting.pid}) is of another version of asr-tui; "
                "end it with `asr-tui stop`, then start again. What runs in Azure goes on."
            )
        client = cls(streams, greeting, who, writes)
        await client._write(
            Hello(client_id=who.client_id, user=who.user, host=who.host, terminal=who.terminal, writes=writes)
        )
        return client

    @property
    def has_pen(self) -> bool:
        """Whether this face is the one who writes, by the view it has."""
        pen = self.view.session.pen
        return pen is not None and pen.client_id == self.identity.client_id

    async def refresh(self, wait: float = 0.0) -> frozenset[str]:
        """Bring :attr:`view` up to date and name the sections that changed; waits up to ``wait`` seconds (60 at most)
        for a change.

        Raises:
            WorkerGone: the worker ended or the socket broke.
        """
        reply = await self._ask(Ask(number=self._next(), since=self.version, wait=min(wait, 60.0)))
        assert isinstance(reply, Changed)
        if reply.sections:
            self.view = self.view.model_copy(
                update={
                    name: section_adapter(name).validate_python(data)
                    for name, data in reply.sections.items()
                    if name in SECTIONS
                }
            )
        self.version = reply.version
        return frozenset(reply.sections)

    async def send(self, intent: Intent) -> Answer:
        """Send an intent; the answer says whether it was accepted. What follows from it shows in the view.

        Raises:
            WorkerGone: the worker ended or the socket broke; whether the intent was taken is then not known.
        """
        reply = await self._ask(Send(number=self._next(), intent=intent))
        assert isinstance(reply, Answered)
        return reply.answer

    async def close(self) -> None:
        """Leave. The worker goes on."""
        self._listener.cancel()
        self._writer.close()
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._writer.wait_closed()
        self._end(WorkerGone("This face has left the session."))

    def _next(self) -> int:
        self._numbers += 1
        return self._numbers

    async def _ask(self, message: Ask | Send) -> Changed | Answered:
        if self._gone is not None:
            raise self._gone
        future: asyncio.Future[Changed | Answered] = asyncio.get_running_loop().create_future()
        self._waiting[message.number] = future
        try:
            await self._write(message)
            return await future
        finally:
            self._waiting.pop(message.number, None)
            if future.done() and not future.cancelled():
                future.exception()  # told to the caller already, by what was raised here

    async def _write(self, message: FromFace) -> None:
        try:
            self._writer.write(message.model_dump_json().encode() + b"\n")
            await self._writer.drain()
        except OSError as error:
            raise self._end(WorkerGone("The worker has ended; start asr-tui again to go on.")) from error

    async def _listen(self) -> None:
        try:
            while line := await self._reader.readline():
                reply = FROM_WORKER.validate_json(line)
                if isinstance(reply, Refused):
                    self._end(WorkerGone(f"The worker refused this face: {reply.reason}"))
                    return
                if not isinstance(reply, Greeting):
                    future = self._waiting.get(reply.number)
                    if future is not None and not future.done():
                        future.set_result(reply)
        except (OSError, ValueError) as error:  # ValueError: a line that is too long, or no message at all
            self._end(WorkerGone(f"The conversation with the worker broke off ({type(error).__name__}); start again."))
            return
        self._end(WorkerGone("The worker has ended; start asr-tui again to go on."))

    def _end(self, reason: WorkerGone) -> WorkerGone:
        """Remember why there is nobody any more, and tell all who wait."""
        if self._gone is None:
            self._gone = reason
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(self._gone)
        return self._gone


async def _open(where: Path | str | socket.socket | Streams) -> Streams:
    if isinstance(where, tuple):
        return where
    if isinstance(where, socket.socket):
        where.setblocking(False)
        return await asyncio.open_connection(sock=where, limit=MAX_LINE_BYTES)
    return await asyncio.open_unix_connection(str(where), limit=MAX_LINE_BYTES)


async def _greeting(reader: asyncio.StreamReader) -> Greeting:
    line = await reader.readline()
    try:
        greeting = FROM_WORKER.validate_json(line)
    except ValidationError as error:
        if not line:
            raise WorkerGone("The worker has ended; start asr-tui again to go on.") from error
        raise OtherVersion(
            "What answers on this session's socket is not a worker of this version; end it with `asr-tui stop`."
        ) from error
    if isinstance(greeting, Refused):
        raise WorkerGone(f"The worker refused this face: {greeting.reason}")
    if not isinstance(greeting, Greeting):
        raise OtherVersion("The worker did not greet first; end it with `asr-tui stop`, then start again.")
    return greeting
