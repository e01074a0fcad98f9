"""The change set: right bodies in the right order, and nothing to do on a finished set-up."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr_tui.model import arm_id
from asr_tui.model.change import Action, Change, ChangeSet, Kind
from asr_tui.model.compute import AttachedDisk
from asr_tui.model.estate import Estate
from asr_tui.model.governance import Provider
from asr_tui.model.plan import NetworkChoice, Plan, PolicyChoice, TargetDefaults, VaultChoice, VmOverride
from asr_tui.model.problem import ProblemError
from asr_tui.model.recovery import StorageAccount, Vault
from asr_tui.model.replication import (
    ReplicationPolicy,
    SiteRecovery,
)
from asr_tui.model.step import Step
from asr_tui.rules import bodies
from asr_tui.rules.changes import changes
from tests.rules import makers
from tests.rules.application import applied, without
from tests.rules.makers import SOURCE, TARGET
from tests.rules.portal import portal_estate, portal_vault


def kinds(found: ChangeSet) -> list[Kind]:
    return [change.kind for change in found]


def sent(change: Change) -> str:
    """The body without its casing: ids of what exists come back in the service's own."""
    return json.dumps(change.body, sort_keys=True).lower()


def only(found: ChangeSet, kind: Kind) -> Any:
    matching = [change for change in found if change.kind is kind]
    assert len(matching) == 1, matching
    return matching[0]


def test_a_first_set_up_makes_everything_in_the_order_of_its_dependencies() -> None:
    found = changes(makers.estate(), makers.plan("web01", "web02"))
    assert kinds(found) == [
        Kind.RESOURCE_GROUP,
        Kind.RESOURCE_GROUP,
        Kind.NETWORK,
        Kind.CACHE_ACCOUNT,
        Kind.VAULT,
        Kind.FABRIC,
        Kind.FABRIC,
        Kind.CONTAINER,
        Kind.CONTAINER,
        Kind.POLICY,
        Kind.CONTAINER_MAPPING,
        Kind.CONTAINER_MAPPING,
        Kind.NETWORK_MAPPING,
        Kind.NETWORK_MAPPING,
        Kind.ITEM,
        Kind.ITEM,
    ]
    assert all(change.action is Action.CREATE for change in found)
    assert [c.name for c in found.of_step(Step.VAULT)] == ["rg-asr-northeurope", "vault-asr-northeurope"]


def test_the_bodies_are_those_of_the_wire() -> None:
    found = changes(makers.estate(), makers.plan("web01"))
    vault = makers.vault_id()
    assert only(found, Kind.POLICY).body == {
        "properties": {
            "providerSpecificInput": {
                "instanceType": "A2A",
                "recoveryPointHistory": 1440,
                "crashConsistentFrequencyInMinutes": 5,
                "appConsistentFrequencyInMinutes": 0,
                "multiVmSyncStatus": "Enable",
            }
        }
    }
    item = only(found, Kind.ITEM)
    target = f"{vault}/replicationFabrics/asr-a2a-default-northeurope"
    assert item.resource_id == (
        f"{vault}/replicationFabrics/asr-a2a-default-westeurope/replicationProtectionContainers/"
        "asr-a2a-default-westeurope-container/replicationProtectedItems/web01"
    )
    cache = only(found, Kind.CACHE_ACCOUNT)
    assert item.body["properties"] == {
        "policyId": f"{vault}/replicationPolicies/24-hour-retention-policy",
        "providerSpecificDetails": {
            "instanceType": "A2A",
            "fabricObjectId": makers.vm_id("web01"),
            "recoveryContainerId": f"{target}/replicationProtectionContainers/asr-a2a-default-northeurope-container",
            "recoveryResourceGroupId": makers.gid("shop-asr"),
            "recoveryAzureNetworkId": makers.net_id("shop-vnet-asr", "shop-asr"),
            "recoverySubnetName": "web",
            "vmManagedDisks": [
                {
                    "diskId": makers.disk_id("web01-os"),
                    "primaryStagingAzureStorageAccountId": cache.resource_id,
                    "recoveryResourceGroupId": makers.gid("shop-asr"),
                    "recoveryReplicaDiskAccountType": "Premium_LRS",
                    "recoveryTargetDiskAccountType": "Premium_LRS",
                }
            ],
        },
    }
    assert item.weight == 64
    assert item.vm_id == makers.vm_id("web01")
    forward = next(c for c in found if c.kind is Kind.NETWORK_MAPPING)
    assert forward.body == {
        "properties": {
            "recoveryFabricName": "asr-a2a-default-northeurope",
            "recoveryNetworkId": makers.net_id("shop-vnet-asr", "shop-asr"),
            "fabricSpecificDetails": {"instanceType": "AzureToAzure", "primaryNetworkId": makers.net_id("shop-vnet")},
        }
    }
    assert only(found, Kind.NETWORK).body["properties"]["addressSpace"] == {"addressPrefixes": ["10.0.0.0/16"]}
    assert cache.body["location"] == SOURCE
    assert cache.body["kind"] == "StorageV2"


# -- properties over generated estates and plans ---------------------------------------------------------------------


@st.composite
def situations(draw: st.DrawFn) -> tuple[Estate, Plan]:
    """An estate of up to 6 VMs in up to 2 groups and 2 networks, and a plan over some of them."""
    groups = draw(st.lists(st.sampled_from(["shop", "Data-Tier"]), min_size=1, max_size=2, unique=True))
    networks = [makers.network("shop-vnet", "shop"), makers.network("shop-vnet", "net")]
    vms, disks, nics = [], [], []
    for index in range(draw(st.integers(1, 6))):
        group = draw(st.sampled_from(groups))
        name = draw(st.sampled_from(["web", "App", "sql"])) + str(index % 3)
        if any(arm_id.same(v.id, makers.vm_id(name, group)) for v in vms):
            continue
        place = draw(st.sampled_from(["shop", "net"]))
        with_data = draw(st.booleans())
        attached = [AttachedDisk(f"{name}-os", makers.disk_id(f"{name}-os", group), is_os=True)]
        if with_data:
            attached.append(AttachedDisk(f"{name}-d0", makers.disk_id(f"{name}-d0", group), lun=0))
        sku = draw(st.sampled_from(["Premium_LRS", "StandardSSD_LRS", "PremiumV2_LRS"]))
        disks += [makers.disk(d.name, group, sku=sku) for d in attached]
        in_set = draw(st.booleans())
        vms.append(
            makers.vm(
                name,
                group,
                disks=tuple(attached),
                zones=() if in_set else draw(st.sampled_from([(), ("1",), ("9",)])),
                availability_set_id=makers.availability_set("avset", group).id if in_set else None,
            )
        )
        address = replace(
            makers.nic("x").ip_configurations[0],
            subnet_id=makers.subnet_id("shop-vnet", draw(st.sampled_from(["web", "data"])), place),
        )
        nics.append(makers.nic(f"{name}-nic", group, ip_configurations=(address,)))
    state = draw(st.sampled_from(["Registered", "NotRegistered"]))
    estate = makers.estate(
        vms=tuple(vms),
        disks=tuple(disks),
        nics=tuple(nics),
        networks=tuple(networks),
        providers=(Provider("Microsoft.RecoveryServices", state), Provider("Microsoft.Network", "Registered")),
    )
    chosen = draw(st.lists(st.sampled_from(vms), min_size=1, max_size=len(vms), unique_by=lambda v: v.id))
    shared_target = draw(st.booleans())
    choices = {}
    if shared_target:
        choices = {arm_id.key(n.id): NetworkChoice(create_name="dr", create_group="dr-net") for n in networks}
    plan = makers.plan(
        vms=tuple(v.id.upper() if draw(st.booleans()) else v.id for v in chosen),
        networks=choices,
        vault=VaultChoice(name=draw(st.sampled_from(["", "My-Vault"])), resource_group="dr-vault"),
        defaults=TargetDefaults(
            resource_group=draw(st.sampled_from(["", "dr"])),
            cache_account=draw(st.sampled_from(["", "mycache01"])),
            replica_disk_type=draw(st.sampled_from(["", "Standard_LRS"])),
        ),
        policy=PolicyChoice(
            name=draw(st.sampled_from(["24-hour-retention-policy", "three-days"])),
            retention_minutes=draw(st.sampled_from([1440, 4320])),
            agent_auto_update=draw(st.booleans()),
        ),
    )
    return estate, plan


@given(situations())
def test_a_second_run_writes_nothing(situation: tuple[Estate, Plan]) -> None:
    estate, plan = situation
    after = applied(estate, changes(estate, plan))
    again = changes(after, plan)
    assert again.writes == ()
    assert all(change.action is Action.REUSE for change in again)


@given(situations())
def test_each_change_comes_after_all_that_it_depends_on(situation: tuple[Estate, Plan]) -> None:
    found = changes(*situation)
    seen: set[str] = set()
    for change in found:
        assert set(change.depends_on) <= seen
        assert change.key not in seen
        assert change.key == change.resource_id.lower()
        seen.add(change.key)


@settings(max_examples=60)
@given(situations(), st.data())
def test_what_was_removed_is_made_again_and_nothing_else(situation: tuple[Estate, Plan], data: st.DataObject) -> None:
    estate, plan = situation
    first = changes(estate, plan)
    after = applied(estate, first)
    # A set is placed only while a VM is being enabled: removing it changes nothing for a VM that is replicated already.
    candidates = [c for c in first.writes if c.kind not in {Kind.PROVIDER, Kind.AVAILABILITY_SET}]
    lost = data.draw(st.sampled_from(candidates))
    again = changes(without(after, lost.resource_id), plan)
    below = {
        c.key
        for c in first.writes
        if (c.key == lost.key or c.key.startswith(lost.key + "/")) and c.kind is not Kind.AVAILABILITY_SET
    }
    assert {c.key for c in again.writes if c.kind is not Kind.AVAILABILITY_SET} == below


@given(situations(), st.data())
def test_an_interrupted_run_goes_on_where_it_stopped(situation: tuple[Estate, Plan], data: st.DataObject) -> None:
    estate, plan = situation
    first = changes(estate, plan)
    done = data.draw(st.integers(0, len(first.writes)))
    halfway = applied(estate, ChangeSet(first.writes[:done]))
    rest = changes(halfway, plan)
    assert [c.key for c in rest.writes] == [c.key for c in first.writes[done:]]
    assert [sent(c) for c in rest.writes] == [sent(c) for c in first.writes[done:]]
    assert changes(applied(halfway, rest), plan).writes == ()


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


# -- items --------------------------------------------------------------------------------------------------------


def test_an_item_that_is_being_enabled_is_adopted() -> None:
    held = portal_vault().site_recovery
    assert held is not None
    half = portal_vault(items=(replace(held.items[0], protection_state="UnprotectedStatesBegin"),))
    found = changes(portal_estate(half), makers.plan("web01"))
    assert only(found, Kind.ITEM).action is Action.ADOPT
    assert found.writes == ()


def test_another_name_and_size_are_sent_once_the_item_is_protected() -> None:
    estate = makers.estate()
    override = {arm_id.key(makers.vm_id("web01")): VmOverride(target_name="web01-dr", target_size="Standard_D8s_v5")}
    plan = makers.plan("web01", overrides=override)
    first = applied(estate, changes(estate, plan))
    second = changes(first, plan)
    assert [(c.kind, c.action) for c in second.writes] == [(Kind.ITEM, Action.UPDATE)]
    assert second.writes[0].body["properties"] == {
        "providerSpecificDetails": {"instanceType": "A2A"},
        "recoveryAzureVMName": "web01-dr",
        "recoveryAzureVMSize": "Standard_D8s_v5",
    }
    assert changes(applied(first, second), plan).writes == ()


def test_overrides_reach_the_request() -> None:
    disks = (
        AttachedDisk("web01-os", makers.disk_id("web01-os"), is_os=True),
        AttachedDisk("scratch", makers.disk_id("scratch"), lun=0),
        AttachedDisk("unmanaged", None, lun=1, managed=False),
    )
    estate = makers.estate(vms=(makers.vm("web01", disks=disks),))
    override = VmOverride(
        resource_group="special",
        availability_set_id=makers.rid("Microsoft.Compute/availabilitySets", "mine", "special"),
        subnet="data",
        cache_account=makers.account_id("elsewhere", "gone"),
        excluded_disks=("SCRATCH", "web01-os"),
        multi_vm_group="tier1",
    )
    found = changes(estate, makers.plan("web01", overrides={arm_id.key(makers.vm_id("web01")): override}))
    details = only(found, Kind.ITEM).body["properties"]["providerSpecificDetails"]
    assert [d["diskId"] for d in details["vmManagedDisks"]] == [makers.disk_id("web01-os")]
    assert details["recoveryResourceGroupId"] == makers.gid("special")
    assert details["recoveryAvailabilitySetId"].endswith("/mine")
    assert details["recoverySubnetName"] == "data"
    assert details["multiVmGroupName"] == "tier1"
    cache = only(found, Kind.CACHE_ACCOUNT)
    assert cache.resource_id == makers.account_id("elsewhere", "gone")
    assert cache.action is Action.CREATE


def test_a_set_is_twinned_and_a_zone_is_kept_where_the_target_has_it() -> None:
    in_set = makers.vm("web01", availability_set_id=makers.availability_set("avset").id)
    zonal = makers.vm("web02", zones=("2",))
    estate = makers.estate(vms=(in_set, zonal), availability_sets=(makers.availability_set("avset"),))
    found = changes(estate, makers.plan("web01", "web02"))
    twin = only(found, Kind.AVAILABILITY_SET)
    assert twin.name == "avset-asr"
    assert twin.body["properties"] == {"platformFaultDomainCount": 2, "platformUpdateDomainCount": 5}
    first, second = (c.body["properties"]["providerSpecificDetails"] for c in found if c.kind is Kind.ITEM)
    assert first["recoveryAvailabilitySetId"] == twin.resource_id
    assert "recoveryAvailabilityZone" not in first
    assert second["recoveryAvailabilityZone"] == "2"
    unread = replace(estate, availability_sets=None)
    assert Kind.AVAILABILITY_SET not in kinds(changes(unread, makers.plan("web01")))


def test_vms_of_one_name_get_items_of_different_names() -> None:
    twin = makers.vm("web01", "other")
    estate = makers.estate(vms=(makers.vm("web01"), twin), disks=(makers.disk("web01-os"),))
    plan = makers.plan(vms=(makers.vm_id("web01"), twin.id))
    names = [c.name for c in changes(estate, plan) if c.kind is Kind.ITEM]
    assert len(set(names)) == 2
    assert all(name.startswith("web01-") for name in names)
    alone = [c.name for c in changes(estate, makers.plan("web01")) if c.kind is Kind.ITEM]
    assert alone == names[:1]


def test_a_vm_without_a_known_network_leaves_the_choice_to_the_mapping() -> None:
    estate = makers.estate(vms=(makers.vm("web01", nic_ids=(), primary_nic_id=None),))
    found = changes(estate, makers.plan("web01"))
    details = only(found, Kind.ITEM).body["properties"]["providerSpecificDetails"]
    assert "recoveryAzureNetworkId" not in details
    assert "recoverySubnetName" not in details
    assert Kind.NETWORK not in kinds(found)


def test_unknown_vms_are_left_out() -> None:
    assert Kind.ITEM not in kinds(changes(makers.estate(), makers.plan("ghost")))


# -- what is on the way, and what cannot be planned ---------------------------------------------------------------


def test_what_azure_is_busy_with_is_adopted() -> None:
    vault = Vault(makers.vault_id(), "vault-asr-northeurope", TARGET, "Provisioning", site_recovery=SiteRecovery())
    estate = makers.estate(
        vaults=(vault,),
        providers=(
            Provider("Microsoft.RecoveryServices", "Registering"),
            Provider("Microsoft.Network", "NotRegistered"),
        ),
    )
    found = changes(estate, makers.plan("web01"))
    assert only(found, Kind.VAULT).action is Action.ADOPT
    providers = {c.name: (c.action, c.step) for c in found if c.kind is Kind.PROVIDER}
    assert providers == {
        "Microsoft.RecoveryServices": (Action.ADOPT, Step.VAULT),
        "Microsoft.Network": (Action.CREATE, Step.REPLICATION),
    }


def test_without_vms_only_the_vault_is_planned() -> None:
    assert kinds(changes(makers.estate(), makers.plan())) == [Kind.RESOURCE_GROUP, Kind.VAULT]


def test_a_plan_without_regions_cannot_be_planned() -> None:
    with pytest.raises(ProblemError, match="region pair"):
        changes(makers.estate(), Plan())


def test_a_vault_whose_contents_are_unknown_cannot_be_planned() -> None:
    estate = makers.estate(vaults=(Vault(makers.vault_id(), "vault-asr-northeurope", TARGET),))
    with pytest.raises(ProblemError, match="was not read"):
        changes(estate, makers.plan("web01"))


def test_the_digest_follows_what_would_be_sent() -> None:
    estate = makers.estate()
    one = changes(estate, makers.plan("web01"))
    assert one.digest() == changes(estate, makers.plan("web01")).digest()
    assert one.digest() != changes(estate, makers.plan("web02")).digest()


# -- what is found again ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "size", "sent"), [("new", "", "recoveryAzureVMName"), ("", "S", "recoveryAzureVMSize")]
)
def test_an_update_sends_only_what_is_asked(name: str, size: str, sent: str) -> None:
    assert set(bodies.item_update(bodies.ItemSettings(name=name, size=size))["properties"]) == {"providerSpecificDetails", sent}


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
