"""The frugal driver against Textual's own stream, and on a real pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import random
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import events
from textual.driver import Driver
from textual.geometry import Size

from asr_tui.picture import Painter, Picture
from tests.screens import views_fixture as views
from tests.screens.harness import make_app, plain_terminal
from tests.screens.memory_session import MemorySession
from tests.test_picture import cells, terminal

__all__ = ["plain_terminal"]
ROOT = Path(__file__).resolve().parent.parent

_KEYS = [
    *"12345678nbov/wtpsckxd",
    *("up", "down", "pagedown", "pageup", "home", "end", "tab", "shift+tab", "enter", "escape", "space", "a", "question_mark"),
    *("down", "tab", "escape", "escape"),
]  # fmt: skip


class Tape(Driver):
    """Hands everything that Textual writes to two emulated terminals: as it is, and through picture and painter."""

    def __init__(self, app, *, debug=False, mouse=True, size=None) -> None:  # type: ignore[no-untyped-def]
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self.stock_bytes = self.frugal_bytes = 0
        self.dropping = random.Random(1)
        self.start(*(size or (80, 24)))

    def start(self, width: int, height: int) -> None:
        self.stock, self._stock_stream = terminal(width, height)
        self.frugal, self._frugal_stream = terminal(width, height)
        self.picture, self.painter = Picture(width, height), Painter(erases=True)

    def write(self, data: str) -> None:
        self.stock_bytes += len(data.encode())
        self._stock_stream.feed(data)
        self.picture.feed(data)
        if self.dropping.random() < 0.7:
            self.paint()

    def paint(self) -> None:
        data = self.painter.paint(self.picture)
        self.frugal_bytes += len(data.encode())
        self._frugal_stream.feed(data)

    def resize(self, width: int, height: int) -> None:
        """Both emulators begin anew, as a real one may show anything after a resize."""
        self.start(width, height)
        self.send_message(events.Resize(Size(width, height), Size(width, height)))

    def start_application_mode(self) -> None:
        self.resize(*(self._size or (80, 24)))

    def disable_input(self) -> None: ...

    def stop_application_mode(self) -> None: ...


@pytest.mark.parametrize(
    "state, size, theme",
    [("running", (80, 24), "calm"), ("failed", (120, 40), "light"), ("ready", (100, 30), "terminal")],
)
async def test_random_sessions_show_the_same_cell_by_cell(state: str, size: tuple[int, int], theme: str) -> None:
    chance = random.Random(f"{state}{size}")
    app = make_app(MemorySession(views.STATES[state]()), theme=theme)
    app.driver_class = Tape
    async with app.run_test(headless=False, size=size) as pilot:
        tape = app._driver
        assert isinstance(tape, Tape)
        for number in range(60):
            await pilot.press(chance.choice(_KEYS))
            await pilot.pause()
            if number % 20 == 19:
                tape.resize(chance.choice([80, 90, 120]), chance.choice([24, 30, 40]))
                await pilot.pause()
            tape.paint()
            assert cells(tape.frugal) == cells(tape.stock)
    print(f"{state}: stock {tape.stock_bytes:,} bytes, frugal {tape.frugal_bytes:,}")
    assert tape.frugal_bytes * 3 < tape.stock_bytes


PROGRAM = """
import sys
from asr_tui import app, console

async def connect():
    from tests.screens import views_fixture as views
    from tests.screens.memory_session import MemorySession
    return MemorySession(views.running())

{before}
sys.exit(app.run(connect, console.Options(theme="calm")))
"""


EXPORTED = {"COLUMNS": "90", "LINES": "33"}
"""The size of some other window, as a parent process may have exported it: it counts for nothing."""


class Terminal:
    """The program on a pseudo-terminal of its own."""

    def __init__(self, tmp_path: Path, before: str = "") -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.settings = termios.tcgetattr(slave)
        environ = {**os.environ, "TERM": "xterm-256color", "ASR_TUI_STATE_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
        environ |= EXPORTED
        self.errors = tmp_path / "exit-code"
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM.format(before=before)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=ROOT,
            env=environ,
            start_new_session=True,
        )
        self.slave = slave
        self.screen, self._stream = terminal(80, 24)
        self.seen = self._before = ""

    def read_until(self, text: str, seconds: float = 120) -> None:
        """Read what the program writes until ``text`` is on the screen (or, below the screen, was written)."""
        while text not in "\n".join(self.screen.display) and text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], seconds)
            assert ready, f"{text!r} never came; the screen shows:\n" + "\n".join(self.screen.display)
            data = os.read(self.master, 65536).decode("utf-8", "replace")
            self.seen += data
            self._stream.feed(data)

    def begin_anew(self) -> None:
        """As after ``fg``: nothing is on the screen, and what was written before does not count."""
        self._before += self.seen
        self.seen = ""
        self.screen.reset()
        self.screen.reset_mode(7, private=True)

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def end(self) -> int:
        """Read on until the program has ended; its status."""
        while self.process.poll() is None:
            ready, _, _ = select.select([self.master], [], [], 0.05)
            if ready:
                self.seen += os.read(self.master, 65536).decode("utf-8", "replace")
        while select.select([self.master], [], [], 0)[0]:
            self.seen += os.read(self.master, 65536).decode("utf-8", "replace")
        return self.process.returncode

    def is_restored(self) -> bool:
        """Whether the terminal's settings are what they were, and the modes that were switched on are off again."""
        written = self._before + self.seen
        switched = all(
            written.rfind(f"\x1b[?{mode}{on}") <= written.rfind(f"\x1b[?{mode}{off}")
            for mode, on, off in (("1049", "h", "l"), ("25", "l", "h"), ("2004", "h", "l"))
        )
        return termios.tcgetattr(self.slave) == self.settings and switched

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for handle in (self.master, self.slave):
            os.close(handle)


@pytest.fixture
def on_terminal(tmp_path: Path) -> Iterator[type[Terminal]]:
    """Starts the program; whatever happens, it is gone afterwards."""
    started: list[Terminal] = []

    class Started(Terminal):
        def __init__(self, before: str = "") -> None:
            super().__init__(tmp_path, before)
            started.append(self)

    yield Started
    for one in started:
        one.close()


def test_leaving_restores_the_terminal(on_terminal: type[Terminal]) -> None:
    one = on_terminal()  # type: ignore[call-arg]
    one.read_until("go on with step")
    one.press("qq")
    assert one.end() == 0
    assert one.is_restored()


def test_nothing_is_switched_on_that_a_dropped_link_would_leave_on(on_terminal: type[Terminal]) -> None:
    one = on_terminal()  # type: ignore[call-arg]
    one.read_until("go on with step")
    for mode in ("1000", "1002", "1003", "1004", "1006", "1015", "1016", "2026", "2048", "7"):
        assert f"\x1b[?{mode}" not in one.seen, f"mode {mode}"
    assert "u" not in [match[-1] for match in one.seen.split("\x1b[>")[1:] if match]
    one.press("qq")
    one.end()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_end_it_with_the_terminal_restored(on_terminal: type[Terminal], number: signal.Signals) -> None:
    one = on_terminal()  # type: ignore[call-arg]
    one.read_until("go on with step")
    one.process.send_signal(number)
    assert one.end() == 128 + number
    assert one.is_restored()


def test_a_terminal_that_goes_away_ends_it(on_terminal: type[Terminal]) -> None:
    one = on_terminal("import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)")  # type: ignore[call-arg]
    one.read_until("go on with step")
    os.close(one.slave)
    os.close(one.master)
    assert one.process.wait(timeout=30) == 129
    one.master, one.slave = pty.openpty()


def test_suspended_and_continued_it_shows_the_same_again(on_terminal: type[Terminal]) -> None:
    one = on_terminal()  # type: ignore[call-arg]
    one.read_until("go on with step")
    one.press("5")
    one.read_until("changes done")
    before = list(one.screen.display)
    one.press("\x1a")
    _pid, status = os.waitpid(one.process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    assert termios.tcgetattr(one.slave) == one.settings
    one.read_until("\x1b[?1049l")
    one.begin_anew()
    one.process.send_signal(signal.SIGCONT)
    one.read_until("changes done")
    one.press("o")
    one.read_until("Operations  ")
    one.press("o")
    one.read_until("web-03-w")
    assert [line[:40] for line in one.screen.display[:2]] == [line[:40] for line in before[:2]]
    one.press("qq")
    assert one.end() == 0
    assert one.is_restored()


def test_a_storm_of_resizes_ends_in_a_true_picture(on_terminal: type[Terminal]) -> None:
    one = on_terminal()  # type: ignore[call-arg]
    one.read_until("go on with step")
    sizes = [(24 + number % 7, 80 + number % 11) for number in range(300)]
    for rows, columns in [*sizes, (20, 70), (30, 100)]:
        fcntl.ioctl(one.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        one.process.send_signal(signal.SIGWINCH)
    one.screen.resize(30, 100)

    def is_true() -> bool:
        shown = one.screen.display
        return "PRACTICE" in shown[0] and shown[29].rstrip().endswith("? Help") and "Step" not in "".join(shown[2:28])

    while not is_true():
        ready, _, _ = select.select([one.master], [], [], 120)
        assert ready, "\n".join(one.screen.display)
        data = os.read(one.master, 65536).decode("utf-8", "replace")
        one.seen += data
        one._stream.feed(data)
    one.press("qq")
    assert one.end() == 0
    assert one.is_restored()


def test_a_crash_is_one_sentence_and_a_report(on_terminal: type[Terminal], tmp_path: Path) -> None:
    one = on_terminal(  # type: ignore[call-arg]
        "from screens.welcome import WelcomeScreen\n"
        "async def broken(self): raise KeyError('the key of nobody')\n"
        "WelcomeScreen.do_begin = broken"
    )
    one.read_until("go on with step")
    one.press("\r")
    assert one.end() == 1
    assert one.is_restored()
    told = one.seen[one.seen.rfind("\x1b[?25h") :]
    assert "asr-tui ended because of an error of its own (KeyError)" in told
    assert "Traceback" not in told
    (report,) = (tmp_path / "crashes").iterdir()
    assert "the key of nobody" in report.read_text()
    assert report.stat().st_mode & 0o777 == 0o600


def test_a_terminal_that_does_not_read_never_stops_the_loop(on_terminal: type[Terminal], tmp_path: Path) -> None:
    """The loop beats into a file while it draws far more than a terminal's buffer holds, and nobody reads."""
    beats = tmp_path / "beats"
    one = on_terminal(  # type: ignore[call-arg]
        "import os\n"
        f"beats = os.open({str(beats)!r}, os.O_WRONLY | os.O_CREAT)\n"
        "shown = app.AsrTuiApp.on_ready\n"
        "def beat(self):\n"
        "    os.write(beats, b'.')\n"
        "    self.screen.styles.background = 'red' if self.screen.styles.background.r < 9 else 'black'\n"
        "    self.refresh(layout=True)\n"
        "def on_ready(self):\n"
        "    shown(self)\n"
        "    self.set_interval(0.01, beat.__get__(self))\n"
        "app.AsrTuiApp.on_ready = on_ready"
    )
    while not beats.exists() or beats.stat().st_size < 300:
        assert one.process.poll() is None
        select.select([], [], [], 0.02)
    one.read_until("Welcome")
    one.press("qq")
    assert one.end() == 0
