"""Checks of what is set for disks: encryption, access, what the plan leaves out."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model import arm_id
from asr_tui.model.finding import Scope, Severity
from asr_tui.rules import gaps
from asr_tui.rules.checks.disk import known, on_disk
from asr_tui.rules.facts import Facts
from asr_tui.rules.registry import Hit, check, on_vm, on_vms, unknown

DOUBLE = "EncryptionAtRestWithPlatformAndCustomerKeys"


@check(
    id="disk-cmk-des-target",
    scope=Scope.DISK,
    title="A disk with a customer-managed key has a disk encryption set in the target region",
    severity=Severity.BLOCKER,
    source="CMK",
    prevents="45005",
)
def disk_cmk_des_target(facts: Facts) -> Iterator[Hit]:
    sets = facts.encryption_sets
    for vm, attached, disk in known(facts):
        if disk.encryption_set_id is None:
            continue
        wanted = facts.encryption_set(vm)
        if not wanted:
            evidence = (
                f"It is encrypted through {arm_id.name(disk.encryption_set_id)}; no set is chosen for the target."
            )
            yield on_disk(vm, attached, evidence, "Make a disk encryption set in the target region, and choose it.")
        elif sets is None or arm_id.key(wanted) not in sets:
            why = f"The disk encryption set {arm_id.name(wanted)} was not read."
            yield unknown(disk.name, disk.id, why, "Grant Microsoft.Compute/diskEncryptionSets/read.", (vm.id,))
        elif sets[arm_id.key(wanted)].location.lower() != facts.target:
            evidence = f"The chosen set stands in {sets[arm_id.key(wanted)].location}."
            yield on_disk(vm, attached, evidence, "Choose a disk encryption set of the target region.")
    yield from gaps.disks(facts)


@check(
    id="disk-double-encryption",
    scope=Scope.DISK,
    title="A doubly encrypted disk has a disk encryption set of the same kind",
    severity=Severity.BLOCKER,
    source="CMK",
)
def disk_double_encryption(facts: Facts) -> Iterator[Hit]:
    sets = facts.encryption_sets or {}
    for vm, attached, disk in known(facts):
        found = sets.get(arm_id.key(facts.encryption_set(vm)))
        if disk.encryption_type == DOUBLE and found is not None and found.encryption_type != DOUBLE:
            evidence = f"{found.name} is of the kind {found.encryption_type}."
            yield on_disk(vm, attached, evidence, "Choose a set with platform and customer keys.")
    yield from gaps.disks(facts)


@check(
    id="disk-cmk-slow",
    scope=Scope.DISK,
    title="Enabling with a disk encryption set takes its time",
    severity=Severity.INFO,
    source="API",
)
def disk_cmk_slow(facts: Facts) -> Iterator[Hit]:
    found = [vm for vm in facts.selected if any(disk and disk.encryption_set_id for _, disk in vm.disks)]
    yield from on_vms(facts, found, "Enabling them was seen to take up to five hours.", "Let it run.")
    yield from gaps.disks(facts)


@check(
    id="disk-one-hot-add",
    scope=Scope.DISK,
    title="Every disk of a replicated VM is replicated",
    severity=Severity.WARNING,
    source="FAQ",
    prevents="153039",
)
def disk_one_hot_add(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        found = facts.protecting.get(vm.key)
        held = {arm_id.key(disk.disk_id) for disk in found[1].disks} if found else set()
        if not held:
            continue
        excluded = {name.lower() for name in facts.override(vm).excluded_disks}
        for attached, _ in vm.disks:
            added = attached.disk_id is not None and arm_id.key(attached.disk_id) not in held
            if added and attached.name.lower() not in excluded:
                evidence = "It was attached after replication was enabled."
                yield on_disk(vm, attached, evidence, "Protect it in the portal, one disk at a time, or exclude it.")
    yield from gaps.vault_contents(facts)


@check(
    id="disk-network-access",
    scope=Scope.DISK,
    title="Replica disks are made with public access",
    severity=Severity.WARNING,
    source="FAQ",
)
def disk_network_access(facts: Facts) -> Iterator[Hit]:
    closed = {"DenyAll", "AllowPrivate"}
    found = []
    for vm in facts.selected:
        disks = [disk for _, disk in vm.disks if disk is not None]
        if any(d.network_access_policy in closed or d.public_network_access == "Disabled" for d in disks):
            found.append(vm)
    evidence = "Their disks are closed to public networks; their replica and failover disks will not be."
    yield from on_vms(facts, found, evidence, "Close the target disks after failover, or by policy with an exemption.")
    yield from gaps.disks(facts)


@check(
    id="disk-exclude",
    scope=Scope.DISK,
    title="Disks that the plan excludes are there, and are no OS disks",
    severity=Severity.WARNING,
    source="EXC",
)
def disk_exclude(facts: Facts) -> Iterator[Hit]:
    for vm in facts.selected:
        by_name = {disk.name.lower(): disk for disk, _ in vm.disks}
        for name in facts.override(vm).excluded_disks:
            attached = by_name.get(name.lower())
            why = "is not attached" if attached is None else "is the OS disk, which is always replicated"
            if attached is None or attached.is_os:
                yield on_vm(vm, f"The plan excludes {name}, which {why}.", "Correct the plan.", cause=name)


@check(
    id="disk-temp-data",
    scope=Scope.DISK,
    title="Nothing that must survive is on the temporary disk",
    severity=Severity.INFO,
    source="SM",
)
def disk_temp_data(facts: Facts) -> Iterator[Hit]:
    found = [vm for vm in facts.selected if vm.size is not None and vm.size.temp_disk_gib]
    evidence = "They have a temporary disk, which is not replicated."
    yield from on_vms(facts, found, evidence, "Keep only page files and caches there.")
    yield from gaps.sizes(facts)
