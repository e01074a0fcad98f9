"""Step 2 by keys: the worklist by cause, repairs that are put into the plan, and what the account lacks."""

from __future__ import annotations

from asr_tui.session import intents
from asr_tui.session.planning_views import CauseRow, FixRow, GapRow, PermissionsView
from asr_tui.session.views import View
from tests.screens import views_fixture as views
from tests.screens.harness import Wizard, until_gone, until_shown
from tests.screens.memory_session import MemorySession

RULE = "/subscriptions/s/resourcegroups/rg/providers/microsoft.network/networksecuritygroups/nsg-web/securityrules/asr"


def listed(*, taken: bool = False, gaps: bool = False) -> View:
    view = views.ready()
    part = view.prerequisites
    shared = [row for row in part.findings if row.vm_ids][:2]
    cause = CauseRow(
        key="blocker|nsg",
        severity="blocker",
        title="Storage is reachable",
        subject="nsg-web",
        evidence="Denied by deny-all.",
        remedy="Add a rule above it.",
        findings=tuple(row.key for row in shared),
        vms=2,
        unblocks=1,
        fixes=(FixRow(key=RULE, name="nsg-web/asr", what="create security rule nsg-web/asr", taken=taken),),
    )
    other = CauseRow(
        key="unknown|quota",
        severity="unknown",
        title="Quota is enough",
        subject="North Europe",
        evidence="403.",
        remedy="Ask for Reader.",
        findings=("quota",),
    )
    gap = GapRow(scope="/subscriptions/s", title="Shop", actions=("Microsoft.X/write",), roles=("Contributor",))
    held = PermissionsView(
        known=True, gaps=(gap,), role='{\n  "Name": "x"\n}', request="Please:\n  - Microsoft.X/write"
    )
    update = {"worklist": (cause, other), "permissions": held if gaps else PermissionsView(known=True)}
    plan = view.plan.model_copy(update={"fixes": (RULE, "other") if taken else ("other",)})
    return view.model_copy(update={"prerequisites": part.model_copy(update=update), "plan": plan})


async def test_one_row_a_cause_with_its_vms_under_it(wizard: Wizard) -> None:
    async with wizard(MemorySession(listed()), (120, 40)) as pilot:
        await pilot.press("2")
        shown = await until_shown(pilot, "nsg-web", "VMs (2)", "gpu-train, sql-01", "offered")
        assert "gpu-train_OsDisk" not in shown
        await pilot.press("w")
        await until_shown(pilot, "gpu-train_OsDisk")
        await pilot.press("c", "w")
        await until_shown(pilot, "VMs (2)")


async def test_the_filters_of_the_findings_hold_for_the_causes(wizard: Wizard) -> None:
    async with wizard(MemorySession(listed()), (120, 40)) as pilot:
        await pilot.press("2", "slash", *"sql-01", "enter")
        await until_shown(pilot, "nsg-web")
        await until_gone(pilot, "Quota is enough")
        await pilot.press("escape", "s")
        await until_gone(pilot, "Quota is enough")


async def test_a_repair_goes_into_the_plan_and_out_again(wizard: Wizard) -> None:
    session = MemorySession(listed())
    async with wizard(session, (120, 40)) as pilot:
        await pilot.press("2", "f")
        await pilot.pause()
        session.show(listed(taken=True))
        await pilot.pause()
        await until_shown(pilot, "planned")
        await pilot.press("f", "down", "f")
        await pilot.pause()
        await until_shown(pilot, "asr-tui has no repair for this")
    assert session.sent == [intents.TakeFixes(keys=("other", RULE)), intents.TakeFixes(keys=("other",))]


async def test_all_findings_of_a_cause_are_accepted_with_one_reason(wizard: Wizard) -> None:
    session = MemorySession(listed())
    async with wizard(session, (120, 40)) as pilot:
        await pilot.press("2", "plus", *"ok", "tab", "enter")
        await pilot.pause()
    first, second = listed().prerequisites.worklist[0].findings
    assert session.sent == [intents.AcceptFinding(key=first, reason="ok", others=(second,))]


async def test_a_probe_shows_its_script_before_it_runs(wizard: Wizard) -> None:
    view = listed()
    scripts = view.prerequisites.model_copy(update={"scripts": {"Linux": "echo '== kernel'\nuname -r"}})
    session = MemorySession(view.model_copy(update={"prerequisites": scripts}))
    async with wizard(session, (120, 40)) as pilot:
        await pilot.press("2", "p")
        await pilot.pause()
        await until_shown(pilot, "uname -r")
        await pilot.press("enter", "p", "tab", "enter")
        await pilot.pause()
    assert session.sent == [intents.ProbeGuests()]


async def test_the_engineers_word_is_asked_for_what_is_unknown_only(wizard: Wizard) -> None:
    session = MemorySession(listed())
    async with wizard(session, (120, 40)) as pilot:
        await pilot.press("2", "t")
        await pilot.pause()
        await until_shown(pilot, "Only what could not be evaluated")
        await pilot.press("down", "t")
        await pilot.pause()
        await until_shown(pilot, "Quota in North Europe")
        await pilot.press("tab", "enter")
        await pilot.pause()
    assert session.sent == [intents.Attest(keys=("quota",))]


async def test_what_the_account_lacks_is_shown_with_a_role(wizard: Wizard) -> None:
    async with wizard(MemorySession(listed()), (120, 40)) as pilot:
        await pilot.press("2", "m")
        await until_shown(pilot, "Nothing is known to be missing")
    async with wizard(MemorySession(listed(gaps=True)), (120, 40)) as pilot:
        await pilot.press("2", "m")
        await pilot.pause()
        shown = await until_shown(pilot, "Microsoft.X/write")
        assert '"Name": "x"' in shown
        assert "--role FILE" in shown
