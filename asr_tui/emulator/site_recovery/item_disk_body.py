"""The disks and NICs inside a replicated item's body."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.item_stages import Stage
from asr_tui.emulator.site_recovery.replication_pace import disk_percentage
from asr_tui.emulator.site_recovery.timeline import State
from asr_tui.emulator.site_recovery.timestamps import loaded
from asr_tui.emulator.site_recovery.vault_scope import Record, VaultScope


def managed(state: State, stage: Stage, now: datetime, slim: bool) -> list[dict[str, Any]]:
    """``protectedManagedDisks``: the source disk lower-cased, the replica in the source's own casing."""
    return [_disk(disk, state, stage, now, slim) for disk in state["disks"]]


def _disk(disk: Record, state: State, stage: Stage, now: datetime, slim: bool) -> dict[str, Any]:
    copying = _copying(disk, state, now)
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
        "resyncRequired": bool(state.get("resync_required")),
        "monitoringPercentageCompletion": disk_percentage(state["copy"], disk["id"].lower(), now) if copying else None,
        "monitoringJobType": "InitialReplication" if copying else None,
        "dataPendingInStagingStorageAccountInMB": 0.0,
        "dataPendingAtSourceAgentInMB": 0.0 if slim else _pending(disk, state, now),
        "diskState": None if slim else _disk_state(disk, state, stage, now),
        "allowedDiskLevelOperation": None if slim else [],
        "isDiskEncrypted": bool(secret),
        "secretIdentifier": secret.get("secretIdentifier"),
        "dekKeyVaultArmId": secret.get("keyVaultResourceArmId"),
        "isDiskKeyEncrypted": bool(key),
        "keyIdentifier": key.get("keyIdentifier"),
        "kekKeyVaultArmId": key.get("keyVaultResourceArmId"),
        "failoverDiskName": disk["failover_name"],
        "tfoDiskName": disk["test_name"],
    }


def _copying(disk: Record, state: State, now: datetime) -> bool:
    copy: Record = state.get("copy") or {}
    end = copy.get("ends", {}).get(disk["id"].lower())
    return (
        state["stage"] in ("Copying", "Resyncing", "Protected")
        and end is not None
        and loaded(copy["start"]) <= now < loaded(end)
    )


def _disk_state(disk: Record, state: State, stage: Stage, now: datetime) -> str:
    """A disk added later is pending by itself while the VM stays protected."""
    return "InitialReplicationPending" if _copying(disk, state, now) else stage.disk_state


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
