"""What exists is found again, whatever its name, and joined: vaults that the portal made, policies, mappings, accounts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from asr_tui.model import arm_id
from asr_tui.model.change import Action, ChangeSet, Kind
from asr_tui.model.estate import Estate
from asr_tui.model.plan import NetworkChoice, PolicyChoice
from asr_tui.model.recovery import StorageAccount
from asr_tui.model.replication import (
    ReplicationPolicy,
    SiteRecovery,
)
from asr_tui.rules import bodies
from asr_tui.rules.changes import changes
from tests.rules import makers
from tests.rules.application import applied
from tests.rules.change_sets import kinds, only
from tests.rules.makers import SOURCE, TARGET
from tests.rules.portal import portal_estate, portal_vault

# -- a vault that the portal made -------------------------------------------------------------------------------------


def test_a_set_up_of_the_portal_under_other_names_needs_no_write() -> None:
    found = changes(portal_estate(), makers.plan("web01", "web02"))
    assert found.writes == ()
    assert only(found, Kind.VAULT).name == "Corp-Vault"
    assert only(found, Kind.POLICY).name == "corp-policy"


def test_a_vm_more_joins_what_the_portal_made() -> None:
    base = portal_estate()
    estate = replace(
        base,
        vms=(*base.vms, makers.vm("web03")),
        disks=(*base.disks, makers.disk("web03-os")),
        nics=(*base.nics, makers.nic("web03-nic")),
    )
    policy = PolicyChoice(name="corp-policy", retention_minutes=4320, app_consistent_minutes=240)
    found = changes(estate, makers.plan("web01", "web02", "web03", policy=policy))
    assert [c.kind for c in found.writes] == [Kind.RESOURCE_GROUP, Kind.ITEM]
    details = found.writes[1].body["properties"]["providerSpecificDetails"]
    assert details["recoveryAzureNetworkId"] == makers.net_id("dr-net", "corp-dr")
    assert details["vmManagedDisks"][0]["primaryStagingAzureStorageAccountId"] == makers.account_id("corpcache", "corp")
    assert "/replicationFabrics/fab1/replicationProtectionContainers/c1/" in found.writes[1].resource_id


def test_a_policy_of_that_name_with_other_settings_is_updated_for_all_of_its_items() -> None:
    plan = makers.plan("web01", policy=PolicyChoice(name="CORP-policy", retention_minutes=2880))
    found = changes(portal_estate(), plan)
    assert [c.kind for c in found.writes] == [Kind.POLICY]
    assert found.writes[0].action is Action.UPDATE
    assert "2 of its items" in found.writes[0].reason
    assert found.writes[0].body["properties"]["replicationProviderSettings"]["recoveryPointHistory"] == 2880


def test_another_target_network_in_the_plan_updates_the_mapping() -> None:
    base = portal_estate()
    other = makers.network("dr-two", "corp-dr", location=TARGET)
    estate = replace(base, networks=(*base.networks, other))
    choice = {arm_id.key(makers.net_id("shop-vnet")): NetworkChoice(target_id=other.id)}
    found = changes(estate, makers.plan("web01", networks=choice))
    assert [(c.kind, c.action) for c in found.writes] == [
        (Kind.NETWORK_MAPPING, Action.UPDATE),
        (Kind.NETWORK_MAPPING, Action.CREATE),
    ]
    assert changes(applied(estate, found), makers.plan("web01", networks=choice)).writes == ()


def test_auto_update_is_switched_on_but_never_off() -> None:
    held = portal_vault().site_recovery
    assert held is not None
    off = portal_vault(container_mappings=tuple(replace(m, agent_auto_update=False) for m in held.container_mappings))
    plan = makers.plan(
        "web01", policy=PolicyChoice(name="corp-policy", retention_minutes=4320, app_consistent_minutes=240)
    )
    wanting = plan.model_copy(update={"policy": plan.policy.model_copy(update={"agent_auto_update": True})})
    assert changes(portal_estate(), plan).writes == ()
    found = changes(portal_estate(off), wanting)
    assert [(c.kind, c.action) for c in found.writes] == [(Kind.CONTAINER_MAPPING, Action.UPDATE)]
    details = found.writes[0].body["properties"]["providerSpecificInput"]
    assert details["automationAccountAuthenticationType"] == "SystemAssignedIdentity"


# -- what is found again ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "size", "sent"), [("new", "", "recoveryAzureVMName"), ("", "S", "recoveryAzureVMSize")]
)
def test_an_update_sends_only_what_is_asked(name: str, size: str, sent: str) -> None:
    assert set(bodies.item_update(bodies.ItemSettings(name=name, size=size))["properties"]) == {
        "providerSpecificDetails",
        sent,
    }


def test_a_vm_that_is_selected_twice_is_planned_once() -> None:
    vm_id = makers.vm_id("web01")
    found = changes(makers.estate(), makers.plan(vms=(vm_id, vm_id.upper())))
    assert kinds(found).count(Kind.ITEM) == 1


def account(name: str, **changed: Any) -> StorageAccount:
    return replace(StorageAccount(makers.account_id(name), name, SOURCE, "StorageV2", "Standard_LRS"), **changed)


@pytest.mark.parametrize(
    ("accounts", "expected"),
    [
        ((account("weuasrcache"), account("zzz")), "weuasrcache"),
        ((account("aasrcache", location=TARGET), account("basrcache")), "basrcache"),
        ((account("aasrcache", shared_key=False), account("basrcache", default_action="Deny")), None),
        ((account("aasrcache", kind="BlockBlobStorage", sku="Premium_LRS"),), None),
    ],
)
def test_an_account_that_is_meant_as_a_cache_is_reused(
    accounts: tuple[StorageAccount, ...], expected: str | None
) -> None:
    found = only(changes(makers.estate(storage_accounts=accounts), makers.plan("web01")), Kind.CACHE_ACCOUNT)
    if expected is None:
        assert found.action is Action.CREATE
    else:
        assert (found.action, found.name) == (Action.REUSE, expected)


def held_by_portal() -> SiteRecovery:
    held = portal_vault().site_recovery
    assert held is not None
    return held


def more_vms(estate: Estate) -> Estate:
    """web03 beside the two that the portal protects."""
    return replace(
        estate,
        vms=(*estate.vms, makers.vm("web03")),
        disks=(*estate.disks, makers.disk("web03-os")),
        nics=(*estate.nics, makers.nic("web03-nic")),
    )


def test_a_policy_with_the_wanted_settings_is_reused_whatever_its_name() -> None:
    held = held_by_portal()
    first = ReplicationPolicy(held.policies[0].id.replace("corp-policy", "a-policy"), "a-policy", 4320, 240)
    vault = portal_vault(policies=(first, *held.policies))
    policy = PolicyChoice(name="mine", retention_minutes=4320, app_consistent_minutes=240)
    found = changes(more_vms(portal_estate(vault)), makers.plan("web03", policy=policy))
    assert only(found, Kind.POLICY).name == "corp-policy"
    assert Kind.CONTAINER_MAPPING not in [c.kind for c in found.writes]
    gone = portal_vault(policies=(first,))
    other = changes(portal_estate(gone), makers.plan("web01", policy=policy))
    assert only(other, Kind.POLICY).name == "a-policy"


def test_a_mapping_of_our_name_for_another_policy_is_left_alone() -> None:
    held = held_by_portal()
    taken = replace(held.container_mappings[0], name="westeurope-northeurope-mine")
    vault = portal_vault(container_mappings=(taken, *held.container_mappings[1:]))
    found = changes(more_vms(portal_estate(vault)), makers.plan("web03", policy=PolicyChoice(name="mine")))
    names = [c.name for c in found if c.kind is Kind.CONTAINER_MAPPING]
    assert names[0].startswith("westeurope-northeurope-mine-")
    assert names[1] == "northeurope-westeurope-mine"


def test_containers_without_a_mapping_are_reused_too() -> None:
    vault = portal_vault(container_mappings=(), items=())
    found = changes(portal_estate(vault), makers.plan("web01"))
    assert [(c.name, c.action) for c in found if c.kind is Kind.CONTAINER] == [
        ("c1", Action.REUSE),
        ("c2", Action.REUSE),
    ]
    backwards = portal_vault(container_mappings=held_by_portal().container_mappings[1:], items=())
    assert Kind.CONTAINER not in [c.kind for c in changes(portal_estate(backwards), makers.plan("web01")).writes]


def test_zonal_recovery_has_one_fabric_and_two_containers() -> None:
    estate = makers.estate(vms=(makers.vm("web01", zones=("1",)),))
    plan = makers.plan("web01", target_region=SOURCE, zonal=True)
    found = changes(estate, plan)
    assert kinds(found).count(Kind.FABRIC) == 1
    names = [c.name for c in found if c.kind is Kind.CONTAINER]
    assert names == ["asr-a2a-default-westeurope-container", "asr-a2a-default-westeurope-t-container"]
    after = applied(
        estate, ChangeSet(tuple(c for c in found.writes if c.kind not in {Kind.NETWORK_MAPPING, Kind.ITEM}))
    )
    again = [c.kind for c in changes(after, plan).writes]
    assert set(again) <= {Kind.NETWORK_MAPPING, Kind.ITEM}


def test_long_names_are_cut_and_closed_with_a_digest() -> None:
    group = "g" * 90
    estate = makers.estate(
        vms=(makers.vm("web01", group),),
        nics=(makers.nic("web01-nic", group),),
        disks=(makers.disk("web01-os", group),),
    )
    found = changes(estate, makers.plan(vms=(makers.vm_id("web01", group),)))
    names = [c.name for c in found if c.kind is Kind.RESOURCE_GROUP]
    assert all(len(name) <= 90 for name in names)
    assert any(name.startswith("g" * 80) for name in names)
