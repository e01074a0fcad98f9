"""How Compute documents are rendered: model view, instance view, disk view, all for one moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from asr_tui.emulator.call import Call
from asr_tui.emulator.estates.names import offset_time
from asr_tui.emulator.families import Document, Render, public, settle
from asr_tui.emulator.store import Resource, Store

VM = "Microsoft.Compute/virtualMachines"
DISK = "Microsoft.Compute/disks"

_POWER_TEXT = {
    "running": "VM running",
    "starting": "VM starting",
    "stopped": "VM stopped",
    "stopping": "VM stopping",
    "deallocated": "VM deallocated",
    "deallocating": "VM deallocating",
}


def power_state(document: Mapping[str, Any], now: datetime) -> str:
    """``running``, ``stopped``, ``deallocated``, or on the way ``starting``, ``stopping``, ``deallocating``."""
    instance = document.get("_instance", {})
    coming = instance.get("next")
    if coming is None:
        return str(instance.get("power", "running"))
    return str(coming["power"] if now >= datetime.fromisoformat(coming["at"]) else coming["via"])


def next_power_change(document: Mapping[str, Any]) -> datetime | None:
    """When the power state that is under way is reached; None where none is. It may lie in the past."""
    coming = document.get("_instance", {}).get("next")
    return None if coming is None else datetime.fromisoformat(coming["at"])


def machine_view(call: Call, *, expand: bool = False) -> Render:
    """The model view of VMs; with ``expand`` the instance view is in it."""

    def render(resource: Resource) -> Document:
        document = settle(resource.doc, call.now)
        extensions = document["_instance"].get("extensions", ())
        if expand:
            document["properties"]["instanceView"] = instance_view(document, call.now)
        body = public(document)
        if extensions:
            body["resources"] = [extension_view(document, one) for one in extensions]
        return body

    return render


def status_view(call: Call) -> Render:
    """What ``statusOnly=true`` answers: who it is, and its instance view."""

    def render(resource: Resource) -> Document:
        document = settle(resource.doc, call.now)
        properties = document["properties"]
        return {
            "name": document["name"],
            "id": document["id"],
            "type": document["type"],
            "location": document["location"],
            "properties": {
                "provisioningState": properties["provisioningState"],
                "vmId": properties["vmId"],
                "instanceView": instance_view(document, call.now),
            },
        }

    return render


def extension_view(document: Mapping[str, Any], extension: Mapping[str, Any]) -> Document:
    """One extension of a VM as a resource of its own."""
    state = extension["state"]
    return {
        "name": extension["name"],
        "id": f"{document['id']}/extensions/{extension['name']}",
        "type": f"{VM}/extensions",
        "location": document["location"],
        "properties": {
            "autoUpgradeMinorVersion": True,
            "provisioningState": state,
            "publisher": extension["publisher"],
            "type": extension["type"],
            "typeHandlerVersion": extension["version"],
            "settings": extension.get("settings", {}),
        },
    }


def _status(code: str, display: str, time: str | None = None, *, level: str = "Info", message: str = "") -> Document:
    status: Document = {"code": code, "level": level, "displayStatus": display}
    if message:
        status["message"] = message
    if time:
        status["time"] = time
    return status


def instance_view(document: Mapping[str, Any], now: datetime) -> Document:
    """``instanceView`` of a VM document (with its private members) at ``now``."""
    instance = document["_instance"]
    power = power_state(document, now)
    since = instance["since"]
    provisioning = document["properties"]["provisioningState"]
    statuses = [
        _status(
            f"ProvisioningState/{provisioning.lower()}",
            f"Provisioning {provisioning.lower()}",
            since,
            level="Error" if provisioning == "Failed" else "Info",
        ),
        _status(f"PowerState/{power}", _POWER_TEXT[power]),
    ]
    view: Document = {}
    if power == "running":
        view |= _guest_part(document, instance, now)
    if power != "deallocated":
        view["bootDiagnostics"] = {}
    view["hyperVGeneration"] = instance["generation"]
    view["disks"] = _disk_statuses(document, since)
    if instance.get("extensions") and power == "running":
        view["extensions"] = [_extension_status(one) for one in instance["extensions"]]
    view["statuses"] = statuses
    return view


def _guest_part(document: Mapping[str, Any], instance: Mapping[str, Any], now: datetime) -> Document:
    moment = offset_time(now)
    if instance["agent"] != "ready":
        status = _status(
            "ProvisioningState/Unavailable",
            "Not Ready",
            moment,
            level="Warning",
            message="VM status blob is found but not yet populated.",
        )
        return {"vmAgent": {"vmAgentVersion": "Unknown", "statuses": [status]}}
    computer = document["properties"].get("osProfile", {}).get("computerName", document["name"])
    agent = {
        "vmAgentVersion": instance["agentVersion"],
        "statuses": [
            _status("ProvisioningState/succeeded", "Ready", moment, message="Guest Agent is running"),
        ],
        "extensionHandlers": [
            {
                "type": f"{one['publisher']}.{one['type']}",
                "typeHandlerVersion": one["version"],
                "status": _status("ProvisioningState/succeeded", "Ready", message="Plugin enabled"),
            }
            for one in instance.get("extensions", ())
            if one["state"] == "Succeeded"
        ],
    }
    return {
        "computerName": computer,
        "osName": instance["osName"],
        "osVersion": instance["osVersion"],
        "vmAgent": agent,
    }


def _disk_statuses(document: Mapping[str, Any], since: str) -> list[Document]:
    profile = document["properties"]["storageProfile"]
    encrypted = document["_instance"].get("encrypted")
    found = []
    for disk in [profile["osDisk"], *profile.get("dataDisks", [])]:
        entry: Document = {
            "name": disk.get("name", ""),
            "statuses": [_status("ProvisioningState/succeeded", "Provisioning succeeded", since)],
        }
        if encrypted:
            entry["encryptionSettings"] = [{"enabled": True}]
            entry["statuses"].append(_status("EncryptionState/encrypted", "Encryption is enabled on disk"))
        found.append(entry)
    return found


def _extension_status(extension: Mapping[str, Any]) -> Document:
    state = extension["state"]
    good = state == "Succeeded"
    status = _status(
        f"ProvisioningState/{state.lower()}",
        "Provisioning succeeded" if good else f"Provisioning {state.lower()}",
        level="Info" if good else "Error" if state == "Failed" else "Warning",
        message="" if good else f"The extension is in the state {state}.",
    )
    return {
        "name": extension["name"],
        "type": f"{extension['publisher']}.{extension['type']}",
        "typeHandlerVersion": extension["version"],
        "statuses": [status],
    }


def disk_view(call: Call) -> Render:
    """Disks: ``managedBy`` and ``diskState`` follow from the VM that holds them at this moment."""

    def render(resource: Resource) -> Document:
        return public(settled_disk(call.store, resource, call.now))

    return render


def settled_disk(store: Store, resource: Resource, now: datetime) -> Document:
    """A disk's document (private members included) as it is at ``now``."""
    document = settle(resource.doc, now)
    holders = [one for one in _holders(document) if store.get(one, now) is not None]
    document.pop("managedBy", None)
    extended = document.pop("managedByExtended", None)
    properties = document["properties"]
    if holders:
        document["managedBy"] = holders[0]
        if extended is not None:
            document["managedByExtended"] = holders
            properties["shareInfo"] = [{"vmUri": one} for one in holders]
        holder = store.get(holders[0], now)
        power = power_state(holder.doc, now) if holder is not None else "running"
        properties["diskState"] = "Reserved" if power == "deallocated" else "Attached"
    elif properties.get("diskState") in ("Attached", "Reserved"):
        properties["diskState"] = "Unattached"
    access = document.get("_access")
    if access and now < datetime.fromisoformat(access["until"]) and not holders:
        properties["diskState"] = "ActiveSAS"
    return document


def _holders(document: Mapping[str, Any]) -> list[str]:
    extended = document.get("managedByExtended")
    if extended:
        return list(extended)
    return [document["managedBy"]] if document.get("managedBy") else []
