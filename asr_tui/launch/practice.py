"""The practice cloud's process: the emulator, one for each practice session, with its state beside the session's.

What it exports (endpoints, ids, the sample principal, the CA bundle) is read from its stdout and handed on in the
worker's environment, so none of it is in a file or in a list of processes.
"""

from __future__ import annotations

import json
import os
import selectors
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from asr_tui.launch import process
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.resources import assets
from asr_tui.session.paths import prepare_directory, replace_file

DEFAULT_SPEED = 60.0
READY_SECONDS = 120.0
IDLE_MINUTES = 240
_MODULE = "asr_tui.emulator"
_STATUS_SECONDS = 5.0
_USAGE = 2


class PracticeError(ProblemError):
    """The practice cloud cannot be started as asked. ``usage`` is True where the request itself is at fault."""

    def __init__(self, what: str, remedy: str = "", *, usage: bool = False) -> None:
        super().__init__(Problem(what=what, remedy=remedy))
        self.usage = usage


@dataclass(frozen=True, slots=True)
class Record:
    """What is remembered of a running emulator; no secret among it. ``speed`` is Azure's time over real time."""

    pid: int
    endpoint: str
    estate: str
    speed: float
    ca_bundle: str

    @property
    def port(self) -> int:
        """The loopback port that it listens on."""
        return urlsplit(self.endpoint).port or 0


def estates() -> tuple[str, ...]:
    """The names of the sample estates."""
    return tuple(sorted(path.stem for path in (assets() / "estates").glob("*.yaml")))


def checked_estate(name: str) -> str:
    """``name`` as the emulator takes it: a sample's name, ``generated:N``, or the absolute path of a file.

    Raises:
        PracticeError: it is none of these.
    """
    if name in estates():
        return name
    kind, _, number = name.partition(":")
    if kind in {"generated", "generated-clean"} and number.isdigit() and int(number) > 0:
        return name
    path = Path(name)
    if path.suffix in {".yaml", ".yml"} or path.exists():
        if path.is_file():
            return str(path.absolute())
        raise PracticeError(f"There is no estate file {name[:200]}.", usage=True)
    raise PracticeError(
        f"There is no estate {name[:80]!r}.",
        f"Choose one of {', '.join(estates())}, generated:N (N VMs), or the path of an estate file (.yaml).",
        usage=True,
    )


class Practice:
    """The emulator of one session.

    Args:
        directory: where its state, record and log are.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @property
    def state(self) -> Path:
        """The emulated cloud itself, kept over restarts."""
        return self.directory / "cloud.sqlite"

    @property
    def log(self) -> Path:
        return self.directory / "emulator.log"

    @property
    def _record(self) -> Path:
        return self.directory / "emulator.json"

    def record(self) -> Record | None:
        """What was last started here, whether or not it still runs; None where nothing was."""
        try:
            return Record(**json.loads(self._record.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def running(self) -> Record | None:
        """The record of the emulator that answers right now, or None.

        Its certificate proves that it is ours: the key of the authority is in this session's state only.
        """
        record = self.record()
        if record is None or not process.is_alive(record.pid):
            return None
        return record if _answers(record) else None

    def start(self, estate: str, speed: float, narrate: Callable[[str], None]) -> dict[str, str]:
        """Start the emulator (on the port it had before, where that is free) and return its exports once it is ready.

        Raises:
            PracticeError: it did not become ready; the text quotes why.
        """
        prepare_directory(self.directory)
        before = self.record()
        narrate(f"Starting the practice cloud (estate {estate}, {speed:g} times as fast as Azure).")
        try:
            exports, pid = self._launch(estate, speed, before.port if before else 0)
        except _PortTakenError:
            exports, pid = self._launch(estate, speed, 0)
        record = Record(pid, exports["ASR_TUI_ARM_ENDPOINT"], estate, speed, exports["REQUESTS_CA_BUNDLE"])
        replace_file(self._record, json.dumps(asdict(record)) + "\n")
        return exports

    def stop(self) -> bool:
        """End the emulator; its cloud stays, and its clock goes on. Returns whether there was one."""
        record = self.running()
        if record is None:
            return False
        process.end(record.pid)
        return True

    def _launch(self, estate: str, speed: float, port: int) -> tuple[dict[str, str], int]:
        arguments = ["--estate", estate, "--speed", f"{speed:g}", "--state", str(self.state)]
        arguments += ["--exit-when-idle", str(IDLE_MINUTES)]
        if port:
            arguments += ["--port", str(port)]
        try:
            started = process.start_detached(_MODULE, arguments, _environment(), self.log, capture=True)
        except OSError as error:
            raise PracticeError(f"The practice cloud cannot be started ({error.strerror}).") from error
        assert started.stdout is not None
        with started.stdout:
            exports = _read_exports(started, time.monotonic() + READY_SECONDS)
        if exports is None:
            ended = started.poll() is not None
            process.end(started.pid)
            reason = process.last_line(self.log)
            if port and "port" in reason.lower():
                raise _PortTakenError
            said = f" It said: {reason.rstrip('.')}." if reason else ""
            fate = "ended before it was ready" if ended else f"was not ready after {READY_SECONDS:g} s"
            usage = started.returncode == _USAGE
            raise PracticeError(f"The practice cloud {fate}.{said}", f"Its log is {self.log}.", usage=usage)
        return exports, started.pid


class _PortTakenError(Exception):
    """The port of the run before is somebody else's now."""


def _environment() -> dict[str, str]:
    """The emulator needs nothing of this environment that concerns a real cloud."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "ASR_TUI_"))}


def _read_exports(started: subprocess.Popen[bytes], deadline: float) -> dict[str, str] | None:
    """The exports up to the line ``ready``; None if the process ended or the time is up before it."""
    assert started.stdout is not None
    descriptor = started.stdout.fileno()
    received = b""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while not received.endswith(b"ready\n"):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                return None
            piece = os.read(descriptor, 65536)
            if not piece:
                started.wait()
                return None
            received += piece
    return _parse(received.decode())


def _parse(output: str) -> dict[str, str]:
    exports: dict[str, str] = {}
    for line in output.splitlines():
        for word in shlex.split(line):
            name, equals, value = word.partition("=")
            if equals:
                exports[name] = value
    return exports


def _answers(record: Record) -> bool:
    import http.client  # who only asks for an estate's name needs none of these
    import ssl
    import urllib.request

    try:
        context = ssl.create_default_context(cafile=record.ca_bundle)
        # No proxy of the environment between us and our own loopback.
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with opener.open(f"{record.endpoint}/emulator/status", timeout=_STATUS_SECONDS) as reply:
            status: Any = json.load(reply)
    except (OSError, ValueError, http.client.HTTPException):
        return False
    return isinstance(status, Mapping)
