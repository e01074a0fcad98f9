"""The yardstick: about the smallest useful Textual app (header, text, a list, footer).

``python -m benchmarks.trivial_app [BEATS]``: with BEATS its text changes ten times a second and its event loop's silences
go to that file.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import Footer, Header, OptionList, Static


class TrivialApp(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [("q", "quit", "Quit")]

    def __init__(self, beats: str = "") -> None:
        super().__init__()
        self._beats = beats
        self._number = 0

    def compose(self) -> ComposeResult:
        yield Header()
        yield Static("Nothing much happens here.", id="text")
        yield OptionList(*(f"option {number}" for number in range(20)))
        yield Footer()

    def on_mount(self) -> None:
        if self._beats:
            from benchmarks.heartbeat import beat  # only what is measured is loaded

            self.run_worker(beat(Path(self._beats)))
            self.set_interval(0.1, self.change)

    def change(self) -> None:
        """Something happens."""
        self._number += 1
        self.query_one("#text", Static).update(f"This has happened {self._number} times.")
        self.query_one(OptionList).refresh()


if __name__ == "__main__":
    TrivialApp(*sys.argv[1:]).run(mouse=False)
