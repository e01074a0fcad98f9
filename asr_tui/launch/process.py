"""Processes that outlive the terminal that started them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from asr_tui.session.paths import FILE_MODE

POLL_SECONDS = 0.02
_TAIL_BYTES = 4096


def start_detached(
    module: str, arguments: Sequence[str], environ: Mapping[str, str], log: Path, *, capture: bool = False
) -> subprocess.Popen[bytes]:
    """Start ``python -m module`` in a session of its own, with nothing of this terminal but the environment given.

    Args:
        log: file (0600, begun anew) for stderr, and for stdout unless ``capture``.
        capture: hand stdout to the caller through a pipe.

    Raises:
        OSError: the log cannot be written or the interpreter cannot be started.
    """
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
    try:
        return subprocess.Popen(
            # -P: a folder that happens to be the current one must not supply our modules.
            [sys.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if capture else descriptor,
            stderr=descriptor,
            env=_with_absolute_python_path(environ),
            cwd=log.parent,
            start_new_session=True,
            umask=0o077,
        )
    finally:
        os.close(descriptor)


def _with_absolute_python_path(environ: Mapping[str, str]) -> dict[str, str]:
    """The process starts in another directory, so relative entries would no longer be found."""
    changed = dict(environ)
    if entries := [entry for entry in environ.get("PYTHONPATH", "").split(os.pathsep) if entry]:
        changed["PYTHONPATH"] = os.pathsep.join(str(Path(entry).absolute()) for entry in entries)
    return changed


def last_line(log: Path) -> str:
    """The last line of ``log`` that is not empty; "" where there is none."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            lines = stream.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def is_alive(pid: int) -> bool:
    """Whether a process with this id runs (a child of ours that has ended does not)."""
    with contextlib.suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end(*pids: int, patience: float = 10.0) -> None:
    """End processes: politely, and after ``patience`` seconds for good. Returns when all are gone.

    Raises:
        PermissionError: one belongs to somebody else.
    """
    left = set(pids)
    for sign in (signal.SIGTERM, signal.SIGKILL):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
        left = {pid for pid in left if not wait_for_end(pid, patience)}


def wait_for_end(pid: int, seconds: float) -> bool:
    """Wait until a process is gone; False if it still runs after ``seconds``."""
    deadline = time.monotonic() + seconds
    while is_alive(pid):
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
