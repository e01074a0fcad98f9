"""What there is to see inside one VM: its facts, its disks, and which hosts it resolves and reaches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatch
from typing import Any

from asr_tui.emulator.estates.guest import Guest, guest_of
from asr_tui.emulator.estates.images import Image, image_for
from asr_tui.emulator.estates.names import derived_guid
from asr_tui.emulator.estates.sizes import size_named
from asr_tui.emulator.regions import region_named
from asr_tui.emulator.site_recovery import source_vm
from asr_tui.emulator.site_recovery.consequences.outbound import (
    ENTRA,
    SITE_RECOVERY_TAG,
    denied,
    event_hub_tag,
    no_way_out,
    storage_tag,
)
from asr_tui.emulator.store import Store

_HOSTS = (
    ("login.microsoftonline.*", "entra"),
    ("login.windows.net", "entra"),
    ("*.hypervrecoverymanager.windowsazure.*", "site-recovery"),
    ("*.siterecovery.windowsazure.*", "site-recovery"),
    ("*.blob.core.*", "storage"),
    ("*.servicebus.*", "event-hub"),
)


@dataclass(frozen=True, slots=True)
class GuestDisk:
    """A disk as the guest sees it. ``lun`` is None for the system disk; ``size_gb`` in GiB."""

    lun: int | None
    size_gb: int
    initialised: bool


@dataclass(frozen=True, slots=True)
class Inside:
    """One guest at one moment."""

    name: str
    os: str
    guest: Guest
    image: Image | None
    os_name: str
    os_version: str
    memory_mb: int
    disks: tuple[GuestDisk, ...]
    agent_version: str
    _blocked: Mapping[str, str]

    def endpoint_of(self, host: str) -> str | None:
        """Which of the agent's endpoints a host belongs to; None for other hosts."""
        return next((kind for pattern, kind in _HOSTS if fnmatch(host.lower(), pattern)), None)

    def resolves(self, host: str) -> str | None:
        """The address that a host resolves to in the guest, or None."""
        if self.guest.dns == "fails" or not host or " " in host or "." not in host:
            return None
        number = int(derived_guid(host)[:8], 16)
        return f"20.{60 + number % 50}.{(number >> 8) % 256}.{1 + (number >> 16) % 254}"

    def unreachable(self, host: str) -> str:
        """Why TCP 443 to a host cannot be opened, as a sentence; empty when it can."""
        if self.resolves(host) is None:
            return "the name does not resolve"
        everything = self._blocked.get("*", "")
        return everything or self._blocked.get(self.endpoint_of(host) or "", "")

    @property
    def free_memory_mb(self) -> int:
        """Free memory in MiB."""
        return self.guest.free_memory_mb if self.guest.free_memory_mb is not None else self.memory_mb // 2

    @property
    def file_system(self) -> str:
        """File system of Linux data disks."""
        redhat = self.image is not None and self.image.distro in ("rhel", "rocky", "almalinux", "centos", "ol")
        return self.guest.file_system or ("xfs" if redhat else "ext4")


def look_inside(store: Store, document: Mapping[str, Any], now: datetime) -> Inside:
    """The guest of a VM document (with its private members)."""
    guest = guest_of(document)
    properties = document["properties"]
    storage = properties["storageProfile"]
    size = size_named(properties["hardwareProfile"]["vmSize"])
    image = image_for(storage.get("imageReference") or {})
    instance = document["_instance"]
    disks = [GuestDisk(None, int(storage["osDisk"].get("diskSizeGB") or 30), True)]
    for one in storage.get("dataDisks") or ():
        disks.append(GuestDisk(one["lun"], int(one["diskSizeGB"]), one["lun"] not in guest.uninitialised_luns))
    return Inside(
        name=properties.get("osProfile", {}).get("computerName", document["name"]),
        os=storage["osDisk"]["osType"],
        guest=guest,
        image=image,
        os_name=instance["osName"],
        os_version=instance["osVersion"],
        memory_mb=int((size.memory_gb if size else 8) * 1024),
        disks=tuple(disks),
        agent_version=instance["agentVersion"],
        _blocked=_blocked(store, document, guest, now),
    )


def _blocked(store: Store, document: Mapping[str, Any], guest: Guest, now: datetime) -> dict[str, str]:
    """Endpoint to reason; ``*`` blocks everything."""
    found: dict[str, str] = dict.fromkeys(guest.blocked, "a firewall drops the packets")
    machine = source_vm.read(store, document["id"], now)
    if machine is None:
        return found
    sentence = no_way_out(store, machine, now)
    if sentence:
        found["*"] = sentence
    location = machine.location
    region = region_named(location)
    tags = {
        "entra": ENTRA,
        "site-recovery": SITE_RECOVERY_TAG,
        "storage": storage_tag(location),
        # The agent reports to the event hub of the recovery region, which is the paired one unless told otherwise.
        "event-hub": event_hub_tag(region.pair if region and region.pair else location),
    }
    for endpoint, tag in tags.items():
        rule = denied(store, machine, tag, now)
        if rule is not None:
            found.setdefault(endpoint, rule.sentence())
    return found
