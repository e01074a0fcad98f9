"""The change set of a first set-up: right bodies, right items, and what cannot be planned."""

from __future__ import annotations

from dataclasses import replace

import pytest

from asr_tui.model import arm_id
from asr_tui.model.change import Action, Kind
from asr_tui.model.compute import AttachedDisk
from asr_tui.model.governance import Provider
from asr_tui.model.plan import Plan, VmOverride
from asr_tui.model.problem import ProblemError
from asr_tui.model.recovery import Vault
from asr_tui.model.replication import (
    SiteRecovery,
)
from asr_tui.model.step import Step
from asr_tui.rules.changes import changes
from tests.rules import makers
from tests.rules.application import applied
from tests.rules.change_sets import kinds, only
from tests.rules.makers import SOURCE, TARGET
from tests.rules.portal import portal_estate, portal_vault


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
