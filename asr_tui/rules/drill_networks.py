"""Where test VMs run: the networks on offer, what is unsafe about them, and the isolated twins that a drill makes.

Source: https://learn.microsoft.com/azure/site-recovery/azure-to-azure-tutorial-dr-drill (read 2020-01-16).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from asr_tui.model import arm_id
from asr_tui.model.change import Action, Change, ChangeSet, Kind
from asr_tui.model.estate import Estate
from asr_tui.model.network import NetworkSecurityGroup, RouteTable, Subnet, VirtualNetwork
from asr_tui.model.plan import Plan
from asr_tui.model.step import Step
from asr_tui.rules import bodies, isolation, naming, target_networks
from asr_tui.rules.defaults import resolve
from asr_tui.rules.resolved import Resolved, ResolvedNetwork

DRILL_SUFFIX = "-drill"
GROUP_SUFFIX = "-drill-nsg"
SECURITY_GROUPS = "Microsoft.Network/networkSecurityGroups"


@dataclass(frozen=True, slots=True)
class TestNetwork:
    """A network that a drill could use; ``danger`` says why it is not isolated ("" when it is)."""

    __test__ = False  # not a test class, whatever its name looks like to pytest

    id: str
    name: str
    address_space: str
    danger: str


def test_networks(estate: Estate, plan: Plan) -> tuple[TestNetwork, ...]:
    """The networks of the target region, isolated ones first."""
    resolved = resolve(estate, plan)
    production = {arm_id.key(network.target.id) for network in resolved.networks}
    rows = [
        TestNetwork(
            network.id,
            network.name,
            ", ".join(network.address_space),
            danger(network, production, estate.route_table_by_id, estate.security_group_by_id),
        )
        for network in estate.networks
        if network.location.lower() == resolved.target
    ]
    return tuple(sorted(rows, key=lambda row: (bool(row.danger), row.name.lower())))


def danger(
    network: VirtualNetwork,
    production: Iterable[str],
    tables: Mapping[str, RouteTable] | None = None,
    groups: Mapping[str, NetworkSecurityGroup] | None = None,
) -> str:
    """Why a network is not fit for a drill; "" when it is. ``production`` are keys of networks that VMs would fail over
    into; ``tables`` and ``groups`` what is known of route tables and network security groups, by key."""
    unsafe = isolation.danger(network, set(production), tables or {}, groups or {})
    if not unsafe and not target_networks.usable_subnets(network):
        return "It has no subnet that could hold a VM."
    return unsafe


def drill_networks(estate: Estate, plan: Plan) -> Mapping[str, str]:
    """By VM key: the id of the network that its test VM is put into. The plan's, or an isolated twin of its own network."""
    resolved = resolve(estate, plan)
    chosen = {}
    for item in resolved.items:
        if plan.drill.network_id:
            chosen[arm_id.key(item.vm_id)] = plan.drill.network_id
        elif item.network is not None and plan.drill.create_network:
            chosen[arm_id.key(item.vm_id)] = _isolated_id(item.network)
    return chosen


def _isolated_id(network: ResolvedNetwork) -> str:
    name = naming.fitted(network.source_name + DRILL_SUFFIX, naming.NETWORK_MAX)
    return f"{network.group.id}/providers/{target_networks.NETWORKS}/{name}"


def _group_id(network: ResolvedNetwork) -> str:
    name = naming.fitted(network.source_name + GROUP_SUFFIX, naming.NETWORK_MAX)
    return f"{network.group.id}/providers/{SECURITY_GROUPS}/{name}"


def drill_network_change(estate: Estate, plan: Plan) -> ChangeSet:
    """The isolated networks that the drill needs, one for each source network of its VMs; reused where they are there.

    They have the target network's subnets and addresses, no peering, no gateway and no DNS servers of their own, so that
    addresses and subnet choice are those of a real failover; on every subnet a network security group lets nothing in from
    the internet.
    """
    if plan.drill.network_id or not plan.drill.create_network:
        return ChangeSet()
    resolved = resolve(estate, plan)
    tested = {arm_id.key(vm_id) for vm_id in plan.drill.vms} or set(resolved.item_by_vm)
    wanted = {
        arm_id.key(item.network.source_id): item.network
        for item in resolved.items
        if item.network is not None and arm_id.key(item.vm_id) in tested
    }
    changes: dict[str, Change] = {}
    for network in wanted.values():
        for change in _isolated(estate, resolved, network):
            changes.setdefault(change.key, change)
    return ChangeSet(tuple(sorted(changes.values(), key=lambda change: list(Kind).index(change.kind))))


def _isolated(estate: Estate, resolved: Resolved, network: ResolvedNetwork) -> Iterable[Change]:
    group = network.group
    yield Change(
        arm_id.key(group.id),
        Action.REUSE if group.exists else Action.CREATE,
        Kind.RESOURCE_GROUP,
        Step.TEST_FAILOVER,
        group.id,
        group.name,
        "The drill's network goes here.",
        {} if group.exists else {"location": group.location},
    )
    guard_id = _group_id(network)
    guarded = arm_id.key(guard_id) in estate.security_group_by_id
    yield Change(
        arm_id.key(guard_id),
        Action.REUSE if guarded else Action.CREATE,
        Kind.SECURITY_GROUP,
        Step.TEST_FAILOVER,
        guard_id,
        arm_id.name(guard_id),
        "Lets nothing in from the internet, whatever address a test VM is given.",
        {} if guarded else _guard_body(resolved.target),
        (arm_id.key(group.id),),
    )
    network_id = _isolated_id(network)
    there = estate.network_by_id.get(arm_id.key(network_id))
    action, body = _twin(estate, resolved, network, there, guard_id)
    yield Change(
        arm_id.key(network_id),
        action,
        Kind.NETWORK,
        Step.TEST_FAILOVER,
        network_id,
        arm_id.name(network_id),
        "Test VMs run here, cut off from everything else."
        if action is not Action.UPDATE
        else f"No network security group guards {', '.join(isolation.bare_subnets(there) if there else ())} yet.",
        body,
        (arm_id.key(group.id), arm_id.key(guard_id)),
    )


def _guard_body(region: str) -> bodies.Body:
    rule = {
        "description": "Test VMs of a drill are not reached from the internet.",
        "priority": 100,
        "direction": "Inbound",
        "access": "Deny",
        "protocol": "*",
        "sourceAddressPrefix": "Internet",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "*",
    }
    rules = [{"name": "deny-internet-inbound", "properties": rule}]
    return {"location": region, "properties": {"securityRules": rules}}


def _twin(
    estate: Estate, resolved: Resolved, network: ResolvedNetwork, there: VirtualNetwork | None, guard_id: str
) -> tuple[Action, bodies.Body]:
    """A twin that is there is taken as it is, but for subnets that nothing guards."""
    if there is None:
        return Action.CREATE, _isolated_body(estate, resolved, network, guard_id)
    if not isolation.bare_subnets(there):
        return Action.REUSE, {}
    bare = {name.lower() for name in isolation.bare_subnets(there)}
    subnets = [_kept(subnet, guard_id if subnet.name.lower() in bare else "") for subnet in there.subnets]
    space = {"addressPrefixes": list(there.address_space)}
    return Action.UPDATE, {"location": there.location, "properties": {"addressSpace": space, "subnets": subnets}}


def _kept(subnet: Subnet, guard_id: str) -> bodies.Body:
    """A subnet of a twin as it is: a PUT of the network leaves out what it does not name."""
    body = bodies.subnet(subnet.name, subnet.prefixes)
    named = {
        "networkSecurityGroup": guard_id or subnet.security_group_id,
        "routeTable": subnet.route_table_id,
        "natGateway": subnet.nat_gateway_id,
    }
    body["properties"] |= {name: {"id": value} for name, value in named.items() if value}
    if subnet.service_endpoints:
        body["properties"]["serviceEndpoints"] = [{"service": service} for service in subnet.service_endpoints]
    return body


def _isolated_body(estate: Estate, resolved: Resolved, network: ResolvedNetwork, guard_id: str) -> bodies.Body:
    existing = estate.network_by_id.get(arm_id.key(network.target.id))
    if existing is None:
        source = estate.network_by_id.get(arm_id.key(network.source_id))
        body = bodies.network(source, network, resolved.target)
    else:
        subnets = [bodies.subnet(each.name, each.prefixes) for each in existing.subnets]
        space = {"addressPrefixes": list(existing.address_space)}
        body = {"location": resolved.target, "properties": {"addressSpace": space, "subnets": subnets}}
    kept = [s for s in body["properties"]["subnets"] if s["name"].lower() not in target_networks.SERVICE_SUBNETS]
    for subnet in kept:
        subnet["properties"]["networkSecurityGroup"] = {"id": guard_id}
    body["properties"]["subnets"] = kept
    return body
