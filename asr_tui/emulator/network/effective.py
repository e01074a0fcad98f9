"""Effective security rules and effective routes of a NIC: what really applies, merged from NIC and subnet.

Both are long-running: 202 with a ``Location``, then 200 with the result. They need a NIC on a running VM.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from ipaddress import IPv4Network
from typing import Any

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.compute.views import power_state
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.estates.names import derived_guid, same_id
from asr_tui.emulator.families import Document
from asr_tui.emulator.lro import Outcome, accepted_network
from asr_tui.emulator.network.references import subnet_of
from asr_tui.emulator.network.resources import NICS
from asr_tui.emulator.network.service_tags import ranges_of
from asr_tui.emulator.network.views import NETWORK_VERSIONS
from asr_tui.emulator.regions import regions
from asr_tui.emulator.registry import operation

_SECONDS = 8
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")


def _accepted(call: Call, work_out: Callable[[Call, Document], list[Document]], what: str) -> Reply:
    nic = NICS.find(call)
    body = nic.body
    holder = body["properties"].get("virtualMachine")
    machine = call.store.get(holder["id"], call.now) if holder else None
    if machine is None or power_state(machine.doc, call.now) != "running":
        raise ArmError(
            400,
            "NetworkInterfaceNotAttachedToRunningVM",
            f"Network interface {nic.name} must be attached to a running virtual machine to work out {what}.",
            details=[],
        )
    return accepted_network(
        call,
        location=body["location"],
        guid=derived_guid(nic.id, what, call.now.isoformat()),
        reply=Reply(202),
        outcome=Outcome(call.now + timedelta(seconds=_SECONDS), output={"value": work_out(call, body)}),
        with_location=True,
    )


@operation(
    "POST",
    NICS.item_path + "/effectiveNetworkSecurityGroups",
    versions=NETWORK_VERSIONS,
    action="Microsoft.Network/networkInterfaces/effectiveNetworkSecurityGroups/action",
    evidence="documentation",
)
def effective_security(call: Call) -> Reply:
    """The rules of the NIC's and the subnet's security group, tags and defaults expanded."""
    return _accepted(call, _security, "effective security rules")


@operation(
    "POST",
    NICS.item_path + "/effectiveRouteTable",
    versions=NETWORK_VERSIONS,
    action="Microsoft.Network/networkInterfaces/effectiveRouteTable/action",
    evidence="documentation",
)
def effective_routes(call: Call) -> Reply:
    """System, user and service endpoint routes of the NIC's subnet."""
    return _accepted(call, _routes, "effective routes")


# ---------------------------------------------------------------- security rules


def _primary_subnet(call: Call, nic: Document) -> Document | None:
    for configuration in nic["properties"]["ipConfigurations"]:
        reference = configuration["properties"].get("subnet")
        if reference:
            return subnet_of(call.store, reference["id"], call.now)
    return None


def _security(call: Call, nic: Document) -> list[Document]:
    subnet = _primary_subnet(call, nic)
    space = _network_space(call, subnet)
    found = []
    for association, owner in (("networkInterface", nic), ("subnet", subnet)):
        reference = owner["properties"].get("networkSecurityGroup") if owner else None
        group = call.store.get(reference["id"], call.now) if reference else None
        if owner is None or group is None:
            continue
        properties = group.body["properties"]
        rules = [_rule(one, "securityRules", space) for one in properties["securityRules"]]
        rules += [_rule(one, "defaultSecurityRules", space) for one in properties["defaultSecurityRules"]]
        found.append(
            {
                "networkSecurityGroup": {"id": group.id},
                "association": {association: {"id": owner["id"]}},
                "effectiveSecurityRules": rules,
            }
        )
    return found


def _rule(rule: Document, kind: str, space: Sequence[str]) -> Document:
    inner = rule["properties"]
    sources = _both(inner, "sourceAddressPrefix", "sourceAddressPrefixes")
    destinations = _both(inner, "destinationAddressPrefix", "destinationAddressPrefixes")
    ports = [_port(one) for one in _both(inner, "destinationPortRange", "destinationPortRanges")]
    return {
        "name": f"{kind}/{rule['name']}",
        "protocol": {"*": "All"}.get(inner["protocol"], inner["protocol"]),
        "sourcePortRange": "0-65535",
        "destinationPortRange": ports[0],
        "sourcePortRanges": ["0-65535"],
        "destinationPortRanges": ports,
        "sourceAddressPrefix": _any(sources[0]),
        "destinationAddressPrefix": _any(destinations[0]),
        "sourceAddressPrefixes": [_any(one) for one in sources],
        "destinationAddressPrefixes": [_any(one) for one in destinations],
        "expandedSourceAddressPrefix": _expanded(sources, space),
        "expandedDestinationAddressPrefix": _expanded(destinations, space),
        "access": inner["access"],
        "priority": inner["priority"],
        "direction": inner["direction"],
    }


def _both(inner: Document, single: str, several: str) -> list[str]:
    values = [str(one) for one in inner.get(several) or ()]
    return values or [str(inner.get(single) or "*")]


def _any(prefix: str) -> str:
    return "0.0.0.0/0" if prefix == "*" else prefix


def _port(text: str) -> str:
    if text == "*":
        return "0-65535"
    return text if "-" in text else f"{text}-{text}"


def _expanded(prefixes: Iterable[str], space: Sequence[str]) -> list[str]:
    found: list[str] = []
    for one in prefixes:
        if one == "VirtualNetwork":
            found += [*space, "168.63.129.16/32", "169.254.169.254/32"]
        elif one == "AzureLoadBalancer":
            found.append("168.63.129.16/32")
        else:
            found += [str(prefix) for prefix in ranges_of(one) or ()]
    return found


def _network_space(call: Call, subnet: Document | None) -> list[str]:
    if subnet is None:
        return []
    network = call.store.get(subnet["id"].rpartition("/subnets/")[0], call.now)
    if network is None:
        return []
    properties = network.body["properties"]
    found = list(properties["addressSpace"]["addressPrefixes"])
    for peering in properties.get("virtualNetworkPeerings") or ():
        remote = call.store.get(peering["properties"]["remoteVirtualNetwork"]["id"], call.now)
        if remote is not None:
            found += remote.body["properties"]["addressSpace"]["addressPrefixes"]
    return found


# ---------------------------------------------------------------- routes


def _route(source: str, prefixes: Sequence[str], next_hop: str, **more: Any) -> Document:
    return {
        "disableBgpRoutePropagation": False,
        "source": source,
        "state": "Active",
        "hasBgpOverride": False,
        "addressPrefix": list(prefixes),
        "nextHopType": next_hop,
        "nextHopIpAddress": [],
        "destinationServiceTags": [],
        "tagMap": {},
        **more,
    }


def _routes(call: Call, nic: Document) -> list[Document]:
    subnet = _primary_subnet(call, nic)
    if subnet is None:
        return []
    found = _system_routes(call, subnet)
    user = _user_routes(call, subnet)
    taken = {prefix for route in user for prefix in route["addressPrefix"]}
    for route in found:
        if taken & set(route["addressPrefix"]):
            route["state"] = "Invalid"
    return found + user + _endpoint_routes(subnet)


def _system_routes(call: Call, subnet: Document) -> list[Document]:
    network = call.store.get(subnet["id"].rpartition("/subnets/")[0], call.now)
    if network is None:
        return []
    properties = network.body["properties"]
    space = properties["addressSpace"]["addressPrefixes"]
    found = [_route("Default", space, "VnetLocal")]
    for peering in properties.get("virtualNetworkPeerings") or ():
        remote = call.store.get(peering["properties"]["remoteVirtualNetwork"]["id"], call.now)
        if remote is not None:
            prefixes = remote.body["properties"]["addressSpace"]["addressPrefixes"]
            found.append(_route("Default", prefixes, "VNetPeering"))
    found.append(_route("Default", ["0.0.0.0/0"], "Internet"))
    own = [IPv4Network(one) for one in space]
    for private in _PRIVATE:
        if IPv4Network(private) not in own:
            found.append(_route("Default", [private], "None"))
    return found


def _user_routes(call: Call, subnet: Document) -> list[Document]:
    reference = subnet["properties"].get("routeTable")
    table = call.store.get(reference["id"], call.now) if reference else None
    if table is None:
        return []
    properties = table.body["properties"]
    found = []
    for route in properties["routes"]:
        inner = route["properties"]
        hop = [inner["nextHopIpAddress"]] if inner.get("nextHopIpAddress") else []
        tag = ranges_of(inner["addressPrefix"])
        prefixes = [str(one) for one in tag] if tag else [inner["addressPrefix"]]
        more: Document = {"name": route["name"], "nextHopIpAddress": hop}
        if tag:
            more["destinationServiceTags"] = [inner["addressPrefix"]]
        more["disableBgpRoutePropagation"] = properties.get("disableBgpRoutePropagation", False)
        found.append(_route("User", prefixes, inner["nextHopType"], **more))
    return found


def _endpoint_routes(subnet: Document) -> list[Document]:
    found = []
    for endpoint in subnet["properties"].get("serviceEndpoints") or ():
        if same_id(endpoint["service"], "Microsoft.Storage"):
            for location in endpoint.get("locations") or ():
                region = regions().get(location)
                ranges = ranges_of(f"Storage.{region.tag}") if region else None
                if ranges:
                    prefixes = [str(one) for one in ranges]
                    found.append(_route("Default", prefixes, "VirtualNetworkServiceEndpoint"))
    return found
