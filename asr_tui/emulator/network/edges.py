"""Writes of public IPs, NAT gateways, load balancers and application security groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.estates.edge_factory import public_address
from asr_tui.emulator.estates.network_factory import child
from asr_tui.emulator.families import Document, Family
from asr_tui.emulator.lro import course
from asr_tui.emulator.network.addresses import addresses
from asr_tui.emulator.network.references import references
from asr_tui.emulator.network.resources import ASGS, BALANCERS, NAT_GATEWAYS, PUBLIC_IPS
from asr_tui.emulator.network.usages import check_room
from asr_tui.emulator.network.views import NETWORK_VERSIONS
from asr_tui.emulator.network.writing import (
    DELETE_SECONDS,
    TAGS,
    Target,
    bad,
    begin_delete,
    check_name,
    check_unused,
    finish_put,
    invalid_reference,
    patch_tags,
    referenced,
    resource_body,
    shell,
    target_of,
)
from asr_tui.emulator.registry import Handler, operation
from asr_tui.emulator.schema import Bool, Int, ListOf, Obj, Schema, Str

_REFERENCE = Obj({"id": Str()}, required=("id",), keep_unknown=True)
_NAMED = Obj({"name": Str(), "properties": Obj({}, keep_unknown=True)}, required=("name",), keep_unknown=True)


def _put(family: Family, properties: Mapping[str, Schema]) -> Callable[[Handler], Handler]:
    return operation(
        "PUT",
        family.item_path,
        versions=NETWORK_VERSIONS,
        action=f"{family.type}/write",
        evidence="documentation",
        body=resource_body(properties),
    )


def _delete(family: Family) -> Callable[[Handler], Handler]:
    return operation(
        "DELETE",
        family.item_path,
        versions=NETWORK_VERSIONS,
        action=f"{family.type}/delete",
        evidence="documentation",
    )


def _register_patch(family: Family) -> None:
    def patch(call: Call) -> Reply:
        return patch_tags(call, family)

    operation(
        "PATCH",
        family.item_path,
        versions=NETWORK_VERSIONS,
        action=f"{family.type}/write",
        evidence="documentation",
        body=TAGS,
    )(patch)


for _family in (PUBLIC_IPS, NAT_GATEWAYS, BALANCERS, ASGS):
    _register_patch(_family)


# ---------------------------------------------------------------- public IPs


@_put(
    PUBLIC_IPS,
    {
        "publicIPAllocationMethod": Str(enum=("Static", "Dynamic")),
        "publicIPAddressVersion": Str(enum=("IPv4", "IPv6")),
        "idleTimeoutInMinutes": Int(4, 30),
        "dnsSettings": Obj({"domainNameLabel": Str()}, keep_unknown=True),
    },
)
def put_public_ip(call: Call) -> Reply:
    """Create or replace a public IP."""
    check_name("publicIPAddresses", call.params["name"])
    target = target_of(call, PUBLIC_IPS)
    sku = (call.body.get("sku") or {}).get("name") or "Basic"
    asked = call.body.get("properties") or {}
    method = asked.get("publicIPAllocationMethod") or "Dynamic"
    if target.existing is None:
        check_room(call.store, call.subscription, target.location, "PublicIPAddresses", call.now)
        if sku == "Standard":
            check_room(call.store, call.subscription, target.location, "StandardSkuPublicIpAddresses", call.now)
    if sku == "Standard" and method != "Static":
        raise bad(
            "StandardSkuPublicIPAddressesMustBeStatic",
            f"Standard sku publicIp {target.id} must have AllocationMethod set to Static.",
        )
    document = shell(call, PUBLIC_IPS, target)
    document["sku"] = {"name": sku, "tier": "Regional"}
    document["properties"] |= {
        "publicIPAddressVersion": asked.get("publicIPAddressVersion") or "IPv4",
        "publicIPAllocationMethod": method,
        "idleTimeoutInMinutes": asked.get("idleTimeoutInMinutes") or 4,
        "ipTags": [],
    }
    if method == "Static":
        document["properties"]["ipAddress"] = public_address(target.id)
    label = (asked.get("dnsSettings") or {}).get("domainNameLabel")
    if label:
        name = f"{label}.{target.location}.cloudapp.azure.com"
        document["properties"]["dnsSettings"] = {"domainNameLabel": label, "fqdn": name}
    return finish_put(call, PUBLIC_IPS, target, document)


@_delete(PUBLIC_IPS)
def delete_public_ip(call: Call) -> Reply:
    """Delete a public IP that nothing uses."""
    found = PUBLIC_IPS.existing(call)
    if found is None:
        return Reply(204)
    holder = references(call.store, call.subscription, call.now).public_ip_holders.get(found.key)
    if holder:
        raise bad(
            "PublicIPAddressCannotBeDeleted",
            f"Public IP address {found.id} can not be deleted since it is still allocated to resource {holder}. In "
            "order to delete the public IP, disassociate/detach the Public IP address from the resource. To learn how "
            "to do this, see aka.ms/deletepublicip.",
        )
    return begin_delete(call, found)


# ---------------------------------------------------------------- NAT gateways


@_put(NAT_GATEWAYS, {"publicIpAddresses": ListOf(_REFERENCE), "idleTimeoutInMinutes": Int(4, 120)})
def put_gateway(call: Call) -> Reply:
    """Create or replace a NAT gateway."""
    check_name("natGateways", call.params["name"])
    target = target_of(call, NAT_GATEWAYS)
    asked = call.body.get("properties") or {}
    document = shell(call, NAT_GATEWAYS, target)
    document["sku"] = {"name": "Standard"}
    addresses_used = [
        found.id
        for one in asked.get("publicIpAddresses") or ()
        if (found := referenced(call, target.id, one, target.location)) is not None
    ]
    document["properties"] |= {
        "idleTimeoutInMinutes": asked.get("idleTimeoutInMinutes") or 4,
        "publicIpAddresses": [{"id": one} for one in addresses_used],
    }
    return finish_put(call, NAT_GATEWAYS, target, document)


@_delete(NAT_GATEWAYS)
def delete_gateway(call: Call) -> Reply:
    """Delete a NAT gateway that no subnet uses."""
    found = NAT_GATEWAYS.existing(call)
    if found is None:
        return Reply(204)
    known = references(call.store, call.subscription, call.now)
    check_unused("InUseNatGatewayCannotBeDeleted", f"Nat Gateway {found.id}", known.gateway_subnets.get(found.key, ()))
    return begin_delete(call, found)


# ---------------------------------------------------------------- load balancers


@_put(
    BALANCERS,
    {
        "frontendIPConfigurations": ListOf(_NAMED),
        "backendAddressPools": ListOf(_NAMED),
        "outboundRules": ListOf(_NAMED),
        "loadBalancingRules": ListOf(_NAMED),
        "probes": ListOf(_NAMED),
        "enableFloatingIP": Bool(),
    },
)
def put_balancer(call: Call) -> Reply:
    """Create or replace a load balancer."""
    check_name("loadBalancers", call.params["name"])
    target = target_of(call, BALANCERS)
    asked = call.body.get("properties") or {}
    document = shell(call, BALANCERS, target)
    sku = (call.body.get("sku") or {}).get("name") or "Basic"
    document["sku"] = {"name": sku, "tier": "Regional"}
    document["properties"] |= {
        "frontendIPConfigurations": [
            _frontend(call, target, document, one) for one in asked.get("frontendIPConfigurations") or ()
        ],
        "backendAddressPools": [
            child(document, "backendAddressPools", one["name"], {}) for one in asked.get("backendAddressPools") or ()
        ],
    }
    for member in ("loadBalancingRules", "probes", "inboundNatRules", "outboundRules", "inboundNatPools"):
        document["properties"][member] = [
            child(document, member, one["name"], one.get("properties") or {}) for one in asked.get(member) or ()
        ]
    return finish_put(call, BALANCERS, target, document)


def _frontend(call: Call, target: Target, document: Document, asked: Mapping[str, Any]) -> Document:
    inner = asked.get("properties") or {}
    public = referenced(call, target.id, inner.get("publicIPAddress"), target.location)
    subnet = (inner.get("subnet") or {}).get("id")
    if (public is None) == (subnet is None):
        raise bad(
            "LoadBalancerFrontendIPConfigMustHaveExactlyOneOfSubnetOrPublicIP",
            f"Frontend {asked['name']} of load balancer {target.id} needs either a subnet or a public IP address.",
        )
    properties: Document = {"privateIPAllocationMethod": inner.get("privateIPAllocationMethod") or "Dynamic"}
    if public is not None:
        properties["publicIPAddress"] = {"id": public.id}
        return child(document, "frontendIPConfigurations", asked["name"], properties)
    found = addresses(call.store, subnet or "", call.now, excluding=target.id)
    if found is None:
        raise invalid_reference(subnet or "", target.id)
    address = inner.get("privateIPAddress") or found.first_free()
    if address is None or not found.is_free(address):
        raise bad(
            "PrivateIPAddressIsAllocated",
            f"The private IP address {address} of frontend {asked['name']} is not free in subnet {found.subnet['id']}.",
        )
    properties |= {"privateIPAddress": address, "subnet": {"id": found.subnet["id"]}}
    return child(document, "frontendIPConfigurations", asked["name"], properties)


@_delete(BALANCERS)
def delete_balancer(call: Call) -> Reply:
    """Delete a load balancer; NICs leave its pools."""
    found = BALANCERS.existing(call)
    if found is None:
        return Reply(204)
    answer = begin_delete(call, found)
    if course(call, DELETE_SECONDS).dies is None:
        return answer
    prefix = found.key + "/"
    for nic in call.store.by_type("Microsoft.Network/networkInterfaces", call.now, call.subscription):
        if prefix.encode() not in nic.raw.lower():
            continue
        document = nic.doc
        for one in document["properties"]["ipConfigurations"]:
            pools = one["properties"].get("loadBalancerBackendAddressPools", [])
            one["properties"]["loadBalancerBackendAddressPools"] = [
                pool for pool in pools if not pool["id"].lower().startswith(prefix)
            ]
        call.store.put(nic.changed(document))
    return answer


# ---------------------------------------------------------------- application security groups


@_put(ASGS, {})
def put_asg(call: Call) -> Reply:
    """Create or replace an application security group."""
    check_name("applicationSecurityGroups", call.params["name"])
    target = target_of(call, ASGS)
    return finish_put(call, ASGS, target, shell(call, ASGS, target))


@_delete(ASGS)
def delete_asg(call: Call) -> Reply:
    """Delete an application security group that no NIC is in."""
    found = ASGS.existing(call)
    if found is None:
        return Reply(204)
    held = references(call.store, call.subscription, call.now).asg_members.get(found.key, ())
    check_unused("ApplicationSecurityGroupInUse", f"Application security group {found.id}", held)
    return begin_delete(call, found)
