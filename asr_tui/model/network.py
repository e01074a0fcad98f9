"""What connects: networks, subnets, interfaces, security groups, routes, load balancers, service tags.

Frozen values as read at one moment, ids in the casing that the service gave. ``None`` means *not known*, never *no*.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IpConfiguration:
    name: str
    subnet_id: str | None
    private_ip: str | None = None
    static: bool = False
    version: str = "IPv4"
    primary: bool = True
    public_ip_id: str | None = None
    load_balancer_pool_ids: tuple[str, ...] = ()
    application_security_group_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    id: str
    name: str
    location: str
    vm_id: str | None = None
    security_group_id: str | None = None
    ip_configurations: tuple[IpConfiguration, ...] = ()
    accelerated: bool = False
    ip_forwarding: bool = False
    dns_servers: tuple[str, ...] = ()

    @property
    def primary_ip(self) -> IpConfiguration | None:
        for ip in self.ip_configurations:
            if ip.primary:
                return ip
        return self.ip_configurations[0] if self.ip_configurations else None


@dataclass(frozen=True, slots=True)
class Subnet:
    """``used_addresses`` counts the IP configurations in it. ``default_outbound`` None: the property is absent (legacy default)."""

    id: str
    name: str
    prefixes: tuple[str, ...]
    security_group_id: str | None = None
    route_table_id: str | None = None
    nat_gateway_id: str | None = None
    default_outbound: bool | None = None
    service_endpoints: tuple[str, ...] = ()
    delegations: tuple[str, ...] = ()
    used_addresses: int = 0
    private_endpoints: int = 0


@dataclass(frozen=True, slots=True)
class Peering:
    name: str
    remote_network_id: str
    state: str
    allow_forwarded: bool = False
    use_remote_gateways: bool = False


@dataclass(frozen=True, slots=True)
class VirtualNetwork:
    id: str
    name: str
    location: str
    address_space: tuple[str, ...]
    subnets: tuple[Subnet, ...] = ()
    dns_servers: tuple[str, ...] = ()
    peerings: tuple[Peering, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()

    def subnet(self, name: str) -> Subnet | None:
        """The subnet of that name, compared as Azure does (without case), or None."""
        return next((subnet for subnet in self.subnets if subnet.name.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class SecurityRule:
    """One rule of an NSG. ``direction`` Inbound|Outbound, ``access`` Allow|Deny, ``protocol`` Tcp, Udp, *, ..."""

    name: str
    priority: int
    direction: str
    access: str
    protocol: str = "*"
    sources: tuple[str, ...] = ("*",)
    destinations: tuple[str, ...] = ("*",)
    source_ports: tuple[str, ...] = ("*",)
    destination_ports: tuple[str, ...] = ("*",)
    source_application_groups: tuple[str, ...] = ()
    destination_application_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NetworkSecurityGroup:
    id: str
    name: str
    location: str
    rules: tuple[SecurityRule, ...] = ()


@dataclass(frozen=True, slots=True)
class EffectiveRules:
    """What Azure itself worked out for an interface, for one NSG. ``subnet_id`` None: the NSG of the interface."""

    security_group_id: str
    subnet_id: str | None = None
    rules: tuple[SecurityRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """``next_hop`` is VirtualNetworkGateway, VnetLocal, Internet, VirtualAppliance or None."""

    name: str
    prefix: str
    next_hop: str
    next_hop_ip: str | None = None


@dataclass(frozen=True, slots=True)
class RouteTable:
    id: str
    name: str
    location: str
    routes: tuple[Route, ...] = ()
    bgp_propagation: bool = True


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    id: str
    name: str
    location: str
    sku: str
    public: bool
    backend_pool_ids: tuple[str, ...] = ()
    outbound_pool_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceTag:
    """The published address prefixes of a service tag (``Storage.WestEurope``)."""

    name: str
    prefixes: tuple[str, ...]
