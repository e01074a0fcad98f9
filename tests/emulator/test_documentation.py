"""docs/emulator.md says what the registry says, and its lines for Python and curl do what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from asr_tui.emulator import documentation
from asr_tui.emulator.registry import REGISTRY
from tests.practice import PracticeCloud

PAGE = Path(__file__).resolve().parents[2] / "docs" / "emulator.md"


def test_the_page_is_up_to_date() -> None:
    text = PAGE.read_text(encoding="utf-8")
    hint = "run: python -m asr_tui.emulator.documentation docs/emulator.md"
    assert documentation.refreshed(text) == text, hint


def test_every_operation_is_in_the_table_once() -> None:
    table = documentation.operations()
    rows = [line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| method")]
    assert len(rows) == len(set(rows)) == len(REGISTRY)


def test_a_part_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError, match="nothing"):
        documentation.refreshed("<!-- generated: nothing --><!-- end -->")


@pytest.fixture(scope="module")
def practice() -> Iterator[PracticeCloud]:
    cloud = PracticeCloud(estate="starter", speed=60)
    yield cloud
    cloud.kill()


def run(practice: PracticeCloud, *command: str) -> str:
    """What a program prints that is pointed at the practice cloud by the exports alone."""
    done = subprocess.run(command, env=os.environ | practice.environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_lines_for_python_list_the_vms(practice: PracticeCloud) -> None:
    (lines,) = re.findall(r"\*\*Python\.\*\*.*?```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert "web-01" in run(practice, sys.executable, "-c", lines)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_lines_for_curl_get_through(practice: PracticeCloud) -> None:
    walk = PAGE.parents[1] / "tests" / "clients" / "curl" / "walk.sh"
    assert run(practice, str(walk)).splitlines()[-1] == "done"
