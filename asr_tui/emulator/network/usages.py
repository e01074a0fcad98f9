"""Network quotas of a subscription in a region: counters, limits, and what is left."""

from __future__ import annotations

from datetime import datetime

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.compute.quotas import Usage
from asr_tui.emulator.compute.skus import require_region
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.network.addresses import addresses
from asr_tui.emulator.network.resources import NETWORKS
from asr_tui.emulator.network.views import NETWORK_VERSIONS
from asr_tui.emulator.registry import operation
from asr_tui.emulator.store import Store

_COUNTERS = (
    ("VirtualNetworks", "Virtual Networks", "virtualNetworks", 1000),
    ("NetworkInterfaces", "Network Interfaces", "networkInterfaces", 65536),
    ("NetworkSecurityGroups", "Network Security Groups", "networkSecurityGroups", 5000),
    ("RouteTables", "Route Tables", "routeTables", 200),
    ("PublicIPAddresses", "Public IP Addresses", "publicIPAddresses", 1000),
    ("StandardSkuPublicIpAddresses", "Public IPv4 Addresses - Standard", "publicIPAddresses", 1000),
    ("LoadBalancers", "Load Balancers", "loadBalancers", 1000),
    ("NatGateways", "Nat Gateways", "natGateways", 1000),
    ("ApplicationSecurityGroups", "Application Security Groups", "applicationSecurityGroups", 3000),
)

_LIMIT_CODES = {
    "NetworkInterfaces": "NetworkInterfaceCountLimitReached",
    "PublicIPAddresses": "PublicIPCountLimitReached",
    "StandardSkuPublicIpAddresses": "PublicIPCountLimitReached",
}


def usages(store: Store, subscription: str, location: str, now: datetime) -> list[Usage]:
    """All network counters of a subscription in a region."""
    limits = (store.fact("quotas") or {}).get(location.lower(), {})
    found = []
    for name, text, kind, limit in _COUNTERS:
        resources = store.located(f"Microsoft.Network/{kind}", location.lower(), now, subscription)
        current = len(resources)
        if name == "StandardSkuPublicIpAddresses":
            current = sum(b'"name":"Standard"' in one.raw for one in resources)
        found.append(Usage(name, text, current, limits.get(name, limit)))
    return found


def check_room(store: Store, subscription: str, location: str, counter: str, now: datetime, more: int = 1) -> None:
    """Whether ``more`` resources of a counter (``NetworkInterfaces``, ``PublicIPAddresses``) may be created on top of what is there.

    Raises:
        ArmError: 400 ``NetworkInterfaceCountLimitReached`` or ``PublicIPCountLimitReached``.
    """
    for one in usages(store, subscription, location, now):
        if one.name == counter and one.current + more > one.limit:
            raise ArmError(
                400,
                _LIMIT_CODES[counter],
                f"Cannot create more than {one.limit} {one.text.lower()} for this subscription in this region.",
                details=[],
            )


@operation(
    "GET",
    "/subscriptions/{sub}/providers/Microsoft.Network/locations/{location}/usages",
    versions=NETWORK_VERSIONS,
    action="Microsoft.Network/locations/usages/read",
    evidence="documentation",
)
def list_usages(call: Call) -> Reply:
    """What is used of each network quota in a region."""
    region = require_region(call)
    base = f"/subscriptions/{call.subscription}/providers/Microsoft.Network/locations/{region.name}/usages"
    return call.page(
        [
            {
                "currentValue": one.current,
                "id": f"{base}/{one.name}",
                "limit": one.limit,
                "name": {"localizedValue": one.text, "value": one.name},
                "unit": "Count",
            }
            for one in usages(call.store, call.subscription, region.name, call.now)
        ]
    )


@operation(
    "GET",
    NETWORKS.item_path + "/usages",
    versions=NETWORK_VERSIONS,
    action="Microsoft.Network/virtualNetworks/usages/read",
    evidence="documentation",
)
def list_network_usages(call: Call) -> Reply:
    """How many addresses of each subnet of a network are in use, and how many it has."""
    network = NETWORKS.find(call)
    entries = []
    for subnet in network.body["properties"]["subnets"]:
        found = addresses(call.store, subnet["id"], call.now)
        if found is not None:
            used = len(found.taken)
            entries.append(
                {
                    "currentValue": used,
                    "id": subnet["id"],
                    "limit": used + found.free_count(),
                    "name": {"localizedValue": "Subnet size and usage", "value": "SubnetSpace"},
                    "unit": "Count",
                }
            )
    return call.page(entries)
