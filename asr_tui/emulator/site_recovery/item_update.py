"""What a PATCH changes in a replicated item's target settings."""

from __future__ import annotations

from typing import Any

from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery import refusals
from asr_tui.emulator.site_recovery.timeline import State
from asr_tui.emulator.site_recovery.vault_scope import Record, VaultScope

_TARGET = {
    "recoveryAzureVMName": "name",
    "recoveryAzureVMSize": "size",
    "selectedRecoveryAzureNetworkId": "network",
    "selectedTfoAzureNetworkId": "test_network",
    "recoveryAvailabilitySetId": "availability_set",
    "licenseType": "license",
}
_SPECIFIC = {
    "tfoAzureVMName": "test_name",
    "recoveryResourceGroupId": "group",
    "recoveryAvailabilityZone": "zone",
    "recoveryAvailabilitySetId": "availability_set",
    "recoveryVirtualMachineScaleSetId": "scale_set",
    "recoveryProximityPlacementGroupId": "proximity_group",
    "recoveryCapacityReservationGroupId": "capacity_group",
    "recoveryBootDiagStorageAccountId": "boot_diagnostics",
    "platformFaultDomain": "fault_domain",
    "diskEncryptionInfo": "encryption",
}
_NIC = {
    "selectionType": "selection",
    "recoveryNetworkSecurityGroupId": "nsg",
    "enableAcceleratedNetworkingOnRecovery": "accelerated",
    "tfoNetworkSecurityGroupId": "test_nsg",
    "enableAcceleratedNetworkingOnTfo": "test_accelerated",
    "recoveryNicName": "recovery_name",
    "recoveryNicResourceGroupName": "recovery_group",
    "reuseExistingNic": "reuse",
    "tfoNicName": "test_name",
    "tfoNicResourceGroupName": "test_group",
    "tfoReuseExistingNic": "test_reuse",
    "targetNicName": "target_name",
}
_CONFIG = {
    "isPrimary": "primary",
    "isSeletedForFailover": "selected",
    "recoverySubnetName": "recovery_subnet",
    "recoveryStaticIPAddress": "recovery_address",
    "recoveryPublicIPAddressId": "recovery_public_ip",
    "recoveryLBBackendAddressPoolIds": "recovery_pools",
    "tfoSubnetName": "test_subnet",
    "tfoStaticIPAddress": "test_address",
    "tfoPublicIPAddressId": "test_public_ip",
    "tfoLBBackendAddressPoolIds": "test_pools",
}


def changed(scope: VaultScope, record: Record, state: State, given: dict[str, Any]) -> dict[str, Any]:
    """The members of the item's state after the update.

    Raises:
        SiteRecoveryError: 400 for a NIC or disk that the item does not have, or a network that is not there.
    """
    specific = given.get("providerSpecificDetails") or {}
    target = dict(state["target"])
    _take(target, given, _TARGET)
    _take(target, specific, _SPECIFIC)
    _check_network(scope, record, target["network"])
    _check_network(scope, record, target["test_network"])
    return {
        "target": target,
        "nics": _nics(record, state, given.get("vmNics") or [], target),
        "disks": _disks(record, state, specific.get("managedDiskUpdateDetails") or []),
    }


def _take(into: dict[str, Any], given: dict[str, Any], names: dict[str, str]) -> None:
    for member, key in names.items():
        if given.get(member) is not None:
            into[key] = given[member]


def _check_network(scope: VaultScope, record: Record, network: str | None) -> None:
    if not network:
        return
    found = scope.call.store.get(network, scope.now)
    if found is None or found.type.lower() != "microsoft.network/virtualnetworks":
        raise refusals.invalid("AzureNetworkNotFound", f"The network '{network}' could not be found.")
    if found.body["location"].lower() != record["recovery_location"]:
        raise refusals.invalid(
            "AzureNetworkNotInFabricLocation",
            f"The network '{found.name}' is not in '{record['recovery_location']}'.",
        )


def _nics(record: Record, state: State, given: list[dict[str, Any]], target: dict[str, Any]) -> list[Record]:
    """NICs are named by their internal GUID, not by their ARM id."""
    nics = {nic["id"]: dict(nic) for nic in state["nics"]}
    for entry in given:
        nic = nics.get(entry["nicId"].lower())
        if nic is None:
            raise refusals.invalid(
                "NicNotFound", f"The replicated item '{record['name']}' has no NIC '{entry['nicId']}'."
            )
        _take(nic, entry, _NIC)
        nic["configs"] = _configs(record, nic["configs"], entry.get("ipConfigs") or [])
    for nic in nics.values():
        nic["recovery_network"] = target["network"]
        nic["test_network"] = target["test_network"]
    return list(nics.values())


def _configs(record: Record, configs: list[Record], given: list[dict[str, Any]]) -> list[Record]:
    changed = [dict(config) for config in configs]
    for place, entry in enumerate(given):
        name = entry.get("ipConfigName")
        named = [config for config in changed if name and str(config["name"]).lower() == name.lower()]
        if not named and (name or place >= len(changed)):
            raise refusals.invalid("IpConfigNotFound", f"A NIC of '{record['name']}' has no IP configuration '{name}'.")
        _take(named[0] if named else changed[place], entry, _CONFIG)
    return changed


def _disks(record: Record, state: State, given: list[dict[str, Any]]) -> list[Record]:
    disks = {disk["id"].lower(): dict(disk) for disk in state["disks"]}
    for entry in given:
        disk = disks.get(ids.other_service(entry["diskId"]).lower())
        if disk is None:
            raise refusals.invalid(
                "DiskNotFound", f"The disk '{entry['diskId']}' is not protected by '{record['name']}'."
            )
        _take(
            disk,
            entry,
            {
                "recoveryTargetDiskAccountType": "target_type",
                "recoveryReplicaDiskAccountType": "replica_type",
                "diskEncryptionInfo": "encryption",
                "failoverDiskName": "failover_name",
                "tfoDiskName": "test_name",
            },
        )
    return list(disks.values())
