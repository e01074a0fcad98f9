"""Whether a network is apart from production: each reason by itself, and what was not read."""

from __future__ import annotations

from typing import Any

import pytest

from asr_tui.model import arm_id
from asr_tui.model.network import NetworkSecurityGroup, Peering, Route, RouteTable, SecurityRule
from asr_tui.rules import isolation
from tests.rules import makers
from tests.rules.makers import TARGET

TABLE = RouteTable(
    "/rt", "rt", TARGET, (Route("local", "10.0.0.0/8", "VnetLocal"), Route("out", "0.0.0.0/0", "VirtualAppliance"))
)
HARMLESS = RouteTable("/safe", "safe", TARGET, TABLE.routes[:1])
TABLES = {"/rt": TABLE, "/safe": HARMLESS}


def rule(name: str, priority: int, access: str, source: str, **changes: Any) -> SecurityRule:
    return SecurityRule(name, priority, "Inbound", access, sources=(source,), **changes)


NOTHING_ABOUT_ALL = NetworkSecurityGroup("/bare", "bare", TARGET, (rule("office", 300, "Allow", "10.0.0.0/8"),))
"""Its default rules were not told; what no rule lets in stays out."""
DEFAULTS = (rule("AllowVnetInBound", 65000, "Allow", "VirtualNetwork"), rule("DenyAllInBound", 65500, "Deny", "*"))
GROUPS = {
    f"/{name}": NetworkSecurityGroup(f"/{name}", name, TARGET, (*rules, *DEFAULTS))
    for name, rules in {
        "plain": (),
        "guard": (rule("deny", 100, "Deny", "Internet"), rule("all", 200, "Allow", "*")),
        "office": (rule("office", 300, "Allow", "10.0.0.0/8"), rule("outwards", 400, "Allow", "Storage")),
        "web": (rule("https", 300, "Allow", "Internet", protocol="Tcp", destination_ports=("443",)),),
        "jump": (rule("rdp", 300, "Allow", "81.2.69.142"),),
        "half": (rule("no-ssh", 100, "Deny", "*", destination_ports=("22",)), rule("all", 200, "Allow", "0.0.0.0/0")),
    }.items()
} | {"/bare": NOTHING_ABOUT_ALL}


def network(route_table: str = "", group: str = "/plain", **changes: Any) -> Any:
    web = makers.subnet(
        "drill", "web", "10.0.1.0/24", route_table_id=route_table or None, security_group_id=group or None
    )
    return makers.network("drill", location=TARGET, **({"subnets": (web,)} | changes))


@pytest.mark.parametrize(
    ("drill", "states", "part"),
    [
        (network(), "ppppp", ""),
        (network("/SAFE"), "ppppp", ""),
        (network("/unread"), "pppup", ""),
        (network("/RT"), "pppfp", "Route out of rt leads 0.0.0.0/0 to VirtualAppliance"),
        (network(peerings=(Peering("p", "/hub", "Connected"),)), "pfppp", "peered with hub"),
        (network(peerings=(Peering("p", "/hub", "Disconnected"),)), "ppppp", ""),
        (network(subnets=(makers.subnet("drill", "GatewaySubnet", "10.0.0.0/27"),)), "ppfpp", "gateway"),
        (network(group="/GUARD"), "ppppp", ""),
        (network(group="/office"), "ppppp", ""),
        (network(group="/bare"), "ppppp", ""),
        (network(group="/web"), "ppppf", "Rule https of web lets Internet into subnet web (ports 443)"),
        (network(group="/jump"), "ppppf", "81.2.69.142"),
        (network(group="/half"), "ppppf", "Rule all of half"),
        (network(group=""), "ppppu", ""),
        (network(group="/unread"), "ppppu", ""),
    ],
)
def test_each_aspect(drill: Any, states: str, part: str) -> None:
    found = isolation.aspects(drill, (), TABLES, GROUPS)
    assert "".join(aspect.state[0] for aspect in found) == states
    assert all(aspect.what and aspect.detail for aspect in found)
    danger = isolation.danger(drill, (), TABLES, GROUPS)
    assert part in danger
    assert bool(danger) is bool(part)


def test_the_network_of_a_real_failover() -> None:
    drill = network()
    assert isolation.danger(drill, {arm_id.key(drill.id)}, {}, {}).startswith("It is the network of a real failover")
