from __future__ import annotations

from dataclasses import replace

from asr_tui.model.recovery import Vault
from asr_tui.rules import policy_questions as rules
from asr_tui.rules.changes import changes
from tests.rules import makers
from tests.rules.makers import TARGET


def test_everything_new_is_asked_about_with_the_very_body_that_would_be_sent() -> None:
    estate, plan = makers.estate(), makers.plan("web01", "web02")
    asked = [one for one in rules.questions(estate, plan) if not one.by_service]
    made = [change for change in changes(estate, plan) if change.kind in rules.TYPES]
    assert [one.name for one in asked] == [change.name for change in made]
    assert {one.resource_type for one in asked} >= {
        rules.GROUP_TYPE,
        "Microsoft.Network/virtualNetworks",
        "Microsoft.Storage/storageAccounts",
        "Microsoft.RecoveryServices/vaults",
    }
    for one, change in zip(asked, made, strict=True):
        assert one.body == {"name": change.name, **change.body}
        within = f"/subscriptions/{makers.SUB}" if one.resource_type == rules.GROUP_TYPE else one.scope
        assert change.resource_id.startswith(within + "/") and one.scope == within


def test_failed_over_vms_are_asked_about_once_for_each_size_and_group() -> None:
    sizes = ("Standard_D2s_v5", "Standard_D2s_v5", "Standard_E4s_v5")
    vms = tuple(makers.vm(f"web0{n}", size=size) for n, size in enumerate(sizes))
    asked = rules.questions(makers.estate(vms=vms), makers.plan("web00", "web01", "web02"))
    machines = [one for one in asked if one.resource_type == rules.VM_TYPE]
    assert [one.name for one in machines] == ["Standard_D2s_v5", "Standard_E4s_v5"]
    assert all(one.body["location"] == TARGET and one.by_service for one in machines)
    assert len([one for one in asked if one.resource_type == rules.NIC_TYPE]) == 1


def test_what_cannot_be_planned_yet_is_not_asked_about() -> None:
    vault = Vault(makers.vault_id(), "vault-asr-northeurope", TARGET)
    assert rules.questions(makers.estate(vaults=(vault,)), makers.plan("web01")) == ()
    assert rules.questions(makers.estate(), replace(makers.plan("web01"), target_region="")) == ()
