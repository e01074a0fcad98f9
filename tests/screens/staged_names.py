"""Names, ids and the one moment of the staged views."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2026, 3, 4, 13, 2, 5, tzinfo=UTC)


HOSTILE = "[red]alarm[/red] \x1b[2J\x1b]0;owned\x07 \u202egnp.exe\u202c \u200fשלום " + "x" * 500


SUBSCRIPTION = "00000000-1111-2222-3333-444444444444"


GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"


def vm_id(name: str, group: str = "rg-shop-prod") -> str:
    """The ARM id of a VM."""
    return f"{GROUP}/{group}/providers/Microsoft.Compute/virtualMachines/{name}"


def network_id(name: str) -> str:
    """The ARM id of a virtual network."""
    return f"{GROUP}/rg-net/providers/Microsoft.Network/virtualNetworks/{name}"
