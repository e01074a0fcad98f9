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
from asr_tui.rules import drills
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
    found = drills.test_networks(replace(base, networks=(*base.networks, *extra)), makers.plan("web01"))
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
    found = drills.drill_network_change(after, plan)
    assert [(c.kind, c.action, c.step) for c in found] == [
        (Kind.RESOURCE_GROUP, Action.REUSE, Step.TEST_FAILOVER),
        (Kind.NETWORK, Action.CREATE, Step.TEST_FAILOVER),
    ]
    body = found.writes[0].body
    assert [s["name"] for s in body["properties"]["subnets"]] == ["web", "data"]
    assert body["location"] == TARGET
    assert "dhcpOptions" not in body["properties"]
    wanted = drills.drill_networks(after, plan)
    assert set(wanted.values()) == {found.writes[0].resource_id}
    again = drills.drill_network_change(applied(after, found), plan)
    assert again.writes == ()


def test_before_any_set_up_the_twin_mirrors_the_source() -> None:
    plan = makers.plan("web01")
    found = drills.drill_network_change(makers.estate(), plan)
    assert [(c.kind, c.action) for c in found] == [(Kind.RESOURCE_GROUP, Action.CREATE), (Kind.NETWORK, Action.CREATE)]
    assert found.writes[1].depends_on == (found.writes[0].key,)


def test_a_chosen_network_needs_no_change() -> None:
    plan = makers.plan("web01", drill=DrillChoice(network_id="/mine"))
    assert len(drills.drill_network_change(makers.estate(), plan)) == 0
    assert drills.drill_networks(makers.estate(), plan) == {arm_id.key(WEB01): "/mine"}
    neither = makers.plan("web01", drill=DrillChoice(create_network=False))
    assert len(drills.drill_network_change(makers.estate(), neither)) == 0
    assert drills.drill_networks(makers.estate(), neither) == {}


def test_vms_of_two_networks_get_a_twin_each() -> None:
    estate = makers.estate(
        networks=(makers.network(), makers.network("two")),
        nics=(makers.nic("web01-nic"), makers.nic("web02-nic", network="two")),
    )
    found = drills.drill_network_change(estate, makers.plan("web01", "web02"))
    assert [c.name for c in found if c.kind is Kind.NETWORK] == ["shop-vnet-drill", "two-drill"]
    only = drills.drill_network_change(estate, makers.plan("web01", "web02", drill=DrillChoice(vms=(WEB02,))))
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


# -- evidence ---------------------------------------------------------------------------------------------------------

NETWORK = makers.net_id("drill", "shop-asr")


def evidence(**changed: Any) -> dict[str, str]:
    source = makers.vm("web01", tags=(("Owner", "shop"),))
    test = makers.vm("web01-test", "shop-asr", tags=(("owner", "shop"),), **changed.pop("test", {}))
    address = replace(makers.nic("x").ip_configurations[0], subnet_id=changed.pop("subnet", f"{NETWORK}/subnets/web"))
    nics = changed.pop("nics", (makers.nic("t", ip_configurations=(address,)),))
    found = drills.evidence(source, test, nics, NETWORK, **changed)
    return {each.what: each.state for each in found}


def test_a_test_vm_that_is_right() -> None:
    found = evidence()
    assert set(found.values()) == {"passed"}
    assert set(found) == {"Running", "Operating system up", "Size", "Disks", "Network", "Tags"}


@pytest.mark.parametrize(
    ("changed", "what", "state"),
    [
        ({"test": {"power_state": "stopped"}}, "Running", "failed"),
        ({"test": {"power_state": None}}, "Running", "unknown"),
        ({"test": {"agent_status": None}}, "Operating system up", "unknown"),
        ({"test": {"agent_status": "Not Ready"}}, "Operating system up", "failed"),
        ({"size": "Standard_D8s_v5"}, "Size", "failed"),
        ({"disks": 2}, "Disks", "failed"),
        ({"subnet": makers.subnet_id("shop-vnet", "web")}, "Network", "failed"),
        ({"subnet": None}, "Network", "failed"),
        ({"nics": ()}, "Network", "unknown"),
    ],
)
def test_a_test_vm_that_is_not(changed: dict[str, Any], what: str, state: str) -> None:
    found = evidence(**changed)
    assert found[what] == state
    assert sum(1 for each in found.values() if each != "passed") == 1


def test_a_test_vm_without_its_tags_or_without_itself() -> None:
    source = makers.vm("web01", tags=(("Owner", "shop"),))
    bare = drills.evidence(source, makers.vm("t"), (), NETWORK)
    assert {e.what: e.state for e in bare}["Tags"] == "unknown"
    assert [(e.what, e.state) for e in drills.evidence(source, None, (), NETWORK)] == [("Test VM", "failed")]
