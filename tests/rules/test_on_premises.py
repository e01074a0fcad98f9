from __future__ import annotations

from dataclasses import replace
from typing import Any

from asr_tui.model import arm_id
from asr_tui.model.connectivity import Circuit, Connection, Connectivity, Gateway, Site
from asr_tui.model.estate import Estate
from asr_tui.model.governance import Region
from asr_tui.model.network import Peering
from asr_tui.model.plan import NetworkChoice
from asr_tui.rules import on_premises as rules
from asr_tui.rules.facts import Facts
from asr_tui.rules.on_premises import Way
from tests.rules import makers
from tests.rules.cases.situations import missing
from tests.rules.makers import SOURCE, TARGET

NET = makers.net_id("shop-vnet")
GATEWAY = Gateway("/gw", "gw", SOURCE, "Vpn", NET.upper(), "Succeeded")
HQ = Site("/hq", "hq", ("192.168.0.0/16",))
LINK = Connection("/c", "to-hq", SOURCE, "IPsec", "/GW", "/HQ", "Connected")
FRONT = makers.network("front", location=TARGET)


def ways(known: Connectivity | None, plan: dict[str, Any] | None = None, **estate: Any) -> tuple[Way, ...]:
    made = makers.estate(connectivity=known, **estate)
    return rules.found(Facts(made, makers.plan("web01", **(plan or {}))))


def of(kind: str, found: tuple[Way, ...]) -> list[Way]:
    return [way for way in found if way.kind == kind]


def into(space: str) -> dict[str, Any]:
    choice = NetworkChoice(create_name="new", address_space=(space,))
    return {"networks": {arm_id.key(NET): choice}}


def test_a_gateway_and_its_connection_with_the_guideline_of_kept_addresses() -> None:
    found = ways(Connectivity(gateways=(GATEWAY,), connections=(LINK,), sites=(HQ,)))
    gateway, connection = of("gateway", found)[0], of("connection", found)[0]
    assert gateway.detail == "VPN gateway in shop-vnet."
    assert rules.READY in gateway.guideline and rules.NOT_FOR_REPLICATION in gateway.guideline
    assert connection.detail == "IPsec to hq (192.168.0.0/16)."
    assert (connection.guideline, connection.state) == (rules.KEEP_APART, "Connected")


def test_other_addresses_may_be_connected_all_the_time() -> None:
    far = replace(LINK, other_id=None)
    found = ways(Connectivity(gateways=(GATEWAY,), connections=(far,)), into("10.200.0.0/16"))
    assert of("connection", found)[0].guideline == rules.BOTH_UP
    assert "an end that is not known" in of("connection", found)[0].detail
    assert of("overlap", found) == []


def test_a_gateway_of_the_target_and_one_whose_network_was_not_read() -> None:
    there = Gateway("/t", "t", TARGET, "ExpressRoute", None)
    loose = replace(LINK, gateway_id="/t")
    found = ways(Connectivity(gateways=(there,), connections=(loose, LINK)))
    assert of("gateway", found)[0].guideline == rules.THERE
    assert of("gateway", found)[0].detail == "ExpressRoute gateway."
    assert [way.guideline for way in of("connection", found)] == [rules.BOTH_UP]


def circuit(name: str, place: str, tier: str = "Standard", *peerings: str) -> Circuit:
    return Circuit(f"/{name}", name, SOURCE, place, tier, "Provisioned", peerings)


def test_circuits_by_number_place_and_tier() -> None:
    one = ways(Connectivity(circuits=(circuit("a", "Amsterdam", "Standard", "AzurePrivatePeering"),)))[0]
    assert rules.SECOND in one.guideline and "AzurePrivatePeering" in one.detail
    same = ways(Connectivity(circuits=(circuit("a", "Amsterdam"), circuit("b", "amsterdam"))))
    assert all(rules.SAME_PLACE in way.guideline for way in of("circuit", same))
    apart = ways(Connectivity(circuits=(circuit("a", "Amsterdam"), circuit("b", "Dublin"))))
    assert all(rules.PAIRED_CIRCUITS in way.guideline for way in of("circuit", apart))
    regions = (
        Region(SOURCE, "West Europe", geography_group="Europe"),
        Region(TARGET, "North Europe", geography_group="US"),
    )
    far = ways(Connectivity(circuits=(circuit("a", "X"), circuit("b", "Y", "Premium"))), regions=regions)
    assert [rules.PREMIUM in way.guideline for way in of("circuit", far)] == [True, False]


def test_peerings_of_the_source_are_told_with_what_they_need() -> None:
    plain = Peering("p", makers.net_id("spoke"), "Connected")
    hub = Peering("h", makers.net_id("hub"), "Connected", allow_forwarded=True, use_remote_gateways=True)
    network = replace(makers.network(), peerings=(plain, hub))
    first, second = of("peering", ways(Connectivity(), networks=(network,)))
    assert first.guideline == rules.SPREAD and first.detail == "shop-vnet with spoke."
    assert rules.HUB in second.guideline
    assert "forwarded traffic and remote gateways on" in second.detail


def test_overlaps_with_the_source_with_sites_and_with_peers_of_the_target() -> None:
    hub = makers.network("hub", location=TARGET)
    unread = Peering("u", makers.net_id("unread"), "Connected")
    front = replace(FRONT, peerings=(Peering("p", hub.id, "Connected"), unread))
    chosen = {"networks": {arm_id.key(NET): NetworkChoice(target_id=front.id)}}
    networks = (makers.network(), replace(front, address_space=("10.0.0.0/16",)), hub)
    known = Connectivity(sites=(HQ, replace(HQ, name="plant", prefixes=("10.0.0.0/8",))))
    found = of("overlap", ways(known, chosen, networks=networks))
    assert [way.name for way in found] == ["shop-vnet and front", "plant and front", "hub and front"]
    assert found[0].guideline == rules.OVERLAP_PAIR
    assert found[1].guideline == found[2].guideline == rules.OVERLAP_OTHER
    assert found[0].detail == "65,536 addresses are in both."


def told(estate: Estate) -> str:
    return rules.unread(Facts(estate, makers.plan("web01")))


def test_what_was_not_read_is_told() -> None:
    assert told(makers.estate(connectivity=Connectivity())) == ""
    assert "2 more resource groups" in told(makers.estate(connectivity=Connectivity(unread_groups=2)))
    assert told(makers.estate(connectivity=None)) == "Gateways and circuits were not read."
    assert told(makers.estate(connectivity=None, unreadable=missing("connectivity"))) == "HTTP 403"
    assert of("overlap", ways(None))
