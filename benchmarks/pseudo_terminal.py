"""Runs a program under a pseudo terminal of a fixed size and counts what it writes."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

KEYS = {"down": "\x1b[B", "up": "\x1b[A", "tab": "\t", "enter": "\r", "escape": "\x1b", "pagedown": "\x1b[6~"}


class PseudoTerminal:
    """A program on a pseudo terminal of ``columns`` x ``rows`` characters."""

    def __init__(
        self, command: Sequence[str], *, columns: int = 80, rows: int = 24, environment: dict[str, str] | None = None
    ) -> None:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        plain = {key: value for key, value in os.environ.items() if key not in {"COLORTERM", "NO_COLOR"}}
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**plain, "TERM": "xterm-256color", **(environment or {})},
        )
        os.close(slave)
        self.master = master
        self.received = bytearray()

    def __enter__(self) -> PseudoTerminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.master)

    def read(self, seconds: float) -> int:
        """Take in what arrives within ``seconds``; returns the number of bytes, 0 also at the program's end."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return 0
        try:
            data = os.read(self.master, 65536)
        except OSError:  # the far end was closed: Linux says EIO in place of an end of file
            return 0
        self.received += data
        return len(data)

    def until_quiet(self, quiet: float = 0.4, limit: float = 30.0) -> tuple[int, float]:
        """Bytes until nothing came for ``quiet`` seconds, and the seconds up to the last of them."""
        begun = last = time.perf_counter()
        total = 0
        while time.perf_counter() - begun < limit:
            count = self.read(quiet)
            if count == 0:
                break
            total += count
            last = time.perf_counter()
        return total, last - begun

    def until_shown(self, text: str, limit: float = 60.0) -> float:
        """Seconds from the program's start until ``text`` was received.

        Raises:
            TimeoutError: it did not come within ``limit`` seconds.
        """
        wanted = text.encode()
        while wanted not in self.received:
            if time.perf_counter() - self.started > limit:
                raise TimeoutError(f"{text!r} was not shown within {limit:.0f} s")
            self.read(0.2)
        return time.perf_counter() - self.started

    def press(self, *keys: str, quiet: float = 0.4) -> tuple[int, float]:
        """Send keys (names of :data:`KEYS` or characters); returns bytes and seconds as :meth:`until_quiet`."""
        os.write(self.master, "".join(KEYS.get(key, key) for key in keys).encode())
        return self.until_quiet(quiet)

    def count_for(self, seconds: float) -> int:
        """Bytes that arrive within ``seconds``."""
        end = time.perf_counter() + seconds
        total = 0
        while (left := end - time.perf_counter()) > 0:
            total += self.read(left)
        return total

    def resident_mib(self) -> float:
        """Resident memory of the program, MiB."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise ProcessLookupError("the program has ended")
