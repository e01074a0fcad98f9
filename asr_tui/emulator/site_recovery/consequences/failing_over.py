"""What makes a test failover, a failover or a cleanup fail in the target: network, quota, names, policies, locks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asr_tui.emulator.compute.skus import restriction_of
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.consequences import scope_rules
from asr_tui.emulator.site_recovery.error_catalogue import Fault
from asr_tui.emulator.site_recovery.source_vm import VM_TYPE
from asr_tui.emulator.site_recovery.vault_scope import Record, VaultScope


@dataclass(frozen=True, slots=True)
class TargetVm:
    """The VM that a failover is about to make.

    Attributes:
        id: its ARM id.
        size: its size.
        location: target region.
        network: id of the VNet.
        body: what a policy sees of it.
        nics, disks: ids of the NICs and disks to make.
        disk_types: types of the disks.
        addresses: for each NIC the address it gets, None when none is free.
        references: ids of resources that the VM is put into (availability set) or whose key its disks have (disk
            encryption set); they must be there.
        key_vaults: ids of the key vaults of Azure Disk Encryption in the target.
        nic_references: ids that its NICs are joined to (security groups, public addresses, backend pools).
        made: when it is made; what other jobs make before counts against the quotas.
    """

    id: str
    size: str
    location: str
    network: str
    body: dict[str, Any]
    nics: tuple[str, ...]
    disks: tuple[str, ...]
    disk_types: tuple[str, ...]
    addresses: tuple[str | None, ...]
    references: tuple[str, ...]
    key_vaults: tuple[str, ...]
    nic_references: tuple[str, ...]
    made: datetime


def failing_over(scope: VaultScope, record: Record, target: TargetVm) -> list[Fault]:
    """Judge the making of the target VM; empty when it goes well. One fault is enough to stop it."""
    for check in (_network, _group, _names, _references, _key_vaults, _addresses, _quotas, _policy, _guest):
        faults = list(check(scope, record, target))
        if faults:
            return faults
    return []


def _network(scope: VaultScope, record: Record, target: TargetVm) -> Iterator[Fault]:
    found = scope.call.store.get(target.network, scope.now) if target.network else None
    if found is None or found.type.lower() != "microsoft.network/virtualnetworks":
        yield Fault("70038", f"The network is '{target.network}'.")
    elif found.body["location"].lower() != target.location:
        yield Fault("70038", f"The network '{found.name}' is in '{found.body['location']}', not '{target.location}'.")


def _group(scope: VaultScope, record: Record, target: TargetVm) -> Iterator[Fault]:
    store = scope.call.store
    group = ids.resource_group(target.id)
    if scope_rules.group_missing(store, group, scope.now):
        yield Fault(
            "28031",
            f"The resource group '{ids.last(group)}' does not exist.",
            azure="Azure status code: NotFound. Arm error code: ResourceGroupNotFound.",
        )
        return
    message = scope_rules.locked(store, target.id, "write", scope.now)
    if message:
        yield Fault("28031", "The scope is locked.", azure=message)


def _names(scope: VaultScope, record: Record, target: TargetVm) -> Iterator[Fault]:
    for arm_id in (target.id, *target.nics, *target.disks):
        found = scope.peek(arm_id)
        if found is not None and (found.dies is None or scope.now < found.dies):
            yield Fault(
                "28031",
                f"The name '{ids.last(arm_id)}' is in use.",
                azure=f"Azure status code: Conflict. Arm error code: ResourceExists. '{found.id}' exists already.",
            )
            return


def _references(scope: VaultScope, record: Record, target: TargetVm) -> Iterator[Fault]:
    """What the settings name must exist in the target region."""
    for code, wanted in (("28031", target.references), ("28092", target.nic_references)):
        for arm_id in wanted:
            found = scope.call.store.get(ids.other_service(arm_id.split("/backendAddressPools/")[0]), scope.now)
            if found is None:
                azure = f"Azure status code: NotFound. Arm error code: InvalidResourceReference. Resource {arm_id}."
                yield Fault(code, f"'{ids.last(arm_id)}' does not exist.", azure=azure)
                return
            location = str(found.body.get("location", target.location)).lower()
            if location != target.location:
                yield Fault(code, f"'{found.name}' is in '{location}', not '{target.location}'.")
                return


def _key_vaults(scope: VaultScope, record: Record, target: TargetVm) -> Iterator[Fault]:
    """The target's key vault must be there, in the target region, and open to Azure Disk Encryption."""
    for arm_id in target.key_vaults:
        found = scope.call.store.get(ids.other_service(arm_id), scope.now)
        if found is None:
            azure = f"Azure status code: NotFound. Arm error code: ResourceNotFound. Resource {arm_id}."
            yield Fault("28031", f"The key vault '{ids.last(arm_id)}' does not exist.", azure=azure)
        elif found.body["location"].lower() != target.location:
            yield Fault(
                "28031", f"The key vault '{found.name}' is in '{found.body['location']}', not '{target.location}'."
            )
        elif not found.body["properties"].get("enabledForDiskEncryption"):
            azure = (
                "Azure status code: Forbidden. Arm error code: KeyVaultAccessForbidden. The key vault "
                f"'{found.name}' has not been enabled for volume encryption."
            )
            yield Fault("28031", f"The key vault '{found.name}' is not enabled for volume encryption.", azure=azure)


def _addresses(scope: VaultScope, record: Record, target: TargetVm) -> Iterator[Fault]:
    if any(address is None for address in target.addresses):
        yield Fault("ReplicaIpAddressInvalid", "The subnet has no address for it, or the chosen one is in use.")


def _quotas(scope: VaultScope, record: Record, target: TargetVm) -> Iterator[Fault]:
    store = scope.call.store
    subscription = ids.segment(target.id, "subscriptions")
    if scope_rules.region_closed(store, target.location):
        yield Fault("28031", f"The subscription may not create virtual machines in '{target.location}'.")
        return
    if restriction_of(store, target.size, target.location):
        azure = "Arm error code: SkuNotAvailable. The requested size is currently not available in the location."
        yield Fault("28031", f"The size '{target.size}' is not available.", azure=azure)
        return
    cores = scope_rules.cores_short(store, subscription, target.location, target.size, target.made)
    if cores:
        yield Fault("28031", "The quota of vCPUs is used up.", azure=cores)
    disks = scope_rules.disks_short(store, subscription, target.location, list(target.disk_types), target.made)
    if disks:
        yield Fault("28031", "The quota of managed disks is used up.", azure=disks)
    nics = scope_rules.nics_short(store, subscription, target.location, len(target.nics), target.made)
    if nics:
        yield Fault("28092", "The quota of network interfaces is used up.", azure=nics)


def _policy(scope: VaultScope, record: Record, target: TargetVm) -> Iterator[Fault]:
    message = scope_rules.disallowed(scope.call.store, VM_TYPE, target.body, scope.now)
    if message:
        yield Fault("28031", "A policy denies it.", azure=message)


def _guest(scope: VaultScope, record: Record, target: TargetVm) -> Iterator[Fault]:
    source = scope.peek(record["vm"])
    if source is not None and source.private.get("_guest", {}).get("hydration") == "fails":
        yield Fault("170010")


def cleaning(scope: VaultScope, arm_ids: list[str]) -> list[Fault]:
    """Why the resources with these ids can't be deleted; empty when they can."""
    for arm_id in arm_ids:
        message = scope_rules.locked(scope.call.store, arm_id, "delete", scope.now)
        if message:
            return [Fault("ScopeLocked", f"'{ids.last(arm_id)}' can't be deleted.", azure=message)]
    return []
