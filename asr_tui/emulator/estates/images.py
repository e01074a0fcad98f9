"""The images that VMs of an estate are made from (``assets/emulator/images.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from asr_tui.resources import assets


@dataclass(frozen=True, slots=True)
class Image:
    """One Marketplace image and what a VM made from it reports about itself.

    ``os`` is ``Linux`` or ``Windows``; ``generation`` 1 or 2; ``kernel`` and ``distro`` are empty for Windows;
    ``size_gb`` is the OS disk in GiB; ``supported`` is False where Site Recovery does not support the system, ``trusted_launch``
    False where it does so only without trusted launch.
    """

    key: str
    publisher: str
    offer: str
    sku: str
    version: str
    os: str
    generation: int
    os_name: str
    os_version: str
    release: str
    agent_version: str
    size_gb: int
    kernel: str = ""
    distro: str = ""
    arm64: bool = False
    supported: bool = True
    trusted_launch: bool = True
    plan: Mapping[str, str] | None = None

    @property
    def reference(self) -> dict[str, Any]:
        """``imageReference`` of a VM that was made from it."""
        return {
            "publisher": self.publisher,
            "offer": self.offer,
            "sku": self.sku,
            "version": "latest",
            "exactVersion": self.version,
        }


def _image(key: str, row: Mapping[str, Any]) -> Image:
    return Image(
        key=key,
        publisher=row["publisher"],
        offer=row["offer"],
        sku=str(row["sku"]),
        version=str(row["version"]),
        os=row["os"],
        generation=row["gen"],
        os_name=row["name"],
        os_version=str(row["version_seen"]),
        release=row["release"],
        agent_version=row["agent"],
        size_gb=row["size_gb"],
        kernel=row.get("kernel", ""),
        distro=row.get("distro", ""),
        arm64=row.get("arm64", False),
        supported=not row.get("unsupported", False),
        trusted_launch=row.get("trusted_launch", True),
        plan=row.get("plan"),
    )


@cache
def images() -> Mapping[str, Image]:
    """All images by their key (``ubuntu-22.04``), in the file's order."""
    rows = yaml.safe_load((assets() / "emulator" / "images.yaml").read_text(encoding="utf-8"))
    return {key: _image(key, row) for key, row in rows.items()}


def image_for(reference: Mapping[str, Any]) -> Image | None:
    """The image that an ``imageReference`` names, or None if the practice cloud does not offer it."""
    wanted = tuple(str(reference.get(part, "")).lower() for part in ("publisher", "offer", "sku"))
    for image in images().values():
        if (image.publisher.lower(), image.offer.lower(), image.sku.lower()) == wanted:
            return image
    return None
