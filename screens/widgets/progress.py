"""Progress as text: a bar of eight cells with its figure, and the time that is left."""

from __future__ import annotations

from datetime import datetime

from asr_tui.wording import until

_CELLS = 6


def bar(percent: int | None) -> str:
    """``████░░  61 %``; "" where the service reports none."""
    if percent is None:
        return ""
    percent = max(0, min(100, percent))
    full = percent * _CELLS // 100
    return f"{'█' * full}{'░' * (_CELLS - full)} {percent:3d} %"


def eta(start: datetime | None, now: datetime | None, percent: int | None) -> str:
    """The time left if it goes on as it has so far; "" below 5 %, where that would be a guess."""
    if start is None or now is None or percent is None or percent < 5 or percent >= 100:
        return ""
    gone = now - start
    return until(start + gone * 100 / percent, now)
