"""Managed disks: get and lists."""

from __future__ import annotations

from asr_tui.emulator.compute.machines import COMPUTE_VERSIONS
from asr_tui.emulator.compute.views import DISK, disk_view
from asr_tui.emulator.families import Family, register_reads

DISKS = Family(DISK, COMPUTE_VERSIONS, disk_view)
register_reads(DISKS)
