"""What building an estate's documents shares: places, references by name, free addresses, problems found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Any, Protocol

from asr_tui.emulator.regions import region_named
from asr_tui.emulator.store import Resource

from .names import Place, resource_id
from .schema import EstateFile
from .surroundings import Subnet, Subscription
from .yaml_lines import Location, Source

BUILT = datetime(2024, 9, 17, 8, 30, tzinfo=UTC)
"""When everything that has no date of its own was created."""


class Spot(Protocol):
    """A specification that says where it stands."""

    @property
    def group(self) -> str | None: ...
    @property
    def region(self) -> str | None: ...


@dataclass(slots=True)
class AddressPool:
    """The addresses of one subnet. Azure keeps the first four and the last one for itself."""

    network: IPv4Network
    taken: set[IPv4Address] = field(default_factory=set)
    _next: int = 4

    def take(self, text: str) -> str | None:
        """Reserve a given address; a sentence about what is wrong with it, or None."""
        try:
            address = IPv4Address(text)
        except AddressValueError:
            return f"{text!r} is not an IPv4 address"
        if address not in self.network:
            return f"{text} is not in {self.network}"
        offset = int(address) - int(self.network.network_address)
        if offset < 4 or address == self.network.broadcast_address:
            return f"{text} is one of the five addresses of {self.network} that Azure keeps for itself"
        if address in self.taken:
            return f"{text} is taken already"
        self.taken.add(address)
        return None

    def next(self) -> str | None:
        """The next free address, or None when the subnet is full."""
        while self._next < self.network.num_addresses - 1:
            address = self.network.network_address + self._next
            self._next += 1
            if address not in self.taken:
                self.taken.add(address)
                return str(address)
        return None


_UNBORN = datetime.max.replace(tzinfo=UTC)


class Workshop:
    """Holds what is known while the documents of one estate are built."""

    def __init__(self, source: Source, estate: EstateFile) -> None:
        self.source = source
        self.estate = estate
        self.problems: list[Any] = []
        self._made: list[dict[str, Any] | Resource] = []
        self._open: dict[str, dict[str, Any]] = {}
        self._kept: set[str] = set()
        self.locks: dict[str, str] = {}
        self.pools: dict[str, AddressPool] = {}
        self._ids: dict[str, dict[str, str]] = {}
        self._seen: dict[str, Location] = {}
        self._subscriptions = {one.name: one for one in estate.subscriptions}
        self._first_group = next(iter(estate.resource_groups))

    # ------------------------------------------------------------ problems

    def wrong(self, at: Location, message: str) -> None:
        """Note a problem with the field at ``at``; building goes on so that all problems are told at once."""
        self.problems.append(self.source.problem(at, message))

    # ------------------------------------------------------------ places

    def subscription(self, group: str) -> Subscription:
        """The subscription of a resource group."""
        named = self.estate.resource_groups[group].subscription if group in self.estate.resource_groups else None
        return self._subscriptions.get(named or "", self.estate.subscriptions[0])

    def subscription_named(self, name: str | None, at: Location) -> Subscription:
        """A subscription by name; the first one for None."""
        if name is not None and name not in self._subscriptions:
            self.wrong(at, f"there is no subscription {name!r}; {_known(self._subscriptions)}")
        return self._subscriptions.get(name or "", self.estate.subscriptions[0])

    def region(self, text: str | None, at: Location, default: str) -> str:
        """The name of a region, checked."""
        if text is None:
            return default
        found = region_named(text)
        if found is None:
            self.wrong(at, f"there is no region {text!r}; assets/emulator/regions.yaml lists them")
            return default
        return found.name

    def group_region(self, group: str) -> str:
        """The region of a resource group."""
        home = self.region(self.estate.region, ("region",), "westeurope")
        spec = self.estate.resource_groups.get(group)
        return self.region(spec.region, ("resource_groups", group, "region"), home) if spec else home

    def place(self, spec: Spot, at: Location) -> Place:
        """Where a specification stands; unknown groups and regions are noted as problems."""
        group = spec.group or self._first_group
        if group not in self.estate.resource_groups:
            self.wrong((*at, "group"), f"there is no resource group {group!r}; {_known(self.estate.resource_groups)}")
            group = self._first_group
        region = self.region(spec.region, (*at, "region"), self.group_region(group))
        return Place(self.subscription(group).id, group, region)

    # ------------------------------------------------------------ references

    def register(self, kind: str, name: str, identifier: str, at: Location) -> None:
        """Make a resource known under its estate name; two with one id are a problem."""
        self._ids.setdefault(kind, {})[name] = identifier
        before = self._seen.setdefault(identifier.lower(), at)
        if before != at:
            self.wrong(at, f"the name is taken already, on line {self.source.line_of(before)}")

    def refer(self, kind: str, name: str | None, at: Location) -> str | None:
        """The id of a named resource; None for None; an unknown name is noted as a problem."""
        if name is None:
            return None
        known = self._ids.get(kind, {})
        if name not in known:
            self.wrong(at, f"there is no {name!r} in '{kind}'; {_known(known)}")
            return None
        return known[name]

    def refer_subnet(self, text: str | None, at: Location) -> str | None:
        """The id of ``<network>/<subnet>``."""
        if text is None:
            return None
        network, _, subnet = text.partition("/")
        identifier = self.refer("networks", network, at)
        if identifier is None:
            return None
        subnets: Mapping[str, Subnet] = self.estate.networks[network].subnets
        if subnet not in subnets:
            self.wrong(at, f"network {network!r} has no subnet {subnet!r}; {_known(subnets)}")
            return None
        return f"{identifier}/subnets/{subnet}"

    def first_subnet(self, place: Place, at: Location) -> str | None:
        """The first subnet in a region and subscription, for a NIC that names none."""
        for name, network in self.estate.networks.items():
            where = self.place(network, ("networks", name))
            if where.location == place.location and where.subscription == place.subscription and network.subnets:
                return self.refer_subnet(f"{name}/{next(iter(network.subnets))}", at)
        self.wrong(at, f"no network of the estate is in {place.location}; add one, or name a 'subnet'")
        return None

    def pool(self, subnet: str) -> AddressPool:
        """The addresses of a subnet, by its id."""
        return self.pools[subnet.lower()]

    def add(self, document: dict[str, Any], lock: str | None = None) -> dict[str, Any]:
        """Keep a finished document, with a lock of that level on it."""
        self._made.append(document)
        self._open[document["id"]] = document
        self._kept.add(document["id"])
        if lock:
            self.locks[document["id"]] = lock
        return document

    @property
    def made(self) -> int:
        """How many documents there are."""
        return len(self._made)

    def keeps(self, identifier: str) -> bool:
        """Whether a document of that id was added."""
        return identifier in self._kept

    def document(self, identifier: str) -> dict[str, Any]:
        """An added document that may still be changed."""
        return self._open[identifier]

    def pack(self, since: int = 0) -> None:
        """Nothing changes the documents from that place on any more: keep their text, a fraction of their size."""
        for place in range(since, len(self._made)):
            document = self._made[place]
            if isinstance(document, dict):
                self._open.pop(document["id"], None)
                self._made[place] = Resource(document["id"], document["type"], document, _UNBORN)

    def packed(self) -> tuple[Resource, ...]:
        """All documents as resources whose beginning is still to be set, in the order they were made."""
        self.pack()
        return tuple(made for made in self._made if isinstance(made, Resource))

    def id(self, place: Place, resource_type: str, *names: str) -> str:
        """An ARM id at ``place``."""
        return resource_id(place.subscription, place.group, resource_type, *names)


def _known(names: Iterable[str]) -> str:
    shown = list(names)
    if not shown:
        return "there are none"
    more = f" and {len(shown) - 12} more" if len(shown) > 12 else ""
    return "known: " + ", ".join(shown[:12]) + more
