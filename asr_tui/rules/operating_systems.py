"""Which operating system a VM runs, by what its agent or its image says, and whether Site Recovery supports it.

Source: https://learn.microsoft.com/azure/site-recovery/azure-to-azure-support-matrix (read 2026-01-01).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from asr_tui.model.compute import Image, VirtualMachine
from asr_tui.model.recovery import SupportedSystem
from asr_tui.rules import figures


@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """``major`` and ``minor`` are "" and None where the version is not known; ``family`` is "" for an unknown system."""

    family: str
    title: str
    major: str = ""
    minor: int | None = None

    @property
    def name(self) -> str:
        """Title and version in one text."""
        version = self.major if self.minor is None or "." in self.major else f"{self.major}.{self.minor}"
        return f"{self.title} {version}".strip()


def recognise(vm: VirtualMachine) -> OperatingSystem | None:
    """The VM's operating system: what its agent reports counts before its image. None where neither says anything."""
    return _recognise(vm.os_name or "", vm.os_version or "", vm.image)


@lru_cache(maxsize=4_096)
def _recognise(os_name: str, os_version: str, image: Image | None) -> OperatingSystem | None:
    if os_name:
        family, title = _family_by_name(os_name.lower())
        if not family:
            return OperatingSystem("", os_name)
        major, minor = _version(family, os_name if family.startswith("windows") else os_version)
        return OperatingSystem(family, title, major, minor)
    if image is not None and (image.publisher or image.offer):
        family, title = _family_by_image(image.publisher.lower(), image.offer.lower())
        if not family:
            return None
        major, minor = _image_version(family, image)
        return OperatingSystem(family, title, major, minor)
    return None


def _family_by_name(name: str) -> tuple[str, str]:
    words = set(re.split(r"[^a-z]+", name))
    for row in figures.document("os")["families"]:
        for each in row["names"]:
            if each in words or (len(each) > 3 and each in name):
                return row["family"], row["title"]
    return "", ""


def _family_by_image(publisher: str, offer: str) -> tuple[str, str]:
    for row in figures.document("os")["families"]:
        if publisher.startswith(tuple(row["publishers"])) or offer.startswith(tuple(row["offers"])):
            return row["family"], row["title"]
    return "", ""


def _version(family: str, text: str) -> tuple[str, int | None]:
    """Major and minor version out of a version text (``22.04.3``, ``8.6``, ``15-SP5``, ``Windows Server 2019 ...``)."""
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if not numbers:
        return "", None
    if family == "ubuntu":
        major = f"{numbers[0]}.{numbers[1]:02d}" if len(numbers) > 1 else ""
        return major, numbers[2] if len(numbers) > 2 else None
    if family.startswith("windows"):
        return str(numbers[0]), None
    return str(numbers[0]), numbers[1] if len(numbers) > 1 else None


def _image_version(family: str, image: Image) -> tuple[str, int | None]:
    """Out of offer and sku: ``0001-com-ubuntu-server-jammy``, ``8_6``, ``86-gen2``, ``sles-15-sp5``, ``debian-12``."""
    offer, sku = image.offer.lower(), re.sub(r"gen[12]|g[12]$|x86_64", "", image.sku.lower())
    if family == "ubuntu":
        for code_name, version in figures.document("os")["code_names"].items():
            if code_name in offer:
                return version, None
        return _version(family, re.sub(r"[-_]", ".", f"{offer} {sku}"))
    if family in {"sles", "debian"}:
        return _version(family, offer if re.search(r"\d", offer) else sku)
    if family in {"windows-server", "windows"}:
        return _version(family, sku if re.search(r"\d", sku) else offer)
    joined = re.search(r"(?<!\d)(\d)(\d+)(?!\d)", sku) if not re.search(r"\d[._]\d", sku) else None
    if joined and joined.group(0) != "10":
        return joined.group(1), int(joined.group(2))
    return _version(family, sku)


def listed(system: OperatingSystem, supported: Iterable[SupportedSystem]) -> bool:
    """Whether the service's own list holds it. The list lags behind and leaves out editions, so only its yes counts."""
    version = system.major if system.minor is None or "." in system.major else f"{system.major}.{system.minor}"
    for row in supported:
        family, _ = _family_by_name(row.name.lower())
        if family != system.family or not system.major:
            continue
        if family.startswith("windows"):
            if _version(family, row.name)[0] == system.major:
                return True
        elif any(each == system.major or fnmatchcase(version, each) for each in row.versions):
            return True
    return False


@lru_cache(maxsize=1_024)
def support(system: OperatingSystem) -> bool | None:
    """Whether it is supported; None where its version is not known well enough."""
    rows = [row for row in figures.document("os")["systems"] if row["family"] == system.family]
    if not rows:
        return False
    if not system.major:
        return None
    row = next((row for row in rows if row["major"] == system.major), None)
    if row is None:
        return False
    if row["minors"] is None or system.minor is None:
        return True
    return bool(row["minors"][0] <= system.minor <= row["minors"][1])


@lru_cache(maxsize=1_024)
def trusted_launch(system: OperatingSystem) -> bool | None:
    """Whether a Linux VM of this system may use trusted launch; None where its version is not known well enough."""
    rows = [row for row in figures.document("os")["systems"] if row["family"] == system.family]
    row = next((row for row in rows if row["major"] == system.major), None)
    if row is None:
        return None if rows and not system.major else False
    allowed = row["trusted_launch"]
    if isinstance(allowed, str):
        return allowed == "all"
    return None if system.minor is None else bool(allowed[0] <= system.minor <= allowed[1])
