"""The read-only look into a guest: a fixed script for each kind of system, and what its output means.

The scripts stand in ``assets/rules/probe-*``; the engineer sees them before they run. Run-command keeps the last 4,096
characters of output only, so a section may be missing: what was not seen stays ``None``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from asr_tui.model.guest import GuestFacts
from asr_tui.resources import assets

#: The command ids of the run-command action.
COMMANDS = {"Linux": "RunShellScript", "Windows": "RunPowerShellScript"}
_FILES = {"Linux": "probe-linux.sh", "Windows": "probe-windows.ps1"}
_HOST = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", re.IGNORECASE)
#: Kernel modules of storage that cannot be replicated.
_MODULES = ("drbd", "dm_multipath", "iscsi_tcp")

Sections = Mapping[str, list[str]]


def script(os_type: str, sign_in_host: str, cache_host: str, service_host: str) -> str:
    """The script for a guest of ``os_type`` (Linux or Windows). The hosts are what it tries to reach on TCP 443:
    where the agent signs in, its cache account, and the replication service.

    Raises:
        ValueError: a host is not a plain host name, so it must not get into a script.
    """
    hosts = {"sign_in": sign_in_host, "cache": cache_host, "service": service_host}
    text = template(os_type)
    for place, host in hosts.items():
        if not _HOST.fullmatch(host):
            raise ValueError(f"{host!r} is not a host name.")
        text = text.replace(f"@{place}@", host)
    return text


@cache
def template(os_type: str) -> str:
    """The script as it stands, with words such as ``@sign_in@`` where the hosts go."""
    return (assets() / "rules" / _FILES[os_type]).read_text(encoding="utf-8")


def parse(vm_id: str, os_type: str, output: str, read_at: datetime | None = None) -> GuestFacts:
    """What ``output`` (the script's standard output) says about the guest."""
    sections = _sections(output)
    facts = _windows(sections) if os_type == "Windows" else _linux(sections)
    return GuestFacts(vm_id=vm_id, os_type=os_type, read_at=read_at, answered=True, **facts)


def silent(vm_id: str, os_type: str, read_at: datetime | None = None) -> GuestFacts:
    """What is known of a guest whose agent took no command."""
    return GuestFacts(vm_id=vm_id, os_type=os_type, read_at=read_at, answered=False)


def _sections(output: str) -> dict[str, list[str]]:
    """The lines under each ``== name``; a first section without its heading (cut off) is left out."""
    found: dict[str, list[str]] = {}
    lines: list[str] | None = None
    for line in output.splitlines():
        if line.startswith("== "):
            lines = found.setdefault(line[3:].strip(), [])
        elif lines is not None and line.strip():
            lines.append(line.strip())
    return found


def _first(sections: Sections, name: str) -> str | None:
    lines = sections.get(name)
    return lines[0] if lines else None


def _yes(sections: Sections, name: str) -> bool | None:
    answer = _first(sections, name)
    return None if answer is None else answer == "yes"


def _there(sections: Sections, name: str) -> bool | None:
    """Whether a section that lists what is there lists anything."""
    return bool(sections[name]) if name in sections else None


# -- Linux --------------------------------------------------------------------------------------------------------


def _linux(sections: Sections) -> dict[str, Any]:
    system = dict(line.replace('"', "").split("=", 1) for line in sections.get("system", ()) if "=" in line)
    devices = _devices(sections)
    memory = re.search(r"(\d+)\s*$", _first(sections, "memory") or "")
    fips, certificates = _first(sections, "fips"), _first(sections, "certificates")
    return {
        "kernel": _first(sections, "kernel"),
        "distribution": system.get("ID"),
        "version": system.get("VERSION_ID"),
        "file_systems": None if devices is None else _file_systems(devices),
        "uninitialised": None if devices is None else _uninitialised(devices),
        "root_device": _root_device(sections, devices),
        "split_boot": None if devices is None else _split_boot(devices),
        "modules": _modules(sections),
        "proxy": _linux_proxy(sections),
        "resolves": _yes(sections, "resolve"),
        "reaches_sign_in": _yes(sections, "sign-in"),
        "reaches_cache": _yes(sections, "cache"),
        "reaches_service": _yes(sections, "service"),
        "certificates": None if certificates is None else "0 (ok)" in certificates,
        "old_agent": _there(sections, "agent"),
        "reboot_pending": _there(sections, "reboot"),
        "fips": None if fips is None else fips == "1",
        "free_memory_mib": int(memory.group(1)) if memory else None,
    }


def _modules(sections: Sections) -> tuple[str, ...] | None:
    if "modules" not in sections:
        return None
    return tuple(line for line in sections["modules"] if line in _MODULES)


def _devices(sections: Sections) -> list[dict[str, str]] | None:
    lines = sections.get("disks")
    return [dict(re.findall(r'(\w+)="([^"]*)"', line)) for line in lines] if lines else None


def _file_systems(devices: list[dict[str, str]]) -> tuple[str, ...]:
    return tuple(sorted({device["FSTYPE"] for device in devices if device.get("FSTYPE") and device.get("MOUNTPOINT")}))


def _disk_of(devices: list[dict[str, str]], mount: str) -> str | None:
    """The name of the disk that holds what is mounted at ``mount``."""
    by_name = {device.get("NAME", ""): device for device in devices}
    found = next((device for device in devices if device.get("MOUNTPOINT") == mount), None)
    while found is not None and found.get("TYPE") != "disk":
        found = by_name.get(found.get("PKNAME", ""))
    return found.get("NAME") if found else None


def _split_boot(devices: list[dict[str, str]]) -> bool | None:
    root, boot = _disk_of(devices, "/"), _disk_of(devices, "/boot")
    if root is None:
        return None
    return boot is not None and boot != root


def _uninitialised(devices: list[dict[str, str]]) -> tuple[int, ...]:
    """LUNs of disks that hold neither partitions nor a file system."""
    parents = {device.get("PKNAME") for device in devices}
    empty = [
        device["HCTL"]
        for device in devices
        if device.get("TYPE") == "disk"
        and not device.get("FSTYPE")
        and device.get("NAME") not in parents
        and re.fullmatch(r"\d+:\d+:\d+:\d+", device.get("HCTL", ""))
    ]
    return tuple(sorted(int(address.rsplit(":", 1)[1]) for address in empty))


def _root_device(sections: Sections, devices: list[dict[str, str]] | None) -> str | None:
    """How the boot configuration names the root device."""
    lines = sections.get("boot")
    if not lines:
        return None
    text = " ".join(lines)
    names = {device.get("NAME", "") for device in devices or ()}
    volumes = [
        f"{group.replace('-', '--')}-{volume.replace('-', '--')}"
        for group, volume in re.findall(r"rd\.lvm\.lv=([^/\s\"]+)/([^\s\"]+)", text)
    ]
    if devices is not None and any(volume not in names for volume in volumes):
        return "missing-lvm"
    return "device" if re.search(r"(?:root|resume)=/dev/[sv]d[a-z]", text) else "uuid"


def _linux_proxy(sections: Sections) -> str | None:
    if "proxy" not in sections:
        return None
    text = " ".join(sections["proxy"])
    if not text:
        return "none"
    return "authenticated" if re.search(r"://[^/\s@]+@", text) else "plain"


# -- Windows ------------------------------------------------------------------------------------------------------


def _rows(sections: Sections, name: str) -> list[dict[str, Any]] | None:
    """The objects of a section; None where it is missing or no JSON, [] where the command found nothing."""
    if name not in sections:
        return None
    text = "\n".join(sections[name])
    if not text:
        return []
    try:
        parsed = json.loads(text)
    except ValueError:
        return None
    rows = parsed if isinstance(parsed, list) else [parsed]
    return [row for row in rows if isinstance(row, dict)]


def _windows(sections: Sections) -> dict[str, Any]:
    system = (_rows(sections, "system") or [{}])[0]
    services = _rows(sections, "services")
    pools, volumes = _rows(sections, "pools"), _rows(sections, "bitlocker")
    free = system.get("FreePhysicalMemory")
    dotnet, fips = _rows(sections, "dotnet"), _rows(sections, "fips")
    names = _rows(sections, "resolve")
    answered = _rows(sections, "certificates")
    reaches = _tcp(sections, "sign-in")
    return {
        "distribution": system.get("Caption"),
        "version": system.get("Version"),
        "free_memory_mib": int(free) // 1024 if isinstance(free, int) else None,
        "disabled_services": _disabled(services),
        "old_agent": _old_windows_agent(sections, services),
        "left_vss_provider": _left_vss_provider(sections, services),
        "uninitialised": _raw_disks(_rows(sections, "disks")),
        "storage_pools": None
        if pools is None
        else tuple(str(p["FriendlyName"]) for p in pools if not p["IsPrimordial"]),
        "bitlocker": None if volumes is None else any(v.get("ProtectionStatus") in {"On", 1} for v in volumes),
        "proxy": _windows_proxy(sections),
        "reboot_pending": _true(sections, "reboot"),
        "fips": bool(fips[0].get("Enabled")) if fips else None,
        "dotnet": str(dotnet[0]["Version"]) if dotnet and dotnet[0].get("Version") else None,
        "resolves": None if names is None else bool(names),
        "reaches_sign_in": reaches,
        "reaches_cache": _tcp(sections, "cache"),
        "reaches_service": _tcp(sections, "service"),
        "certificates": None if answered is None or not reaches else bool(answered),
    }


def _disabled(services: list[dict[str, Any]] | None) -> tuple[str, ...] | None:
    """Services of which the start type is Disabled (4 in the older PowerShell)."""
    if services is None:
        return None
    return tuple(str(s["Name"]) for s in services if s.get("StartType") in {"Disabled", 4} and s["Name"] != "svagents")


def _old_windows_agent(sections: Sections, services: list[dict[str, Any]] | None) -> bool | None:
    folder = _true(sections, "agent")
    running = None if services is None else any(str(service["Name"]) == "svagents" for service in services)
    return None if folder is None and running is None else bool(folder or running)


def _left_vss_provider(sections: Sections, services: list[dict[str, Any]] | None) -> bool | None:
    """Whether Site Recovery's VSS provider is registered without its agent."""
    listed = any("Azure Site Recovery" in line for line in sections.get("providers", ()))
    if not listed:
        return False if sections.get("providers") else None
    installed = _old_windows_agent(sections, services)
    return None if installed is None else not installed


def _raw_disks(disks: list[dict[str, Any]] | None) -> tuple[int, ...] | None:
    if disks is None:
        return None
    raw = [disk for disk in disks if disk.get("PartitionStyle") in {"RAW", 0}]
    return tuple(sorted(lun for disk in raw if (lun := _lun(disk)) is not None))


def _lun(disk: Mapping[str, Any]) -> int | None:
    if isinstance(disk.get("Lun"), int):
        return int(disk["Lun"])
    found = re.search(r"LUN (\d+)", str(disk.get("Location") or ""))
    return int(found.group(1)) if found else None


def _windows_proxy(sections: Sections) -> str | None:
    if "proxy" not in sections:
        return None
    text = " ".join(sections["proxy"])
    if "Proxy Server" not in text:
        return "none"
    return "authenticated" if "Authentication" in text else "plain"


def _true(sections: Sections, name: str) -> bool | None:
    answer = _first(sections, name)
    return None if answer is None else answer.lower() == "true"


def _tcp(sections: Sections, name: str) -> bool | None:
    rows = _rows(sections, name)
    return bool(rows[0].get("TcpTestSucceeded")) if rows else None
