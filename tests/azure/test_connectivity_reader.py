from __future__ import annotations

from pathlib import Path

from practice_cloud import Connect, StartEmulator

from asr_tui.azure.estate_reader import read_again, read_estate

ESTATE = Path(__file__).with_name("estates") / "hybrid.yaml"


async def test_what_connects_on_premises_is_read_and_read_again(
    start_emulator: StartEmulator, connect: Connect
) -> None:
    emulator = start_emulator("--estate", str(ESTATE))
    async with connect(emulator) as clients:
        estate = await read_estate(clients)
        assert estate.unreadable == ()
        found = estate.connectivity
        assert found is not None and found.unread_groups == 0
        assert {(one.name, one.kind) for one in found.gateways} == {("vgw-hub", "Vpn"), ("ergw-hub", "ExpressRoute")}
        hub = next(network for network in estate.networks if network.name == "vnet-hub")
        assert {(one.network_id or "").lower() for one in found.gateways} == {hub.id.lower()}
        links = {one.name: one for one in found.connections}
        assert links["to-er"].status == "NotConnected"
        assert links["to-er"].other_id == next(one.id for one in found.circuits if one.name == "er-amsterdam")
        assert [one.prefixes for one in found.sites] == [("192.168.0.0/16", "10.9.0.0/16")]
        assert links["to-hq"].other_id == found.sites[0].id
        assert {(one.place, one.tier, one.peerings) for one in found.circuits} == {
            ("Amsterdam", "Standard", ("AzurePrivatePeering",)),
            ("Dublin", "Premium", ()),
        }
        emulator.fault({"path": "**/expressRouteCircuits"}, {"status": 403, "code": "AuthorizationFailed"})
        blind = await read_again(clients, estate, {"connectivity"})
        assert blind.connectivity is None and blind.why_unreadable("connectivity")
        assert blind.requests == 1
        emulator.control("DELETE", "faults")
        seeing = await read_again(clients, blind, {"networks", "connectivity"})
        assert seeing.connectivity == found
