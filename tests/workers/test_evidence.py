"""Evidence from elsewhere: lists of kernels that the engineer names, and the rules that Azure works out for an interface."""

from __future__ import annotations

from pathlib import Path

from asr_tui.model.change import Kind
from asr_tui.session import intents
from asr_tui.session.client import SessionClient
from asr_tui.session.planning_views import OpinionView
from asr_tui.session.views import View
from tests import walking
from tests.practice import PracticeCloud, until

KERNEL = "vm-kernel-supported"


def about_kernels(view: View) -> list[tuple[str, str]]:
    return [(row.severity, row.evidence) for row in view.prerequisites.findings if row.check_id == KERNEL]


def done(view: View) -> bool:
    return view.prerequisites.state == "done" and view.session.activity == ""


async def test_kernels_are_held_against_the_lists_that_the_engineer_names(
    practice_session: SessionClient, tmp_path: Path
) -> None:
    client = practice_session
    await walking.architecture(client)
    view = await walking.prerequisites(client)
    await walking.send(client, intents.SelectVms(vm_ids=walking.eligible(view)))
    await walking.send(client, intents.ProbeGuests())
    view = await until(
        client, lambda view: done(view) and {severity for severity, _ in about_kernels(view)} == {"info"}
    )
    assert view.prerequisites.kernel_lists == ""
    ((_, evidence),) = about_kernels(view)
    assert "support matrix as read on 2026-01-01" in evidence and "names series" in evidence

    lists = tmp_path / "lists" / "9.66.7640.1"
    lists.mkdir(parents=True)
    for name in ("UBUNTU-22.04", "UBUNTU-24.04", "RHEL9", "SLES15", "DEBIAN12", "UBUNTU-20.04"):
        (lists / f"{name}-64_supported_kernels.txt").write_text("6.8.0-9999-azure\n")
    refused = await client.send(intents.NameKernelLists(place="lists"))
    assert "absolute path" in refused.problems[0].what
    await walking.send(client, intents.NameKernelLists(place=str(lists.parent)))
    view = await walking.prerequisites(client)
    assert view.plan.kernels == view.prerequisites.kernels == str(lists.parent)
    assert "agent 9.66.7640.1" in view.prerequisites.kernel_lists
    # Not one of the guests boots a kernel of that list.
    assert any(severity == "blocker" and "list of agent 9.66.7640.1" in told for severity, told in about_kernels(view))

    await walking.send(client, intents.NameKernelLists(place=str(tmp_path / "nowhere")))
    view = await walking.prerequisites(client)
    assert any("nowhere" in problem.what for problem in view.problems)
    assert view.prerequisites.kernel_lists == ""
    await walking.send(client, intents.NameKernelLists())
    view = await walking.prerequisites(client)
    assert {severity for severity, _ in about_kernels(view)} == {"info"}


async def opinion(client: SessionClient, vm_id: str) -> OpinionView:
    await walking.send(client, intents.AskEffectiveRules(vm_id=vm_id))
    view = await until(
        client, lambda view: bool(view.networking.opinions) and view.networking.opinions[0].state != "asking"
    )
    assert view.networking.opinions[0].vm_id == vm_id
    return view.networking.opinions[0]


async def test_azure_is_asked_for_its_own_rules_and_differences_show(
    practice_session: SessionClient, emulator: PracticeCloud
) -> None:
    client = practice_session
    await walking.architecture(client)
    view = await walking.prerequisites(client)
    vm = next(row for row in view.vms if row.power == "running")
    agreed = await opinion(client, vm.id)
    assert agreed.state == "done" and agreed.asked_at is not None
    assert agreed.rows and not any(row.differs for row in agreed.rows)
    assert agreed.remarks == ()

    refusal = {
        "when": {"path": "**/effectiveNetworkSecurityGroups"},
        "then": {"status": 403, "code": "AuthorizationFailed"},
    }
    emulator.control("POST", "faults", {"faults": [refusal]})
    refused = await opinion(client, vm.id)
    assert refused.state == "failed" and refused.problem is not None
    assert refused.problem.code == "AuthorizationFailed"
    unknown = await client.send(intents.AskEffectiveRules(vm_id="/subscriptions/x/nowhere"))
    assert "not among what was read" in unknown.problems[0].what
    stopped = next((row for row in view.vms if row.power not in {"running", ""}), None)
    if stopped is not None:
        answer = await client.send(intents.AskEffectiveRules(vm_id=stopped.id))
        assert "does not run" in answer.problems[0].what


async def test_missing_rules_can_be_copied(practice_session: SessionClient) -> None:
    client = practice_session
    await walking.architecture(client)
    view = await walking.prerequisites(client)
    for fix in view.networking.missing:
        assert fix.command.startswith("az network nsg rule create ")
        assert '"destinationAddressPrefix"' in fix.body
    offered = {fix.key for row in view.prerequisites.worklist for fix in row.fixes if Kind.SECURITY_RULE in fix.what}
    assert {fix.key for fix in view.networking.missing} == offered
