"""The source VM of a replicated item as Site Recovery reads it: its disks, NICs and what is known of its inside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asr_tui.emulator.estates.guest import DiskData, Guest, data_of, guest_of
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.store import Resource, Store

VM_TYPE = "Microsoft.Compute/virtualMachines"
DISK_TYPE = "Microsoft.Compute/disks"
NIC_TYPE = "Microsoft.Network/networkInterfaces"

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SourceDisk:
    """A managed disk of the VM. ``lun`` is None for the operating system disk; ``size_gb`` in GiB."""

    id: str
    lun: int | None
    resource: Resource
    attached: Document

    @property
    def name(self) -> str:
        """Its name."""
        return self.resource.name

    @property
    def doc(self) -> Document:
        """Its whole document; a fresh copy each time."""
        return self.resource.doc

    @property
    def size_gb(self) -> int:
        """Size in GiB."""
        return int(self.doc["properties"].get("diskSizeGB", 0))

    @property
    def sku(self) -> str:
        """Disk type, e.g. ``Premium_LRS``."""
        return str(self.doc["sku"]["name"])

    @property
    def data(self) -> DiskData:
        """How full it is and how fast it changes."""
        return data_of(self.resource.private)

    @property
    def reported_bytes(self) -> int:
        """``diskCapacityInBytes``: a little above the nominal size (136367308800 for 127 GiB, recorded)."""
        return self.size_gb * 1073758336


@dataclass(frozen=True, slots=True)
class SourceVm:
    """The VM, read from the store at one moment. Its documents are shared with other readers: not to be changed."""

    id: str
    doc: Document
    disks: tuple[SourceDisk, ...]
    nics: tuple[Document, ...]

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.doc["name"])

    @property
    def properties(self) -> Document:
        """``properties`` of its body."""
        properties: Document = self.doc["properties"]
        return properties

    @property
    def location(self) -> str:
        """Its region (``westeurope``)."""
        return str(self.doc["location"]).lower()

    @property
    def zone(self) -> str | None:
        """Its availability zone, if it has one."""
        zones = self.doc.get("zones") or []
        return zones[0] if zones else None

    @property
    def os_type(self) -> str:
        """``Windows`` or ``Linux``."""
        return str(self.properties["storageProfile"]["osDisk"]["osType"])

    @property
    def size(self) -> str:
        """Its size, e.g. ``Standard_D2s_v5``."""
        return str(self.properties["hardwareProfile"]["vmSize"])

    @property
    def instance(self) -> Document:
        """What its instance view is rendered from."""
        instance: Document = self.doc.get("_instance", {})
        return instance

    @property
    def guest(self) -> Guest:
        """The facts about its inside."""
        return guest_of(self.doc)

    @property
    def generation(self) -> str:
        """``V1`` or ``V2``."""
        return str(self.instance.get("generation", "V1"))

    def disk(self, arm_id: str) -> SourceDisk | None:
        """The attached disk of that id, in any casing."""
        return next((disk for disk in self.disks if ids.same(disk.id, arm_id)), None)


def read(store: Store, arm_id: str, now: datetime) -> SourceVm | None:
    """The VM of that id with its disks and NICs; None when it does not exist."""
    found = store.get(arm_id, now)
    if found is None or found.type.lower() != VM_TYPE.lower():
        return None
    doc = found.shared
    profile = doc["properties"]["storageProfile"]
    disks: list[SourceDisk] = []
    for entry in [profile["osDisk"], *profile.get("dataDisks", [])]:
        managed = (entry.get("managedDisk") or {}).get("id")
        resource = store.get(managed, now) if managed else None
        if managed is not None and resource is not None:
            disks.append(SourceDisk(managed, entry.get("lun"), resource, entry))
    return SourceVm(found.id, doc, tuple(disks), tuple(_nics(store, doc, now)))


def _nics(store: Store, doc: Document, now: datetime) -> list[Document]:
    """NIC documents, the primary one first."""
    references = doc["properties"].get("networkProfile", {}).get("networkInterfaces", [])
    found: list[tuple[bool, Resource]] = []
    for reference in references:
        resource = store.get(reference["id"], now)
        if resource is not None:
            primary = bool((reference.get("properties") or {}).get("primary"))
            found.append((not primary, resource))
    found.sort(key=lambda entry: entry[0])
    return [resource.shared for _, resource in found]
