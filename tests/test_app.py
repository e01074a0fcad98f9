"""The application around the screens: first picture, worker gone, leaving, keys typed ahead, small terminals."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys

import pytest
from textual import events

from asr_tui.app import AsrTuiApp
from asr_tui.console import Options
from asr_tui.session import intents
from asr_tui.session.link import WorkerGone
from screens.layout import FramedScreen
from tests.screens import views_fixture as views
from tests.screens.harness import Wizard, make_app, plain_terminal, text_of, until, until_gone, until_shown, wizard
from tests.screens.memory_session import MemorySession

TOO_SMALL = "asr-tui needs a terminal of 80x24 cells or more"

__all__ = ["plain_terminal", "wizard"]  # fixtures


async def test_the_first_picture_comes_before_the_worker() -> None:
    called = asyncio.Event()

    async def connect() -> MemorySession:
        called.set()
        await asyncio.Event().wait()
        raise AssertionError("never reached")

    app = AsrTuiApp(connect, Options(theme="calm"))
    async with app.run_test(size=(80, 24)) as pilot:
        shown = text_of(pilot)
        assert "Protect Azure VMs" in shown
        assert "Starting the worker" in shown
        await asyncio.wait_for(called.wait(), 10)
        await pilot.press("enter")
        assert pilot.app.screen.id == "welcome"


async def test_news_that_come_while_the_program_ends_show_nowhere(wizard: Wizard) -> None:
    async with wizard(MemorySession(views.ready())) as pilot:
        await pilot.press("5")
        app = pilot.app
        screen = app.screen
    assert isinstance(screen, FramedScreen)
    with app._context():
        screen.follow(frozenset())  # its parts are gone
    assert not app.is_running


@pytest.mark.timeout(60)
async def test_a_resize_is_not_lost_on_a_machine_too_busy_for_its_timer(
    wizard: Wizard, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count(step=1.0)  # between any two looks at it the delay of a resize has long passed
    async with wizard(MemorySession(views.ready()), size=(80, 24)) as pilot:
        monkeypatch.setattr("textual.timer._time.get_time", lambda: next(clock))
        await pilot.resize_terminal(120, 40)
        while pilot.app.screen.outer_size != (120, 40):  # never, without the cure: the time limit ends it
            await pilot.pause()


async def test_a_worker_that_is_gone_is_told_everywhere_and_found_again(wizard: Wizard) -> None:
    session = MemorySession(views.ready())
    async with wizard(session) as pilot:
        await pilot.press("3")
        session.die()
        await until_shown(pilot, "The worker has ended.", "Press r to connect again")
        session._gone = ""
        await pilot.press("r")
        await until_gone(pilot, "The worker has ended")
        assert pilot.app.screen.id == "networking"


async def test_a_worker_that_cannot_be_reached_is_told() -> None:
    async def connect() -> MemorySession:
        raise WorkerGone("The worker did not start: the state directory cannot be written.")

    app = AsrTuiApp(connect)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "the state directory cannot be written")


async def test_leaving_says_what_keeps_running_and_the_safe_answer_has_the_focus(wizard: Wizard) -> None:
    async with wizard(MemorySession(views.running())) as pilot:
        await pilot.press("q")
        await until_shown(pilot, "2 operations keep running in Azure")
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen.id == "welcome")
        await pilot.press("q", "q")
        await pilot.pause()
    assert pilot.app.return_value == 0


async def test_leaving_can_end_the_worker_too(wizard: Wizard) -> None:
    session = MemorySession(views.ready())
    async with wizard(session) as pilot:
        await pilot.press("ctrl+q", "shift+tab", "enter")
        await pilot.pause()
    assert session.sent == [intents.Stop()]
    assert pilot.app.return_value == 0


async def test_keys_typed_ahead_land_where_they_were_meant(wizard: Wizard) -> None:
    """As over a slow link: all keys are there before the first one is dealt with."""
    session = MemorySession(views.ready())
    async with wizard(session) as pilot:
        for key in ["5", "t", *"rg-a", "tab", *"cacheb", "tab", "tab", "tab", "enter", "6", "down", "space"]:
            character = key if len(key) == 1 else " " if key == "space" else None
            pilot.app.post_message(events.Key(key, character))
        await until(pilot, lambda: len(session.sent) == 2)
        assert pilot.app.screen.id == "test-failover"
    defaults, drill = session.sent
    assert isinstance(defaults, intents.SetDefaults)
    assert (defaults.defaults.resource_group, defaults.defaults.cache_account) == ("rg-a", "cacheb")
    assert isinstance(drill, intents.PrepareDrill) and drill.vm_ids == (views.vm_id("web-01"),)


@pytest.mark.parametrize("size", [(79, 24), (80, 23), (40, 10)])
async def test_below_80x24_there_is_one_sentence(wizard: Wizard, size: tuple[int, int]) -> None:
    async with wizard(MemorySession(views.ready()), size=size) as pilot:
        await until(pilot, lambda: " ".join(text_of(pilot).split()).startswith(TOO_SMALL))
        assert "PRACTICE" not in text_of(pilot)
        await pilot.press("q")
        await until(pilot, lambda: " ".join(text_of(pilot).split()).startswith(TOO_SMALL))


async def test_a_resize_in_a_dialog_keeps_it(wizard: Wizard) -> None:
    async with wizard(MemorySession(views.ready())) as pilot:
        await pilot.press("5", "t", *"rg")
        await pilot.resize_terminal(60, 20)
        await until_shown(pilot, "needs a terminal")
        await pilot.resize_terminal(120, 40)
        await until_shown(pilot, "Target settings", "rg")


@pytest.mark.parametrize("state", views.STATES)
async def test_hostile_text_is_shown_as_text(wizard: Wizard, state: str) -> None:
    async with wizard(MemorySession(views.STATES[state]())) as pilot:
        for key in "12345678":
            await pilot.press(key)
            shown = text_of(pilot)
            for character in ("\x1b", "\x07", "\u202e", "\u200f", "\u202c"):
                assert character not in shown
            await pilot.press("enter")
            assert all(line.isprintable() for line in text_of(pilot).split("\n"))
            await pilot.press("escape")


async def test_markup_in_names_stays_text(wizard: Wizard) -> None:
    async with wizard(MemorySession(views.ready()), size=(120, 40)) as pilot:
        await pilot.press("2", "end", "enter")
        await until_shown(pilot, "[red]alarm[/red]", "\\x1b[2J")


async def test_ascii_shows_nothing_but_ascii(wizard: Wizard) -> None:
    async with wizard(MemorySession(views.running()), ascii=True) as pilot:
        for key in "12345678":
            await pilot.press(key)
            filters = pilot.app.get_line_filters()
            assert any(type(one).__name__ == "Ascii" for one in filters)
            assert text_of(pilot).isascii()


def test_no_azure_and_no_view_models_are_loaded_before_the_first_picture() -> None:
    """The UI process never loads Azure; what the first picture does not need is loaded after it."""
    code = (
        "import sys, asr_tui.app, screens.welcome\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('azure', 'aiohttp', 'pydantic', 'yaml', 'click')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_make_app_takes_options() -> None:
    app = make_app(MemorySession(), theme="light")
    assert app.options.theme == "light"
