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


@pytest.mark.parametrize("state", views.STATES)
async def test_every_page(request: pytest.FixtureRequest, snapshot: Any, state: str) -> None:
    shots = await _held(state, gallery.pages(state), request)
    assert len(shots) == len(PAGES) * len(SIZES) * len(LOOKS)
    for name, shot in shots.items():
        if name.endswith(_READ_AS_TEXT):
            assert shot.text == snapshot(name=name.removesuffix(_READ_AS_TEXT))
        if name in PICTURES[state]:
            assert shot.svg() == snapshot(name=name, extension_class=SVGImageExtension)


@pytest.mark.parametrize("dialog", DIALOGS)
async def test_dialog(request: pytest.FixtureRequest, snapshot: Any, dialog: str) -> None:
    shots = await _held(f"dialog-{dialog}", gallery.dialog(dialog), request)
    assert shots[f"{dialog}-80x24-calm"].svg() == snapshot(name="80x24", extension_class=SVGImageExtension)
