"""The one-line forms that an estate may use instead of a mapping: disks, security rules, routes, roles."""

from __future__ import annotations

import re
from typing import Any

DISK_FORM = "<size in GiB> [<type>] [as <name>]"
"""How a disk is written on one line: ``128 Premium_LRS as sql-data``."""

RULE_FORM = "<priority> <allow|deny> <in|out> <tcp|udp|icmp|any> <source> -> <destination> [port <ports>]"
"""How a security rule is written on one line: ``100 allow out tcp VirtualNetwork -> Storage.WestEurope port 443``."""

ROUTE_FORM = "<prefix> -> <VirtualAppliance|VirtualNetworkGateway|VnetLocal|Internet|None> [<address>]"
"""How a route is written on one line: ``0.0.0.0/0 -> VirtualAppliance 10.0.0.4``."""

ROLE_FORM = "<role name> [on <resource group>]"
"""How a role is written on one line: ``Reader on rg-web``."""

_DISK = re.compile(r"(?P<size>\d+)(?:\s+(?!as\b)(?P<sku>\S+))?(?:\s+as\s+(?P<name>\S+))?")
_RULE = re.compile(
    r"(?P<priority>\d+)\s+(?P<access>allow|deny)\s+(?P<direction>in|out)\s+(?P<protocol>tcp|udp|icmp|any)\s+"
    r"(?P<sources>.+?)\s*->\s*(?P<destinations>.+?)(?:\s+ports?\s+(?P<ports>.+))?",
    re.IGNORECASE,
)
_ROUTE = re.compile(r"(?P<prefix>\S+)\s*->\s*(?P<next_hop>\w+)(?:\s+(?P<address>\S+))?")
_ROLE = re.compile(r"(?P<role>.+?)(?:\s+on\s+(?P<group>\S+))?")


def _parse(pattern: re.Pattern[str], form: str, text: str) -> dict[str, Any]:
    found = pattern.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"write it as: {form}")
    return {name: value for name, value in found.groupdict().items() if value is not None}


def disk(value: Any) -> Any:
    """``128``, ``"128 Premium_LRS"`` or ``"128 Premium_LRS as data"`` as a mapping; a mapping stays as it is."""
    if isinstance(value, int) and not isinstance(value, bool):
        return {"size": value}
    return _parse(_DISK, DISK_FORM, value) if isinstance(value, str) else value


def rule(value: Any) -> Any:
    """A one-line security rule as a mapping; lists are separated by commas."""
    if not isinstance(value, str):
        return value
    fields = _parse(_RULE, RULE_FORM, value)
    for name in ("sources", "destinations", "ports"):
        if name in fields:
            fields[name] = listed(fields[name])
    return {name: text.lower() if isinstance(text, str) else text for name, text in fields.items()}


def route(value: Any) -> Any:
    """A one-line route as a mapping."""
    return _parse(_ROUTE, ROUTE_FORM, value) if isinstance(value, str) else value


def role(value: Any) -> Any:
    """A one-line role as a mapping."""
    return _parse(_ROLE, ROLE_FORM, value) if isinstance(value, str) else value


def listed(value: Any) -> Any:
    """``"a, b"`` or ``443`` as a list of text; a list has its entries turned into text."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, int) and not isinstance(value, bool):
        return [str(value)]
    if isinstance(value, list):
        return [str(entry) if isinstance(entry, int) and not isinstance(entry, bool) else entry for entry in value]
    return value
