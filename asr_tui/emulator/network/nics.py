"""Writes of network interfaces: addresses are given out and checked as the network service does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.estates.names import derived_guid, mac_address, same_id
from asr_tui.emulator.estates.network_factory import child
from asr_tui.emulator.families import Document
from asr_tui.emulator.network.addresses import SubnetAddresses, addresses
from asr_tui.emulator.network.references import references
from asr_tui.emulator.network.resources import NICS
from asr_tui.emulator.network.usages import check_room
from asr_tui.emulator.network.views import NETWORK_VERSIONS
from asr_tui.emulator.network.writing import (
    TAGS,
    Target,
    bad,
    begin_delete,
    check_name,
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
_CONFIGURATION = Obj(
    {
        "name": Str(),
        "properties": Obj(
            {
                "subnet": _REFERENCE,
                "privateIPAddress": Str(),
                "privateIPAllocationMethod": Str(enum=("Static", "Dynamic")),
                "privateIPAddressVersion": Str(enum=("IPv4", "IPv6")),
                "publicIPAddress": _REFERENCE,
                "primary": Bool(),
                "loadBalancerBackendAddressPools": ListOf(_REFERENCE),
                "applicationSecurityGroups": ListOf(_REFERENCE),
            },
            keep_unknown=True,
        ),
    },
    required=("properties",),
    keep_unknown=True,
)
_BODY = resource_body(
    {
        "ipConfigurations": ListOf(_CONFIGURATION),
        "networkSecurityGroup": _REFERENCE,
        "enableAcceleratedNetworking": Bool(),
        "enableIPForwarding": Bool(),
        "dnsSettings": Obj({"dnsServers": ListOf(Str())}, keep_unknown=True),
    },
    required=("ipConfigurations",),
)
_ACTION = "Microsoft.Network/networkInterfaces"


@operation(
    "PUT", NICS.item_path, versions=NETWORK_VERSIONS, action=f"{_ACTION}/write", evidence="documentation", body=_BODY
)
def put_nic(call: Call) -> Reply:
    """Create or replace a NIC."""
    check_name("networkInterfaces", call.params["name"])
    target = target_of(call, NICS)
    if target.existing is None:
        check_room(call.store, call.subscription, target.location, "NetworkInterfaces", call.now)
    asked = call.body.get("properties") or {}
    document = shell(call, NICS, target)
    document["kind"] = "Regular"
    document["properties"] |= _own_properties(call, target, asked)
    document["properties"]["ipConfigurations"] = _configurations(
        call, target, document, asked.get("ipConfigurations") or []
    )
    return finish_put(call, NICS, target, document)


def _own_properties(call: Call, target: Target, asked: Mapping[str, Any]) -> Document:
    before = target.before.get("properties", {})
    group = referenced(call, target.id, asked.get("networkSecurityGroup"), target.location)
    properties: Document = {
        "ipConfigurations": [],
        "dnsSettings": {
            "dnsServers": list((asked.get("dnsSettings") or {}).get("dnsServers") or []),
            "appliedDnsServers": [],
            "internalDomainNameSuffix": before.get("dnsSettings", {}).get(
                "internalDomainNameSuffix", f"{derived_guid(target.id)[:22].replace('-', '')}.ax.internal.cloudapp.net"
            ),
        },
        "vnetEncryptionSupported": False,
        "enableIPForwarding": bool(asked.get("enableIPForwarding")),
        "enableAcceleratedNetworking": bool(asked.get("enableAcceleratedNetworking")),
        "disableTcpStateTracking": False,
        "hostedWorkloads": [],
        "tapConfigurations": [],
        "nicType": "Standard",
        "allowPort25Out": False,
        "auxiliaryMode": "None",
        "auxiliarySku": "None",
    }
    for kept in ("virtualMachine", "primary", "macAddress"):
        if kept in before:
            properties[kept] = before[kept]
    if group is not None:
        properties["networkSecurityGroup"] = {"id": group.id}
    return properties


@dataclass(slots=True)
class _Giver:
    """Gives out addresses to one NIC, so that no two of its configurations get the same."""

    call: Call
    nic_id: str
    known: dict[str, SubnetAddresses]
    given: dict[str, set[str]]

    def subnet(self, identifier: str) -> SubnetAddresses:
        key = identifier.lower()
        if key not in self.known:
            found = addresses(self.call.store, identifier, self.call.now, excluding=self.nic_id)
            if found is None:
                raise invalid_reference(identifier, self.nic_id)
            self.known[key] = found
        return self.known[key]

    def give(self, identifier: str, name: str, wanted: str | None) -> str:
        subnet = self.subnet(identifier)
        taken = self.given.setdefault(identifier.lower(), set())
        address = wanted or next((one for one in subnet.some_free(len(taken) + 1) if one not in taken), None)
        shown = subnet.subnet["name"]
        prefix = str(subnet.prefixes[0])
        if address is None:
            raise bad(
                "SubnetIsFull",
                f"Subnet {shown} with address prefix {prefix} does not have enough capacity for 1 IP addresses.",
            )
        if not subnet.is_in_range(address):
            raise bad(
                "PrivateIPAddressNotInSubnet",
                f"Private static IP address {address} does not belong to the range of subnet prefix {prefix}.",
            )
        if subnet.is_reserved(address):
            raise bad(
                "PrivateIPAddressInReservedRange",
                f"Private static IP address {address} falls within reserved IP range of subnet prefix {prefix}.",
            )
        if address in subnet.taken or address in taken:
            holder = subnet.taken.get(address, self.nic_id)
            raise bad(
                "PrivateIPAddressIsAllocated",
                f"IP configuration {self.nic_id}/ipConfigurations/{name} is using the private IP address {address} "
                f"which is already allocated to resource {holder}.",
            )
        taken.add(address)
        return address


def _configurations(call: Call, target: Target, document: Document, asked: list[Mapping[str, Any]]) -> list[Document]:
    if not asked:
        raise bad("NetworkInterfaceMustHaveAtLeastOneIpConfiguration", f"NIC {target.id} has no IP configuration.")
    document["properties"].setdefault("macAddress", mac_address(target.id))
    giver = _Giver(call, target.id, {}, {})
    primary = next((index for index, one in enumerate(asked) if one["properties"].get("primary")), 0)
    network = None
    found = []
    for index, one in enumerate(asked):
        inner = one["properties"]
        name = one.get("name") or f"ipconfig{index + 1}"
        check_name("ipConfigurations", name)
        subnet = (inner.get("subnet") or {}).get("id")
        if not subnet:
            raise bad("InvalidRequestFormat", f"Cannot parse the request. IP configuration {name} needs a subnet.")
        location = _network_location(call, subnet, target.id)
        if location != target.location:
            raise invalid_reference(subnet, target.id)
        parent = subnet.lower().rpartition("/subnets/")[0]
        if network not in (None, parent):
            raise bad(
                "IPConfigurationsOnSameNicCannotUseDifferentVnets",
                f"All IP configurations of NIC {target.id} must be in the same virtual network.",
            )
        network = parent
        found.append(_configuration(call, target, document, name, inner, giver, primary=index == primary))
    return found


def _network_location(call: Call, subnet: str, owner: str) -> str:
    network = call.store.get(subnet.rpartition("/subnets/")[0], call.now)
    if network is None:
        raise invalid_reference(subnet, owner)
    return str(network.body["location"])


def _configuration(
    call: Call,
    target: Target,
    document: Document,
    name: str,
    inner: Mapping[str, Any],
    giver: _Giver,
    *,
    primary: bool,
) -> Document:
    subnet = inner["subnet"]["id"]
    method = inner.get("privateIPAllocationMethod") or "Dynamic"
    wanted = inner.get("privateIPAddress") if method == "Static" else _kept_address(target, name, subnet)
    if method == "Static" and not wanted:
        raise bad("PrivateIPAddressMissing", f"IP configuration {name} is Static and needs a privateIPAddress.")
    stored = giver.subnet(subnet).subnet["id"]
    properties: Document = {
        "privateIPAddress": giver.give(subnet, name, wanted),
        "privateIPAllocationMethod": method,
        "subnet": {"id": stored},
        "primary": primary,
        "privateIPAddressVersion": inner.get("privateIPAddressVersion") or "IPv4",
    }
    public = _public_ip(call, target, name, inner)
    if public:
        properties["publicIPAddress"] = {"id": public}
    for member in ("loadBalancerBackendAddressPools", "applicationSecurityGroups"):
        if inner.get(member):
            properties[member] = [{"id": one["id"]} for one in inner[member] if _exists(call, one["id"], target.id)]
    return child(document, "ipConfigurations", name, properties)


def _kept_address(target: Target, name: str, subnet: str) -> str | None:
    """A dynamic address stays as long as the configuration stays in its subnet."""
    for one in target.before.get("properties", {}).get("ipConfigurations", ()):
        if one["name"].lower() == name.lower() and same_id(one["properties"]["subnet"]["id"], subnet):
            return str(one["properties"]["privateIPAddress"])
    return None


def _public_ip(call: Call, target: Target, name: str, inner: Mapping[str, Any]) -> str | None:
    found = referenced(call, target.id, inner.get("publicIPAddress"), target.location)
    if found is None:
        return None
    own = f"{target.id}/ipConfigurations/{name}"
    holder = references(call.store, call.subscription, call.now).public_ip_holders.get(found.key)
    if holder and not same_id(holder, own):
        raise bad(
            "PublicIPAddressInUse",
            f"Resource {own} is referencing public IP address {found.id} that is already allocated to resource {holder}.",
        )
    return found.id


def _exists(call: Call, identifier: str, owner: str) -> bool:
    """Whether a pool or application security group is there.

    Raises:
        ArmError: 400 ``InvalidResourceReference`` when it is not.
    """
    parent, _, pool = identifier.partition("/backendAddressPools/")
    found = call.store.get(parent, call.now)
    pools = [one["name"].lower() for one in found.body["properties"].get("backendAddressPools", ())] if found else []
    if found is None or (pool and pool.lower() not in pools):
        raise invalid_reference(identifier, owner)
    return True


@operation(
    "PATCH", NICS.item_path, versions=NETWORK_VERSIONS, action=f"{_ACTION}/write", evidence="documentation", body=TAGS
)
def patch_nic(call: Call) -> Reply:
    """Replace a NIC's tags."""
    return patch_tags(call, NICS)


@operation("DELETE", NICS.item_path, versions=NETWORK_VERSIONS, action=f"{_ACTION}/delete", evidence="documentation")
def delete_nic(call: Call) -> Reply:
    """Delete a NIC that no VM holds."""
    found = NICS.existing(call)
    if found is None:
        return Reply(204)
    holder = found.body["properties"].get("virtualMachine")
    if holder and call.store.get(holder["id"], call.now) is not None:
        raise bad(
            "NicInUse",
            f"Network Interface {found.id} is used by existing resource {holder['id']}. In order to delete the network "
            "interface, it must be dissociated from the resource. To learn more, see aka.ms/deletenic.",
        )
    return begin_delete(call, found)
