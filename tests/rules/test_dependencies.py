"""What a check depends on is found out by letting it look: whatever it did not ask for can be gone without a difference."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace

import pytest

from asr_tui.model.estate import Estate
from asr_tui.rules import registry
from asr_tui.rules.catalogue import by_id
from asr_tui.rules.dependencies import parts_of
from asr_tui.rules.facts import Facts
from tests.rules.cases.situations import Situation, est
from tests.rules.test_checks import TRIPS, names

DEFAULTS = {field.name: field.default for field in fields(Estate) if field.default is not MISSING}


@pytest.mark.parametrize(("check_id", "situation"), TRIPS, ids=names(TRIPS))
def test_what_was_not_asked_for_makes_no_difference(check_id: str, situation: Situation) -> None:
    estate, plan = situation
    check = by_id(check_id)
    assert check is not None
    parts = parts_of([check], estate, plan)
    facts = Facts(replace(estate, **{name: DEFAULTS[name] for name in DEFAULTS.keys() - parts}), plan)
    facts.__dict__["resolved"] = Facts(estate, plan).resolved
    assert registry.run(check, facts) == registry.run(check, Facts(estate, plan))


@pytest.mark.parametrize(
    ("check_id", "some", "none"),
    [
        ("lock-source-delete", {"locks"}, {"disks", "nics", "vm_sizes", "vaults", "security_groups"}),
        ("disk-type", {"vms", "disks"}, {"nics", "networks", "vm_sizes", "usages", "storage_accounts"}),
        ("net-nsg-asr", {"vms", "nics", "networks", "security_groups"}, {"usages", "vm_sizes", "vaults", "policies"}),
        ("target-quota-family", {"usages", "vm_sizes"}, {"security_groups", "disks", "storage_accounts"}),
        ("cache-shared-key", {"storage_accounts"}, {"vms", "nics", "usages", "vm_sizes"}),
    ],
)
def test_a_check_depends_on_what_it_is_about(check_id: str, some: set[str], none: set[str]) -> None:
    check = by_id(check_id)
    assert check is not None
    parts = parts_of([check], *est())
    assert some <= parts
    assert not none & parts
