"""The service's list of region pairs (``replicationSupportedRegionMappings``).

The operation is among those that a role can allow, but the form of its answer is published nowhere. So it is read by
meaning: every object, however deep, that names a region to replicate from beside one or more to replicate to. An answer
without a single such object is not understood, and nothing is concluded from it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from asr_tui.azure.documents.fields import Document
from asr_tui.model.recovery import RegionTargets

_FROM: Final = re.compile(r"(primary|source)\w*?(location|region)(name)?s?", re.IGNORECASE)
_TO: Final = re.compile(r"(recovery|target|secondary|destination)\w*?(location|region)(name)?s?", re.IGNORECASE)
_DEEPEST: Final = 8


def region_mappings(document: Document) -> tuple[RegionTargets, ...] | None:
    """By source region: the regions that it may replicate to; None where the answer's form is not understood."""
    found: dict[str, set[str]] = {}
    for entry in _objects(document, _DEEPEST):
        sources, targets = (set(_regions(entry, wanted)) for wanted in (_FROM, _TO))
        for source in sources if targets else ():
            found.setdefault(source, set()).update(targets)
    if not found:
        return None
    return tuple(RegionTargets(source, frozenset(targets)) for source, targets in sorted(found.items()))


def _objects(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth == 0:
        return
    if isinstance(value, Mapping):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _objects(each, depth - 1)


def _regions(entry: Mapping[str, Any], wanted: re.Pattern[str]) -> Iterator[str]:
    """The regions under members of such a name: a text, a list of texts, or objects with a name."""
    for name, value in entry.items():
        if wanted.fullmatch(name):
            for told in value if isinstance(value, list) else [value]:
                region = told.get("name") if isinstance(told, Mapping) else told
                if isinstance(region, str) and region.strip():
                    yield sys.intern("".join(region.split()).lower())
