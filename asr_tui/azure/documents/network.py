"""Networks, interfaces, security groups, routes, load balancers and service tags, as Microsoft.Network tells them."""

from __future__ import annotations

from asr_tui.azure.documents.fields import (
    Document,
    documents,
    flag,
    ids,
    member,
    optional,
    optional_word,
    tags,
    text,
    texts,
    whole,
    word,
    words,
)
from asr_tui.model.network import (
    EffectiveRules,
    IpConfiguration,
    LoadBalancer,
    NetworkInterface,
    NetworkSecurityGroup,
    Peering,
    Route,
    RouteTable,
    SecurityRule,
    ServiceTag,
    Subnet,
    VirtualNetwork,
)


def network_interface(document: Document) -> NetworkInterface:
    """A network interface."""
    properties = member(document, "properties") or {}
    return NetworkInterface(
        id=text(document, "id"),
        name=text(document, "name"),
        location=word(document, "location"),
        vm_id=optional(properties, "virtualMachine", "id"),
        security_group_id=optional_word(properties, "networkSecurityGroup", "id"),
        ip_configurations=tuple(_ip_configuration(entry) for entry in documents(properties, "ipConfigurations")),
        accelerated=bool(flag(properties, "enableAcceleratedNetworking")),
        ip_forwarding=bool(flag(properties, "enableIPForwarding")),
        dns_servers=words(properties, "dnsSettings", "dnsServers"),
    )


def _ip_configuration(entry: Document) -> IpConfiguration:
    properties = member(entry, "properties") or {}
    primary = flag(properties, "primary")
    return IpConfiguration(
        name=word(entry, "name"),
        subnet_id=optional_word(properties, "subnet", "id"),
        private_ip=optional(properties, "privateIPAddress"),
        static=text(properties, "privateIPAllocationMethod") == "Static",
        version=word(properties, "privateIPAddressVersion", default="IPv4"),
        primary=True if primary is None else primary,
        public_ip_id=optional(properties, "publicIPAddress", "id"),
        load_balancer_pool_ids=ids(properties, "loadBalancerBackendAddressPools"),
        application_security_group_ids=ids(properties, "applicationSecurityGroups"),
    )


def virtual_network(document: Document) -> VirtualNetwork:
    """A virtual network with its subnets and peerings."""
    properties = member(document, "properties") or {}
    return VirtualNetwork(
        id=text(document, "id"),
        name=text(document, "name"),
        location=word(document, "location"),
        address_space=texts(properties, "addressSpace", "addressPrefixes"),
        subnets=tuple(subnet(entry) for entry in documents(properties, "subnets")),
        dns_servers=texts(properties, "dhcpOptions", "dnsServers"),
        peerings=tuple(_peering(entry) for entry in documents(properties, "virtualNetworkPeerings")),
        tags=tags(document),
    )


def subnet(document: Document) -> Subnet:
    """A subnet; it has one prefix (older) or a list of them."""
    properties = member(document, "properties") or {}
    prefix = optional(properties, "addressPrefix")
    configurations = member(properties, "ipConfigurations")
    return Subnet(
        id=word(document, "id"),
        name=word(document, "name"),
        prefixes=texts(properties, "addressPrefixes") or ((prefix,) if prefix else ()),
        security_group_id=optional_word(properties, "networkSecurityGroup", "id"),
        route_table_id=optional_word(properties, "routeTable", "id"),
        nat_gateway_id=optional_word(properties, "natGateway", "id"),
        default_outbound=flag(properties, "defaultOutboundAccess"),
        service_endpoints=tuple(word(entry, "service") for entry in documents(properties, "serviceEndpoints")),
        delegations=tuple(word(entry, "properties", "serviceName") for entry in documents(properties, "delegations")),
        used_addresses=len(configurations) if isinstance(configurations, list) else 0,
        private_endpoints=sum(1 for _ in documents(properties, "privateEndpoints")),
    )


def _peering(entry: Document) -> Peering:
    properties = member(entry, "properties") or {}
    return Peering(
        name=text(entry, "name"),
        remote_network_id=text(properties, "remoteVirtualNetwork", "id"),
        state=word(properties, "peeringState"),
        allow_forwarded=bool(flag(properties, "allowForwardedTraffic")),
        use_remote_gateways=bool(flag(properties, "useRemoteGateways")),
    )


def security_group(document: Document) -> NetworkSecurityGroup:
    """A network security group: its own rules, then the default ones that the service adds."""
    properties = member(document, "properties") or {}
    return NetworkSecurityGroup(
        id=word(document, "id"),
        name=text(document, "name"),
        location=word(document, "location"),
        rules=tuple(
            _rule(entry)
            for list_name in ("securityRules", "defaultSecurityRules")
            for entry in documents(properties, list_name)
        ),
    )


def _rule(entry: Document) -> SecurityRule:
    properties = member(entry, "properties") or {}
    source_groups = ids(properties, "sourceApplicationSecurityGroups")
    destination_groups = ids(properties, "destinationApplicationSecurityGroups")
    return SecurityRule(
        name=word(entry, "name"),
        priority=whole(properties, "priority") or 0,
        direction=word(properties, "direction"),
        access=word(properties, "access"),
        protocol=word(properties, "protocol", default="*"),
        sources=_one_or_many(properties, "sourceAddressPrefix", any_unless=source_groups),
        destinations=_one_or_many(properties, "destinationAddressPrefix", any_unless=destination_groups),
        source_ports=_ports(properties, "sourcePortRange"),
        destination_ports=_ports(properties, "destinationPortRange"),
        source_application_groups=source_groups,
        destination_application_groups=destination_groups,
    )


def _one_or_many(properties: Document, name: str, *, any_unless: tuple[str, ...]) -> tuple[str, ...]:
    """The list form of a prefix, else the single form, else ``*`` - but nothing where groups are named in their place."""
    many = words(properties, f"{name}es")
    single = optional_word(properties, name)
    if many:
        return many
    return (single,) if single else (() if any_unless else ("*",))


def _ports(properties: Document, name: str) -> tuple[str, ...]:
    single = optional_word(properties, name)
    return words(properties, f"{name}s") or ((single,) if single else ("*",))


def effective_rules(document: Document) -> EffectiveRules:
    """One NSG's part of what Azure works out for an interface. Rule names lose the list that they come from."""
    return EffectiveRules(
        security_group_id=text(document, "networkSecurityGroup", "id"),
        subnet_id=optional(document, "association", "subnet", "id"),
        rules=tuple(
            SecurityRule(
                name=text(entry, "name").rpartition("/")[2],
                priority=whole(entry, "priority") or 0,
                direction=word(entry, "direction"),
                access=word(entry, "access"),
                protocol=_any_protocol(word(entry, "protocol", default="*")),
                sources=_told_or_expanded(entry, "Source"),
                destinations=_told_or_expanded(entry, "Destination"),
                source_ports=_ports(entry, "sourcePortRange"),
                destination_ports=_ports(entry, "destinationPortRange"),
            )
            for entry in documents(document, "effectiveSecurityRules")
        ),
    )


def _told_or_expanded(entry: Document, side: str) -> tuple[str, ...]:
    """The prefixes as the rule names them; where it names application security groups, the addresses that they stand for."""
    name = f"{side.lower()}AddressPrefix"
    return _one_or_many(entry, name, any_unless=words(entry, f"expanded{side}AddressPrefix")) or words(
        entry, f"expanded{side}AddressPrefix"
    )


def _any_protocol(protocol: str) -> str:
    """Effective rules say All where a rule says ``*``."""
    return "*" if protocol == "All" else protocol


def route_table(document: Document) -> RouteTable:
    """A route table."""
    properties = member(document, "properties") or {}
    return RouteTable(
        id=word(document, "id"),
        name=text(document, "name"),
        location=word(document, "location"),
        routes=tuple(
            Route(
                name=text(entry, "name"),
                prefix=text(entry, "properties", "addressPrefix"),
                next_hop=word(entry, "properties", "nextHopType"),
                next_hop_ip=optional(entry, "properties", "nextHopIpAddress"),
            )
            for entry in documents(properties, "routes")
        ),
        bgp_propagation=not flag(properties, "disableBgpRoutePropagation"),
    )


def load_balancer(document: Document) -> LoadBalancer:
    """A load balancer; public when any of its frontends has a public address."""
    properties = member(document, "properties") or {}
    frontends = documents(properties, "frontendIPConfigurations")
    return LoadBalancer(
        id=text(document, "id"),
        name=text(document, "name"),
        location=word(document, "location"),
        sku=word(document, "sku", "name", default="Basic"),
        public=any(optional(entry, "properties", "publicIPAddress", "id") for entry in frontends),
        backend_pool_ids=ids(properties, "backendAddressPools"),
        outbound_pool_ids=tuple(
            found
            for entry in documents(properties, "outboundRules")
            if (found := optional(entry, "properties", "backendAddressPool", "id"))
        ),
    )


def service_tag(document: Document) -> ServiceTag:
    """A service tag with its published prefixes."""
    return ServiceTag(name=text(document, "name"), prefixes=texts(document, "properties", "addressPrefixes"))
