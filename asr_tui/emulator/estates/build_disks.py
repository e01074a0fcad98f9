"""Builds the disk documents of an estate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import factory
from .disk_factory import GIB, DiskOptions
from .factory import AttachedDisk
from .images import Image
from .machines import Disk
from .names import COMPUTE, Place
from .workshop import BUILT, Workshop
from .yaml_lines import Location


def build_disks(shop: Workshop) -> None:
    """Build the disks that stand by themselves in the estate."""
    for name, spec in shop.estate.disks.items():
        at: Location = ("disks", name)
        place = shop.place(spec, at)
        shop.register("disks", name, place.id(f"{COMPUTE}/disks", name), at)
        if spec.size == 0 and spec.size_mb is None:
            shop.wrong(at, "give the disk a 'size' in GiB")
        shop.add(disk_document(shop, place, name, spec, DiskOptions(zone=spec.zone), at))


def image_id(place: Place, image: Image) -> str:
    return (
        f"/Subscriptions/{place.subscription}/Providers/{COMPUTE}/Locations/{place.location}/Publishers/"
        f"{image.publisher}/ArtifactTypes/VMImage/Offers/{image.offer}/Skus/{image.sku}/Versions/{image.version}"
    )


def attached(shop: Workshop, identifier: str, name: str, spec: Disk, lun: int | None, at: Location) -> AttachedDisk:
    return AttachedDisk(
        id=identifier,
        name=name,
        size_gb=spec.size,
        sku=spec.sku,
        lun=lun,
        caching=spec.caching or ("ReadWrite" if lun is None else "None"),
        write_accelerator=spec.write_accelerator,
        disk_encryption_set=shop.refer("disk_encryption_sets", spec.disk_encryption_set, (*at, "disk_encryption_set")),
    )


def disk_document(
    shop: Workshop, place: Place, name: str, spec: Disk, options: DiskOptions, at: Location
) -> dict[str, Any]:
    key = shop.refer("disk_encryption_sets", spec.disk_encryption_set, (*at, "disk_encryption_set"))
    changes: dict[str, Any] = {"max_shares": spec.max_shares, "tags": spec.tags}
    if key and spec.disk_encryption_set:
        double = shop.estate.disk_encryption_sets[spec.disk_encryption_set].double
        kind = "EncryptionAtRestWithPlatformAndCustomerKeys" if double else "EncryptionAtRestWithCustomerKey"
        changes |= {"disk_encryption_set": key, "encryption": kind}
    document = factory.disk(
        place,
        name,
        size_gb=spec.size,
        sku=spec.sku,
        created=BUILT,
        options=_replaced(options, changes),
    )
    if spec.size_mb is not None:
        document["properties"] |= {"diskSizeGB": 1, "diskSizeBytes": spec.size_mb * GIB // 1024}
    facts = {
        "used_percent": spec.used_percent,
        "churn": spec.churn,
        "write_kib": spec.write_kib,
        "tier_changed": spec.tier_changed or None,
    }
    document["_data"] = {name: value for name, value in facts.items() if value is not None}
    return document


def _replaced(options: DiskOptions, changes: Mapping[str, Any]) -> DiskOptions:
    fields = {name: getattr(options, name) for name in options.__dataclass_fields__}
    return DiskOptions(**{**fields, **changes})
