"""How figures are taken and printed: medians of several runs, with the least and the most beside them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence


def row(title: str, values: Sequence[float], unit: str, goal: str = "") -> str:
    """One printed line: median, least and most, the unit, and the goal where there is one."""
    middle = statistics.median(values)
    spread = f"({min(values):.4g} to {max(values):.4g})" if len(values) > 1 else ""
    return f"{title:<52} {middle:>10.4g} {unit:<8} {spread:<22} {goal}".rstrip()


def repeated(measure: Callable[[], float], times: int = 5) -> list[float]:
    """``times`` values of ``measure``."""
    return [measure() for _ in range(times)]


def heading(text: str) -> str:
    """A heading as the benchmarks print it."""
    return f"\n{text}\n{'-' * len(text)}"
