"""Checks of what Azure Monitor measured: the rate of change against what replication carries, and room for the agent."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model.finding import Scope, Severity
from asr_tui.rules import figures, gaps, load, operating_systems, regions, sizing
from asr_tui.rules.checks.disk import on_disk
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.registry import Hit, check, on_vm, on_vms, unknown_vms

#: What the agent takes at most, of memory and (with high churn, in percent) of the processor.
AGENT_MEMORY, AGENT_PERCENT = 0.0625, 18
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
        found = [writes for _, _, writes in load.written(facts, vm)]
        total, peak = sum(each.average_mbps for each in found), sum(each.peak_mbps for each in found)
        if ceiling is not None and total > ceiling:
            measured = load.span(max(each.hours for each in found))
            evidence = (
                f"Over {measured} its disks wrote {total:.0f} MB/s on average (at most {peak:.0f} MB/s if all peaked at "
                f"once); {ceiling:.0f} MB/s are carried."
            )
            yield on_vm(vm, evidence, "Use high churn, exclude a disk, or spread the load over several VMs.")
    yield from load.unmeasured(facts, facts.selected)
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
        for attached, disk, writes in load.written(facts, vm):
            if disk is None:
                continue
            sku = facts.plan.defaults.replica_disk_type or disk.sku
            ceiling = sizing.disk_ceiling(
                sku, disk.size_gib or 0, writes.write_kib, high_churn=_high(facts, vm), vm_mbps=vm_mbps
            )
            measured = (
                f"Over {load.span(writes.hours)} it wrote {writes.average_mbps:.1f} MB/s on average in pieces of "
                f"{writes.write_kib:.0f} KiB, {writes.peak_mbps:.1f} at its peak"
            )
            if writes.average_mbps > ceiling:
                evidence = f"{measured}; its replica carries {ceiling:g} on average."
                yield on_disk(vm, attached, evidence, "Use a larger or faster replica disk, or high churn.")
            elif writes.peak_mbps > ceiling:
                evidence = f"{measured}; its replica carries {ceiling:g}, so recovery points wait while it peaks."
                remedy = "Short peaks only delay recovery points; watch the RPO."
                yield on_disk(vm, attached, evidence, remedy, Severity.INFO)
    yield from load.unmeasured(facts, facts.selected)
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
    concerned = tuple(vm for vm in facts.selected if _high(facts, vm) and not _fast_system(vm))
    for vm in concerned:
        total = sum(writes.average_mbps for _, _, writes in load.written(facts, vm))
        if total > ORDINARY_HIGH:
            evidence = (
                f"It writes {total:.0f} MB/s on average; its system goes no further than {ORDINARY_HIGH:.0f} MB/s."
            )
            yield on_vm(vm, evidence, "Upgrade to RHEL 9, SLES 15 or Ubuntu 24.04.")
    yield from load.unmeasured(facts, concerned)


@check(
    id="vm-ram-overhead",
    scope=Scope.VM,
    title="Memory and processor are left for the agent",
    severity=Severity.WARNING,
    source="HC",
    prevents="151076",
)
def vm_ram_overhead(facts: Facts) -> Iterator[Hit]:
    unseen = []
    for vm in facts.vms:
        found = facts.loads.get(vm.key)
        free = _free_memory(facts, vm)
        if free is None or vm.size is None:
            unseen += [vm] if vm.selected and vm.size is not None and vm.key not in facts.protecting else []
        elif free < (wanted := int(vm.size.memory_gib * 1024 * AGENT_MEMORY)):
            evidence = f"At the least {free} MiB were free; the agent may take {wanted} MiB ({AGENT_MEMORY:.2%})."
            yield on_vm(vm, evidence, "Free memory, or resize the VM.", cause="memory")
        if _high(facts, vm) and found and found.cpu_percent is not None and found.cpu_percent > 100 - AGENT_PERCENT:
            evidence = (
                f"Its processor was busy for {found.cpu_percent:.0f} % on average over {found.days} days; with high churn "
                f"the agent may take up to {AGENT_PERCENT} %."
            )
            yield on_vm(vm, evidence, "Resize the VM.", cause="processor")
    why = "How much memory these VMs have free was neither measured nor looked for in the guest."
    yield from unknown_vms(
        facts, unseen, why, "Run the checks once more, or run the probe on these VMs.", cause="memory"
    )
    yield from gaps.sizes(facts)


def _free_memory(facts: Facts, vm: VmFacts) -> int | None:
    """MiB that were free at the least: by Azure Monitor, and by the look into the guest where there was one."""
    guest, found = facts.guests.get(vm.key), facts.loads.get(vm.key)
    told = (guest.free_memory_mib if guest else None, found.free_memory_mib if found else None)
    return min((value for value in told if value is not None), default=None)
