"""Columns of a table, and which of them give way on a narrow terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")
GAP = 2
"""Cells between two columns."""


@dataclass(frozen=True)
class Column(Generic[Row]):
    """``width`` cells at least; ``grow`` its share of what is left over; the highest ``drop`` gives way first (0 never).

    ``prose`` is cut at its end, everything else in the middle, since the tail of a name tells most.
    """

    title: str
    text: Callable[[Row], str]
    width: int
    grow: int = 0
    drop: int = 0
    align: str = "left"
    tone: Callable[[Row], str] | None = None
    prose: bool = False


def layout(columns: Sequence[Column[Row]], cells: int) -> list[tuple[Column[Row], int]]:
    """The columns that fit in ``cells``, each with its width."""
    kept = list(columns)

    def needed() -> int:
        return sum(column.width for column in kept) + GAP * max(0, len(kept) - 1)

    while len(kept) > 1 and needed() > cells and any(column.drop for column in kept):
        kept.remove(max(kept, key=lambda column: column.drop))
    spare = max(0, cells - needed())
    shares = sum(column.grow for column in kept)
    widths = [column.width + (spare * column.grow // shares if shares else 0) for column in kept]
    while sum(widths) + GAP * (len(kept) - 1) > cells and max(widths) > 4:
        widths[widths.index(max(widths))] -= 1
    return list(zip(kept, widths, strict=True))
