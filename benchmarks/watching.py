"""The worker while it watches many VMs replicate: ``python -m benchmarks.watching [VMS]``.

An operation runs, so a round is due every 30 seconds of Azure; the practice cloud runs 30 times as fast, so one is due every
second. Between two rounds as much has changed as on Azure. One face looks on and asks for news every second.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from asr_tui.azure import versions
from asr_tui.model.step import Step
from asr_tui.session.client import SessionClient
from asr_tui.session.intents import ConfirmReview, SetConcurrency
from benchmarks.figures import heading, row
from benchmarks.prepared import LATENCY_SECONDS, Prepared, prepare
from benchmarks.processes import cpu_seconds, resident_mib
from tests import walking
from tests.practice import PracticeCloud, ProcessWorker, until

ENABLING_SPEED = 60.0
SPEED = 30.0
"""At which the round that is due every 30 seconds while an operation runs comes every second."""

SECONDS = 30.0
SETTLING_SECONDS = 5.0
_MOST_AT_A_TIME = 1000
_PATIENCE_SECONDS = 600.0


@dataclass(frozen=True)
class Watched:
    """CPU in percent of one core and in milliseconds a round, memory in MiB, the others for each second."""

    items: int
    cpu_percent: float
    cpu_ms: float
    cloud_ms: float
    memory_mib: float
    rounds: float
    requests: float
    views: float


def main(vms: int) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="asr-bench-") as folder:
        watched = measure(prepare(Path(folder), vms))
    print(heading(f"The worker while it watches {watched.items} items, one face looking on"))
    print(row("CPU of the worker", [watched.cpu_percent], "% core"))
    print(row("the same for each round", [watched.cpu_ms], "ms"))
    print(row("CPU of the cloud, for each round", [watched.cloud_ms], "ms"))
    print(row("memory of the worker", [watched.memory_mib], "MiB", "goal 190 (250 with 10,000 VMs)"))
    print(row("rounds (all items, all jobs)", [watched.rounds], "a s"))
    print(row("requests", [watched.requests], "a s"))
    print(row("changed views taken by the face", [watched.views], "a s"))


def measure(prepared: Prepared) -> Watched:
    """Enable everything, then look on for :data:`SECONDS`."""
    with prepared.copy("watching", ENABLING_SPEED) as (cloud, paths):
        worker = ProcessWorker(paths, cloud.environ)
        try:
            return asyncio.run(_look_on(worker, cloud))
        finally:
            worker.kill()


async def _look_on(worker: ProcessWorker, cloud: PracticeCloud) -> Watched:
    client = await worker.connect()
    await until(client, lambda view: bool(view.vms) and view.session.activity == "")
    await walking.send(client, SetConcurrency(limit=_MOST_AT_A_TIME))
    view = await walking.review(client, Step.REPLICATION)
    await walking.send(client, ConfirmReview(digest=view.review.digest))
    view = await until(client, lambda view: view.run.state in walking.RUN_OVER, _PATIENCE_SECONDS)
    if view.run.state != "finished":
        raise RuntimeError(f"the run ended as {view.run.state}: {view.run.problem}")
    await walking.at_rest(client)
    view = await until(client, lambda view: any(row.milestone == "protected" for row in view.replication.items))
    _start_what_never_ends(cloud, next(row.item_id for row in view.replication.items if row.milestone == "protected"))
    await _take_views(client, SETTLING_SECONDS)
    since = max(entry["n"] for entry in cloud.log())
    cpu, cloud_cpu, began = cpu_seconds(worker.pid), cpu_seconds(cloud.pid), time.perf_counter()
    views = await _take_views(client, SECONDS)
    lasted = time.perf_counter() - began
    used, cloud_used = cpu_seconds(worker.pid) - cpu, cpu_seconds(cloud.pid) - cloud_cpu
    asked = [entry["path"] for entry in cloud.log(since) if entry["path"].lower().startswith("/subscriptions/")]
    paged = [path for path in asked if path.endswith("/replicationJobs")]
    items = len(client.view.replication.items)
    await client.close()
    return Watched(
        items=items,
        cpu_percent=100 * used / lasted,
        cpu_ms=1000 * used / max(1, len(paged)),
        cloud_ms=1000 * cloud_used / max(1, len(paged)),
        memory_mib=resident_mib(worker.pid),
        rounds=len(paged) / lasted,
        requests=len(asked) / lasted,
        views=views / lasted,
    )


def _start_what_never_ends(cloud: PracticeCloud, item_id: str) -> None:
    """Somebody else begins to change an item, which is never done; from now on the cloud runs at :data:`SPEED`."""
    late = {"when": {"path": "/subscriptions/**"}, "then": {"delay": LATENCY_SECONDS}}
    endless = {"when": {"method": "PATCH", "path": "**/replicationProtectedItems/*"}, "then": {"never_ends": True}}
    cloud.control("DELETE", "faults")
    cloud.control("POST", "faults", {"faults": [endless, late]})  # the first that matches is the one that strikes
    body = {"properties": {"recoveryAzureVMName": "renamed", "providerSpecificDetails": {"instanceType": "A2A"}}}
    cloud.request("PATCH", item_id.replace("/Subscriptions/", "/subscriptions/"), versions.SITE_RECOVERY, body)
    cloud.control("POST", "clock", {"speed": SPEED})


async def _take_views(client: SessionClient, seconds: float) -> int:
    """Take what changed, once a second; returns how often something had."""
    taken = 0
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends:
        taken += bool(await client.refresh(0))
        await asyncio.sleep(1)
    return taken


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watching", description=__doc__)
    parser.add_argument("vms", type=int, nargs="?", default=1000, metavar="VMS", help="VMs to watch (1000)")
    main(parser.parse_args().vms)
