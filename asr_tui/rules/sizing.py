"""How much change replication carries, and how long the first copy takes.

Sources: https://learn.microsoft.com/azure/site-recovery/concepts-azure-to-azure-high-churn-support (read 2026-06-30),
https://learn.microsoft.com/azure/site-recovery/azure-to-azure-how-to-enable-replication (read 2025-06-17).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from asr_tui.model.compute import Disk
from asr_tui.rules import figures

#: The table for the 500 MB/s ceiling starts at disks of this size, premium ones only.
FASTEST_FROM_GIB = 128


def _kind(sku: str) -> str:
    return "standard" if sku.lower().startswith("standard") else "premium"


def _row(rows: Sequence[Mapping[str, Any]], kind: str, gib: int) -> Mapping[str, Any]:
    """The last row of ``kind`` whose size is reached; every table starts low enough for what is asked."""
    return [row for row in rows if row["kind"] == kind and row["from_gib"] <= gib][-1]


def _cell(columns: Sequence[int], values: Sequence[float], write_kib: float) -> float:
    """The value under the last column that the write size reaches; smaller writes than the first column count as it."""
    index = max((i for i, column in enumerate(columns) if write_kib >= column), default=0)
    return float(values[index])


def vm_ceiling(memory_gib: float, *, high_churn: bool, fast: bool = True) -> float:
    """MB/s of a whole VM. ``fast`` False: system or regions do not go beyond 100 MB/s."""
    table = figures.document("churn")
    if not high_churn:
        return float(table["normal"]["vm"])
    tiers = [tier for tier in table["high"]["tiers"] if tier["from_gib"] <= memory_gib and (fast or tier["vm"] <= 100)]
    return float(tiers[-1]["vm"])


def disk_ceiling(sku: str, gib: int, write_kib: float, *, high_churn: bool, vm_mbps: float) -> float:
    """MB/s of one disk by the type and size of its replica and its average write size; ``vm_mbps`` is the VM's ceiling."""
    table = figures.document("churn")
    name = "normal" if not high_churn else "fastest" if vm_mbps > 100 else "high"
    kind = _kind(sku)
    if name == "fastest" and (kind == "standard" or gib < FASTEST_FROM_GIB):
        name = "high"
    row = _row(table[name]["disks"], kind, gib)
    return _cell(table[name]["columns"], row["mbps"], write_kib)


def throughput(disk: Disk) -> float:
    """Provisioned MB/s of a disk: its own where the API gave it, else by type and size."""
    if disk.throughput_mbps:
        return float(disk.throughput_mbps)
    rows = figures.document("disks")["throughput"]
    kind = disk.sku.split("_")[0]
    known = kind if any(row["kind"] == kind for row in rows) else "Standard"
    return float(_row(rows, known, disk.size_gib or 0)["mbps"])


def initial_replication_seconds(disks: Iterable[Disk]) -> float:
    """An estimate for the first copy of a VM, all its disks at once and full: the slowest disk decides. Seconds."""
    share = float(figures.limits()["initial_replication_share"])
    return max(((disk.size_gib or 0) * 1024 / (share * throughput(disk)) for disk in disks), default=0.0)
