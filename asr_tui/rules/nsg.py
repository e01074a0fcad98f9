"""How network security groups decide, for one place (network interface and subnet) and one wanted destination.

Both groups must allow: outbound the interface's first, then the subnet's; inbound the other way round. Within a group
rules are taken in ascending priority and the first match decides each address; three default rules stand at the end.
Source: https://learn.microsoft.com/azure/virtual-network/network-security-group-how-it-works
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from asr_tui.model.network import NetworkSecurityGroup, SecurityRule
from asr_tui.rules import addresses
from asr_tui.rules.addresses import Ranges

OUTBOUND, INBOUND = "Outbound", "Inbound"
ANY = frozenset({"*", "any", "0.0.0.0/0"})
#: The address of Azure's load balancer probes and platform services.
LOAD_BALANCER = ("168.63.129.16/32",)

_DEFAULTS = {
    OUTBOUND: (
        SecurityRule("AllowVnetOutBound", 65000, OUTBOUND, "Allow", "*", ("VirtualNetwork",), ("VirtualNetwork",)),
        SecurityRule("AllowInternetOutBound", 65001, OUTBOUND, "Allow", "*", ("*",), ("Internet",)),
        SecurityRule("DenyAllOutBound", 65500, OUTBOUND, "Deny"),
    ),
    INBOUND: (
        SecurityRule("AllowVnetInBound", 65000, INBOUND, "Allow", "*", ("VirtualNetwork",), ("VirtualNetwork",)),
        SecurityRule("AllowAzureLoadBalancerInBound", 65001, INBOUND, "Allow", "*", ("AzureLoadBalancer",)),
        SecurityRule("DenyAllInBound", 65500, INBOUND, "Deny"),
    ),
}


class Verdict(StrEnum):
    """``partial``: part of the wanted addresses is allowed. ``unknown``: a rule could not be compared."""

    ALLOWED = "allowed"
    DENIED = "denied"
    PARTIAL = "partial"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """Where traffic leaves or arrives: an interface's address ("" where not known), the groups on it and on its subnet.

    ``network`` are the prefixes that the tag VirtualNetwork stands for here: the network's own and its peers'.
    """

    address: str = ""
    subnet: tuple[str, ...] = ()
    network: tuple[str, ...] = ()
    application_groups: frozenset[str] = frozenset()
    nic_group: NetworkSecurityGroup | None = None
    subnet_group: NetworkSecurityGroup | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A rule that decided a share (0 to 1) of the wanted addresses. ``level`` is NIC or subnet."""

    rule: SecurityRule
    group: NetworkSecurityGroup
    level: str
    share: float

    @property
    def is_default(self) -> bool:
        """Whether it is one of the rules that every group has."""
        return self.rule.priority >= 65000

    def sentence(self) -> str:
        """Rule, priority, group and level in a few words."""
        kind = "default rule" if self.is_default else "rule"
        return f"{kind} {self.rule.name} (priority {self.rule.priority}) of {self.group.name} on the {self.level}"


@dataclass(frozen=True, slots=True)
class TagVerdict:
    """Whether a place reaches a tag. ``share`` is the part of its addresses that is allowed, None where not known.

    ``decision`` names the rule that denied most of it, or that allowed most of it; None where no group stands in the way.
    ``denials`` are all rules that denied a part of it.
    """

    verdict: Verdict
    share: float | None
    decision: Decision | None
    why: str = ""
    denials: tuple[Decision, ...] = ()


@dataclass(frozen=True)
class Tags:
    """The published prefixes of service tags; names are compared without case."""

    prefixes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def _by_name(self) -> dict[str, Ranges]:
        return {name.lower(): addresses.of(tuple(prefixes)) for name, prefixes in self.prefixes.items()}

    def ranges(self, tag: str) -> Ranges | None:
        """The addresses of ``tag``, or None where they are not known (a regional tag falls back on nothing)."""
        return self._by_name.get(tag.lower()) or None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be reached: a service tag (its addresses are looked up) or fixed prefixes; port and protocol."""

    tag: str = ""
    prefixes: tuple[str, ...] = ()
    port: int = 443
    protocol: str = "Tcp"


def is_superset(rule_tag: str, wanted_tag: str) -> bool:
    """Whether one tag stands for all of another by its name alone: the same, its global form, or all of Azure's cloud."""
    rule, wanted = rule_tag.lower(), wanted_tag.lower()
    if rule == wanted or (wanted.startswith(rule + ".") and "." not in rule):
        return True
    return rule == "azurecloud"


def port_matches(ports: Iterable[str], port: int) -> bool:
    """Whether any of single ports, ranges (``a-b``) or ``*`` holds ``port``."""
    for text in ports:
        if text in {"*", "0-65535"}:
            return True
        first, _, last = text.partition("-")
        if first.strip().isdigit() and int(first) <= port <= int(last or first):
            return True
    return False


def evaluate(place: Place, wanted: Wanted, tags: Tags, direction: str = OUTBOUND) -> TagVerdict:
    """Whether traffic from ``place`` to ``wanted`` passes (inbound: from ``wanted`` to ``place``)."""
    if place.nic_group is None and place.subnet_group is None:
        return TagVerdict(Verdict.ALLOWED, 1.0, None, "No network security group stands in the way.")
    ranges = addresses.of(wanted.prefixes) if wanted.prefixes else tags.ranges(wanted.tag)
    if ranges:
        return _by_address(place, wanted, ranges, tags, direction)
    return _by_name(place, wanted, direction)


def _groups(place: Place, direction: str) -> list[tuple[str, NetworkSecurityGroup]]:
    levels = [("NIC", place.nic_group), ("subnet", place.subnet_group)]
    if direction == INBOUND:
        levels.reverse()
    return [(level, group) for level, group in levels if group is not None]


def ordered(group: NetworkSecurityGroup, direction: str) -> tuple[SecurityRule, ...]:
    """The group's rules of one direction in the order in which they are tried, defaults last."""
    own = sorted((rule for rule in group.rules if rule.direction == direction), key=lambda rule: rule.priority)
    return (*(rule for rule in own if rule.priority < 65000), *_DEFAULTS[direction])


def _protocol_matches(rule: SecurityRule, wanted: Wanted) -> bool:
    return rule.protocol.lower() in {"*", "any", wanted.protocol.lower()}


def _own_side(rule: SecurityRule, place: Place, direction: str) -> bool | None:
    """Whether the side of ``place`` matches: its address (None = it depends on an address that is not known)."""
    if direction == OUTBOUND:
        groups, texts = rule.source_application_groups, rule.sources
    else:
        groups, texts = rule.destination_application_groups, rule.destinations
    if groups:
        return any(group.lower() in place.application_groups for group in groups)
    maybe = False
    for text in texts:
        lower = text.lower()
        if lower in ANY or lower == "virtualnetwork":
            return True
        ranges = addresses.parse(text)
        if ranges is None:
            continue
        address = addresses.number(place.address)
        if address is not None:
            if addresses.contains(ranges, address):
                return True
            continue
        subnet = addresses.of(place.subnet)
        if subnet and addresses.covers(ranges, subnet):
            return True
        maybe = maybe or not subnet or bool(addresses.intersection(ranges, subnet))
    return None if maybe else False


def _other_side(rule: SecurityRule, place: Place, direction: str, tags: Tags, wanted: Wanted, ranges: Ranges) -> Ranges:
    """The part of ``ranges`` that the rule's far side names."""
    if direction == OUTBOUND:
        groups, texts = rule.destination_application_groups, rule.destinations
    else:
        groups, texts = rule.source_application_groups, rule.sources
    if groups:
        return addresses.NONE
    network = addresses.of(place.network)
    parts: list[Ranges] = []
    for text in texts:
        lower = text.lower()
        if lower in ANY:
            return ranges
        if wanted.tag and not wanted.prefixes and is_superset(lower, wanted.tag):
            known = tags.ranges(lower) if lower == "azurecloud" else None
            if known is None:
                return ranges
            parts.append(known)
            continue
        if lower == "internet":
            parts.append(addresses.complement(network))
        elif lower == "virtualnetwork":
            parts.append(network)
        elif lower == "azureloadbalancer":
            parts.append(addresses.of(LOAD_BALANCER))
        else:
            parts.append(addresses.parse(text) or tags.ranges(text) or addresses.NONE)
    return addresses.intersection(ranges, addresses.union(*parts))


@dataclass(slots=True)
class _Tally:
    """What one group does with the wanted addresses."""

    allowed: Ranges
    decisions: list[tuple[SecurityRule, int]]


def _walk(
    group: NetworkSecurityGroup,
    place: Place,
    wanted: Wanted,
    ranges: Ranges,
    tags: Tags,
    direction: str,
    *,
    hopeful: bool,
) -> tuple[_Tally, bool]:
    """One group's rules over ``ranges``. A rule of which it is not known whether it matches counts as it suits or harms
    (``hopeful``); the flag tells whether there was one that mattered."""
    rest, allowed, doubted = ranges, addresses.NONE, False
    decisions: list[tuple[SecurityRule, int]] = []
    for rule in ordered(group, direction):
        if not rest:
            break
        if not _protocol_matches(rule, wanted) or not port_matches(rule.destination_ports, wanted.port):
            continue
        allows = rule.access == "Allow"
        matches = _own_side(rule, place, direction)
        if matches is False:
            continue
        part = _other_side(rule, place, direction, tags, wanted, rest)
        if not part:
            continue
        if matches is None:
            doubted = True
            if allows is not hopeful:
                continue
        rest = addresses.difference(rest, part)
        decisions.append((rule, addresses.count(part)))
        if allows:
            allowed = addresses.union(allowed, part)
    return _Tally(allowed, decisions), doubted


def _by_address(place: Place, wanted: Wanted, ranges: Ranges, tags: Tags, direction: str) -> TagVerdict:
    hopeful, doubted = _through(place, wanted, ranges, tags, direction, hopeful=True)
    if not doubted:
        return hopeful
    gloomy, _ = _through(place, wanted, ranges, tags, direction, hopeful=False)
    if gloomy.verdict is hopeful.verdict and gloomy.share == hopeful.share:
        return gloomy
    why = "A rule depends on the interface's address, which is not known."
    return TagVerdict(Verdict.UNKNOWN, None, gloomy.decision, why)


def _through(
    place: Place, wanted: Wanted, ranges: Ranges, tags: Tags, direction: str, *, hopeful: bool
) -> tuple[TagVerdict, bool]:
    total = addresses.count(ranges)
    passing, doubted = ranges, False
    decisions: list[Decision] = []
    for level, group in _groups(place, direction):
        tally, doubt = _walk(group, place, wanted, passing, tags, direction, hopeful=hopeful)
        doubted = doubted or doubt
        decisions += [Decision(rule, group, level, part / total) for rule, part in tally.decisions]
        passing = tally.allowed
    share = addresses.count(passing) / total
    verdict = Verdict.ALLOWED if share == 1 else Verdict.DENIED if share == 0 else Verdict.PARTIAL
    blame = "Allow" if verdict is Verdict.ALLOWED else "Deny"
    decision = max((d for d in decisions if d.rule.access == blame), key=lambda each: each.share)
    denials = tuple(each for each in decisions if each.rule.access == "Deny")
    return TagVerdict(verdict, share, decision, denials=denials), doubted


def _by_name(place: Place, wanted: Wanted, direction: str) -> TagVerdict:
    """By tag names alone, where the tag's addresses were not read: rules with public addresses stay unknown."""
    verdicts = [_group_by_name(level, group, place, wanted, direction) for level, group in _groups(place, direction)]
    return max(verdicts, key=_gravity)


def _gravity(verdict: TagVerdict) -> int:
    return (Verdict.ALLOWED, Verdict.PARTIAL, Verdict.UNKNOWN, Verdict.DENIED).index(verdict.verdict)


def _group_by_name(level: str, group: NetworkSecurityGroup, place: Place, wanted: Wanted, direction: str) -> TagVerdict:
    """The first rule that surely names all of the tag decides, unless one that perhaps does would have it otherwise."""
    matching = []
    for rule in ordered(group, direction):
        if not _protocol_matches(rule, wanted) or not port_matches(rule.destination_ports, wanted.port):
            continue
        own, far = _own_side(rule, place, direction), _relation(rule, wanted, direction)
        if own is not False and far is not False:
            matching.append((rule, own is True and far is True))
    index = next(number for number, (_, certain) in enumerate(matching) if certain)  # the last default rule always is
    rule = matching[index][0]
    doubts = [each for each, _ in matching[:index] if each.access != rule.access]
    if doubts:
        decision = Decision(doubts[0], group, level, 1.0)
        why = f"The addresses of {wanted.tag} were not read, so {decision.sentence()} cannot be compared."
        return TagVerdict(Verdict.UNKNOWN, None, decision, why)
    decision = Decision(rule, group, level, 1.0)
    if rule.access == "Allow":
        return TagVerdict(Verdict.ALLOWED, 1.0, decision)
    return TagVerdict(Verdict.DENIED, 0.0, decision, denials=(decision,))


def _relation(rule: SecurityRule, wanted: Wanted, direction: str) -> bool | None:
    """Whether the rule's far side names all of the wanted tag (True), none of it (False), or perhaps some (None)."""
    if direction == OUTBOUND:
        groups, texts = rule.destination_application_groups, rule.destinations
    else:
        groups, texts = rule.source_application_groups, rule.sources
    if groups:
        return False
    maybe = False
    for text in texts:
        lower = text.lower()
        if lower in ANY or lower == "internet" or is_superset(lower, wanted.tag):
            return True
        ranges = addresses.parse(text)
        if ranges is not None:
            maybe = maybe or not addresses.covers(_PRIVATE, ranges)
        elif lower.startswith(wanted.tag.lower() + ".") or lower.startswith("azurecloud."):
            maybe = True
    return None if maybe else False


_PRIVATE = addresses.of(("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"))
