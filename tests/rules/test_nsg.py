"""Security groups against an independent oracle: brute force over single addresses, written another way on purpose."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr_tui.model.network import NetworkSecurityGroup, SecurityRule
from asr_tui.rules import addresses
from asr_tui.rules.nsg import (
    INBOUND,
    OUTBOUND,
    Place,
    Tags,
    Verdict,
    Wanted,
    evaluate,
    is_superset,
    port_matches,
)

VNET = ("10.0.0.0/16",)
SUBNET = ("10.0.1.0/24",)
TABLE = {
    "Storage": ("20.0.0.0/24", "20.0.1.0/24", "20.0.2.0/26"),
    "Storage.WestEurope": ("20.0.0.0/24", "20.0.1.0/25"),
    "AzureActiveDirectory": ("20.1.0.0/25", "20.1.3.0/24"),
    "AzureCloud": ("20.0.0.0/14",),
    "Sql": ("20.5.0.0/24",),
}
TAGS = Tags(TABLE)
PREFIXES = [
    "*",
    "0.0.0.0/0",
    "Internet",
    "VirtualNetwork",
    "AzureLoadBalancer",
    "10.0.1.4",
    "10.0.1.0/24",
    "10.0.0.0/8",
    "10.9.0.0/16",
    "20.0.0.0/25",
    "20.0.0.0/23",
    "20.0.1.0-20.0.1.63",
    "20.1.0.0/16",
    "20.0.0.0/12",
    "2001:db8::/32",
    "168.63.129.16",
    *TABLE,
]
PORTS = ["*", "443", "80", "400-500", "0-65535", "22-442", "444-65535"]


@st.composite
def rule_sets(draw: st.DrawFn, name: str) -> NetworkSecurityGroup:
    priorities = draw(st.lists(st.integers(100, 120), max_size=6, unique=True))
    rules = tuple(
        SecurityRule(
            f"r{priority}",
            priority,
            draw(st.sampled_from([OUTBOUND, OUTBOUND, INBOUND])),
            draw(st.sampled_from(["Allow", "Deny"])),
            draw(st.sampled_from(["*", "Tcp", "TCP", "Udp", "Any"])),
            sources=tuple(draw(st.lists(st.sampled_from(PREFIXES), min_size=1, max_size=2))),
            destinations=tuple(draw(st.lists(st.sampled_from(PREFIXES), min_size=1, max_size=3))),
            destination_ports=tuple(draw(st.lists(st.sampled_from(PORTS), min_size=1, max_size=2))),
        )
        for priority in draw(st.permutations(priorities))
    )
    return NetworkSecurityGroup(f"/nsg/{name}", name, "westeurope", rules)


# -- the oracle: one address, one port, the documented order -----------------------------------------------------------


def _names(text: str, address: str) -> bool:
    where = ip_address(address)
    if text in {"*", "0.0.0.0/0"}:
        return True
    if text == "VirtualNetwork":
        return any(where in ip_network(prefix) for prefix in VNET)
    if text == "Internet":
        return not any(where in ip_network(prefix) for prefix in VNET)
    if text == "AzureLoadBalancer":
        return address == "168.63.129.16"
    if text in TABLE:
        return any(where in ip_network(prefix) for prefix in TABLE[text])
    if "-" in text:
        first, last = text.split("-")
        return ip_address(first) <= where <= ip_address(last)
    network = ip_network(text)
    return network.version == 4 and where in network


def _port(text: str, port: int) -> bool:
    if text == "*":
        return True
    if "-" in text:
        low, high = text.split("-")
        return int(low) <= port <= int(high)
    return int(text) == port


def _group_allows(group: NetworkSecurityGroup | None, direction: str, source: str, target: str, port: int) -> bool:
    if group is None:
        return True
    for rule in sorted(group.rules, key=lambda each: each.priority):
        if rule.direction != direction or rule.protocol.lower() not in {"*", "any", "tcp"}:
            continue
        if not any(_port(text, port) for text in rule.destination_ports):
            continue
        if any(_names(text, source) for text in rule.sources) and any(_names(t, target) for t in rule.destinations):
            return rule.access == "Allow"
    inside = _names("VirtualNetwork", source) and _names("VirtualNetwork", target)
    if direction == OUTBOUND:
        return inside or _names("Internet", target)
    return inside or source == "168.63.129.16"


def _allowed(place: Place, direction: str, far: str, port: int) -> bool:
    source, target = (place.address, far) if direction == OUTBOUND else (far, place.address)
    return all(_group_allows(group, direction, source, target, port) for group in (place.nic_group, place.subnet_group))


def _samples(prefixes: tuple[str, ...]) -> list[str]:
    """Every address of the wanted prefixes: they are small on purpose."""
    return [str(address) for prefix in prefixes for address in ip_network(prefix)]


groups = st.one_of(st.none(), rule_sets("nic-nsg")), st.one_of(st.none(), rule_sets("subnet-nsg"))


@settings(max_examples=300)
@given(*groups, st.sampled_from(["Storage.WestEurope", "AzureActiveDirectory"]), st.sampled_from([443, 80]))
def test_the_share_that_is_allowed_is_that_of_brute_force(
    nic: NetworkSecurityGroup | None, subnet: NetworkSecurityGroup | None, tag: str, port: int
) -> None:
    place = Place("10.0.1.4", SUBNET, VNET, nic_group=nic, subnet_group=subnet)
    found = evaluate(place, Wanted(tag, port=port), TAGS)
    every = _samples(TABLE[tag])
    allowed = [address for address in every if _allowed(place, OUTBOUND, address, port)]
    assert found.share == len(allowed) / len(every)
    wanted = Verdict.ALLOWED if len(allowed) == len(every) else Verdict.PARTIAL if allowed else Verdict.DENIED
    assert found.verdict is wanted


@settings(max_examples=200)
@given(*groups, st.sampled_from(["10.0.1.0/28", "10.0.2.0/29", "20.0.0.0/27", "168.63.129.16/32"]))
def test_inbound_goes_the_other_way_round(
    nic: NetworkSecurityGroup | None, subnet: NetworkSecurityGroup | None, far: str
) -> None:
    place = Place("10.0.1.4", SUBNET, VNET, nic_group=nic, subnet_group=subnet)
    found = evaluate(place, Wanted(prefixes=(far,), port=80), TAGS, INBOUND)
    every = _samples((far,))
    allowed = [address for address in every if _allowed(place, INBOUND, address, 80)]
    assert found.share == len(allowed) / len(every)


@settings(max_examples=200)
@given(*groups, st.sampled_from(["Storage.WestEurope", "AzureActiveDirectory"]))
def test_an_unknown_own_address_is_only_unknown_where_it_matters(
    nic: NetworkSecurityGroup | None, subnet: NetworkSecurityGroup | None, tag: str
) -> None:
    """The verdict without an address holds for every address of the subnet, or is unknown."""
    unplaced = Place("", SUBNET, VNET, nic_group=nic, subnet_group=subnet)
    found = evaluate(unplaced, Wanted(tag), TAGS)
    for address in ("10.0.1.4", "10.0.1.77", "10.0.1.254"):
        placed = Place(address, SUBNET, VNET, nic_group=nic, subnet_group=subnet)
        exact = evaluate(placed, Wanted(tag), TAGS)
        assert found.verdict is Verdict.UNKNOWN or found.verdict is exact.verdict


@settings(max_examples=200)
@given(*groups, st.sampled_from(["Storage.WestEurope", "AzureActiveDirectory"]))
def test_by_name_alone_never_contradicts_the_addresses(
    nic: NetworkSecurityGroup | None, subnet: NetworkSecurityGroup | None, tag: str
) -> None:
    """Without the published prefixes a verdict is either the exact one, or says that it does not know."""
    place = Place("10.0.1.4", SUBNET, VNET, nic_group=nic, subnet_group=subnet)
    blind = evaluate(place, Wanted(tag), Tags({}))
    exact = evaluate(place, Wanted(tag), TAGS)
    if blind.verdict is not Verdict.UNKNOWN:
        assert blind.verdict is exact.verdict


# -- single facts --------------------------------------------------------------------------------------------------


def group(*rules: SecurityRule, name: str = "nsg") -> NetworkSecurityGroup:
    return NetworkSecurityGroup(f"/nsg/{name}", name, "westeurope", rules)


def out(name: str, priority: int, access: str, *destinations: str, **more: tuple[str, ...]) -> SecurityRule:
    return SecurityRule(name, priority, OUTBOUND, access, destinations=destinations, **more)


DENY_INTERNET = out("no-internet", 4000, "Deny", "Internet")


def test_the_deciding_rule_is_named_with_its_group_and_level() -> None:
    place = Place("10.0.1.4", SUBNET, VNET, nic_group=group(name="nic"), subnet_group=group(DENY_INTERNET, name="web"))
    found = evaluate(place, Wanted("AzureActiveDirectory"), TAGS)
    assert found.verdict is Verdict.DENIED
    assert found.decision is not None
    assert found.decision.sentence() == "rule no-internet (priority 4000) of web on the subnet"


def test_a_group_without_own_rules_passes_by_default() -> None:
    found = evaluate(Place("10.0.1.4", SUBNET, VNET, nic_group=group()), Wanted("AzureActiveDirectory"), TAGS)
    assert found.verdict is Verdict.ALLOWED
    assert found.decision is not None
    assert found.decision.is_default
    assert "default rule AllowInternetOutBound" in found.decision.sentence()


def test_without_groups_everything_passes() -> None:
    found = evaluate(Place(), Wanted("AzureActiveDirectory"), TAGS)
    assert (found.verdict, found.decision) == (Verdict.ALLOWED, None)


@pytest.mark.parametrize("superset", ["Storage", "AzureCloud", "Storage.WestEurope", "*"])
def test_a_superset_tag_allows(superset: str) -> None:
    place = Place("10.0.1.4", SUBNET, VNET, nic_group=group(out("ok", 200, "Allow", superset), DENY_INTERNET))
    assert evaluate(place, Wanted("Storage.WestEurope"), TAGS).verdict is Verdict.ALLOWED
    assert evaluate(place, Wanted("Storage.WestEurope"), Tags({})).verdict is Verdict.ALLOWED


def test_a_deny_of_part_of_the_tag_is_partial() -> None:
    place = Place("10.0.1.4", SUBNET, VNET, nic_group=group(out("half", 200, "Deny", "20.0.0.0/25")))
    found = evaluate(place, Wanted("Storage.WestEurope"), TAGS)
    assert found.verdict is Verdict.PARTIAL
    assert found.share == pytest.approx(256 / 384)
    assert found.decision is not None
    assert found.decision.rule.name == "half"


def test_application_groups_match_their_members_only() -> None:
    rule = out("asg", 200, "Deny", "*", source_application_groups=("/ASG/Web",))
    web = Place("10.0.1.4", SUBNET, VNET, frozenset({"/asg/web"}), nic_group=group(rule))
    other = Place("10.0.1.4", SUBNET, VNET, nic_group=group(rule))
    assert evaluate(web, Wanted("Sql"), TAGS).verdict is Verdict.DENIED
    assert evaluate(other, Wanted("Sql"), TAGS).verdict is Verdict.ALLOWED
    far = out("far", 200, "Deny", "*", destination_application_groups=("/asg/web",))
    for tags in (TAGS, Tags({})):
        place = Place("10.0.1.4", SUBNET, VNET, nic_group=group(far))
        assert evaluate(place, Wanted("Sql"), tags).verdict is Verdict.ALLOWED


def test_without_published_prefixes_public_addresses_leave_it_open() -> None:
    place = Place("10.0.1.4", SUBNET, VNET, nic_group=group(out("some", 200, "Allow", "20.9.0.0/16"), DENY_INTERNET))
    found = evaluate(place, Wanted("Storage.WestEurope"), Tags({}))
    assert found.verdict is Verdict.UNKNOWN
    assert "were not read" in found.why
    narrower = Place("10.0.1.4", SUBNET, VNET, nic_group=group(out("n", 200, "Deny", "Storage.WestEurope")))
    assert evaluate(narrower, Wanted("Storage"), Tags({})).verdict is Verdict.UNKNOWN
    private = Place("10.0.1.4", SUBNET, VNET, nic_group=group(out("p", 200, "Deny", "10.0.0.0/8")))
    assert evaluate(private, Wanted("Storage"), Tags({})).verdict is Verdict.ALLOWED


def test_an_address_that_is_not_known_leaves_a_rule_about_it_open() -> None:
    rule = out("from-one", 200, "Deny", "*", sources=("10.0.1.4",))
    place = Place("", SUBNET, VNET, nic_group=group(rule))
    for tags in (TAGS, Tags({})):
        found = evaluate(place, Wanted("Storage.WestEurope"), tags)
        assert found.verdict is Verdict.UNKNOWN
    elsewhere = Place("", SUBNET, VNET, nic_group=group(out("from-other", 200, "Deny", "*", sources=("10.9.0.0/16",))))
    assert evaluate(elsewhere, Wanted("Storage.WestEurope"), TAGS).verdict is Verdict.ALLOWED
    harmless = Place("", SUBNET, VNET, nic_group=group(out("same", 200, "Allow", "*", sources=("10.0.1.4",))))
    assert evaluate(harmless, Wanted("Storage.WestEurope"), TAGS).verdict is Verdict.ALLOWED


def test_inbound_by_name_alone() -> None:
    """Without the published prefixes, what may come in from a tag is told by names too."""
    rule = SecurityRule("in", 200, INBOUND, "Allow", sources=("Storage",))
    place = Place("10.0.1.4", SUBNET, VNET, nic_group=group(rule))
    assert evaluate(place, Wanted("Storage.WestEurope"), Tags({}), INBOUND).verdict is Verdict.ALLOWED
    assert evaluate(place, Wanted("Sql"), Tags({}), INBOUND).verdict is Verdict.DENIED


def test_names_of_tags() -> None:
    assert is_superset("storage", "Storage.WestEurope")
    assert is_superset("AzureCloud", "Sql")
    assert not is_superset("Storage.NorthEurope", "Storage.WestEurope")
    assert not is_superset("Sto", "Storage")


@pytest.mark.parametrize(("ports", "expected"), [(("443",), True), (("1-2", "*"), True), (("80", "x"), False)])
def test_ports(ports: tuple[str, ...], expected: bool) -> None:
    assert port_matches(ports, 443) is expected


# -- sets of addresses ---------------------------------------------------------------------------------------------

small = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)).map(lambda t: (t[0], t[0] + t[1])), max_size=5)


@given(small, small)
def test_sets_of_addresses_agree_with_sets_of_numbers(one: list[tuple[int, int]], two: list[tuple[int, int]]) -> None:
    a, b = addresses.normal(one), addresses.normal(two)
    left = {n for first, last in one for n in range(first, last + 1)}
    right = {n for first, last in two for n in range(first, last + 1)}

    def members(ranges: addresses.Ranges) -> set[int]:
        return {n for n in range(90) if addresses.contains(ranges, n)}

    assert members(a) == left
    assert members(addresses.union(a, b)) == left | right
    assert members(addresses.intersection(a, b)) == left & right
    assert members(addresses.difference(a, b)) == left - right
    assert addresses.covers(a, b) is (right <= left)
    assert addresses.count(a) == len(left)
    assert addresses.complement(addresses.complement(a)) == a


@pytest.mark.parametrize("text", ["Storage", "2001:db8::/32", "10.0.0.9-10.0.0.1", "10.0.0.0/99", ""])
def test_what_is_no_address_is_told_apart(text: str) -> None:
    assert addresses.parse(text) is None
    assert addresses.number(text) is None


def test_numbers() -> None:
    assert addresses.number("10.0.0.1") == int(ip_address("10.0.0.1"))
    assert addresses.number("10.0.0.0/24") is None
    assert addresses.complement(addresses.ALL) == addresses.NONE
    assert addresses.complement(addresses.NONE) == addresses.ALL
    private = addresses.of(("10.0.0.0/8",))
    assert addresses.intersection(private, addresses.ALL) == addresses.intersection(addresses.ALL, private) == private
