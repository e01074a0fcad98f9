"""Creating, changing, exporting and deleting managed disks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.compute.disks import DISKS
from asr_tui.emulator.compute.machines import COMPUTE_VERSIONS
from asr_tui.emulator.compute.quotas import disk_counter, usage
from asr_tui.emulator.compute.views import DISK, disk_view, settled_disk
from asr_tui.emulator.compute.writing import (
    accepted,
    begin_delete,
    check_idle,
    check_name,
    invalid,
    location_of,
    not_allowed,
    resource_body,
)
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.estates.disk_factory import GIB, DiskOptions, disk, disk_performance, disk_tier
from asr_tui.emulator.estates.machines import DISK_SKUS
from asr_tui.emulator.estates.names import Place, derived_guid, split_id
from asr_tui.emulator.families import Document, pend
from asr_tui.emulator.registry import operation
from asr_tui.emulator.schema import Any_, Int, Obj, Str
from asr_tui.emulator.store import Resource

_SECONDS = 6
_KINDS = ("Empty", "Copy", "Import", "FromImage", "Restore", "Upload", "CopyStart")
_BODY = resource_body(
    Obj(
        {
            "creationData": Obj(
                {"createOption": Str(enum=_KINDS), "sourceResourceId": Str(), "imageReference": Any_}, keep_unknown=True
            ),
            "diskSizeGB": Int(1, 65536),
            "osType": Str(enum=("Windows", "Linux")),
            "networkAccessPolicy": Str(enum=("AllowAll", "AllowPrivate", "DenyAll")),
            "publicNetworkAccess": Str(enum=("Enabled", "Disabled")),
            "maxShares": Int(1, 10),
            "encryption": Obj({"type": Str(), "diskEncryptionSetId": Str()}, keep_unknown=True),
        },
        keep_unknown=True,
    ),
    sku=Obj({"name": Str(enum=DISK_SKUS), "tier": Str()}, keep_unknown=True),
    managedBy=Any_,
)


@operation(
    "PUT", DISKS.item_path, versions=COMPUTE_VERSIONS, action=f"{DISK}/write", evidence="documentation", body=_BODY
)
def put_disk(call: Call) -> Reply:
    """Create a disk, or change one."""
    existing = DISKS.existing(call)
    if existing is not None:
        return _changed(call, existing)
    check_name(call.params["name"], "diskName")
    location = location_of(call, DISKS, None)
    asked = call.body.get("properties") or {}
    option = (asked.get("creationData") or {}).get("createOption")
    if option is None:
        raise invalid("Required parameter 'disk.creationData.createOption' is missing (null).", "disk.creationData")
    sku = (call.body.get("sku") or {}).get("name") or "Standard_LRS"
    size = _size(call, asked)
    identifier = DISKS.id_in(call)
    parts = split_id(identifier)
    _check_quota(call, location, sku)
    encryption = asked.get("encryption") or {}
    document = disk(
        Place(parts.subscription, parts.group, location),
        call.params["name"],
        size_gb=size,
        sku=sku,
        created=call.now,
        options=DiskOptions(
            zone=(call.body.get("zones") or [None])[0],
            tags=call.body.get("tags") or {},
            os_type=asked.get("osType"),
            max_shares=asked.get("maxShares") or 1,
            encryption=encryption.get("type") or "EncryptionAtRestWithPlatformKey",
            disk_encryption_set=_encryption_set(call, encryption),
            creation=asked["creationData"],
        ),
    )
    _access(document, asked)
    return _kept(call, document, 201, None)


def _size(call: Call, asked: Mapping[str, Any]) -> int:
    creation = asked["creationData"]
    source = creation.get("sourceResourceId")
    if creation["createOption"] in ("Copy", "Restore") or source:
        found = call.store.get(source or "", call.now)
        if found is None:
            raise ArmError(404, "NotFound", f"Resource {source} is not found.", target="sourceResourceId")
        least = int(found.body["properties"]["diskSizeGB"])
        wanted = int(asked.get("diskSizeGB") or least)
        if wanted < least:
            raise invalid(f"The disk cannot be smaller than its source ({least} GB).", "disk.diskSizeGB")
        return wanted
    if not asked.get("diskSizeGB"):
        raise invalid("Required parameter 'disk.diskSizeGB' is missing (null).", "disk.diskSizeGB")
    return int(asked["diskSizeGB"])


def _check_quota(call: Call, location: str, sku: str) -> None:
    one = usage(call.store, call.subscription, location, disk_counter(sku), call.now)
    if one.free < 1:
        raise not_allowed(
            f"Operation could not be completed as it results in exceeding approved {one.name} quota. Location: "
            f"{location}, Current Limit: {one.limit}, Current Usage: {one.current}, Additional Required: 1."
        )


def _encryption_set(call: Call, encryption: Mapping[str, Any]) -> str | None:
    identifier = encryption.get("diskEncryptionSetId")
    if not identifier:
        return None
    found = call.store.get(identifier, call.now)
    if found is None:
        raise ArmError(404, "NotFound", f"Disk encryption set {identifier} is not found.", target="diskEncryptionSetId")
    return found.id


def _access(document: Document, asked: Mapping[str, Any]) -> None:
    for member in ("networkAccessPolicy", "publicNetworkAccess", "diskAccessId"):
        if asked.get(member) is not None:
            document["properties"][member] = asked[member]


def _kept(call: Call, document: Document, status: int, before: Resource | None) -> Reply:
    ends = pend(call, document, "Updating", _SECONDS).ends
    resource = Resource(document["id"], DISK, document, before.born if before else call.now)
    call.store.put(resource)
    body = disk_view(call)(resource)
    return accepted(call, document, status=status, body=body, ends=ends, result=document["id"])


@operation(
    "PATCH", DISKS.item_path, versions=COMPUTE_VERSIONS, action=f"{DISK}/write", evidence="documentation", body=_BODY
)
def patch_disk(call: Call) -> Reply:
    """Change type, size, access or tags of a disk."""
    return _changed(call, DISKS.find(call))


def _changed(call: Call, existing: Resource) -> Reply:
    check_idle(call, existing)
    location_of(call, DISKS, existing)
    document = existing.doc
    asked = call.body.get("properties") or {}
    properties = document["properties"]
    holder = settled_disk(call.store, existing, call.now).get("managedBy")
    wanted = asked.get("diskSizeGB")
    if wanted is not None and wanted < properties["diskSizeGB"]:
        raise ArmError(409, "OperationNotAllowed", "Shrinking a disk is not allowed.", target="disk.diskSizeGB")
    sku = (call.body.get("sku") or {}).get("name") or document["sku"]["name"]
    if sku != document["sku"]["name"] and holder and document["properties"]["diskState"] == "Attached":
        raise not_allowed(
            f"Disk type cannot be changed while disk '{existing.name}' is attached to running VM '{holder}'."
        )
    size = wanted or properties["diskSizeGB"]
    if (sku, size) != (document["sku"]["name"], properties["diskSizeGB"]):
        iops, mbps = disk_performance(sku, size)
        properties |= {"diskSizeGB": size, "diskSizeBytes": size * GIB, "diskIOPSReadWrite": iops}
        properties["diskMBpsReadWrite"] = mbps
        tier = disk_tier(sku, size)
        properties.pop("tier", None)
        if tier:
            properties["tier"] = tier
        if sku != document["sku"]["name"]:
            document["_data"] = {**document.get("_data", {}), "tier_changed": True}
        document["sku"] = {"name": sku, "tier": sku.split("_", 1)[0].removesuffix("SSD") or "Standard"}
    if call.body.get("tags") is not None:
        document["tags"] = call.body["tags"]
    _access(document, asked)
    return _kept(call, document, 200 if call.method == "PUT" else 202, existing)


@operation("DELETE", DISKS.item_path, versions=COMPUTE_VERSIONS, action=f"{DISK}/delete", evidence="documentation")
def delete_disk(call: Call) -> Reply:
    """Delete a disk that no VM holds."""
    found = DISKS.existing(call)
    if found is None:
        return Reply(204)
    current = settled_disk(call.store, found, call.now)
    if current.get("managedBy"):
        raise not_allowed(f"Disk {found.name} is attached to VM {current['managedBy']}.")
    if current["properties"]["diskState"] == "ActiveSAS":
        raise not_allowed(
            f"There is an active shared access signature outstanding for disk {found.name}. Call "
            "EndGetAccess before deleting it."
        )
    return begin_delete(call, found, seconds=_SECONDS)


@operation(
    "POST",
    DISKS.item_path + "/beginGetAccess",
    versions=COMPUTE_VERSIONS,
    action=f"{DISK}/beginGetAccess/action",
    evidence="documentation",
    body=Obj(
        {"access": Str(enum=("Read", "Write", "None")), "durationInSeconds": Int(1)},
        required=("access",),
        keep_unknown=True,
    ),
)
def begin_access(call: Call) -> Reply:
    """Grant a signature for a disk's content (which the practice cloud does not have)."""
    found = DISKS.find(call)
    document = found.doc
    if document["properties"].get("networkAccessPolicy") == "DenyAll":
        raise not_allowed(f"Disk {found.name} denies export: its networkAccessPolicy is DenyAll.")
    seconds = call.body.get("durationInSeconds") or 3600
    document["_access"] = {"until": (call.now + timedelta(seconds=seconds)).isoformat()}
    call.store.put(found.changed(document))
    url = f"https://md-{derived_guid(found.id, 'sas')[:12]}.blob.storage.azure.net/practice/abcd?sv=practice"
    ends = call.now + timedelta(seconds=_SECONDS)
    return accepted(call, document, status=202, body=None, ends=ends, output={"accessSAS": url})


@operation(
    "POST",
    DISKS.item_path + "/endGetAccess",
    versions=COMPUTE_VERSIONS,
    action=f"{DISK}/endGetAccess/action",
    evidence="documentation",
)
def end_access(call: Call) -> Reply:
    """Revoke what ``beginGetAccess`` granted."""
    found = DISKS.find(call)
    document = found.doc
    document.pop("_access", None)
    call.store.put(found.changed(document))
    return accepted(call, document, status=202, body=None, ends=call.now + timedelta(seconds=_SECONDS))
