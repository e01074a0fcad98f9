"""The regions of the practice cloud (``assets/emulator/regions.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from asr_tui.resources import assets


@dataclass(frozen=True, slots=True)
class Region:
    """One region. ``name`` is ``westeurope``, ``display`` ``West Europe``; ``pair`` a region name or None.

    ``zones`` tells whether it has three availability zones, ``reserved`` whether access has to be asked for.
    """

    name: str
    display: str
    geography: str
    group: str
    pair: str | None
    zones: bool
    reserved: bool
    longitude: str
    latitude: str
    place: str

    @property
    def tag(self) -> str:
        """How the region is written in regional service tags: ``WestEurope``."""
        return self.display.replace(" ", "")


@cache
def regions() -> Mapping[str, Region]:
    """All regions by name, in the file's order."""
    rows = yaml.safe_load((assets() / "emulator" / "regions.yaml").read_text(encoding="utf-8"))
    return {
        name: Region(
            name=name,
            display=row["display"],
            geography=row["geography"],
            group=row["group"],
            pair=row.get("pair"),
            zones=row.get("zones", False),
            reserved=row.get("reserved", False),
            longitude=row["at"][0],
            latitude=row["at"][1],
            place=row["place"],
        )
        for name, row in rows.items()
    }


def region_named(text: str) -> Region | None:
    """The region of that name or display name, in any casing and spacing; None if there is none."""
    return regions().get(text.replace(" ", "").lower())
