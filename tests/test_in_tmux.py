"""The program inside tmux, where most engineers have it: all steps, resizes, suspension, a killed pane."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_terminal import EXPORTED, PROGRAM

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 120
POLL_SECONDS = 0.05


class Pane:
    """A shell in a tmux server of its own, 80x24."""

    def __init__(self, folder: Path, before: str = "") -> None:
        self._socket = str(folder / "tmux")
        self.folder = folder
        environ = {**os.environ, "TERM": "xterm-256color", "ASR_TUI_STATE_DIR": str(folder), "PYTHONPATH": str(ROOT)}
        environ |= EXPORTED
        environ.pop("TMUX", None)
        environ.pop("NO_COLOR", None)
        program = folder / "program.py"
        program.write_text(PROGRAM.format(before=before))
        self.command = f"{shlex.quote(sys.executable)} {shlex.quote(str(program))}"
        subprocess.run(
            ["tmux", "-f", "/dev/null", "-S", self._socket, "new-session", "-d", "-x", "80", "-y", "24", "sh"],
            check=True,
            env=environ,
            cwd=ROOT,
        )

    def tmux(self, *words: str) -> str:
        """Run a tmux command."""
        done = subprocess.run(["tmux", "-S", self._socket, *words], check=True, capture_output=True, text=True)
        return done.stdout

    def keys(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self.tmux("send-keys", *keys)

    def line(self, text: str) -> None:
        """Type a line into the shell."""
        self.tmux("send-keys", "-l", text)
        self.keys("Enter")

    def shown(self) -> str:
        """The pane as text."""
        return self.tmux("capture-pane", "-p")

    def until(self, text: str, without: str | None = None) -> str:
        """Wait until ``text`` is shown, and ``without`` is not: a look at the pane may catch half a frame."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while text not in (shown := self.shown()) or (without is not None and without in shown):
            assert time.monotonic() < deadline, f"{text!r} (without {without!r}) never came:\n{shown}"
            time.sleep(POLL_SECONDS)
        return shown

    def settings(self, name: str) -> str:
        """What ``stty -a`` says in the shell, without the size."""
        path = self.folder / name
        # The sum is in the shell's answer only, never in the echo of what was typed.
        self.line(f"stty -a > {shlex.quote(str(path))}; echo {name}-$((40+2))")
        self.until(f"{name}-42")
        return path.read_text().partition(";")[2]

    def kill(self) -> None:
        """End the server and all in it."""
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], check=False, capture_output=True)


@pytest.fixture
def pane(tmp_path: Path) -> Iterator[Pane]:
    """A pane that is gone afterwards."""
    one = Pane(tmp_path)
    yield one
    one.kill()


def test_all_steps_with_a_resize_in_between(pane: Pane) -> None:
    pane.line(f"{pane.command}; echo ended-$?")
    pane.until("go on with step")
    for key, name in zip(
        "123456", ["Architecture", "Prerequisites", "Networking", "Vault", "Replication", "Test failover"], strict=True
    ):
        pane.keys(key)
        pane.until(f"Step {key} of 6 {name}")
    pane.tmux("resize-window", "-x", "120", "-y", "40")
    pane.until("> 6 Test failover", without="Step 6 of 6")
    pane.tmux("resize-window", "-x", "60", "-y", "20")
    pane.until("needs a terminal of 80x24")
    pane.tmux("resize-window", "-x", "80", "-y", "24")
    pane.until("Step 6 of 6 Test failover")
    pane.keys("q")
    pane.until("Leave asr-tui?")
    pane.keys("q")
    pane.until("ended-0\n")


def test_suspended_resumed_and_left_the_terminal_is_as_before(pane: Pane) -> None:
    before = pane.settings("before")
    pane.line(pane.command)
    pane.until("go on with step")
    pane.keys("5")
    pane.until("Step 5 of 6")
    pane.keys("C-z")
    pane.until("topped")
    assert pane.settings("suspended") == before
    pane.line("fg; echo ended-$?")
    pane.until("Step 5 of 6 Replication")
    pane.until("changes done")
    pane.keys("q")
    pane.until("Leave asr-tui?")
    pane.keys("q")
    pane.until("ended-0\n")
    assert pane.settings("after") == before


def test_after_a_crash_the_terminal_is_as_before(tmp_path: Path) -> None:
    broken = (
        "from screens.welcome import WelcomeScreen\n"
        "async def broken(self): raise KeyError('the key of nobody')\n"
        "WelcomeScreen.do_begin = broken"
    )
    pane = Pane(tmp_path, broken)
    try:
        before = pane.settings("before")
        pane.line(f"{pane.command}; echo ended-$?")
        pane.until("go on with step")
        pane.keys("Enter")
        assert "error of its own (KeyError)" in " ".join(pane.until("ended-1\n").split())
        assert pane.settings("after") == before
    finally:
        pane.kill()


def test_killed_by_a_hang_up_the_terminal_is_as_before(pane: Pane) -> None:
    before = pane.settings("before")
    pane.line(f"{pane.command} & echo $! > {pane.folder}/pid; fg; echo ended-$?")
    pane.until("go on with step")
    os.kill(int((pane.folder / "pid").read_text()), 1)
    pane.until("ended-129\n")
    assert pane.settings("after") == before
