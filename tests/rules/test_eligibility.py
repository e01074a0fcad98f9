"""Verdicts on VMs, what fits together, the worklist, the error cards, and what has changed since the checks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr_tui.model import arm_id
from asr_tui.model.change import Action, Change, Kind
from asr_tui.model.compute import AttachedDisk, Usage
from asr_tui.model.finding import Finding, Scope, Severity
from asr_tui.model.network import NetworkSecurityGroup, SecurityRule
from asr_tui.model.plan import AcceptedFinding
from asr_tui.model.recovery import Eligibility, ServiceIssue
from asr_tui.model.step import Step
from asr_tui.rules import catalogue, eligibility, errors, readiness, worklist
from asr_tui.rules.eligibility import Verdict
from tests.rules import makers
from tests.rules.makers import SOURCE, TARGET

WEB01, WEB02 = makers.vm_id("web01"), makers.vm_id("web02")


def finding(check_id: str = "c", severity: Severity = Severity.BLOCKER, *vm_ids: str, **changes: Any) -> Finding:
    values: dict[str, Any] = {
        "check_id": check_id,
        "severity": severity,
        "scope": Scope.VM,
        "title": f"Title of {check_id}",
        "subject": "web01",
        "subject_id": WEB01,
        "evidence": "It is so.",
        "remedy": "Do.",
        "vm_ids": vm_ids,
    }
    return Finding(**(values | changes))


def everything(estate: Any, plan: Any) -> tuple[Finding, ...]:
    return tuple(f for _, findings in catalogue.run_all(estate, plan) for f in findings)


# -- verdicts ---------------------------------------------------------------------------------------------------------


def test_only_blockers_about_the_vm_itself_make_it_ineligible() -> None:
    found = eligibility.verdicts(
        makers.estate(),
        makers.plan(),
        [
            finding("a", Severity.BLOCKER, WEB01.upper()),
            finding("b", Severity.BLOCKER, WEB01, evidence="And so."),
            finding("c", Severity.WARNING, WEB01, WEB02),
            finding("d", Severity.BLOCKER),
            finding("e", Severity.UNKNOWN, WEB02),
        ],
    )
    assert found[arm_id.key(WEB01)] == Verdict(False, "It is so. (and 1 more)", 2, 1)
    assert found[arm_id.key(WEB02)] == Verdict(True, "", 0, 1)


def test_clean_vms_are_eligible_and_fit() -> None:
    estate, plan = makers.estate(), makers.plan()
    findings = everything(estate, plan)
    assert eligibility.selectable(estate, plan, findings) == (WEB01, WEB02)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.integers(0, 30))
def test_what_is_selectable_fits_and_nothing_more_would(blocked: list[int], free: int) -> None:
    names = [f"vm{n}" for n in range(len(blocked))]
    machines = tuple(
        makers.vm(name, power_state="running" if state else "stopped")
        for name, state in zip(names, blocked, strict=True)
    )
    usages = (Usage("cores", TARGET, 0, 1000), Usage("standardDSv5Family", TARGET, 0, free))
    estate = makers.estate(vms=machines, usages=usages)
    findings = everything(estate, makers.plan())
    chosen = eligibility.selectable(estate, makers.plan(), findings)
    running = [m.id for m in machines if m.power_state == "running"]
    assert list(chosen) == running[: free // 4]
    again = everything(estate, makers.plan(vms=chosen))
    judged = eligibility.verdicts(estate, makers.plan(vms=chosen), again)
    assert all(judged[arm_id.key(vm_id)].eligible for vm_id in chosen)
    others = [judged[arm_id.key(vm_id)] for vm_id in running if vm_id not in chosen]
    assert not any(verdict.eligible for verdict in others)


def test_a_size_that_nobody_knows_is_not_held_against_the_quota() -> None:
    estate = makers.estate(vms=(makers.vm("web01", size="Odd"),), vm_sizes=(), usages=())
    assert eligibility.selectable(estate, makers.plan(), ()) == (WEB01,)


def test_the_service_wins_over_a_check_that_says_the_same() -> None:
    issue = ServiceIssue("AzureVmIsNotInDesiredPowerState", "It is off.", action="Start it.")
    estate = makers.estate(
        vms=(makers.vm("web01", power_state="stopped"), makers.vm("web02", power_state="stopped")),
        eligibility=(Eligibility(WEB01, (issue,)),),
    )
    merged = eligibility.merge(everything(estate, makers.plan()))
    assert [f.vm_ids for f in merged if f.check_id == "vm-running"] == [(WEB02,)]
    assert [f.evidence for f in merged if f.from_service] == ["It is off."]
    unrelated = finding("vm-running", Severity.BLOCKER)
    assert eligibility.merge([unrelated, *(f for f in merged if f.from_service)])[0] == unrelated


def test_accepted_findings_are_known_by_their_keys() -> None:
    plan = makers.plan(accepted=(AcceptedFinding(key="a|b|c", reason="we know"),))
    assert eligibility.accepted_keys(plan) == {"a|b|c"}


# -- the worklist -----------------------------------------------------------------------------------------------------


def change(key: str) -> Change:
    return Change(key, Action.CREATE, Kind.SECURITY_RULE, Step.REPLICATION, key, key, "why")


def test_one_group_that_blocks_many_vms_is_one_entry() -> None:
    many = tuple(makers.vm_id(f"vm{n}") for n in range(40))
    nsg: dict[str, Any] = {"subject": "nsg", "subject_id": "/nsg", "cause": "deny-all"}
    entries = worklist.entries(
        [
            finding("stopped", Severity.BLOCKER, WEB01),
            finding("stopped", Severity.BLOCKER, WEB02, subject="web02", subject_id=WEB02),
            finding("tag-a", Severity.BLOCKER, *many, WEB01, **nsg, fixes=(change("/r1"),)),
            finding("tag-b", Severity.BLOCKER, *many, **nsg, fixes=(change("/r1"), change("/r2"))),
            finding("hint", Severity.INFO),
        ]
    )
    assert [(e.subject, e.unblocks, len(e.vm_ids)) for e in entries] == [
        ("nsg", 40, 41),
        ("2 VMs", 1, 2),
        ("web01", 0, 0),
    ]
    assert entries[0].title == "Title of tag-a / Title of tag-b"
    assert [c.key for c in entries[0].fixes] == ["/r1", "/r2"]


def test_unknowns_with_one_reason_are_one_entry() -> None:
    entries = worklist.entries(
        [
            finding("a", Severity.UNKNOWN, WEB01, WEB02),
            finding("b", Severity.UNKNOWN, WEB01, subject="x", subject_id="/x"),
        ]
    )
    assert len(entries) == 1
    assert entries[0].subject == "2 places"


def test_what_the_service_says_is_grouped_by_its_code() -> None:
    codes = [finding("oracle", Severity.BLOCKER, WEB01, cause=code, from_service=True) for code in ("A", "A", "B")]
    assert [len(e.findings) for e in worklist.entries(codes)] == [2, 1]


def test_an_accepted_entry_stays_and_comes_last() -> None:
    one, two = finding("a", Severity.WARNING, subject_id="/a"), finding("b", Severity.WARNING, subject_id="/b")
    entries = worklist.entries([one, two], {one.key: "known risk"})
    assert [(e.findings[0].check_id, e.accepted) for e in entries] == [("b", ""), ("a", "known risk")]


# -- error cards ------------------------------------------------------------------------------------------------------

CODES = [
    "515",
    "539",
    "15040",
    "20498",
    "28031",
    "28092",
    "28109",
    "45005",
    "70038",
    "150019",
    "150039",
    "150066",
    "150097",
    "150161",
    "150172",
    "150175",
    "150225",
    "150226",
    "150253",
    "150257",
    "150261",
    "151025",
    "151037",
    "151066",
    "151072",
    "151075",
    "151076",
    "151081",
    "151083",
    "151095",
    "151099",
    "151124",
    "151126",
    "151137",
    "151192",
    "151195",
    "151196",
    "151197",
    "153001",
    "153006",
    "153007",
    "153035",
    "153039",
    "170010",
    "2147221164",
    "2147943458",
    "2147754756",
]


def test_every_known_code_has_a_card() -> None:
    assert all(errors.explain(code) for code in CODES)
    known = {check.id for check in catalogue.CHECKS}
    for card in errors.cards():
        assert set(card.checks) <= known
        assert card.stage in errors.STAGES
        assert all(text.endswith(".") for text in (card.meaning, card.cause, card.remedy))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("AZUREVMISNOTINDESIREDPOWERSTATE", "150019"),
        ("0x80070422", "2147943458"),
        ("-2147023838", "2147943458"),
        (" 151196 ", "151196"),
    ],
)
def test_other_forms_of_a_code_are_found(code: str, expected: str) -> None:
    card = errors.explain(code)
    assert card is not None
    assert card.code == expected


@pytest.mark.parametrize("code", ["999999", "NoSuchThing", ""])
def test_an_unknown_code_has_no_card(code: str) -> None:
    assert errors.explain(code) is None


def test_messages_without_a_code_are_recognised() -> None:
    card = errors.explain_message("The account must be located in the same region as the VM")
    assert card is not None
    assert card.code == "CacheInOtherRegion"
    assert errors.explain_message("Something else") is None


def test_a_card_finds_its_evidence_here() -> None:
    card = errors.explain("150019")
    assert card is not None
    mine = finding("vm-running", Severity.BLOCKER, WEB01)
    other = finding("vm-running", Severity.BLOCKER, WEB02)
    general = finding("vm-provisioning-succeeded", Severity.BLOCKER)
    assert errors.evidence_here(card, [mine, other, general, finding("x")], WEB01.upper()) == (mine, general)
    assert errors.evidence_here(card, [mine, other]) == (mine, other)


# -- readiness --------------------------------------------------------------------------------------------------------


def guarded(access: str = "Allow") -> Any:
    rule = SecurityRule("r", 100, "Outbound", access)
    group = NetworkSecurityGroup(makers.nsg_id("g"), "g", SOURCE, (rule,))
    nics = (makers.nic("web01-nic", security_group_id=group.id), makers.nic("web02-nic"))
    return makers.estate(nics=nics, security_groups=(group,))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"size": "Standard_D8s_v5"}, ("size: Standard_D4s_v5 -> Standard_D8s_v5",)),
        ({"power_state": None}, ("power state: running -> unknown",)),
        ({"disks": (AttachedDisk("new", "/new"),)}, ("disks",)),
        ({"nic_ids": ()}, ("network interfaces",)),
        ({"tags": (("a", "b"),)}, ()),
    ],
)
def test_what_changed_since_the_checks(changes: dict[str, Any], expected: tuple[str, ...]) -> None:
    before = makers.estate()
    after = makers.estate(vms=(makers.vm("web01", **changes), makers.vm("web02")))
    found = readiness.changed(before, after, [WEB01, WEB02])
    assert found == ({arm_id.key(WEB01): expected} if expected else {})


def test_a_rule_that_changed_counts_for_the_vms_behind_it() -> None:
    found = readiness.changed(guarded(), guarded("Deny"), [WEB01, WEB02])
    assert found == {arm_id.key(WEB01): ("network security groups",)}
    unread = replace(guarded(), security_groups=())
    assert readiness.changed(unread, unread, [WEB01]) == {}


def test_a_vm_that_is_gone_or_was_never_there() -> None:
    before, after = makers.estate(), makers.estate(vms=())
    assert readiness.changed(before, after, [WEB01]) == {arm_id.key(WEB01): ("the VM is gone",)}
    assert readiness.changed(after, before, [WEB01]) == {}
    assert readiness.changed(makers.estate(nics=()), makers.estate(nics=()), [WEB01]) == {}
