"""Platform metrics of Azure Monitor: series of points, each with the aggregates that were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from asr_tui.azure.documents.fields import Document, documents, member, text

#: The dimension that splits the metrics of data disks.
_LUN = "lun"


@dataclass(frozen=True, slots=True)
class Figures:
    """A series in a few numbers, in the metric's own unit: the mean of its points' averages, the lowest and the highest that
    any point tells, and how many points have figures (a point of a machine that did not run has a time only)."""

    average: float
    lowest: float
    highest: float
    points: int


def figures(document: Document) -> Mapping[tuple[str, int | None], Figures]:
    """By metric (lower case) and LUN (None for what is not split): what was measured. A metric that the service could not
    evaluate, and a series without a single figure, are left out."""
    found: dict[tuple[str, int | None], Figures] = {}
    for metric in documents(document, "value"):
        name = text(metric, "name", "value").lower()
        for series in documents(metric, "timeseries"):
            summed = _summed(series)
            if summed is not None:
                found[name, _lun(series)] = summed
    return found


def _lun(series: Document) -> int | None:
    for label in documents(series, "metadatavalues"):
        value = text(label, "value")
        if text(label, "name", "value").lower() == _LUN and value.isascii() and value.isdigit():
            return int(value)
    return None


def _summed(series: Document) -> Figures | None:
    points = [point for point in documents(series, "data") if _number(point, "average") is not None]
    averages = [value for point in points if (value := _number(point, "average")) is not None]
    if not averages:
        return None
    lows = [value for point in points if (value := _number(point, "minimum")) is not None]
    highs = [value for point in points if (value := _number(point, "maximum")) is not None]
    return Figures(
        average=sum(averages) / len(averages),
        lowest=min(lows or averages),
        highest=max(highs or averages),
        points=len(averages),
    )


def _number(point: Document, name: str) -> float | None:
    value = member(point, name)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
