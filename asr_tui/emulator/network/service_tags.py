"""Service tags: which address ranges a tag such as ``Storage.WestEurope`` stands for.

The ranges are the practice cloud's own, not Microsoft's: every region has a /16 that ``AzureCloud.<Region>`` covers,
and each regional service a slice of it. So a rule with a prefix can be compared with a tag as in Azure.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from ipaddress import IPv4Network

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.families import Document
from asr_tui.emulator.network.views import NETWORK_VERSIONS
from asr_tui.emulator.regions import Region, regions
from asr_tui.emulator.registry import operation

_FIRST_OCTETS = 20
_FIRST_REGION = 60
_REGIONAL = {
    "Storage": ("AzureStorage", (0, 8)),
    "EventHub": ("AzureEventHub", (8, 10)),
    "AzureKeyVault": ("AzureKeyVault", (10, 11)),
    "Sql": ("AzureSQL", (12, 14)),
    "ServiceBus": ("AzureServiceBus", (14, 15)),
}
_WITHIN_REGION = {
    "AzureSiteRecovery": ("AzureSiteRecovery", 250, 27),
    "GuestAndHybridManagement": ("AzureAutomation", 251, 26),
    "AzureBackup": ("AzureBackup", 252, 26),
    "AzureMonitor": ("AzureMonitor", 253, 25),
}
_ENTRA = (IPv4Network("20.20.32.0/19"), IPv4Network("20.190.128.0/18"))
_WITHOUT_EVENT_HUB = ("jioindiawest", "jioindiacentral", "taiwannorth")
_CHANGE = "217"


def _region_prefix(index: int) -> IPv4Network:
    return IPv4Network(f"{_FIRST_OCTETS}.{_FIRST_REGION + index}.0.0/16")


def _slice(index: int, third: int, length: int = 24) -> IPv4Network:
    return IPv4Network(f"{_FIRST_OCTETS}.{_FIRST_REGION + index}.{third}.0/{length}")


@cache
def service_tags() -> Mapping[str, tuple[IPv4Network, ...]]:
    """All tags with their ranges, global tags first."""
    everywhere: dict[str, list[IPv4Network]] = {"AzureCloud": [*_ENTRA], "AzureActiveDirectory": [*_ENTRA]}
    regional: dict[str, tuple[IPv4Network, ...]] = {}
    for index, region in enumerate(regions().values()):
        everywhere["AzureCloud"].append(_region_prefix(index))
        regional[f"AzureCloud.{region.tag}"] = (_region_prefix(index),)
        for tag, (_, (start, end)) in _REGIONAL.items():
            if tag == "EventHub" and region.name in _WITHOUT_EVENT_HUB:
                continue
            found = [_slice(index, third) for third in range(start, end)]
            regional[f"{tag}.{region.tag}"] = tuple(found)
            everywhere.setdefault(tag, []).extend(found)
        for tag, (_, third, length) in _WITHIN_REGION.items():
            everywhere.setdefault(tag, []).append(_slice(index, third, length))
    return {**{tag: tuple(found) for tag, found in everywhere.items()}, **regional}


def ranges_of(tag: str) -> tuple[IPv4Network, ...] | None:
    """The ranges of a tag in any casing; None for something that is no tag with fixed ranges."""
    return _by_lower_name().get(tag.lower())


@cache
def _by_lower_name() -> Mapping[str, tuple[IPv4Network, ...]]:
    return {name.lower(): found for name, found in service_tags().items()}


def _described(tag: str, found: tuple[IPv4Network, ...], by_tag: Mapping[str, Region]) -> Document:
    service, _, region_tag = tag.partition(".")
    region = by_tag.get(region_tag)
    system = {**_REGIONAL, **_WITHIN_REGION}.get(service, ("",))[0]
    return {
        "name": tag,
        "id": tag,
        "properties": {
            "changeNumber": _CHANGE,
            "region": region.name if region else "",
            "systemService": "AzureAD" if service == "AzureActiveDirectory" else system,
            "addressPrefixes": [str(one) for one in found],
            "networkFeatures": ["API", "NSG", "UDR", "FW"],
            "state": "GA",
        },
    }


@operation(
    "GET",
    "/subscriptions/{sub}/providers/Microsoft.Network/locations/{location}/serviceTags",
    versions=NETWORK_VERSIONS,
    action="Microsoft.Network/locations/serviceTags/read",
    evidence="documentation",
    note="A selection of tags; the ranges are the practice cloud's own.",
)
def list_service_tags(call: Call) -> Reply:
    """All service tags with their address ranges; the region of the path does not matter, as in the service."""
    by_tag = {region.tag: region for region in regions().values()}
    return Reply(
        200,
        {
            "name": "Public",
            "id": f"/subscriptions/{call.subscription}/providers/Microsoft.Network/serviceTags/Public",
            "type": "Microsoft.Network/serviceTags",
            "changeNumber": _CHANGE,
            "cloud": "Public",
            "values": [_described(tag, found, by_tag) for tag, found in service_tags().items()],
        },
    )
