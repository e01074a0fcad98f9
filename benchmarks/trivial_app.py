"""The yardstick: about the smallest useful Textual app (header, text, a list, footer)."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import Footer, Header, OptionList, Static


class TrivialApp(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [("q", "quit", "Quit")]

    def compose(self) -> ComposeResult:
        yield Header()
        yield Static("Nothing much happens here.")
        yield OptionList(*(f"option {number}" for number in range(20)))
        yield Footer()


if __name__ == "__main__":
    TrivialApp().run(mouse=False)
