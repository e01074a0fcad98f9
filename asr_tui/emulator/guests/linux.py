"""The commands that a practice Linux guest knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import urlsplit

from asr_tui.emulator.guests.inside import GuestDisk, Inside
from asr_tui.emulator.guests.shell import Command, Result, Shell, grep

_ROOT_UUID = "6a1c7f5e-0d32-4b8e-9f47-51d0e8a3c2b9"
_SUPPORTED_ROOTS = "DigiCert Global Root G2"


def run(inside: Inside, script: str) -> Result:
    """Run a probe script in a Linux guest."""
    return Shell(_Commands(inside).table()).run(script)


class _Commands:
    def __init__(self, inside: Inside) -> None:
        self._inside = inside
        self._files = _files(inside)

    def table(self) -> dict[str, Command]:
        """Command name to function of its arguments."""
        return {name: partial(function, self) for name, function in _TABLE.items()}

    def _uname(self, args: Sequence[str]) -> Result:
        kernel = self._inside.guest.kernel
        if "-m" in args:
            return Result("x86_64\n")
        if "-a" in args:
            return Result(f"Linux {self._inside.name} {kernel} #1 SMP x86_64 GNU/Linux\n")
        return Result((kernel if "-r" in args else "Linux") + "\n")

    def _cat(self, args: Sequence[str]) -> Result:
        out = err = ""
        for name in args:
            if name in self._files:
                out += self._files[name]
            else:
                err += f"cat: {name}: No such file or directory\n"
        return Result(out, err, 1 if err else 0)

    def _grep(self, args: Sequence[str]) -> Result:
        names = [one for one in args if one.startswith("/")]
        options = [one for one in args if one not in names]
        lines = [line for name in names for line in self._files.get(name, "").splitlines()]
        return grep(options, lines)

    # ------------------------------------------------------------ disks

    def _lsblk(self, args: Sequence[str]) -> Result:
        columns = ["NAME", "FSTYPE", "SIZE", "TYPE", "MOUNTPOINT", "PKNAME"]
        for index, one in enumerate(args):
            if one in ("-o", "--output") and index + 1 < len(args):
                columns = [name.upper() for name in args[index + 1].split(",")]
        pairs = any(one.startswith("-") and "P" in one and not one.startswith("--") for one in args)
        plain = any(one.startswith("-") and "n" in one and not one.startswith("--") for one in args)
        rows = [row for disk in self._inside.disks for row in self._rows(disk)]
        if pairs:
            lines = [" ".join(f'{name}="{row.get(name, "")}"' for name in columns) for row in rows]
        else:
            lines = [] if plain else [" ".join(columns)]
            lines += [" ".join(row.get(name, "") or "-" for name in columns) for row in rows]
        return Result("".join(line + "\n" for line in lines))

    def _rows(self, disk: GuestDisk) -> list[dict[str, str]]:
        if disk.lun is None:
            system = {"NAME": "sda", "SIZE": f"{disk.size_gb}G", "TYPE": "disk", "HCTL": "0:0:0:0"}
            if not self._inside.guest.root_disk_visible:
                return []
            root = {
                "NAME": "sda1",
                "FSTYPE": self._inside.file_system,
                "SIZE": f"{disk.size_gb - 1}G",
                "TYPE": "part",
                "MOUNTPOINT": "/",
                "PKNAME": "sda",
                "UUID": _ROOT_UUID,
            }
            return [system, root]
        name = "sd" + chr(ord("c") + disk.lun % 24)
        whole = {"NAME": name, "SIZE": f"{disk.size_gb}G", "TYPE": "disk", "HCTL": f"1:0:0:{disk.lun}"}
        if not disk.initialised:
            return [whole]
        part = {
            "NAME": f"{name}1",
            "FSTYPE": self._inside.file_system,
            "SIZE": f"{disk.size_gb}G",
            "TYPE": "part",
            "MOUNTPOINT": f"/data{disk.lun}",
            "PKNAME": name,
        }
        return [whole, part]

    def _blkid(self, args: Sequence[str]) -> Result:
        del args
        lines = [
            f'/dev/{row["NAME"]}: UUID="{row.get("UUID", _ROOT_UUID)}" TYPE="{row["FSTYPE"]}"'
            for disk in self._inside.disks
            for row in self._rows(disk)
            if row.get("FSTYPE")
        ]
        return Result("".join(line + "\n" for line in lines))

    # ------------------------------------------------------------ network

    def _getent(self, args: Sequence[str]) -> Result:
        host = args[-1] if args else ""
        address = self._inside.resolves(host)
        return Result(f"{address} {host}\n") if address else Result(status=2)

    def _connect(self, args: Sequence[str]) -> Result:
        host = next((one for one in args if "." in one and not one.startswith("-")), "")
        return Result(status=1 if self._inside.unreachable(host) else 0)

    def _bash(self, args: Sequence[str]) -> Result:
        """``bash -c '</dev/tcp/HOST/443'`` and the like; other scripts run in this shell."""
        script = args[args.index("-c") + 1] if "-c" in args and args.index("-c") + 1 < len(args) else ""
        found = re.search(r"/dev/tcp/([^/\s]+)/\d+", script)
        if found:
            return Result(status=1 if self._inside.unreachable(found.group(1)) else 0)
        return Shell(self.table()).run(script)

    def _curl(self, args: Sequence[str]) -> Result:
        url = next((one for one in args if "://" in one), "")
        host = urlsplit(url).hostname or ""
        if self._inside.resolves(host) is None:
            return Result(err=f"curl: (6) Could not resolve host: {host}\n", status=6)
        if self._inside.unreachable(host):
            return Result(err=f"curl: (28) Failed to connect to {host} port 443: Connection timed out\n", status=28)
        if self._inside.guest.root_certificates == "outdated":
            return Result(err="curl: (60) SSL certificate problem: unable to get local issuer certificate\n", status=60)
        wants_code = any("http_code" in one for one in args)
        return Result("200" if wants_code else "")

    def _openssl(self, args: Sequence[str]) -> Result:
        target = next((args[i + 1] for i, one in enumerate(args[:-1]) if one == "-connect"), "")
        host = target.split(":")[0]
        if self._inside.unreachable(host):
            return Result(err="connect:errno=110\n", status=1)
        good = self._inside.guest.root_certificates == "current"
        verdict = "0 (ok)" if good else "20 (unable to get local issuer certificate)"
        return Result(
            f"CONNECTED(00000003)\nissuer=C = US, O = DigiCert Inc, CN = {_SUPPORTED_ROOTS}\n"
            f"    Verify return code: {verdict}\n"
        )

    # ------------------------------------------------------------ the rest

    def _free(self, args: Sequence[str]) -> Result:
        del args
        total, left = self._inside.memory_mb, self._inside.free_memory_mb
        return Result(f"total used free available\nMem: {total} {total - left} {left} {left}\n")

    def _systemctl(self, args: Sequence[str]) -> Result:
        unit = args[-1] if args else ""
        active = unit in ("walinuxagent", "waagent", "walinuxagent.service", "sshd", "ssh")
        return Result("active\n") if active else Result("inactive\n", status=3)

    def _pgrep(self, args: Sequence[str]) -> Result:
        left = self._inside.guest.mobility_agent == "leftover"
        if left and any(one in ("svagents", "vxagent", "s2") for one in args):
            return Result("1432\n")
        return Result(status=1)

    def _exists(self, path: str) -> bool:
        leftover = self._inside.guest.mobility_agent == "leftover"
        if path.startswith(("/usr/local/ASR", "/usr/local/InMage", "/etc/vxagent-upgrade", "/usr/local/.vx_version")):
            return leftover
        if path == "/var/run/reboot-required":
            return self._inside.guest.reboot_pending
        return path in self._files

    def _test(self, args: Sequence[str]) -> Result:
        paths = [one for one in args if one.startswith("/")]
        return Result(status=0 if paths and self._exists(paths[0]) else 1)

    def _ls(self, args: Sequence[str]) -> Result:
        paths = [one for one in args if one.startswith("/")]
        out = "".join(f"{one}\n" for one in paths if self._exists(one))
        missing = [one for one in paths if not self._exists(one)]
        err = "".join(f"ls: cannot access '{one}': No such file or directory\n" for one in missing)
        return Result(out, err, 2 if missing else 0)


_TABLE: dict[str, Callable[[_Commands, Sequence[str]], Result]] = {
    "echo": lambda guest, args: Result(" ".join(one for one in args if one not in ("-n", "-e")) + "\n"),
    "printf": lambda guest, args: Result(_printf(args)),
    "true": lambda guest, _: Result(),
    "false": lambda guest, _: Result(status=1),
    "set": lambda guest, _: Result(),
    "export": lambda guest, _: Result(),
    "hostname": lambda guest, _: Result(guest._inside.name + "\n"),
    "whoami": lambda guest, _: Result("root\n"),
    "uname": _Commands._uname,
    "cat": _Commands._cat,
    "grep": _Commands._grep,
    "lsblk": _Commands._lsblk,
    "blkid": _Commands._blkid,
    "getent": _Commands._getent,
    "nslookup": _Commands._getent,
    "host": _Commands._getent,
    "nc": _Commands._connect,
    "bash": _Commands._bash,
    "curl": _Commands._curl,
    "openssl": _Commands._openssl,
    "free": _Commands._free,
    "df": lambda guest, _: Result(
        "Filesystem 1M-blocks Used Available Use% Mounted on\n/dev/root 29572 6120 23436 21% /\n"
    ),
    "systemctl": _Commands._systemctl,
    "pgrep": _Commands._pgrep,
    "test": _Commands._test,
    "[": _Commands._test,
    "ls": _Commands._ls,
    "env": lambda guest, _: Result(guest._files["/etc/environment"]),
    "waagent": lambda guest, _: Result(
        f"WALinuxAgent-{guest._inside.agent_version} running on {guest._inside.os_name}\n"
    ),
    "mokutil": lambda guest, _: Result("SecureBoot enabled\n"),
}

COMMANDS = tuple(_TABLE)
"""Names of all commands that a Linux guest knows."""


def _printf(args: Sequence[str]) -> str:
    if not args:
        return ""
    text = args[0].encode().decode("unicode_escape")
    values = list(args[1:])
    return re.sub(r"%[sd]", lambda _: values.pop(0) if values else "", text)


def _files(inside: Inside) -> dict[str, str]:
    guest, image = inside.guest, inside.image
    distro = image.distro if image else "linux"
    release = image.release if image else inside.os_name
    proxy = ""
    if guest.proxy is not None:
        who = "proxyuser:secret@" if guest.proxy.authenticated else ""
        scheme, _, host = guest.proxy.address.rpartition("://")
        value = f"{scheme or 'http'}://{who}{host}:{guest.proxy.port}"
        proxy = f"http_proxy={value}\nhttps_proxy={value}\n"
    root = {
        "uuid": f"root=UUID={_ROOT_UUID}",
        "device-names": "root=/dev/sda1",
        "missing-lvm": "root=/dev/mapper/rootvg-gone rd.lvm.lv=rootvg/gone",
    }[guest.grub]
    grub = f'GRUB_CMDLINE_LINUX="console=tty1 console=ttyS0 {root}"\n'
    menu = f"linux /boot/vmlinuz-{guest.kernel} {root} ro\n"
    server = "server 168.63.129.16" if guest.dns == "resolves" else "nameserver 10.255.255.53"
    return {
        "/etc/os-release": f'PRETTY_NAME="{release}"\nNAME="{release}"\nVERSION_ID="{inside.os_version}"\nID={distro}\n',
        "/etc/environment": f"PATH=/usr/sbin:/usr/bin:/sbin:/bin\n{proxy}",
        "/etc/default/grub": grub,
        "/boot/grub/grub.cfg": menu,
        "/boot/grub2/grub.cfg": menu,
        "/etc/resolv.conf": f"{server}\n",
        "/proc/sys/crypto/fips_enabled": f"{int(guest.fips)}\n",
        "/proc/version": f"Linux version {guest.kernel}\n",
    }
