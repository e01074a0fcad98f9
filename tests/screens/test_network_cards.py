"""Step 3 by keys: missing rules that are copied or planned, Azure's own view of an interface, ways to on-premises."""

from __future__ import annotations

from asr_tui.model.problem import Problem
from asr_tui.session import intents
from asr_tui.session.planning_views import OpinionView
from asr_tui.session.views import View
from tests.screens import views_fixture as views
from tests.screens.harness import Wizard, until_shown
from tests.screens.memory_session import MemorySession


def changed(**fields: object) -> View:
    view = views.worklist()
    return view.model_copy(update={"networking": view.networking.model_copy(update=fields)})


async def test_missing_rules_are_shown_as_commands_and_go_into_the_plan(wizard: Wizard) -> None:
    session = MemorySession(views.worklist())
    async with wizard(session, (120, 40)) as pilot:
        await pilot.press("3", "f")
        shown = await until_shown(pilot, "az network nsg rule create")
        assert '"destinationAddressPrefix": "EventHub.NorthEurope"' in shown
        await pilot.press("escape", "t")
        await pilot.pause()
    rule = views.worklist().networking.missing[0]
    assert session.sent == [intents.TakeFixes(keys=(*views.worklist().plan.fixes, rule.key))]


async def test_planned_rules_are_taken_out_again(wizard: Wizard) -> None:
    rule = views.worklist().networking.missing[0].model_copy(update={"taken": True})
    session = MemorySession(changed(missing=(rule,)))
    async with wizard(session, (120, 40)) as pilot:
        await pilot.press("3", "t")
        await pilot.pause()
        await until_shown(pilot, "out of the plan")
    assert session.sent == [intents.TakeFixes(keys=views.worklist().plan.fixes)]


async def test_nothing_missing_is_said(wizard: Wizard) -> None:
    session = MemorySession(changed(missing=(), connections=(), opinions=()))
    async with wizard(session, (120, 40)) as pilot:
        await pilot.press("3", "t")
        await until_shown(pilot, "No security rule is missing")
        await pilot.press("f")
        await until_shown(pilot, "every tag that replication needs is let out")
        await pilot.press("escape", "v")
        await until_shown(pilot, "No gateway, circuit or connection")
    assert session.sent == []


async def test_azure_is_asked_about_a_vm_and_its_answer_is_shown(wizard: Wizard) -> None:
    session = MemorySession(views.worklist())
    async with wizard(session, (120, 40)) as pilot:
        await pilot.press("3", "p", "slash", *"web-01", "enter", "enter")
        await pilot.pause()
        await until_shown(pilot, "1 of 2 tags differ", "rule let-hubs (priority 300)")
        await pilot.press("escape", "p", "slash", *"web-02", "enter", "enter")
        await pilot.pause()
    assert session.sent == [intents.AskEffectiveRules(vm_id=views.vm_id("web-02"))]


async def test_an_answer_under_way_or_refused_is_told_in_the_networks_line(wizard: Wizard) -> None:
    asked = OpinionView(vm_id=views.vm_id("web-01"), vm_name="web-01", interface="nic", network="vnet-shop")
    session = MemorySession(changed(opinions=(asked,)))
    async with wizard(session, (120, 40)) as pilot:
        await pilot.press("3")
        await until_shown(pilot, "asking Azure about web-01")
        refused = asked.model_copy(update={"state": "failed", "problem": Problem(what="Refused.")})
        session.show(changed(opinions=(refused,)))
        await pilot.pause()
        await until_shown(pilot, "Azure did not answer for web-01")


async def test_each_vm_tells_where_its_interfaces_go_and_what_stays_behind(wizard: Wizard) -> None:
    session = MemorySession(views.worklist())
    async with wizard(session, (120, 40)) as pilot:
        await pilot.press("3", "i")
        await until_shown(pilot, "2 interfaces, 3 things left behind", "1 interface, 0 things left behind")
        await pilot.press("enter")
        shown = await until_shown(pilot, "Interfaces of web-01", "vnet-shop-asr/web", "same name", "▲ nowhere")
        assert "10.10.1.4 if it is free there" in shown
        assert "Public address pip-web-01" in shown
        await pilot.press("escape", "i", "down", "enter")
        await until_shown(pilot, "Interfaces of web-02", "Nothing of its networking stays behind")


async def test_too_many_vms_wait_for_the_selection(wizard: Wizard) -> None:
    session = MemorySession(changed(vms=()))
    async with wizard(session, (120, 40)) as pilot:
        await pilot.press("3", "i")
        await until_shown(pilot, "too many VMs to list")


async def test_ways_to_on_premises_and_what_could_not_be_read(wizard: Wizard) -> None:
    session = MemorySession(changed(unread="Circuits: 403."))
    async with wizard(session, (120, 40)) as pilot:
        await pilot.press("3", "v")
        await until_shown(pilot, "Circuits: 403.", "Have a gateway ready in the target region")


async def test_lists_of_kernels_are_named_on_step_2(wizard: Wizard) -> None:
    session = MemorySession(views.worklist())
    async with wizard(session, (120, 40)) as pilot:
        await pilot.press("2", "l", *"/lists", "enter", "enter")
        await pilot.pause()
    assert session.sent == [intents.NameKernelLists(place="/lists"), intents.RunChecks()]
