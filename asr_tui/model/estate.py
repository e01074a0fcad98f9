"""What exists in Azure, as it was read at one moment.

An :class:`Estate` is a snapshot: plain frozen values, no links between objects. ``None`` in an optional field means *not
known* (not read, or no permission), never *no*. Rules must say so in place of guessing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from asr_tui.model import arm_id
from asr_tui.model.compute import (
    AvailabilitySet,
    Disk,
    DiskEncryptionSet,
    DiskSku,
    ScaleSet,
    Usage,
    VirtualMachine,
    VmSize,
)
from asr_tui.model.connectivity import Connectivity
from asr_tui.model.governance import (
    DenyAssignment,
    KeyVault,
    Lock,
    Permission,
    PolicyAssignment,
    PolicyVerdict,
    Provider,
    Region,
    ReplicaVerdict,
    ResourceGroup,
    ResourceLink,
    RoleAssignment,
    Subscription,
    Unreadable,
)
from asr_tui.model.guest import GuestFacts, KernelList, VmLoad
from asr_tui.model.network import (
    LoadBalancer,
    NetworkInterface,
    NetworkSecurityGroup,
    RouteTable,
    ServiceTag,
    Subnet,
    VirtualNetwork,
)
from asr_tui.model.recovery import Eligibility, StorageAccount, Vault


@dataclass(frozen=True)
class Estate:
    """Everything that was read, at ``read_at`` (UTC)."""

    read_at: datetime
    subscription: Subscription
    regions: tuple[Region, ...] = ()
    providers: tuple[Provider, ...] = ()
    resource_groups: tuple[ResourceGroup, ...] = ()
    vms: tuple[VirtualMachine, ...] = ()
    disks: tuple[Disk, ...] = ()
    nics: tuple[NetworkInterface, ...] = ()
    networks: tuple[VirtualNetwork, ...] = ()
    security_groups: tuple[NetworkSecurityGroup, ...] = ()
    route_tables: tuple[RouteTable, ...] = ()
    load_balancers: tuple[LoadBalancer, ...] = ()
    storage_accounts: tuple[StorageAccount, ...] = ()
    vm_sizes: tuple[VmSize, ...] = ()
    disk_skus: tuple[DiskSku, ...] = ()
    usages: tuple[Usage, ...] = ()
    locks: tuple[Lock, ...] | None = None
    permissions: tuple[Permission, ...] | None = None
    deny_assignments: tuple[DenyAssignment, ...] | None = None
    links: tuple[ResourceLink, ...] | None = None
    policies: tuple[PolicyAssignment, ...] | None = None
    eligibility: tuple[Eligibility, ...] = ()
    replica_verdicts: tuple[ReplicaVerdict, ...] = ()
    policy_verdicts: tuple[PolicyVerdict, ...] = ()
    service_tags: tuple[ServiceTag, ...] = ()
    vaults: tuple[Vault, ...] = ()
    availability_sets: tuple[AvailabilitySet, ...] | None = None
    scale_sets: tuple[ScaleSet, ...] | None = None
    encryption_sets: tuple[DiskEncryptionSet, ...] | None = None
    connectivity: Connectivity | None = None
    key_vaults: tuple[KeyVault, ...] | None = None
    role_assignments: tuple[RoleAssignment, ...] | None = None
    guests: tuple[GuestFacts, ...] = ()
    kernel_lists: tuple[KernelList, ...] = ()
    loads: tuple[VmLoad, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    principal: str | None = None
    requests: int = field(default=0, compare=False)

    # Indexes, built on first use. Keys are arm_id.key(id); region and size names are lower case.

    @cached_property
    def vm_by_id(self) -> Mapping[str, VirtualMachine]:
        return {arm_id.key(vm.id): vm for vm in self.vms}

    @cached_property
    def disk_by_id(self) -> Mapping[str, Disk]:
        return {arm_id.key(disk.id): disk for disk in self.disks}

    @cached_property
    def nic_by_id(self) -> Mapping[str, NetworkInterface]:
        return {arm_id.key(nic.id): nic for nic in self.nics}

    @cached_property
    def network_by_id(self) -> Mapping[str, VirtualNetwork]:
        return {arm_id.key(network.id): network for network in self.networks}

    @cached_property
    def subnet_by_id(self) -> Mapping[str, tuple[VirtualNetwork, Subnet]]:
        return {arm_id.key(subnet.id): (network, subnet) for network in self.networks for subnet in network.subnets}

    @cached_property
    def security_group_by_id(self) -> Mapping[str, NetworkSecurityGroup]:
        return {arm_id.key(group.id): group for group in self.security_groups}

    @cached_property
    def route_table_by_id(self) -> Mapping[str, RouteTable]:
        return {arm_id.key(table.id): table for table in self.route_tables}

    @cached_property
    def storage_by_id(self) -> Mapping[str, StorageAccount]:
        return {arm_id.key(account.id): account for account in self.storage_accounts}

    @cached_property
    def vault_by_id(self) -> Mapping[str, Vault]:
        return {arm_id.key(vault.id): vault for vault in self.vaults}

    @cached_property
    def group_by_name(self) -> Mapping[str, ResourceGroup]:
        return {group.name.lower(): group for group in self.resource_groups}

    @cached_property
    def region_by_name(self) -> Mapping[str, Region]:
        return {region.name.lower(): region for region in self.regions}

    @cached_property
    def size_by_key(self) -> Mapping[tuple[str, str], VmSize]:
        """By (region, size), both lower case."""
        return {(size.region.lower(), size.name.lower()): size for size in self.vm_sizes}

    @cached_property
    def eligibility_by_vm(self) -> Mapping[str, Eligibility]:
        return {arm_id.key(result.vm_id): result for result in self.eligibility}

    def usage(self, region: str, name: str) -> Usage | None:
        """The quota ``name`` of ``region`` (both compared without case), or None where not read."""
        wanted = (region.lower(), name.lower())
        return next((u for u in self.usages if (u.region.lower(), u.name.lower()) == wanted), None)

    def vms_in(self, region: str) -> Iterable[VirtualMachine]:
        """The VMs of a region (name without case)."""
        wanted = region.lower()
        return (vm for vm in self.vms if vm.location.lower() == wanted)

    def why_unreadable(self, what: str) -> str | None:
        """The reason why ``what`` could not be read, or None if it was."""
        return next((item.reason for item in self.unreadable if item.what == what), None)
