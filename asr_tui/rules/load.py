"""What was measured of VMs, as the checks of churn and memory use it, and what to say where nothing was."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model.compute import AttachedDisk, Disk
from asr_tui.model.guest import DiskWrites, VmLoad
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.registry import Hit, unknown_vms

ENOUGH_HOURS = 24
"""Fewer hours of figures than this tell nothing of a VM's usual day."""

ASK = "Select the VMs and run the checks: Azure Monitor is asked about what it measured of them."


def included(facts: Facts, vm: VmFacts) -> list[tuple[AttachedDisk, Disk | None]]:
    """The managed disks of the VM that the plan replicates."""
    excluded = {name.lower() for name in facts.override(vm).excluded_disks}
    return [
        (attached, disk)
        for attached, disk in vm.disks
        if attached.disk_id and (attached.is_os or attached.name.lower() not in excluded)
    ]


def written(facts: Facts, vm: VmFacts) -> Iterator[tuple[AttachedDisk, Disk | None, DiskWrites]]:
    """Each disk that the plan replicates, with what was measured of it; those without figures are left out."""
    load = facts.loads.get(vm.key)
    if load is None:
        return
    by_lun = {writes.lun: writes for writes in load.disks}
    for attached, disk in included(facts, vm):
        writes = by_lun.get(attached.lun)
        if writes is not None:
            yield attached, disk, writes


def span(hours: int) -> str:
    """``7 days``, or ``5 hours`` where it is less than two days."""
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"


def unmeasured(facts: Facts, vms: tuple[VmFacts, ...]) -> Iterator[Hit]:
    """Of which of ``vms`` it is not known how much they write, and why: one hit for each reason. Replicating VMs are left
    out, for their items say whether they keep up."""
    never: list[VmFacts] = []
    short: list[VmFacts] = []
    refused: dict[tuple[str, bool], list[VmFacts]] = {}
    for vm in vms:
        load = facts.loads.get(vm.key)
        if vm.key in facts.protecting:
            continue
        if load is None:
            never.append(vm)
        elif load.refused:
            refused.setdefault((load.refused, load.forbidden), []).append(vm)
        elif _is_short(facts, vm, load):
            short.append(vm)
    yield from unknown_vms(facts, never, "How much these VMs write was not measured yet.", ASK, cause="not measured")
    why = f"Azure Monitor has less than {ENOUGH_HOURS} hours of figures of disks of these VMs in the last days."
    remedy = "Let them run for a day and read again, or watch their items once they replicate."
    yield from unknown_vms(facts, short, why, remedy, cause="few figures")
    for (reason, forbidden), found in refused.items():
        grant = "Grant Microsoft.Insights/metrics/read (Monitoring Reader has it), and read again."
        why = f"Azure Monitor did not tell how much these VMs write: {reason}"
        yield from unknown_vms(
            facts, found, why, grant if forbidden else "Read again later.", cause=f"refused|{reason}"
        )


def _is_short(facts: Facts, vm: VmFacts, load: VmLoad) -> bool:
    hours = {writes.lun: writes.hours for writes in load.disks}
    return any(hours.get(attached.lun, 0) < ENOUGH_HOURS for attached, _ in included(facts, vm))
