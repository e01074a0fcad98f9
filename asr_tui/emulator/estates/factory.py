"""Builders of the ARM documents of Compute resources: VM, disk, availability set, disk encryption set.

A builder returns the whole body as the resource provider would answer it, plus private members whose names start
with an underscore. They are never rendered:

* ``_guest``: facts about the inside of a VM (see :mod:`asr_tui.emulator.estates.guest`);
* ``_instance``: what ``instanceView`` is rendered from (power, agent, extensions);
* ``_pending``: ``{"until": time, "state": "Updating"}``, a provisioning state that holds until that time.

What follows from other resources (``managedBy`` and ``diskState`` of a disk, the NIC's ``virtualMachine`` ...) is
worked out when the document is rendered, so deleting a VM frees its disks by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .disk_factory import DiskOptions, clone_disk, disk, disk_encryption_set
from .images import Image
from .names import COMPUTE, Place, derived_guid, offset_time

__all__ = [
    "AttachedDisk",
    "DiskOptions",
    "VmOptions",
    "availability_set",
    "clone_disk",
    "clone_virtual_machine",
    "disk",
    "disk_encryption_set",
    "scale_set",
    "virtual_machine",
]

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AttachedDisk:
    """How a VM holds one managed disk. ``lun`` is None for the OS disk; ``size_gb`` in GiB.

    ``caching`` is ``None``, ``ReadOnly`` or ``ReadWrite``; ``sku`` such as ``Premium_LRS``.
    """

    id: str
    name: str
    size_gb: int
    sku: str
    lun: int | None = None
    caching: str = "ReadWrite"
    write_accelerator: bool = False
    disk_encryption_set: str | None = None

    def _managed(self) -> Document:
        managed: Document = {"storageAccountType": self.sku, "id": self.id}
        if self.disk_encryption_set:
            managed["diskEncryptionSet"] = {"id": self.disk_encryption_set}
        return managed

    def _shared(self, create_option: str) -> Document:
        entry: Document = {
            "name": self.name,
            "createOption": create_option,
            "caching": self.caching,
            "managedDisk": self._managed(),
            "deleteOption": "Detach",
            "diskSizeGB": self.size_gb,
        }
        if self.write_accelerator:
            entry["writeAcceleratorEnabled"] = True
        return entry

    def as_os_disk(self, os_type: str, create_option: str = "FromImage") -> Document:
        """``storageProfile.osDisk``; ``create_option`` is ``FromImage`` or ``Attach``."""
        return {"osType": os_type, **self._shared(create_option)}

    def as_data_disk(self) -> Document:
        """One entry of ``storageProfile.dataDisks``."""
        return {"lun": self.lun or 0, **self._shared("Attach"), "toBeDetached": False}


@dataclass(frozen=True, slots=True)
class VmOptions:
    """What not every VM has; the defaults are those of an ordinary VM.

    ``power`` is ``running``, ``stopped`` or ``deallocated``; ``provisioning`` a provisioning state; ``agent`` is
    ``ready``, ``not-ready`` or ``missing``; ``security`` is ``Standard``, ``TrustedLaunch`` or ``ConfidentialVM``;
    ``priority`` is ``Regular`` or ``Spot``. ``extra`` is merged into ``properties``.
    """

    zone: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    power: str = "running"
    provisioning: str = "Succeeded"
    agent: str = "ready"
    agent_version: str | None = None
    provision_agent: bool = True
    allow_extensions: bool = True
    security: str = "TrustedLaunch"
    encryption_at_host: bool = False
    priority: str = "Regular"
    license: str | None = None
    availability_set: str | None = None
    identity: Mapping[str, Any] | None = None
    computer_name: str | None = None
    admin: str = "azureadmin"
    password_login: bool = False
    extensions: Sequence[Mapping[str, Any]] = ()
    guest: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


def virtual_machine(
    place: Place,
    name: str,
    *,
    size: str,
    image: Image,
    os_disk: AttachedDisk,
    data_disks: Sequence[AttachedDisk] = (),
    nics: Sequence[str],
    created: datetime,
    options: VmOptions | None = None,
) -> Document:
    """A VM made from ``image``; ``nics`` are ids, the first is the primary one."""
    chosen = options or VmOptions()
    vm_id = place.id(f"{COMPUTE}/virtualMachines", name)
    properties: Document = {
        "hardwareProfile": {"vmSize": size},
        "provisioningState": chosen.provisioning,
        "vmId": derived_guid(vm_id, "vmId"),
        "storageProfile": {
            "imageReference": image.reference,
            "osDisk": os_disk.as_os_disk(image.os),
            "dataDisks": [disk.as_data_disk() for disk in data_disks],
            "diskControllerType": "SCSI",
        },
        "osProfile": _os_profile(name, image.os, chosen),
        "networkProfile": {"networkInterfaces": _nic_references(nics)},
        "diagnosticsProfile": {"bootDiagnostics": {"enabled": True}},
        "timeCreated": offset_time(created),
    }
    _add_options(properties, chosen, image.generation)
    document: Document = {
        "name": name,
        "id": vm_id,
        "type": f"{COMPUTE}/virtualMachines",
        "location": place.location,
        "tags": dict(chosen.tags),
        "properties": properties,
        "_guest": dict(chosen.guest),
        "_instance": _instance(image, chosen, created),
    }
    if chosen.zone:
        document["zones"] = [chosen.zone]
    if chosen.identity:
        document["identity"] = dict(chosen.identity)
    if image.plan:
        document["plan"] = dict(image.plan)
    return document


def _instance(image: Image, options: VmOptions, created: datetime) -> Document:
    """What the instance view is rendered from."""
    return {
        "power": options.power,
        "since": offset_time(created),
        "agent": options.agent,
        "agentVersion": options.agent_version or image.agent_version,
        "osName": image.os_name,
        "osVersion": image.os_version,
        "generation": f"V{image.generation}",
        "extensions": [dict(extension) for extension in options.extensions],
    }


def _os_profile(name: str, os_type: str, options: VmOptions) -> Document:
    profile: Document = {
        "computerName": options.computer_name or (name[:15] if os_type == "Windows" else name),
        "adminUsername": options.admin,
    }
    patching = {"patchMode": "ImageDefault", "assessmentMode": "ImageDefault"}
    if os_type == "Windows":
        profile["windowsConfiguration"] = {
            "provisionVMAgent": options.provision_agent,
            "enableAutomaticUpdates": True,
            "patchSettings": {**patching, "patchMode": "AutomaticByOS"},
        }
    else:
        profile["linuxConfiguration"] = {
            "disablePasswordAuthentication": not options.password_login,
            "provisionVMAgent": options.provision_agent,
            "patchSettings": patching,
        }
    return profile | {
        "secrets": [],
        "allowExtensionOperations": options.allow_extensions,
        "requireGuestProvisionSignal": True,
    }


def _nic_references(nics: Sequence[str]) -> list[Document]:
    return [
        {"id": nic, "properties": {"primary": index == 0, "deleteOption": "Detach"}} for index, nic in enumerate(nics)
    ]


def _add_options(properties: Document, options: VmOptions, generation: int) -> None:
    if options.security != "Standard" and generation == 2:
        properties["securityProfile"] = {
            "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
            "securityType": options.security,
        }
    if options.encryption_at_host:
        properties.setdefault("securityProfile", {})["encryptionAtHost"] = True
    if options.priority == "Spot":
        properties |= {"priority": "Spot", "evictionPolicy": "Deallocate", "billingProfile": {"maxPrice": -1.0}}
    if options.license:
        properties["licenseType"] = options.license
    if options.availability_set:
        properties["availabilitySet"] = {"id": options.availability_set}
    for key, value in options.extra.items():
        current = properties.get(key)
        if isinstance(value, Mapping) and isinstance(current, dict):
            current.update(value)
        else:
            properties[key] = deepcopy(value)


def clone_virtual_machine(
    source: Mapping[str, Any],
    place: Place,
    name: str,
    *,
    os_disk: AttachedDisk,
    data_disks: Sequence[AttachedDisk],
    nics: Sequence[str],
    created: datetime,
    size: str | None = None,
    zone: str | None = None,
    availability_set: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> Document:
    """The VM that a failover makes of ``source``: same size, image and guest, other disks, NICs and place.

    The service makes it from the same Marketplace image and then gives it the replicated disks. It runs without
    extensions, managed identity and encryption at host, and its agent is ready. ``tags`` are added to those of the source.
    """
    document = deepcopy(dict(source))
    vm_id = place.id(f"{COMPUTE}/virtualMachines", name)
    properties = document["properties"]
    _drop_what_does_not_follow(document)
    storage = properties["storageProfile"]
    os_type = storage["osDisk"]["osType"]
    storage["osDisk"] = os_disk.as_os_disk(os_type)
    storage["dataDisks"] = [attached.as_data_disk() for attached in data_disks]
    properties["networkProfile"] = {"networkInterfaces": _nic_references(nics)}
    properties["hardwareProfile"] = {"vmSize": size or properties["hardwareProfile"]["vmSize"]}
    properties |= {
        "provisioningState": "Succeeded",
        "vmId": derived_guid(vm_id, offset_time(created)),
        "timeCreated": offset_time(created),
    }
    if availability_set:
        properties["availabilitySet"] = {"id": availability_set}
    instance = {
        **document["_instance"],
        "power": "running",
        "since": offset_time(created),
        "agent": "ready",
        "extensions": [],
    }
    for gone in ("zones", "identity", "_pending", "etag"):
        document.pop(gone, None)
    if zone:
        document["zones"] = [zone]
    return document | {
        "name": name,
        "id": vm_id,
        "location": place.location,
        "tags": {**document.get("tags", {}), **(tags or {})},
        "_instance": instance,
    }


def _drop_what_does_not_follow(document: Document) -> None:
    """Placement, identity and encryption at host stay with the source VM."""
    properties = document["properties"]
    for gone in ("availabilitySet", "proximityPlacementGroup", "virtualMachineScaleSet", "host", "hostGroup"):
        properties.pop(gone, None)
    security = properties.get("securityProfile")
    if security is not None:
        security.pop("encryptionAtHost", None)
        if not security:
            del properties["securityProfile"]
    for gone in ("zones", "identity", "_pending", "etag"):
        document.pop(gone, None)


def scale_set(place: Place, name: str, *, scales: bool) -> Document:
    """A scale set with flexible orchestration; one that ``scales`` has a profile to make VMs from by itself."""
    properties: Document = {
        "orchestrationMode": "Flexible",
        "platformFaultDomainCount": 1,
        "provisioningState": "Succeeded",
        "singlePlacementGroup": False,
    }
    if scales:
        properties["virtualMachineProfile"] = {"priority": "Regular"}
    return {
        "name": name,
        "id": place.id(f"{COMPUTE}/virtualMachineScaleSets", name),
        "type": f"{COMPUTE}/virtualMachineScaleSets",
        "location": place.location,
        "tags": {},
        "properties": properties,
    }


def availability_set(
    place: Place, name: str, *, fault_domains: int = 2, update_domains: int = 5, tags: Mapping[str, str] | None = None
) -> Document:
    """An aligned availability set; its VMs are worked out when it is rendered."""
    return {
        "name": name,
        "id": place.id(f"{COMPUTE}/availabilitySets", name),
        "type": f"{COMPUTE}/availabilitySets",
        "location": place.location,
        "tags": dict(tags or {}),
        "sku": {"name": "Aligned"},
        "properties": {
            "platformUpdateDomainCount": update_domains,
            "platformFaultDomainCount": fault_domains,
            "virtualMachines": [],
        },
    }


def proximity_group(place: Place, name: str) -> Document:
    """A proximity placement group."""
    return {
        "name": name,
        "id": place.id(f"{COMPUTE}/proximityPlacementGroups", name),
        "type": f"{COMPUTE}/proximityPlacementGroups",
        "location": place.location,
        "tags": {},
        "properties": {"proximityPlacementGroupType": "Standard"},
    }
