"""The diagram of step 1: what the estate holds, what will be made where, and how replication flows through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from asr_tui.model import arm_id
from asr_tui.model.estate import Estate
from asr_tui.model.plan import Plan
from asr_tui.rules import regions
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.resolved import Resolved

#: So many VMs of a subnet are drawn one by one; of more, the rest is one node.
DRAWN = 6


@dataclass(frozen=True, slots=True)
class Node:
    """A thing in the diagram. ``kind``: region, network, subnet, vm, vms, cache, vault, fabric, group, replica, policy.
    ``side``: source, target, vault. ``state``: exists, planned. ``parent`` is another node's id or ""."""

    id: str
    kind: str
    title: str
    detail: str = ""
    side: str = "source"
    state: str = "exists"
    parent: str = ""


def diagram(estate: Estate, plan: Plan) -> tuple[tuple[Node, ...], tuple[str, ...]]:
    """Nodes (parents before their children) and the numbered sentences that tell how data flows.

    While no VM is selected, every VM of the source region is drawn as if it were.
    """
    if not plan.vms:
        plan = plan.model_copy(update={"vms": tuple(vm.id for vm in estate.vms_in(plan.source_region))})
    facts = Facts(estate, plan)
    nodes = [*_source(facts), *_vault(facts), *_target(facts)]
    return tuple(nodes), flows(facts)


def _state(exists: bool) -> str:
    return "exists" if exists else "planned"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _gib(vms: list[VmFacts]) -> int:
    return sum((disk.size_gib if disk else None) or attached.size_gib or 0 for vm in vms for attached, disk in vm.disks)


def _source(facts: Facts) -> Iterator[Node]:
    region = f"region:{facts.source}"
    vms = list(facts.selected)
    disks = sum(len(vm.disks) for vm in vms)
    detail = f"{_count(len(vms), 'VM')}, {_count(disks, 'disk')}, {_gib(vms)} GiB"
    yield Node(region, "region", regions.title(facts.estate, facts.source), detail)
    places: dict[str, dict[str, list[VmFacts]]] = {}
    for vm in vms:
        keys = (arm_id.key(vm.network.id) if vm.network else "", arm_id.key(vm.subnet.id) if vm.subnet else "")
        places.setdefault(keys[0], {}).setdefault(keys[1], []).append(vm)
    for network_key, subnets in places.items():
        network = facts.estate.network_by_id.get(network_key)
        network_node = f"network:{network_key or 'unknown'}"
        title, space = (network.name, ", ".join(network.address_space)) if network else ("Unknown network", "")
        yield Node(network_node, "network", title, space, parent=region)
        for subnet_key, members in subnets.items():
            place = facts.estate.subnet_by_id.get(subnet_key)
            subnet_node = f"subnet:{subnet_key or 'unknown'}"
            title, prefix = (place[1].name, ", ".join(place[1].prefixes)) if place else ("Unknown subnet", "")
            yield Node(subnet_node, "subnet", title, prefix, parent=network_node)
            yield from _vms(members, subnet_node)
    for cache in facts.resolved.caches:
        kind = "premium block blobs" if cache.high_churn else "standard"
        yield Node(
            f"cache:{arm_id.key(cache.id)}",
            "cache",
            cache.name,
            f"cache storage account, {kind}",
            state=_state(cache.exists),
            parent=region,
        )


def _vms(members: list[VmFacts], parent: str) -> Iterator[Node]:
    for vm in members[:DRAWN]:
        zone = f", zone {vm.vm.zones[0]}" if vm.vm.zones else ""
        detail = f"{vm.vm.size}, {_count(len(vm.disks), 'disk')}, {_gib([vm])} GiB{zone}"
        yield Node(f"vm:{vm.key}", "vm", vm.name, detail, parent=parent)
    rest = members[DRAWN:]
    if rest:
        disks = sum(len(vm.disks) for vm in rest)
        detail = f"{_count(disks, 'disk')}, {_gib(rest)} GiB"
        yield Node(f"{parent}:rest", "vms", f"and {len(rest)} more", detail, parent=parent)


def _vault(facts: Facts) -> Iterator[Node]:
    resolved = facts.resolved
    vault, pair = resolved.vault, resolved.pair
    place = regions.title(facts.estate, vault.region)
    vault_node = f"vault:{arm_id.key(vault.id)}"
    yield Node(vault_node, "vault", vault.name, f"{place}, group {vault.group.name}", "vault", _state(vault.exists))
    for fabric, region in ((pair.source_fabric, facts.source), (pair.target_fabric, facts.target)):
        title = regions.title(facts.estate, region)
        detail = f"stands for {title}"
        node = f"fabric:{arm_id.key(fabric.id)}"
        yield Node(node, "fabric", fabric.name, detail, "vault", _state(fabric.exists), vault_node)
    policy = facts.plan.policy
    hours = policy.retention_minutes / 60
    detail = f"keeps points for {hours:g} hours"
    yield Node(
        f"policy:{arm_id.key(pair.policy.id)}",
        "policy",
        pair.policy.name,
        detail,
        "vault",
        _state(pair.policy.exists),
        vault_node,
    )


def _target(facts: Facts) -> Iterator[Node]:
    resolved = facts.resolved
    region = f"region:{facts.target}:target"
    yield Node(region, "region", regions.title(facts.estate, facts.target), "", "target")
    for planned in resolved.networks:
        node = f"network:{arm_id.key(planned.target.id)}"
        detail = ", ".join(planned.address_space)
        yield Node(node, "network", planned.target.name, detail, "target", _state(planned.target.exists), region)
    groups: dict[str, list[int]] = {}
    for item in resolved.items:
        groups.setdefault(arm_id.key(item.group.id), []).append(len(item.disks))
    for item_group in {arm_id.key(item.group.id): item.group for item in resolved.items}.values():
        key = arm_id.key(item_group.id)
        node = f"group:{key}"
        yield Node(node, "group", item_group.name, "resource group", "target", _state(item_group.exists), region)
        disks = groups[key]
        made = all(i.existing is not None for i in resolved.items if arm_id.key(i.group.id) == key)
        detail = f"of {_count(len(disks), 'VM')}; VMs are made at failover only"
        title = _count(sum(disks), "replica disk")
        yield Node(f"{node}:replicas", "replica", title, detail, "target", _state(made), node)


def flows(facts: Facts) -> tuple[str, ...]:
    """How a write travels, and what happens at a failover; numbered by their order."""
    resolved: Resolved = facts.resolved
    source, target = (regions.title(facts.estate, name) for name in (facts.source, facts.target))
    caches = ", ".join(cache.name for cache in resolved.caches) or "a cache storage account"
    return (
        f"Enabling installs the Mobility service in each VM of {source}; it registers outbound on TCP 443, nothing comes in.",
        "Initial replication copies each disk once; the VM runs on meanwhile.",
        f"From then on every write goes to the cache storage account ({caches}) in {source} as it happens.",
        f"The service applies what is staged there to replica disks in {target}.",
        "Every 5 minutes a crash-consistent recovery point is made of them.",
        f"A test failover makes VMs in {target} from a point, in a network of their own; production is not touched.",
        f"A failover makes the VMs in {target} from a point; afterwards they replicate back the same way.",
    )
