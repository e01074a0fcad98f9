"""Which subnet and address a NIC gets in the target network (the service's rules for failover and test failover)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.source_vm import NIC_TYPE
from asr_tui.emulator.store import Store

Document = dict[str, Any]

RESERVED_AT_START = 4
"""Addresses that Azure keeps at the start of a subnet (network, gateway, two for DNS); one more at its end."""


def network_of(nic: Document) -> str | None:
    """Id of the VNet that a NIC is in."""
    for config in nic["properties"].get("ipConfigurations", []):
        subnet = (config["properties"].get("subnet") or {}).get("id")
        if subnet:
            return str(subnet).rsplit("/subnets/", 1)[0]
    return None


def subnet_for(vnet: Document, name: str) -> Document | None:
    """The subnet of that name, else the first in alphabetical order that VMs may use; None if there is none."""
    usable: list[Document] = [subnet for subnet in vnet["properties"].get("subnets", []) if _usable(subnet)]
    for subnet in usable:
        if subnet["name"].lower() == name.lower():
            return subnet
    return min(usable, key=lambda subnet: str(subnet["name"]).lower(), default=None)


def _usable(subnet: Document) -> bool:
    special = {"gatewaysubnet", "azurefirewallsubnet", "azurebastionsubnet", "routeserversubnet"}
    return subnet["name"].lower() not in special and not subnet["properties"].get("delegations")


def prefixes(subnet: Document) -> list[IPv4Network]:
    """The IPv4 prefixes of a subnet."""
    properties = subnet["properties"]
    texts = properties.get("addressPrefixes") or [properties.get("addressPrefix")]
    return [IPv4Network(text) for text in texts if text and ":" not in text]


def taken(store: Store, subnet_id: str, now: datetime, also: Iterable[str] = ()) -> set[IPv4Address]:
    """Addresses in use in a subnet, by NICs of any resource group, and those named in ``also``."""
    used = {IPv4Address(text) for text in also if text}
    needle = subnet_id.lower().encode()
    for nic in store.recorded(NIC_TYPE):
        # A NIC that a running job will make holds its address already.
        if (nic.dies is not None and nic.dies <= now) or needle not in nic.raw.lower():
            continue
        for config in nic.body["properties"].get("ipConfigurations", []):
            properties = config["properties"]
            address = properties.get("privateIPAddress")
            if address and ":" not in address and ids.same((properties.get("subnet") or {}).get("id"), subnet_id):
                used.add(IPv4Address(address))
    return used


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted for one IP configuration.

    Attributes:
        source: the source's address.
        explicit: an address set by hand, or an empty text.
        keep_last: when the source's address can't be kept, take the last free one (test failover) instead of the
            next available one (failover).
    """

    source: str
    explicit: str = ""
    keep_last: bool = False


def choose(subnet: Document, wish: Wish, used: set[IPv4Address]) -> str | None:
    """The address for a NIC in ``subnet``; None when none is free.

    An explicit address is taken if it is free and inside; the source's own if it exists there and is free; else the
    last free one of the range for a test, the first free one for a failover.
    """
    ranges = prefixes(subnet)
    for text in (wish.explicit, wish.source):
        if text and _free(IPv4Address(text), ranges, used):
            return text
    if wish.explicit:
        return None
    candidates: Iterator[IPv4Address] = (
        address for network in ranges for address in _assignable(network, wish.keep_last)
    )
    return next((str(address) for address in candidates if address not in used), None)


def _assignable(network: IPv4Network, from_end: bool) -> Iterator[IPv4Address]:
    first = int(network.network_address) + RESERVED_AT_START
    last = int(network.broadcast_address) - 1
    numbers = range(last, first - 1, -1) if from_end else range(first, last + 1)
    return (IPv4Address(number) for number in numbers)


def _free(address: IPv4Address, ranges: list[IPv4Network], used: set[IPv4Address]) -> bool:
    for network in ranges:
        first = int(network.network_address) + RESERVED_AT_START
        if address in network and first <= int(address) < int(network.broadcast_address):
            return address not in used
    return False
