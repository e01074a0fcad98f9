"""The installed program, once for all test processes; a home of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.installed import Installed, build_wheel, install, one_at_a_time


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
