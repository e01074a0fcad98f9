"""The disks and NICs inside a replicated item's body."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.item_course import Course, Figures
from asr_tui.emulator.site_recovery.item_stages import Stage
from asr_tui.emulator.site_recovery.timeline import State
from asr_tui.emulator.site_recovery.vault_scope import Record, VaultScope


def managed(
    state: State, stage: Stage, course: Course, figures: Figures, now: datetime, slim: bool
) -> list[dict[str, Any]]:
    """``protectedManagedDisks``: the source disk lower-cased, the replica in the source's own casing."""
    found = []
    for index, disk in enumerate(state["disks"]):
        is_copying = course.is_copying(index, now)
        body = _disk(disk, bool(state.get("resync_required")))
        body["monitoringPercentageCompletion"] = figures.disks[index] if is_copying else None
        body["monitoringJobType"] = "InitialReplication" if is_copying else None
        if not slim:
            body["dataPendingAtSourceAgentInMB"] = _pending(disk, state, now)
            # A disk added later is pending by itself while the VM stays protected.
            body["diskState"] = "InitialReplicationPending" if is_copying else stage.disk_state
            body["allowedDiskLevelOperation"] = []
        found.append(body)
    return found


def _disk(disk: Record, resync_required: bool) -> dict[str, Any]:
    """What a list tells of a disk, without what moves."""
    encryption = disk["encryption"] or {}
    secret = encryption.get("diskEncryptionKeyInfo") or {}
    key = encryption.get("keyEncryptionKeyInfo") or {}
    return {
        "diskId": disk["id"].lower(),
        "recoveryResourceGroupId": disk["group"],
        "recoveryTargetDiskId": disk["target"],
        "recoveryReplicaDiskId": disk["replica"],
        "recoveryOrignalTargetDiskId": disk["original_target"],
        "recoveryReplicaDiskAccountType": disk["replica_type"],
        "recoveryTargetDiskAccountType": disk["target_type"],
        "recoveryDiskEncryptionSetId": disk["encryption_set"],
        "primaryDiskEncryptionSetId": disk["primary_encryption_set"],
        "diskName": disk["name"],
        "diskCapacityInBytes": disk["bytes"],
        "primaryStagingAzureStorageAccountId": disk["cache"],
        "diskType": "OperatingSystem" if disk["os"] else "Data",
        "resyncRequired": resync_required,
        "monitoringPercentageCompletion": None,
        "monitoringJobType": None,
        "dataPendingInStagingStorageAccountInMB": 0.0,
        "dataPendingAtSourceAgentInMB": 0.0,
        "diskState": None,
        "allowedDiskLevelOperation": None,
        "isDiskEncrypted": bool(secret),
        "secretIdentifier": secret.get("secretIdentifier"),
        "dekKeyVaultArmId": secret.get("keyVaultResourceArmId"),
        "isDiskKeyEncrypted": bool(key),
        "keyIdentifier": key.get("keyIdentifier"),
        "kekKeyVaultArmId": key.get("keyVaultResourceArmId"),
        "failoverDiskName": disk["failover_name"],
        "tfoDiskName": disk["test_name"],
    }


def _pending(disk: Record, state: State, now: datetime) -> float:
    """Megabytes that wait in the agent: floating point in steps of 1/256, 0.7 to 3 (recorded)."""
    if state["stage"] in ("Enabling", "Pending", "FailedOver", "Committed"):
        return 0.0
    noise = int(ids.internal_id(disk["id"], str(int(now.timestamp()) // 120))[:4], 16)
    return (180 + noise % 590) / 256


def nic(entry: Record) -> dict[str, Any]:
    """One of ``vmNics``; texts that are not set are empty."""
    test_network = entry["test_network"]
    return {
        "nicId": entry["id"],
        "replicaNicId": None,
        "sourceNicArmId": entry["source"],
        "vMNetworkName": entry["network"],
        "recoveryVMNetworkId": entry["recovery_network"],
        "ipConfigs": [_ip_config(config) for config in entry["configs"]],
        "selectionType": entry["selection"],
        "recoveryNetworkSecurityGroupId": entry["nsg"],
        "enableAcceleratedNetworkingOnRecovery": entry["accelerated"],
        "tfoVMNetworkId": test_network,
        "tfoNetworkSecurityGroupId": entry["test_nsg"],
        "enableAcceleratedNetworkingOnTfo": entry["test_accelerated"],
        "recoveryNicName": entry["recovery_name"],
        "recoveryNicResourceGroupName": entry["recovery_group"],
        "reuseExistingNic": entry["reuse"],
        "tfoRecoveryNicName": entry["test_name"],
        "tfoRecoveryNicResourceGroupName": entry["test_group"],
        "tfoReuseExistingNic": entry["test_reuse"],
        "targetNicName": entry["target_name"],
    }


def _ip_config(config: Record) -> dict[str, Any]:
    """The request says ``ipConfigName``, the answer ``name`` (recorded)."""
    return {
        "name": config["name"],
        "isPrimary": config["primary"],
        "subnetName": config["subnet"],
        "staticIPAddress": config["address"],
        "ipAddressType": config["kind"],
        "isSeletedForFailover": config["selected"],
        "recoverySubnetName": config["recovery_subnet"],
        "recoveryStaticIPAddress": config["recovery_address"],
        "recoveryIPAddressType": "Static" if config["recovery_address"] else "Dynamic",
        "recoveryPublicIPAddressId": config["recovery_public_ip"],
        "recoveryLBBackendAddressPoolIds": config["recovery_pools"],
        "tfoSubnetName": config["test_subnet"],
        "tfoStaticIPAddress": config["test_address"],
        "tfoPublicIPAddressId": config["test_public_ip"],
        "tfoLBBackendAddressPoolIds": config["test_pools"],
    }


def unprotected(scope: VaultScope, record: Record, state: State) -> list[dict[str, Any]] | None:
    """Data disks that the VM has now and that are not protected; null when there are none (recorded)."""
    vm = scope.call.store.get(record["vm"], scope.now)
    if vm is None or state["stage"] != "Protected":
        return None
    known = {disk["id"].lower() for disk in state["disks"]}
    added = [
        {"diskLunId": entry["lun"], "diskAutoProtectionStatus": record["auto_protection"]}
        for entry in vm.shared["properties"]["storageProfile"].get("dataDisks", [])
        if ((entry.get("managedDisk") or {}).get("id") or "").lower() not in known
    ]
    return added or None
