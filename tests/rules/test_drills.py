"""Test failover: networks, refusals, recovery points and the evidence that a test VM is right."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from asr_tui.model import arm_id
from asr_tui.model.change import Action, Kind
from asr_tui.model.network import Peering
from asr_tui.model.plan import DrillChoice, RecoveryPointKind
from asr_tui.model.problem import ProblemError
from asr_tui.model.replication import RecoveryPoint, ReplicatedItem
from asr_tui.model.step import Step
from asr_tui.rules import drill_networks, drills
from asr_tui.rules.changes import changes
from tests.rules import makers
from tests.rules.application import applied
from tests.rules.makers import NOW, TARGET
from tests.rules.portal import portal_estate, portal_vault

WEB01, WEB02 = makers.vm_id("web01"), makers.vm_id("web02")


def item(**changed: Any) -> ReplicatedItem:
    held = portal_vault().site_recovery
    assert held is not None
    return replace(held.items[0], **changed)


def test_networks_are_offered_isolated_ones_first() -> None:
    base = portal_estate()
    extra = (
        makers.network("alone", location=TARGET),
        makers.network("peered", location=TARGET, peerings=(Peering("p", "/x/hub", "Connected"),)),
        makers.network("gated", location=TARGET, subnets=(makers.subnet("gated", "GatewaySubnet", "10.0.0.0/27"),)),
        makers.network("empty", location=TARGET, subnets=()),
    )
    found = drill_networks.test_networks(replace(base, networks=(*base.networks, *extra)), makers.plan("web01"))
    assert [row.name for row in found] == ["alone", "dr-net", "empty", "gated", "peered"]
    dangers = {row.name: row.danger for row in found}
    assert dangers["alone"] == ""
    assert "real failover" in dangers["dr-net"]
    assert "hub" in dangers["peered"]
    assert "gateway" in dangers["gated"]
    assert "no subnet" in dangers["empty"]


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({}, ""),
        ({"allowed_operations": ("TestFailover",)}, ""),
        (
            {"protection_state": "InitialReplicationInProgress", "protection_description": ""},
            "InitialReplicationInProgress",
        ),
        ({"test_failover_state": "WaitingForCompletion"}, "clean-up"),
        ({"active_location": "Recovery"}, "failed over"),
        ({"replication_health": "Critical"}, "critical"),
        ({"allowed_operations": ("DisableProtection",)}, "does not offer"),
    ],
)
def test_refusals_of_an_item(changed: dict[str, Any], part: str) -> None:
    refused = drills.refusal(item(**changed))
    assert part in refused
    assert bool(refused) is bool(part)


def test_refusals_name_vms_without_item_and_items_without_vm() -> None:
    plan = makers.plan("web01", drill=DrillChoice(vms=(WEB01, WEB02)))
    found = drills.refusals(makers.estate(), plan, iter([item(), item(vm_id="/gone")]))
    assert found == {
        "/gone": "Its source VM is no longer in the subscription.",
        arm_id.key(WEB02): "The vault holds no replicated item of it.",
    }


def test_the_drills_network_is_an_isolated_twin_and_is_reused() -> None:
    estate = makers.estate()
    subnets = (*estate.networks[0].subnets, makers.subnet("shop-vnet", "GatewaySubnet", "10.0.0.0/27"))
    estate = replace(estate, networks=(replace(estate.networks[0], subnets=subnets, dns_servers=("10.0.0.4",)),))
    plan = makers.plan("web01", "web02", drill=DrillChoice(vms=(WEB01,)))
    after = applied(estate, changes(estate, plan))
    found = drill_networks.drill_network_change(after, plan)
    assert [(c.kind, c.action, c.step) for c in found] == [
        (Kind.RESOURCE_GROUP, Action.REUSE, Step.TEST_FAILOVER),
        (Kind.SECURITY_GROUP, Action.CREATE, Step.TEST_FAILOVER),
        (Kind.NETWORK, Action.CREATE, Step.TEST_FAILOVER),
    ]
    guard, twin = found.writes
    (rule,) = guard.body["properties"]["securityRules"]
    told = rule["properties"]
    assert (told["direction"], told["access"], told["sourceAddressPrefix"]) == ("Inbound", "Deny", "Internet")
    body = twin.body
    assert [s["name"] for s in body["properties"]["subnets"]] == ["web", "data"]
    assert {s["properties"]["networkSecurityGroup"]["id"] for s in body["properties"]["subnets"]} == {guard.resource_id}
    assert guard.key in twin.depends_on
    assert body["location"] == TARGET
    assert "dhcpOptions" not in body["properties"]
    wanted = drill_networks.drill_networks(after, plan)
    assert set(wanted.values()) == {twin.resource_id}
    again = drill_networks.drill_network_change(applied(after, found), plan)
    assert again.writes == ()


def test_a_twin_of_an_earlier_drill_without_guard_gets_one_and_keeps_the_rest() -> None:
    plan = makers.plan("web01", drill=DrillChoice(vms=(WEB01,)))
    after = applied(makers.estate(), changes(makers.estate(), plan))
    twin_id = next(iter(drill_networks.drill_networks(after, plan).values()))
    bare = makers.subnet("t", "web", "10.0.1.0/24", nat_gateway_id="/nat", service_endpoints=("Microsoft.Storage",))
    guarded = makers.subnet("t", "data", "10.0.2.0/24", security_group_id="/own", nat_gateway_id=None)
    twin = replace(makers.network("t", location=TARGET, subnets=(bare, guarded)), id=twin_id)
    found = drill_networks.drill_network_change(replace(after, networks=(*after.networks, twin)), plan)
    update = next(change for change in found if change.kind is Kind.NETWORK)
    guard = next(change for change in found if change.kind is Kind.SECURITY_GROUP)
    assert update.action is Action.UPDATE
    assert "web" in update.reason
    assert update.body["properties"]["subnets"] == [
        {
            "name": "web",
            "properties": {
                "addressPrefix": "10.0.1.0/24",
                "networkSecurityGroup": {"id": guard.resource_id},
                "natGateway": {"id": "/nat"},
                "serviceEndpoints": [{"service": "Microsoft.Storage"}],
            },
        },
        {
            "name": "data",
            "properties": {"addressPrefix": "10.0.2.0/24", "networkSecurityGroup": {"id": "/own"}},
        },
    ]


def test_before_any_set_up_the_twin_mirrors_the_source() -> None:
    plan = makers.plan("web01")
    found = drill_networks.drill_network_change(makers.estate(), plan)
    assert [(c.kind, c.action) for c in found] == [
        (Kind.RESOURCE_GROUP, Action.CREATE),
        (Kind.SECURITY_GROUP, Action.CREATE),
        (Kind.NETWORK, Action.CREATE),
    ]
    group, guard, twin = found.writes
    assert guard.depends_on == (group.key,)
    assert twin.depends_on == (group.key, guard.key)


def test_a_chosen_network_needs_no_change() -> None:
    plan = makers.plan("web01", drill=DrillChoice(network_id="/mine"))
    assert len(drill_networks.drill_network_change(makers.estate(), plan)) == 0
    assert drill_networks.drill_networks(makers.estate(), plan) == {arm_id.key(WEB01): "/mine"}
    neither = makers.plan("web01", drill=DrillChoice(create_network=False))
    assert len(drill_networks.drill_network_change(makers.estate(), neither)) == 0
    assert drill_networks.drill_networks(makers.estate(), neither) == {}


def test_vms_of_two_networks_get_a_twin_each() -> None:
    estate = makers.estate(
        networks=(makers.network(), makers.network("two")),
        nics=(makers.nic("web01-nic"), makers.nic("web02-nic", network="two")),
    )
    found = drill_networks.drill_network_change(estate, makers.plan("web01", "web02"))
    assert [c.name for c in found if c.kind is Kind.NETWORK] == ["shop-vnet-drill", "two-drill"]
    only = drill_networks.drill_network_change(estate, makers.plan("web01", "web02", drill=DrillChoice(vms=(WEB02,))))
    assert [c.name for c in only if c.kind is Kind.NETWORK] == ["two-drill"]


# -- recovery points --------------------------------------------------------------------------------------------------

POINTS = (
    RecoveryPoint("/points/b", NOW - timedelta(minutes=10), "AppConsistent"),
    RecoveryPoint("/points/c", NOW, "CrashConsistent"),
    RecoveryPoint("/points/a", NOW - timedelta(minutes=20), "AppConsistent"),
)


@pytest.mark.parametrize(
    ("kind", "custom", "expected"),
    [
        (RecoveryPointKind.LATEST_PROCESSED, "", "/points/c"),
        (RecoveryPointKind.LATEST_APP_CONSISTENT, "", "/points/b"),
        (RecoveryPointKind.CUSTOM, "/POINTS/A", "/points/a"),
        (RecoveryPointKind.CUSTOM, "a", "/points/a"),
    ],
)
def test_points_are_picked_by_time(kind: RecoveryPointKind, custom: str, expected: str) -> None:
    found = drills.pick_point(POINTS, kind, custom)
    assert found is not None
    assert found.id == expected


def test_latest_leaves_the_choice_to_the_service() -> None:
    assert drills.pick_point((), RecoveryPointKind.LATEST) is None


@pytest.mark.parametrize(
    ("points", "kind", "retry"),
    [
        ((), RecoveryPointKind.LATEST_PROCESSED, True),
        (POINTS[1:2], RecoveryPointKind.LATEST_APP_CONSISTENT, True),
        (POINTS, RecoveryPointKind.CUSTOM, False),
    ],
)
def test_a_point_that_is_not_there(points: tuple[RecoveryPoint, ...], kind: RecoveryPointKind, retry: bool) -> None:
    with pytest.raises(ProblemError) as raised:
        drills.pick_point(points, kind, "gone")
    assert raised.value.problem.retry is retry
    assert raised.value.problem.remedy


# -- points of a multi-VM group ---------------------------------------------------------------------------------------


def common(minutes: int, vm: str, kind: str = "CrashConsistent", shared: bool = True) -> RecoveryPoint:
    return RecoveryPoint(f"/{vm}/{minutes}", NOW - timedelta(minutes=minutes), kind, multi_vm=shared)


GROUP = {
    "a": (common(1, "a", shared=False), common(5, "a"), common(10, "a", "AppConsistent"), common(15, "a")),
    "b": (common(2, "b"), common(10, "b", "AppConsistent"), common(5, "b", "AppConsistent"), common(15, "b")),
}


@pytest.mark.parametrize(
    ("kind", "custom", "minutes"),
    [
        (RecoveryPointKind.LATEST_PROCESSED, {}, 5),
        (RecoveryPointKind.LATEST, {}, 5),
        (RecoveryPointKind.LATEST_APP_CONSISTENT, {}, 10),
        (RecoveryPointKind.CUSTOM, {"a": "/A/15"}, 15),
        (RecoveryPointKind.CUSTOM, {"a": "15", "b": "15"}, 15),
    ],
)
def test_vms_of_a_group_start_from_one_common_instant(
    kind: RecoveryPointKind, custom: dict[str, str], minutes: int
) -> None:
    found = drills.pick_common(GROUP, kind, custom)
    assert {vm: point.id for vm, point in found.items()} == {"a": f"/a/{minutes}", "b": f"/b/{minutes}"}


@pytest.mark.parametrize(
    ("points", "kind", "custom", "what"),
    [
        ({"a": GROUP["a"][:1], "b": GROUP["b"]}, RecoveryPointKind.LATEST_PROCESSED, {}, "in common"),
        (GROUP, RecoveryPointKind.CUSTOM, {"b": "2"}, "in common"),
        (GROUP, RecoveryPointKind.CUSTOM, {"a": "5", "b": "15"}, "different times"),
    ],
)
def test_a_group_without_a_common_instant(points: Any, kind: RecoveryPointKind, custom: Any, what: str) -> None:
    with pytest.raises(ProblemError, match=what):
        drills.pick_common(points, kind, custom)
