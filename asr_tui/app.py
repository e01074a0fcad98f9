"""The Textual application: puts the screens together, and runs them on a terminal."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from asr_tui import console

console.settle()  # Textual reads these settings when it is imported.

from rich.segment import Segment  # noqa: E402
from textual.color import Color  # noqa: E402
from textual.filter import LineFilter  # noqa: E402
from textual.screen import Screen  # noqa: E402

from asr_tui.resources import assets  # noqa: E402
from screens.shell import Shell  # noqa: E402

if TYPE_CHECKING:
    from asr_tui.session.link import Link

Connect = Callable[[], Awaitable["Link"]]
STYLES = ("frame.tcss", "steps.tcss")


class Ascii(LineFilter):
    """Puts the ASCII twin in place of every sign and line character."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in ASCII."""
        return [Segment(console.to_ascii(text), style, control) for text, style, control in segments]


class AsrTuiApp(Shell, inherit_bindings=False):
    """The wizard. ``connect`` finds or starts the worker and is called after the first picture is shown."""

    TITLE = "asr-tui"

    def __init__(self, connect: Connect, options: console.Options | None = None) -> None:
        self.options = options or console.Options()
        theme = console.theme_for(os.environ, self.options.theme)
        styles = assets() / "styles"
        super().__init__(ansi="NO_COLOR" in os.environ, css=[styles / name for name in STYLES])
        self._connect = connect
        self.theme = theme
        wanted = self.options.ascii
        self._ascii = Ascii(enabled=console.wants_ascii(os.environ) if wanted is None else wanted)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, and ours."""
        return [*super().get_line_filters(), *([self._ascii] if self._ascii.enabled else [])]

    def get_default_screen(self) -> Screen[None]:
        """The welcome page: painted before anything is connected."""
        screen = self.make_screen("welcome")
        self.install_screen(screen, "welcome")
        screen._push_result_callback(screen, None)  # switch_screen takes one off, which a default screen has not
        return screen

    def make_screen(self, ident: str) -> Screen[None]:
        """A new screen by its id. Its module is loaded now and not before, so that the first picture comes soon."""
        if ident == "welcome":
            from screens.welcome import WelcomeScreen

            return WelcomeScreen()
        from screens.registry import SCREENS

        return SCREENS[ident]()

    def on_ready(self) -> None:
        """The first picture is shown: now look for the worker."""
        self.start_conversation()

    def start_conversation(self) -> None:
        """Connect in the background."""
        self.run_worker(self.converse(self._connect), name="conversation", group="conversation", exclusive=True)

    async def connect_again(self) -> None:
        """Find or start the worker once more."""
        if self.contact == "gone":
            self.start_conversation()

    def leave(self) -> None:
        """End this face; the worker goes on."""
        self.exit(0)

    def next_theme(self) -> None:
        """The next theme."""
        if "NO_COLOR" in os.environ:
            self.say("NO_COLOR is set: no colours are used.")
            return
        names = console.THEME_NAMES
        self.theme = names[(names.index(self.theme) + 1) % len(names)]
        self.say(f"Colours: {self.theme}.")

    def copy_text(self, text: str) -> str:
        """Copy by OSC 52, which reaches the engineer's own machine over SSH."""
        sequence = console.clipboard_sequence(text, os.environ)
        if not sequence:
            return "This terminal takes no copies, or the text is too long for it."
        if self._driver is not None:
            self._driver.write(sequence)
        return f"Copied {len(text):,} characters (OSC 52), if your terminal allows it."

    def line_note(self) -> str:
        """How much has gone over the line."""
        return ""

    def toggle_bytes(self) -> None:
        """Show or hide how much goes over the line."""


def run(connect: Connect, options: console.Options | None = None) -> int:
    """Show the wizard on this terminal until the engineer leaves; the exit status for the shell."""
    app = AsrTuiApp(connect, options)
    result = app.run(mouse=app.options.mouse)
    return 1 if result is None and app.return_code else (result or 0)
