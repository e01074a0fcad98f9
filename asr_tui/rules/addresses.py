"""Sets of IPv4 addresses as sorted, disjoint ranges of numbers: what NSG rules and service tags are compared with.

IPv6 prefixes are left out: the agent reaches the service over IPv4.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError

Ranges = tuple[tuple[int, int], ...]

NONE: Ranges = ()
ALL: Ranges = ((0, 2**32 - 1),)


@lru_cache(maxsize=65_536)
def parse(text: str) -> Ranges | None:
    """A prefix, a single address or a range (``a-b``) as ranges; None where ``text`` is none of them (a tag, or IPv6)."""
    try:
        if "-" in text:
            first, last = (int(IPv4Address(part.strip())) for part in text.split("-", 1))
            return ((first, last),) if first <= last else None
        network = IPv4Network(text.strip(), strict=False)
    except (AddressValueError, NetmaskValueError, ValueError):
        return None
    return ((int(network.network_address), int(network.broadcast_address)),)


@lru_cache(maxsize=4_096)
def of(prefixes: tuple[str, ...]) -> Ranges:
    """The union of all prefixes that are IPv4."""
    return union(*(parse(prefix) or NONE for prefix in prefixes))


def normal(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Sorted, with neighbours and overlaps joined."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)


def union(*sets: Ranges) -> Ranges:
    """What is in any of ``sets``."""
    return normal(each for ranges in sets for each in ranges)


def intersection(one: Ranges, other: Ranges) -> Ranges:
    """What is in both."""
    if one == ALL:
        return other
    if other == ALL:
        return one
    found, i, j = [], 0, 0
    while i < len(one) and j < len(other):
        first, last = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if first <= last:
            found.append((first, last))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def complement(ranges: Ranges) -> Ranges:
    """Every address that is not in ``ranges``."""
    found, start = [], 0
    for first, last in ranges:
        if start < first:
            found.append((start, first - 1))
        start = last + 1
    if start <= ALL[0][1]:
        found.append((start, ALL[0][1]))
    return tuple(found)


def difference(one: Ranges, other: Ranges) -> Ranges:
    """What is in ``one`` and not in ``other``."""
    return intersection(one, complement(other))


def count(ranges: Ranges) -> int:
    """How many addresses."""
    return sum(last - first + 1 for first, last in ranges)


def covers(outer: Ranges, inner: Ranges) -> bool:
    """Whether every address of ``inner`` is in ``outer``."""
    return intersection(outer, inner) == inner


def contains(ranges: Ranges, address: int) -> bool:
    """Whether one address is in ``ranges``."""
    index = bisect_right(ranges, (address, ALL[0][1])) - 1
    return index >= 0 and ranges[index][0] <= address <= ranges[index][1]


def number(address: str) -> int | None:
    """An IPv4 address as a number, or None."""
    found = parse(address)
    return found[0][0] if found and found[0][0] == found[0][1] else None
