"""Private addresses of a subnet: which are taken, which is next, whether one may be given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from itertools import islice
from typing import Any

from asr_tui.emulator.network.references import addresses_of, references, subnet_of
from asr_tui.emulator.store import Store

RESERVED = 4
"""Azure keeps the first four addresses of a subnet, and the last one, for itself."""

NIC = "Microsoft.Network/networkInterfaces"


@dataclass(frozen=True, slots=True)
class SubnetAddresses:
    """The addresses of one subnet at one moment. ``taken`` maps an address to the id of what holds it."""

    subnet: Mapping[str, Any]
    prefixes: tuple[IPv4Network, ...]
    taken: Mapping[str, str]

    def is_in_range(self, address: str) -> bool:
        """Whether an address belongs to one of the subnet's prefixes."""
        try:
            parsed = IPv4Address(address)
        except AddressValueError:
            return False
        return any(parsed in prefix for prefix in self.prefixes)

    def is_reserved(self, address: str) -> bool:
        """Whether Azure keeps an address of the subnet for itself."""
        parsed = IPv4Address(address)
        for prefix in self.prefixes:
            if parsed in prefix:
                offset = int(parsed) - int(prefix.network_address)
                return offset < RESERVED or parsed == prefix.broadcast_address
        return False

    def is_free(self, address: str) -> bool:
        """Whether an address can be given out."""
        return self.is_in_range(address) and not self.is_reserved(address) and address not in self.taken

    def first_free(self) -> str | None:
        """The lowest free address, or None when the subnet is full."""
        return next((one for prefix in self.prefixes for one in self._usable(prefix, +1)), None)

    def last_free(self) -> str | None:
        """The highest free address, or None when the subnet is full."""
        return next((one for prefix in self.prefixes for one in self._usable(prefix, -1)), None)

    def some_free(self, most: int) -> list[str]:
        """Up to ``most`` free addresses, lowest first."""
        free = (one for prefix in self.prefixes for one in self._usable(prefix, +1))
        return list(islice(free, most))

    def free_count(self) -> int:
        """How many addresses are left."""
        total = sum(max(0, prefix.num_addresses - RESERVED - 1) for prefix in self.prefixes)
        return max(0, total - len(self.taken))

    def _usable(self, prefix: IPv4Network, step: int) -> Iterator[str]:
        base, size = int(prefix.network_address), prefix.num_addresses
        numbers = range(base + RESERVED, base + size - 1)
        for number in numbers if step > 0 else reversed(numbers):
            text = str(IPv4Address(number))
            if text not in self.taken:
                yield text


def prefixes_of(subnet: Mapping[str, Any]) -> tuple[IPv4Network, ...]:
    """The IPv4 prefixes of a subnet document."""
    properties = subnet["properties"]
    texts = properties.get("addressPrefixes") or [properties["addressPrefix"]]
    return tuple(IPv4Network(text) for text in texts if ":" not in text)


def addresses(store: Store, subnet_id: str, now: datetime, *, excluding: str = "") -> SubnetAddresses | None:
    """The addresses of a subnet.

    Args:
        store: where the NICs are.
        subnet_id: id in any casing.
        now: the moment.
        excluding: id of a NIC whose own addresses count as free (it is being written).

    Returns:
        None when the subnet does not exist.
    """
    subnet = subnet_of(store, subnet_id, now)
    if subnet is None:
        return None
    subscription = subnet_id.strip("/").split("/")[1]
    held = references(store, subscription, now).subnet_addresses.get(subnet_id.lower(), {})
    skipped = excluding.lower() + "/"
    taken = {address: one for address, one in held.items() if not (excluding and one.lower().startswith(skipped))}
    return SubnetAddresses(subnet, prefixes_of(subnet), taken)


def holder_of(store: Store, subnet_id: str, address: str, now: datetime) -> str | None:
    """Id of the NIC that has an address in a subnet, or None."""
    for nic in store.by_type(NIC, now, subnet_id.strip("/").split("/")[1]):
        if (subnet_id.lower(), address) in addresses_of(nic):
            return nic.id
    return None
