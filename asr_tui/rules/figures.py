"""The figures that rules rest on, read once from ``assets/rules/*.yaml``: people edit those without touching code.

Every row names a source by key; :func:`source` gives its page and the date on which that page was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from asr_tui.resources import assets

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Source:
    """A page. ``read_on`` is the ISO date of the version that was read, "" where it was not read for this project."""

    key: str
    title: str
    url: str
    read_on: str


@dataclass(frozen=True, slots=True)
class RegionFacts:
    """What is known of a region beside what the subscription's location list tells.

    ``role`` is source, target or both. The flags are None where no page that was read says.
    """

    name: str
    title: str
    cloud: str
    geography: str
    cluster: str
    pair: str
    zones: bool | None
    restricted: bool | None
    zonal: bool | None
    high_churn: bool | None
    role: str
    remark: str
    source: str


@cache
def document(name: str) -> Mapping[str, Any]:
    """The parsed ``assets/rules/<name>.yaml``."""
    text = (assets() / "rules" / f"{name}.yaml").read_text(encoding="utf-8")
    parsed: Mapping[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader, in C where there is one
    return parsed


@cache
def sources() -> Mapping[str, Source]:
    """Every page by its key."""
    return {key: Source(key=key, **row) for key, row in document("sources")["sources"].items()}


def source(key: str) -> Source:
    """The page of ``key``.

    Raises:
        KeyError: no such key in ``sources.yaml``.
    """
    return sources()[key]


@cache
def regions() -> Mapping[str, RegionFacts]:
    """Every known region by its name (lower case, without blanks)."""
    return {row["name"]: RegionFacts(**row) for row in document("regions")["regions"]}


@cache
def brazil_south_targets() -> frozenset[str]:
    """The only regions that Brazil South may replicate to."""
    return frozenset(document("regions")["brazil_south_targets"]["regions"])


@cache
def limits() -> Mapping[str, Any]:
    """The limits by their names; units stand in ``limits.yaml``."""
    return {name: row["value"] for name, row in document("limits")["limits"].items()}
