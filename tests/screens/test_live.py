"""What changes while somebody looks: news are taken together, keys come first, what has finished folds away."""

from __future__ import annotations

import pytest
from textual.widget import Widget

from screens import shell
from screens.widgets.activity import Activity
from tests.screens import views_fixture as views
from tests.screens.harness import Wizard, text_of, type_fast, until, until_shown
from tests.screens.memory_session import MemorySession


async def test_news_that_come_fast_are_shown_together(wizard: Wizard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two looks at the worker passes the time between two frames: here, for ever."""
    assert shell.BETWEEN_FRAMES >= 0.25  # at most four a second
    monkeypatch.setattr(shell, "BETWEEN_FRAMES", 10_000.0)
    session = MemorySession(views.ready())
    shown: list[frozenset[str]] = []
    async with wizard(session) as pilot:
        changed = pilot.app.changed  # type: ignore[attr-defined]
        monkeypatch.setattr(pilot.app, "changed", lambda sections: (shown.append(sections), changed(sections)))
        session.update(session=views.session(activity="first"))
        await until_shown(pilot, "first")
        for number in range(50):
            session.update(session=views.session(activity=f"number {number}"))
            await pilot.pause()
        assert [sections for sections in shown if sections] == [{"session"}]
        await type_fast(pilot, "5")  # and keys are dealt with all the same
        await until(pilot, lambda: pilot.app.screen.id == "replication")


async def test_what_a_key_did_is_drawn_at_once_and_waits_for_no_beat(
    wizard: Wizard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "HURRY_SECONDS", 10_000.0)  # however busy the machine is
    async with wizard(MemorySession(views.ready())) as pilot:
        await pilot.press("5")
        await until_shown(pilot, "VMs chosen")
        screen = pilot.app.screen
        monkeypatch.setattr(
            screen._update_timer, "resume", lambda: None
        )  # the clock that Textual draws by stands still
        drawn: list[object] = []
        display = pilot.app._display
        monkeypatch.setattr(pilot.app, "_display", lambda *what: (drawn.append(what), display(*what)))
        await type_fast(pilot, "down")
        await until(pilot, lambda: bool(drawn), "a picture")
        monkeypatch.undo()
        assert "> [x] web-02" in text_of(pilot)


async def test_a_page_that_was_left_keeps_no_drawn_lines(wizard: Wizard) -> None:
    """Half a MiB each, which an engineer's jump box has better uses for."""
    async with wizard(MemorySession(views.ready())) as pilot:
        await pilot.press("5")
        await until_shown(pilot, "VMs chosen")
        left = pilot.app.screen
        assert any(widget._styles_cache._cache for widget in left.walk_children(Widget))
        await pilot.press("6")
        await until(pilot, lambda: pilot.app.screen.id == "test-failover")
        assert not any(widget._styles_cache._cache for widget in left.walk_children(Widget))
        await pilot.press("5")
        await until_shown(pilot, "VMs chosen", "web-01")


async def test_finished_operations_fold_away_and_failed_ones_stay(wizard: Wizard) -> None:
    session = MemorySession(views.running())
    async with wizard(session) as pilot:
        await pilot.press("5", "o")
        await until_shown(pilot, "2 running, 1 failed, 1 finished")
        table = pilot.app.screen.query_one(Activity).table
        assert sorted(row.state for row in table.rows) == ["failed", "running", "running"]
        rows = [
            row.model_copy(update={"state": "succeeded"}) if row.state == "running" else row
            for row in session.view.operations
        ]
        session.update(operations=tuple(rows))
        await until_shown(pilot, "1 failed, 3 finished")
        assert [row.state for row in table.rows] == ["failed"]
        await pilot.press("enter")
        await until_shown(pilot, "What to do", "Start its VM agent")
