"""The worker's end of the socket: greets faces, answers what they ask, hands their intents on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from asr_tui import __version__
from asr_tui.model.problem import Problem
from asr_tui.session.codec import encode
from asr_tui.session.intents import Answer, Intent, Stop, TakePen
from asr_tui.session.paths import FILE_MODE, StateError, prepare_directory
from asr_tui.session.protocol import (
    MAX_LINE_BYTES,
    PROTOCOL_VERSION,
    Answered,
    Ask,
    Greeting,
    Hello,
    Refused,
    Send,
)
from asr_tui.session.validation import FROM_FACE
from asr_tui.workers.feed import Feed
from asr_tui.workers.pen import Desk

HELLO_SECONDS = 10.0
"""How long a face may take to introduce itself."""

_log = logging.getLogger(__name__)


class Handler(Protocol):
    """What carries out intents; it answers at once and works on in the background."""

    async def handle(self, intent: Intent, who: Hello) -> Answer:
        """Validate and begin; problems mean that nothing was done."""
        ...


class Server:
    """Serves one feed to any number of faces. ``changed`` is called when faces or the pen changed."""

    def __init__(self, session: str, feed: Feed, desk: Desk, handler: Handler, changed: Callable[[], None]) -> None:
        self._session = session
        self._feed = feed
        self._desk = desk
        self._handler = handler
        self._changed = changed
        self._numbers = 0
        self._conversations: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Server | None = None
        self._path: Path | None = None

    async def listen(self, path: Path) -> None:
        """Serve on a Unix socket that only this user can open. The caller holds the session's lock, so a socket file
        that is there was left by a dead worker.

        Raises:
            StateError: the socket cannot be made.
        """
        prepare_directory(path.parent)
        try:
            path.unlink(missing_ok=True)
            old = os.umask(0o177)
            try:
                self._listening = await asyncio.start_unix_server(self._accept, str(path), limit=MAX_LINE_BYTES)
            finally:
                os.umask(old)
            path.chmod(FILE_MODE)
        except OSError as error:
            raise StateError(
                f"The socket {path} cannot be made ({error.strerror}); set XDG_RUNTIME_DIR to a directory of your own."
            ) from error
        self._path = path

    async def adopt(self, connected: socket.socket) -> None:
        """Talk to a face over a socket that is already connected (one end of a pair)."""
        connected.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=connected, limit=MAX_LINE_BYTES)
        self._accept(reader, writer)

    async def close(self) -> None:
        """Stop listening, remove the socket file, end all conversations.

        In this order: a face whose conversation ends looks at the file to tell an end from a death.
        """
        if self._listening is not None:
            self._listening.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        for task in list(self._conversations):
            task.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._numbers += 1
        task = asyncio.create_task(self._converse(self._numbers, reader, writer), name=f"face {self._numbers}")
        self._conversations.add(task)
        task.add_done_callback(self._conversations.discard)

    async def _converse(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = Conversation(number, reader, writer, self._feed, self._desk, self._handler)
        try:
            if _is_stranger(writer):
                _log.warning("refused a connection of another user")
                return
            await conversation.greet(self._session)
            hello = await conversation.introduction()
            if hello is None:
                return
            self._desk.join(number, hello)
            self._changed()
            await conversation.serve(hello, self._changed)
        except OSError:
            _log.info("face %d hung up", number)
        finally:
            self._desk.leave(number)
            self._changed()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


class Conversation:
    """One face. Each message is answered by a task of its own, so a long poll holds nothing up."""

    def __init__(
        self,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        feed: Feed,
        desk: Desk,
        handler: Handler,
    ) -> None:
        self._number = number
        self._reader = reader
        self._writer = writer
        self._feed = feed
        self._desk = desk
        self._handler = handler

    async def greet(self, session: str) -> None:
        """Say who is here and which version is spoken."""
        greeting = Greeting(program=f"asr-tui {__version__}", pid=os.getpid(), session=session)
        await self._write(encode(greeting))

    async def introduction(self) -> Hello | None:
        """The face's hello; None (and a refusal sent) if it does not come, or is of another version."""
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                line = await self._reader.readline()
            message = FROM_FACE.validate_json(line)
        except TimeoutError:
            await self._refuse("no hello came")
            return None
        except ValueError as error:
            await self._refuse(_complaint(error))
            return None
        if not isinstance(message, Hello):
            await self._refuse("a face introduces itself first")
            return None
        if message.protocol != PROTOCOL_VERSION:
            await self._refuse(f"this worker speaks protocol {PROTOCOL_VERSION}, the face {message.protocol}")
            return None
        return message

    async def serve(self, hello: Hello, changed: Callable[[], None]) -> None:
        """Answer until the face leaves or sends a malformed line."""
        asks: set[asyncio.Task[None]] = set()
        sends: set[asyncio.Task[None]] = set()
        try:
            while line := await self._line():
                try:
                    message = FROM_FACE.validate_json(line)
                except ValidationError as error:
                    answer = _beyond_limits(line, error)
                    if answer is not None:
                        await self._write(encode(answer))
                        continue
                    await self._refuse(_complaint(error))
                    break
                if isinstance(message, Hello):
                    await self._refuse("a face introduces itself once")
                    break
                kind, work = (
                    (asks, self._answer_ask(message))
                    if isinstance(message, Ask)
                    else (sends, self._answer_send(message, hello, changed))
                )
                task = asyncio.create_task(work)
                kind.add(task)
                task.add_done_callback(kind.discard)
        finally:
            for ask in list(asks):
                ask.cancel()
            # An intent that came in is carried out even if the face that sent it is gone.
            await asyncio.gather(*asks, *sends, return_exceptions=True)

    async def _line(self) -> bytes:
        try:
            return await self._reader.readline()
        except ValueError:  # longer than the limit
            await self._refuse(f"a line is longer than {MAX_LINE_BYTES} bytes")
            return b""

    async def _answer_ask(self, message: Ask) -> None:
        await self._feed.wait(message.since, message.wait)
        news = self._feed.changed(message.since)
        for name, index, rows in news.blocks:
            await self._write(
                f'{{"type":"block","number":{message.number},"name":{json.dumps(name)},"index":{index},"rows":{rows}}}'
            )
        sections = ",".join(f"{json.dumps(name)}:{text}" for name, text in news.sections.items())
        await self._write(
            f'{{"type":"changed","number":{message.number},"version":{news.version},"sections":{{{sections}}},'
            f'"blocks":{json.dumps(news.lengths)}}}'
        )

    async def _answer_send(self, message: Send, hello: Hello, changed: Callable[[], None]) -> None:
        try:
            answer = await self._act(message.intent, hello, changed)
        except Exception:  # noqa: BLE001  a fault in one intent must not end the night's run
            _log.exception("intent %s failed", message.intent.kind)
            answer = Answer(problems=(_failure(message.intent),))
        await self._write(encode(Answered(number=message.number, answer=answer)))

    async def _act(self, intent: Intent, hello: Hello, changed: Callable[[], None]) -> Answer:
        if isinstance(intent, TakePen):
            problem = self._desk.take(self._number)
            changed()
            return Answer(problems=(problem,) if problem else ())
        problem = None if isinstance(intent, Stop) else self._desk.refusal(self._number)
        if problem is not None:
            return Answer(problems=(problem,))
        changed()
        return await self._handler.handle(intent, hello)

    async def _refuse(self, reason: str) -> None:
        await self._write(encode(Refused(reason=reason)))

    async def _write(self, text: str) -> None:
        self._writer.write(text.encode() + b"\n")
        await self._writer.drain()


def _beyond_limits(line: bytes, error: ValidationError) -> Answered | None:
    """The answer to an intent of a kind that we know, in which somebody typed what a field cannot hold; None for all else."""
    problems = []
    for fault in error.errors(include_input=False, include_url=False):
        where = [str(part) for part in fault["loc"]]
        if where[:2] != ["send", "intent"] or len(where) < 4 or fault["type"] in {"extra_forbidden", "missing"}:
            return None
        problems.append(
            Problem(what=f"{'.'.join(where[3:])}: {fault['msg']}.", where=".".join(where[3:]), code="typed")
        )
    number = json.loads(line).get("number")
    return Answered(number=number, answer=Answer(problems=tuple(problems))) if isinstance(number, int) else None


def _complaint(error: ValueError) -> str:
    """What is wrong with a line, without repeating its content."""
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return f"malformed message{f' at {where}' if where else ''}: {first['msg']}"
    return "malformed message: the line is too long"


def _failure(intent: Intent) -> Problem:
    return Problem(
        what=f"asr-tui failed on {intent.kind}.",
        cause="This is a fault of asr-tui, not of Azure.",
        remedy="The worker's log in the state directory tells more; please report it.",
        code="internal",
    )


def _is_stranger(writer: asyncio.StreamWriter) -> bool:
    """Whether the other end runs under another uid, where the platform can tell (the file mode guards the rest)."""
    connection = writer.get_extra_info("socket")
    if connection is None or not hasattr(socket, "SO_PEERCRED"):
        return False
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", credentials)
    return bool(uid != os.getuid())
