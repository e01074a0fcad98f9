"""Ten thousand VMs: the cost of reading them follows the number of pages, and stays small in memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from practice_cloud import StartEmulator

from tests.nursery import ROOT

VMS = 10_000
# Reads in a process of its own, so that the memory is the reader's alone.
PROGRAM = """
import asyncio, json, os, resource
from asr_tui.azure.cloud import named
from asr_tui.azure.connection import open_cloud
from asr_tui.azure.estate_reader import read_estate

async def main():
    clients = await open_cloud(
        named("practice", os.environ), "environment", environ=os.environ, on_device_code=print,
        subscription_id=os.environ["AZURE_SUBSCRIPTION_ID"],
    )
    async with clients:
        estate = await read_estate(clients, source_region="westeurope", target_region="northeurope")
    print(json.dumps({
        "vms": len(estate.vms),
        "with_state": sum(vm.power_state is not None for vm in estate.vms),
        "disks": len(estate.disks),
        "requests": estate.requests,
        "unreadable": [part.what for part in estate.unreadable],
        "mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }))

asyncio.run(main())
"""


def test_ten_thousand_vms_cost_few_requests_and_little_memory(start_emulator: StartEmulator) -> None:
    emulator = start_emulator("--estate", f"generated:{VMS}")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **emulator.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=150,
        check=True,
    )
    read = json.loads(done.stdout)
    assert read["vms"] == read["with_state"] == VMS and read["disks"] >= VMS
    assert read["unreadable"] == []
    assert read["requests"] < 100, read
    assert read["mebibytes"] < 200, read  # 250 MB is the goal for reading and checking; checks take about 25 MiB more
