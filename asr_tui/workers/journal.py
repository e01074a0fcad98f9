"""``journal.jsonl``: who asked what, when. Each entry is on disk before the request that it announces goes out.

The journal is not the truth about Azure (only Azure is); it says what was confirmed, which operations were begun, and
where to look for them after a crash. It holds no token and no secret.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from asr_tui.session.paths import FILE_MODE, StateError
from asr_tui.wording import count


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. ``kind`` names what happened; ``data`` is plain JSON data."""

    time: datetime
    kind: str
    data: dict[str, Any] = field(default_factory=dict)


class Journal:
    """An append-only file of entries. ``note`` tells what had to be dropped on opening ("" if nothing)."""

    def __init__(
        self, path: Path, descriptor: int, entries: list[Entry], note: str, now: Callable[[], datetime]
    ) -> None:
        self.path = path
        self.entries = entries
        self.note = note
        self._descriptor = descriptor
        self._now = now

    @classmethod
    def open(cls, path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Self:
        """Open or create the journal at ``path``. A torn last line (the machine died while it was written) is cut off.

        Raises:
            StateError: it cannot be read or written.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, FILE_MODE)
            os.fchmod(descriptor, FILE_MODE)
            content = path.read_bytes()
            whole, _, torn = content.rpartition(b"\n")
            if torn:
                os.ftruncate(descriptor, len(content) - len(torn))
        except OSError as error:
            raise StateError(
                f"The journal {path} cannot be used ({error.strerror}); make it writable or set ASR_TUI_STATE_DIR."
            ) from error
        entries, spoilt = _entries(whole)
        notes = []
        if torn:
            notes.append("the last line was torn and has been dropped")
        if spoilt:
            notes.append(f"passed over: {count(spoilt, 'unreadable line')}")
        return cls(path, descriptor, entries, f"Journal: {'; '.join(notes)}." if notes else "", now)

    def append(self, kind: str, **data: Any) -> Entry:
        """Write an entry and wait until it is on disk.

        Raises:
            StateError: it could not be written; the request that it announces must not go out.
        """
        entry = Entry(self._now(), kind, data)
        line = json.dumps({"time": entry.time.isoformat(), "kind": kind, **data}, ensure_ascii=True) + "\n"
        try:
            _write_all(self._descriptor, line.encode())
            os.fsync(self._descriptor)
        except OSError as error:
            raise StateError(
                f"The journal {self.path} cannot be written ({error.strerror}), so nothing more is sent to Azure; "
                "free some space, then resume."
            ) from error
        self.entries.append(entry)
        return entry

    def of(self, kind: str) -> Iterator[Entry]:
        """The entries of one kind, oldest first."""
        return (entry for entry in self.entries if entry.kind == kind)

    def close(self) -> None:
        os.close(self._descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _entries(content: bytes) -> tuple[list[Entry], int]:
    """The readable entries, and how many lines were not."""
    entries: list[Entry] = []
    spoilt = 0
    for line in content.splitlines():
        try:
            data = json.loads(line)
            entries.append(Entry(datetime.fromisoformat(data.pop("time")), data.pop("kind"), data))
        except (ValueError, KeyError, TypeError, AttributeError):
            spoilt += 1
    return entries, spoilt
