"""Every code of the reference's error catalogue has a card; read from beside the repository, and skipped where it is absent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from asr_tui.rules import errors

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "domain.md"


def catalogue() -> list[str]:
    """The first column of the tables of section 7: numbers, hexadecimal forms, and names."""
    if not REFERENCE.is_file():
        return []
    text = REFERENCE.read_text(encoding="utf-8")
    section = text.split("\n## 7. ", 1)[1].split("\n## 8. ", 1)[0].split("\n### 7.3 ", 1)[0]
    cells = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| ")]
    found = []
    for cell in cells:
        found += re.findall(r"0x[0-9A-Fa-f]{8}|\b\d{3,10}\b(?!\))|^[A-Z][a-z]+[A-Z]\w+|^A2A\w+", cell)
    return found


CODES = catalogue()


@pytest.mark.skipif(not CODES, reason="the reference is not beside this repository")
def test_the_reference_was_understood() -> None:
    numbers = {code for code in CODES if code.isdigit()}
    assert len(numbers) == 47
    assert {"151196", "150226", "2147221164"} <= numbers
    assert {"0x80040154", "ScopeLocked", "RequestDisallowedByPolicy"} <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_each_code_has_a_card(code: str) -> None:
    card = errors.explain(code)
    assert card is not None
    assert card.title and card.meaning and card.cause and card.remedy
    assert card.source.url.startswith("https://")
