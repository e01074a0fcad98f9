"""Writes of virtual network peerings, and the check whether an address of a network is free."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Any

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.estates.names import same_id
from asr_tui.emulator.estates.network_factory import child
from asr_tui.emulator.families import Document
from asr_tui.emulator.network.addresses import addresses
from asr_tui.emulator.network.resources import NETWORKS
from asr_tui.emulator.network.views import NETWORK_VERSIONS
from asr_tui.emulator.network.writing import bad, change_parent, check_name, child_answer, invalid_reference
from asr_tui.emulator.registry import operation
from asr_tui.emulator.schema import Bool, Obj, Str

_PATH = NETWORKS.item_path + "/virtualNetworkPeerings/{child}"
_FLAGS = ("allowVirtualNetworkAccess", "allowForwardedTraffic", "allowGatewayTransit", "useRemoteGateways")
_BODY = Obj(
    {
        "id": Str(),
        "name": Str(),
        "type": Str(),
        "etag": Str(),
        "properties": Obj(
            {
                "remoteVirtualNetwork": Obj({"id": Str()}, required=("id",), keep_unknown=True),
                **{flag: Bool() for flag in _FLAGS},
            },
            required=("remoteVirtualNetwork",),
            keep_unknown=True,
        ),
    },
    required=("properties",),
)
_OFFERED = 5


@operation(
    "PUT",
    _PATH,
    versions=NETWORK_VERSIONS,
    action="Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write",
    evidence="documentation",
    body=_BODY,
)
def put_peering(call: Call) -> Reply:
    """Peer a network with another one; it is Connected once the other side has its peering too."""
    parent = NETWORKS.find(call)
    document = parent.doc
    check_name("virtualNetworkPeerings", call.params["child"])
    asked = call.body["properties"]
    remote = call.store.get(asked["remoteVirtualNetwork"]["id"], call.now)
    if remote is None or remote.type.lower() != NETWORKS.type.lower():
        raise invalid_reference(asked["remoteVirtualNetwork"]["id"], parent.id)
    _check_spaces(document, remote.body)
    mirror = remote.doc
    state = "Initiated"
    for one in mirror["properties"]["virtualNetworkPeerings"]:
        if same_id(one["properties"]["remoteVirtualNetwork"]["id"], parent.id):
            one["properties"]["peeringState"] = state = "Connected"
    if state == "Connected":
        call.store.put(remote.changed(mirror))
    fresh = child(
        document,
        "virtualNetworkPeerings",
        call.params["child"],
        {
            "peeringState": state,
            "peeringSyncLevel": "FullyInSync",
            "remoteVirtualNetwork": {"id": remote.id},
            **{flag: bool(asked.get(flag, flag == "allowVirtualNetworkAccess")) for flag in _FLAGS},
        },
    )
    before = document["properties"]["virtualNetworkPeerings"]
    kept = [one for one in before if one["name"].lower() != fresh["name"].lower()]
    for one in kept:
        if same_id(one["properties"]["remoteVirtualNetwork"]["id"], remote.id):
            raise bad(
                "AnotherPeeringAlreadyReferencesRemoteVnet",
                f"Peering {fresh['id']} cannot be added: peering {one['id']} already references remote virtual "
                f"network {remote.id}.",
            )
    document["properties"]["virtualNetworkPeerings"] = [*kept, fresh]
    change_parent(call, parent, document)
    return child_answer(call, document["location"], 200 if len(kept) < len(before) else 201, fresh, fresh["id"])


def _check_spaces(one: Document, other: Document) -> None:
    for first in one["properties"]["addressSpace"]["addressPrefixes"]:
        for second in other["properties"]["addressSpace"]["addressPrefixes"]:
            if IPv4Network(first).overlaps(IPv4Network(second)):
                raise bad(
                    "VnetAddressSpacesOverlap",
                    f"Cannot create or update peering {one['id']}. Virtual networks {one['id']} and {other['id']} "
                    f"cannot be peered because their address spaces overlap. Overlapping address prefixes: {first}, "
                    f"{second}.",
                )


@operation(
    "DELETE",
    _PATH,
    versions=NETWORK_VERSIONS,
    action="Microsoft.Network/virtualNetworks/virtualNetworkPeerings/delete",
    evidence="documentation",
)
def delete_peering(call: Call) -> Reply:
    """Delete a peering; the other side's becomes Disconnected."""
    parent = NETWORKS.find(call)
    document = parent.doc
    before = document["properties"]["virtualNetworkPeerings"]
    gone = [one for one in before if one["name"].lower() == call.params["child"].lower()]
    if not gone:
        return Reply(204)
    document["properties"]["virtualNetworkPeerings"] = [one for one in before if one not in gone]
    change_parent(call, parent, document)
    remote = call.store.get(gone[0]["properties"]["remoteVirtualNetwork"]["id"], call.now)
    if remote is not None:
        mirror = remote.doc
        for one in mirror["properties"]["virtualNetworkPeerings"]:
            if same_id(one["properties"]["remoteVirtualNetwork"]["id"], parent.id):
                one["properties"]["peeringState"] = "Disconnected"
        call.store.put(remote.changed(mirror))
    return child_answer(call, document["location"], 202, None, None)


@operation(
    "GET",
    NETWORKS.item_path + "/CheckIPAddressAvailability",
    versions=NETWORK_VERSIONS,
    action="Microsoft.Network/virtualNetworks/checkIpAddressAvailability/read",
    evidence="documentation",
)
def check_address(call: Call) -> Reply:
    """Whether an address of the network is free; if not, up to five that are."""
    network = NETWORKS.find(call)
    text = call.query.get("ipaddress", "")
    try:
        wanted = IPv4Address(text)
    except AddressValueError as error:
        raise bad("InvalidIPAddressFormat", f"IP address '{text}' is not valid.") from error
    for subnet in network.body["properties"]["subnets"]:
        found = addresses(call.store, subnet["id"], call.now)
        if found is not None and found.is_in_range(str(wanted)):
            reserved = found.is_reserved(str(wanted))
            free = found.is_free(str(wanted))
            answer: dict[str, Any] = {"available": free, "isPlatformReserved": reserved}
            if not free:
                answer["availableIPAddresses"] = found.some_free(_OFFERED)
            return Reply(200, answer)
    raise bad(
        "PrivateIPAddressNotInAnySubnet",
        f"Private static IP address {text} does not belong to the range of any subnet in the virtual network "
        f"{network.name}.",
    )
