"""Writes of route tables and their routes."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.estates.network_factory import child
from asr_tui.emulator.families import Document
from asr_tui.emulator.network.networks import parse_prefix
from asr_tui.emulator.network.references import references
from asr_tui.emulator.network.resources import ROUTE_TABLES
from asr_tui.emulator.network.service_tags import ranges_of
from asr_tui.emulator.network.views import NETWORK_VERSIONS
from asr_tui.emulator.network.writing import (
    TAGS,
    bad,
    begin_delete,
    change_parent,
    check_name,
    check_unused,
    child_answer,
    delete_child,
    finish_put,
    patch_tags,
    resource_body,
    shell,
    target_of,
)
from asr_tui.emulator.registry import operation
from asr_tui.emulator.schema import Bool, ListOf, Obj, Str

_HOPS = ("VirtualNetworkGateway", "VnetLocal", "Internet", "VirtualAppliance", "None")
_ROUTE = Obj(
    {"addressPrefix": Str(), "nextHopType": Str(enum=_HOPS), "nextHopIpAddress": Str()},
    required=("addressPrefix", "nextHopType"),
    keep_unknown=True,
)
_NAMED = Obj({"name": Str(), "properties": _ROUTE}, required=("properties",), keep_unknown=True)
_ACTION = "Microsoft.Network/routeTables"


@operation(
    "PUT",
    ROUTE_TABLES.item_path,
    versions=NETWORK_VERSIONS,
    action=f"{_ACTION}/write",
    evidence="documentation",
    body=resource_body({"routes": ListOf(_NAMED), "disableBgpRoutePropagation": Bool()}),
)
def put_table(call: Call) -> Reply:
    """Create or replace a route table."""
    check_name("routeTables", call.params["name"])
    target = target_of(call, ROUTE_TABLES)
    document = shell(call, ROUTE_TABLES, target)
    asked = call.body.get("properties") or {}
    routes = [_route(document, one.get("name") or "", one["properties"]) for one in asked.get("routes") or []]
    _check_prefixes(routes)
    document["properties"] |= {
        "disableBgpRoutePropagation": bool(asked.get("disableBgpRoutePropagation")),
        "routes": routes,
    }
    return finish_put(call, ROUTE_TABLES, target, document)


def _route(table: Document, name: str, asked: Mapping[str, Any]) -> Document:
    check_name("routes", name)
    prefix = asked["addressPrefix"]
    if ranges_of(prefix) is None:
        parse_prefix(prefix, f"{table['id']}/routes/{name}")
    properties: Document = {"addressPrefix": prefix, "nextHopType": asked["nextHopType"], "hasBgpOverride": False}
    address = asked.get("nextHopIpAddress")
    if asked["nextHopType"] == "VirtualAppliance":
        try:
            properties["nextHopIpAddress"] = str(IPv4Address(address or ""))
        except AddressValueError as error:
            raise bad(
                "InvalidNextHopIpAddress",
                f"Route {name} has the next hop type VirtualAppliance and needs the IP address of the appliance in "
                "nextHopIpAddress.",
            ) from error
    elif address:
        raise bad("InvalidNextHopIpAddress", f"Route {name}: only a VirtualAppliance has a nextHopIpAddress.")
    return child(table, "routes", name, properties)


def _check_prefixes(routes: list[Document]) -> None:
    seen: dict[str, str] = {}
    for route in routes:
        prefix = route["properties"]["addressPrefix"]
        other = seen.setdefault(prefix.lower(), route["name"])
        if other != route["name"]:
            raise bad("RouteConflict", f"Route {route['name']} conflicts with route {other}: both are for {prefix}.")


@operation(
    "PATCH",
    ROUTE_TABLES.item_path,
    versions=NETWORK_VERSIONS,
    action=f"{_ACTION}/write",
    evidence="documentation",
    body=TAGS,
)
def patch_table(call: Call) -> Reply:
    """Replace a table's tags."""
    return patch_tags(call, ROUTE_TABLES)


@operation(
    "DELETE",
    ROUTE_TABLES.item_path,
    versions=NETWORK_VERSIONS,
    action=f"{_ACTION}/delete",
    evidence="documentation",
)
def delete_table(call: Call) -> Reply:
    """Delete a table that no subnet uses."""
    found = ROUTE_TABLES.existing(call)
    if found is None:
        return Reply(204)
    known = references(call.store, call.subscription, call.now)
    check_unused("InUseRouteTableCannotBeDeleted", f"Route table {found.id}", known.table_subnets.get(found.key, ()))
    return begin_delete(call, found)


_ROUTE_PATH = ROUTE_TABLES.item_path + "/routes/{child}"


@operation(
    "PUT",
    _ROUTE_PATH,
    versions=NETWORK_VERSIONS,
    action=f"{_ACTION}/routes/write",
    evidence="documentation",
    body=Obj(
        {"id": Str(), "name": Str(), "type": Str(), "etag": Str(), "properties": _ROUTE}, required=("properties",)
    ),
)
def put_route(call: Call) -> Reply:
    """Create or replace one route of a table."""
    parent = ROUTE_TABLES.find(call)
    document = parent.doc
    before = document["properties"]["routes"]
    fresh = _route(document, call.params["child"], call.body["properties"])
    kept = [one for one in before if one["name"].lower() != fresh["name"].lower()]
    _check_prefixes([*kept, fresh])
    document["properties"]["routes"] = [*kept, fresh]
    change_parent(call, parent, document)
    return child_answer(call, document["location"], 200 if len(kept) < len(before) else 201, fresh, fresh["id"])


@operation(
    "DELETE",
    _ROUTE_PATH,
    versions=NETWORK_VERSIONS,
    action=f"{_ACTION}/routes/delete",
    evidence="documentation",
)
def delete_route(call: Call) -> Reply:
    """Delete one route of a table."""
    return delete_child(call, ROUTE_TABLES, "routes")
