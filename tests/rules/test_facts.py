from __future__ import annotations

import pytest

from asr_tui.rules.facts import Facts
from tests.rules import makers


@pytest.mark.parametrize(("named", "expected"), [("b", "b"), ("a", "a"), ("gone", "a"), (None, "a")])
def test_the_primary_of_several_interfaces_is_the_one_that_the_vm_names(named: str | None, expected: str) -> None:
    primary = makers.nic_id(named).upper() if named else None
    vm = makers.vm("web01", nic_ids=(makers.nic_id("a"), makers.nic_id("b")), primary_nic_id=primary)
    facts = Facts(makers.estate(vms=(vm,), nics=(makers.nic("a"), makers.nic("b"))), makers.plan("web01"))
    found = facts.vms[0].nic
    assert found is not None and found.name == expected


def test_vms_are_found_under_their_group_and_subscription() -> None:
    facts = Facts(makers.estate(), makers.plan("web01"))
    assert [vm.name for vm in facts.under[makers.gid("shop").lower()]] == ["web01", "web02"]
    assert len(facts.under[f"/subscriptions/{makers.SUB}"]) == 2
    assert [vm.name for vm in facts.under[makers.vm_id("web01").lower()]] == ["web01"]
