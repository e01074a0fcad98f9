"""Checks of the rate of change against what replication carries."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model.compute import AttachedDisk, Disk
from asr_tui.model.finding import Scope, Severity
from asr_tui.model.guest import DiskWrites
from asr_tui.rules import figures, gaps, operating_systems, regions, sizing
from asr_tui.rules.checks.disk import on_disk
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.registry import Hit, check, on_vm, on_vms, unknown_vms

READ = "Read the disks' write rates of the last days from Azure Monitor."
#: MB/s beyond which only some systems, regions and sizes go.
ORDINARY_HIGH = 100.0


def _high(facts: Facts, vm: VmFacts) -> bool:
    item = facts.resolved.item_by_vm.get(vm.key)
    return item is not None and item.cache.high_churn


def _fast_system(vm: VmFacts) -> bool:
    if vm.vm.os_type == "Windows":
        return True
    system = operating_systems.recognise(vm.vm)
    return system is not None and f"{system.family}-{system.major}" in figures.document("churn")["high"]["fast_systems"]


def _fast_regions(facts: Facts) -> bool:
    return bool(regions.facts(facts.source).high_churn) and bool(regions.facts(facts.target).high_churn)


def _ceiling(facts: Facts, vm: VmFacts) -> float | None:
    """MB/s of the VM, or None where its size is not known."""
    if vm.size is None:
        return None
    fast = _fast_system(vm) and _fast_regions(facts)
    return sizing.vm_ceiling(vm.size.memory_gib, high_churn=_high(facts, vm), fast=fast)


def _written(facts: Facts, vm: VmFacts) -> Iterator[tuple[AttachedDisk, Disk | None, DiskWrites]]:
    excluded = {name.lower() for name in facts.override(vm).excluded_disks}
    writes = facts.writes.get(vm.key, {})
    for attached, disk in vm.disks:
        found = writes.get(attached.lun)
        if found is not None and (attached.is_os or attached.name.lower() not in excluded):
            yield attached, disk, found


def _unmeasured(facts: Facts) -> list[VmFacts]:
    return [vm for vm in facts.selected if vm.key not in facts.writes and vm.key not in facts.protecting]


@check(
    id="vm-metrics-churn",
    scope=Scope.VM,
    title="The VM changes no more than replication carries",
    severity=Severity.WARNING,
    source="HC",
    prevents="SourceMachineChurnRateExceeded",
)
def vm_metrics_churn(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        ceiling = _ceiling(facts, vm)
        total = sum(writes.average_mbps for _, _, writes in _written(facts, vm))
        if ceiling is not None and total > ceiling:
            evidence = f"It writes {total:.0f} MB/s on average; {ceiling:.0f} MB/s are carried."
            yield on_vm(vm, evidence, "Use high churn, exclude a disk, or spread the load over several VMs.")
    why = "How much these VMs write was not measured."
    yield from unknown_vms(facts, _unmeasured(facts), why, READ)
    yield from gaps.sizes(facts)


@check(
    id="disk-churn",
    scope=Scope.DISK,
    title="Each disk changes no more than its replica carries",
    severity=Severity.WARNING,
    source="SM",
    prevents="153007",
)
def disk_churn(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        vm_mbps = _ceiling(facts, vm) or float(figures.limits()["normal_churn_vm_mbps"])
        for attached, disk, writes in _written(facts, vm):
            if disk is None:
                continue
            sku = facts.plan.defaults.replica_disk_type or disk.sku
            ceiling = sizing.disk_ceiling(
                sku, disk.size_gib or 0, writes.write_kib, high_churn=_high(facts, vm), vm_mbps=vm_mbps
            )
            if writes.average_mbps > ceiling:
                evidence = f"It writes {writes.average_mbps:.1f} MB/s on average; its replica carries {ceiling:g}."
                yield on_disk(vm, attached, evidence, "Use a larger or faster replica disk, or high churn.")
            elif writes.peak_mbps > ceiling:
                evidence = f"At its peak it writes {writes.peak_mbps:.1f} MB/s; its replica carries {ceiling:g}."
                remedy = "Short peaks only delay recovery points; watch the RPO."
                yield on_disk(vm, attached, evidence, remedy, Severity.INFO)
    why = "How much the disks of these VMs write was not measured."
    yield from unknown_vms(facts, _unmeasured(facts), why, READ)
    yield from gaps.disks(facts)


@check(
    id="vm-highchurn-ram",
    scope=Scope.VM,
    title="High churn has the memory for it",
    severity=Severity.INFO,
    source="HC",
)
def vm_highchurn_ram(facts: Facts) -> Iterator[Hit]:
    found = [vm for vm in facts.selected if _high(facts, vm) and vm.size is not None and vm.size.memory_gib < 32]
    evidence = "They use high churn with less than 32 GiB of memory: 54 MB/s are carried, as with normal churn."
    yield from on_vms(facts, found, evidence, "Resize them, if they change more.")
    yield from gaps.sizes(facts)


@check(
    id="vm-highchurn-linux",
    scope=Scope.VM,
    title="High churn beyond 100 MB/s needs a recent Linux",
    severity=Severity.WARNING,
    source="HC",
)
def vm_highchurn_linux(facts: Facts) -> Iterator[Hit]:
    for vm in facts.selected:
        total = sum(writes.average_mbps for _, _, writes in _written(facts, vm))
        if _high(facts, vm) and total > ORDINARY_HIGH and not _fast_system(vm):
            evidence = f"It writes {total:.0f} MB/s; its system goes no further than {ORDINARY_HIGH:.0f} MB/s."
            yield on_vm(vm, evidence, "Upgrade to RHEL 9, SLES 15 or Ubuntu 24.04.")
