"""What connects networks on-premises, as read at one moment. ``None`` means *not known*, never *no*."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gateway:
    """A virtual network gateway; ``kind`` is Vpn or ExpressRoute."""

    id: str
    name: str
    location: str
    kind: str
    network_id: str | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection of a gateway; ``kind`` is IPsec, ExpressRoute or Vnet2Vnet, ``other_id`` what is at its far end."""

    id: str
    name: str
    location: str
    kind: str
    gateway_id: str
    other_id: str | None = None
    status: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A place on-premises (local network gateway) with its address ranges."""

    id: str
    name: str
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Circuit:
    """An ExpressRoute circuit; ``place`` is its peering location, ``tier`` Local, Standard or Premium."""

    id: str
    name: str
    location: str
    place: str
    tier: str
    state: str = ""
    peerings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Connectivity:
    """All of it. ``unread_groups`` counts resource groups of which gateways were not read, for there are many."""

    gateways: tuple[Gateway, ...] = ()
    connections: tuple[Connection, ...] = ()
    sites: tuple[Site, ...] = ()
    circuits: tuple[Circuit, ...] = ()
    unread_groups: int = 0
