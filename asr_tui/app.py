"""The Textual application: puts the screens together, and runs them on a terminal."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from asr_tui import console

console.settle()  # Textual reads these settings when it is imported.

from rich.segment import Segment  # noqa: E402
from textual.color import Color  # noqa: E402
from textual.filter import LineFilter  # noqa: E402
from textual.screen import Screen  # noqa: E402

from asr_tui.resources import assets  # noqa: E402
from asr_tui.terminal import FrugalDriver  # noqa: E402
from asr_tui.wording import bytes_sent  # noqa: E402
from screens.shell import Shell  # noqa: E402

if TYPE_CHECKING:
    from textual.timer import Timer, TimerCallback

    from asr_tui.session.link import Link

Connect = Callable[[], Awaitable["Link"]]
STYLES = ("frame.tcss", "steps.tcss")
HUNG_UP = 129
"""Exit status after a hang-up, as a shell has it."""


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
        super().__init__(
            ansi="NO_COLOR" in os.environ,
            css=[styles / name for name in STYLES],
            driver_class=None if self.options.stock_driver else FrugalDriver,
        )
        self._show_bytes = self.options.show_bytes
        self._connect = connect
        self.theme = theme
        wanted = self.options.ascii
        self._ascii = Ascii(enabled=console.wants_ascii(os.environ) if wanted is None else wanted)

    def set_timer(
        self, delay: float, callback: TimerCallback | None = None, *, name: str | None = None, pause: bool = False
    ) -> Timer:
        """A timer that fires once, however busy the machine is.

        One of Textual 8.2.8 never fires if its delay passes between the two looks at the clock with which it begins.
        A resize waits 8 ms with such a timer: the screen would keep its old size for good.
        """
        timer = super().set_timer(delay, callback, name=name, pause=pause)
        timer._skip = False  # before its task runs for the first time
        return timer

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
        """Once the first picture is shown, look for the worker."""
        if not gc.isenabled():  # as :mod:`asr_tui.opening` left it
            gc.freeze()
            gc.enable()
        self.call_after_refresh(self.start_conversation)

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

    @property
    def ascii_only(self) -> bool:
        """Whether nothing but ASCII may go to the terminal (the driver asks)."""
        return self._ascii.enabled

    def line_note(self) -> str:
        """How much has gone over the line."""
        sent = getattr(self._driver, "bytes_sent", None)
        if not self._show_bytes:
            return ""
        return "bytes: not counted" if sent is None else f"sent {bytes_sent(sent)}"

    def toggle_bytes(self) -> None:
        """Show or hide how much goes over the line."""
        self._show_bytes = not self._show_bytes

    def redraw(self) -> None:
        """Draw the whole screen again, whatever the terminal shows now."""
        redraw = getattr(self._driver, "redraw", None)
        if redraw is not None:
            redraw()
        self.refresh(layout=True)

    def hung_up(self) -> None:
        """The terminal has gone: end this face at once. The worker goes on."""
        self.exit(HUNG_UP)

    def _print_error_renderables(self) -> None:
        """A crash is told in one sentence by :func:`run`; the rest is in the report."""

    @property
    def crash(self) -> Exception | None:
        """What ended the program, where an error of its own did."""
        return self._exception


async def _run(app: AsrTuiApp) -> int | None:
    """Run until the engineer leaves, the terminal hangs up, or somebody asks the process to end: each restores it."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, app.hung_up)
    loop.add_signal_handler(signal.SIGTERM, app.exit, 128 + signal.SIGTERM)
    loop.add_signal_handler(signal.SIGINT, app.exit, 128 + signal.SIGINT)
    return await app.run_async(mouse=app.options.mouse)


def run(connect: Connect, options: console.Options | None = None) -> int:
    """Show the wizard on this terminal until the engineer leaves; the exit status for the shell."""
    app = AsrTuiApp(connect, options)
    result = asyncio.run(_run(app))
    if app.crash is not None:
        from asr_tui.crash import crash_sentence  # needed by nobody who is well

        print(crash_sentence(app.crash), file=sys.stderr)
        return 1
    return result or 0
