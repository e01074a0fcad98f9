"""The worker's process: found by the greeting on its socket, started detached, ended by intent or by its process id."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from asr_tui.launch import process
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.session.codec import decode
from asr_tui.session.paths import SessionPaths
from asr_tui.session.protocol import Greeting

READY_SECONDS = 60.0
_GREETING_SECONDS = 5.0
_MODULE = "asr_tui.workers"


class WorkerError(ProblemError):
    """The worker cannot be started; the text quotes why."""


def greeting(path: Path) -> Greeting | None:
    """What the worker behind this socket says first; None where nobody answers."""
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as connection:
        connection.settimeout(_GREETING_SECONDS)
        try:
            connection.connect(str(path))
            with connection.makefile("rb") as stream:
                said = json.loads(stream.readline())
                message = decode(Greeting, said) if said["type"] == "greeting" else None
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None
    return message


def holder(lock: Path) -> int | None:
    """The process that holds the session's lock, or None. (The kernel lets go of it however a worker dies.)"""
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        text = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
        return int(text) if text.isdigit() else None
    else:
        return None
    finally:
        os.close(descriptor)


def stderr_log(paths: SessionPaths) -> Path:
    """What the worker said outside its own log: nothing, unless it could not start or failed."""
    return paths.directory / "worker.stderr"


def start(paths: SessionPaths, arguments: Sequence[str], environ: Mapping[str, str]) -> None:
    """Start the worker and return once it greets.

    Raises:
        WorkerError: it ended, or did not greet within :data:`READY_SECONDS`.
    """
    log = stderr_log(paths)
    try:
        started = process.start_detached(_MODULE, arguments, environ, log)
    except OSError as error:
        raise WorkerError(Problem(what=f"The worker cannot be started ({error.strerror}).")) from error
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if paths.socket.exists() and greeting(paths.socket) is not None:
            return
        if started.poll() is not None:
            raise _failed(log, "The worker ended before it was ready.", started.returncode)
        time.sleep(process.POLL_SECONDS)
    process.end(started.pid)
    raise _failed(log, f"The worker was not ready after {READY_SECONDS:g} s.", None)


def _failed(log: Path, what: str, code: int | None) -> WorkerError:
    reason = process.last_line(log)
    return WorkerError(
        Problem(
            what=what,
            cause=f"It said: {reason}"
            if reason
            else f"It said nothing (exit code {code})."
            if code is not None
            else "",
            remedy=f"Its log is {log}.",
        )
    )
