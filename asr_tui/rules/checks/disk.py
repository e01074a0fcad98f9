"""Checks of disks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from asr_tui.model.compute import AttachedDisk, Disk
from asr_tui.model.finding import Scope, Severity
from asr_tui.rules import figures, gaps
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.registry import Hit, check, on_vms

TYPES = frozenset(
    {
        "Standard_LRS",
        "StandardSSD_LRS",
        "StandardSSD_ZRS",
        "Premium_LRS",
        "Premium_ZRS",
        "PremiumV2_LRS",
        "UltraSSD_LRS",
    }
)
FAST = frozenset({"PremiumV2_LRS", "UltraSSD_LRS"})
EXCLUDE = "or exclude the disk"


def on_disk(vm: VmFacts, disk: AttachedDisk, evidence: str, remedy: str, severity: Severity | None = None) -> Hit:
    """A hit on one disk of a VM."""
    return Hit(disk.name, disk.disk_id or f"{vm.id}/{disk.name}", evidence, remedy, (vm.id,), severity=severity)


def replicated(facts: Facts) -> Iterator[tuple[VmFacts, AttachedDisk, Disk | None]]:
    """Every disk of the source region's VMs that the plan does not exclude."""
    for vm in facts.vms:
        excluded = {name.lower() for name in facts.override(vm).excluded_disks}
        for attached, disk in vm.disks:
            if not excluded or attached.is_os or attached.name.lower() not in excluded:
                yield vm, attached, disk


Known = tuple[VmFacts, AttachedDisk, Disk]


def known(facts: Facts) -> tuple[Known, ...]:
    """Those of which the managed disk was read; gathered once for all checks."""
    if known not in facts.memo:
        facts.memo[known] = tuple((vm, attached, disk) for vm, attached, disk in replicated(facts) if disk is not None)
    return cast("tuple[Known, ...]", facts.memo[known])


def _matching(
    facts: Facts, wrong: Callable[[AttachedDisk, Disk], bool], evidence: Callable[[Disk], str], remedy: str
) -> Iterator[Hit]:
    for vm, attached, disk in known(facts):
        if wrong(attached, disk):
            yield on_disk(vm, attached, evidence(disk), remedy)


@check(
    id="disk-managed",
    scope=Scope.DISK,
    title="Disks are managed disks",
    severity=Severity.BLOCKER,
    source="SM",
)
def disk_managed(facts: Facts) -> Iterator[Hit]:
    for vm, attached, _ in replicated(facts):
        if not attached.managed:
            yield on_disk(vm, attached, "It is an unmanaged disk, a kind that Azure has retired.", "Convert it.")


@check(
    id="disk-os-max",
    scope=Scope.DISK,
    title="The OS disk has at most 4,095 GiB",
    severity=Severity.BLOCKER,
    source="SM",
)
def disk_os_max(facts: Facts) -> Iterator[Hit]:
    limit = figures.limits()["os_disk_max_gib"]
    yield from _matching(
        facts,
        lambda attached, disk: attached.is_os and (disk.size_gib or 0) > limit,
        lambda disk: f"It has {disk.size_gib} GiB.",
        "Rebuild the VM with a smaller OS disk.",
    )
    yield from gaps.disks(facts)


@check(
    id="disk-data-max",
    scope=Scope.DISK,
    title="Data disks have at most 32 TiB",
    severity=Severity.BLOCKER,
    source="SM",
)
def disk_data_max(facts: Facts) -> Iterator[Hit]:
    limit = figures.limits()["data_disk_max_gib"]
    yield from _matching(
        facts,
        lambda attached, disk: not attached.is_os and (disk.size_gib or 0) > limit,
        lambda disk: f"It has {disk.size_gib} GiB.",
        f"Split its data over several disks, {EXCLUDE}.",
    )
    yield from gaps.disks(facts)


@check(
    id="disk-min",
    scope=Scope.DISK,
    title="Disks have at least 1 GiB",
    severity=Severity.BLOCKER,
    source="TE",
    prevents="150172",
)
def disk_min(facts: Facts) -> Iterator[Hit]:
    limit = figures.limits()["disk_min_bytes"]
    yield from _matching(
        facts,
        lambda _, disk: disk.size_bytes is not None and disk.size_bytes < limit,
        lambda disk: f"It has {(disk.size_bytes or 0) // 2**20} MiB.",
        f"Grow it to 1 GiB, {EXCLUDE}.",
    )
    yield from gaps.disks(facts)


@check(
    id="disk-type",
    scope=Scope.DISK,
    title="The disk type can be replicated",
    severity=Severity.BLOCKER,
    source="SM",
)
def disk_type(facts: Facts) -> Iterator[Hit]:
    yield from _matching(
        facts,
        lambda _, disk: disk.sku not in TYPES,
        lambda disk: f"Its type is {disk.sku}.",
        f"Change its type, {EXCLUDE}.",
    )
    yield from gaps.disks(facts)


@check(
    id="disk-premiumv2-ultra-highchurn",
    scope=Scope.DISK,
    title="Premium SSD v2 and Ultra disks replicate with high churn only",
    severity=Severity.BLOCKER,
    source="ER",
)
def disk_premiumv2_ultra_highchurn(facts: Facts) -> Iterator[Hit]:
    for vm, attached, disk in known(facts):
        if disk.sku not in FAST:
            continue
        item = facts.resolved.item_by_vm.get(vm.key)
        if item is not None and not item.cache.high_churn:
            evidence = f"It is {disk.sku}, and the cache account {item.cache.name} is not a premium block blob account."
            yield on_disk(vm, attached, evidence, f"Choose a premium block blob account as cache, {EXCLUDE}.")
    yield from gaps.disks(facts)


@check(
    id="disk-premiumv2-iops",
    scope=Scope.DISK,
    title="IOPS of Premium SSD v2 disks are copied once",
    severity=Severity.INFO,
    source="FAQ",
)
def disk_premiumv2_iops(facts: Facts) -> Iterator[Hit]:
    found = [vm for vm in facts.selected if any(disk and disk.sku == "PremiumV2_LRS" for _, disk in vm.disks)]
    evidence = "IOPS and throughput are taken over when replication is enabled, not when they change later."
    yield from on_vms(facts, found, evidence, "Check them after a failover.")
    yield from gaps.disks(facts)


@check(
    id="disk-shared",
    scope=Scope.DISK,
    title="No disk is shared by several VMs",
    severity=Severity.BLOCKER,
    source="SD",
)
def disk_shared(facts: Facts) -> Iterator[Hit]:
    yield from _matching(
        facts,
        lambda _, disk: disk.max_shares > 1,
        lambda disk: f"{max(len(disk.managed_by_extended), 1)} of {disk.max_shares} VMs share it.",
        f"Nodes of a cluster are protected together, which this wizard does not do: use the portal, {EXCLUDE}.",
    )
    yield from gaps.disks(facts)


@check(
    id="vm-guest-cluster",
    scope=Scope.DISK,
    title="A cluster has at most four nodes, on Windows",
    severity=Severity.WARNING,
    source="SD",
)
def vm_guest_cluster(facts: Facts) -> Iterator[Hit]:
    limit = figures.limits()["cluster_max_nodes"]
    for vm, attached, disk in known(facts):
        if disk.max_shares <= 1:
            continue
        nodes = len(disk.managed_by_extended)
        if vm.vm.os_type == "Linux":
            yield on_disk(vm, attached, "It is shared by Linux VMs, which is not supported.", "Redesign it.")
        elif nodes > limit:
            yield on_disk(vm, attached, f"Its cluster has {nodes} nodes; {limit} are supported.", "Use fewer nodes.")
    yield from gaps.disks(facts)


@check(
    id="disk-shared-redundancy",
    scope=Scope.DISK,
    title="A zone-redundant shared disk has a zone-redundant target",
    severity=Severity.BLOCKER,
    source="SD",
)
def disk_shared_redundancy(facts: Facts) -> Iterator[Hit]:
    for vm, attached, disk in known(facts):
        wanted = facts.plan.defaults.target_disk_type
        if disk.max_shares > 1 and disk.sku.endswith("_ZRS") and wanted and not wanted.endswith("_ZRS"):
            yield on_disk(vm, attached, f"It is {disk.sku}, its target {wanted}.", "Choose a _ZRS target type.")
    yield from gaps.disks(facts)


@check(
    id="disk-zrs-target",
    scope=Scope.DISK,
    title="A zone-redundant disk has a zone-redundant target",
    severity=Severity.WARNING,
    source="SD",
)
def disk_zrs_target(facts: Facts) -> Iterator[Hit]:
    for vm, attached, disk in known(facts):
        wanted = facts.plan.defaults.target_disk_type
        if disk.max_shares == 1 and disk.sku.endswith("_ZRS") and wanted and not wanted.endswith("_ZRS"):
            evidence = f"It is {disk.sku}, its target {wanted}: enabling was seen to fail."
            yield on_disk(vm, attached, evidence, "Choose Premium_ZRS or StandardSSD_ZRS as target type.")
    yield from gaps.disks(facts)


@check(
    id="disk-write-accelerator",
    scope=Scope.DISK,
    title="Write accelerator is off",
    severity=Severity.BLOCKER,
    source="SM",
)
def disk_write_accelerator(facts: Facts) -> Iterator[Hit]:
    for vm, attached, _ in replicated(facts):
        if attached.write_accelerator:
            yield on_disk(vm, attached, "Write accelerator is on.", f"Switch it off, {EXCLUDE}.")


@check(
    id="disk-caching-4tb",
    scope=Scope.DISK,
    title="Disks of 4 TiB and more have no host caching",
    severity=Severity.WARNING,
    source="SM",
)
def disk_caching_4tb(facts: Facts) -> Iterator[Hit]:
    limit = figures.limits()["caching_max_gib"]
    yield from _matching(
        facts,
        lambda attached, disk: attached.caching not in {"None", ""} and (disk.size_gib or 0) > limit,
        lambda disk: f"It has {disk.size_gib} GiB and host caching, which such disks do not have in the target.",
        "Plan with the speed that it has without caching.",
    )
    yield from gaps.disks(facts)


@check(
    id="vm-data-disk-count",
    scope=Scope.DISK,
    title="The VM has at most 64 data disks",
    severity=Severity.BLOCKER,
    source="SM",
)
def vm_data_disk_count(facts: Facts) -> Iterator[Hit]:
    limit = figures.limits()["data_disks_per_vm"]
    for vm in facts.vms:
        count = sum(1 for disk, _ in vm.disks if not disk.is_os)
        if count > limit:
            yield Hit(vm.name, vm.id, f"It has {count} data disks.", "Exclude disks, or merge them.", (vm.id,))
