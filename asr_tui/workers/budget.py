"""Slowing down before Azure says 429: each answer tells how many requests are left, and how fast they come back is known."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from asr_tui.workers.pace import Pace

REFILL: Mapping[str, float] = {"reads": 25.0, "writes": 10.0}
"""Requests that come back a second (Azure's), per subscription and principal.

Source: https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling (read 2026-01-01).
"""

BUCKET: Mapping[str, float] = {"reads": 250.0, "writes": 200.0}
"""No more than this piles up, however long nobody asks. Source: as above."""

RESERVE: Mapping[str, int] = {"reads": 40, "writes": 20}
"""What is left for others of the same account (the portal, a colleague's script) before we wait."""


class Budget:
    """``clock`` gives local seconds; tests bring their own."""

    def __init__(self, pace: Pace, clock: Callable[[], float] = time.monotonic) -> None:
        self._pace = pace
        self._clock = clock
        self._told: dict[str, tuple[float, int]] = {}
        self._spent: dict[str, int] = dict.fromkeys(REFILL, 0)
        self.waits = 0

    def heard(self, remaining: Mapping[str, int]) -> None:
        """An answer told what is left (``subscription-reads`` -> 249)."""
        for kind in REFILL:
            left = remaining.get(f"subscription-{kind}")
            if left is not None:
                self._told[kind] = (self._clock(), left)
                self._spent[kind] = 0

    def left(self, kind: str) -> float | None:
        """How many requests of ``kind`` (reads, writes) are left by now; None before any answer told."""
        told = self._told.get(kind)
        if told is None:
            return None
        at, count = told
        azure_seconds = (self._clock() - at) / self._pace.scale
        return min(count + azure_seconds * REFILL[kind], max(BUCKET[kind], count)) - self._spent[kind]

    def wait_seconds(self, kind: str) -> float:
        """How long to wait (local seconds) before one more request keeps the reserve; 0 where there is enough."""
        left = self.left(kind)
        if left is None or left > RESERVE[kind]:
            return 0.0
        return self._pace.local((RESERVE[kind] - left + 1) / REFILL[kind])

    async def spend(self, kind: str, requests: int = 1) -> None:
        """Return once that many requests of ``kind`` can go out."""
        while (seconds := self.wait_seconds(kind)) > 0:
            self.waits += 1
            await asyncio.sleep(seconds)
        self._spent[kind] += requests
