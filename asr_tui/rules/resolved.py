"""A plan with every default spelled out: what :func:`asr_tui.rules.defaults.resolve` answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from asr_tui.model import arm_id
from asr_tui.model.replication import ReplicatedItem


@dataclass(frozen=True, slots=True)
class Planned:
    """An object by its id; ``exists`` False means that it is to be made. ``why`` tells which rule chose it."""

    id: str
    name: str
    exists: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class ResolvedGroup(Planned):
    """A resource group; ``location`` is the one it has, or will have."""

    location: str = ""


@dataclass(frozen=True, slots=True)
class ResolvedVault(Planned):
    """The vault. ``readable`` False: it exists, but what it holds for Site Recovery was not read."""

    region: str = ""
    group: ResolvedGroup = ResolvedGroup("", "", False)
    readable: bool = True
    provisioning: bool = False


@dataclass(frozen=True, slots=True)
class ResolvedPair:
    """What connects source and target region within the vault. Zonal: both fabrics are the same object."""

    source_fabric: Planned
    target_fabric: Planned
    source_container: Planned
    target_container: Planned
    policy: Planned
    policy_differs: bool
    policy_items: int
    forward: Planned
    reverse: Planned
    forward_differs: bool = False


@dataclass(frozen=True, slots=True)
class ResolvedSubnet:
    """A source subnet's counterpart; ``prefixes`` are the target's, () where it already exists. ``choices`` are all names."""

    source: str
    target: str
    why: str
    prefixes: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResolvedNetwork:
    """The target of one source network. ``mapping`` and ``reverse`` are the network mappings; ``reverse`` is None where the
    target network already maps back to another source network. ``differs``: the mapping leads elsewhere than the plan wants.
    """

    source_id: str
    source_name: str
    target: Planned
    group: ResolvedGroup
    address_space: tuple[str, ...]
    subnets: tuple[ResolvedSubnet, ...]
    mapping: Planned
    reverse: Planned | None
    differs: bool = False
    unplaceable: tuple[str, ...] = ()

    def subnet_for(self, source: str) -> ResolvedSubnet | None:
        """The counterpart of the source subnet of that name (without case)."""
        wanted = source.lower()
        for subnet in self.subnets:
            if subnet.source.lower() == wanted:
                return subnet
        return None


@dataclass(frozen=True, slots=True)
class ResolvedCache(Planned):
    """A cache storage account in the source region; ``high_churn`` ones are premium block blob accounts."""

    high_churn: bool = False
    group: ResolvedGroup = ResolvedGroup("", "", False)


@dataclass(frozen=True, slots=True)
class ResolvedDisk:
    """A disk that will be replicated, with the types that its replica and its failover disk will have."""

    disk_id: str
    name: str
    is_os: bool
    size_gib: int
    replica_type: str
    target_type: str
    encryption_set: str = ""


@dataclass(frozen=True, slots=True)
class ResolvedItem:
    """One selected VM. ``existing`` is the service's record where there is one. ``network`` is that of the source network's
    mapping, ``target_network`` the one that the VM will be in (the same, unless the plan names another for this VM)."""

    vm_id: str
    vm_name: str
    item: Planned
    existing: ReplicatedItem | None
    group: ResolvedGroup
    cache: ResolvedCache
    disks: tuple[ResolvedDisk, ...]
    excluded: tuple[str, ...]
    network: ResolvedNetwork | None
    subnet: str
    zone: str
    availability_set: Planned | None
    set_domains: tuple[int, int]
    multi_vm_group: str
    target_name: str
    target_size: str
    target_network: Planned | None = None
    proximity_group: str = ""
    capacity_reservation: str = ""

    @property
    def gib(self) -> int:
        """GiB of all disks that will be replicated."""
        return sum(disk.size_gib for disk in self.disks)


@dataclass(frozen=True)
class Resolved:
    """The whole. Regions are names in lower case; ``unknown_vms`` are selected ids that the estate does not hold."""

    subscription_id: str
    source: str
    target: str
    vault: ResolvedVault
    pair: ResolvedPair
    networks: tuple[ResolvedNetwork, ...]
    caches: tuple[ResolvedCache, ...]
    groups: tuple[ResolvedGroup, ...]
    items: tuple[ResolvedItem, ...]
    unknown_vms: tuple[str, ...] = ()

    @cached_property
    def item_by_vm(self) -> Mapping[str, ResolvedItem]:
        """By :func:`asr_tui.model.arm_id.key` of the VM."""
        return {arm_id.key(item.vm_id): item for item in self.items}

    @cached_property
    def network_by_source(self) -> Mapping[str, ResolvedNetwork]:
        """By the source network's key."""
        return {arm_id.key(network.source_id): network for network in self.networks}
