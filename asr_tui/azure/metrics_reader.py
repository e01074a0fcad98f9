"""Reads what Azure Monitor measured of VMs: two requests a VM at most, so for selected VMs only.

Names, units and the LUN dimension: https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/microsoft-compute-virtualmachines-metrics
Form of request and answer: https://learn.microsoft.com/rest/api/monitor/metrics/list (api-version 2023-10-01).

Metrics of the OS disk have no dimension, those of data disks are split by LUN, and one request has one ``$filter``: hence two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from asr_tui.azure import versions
from asr_tui.azure.clients import Clients
from asr_tui.azure.documents import metrics
from asr_tui.azure.documents.metrics import Figures
from asr_tui.model.compute import VirtualMachine
from asr_tui.model.guest import DiskWrites, VmLoad
from asr_tui.model.problem import ProblemError

DAYS: Final = 7
REQUESTS_A_VM: Final = 2
_AT_ONCE: Final = 8
_MEGABYTE: Final = 1024 * 1024
_KIBIBYTE: Final = 1024
#: KiB of a write where nothing was written at all.
_NO_WRITE_KIB: Final = 32.0
#: The service shows ten series of a split metric unless more are asked for; a VM has at most 64 data disks.
_MOST_SERIES: Final = 64

_CPU, _MEMORY = "Percentage CPU", "Available Memory Bytes"
_OF_SYSTEM_DISK: Final = ("OS Disk Write Bytes/sec", "OS Disk Write Operations/Sec")
_OF_DATA_DISKS: Final = ("Data Disk Write Bytes/sec", "Data Disk Write Operations/Sec")
#: What ends the reading: nobody is signed in, or nothing answers. Any other error is about one VM.
_UNSAID: Final = frozenset({None, 401})


async def read_loads(clients: Clients, vms: Sequence[VirtualMachine]) -> tuple[VmLoad, ...]:
    """What was measured of each VM over the last :data:`DAYS` whole days, by the hour. A VM that is gone is left out; one of
    which the service refuses to tell has the reason.

    Raises:
        ProblemError: no answer came, or the sign-in is over.
    """
    now = clients.azure_clock.now()
    end = now.replace(minute=0, second=0, microsecond=0)
    turn = asyncio.Semaphore(_AT_ONCE)

    async def read(vm: VirtualMachine) -> VmLoad | None:
        try:
            async with turn:
                return await _load(clients, vm, now, end)
        except ProblemError as error:
            if error.problem.status == 404:
                return None
            if error.problem.status in _UNSAID:
                raise
            forbidden = error.problem.status == 403
            return VmLoad(vm.id, now, DAYS, refused=error.problem.sentence(), forbidden=forbidden)

    return tuple(load for load in await asyncio.gather(*map(read, vms)) if load is not None)


async def _load(clients: Clients, vm: VirtualMachine, now: datetime, end: datetime) -> VmLoad:
    span = f"{_zulu(end - timedelta(days=DAYS))}/{_zulu(end)}"
    found = dict(await _figures(clients, vm, span, (*_OF_SYSTEM_DISK, _CPU, _MEMORY)))
    if any(disk.lun is not None for disk in vm.disks):
        split = {"$filter": "LUN eq '*'", "top": str(_MOST_SERIES)}
        found |= await _figures(clients, vm, span, _OF_DATA_DISKS, **split)
    cpu, memory = found.get((_CPU.lower(), None)), found.get((_MEMORY.lower(), None))
    return VmLoad(
        vm.id,
        now,
        DAYS,
        disks=tuple(writes for disk in vm.disks if (writes := _writes(found, disk.lun)) is not None),
        free_memory_mib=int(memory.lowest / _MEGABYTE) if memory else None,
        cpu_percent=cpu.average if cpu else None,
    )


async def _figures(
    clients: Clients, vm: VirtualMachine, span: str, names: Sequence[str], **more: str
) -> Mapping[tuple[str, int | None], Figures]:
    asked = {
        "timespan": span,
        "interval": "PT1H",
        "metricnames": ",".join(names),
        "aggregation": "average,minimum,maximum",
        **more,
    }
    path = f"{vm.id}/providers/Microsoft.Insights/metrics"
    return metrics.figures(await clients.get(path, version=versions.of("Microsoft.Insights/metrics"), **asked))


def _writes(found: Mapping[tuple[str, int | None], Figures], lun: int | None) -> DiskWrites | None:
    """One disk's figures; None where bytes or operations are missing."""
    names = _OF_SYSTEM_DISK if lun is None else _OF_DATA_DISKS
    written, operations = (found.get((name.lower(), lun)) for name in names)
    if written is None or operations is None:
        return None
    size = written.average / operations.average / _KIBIBYTE if operations.average else _NO_WRITE_KIB
    return DiskWrites(lun, written.average / _MEGABYTE, written.highest / _MEGABYTE, round(size, 1), written.points)


def _zulu(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
