"""docs/emulator.md says what the registry says."""

from __future__ import annotations

from pathlib import Path

import pytest

from asr_tui.emulator import documentation
from asr_tui.emulator.registry import REGISTRY

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
