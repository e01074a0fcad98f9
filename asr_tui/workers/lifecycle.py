"""One worker per session, its log, and its end when nobody needs it any more."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import logging.handlers
import os
from collections.abc import Callable
from pathlib import Path
from typing import Self

from asr_tui.session.paths import FILE_MODE, StateError

LOG_BYTES = 2 * 1024 * 1024
LOG_FILES = 3


class SessionLock:
    """Held for as long as the worker lives; the kernel lets go of it however the worker dies.

    The file holds the worker's process id, for people: who holds the lock decides, not what the file says.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def acquire(cls, path: Path) -> Self:
        """Become the session's worker.

        Raises:
            StateError: another worker serves this session, or the file cannot be written.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        except OSError as error:
            raise StateError(f"{path} cannot be written ({error.strerror}); set ASR_TUI_STATE_DIR.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 32).decode(errors="replace").strip()
            os.close(descriptor)
            raise StateError(
                f"Another worker{f' (process {holder})' if holder.isdigit() else ''} serves this session; "
                "attach with `asr-tui`, or end it with `asr-tui stop`."
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return cls(path, descriptor)

    def release(self) -> None:
        """Let another worker take over."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


class IdleWatch:
    """Returns when no face has been attached and nothing has run for ``seconds``; never, where that is 0.

    Whoever changes what ``busy`` answers calls :meth:`look`; in between nothing wakes up.
    """

    def __init__(self, seconds: float, busy: Callable[[], bool]) -> None:
        self._seconds = seconds
        self._busy = busy
        self._changed = asyncio.Event()

    def look(self) -> None:
        """Something began or ended: look again."""
        self._changed.set()

    async def wait(self) -> None:
        """Return when the worker is not needed any more."""
        while True:
            self._changed.clear()
            if self._busy() or self._seconds <= 0:
                await self._changed.wait()
                continue
            try:
                async with asyncio.timeout(self._seconds):
                    await self._changed.wait()
            except TimeoutError:
                return


def start_log(path: Path) -> logging.Handler:
    """Log warnings of all, and notes of ours, to a rotating file that only this user can read.

    Raises:
        StateError: the file cannot be written.
    """
    try:
        handler = _PrivateFile(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", delay=False)
    except OSError as error:
        raise StateError(f"The log {path} cannot be written ({error.strerror}); set ASR_TUI_STATE_DIR.") from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("asr_tui").setLevel(logging.INFO)
    # The SDK logs request headers at INFO: tokens must never come near a file.
    for name in ("azure", "msal", "urllib3", "aiohttp"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return handler


class _PrivateFile(logging.handlers.RotatingFileHandler):
    def _open(self) -> object:  # type: ignore[override]
        stream = super()._open()
        os.fchmod(stream.fileno(), FILE_MODE)
        return stream
