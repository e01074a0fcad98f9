"""Starts workers, faces and emulators by forking a process that has everything imported: a hundred of them in seconds.

``python -m tests.nursery`` is that process; ``python -m tests.nursery emulator`` is one that can start emulators only, and
loads nothing else. Each line on its stdin is an order in JSON; each answer is a process id.
"""

from __future__ import annotations

import asyncio
import atexit
import fcntl
import functools
import json
import os
import pty
import shlex
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self

if TYPE_CHECKING:
    from asr_tui.session.client import SessionClient

ROOT = Path(__file__).resolve().parent.parent
POLL_SECONDS = 0.01
PATIENCE_SECONDS = 60.0
"""So long a process may take to be ready, and to end."""
FACE_PATIENCE_SECONDS = 60.0
"""So long a face waits for a worker that is being started."""


class Nursery:
    """A context manager; ends with all that it started.

    Attributes:
        only: ``emulator`` where nothing else is to be started; empty for everything.
    """

    def __init__(self, only: str = "") -> None:
        self.only = only

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.nursery", *([self.only] if self.only else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()  # at which it ends its children, for only the parent knows which numbers are still theirs
        self._process.wait(PATIENCE_SECONDS)
        self._process.stdout.close()

    def start(self, module: str, arguments: list[str], environ: dict[str, str], output: Path) -> int:
        """Fork a ``worker``, a ``face``, the ``screens`` or an ``emulator``, and return its process id. Stdout and stderr (or
        what is drawn) go to ``output``."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"module": module, "arguments": arguments, "environ": environ, "output": str(output)}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def emulator(self, output: Path, *arguments: str) -> tuple[int, dict[str, str]]:
        """An emulator with these arguments of ``python -m asr_tui.emulator``: its process id, and what it exports."""
        output.write_text("")
        pid = self.start("emulator", list(arguments), {}, output)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while "ready\n" not in output.read_text():
            assert is_alive(pid) and time.monotonic() < deadline, output.read_text()
            time.sleep(POLL_SECONDS)
        lines = [shlex.split(line) for line in output.read_text().splitlines() if line.startswith("export ")]
        return pid, dict(words[1].split("=", 1) for words in lines)


@functools.cache
def emulators() -> Nursery:
    """The nursery for emulators of this process; ends with it."""
    nursery = Nursery("emulator").__enter__()
    atexit.register(nursery.__exit__, None, None, None)
    return nursery


def is_alive(pid: int) -> bool:
    """Whether the process runs still (the nursery reaps those that have ended)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def kill(pid: int) -> None:
    """SIGKILL, and return once it is gone."""
    _send(pid, signal.SIGKILL)


def end(pid: int) -> None:
    """SIGTERM, if it still runs, and return once it has ended."""
    _send(pid, signal.SIGTERM)


def _send(pid: int, number: signal.Signals) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    while is_alive(pid):
        assert time.monotonic() < deadline, f"process {pid} outlives {number.name}"
        time.sleep(POLL_SECONDS)


def _run(order: dict[str, Any]) -> int:
    """In the child: become what was ordered."""
    os.setsid()
    output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.update(order["environ"])
    if order["module"] == "worker":
        from asr_tui.workers.__main__ import main

        return main(order["arguments"])
    if order["module"] == "face":
        return asyncio.run(_walk(*order["arguments"]))
    if order["module"] == "screens":
        return _show(order["arguments"][0], output)
    from asr_tui.emulator.__main__ import _parser
    from asr_tui.emulator.command import Options, run

    return run(Options(**vars(_parser().parse_args(order["arguments"]))))


async def _connected(socket: str) -> SessionClient:
    """A face's link, as soon as a worker greets."""
    from asr_tui.session.client import SessionClient, WorkerGone

    deadline = time.monotonic() + FACE_PATIENCE_SECONDS
    while True:
        try:
            return await SessionClient.connect(Path(socket))
        except WorkerGone:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(POLL_SECONDS)


def _show(socket: str, output: int) -> int:
    """The screens on a terminal of their own, 80x24; what they draw goes to ``output``."""
    terminal, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    fcntl.ioctl(side, termios.TIOCSCTTY, 0)
    for descriptor in (0, 1, 2):
        os.dup2(side, descriptor)
    os.environ["TERM"] = "xterm-256color"

    def look_on() -> None:
        while True:
            os.write(output, os.read(terminal, 65536))

    threading.Thread(target=look_on, daemon=True).start()
    from asr_tui import app

    return app.run(lambda: _connected(socket))


async def _walk(socket: str) -> int:
    """The face as ``asr-tui walkthrough --json --until replication``, save that whoever ordered it starts the workers."""
    from asr_tui.model.step import Step
    from asr_tui.plain import runs
    from asr_tui.plain.events import JsonWriter
    from asr_tui.plain.walk import Wishes

    def fate() -> tuple[bool, str]:
        return False, ""

    return await runs.unattended(
        lambda: _connected(socket), fate, JsonWriter(), Wishes(until=Step.REPLICATION), "night"
    )


def _load(only: str) -> None:
    """Import what is forked, once for all."""
    import asr_tui.emulator.__main__
    import asr_tui.emulator.catalogue

    asr_tui.emulator.catalogue.load()
    if only == "emulator":
        return
    import asr_tui.app
    import asr_tui.plain.runs
    import asr_tui.session.client
    import asr_tui.workers.assembly


def _serve(only: str) -> None:
    """In the nursery: fork for each order, reap what has ended, and end with all children when there are no more orders."""
    _load(only)
    children: set[int] = set()

    def reap(*_: object) -> None:
        for pid in tuple(children):
            if os.waitpid(pid, os.WNOHANG)[0]:
                children.discard(pid)

    signal.signal(signal.SIGCHLD, reap)
    for line in sys.stdin:
        order = json.loads(line)
        # A child that ends before it is known would never be reaped.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        if pid == 0:
            _become(order)
        children.add(pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        print(pid, flush=True)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _become(order: dict[str, Any]) -> NoReturn:
    """In the child."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    status = 1
    try:
        status = _run(order)
    finally:
        sys.stdout.flush()
        os._exit(status)


if __name__ == "__main__":
    _serve("".join(sys.argv[1:]))
