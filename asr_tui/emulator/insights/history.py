"""What a VM did in any hour of the past: what its disks wrote, how busy it was, how much memory was free.

A function of the estate's facts and the hour, so the past is the same however often it is asked for. The week has a shape
(quiet nights and weekends, a burst while the backup runs); any 168 hours in a row average exactly to the ``churn`` of the
disk's facts, which is also what decides later whether its replication keeps up.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from asr_tui.emulator.compute.views import power_state
from asr_tui.emulator.estates.names import parse_time
from asr_tui.emulator.guests.inside import look_inside
from asr_tui.emulator.site_recovery.source_vm import SourceDisk, SourceVm
from asr_tui.emulator.store import Store

HOUR = timedelta(hours=1)
KEPT = timedelta(days=93)
"""Platform metrics are kept for 93 days."""

_MEGABYTE = 1024 * 1024
_BACKUP_HOUR = 2


@dataclass(frozen=True, slots=True)
class Sample:
    """One hour of one figure: the mean of its minutes, the lowest and the highest of them."""

    average: float
    minimum: float
    maximum: float


Series = Callable[[datetime], Sample]
"""The sample of the hour that begins then."""


@cache
def _week() -> tuple[float, ...]:
    """The weight of each hour of a week from Monday 00:00; their mean is 1."""
    raw = []
    for day in range(7):
        for hour in range(24):
            usual = 1.5 if 8 <= hour < 18 and day < 5 else 0.7
            raw.append(2.4 if hour == _BACKUP_HOUR else usual)
    mean = sum(raw) / len(raw)
    return tuple(value / mean for value in raw)


def _weight(hour: datetime) -> float:
    return _week()[hour.weekday() * 24 + hour.hour]


def _chance(key: str, hour: datetime | None = None) -> float:
    """A number from 0 to 1 that belongs to the key, and to the hour where one is given."""
    number = int(hour.timestamp()) // 3600 if hour is not None else 0
    return zlib.crc32(f"{key}|{number}".encode()) / 0xFFFFFFFF


def _around(key: str, average: float, hour: datetime, spread: float) -> Sample:
    """A mean with its lowest and highest minute, the latter up to ``spread`` times as much."""
    shift = _chance(key, hour)
    return Sample(average, average * (0.2 + 0.5 * shift), average * (1 + (spread - 1) * shift))


def written_bytes(disk: SourceDisk) -> Series:
    """Bytes a second that are written to a disk."""
    key, rate = disk.id.lower(), disk.data.churn * _MEGABYTE
    return lambda hour: _around(key, rate * _weight(hour), hour, 2.5)


def write_operations(disk: SourceDisk) -> Series:
    """Writes a second: the bytes by the size of an average write."""
    by_bytes, size = written_bytes(disk), disk.data.write_kib * 1024

    def sample(hour: datetime) -> Sample:
        found = by_bytes(hour)
        return Sample(found.average / size, found.minimum / size, found.maximum / size)

    return sample


def processor(vm: SourceVm) -> Series:
    """Percent of the processor that is busy."""
    key = f"{vm.id.lower()}|cpu"
    usual = 6 + 24 * _chance(key)

    def sample(hour: datetime) -> Sample:
        found = _around(key, usual * _weight(hour), hour, 1.3)
        return Sample(found.average, found.minimum, min(found.maximum, 99.0))

    return sample


def free_memory(store: Store, vm: SourceVm, now: datetime) -> Series:
    """Bytes of memory that are free: at the worst what a look into the guest shows."""
    key = f"{vm.id.lower()}|memory"
    least = look_inside(store, vm.doc, now).free_memory_mb * _MEGABYTE

    def sample(hour: datetime) -> Sample:
        more = 0.08 * _chance(key, hour)
        return Sample(least * (1.04 + more), float(least), least * (1.1 + more))

    return sample


def has_figures(vm: SourceVm, now: datetime) -> Callable[[datetime], bool]:
    """Whether there are figures of the hour that begins then: the VM existed and ran, and they are still kept."""
    made = parse_time(str(vm.properties["timeCreated"]))

    def there(hour: datetime) -> bool:
        ends = min(hour + HOUR, now)
        return made < ends and now - KEPT < hour < now and power_state(vm.doc, ends) == "running"

    return there
