"""Reads what connects networks on-premises: gateways, connections, the sites behind them, and ExpressRoute circuits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from asr_tui.azure import versions
from asr_tui.azure.clients import Clients
from asr_tui.azure.documents import hybrid
from asr_tui.azure.documents.fields import Document
from asr_tui.model import arm_id
from asr_tui.model.connectivity import Connectivity
from asr_tui.model.network import VirtualNetwork

Read = TypeVar("Read")

_AT_ONCE: Final = 4
_MOST_GROUPS: Final = 12
"""Gateways are listed by resource group; they stand in that of their network. Of more networks than this some stay unread."""


async def read_connectivity(clients: Clients, networks: Iterable[VirtualNetwork]) -> Connectivity:
    """Circuits of the subscription, and the gateways of those of ``networks`` that have a gateway subnet.

    One list for the circuits, and three for each resource group with such a network.

    Raises:
        ProblemError: one of them cannot be read.
    """
    turn = asyncio.Semaphore(_AT_ONCE)

    async def listed(scope: str, kind: str, read: Callable[[Document], Read]) -> list[Read]:
        resource_type = f"Microsoft.Network/{kind}"
        path = f"{scope}/providers/{resource_type}"
        async with turn:
            return [
                read(entry) async for page in clients.pages(path, version=versions.of(resource_type)) for entry in page
            ]

    groups: dict[str, str] = {}
    for network in networks:
        if network.subnet("GatewaySubnet") is not None:
            scope = network.id.split("/providers/", 1)[0]
            groups.setdefault(arm_id.key(scope), scope)
    scopes = list(groups.values())[:_MOST_GROUPS]
    circuits = await listed(clients.subscription, "expressRouteCircuits", hybrid.circuit)
    gateways = await asyncio.gather(*(listed(each, "virtualNetworkGateways", hybrid.gateway) for each in scopes))
    links = await asyncio.gather(*(listed(each, "connections", hybrid.connection) for each in scopes))
    sites = await asyncio.gather(*(listed(each, "localNetworkGateways", hybrid.site) for each in scopes))
    return Connectivity(
        gateways=tuple(one for part in gateways for one in part),
        connections=tuple(one for part in links for one in part),
        sites=tuple(one for part in sites for one in part),
        circuits=tuple(circuits),
        unread_groups=len(groups) - len(scopes),
    )
