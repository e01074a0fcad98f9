"""The request bodies of set-up and enabling, as Site Recovery, Network, Compute and Storage take them.

Sources: https://learn.microsoft.com/rest/api/site-recovery/ and recorded traffic of the command-line tools.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from asr_tui.model.network import VirtualNetwork
from asr_tui.model.plan import PolicyChoice
from asr_tui.model.replication import ReplicatedNic
from asr_tui.rules.resolved import Resolved, ResolvedCache, ResolvedItem, ResolvedNetwork

Body = dict[str, Any]
CRASH_CONSISTENT_MINUTES = 5


def tagged(body: Body, tags: Mapping[str, str]) -> Body:
    """``body`` of a resource with the plan's tags."""
    return body | {"tags": dict(tags)} if tags else body


def vault(region: str) -> Body:
    """A vault reachable over its public endpoints, alerts for failed jobs on."""
    return {
        "location": region,
        "sku": {"name": "RS0", "tier": "Standard"},
        "properties": {
            "publicNetworkAccess": "Enabled",
            "monitoringSettings": {
                "azureMonitorAlertSettings": {"alertsForAllJobFailures": "Enabled"},
                "classicAlertSettings": {"alertsForCriticalOperations": "Enabled"},
            },
        },
    }


def network(source: VirtualNetwork | None, planned: ResolvedNetwork, region: str) -> Body:
    """A network that mirrors ``source``. Security groups, route tables, DNS servers and peerings are not carried over."""
    subnets = [subnet(_mirror_name(source, each.source), each.prefixes) for each in planned.subnets]
    return {
        "location": region,
        "properties": {"addressSpace": {"addressPrefixes": list(planned.address_space)}, "subnets": subnets},
    }


def subnet(name: str, prefixes: tuple[str, ...]) -> Body:
    """A bare subnet: no security group, no route table."""
    addresses: Body = {"addressPrefix": prefixes[0]} if len(prefixes) == 1 else {"addressPrefixes": list(prefixes)}
    return {"name": name, "properties": addresses}


def _mirror_name(source: VirtualNetwork | None, name: str) -> str:
    found = source.subnet(name) if source else None
    return found.name if found else name


def cache_account(cache: ResolvedCache, region: str) -> Body:
    """A cache storage account: standard for normal churn, premium block blobs for high churn."""
    return {
        "sku": {"name": "Premium_LRS" if cache.high_churn else "Standard_LRS"},
        "kind": "BlockBlobStorage" if cache.high_churn else "StorageV2",
        "location": region,
        "properties": {
            "supportsHttpsTrafficOnly": True,
            "minimumTlsVersion": "TLS1_2",
            "allowBlobPublicAccess": False,
            "networkAcls": {"bypass": "AzureServices", "defaultAction": "Allow"},
        },
    }


def availability_set(region: str, domains: tuple[int, int]) -> Body:
    """``domains``: fault domains, update domains."""
    return {
        "location": region,
        "sku": {"name": "Aligned"},
        "properties": {"platformFaultDomainCount": domains[0], "platformUpdateDomainCount": domains[1]},
    }


def fabric(region: str) -> Body:
    return {"properties": {"customDetails": {"instanceType": "Azure", "location": region}}}


def container() -> Body:
    return {"properties": {"providerSpecificInput": [{"instanceType": "A2A"}]}}


def _policy_settings(choice: PolicyChoice) -> Body:
    return {
        "instanceType": "A2A",
        "recoveryPointHistory": choice.retention_minutes,
        "crashConsistentFrequencyInMinutes": CRASH_CONSISTENT_MINUTES,
        "appConsistentFrequencyInMinutes": choice.app_consistent_minutes,
        "multiVmSyncStatus": "Enable" if choice.multi_vm_sync else "Disable",
    }


def policy(choice: PolicyChoice) -> Body:
    return {"properties": {"providerSpecificInput": _policy_settings(choice)}}


def policy_update(choice: PolicyChoice) -> Body:
    """For PATCH, which names the settings otherwise than PUT does."""
    return {"properties": {"replicationProviderSettings": _policy_settings(choice)}}


def container_mapping(policy_id: str, target_container_id: str, *, auto_update: bool) -> Body:
    details: Body = {"instanceType": "A2A", "agentAutoUpdateStatus": "Enabled" if auto_update else "Disabled"}
    if auto_update:
        details["automationAccountAuthenticationType"] = "SystemAssignedIdentity"
    return {
        "properties": {
            "policyId": policy_id,
            "targetProtectionContainerId": target_container_id,
            "providerSpecificInput": details,
        }
    }


def network_mapping(recovery_fabric: str, source_network_id: str, target_network_id: str) -> Body:
    return {
        "properties": {
            "recoveryFabricName": recovery_fabric,
            "recoveryNetworkId": target_network_id,
            "fabricSpecificDetails": {"instanceType": "AzureToAzure", "primaryNetworkId": source_network_id},
        }
    }


def item(resolved: Resolved, planned: ResolvedItem) -> Body:
    """Enable replication of one VM: every disk that is not excluded, into the target group and network."""
    disks = [
        {
            "diskId": disk.disk_id,
            "primaryStagingAzureStorageAccountId": planned.cache.id,
            "recoveryResourceGroupId": planned.group.id,
            "recoveryReplicaDiskAccountType": disk.replica_type,
            "recoveryTargetDiskAccountType": disk.target_type,
            **({"recoveryDiskEncryptionSetId": disk.encryption_set} if disk.encryption_set else {}),
        }
        for disk in planned.disks
    ]
    details: Body = {
        "instanceType": "A2A",
        "fabricObjectId": planned.vm_id,
        "recoveryContainerId": resolved.pair.target_container.id,
        "recoveryResourceGroupId": planned.group.id,
        "vmManagedDisks": disks,
    }
    if planned.target_network is not None:
        details["recoveryAzureNetworkId"] = planned.target_network.id
    if planned.subnet:
        details["recoverySubnetName"] = planned.subnet
    if planned.zone:
        details["recoveryAvailabilityZone"] = planned.zone
    if planned.availability_set is not None:
        details["recoveryAvailabilitySetId"] = planned.availability_set.id
    if planned.proximity_group:
        details["recoveryProximityPlacementGroupId"] = planned.proximity_group
    if planned.capacity_reservation:
        details["recoveryCapacityReservationGroupId"] = planned.capacity_reservation
    if planned.multi_vm_group:
        details["multiVmGroupName"] = planned.multi_vm_group
    return {"properties": {"policyId": resolved.pair.policy.id, "providerSpecificDetails": details}}


@dataclass(frozen=True, slots=True)
class ItemSettings:
    """What can be changed of an item that is protected; empty values leave a setting as it is. ``nics`` holds interfaces by
    the service's own id, with the IP configuration, subnet and static address."""

    name: str = ""
    size: str = ""
    network: str = ""
    zone: str = ""
    availability_set: str = ""
    proximity_group: str = ""
    capacity_reservation: str = ""
    nics: tuple[ReplicatedNic, ...] = ()


def item_update(wanted: ItemSettings) -> Body:
    """For PATCH on a protected item."""
    details = {
        "instanceType": "A2A",
        "recoveryAvailabilityZone": wanted.zone,
        "recoveryProximityPlacementGroupId": wanted.proximity_group,
        "recoveryCapacityReservationGroupId": wanted.capacity_reservation,
    }
    properties = {
        "recoveryAzureVMName": wanted.name,
        "recoveryAzureVMSize": wanted.size,
        "selectedRecoveryAzureNetworkId": wanted.network,
        "recoveryAvailabilitySetId": wanted.availability_set,
        "vmNics": [_nic(nic) for nic in wanted.nics],
        "providerSpecificDetails": {name: value for name, value in details.items() if value},
    }
    return {"properties": {name: value for name, value in properties.items() if value}}


def _nic(nic: ReplicatedNic) -> Body:
    config = {
        "ipConfigName": nic.config,
        "isPrimary": True,
        "recoverySubnetName": nic.subnet,
        "recoveryStaticIPAddress": nic.address,
    }
    return {"nicId": nic.id, "ipConfigs": [{name: value for name, value in config.items() if value}]}
