"""Where source networks lead to: the target network, its subnets by the service's rule, and the mappings both ways.

Rules: https://learn.microsoft.com/azure/site-recovery/azure-to-azure-network-mapping (read 2026-02-12).
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

from asr_tui.model import arm_id
from asr_tui.model.estate import Estate
from asr_tui.model.network import Subnet, VirtualNetwork
from asr_tui.model.plan import NetworkChoice, Plan
from asr_tui.model.replication import NetworkMapping, SiteRecovery
from asr_tui.rules import naming, vault_objects
from asr_tui.rules.resolved import Planned, ResolvedGroup, ResolvedNetwork, ResolvedPair, ResolvedSubnet

NETWORKS = "Microsoft.Network/virtualNetworks"
#: Subnets that belong to a service of Azure; a VM cannot be placed there.
SERVICE_SUBNETS = frozenset(
    {"gatewaysubnet", "azurebastionsubnet", "azurefirewallsubnet", "azurefirewallmanagementsubnet", "routeserversubnet"}
)

SAME_NAME = "It has the source subnet's name."
FIRST_BY_NAME = "No subnet of the source's name: the first in alphabetical order."
CHOSEN = "Chosen in the plan."
MIRRORED = "Mirrored from the source subnet."


def source_networks(estate: Estate, vm_ids: Iterable[str]) -> tuple[VirtualNetwork, ...]:
    """The networks that hold these VMs' network interfaces, in the order of the VMs."""
    found: dict[str, VirtualNetwork] = {}
    for vm_id in vm_ids:
        place = primary_subnet(estate, vm_id)
        if place is not None:
            found.setdefault(arm_id.key(place[0].id), place[0])
    return tuple(found.values())


def primary_subnet(estate: Estate, vm_id: str) -> tuple[VirtualNetwork, Subnet] | None:
    """Network and subnet of the VM's primary interface, or None where they are not known."""
    vm = estate.vm_by_id.get(arm_id.key(vm_id))
    if vm is None:
        return None
    nic_id = vm.primary_nic_id or next(iter(vm.nic_ids), None)
    nic = estate.nic_by_id.get(arm_id.key(nic_id)) if nic_id else None
    address = nic.primary_ip if nic else None
    if address is None or address.subnet_id is None:
        return None
    return estate.subnet_by_id.get(arm_id.key(address.subnet_id))


def usable_subnets(network: VirtualNetwork) -> tuple[Subnet, ...]:
    """Subnets that can hold a VM: neither a service's own nor delegated ones; by name."""
    usable = (s for s in network.subnets if s.name.lower() not in SERVICE_SUBNETS and not s.delegations)
    return tuple(sorted(usable, key=lambda subnet: subnet.name.lower()))


def choose_subnet(target: VirtualNetwork, source_subnet: str, wanted: str = "") -> ResolvedSubnet:
    """The target subnet: the plan's choice, else the one of the same name, else the first by name ("" if there is none)."""
    usable = usable_subnets(target)
    names = tuple(subnet.name for subnet in usable)
    if wanted:
        found = target.subnet(wanted)
        return ResolvedSubnet(source_subnet, found.name if found else wanted, CHOSEN, choices=names)
    same = next((subnet for subnet in usable if subnet.name.lower() == source_subnet.lower()), None)
    if same is not None:
        return ResolvedSubnet(source_subnet, same.name, SAME_NAME, choices=names)
    return ResolvedSubnet(source_subnet, names[0] if names else "", FIRST_BY_NAME, choices=names)


def rebase(prefix: str, old_space: tuple[str, ...], new_space: tuple[str, ...]) -> str | None:
    """``prefix`` moved from the old address space to the same offset of the new one; None where it does not fit."""
    inner = ip_network(prefix)
    for old, new in zip(old_space, new_space, strict=False):
        outer, goal = ip_network(old), ip_network(new)
        if outer.version != inner.version or goal.version != inner.version or not _within(inner, outer):
            continue
        offset = int(inner.network_address) - int(outer.network_address)
        if offset + inner.num_addresses <= goal.num_addresses:
            return f"{goal.network_address + offset}/{inner.prefixlen}"
    return None


def _within(inner: IPv4Network | IPv6Network, outer: IPv4Network | IPv6Network) -> bool:
    first, last = int(inner.network_address), int(inner.broadcast_address)
    return int(outer.network_address) <= first and last <= int(outer.broadcast_address)


def _mirrored(source: VirtualNetwork, choice: NetworkChoice) -> tuple[tuple[ResolvedSubnet, ...], tuple[str, ...]]:
    """The subnets of a network that is to be made, and the names of those that do not fit into its address space."""
    names = tuple(sorted((subnet.name for subnet in usable_subnets(source)), key=str.lower))
    placed: list[ResolvedSubnet] = []
    misfits: list[str] = []
    for subnet in source.subnets:
        prefixes = subnet.prefixes
        if choice.address_space and choice.address_space != source.address_space:
            moved = [rebase(prefix, source.address_space, choice.address_space) for prefix in subnet.prefixes]
            prefixes = tuple(prefix for prefix in moved if prefix is not None)
            if len(prefixes) < len(subnet.prefixes):
                misfits.append(subnet.name)
                continue
        wanted = choice.subnets.get(subnet.name.lower(), "")
        placed.append(
            ResolvedSubnet(subnet.name, wanted or subnet.name, CHOSEN if wanted else MIRRORED, prefixes, names)
        )
    return tuple(placed), tuple(misfits)


def present(estate: Estate, resource_id: str, found: object | None) -> bool:
    """Whether a resource that the vault refers to is there: it was read, or lies where this estate does not reach."""
    elsewhere = (arm_id.subscription(resource_id) or "").lower() != estate.subscription.id.lower()
    return found is not None or elsewhere


def target_group(estate: Estate, plan: Plan, source_group: str) -> ResolvedGroup:
    """The target group of what lies in ``source_group``: the plan's, else the source's name with ``-asr``."""
    subscription = vault_objects.target_subscription_id(estate, plan)
    name = plan.defaults.resource_group or naming.with_suffix(source_group, naming.GROUP_MAX)
    why = CHOSEN if plan.defaults.resource_group else "The source group's name with -asr, as the service names it."
    return vault_objects.group(estate, subscription, name, plan.target_region.lower(), why)


def resolve_networks(
    estate: Estate, plan: Plan, sources: Iterable[VirtualNetwork], pair: ResolvedPair, held: SiteRecovery
) -> tuple[ResolvedNetwork, ...]:
    """The target of each source network. A target network leads back to one source network only: the first asked for."""
    taken: set[str] = set()
    resolved = []
    for source in sources:
        network = _resolve(estate, plan, source, pair, held, taken)
        if network.reverse is not None:
            taken.add(arm_id.key(network.target.id))
        resolved.append(network)
    return tuple(resolved)


def _resolve(
    estate: Estate, plan: Plan, source: VirtualNetwork, pair: ResolvedPair, held: SiteRecovery, taken: set[str]
) -> ResolvedNetwork:
    choice = plan.networks.get(arm_id.key(source.id), NetworkChoice())
    mapped = _mapping_from(held, source.id, pair.source_fabric)
    wanted, why = choice.target_id, CHOSEN
    if not wanted and not choice.create_name:
        wanted, why = _known_target(estate, source, mapped, held)
    target, group = _existing_target(estate, plan, wanted, why) if wanted else _new_target(estate, plan, source, choice)
    existing = estate.network_by_id.get(arm_id.key(target.id))
    misfits: tuple[str, ...] = ()
    if existing is not None:
        space = existing.address_space
        subnets = tuple(
            choose_subnet(existing, subnet.name, choice.subnets.get(subnet.name.lower(), ""))
            for subnet in source.subnets
            if subnet.name.lower() not in SERVICE_SUBNETS
        )
    else:
        space = choice.address_space or source.address_space
        subnets, misfits = _mirrored(source, choice)
    mapping, differs = _planned_mapping(mapped, source, target, pair.source_fabric)
    return ResolvedNetwork(
        source_id=source.id,
        source_name=source.name,
        target=target,
        group=group,
        address_space=space,
        subnets=subnets,
        mapping=mapping,
        reverse=_reverse(held, source, target, pair, taken),
        differs=differs,
        unplaceable=misfits,
    )


def _known_target(
    estate: Estate, source: VirtualNetwork, mapped: NetworkMapping | None, held: SiteRecovery
) -> tuple[str, str]:
    """Where the vault leads this network already: by its mapping, else by the items that replicate from it; or ""."""
    if mapped is not None:
        return mapped.target_network_id, "The vault maps the source network to it already."
    for item in held.items:
        place = primary_subnet(estate, item.vm_id)
        if item.target_network_id and place is not None and arm_id.same(place[0].id, source.id):
            return item.target_network_id, f"{item.vm_name} fails over into it already."
    return "", ""


def _existing_target(estate: Estate, plan: Plan, wanted: str, why: str) -> tuple[Planned, ResolvedGroup]:
    found = estate.network_by_id.get(arm_id.key(wanted))
    subscription = arm_id.subscription(wanted) or estate.subscription.id
    group_name = arm_id.resource_group(wanted) or ""
    group = vault_objects.group(estate, subscription, group_name, plan.target_region.lower(), why)
    if found is not None:
        return Planned(found.id, found.name, True, why), group
    return Planned(wanted, arm_id.name(wanted), present(estate, wanted, found), why), group


def _new_target(
    estate: Estate, plan: Plan, source: VirtualNetwork, choice: NetworkChoice
) -> tuple[Planned, ResolvedGroup]:
    """A network of the plan's name, or of the source's name with ``-asr``."""
    subscription = vault_objects.target_subscription_id(estate, plan)
    group = target_group(estate, plan, arm_id.resource_group(source.id) or "")
    if choice.create_group:
        group = vault_objects.group(estate, subscription, choice.create_group, plan.target_region.lower(), CHOSEN)
    name = choice.create_name or naming.with_suffix(source.name, naming.NETWORK_MAX)
    network_id = f"{group.id}/providers/{NETWORKS}/{name}"
    found = estate.network_by_id.get(arm_id.key(network_id))
    if found is not None:
        return Planned(found.id, found.name, True, "A network of that name is there."), group
    return Planned(network_id, name, False, "A mirror of the source network."), group


def _mapping_from(held: SiteRecovery, network_id: str, fabric: Planned) -> NetworkMapping | None:
    """The mapping of a network, if its fabric holds one. A mapping's id starts with its fabric's."""
    prefix = arm_id.key(fabric.id) + "/"
    for mapping in held.network_mappings:
        if arm_id.same(mapping.source_network_id, network_id) and arm_id.key(mapping.id).startswith(prefix):
            return mapping
    return None


def _planned_mapping(
    mapped: NetworkMapping | None, source: VirtualNetwork, target: Planned, fabric: Planned
) -> tuple[Planned, bool]:
    if mapped is not None:
        differs = not arm_id.same(mapped.target_network_id, target.id)
        return Planned(mapped.id, mapped.name, True, "The vault holds this mapping."), differs
    name = naming.network_mapping(source.name, target.name, source.id)
    return Planned(_mapping_id(fabric, name), name, False), False


def _reverse(
    held: SiteRecovery, source: VirtualNetwork, target: Planned, pair: ResolvedPair, taken: set[str]
) -> Planned | None:
    back = _mapping_from(held, target.id, pair.target_fabric)
    if back is not None:
        if arm_id.same(back.target_network_id, source.id):
            return Planned(back.id, back.name, True, "The vault holds this mapping.")
        return None
    if arm_id.key(target.id) in taken:
        return None
    name = naming.network_mapping(target.name, source.name, target.id)
    return Planned(_mapping_id(pair.target_fabric, name), name, False)


def _mapping_id(fabric: Planned, name: str) -> str:
    return f"{fabric.id}/replicationNetworks/azureNetwork/replicationNetworkMappings/{name}"
