"""VM sizes of the practice cloud (``assets/emulator/vm-sizes.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from asr_tui.resources import assets


@dataclass(frozen=True, slots=True)
class Size:
    """One VM size.

    ``vcpus`` count against the quota of ``family``; ``active_vcpus`` is what the guest sees (less for
    constrained-core sizes); ``memory_gb`` in GiB; ``temp_gb`` is the temporary disk in GiB, 0 for none.
    ``generations`` is ``V1``, ``V2`` or ``V1,V2``; ``security`` is ``trusted-launch``, ``confidential`` or ``none``.
    """

    name: str
    family: str
    vcpus: int
    active_vcpus: int
    memory_gb: float
    max_data_disks: int
    max_nics: int
    temp_gb: int
    premium: bool
    generations: str
    architecture: str
    controllers: str
    security: str
    zonal: bool
    not_in: frozenset[str]

    def offered_in(self, location: str) -> bool:
        """Whether the region (``westeurope``) has the size at all."""
        return location.lower() not in self.not_in


def _size(name: str, family: str, shared: Mapping[str, Any], row: Mapping[str, Any]) -> Size:
    return Size(
        name=name,
        family=family,
        vcpus=row["vcpus"],
        active_vcpus=row.get("active", row["vcpus"]),
        memory_gb=row["memory"],
        max_data_disks=row["disks"],
        max_nics=row["nics"],
        temp_gb=row["temp"],
        premium=shared.get("premium", True),
        generations=shared.get("gens", "V1,V2"),
        architecture=shared.get("arch", "x64"),
        controllers=shared.get("controller", "SCSI"),
        security=shared.get("security", "trusted-launch"),
        zonal=shared.get("zonal", True),
        not_in=frozenset(shared.get("not_in", ())),
    )


@cache
def sizes() -> Mapping[str, Size]:
    """All sizes by lower-cased name, in the file's order."""
    families = yaml.safe_load((assets() / "emulator" / "vm-sizes.yaml").read_text(encoding="utf-8"))
    return {
        name.lower(): _size(name, family, shared, row)
        for family, shared in families.items()
        for name, row in shared["sizes"].items()
    }


def size_named(name: str) -> Size | None:
    """The size of that name (any casing), or None if there is none."""
    return sizes().get(name.lower())


def families() -> tuple[str, ...]:
    """Names of the quota counters, in the file's order."""
    return tuple(dict.fromkeys(size.family for size in sizes().values()))
