"""Whether a subnet has any way out at all, whatever the security groups say.

Source: https://learn.microsoft.com/azure/site-recovery/azure-to-azure-troubleshoot-network-connectivity (read 2024-05-02).
"""

from __future__ import annotations

from dataclasses import dataclass

from asr_tui.model import arm_id
from asr_tui.model.estate import Estate
from asr_tui.model.network import LoadBalancer, NetworkInterface, Route, RouteTable, Subnet, VirtualNetwork

DEFAULT_ROUTE = "0.0.0.0/0"
STORAGE_ENDPOINT = "microsoft.storage"


@dataclass(frozen=True, slots=True)
class Egress:
    """``ok`` False: no way out; None: it depends on something outside the management plane. ``kind`` names the case:
    nat-gateway, public-ip, load-balancer, default-outbound, appliance, forced-tunnel, dropped, internal-load-balancer, none.
    """

    kind: str
    ok: bool | None
    sentence: str
    storage_direct: bool = False


def assess(estate: Estate, network: VirtualNetwork, subnet: Subnet, nics: tuple[NetworkInterface, ...] = ()) -> Egress:
    """The way out of ``subnet`` for VMs with these interfaces; the worst of them counts."""
    direct = any(service.lower().startswith(STORAGE_ENDPOINT) for service in subnet.service_endpoints)
    routed = _routed(estate, network, subnet, direct)
    if routed is not None:
        return routed
    if subnet.nat_gateway_id:
        name = arm_id.name(subnet.nat_gateway_id)
        return Egress("nat-gateway", True, f"NAT gateway {name} on the subnet.", direct)
    ways = [_own_way(estate, nic) for nic in nics]
    if ways and all(way is not None and way.ok for way in ways):
        return ways[0] or _fallback(subnet, direct)
    blocked = next((way for way in ways if way is not None and not way.ok), None)
    return blocked or _fallback(subnet, direct)


def default_route(table: RouteTable | None) -> Route | None:
    """The route for everything, where a route table has one."""
    return next((r for r in table.routes if r.prefix == DEFAULT_ROUTE), None) if table else None


def _routed(estate: Estate, network: VirtualNetwork, subnet: Subnet, direct: bool) -> Egress | None:
    table = estate.route_table_by_id.get(arm_id.key(subnet.route_table_id)) if subnet.route_table_id else None
    route = default_route(table)
    if table is not None and route is not None:
        via = f"Route {route.name} of {table.name} sends everything"
        if route.next_hop == "VirtualAppliance":
            sentence = f"{via} to the appliance {route.next_hop_ip or ''}".rstrip() + ": it must let the traffic out."
            return Egress("appliance", None, sentence, direct)
        if route.next_hop == "VirtualNetworkGateway":
            sentence = f"{via} to the gateway (forced tunnelling): replication should not leave Azure."
            return Egress("forced-tunnel", None, sentence, direct)
        if route.next_hop == "None":
            return Egress("dropped", False, f"{via} nowhere: it is dropped.", direct)
        return None
    if subnet.route_table_id and table is None:
        name = arm_id.name(subnet.route_table_id)
        return Egress("unknown", None, f"The route table {name} could not be read.", direct)
    return None


def _own_way(estate: Estate, nic: NetworkInterface) -> Egress | None:
    """A way out that belongs to the interface: a public address or a load balancer; None where it has neither."""
    for address in nic.ip_configurations:
        if address.public_ip_id:
            return Egress("public-ip", True, f"{nic.name} has a public IP address.")
    pools = {arm_id.key(pool) for address in nic.ip_configurations for pool in address.load_balancer_pool_ids}
    if not pools:
        return None
    balancers = [b for b in estate.load_balancers if pools & {arm_id.key(pool) for pool in b.backend_pool_ids}]
    for balancer in balancers:
        if _gives_outbound(balancer, pools):
            return Egress("load-balancer", True, f"Load balancer {balancer.name} carries outbound traffic.")
    internal = next((b for b in balancers if b.sku.lower() == "standard"), None)
    if internal is not None:
        sentence = f"{nic.name} stands behind the load balancer {internal.name}, which gives no way out."
        return Egress("internal-load-balancer", False, sentence)
    return None


def _gives_outbound(balancer: LoadBalancer, pools: set[str]) -> bool:
    """A public balancer carries outbound traffic by a rule, or by itself where it has no outbound rule at all."""
    if not balancer.public:
        return False
    outbound = {arm_id.key(pool) for pool in balancer.outbound_pool_ids}
    return not outbound or bool(outbound & pools)


def _fallback(subnet: Subnet, direct: bool) -> Egress:
    if subnet.default_outbound is False:
        return Egress("none", False, "No NAT gateway, no public address, and default outbound access is off.", direct)
    return Egress("default-outbound", True, "Default outbound access only, which Azure is retiring.", direct)
