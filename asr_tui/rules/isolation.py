"""Whether what runs in a network could reach production, or be taken for it.

Source: https://learn.microsoft.com/azure/site-recovery/azure-to-azure-tutorial-dr-drill (read 2020-01-16).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from asr_tui.model import arm_id
from asr_tui.model.network import RouteTable, VirtualNetwork

LEADS_OUT = frozenset({"virtualnetworkgateway", "virtualappliance"})
"""Next hops from which a packet may go on to production."""


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing looked at; ``state``: passed, failed, unknown."""

    what: str
    state: str
    detail: str


def aspects(
    network: VirtualNetwork, production: Collection[str], tables: Mapping[str, RouteTable]
) -> tuple[Aspect, ...]:
    """Everything by which a network is or is not isolated. ``production`` are keys of networks that VMs would fail over
    into; ``tables`` the route tables that could be read, by key."""
    return (
        _own(network, production),
        _peerings(network),
        _gateway(network),
        _routes(network, tables),
    )


def danger(network: VirtualNetwork, production: Collection[str], tables: Mapping[str, RouteTable]) -> str:
    """The first reason why a network is not isolated; "" when it is."""
    return next((aspect.detail for aspect in aspects(network, production, tables) if aspect.state == "failed"), "")


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
