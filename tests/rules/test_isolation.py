"""Whether a network is apart from production: each reason by itself, and what was not read."""

from __future__ import annotations

from typing import Any

import pytest

from asr_tui.model import arm_id
from asr_tui.model.network import Peering, Route, RouteTable
from asr_tui.rules import isolation
from tests.rules import makers
from tests.rules.makers import TARGET

TABLE = RouteTable(
    "/rt", "rt", TARGET, (Route("local", "10.0.0.0/8", "VnetLocal"), Route("out", "0.0.0.0/0", "VirtualAppliance"))
)
HARMLESS = RouteTable("/safe", "safe", TARGET, TABLE.routes[:1])
TABLES = {"/rt": TABLE, "/safe": HARMLESS}


def network(route_table: str = "", **changes: Any) -> Any:
    web = makers.subnet("drill", "web", "10.0.1.0/24", route_table_id=route_table or None)
    return makers.network("drill", location=TARGET, **({"subnets": (web,)} | changes))


@pytest.mark.parametrize(
    ("drill", "states", "part"),
    [
        (network(), "pppp", ""),
        (network("/SAFE"), "pppp", ""),
        (network("/unread"), "pppu", ""),
        (network("/RT"), "pppf", "Route out of rt leads 0.0.0.0/0 to VirtualAppliance"),
        (network(peerings=(Peering("p", "/hub", "Connected"),)), "pfpp", "peered with hub"),
        (network(peerings=(Peering("p", "/hub", "Disconnected"),)), "pppp", ""),
        (network(subnets=(makers.subnet("drill", "GatewaySubnet", "10.0.0.0/27"),)), "ppfp", "gateway"),
    ],
)
def test_each_aspect(drill: Any, states: str, part: str) -> None:
    found = isolation.aspects(drill, (), TABLES)
    assert "".join(aspect.state[0] for aspect in found) == states
    assert all(aspect.what and aspect.detail for aspect in found)
    danger = isolation.danger(drill, (), TABLES)
    assert part in danger
    assert bool(danger) is bool(part)


def test_the_network_of_a_real_failover() -> None:
    drill = network()
    assert isolation.danger(drill, {arm_id.key(drill.id)}, {}).startswith("It is the network of a real failover")
