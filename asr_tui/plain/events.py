"""What this face prints: one event a line, as text for people or as JSON for scripts."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, TextIO

from asr_tui.model.step import Step
from asr_tui.wording import clean, shorten

WALKTHROUGH = "walkthrough"
NAME_CELLS = 60
MESSAGE_CELLS = 2000


def one_line(text: str) -> str:
    """Text as this face may print it: harmless, on one line, of bounded length."""
    return shorten(clean(text), MESSAGE_CELLS)


def ascii_form(text: str) -> str:
    """``text`` for a console without Unicode: what has no ASCII form shows as its escape."""
    return text.replace("…", "...").encode("ascii", "backslashreplace").decode("ascii")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. ``step`` is a step's id or ``walkthrough``; ``extra`` holds further JSON members.

    ``kind`` says what it is about (step, choice, check, finding, network, change, item, drill ...), ``state`` is a word
    of that kind, ``message`` one sentence. All but the keys of ``extra`` may come from Azure and are data.
    """

    step: str
    kind: str
    subject: str
    state: str
    message: str
    extra: Mapping[str, Any] = field(default_factory=dict)


class Writer(Protocol):
    """Where events go. ``note`` is narration for people: it never lands among the data."""

    def write(self, event: Event) -> None: ...

    def note(self, sentence: str) -> None: ...


class JsonWriter:
    """NDJSON on ``out``: one object a line, ASCII only, flushed at once so that a pipe sees it live."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._err = err or sys.stderr

    def write(self, event: Event) -> None:
        document = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "step": event.step,
            "kind": event.kind,
            "subject": one_line(event.subject),
            "state": event.state,
            "message": one_line(event.message),
            **{name: _clean_value(value) for name, value in event.extra.items()},
        }
        print(json.dumps(document), file=self._out, flush=True)

    def note(self, sentence: str) -> None:
        print(one_line(sentence), file=self._err, flush=True)


class LineWriter:
    """Append-only lines for people: local time, sign, subject, sentence; a heading where a step begins."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None, *, ascii_only: bool = False) -> None:
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._ascii = ascii_only

    def write(self, event: Event) -> None:
        if event.kind == "step" and event.state == "running":
            self._print(f"\n{_heading(event.step)}\n{one_line(event.message)}")
            return
        subject = shorten(clean(event.subject), NAME_CELLS)
        message = one_line(event.message)
        clock = datetime.now().astimezone().strftime("%H:%M:%S")
        sign = _SIGNS.get(event.state, "      ")
        self._print(f"{clock} {sign} {subject}: {message}" if subject else f"{clock} {sign} {message}")

    def note(self, sentence: str) -> None:
        line = one_line(sentence)
        print(ascii_form(line) if self._ascii else line, file=self._err, flush=True)

    @property
    def can_draw(self) -> bool:
        """Whether half blocks would show, and nobody listens to a screen reader that would read them aloud."""
        spoken = os.environ.get("ACCESSIBLE", "") not in {"", "0"}
        return not self._ascii and not spoken and self._err.isatty() and os.environ.get("TERM", "dumb") != "dumb"

    def draw(self, rows: Sequence[str]) -> None:
        """A picture of our own making, row by row, beside the narration."""
        for row in rows:
            print(f"  {row}", file=self._err)
        self._err.flush()

    def _print(self, line: str) -> None:
        print(ascii_form(line) if self._ascii else line, file=self._out, flush=True)


# State by a word of fixed width, never by colour: it reads aloud and survives every console.
_SIGNS = {
    "succeeded": "[ok]  ",
    "done": "[ok]  ",
    "passed": "[ok]  ",
    "protected": "[ok]  ",
    "cleaned-up": "[ok]  ",
    "verified": "[ok]  ",
    "allowed": "[ok]  ",
    "reused": "[ok]  ",
    "adopted": "[ok]  ",
    "failed": "[FAIL]",
    "blocker": "[FAIL]",
    "denied": "[FAIL]",
    "cancelled": "[FAIL]",
    "warning": "[warn]",
    "partial": "[warn]",
    "unknown": "[ ?? ]",
    "info": "[info]",
}


def _heading(step: str) -> str:
    if step == WALKTHROUGH:
        return "Walkthrough"
    known = Step(step)
    return f"Step {known.number} of {len(Step)}: {known.heading}"


def _clean_value(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, Mapping):
        return {str(key): _clean_value(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean_value(inner) for inner in value]
    return value
