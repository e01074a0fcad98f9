"""Writes of virtual networks, their subnets and peerings, with the refusals of the network service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, ip_network
from typing import Any

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.estates.network_factory import child
from asr_tui.emulator.families import Document
from asr_tui.emulator.network.addresses import prefixes_of
from asr_tui.emulator.network.references import References, references
from asr_tui.emulator.network.resources import NETWORKS
from asr_tui.emulator.network.views import NETWORK_VERSIONS, add_subnet_references
from asr_tui.emulator.network.writing import (
    TAGS,
    Target,
    bad,
    begin_delete,
    change_parent,
    check_name,
    child_answer,
    finish_put,
    invalid_reference,
    patch_tags,
    referenced,
    resource_body,
    shell,
    target_of,
)
from asr_tui.emulator.registry import operation
from asr_tui.emulator.schema import Bool, ListOf, Obj, Str

_REFERENCE = Obj({"id": Str()}, keep_unknown=True)
_SUBNET = Obj(
    {
        "addressPrefix": Str(),
        "addressPrefixes": ListOf(Str()),
        "networkSecurityGroup": _REFERENCE,
        "routeTable": _REFERENCE,
        "natGateway": _REFERENCE,
        "serviceEndpoints": ListOf(Obj({"service": Str()}, required=("service",), keep_unknown=True)),
        "delegations": ListOf(
            Obj({"name": Str(), "properties": Obj({"serviceName": Str()}, keep_unknown=True)}, keep_unknown=True)
        ),
        "defaultOutboundAccess": Bool(),
    },
    keep_unknown=True,
)
_NAMED_SUBNET = Obj({"name": Str(), "properties": _SUBNET}, keep_unknown=True)
_BODY = resource_body(
    {
        "addressSpace": Obj({"addressPrefixes": ListOf(Str())}, keep_unknown=True),
        "subnets": ListOf(_NAMED_SUBNET),
        "dhcpOptions": Obj({"dnsServers": ListOf(Str())}, keep_unknown=True),
        "virtualNetworkPeerings": ListOf(Obj({"name": Str()}, keep_unknown=True)),
    }
)
_ATTACHED = (
    ("networkSecurityGroup", "Microsoft.Network/networkSecurityGroups"),
    ("routeTable", "Microsoft.Network/routeTables"),
    ("natGateway", "Microsoft.Network/natGateways"),
)


@operation(
    "PUT",
    NETWORKS.item_path,
    versions=NETWORK_VERSIONS,
    action="Microsoft.Network/virtualNetworks/write",
    evidence="recorded",
    body=_BODY,
)
def put_network(call: Call) -> Reply:
    """Create or replace a network; subnets that the body leaves out are deleted."""
    check_name("virtualNetworks", call.params["name"])
    target = target_of(call, NETWORKS)
    asked = call.body.get("properties") or {}
    document = shell(call, NETWORKS, target)
    spaces = _spaces(target, asked.get("addressSpace") or {})
    before = target.before.get("properties", {})
    document["properties"] |= {
        "addressSpace": {"addressPrefixes": [str(one) for one in spaces]},
        "subnets": [],
        "virtualNetworkPeerings": _peerings_of(asked, before),
        "enableDdosProtection": bool(asked.get("enableDdosProtection")),
    }
    servers = (asked.get("dhcpOptions") or {}).get("dnsServers")
    if servers:
        document["properties"]["dhcpOptions"] = {"dnsServers": servers}
    known = references(call.store, call.subscription, call.now)
    wanted = asked.get("subnets")
    if wanted is None:
        wanted = before.get("subnets", [])
    for one in wanted:
        name = one.get("name") or ""
        document["properties"]["subnets"].append(_subnet(call, document, name, one.get("properties") or {}))
    _check_subnets(document, spaces)
    _check_removed(before.get("subnets", []), document["properties"]["subnets"], known)
    return finish_put(call, NETWORKS, target, document)


def _peerings_of(asked: Mapping[str, Any], before: Mapping[str, Any]) -> list[Document]:
    if asked.get("virtualNetworkPeerings") is None:
        return list(before.get("virtualNetworkPeerings", []))
    names = {str(one.get("name")).lower() for one in asked["virtualNetworkPeerings"]}
    return [one for one in before.get("virtualNetworkPeerings", []) if one["name"].lower() in names]


def _spaces(target: Target, space: Mapping[str, Any]) -> list[IPv4Network]:
    texts = space.get("addressPrefixes") or []
    if not texts:
        raise bad(
            "InvalidRequestFormat",
            f"Cannot parse the request. Virtual network {target.name} needs an address space with at least one prefix.",
        )
    found = [parse_prefix(text, target.id) for text in texts]
    for index, one in enumerate(found):
        for other in found[:index]:
            if one.overlaps(other):
                raise bad(
                    "VnetAddressSpaceOverlaps",
                    f"Address prefixes {other} and {one} in the address space of virtual network {target.name} overlap.",
                )
    return found


def parse_prefix(text: str, owner: str) -> IPv4Network:
    """Read an IPv4 prefix.

    Raises:
        ArmError: 400 ``InvalidAddressPrefixFormat`` or ``InvalidCIDRNotation`` (host bits set).
    """
    try:
        loose = ip_network(text, strict=False)
    except ValueError as error:
        raise bad(
            "InvalidAddressPrefixFormat",
            f"Address prefix {text} of resource {owner} is not formatted correctly. It should follow CIDR notation, "
            "for example 10.0.0.0/24.",
        ) from error
    if not isinstance(loose, IPv4Network):
        raise bad("InvalidAddressPrefixFormat", f"Address prefix {text} of resource {owner} is not an IPv4 prefix.")
    if "/" not in text or str(loose) != text.strip():
        raise bad(
            "InvalidCIDRNotation",
            f"The address prefix {text} in resource {owner} has an invalid CIDR notation. For the given prefix length, "
            f"the address prefix should be {loose}.",
        )
    return loose


def _subnet(call: Call, network: Document, name: str, asked: Mapping[str, Any]) -> Document:
    check_name("subnets", name)
    owner = f"{network['id']}/subnets/{name}"
    texts = asked.get("addressPrefixes") or ([asked["addressPrefix"]] if asked.get("addressPrefix") else [])
    if not texts:
        raise bad("InvalidRequestFormat", f"Cannot parse the request. Subnet {name} needs an address prefix.")
    for text in texts:
        parse_prefix(text, owner)
    properties: Document = {"addressPrefix": texts[0]} if len(texts) == 1 else {"addressPrefixes": list(texts)}
    for member, resource_type in _ATTACHED:
        found = referenced(call, owner, asked.get(member), network["location"])
        if found is not None and found.type.lower() != resource_type.lower():
            raise invalid_reference(found.id, owner)
        if found is not None:
            properties[member] = {"id": found.id}
    if asked.get("serviceEndpoints"):
        properties["serviceEndpoints"] = [
            {
                "provisioningState": "Succeeded",
                "service": one["service"],
                "locations": one.get("locations") or [network["location"]],
            }
            for one in asked["serviceEndpoints"]
        ]
    properties["delegations"] = _delegations(owner, network["etag"], asked.get("delegations") or [])
    properties["privateEndpointNetworkPolicies"] = asked.get("privateEndpointNetworkPolicies") or "Disabled"
    properties["privateLinkServiceNetworkPolicies"] = asked.get("privateLinkServiceNetworkPolicies") or "Enabled"
    if asked.get("defaultOutboundAccess") is not None:
        properties["defaultOutboundAccess"] = asked["defaultOutboundAccess"]
    return child(network, "subnets", name, properties)


def _delegations(owner: str, tag: str, asked: Sequence[Mapping[str, Any]]) -> list[Document]:
    return [
        {
            "name": one.get("name") or "delegation",
            "id": f"{owner}/delegations/{one.get('name') or 'delegation'}",
            "etag": tag,
            "type": "Microsoft.Network/virtualNetworks/subnets/delegations",
            "properties": {
                "provisioningState": "Succeeded",
                "serviceName": (one.get("properties") or {}).get("serviceName", ""),
                "actions": [],
            },
        }
        for one in asked
    ]


def _check_subnets(network: Document, spaces: Sequence[IPv4Network]) -> None:
    seen: list[tuple[str, IPv4Network]] = []
    for subnet in network["properties"]["subnets"]:
        name = subnet["name"]
        if any(name.lower() == other.lower() for other, _ in seen):
            raise bad("DuplicateResourceName", f"Resource {network['id']} has two subnets with the name {name}.")
        for prefix in prefixes_of(subnet):
            if not any(prefix.subnet_of(space) for space in spaces) or prefix.prefixlen > 29:
                raise bad(
                    "NetcfgInvalidSubnet", f"Subnet '{name}' is not valid in virtual network '{network['name']}'."
                )
            if any(prefix.overlaps(other) for _, other in seen):
                raise bad(
                    "NetcfgSubnetRangesOverlap",
                    f"Subnet '{name}' is not valid because its IP address range overlaps with that of an existing "
                    f"subnet in virtual network '{network['name']}'.",
                )
            seen.append((name, prefix))


def _check_removed(before: Sequence[Document], after: Sequence[Document], known: References) -> None:
    """Refuse to drop or move a subnet that has addresses in use."""
    kept = {one["name"].lower(): one for one in after}
    for subnet in before:
        held = known.subnet_configurations.get(subnet["id"].lower())
        now = kept.get(subnet["name"].lower())
        if not held:
            continue
        if now is None:
            raise subnet_in_use(subnet["name"], held[0])
        for prefix in prefixes_of(subnet):
            if not any(prefix.subnet_of(one) for one in prefixes_of(now)):
                raise bad(
                    "InUsePrefixCannotBeDeleted",
                    f"IpPrefix {prefix} on Subnet {subnet['name']} has active allocations and cannot be deleted.",
                )


def subnet_in_use(name: str, holder: str) -> ArmError:
    """The answer to removing a subnet in which something has an address."""
    return bad(
        "InUseSubnetCannotBeDeleted",
        f"Subnet {name} is in use by {holder} and cannot be deleted. In order to delete the subnet, delete all the "
        "resources within the subnet. See aka.ms/deletesubnet.",
    )


@operation(
    "PATCH",
    NETWORKS.item_path,
    versions=NETWORK_VERSIONS,
    action="Microsoft.Network/virtualNetworks/write",
    evidence="documentation",
    body=TAGS,
)
def patch_network(call: Call) -> Reply:
    """Replace a network's tags."""
    return patch_tags(call, NETWORKS)


@operation(
    "DELETE",
    NETWORKS.item_path,
    versions=NETWORK_VERSIONS,
    action="Microsoft.Network/virtualNetworks/delete",
    evidence="documentation",
)
def delete_network(call: Call) -> Reply:
    """Delete a network in which nothing has an address."""
    found = NETWORKS.existing(call)
    if found is None:
        return Reply(204)
    known = references(call.store, call.subscription, call.now)
    for subnet in found.body["properties"]["subnets"]:
        held = known.subnet_configurations.get(subnet["id"].lower())
        if held:
            raise subnet_in_use(subnet["name"], held[0])
    return begin_delete(call, found)


# ---------------------------------------------------------------- subnets

_SUBNET_PATH = NETWORKS.item_path + "/subnets/{child}"


@operation(
    "PUT",
    _SUBNET_PATH,
    versions=NETWORK_VERSIONS,
    action="Microsoft.Network/virtualNetworks/subnets/write",
    evidence="documentation",
    body=Obj(
        {"id": Str(), "name": Str(), "type": Str(), "etag": Str(), "properties": _SUBNET}, required=("properties",)
    ),
)
def put_subnet(call: Call) -> Reply:
    """Create or replace one subnet of a network."""
    parent = NETWORKS.find(call)
    document = parent.doc
    name = call.params["child"]
    subnets = document["properties"]["subnets"]
    before = [one for one in subnets if one["name"].lower() == name.lower()]
    fresh = _subnet(call, document, before[0]["name"] if before else name, call.body["properties"])
    after = [fresh if one in before else one for one in subnets] + ([] if before else [fresh])
    known = references(call.store, call.subscription, call.now)
    document["properties"]["subnets"] = after
    spaces = [IPv4Network(one) for one in document["properties"]["addressSpace"]["addressPrefixes"]]
    _check_subnets(document, spaces)
    _check_removed(before, after, known)
    change_parent(call, parent, document)
    answer = add_subnet_references(fresh, known)
    answer["properties"]["provisioningState"] = "Updating"
    return child_answer(call, document["location"], 200 if before else 201, answer, fresh["id"])


@operation(
    "DELETE",
    _SUBNET_PATH,
    versions=NETWORK_VERSIONS,
    action="Microsoft.Network/virtualNetworks/subnets/delete",
    evidence="documentation",
)
def delete_subnet(call: Call) -> Reply:
    """Delete a subnet in which nothing has an address."""
    parent = NETWORKS.existing(call)
    if parent is None:
        return Reply(204)
    document = parent.doc
    name = call.params["child"].lower()
    gone = [one for one in document["properties"]["subnets"] if one["name"].lower() == name]
    if not gone:
        return Reply(204)
    held = references(call.store, call.subscription, call.now).subnet_configurations.get(gone[0]["id"].lower())
    if held:
        raise subnet_in_use(gone[0]["name"], held[0])
    document["properties"]["subnets"] = [one for one in document["properties"]["subnets"] if one not in gone]
    change_parent(call, parent, document)
    return child_answer(call, document["location"], 202, None, None)
