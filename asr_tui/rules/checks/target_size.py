"""Checks of the VM's size at the target: offered, allowed, and large enough."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model.compute import VmSize
from asr_tui.model.finding import Scope, Severity
from asr_tui.rules import gaps, regions
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.registry import Hit, check, on_vm, on_vms

SUGGESTIONS = 3


def nearest(facts: Facts, vm: VmFacts) -> tuple[str, ...]:
    """Up to three sizes of the target region, and of the zone that the VM gets there, that could take it: same family first,
    then the closest in size."""
    wanted, zone = vm.size, _zone(facts, vm)
    generation = facts.generation(vm)
    fitting = []
    for size in facts.target_sizes:
        if size.restricted or size.max_nics < len(vm.vm.nic_ids) or size.max_data_disks < len(vm.vm.data_disks):
            continue
        if (facts.needs_premium(vm) and not size.premium_io) or size.architecture.lower() == "arm64":
            continue
        if (generation and generation not in size.generations) or _is_lost(size, zone):
            continue
        fitting.append(size)
    if wanted is not None:
        fitting = [s for s in fitting if s.vcpus >= wanted.vcpus and s.memory_gib >= wanted.memory_gib]
        fitting.sort(key=lambda s: (s.family != wanted.family, s.vcpus, s.memory_gib, s.name))
    else:
        fitting.sort(key=lambda s: (s.vcpus, s.memory_gib, s.name))
    return tuple(size.name for size in fitting[:SUGGESTIONS])


def _choose(facts: Facts, vm: VmFacts) -> str:
    names = nearest(facts, vm)
    return f"Choose another target size: {', '.join(names)}." if names else "Choose another target region."


def _sized(facts: Facts) -> Iterator[tuple[VmFacts, VmSize]]:
    for vm in facts.vms:
        size = facts.target_size(vm)
        if size is not None:
            yield vm, size


@check(
    id="target-size-available",
    scope=Scope.REGION_PAIR,
    title="The target region offers the VM's size",
    severity=Severity.BLOCKER,
    source="TE",
    prevents="150097",
)
def target_size_available(facts: Facts) -> Iterator[Hit]:
    title = regions.title(facts.estate, facts.target)
    for vm in facts.vms if facts.target_sizes else ():
        name, size = facts.target_size_name(vm), facts.target_size(vm)
        if size is None:
            yield _unavailable(facts, vm, f"{title} does not offer {name}.")
        elif size.restricted:
            evidence = f"{name} is restricted for this subscription in {title} ({size.restricted})."
            yield _unavailable(facts, vm, evidence)
        elif not facts.zonal and (zone := _lost_zone(facts, vm, size)):
            evidence = f"{name} is not offered in zone {zone} of {title}."
            names = nearest(facts, vm)
            remedy = (
                f"Choose another zone, or a size of this one: {', '.join(names)}." if names else "Choose another zone."
            )
            yield on_vm(vm, evidence, remedy, severity=Severity.WARNING)
    yield from gaps.target_sizes(facts)


def _unavailable(facts: Facts, vm: VmFacts, evidence: str) -> Hit:
    """The service takes the nearest size of the family where there is one; a size that the plan names must be there."""
    names = nearest(facts, vm)
    family = vm.size.family if vm.size else ""
    substitute = next((name for name in names if family and facts.target_size_named(name).family == family), "")
    if substitute and not facts.override(vm).target_size:
        evidence = f"{evidence} The service would take {substitute}."
        return on_vm(vm, evidence, "Choose the target size yourself, if it matters.", severity=Severity.WARNING)
    return on_vm(vm, evidence, _choose(facts, vm))


def _lost_zone(facts: Facts, vm: VmFacts, size: VmSize) -> str:
    """The zone that the VM would have in the target, where its size is not to be had there; else ""."""
    zone = _zone(facts, vm)
    return zone if _is_lost(size, zone) else ""


def _zone(facts: Facts, vm: VmFacts) -> str:
    """The zone that the VM would have in the target, "" for none."""
    item = facts.resolved.item_by_vm.get(vm.key)
    return item.zone if item is not None else ""


def _is_lost(size: VmSize, zone: str) -> bool:
    return bool(zone) and (zone in size.restricted_zones or (bool(size.zones) and zone not in size.zones))


@check(
    id="target-size-generation",
    scope=Scope.REGION_PAIR,
    title="The target size takes the VM's generation",
    severity=Severity.BLOCKER,
    source="ARCH",
)
def target_size_generation(facts: Facts) -> Iterator[Hit]:
    for vm, size in _sized(facts):
        generation = facts.generation(vm)
        if generation and generation not in size.generations:
            yield on_vm(vm, f"It is of generation {generation}; {size.name} takes others only.", _choose(facts, vm))
    yield from gaps.disks(facts)
    yield from gaps.target_sizes(facts)


@check(
    id="target-size-family-match",
    scope=Scope.REGION_PAIR,
    title="The target size is of the source's family",
    severity=Severity.INFO,
    source="ARCH",
)
def target_size_family_match(facts: Facts) -> Iterator[Hit]:
    found = []
    for vm, size in _sized(facts):
        if vm.selected and vm.size is not None and size.family != vm.size.family:
            found.append(vm)
    evidence = "Their target size is of another family than the source's; the portal would not offer it."
    yield from on_vms(facts, found, evidence, "Fine if it is what you want.")
    yield from gaps.sizes(facts)
    yield from gaps.target_sizes(facts)


@check(
    id="target-size-nics",
    scope=Scope.REGION_PAIR,
    title="The target size takes as many network interfaces",
    severity=Severity.BLOCKER,
    source="TE",
    prevents="150097",
)
def target_size_nics(facts: Facts) -> Iterator[Hit]:
    for vm, size in _sized(facts):
        count = len(vm.vm.nic_ids)
        if count > size.max_nics:
            yield on_vm(vm, f"It has {count} interfaces; {size.name} takes {size.max_nics}.", _choose(facts, vm))
    yield from gaps.target_sizes(facts)


@check(
    id="target-size-disks",
    scope=Scope.REGION_PAIR,
    title="The target size takes as many disks, and their types",
    severity=Severity.BLOCKER,
    source="QUOTA",
    prevents="150097",
)
def target_size_disks(facts: Facts) -> Iterator[Hit]:
    for vm, size in _sized(facts):
        count = sum(1 for disk, _ in vm.disks if not disk.is_os)
        if count > size.max_data_disks:
            evidence = f"It has {count} data disks; {size.name} takes {size.max_data_disks}."
            yield on_vm(vm, evidence, _choose(facts, vm))
        elif not size.premium_io and facts.needs_premium(vm):
            yield on_vm(vm, f"It has premium disks; {size.name} takes none.", _choose(facts, vm))
    yield from gaps.disks(facts)
    yield from gaps.target_sizes(facts)


@check(
    id="target-disk-sku",
    scope=Scope.REGION_PAIR,
    title="The target region offers the disk types",
    severity=Severity.BLOCKER,
    source="SM",
)
def target_disk_sku(facts: Facts) -> Iterator[Hit]:
    offered = {sku.name: sku for sku in facts.estate.disk_skus if sku.region.lower() == facts.target}
    title = regions.title(facts.estate, facts.target)
    wanted = facts.plan.defaults.target_disk_type
    for vm in facts.vms if offered else ():
        excluded = {name.lower() for name in facts.override(vm).excluded_disks}
        skus = {d.sku for a, d in vm.disks if d is not None and a.name.lower() not in excluded}
        for sku in sorted({wanted} if wanted and skus else skus):
            found = offered.get(sku)
            if found is None or found.restricted:
                why = "does not offer" if found is None else "restricts"
                yield on_vm(vm, f"{title} {why} {sku}.", "Choose another disk type for the target.", cause=sku)
    yield from gaps.disks(facts)
    yield from gaps.target_disk_types(facts)
