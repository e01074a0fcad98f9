"""What proves that a test VM came up as it should: Azure's own word on it, beside its source and what was to be expected.

Sources: https://learn.microsoft.com/azure/site-recovery/azure-to-azure-tutorial-dr-drill (read 2020-01-16), and for the
addresses https://learn.microsoft.com/azure/site-recovery/azure-to-azure-network-mapping (read 2026-02-12).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from asr_tui.model import arm_id
from asr_tui.model.compute import AttachedDisk, Disk, VirtualMachine
from asr_tui.model.network import NetworkInterface, Subnet, VirtualNetwork
from asr_tui.model.replication import ReplicatedItem
from asr_tui.rules import target_networks

_GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing verified of a test VM; ``state``: passed, failed, unknown."""

    what: str
    state: str
    detail: str


@dataclass(frozen=True, slots=True)
class Source:
    """What a test VM is compared with: the VM, its primary interface and that one's subnet (None where not known), the
    service's record of it, and the subnet that the plan chose ("" for the service's own rule)."""

    vm: VirtualMachine
    item: ReplicatedItem
    nic: NetworkInterface | None = None
    subnet: Subnet | None = None
    wanted_subnet: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The test VM with its interfaces and disks, and the network that it was to be put into with the addresses that were
    taken there before (None where the network was not read)."""

    vm: VirtualMachine
    nics: Sequence[NetworkInterface]
    disks: Sequence[Disk]
    network_id: str
    network: VirtualNetwork | None = None
    taken: frozenset[str] = frozenset()


def evidence(source: Source, found: Found) -> tuple[Evidence, ...]:
    """Everything that is looked at, in the order in which it is told."""
    return tuple(_all(source, found))


def _all(source: Source, found: Found) -> Iterator[Evidence]:
    test = found.vm
    yield _running(test)
    yield _agent(test)
    yield _equal("Size", test.size, source.item.target_vm_size or source.vm.size)
    yield _availability(test, source.item)
    yield _disks(source, found)
    yield _placed(found)
    yield from _subnet(source, found)
    yield from _address(source, found)
    yield _tags(source.vm, test)
    if test.boot_diagnostics:
        told = "On: the screenshot and the serial log of the test VM are kept by Azure until the cleanup."
        yield Evidence("Boot diagnostics", "passed", told)


def _equal(what: str, found: str, wanted: str) -> Evidence:
    same = found.lower() == wanted.lower()
    return Evidence(what, "passed" if same else "failed", found if same else f"{found}, not {wanted}")


def _running(test: VirtualMachine) -> Evidence:
    if test.power_state is None:
        return Evidence("Running", "unknown", "The instance view was not read.")
    return Evidence("Running", "passed" if test.power_state == "running" else "failed", test.power_state)


def _agent(test: VirtualMachine) -> Evidence:
    """The agent answers only once the operating system is up."""
    if test.agent_status is None:
        return Evidence("Operating system up", "unknown", "The VM agent has not reported yet.")
    ready = test.agent_status.lower() == "ready"
    return Evidence("Operating system up", "passed" if ready else "failed", f"VM agent: {test.agent_status}")


def _availability(test: VirtualMachine, item: ReplicatedItem) -> Evidence:
    """Zone or availability set, as the item's settings have it; a zone counts before a set."""
    found = _words(test.zones[0] if test.zones else "", test.availability_set_id or "")
    wanted = _words(item.target_zone or "", "" if item.target_zone else item.target_availability_set or "")
    return _equal("Zone or availability set", found, wanted)


def _words(zone: str, set_id: str) -> str:
    if zone:
        return f"zone {zone}"
    return f"availability set {arm_id.name(set_id)}" if set_id else "neither"


# Disks


@dataclass(frozen=True, slots=True)
class _DiskFacts:
    """A disk by its place; ``gib`` and ``sku`` are None and "" where they are not known."""

    place: str
    gib: int | None
    sku: str


def _disks(source: Source, found: Found) -> Evidence:
    """Count, place, size and type of each protected disk."""
    wanted = {disk.place: disk for disk in _wanted_disks(source)}
    there = {disk.place: disk for disk in _found_disks(found)}
    wrong = [f"{place} is missing" for place in sorted(wanted.keys() - there.keys())]
    wrong += [f"{place} was not to be there" for place in sorted(there.keys() - wanted.keys())]
    unknown = 0
    for place in sorted(wanted.keys() & there.keys()):
        one, other = there[place], wanted[place]
        unknown += one.gib is None or other.gib is None
        if one.gib is not None and other.gib is not None and one.gib < other.gib:
            wrong.append(f"{place} has {one.gib} GiB, not {other.gib}")
        if one.sku and other.sku and one.sku.lower() != other.sku.lower():
            wrong.append(f"{place} is {one.sku}, not {other.sku}")
    if wrong:
        return Evidence("Disks", "failed", "; ".join(wrong))
    told = ", ".join(
        f"{place} {disk.gib or '?'} GiB {disk.sku or 'of a type not read'}" for place, disk in there.items()
    )
    return Evidence("Disks", "unknown" if unknown else "passed", f"{len(there)}: {told}")


def _place(disk: AttachedDisk) -> str:
    return "OS disk" if disk.is_os else f"LUN {disk.lun}"


def _wanted_disks(source: Source) -> Iterator[_DiskFacts]:
    """What the service protects, at the places where the source has it; all managed disks where it tells of none."""
    protected = {arm_id.key(disk.disk_id): disk for disk in source.item.disks}
    for disk in source.vm.disks:
        key = arm_id.key(disk.disk_id or "")
        if not disk.disk_id or (protected and key not in protected):
            continue
        replica = protected.get(key)
        size = round(replica.capacity_bytes / _GIB) if replica and replica.capacity_bytes else disk.size_gib
        yield _DiskFacts(_place(disk), size, replica.target_type if replica else "")


def _found_disks(found: Found) -> Iterator[_DiskFacts]:
    known: Mapping[str, Disk] = {arm_id.key(disk.id): disk for disk in found.disks}
    for attached in found.vm.disks:
        disk = known.get(arm_id.key(attached.disk_id or ""))
        size = (disk.size_gib if disk else None) or attached.size_gib
        yield _DiskFacts(_place(attached), size, disk.sku if disk else "")


# Network


def _placed(found: Found) -> Evidence:
    addresses = [nic.primary_ip for nic in found.nics if nic.primary_ip is not None]
    if not addresses:
        return Evidence("Network", "unknown", "Its network interfaces were not read.")
    wanted = arm_id.key(found.network_id) + "/subnets/"
    strays = [each for each in addresses if not arm_id.key(each.subnet_id or "").startswith(wanted)]
    if strays:
        return Evidence("Network", "failed", f"An interface stands in {strays[0].subnet_id or 'no subnet'}.")
    public = [arm_id.name(each.public_ip_id) for each in addresses if each.public_ip_id]
    if public:
        return Evidence("Network", "failed", f"{arm_id.name(found.network_id)}, with the public address {public[0]}")
    return Evidence("Network", "passed", arm_id.name(found.network_id))


def _primary(found: Found) -> NetworkInterface | None:
    wanted = arm_id.key(found.vm.primary_nic_id or "")
    return next((nic for nic in found.nics if arm_id.key(nic.id) == wanted), next(iter(found.nics), None))


def _foretold(source: Source, found: Found) -> Subnet | None:
    """The subnet by the service's rule: that of the plan's or the source's name, else the first in alphabetical order."""
    if found.network is None or source.subnet is None:
        return None
    usable = target_networks.usable_subnets(found.network)
    for name in (source.wanted_subnet, source.subnet.name):
        same = next((subnet for subnet in usable if name and subnet.name.lower() == name.lower()), None)
        if same is not None:
            return same
    return usable[0] if usable else None


def _subnet(source: Source, found: Found) -> Iterator[Evidence]:
    nic = _primary(found)
    address = nic.primary_ip if nic else None
    if address is None or not address.subnet_id:
        return
    told = arm_id.name(address.subnet_id)
    wanted = _foretold(source, found)
    if wanted is None:
        yield Evidence("Subnet", "unknown", f"{told}; what the rule foretells is not known.")
    else:
        yield _equal("Subnet", told, wanted.name)


def _address(source: Source, found: Found) -> Iterator[Evidence]:
    """The source's own address where the range holds it and it is free, else one of the range that the service picks."""
    nic = _primary(found)
    address = nic.primary_ip if nic else None
    wanted = _foretold(source, found)
    own = source.nic.primary_ip if source.nic else None
    if address is None or not address.private_ip:
        return
    if wanted is None or own is None or not own.private_ip:
        yield Evidence("IP address", "unknown", f"{address.private_ip}; what the rule foretells is not known.")
    elif not _holds(wanted, own.private_ip):
        inside = _holds(wanted, address.private_ip)
        told = f"{address.private_ip}: the range of {wanted.name} does not hold the source's {own.private_ip}"
        yield Evidence("IP address", "passed" if inside else "failed", told)
    elif own.private_ip in found.taken:
        told = f"{address.private_ip}: the source's {own.private_ip} was taken there"
        yield Evidence("IP address", "passed", told)
    else:
        yield _equal("IP address", address.private_ip, own.private_ip)


def _holds(subnet: Subnet, address: str) -> bool:
    return any(ip_address(address) in ip_network(prefix) for prefix in subnet.prefixes)


def _tags(source: VirtualMachine, test: VirtualMachine) -> Evidence:
    """The service copies tags, but writes the first letter of their names small."""
    found = {name.lower(): value for name, value in test.tags}
    lost = [name for name, value in source.tags if found.get(name.lower()) != value]
    if lost:
        return Evidence("Tags", "unknown", f"{len(lost)} of {len(source.tags)} tags differ or are missing.")
    return Evidence("Tags", "passed", f"{len(source.tags)} tags")
