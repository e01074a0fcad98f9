"""Typing the words by which a list is narrowed down."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from textual import events

from asr_tui.wording import clean
from screens.widgets.lines import Lines

MOST_CHARACTERS = 200


class Filtered(Lines):
    """Lines with a filter: ``filter_text`` holds its words, ``filtering`` says that they are being typed."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        self.filter_text = ""
        self.filtering = False

    @abstractmethod
    def _apply(self) -> None:
        """Show what passes the filter now."""

    @abstractmethod
    def place_cursor(self) -> None:
        """Put the terminal's cursor where the typing, or the reading, goes on."""

    @property
    def _head(self) -> int:
        return 2 if self.filtering or self.filter_text else 1

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """While the filter is typed, letters are text and not commands."""
        return self.filtering and character is not None and character.isprintable()

    async def on_key(self, event: events.Key) -> None:
        """Typing into the filter."""
        if not self.filtering:
            return
        if event.key == "backspace":
            self.set_filter(self.filter_text[:-1])
        elif event.key == "ctrl+u":
            self.set_filter("")
        elif event.key in {"enter", "tab", "down", "up"}:
            self._end_filtering()
            if event.key != "enter":
                return
        elif event.key == "escape":
            self.filter_text = ""
            self._end_filtering()
        elif event.is_printable and event.character:
            self.set_filter(self.filter_text + event.character)
        else:
            return
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text goes into the filter while it is open."""
        if self.filtering:
            event.stop()
            self.set_filter(self.filter_text + clean(event.text))

    def set_filter(self, text: str) -> None:
        """Show only the rows that hold all words of ``text`` (case does not matter)."""
        had = self._head
        self.filter_text = text[:MOST_CHARACTERS]
        self._apply()
        if had != self._head:
            self.refresh()
        self.place_cursor()

    def _end_filtering(self) -> None:
        self.filtering = False
        self._apply()
        self.refresh()
        self.place_cursor()

    def clear_filter(self) -> bool:
        """Take the filter away; whether there was one."""
        if not (self.filter_text or self.filtering):
            return False
        self.filter_text = ""
        self._end_filtering()
        return True
