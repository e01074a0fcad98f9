"""``docs/checks.md`` says what the registry holds."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from asr_tui.rules.catalogue import CHECKS
from asr_tui.rules.handbook import checks_markdown

PAGE = Path(__file__).resolve().parents[2] / "docs" / "checks.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == checks_markdown(), "run: python -m asr_tui.rules > docs/checks.md"


def test_every_check_has_its_row() -> None:
    text = checks_markdown()
    assert all(text.count(f"| `{check.id}` |") == 1 for check in CHECKS)


def test_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_module("asr_tui.rules", run_name="__main__")
    assert capsys.readouterr().out == checks_markdown()
