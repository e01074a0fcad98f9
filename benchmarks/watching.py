"""The worker while it watches many VMs replicate: ``python -m benchmarks.watching [VMS]``.

The practice cloud runs 60 times as fast as Azure: the round that is due every minute while disks are copied comes every
second, and one face looks on and asks for news every second.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from asr_tui.model.step import Step
from asr_tui.session.client import SessionClient
from asr_tui.session.intents import ConfirmReview, SetConcurrency
from benchmarks.figures import heading, row
from benchmarks.prepared import Prepared, prepare
from benchmarks.processes import cpu_seconds, resident_mib
from tests import walking
from tests.practice import PracticeCloud, ProcessWorker, until

SPEED = 60.0
SECONDS = 20.0
_MOST_AT_A_TIME = 1000
_PATIENCE_SECONDS = 600.0


@dataclass(frozen=True)
class Watched:
    """CPU in percent of one core, memory in MiB, the others for each second."""

    items: int
    cpu_percent: float
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
    print(row("memory of the worker", [watched.memory_mib], "MiB", "goal 190 (250 with 10,000 VMs)"))
    print(row("rounds (all items, all jobs)", [watched.rounds], "a s"))
    print(row("requests", [watched.requests], "a s"))
    print(row("changed views taken by the face", [watched.views], "a s"))


def measure(prepared: Prepared) -> Watched:
    """Enable everything, then look on for :data:`SECONDS`."""
    with prepared.copy("watching", SPEED) as (cloud, paths):
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
    since = max(entry["n"] for entry in cloud.log())
    cpu, began = cpu_seconds(worker.pid), time.perf_counter()
    views = await _take_views(client)
    lasted = time.perf_counter() - began
    used = cpu_seconds(worker.pid) - cpu
    asked = [entry["path"] for entry in cloud.log(since) if entry["path"].lower().startswith("/subscriptions/")]
    paged = [path for path in asked if path.endswith("/replicationJobs")]
    items = len(client.view.replication.items)
    await client.close()
    return Watched(
        items=items,
        cpu_percent=100 * used / lasted,
        memory_mib=resident_mib(worker.pid),
        rounds=len(paged) / lasted,
        requests=len(asked) / lasted,
        views=views / lasted,
    )


async def _take_views(client: SessionClient) -> int:
    """Take what changed, once a second; returns how often something had."""
    taken = 0
    ends = time.perf_counter() + SECONDS
    while time.perf_counter() < ends:
        taken += bool(await client.refresh(0))
        await asyncio.sleep(1)
    return taken


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watching", description=__doc__)
    parser.add_argument("vms", type=int, nargs="?", default=1000, metavar="VMS", help="VMs to watch (1000)")
    main(parser.parse_args().vms)
