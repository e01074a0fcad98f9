"""What is known of a terminal before anything is drawn: colours, characters, the clipboard, the face."""

from __future__ import annotations

import base64
import gc
import os
import pty
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from asr_tui import commands, console, opening
from asr_tui.options import Options
from screens.widgets import tones


@pytest.mark.parametrize(
    ("environ", "wanted", "theme"),
    [
        ({"TERM": "xterm-256color"}, "", "calm"),
        ({"TERM": "xterm-256color"}, "contrast", "contrast"),
        ({"TERM": "linux"}, "", "terminal"),
        ({"TERM": "vt220"}, "", "terminal"),
        ({"TERM": "screen"}, "", "terminal"),
        ({"TERM": "screen", "COLORTERM": "truecolor"}, "", "calm"),
        ({"TERM": "linux"}, "light", "light"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "light", "terminal"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "", "terminal"),
    ],
)
def test_the_theme_to_begin_with(environ: dict[str, str], wanted: str, theme: str) -> None:
    assert console.theme_for(environ, wanted) == theme


def test_a_terminal_of_sixteen_colours_is_sent_no_more() -> None:
    environ = {"TERM": "linux"}
    console.settle(environ)
    assert environ["TEXTUAL_COLOR_SYSTEM"] == "standard"
    assert environ["TEXTUAL_ANIMATIONS"] == "none"


@pytest.mark.parametrize(
    ("environ", "ascii_only"),
    [
        ({"TERM": "xterm", "LANG": "C.UTF-8"}, False),
        ({"TERM": "xterm", "LANG": "de_DE.utf8"}, False),
        ({"TERM": "xterm", "LANG": "C"}, True),
        ({"TERM": "xterm", "LANG": "C.UTF-8", "LC_ALL": "POSIX"}, True),
        ({"TERM": "linux", "LANG": "C.UTF-8"}, True),
        ({"TERM": "vt100", "LANG": "C.UTF-8"}, True),
    ],
)
def test_who_gets_ascii(environ: dict[str, str], ascii_only: bool) -> None:
    assert console.wants_ascii(environ) is ascii_only


def test_every_sign_of_a_state_has_a_twin_of_its_own_in_ascii() -> None:
    tables = (tones.STEP_STATES, tones.OPERATION_STATES, tones.MILESTONES)
    for table in tables:
        for sign, word, _tone in table.values():
            twin = console.to_ascii(sign)
            assert word and twin.isascii() and len(twin) == len(sign) and twin != "?"


def test_a_copy_reaches_the_terminal_through_tmux_and_screen() -> None:
    encoded = base64.b64encode(b"rsv-shop").decode()
    plain = f"\x1b]52;c;{encoded}\x07"
    assert console.clipboard_sequence("rsv-shop", {"TERM": "xterm"}) == plain
    assert console.clipboard_sequence("rsv-shop", {"TERM": "screen", "TMUX": "/tmp/x"}) == (
        f"\x1bPtmux;\x1b{plain}\x1b\\"
    )
    assert console.clipboard_sequence("rsv-shop", {"TERM": "screen"}) == f"\x1bP{plain}\x1b\\"
    assert console.clipboard_sequence("rsv-shop", {"TERM": "dumb"}) == ""
    assert console.clipboard_sequence("x" * 60_000, {"TERM": "xterm"}) == ""


@pytest.fixture
def faces(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Which face was opened, with a terminal on both ends and no other wish than the test's."""
    opened: list[str] = []

    def plain(_options: Options) -> int:
        opened.append("plain")
        return 0

    def screens(*_what: object) -> int:
        opened.append(f"screens, animations {os.environ['TEXTUAL_ANIMATIONS']}")
        return 0

    from asr_tui import app

    monkeypatch.setattr(commands, "line_by_line", plain)
    monkeypatch.setattr(app, "run", screens)
    monkeypatch.delenv("ACCESSIBLE", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "full")
    yield opened
    gc.enable()  # the screens begin without it


@pytest.mark.parametrize(
    ("environ", "looks", "plain", "face"),
    [
        ({}, console.Options(), False, "screens, animations full"),
        ({}, console.Options(no_animation=True), False, "screens, animations none"),
        ({}, console.Options(), True, "plain"),
        ({"ACCESSIBLE": "1"}, console.Options(), False, "plain"),
        ({"ACCESSIBLE": "0"}, console.Options(), False, "screens, animations full"),
        ({"TERM": "dumb"}, console.Options(), False, "plain"),
    ],
)
def test_which_face_is_opened(
    faces: list[str],
    monkeypatch: pytest.MonkeyPatch,
    environ: dict[str, str],
    looks: console.Options,
    plain: bool,
    face: str,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    master, slave = pty.openpty()
    with os.fdopen(slave, "r+b", buffering=0) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        monkeypatch.setattr(sys, "stdout", terminal)
        code = opening.wizard(Options(cloud="practice", practice=True), looks, plain)
    os.close(master)
    assert (code, faces) == (0, [face])


def test_output_into_a_file_gets_the_plain_face(
    faces: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "r+b", buffering=0) as terminal, (tmp_path / "out").open("w") as file:
        monkeypatch.setattr(sys, "stdin", terminal)
        monkeypatch.setattr(sys, "stdout", file)
        opening.wizard(Options(cloud="practice", practice=True), console.Options(), plain=False)
    os.close(master)
    assert faces == ["plain"]
