"""The frugal driver: sends only the cells that changed, and never lets a stalled terminal stall the program.

Textual's own driver sends every repainted region and blocks the event loop once the far end stops reading. Here the loop
only draws into a picture; a thread of its own compares it with what the terminal has and writes the difference. While the
far end stalls, pictures replace each other, and the newest is sent when it reads again.
"""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import signal
import threading
from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from asr_tui.console import erases_with_background, to_ascii
from asr_tui.picture import Painter, Picture

if TYPE_CHECKING:
    from types import FrameType

    from textual.app import App

LONGEST_FAREWELL = 1.0
"""Seconds that leaving waits for a far end that does not read."""


# A dropped link leaves modes as they are, so the fewer are changed the better: focus reports and the Kitty protocol are
# not wanted, and lines never run over because nothing is written beyond the last column.
_LEFT_ALONE = {"\x1b[?1004h", "\x1b[?1004l", "\x1b[?7l", "\x1b[?7h", "\x1b[<u"}


class Output(threading.Thread):
    """Writes differences to the terminal. ``sent`` counts the bytes, ``dropped`` the pictures that a newer one replaced."""

    def __init__(self, fileno: int, picture: Picture, erases: bool) -> None:
        super().__init__(daemon=True, name="frugal-output")
        self._fileno = fileno
        self._painter = Painter(erases)
        self._picture = picture
        self._changed = threading.Condition(threading.RLock())
        self._passed: list[str] = []
        self._drawn = self._closing = False
        self._shown = False
        self.sent = 0
        self.dropped = 0
        self.gone = False

    def take(self, data: str) -> None:
        """Draw ``data``. Never waits for the terminal."""
        with self._changed:
            for sequence in self._picture.feed(data):
                if sequence in _LEFT_ALONE:
                    continue
                self._passed.append(sequence)
                if sequence == "\x1b[?1049h":
                    self._painter.forget()
                    self._shown = True
                elif sequence == "\x1b[?1049l":
                    self._shown = False
            self.dropped += self._drawn
            self._drawn = True
            self._changed.notify()

    def resize(self, width: int, height: int) -> None:
        """The terminal has another size, and nobody knows what it shows."""
        with self._changed:
            if (width, height) != (self._picture.width, self._picture.height):
                self._picture.resize(width, height)
            self.redraw()

    def redraw(self) -> None:
        """Send the whole picture again."""
        with self._changed:
            self._painter.forget()
            self._drawn = True
            self._changed.notify()

    def run(self) -> None:
        """Send what changed until closed."""
        while True:
            with self._changed:
                while not (self._drawn or self._passed or self._closing):
                    self._changed.wait()
                text = "".join(self._passed)
                self._passed.clear()
                if self._drawn and self._shown:
                    text += self._painter.paint(self._picture)
                self._drawn = False
                ending = self._closing
            if not self._write(text.encode("utf-8", "replace")) or (ending and not text):
                return

    def _write(self, data: bytes) -> bool:
        """Write all of ``data``; False when there is no terminal any more."""
        rest = memoryview(data)
        while rest and not self.gone:
            try:
                written = os.write(self._fileno, rest)
            except BlockingIOError:
                select.select([], [self._fileno], [])
                continue
            except OSError:
                self.gone = True  # hung up: the driver's reader finds out too, and ends the program
                break
            self.sent += written
            rest = rest[written:]
        return not self.gone

    def close(self) -> None:
        """Send what is left and end; a far end that does not read is not waited for."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if threading.current_thread() is not self:
            self.join(LONGEST_FAREWELL)


class FrugalDriver(LinuxDriver):
    """Textual's Linux driver with frugal output, no terminal queries, and an end on hang-up."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._ascii_only = bool(getattr(app, "ascii_only", False))
        self._picture = Picture(80, 24)
        self._output: Output | None = None
        self._bytes_before = 0
        self._suspended = False

    @property
    def bytes_sent(self) -> int:
        """How many bytes have gone to the terminal."""
        return self._bytes_before + (self._output.sent if self._output else 0)

    def write(self, data: str) -> None:
        """Draw ``data`` into the picture; while suspended nothing is sent, and the picture is there on return."""
        text = to_ascii(data) if self._ascii_only else data
        if self._output is not None:
            self._output.take(text)
        else:
            self._picture.feed(text)

    def start_application_mode(self) -> None:
        """Begin, or go on after a suspension."""
        assert self._file is not None
        self._output = Output(self._file.fileno(), self._picture, erases_with_background())
        self._output.resize(*self._get_terminal_size())
        self._output.start()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._follow_resizes()

    def _get_terminal_size(self) -> tuple[int, int]:
        """Columns and lines, asked of the terminal itself: ``COLUMNS`` and ``LINES`` of the environment, which Textual
        believes first, are those of whoever exported them, and stay as they are when the window is resized."""
        try:
            size = os.get_terminal_size(self.fileno)
        except OSError:
            return super()._get_terminal_size()
        return (size.columns, size.lines) if size.columns and size.lines else super()._get_terminal_size()

    def _follow_resizes(self) -> None:
        stock = signal.getsignal(signal.SIGWINCH)

        def resized(number: int, frame: FrameType | None) -> None:
            self._loop.call_soon_threadsafe(self._resized)  # never in the middle of drawing
            if callable(stock):
                stock(number, frame)

        signal.signal(signal.SIGWINCH, resized)

    def _resized(self) -> None:
        if self._output is not None:
            self._output.resize(*self._get_terminal_size())

    def _sigtstp_application(self, *_: object) -> None:
        """Asked to stop, by Ctrl+Z or from outside: between two steps of the loop, never in the middle of drawing."""
        self._loop.call_soon_threadsafe(self._stop_here)

    def _stop_here(self) -> None:
        self._suspended = True
        super()._sigtstp_application()  # returns when the process is continued

    def _sigcont_application(self, *_: object) -> None:
        """Continued. A SIGCONT without a stop before it changes nothing."""
        if self._suspended:
            self._suspended = False
            super()._sigcont_application()

    def redraw(self) -> None:
        """Send the whole picture again (Ctrl+L)."""
        if self._output is not None:
            self._output.redraw()

    def _query_in_band_window_resize(self) -> None:
        """Not asked for: SIGWINCH tells of resizes, and an answer that comes late would land in the shell."""

    def _request_terminal_sync_mode_support(self) -> None:
        """Not asked for: a frame is a few hundred bytes, which no terminal shows in halves."""

    def close(self) -> None:
        """End output."""
        super().close()
        if self._output is not None:
            self._output.close()
            self._bytes_before += self._output.sent
            self._output = None

    def run_input_thread(self) -> None:
        """Read keys until told to stop. At the end of file the terminal has gone: stock Textual would spin there."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(0.1):
                    data = self._read()
                    if not data:
                        self._end_of_terminal()
                        return
                    for event in parser.feed(decode(data)):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, 4096)
        except OSError:
            return b""

    def _end_of_terminal(self) -> None:
        hung_up: Callable[[], None] | None = getattr(self._app, "hung_up", None)
        if hung_up is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(hung_up)
