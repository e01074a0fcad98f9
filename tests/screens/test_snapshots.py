"""A picture of every page and dialog in the sizes and colours that engineers have, and the text of every state."""

from __future__ import annotations

import time
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screens import views_fixture as views
from tests.screens.harness import make_app, text_of
from tests.screens.memory_session import MemorySession
from tests.screens.pages import DIALOGS, PAGES, SHOWN_IN, SIZES, view_of, walk


@pytest.fixture(autouse=True)
def local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times are shown in local time: here that is UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def picture(snap_compare: Any, state: str, keys: str, size: str, **options: object) -> bool:
    """Compare the page that ``keys`` lead to."""

    async def there(pilot: Pilot[int]) -> None:
        await walk(pilot, keys)

    app = make_app(MemorySession(view_of(state)), **options)
    return bool(snap_compare(app, terminal_size=SIZES[size], run_before=there))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", views.STATES)
async def test_text_of_every_page_in_every_state(snapshot: Any, state: str, size: str) -> None:
    app = make_app(MemorySession(view_of(state)), theme="calm")
    async with app.run_test(size=SIZES[size]) as pilot:
        for page, keys in PAGES.items():
            await walk(pilot, keys)
            assert text_of(pilot) == snapshot(name=page)


@pytest.mark.parametrize("size", ["80x24", "120x40"])
@pytest.mark.parametrize("page", PAGES)
def test_page(snap_compare: Any, page: str, size: str) -> None:
    assert picture(snap_compare, SHOWN_IN.get(page, "ready"), PAGES[page], size, theme="calm")


@pytest.mark.parametrize("dialog", DIALOGS)
def test_dialog(snap_compare: Any, dialog: str) -> None:
    state, keys = DIALOGS[dialog]
    assert picture(snap_compare, state, keys, "80x24", theme="calm")


@pytest.mark.parametrize("theme", ["light", "contrast", "terminal"])
@pytest.mark.parametrize("page", ["prerequisites", "replication"])
def test_theme(snap_compare: Any, page: str, theme: str) -> None:
    assert picture(snap_compare, "running", PAGES[page], "80x24", theme=theme)


@pytest.mark.parametrize("page", ["prerequisites", "replication", "architecture"])
def test_without_colour(snap_compare: Any, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert picture(snap_compare, "running", PAGES[page], "80x24")


@pytest.mark.parametrize("page", ["prerequisites", "replication", "architecture"])
def test_in_ascii(snap_compare: Any, page: str) -> None:
    assert picture(snap_compare, "running", PAGES[page], "80x24", ascii=True)
