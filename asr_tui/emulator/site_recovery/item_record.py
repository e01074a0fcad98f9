"""The record of a replicated item: what an enable request makes of a VM, a policy and two containers."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from asr_tui.emulator.site_recovery import addressing
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.source_vm import Document, SourceDisk, SourceVm
from asr_tui.emulator.site_recovery.timestamps import saved
from asr_tui.emulator.site_recovery.vault_scope import Record, VaultScope, record_of
from asr_tui.emulator.store import Resource

REPLICA_SUFFIX = "-ASRReplica"
TEST_SUFFIX = "-ASRtest"
TEST_VM_SUFFIX = "-test"
HIGH_CHURN_KIND = "BlockBlobStorage"
"""Kind of cache account that switches high churn on."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request to replicate a VM: from an enable PUT or from a reprotect.

    Attributes:
        item_id: id of the item to make.
        details: ``providerSpecificDetails`` of the request.
        policy, source, target: policy, source container and recovery container.
        vm: the source VM.
    """

    item_id: str
    details: dict[str, Any]
    policy: Resource
    source: Resource
    target: Resource
    vm: SourceVm

    @property
    def disks(self) -> list[dict[str, Any]]:
        """The managed disks that the request names."""
        return self.details.get("vmManagedDisks") or []

    @property
    def target_group(self) -> str:
        """Id of the resource group in which the target VM is made."""
        given = self.details.get("recoveryResourceGroupId")
        if given:
            return str(given)
        return str(self.disks[0]["recoveryResourceGroupId"]) if self.disks else ""


def build(scope: VaultScope, request: Request, before: Record | None = None) -> Record:
    """The record as it stands when the enable job starts.

    Args:
        before: the item's record before a reprotect; what lives on is taken from it.
    """
    vm, details = request.vm, request.details
    here, there = record_of(request.source), record_of(request.target)
    primary, recovery = _fabric(scope, here), _fabric(scope, there)
    name = ids.last(request.item_id)
    group_name = details.get("multiVmGroupName") or ""
    carried = before or {}
    record: Record = {
        "id": request.item_id,
        "name": name,
        "guid": ids.internal_id(vm.id, scope.path.arm_id, request.source.id),
        "vm": vm.id,
        "vm_name": vm.name,
        "os": vm.os_type,
        "distro": _distro(vm),
        "generation": vm.generation,
        "encryption": _encryption(vm, details),
        "policy": request.policy.id,
        "fabric": here["fabric"],
        "container": request.source.id,
        "container_guid": here["guid"],
        "recovery_fabric": there["fabric"],
        "recovery_container": request.target.id,
        "recovery_container_guid": there["guid"],
        "primary_display": primary["display"],
        "recovery_display": recovery["display"],
        "primary_location": primary["location"],
        "recovery_location": recovery["location"],
        "primary_zone": vm.zone,
        "initial": carried.get("initial")
        or {
            "primary_location": primary["location"],
            "recovery_location": recovery["location"],
            "recovery_zone": details.get("recoveryAvailabilityZone") or "",
        },
        "multi_vm_id": carried.get("multi_vm_id")
        or (ids.internal_id(scope.path.arm_id, "group", group_name) if group_name else str(uuid.uuid4())),
        "multi_vm_name": carried.get("multi_vm_name") or group_name,
        "original_vm": carried.get("vm"),
        "management": str(uuid.uuid4()),
        "lifecycle": carried.get("lifecycle") or str(uuid.uuid4()),
        "event": carried.get("event") or str(uuid.uuid4()),
        "auto_protection": details.get("autoProtectionOfDataDisk") or "Disabled",
        "churn": "High" if _high_churn(scope, request) else "Normal",
        "changes": [],
    }
    record["base"] = _base(scope, request, carried)
    if before:  # recorded: after a reprotect the NICs are there from the start
        network = recovery_network(scope, request, record)
        record["base"]["nics"] = [
            {**nic, "source": nic["source"].lower(), "selection": "NotSelected"}
            for nic in nics_of(scope, vm, network, None)
        ]
    return record


def _fabric(scope: VaultScope, container: Record) -> Record:
    fabric = scope.peek(container["fabric"])
    if fabric is None:
        raise LookupError(f"container {container['id']} has no fabric")
    return record_of(fabric)


def _distro(vm: SourceVm) -> str:
    name = str(vm.instance.get("osName", ""))
    return name.upper() if vm.os_type == "Linux" else "Windows"


def _encryption(vm: SourceVm, details: dict[str, Any]) -> str:
    if any((disk.get("diskEncryptionInfo") or {}) for disk in details.get("vmManagedDisks") or []):
        return "OnePassEncrypted"
    if details.get("diskEncryptionInfo"):
        return "TwoPassEncrypted"
    return "NotEncrypted"


def _high_churn(scope: VaultScope, request: Request) -> bool:
    for disk in request.disks:
        account = scope.call.store.get(disk["primaryStagingAzureStorageAccountId"], scope.now)
        if account is not None and account.body.get("kind") == HIGH_CHURN_KIND:
            return True
    return False


def _base(scope: VaultScope, request: Request, carried: Record) -> dict[str, Any]:
    details = request.details
    replicas = [
        disk_record(disk, found, carried)
        for disk in request.disks
        if (found := request.vm.disk(disk["diskId"])) is not None
    ]
    return {
        "stage": "Enabling",
        "active": "Primary",
        "enabled_at": saved(scope.now),
        "disks": replicas,
        "nics": [],
        "tags": dict(request.vm.doc.get("tags") or {}),
        "target": {
            "name": request.vm.name,
            "test_name": request.vm.name + TEST_VM_SUFFIX,
            "size": request.vm.size,
            "group": request.target_group,
            "network": None,
            "test_network": None,
            "subnet": ids.last(details.get("recoverySubnetName") or "") or None,
            "availability_set": details.get("recoveryAvailabilitySetId"),
            "zone": details.get("recoveryAvailabilityZone"),
            "scale_set": details.get("recoveryVirtualMachineScaleSetId"),
            "proximity_group": details.get("recoveryProximityPlacementGroupId"),
            "capacity_group": details.get("recoveryCapacityReservationGroupId"),
            "boot_diagnostics": details.get("recoveryBootDiagStorageAccountId"),
            "fault_domain": details.get("platformFaultDomain"),
            "license": request.vm.properties.get("licenseType"),
            "encryption": details.get("diskEncryptionInfo"),
        },
    }


def disk_record(given: dict[str, Any], disk: SourceDisk, carried: Record | None = None) -> Record:
    """What the item keeps of one protected disk."""
    group = given["recoveryResourceGroupId"]
    base = f"{group}/providers/Microsoft.Compute/disks"
    kind = disk.sku
    original = (carried or {}).get("original_disks", {}).get(disk.name.lower())
    return {
        "id": disk.id,
        "name": disk.name,
        "lun": disk.lun,
        "os": disk.lun is None,
        "bytes": disk.reported_bytes,
        "group": group,
        "cache": given["primaryStagingAzureStorageAccountId"],
        "replica": f"{base}/{disk.name}{REPLICA_SUFFIX}",
        "target": None,
        "original_target": original,
        "replica_type": given.get("recoveryReplicaDiskAccountType") or kind,
        "target_type": given.get("recoveryTargetDiskAccountType") or kind,
        "encryption_set": given.get("recoveryDiskEncryptionSetId"),
        "primary_encryption_set": disk.doc["properties"].get("encryption", {}).get("diskEncryptionSetId"),
        "encryption": given.get("diskEncryptionInfo"),
        "failover_name": disk.name,
        "test_name": disk.name + TEST_SUFFIX,
        "tier_changed": disk.data.tier_changed,
    }


def recovery_network(scope: VaultScope, request: Request, record: Record) -> str | None:
    """The network the target VM gets: the one asked for, else the one its source network is mapped to."""
    asked = request.details.get("recoveryAzureNetworkId")
    return str(asked) if asked else mapped_network(scope, record, request.vm)


def mapped_network(scope: VaultScope, record: Record, vm: SourceVm) -> str | None:
    """The target network that a network mapping gives the VM, None without one."""
    for nic in vm.nics:
        source = addressing.network_of(nic)
        for mapping in scope.records(ids.NETWORK_MAPPING):
            same_way = ids.same(mapping["recovery_fabric"], record["recovery_fabric"])
            if same_way and ids.same(mapping["primary"], source):
                return str(mapping["recovery"])
    return None


def nics_of(scope: VaultScope, vm: SourceVm, network: str | None, subnet: str | None) -> list[Record]:
    """The NIC settings that show once the item is protected; ``subnet`` is the one asked for by name, if any."""
    return [_nic(scope, nic, network, subnet) for nic in vm.nics]


def _nic(scope: VaultScope, nic: Document, network: str | None, subnet: str | None) -> Record:
    properties = nic["properties"]
    vnet = scope.call.store.get(network, scope.now) if network else None
    configs = [_config(config, vnet, subnet) for config in properties.get("ipConfigurations", [])]
    return {
        "id": ids.internal_id(nic["id"], "nic"),
        "source": nic["id"],
        "network": addressing.network_of(nic),
        "recovery_network": network,
        "configs": configs,
        "selection": "SelectedByUser",
        "nsg": "",
        "accelerated": bool(properties.get("enableAcceleratedNetworking")),
        "test_network": None,
        "test_nsg": "",
        "test_accelerated": None,
        "recovery_name": None,
        "recovery_group": None,
        "reuse": False,
        "test_name": None,
        "test_group": None,
        "test_reuse": False,
        "target_name": None,
    }


def _config(config: Document, vnet: Resource | None, subnet: str | None) -> Record:
    properties = config["properties"]
    primary = bool(properties.get("primary"))
    source_subnet = ids.last(properties["subnet"]["id"])
    chosen = addressing.subnet_for(vnet.body, subnet or source_subnet) if vnet else None
    return {
        "name": config["name"],
        "primary": primary,
        "subnet": source_subnet,
        "address": properties.get("privateIPAddress", ""),
        "kind": properties.get("privateIPAllocationMethod", "Dynamic"),
        "selected": primary,
        "recovery_subnet": chosen["name"] if chosen else (subnet or source_subnet),
        "recovery_address": "",
        "recovery_public_ip": "",
        "recovery_pools": [],
        "test_subnet": "",
        "test_address": "",
        "test_public_ip": "",
        "test_pools": [],
    }
