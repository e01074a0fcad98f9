"""Builders of the ARM documents of Network resources.

Subnets, peerings, security rules, routes and IP configurations stand inside the document of their parent, as ARM
answers them. References that run the other way (a subnet's ``ipConfigurations``, an NSG's ``networkInterfaces`` ...)
are worked out when a document is rendered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .names import NETWORK, Place, derived_guid, mac_address

Document = dict[str, Any]


def etag(identifier: str, moment: datetime) -> str:
    """The weak ETag of a network resource written at ``moment``."""
    return f'W/"{derived_guid(identifier, moment.isoformat())}"'


def network_document(place: Place, kind: str, name: str, created: datetime, tags: Mapping[str, str] | None) -> Document:
    """The shell of a network resource: id, ETag, type, place, tags and the members that all of them have."""
    identifier = place.id(f"{NETWORK}/{kind}", name)
    return {
        "name": name,
        "id": identifier,
        "etag": etag(identifier, created),
        "type": f"{NETWORK}/{kind}",
        "location": place.location,
        "tags": dict(tags or {}),
        "properties": {"provisioningState": "Succeeded", "resourceGuid": derived_guid(identifier, "guid")},
    }


def child(parent: Mapping[str, Any], kind: str, name: str, properties: Mapping[str, Any]) -> Document:
    """A sub-resource (``subnets``, ``securityRules`` ...) of a network document, with its parent's ETag."""
    return {
        "name": name,
        "id": f"{parent['id']}/{kind}/{name}",
        "etag": parent["etag"],
        "type": f"{parent['type']}/{kind}",
        "properties": {"provisioningState": "Succeeded", **properties},
    }


def reference(identifier: str | None) -> Document | None:
    """``{"id": ...}``, or None for no id."""
    return {"id": identifier} if identifier else None


def with_references(**references: str | None) -> Document:
    """Members of the form ``name: {"id": ...}`` for those that have an id."""
    return {name: {"id": identifier} for name, identifier in references.items() if identifier}


@dataclass(frozen=True, slots=True)
class SubnetSpec:
    """One subnet; the ids are those of the resources attached to it.

    ``endpoints`` are services (``Microsoft.Storage``); ``delegation`` a service such as ``Microsoft.Web/serverFarms``;
    ``default_outbound`` False switches Azure's implicit outbound access off.
    """

    name: str
    prefix: str
    nsg: str | None = None
    route_table: str | None = None
    nat_gateway: str | None = None
    endpoints: Sequence[str] = ()
    delegation: str | None = None
    default_outbound: bool | None = None


def virtual_network(
    place: Place,
    name: str,
    *,
    prefixes: Sequence[str],
    subnets: Sequence[SubnetSpec],
    created: datetime,
    dns_servers: Sequence[str] = (),
    tags: Mapping[str, str] | None = None,
) -> Document:
    """A VNet with its subnets; peerings are added with :func:`peering`."""
    document = network_document(place, "virtualNetworks", name, created, tags)
    document["properties"] |= {
        "addressSpace": {"addressPrefixes": list(prefixes)},
        "subnets": [],
        "virtualNetworkPeerings": [],
        "enableDdosProtection": False,
    }
    if dns_servers:
        document["properties"]["dhcpOptions"] = {"dnsServers": list(dns_servers)}
    document["properties"]["subnets"] = [subnet(document, spec) for spec in subnets]
    return document


def subnet(network: Mapping[str, Any], spec: SubnetSpec) -> Document:
    """One entry of ``properties.subnets`` of ``network``."""
    properties: Document = {
        "addressPrefix": spec.prefix,
        **with_references(networkSecurityGroup=spec.nsg, routeTable=spec.route_table, natGateway=spec.nat_gateway),
        "delegations": [],
        "privateEndpointNetworkPolicies": "Disabled",
        "privateLinkServiceNetworkPolicies": "Enabled",
    }
    if spec.endpoints:
        properties["serviceEndpoints"] = [
            {"provisioningState": "Succeeded", "service": service, "locations": [network["location"]]}
            for service in spec.endpoints
        ]
    if spec.default_outbound is not None:
        properties["defaultOutboundAccess"] = spec.default_outbound
    document = child(network, "subnets", spec.name, properties)
    if spec.delegation:
        document["properties"]["delegations"] = [
            {
                "name": "delegation",
                "id": f"{document['id']}/delegations/delegation",
                "etag": document["etag"],
                "type": f"{NETWORK}/virtualNetworks/subnets/delegations",
                "properties": {"provisioningState": "Succeeded", "serviceName": spec.delegation, "actions": []},
            }
        ]
    return document


def peering(network: Document, name: str, remote: str, *, state: str = "Connected", gateway: bool = False) -> None:
    """Peer ``network`` (changed in place) with the VNet of id ``remote``; ``gateway`` uses the remote's gateway."""
    network["properties"]["virtualNetworkPeerings"].append(
        child(
            network,
            "virtualNetworkPeerings",
            name,
            {
                "peeringState": state,
                "peeringSyncLevel": "FullyInSync",
                "remoteVirtualNetwork": {"id": remote},
                "allowVirtualNetworkAccess": True,
                "allowForwardedTraffic": True,
                "allowGatewayTransit": False,
                "useRemoteGateways": gateway,
                "doNotVerifyRemoteGateways": False,
            },
        )
    )


@dataclass(frozen=True, slots=True)
class IpConfiguration:
    """One IP configuration of a NIC. ``subnet`` is a subnet id; ``address`` the address the NIC has now.

    ``static`` fixes it; ``pools`` are load balancer backend pool ids; ``asgs`` application security group ids.
    """

    subnet: str
    address: str
    name: str = "ipconfig1"
    static: bool = False
    public_ip: str | None = None
    pools: Sequence[str] = ()
    asgs: Sequence[str] = ()
    version: str = "IPv4"


@dataclass(frozen=True, slots=True)
class NicOptions:
    """What not every NIC has."""

    nsg: str | None = None
    accelerated: bool = False
    forwarding: bool = False
    primary: bool = True
    dns_servers: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


def network_interface(
    place: Place,
    name: str,
    *,
    ip_configurations: Sequence[IpConfiguration],
    created: datetime,
    vm: str | None = None,
    options: NicOptions | None = None,
) -> Document:
    """A NIC; ``vm`` is the id of the VM that holds it."""
    chosen = options or NicOptions()
    document = network_document(place, "networkInterfaces", name, created, chosen.tags)
    document["kind"] = "Regular"
    document["properties"] |= {
        "ipConfigurations": [
            ip_configuration(document, spec, primary=index == 0) for index, spec in enumerate(ip_configurations)
        ],
        "dnsSettings": {
            "dnsServers": list(chosen.dns_servers),
            "appliedDnsServers": [],
            "internalDomainNameSuffix": f"{derived_guid(ip_configurations[0].subnet)[:26].replace('-', '')}"
            ".ax.internal.cloudapp.net",
        },
        "macAddress": mac_address(document["id"]),
        "vnetEncryptionSupported": False,
        "enableIPForwarding": chosen.forwarding,
        "enableAcceleratedNetworking": chosen.accelerated,
        "disableTcpStateTracking": False,
        "primary": chosen.primary,
        "hostedWorkloads": [],
        "tapConfigurations": [],
        "nicType": "Standard",
        "allowPort25Out": False,
        "auxiliaryMode": "None",
        "auxiliarySku": "None",
        **with_references(networkSecurityGroup=chosen.nsg, virtualMachine=vm),
    }
    return document


def ip_configuration(nic: Mapping[str, Any], spec: IpConfiguration, *, primary: bool) -> Document:
    """One entry of ``properties.ipConfigurations`` of ``nic``."""
    properties: Document = {
        "privateIPAddress": spec.address,
        "privateIPAllocationMethod": "Static" if spec.static else "Dynamic",
        "subnet": {"id": spec.subnet},
        "primary": primary,
        "privateIPAddressVersion": spec.version,
        **with_references(publicIPAddress=spec.public_ip),
    }
    if spec.pools:
        properties["loadBalancerBackendAddressPools"] = [{"id": pool} for pool in spec.pools]
    if spec.asgs:
        properties["applicationSecurityGroups"] = [{"id": asg} for asg in spec.asgs]
    return child(nic, "ipConfigurations", spec.name, properties)


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """One security rule. ``access`` Allow or Deny; ``direction`` Inbound or Outbound; ``protocol`` Tcp, Udp, Icmp or
    ``*``; addresses are prefixes, service tags or ``*``; ``ports`` are destination ports, ranges or ``*``.
    """

    name: str
    priority: int
    access: str
    direction: str
    protocol: str = "*"
    sources: Sequence[str] = ("*",)
    destinations: Sequence[str] = ("*",)
    ports: Sequence[str] = ("*",)
    description: str = ""


DEFAULT_RULES = (
    RuleSpec("AllowVnetInBound", 65000, "Allow", "Inbound", "*", ("VirtualNetwork",), ("VirtualNetwork",)),
    RuleSpec("AllowAzureLoadBalancerInBound", 65001, "Allow", "Inbound", "*", ("AzureLoadBalancer",)),
    RuleSpec("DenyAllInBound", 65500, "Deny", "Inbound"),
    RuleSpec("AllowVnetOutBound", 65000, "Allow", "Outbound", "*", ("VirtualNetwork",), ("VirtualNetwork",)),
    RuleSpec("AllowInternetOutBound", 65001, "Allow", "Outbound", "*", ("*",), ("Internet",)),
    RuleSpec("DenyAllOutBound", 65500, "Deny", "Outbound"),
)
"""The six rules that every security group ends with."""


def network_security_group(
    place: Place,
    name: str,
    *,
    rules: Sequence[RuleSpec],
    created: datetime,
    tags: Mapping[str, str] | None = None,
) -> Document:
    """An NSG with Azure's six default rules beside its own."""
    document = network_document(place, "networkSecurityGroups", name, created, tags)
    document["properties"] |= {
        "securityRules": [security_rule(document, rule, "securityRules") for rule in rules],
        "defaultSecurityRules": [security_rule(document, rule, "defaultSecurityRules") for rule in DEFAULT_RULES],
    }
    return document


def security_rule(nsg: Mapping[str, Any], rule: RuleSpec, kind: str = "securityRules") -> Document:
    """One entry of ``securityRules`` or ``defaultSecurityRules``: one value goes into the singular member, several
    into the plural one, as the service keeps them.
    """
    properties: Document = {}
    if rule.description:
        properties["description"] = rule.description
    properties |= {
        "protocol": rule.protocol,
        "sourcePortRange": "*",
        **_one_or_many("destinationPortRange", rule.ports),
        **_one_or_many("sourceAddressPrefix", rule.sources),
        **_one_or_many("destinationAddressPrefix", rule.destinations),
        "access": rule.access,
        "priority": rule.priority,
        "direction": rule.direction,
        "sourcePortRanges": [],
        "destinationPortRanges": list(rule.ports) if len(rule.ports) > 1 else [],
        "sourceAddressPrefixes": list(rule.sources) if len(rule.sources) > 1 else [],
        "destinationAddressPrefixes": list(rule.destinations) if len(rule.destinations) > 1 else [],
    }
    return child(nsg, kind, rule.name, properties)


def _one_or_many(member: str, values: Sequence[str]) -> Document:
    return {member: values[0]} if len(values) == 1 else {}


@dataclass(frozen=True, slots=True)
class RouteSpec:
    """One route. ``next_hop`` is ``VirtualAppliance``, ``VirtualNetworkGateway``, ``Internet``, ``VnetLocal`` or
    ``None``; ``address`` the appliance's IP.
    """

    name: str
    prefix: str
    next_hop: str
    address: str | None = None


def route_table(
    place: Place,
    name: str,
    *,
    routes: Sequence[RouteSpec],
    created: datetime,
    no_bgp: bool = False,
    tags: Mapping[str, str] | None = None,
) -> Document:
    """A route table; ``no_bgp`` disables route propagation from gateways."""
    document = network_document(place, "routeTables", name, created, tags)
    document["properties"] |= {
        "disableBgpRoutePropagation": no_bgp,
        "routes": [route(document, spec) for spec in routes],
    }
    return document


def route(table: Mapping[str, Any], spec: RouteSpec) -> Document:
    """One entry of ``properties.routes`` of ``table``."""
    properties: Document = {"addressPrefix": spec.prefix, "nextHopType": spec.next_hop, "hasBgpOverride": False}
    if spec.address:
        properties["nextHopIpAddress"] = spec.address
    return child(table, "routes", spec.name, properties)
