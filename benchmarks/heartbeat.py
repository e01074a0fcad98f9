"""How long an event loop was silent: a beat every 10 ms, and each one that came late is written down."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

BEAT_SECONDS = 0.01


async def beat(file: Path) -> None:
    """Write ``time gap`` (monotonic clock, seconds) for each beat that was late by a beat or more."""
    last = time.monotonic()
    with file.open("a", buffering=1) as stream:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            now = time.monotonic()
            if now - last > 2 * BEAT_SECONDS:
                stream.write(f"{now:.6f} {now - last:.6f}\n")
            last = now


def longest_silence(file: Path, since: float) -> float:
    """Seconds of the longest silence that ended after ``since`` (monotonic clock); a beat where none was late."""
    gaps = [tuple(map(float, line.split())) for line in file.read_text().splitlines()]
    return max((gap for ended, gap in gaps if ended >= since), default=BEAT_SECONDS)
