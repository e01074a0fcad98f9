"""Creating, changing and deleting VMs, with Compute's checks and refusals."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.compute.machine_body import MACHINE_BODY
from asr_tui.emulator.compute.machine_disks import attach_disks, release_disks
from asr_tui.emulator.compute.machine_nics import attach_nics, release_nics
from asr_tui.emulator.compute.machines import COMPUTE_VERSIONS, MACHINES
from asr_tui.emulator.compute.quotas import check_cores
from asr_tui.emulator.compute.skus import restriction_of
from asr_tui.emulator.compute.views import VM, machine_view
from asr_tui.emulator.compute.writing import (
    accepted,
    check_idle,
    invalid,
    location_of,
    move_power,
    not_allowed,
)
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.estates.images import Image, image_for
from asr_tui.emulator.estates.names import derived_guid, offset_time
from asr_tui.emulator.estates.sizes import Size, size_named
from asr_tui.emulator.families import Document, pend
from asr_tui.emulator.registry import operation
from asr_tui.emulator.store import Resource

_CREATE_SECONDS = 45
_UPDATE_SECONDS = 12
_DELETE_SECONDS = 30
_READ_ONLY = ("instanceView", "provisioningState", "vmId", "timeCreated")


@operation(
    "PUT",
    MACHINES.item_path,
    versions=COMPUTE_VERSIONS,
    action=f"{VM}/write",
    evidence="documentation",
    body=MACHINE_BODY,
)
def put_machine(call: Call) -> Reply:
    """Create a VM, or bring one to what the body says."""
    existing = MACHINES.existing(call)
    if existing is not None:
        return _update(call, existing, call.body)
    return _create(call)


@operation(
    "PATCH",
    MACHINES.item_path,
    versions=COMPUTE_VERSIONS,
    action=f"{VM}/write",
    evidence="documentation",
    body=MACHINE_BODY,
)
def patch_machine(call: Call) -> Reply:
    """Change what the body names; the rest stays."""
    return _update(call, MACHINES.find(call), call.body)


def _create(call: Call) -> Reply:
    name = call.params["name"]
    location = location_of(call, MACHINES, None)
    asked = deepcopy(call.body.get("properties") or {})
    size = _size(call, asked, location)
    check_cores(call.store, call.subscription, location, [size.name], call.now)
    identifier = MACHINES.id_in(call)
    storage = asked.get("storageProfile") or {}
    image = _image(storage)
    os_type = image.os if image else (storage.get("osDisk") or {}).get("osType") or "Linux"
    zones = call.body.get("zones") or []
    if zones and asked.get("availabilitySet"):
        raise invalid("Availability zone and availability set cannot both be set on a virtual machine.", "zones")
    document: Document = {
        "name": name,
        "id": identifier,
        "type": VM,
        "location": location,
        "tags": call.body.get("tags") or {},
    }
    for member in ("zones", "plan", "identity", "extendedLocation"):
        if call.body.get(member):
            document[member] = call.body[member]
    properties = document["properties"] = {key: value for key, value in asked.items() if key not in _READ_ONLY}
    if image is not None or asked.get("osProfile"):
        properties["osProfile"] = _os_profile(name, os_type, asked.get("osProfile") or {})
    _check_availability_set(call, asked)
    properties |= {
        "hardwareProfile": {"vmSize": size.name},
        "provisioningState": "Succeeded",
        "vmId": derived_guid(identifier, call.now.isoformat()),
        "timeCreated": offset_time(call.now),
    }
    document["_guest"] = {"kernel": image.kernel} if image and image.kernel else {}
    document["_instance"] = _instance(image, os_type, call)
    attach_disks(call, document, size, image, before=None)
    attach_nics(call, document, size, before=None)
    pend(call, document, "Creating", _CREATE_SECONDS)
    ends = move_power(call, document, via="starting", power="running", seconds=_CREATE_SECONDS).ends
    resource = Resource(identifier, VM, document, call.now)
    call.store.put(resource)
    return accepted(call, document, status=201, body=machine_view(call)(resource), ends=ends, result=identifier)


def _instance(image: Image | None, os_type: str, call: Call) -> Document:
    return {
        "power": "stopped",
        "since": offset_time(call.now),
        "agent": "ready",
        "agentVersion": image.agent_version if image else "2.14.0.1",
        "osName": image.os_name if image else os_type,
        "osVersion": image.os_version if image else "",
        "generation": f"V{image.generation}" if image else "V2",
        "extensions": [],
    }


def _size(call: Call, asked: Mapping[str, Any], location: str) -> Size:
    name = (asked.get("hardwareProfile") or {}).get("vmSize")
    size = size_named(name) if name else None
    if size is None:
        raise invalid(
            f"The value {name} provided for the VM size is not valid. The valid sizes in the current region "
            "are listed by Microsoft.Compute/skus.",
            "vmSize",
        )
    reason = restriction_of(call.store, size.name, location)
    if reason is not None:
        raise ArmError(
            409,
            "SkuNotAvailable",
            f"The requested VM size for resource 'Following SKUs have failed for Capacity Restrictions: {size.name}' is "
            f"currently not available in location '{location}'. Please try another size or deploy to a different "
            "location or different zone. See https://aka.ms/azureskunotavailable for details.",
        )
    return size


def _image(storage: Mapping[str, Any]) -> Image | None:
    reference = storage.get("imageReference")
    if not reference:
        if (storage.get("osDisk") or {}).get("createOption") != "Attach":
            raise invalid("Required parameter 'imageReference' is missing (null).", "imageReference")
        return None
    found = image_for(reference)
    if found is None:
        shown = ":".join(str(reference.get(part, "")) for part in ("publisher", "offer", "sku", "version"))
        raise ArmError(
            400,
            "PlatformImageNotFound",
            f"The platform image '{shown}' is not available. Verify that all fields in the storage profile are correct.",
            target="imageReference",
        )
    return found


def _os_profile(name: str, os_type: str, asked: Mapping[str, Any]) -> Document:
    profile = {key: value for key, value in asked.items() if key not in ("adminPassword", "customData")}
    if not asked.get("adminUsername"):
        raise invalid("Required parameter 'osProfile.adminUsername' is missing (null).", "osProfile.adminUsername")
    linux = asked.get("linuxConfiguration") or {}
    if not asked.get("adminPassword") and (os_type == "Windows" or not linux.get("disablePasswordAuthentication")):
        raise invalid("Required parameter 'adminPassword' is missing (null).", "adminPassword")
    computer = asked.get("computerName") or name
    most = 15 if os_type == "Windows" else 64
    if len(computer) > most:
        raise invalid(
            f"{os_type} computer name cannot be more than {most} characters long, be entirely numeric, or contain "
            "the following characters: ` ~ ! @ # $ % ^ & * ( ) = + _ [ ] { } \\ | ; : . ' \" , < > / ?.",
            "computerName",
        )
    section = "windowsConfiguration" if os_type == "Windows" else "linuxConfiguration"
    profile[section] = {"provisionVMAgent": True, **(asked.get(section) or {})}
    return {
        **profile,
        "computerName": computer,
        "secrets": asked.get("secrets") or [],
        "allowExtensionOperations": asked.get("allowExtensionOperations", True),
        "requireGuestProvisionSignal": True,
    }


def _check_availability_set(call: Call, asked: Mapping[str, Any]) -> None:
    reference = asked.get("availabilitySet")
    if reference and call.store.get(reference["id"], call.now) is None:
        raise ArmError(
            404, "NotFound", f"The availability set {reference['id']} was not found.", target="availabilitySet.id"
        )


def _update(call: Call, existing: Resource, body: Mapping[str, Any]) -> Reply:
    check_idle(call, existing)
    location = location_of(call, MACHINES, existing)
    document = existing.doc
    before = deepcopy(document)
    asked = body.get("properties") or {}
    if body.get("tags") is not None:
        document["tags"] = body["tags"]
    if "identity" in body:
        kind = (body["identity"] or {}).get("type", "None")
        document.pop("identity", None)
        if kind != "None":
            document["identity"] = {"type": kind, "principalId": derived_guid(existing.id, "identity")}
    properties = document["properties"]
    wanted = (asked.get("hardwareProfile") or {}).get("vmSize") or properties["hardwareProfile"]["vmSize"]
    size = size_named(wanted)
    if size is None or wanted.lower() != properties["hardwareProfile"]["vmSize"].lower():
        size = _resize(call, properties, asked, location)
    for member in ("licenseType", "securityProfile", "diagnosticsProfile", "priority"):
        if asked.get(member) is not None:
            properties[member] = asked[member]
    if asked.get("storageProfile"):
        properties["storageProfile"] = _merged_storage(properties["storageProfile"], asked["storageProfile"])
    if asked.get("networkProfile"):
        properties["networkProfile"] = asked["networkProfile"]
    attach_disks(call, document, size, None, before=before)
    attach_nics(call, document, size, before=before)
    ends = pend(call, document, "Updating", _UPDATE_SECONDS).ends
    changed = existing.changed(document)
    call.store.put(changed)
    return accepted(call, document, status=200, body=machine_view(call)(changed), ends=ends, result=existing.id)


def _resize(call: Call, properties: Document, asked: Mapping[str, Any], location: str) -> Size:
    size = _size(call, asked, location)
    current = size_named(properties["hardwareProfile"]["vmSize"])
    if current is not None and current.architecture != size.architecture:
        raise not_allowed(
            f"Unable to resize the VM since changing from '{current.architecture}' to '{size.architecture}' is not "
            "allowed."
        )
    check_cores(call.store, call.subscription, location, [size.name], call.now)
    properties["hardwareProfile"] = {"vmSize": size.name}
    return size


def _merged_storage(before: Mapping[str, Any], asked: Mapping[str, Any]) -> Document:
    merged = dict(before)
    if asked.get("osDisk"):
        old = before["osDisk"].get("managedDisk", {}).get("id", "")
        new = (asked["osDisk"].get("managedDisk") or {}).get("id", old)
        if new.lower() != old.lower():
            raise ArmError(
                409,
                "PropertyChangeNotAllowed",
                "Changing property 'osDisk.managedDisk.id' is not allowed.",
                target="osDisk.managedDisk.id",
            )
        merged["osDisk"] = {**before["osDisk"], **{k: v for k, v in asked["osDisk"].items() if v is not None}}
    if asked.get("dataDisks") is not None:
        merged["dataDisks"] = asked["dataDisks"]
    return merged


@operation(
    "DELETE",
    MACHINES.item_path,
    versions=COMPUTE_VERSIONS,
    action=f"{VM}/delete",
    evidence="documentation",
)
def delete_machine(call: Call) -> Reply:
    """Delete a VM; its disks and NICs stay unless their ``deleteOption`` says Delete."""
    found = MACHINES.existing(call)
    if found is None:
        return Reply(204)
    check_idle(call, found)
    document = found.doc
    planned = pend(call, document, "Deleting", _DELETE_SECONDS)
    call.store.put(Resource(found.id, VM, document, found.born, planned.dies))
    if planned.dies is not None:
        release_disks(call, document, planned.dies)
        release_nics(call, document, planned.dies)
        for lock_or_link in call.store.below(found.id, call.now):
            call.store.delete(lock_or_link.id, planned.dies)
    return accepted(call, document, status=202, body=None, ends=planned.ends)
