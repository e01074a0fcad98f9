"""Whether an enable job fails, at which task and why; and what the eligibility check says beforehand."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from asr_tui.emulator.compute.skus import restriction_of
from asr_tui.emulator.estates.sizes import Size, size_named, sizes
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.consequences import agent, machine, scope_rules
from asr_tui.emulator.site_recovery.error_catalogue import Fault
from asr_tui.emulator.site_recovery.item_record import Request
from asr_tui.emulator.site_recovery.replica_disks import REPLICA_TAG
from asr_tui.emulator.site_recovery.source_vm import DISK_TYPE, SourceVm
from asr_tui.emulator.site_recovery.vault_scope import Record, VaultScope, record_of
from asr_tui.emulator.store import Store

PREFLIGHT = "EnableProtectionPrerequisitesCheck"
INSTALL = "CreateProtectionTarget"


@dataclass(frozen=True, slots=True)
class Verdict:
    """That an enable job fails.

    Attributes:
        task: name of the task at which it fails.
        faults: why; at least one.
        seconds: bounds of how long that task takes until it fails; None for its usual time.
    """

    task: str
    faults: list[Fault]
    seconds: tuple[float, float] | None = None

    def after(self, rng: random.Random) -> float | None:
        """Seconds into the task at which it fails."""
        return None if self.seconds is None else rng.uniform(*self.seconds)


def enabling(scope: VaultScope, request: Request, record: Record) -> Verdict | None:
    """Judge an enable request; None when it goes well."""
    faults = list(_preflight(scope, request, record))
    if faults:
        return Verdict(PREFLIGHT, faults, (2.0, 9.0))
    fault = agent.first_fault(scope, request.vm)
    if fault is not None:
        return Verdict(INSTALL, [fault], (150.0, 420.0))
    faults = list(_target(scope, request, record))
    return Verdict(INSTALL, faults, (60.0, 150.0)) if faults else None


def eligibility(store: Store, vm: SourceVm, now: datetime) -> list[Fault]:
    """What the service can say about a VM before there is a vault: its state, its kind, its disks, stale links."""
    faults = [*machine.state_faults(vm, now), *machine.kind_faults(vm), *machine.link_faults(store, vm, now)]
    for disk in vm.disks:
        faults += machine.disk_faults(disk, high_churn=True)
    return faults


def _preflight(scope: VaultScope, request: Request, record: Record) -> Iterator[Fault]:
    vm, store, now = request.vm, scope.call.store, scope.now
    yield from machine.state_faults(vm, now)
    yield from _place(scope, request, record)
    yield from _elsewhere(scope, request, record)
    yield from machine.kind_faults(vm)
    yield from machine.link_faults(store, vm, now)
    yield from _disk_list(request)
    named = [found for disk in request.disks if (found := vm.disk(disk["diskId"]))]
    yield from machine.guest_disk_faults(vm, named)
    for disk in named:
        yield from machine.disk_faults(disk, record["churn"] == "High")
    yield from _encryption(scope, request)
    yield from _caches(scope, request)
    yield from _target_size(scope, request)


def _place(scope: VaultScope, request: Request, record: Record) -> Iterator[Fault]:
    """Regions: the VM must be in the fabric's; neither vault nor its group may be in it.

    The second rule is not for zonal protection, and not for a reprotect: a vault stands in the target region as a rule.
    """
    source = record_of(request.source)
    fabric = scope.peek(source["fabric"])
    location = record_of(fabric)["location"] if fabric else ""
    if request.vm.location != location:
        yield Fault(
            "VirtualMachineNotSupported",
            f"It is in '{request.vm.location}', but the source fabric is that of '{location}'.",
        )
    zonal = ids.same(source["fabric"], record_of(request.target)["fabric"])
    if zonal:
        yield from _zonal(request)
    if zonal or record["original_vm"]:
        return
    vault = scope.vault.body["location"].lower()
    group = scope.call.store.get(ids.resource_group(scope.path.arm_id), scope.now)
    if vault == location:
        yield Fault("SourceRegionSameAsVault", f"The vault is in '{vault}'.")
    elif group is not None and group.body["location"].lower() == location:
        yield Fault("SourceRegionSameAsVault", f"The resource group of the vault is in '{location}'.")


def _zonal(request: Request) -> Iterator[Fault]:
    """Zone to zone: the VM must be in a zone, its target in another one and another group; no ZRS and Ultra disks."""
    zone, target = request.vm.zone, request.details.get("recoveryAvailabilityZone")
    if zone is None:
        yield Fault("VirtualMachineNotSupported", "It is in no availability zone, which zonal protection needs.")
    elif target is None or target == zone:
        yield Fault("VirtualMachineNotSupported", f"Zonal protection needs a target zone other than '{zone}'.")
    if ids.same(request.target_group, ids.resource_group(request.vm.id)):
        yield Fault("TargetResourceCreationFailed", "Zonal protection needs another resource group than the source's.")
    for disk in request.vm.disks:
        if disk.sku.endswith("_ZRS") or disk.sku == "UltraSSD_LRS":
            yield Fault(
                "VirtualMachineNotSupported", f"Zonal protection does not take the {disk.sku} disk '{disk.name}'."
            )


def _elsewhere(scope: VaultScope, request: Request, record: Record) -> Iterator[Fault]:
    for other in scope.call.store.by_type(ids.ITEM, scope.now):
        if ids.same(other.id, record["id"]) or not other.mentions(request.vm.id):
            continue
        if ids.same(record_of(other)["vm"], request.vm.id):
            vault = ids.segment(other.id, "vaults")
            yield Fault("VmProtectedInAnotherVault", f"The vault is '{vault}', the item '{other.name}'.")
            return


def _disk_list(request: Request) -> Iterator[Fault]:
    os_disk = next((disk for disk in request.vm.disks if disk.lun is None), None)
    for given in request.disks:
        if request.vm.disk(given["diskId"]) is None:
            yield Fault("InvalidDiskIds", f"The disk '{given['diskId']}' is not attached to the machine.")
    named = {given["diskId"].lower() for given in request.disks}
    if os_disk is not None and os_disk.id.lower() not in named:
        yield Fault("InvalidDiskIds", f"The operating system disk '{os_disk.name}' is not among the disks.")


def _encryption(scope: VaultScope, request: Request) -> Iterator[Fault]:
    given = {disk["diskId"].lower(): disk for disk in request.disks}
    for disk in request.vm.disks:
        asked = given.get(disk.id.lower())
        if asked is None:
            continue
        properties = disk.doc["properties"]
        encrypted = (properties.get("encryptionSettingsCollection") or {}).get("enabled")
        if encrypted and not (asked.get("diskEncryptionInfo") or request.details.get("diskEncryptionInfo")):
            yield Fault("150175")
        source_set = (properties.get("encryption") or {}).get("diskEncryptionSetId")
        target_set = asked.get("recoveryDiskEncryptionSetId")
        if source_set and not target_set:
            yield Fault(
                "45005",
                f"The disk '{disk.name}' is encrypted with a customer-managed key; name a disk encryption set of "
                "the target region.",
            )
        elif target_set and scope.call.store.get(target_set, scope.now) is None:
            yield Fault("45005", f"The disk encryption set '{target_set}' does not exist.")


def _caches(scope: VaultScope, request: Request) -> Iterator[Fault]:
    seen: set[str] = set()
    for disk in request.disks:
        account_id = disk["primaryStagingAzureStorageAccountId"]
        if account_id.lower() in seen:
            continue
        seen.add(account_id.lower())
        account = scope.call.store.get(account_id, scope.now)
        if account is None:
            yield Fault("CacheStorageAccountNotUsable", f"The account '{account_id}' does not exist.")
            continue
        body = account.body
        if body["location"].lower() != request.vm.location:
            yield Fault(
                "CacheStorageAccountNotUsable",
                f"The account '{account.name}' must be located in the same region as the machine "
                f"('{request.vm.location}'), but is in '{body['location']}'.",
            )
        premium = body["sku"]["name"].startswith("Premium")
        if premium and body.get("kind") != "BlockBlobStorage":
            yield Fault(
                "CacheStorageAccountNotUsable",
                f"The account '{account.name}' is {body.get('kind')} {body['sku']['name']}; high churn needs "
                "premium block blobs.",
            )


def _target_size(scope: VaultScope, request: Request) -> Iterator[Fault]:
    """150097: no size in the target that carries the machine, or no quota for it."""
    store, vm = scope.call.store, request.vm
    fabric = scope.peek(record_of(request.target)["fabric"])
    location = record_of(fabric)["location"] if fabric else ""
    if scope_rules.region_closed(store, location):
        yield Fault("150097", f"The subscription may not create virtual machines in '{location}'.")
        return
    size = size_named(vm.size)
    if size is None:
        return
    if restriction_of(store, size.name, location) and not _substitute(store, vm, size, location):
        yield Fault("150097", f"The size '{size.name}' is not available in '{location}'.")
        return
    subscription = ids.segment(request.target_group, "subscriptions")
    short = scope_rules.cores_short(store, subscription, location, size.name, scope.now)
    if short:
        yield Fault("150097", azure=short)


def _substitute(store: Store, vm: SourceVm, size: Size, location: str) -> bool:
    """Whether another size of the family carries the machine in the target: the service takes the nearest."""
    return any(
        other.family == size.family
        and other.max_nics >= len(vm.nics)
        and other.max_data_disks >= len(vm.disks) - 1
        and restriction_of(store, other.name, location) is None
        for other in sizes().values()
    )


def _target(scope: VaultScope, request: Request, record: Record) -> Iterator[Fault]:
    """Preparing the target: its group, locks and policies, the replica disks."""
    store, now = scope.call.store, scope.now
    groups = {disk["group"].lower(): disk["group"] for disk in record["base"]["disks"]}
    groups.setdefault(request.target_group.lower(), request.target_group)
    for group in groups.values():
        if scope_rules.group_missing(store, group, now):
            yield Fault(
                "TargetResourceCreationFailed",
                f"The resource group '{ids.last(group)}' does not exist.",
                azure="Azure status code: NotFound. Arm error code: ResourceGroupNotFound.",
            )
            return
        message = scope_rules.locked(store, group, "write", now)
        if message:
            yield Fault("TargetResourceCreationFailed", "A lock is on it.", azure=message)
            return
    for disk in record["base"]["disks"]:
        yield from _replica(scope, record, disk)
    subscription = ids.segment(request.target_group, "subscriptions")
    types = [disk["replica_type"] for disk in record["base"]["disks"]]
    short = scope_rules.disks_short(store, subscription, record["recovery_location"], types, now)
    if short:
        yield Fault("TargetResourceCreationFailed", "The quota of managed disks is used up.", azure=short)


def _replica(scope: VaultScope, record: Record, disk: Record) -> Iterator[Fault]:
    existing = scope.call.store.get(disk["replica"], scope.now)
    if existing is not None and REPLICA_TAG not in (existing.body.get("tags") or {}):
        yield Fault("150161", f"The disk is '{existing.id}'.")
        return
    body = {
        "id": disk["replica"],
        "location": record["recovery_location"],
        "sku": {"name": disk["replica_type"]},
        "tags": record["base"]["tags"],
        "properties": {"publicNetworkAccess": "Enabled", "networkAccessPolicy": "AllowAll"},
    }
    message = scope_rules.disallowed(scope.call.store, DISK_TYPE, body, scope.now)
    if message:
        yield Fault("TargetResourceCreationFailed", "A policy denies the replica disk.", azure=message)
