"""Checks of quota at the target: for each VM alone, and for all selected VMs together (all fail over at once)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import accumulate

from asr_tui.model.compute import Usage
from asr_tui.model.finding import Scope, Severity
from asr_tui.rules import gaps, regions
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.registry import Hit, check, unknown

REQUEST = "Ask for more quota in the target region, or select fewer VMs."
DISK_QUOTAS = {
    "Premium_LRS": "PremiumDiskCount",
    "Standard_LRS": "StandardDiskCount",
    "StandardSSD_LRS": "StandardSSDDiskCount",
    "Premium_ZRS": "PremiumZRSDiskCount",
    "StandardSSD_ZRS": "StandardSSDZRSDiskCount",
    "UltraSSD_LRS": "UltraSSDDiskCount",
    "PremiumV2_LRS": "PremiumV2DiskCount",
}
#: Of one source disk there may be a replica, a test disk and a failover disk at the same time.
DISKS_AT_ONCE = 3


def _cores(facts: Facts, vm: VmFacts) -> tuple[str, int] | None:
    size = facts.target_size(vm) or vm.size
    return (size.family, size.vcpus) if size else None


def overflow(facts: Facts, vms: Iterable[VmFacts], name: str, needs: dict[str, int], usage: Usage) -> Iterator[Hit]:
    """The VMs for which ``usage`` has no room: of the selected ones those that come last, of the others each alone on top of
    the selected ones."""
    free, taken = usage.free, 0
    late = []
    for vm in vms:
        if vm.selected:
            taken += needs[vm.key]
            if taken > free:
                late.append(vm)
    if late:
        most = _most_at_once([needs[vm.key] for vm in vms if vm.selected], free)
        evidence = (
            f"{name} needs {taken} for all selected VMs; {usage.current} of {usage.limit} are used, {free} are free: enough "
            f"for a failover or drill of {most} of them at once."
        )
        yield _hit(facts, usage, evidence, late)
    alone = [vm for vm in vms if not vm.selected and taken <= free < taken + needs[vm.key]]
    if alone:
        need = min(needs[vm.key] for vm in alone)
        beside = f" beside the {taken} of the selected VMs" if taken else ""
        evidence = f"{name} has {free} of {usage.limit} free: no room for {need} more{beside}."
        yield _hit(facts, usage, evidence, alone, cause="unselected")


def _most_at_once(needs: list[int], free: int) -> int:
    """How many VMs the largest drill can hold."""
    return sum(1 for total in accumulate(sorted(needs)) if total <= free)


def _hit(facts: Facts, usage: Usage, evidence: str, vms: list[VmFacts], cause: str = "selected") -> Hit:
    title = regions.title(facts.estate, facts.target)
    subject_id = f"{facts.target}/{usage.name}"
    return Hit(f"{usage.name} in {title}", subject_id, evidence, REQUEST, tuple(vm.id for vm in vms), cause=cause)


def _unread(facts: Facts, name: str) -> Hit:
    title = regions.title(facts.estate, facts.target)
    why = facts.estate.why_unreadable("usages") or f"The quota {name} of {title} was not read."
    return unknown(f"{name} in {title}", f"{facts.target}/{name}", why, "Read the estate again.")


@check(
    id="target-quota-family",
    scope=Scope.REGION_PAIR,
    title="The size family has enough free vCPUs in the target region",
    severity=Severity.BLOCKER,
    source="TE",
    prevents="150097",
)
def target_quota_family(facts: Facts) -> Iterator[Hit]:
    families: dict[str, list[VmFacts]] = {}
    needs: dict[str, int] = {}
    for vm in facts.vms:
        cores = _cores(facts, vm)
        if cores is not None:
            families.setdefault(cores[0], []).append(vm)
            needs[vm.key] = cores[1]
    for family, vms in sorted(families.items()):
        usage = facts.estate.usage(facts.target, family)
        if usage is None:
            yield _unread(facts, family)
        else:
            yield from overflow(facts, vms, family, needs, usage)
    yield from gaps.sizes(facts)


@check(
    id="target-quota-regional",
    scope=Scope.REGION_PAIR,
    title="The target region has enough free vCPUs in all",
    severity=Severity.BLOCKER,
    source="MON",
    prevents="28031",
)
def target_quota_regional(facts: Facts) -> Iterator[Hit]:
    sized = [(vm, cores[1]) for vm in facts.vms if (cores := _cores(facts, vm)) is not None]
    usage = facts.estate.usage(facts.target, "cores")
    if usage is None:
        yield _unread(facts, "cores")
    else:
        needs = {vm.key: count for vm, count in sized}
        yield from overflow(facts, [vm for vm, _ in sized], "The region", needs, usage)
    yield from gaps.sizes(facts)


@check(
    id="target-quota-nics",
    scope=Scope.REGION_PAIR,
    title="The target region has enough network interfaces left",
    severity=Severity.WARNING,
    source="FT",
    prevents="28092",
)
def target_quota_nics(facts: Facts) -> Iterator[Hit]:
    needed = sum(len(vm.vm.nic_ids) for vm in facts.selected)
    yield from _short(facts, "NetworkInterfaces", needed, "network interfaces")


@check(
    id="target-quota-disks",
    scope=Scope.REGION_PAIR,
    title="The target region has enough disks left",
    severity=Severity.WARNING,
    source="DISKS",
)
def target_quota_disks(facts: Facts) -> Iterator[Hit]:
    replicas: Counter[str] = Counter()
    present: Counter[str] = Counter()
    for item in facts.resolved.items:
        counts = replicas if item.existing is None else present
        counts.update(disk.replica_type for disk in item.disks)
    for sku in sorted(set(replicas) | set(present)):
        name = DISK_QUOTAS.get(sku)
        if name is None:
            continue
        new, old = replicas[sku], present[sku]
        usage = facts.estate.usage(facts.target, name)
        if usage is not None and new > usage.free:
            yield from _short(facts, name, new, f"{sku} replica disks", Severity.BLOCKER)
        else:
            needed = new * DISKS_AT_ONCE + old * (DISKS_AT_ONCE - 1)
            yield from _short(facts, name, needed, f"{sku} disks (replica, test and failover)")


@check(
    id="target-quota-pip-lb",
    scope=Scope.REGION_PAIR,
    title="The target region has public IP addresses left",
    severity=Severity.INFO,
    source="QUOTA",
)
def target_quota_pip_lb(facts: Facts) -> Iterator[Hit]:
    needed = sum(1 for vm in facts.selected for nic in vm.nics for ip in nic.ip_configurations if ip.public_ip_id)
    yield from _short(facts, "StandardSkuPublicIpAddresses", needed, "public IP addresses")
    yield from gaps.nics(facts)


def _short(facts: Facts, name: str, needed: int, what: str, severity: Severity | None = None) -> Iterator[Hit]:
    """A hit where ``needed`` exceeds what the quota leaves; nothing is asked where nothing is needed."""
    if not needed:
        return
    usage = facts.estate.usage(facts.target, name)
    if usage is None:
        yield _unread(facts, name)
    elif needed > usage.free:
        title = regions.title(facts.estate, facts.target)
        evidence = f"{needed} {what} are needed; {usage.free} of {usage.limit} are free."
        yield Hit(f"{name} in {title}", f"{facts.target}/{name}", evidence, REQUEST, severity=severity)


@check(
    id="target-capacity",
    scope=Scope.REGION_PAIR,
    title="Capacity at the time of a failover",
    severity=Severity.INFO,
    source="FAQ",
    prevents="28031",
)
def target_capacity(facts: Facts) -> Iterator[Hit]:
    if facts.selected:
        title = regions.title(facts.estate, facts.target)
        evidence = "Quota is a permission, not capacity: nothing is set aside for these VMs."
        yield Hit(title, facts.target, evidence, "Reserve capacity for what must start at once.")
