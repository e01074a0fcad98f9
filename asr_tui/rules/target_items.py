"""The target of each selected VM: group, disks and their types, cache account, zone or set, name of the replicated item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from asr_tui.model import arm_id
from asr_tui.model.compute import AttachedDisk, AvailabilitySet, VirtualMachine
from asr_tui.model.estate import Estate
from asr_tui.model.plan import Plan, VmOverride
from asr_tui.model.replication import ReplicatedItem, SiteRecovery
from asr_tui.rules import naming, target_networks, vault_objects
from asr_tui.rules.caches import Caches
from asr_tui.rules.resolved import (
    Planned,
    ResolvedDisk,
    ResolvedGroup,
    ResolvedItem,
    ResolvedNetwork,
    ResolvedPair,
    ResolvedVault,
)

AVAILABILITY_SETS = "Microsoft.Compute/availabilitySets"
#: Disk types that only high churn replicates.
HIGH_CHURN_TYPES = frozenset({"premiumv2_lrs", "ultrassd_lrs"})
FALLBACK_TYPE = "Standard_LRS"

_NO_OVERRIDE = VmOverride()


@dataclass
class Targets:
    """Resolves items; holds what is looked up once for all of them."""

    estate: Estate
    plan: Plan
    vault: ResolvedVault
    pair: ResolvedPair
    held: SiteRecovery
    networks: Mapping[str, ResolvedNetwork]
    groups: dict[str, ResolvedGroup] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._caches = Caches(self.estate, self.plan, self.vault, self.held)
        self._items = {arm_id.key(item.vm_id): item for item in self.held.items}
        self._item_names = {item.name.lower(): arm_id.key(item.vm_id) for item in self.held.items}
        self._same_named: dict[str, int] = {}
        for vm in self.estate.vms_in(self.plan.source_region):
            self._same_named[vm.name.lower()] = self._same_named.get(vm.name.lower(), 0) + 1
        self._sets = (
            None
            if self.estate.availability_sets is None
            else {arm_id.key(each.id): each for each in self.estate.availability_sets}
        )
        region = self.estate.region_by_name.get(self.plan.target_region.lower())
        self._zones = frozenset(zone for zone, _ in region.zones) if region else frozenset[str]()

    def resolve(self, vms: Iterable[VirtualMachine]) -> tuple[ResolvedItem, ...]:
        """The targets of ``vms``, in their order."""
        return tuple(self._item(vm) for vm in vms)

    def _item(self, vm: VirtualMachine) -> ResolvedItem:
        override = self.plan.overrides.get(arm_id.key(vm.id), _NO_OVERRIDE)
        place = target_networks.primary_subnet(self.estate, vm.id)
        network = self.networks.get(arm_id.key(place[0].id)) if place else None
        target_network, subnet = self._target_network(override, network, place[1].name if place else "")
        disks, excluded = self._disks(vm, override)
        existing = self._items.get(arm_id.key(vm.id))
        group = self._group(vm, override, existing)
        zone = self._zone(vm, override)
        target_set, domains = self._availability_set(vm, override, group, zone)
        return ResolvedItem(
            vm_id=vm.id,
            vm_name=vm.name,
            item=self._planned_item(vm),
            existing=existing,
            group=group,
            cache=self._caches.of(
                override.cache_account,
                len(disks),
                high_churn=not HIGH_CHURN_TYPES.isdisjoint(disk.target_type.lower() for disk in disks),
                existing=existing,
            ),
            disks=disks,
            excluded=excluded,
            network=network,
            subnet=self._own_subnet(vm, override) or subnet,
            zone=zone,
            availability_set=target_set,
            set_domains=domains,
            multi_vm_group=override.multi_vm_group,
            target_name=override.target_name or vm.name,
            target_size=override.target_size or vm.size,
            target_network=target_network,
            proximity_group=override.proximity_group_id,
            capacity_reservation=override.capacity_reservation_id,
        )

    def _target_network(
        self, override: VmOverride, network: ResolvedNetwork | None, source_subnet: str
    ) -> tuple[Planned | None, str]:
        """The network that the VM will be in and its subnet: the VM's own choice, else where its source network leads."""
        if not override.network:
            subnet = network.subnet_for(source_subnet) if network else None
            return (network.target if network else None), subnet.target if subnet else ""
        found = self.estate.network_by_id.get(arm_id.key(override.network))
        there = target_networks.present(self.estate, override.network, found)
        planned = Planned(override.network, arm_id.name(override.network), there, target_networks.CHOSEN)
        return planned, target_networks.choose_subnet(found, source_subnet).target if found else ""

    def _own_subnet(self, vm: VirtualMachine, override: VmOverride) -> str:
        """The subnet that the plan names for this VM's primary interface, or for the VM."""
        primary = vm.primary_nic_id or next(iter(vm.nic_ids), "")
        choice = override.nics.get(arm_id.name(primary).lower()) if primary else None
        return (choice.subnet if choice else "") or override.subnet

    def _planned_item(self, vm: VirtualMachine) -> Planned:
        """The VM's own name, with a digest where another VM has the same name or the vault uses it for another one."""
        existing = self._items.get(arm_id.key(vm.id))
        if existing is not None:
            return Planned(existing.id, existing.name, True, "The vault holds an item of this VM.")
        holder = self._item_names.get(vm.name.lower())
        name = vm.name
        if self._same_named.get(vm.name.lower(), 0) > 1 or holder is not None:
            name = f"{vm.name}-{naming.digest(arm_id.key(vm.id))}"
        name = naming.fitted(name, naming.ITEM_MAX)
        return Planned(f"{self.pair.source_container.id}/replicationProtectedItems/{name}", name, False)

    def _group(self, vm: VirtualMachine, override: VmOverride, existing: ReplicatedItem | None) -> ResolvedGroup:
        """The group that the item has; else the plan's; else the source group's name with ``-asr``."""
        if existing is not None and existing.target_group_id:
            group_id = existing.target_group_id
            subscription = arm_id.subscription(group_id) or self.estate.subscription.id
            region, why = self.plan.target_region.lower(), "The replicated item has it already."
            group = vault_objects.group(self.estate, subscription, arm_id.name(group_id), region, why)
            there = target_networks.present(self.estate, group_id, group if group.exists else None)
            return replace(group, exists=there)
        if override.resource_group:
            subscription = vault_objects.target_subscription_id(self.estate, self.plan)
            region = self.plan.target_region.lower()
            return vault_objects.group(
                self.estate, subscription, override.resource_group, region, target_networks.CHOSEN
            )
        source = vm.resource_group
        if source not in self.groups:
            self.groups[source] = target_networks.target_group(self.estate, self.plan, source)
        return self.groups[source]

    def _disks(self, vm: VirtualMachine, override: VmOverride) -> tuple[tuple[ResolvedDisk, ...], tuple[str, ...]]:
        leave_out = {name.lower() for name in override.excluded_disks}
        chosen, excluded = [], []
        for disk in vm.disks:
            if disk.disk_id is None:
                continue
            if disk.name.lower() in leave_out and not disk.is_os:
                excluded.append(disk.name)
            else:
                chosen.append(self._disk(disk, disk.disk_id, override))
        return tuple(chosen), tuple(excluded)

    def _disk(self, attached: AttachedDisk, disk_id: str, override: VmOverride) -> ResolvedDisk:
        disk = self.estate.disk_by_id.get(arm_id.key(disk_id))
        source_type = disk.sku if disk else FALLBACK_TYPE
        size = (disk.size_gib if disk else None) or attached.size_gib or 0
        target_type = override.target_disk_type or self.plan.defaults.target_disk_type or source_type
        replica_type = override.replica_disk_type or self.plan.defaults.replica_disk_type or source_type
        chosen_set = override.disk_encryption_set or self.plan.defaults.disk_encryption_set
        encryption_set = chosen_set if disk is not None and disk.encryption_set_id else ""
        return ResolvedDisk(disk_id, attached.name, attached.is_os, size, replica_type, target_type, encryption_set)

    def _zone(self, vm: VirtualMachine, override: VmOverride) -> str:
        """The plan's zone, else the source's own number where the target region has it."""
        if override.zone or override.availability_set_id:
            return override.zone
        return next((zone for zone in vm.zones if zone in self._zones), "")

    def _availability_set(
        self, vm: VirtualMachine, override: VmOverride, group: ResolvedGroup, zone: str
    ) -> tuple[Planned | None, tuple[int, int]]:
        """The plan's set, else a twin of the source's named ``-asr``; with its fault and update domains."""
        if override.availability_set_id:
            chosen = override.availability_set_id
            return Planned(chosen, arm_id.name(chosen), True, target_networks.CHOSEN), (0, 0)
        if zone or vm.availability_set_id is None or self._sets is None:
            return None, (0, 0)
        name = naming.with_suffix(arm_id.name(vm.availability_set_id), naming.COMPUTE_MAX)
        set_id = f"{group.id}/providers/{AVAILABILITY_SETS}/{name}"
        twin: AvailabilitySet | None = self._sets.get(arm_id.key(set_id))
        if twin is not None:
            return Planned(twin.id, twin.name, True, "A set of that name is there."), (0, 0)
        source = self._sets.get(arm_id.key(vm.availability_set_id))
        domains = (min(source.fault_domains, 2), source.update_domains) if source else (2, 5)
        return Planned(set_id, name, False, "A twin of the source's availability set."), domains
