"""Every page in every state, at every size, in all looks; and every dialog, resized while it is open.

All of them are held by a ledger (:mod:`tests.screens.ledger`), character by character with the styles. Beside it stand what is
good to read in a review: the text of every page in every state and size, and pictures of every page in every look.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pytest_textual_snapshot import SVGImageExtension
from rich.style import Style

from tests.screens import gallery, ledger
from tests.screens import views_fixture as views
from tests.screens.gallery import LOOKS, Shot
from tests.screens.pages import DIALOGS, PAGES, SHOWN_IN, SIZES

_READ_AS_TEXT = "-calm"
PICTURES = {
    state: {f"{page}-80x24-{look}" for page in PAGES if SHOWN_IN.get(page, "ready") == state for look in LOOKS}
    | {f"{page}-120x40-calm" for page in PAGES if SHOWN_IN.get(page, "ready") == state}
    for state in views.STATES
}
"""Which of a state's pictures are stored as such."""


@pytest.fixture(autouse=True)
def local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times are shown in local time: here that is UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


async def _held(name: str, taken: AsyncIterator[Shot], request: pytest.FixtureRequest) -> dict[str, Shot]:
    """The shots by name, after they were held against the ledger (or stored there with ``--snapshot-update``)."""
    shots = {shot.name: shot async for shot in taken}
    if request.config.option.update_snapshots:
        ledger.write(name, shots)
    told = ledger.differences(name, shots)
    assert not told, told
    return shots


def _keeps_its_word(shot: Shot) -> None:
    """NO_COLOR sends no colour of any kind, greys included; ASCII is ASCII."""
    if shot.look == "no-colour":
        styles = [Style.parse(style) for row in shot.rows for style, _text in row]
        assert {style.color.name for style in styles if style.color} <= {"default"}, shot.name
        assert {style.bgcolor.name for style in styles if style.bgcolor} <= {"default"}, shot.name
    elif shot.look == "ascii":
        assert shot.text.isascii(), shot.name


@pytest.mark.parametrize("state", views.STATES)
async def test_every_page(request: pytest.FixtureRequest, snapshot: Any, state: str) -> None:
    shots = await _held(state, gallery.pages(state), request)
    assert len(shots) == len(PAGES) * len(SIZES) * len(LOOKS)
    for name, shot in shots.items():
        _keeps_its_word(shot)
        if name.endswith(_READ_AS_TEXT):
            assert shot.text == snapshot(name=name.removesuffix(_READ_AS_TEXT))
        if name in PICTURES[state]:
            assert shot.svg() == snapshot(name=name, extension_class=SVGImageExtension)


@pytest.mark.parametrize("dialog", DIALOGS)
async def test_dialog(request: pytest.FixtureRequest, snapshot: Any, dialog: str) -> None:
    shots = await _held(f"dialog-{dialog}", gallery.dialog(dialog), request)
    for shot in shots.values():
        _keeps_its_word(shot)
    assert shots[f"{dialog}-80x24-calm"].svg() == snapshot(name="80x24", extension_class=SVGImageExtension)
