"""What has to hold before a drill begins, for all of its VMs at once: quota, free names, and no lock in the way.

Test VMs stay up until the cleanup, whatever their wave, so quota is counted for all of them together.

Sources: https://learn.microsoft.com/azure/site-recovery/azure-to-azure-troubleshoot-errors (quota, read 2020-03-24) and
https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources (read 2024-03-29).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from asr_tui.model import arm_id
from asr_tui.model.compute import Usage, VirtualMachine, VmSize
from asr_tui.model.estate import Estate
from asr_tui.model.governance import Lock
from asr_tui.model.replication import ReplicatedItem
from asr_tui.rules.checks.quota import DISK_QUOTAS
from asr_tui.rules.drill_evidence import Evidence

VM_SUFFIX = "-test"
NIC_SUFFIX = "-test"
"""What the service adds to a name, where the item's settings name no other."""

VMS = "Microsoft.Compute/virtualMachines"
DISKS = "Microsoft.Compute/disks"
NICS = "Microsoft.Network/networkInterfaces"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A VM that is to be tested, in the order in which the drill comes to it."""

    vm: VirtualMachine
    item: ReplicatedItem
    network_id: str

    @property
    def key(self) -> str:
        return arm_id.key(self.vm.id)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The target region as it is. ``usages`` and ``locks`` are None where they were not read; ``taken`` holds the keys of
    what is there."""

    region: str
    sizes: Mapping[tuple[str, str], VmSize]
    usages: Sequence[Usage] | None
    locks: Sequence[Lock] | None
    taken: frozenset[str]

    def usage(self, name: str) -> Usage | None:
        """The quota of that name, None where it is not known."""
        wanted = (self.region, name.lower())
        return next((u for u in self.usages or () if (u.region.lower(), u.name.lower()) == wanted), None)


@dataclass(frozen=True, slots=True)
class Readiness:
    """``refused`` says by VM key why it cannot be tested; ``proofs`` is what was looked at."""

    refused: Mapping[str, str] = field(default_factory=dict)
    proofs: tuple[Evidence, ...] = ()


def surroundings(estate: Estate, region: str, taken: Iterable[str]) -> Surroundings:
    """What the estate tells of the target region. ``taken`` are the keys of what the target groups hold."""
    return Surroundings(region.lower(), estate.size_by_key, estate.usages or None, estate.locks, frozenset(taken))


def judge(candidates: Sequence[Candidate], around: Surroundings) -> Readiness:
    """Who can be tested together. Of those for whom the quota has no room the last ones stand back."""
    refused: dict[str, str] = {}
    proofs = [_locks(candidates, around, refused), _names(candidates, around, refused)]
    proofs += _quotas([one for one in candidates if one.key not in refused], around, refused)
    return Readiness(refused, tuple(proofs))


# Locks


def _locks(candidates: Sequence[Candidate], around: Surroundings, refused: dict[str, str]) -> Evidence:
    """ReadOnly keeps a test VM from being made, CanNotDelete keeps it from being cleaned up."""
    if around.locks is None:
        return Evidence("Locks", "unknown", "They were not read: one on a target group would stop the cleanup.")
    for one in candidates:
        why = next(filter(None, (_locked(lock, one) for lock in around.locks)), "")
        if why:
            refused[one.key] = why
    if refused:
        return Evidence("Locks", "failed", next(iter(refused.values())))
    return Evidence("Locks", "passed", "None stands on the target groups or the test network.")


def _locked(lock: Lock, candidate: Candidate) -> str:
    group, scope = arm_id.key(candidate.item.target_group_id or ""), arm_id.key(lock.scope)
    if group and _is_within(group, scope):
        if lock.level == "ReadOnly":
            return f"Lock {lock.name} (read only) on {arm_id.name(lock.scope)}: no test VM can be made there."
        return f"Lock {lock.name} on {arm_id.name(lock.scope)} would keep the cleanup from deleting the test VM."
    if lock.level == "ReadOnly" and _is_within(arm_id.key(candidate.network_id), scope):
        return f"Lock {lock.name} (read only) on {arm_id.name(lock.scope)}: no test VM can join the network."
    return ""


def _is_within(resource: str, scope: str) -> bool:
    return resource == scope or resource.startswith(scope + "/")


# Names


def made_ids(candidate: Candidate) -> Iterator[str]:
    """The ids of what the test failover of a VM will make, as far as its names are foretold."""
    group, item = candidate.item.target_group_id, candidate.item
    if not group:
        return
    yield f"{group}/providers/{VMS}/{item.test_vm_name or candidate.vm.name + VM_SUFFIX}"
    for nic_id in candidate.vm.nic_ids:
        yield f"{group}/providers/{NICS}/{arm_id.name(nic_id)}{NIC_SUFFIX}"
    for disk in item.disks:
        if disk.test_disk_name:
            yield f"{group}/providers/{DISKS}/{disk.test_disk_name}"


def _names(candidates: Sequence[Candidate], around: Surroundings, refused: dict[str, str]) -> Evidence:
    claimed: dict[str, str] = {}
    first = ""
    for one in candidates:
        if one.key in refused:
            continue
        for made in made_ids(one):
            key = arm_id.key(made)
            if key in around.taken:
                refused[one.key] = f"{arm_id.name(made)} is in {arm_id.resource_group(made)} already: the names clash."
            elif claimed.setdefault(key, one.key) != one.key:
                refused[one.key] = f"Another VM of the drill would be named {arm_id.name(made)}, too."
            else:
                continue
            first = first or f"{one.vm.name}: {refused[one.key]}"
            break
    if first:
        return Evidence("Names", "failed", first)
    return Evidence("Names", "passed", "No VM, network interface or disk of the names to be made is there.")


# Quota


def _quotas(candidates: list[Candidate], around: Surroundings, refused: dict[str, str]) -> Iterator[Evidence]:
    """Each quota by itself. Who was refused by one is not counted in the next."""
    sized = {one.key: around.sizes.get((around.region, _size(one).lower())) for one in candidates}
    strange = sorted({_size(one) for one in candidates if sized[one.key] is None})
    if strange:
        told = f"What {', '.join(strange)} takes is not known: the size was not read in the target region."
        yield Evidence("vCPU quota", "unknown", told)
    families = sorted({size.family for size in sized.values() if size})
    for family in families:
        needs = {key: size.vcpus for key, size in sized.items() if size and size.family == family}
        yield from _one(f"{family} vCPUs", family, needs, candidates, around, refused)
    needs = {key: size.vcpus for key, size in sized.items() if size}
    yield from _one("vCPUs of the region", "cores", needs, candidates, around, refused)
    nics = {one.key: len(one.vm.nic_ids) for one in candidates}
    yield from _one("Network interfaces", "NetworkInterfaces", nics, candidates, around, refused)
    types = Counter[str]()
    for one in candidates:
        types.update(disk.target_type for disk in one.item.disks)
    for sku in sorted(types):
        name = DISK_QUOTAS.get(sku)
        if name:
            count = {one.key: sum(disk.target_type == sku for disk in one.item.disks) for one in candidates}
            yield from _one(f"{sku} disks", name, count, candidates, around, refused)


def _size(candidate: Candidate) -> str:
    return candidate.item.target_vm_size or candidate.vm.size


def _one(
    what: str,
    name: str,
    needs: Mapping[str, int],
    candidates: Sequence[Candidate],
    around: Surroundings,
    refused: dict[str, str],
) -> Iterator[Evidence]:
    wanted = sum(count for key, count in needs.items() if key not in refused)
    if not wanted:
        return
    usage = around.usage(name)
    if usage is None:
        yield Evidence(f"Quota: {what}", "unknown", f"{wanted} are needed; the quota {name} was not read.")
        return
    free, taken = usage.free, 0
    told = f"{wanted} needed for all at once, {free} of {usage.limit} free"
    for one in candidates:
        count = needs.get(one.key, 0)
        if one.key in refused or not count:
            continue
        if taken + count > free:
            refused[one.key] = f"Quota, {what}: {told}."
        else:
            taken += count
    yield Evidence(f"Quota: {what}", "passed" if wanted <= free else "failed", told)
