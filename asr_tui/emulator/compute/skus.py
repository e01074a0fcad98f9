"""Resource SKUs, VM sizes and usages: what a subscription may create where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.compute.machines import COMPUTE_VERSIONS, MACHINES
from asr_tui.emulator.compute.quotas import usages
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.estates.disk_factory import disk_performance
from asr_tui.emulator.estates.sizes import Size, size_named, sizes
from asr_tui.emulator.regions import Region, region_named, regions
from asr_tui.emulator.registry import operation
from asr_tui.emulator.store import Store

Document = dict[str, Any]

_FILTER = re.compile(r"\s*location\s+eq\s+'([^']*)'\s*", re.IGNORECASE)
_DISK_TIERS = {
    "Standard_LRS": ("Standard", "S", False),
    "StandardSSD_LRS": ("Standard", "E", False),
    "StandardSSD_ZRS": ("Standard", "E", True),
    "Premium_LRS": ("Premium", "P", False),
    "Premium_ZRS": ("Premium", "P", True),
}
_DISK_SIZES = (
    ("4", 32),
    ("6", 64),
    ("10", 128),
    ("15", 256),
    ("20", 512),
    ("30", 1024),
    ("40", 2048),
    ("50", 4096),
    ("60", 8192),
    ("70", 16384),
    ("80", 32767),
)


class Restrictions:
    """What the estate forbids the subscription: sizes, and whole regions."""

    def __init__(self, store: Store) -> None:
        self._sizes: list[Mapping[str, Any]] = store.fact("restricted_sizes") or []
        self._closed: set[str] = set(store.fact("closed_regions") or [])

    def of(self, size: Size, region: Region) -> list[Document]:
        """``restrictions`` of a size in a region."""
        if region.reserved or region.name in self._closed:
            return [_restriction("Location", region.name, "NotAvailableForSubscription", ())]
        found = []
        for entry in self._sizes:
            named = {one.lower() for one in entry["sizes"]}
            where = {one.replace(" ", "").lower() for one in entry["regions"]}
            if region.name in where and {size.name.lower(), size.family.lower()} & named:
                kind = "Zone" if entry["zones"] else "Location"
                found.append(_restriction(kind, region.name, entry["reason"], entry["zones"]))
        return found


def restriction_of(store: Store, size: str, location: str) -> str | None:
    """The reason code why a size cannot be used in a whole region, or None when it can.

    ``NotOffered`` stands for a size that the region does not have.
    """
    known, region = size_named(size), region_named(location)
    if known is None or region is None or not known.offered_in(region.name):
        return "NotOffered"
    for entry in Restrictions(store).of(known, region):
        if entry["type"] == "Location":
            return str(entry["reasonCode"])
    return None


def _restriction(kind: str, location: str, reason: str, zones: Iterable[str]) -> Document:
    info: Document = {"locations": [location]}
    if kind == "Zone":
        info["zones"] = list(zones)
    return {"type": kind, "values": [location], "restrictionInfo": info, "reasonCode": reason}


def _capabilities(pairs: Mapping[str, Any]) -> list[Document]:
    return [{"name": name, "value": str(value)} for name, value in pairs.items()]


def _size_capabilities(size: Size) -> list[Document]:
    small = size.vcpus <= 2
    pairs: dict[str, Any] = {
        "MaxResourceVolumeMB": size.temp_gb * 1024,
        "OSVhdSizeMB": 1047552,
        "vCPUs": size.vcpus,
        "MemoryPreservingMaintenanceSupported": True,
        "HyperVGenerations": size.generations,
        "DiskControllerTypes": size.controllers,
        "SupportedEphemeralOSDiskPlacements": "ResourceDisk,CacheDisk" if size.temp_gb else "",
        "MemoryGB": f"{size.memory_gb:g}",
        "MaxDataDiskCount": size.max_data_disks,
        "CpuArchitectureType": size.architecture,
        "LowPriorityCapable": not size.name.startswith("Standard_B"),
        "PremiumIO": size.premium,
        "VMDeploymentTypes": "IaaS",
        "vCPUsAvailable": size.active_vcpus,
        "vCPUsPerCore": 1 if size.architecture == "Arm64" else 2,
        "UncachedDiskIOPS": 1875 * size.vcpus,
        "UncachedDiskBytesPerSecond": 44564480 * size.vcpus,
        "EphemeralOSDiskSupported": bool(size.temp_gb) and size.premium,
        "EncryptionAtHostSupported": size.premium,
        "CapacityReservationSupported": size.premium,
        "AcceleratedNetworkingEnabled": not (small and size.name.startswith(("Standard_B", "Standard_A"))),
        "RdmaEnabled": False,
        "MaxNetworkInterfaces": size.max_nics,
        "UltraSSDAvailable": size.premium,
    }
    if not pairs["SupportedEphemeralOSDiskPlacements"]:
        del pairs["SupportedEphemeralOSDiskPlacements"]
    if size.security == "confidential":
        pairs["ConfidentialComputingType"] = "SNP"
    if size.security == "none":
        pairs["TrustedLaunchDisabled"] = True
    return _capabilities(pairs)


def _size_sku(size: Size, region: Region, restrictions: Restrictions) -> Document:
    zones = ["1", "2", "3"] if region.zones and size.zonal else []
    details = []
    if zones and size.premium:
        details = [{"Name": zones, "capabilities": [{"name": "UltraSSDAvailable", "value": "True"}]}]
    return {
        "resourceType": "virtualMachines",
        "name": size.name,
        "tier": "Standard",
        "size": size.name.removeprefix("Standard_"),
        "family": size.family,
        "locations": [region.name],
        "locationInfo": [{"location": region.name, "zones": zones, "zoneDetails": details}],
        "capabilities": _size_capabilities(size),
        "restrictions": restrictions.of(size, region),
    }


def _disk_sku(name: str, tier: str, size: str | None, region: Region, capabilities: Mapping[str, Any]) -> Document:
    zones = ["1", "2", "3"] if region.zones else []
    found: Document = {
        "resourceType": "disks",
        "name": name,
        "tier": tier,
        "locations": [region.name],
        "locationInfo": [{"location": region.name, "zones": zones, "zoneDetails": []}],
        "capabilities": _capabilities(capabilities),
        "restrictions": [],
    }
    if size:
        found["size"] = size
    return found


def _disk_skus(region: Region) -> list[Document]:
    found = []
    for name, (tier, letter, zonal) in _DISK_TIERS.items():
        if zonal and not region.zones:
            continue
        for number, most in _DISK_SIZES:
            iops, mbps = disk_performance(name, most)
            limits = {"MaxSizeGiB": most, "MaxIOps": iops, "MaxBandwidthMBps": mbps, "MaxValueOfMaxShares": 10}
            found.append(_disk_sku(name, tier, letter + number, region, limits))
    if region.zones:
        limits = {"MaxSizeGiB": 65536, "MinSizeGiB": 1, "MaxIOps": 80000, "MaxBandwidthMBps": 1200}
        found.append(_disk_sku("PremiumV2_LRS", "Premium", None, region, limits))
        limits = {"MaxSizeGiB": 65536, "MinSizeGiB": 4, "MaxIOps": 400000, "MaxBandwidthMBps": 10000}
        found.append(_disk_sku("UltraSSD_LRS", "Ultra", None, region, limits))
    return found


@operation(
    "GET",
    "/subscriptions/{sub}/providers/Microsoft.Compute/skus",
    versions=COMPUTE_VERSIONS,
    action="Microsoft.Compute/skus/read",
    evidence="documentation",
    note="A selection of sizes; only $filter=location eq '...' is understood, as in the service.",
)
def list_skus(call: Call) -> Reply:
    """VM sizes and disk types with their capabilities and the subscription's restrictions."""
    chosen = _regions_of(call)
    restrictions = Restrictions(call.store)
    found: list[Document] = []
    for region in chosen:
        found += [_size_sku(size, region, restrictions) for size in sizes().values() if size.offered_in(region.name)]
        found += _disk_skus(region)
    return call.page(found)


def _regions_of(call: Call) -> list[Region]:
    text = call.query.get("$filter", "")
    if not text.strip():
        return list(regions().values())
    matched = _FILTER.fullmatch(text)
    if matched is None:
        raise ArmError(
            400, "InvalidFilter", f"The filter '{text}' is not supported. Only location eq '...' is.", target="$filter"
        )
    region = region_named(matched.group(1))
    return [region] if region is not None else []


def require_region(call: Call) -> Region:
    """The region of the path.

    Raises:
        ArmError: 400 ``NoRegisteredProviderFound`` for an unknown one.
    """
    region = region_named(call.params["location"])
    if region is None:
        raise ArmError(
            400,
            "NoRegisteredProviderFound",
            f"No registered resource provider found for location '{call.params['location']}' and API version "
            f"'{call.api_version}'. The supported locations are '{', '.join(regions())}'.",
        )
    return region


@operation(
    "GET",
    "/subscriptions/{sub}/providers/Microsoft.Compute/locations/{location}/usages",
    versions=COMPUTE_VERSIONS,
    action="Microsoft.Compute/locations/usages/read",
    evidence="documentation",
)
def list_usages(call: Call) -> Reply:
    """What is used of each Compute quota in a region."""
    region = require_region(call)
    return call.page(
        [
            {
                "limit": one.limit,
                "unit": "Count",
                "currentValue": one.current,
                "name": {"value": one.name, "localizedValue": one.text},
            }
            for one in usages(call.store, call.subscription, region.name, call.now)
        ]
    )


def _old_size(size: Size) -> Document:
    return {
        "name": size.name,
        "numberOfCores": size.active_vcpus,
        "osDiskSizeInMB": 1047552,
        "resourceDiskSizeInMB": size.temp_gb * 1024,
        "memoryInMB": int(size.memory_gb * 1024),
        "maxDataDiskCount": size.max_data_disks,
    }


@operation(
    "GET",
    "/subscriptions/{sub}/providers/Microsoft.Compute/locations/{location}/vmSizes",
    versions=COMPUTE_VERSIONS,
    action="Microsoft.Compute/locations/vmSizes/read",
    evidence="documentation",
)
def list_sizes(call: Call) -> Reply:
    """The older list of sizes of a region."""
    region = require_region(call)
    return call.page([_old_size(size) for size in sizes().values() if size.offered_in(region.name)])


@operation(
    "GET",
    MACHINES.item_path + "/vmSizes",
    versions=COMPUTE_VERSIONS,
    action="Microsoft.Compute/virtualMachines/vmSizes/read",
    evidence="documentation",
)
def list_sizes_for_machine(call: Call) -> Reply:
    """Sizes that a VM can be given: those of its region and its processor architecture."""
    body = MACHINES.find(call).body
    current = size_named(body["properties"]["hardwareProfile"]["vmSize"])
    architecture = current.architecture if current else "x64"
    return call.page(
        [
            _old_size(size)
            for size in sizes().values()
            if size.offered_in(body["location"]) and size.architecture == architecture
        ]
    )
