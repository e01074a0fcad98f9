"""Where each interface of a VM goes, by which rule, with which address, and what stays behind."""

from __future__ import annotations

from typing import Any

import pytest

from asr_tui.model.network import IpConfiguration
from asr_tui.model.plan import NetworkChoice, NicChoice, VmOverride
from asr_tui.rules import interfaces
from asr_tui.rules.facts import Facts
from asr_tui.rules.interfaces import InterfaceTarget
from asr_tui.rules.target_networks import CHOSEN, FIRST_BY_NAME, MIRRORED, SAME_NAME
from tests.rules import makers

TARGET_NET = makers.network(
    "dr-vnet",
    location=makers.TARGET,
    address_space=("10.0.0.0/16",),
    subnets=(makers.subnet("dr-vnet", "app", "10.0.7.0/24"), makers.subnet("dr-vnet", "web", "10.0.1.0/24")),
)
ELSEWHERE = makers.network(
    "other-vnet",
    location=makers.TARGET,
    address_space=("10.9.0.0/16",),
    subnets=(makers.subnet("other-vnet", "zone", "10.9.1.0/24"),),
)
DATA = makers.subnet("shop-vnet", "data", "10.0.2.0/24")
WEB = makers.subnet("shop-vnet", "web", "10.0.1.0/24")


def estate(**changes: Any) -> Any:
    """web01 with a primary interface in subnet web and a second one in subnet data."""
    values = {
        "vms": (makers.vm("web01", nic_ids=(makers.nic_id("web01-nic"), makers.nic_id("second"))),),
        "nics": (makers.nic("web01-nic"), makers.nic("second", subnet="data")),
        "networks": (makers.network(subnets=(WEB, DATA)), TARGET_NET, ELSEWHERE),
    }
    return makers.estate(**(values | changes))


def found(override: VmOverride | None = None, mapped: bool = True, **changes: Any) -> tuple[InterfaceTarget, ...]:
    choice = {makers.net_id("shop-vnet").lower(): NetworkChoice(target_id=TARGET_NET.id)} if mapped else {}
    overrides = {makers.vm_id("web01").lower(): override} if override else {}
    plan = makers.plan("web01", networks=choice, overrides=overrides)
    (row,) = interfaces.of_selected(Facts(estate(**changes), plan))
    assert (row.name, row.network_id, row.not_carried) == ("web01", makers.net_id("shop-vnet"), ())
    return row.interfaces


def test_each_interface_goes_to_the_subnet_of_its_own_name_else_to_the_first() -> None:
    first, second = found()
    kept = "10.0.1.4 if it is free there, else the next free one"
    assert first == InterfaceTarget("web01-nic", "shop-vnet/web", "dr-vnet/web", SAME_NAME, kept)
    assert (second.source, second.target, second.why) == ("shop-vnet/data", "dr-vnet/app", FIRST_BY_NAME)


def test_a_new_network_mirrors_the_source() -> None:
    first, second = found(mapped=False)
    assert [(nic.target, nic.why) for nic in (first, second)] == [
        ("shop-vnet-asr/web", MIRRORED),
        ("shop-vnet-asr/data", MIRRORED),
    ]
    assert first.address.startswith("10.0.1.4 if")


@pytest.mark.parametrize(
    ("override", "targets"),
    [
        (VmOverride(subnet="app"), [("dr-vnet/app", CHOSEN), ("dr-vnet/app", FIRST_BY_NAME)]),
        (
            VmOverride(nics={"second": NicChoice(subnet="web")}),
            [("dr-vnet/web", SAME_NAME), ("dr-vnet/web", CHOSEN)],
        ),
        (VmOverride(network=ELSEWHERE.id), [("other-vnet/zone", FIRST_BY_NAME)] * 2),
        (VmOverride(network=makers.net_id("gone")), [("", "No subnet of the target network fits.")] * 2),
    ],
    ids=["subnet of the VM", "subnet of an interface", "network of the VM", "network that is not there"],
)
def test_choices_of_the_plan_come_first(override: VmOverride, targets: list[tuple[str, str]]) -> None:
    rows = found(override)
    assert [(nic.target, nic.why) for nic in rows] == targets
    assert [nic.address == "none" for nic in rows] == [not nic.target for nic in rows]


def test_an_address_is_chosen_kept_or_the_next_free_one() -> None:
    first, _ = found(VmOverride(nics={"web01-nic": NicChoice(address="10.0.1.9")}))
    assert first.address == "10.0.1.9, as chosen"
    first, _ = found(VmOverride(network=ELSEWHERE.id))
    assert first.address == "the next free one, for 10.0.1.4 lies outside the target network"
    bare = (makers.nic("web01-nic"), makers.nic("second", ip_configurations=()))
    _, second = found(nics=bare)
    assert (second.source, second.target, second.address) == ("", "", "none")
    unread = IpConfiguration("ipconfig1", makers.subnet_id("shop-vnet", "data"), None)
    _, second = found(nics=(bare[0], makers.nic("second", ip_configurations=(unread,))))
    assert (second.source, second.address) == ("shop-vnet/data", "the next free one")


def test_vms_without_a_network_are_left_out() -> None:
    assert interfaces.of_selected(Facts(estate(nics=()), makers.plan("web01"))) == ()
