"""What the checks look at: the estate and the plan, with every index built once.

All ten thousand VMs of a region pass through dozens of checks, so nothing here is looked up twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from asr_tui.model import arm_id
from asr_tui.model.change import Change
from asr_tui.model.compute import AttachedDisk, Disk, DiskEncryptionSet, VirtualMachine, VmSize
from asr_tui.model.estate import Estate
from asr_tui.model.guest import GuestFacts, KernelList, VmLoad
from asr_tui.model.network import NetworkInterface, Subnet, VirtualNetwork
from asr_tui.model.plan import Plan, VmOverride
from asr_tui.model.recovery import Vault
from asr_tui.model.replication import ReplicatedItem
from asr_tui.rules import addresses, figures, kernels, regions
from asr_tui.rules.defaults import resolve
from asr_tui.rules.nsg import Tags
from asr_tui.rules.resolved import Resolved

_NO_OVERRIDE = VmOverride()


@dataclass(slots=True)
class VmFacts:
    """A VM of the source region with what belongs to it: ``nic`` is the primary interface, ``subnet`` and ``network`` where
    that stands; ``size`` is what the source region offers under the VM's size."""

    vm: VirtualMachine
    key: str
    selected: bool
    nics: tuple[NetworkInterface, ...]
    nic: NetworkInterface | None
    disks: tuple[tuple[AttachedDisk, Disk | None], ...]
    size: VmSize | None
    network: VirtualNetwork | None
    subnet: Subnet | None

    @property
    def id(self) -> str:
        return self.vm.id

    @property
    def name(self) -> str:
        return self.vm.name


class Facts:
    """Estate and plan, with indexes. Regions are names in lower case."""

    def __init__(self, estate: Estate, plan: Plan) -> None:
        self.estate = estate
        self.plan = plan
        self.source = plan.source_region.lower()
        self.target = plan.target_region.lower()
        self.zonal = bool(self.source) and self.source == self.target
        self.memo: dict[object, object] = {}
        self._target_sizes: dict[str, VmSize | None] = {}
        self.spots: dict[tuple[str, str], int | str] = {}
        self.place_numbers: dict[tuple[object, ...], int] = {}
        self.missing_rules: tuple[Change, ...] | None = None
        self.sources: dict[str, tuple[tuple[addresses.Ranges, ...], bool]] = {}

    @cached_property
    def resolved(self) -> Resolved:
        """The plan with every default spelled out."""
        return resolve(self.estate, self.plan)

    @cached_property
    def selected_keys(self) -> frozenset[str]:
        return frozenset(arm_id.key(vm_id) for vm_id in self.plan.vms)

    @cached_property
    def vms(self) -> tuple[VmFacts, ...]:
        """Every VM of the source region, selected or not, in the estate's order."""
        return tuple(self._vm_facts(vm) for vm in self.estate.vms_in(self.source))

    @cached_property
    def selected(self) -> tuple[VmFacts, ...]:
        """The VMs of the source region that the plan wants to protect."""
        return tuple(each for each in self.vms if each.selected)

    @cached_property
    def by_key(self) -> Mapping[str, VmFacts]:
        return {each.key: each for each in self.vms}

    @cached_property
    def under(self) -> Mapping[str, list[VmFacts]]:
        """By the key of a VM, of its resource group and of its subscription: the VMs of the source region there."""
        found: dict[str, list[VmFacts]] = {}
        for each in self.vms:
            group = each.key.split("/providers/", 1)[0]
            for scope in (each.key, group, group.split("/resourcegroups/", 1)[0]):
                found.setdefault(scope, []).append(each)
        return found

    def _vm_facts(self, vm: VirtualMachine) -> VmFacts:
        estate, key = self.estate, arm_id.key(vm.id)
        nics = tuple([nic for each in vm.nic_ids if (nic := estate.nic_by_id.get(arm_id.key(each))) is not None])
        primary = nics[0] if nics else None
        if len(nics) > 1:
            primary = next((nic for nic in nics if arm_id.same(nic.id, vm.primary_nic_id)), primary)
        address = primary.primary_ip if primary else None
        place = estate.subnet_by_id.get(arm_id.key(address.subnet_id)) if address and address.subnet_id else None
        return VmFacts(
            vm=vm,
            key=key,
            selected=key in self.selected_keys,
            nics=nics,
            nic=primary,
            disks=tuple(
                (disk, estate.disk_by_id.get(arm_id.key(disk.disk_id)) if disk.disk_id else None) for disk in vm.disks
            ),
            size=estate.size_by_key.get((self.source, vm.size.lower())),
            network=place[0] if place else None,
            subnet=place[1] if place else None,
        )

    def override(self, vm: VmFacts) -> VmOverride:
        """What the plan sets for this VM in place of the defaults."""
        return self.plan.overrides.get(vm.key, _NO_OVERRIDE)

    def encryption_set(self, vm: VmFacts) -> str:
        """The id of the disk encryption set that the VM's disks with customer-managed keys get in the target, or ""."""
        return self.override(vm).disk_encryption_set or self.plan.defaults.disk_encryption_set

    @cached_property
    def encryption_sets(self) -> Mapping[str, DiskEncryptionSet] | None:
        """Disk encryption sets by key; None where they were not read."""
        if self.estate.encryption_sets is None:
            return None
        return {arm_id.key(each.id): each for each in self.estate.encryption_sets}

    def target_size_name(self, vm: VmFacts) -> str:
        """The size that the VM will have in the target region."""
        return self.override(vm).target_size or vm.vm.size

    def target_size(self, vm: VmFacts) -> VmSize | None:
        """That size as the target region offers it, or None where it does not."""
        if vm.key not in self._target_sizes:
            wanted = self.target_size_name(vm).lower()
            self._target_sizes[vm.key] = self.estate.size_by_key.get((self.target, wanted))
        return self._target_sizes[vm.key]

    @cached_property
    def target_sizes(self) -> tuple[VmSize, ...]:
        """The sizes that the target region offers; empty where they were not read."""
        return tuple(size for size in self.estate.vm_sizes if size.region.lower() == self.target)

    def target_size_named(self, name: str) -> VmSize:
        """One of :attr:`target_sizes` by its name."""
        return self.estate.size_by_key[(self.target, name.lower())]

    def generation(self, vm: VmFacts) -> str | None:
        """V1 or V2 by the OS disk, else by the image's name; None where neither tells."""
        found = next((disk.hyper_v_generation for attached, disk in vm.disks if attached.is_os and disk), None)
        return found or vm.vm.generation_hint

    @staticmethod
    def needs_premium(vm: VmFacts) -> bool:
        """Whether a disk of the VM needs a size with premium storage."""
        return any(disk is not None and disk.sku.startswith(("Premium", "Ultra")) for _, disk in vm.disks)

    @cached_property
    def tags(self) -> Tags:
        """The published prefixes of service tags; empty where they were not read."""
        return Tags({tag.name: tag.prefixes for tag in self.estate.service_tags})

    @cached_property
    def vault(self) -> Vault | None:
        """The vault of the plan where it exists."""
        return self.estate.vault_by_id.get(arm_id.key(self.resolved.vault.id))

    @cached_property
    def pair_listed(self) -> bool | None:
        """Whether the service itself lists the region pair; None where it did not tell, and the documented table decides."""
        return regions.listed(self.estate, self.source, self.target)

    @cached_property
    def protecting(self) -> Mapping[str, tuple[Vault, ReplicatedItem]]:
        """By VM key: the vault and the item that replicate it, over every vault whose contents were read."""
        found: dict[str, tuple[Vault, ReplicatedItem]] = {}
        for vault in self.estate.vaults:
            if vault.site_recovery is not None:
                for item in vault.site_recovery.items:
                    found[arm_id.key(item.vm_id)] = (vault, item)
        return found

    @cached_property
    def guests(self) -> Mapping[str, GuestFacts]:
        """By VM key: what a look into the guest showed."""
        return {arm_id.key(guest.vm_id): guest for guest in self.estate.guests}

    @cached_property
    def loads(self) -> Mapping[str, VmLoad]:
        """By VM key: what Azure Monitor measured."""
        return {arm_id.key(load.vm_id): load for load in self.estate.loads}

    @cached_property
    def kernel_lists(self) -> Mapping[str, KernelList]:
        """By distribution: the newest published list of kernels, where the engineer named some."""
        return kernels.newest(self.estate.kernel_lists)

    @cached_property
    def _settled(self) -> frozenset[tuple[str, str]]:
        return frozenset((each.check_id, arm_id.key(each.vm_id)) for each in self.plan.attested)

    def is_settled(self, check_id: str, vm: VmFacts) -> bool:
        """Whether nobody need look any more: the engineer confirmed it, or the VM is replicated already."""
        return vm.key in self.protecting or (check_id, vm.key) in self._settled

    def unsettled(self, check_id: str, vms: Iterable[VmFacts]) -> list[VmFacts]:
        """Those of ``vms`` that are not settled for this check."""
        confirmed = {key for name, key in self._settled if name == check_id}
        return [vm for vm in vms if vm.key not in self.protecting and vm.key not in confirmed]

    @cached_property
    def networks(self) -> tuple[VirtualNetwork, ...]:
        """The networks of the source region that hold VMs of it."""
        found: dict[str, VirtualNetwork] = {}
        for each in self.vms:
            if each.network is not None:
                found.setdefault(arm_id.key(each.network.id), each.network)
        return tuple(found.values())

    @cached_property
    def selected_by_subnet(self) -> Mapping[str, list[VmFacts]]:
        """By subnet key: the selected VMs whose primary interface stands there."""
        found: dict[str, list[VmFacts]] = {}
        for each in self.selected:
            if each.subnet is not None:
                found.setdefault(arm_id.key(each.subnet.id), []).append(each)
        return found

    @staticmethod
    def free_addresses(subnet: Subnet) -> int:
        """IPv4 addresses of the subnet that nothing uses; Azure keeps five of each range for itself."""
        reserved = int(figures.limits()["reserved_addresses_per_subnet"])
        ranges = [parsed for prefix in subnet.prefixes if (parsed := addresses.parse(prefix))]
        return sum(addresses.count(each) - reserved for each in ranges) - subnet.used_addresses

    @cached_property
    def links_by_vm(self) -> Mapping[str, tuple[str, ...]]:
        """By VM key: the targets of its resource links."""
        found: dict[str, tuple[str, ...]] = {}
        for link in self.estate.links or ():
            source = arm_id.key(link.source_id)
            found[source] = (*found.get(source, ()), link.target_id)
        return found


def label(vms: Sequence[VmFacts]) -> str:
    """A short subject for several VMs: the name of a single one, else how many."""
    return vms[0].name if len(vms) == 1 else f"{len(vms)} VMs"
