"""Builders of the ARM documents of managed disks and disk encryption sets; private members as in ``factory``."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .names import COMPUTE, Place, derived_guid, offset_time

Document = dict[str, Any]

GIB = 1024**3
"""Bytes in a GiB."""

_IOPS = (
    (32, 120, 25),
    (64, 240, 50),
    (128, 500, 100),
    (256, 1100, 125),
    (512, 2300, 150),
    (1024, 5000, 200),
    (2048, 7500, 250),
    (4096, 7500, 250),
    (8192, 16000, 500),
    (16384, 18000, 750),
    (32768, 20000, 900),
)
_TIERS = (
    (4, "1"),
    (8, "2"),
    (16, "3"),
    (32, "4"),
    (64, "6"),
    (128, "10"),
    (256, "15"),
    (512, "20"),
    (1024, "30"),
    (2048, "40"),
    (4096, "50"),
    (8192, "60"),
    (16384, "70"),
    (32768, "80"),
)
_LETTERS = {"Premium_LRS": "P", "Premium_ZRS": "P", "StandardSSD_LRS": "E", "StandardSSD_ZRS": "E"}


def disk_tier(sku: str, size_gb: int) -> str | None:
    """Performance tier (``P10``) of a premium disk of that size in GiB; None for types without tiers."""
    letter = _LETTERS.get(sku)
    if letter != "P":
        return None
    return next((letter + number for limit, number in _TIERS if size_gb <= limit), "P80")


def disk_performance(sku: str, size_gb: int) -> tuple[int, int]:
    """IOPS and MB/s that a disk of that type and size (GiB) is given by default."""
    if sku in ("PremiumV2_LRS", "UltraSSD_LRS"):
        return 3000, 125
    if sku == "Standard_LRS":
        return (500, 60) if size_gb <= 4096 else (1300, 300)
    if sku.startswith("StandardSSD"):
        return (500, 100) if size_gb <= 4096 else (2000, 400)
    return next(((iops, mbps) for limit, iops, mbps in _IOPS if size_gb <= limit), (20000, 900))


@dataclass(frozen=True, slots=True)
class DiskOptions:
    """What not every disk has. ``max_shares`` above 1 makes it a shared disk; ``encryption`` is an ARM encryption
    type; ``creation`` replaces ``creationData``; ``extra`` is merged into ``properties``.
    """

    zone: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    managed_by: str | None = None
    os_type: str | None = None
    generation: int | None = None
    max_shares: int = 1
    encryption: str = "EncryptionAtRestWithPlatformKey"
    disk_encryption_set: str | None = None
    creation: Mapping[str, Any] | None = None
    security: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def disk(
    place: Place,
    name: str,
    *,
    size_gb: int,
    sku: str,
    created: datetime,
    options: DiskOptions | None = None,
) -> Document:
    """A managed disk of ``size_gb`` GiB and type ``sku`` (``Premium_LRS``, ``StandardSSD_ZRS`` ...)."""
    chosen = options or DiskOptions()
    disk_id = place.id(f"{COMPUTE}/disks", name)
    document: Document = {
        "name": name,
        "id": disk_id,
        "type": f"{COMPUTE}/disks",
        "location": place.location,
        "tags": dict(chosen.tags),
        "sku": {"name": sku, "tier": _sku_tier(sku)},
        "properties": _disk_properties(disk_id, size_gb, sku, created, chosen),
    }
    if chosen.managed_by:
        document["managedBy"] = chosen.managed_by
    if chosen.zone:
        document["zones"] = [chosen.zone]
    return document


def _disk_properties(disk_id: str, size_gb: int, sku: str, created: datetime, chosen: DiskOptions) -> Document:
    iops, mbps = disk_performance(sku, size_gb)
    encryption: Document = {"type": chosen.encryption}
    if chosen.disk_encryption_set:
        encryption["diskEncryptionSetId"] = chosen.disk_encryption_set
    properties: Document = {
        "creationData": dict(chosen.creation or {"createOption": "Empty"}),
        "diskSizeGB": size_gb,
        "diskIOPSReadWrite": iops,
        "diskMBpsReadWrite": mbps,
        "encryption": encryption,
        "networkAccessPolicy": "AllowAll",
        "publicNetworkAccess": "Enabled",
        "timeCreated": offset_time(created),
        "provisioningState": "Succeeded",
        "diskState": "Attached" if chosen.managed_by else "Unattached",
        "diskSizeBytes": size_gb * GIB,
        "uniqueId": derived_guid(disk_id, "uniqueId"),
    }
    if chosen.os_type:
        properties |= {"osType": chosen.os_type, "hyperVGeneration": f"V{chosen.generation or 2}"}
    if chosen.security:
        properties["securityProfile"] = {"securityType": chosen.security}
    if chosen.max_shares > 1:
        properties["maxShares"] = chosen.max_shares
    tier = disk_tier(sku, size_gb)
    if tier:
        properties["tier"] = tier
    properties |= deepcopy(dict(chosen.extra))
    return properties


def _sku_tier(sku: str) -> str:
    return {"P": "Premium", "U": "Ultra"}.get(sku[0], "Standard")


def clone_disk(
    source: Mapping[str, Any],
    place: Place,
    name: str,
    *,
    created: datetime,
    sku: str | None = None,
    zone: str | None = None,
    managed_by: str | None = None,
    disk_encryption_set: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> Document:
    """A disk that the service makes of ``source``'s data (replica, test or failover disk), same size and system."""
    before = source["properties"]
    generation = before.get("hyperVGeneration")
    return disk(
        place,
        name,
        size_gb=before["diskSizeGB"],
        sku=sku or source["sku"]["name"],
        created=created,
        options=DiskOptions(
            zone=zone,
            tags={**source.get("tags", {}), **(tags or {})},
            managed_by=managed_by,
            os_type=before.get("osType"),
            generation=int(generation[1:]) if generation else None,
            encryption=before["encryption"]["type"],
            disk_encryption_set=disk_encryption_set,
            security=before.get("securityProfile", {}).get("securityType"),
        ),
    )


def disk_encryption_set(
    place: Place,
    name: str,
    *,
    key_vault: str,
    key_url: str,
    double: bool = False,
    tags: Mapping[str, str] | None = None,
) -> Document:
    """A disk encryption set over a key (``key_url``) of the vault with id ``key_vault``."""
    set_id = place.id(f"{COMPUTE}/diskEncryptionSets", name)
    kind = "EncryptionAtRestWithPlatformAndCustomerKeys" if double else "EncryptionAtRestWithCustomerKey"
    return {
        "name": name,
        "id": set_id,
        "type": f"{COMPUTE}/diskEncryptionSets",
        "location": place.location,
        "tags": dict(tags or {}),
        "identity": {"type": "SystemAssigned", "principalId": derived_guid(set_id, "principal")},
        "properties": {
            "activeKey": {"sourceVault": {"id": key_vault}, "keyUrl": key_url},
            "encryptionType": kind,
            "provisioningState": "Succeeded",
            "rotationToLatestKeyVersionEnabled": False,
        },
    }
