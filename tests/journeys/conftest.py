"""The installed program, once for all test processes; a home of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from asr_tui.launch import session as sessions
from tests.journeys.installed import ROOT, Installed, build_wheel, install, one_at_a_time


@pytest.fixture(scope="session")
def command(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The ``asr-tui`` command of a virtual environment that holds nothing but the wheel and its dependencies."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    with one_at_a_time(shared / "installing.lock"):
        found = shared / "installed" / "bin" / "asr-tui"
        if not found.exists():
            (shared / "wheel").mkdir()
            install(build_wheel(shared / "wheel"), shared / "installed")
    return found


@pytest.fixture
def installed(command: Path, tmp_path: Path) -> Iterator[Installed]:
    """The program in a fresh home; whatever it left running is ended."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    program = Installed(command, home)
    yield program
    program.stop()


@pytest.fixture
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state directory and a terminal of its own for the wizard in this process; whatever runs in it is ended."""
    state = tmp_path / "state"
    for name, value in (
        ("ASR_TUI_STATE_DIR", str(state)),
        ("XDG_RUNTIME_DIR", str(tmp_path)),
        ("PYTHONPATH", str(ROOT)),
        ("TERM", "xterm-256color"),
        ("LANG", "C.UTF-8"),
    ):
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "COLORTERM", "TMUX", "LC_ALL"):
        monkeypatch.delenv(name, raising=False)
    yield state
    for found in sessions.sessions():
        sessions.stop(found.paths)
