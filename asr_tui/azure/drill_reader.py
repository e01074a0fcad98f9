"""Reads what a drill made, and what is left of it: the test VM with its NICs and disks, and lists of groups and networks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from asr_tui.azure import region_reader, versions
from asr_tui.azure.clients import Clients
from asr_tui.azure.documents import compute, governance, network
from asr_tui.azure.documents.fields import text
from asr_tui.azure.vm_reader import read_vm
from asr_tui.model import arm_id
from asr_tui.model.compute import Disk, Usage, VirtualMachine
from asr_tui.model.governance import Lock
from asr_tui.model.network import NetworkInterface, NetworkSecurityGroup, RouteTable, VirtualNetwork
from asr_tui.model.problem import ProblemError

MADE_TYPES: Final[Mapping[str, str]] = {
    "microsoft.compute/virtualmachines": "virtual machine",
    "microsoft.network/networkinterfaces": "network interface",
    "microsoft.compute/disks": "disk",
    "microsoft.network/publicipaddresses": "public IP address",
}
"""The types of what a test failover makes (or an engineer adds to a test VM), each with its plain name."""

_NICS: Final = "Microsoft.Network/networkInterfaces"
_LOCKS: Final = "Microsoft.Authorization/locks"


@dataclass(frozen=True, slots=True)
class TestVm:
    """A test VM as Azure tells it, with its NICs and disks."""

    __test__ = False  # not a test class, whatever its name looks like to pytest

    vm: VirtualMachine
    nics: tuple[NetworkInterface, ...]
    disks: tuple[Disk, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Everything that belongs to it."""
        return (self.vm.id, *(nic.id for nic in self.nics), *(disk.id for disk in self.disks))


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of a group's list; ``kind`` is a value of :data:`MADE_TYPES`."""

    id: str
    name: str
    kind: str


async def read_test_vm(clients: Clients, vm_id: str) -> TestVm | None:
    """The VM with its NICs and disks, None where it does not exist. A NIC or disk that is gone meanwhile is left out.

    Raises:
        ProblemError: a part of it cannot be read.
    """
    vm = await read_vm(clients, vm_id)
    if vm is None:
        return None
    disk_ids = [disk.disk_id for disk in vm.disks if disk.disk_id]
    nics, disks = await asyncio.gather(
        asyncio.gather(*(clients.find(nic_id) for nic_id in vm.nic_ids)),
        asyncio.gather(*(clients.find(disk_id) for disk_id in disk_ids)),
    )
    return TestVm(
        vm,
        tuple(network.network_interface(nic) for nic in nics if nic is not None),
        tuple(compute.disk(disk) for disk in disks if disk is not None),
    )


@dataclass(frozen=True, slots=True)
class DrillNetwork:
    """A network as it is now, with what its subnets name: route tables and network security groups, by key."""

    network: VirtualNetwork
    tables: Mapping[str, RouteTable]
    groups: Mapping[str, NetworkSecurityGroup]


async def read_network(clients: Clients, network_id: str) -> DrillNetwork | None:
    """A network with its surroundings; None where it does not exist. A table or group that is gone meanwhile is left out.

    Raises:
        ProblemError: a part of it cannot be read.
    """
    found = await clients.find(network_id)
    if found is None:
        return None
    net = network.virtual_network(found)
    tables, groups = {}, {}
    for table_id in {subnet.route_table_id for subnet in net.subnets if subnet.route_table_id}:
        told = await clients.find(table_id)
        if told is not None:
            tables[arm_id.key(table_id)] = network.route_table(told)
    for group_id in {subnet.security_group_id for subnet in net.subnets if subnet.security_group_id}:
        told = await clients.find(group_id)
        if told is not None:
            groups[arm_id.key(group_id)] = network.security_group(told)
    return DrillNetwork(net, tables, groups)


async def read_usages(clients: Clients, region: str) -> tuple[Usage, ...] | None:
    """The quotas of a region as they are now; None where they cannot be read."""
    try:
        return await region_reader.read_usages(clients, region)
    except ProblemError:
        return None


async def read_locks(clients: Clients) -> tuple[Lock, ...] | None:
    """The locks of the subscription as they are now; None where they cannot be read."""
    found: list[Lock] = []
    path = f"{clients.subscription}/providers/{_LOCKS}"
    try:
        async for page in clients.pages(path, version=versions.of(_LOCKS)):
            found.extend(governance.lock(entry) for entry in page)
    except ProblemError:
        return None
    return tuple(found)


async def list_made(clients: Clients, group_id: str) -> tuple[Listed, ...]:
    """What a resource group holds of the types that a drill makes; nothing for a group that does not exist.

    Raises:
        ProblemError: it cannot be listed.
    """
    found: list[Listed] = []
    version = versions.of("Microsoft.Resources/subscriptions/resourceGroups")
    try:
        async for page in clients.pages(f"{group_id}/resources", version=version):
            for entry in page:
                kind = MADE_TYPES.get(text(entry, "type").lower())
                if kind is not None:
                    found.append(Listed(text(entry, "id"), text(entry, "name"), kind))
    except ProblemError as error:
        if error.problem.status != 404:
            raise
    return tuple(found)


async def list_attached(clients: Clients, network_id: str) -> tuple[Listed, ...]:
    """The NICs of the subscription that have an address in a network.

    Raises:
        ProblemError: they cannot be listed.
    """
    within = arm_id.key(network_id) + "/"
    found: list[Listed] = []
    path = f"{clients.subscription}/providers/{_NICS}"
    async for page in clients.pages(path, version=versions.of(_NICS)):
        for entry in page:
            nic = network.network_interface(entry)
            if _is_within(within, (ip.subnet_id for ip in nic.ip_configurations)):
                found.append(Listed(nic.id, nic.name, MADE_TYPES["microsoft.network/networkinterfaces"]))
    return tuple(found)


def _is_within(prefix: str, subnet_ids: Iterable[str | None]) -> bool:
    return any(subnet_id is not None and arm_id.key(subnet_id).startswith(prefix) for subnet_id in subnet_ids)
