"""Whether what runs in a network could reach production, or be taken for it.

Source: https://learn.microsoft.com/azure/site-recovery/azure-to-azure-tutorial-dr-drill (read 2020-01-16).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network

from asr_tui.model import arm_id
from asr_tui.model.network import NetworkSecurityGroup, RouteTable, SecurityRule, VirtualNetwork
from asr_tui.rules.target_networks import usable_subnets

LEADS_OUT = frozenset({"virtualnetworkgateway", "virtualappliance"})
"""Next hops from which a packet may go on to production."""

NO_INBOUND = "No way in from the internet"
_ANYWHERE = frozenset({"*", "any", "internet", "0.0.0.0/0", "::/0"})
_FROM_AZURE = "azurecloud"
"""A service tag that holds every public address of Azure, other customers' among them."""


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing looked at; ``state``: passed, failed, unknown."""

    what: str
    state: str
    detail: str


def aspects(
    network: VirtualNetwork,
    production: Collection[str],
    tables: Mapping[str, RouteTable],
    groups: Mapping[str, NetworkSecurityGroup],
) -> tuple[Aspect, ...]:
    """Everything by which a network is or is not isolated. ``production`` are keys of networks that VMs would fail over
    into; ``tables`` and ``groups`` the route tables and network security groups that could be read, by key."""
    return (
        _own(network, production),
        _peerings(network),
        _gateway(network),
        _routes(network, tables),
        _inbound(network, groups),
    )


def danger(
    network: VirtualNetwork,
    production: Collection[str],
    tables: Mapping[str, RouteTable],
    groups: Mapping[str, NetworkSecurityGroup],
) -> str:
    """The first reason why a network is not isolated; "" when it is."""
    found = aspects(network, production, tables, groups)
    return next((aspect.detail for aspect in found if aspect.state == "failed"), "")


def bare_subnets(network: VirtualNetwork) -> tuple[str, ...]:
    """The names of the subnets for VMs that no network security group guards."""
    return tuple(subnet.name for subnet in usable_subnets(network) if not subnet.security_group_id)


def _own(network: VirtualNetwork, production: Collection[str]) -> Aspect:
    if arm_id.key(network.id) in production:
        told = "It is the network of a real failover: addresses and names would clash with production."
        return Aspect("Apart from the failover network", "failed", told)
    return Aspect("Apart from the failover network", "passed", "No VM would fail over into it.")


def _peerings(network: VirtualNetwork) -> Aspect:
    peers = [arm_id.name(peering.remote_network_id) for peering in network.peerings if peering.state == "Connected"]
    if peers:
        told = f"It is peered with {', '.join(peers)}: test VMs could reach production."
        return Aspect("No peering", "failed", told)
    return Aspect("No peering", "passed", "It has no connected peering.")


def _gateway(network: VirtualNetwork) -> Aspect:
    if network.subnet("GatewaySubnet") is not None:
        told = "It has a gateway: test VMs could reach production on-premises."
        return Aspect("No gateway", "failed", told)
    return Aspect("No gateway", "passed", "It has no GatewaySubnet.")


def _routes(network: VirtualNetwork, tables: Mapping[str, RouteTable]) -> Aspect:
    named = [subnet.route_table_id for subnet in network.subnets if subnet.route_table_id]
    out = next(_leading_out(named, tables), "")
    if out:
        return Aspect("No route to elsewhere", "failed", out)
    unread = sorted({arm_id.name(each) for each in named if arm_id.key(each) not in tables})
    if unread:
        return Aspect("No route to elsewhere", "unknown", f"Not read: {', '.join(unread)}.")
    told = "No route of its tables leads to a gateway or an appliance." if named else "No subnet has a route table."
    return Aspect("No route to elsewhere", "passed", told)


def _leading_out(named: list[str], tables: Mapping[str, RouteTable]) -> Iterator[str]:
    for table in (tables[key] for key in map(arm_id.key, named) if key in tables):
        for route in table.routes:
            if route.next_hop.lower() in LEADS_OUT:
                yield (
                    f"Route {route.name} of {table.name} leads {route.prefix} to {route.next_hop}: test VMs could reach "
                    "production."
                )


def _inbound(network: VirtualNetwork, groups: Mapping[str, NetworkSecurityGroup]) -> Aspect:
    """A test VM has no public address of its own; the group holds when somebody gives it one."""
    subnets = usable_subnets(network)
    for subnet in subnets:
        group = groups.get(arm_id.key(subnet.security_group_id or ""))
        rule = _opening(group) if group is not None else None
        if group is not None and rule is not None:
            ports = ", ".join(rule.destination_ports)
            told = (
                f"Rule {rule.name} of {group.name} lets {', '.join(rule.sources)} into subnet {subnet.name} (ports "
                f"{ports}): a test VM could be taken for the real one."
            )
            return Aspect(NO_INBOUND, "failed", told)
    unread = sorted({s.name for s in subnets if s.security_group_id and arm_id.key(s.security_group_id) not in groups})
    if unread:
        return Aspect(NO_INBOUND, "unknown", f"The network security group was not read: {', '.join(unread)}.")
    bare = bare_subnets(network)
    if bare:
        told = f"No network security group guards {', '.join(bare)}: a public address would open a test VM to the internet."
        return Aspect(NO_INBOUND, "unknown", told)
    names = sorted({arm_id.name(subnet.security_group_id or "") for subnet in subnets})
    return Aspect(NO_INBOUND, "passed", f"{', '.join(names)} on every subnet lets nothing in from the internet.")


def _opening(group: NetworkSecurityGroup) -> SecurityRule | None:
    """The first rule by priority that lets something of the internet in. What an earlier rule denies in part still counts
    as open: better one question too many."""
    for rule in sorted(group.rules, key=lambda rule: rule.priority):
        if rule.direction.lower() != "inbound" or not any(map(_is_internet, rule.sources)):
            continue
        if rule.access.lower() == "allow":
            return rule
        if _is_for_all(rule):
            return None
    return None


def _is_internet(source: str) -> bool:
    told = source.lower()
    if told in _ANYWHERE or told.startswith(_FROM_AZURE):
        return True
    try:
        return ip_network(told, strict=False).is_global
    except ValueError:
        return False  # another service tag: Azure's own infrastructure, or the virtual network


def _is_for_all(rule: SecurityRule) -> bool:
    everyone = any(source.lower() in _ANYWHERE for source in rule.sources)
    return everyone and rule.protocol == "*" and "*" in rule.destination_ports and "*" in rule.destinations
