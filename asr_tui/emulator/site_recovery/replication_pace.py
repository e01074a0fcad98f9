"""How fast a disk is copied, and the few uneven percentages that are shown meanwhile."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asr_tui.emulator.estates.disk_factory import disk_performance
from asr_tui.emulator.site_recovery.source_vm import SourceDisk
from asr_tui.emulator.site_recovery.timestamps import saved

SHARE_OF_THROUGHPUT = 0.23
"""Initial replication reads at about 23 % of a disk's provisioned throughput."""

SHORTEST_MINUTES = 9.0
LONGEST_MINUTES = 38.0
"""Bounds of the copying stage. The estimate for a large disk is hours or days; a practice cloud that took so long
would teach nothing, so the copy of any disk is cut to this many minutes of Azure time (our own limit)."""

# 0 can be the only value ever shown, 43 stayed for 15 minutes (recorded).
_SHOWN = (0, 4, 9, 17, 28, 33, 43, 51, 58, 64, 76, 83, 91)


def copy_seconds(disk: SourceDisk) -> float:
    """How long the first copy of a disk takes, in seconds: used GiB at 23 % of the disk's MB/s, within the bounds."""
    _, megabytes = disk_performance(disk.sku, max(disk.size_gb, 1))
    rate = max(disk.doc["properties"].get("diskMBpsReadWrite") or megabytes, 1)
    used = disk.size_gb * disk.data.used_percent / 100
    seconds = used * 1024 / (SHARE_OF_THROUGHPUT * rate)
    return min(max(seconds, SHORTEST_MINUTES * 60), LONGEST_MINUTES * 60)


@dataclass(frozen=True, slots=True)
class Copying:
    """The first copy of a VM's disks, in parallel.

    Attributes:
        ends: moment at which each disk (lower-cased id) is copied.
        steps: ``[moment, percentage]`` that the VM shows from then on.
    """

    start: datetime
    ends: dict[str, datetime]
    steps: list[list[Any]]

    @property
    def end(self) -> datetime:
        """When the last disk is copied."""
        return max(self.ends.values())

    def saved(self) -> dict[str, Any]:
        """As records keep it."""
        return {
            "start": saved(self.start),
            "ends": {disk: saved(moment) for disk, moment in self.ends.items()},
            "steps": self.steps,
        }


def copying(disks: list[SourceDisk], start: datetime, rng: random.Random) -> Copying:
    """Plan the first copy of ``disks`` from ``start`` on."""
    ends = {disk.id.lower(): start + timedelta(seconds=copy_seconds(disk) * rng.uniform(0.94, 1.06)) for disk in disks}
    whole = max(ends.values()) - start
    # The first report comes late, and nothing says that a figure other than 0 ever does.
    steps: list[list[Any]] = [[saved(start + whole * 0.2), 0]]
    if rng.random() > 0.15:
        shown = sorted(rng.sample(_SHOWN[1:], rng.randint(1, 3)))
        places = sorted(rng.uniform(0.3, 0.9) for _ in shown)
        steps += [[saved(start + whole * place), value] for place, value in zip(places, shown, strict=True)]
    return Copying(start, ends, steps)


def vm_percentage(steps: Sequence[tuple[datetime, int]], now: datetime) -> int | None:
    """The VM's percentage: the last figure reported; it stays for ever, also when the VM is protected (recorded)."""
    reported = [value for moment, value in steps if moment <= now]
    return reported[-1] if reported else None


def disk_percentage(start: datetime, end: datetime, now: datetime) -> int | None:
    """A disk's percentage while it is copied: null at first, then in steps of the truth."""
    done = (now - start) / (end - start)
    if done < 0.3:
        return None
    return min(int(done * 100) // 7 * 7, 100)
