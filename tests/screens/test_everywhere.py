"""What is the same on every page: help, the palette, the keys that everything answers to, and the focus."""

from __future__ import annotations

import pytest

from asr_tui.actions import BY_ID, actions_in, key_name
from screens.frame import ORDER, StepScreen
from screens.registry import SCREENS
from screens.widgets.table import Table
from tests.screens import views_fixture as views
from tests.screens.harness import Wizard, until, until_shown
from tests.screens.memory_session import MemorySession
from tests.screens.pages import PAGES

EVERYWHERE = {
    "next": ("n", "ctrl+right"),
    "back": ("b", "ctrl+left"),
    "filter": ("slash",),
    "mark": ("space",),
    "mark-all": ("a",),
    "open": ("enter",),
    "refresh": ("r",),
    "copy": ("y",),
    "operations": ("o",),
    "error": ("e",),
    "leave": ("q",),
    "help": ("question_mark",),
}


def test_the_keys_are_those_that_the_help_of_every_page_names() -> None:
    for ident, keys in EVERYWHERE.items():
        assert set(keys) <= set(BY_ID[ident].keys)
    assert set(SCREENS) == set(ORDER) == set(PAGES)
    for screen in SCREENS.values():
        assert len([part for part in screen.PURPOSE.replace("...", "").split(". ") if part]) >= 2, screen.IDENT
        assert screen.PAGE.startswith("https://")


@pytest.mark.parametrize("page", PAGES)
async def test_help_and_palette(wizard: Wizard, page: str) -> None:
    async with wizard(MemorySession(views.ready()), (200, 60)) as pilot:
        await pilot.press(*PAGES[page].split())
        screen = pilot.app.screen
        assert isinstance(screen, StepScreen)
        assert page == screen.IDENT
        assert screen.focused is not None and screen.focused.has_focus
        await pilot.press("question_mark")
        own = [key_name(action.keys[0]) for action in actions_in(page)]
        await until_shown(pilot, f"Help: {screen.TITLE_TEXT}", " ".join(screen.PURPOSE.split()[:4]), *own)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        await pilot.press("colon")
        await until(pilot, lambda: pilot.app.screen is not screen and bool(pilot.app.screen.query(Table)))
        offered = {row.key for row in pilot.app.screen.query_one(Table).rows}
        assert offered == {action.id for action in screen.usable()} - {"palette"}
        await pilot.press("escape", "escape")
        await until(pilot, lambda: pilot.app.screen is screen)


@pytest.mark.parametrize("page", PAGES)
async def test_tab_goes_round_and_the_focus_is_always_seen(wizard: Wizard, page: str) -> None:
    """From every part of a page Tab leads on, and Shift+Tab back the same way: no key trap."""
    async with wizard(MemorySession(views.ready())) as pilot:
        await pilot.press(*PAGES[page].split())
        screen = pilot.app.screen
        first, seen = screen.focused, []
        for _ in range(12):
            seen.append(screen.focused)
            assert screen.focused is not None and screen.focused.region.area
            await pilot.press("tab")
            if screen.focused is first:
                break
        assert screen.focused is first
        for widget in reversed(seen[1:]):
            await pilot.press("shift+tab")
            assert screen.focused is widget


async def test_the_mouse_works_where_it_is_switched_on(wizard: Wizard) -> None:
    """A click moves to a row, another opens it, and buttons can be pressed."""
    async with wizard(MemorySession(views.ready()), (120, 40)) as pilot:
        await pilot.press(*PAGES["prerequisites"].split())
        screen = pilot.app.screen
        table = next(table for table in screen.query(Table) if table.display)
        await pilot.click(table, offset=(4, 3))
        assert table.row is table.rows[2]
        await pilot.click(table, offset=(4, 3))
        await until(pilot, lambda: pilot.app.screen is not screen, "the card of the row")
        await pilot.press("escape")
        await pilot.press("q")
        await until_shown(pilot, "Leave asr-tui?")
        await pilot.click("#leave")
        await until(pilot, lambda: not pilot.app.is_running, "the end")
