"""The rules that are missing: free priorities just above the one that denies, and one pass that clears every finding."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr_tui.model import arm_id
from asr_tui.model.change import Action, Kind
from asr_tui.model.estate import Estate
from asr_tui.model.network import NetworkSecurityGroup, SecurityRule, ServiceTag
from asr_tui.model.plan import NetworkChoice
from asr_tui.rules import catalogue, nsg, registry, security_rules
from asr_tui.rules.changes import changes
from asr_tui.rules.facts import Facts
from tests.rules import makers
from tests.rules.makers import SOURCE, TARGET

TAG_CHECKS = ("net-nsg-storage-source", "net-nsg-aad", "net-nsg-asr", "net-nsg-eventhub-target")
TAGS = (
    ServiceTag("Storage.WestEurope", ("20.0.0.0/24",)),
    ServiceTag("EventHub.NorthEurope", ("20.0.1.0/24",)),
    ServiceTag("Storage.NorthEurope", ("20.0.2.0/24",)),
    ServiceTag("EventHub.WestEurope", ("20.0.3.0/24",)),
    ServiceTag("AzureActiveDirectory", ("20.0.4.0/24",)),
    ServiceTag("AzureSiteRecovery", ("20.0.5.0/24",)),
)


def group(name: str, *rules: SecurityRule) -> NetworkSecurityGroup:
    return NetworkSecurityGroup(makers.nsg_id(name), name, SOURCE, rules)


def deny(priority: int, *destinations: str, name: str = "") -> SecurityRule:
    return SecurityRule(name or f"deny{priority}", priority, nsg.OUTBOUND, "Deny", destinations=destinations or ("*",))


def estate(
    subnet_group: NetworkSecurityGroup | None, nic_group: NetworkSecurityGroup | None = None, **more: Any
) -> Estate:
    web = makers.subnet("shop-vnet", "web", "10.0.1.0/24", security_group_id=subnet_group.id if subnet_group else None)
    nic = makers.nic("web01-nic", security_group_id=nic_group.id if nic_group else None)
    groups = tuple(each for each in (subnet_group, nic_group) if each is not None)
    return makers.estate(
        vms=(makers.vm("web01"),),
        nics=(nic,),
        networks=(makers.network(subnets=(web,)), *more.pop("networks", ())),
        security_groups=(*groups, *more.pop("groups", ())),
        **more,
    )


def with_rules(before: Estate, found: tuple[Any, ...]) -> Estate:
    """The estate after the rules were written."""
    groups = {arm_id.key(each.id): each for each in before.security_groups}
    for change in found:
        key, _, name = change.key.partition("/securityrules/")
        properties = change.body["properties"]
        rule = SecurityRule(
            arm_id.name(change.resource_id),
            properties["priority"],
            properties["direction"],
            properties["access"],
            properties["protocol"],
            destinations=(properties["destinationAddressPrefix"],),
            destination_ports=(properties["destinationPortRange"],),
        )
        rest = tuple(each for each in groups[key].rules if each.name.lower() != name)
        assert all(each.priority != rule.priority for each in rest if each.direction == nsg.OUTBOUND)
        groups[key] = replace(groups[key], rules=(*rest, rule))
    return replace(before, security_groups=tuple(groups.values()))


def tag_findings(found: Estate) -> list[Any]:
    facts = Facts(found, makers.plan("web01"))
    checks = (catalogue.by_id(each) for each in TAG_CHECKS)
    return [finding for each in checks if each for finding in registry.run(each, facts)]


DESTINATIONS = ["*", "Internet", "Storage", "Storage.WestEurope", "20.0.0.0/25", "AzureCloud", "Sql", "20.0.4.0/23"]


@st.composite
def denying_groups(draw: st.DrawFn, name: str) -> NetworkSecurityGroup | None:
    if draw(st.booleans()):
        return None
    priorities = draw(st.lists(st.integers(120, 160), max_size=5, unique=True))
    rules = [
        replace(deny(p, *draw(st.lists(st.sampled_from(DESTINATIONS), min_size=1, max_size=2))), access=access)
        for p in priorities
        for access in [draw(st.sampled_from(["Deny", "Deny", "Allow"]))]
    ]
    return group(name, *rules)


@settings(max_examples=150)
@given(denying_groups("subnet-nsg"), denying_groups("nic-nsg"), st.booleans())
def test_the_missing_rules_clear_every_finding_about_tags(
    subnet: NetworkSecurityGroup | None, nic: NetworkSecurityGroup | None, published: bool
) -> None:
    before = estate(subnet, nic, service_tags=TAGS if published else ())
    found = security_rules.missing(Facts(before, makers.plan("web01")))
    after = with_rules(before, found)
    left = [f for f in tag_findings(after) if f.severity != "unknown"]
    assert left == []
    offered = {change.key for finding in tag_findings(before) for change in finding.fixes}
    assert offered <= {change.key for change in found}
    assert bool(found) is any(f.severity != "unknown" for f in tag_findings(before))


def test_a_rule_comes_just_before_the_one_that_denies() -> None:
    before = estate(group("web", deny(300, "Internet"), replace(deny(299), access="Allow", destinations=("Sql",))))
    found = security_rules.missing(Facts(before, makers.plan("web01")))
    assert [(c.name, c.body["properties"]["priority"]) for c in found] == [
        ("web/asr-storage", 298),
        ("web/asr-entra", 297),
        ("web/asr-eventhub", 296),
        ("web/asr-service", 295),
    ]
    assert {c.kind for c in found} == {Kind.SECURITY_RULE}
    assert found[0].body["properties"]["destinationAddressPrefix"] == "Storage.WestEurope"
    assert "Internet" not in {c.body["properties"]["destinationAddressPrefix"] for c in found}


def test_no_priority_left_means_no_fix() -> None:
    before = estate(group("web", deny(100)))
    assert security_rules.missing(Facts(before, makers.plan("web01"))) == ()
    assert all(finding.fixes == () for finding in tag_findings(before))
    assert len(tag_findings(before)) == 4


def test_a_rule_of_that_name_is_moved_and_another_one_left_alone() -> None:
    late = SecurityRule("asr-entra", 4000, nsg.OUTBOUND, "Allow", destinations=("AzureActiveDirectory",))
    foreign = SecurityRule("ASR-Storage", 4001, nsg.OUTBOUND, "Deny", destinations=("Sql",))
    before = estate(group("web", deny(300), late, foreign))
    found = {c.name: c for c in security_rules.missing(Facts(before, makers.plan("web01")))}
    assert found["web/asr-entra"].action is Action.UPDATE
    assert found["web/asr-storage-2"].action is Action.CREATE


def test_the_way_back_gets_its_rules_too() -> None:
    closed = NetworkSecurityGroup(makers.nsg_id("dr"), "dr", TARGET, (deny(200),))
    web = makers.subnet("dr-net", "web", "10.0.1.0/24", security_group_id=closed.id)
    target = makers.network("dr-net", location=TARGET, subnets=(web,))
    before = estate(None, networks=(target,), groups=(closed,))
    choice = {arm_id.key(makers.net_id("shop-vnet")): NetworkChoice(target_id=target.id)}
    plan = makers.plan("web01", networks=choice)
    found = security_rules.missing(Facts(before, plan))
    assert [c.name for c in found] == [
        "dr/asr-storage-return",
        "dr/asr-entra-return",
        "dr/asr-eventhub-return",
        "dr/asr-service-return",
    ]
    assert found[0].body["properties"]["destinationAddressPrefix"] == "Storage.NorthEurope"
    reverse = catalogue.by_id("net-nsg-reverse")
    assert reverse is not None
    findings = registry.run(reverse, Facts(before, plan))
    assert len(findings) == 4
    assert {c.key for f in findings for c in f.fixes} == {c.key for c in found}
    assert registry.run(reverse, Facts(with_rules(before, found), plan)) == ()
    assert security_rules.missing(Facts(with_rules(before, found), plan)) == ()


def test_rules_that_were_taken_up_join_the_change_set_before_the_items() -> None:
    before = estate(group("web", deny(300)))
    facts = Facts(before, makers.plan("web01"))
    offered = security_rules.missing(facts)
    plan = makers.plan("web01", fixes=tuple(c.key for c in offered[:2]))
    found = changes(before, plan)
    rules = [c for c in found if c.kind is Kind.SECURITY_RULE]
    assert [c.key for c in rules] == [c.key for c in offered[:2]]
    item = next(c for c in found if c.kind is Kind.ITEM)
    assert {c.key for c in rules} <= set(item.depends_on)
    again = changes(with_rules(before, offered), plan)
    assert all(c.kind is not Kind.SECURITY_RULE for c in again)


def test_a_command_line_survives_any_name() -> None:
    odd = NetworkSecurityGroup(makers.nsg_id("we'b $(x)"), "we'b $(x)", SOURCE, (deny(300),))
    change = security_rules.missing(Facts(estate(odd), makers.plan("web01")))[0]
    words = shlex.split(security_rules.command(change))
    assert words[words.index("--nsg-name") + 1] == "we'b $(x)"
    assert words[words.index("--destination-address-prefixes") + 1] == "Storage.WestEurope"
    assert words[:5] == ["az", "network", "nsg", "rule", "create"]


@pytest.mark.parametrize(("used", "below", "expected"), [((), 300, 299), ((299, 298), 300, 297), ((100,), 101, None)])
def test_free_priorities(used: tuple[int, ...], below: int, expected: int | None) -> None:
    rules = tuple(deny(priority) for priority in used)
    assert security_rules.free_priority(group("g", *rules), below) == expected


def test_two_interfaces_that_a_group_tells_apart_share_one_rule() -> None:
    closed = group("web", deny(300), replace(deny(200), access="Allow", sources=("10.0.1.9",), destinations=("Sql",)))
    before = estate(closed)
    second = replace(makers.nic("x").ip_configurations[0], private_ip="10.0.1.9")
    before = replace(
        before,
        vms=(makers.vm("web01"), makers.vm("web02")),
        nics=(*before.nics, makers.nic("web02-nic", ip_configurations=(second,))),
    )
    found = security_rules.missing(Facts(before, makers.plan("web01", "web02")))
    assert [c.name for c in found] == ["web/asr-storage", "web/asr-entra", "web/asr-eventhub", "web/asr-service"]


def test_a_target_subnet_that_is_not_there_needs_no_rule() -> None:
    target = makers.network("dr-net", location=TARGET)
    choice = {arm_id.key(makers.net_id("shop-vnet")): NetworkChoice(target_id=target.id, subnets={"web": "gone"})}
    before = estate(None, networks=(target,))
    assert security_rules.missing(Facts(before, makers.plan("web01", networks=choice))) == ()
