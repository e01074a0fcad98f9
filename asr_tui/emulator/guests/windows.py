"""The PowerShell commands that a practice Windows guest knows, one a line, with ``Select-Object`` and
``ConvertTo-Json`` behind a pipe.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from asr_tui.emulator.guests.inside import Inside
from asr_tui.emulator.guests.shell import Result

Row = dict[str, Any]

_FILTERS = ("select-object", "select", "convertto-json", "format-list", "fl", "where-object", "out-string")


def run(inside: Inside, script: str) -> Result:
    """Run a probe script in a Windows guest."""
    commands = _Commands(inside).table()
    out = err = ""
    status = 0
    for line in script.splitlines():
        text = line.strip()
        if not text or text.startswith("#") or text.lower().startswith(("$erroraction", "$progress")):
            continue
        result = _line(commands, text)
        out, err, status = out + result.out, err + result.err, result.status
    return Result(out, err, status)


def _line(commands: dict[str, Callable[[Sequence[str]], list[Row] | str | None]], text: str) -> Result:
    stages = [one.strip() for one in text.split("|")]
    words = _words(stages[0])
    command = commands.get(words[0].lower()) if words else None
    if command is None:
        shown = words[0] if words else text
        return Result(err=f"{shown} : The term '{shown}' is not recognized as the name of a cmdlet.\n", status=1)
    value = command(words[1:])
    if value is None:
        return Result(err=f"{words[0]} : it failed for {' '.join(words[1:])}\n", status=1)
    if isinstance(value, str):
        return Result(value + "\n")
    for stage in stages[1:]:
        parts = _words(stage)
        name = parts[0].lower() if parts else ""
        if name not in _FILTERS:
            return Result(err=f"{name} : The term '{name}' is not recognized as the name of a cmdlet.\n", status=1)
        if name in ("select-object", "select"):
            value = _selected(value, parts[1:])
        elif name == "convertto-json":
            encoded = json.dumps(value[0] if len(value) == 1 else value, separators=(",", ":"))
            return Result(encoded + "\n")
    return Result("".join(_listed(row) for row in value))


def _words(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split = True
    lexer.escape = ""
    try:
        return list(lexer)
    except ValueError:
        return []


def _selected(rows: list[Row], parts: Sequence[str]) -> list[Row]:
    names = [one for part in parts if not part.startswith("-") for one in part.split(",") if one]
    if not names:
        return rows
    return [{name: row.get(name) for name in names} for row in rows]


def _listed(row: Row) -> str:
    width = max((len(name) for name in row), default=0)
    return "".join(f"{name:<{width}} : {value}\n" for name, value in row.items()) + "\n"


class _Commands:
    def __init__(self, inside: Inside) -> None:
        self._inside = inside

    def table(self) -> dict[str, Callable[[Sequence[str]], list[Row] | str | None]]:
        """Command name, lower-cased, to function; None means that it failed."""
        return {name: partial(function, self) for name, function in _TABLE.items()}

    def _services(self, args: Sequence[str]) -> list[Row]:
        guest = self._inside.guest
        known = {
            "VSS": guest.volume_shadow_copy,
            "COMSysApp": guest.com_plus,
            "WindowsAzureGuestAgent": "automatic",
            "RdAgent": "automatic",
        }
        if guest.mobility_agent == "leftover":
            known |= {"svagents": "automatic", "InMage Scout Application Service": "automatic"}
        asked = [name for one in args if not one.startswith("-") for name in one.split(",")]
        chosen = [name for name in known if not asked or any(name.lower() == one.lower() for one in asked)]
        return [
            {
                "Name": name,
                "StartType": known[name].capitalize(),
                "Status": "Stopped" if known[name] in ("disabled", "manual") else "Running",
            }
            for name in chosen
        ]

    def _disks(self, args: Sequence[str]) -> list[Row]:
        del args
        return [
            {
                "Number": index,
                "Lun": disk.lun,
                "PartitionStyle": "GPT" if disk.initialised else "RAW",
                "OperationalStatus": "Online",
                "Size": disk.size_gb * 1024**3,
            }
            for index, disk in enumerate(self._inside.disks)
        ]

    def _pools(self, args: Sequence[str]) -> list[Row]:
        del args
        pools = [{"FriendlyName": "Primordial", "IsPrimordial": True}]
        if self._inside.guest.storage_spaces_direct:
            pools.append({"FriendlyName": "S2D on cluster", "IsPrimordial": False})
        return pools

    def _bitlocker(self, args: Sequence[str]) -> list[Row]:
        del args
        state = "On" if self._inside.guest.bitlocker else "Off"
        return [
            {"MountPoint": f"{chr(ord('C') + i)}:", "ProtectionStatus": state if i else "Off"}
            for i, _ in enumerate(self._inside.disks)
        ]

    def _system(self, args: Sequence[str]) -> list[Row]:
        del args
        inside = self._inside
        return [
            {
                "Caption": f"Microsoft {inside.image.release if inside.image else inside.os_name}",
                "Version": inside.os_version,
                "FreePhysicalMemory": inside.free_memory_mb * 1024,
                "FipsEnabled": inside.guest.fips,
                "NetFramework": inside.guest.dotnet,
                "RebootPending": inside.guest.reboot_pending,
            }
        ]

    def _processes(self, args: Sequence[str]) -> list[Row]:
        left = self._inside.guest.mobility_agent == "leftover"
        known = ["WindowsAzureGuestAgent", *(["svagents", "s2"] if left else [])]
        asked = [name for one in args if not one.startswith("-") for name in one.split(",")]
        return [{"ProcessName": name} for name in known if not asked or name in asked]

    def _host(self, args: Sequence[str]) -> str:
        for one in args:
            found = re.sub(r"^https?://", "", one).split("/")[0]
            if "." in found and not one.startswith("-"):
                return found
        return ""

    def _resolve(self, args: Sequence[str]) -> list[Row] | None:
        host = self._host(args)
        address = self._inside.resolves(host)
        return [{"Name": host, "Type": "A", "IPAddress": address}] if address else None

    def _connect(self, args: Sequence[str]) -> list[Row]:
        host = self._host(args)
        return [
            {
                "ComputerName": host,
                "RemoteAddress": self._inside.resolves(host),
                "RemotePort": 443,
                "TcpTestSucceeded": not self._inside.unreachable(host),
            }
        ]

    def _path(self, args: Sequence[str]) -> str:
        path = args[0].lower() if args else ""
        leftover = self._inside.guest.mobility_agent == "leftover"
        there = leftover if "site recovery" in path or "inmage" in path else path.startswith("c:\\windows")
        if "rebootpending" in path or "rebootrequired" in path:
            there = self._inside.guest.reboot_pending
        return str(there)

    def _proxy(self, args: Sequence[str]) -> str:
        del args
        proxy = self._inside.guest.proxy
        if proxy is None:
            return "Current WinHTTP proxy settings:\n\n    Direct access (no proxy server)."
        server = f"{proxy.address.rpartition('://')[2]}:{proxy.port}"
        sign_in = "\n    Authentication  :  required" if proxy.authenticated else ""
        return f"Current WinHTTP proxy settings:\n\n    Proxy Server(s) :  {server}{sign_in}"

    def _shadow_copies(self, args: Sequence[str]) -> str:
        del args
        names = ["Microsoft Software Shadow Copy provider 1.0"]
        if self._inside.guest.vss_provider == "stale":
            names.append("Azure Site Recovery VSS Provider")
        return "\n".join(f"Provider name: '{name}'\n   Provider type: Software" for name in names)

    def _request(self, args: Sequence[str]) -> list[Row] | None:
        host = self._host(args)
        if self._inside.unreachable(host) or self._inside.guest.root_certificates == "outdated":
            return None
        return [{"StatusCode": 200, "StatusDescription": "OK"}]


_TABLE: dict[str, Callable[[_Commands, Sequence[str]], list[Row] | str | None]] = {
    "write-output": lambda _, args: " ".join(args),
    "write-host": lambda _, args: " ".join(args),
    "echo": lambda _, args: " ".join(args),
    "hostname": lambda guest, _: guest._inside.name,
    "get-service": _Commands._services,
    "get-disk": _Commands._disks,
    "get-storagepool": _Commands._pools,
    "get-bitlockervolume": _Commands._bitlocker,
    "get-ciminstance": _Commands._system,
    "get-computerinfo": _Commands._system,
    "get-hotfix": lambda _, args: [{"HotFixID": "KB5060842", "Description": "Security Update"}],
    "get-process": _Commands._processes,
    "resolve-dnsname": _Commands._resolve,
    "test-netconnection": _Commands._connect,
    "test-path": _Commands._path,
    "netsh": _Commands._proxy,
    "vssadmin": _Commands._shadow_copies,
    "invoke-webrequest": _Commands._request,
}

COMMANDS = tuple(_TABLE)
"""Names of all commands that a Windows guest knows, lower-cased; they match in any casing."""
