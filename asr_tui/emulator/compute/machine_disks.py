"""The disks of a VM that is being written: made from the image, made empty, attached, detached, released."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from asr_tui.emulator.call import Call
from asr_tui.emulator.compute.views import DISK, settled_disk
from asr_tui.emulator.compute.writing import invalid, not_allowed
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.estates.disk_factory import DiskOptions, disk
from asr_tui.emulator.estates.images import Image
from asr_tui.emulator.estates.names import Place, derived_guid, same_id, split_id
from asr_tui.emulator.estates.sizes import Size
from asr_tui.emulator.families import Document
from asr_tui.emulator.store import Resource


def attach_disks(
    call: Call, document: Document, size: Size, image: Image | None, *, before: Mapping[str, Any] | None
) -> None:
    """Make and attach the disks that ``storageProfile`` names, and let go those that it no longer names.

    ``before`` is the stored document of a VM that is changed, None for a new one.

    Raises:
        ArmError: as Compute: unknown disk, disk of another VM, LUN used twice, too many disks for the size.
    """
    storage = document["properties"]["storageProfile"]
    data = [one for one in storage.get("dataDisks") or [] if not one.get("toBeDetached")]
    _check_luns(data)
    if len(data) > size.max_data_disks:
        raise not_allowed(
            f"The maximum number of data disks allowed to be attached to a VM of this size is {size.max_data_disks}."
        )
    os_disk = storage.get("osDisk")
    if not os_disk:
        raise invalid("Required parameter 'osDisk' is missing (null).", "osDisk")
    if before is None:
        os_type = image.os if image else os_disk.get("osType") or "Linux"
        storage["osDisk"] = {"osType": os_type, **_held(call, document, os_disk, image, size)}
        if image is not None:
            storage["imageReference"] = image.reference
        storage.setdefault("diskControllerType", "SCSI")
    known = {
        one["lun"]: one for one in (before or {}).get("properties", {}).get("storageProfile", {}).get("dataDisks", [])
    }
    storage["dataDisks"] = [_data_disk(call, document, one, known, size) for one in data]
    if before is not None:
        _let_go(call, document, before)


def _check_luns(disks: list[Mapping[str, Any]]) -> None:
    luns = [one["lun"] for one in disks]
    for lun in luns:
        if luns.count(lun) > 1:
            raise invalid(f"A disk at LUN {lun} already exists.", "dataDisk.lun")


def _data_disk(
    call: Call, document: Document, asked: Mapping[str, Any], known: Mapping[int, Document], size: Size
) -> Document:
    kept = known.get(asked["lun"])
    wanted = (asked.get("managedDisk") or {}).get("id")
    if kept is not None and (wanted is None or same_id(wanted, kept["managedDisk"]["id"])):
        return {
            **kept,
            **{k: v for k, v in asked.items() if k in ("caching", "writeAcceleratorEnabled") and v is not None},
        }
    held = _held(call, document, asked, None, size)
    return {"lun": asked["lun"], **held, "toBeDetached": False}


def _held(call: Call, document: Document, asked: Mapping[str, Any], image: Image | None, size: Size) -> Document:
    """The storage profile's entry of one disk, which is made or looked up on the way."""
    managed = asked.get("managedDisk") or {}
    option = asked["createOption"]
    if option == "Attach":
        found = _attachable(call, document, managed.get("id"))
    else:
        found = _made(call, document, asked, image)
    body = found.body
    sku = body["sku"]["name"]
    if sku.startswith(("Premium", "Ultra")) and not size.premium:
        raise invalid(
            f"Requested operation cannot be performed because the VM size {size.name} does not support the storage "
            f"account type {sku} of disk '{found.name}'. Consider updating the VM to a size that supports Premium "
            "storage.",
            "dataDisk",
        )
    entry: Document = {
        "name": found.name,
        "createOption": option,
        "caching": asked.get("caching") or ("ReadWrite" if option == "FromImage" else "None"),
        "managedDisk": {"storageAccountType": sku, "id": found.id},
        "deleteOption": asked.get("deleteOption") or "Detach",
        "diskSizeGB": body["properties"]["diskSizeGB"],
    }
    if asked.get("writeAcceleratorEnabled"):
        entry["writeAcceleratorEnabled"] = True
    return entry


def _attachable(call: Call, document: Document, identifier: str | None) -> Resource:
    if not identifier:
        raise invalid("Required parameter 'managedDisk.id' is missing (null).", "managedDisk.id")
    found = call.store.get(identifier, call.now)
    if found is None or found.type != DISK:
        raise ArmError(404, "NotFound", f"Disk {identifier} is not found.", target="managedDisk.id")
    stored = found.doc
    current = settled_disk(call.store, found, call.now)
    holder = current.get("managedBy")
    shares = current["properties"].get("maxShares", 1)
    holders = [one for one in current.get("managedByExtended", [holder] if holder else []) if one]
    if document["id"] not in holders:
        if len(holders) >= shares:
            raise ArmError(
                409,
                "ConflictingUserInput",
                f"Disk '{found.id}' cannot be attached as the disk is already owned by VM '{holder}'.",
                target="dataDisk",
            )
        holders.append(document["id"])
    if current["location"] != document["location"]:
        raise invalid(
            f"Disk {found.id} is in location '{current['location']}', the VM in '{document['location']}'.",
            "managedDisk.id",
        )
    stored["managedBy"] = holders[0]
    stored["properties"]["diskState"] = "Attached"
    if shares > 1:
        stored["managedByExtended"] = holders
    changed = found.changed(stored)
    call.store.put(changed)
    return changed


def _made(call: Call, document: Document, asked: Mapping[str, Any], image: Image | None) -> Resource:
    parts = split_id(document["id"])
    lun = asked.get("lun")
    kind = "OsDisk_1" if lun is None else f"DataDisk_{lun}"
    name = asked.get("name") or f"{document['name']}_{kind}_{derived_guid(document['id'], kind, call.now.isoformat())}"
    place = Place(parts.subscription, parts.group, document["location"])
    size_gb = asked.get("diskSizeGB") or (image.size_gb if image else 0)
    if not size_gb:
        raise invalid("Required parameter 'diskSizeGB' is missing (null).", "dataDisk.diskSizeGB")
    managed = asked.get("managedDisk") or {}
    body = disk(
        place,
        name,
        size_gb=size_gb,
        sku=managed.get("storageAccountType") or "Premium_LRS",
        created=call.now,
        options=DiskOptions(
            zone=(document.get("zones") or [None])[0],
            managed_by=document["id"],
            os_type=image.os if image and lun is None else None,
            generation=image.generation if image and lun is None else None,
        ),
    )
    if call.store.get(body["id"], call.now) is not None:
        raise ArmError(
            409,
            "ConflictingUserInput",
            f"A disk with the name '{name}' exists already in the resource group.",
            target="dataDisk.name",
        )
    resource = Resource(body["id"], DISK, body, call.now)
    call.store.put(resource)
    return resource


def _let_go(call: Call, document: Document, before: Mapping[str, Any]) -> None:
    kept = {one["managedDisk"]["id"].lower() for one in document["properties"]["storageProfile"]["dataDisks"]}
    for one in before["properties"]["storageProfile"].get("dataDisks", []):
        identifier = one.get("managedDisk", {}).get("id", "")
        if identifier and identifier.lower() not in kept:
            _free(call, identifier, document["id"])


def _free(call: Call, identifier: str, holder: str) -> None:
    found = call.store.get(identifier, call.now)
    if found is None:
        return
    stored = found.doc
    left = [one for one in stored.get("managedByExtended", []) if not same_id(one, holder)]
    stored.pop("managedBy", None)
    stored.pop("managedByExtended", None)
    if left:
        stored |= {"managedBy": left[0], "managedByExtended": left}
    else:
        stored["properties"]["diskState"] = "Unattached"
    call.store.put(found.changed(stored))


def release_disks(call: Call, document: Mapping[str, Any], at: datetime) -> None:
    """Delete, with a VM that dies at ``at``, the disks whose ``deleteOption`` says so; the others become free."""
    storage = document["properties"]["storageProfile"]
    for one in [storage["osDisk"], *storage.get("dataDisks", [])]:
        identifier = one.get("managedDisk", {}).get("id")
        if identifier and one.get("deleteOption") == "Delete":
            call.store.delete(identifier, at)
