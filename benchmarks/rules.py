"""All checks over large estates: ``python -m benchmarks.rules [VMs ...]`` (1000 10000; 50000 takes a minute longer).

The estate is read from a practice cloud by the worker's own reader, in a process of its own for each size, and every VM of
the source region is selected. CPU is that of the checks alone; memory is that of the process.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from asr_tui.azure.cloud import named
from asr_tui.azure.connection import open_cloud
from asr_tui.azure.estate_reader import read_estate
from asr_tui.model.estate import Estate
from asr_tui.model.plan import Plan
from asr_tui.rules.catalogue import run_all
from benchmarks.cloud import cloud
from benchmarks.figures import heading, row
from benchmarks.processes import resident_mib

SIZES = (1_000, 10_000)
_SOURCE, _TARGET = "westeurope", "northeurope"
_GOALS = {10_000: "goal 2"}
_TIMES = 3


@dataclass(frozen=True)
class Checked:
    """``reading`` in seconds, ``cpu`` in seconds for each time that all checks ran; memory in MiB after reading, and at most."""

    vms: int
    requests: int
    reading: float
    cpu: tuple[float, ...]
    findings: dict[str, int]
    estate_mib: float
    most_mib: float


def main(sizes: tuple[int, ...]) -> None:
    """Print the figures."""
    for size in sizes:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
            checked = alone.submit(measure, size).result()
        print(heading(f"All checks over {checked.vms} VMs"))
        print(row("CPU of all checks", checked.cpu, "s", _GOALS.get(size, "")))
        print(row("memory with the estate", [checked.estate_mib], "MiB"))
        print(row("memory at most, checks included", [checked.most_mib], "MiB"))
        print(row("requests to read the estate", [checked.requests], "", "goal below 100" if size == 10_000 else ""))
        print(row("time to read it", [checked.reading], "s"))
        told = ", ".join(f"{count} {severity}" for severity, count in checked.findings.items())
        print(f"findings: {told or 'none'}")


def measure(size: int) -> Checked:
    """Read an estate of that size and run the catalogue over it. The exports of the cloud stay in this process."""
    with cloud(f"generated:{size}") as practice:
        os.environ |= practice.environ
        began = time.perf_counter()
        read: list[Estate] = []
        asyncio.run(_read(read))
        (estate,) = read
        reading = time.perf_counter() - began
    plan = Plan(
        source_region=_SOURCE,
        target_region=_TARGET,
        vms=tuple(vm.id for vm in estate.vms if vm.location.lower() == _SOURCE),
    )
    estate_mib = resident_mib(os.getpid())
    cpu, findings = [], Counter[str]()
    for _ in range(_TIMES):
        before = time.process_time()
        findings = Counter(str(finding.severity) for _, found in run_all(estate, plan) for finding in found)
        cpu.append(time.process_time() - before)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Checked(len(estate.vms), estate.requests, reading, tuple(cpu), dict(findings), estate_mib, most)


async def _read(into: list[Estate]) -> None:
    """Not as a result: when asyncio.run puts the signal handler back, CPython 3.11 writes the task and its result out as text
    on the way (an enum's refusal of the handler), which for such an estate is 75 MiB that no worker ever needs."""
    clients = await open_cloud(
        named("practice", os.environ),
        "environment",
        environ=os.environ,
        on_device_code=print,
        subscription_id=os.environ["AZURE_SUBSCRIPTION_ID"],
    )
    async with clients:
        estate = await read_estate(clients, source_region=_SOURCE, target_region=_TARGET)
        into.append(estate)


if __name__ == "__main__":
    main(tuple(int(text) for text in sys.argv[1:]) or SIZES)
