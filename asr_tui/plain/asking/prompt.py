"""Questions on one line each, answered by a number, a word, or Enter for what stands in brackets."""

from __future__ import annotations

import asyncio
import os
import re
import stat
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from asr_tui.plain.events import ascii_form, one_line

MOST_SHOWN = 20
_RANGE = re.compile(r"(\d+)(?:-(\d+))?\Z")


class LeaveError(Exception):
    """The engineer wants to leave, or there is nobody to answer any more (end of input)."""


class BackError(Exception):
    """The engineer wants to go back one question."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer that can be chosen: what it means, how it reads, and why it cannot be taken ("" when it can)."""

    value: str
    text: str
    refused: str = ""


class Keyboard:
    """Lines of stdin, read without blocking the event loop: the view can be followed while nobody types."""

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._pending = b""
        self._ended = False
        # epoll cannot watch a regular file; it never blocks either.
        self._is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)

    @property
    def is_terminal(self) -> bool:
        """Whether somebody types, rather than a file or a pipe being read."""
        return os.isatty(self._descriptor)

    async def line(self) -> str | None:
        """The next line without its end; None at the end of input."""
        while b"\n" not in self._pending and not self._ended:
            if not self._is_file:
                await self._readable()
            piece = os.read(self._descriptor, 65536)
            self._ended = not piece
            self._pending += piece
        if not self._pending and self._ended:
            return None
        text, _, self._pending = self._pending.partition(b"\n")
        return text.decode("utf-8", "replace").strip()

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self._descriptor, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._descriptor)


class Prompt:
    """Prints lines and asks questions. Every question takes ``b`` for back and ``q`` to leave."""

    def __init__(self, keyboard: Keyboard, *, ascii_only: bool = False) -> None:
        self._keyboard = keyboard
        self._ascii = ascii_only

    def say(self, text: str = "") -> None:
        """One line; whatever Azure put into it is harmless."""
        line = one_line(text)
        print(ascii_form(line) if self._ascii else line, flush=True)

    def tell(self, lines: Sequence[str]) -> None:
        """Several lines."""
        for line in lines:
            self.say(line)

    async def ask(self, question: str, default: str = "") -> str:
        """A free answer; Enter takes ``default``.

        Raises:
            BackError, LeaveError: that was the answer.
        """
        hint = f" [{default}]" if default else ""
        line = one_line(f"{question}{hint}: ")
        sys.stdout.write(ascii_form(line) if self._ascii else line)
        sys.stdout.flush()
        answer = await self._keyboard.line()
        if answer is None or answer.lower() in {"q", "quit"}:
            raise LeaveError
        if answer.lower() in {"b", "back"}:
            raise BackError
        return answer or default

    async def choose(self, question: str, choices: Sequence[Choice], default: str = "") -> str:
        """One of ``choices`` by number or by value; asks again until it is one that can be taken.

        Raises:
            BackError, LeaveError: that was the answer.
        """
        shown = next((str(number) for number, choice in enumerate(choices, 1) if choice.value == default), "")
        listing = _Listing(self, choices)
        while True:
            answer = await listing.ask(question, shown)
            found = _pick(answer, choices)
            if found is None:
                self.say(f"Please answer with a number from 1 to {len(choices)}, b for back, or q to leave.")
            elif found.refused:
                self.say(f"{found.text} cannot be chosen: {found.refused}")
            else:
                return found.value

    async def several(self, question: str, choices: Sequence[Choice], default: str = "all") -> tuple[str, ...]:
        """Some of ``choices``: ``all``, ``none``, or numbers and ranges such as ``1 3 5-8``.

        Raises:
            BackError, LeaveError: that was the answer.
        """
        listing = _Listing(self, choices)
        while True:
            answer = await listing.ask(f"{question} (all, none, or numbers such as 1 3 5-8)", default)
            numbers = parse_numbers(answer, len(choices))
            if numbers is None:
                self.say(f"Please answer all, none, or numbers from 1 to {len(choices)}.")
                continue
            wanted = [choices[number - 1] for number in numbers]
            if answer.lower() in {"all", "a"}:
                wanted = [choice for choice in wanted if not choice.refused]
            refused = [choice for choice in wanted if choice.refused]
            for choice in refused:
                self.say(f"{choice.text} cannot be chosen: {choice.refused}")
            if not refused:
                return tuple(choice.value for choice in wanted)

    async def agree(self, question: str, *, default: bool) -> bool:
        """Yes or no.

        Raises:
            BackError, LeaveError: that was the answer.
        """
        while True:
            answer = (await self.ask(f"{question} (yes or no)", "yes" if default else "no")).lower()
            if answer in {"y", "yes", "n", "no"}:
                return answer in {"y", "yes"}
            self.say("Please answer yes or no.")

    async def typed(self, question: str, accept: Callable[[str], str], default: str = "") -> str:
        """A free answer that ``accept`` finds no fault with (it returns what is wrong, or "").

        Raises:
            BackError, LeaveError: that was the answer.
        """
        while True:
            answer = await self.ask(question, default)
            fault = accept(answer)
            if not fault:
                return answer
            self.say(fault)


class _Listing:
    """Numbered choices in portions: ``m`` shows more of them, ``/text`` those that hold a text."""

    def __init__(self, prompt: Prompt, choices: Sequence[Choice]) -> None:
        self._prompt = prompt
        self._lines = [_numbered(number, choice) for number, choice in enumerate(choices, 1)]
        self._rest: list[str] = []
        self._show(self._lines)

    async def ask(self, question: str, default: str) -> str:
        """An answer that is not about the listing itself."""
        while True:
            answer = await self._prompt.ask(question, default)
            if answer.startswith("/"):
                wanted = answer[1:].lower()
                self._show([line for line in self._lines if wanted in line.lower()])
            elif answer.lower() == "m" and self._rest:
                self._show(self._rest)
            else:
                return answer

    def _show(self, lines: list[str]) -> None:
        self._prompt.tell(lines[:MOST_SHOWN] or ["  (none)"])
        self._rest = lines[MOST_SHOWN:]
        if self._rest:
            self._prompt.say(f"  ... {len(self._rest)} more: m shows them, /text filters.")


def _numbered(number: int, choice: Choice) -> str:
    return f"  {number}. {choice.text}{f' (no: {choice.refused})' if choice.refused else ''}"


def _pick(answer: str, choices: Sequence[Choice]) -> Choice | None:
    if answer.isascii() and answer.isdigit():
        return choices[int(answer) - 1] if 1 <= int(answer) <= len(choices) else None
    return next((choice for choice in choices if choice.value.lower() == answer.lower()), None)


def parse_numbers(text: str, highest: int) -> tuple[int, ...] | None:
    """Numbers from 1 to ``highest`` in the order given, each once; None where ``text`` is something else."""
    word = text.strip().lower()
    if word in {"all", "a"}:
        return tuple(range(1, highest + 1))
    if word in {"none", ""}:
        return ()
    chosen: dict[int, None] = {}
    for part in re.split(r"[\s,]+", word):
        match = _RANGE.match(part)
        if match is None or len(part) > 20:
            return None
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= highest:
            return None
        chosen.update(dict.fromkeys(range(first, last + 1)))
    return tuple(chosen)
