"""The whole wizard by keys, against a session in memory: what each key asks of the worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from asr_tui.model.plan import DrillChoice, RecoveryPointKind
from asr_tui.model.problem import Problem
from asr_tui.model.step import Step
from asr_tui.session import intents
from screens.frame import ORDER
from tests.screens import views_fixture as views
from tests.screens.harness import Wizard, text_of, until, until_gone, until_shown
from tests.screens.memory_session import MemorySession


async def test_next_and_back_visit_every_page_in_order(wizard: Wizard) -> None:
    async with wizard(MemorySession(views.ready())) as pilot:
        seen = [pilot.app.screen.id]
        for _page in ORDER[1:]:
            await pilot.press("n")
            seen.append(pilot.app.screen.id)
        assert tuple(seen) == ORDER
        for _page in ORDER[1:]:
            await pilot.press("b")
        assert pilot.app.screen.id == "welcome"


@pytest.mark.parametrize("key, ident", [("1", "architecture"), ("4", "vault"), ("7", "sign-in"), ("8", "finish")])
async def test_a_digit_goes_straight_to_a_page(wizard: Wizard, key: str, ident: str) -> None:
    async with wizard(MemorySession(views.ready())) as pilot:
        await pilot.press(key)
        assert pilot.app.screen.id == ident


async def test_begin_goes_to_the_step_that_needs_the_engineer(wizard: Wizard) -> None:
    async with wizard(MemorySession(views.ready())) as pilot:
        await pilot.press("enter")
        assert pilot.app.screen.id == "prerequisites"


async def test_sign_in_and_subscription(wizard: Wizard) -> None:
    session = MemorySession(views.empty())
    async with wizard(session) as pilot:
        await pilot.press("enter", "down", "enter")
        session.show(views.ready())
        await until(pilot, lambda: getattr(pilot.app.screen.focused, "id", "") == "subscriptions")
        await pilot.press("enter")
        await until(pilot, lambda: len(session.sent) == 2)
    assert session.sent == [
        intents.SignIn(way="environment"),
        intents.ChooseSubscription(subscription_id=views.SUBSCRIPTION),
    ]


async def test_regions_are_chosen_and_refused_ones_are_not(wizard: Wizard) -> None:
    session = MemorySession(views.ready())
    async with wizard(session) as pilot:
        await pilot.press("1", "enter", "down", "enter", "end", "enter")
        await pilot.pause()
        await until_shown(pilot, "same geographic cluster")
    assert session.sent == [
        intents.ChooseRegions(source="westeurope", target="northeurope"),
        intents.ChooseRegions(source="westeurope", target="francecentral"),
    ]


async def test_findings_by_severity_and_checks_run_again(wizard: Wizard) -> None:
    session = MemorySession(views.ready())
    async with wizard(session) as pilot:
        await pilot.press("2", "s")
        await until_gone(pilot, "accepted")
        await pilot.press("s", "s", "s", "s", "home", "r", "R")
        await pilot.press("plus", *"fine", "enter", "enter")
        await pilot.pause()
    assert session.sent == [
        intents.RunChecks(check_id="disk-ephemeral", reread=True),
        intents.RunChecks(reread=True),
        intents.AcceptFinding(key="vm-os|gpu", reason="fine"),
    ]


async def test_findings_of_one_vm(wizard: Wizard) -> None:
    async with wizard(MemorySession(views.ready())) as pilot:
        await pilot.press("2", "v", "slash", *"sql-01", "enter", "enter")
        await pilot.pause()
        shown = await until_shown(pilot, "sql-01-log")
    assert "gpu-train" not in shown


async def test_networks_are_mapped_to_an_existing_and_to_a_new_one(wizard: Wizard) -> None:
    session = MemorySession(views.ready())
    async with wizard(session) as pilot:
        await pilot.press("3", "m", "down", "enter")
        await pilot.press("m", "home", "enter")
        await pilot.press("ctrl+u", *"dr-net", "tab", "tab", "tab", "enter")
        await pilot.pause()
    first, second = session.sent
    assert first == intents.MapNetwork(
        source_network_id=views.network_id("vnet-shop"), target_id=views.network_id("vnet-dr")
    )
    assert isinstance(second, intents.MapNetwork)
    assert (second.create_name, second.address_space) == ("dr-net", ("10.10.0.0/16",))


async def test_a_subnet_is_chosen_and_given_back_to_the_rule(wizard: Wizard) -> None:
    session = MemorySession(views.ready())
    async with wizard(session) as pilot:
        await pilot.press("3", "s", "end", "enter", "s", "home", "enter")
        await pilot.pause()
    targets = [intent.target_subnet for intent in session.sent if isinstance(intent, intents.ChooseSubnet)]
    assert targets == ["sql", ""]


async def test_a_vault_is_taken_from_the_list_and_a_new_one_named(wizard: Wizard) -> None:
    session = MemorySession(views.ready())
    async with wizard(session) as pilot:
        await pilot.press("4", "enter")
        await until_shown(pilot, "source region")
        await pilot.press("down", "enter", "v")
        await pilot.press("ctrl+u", *"rsv-new", "tab", "tab", "tab", "enter")
        await pilot.pause()
    existing, new = session.sent
    assert isinstance(existing, intents.ChooseVault) and existing.vault_id.endswith("rsv-dr")
    assert new == intents.ChooseVault(name="rsv-new", resource_group="rg-dr", region="northeurope")


async def test_nothing_is_carried_out_without_review_and_confirmation(wizard: Wizard) -> None:
    def react(view: views.View, intent: intents.Intent) -> views.View:
        under_review = isinstance(intent, intents.PrepareReview)
        return view.model_copy(update={"review": views.review(Step.REPLICATION) if under_review else view.review})

    session = MemorySession(views.ready(), react)
    async with wizard(session) as pilot:
        await pilot.press("5", "w")
        await pilot.pause()
        shown = text_of(pilot)
        assert "11 writes" in shown and "replicated items" in shown
        await pilot.press("c", "enter")  # the focus is on the safe answer
        await pilot.pause()
        assert [type(intent) for intent in session.sent] == [intents.PrepareReview]
        await pilot.press("c", "tab", "enter")
        await pilot.pause()
        assert session.sent[-1] == intents.ConfirmReview(digest="9f2c41d07be3a855")
        assert pilot.app.screen.id == "replication"


async def test_a_review_that_is_left_is_dismissed(wizard: Wizard) -> None:
    session = MemorySession(views.ready().model_copy(update={"review": views.review()}))
    async with wizard(session) as pilot:
        await pilot.press("5", "w", "escape")
        await pilot.pause()
    assert [type(intent) for intent in session.sent] == [intents.PrepareReview, intents.DismissReview]


async def test_a_review_with_blockers_cannot_be_confirmed(wizard: Wizard) -> None:
    review = views.review(blockers=("sql-01 has a blocker",))
    session = MemorySession(views.ready().model_copy(update={"review": review}))
    async with wizard(session) as pilot:
        await pilot.press("5", "w", "c")
        await pilot.pause()
        await until_shown(pilot, "First: sql-01 has a blocker")
        await pilot.press("tab", "enter", "escape")
        await pilot.pause()
    assert not any(isinstance(intent, intents.ConfirmReview) for intent in session.sent)


async def test_selection_goes_to_the_worker_and_fast_keys_add_up(wizard: Wizard) -> None:
    session = MemorySession(views.ready().model_copy(update={"vms": views.vms(selected=False)}))
    async with wizard(session) as pilot:
        await pilot.press("5", "space", "down", "space", "a")
        await pilot.pause()
    chosen = [intent.vm_ids for intent in session.sent if isinstance(intent, intents.SelectVms)]
    assert [len(ids) for ids in chosen] == [1, 2, 8]
    assert chosen[1] == (views.vm_id("web-01"), views.vm_id("web-02"))


async def test_a_refused_selection_is_taken_back_and_explained(wizard: Wizard) -> None:
    session = MemorySession(views.ready().model_copy(update={"vms": views.vms(selected=False)}))
    session.refuse_with = (Problem(what="web-01 is locked by another session."),)
    async with wizard(session) as pilot:
        await pilot.press("5", "space")
        await pilot.pause()
        shown = await until_shown(pilot, "✗ web-01 is locked by another session.")
    assert "[x]" not in shown


async def test_targets_and_policy(wizard: Wizard) -> None:
    session = MemorySession(views.ready())
    async with wizard(session) as pilot:
        await pilot.press("5", "t", *"rg-x", "tab", "tab", "tab", "tab", "enter")
        await pilot.press("p", "tab", "ctrl+u", *"72", "tab", "ctrl+u", *"often", "tab", "tab", "tab", "enter")
        await pilot.pause()
        await until_shown(pilot, "Not understood")
        await pilot.press("escape")
        await pilot.press("p", "tab", "ctrl+u", *"72", "tab", "ctrl+u", *"120", "tab", "tab", "tab", "enter")
        await pilot.pause()
    defaults, policy = session.sent[0], session.sent[-1]
    assert isinstance(defaults, intents.SetDefaults) and defaults.defaults.resource_group == "rg-x"
    assert isinstance(policy, intents.SetPolicy)
    assert (policy.policy.retention_minutes, policy.policy.app_consistent_minutes) == (4320, 120)


async def test_a_drill_from_choice_to_cleanup(wizard: Wizard) -> None:
    session = MemorySession(views.ready())
    async with wizard(session) as pilot:
        await pilot.press("6", "p", "home", "down", "enter")
        await pilot.press("s", "enter")  # the safe answer
        await pilot.pause()
        assert not any(isinstance(intent, intents.StartDrill) for intent in session.sent)
        await pilot.press("s", "tab", "enter")
        await pilot.pause()
        session.update(drill=views.drill("waiting"))
        await pilot.pause(0.3)
        await pilot.press("v", "enter", *"works", "enter", "enter")
        await pilot.press("c", *"drill of march", "enter", "enter")
        await pilot.pause()
    prepared, started, verdict, cleaned = session.sent
    assert isinstance(prepared, intents.PrepareDrill) and prepared.recovery_point is RecoveryPointKind.LATEST
    assert started == intents.StartDrill(digest=views.drill().digest)
    assert verdict == intents.RecordVerdict(vm_id=views.vm_id("web-01"), verdict="passed", note="works")
    assert cleaned == intents.CleanUpDrill(notes="drill of march")


async def test_a_network_that_is_not_isolated_must_be_typed(wizard: Wizard) -> None:
    choice = DrillChoice(network_id=views.network_id("vnet-dr"), create_network=False)
    drill = views.drill().model_copy(update={"network_name": "vnet-dr"})
    session = MemorySession(views.ready().model_copy(update={"plan": views.plan(drill=choice), "drill": drill}))
    async with wizard(session) as pilot:
        await pilot.press("6", "s", "tab", "enter")
        await pilot.pause()
        await until_shown(pilot, "not isolated")
        assert session.sent == []
        await pilot.press(*"vnet-dr", "enter", "enter")
        await pilot.pause()
    assert session.sent == [intents.StartDrill(typed_network_name="vnet-dr", digest=drill.digest)]


async def test_an_action_that_cannot_be_done_says_why(wizard: Wizard) -> None:
    session = MemorySession(views.ready().model_copy(update={"vms": views.vms(selected=False)}))
    async with wizard(session) as pilot:
        await pilot.press("5", "w")
        await until_shown(pilot, "Choose at least one VM first")
    assert session.sent == []


async def test_the_drill_is_planned_with_waves_targets_dependencies_and_own_checks(
    wizard: Wizard, tmp_path: Path
) -> None:
    script = tmp_path / "check.sh"
    script.write_text("echo passed")
    session = MemorySession(views.ready())
    async with wizard(session) as pilot:
        await pilot.press("6", "d", "enter", "ctrl+u", *"90", "tab", "ctrl+u", *"soon", "tab", "enter")
        await pilot.pause()
        await until_shown(pilot, "'soon' is no whole number")
        await pilot.press("shift+tab", "ctrl+u", *"30", "tab", "enter")
        await pilot.press("d", "down", "enter", "ctrl+u", *"2", "enter", "enter")
        await pilot.press("d", "down", "down", "enter", *"copy", "tab", "tab", "tab", "enter")
        await pilot.press("d", "end", "enter", *str(script), "tab", "tab", "enter")
        await pilot.pause()
    targets, wave, dependencies, scripts = session.sent
    assert isinstance(targets, intents.PrepareDrill)
    assert (targets.targets.rto_minutes, targets.targets.rpo_minutes) == (90, 30)
    assert isinstance(wave, intents.PrepareDrill) and wave.waves == {views.vm_id("web-01"): 2}
    assert isinstance(dependencies, intents.PrepareDrill)
    assert dependencies.dependencies == {"Domain controller and DNS": "copy"}
    assert isinstance(scripts, intents.PrepareDrill) and scripts.scripts == {"linux": str(script)}


async def test_before_the_start_all_is_shown_that_will_be_made_and_run(wizard: Wizard) -> None:
    async with wizard(MemorySession(views.ready()), size=(120, 60)) as pilot:
        await pilot.press("6", "s")
        await pilot.pause()
        shown = text_of(pilot)
        await pilot.press("shift+tab", "end")
        await pilot.pause()
        shown += text_of(pilot)
    for part in (
        "create network security group vnet-shop-drill-nsg",
        "deny-internet-inbound",
        "systemctl is-active shop",
        "app-02: has no recovery point yet",
        "the quota fam was not read",
        "Not answered (d): Databases and other services",
    ):
        assert part in shown, part
