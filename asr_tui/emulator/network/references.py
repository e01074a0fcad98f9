"""Who refers to whom among network resources, worked out from the NICs and networks of a subscription.

A subnet's ``ipConfigurations``, a security group's ``networkInterfaces`` and the like are never stored: they follow
from the resources that point there, at the moment that is asked about.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from asr_tui.emulator.store import Resource, Store

NETWORK = "Microsoft.Network/virtualNetworks"
NIC = "Microsoft.Network/networkInterfaces"
BALANCER = "Microsoft.Network/loadBalancers"
NAT_GATEWAY = "Microsoft.Network/natGateways"


@dataclass(frozen=True, slots=True)
class _IpConfiguration:
    id: str
    subnet: str
    address: str
    public_ip: str
    pools: tuple[str, ...]
    asgs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Nic:
    nsg: str
    configurations: tuple[_IpConfiguration, ...]


def _id(value: Any) -> str:
    return str(value["id"]).lower() if isinstance(value, Mapping) and value.get("id") else ""


# Keyed by the stored text itself: a document that was not written since is not read again.
@lru_cache(maxsize=65536)
def _nic(raw: bytes) -> _Nic:
    properties = json.loads(raw)["properties"]
    found = []
    for one in properties.get("ipConfigurations") or ():
        inner = one["properties"]
        found.append(
            _IpConfiguration(
                one["id"],
                _id(inner.get("subnet")),
                inner.get("privateIPAddress") or "",
                _id(inner.get("publicIPAddress")),
                tuple(_id(pool) for pool in inner.get("loadBalancerBackendAddressPools") or ()),
                tuple(_id(asg) for asg in inner.get("applicationSecurityGroups") or ()),
            )
        )
    return _Nic(_id(properties.get("networkSecurityGroup")), tuple(found))


def addresses_of(nic: Resource) -> list[tuple[str, str]]:
    """Subnet id (lower-cased) and private address of each IP configuration of a NIC."""
    return [(one.subnet, one.address) for one in _nic(nic.raw).configurations]


@dataclass(slots=True)
class References:
    """All references inside one subscription. Keys are lower-cased ids."""

    subnet_configurations: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    subnet_addresses: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    nsg_nics: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    public_ip_holders: dict[str, str] = field(default_factory=dict)
    pool_members: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    asg_members: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    nsg_subnets: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    table_subnets: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    gateway_subnets: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def references(store: Store, subscription: str, now: datetime) -> References:
    """Work out all references of a subscription at ``now``."""
    found = References()
    for nic in store.by_type(NIC, now, subscription):
        _add_nic(found, nic)
    for network in store.by_type(NETWORK, now, subscription):
        for subnet in network.body["properties"].get("subnets") or ():
            inner = subnet["properties"]
            for member, index in (
                ("networkSecurityGroup", found.nsg_subnets),
                ("routeTable", found.table_subnets),
                ("natGateway", found.gateway_subnets),
            ):
                target = _id(inner.get(member))
                if target:
                    index[target].append(subnet["id"])
    for balancer in store.by_type(BALANCER, now, subscription):
        for front in balancer.body["properties"].get("frontendIPConfigurations") or ():
            _add_frontend(found, front)
    for gateway in store.by_type(NAT_GATEWAY, now, subscription):
        for address in gateway.body["properties"].get("publicIpAddresses") or ():
            found.public_ip_holders[_id(address)] = gateway.id
    return found


def _add_nic(found: References, resource: Resource) -> None:
    nic = _nic(resource.raw)
    if nic.nsg:
        found.nsg_nics[nic.nsg].append(resource.id)
    for one in nic.configurations:
        if one.subnet:
            found.subnet_configurations[one.subnet].append(one.id)
            if one.address:
                found.subnet_addresses[one.subnet][one.address] = one.id
        if one.public_ip:
            found.public_ip_holders[one.public_ip] = one.id
        for pool in one.pools:
            found.pool_members[pool].append(one.id)
        for asg in one.asgs:
            found.asg_members[asg].append(one.id)


def _add_frontend(found: References, front: Mapping[str, Any]) -> None:
    inner = front["properties"]
    subnet = _id(inner.get("subnet"))
    if subnet:
        found.subnet_configurations[subnet].append(front["id"])
        if inner.get("privateIPAddress"):
            found.subnet_addresses[subnet][inner["privateIPAddress"]] = front["id"]
    public = _id(inner.get("publicIPAddress"))
    if public:
        found.public_ip_holders[public] = front["id"]


def subnet_of(store: Store, subnet_id: str, now: datetime) -> dict[str, Any] | None:
    """The document of a subnet by its id (any casing); None if network or subnet is missing."""
    network_id, marker, name = subnet_id.rpartition("/subnets/")
    found = store.get(network_id, now) if marker else None
    if found is None:
        return None
    for subnet in found.body["properties"].get("subnets") or ():
        if subnet["name"].lower() == name.lower():
            return dict(subnet)
    return None
