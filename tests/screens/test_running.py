"""Step 5 while a run goes on: the dial, cancelling, one VM once more, and what one VM has of its own."""

from __future__ import annotations

import re
from datetime import timedelta

from asr_tui.model.plan import NicChoice
from asr_tui.model.problem import Problem
from asr_tui.session import intents
from tests.screens import views_fixture as views
from tests.screens.harness import Wizard, text_of, until, until_shown
from tests.screens.memory_session import MemorySession

FAILED_KEY = "/subscriptions/s/sql-01"


def with_a_failed_item() -> MemorySession:
    view = views.running()
    rows = [
        row.model_copy(update={"milestone": "failed", "change_key": FAILED_KEY}) if number == 0 else row
        for number, row in enumerate(view.replication.items)
    ]
    part = view.replication.model_copy(update={"items": tuple(rows)})
    run = view.run.model_copy(update={"failed": 1})
    return MemorySession(view.model_copy(update={"replication": part, "run": run}))


async def test_cancelling_says_what_runs_on_and_going_on_is_the_safe_answer(wizard: Wizard) -> None:
    session = MemorySession(views.running())
    async with wizard(session) as pilot:
        await pilot.press("5", "c")
        await pilot.pause()
        await until_shown(pilot, "on in Azure to the end", "Nothing that was made is deleted")
        await pilot.press("enter")
        await pilot.pause()
        assert session.sent == []
        await pilot.press("c", "tab", "enter")
        await pilot.pause()
    assert session.sent == [intents.ControlRun(action="cancel")]


async def test_the_dial_takes_a_number_and_shows_the_budget(wizard: Wizard) -> None:
    session = MemorySession(views.running())
    session.view = session.view.model_copy(
        update={"session": session.view.session.model_copy(update={"remaining_writes": 187, "remaining_reads": 240})}
    )
    async with wizard(session, (120, 40)) as pilot:
        await pilot.press("5")
        await pilot.pause()
        await until_shown(pilot, "187 writes and 240 reads left")
        await pilot.press("d", "ctrl+u", *"0", "tab", "enter")
        await pilot.pause()
        await until_shown(pilot, "a number from 1 to 1000")
        await pilot.press("shift+tab", "ctrl+u", *"25", "tab", "enter")
        await pilot.pause()
    assert session.sent == [intents.SetConcurrency(limit=25)]


async def test_one_vm_that_was_put_right_is_tried_again(wizard: Wizard) -> None:
    session = with_a_failed_item()
    async with wizard(session) as pilot:
        await pilot.press("5", "home", "F")
        await pilot.pause()
        assert session.sent == [intents.ControlRun(action="retry-failed", key=FAILED_KEY)]
        await pilot.press("down", "F")
        await pilot.pause()
        await until_shown(pilot, "Highlight a VM that")
    assert len(session.sent) == 1


async def test_what_one_vm_has_of_its_own(wizard: Wizard) -> None:
    session = MemorySession(views.ready())
    async with wizard(session) as pilot:
        await pilot.press("5", "s", *"web-dr", *["tab"] * 3, *"2", *["tab"] * 3, *"web-01-nic", *["tab"] * 6, "enter")
        await pilot.pause()
        await until_shown(pilot, "is not name=subnet/address")
        await pilot.press(*["shift+tab"] * 6, *"=data/10.1.0.9", *["tab"] * 6, "enter")
        await pilot.pause()
    (sent,) = session.sent
    assert isinstance(sent, intents.SetOverride)
    assert sent.vm_id == views.vm_id("web-01")
    assert (sent.override.target_name, sent.override.zone) == ("web-dr", "2")
    assert sent.override.nics == {"web-01-nic": NicChoice(subnet="data", address="10.1.0.9")}


async def test_what_stands_still_shows_for_how_long_in_place_of_a_bar(wizard: Wizard) -> None:
    view = views.running()
    rows = list(view.replication.items)
    at = next(number for number, row in enumerate(rows) if row.milestone == "seeding")
    session = MemorySession(view)
    async with wizard(session, (120, 40)) as pilot:
        await pilot.press("5")
        await pilot.pause()
        now = pilot.app.now()  # type: ignore[attr-defined]
        rows[at] = rows[at].model_copy(update={"changed_at": now - timedelta(minutes=25)})
        session.update(replication=view.replication.model_copy(update={"items": tuple(rows)}))
        await until(pilot, lambda: bool(re.search(r"still 2[4-6] min", text_of(pilot))), "how long nothing has moved")


async def test_a_kind_of_error_that_repeats_asks_what_to_do(wizard: Wizard) -> None:
    view = views.running()
    problem = Problem(
        what="3 changes failed alike, so the other 470 wait.",
        cause="No outbound path.",
        remedy="Put it right and retry what failed, or resume to try the others all the same.",
        code="151192",
    )
    run = view.run.model_copy(update={"state": "paused", "failed": 3, "problem": problem})
    session = MemorySession(view.model_copy(update={"run": run}))
    async with wizard(session, (120, 40)) as pilot:
        await pilot.press("5")
        await until_shown(pilot, "3 changes failed alike, so the other 470 wait.", "z goes on")
        await pilot.press("f", "z")
        await pilot.pause()
    assert session.sent == [intents.ControlRun(action="retry-failed"), intents.ControlRun(action="resume")]


async def test_ones_own_pause_is_no_problem(wizard: Wizard) -> None:
    view = views.running()
    problem = Problem(what="Paused: what runs in Azure goes on, nothing new is begun.", code="paused")
    rows = tuple(row.model_copy(update={"problem": None}) for row in view.replication.items)
    part = view.replication.model_copy(update={"items": rows})
    run = view.run.model_copy(update={"state": "paused", "problem": problem})
    session = MemorySession(view.model_copy(update={"run": run, "replication": part}))
    async with wizard(session) as pilot:
        await pilot.press("5")
        shown = await until_shown(pilot, "paused: ")
    assert "✗ Paused" not in shown
