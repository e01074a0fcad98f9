from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from asr_tui.model.network import EffectiveRules, SecurityRule
from asr_tui.rules import second_opinion
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.nsg import Verdict
from tests.rules import makers
from tests.rules.cases.situations import Situation, deny, est, guarded

AAD = "AzureActiveDirectory"


def looked_at(situation: Situation) -> tuple[Facts, VmFacts]:
    facts = Facts(*situation)
    return facts, facts.vms[0]


def effective(facts: Facts, **changes: Any) -> EffectiveRules:
    """Our own group of the subnet, as Azure would tell it."""
    group = next(iter(facts.estate.security_groups))
    told = EffectiveRules(group.id, facts.vms[0].subnet.id if facts.vms[0].subnet else None, group.rules)
    return replace(told, **changes)


def test_the_same_rules_give_the_same_verdicts() -> None:
    facts, vm = looked_at(guarded(deny("Internet")))
    opinion = second_opinion.compare(facts, vm, [effective(facts)])
    assert opinion.rows and not any(row.differs for row in opinion.rows)
    assert {row.ours for row in opinion.rows} == {Verdict.DENIED}
    assert opinion.remarks == ()
    assert len(opinion.groups) == 1


def test_a_rule_made_since_shows_as_a_difference_with_its_name() -> None:
    facts, vm = looked_at(guarded(deny("Internet")))
    let = SecurityRule("let-entra", 150, "Outbound", "Allow", "Tcp", destinations=(AAD,), destination_ports=("443",))
    before = effective(facts)
    opinion = second_opinion.compare(facts, vm, [replace(before, rules=(let, *before.rules))])
    assert [row.tag for row in opinion.rows if row.differs] == [AAD]
    differs = next(row for row in opinion.rows if row.differs)
    assert (differs.ours, differs.azure) == (Verdict.DENIED, Verdict.ALLOWED)
    assert "let-entra" in differs.azure_rule
    assert len(opinion.remarks) == 1 and "let-entra (Allow Outbound, priority 150)" in opinion.remarks[0]
    gone = second_opinion.compare(facts, vm, [replace(before, rules=())])
    assert "does not have any more" in gone.remarks[0]
    many = tuple(replace(let, name=f"rule-{number}", priority=300 + number) for number in range(5))
    more = second_opinion.compare(facts, vm, [replace(before, rules=(*before.rules, *many))])
    assert more.remarks[0].endswith("and 2 more.")


def test_groups_that_only_one_side_knows_are_told() -> None:
    facts, vm = looked_at(guarded(deny("Internet")))
    unknown = EffectiveRules(makers.nsg_id("other"), None)
    opinion = second_opinion.compare(facts, vm, [unknown])
    assert any("Azure applies other on the interface" in remark for remark in opinion.remarks)
    assert any("Azure applies no group there" in remark for remark in opinion.remarks)
    moved = second_opinion.compare(facts, vm, [effective(facts, security_group_id=makers.nsg_id("other"))])
    assert any("our snapshot has" in remark for remark in moved.remarks)
    none = second_opinion.compare(*looked_at(est()), [])
    assert not any(row.differs for row in none.rows) and none.remarks == ()


def test_a_vm_whose_interface_is_not_known_cannot_be_compared() -> None:
    estate, plan = est()
    facts = Facts(replace(estate, nics=()), plan)
    with pytest.raises(ValueError, match="interface"):
        second_opinion.compare(facts, facts.vms[0], [])
