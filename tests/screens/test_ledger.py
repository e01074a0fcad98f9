"""The ledger of pictures: equal pictures are silent, every other one is told and shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screens import ledger
from tests.screens.gallery import Shot

BEFORE = Shot("vault-80x24-calm", "calm", ((("bold", "Vault"), ("", " ready")), (("", "x"),)))


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of the repository is written."""
    monkeypatch.setattr(ledger, "STORED", tmp_path / "stored")
    monkeypatch.setattr(ledger, "DIFFERENCES", tmp_path / "differences")
    ledger.write("state", {BEFORE.name: BEFORE})
    return tmp_path


def test_the_same_again_is_no_difference() -> None:
    assert ledger.differences("state", {BEFORE.name: BEFORE}) == ""


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (((("bold", "Vault"), ("", " gone")), (("", "x"),)), "-Vault ready\n+Vault gone"),
        (((("", "Vault ready"),), (("", "x"),)), "the same text in other colours, in lines 0"),
    ],
)
def test_a_difference_is_told_and_both_pictures_are_drawn(
    folders: Path, rows: tuple[ledger.Row, ...], told: str
) -> None:
    now = Shot(BEFORE.name, "calm", rows)
    message = ledger.differences("state", {now.name: now})
    assert told in message
    drawn = folders / "differences" / "state"
    assert {f"{now.name}.{when}.{kind}" for when in ("stored", "now") for kind in ("svg", "txt")} <= {
        path.name for path in drawn.iterdir()
    }
    assert str(drawn / "index.html") in message


def test_a_picture_that_is_no_longer_drawn_is_a_difference() -> None:
    assert "no longer drawn: vault-80x24-calm" in ledger.differences("state", {})
    other = Shot("new-80x24-calm", "calm", BEFORE.rows)
    assert "1 of 2 pictures differ" in ledger.differences("state", {BEFORE.name: BEFORE, other.name: other})
