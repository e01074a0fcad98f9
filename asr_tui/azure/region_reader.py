"""Reads what a region offers and what is left of it: sizes and disk types, quotas, service tags."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from asr_tui.azure import versions
from asr_tui.azure.clients import Clients
from asr_tui.azure.documents import compute, network
from asr_tui.azure.documents.fields import documents, text
from asr_tui.model.compute import DiskSku, Usage, VmSize
from asr_tui.model.governance import Unreadable
from asr_tui.model.network import ServiceTag
from asr_tui.model.problem import ProblemError

# The tags that replication traffic meets, global and regional; the whole list has thousands of prefixes more.
_TAGS: Final = re.compile(
    r"(AzureActiveDirectory|AzureSiteRecovery|AzureKeyVault|GuestAndHybridManagement|Storage|EventHub|AzureCloud)(\.(?P<region>\w+))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RegionRead:
    """What was read, by field name of the estate, and what could not be."""

    parts: dict[str, tuple[Any, ...]]
    unreadable: tuple[Unreadable, ...]


async def read_region(clients: Clients, region: str) -> RegionRead:
    """Sizes, disk types, quotas and service tags of one region; a part that cannot be read is named in ``unreadable``."""
    readings: tuple[tuple[str, Callable[[Clients, str], Awaitable[dict[str, tuple[Any, ...]]]]], ...] = (
        ("vm_sizes", _skus),
        ("usages", partial(_usages, namespace="Microsoft.Compute")),
        ("network usages", partial(_usages, namespace="Microsoft.Network")),
        ("storage usages", partial(_usages, namespace="Microsoft.Storage")),
        ("service_tags", _service_tags),
    )
    parts: dict[str, tuple[Any, ...]] = {}
    unreadable: list[Unreadable] = []
    for what, read in readings:
        try:
            for part, found in (await read(clients, region)).items():
                parts[part] = parts.get(part, ()) + found
        except ProblemError as error:
            unreadable.append(Unreadable(what=what, scope=region, reason=error.problem.sentence()))
    return RegionRead(parts, tuple(unreadable))


async def read_usages(clients: Clients, region: str) -> tuple[Usage, ...]:
    """What a region's quotas of compute and network leave.

    Raises:
        ProblemError: they cannot be read.
    """
    found: list[Usage] = []
    for namespace in ("Microsoft.Compute", "Microsoft.Network"):
        found.extend((await _usages(clients, region, namespace=namespace))["usages"])
    return tuple(found)


async def _skus(clients: Clients, region: str) -> dict[str, tuple[Any, ...]]:
    sizes: list[VmSize] = []
    disks: dict[str, DiskSku] = {}
    path = f"{clients.subscription}/providers/Microsoft.Compute/skus"
    version = versions.of("Microsoft.Compute/skus")
    async for page in clients.pages(path, version=version, **{"$filter": f"location eq '{region}'"}):
        for entry in page:
            kind = text(entry, "resourceType")
            if kind == "virtualMachines":
                sizes.append(compute.vm_size(entry, region))
            elif kind == "disks":
                # One entry for each size of a type; they are offered alike.
                sku = compute.disk_sku(entry, region)
                disks.setdefault(sku.name, sku)
    return {"vm_sizes": tuple(sizes), "disk_skus": tuple(disks.values())}


async def _usages(clients: Clients, region: str, *, namespace: str) -> dict[str, tuple[Any, ...]]:
    found: list[Usage] = []
    path = f"{clients.subscription}/providers/{namespace}/locations/{region}/usages"
    async for page in clients.pages(path, version=versions.of(f"{namespace}/locations/usages")):
        found.extend(compute.usage(entry, region) for entry in page)
    return {"usages": tuple(found)}


async def _service_tags(clients: Clients, region: str) -> dict[str, tuple[Any, ...]]:
    """The tags that matter, global and of this region. Asked for one region, Azure lists those of all."""
    path = f"{clients.subscription}/providers/Microsoft.Network/locations/{region}/serviceTags"
    body = await clients.get(path, version=versions.of("Microsoft.Network/locations/serviceTags"))
    found: list[ServiceTag] = []
    for entry in documents(body, "values"):
        matched = _TAGS.fullmatch(text(entry, "name"))
        if matched and (matched["region"] or region).lower() == region.lower():
            found.append(network.service_tag(entry))
    return {"service_tags": tuple(found)}
