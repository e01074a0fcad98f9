"""What other processes use, as the kernel tells."""

from __future__ import annotations

import os
from pathlib import Path


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far.

    Raises:
        FileNotFoundError: there is no such process.
    """
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid: int) -> float:
    """Resident memory of a process, MiB.

    Raises:
        FileNotFoundError, ProcessLookupError: there is no such process, or it has ended.
    """
    return _memory(pid, "VmRSS:")


def most_resident_mib(pid: int) -> float:
    """The most resident memory that a process ever had, MiB.

    Raises:
        FileNotFoundError, ProcessLookupError: there is no such process, or it has ended.
    """
    return _memory(pid, "VmHWM:")


def _memory(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)
