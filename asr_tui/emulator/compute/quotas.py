"""What a subscription uses of its Compute quotas in a region, and how much is left.

Counters: ``cores`` (all vCPUs), one for each size family, ``virtualMachines``, ``availabilitySets`` and one for
each disk type. Limits come from the estate's ``quotas``, else from the defaults below. VMs count whether they run or
are deallocated, as in Azure; Spot VMs count for ``lowPriorityCores`` only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.estates.sizes import families, size_named
from asr_tui.emulator.store import Store

VM = "Microsoft.Compute/virtualMachines"
DISK = "Microsoft.Compute/disks"
AVAILABILITY_SET = "Microsoft.Compute/availabilitySets"

DEFAULT_CORES = 350
"""Limit of ``cores`` and of each family where the estate sets none."""

_LIMITS = {"availabilitySets": 2500, "virtualMachines": 25000, "virtualMachineScaleSets": 2500, "lowPriorityCores": 100}
DISK_COUNTERS = {
    "Standard_LRS": ("StandardDiskCount", "Standard HDD Managed Disks"),
    "StandardSSD_LRS": ("StandardSSDDiskCount", "Standard SSD Managed Disks"),
    "StandardSSD_ZRS": ("StandardSSDZRSDiskCount", "Standard SSD ZRS Managed Disks"),
    "Premium_LRS": ("PremiumDiskCount", "Premium SSD Managed Disks"),
    "Premium_ZRS": ("PremiumZRSDiskCount", "Premium SSD ZRS Managed Disks"),
    "PremiumV2_LRS": ("PremiumV2DiskCount", "Premium SSD v2 Disks"),
    "UltraSSD_LRS": ("UltraSSDDiskCount", "Ultra Disks"),
}
"""Disk type to the name of its counter and what a person reads."""
_DISK_LIMIT = 50000
_NAMES = {
    "availabilitySets": "Availability Sets",
    "cores": "Total Regional vCPUs",
    "virtualMachines": "Virtual Machines",
    "virtualMachineScaleSets": "Virtual Machine Scale Sets",
    "lowPriorityCores": "Total Regional Spot vCPUs",
}
# Reading two members out of ten thousand documents: the text is our own compact JSON, so a search does.
_SIZE = re.compile(rb'"vmSize":"([^"]+)"')
_SKU = re.compile(rb'"sku":\{"name":"([^"]+)"')


@dataclass(frozen=True, slots=True)
class Usage:
    """One counter. ``name`` is what the API calls it, ``text`` what a person reads."""

    name: str
    text: str
    current: int
    limit: int

    @property
    def free(self) -> int:
        """What is left, never below 0."""
        return max(0, self.limit - self.current)


def usages(store: Store, subscription: str, location: str, now: datetime) -> list[Usage]:
    """All Compute counters of a subscription in a region."""
    used = _count(store, subscription, location, now)
    limits = (store.fact("quotas") or {}).get(location.lower(), {})
    found = []
    for name in ("availabilitySets", "cores", "virtualMachines", "virtualMachineScaleSets", "lowPriorityCores"):
        default = DEFAULT_CORES if name == "cores" else _LIMITS[name]
        found.append(Usage(name, _NAMES[name], used[name], limits.get(name, default)))
    for family in families():
        found.append(Usage(family, family_text(family), used[family], limits.get(family, DEFAULT_CORES)))
    for name, text in DISK_COUNTERS.values():
        found.append(Usage(name, text, used[name], limits.get(name, _DISK_LIMIT)))
    return found


def usage(store: Store, subscription: str, location: str, counter: str, now: datetime) -> Usage:
    """One counter.

    Raises:
        LookupError: there is no such counter.
    """
    for one in usages(store, subscription, location, now):
        if one.name.lower() == counter.lower():
            return one
    raise LookupError(f"There is no Compute counter {counter!r}")


def disk_counter(sku: str) -> str:
    """The counter of a disk type (``Premium_LRS`` -> ``PremiumDiskCount``).

    Raises:
        KeyError: unknown type.
    """
    return DISK_COUNTERS[sku][0]


def check_cores(store: Store, subscription: str, location: str, sizes: Iterable[str], now: datetime) -> None:
    """Whether VMs of these sizes may be created in a region on top of what is there.

    Raises:
        ArmError: 409 ``OperationNotAllowed`` as Compute words it, for the regional or the family quota.
    """
    wanted: Counter[str] = Counter()
    for name in sizes:
        size = size_named(name)
        if size is not None:
            wanted["cores"] += size.vcpus
            wanted[size.family] += size.vcpus
    known = {one.name: one for one in usages(store, subscription, location, now)}
    for counter, more in wanted.items():
        one = known[counter]
        if one.current + more > one.limit:
            raise over_quota(one, location, more)


def over_quota(one: Usage, location: str, more: int) -> ArmError:
    """Compute's answer to a VM that the quota has no room for."""
    what = "Total Regional Cores" if one.name == "cores" else f"{one.name} Cores"
    return ArmError(
        409,
        "OperationNotAllowed",
        f"Operation could not be completed as it results in exceeding approved {what} quota. Additional details - "
        f"Deployment Model: Resource Manager, Location: {location}, Current Limit: {one.limit}, Current Usage: "
        f"{one.current}, Additional Required: {more}, (Minimum) New Limit Required: {one.current + more}. Submit a "
        "request for Quota increase by specifying parameters listed in the 'Details' section for deployment to "
        "succeed.",
        details=[],
    )


def family_text(family: str) -> str:
    """``standardDSv5Family`` as ``Standard DSv5 Family vCPUs``."""
    middle = family.removeprefix("standard").removesuffix("Family")
    return f"Standard {middle} Family vCPUs"


def _count(store: Store, subscription: str, location: str, now: datetime) -> Counter[str]:
    used: Counter[str] = Counter()
    wanted = location.lower()
    for machine in store.located(VM, wanted, now, subscription):
        used["virtualMachines"] += 1
        found = _SIZE.search(machine.raw)
        size = size_named(found.group(1).decode()) if found else None
        if size is not None and b'"priority":"Spot"' in machine.raw:
            used["lowPriorityCores"] += size.vcpus
        elif size is not None:
            used["cores"] += size.vcpus
            used[size.family] += size.vcpus
    for disk in store.located(DISK, wanted, now, subscription):
        found = _SKU.search(disk.raw)
        if found and found.group(1).decode() in DISK_COUNTERS:
            used[DISK_COUNTERS[found.group(1).decode()][0]] += 1
    used["availabilitySets"] = len(store.located(AVAILABILITY_SET, wanted, now, subscription))
    return used
