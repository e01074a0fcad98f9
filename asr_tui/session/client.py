"""The face's end of the socket: keeps a copy of the worker's view and sends intents."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from asr_tui.session.codec import decode, encode
from asr_tui.session.copy import Copy, Rows, reader_of
from asr_tui.session.intents import Answer, Intent
from asr_tui.session.link import WorkerGone as WorkerGone
from asr_tui.session.protocol import (
    LONG,
    MAX_LINE_BYTES,
    PROTOCOL_VERSION,
    Answered,
    Ask,
    Block,
    Changed,
    FromFace,
    FromWorker,
    Greeting,
    Hello,
    Refused,
    Send,
)
from asr_tui.session.views import View

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

READ_BYTES = 256 * 1024


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
        return cls(os.urandom(8).hex(), user, socket.gethostname(), terminal)


class SessionClient:
    """A conversation with one worker. Made by :meth:`connect`; belongs to the event loop that made it."""

    def __init__(self, streams: Streams, greeting: Greeting, identity: Identity, writes: bool) -> None:
        self.greeting = greeting
        self.identity = identity
        self.writes = writes
        self._reader, self._writer = streams
        self._copy = Copy()
        self._numbers = 0
        self._waiting: dict[int, asyncio.Future[Changed | Answered]] = {}
        self._blocks: dict[int, list[tuple[Block, Rows]]] = {}
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
    def view(self) -> View:
        """The newest view that has arrived."""
        return self._copy.view

    @property
    def version(self) -> int:
        """The version of :attr:`view`; 0 before the first answer."""
        return self._copy.version

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
        message = Ask(number=self._next(), since=self.version, wait=min(wait, 60.0))
        self._blocks[message.number] = []
        try:
            reply = await self._ask(message)
            assert isinstance(reply, Changed)
            return self._copy.take(reply, self._blocks[message.number])
        finally:
            del self._blocks[message.number]

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
            self._writer.write(encode(message).encode() + b"\n")
            await self._writer.drain()
        except OSError as error:
            raise self._end(WorkerGone("The worker has ended; start asr-tui again to go on.")) from error

    async def _listen(self) -> None:
        try:
            async for line in _lines(self._reader):
                message = _read(line)
                if isinstance(message, Refused):
                    self._end(WorkerGone(f"The worker refused this face: {message.reason}"))
                    return
                if isinstance(message, Block):
                    await self._keep(message)
                elif not isinstance(message, Greeting):
                    future = self._waiting.get(message.number)
                    if future is not None and not future.done():
                        future.set_result(message)
        except (OSError, *_NO_MESSAGE) as error:
            self._end(WorkerGone(f"The conversation with the worker broke off ({type(error).__name__}); start again."))
            return
        self._end(WorkerGone("The worker has ended; start asr-tui again to go on."))

    async def _keep(self, block: Block) -> None:
        """Rows of a reply that is not complete yet. Keys are looked at between two blocks."""
        blocks = self._blocks.get(block.number)
        if blocks is not None and block.name in LONG:
            rows = reader_of(block.name)(block.rows)
            block.rows.clear()
            blocks.append((block, rows))
            await asyncio.sleep(0)

    def _end(self, reason: WorkerGone) -> WorkerGone:
        """Remember why there is nobody any more, and tell all who wait."""
        if self._gone is None:
            self._gone = reason
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(self._gone)
        return self._gone


_NO_MESSAGE = (ValueError, TypeError, KeyError, AttributeError)
"""What reading a line raises that is none of this protocol (and what a line raises that is too long)."""

_KINDS: dict[str, type[FromWorker]] = {
    "greeting": Greeting,
    "block": Block,
    "changed": Changed,
    "answered": Answered,
    "refused": Refused,
}


def _read(line: bytes | bytearray) -> FromWorker:
    data = json.loads(line)
    message: FromWorker = decode(_KINDS[data["type"]], data)
    return message


async def _lines(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Lines up to the end, whatever the stream's own limit: that one keeps a fast worker from filling our memory."""
    begun: list[bytes] = []
    while data := await reader.read(READ_BYTES):
        first, *others = data.split(b"\n")
        begun.append(first)
        for following in others:
            yield b"".join(begun)
            begun = [following]
        if sum(map(len, begun)) > MAX_LINE_BYTES:
            raise ValueError("a line is too long")


async def _open(where: Path | str | socket.socket | Streams) -> Streams:
    if isinstance(where, tuple):
        return where
    if isinstance(where, socket.socket):
        where.setblocking(False)
        return await asyncio.open_connection(sock=where)
    return await asyncio.open_unix_connection(str(where))


async def _greeting(reader: asyncio.StreamReader) -> Greeting:
    line = await reader.readline()
    if not line:
        raise WorkerGone("The worker has ended; start asr-tui again to go on.")
    try:
        greeting = _read(line)
    except _NO_MESSAGE as error:
        raise OtherVersion(
            "What answers on this session's socket is not a worker of this version; end it with `asr-tui stop`."
        ) from error
    if isinstance(greeting, Refused):
        raise WorkerGone(f"The worker refused this face: {greeting.reason}")
    if not isinstance(greeting, Greeting):
        raise OtherVersion("The worker did not greet first; end it with `asr-tui stop`, then start again.")
    return greeting
