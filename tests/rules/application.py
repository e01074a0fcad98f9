"""What Azure would hold after a change set was carried out: a pure reading of the request bodies, made for the tests.

It knows only the wire (bodies and ids), and answers in the service's own casing, so that planning again is put to the test.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from asr_tui.model import arm_id
from asr_tui.model.change import Action, Change, ChangeSet, Kind
from asr_tui.model.compute import AvailabilitySet
from asr_tui.model.estate import Estate
from asr_tui.model.governance import Provider, ResourceGroup
from asr_tui.model.network import NetworkSecurityGroup, Subnet, VirtualNetwork
from asr_tui.model.recovery import StorageAccount, Vault
from asr_tui.model.replication import (
    ContainerMapping,
    Fabric,
    NetworkMapping,
    ProtectionContainer,
    ReplicatedDisk,
    ReplicatedItem,
    ReplicatedNic,
    ReplicationPolicy,
    SiteRecovery,
)


def applied(estate: Estate, changes: ChangeSet) -> Estate:
    """``estate`` after every write of ``changes``, in their order."""
    for change in changes.writes:
        estate = _APPLY[change.kind](estate, change)
    return estate


def without(estate: Estate, resource_id: str) -> Estate:
    """``estate`` after the object and all that lies below it were deleted."""
    gone = arm_id.key(resource_id)

    def stays(each: Any) -> bool:
        found = arm_id.key(each.id)
        return found != gone and not found.startswith(gone + "/")

    def kept(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(value for value in values if stays(value))

    vaults = []
    for vault in kept(estate.vaults):
        held = vault.site_recovery
        parts = ("fabrics", "containers", "policies", "container_mappings", "network_mappings", "items")
        vaults.append(replace(vault, site_recovery=replace(held, **{p: kept(getattr(held, p)) for p in parts})))
    return replace(
        estate,
        resource_groups=kept(estate.resource_groups),
        networks=kept(estate.networks),
        storage_accounts=kept(estate.storage_accounts),
        availability_sets=kept(estate.availability_sets or ()),
        vaults=tuple(vaults),
    )


def _held(estate: Estate, change: Change) -> tuple[Vault, SiteRecovery]:
    path = arm_id.key(change.resource_id)
    vault = next(v for v in estate.vaults if path.startswith(arm_id.key(v.id) + "/"))
    assert vault.site_recovery is not None
    return vault, vault.site_recovery


def _with(estate: Estate, vault: Vault, **parts: Any) -> Estate:
    assert vault.site_recovery is not None
    changed = replace(vault, site_recovery=replace(vault.site_recovery, **parts))
    return replace(estate, vaults=tuple(changed if v.id == vault.id else v for v in estate.vaults))


def _service(resource_id: str) -> str:
    """Site Recovery answers every id with a capital S."""
    return resource_id.replace("/subscriptions/", "/Subscriptions/", 1)


def _provider(estate: Estate, change: Change) -> Estate:
    rest = tuple(p for p in estate.providers if p.namespace != change.name)
    return replace(estate, providers=(*rest, Provider(change.name, "Registered")))


def _group(estate: Estate, change: Change) -> Estate:
    group = ResourceGroup(change.resource_id, change.name, change.body["location"])
    return replace(estate, resource_groups=(*estate.resource_groups, group))


def _network(estate: Estate, change: Change) -> Estate:
    properties = change.body["properties"]
    subnets = tuple(
        Subnet(
            f"{change.resource_id}/subnets/{each['name']}",
            each["name"],
            tuple(each["properties"].get("addressPrefixes") or [each["properties"]["addressPrefix"]]),
            security_group_id=each["properties"].get("networkSecurityGroup", {}).get("id"),
        )
        for each in properties["subnets"]
    )
    made = VirtualNetwork(
        change.resource_id,
        change.name,
        change.body["location"],
        tuple(properties["addressSpace"]["addressPrefixes"]),
        subnets,
    )
    return replace(estate, networks=(*estate.networks, made))


def _security_group(estate: Estate, change: Change) -> Estate:
    made = NetworkSecurityGroup(change.resource_id, change.name, change.body["location"])
    return replace(estate, security_groups=(*estate.security_groups, made))


def _set(estate: Estate, change: Change) -> Estate:
    made = AvailabilitySet(change.resource_id, change.name, change.body["location"])
    return replace(estate, availability_sets=(*(estate.availability_sets or ()), made))


def _account(estate: Estate, change: Change) -> Estate:
    body = change.body
    made = StorageAccount(change.resource_id, change.name, body["location"], body["kind"], body["sku"]["name"])
    return replace(estate, storage_accounts=(*estate.storage_accounts, made))


def _vault(estate: Estate, change: Change) -> Estate:
    made = Vault(change.resource_id, change.name, change.body["location"], site_recovery=SiteRecovery())
    return replace(estate, vaults=(*estate.vaults, made))


def _fabric(estate: Estate, change: Change) -> Estate:
    vault, held = _held(estate, change)
    location = change.body["properties"]["customDetails"]["location"]
    assert held.fabric_of(location) is None, "the service refuses a second fabric for a region"
    return _with(estate, vault, fabrics=(*held.fabrics, Fabric(_service(change.resource_id), change.name, location)))


def _container(estate: Estate, change: Change) -> Estate:
    vault, held = _held(estate, change)
    parent = _service(change.resource_id).rsplit("/replicationProtectionContainers/", 1)[0]
    made = ProtectionContainer(_service(change.resource_id), change.name, parent)
    assert any(arm_id.same(f.id, parent) for f in held.fabrics)
    return _with(estate, vault, containers=(*held.containers, made))


def _policy(estate: Estate, change: Change) -> Estate:
    vault, held = _held(estate, change)
    properties = change.body["properties"]
    updating = change.action is Action.UPDATE
    settings = properties["replicationProviderSettings" if updating else "providerSpecificInput"]
    made = ReplicationPolicy(
        _service(change.resource_id),
        change.name,
        settings["recoveryPointHistory"],
        settings["appConsistentFrequencyInMinutes"],
        settings["crashConsistentFrequencyInMinutes"],
        settings["multiVmSyncStatus"] == "Enable",
    )
    rest = tuple(p for p in held.policies if not arm_id.same(p.id, made.id))
    return _with(estate, vault, policies=(*rest, made))


def _mapping(estate: Estate, change: Change) -> Estate:
    vault, held = _held(estate, change)
    properties = change.body["properties"]
    start = _service(change.resource_id).rsplit("/replicationProtectionContainerMappings/", 1)[0]
    end = properties["targetProtectionContainerId"]
    known = {arm_id.key(c.id) for c in held.containers}
    assert {arm_id.key(start), arm_id.key(end)} <= known
    assert any(arm_id.same(p.id, properties["policyId"]) for p in held.policies)
    made = ContainerMapping(
        _service(change.resource_id),
        change.name,
        start,
        _service(end),
        _service(properties["policyId"]),
        agent_auto_update=properties["providerSpecificInput"]["agentAutoUpdateStatus"] == "Enabled",
    )
    rest = tuple(m for m in held.container_mappings if not arm_id.same(m.id, made.id))
    return _with(estate, vault, container_mappings=(*rest, made))


def _network_mapping(estate: Estate, change: Change) -> Estate:
    vault, held = _held(estate, change)
    properties = change.body["properties"]
    assert any(f.name == properties["recoveryFabricName"] for f in held.fabrics)
    start = properties["fabricSpecificDetails"]["primaryNetworkId"]
    made = NetworkMapping(
        _service(change.resource_id), change.name, start.lower(), properties["recoveryNetworkId"].lower()
    )
    rest = tuple(m for m in held.network_mappings if not arm_id.same(m.id, made.id))
    assert not any(m.source_network_id == made.source_network_id for m in rest), "one target for each source network"
    return _with(estate, vault, network_mappings=(*rest, made))


def _item(estate: Estate, change: Change) -> Estate:
    vault, held = _held(estate, change)
    properties = change.body["properties"]
    if change.action is Action.UPDATE:
        items = tuple(_updated(i, properties) if arm_id.same(i.id, change.resource_id) else i for i in held.items)
        return _with(estate, vault, items=items)
    details = properties["providerSpecificDetails"]
    source = estate.vm_by_id[arm_id.key(details["fabricObjectId"])]
    assert all(i.name.lower() != change.name.lower() for i in held.items), "an item's name is unique in a vault"
    made = ReplicatedItem(
        _service(change.resource_id),
        change.name,
        details["fabricObjectId"].lower(),
        source.name,
        _service(change.resource_id).rsplit("/replicationProtectedItems/", 1)[0],
        "Protected",
        "Protected",
        policy_id=_service(properties["policyId"]),
        target_vm_name=source.name,
        target_vm_size=source.size,
        target_group_id=details["recoveryResourceGroupId"],
        target_network_id=details.get("recoveryAzureNetworkId"),
        target_zone=details.get("recoveryAvailabilityZone"),
        target_availability_set=details.get("recoveryAvailabilitySetId"),
        proximity_group_id=details.get("recoveryProximityPlacementGroupId"),
        capacity_reservation_id=details.get("recoveryCapacityReservationGroupId"),
        multi_vm_group=details.get("multiVmGroupName", ""),
        nics=tuple(
            ReplicatedNic(f"guid-{number}", nic.lower(), "ipconfig1", details.get("recoverySubnetName", ""))
            for number, nic in enumerate(source.nic_ids)
        ),
        disks=tuple(
            ReplicatedDisk(
                d["diskId"].lower(),
                arm_id.name(d["diskId"]),
                False,
                "Protected",
                1,
                cache_account_id=d["primaryStagingAzureStorageAccountId"],
            )
            for d in details["vmManagedDisks"]
        ),
    )
    return _with(estate, vault, items=(*held.items, made))


def _updated(item: ReplicatedItem, properties: dict[str, Any]) -> ReplicatedItem:
    details = properties["providerSpecificDetails"]
    asked = {nic["nicId"]: nic["ipConfigs"][0] for nic in properties.get("vmNics", ())}
    assert set(asked) <= {nic.id for nic in item.nics}, "an interface is named by the service's own id"
    return replace(
        item,
        target_vm_name=properties.get("recoveryAzureVMName", item.target_vm_name),
        target_vm_size=properties.get("recoveryAzureVMSize", item.target_vm_size),
        target_network_id=properties.get("selectedRecoveryAzureNetworkId", item.target_network_id),
        target_availability_set=properties.get("recoveryAvailabilitySetId", item.target_availability_set),
        target_zone=details.get("recoveryAvailabilityZone", item.target_zone),
        proximity_group_id=details.get("recoveryProximityPlacementGroupId", item.proximity_group_id),
        capacity_reservation_id=details.get("recoveryCapacityReservationGroupId", item.capacity_reservation_id),
        nics=tuple(_addressed(nic, asked.get(nic.id, {})) for nic in item.nics),
    )


def _addressed(nic: ReplicatedNic, config: dict[str, Any]) -> ReplicatedNic:
    assert config.get("ipConfigName", nic.config) == nic.config
    return replace(
        nic,
        subnet=config.get("recoverySubnetName", nic.subnet),
        address=config.get("recoveryStaticIPAddress", nic.address),
    )


_APPLY = {
    Kind.PROVIDER: _provider,
    Kind.RESOURCE_GROUP: _group,
    Kind.SECURITY_GROUP: _security_group,
    Kind.NETWORK: _network,
    Kind.AVAILABILITY_SET: _set,
    Kind.CACHE_ACCOUNT: _account,
    Kind.VAULT: _vault,
    Kind.FABRIC: _fabric,
    Kind.CONTAINER: _container,
    Kind.POLICY: _policy,
    Kind.CONTAINER_MAPPING: _mapping,
    Kind.NETWORK_MAPPING: _network_mapping,
    Kind.ITEM: _item,
}
