"""Enabling replication for many VMs, throttled and 40 ms away: ``python -m benchmarks.onboarding [VMS] [--speed S]``.

The worker stands beside two peers (:mod:`benchmarks.peers`), each on its own copy of one prepared practice cloud and with the
same requests to send. The request limits of the practice cloud are those of Azure and refill in Azure's time, so at any
speed an hour of Azure allows what an hour of Azure allows; a lower speed leaves the machine more time for each request.

The lower bound is the longest single job (the critical path) and the time in which the limits let that many writes through:
``(writes - 200) / 10`` seconds of Azure, for a bucket of 200 that refills at 10 a second. Who takes only so many VMs at a
time (``--limit``) cannot be faster than all jobs together divided by that number. Times below are Azure's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from asr_tui.model.step import Step
from asr_tui.session.intents import ConfirmReview, SetConcurrency
from benchmarks.cloud import Cloud
from benchmarks.figures import heading
from benchmarks.peers.task import Outcome, Task
from benchmarks.prepared import Prepared, prepare
from benchmarks.processes import cpu_seconds, most_resident_mib
from tests import walking
from tests.practice import PracticeCloud, ProcessWorker, until

DEFAULT_SPEED = 6.0
SEQUENTIAL_VMS = 3
"""The sequential loop takes as long for each VM as for the first, so a few are measured and the rest follows."""

_BURST, _WRITES_A_SECOND = 200, 10.0
_PATIENCE_SECONDS = 3 * 3600.0
_VERSION = "2025-08-01"


@dataclass(frozen=True)
class Run:
    """What one contender took, ``at_a_time`` VMs at a time. ``seconds`` and ``jobs`` (how long each of those that succeeded
    ran) in Azure's time."""

    title: str
    asked: int
    at_a_time: int
    seconds: float
    jobs: tuple[float, ...]
    reads: int
    writes: int
    throttled: int
    outcome: Outcome

    @property
    def bound(self) -> float:
        """Below this many seconds nobody can be."""
        waiting = max(0, self.asked - _BURST) / _WRITES_A_SECOND
        return max(max(self.jobs) + waiting, sum(self.jobs) / self.at_a_time)


def main(vms: int, speed: float, limits: list[int]) -> None:
    """Measure all, one after the other (the sequential loop, which does next to nothing, meanwhile), and print the table."""
    with tempfile.TemporaryDirectory(prefix="asr-bench-") as folder:
        prepared = prepare(Path(folder), vms)
        with ThreadPoolExecutor(1) as beside:
            loop = beside.submit(_loop, prepared, speed)
            runs = [_ours(prepared, speed, limit) for limit in limits or [vms]]
            runs.append(_pollers(prepared, speed))
            runs.append(loop.result())
    print(heading(f"Enabling replication for {vms} VMs, throttled, 40 ms away, {speed:g} times as fast as Azure"))
    _print(runs, vms)


def _ours(prepared: Prepared, speed: float, limit: int) -> Run:
    with prepared.copy(f"ours-{limit}", speed) as (cloud, paths):
        worker = ProcessWorker(paths, cloud.environ)
        try:
            before, after = asyncio.run(_confirm_and_wait(worker, cloud, limit))
            outcome = Outcome({}, cpu_seconds(worker.pid), most_resident_mib(worker.pid))
        finally:
            worker.kill()
        vms = len(prepared.enablements)
        at_a_time = min(limit, vms)
        title = f"asr-tui, {at_a_time} at a time"
        return _judged(title, prepared, (vms, at_a_time), cloud, (before, after), outcome)


async def _confirm_and_wait(worker: ProcessWorker, cloud: PracticeCloud, limit: int) -> tuple[int, int]:
    """Numbers of the log's last entries before the confirmation and at the end of the run."""
    client = await worker.connect()
    await until(client, lambda view: bool(view.vms) and view.session.activity == "")
    await walking.send(client, SetConcurrency(limit=limit))
    view = await walking.review(client, Step.REPLICATION)
    before = _log_size(cloud)
    await walking.send(client, ConfirmReview(digest=view.review.digest))
    await until(client, lambda view: view.run.state in walking.RUN_OVER, _PATIENCE_SECONDS)
    after = _log_size(cloud)
    state = client.view.run.state
    await client.close()
    if state != "finished":
        raise RuntimeError(f"the run ended as {state}: {client.view.run.problem}")
    return before, after


def _pollers(prepared: Prepared, speed: float) -> Run:
    vms = len(prepared.enablements)
    return _peer(prepared, speed, "SDK, a poller for each VM", "benchmarks.peers.sdk_pollers", (vms, vms))


def _loop(prepared: Prepared, speed: float) -> Run:
    vms = min(SEQUENTIAL_VMS, len(prepared.enablements))
    return _peer(prepared, speed, "walk-through's loop", "benchmarks.peers.walkthrough_loop", (vms, 1))


def _peer(prepared: Prepared, speed: float, title: str, module: str, asked: tuple[int, int]) -> Run:
    with prepared.copy(module, speed) as (cloud, paths):
        file = paths.directory / "task.json"
        Task(speed, prepared.enablements[: asked[0]]).write(file)
        before = _log_size(cloud)
        done = subprocess.run(
            [sys.executable, "-m", module, str(file)],
            env=os.environ | cloud.environ,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        outcome = Outcome(**json.loads(done.stdout.splitlines()[-1]))
        return _judged(title, prepared, asked, cloud, (before, _log_size(cloud)), outcome)


def _judged(
    title: str,
    prepared: Prepared,
    asked: tuple[int, int],
    cloud: PracticeCloud,
    span: tuple[int, int],
    outcome: Outcome,
) -> Run:
    """Count what the cloud's own log holds of a run. ``asked``: VMs, and VMs at a time."""
    entries = [
        entry
        for entry in cloud.log(span[0])
        if entry["n"] <= span[1] and entry["path"].lower().startswith("/subscriptions/")
    ]
    times = [_moment(entry["time"]) for entry in entries]
    jobs = asyncio.run(_jobs(cloud, prepared.vault))
    names = {one.segment("replicationProtectedItems").lower() for one in prepared.enablements}
    took = [
        (_moment(job["endTime"]) - _moment(job["startTime"])).total_seconds()
        for job in jobs
        if job["scenarioName"] == "EnableDr"
        and job["targetObjectName"].lower() in names
        and job["state"] == "Succeeded"
    ]
    return Run(
        title=title,
        asked=asked[0],
        at_a_time=asked[1],
        seconds=(max(times) - min(times)).total_seconds(),
        jobs=tuple(took),
        reads=sum(entry["method"] == "GET" for entry in entries),
        writes=sum(entry["method"] != "GET" for entry in entries),
        throttled=sum(entry["status"] == 429 for entry in entries),
        outcome=outcome,
    )


async def _jobs(cloud: PracticeCloud, vault: str) -> list[dict[str, Any]]:
    """The vault's jobs, all pages."""
    reached = Cloud(0, cloud.environ)
    found: list[dict[str, Any]] = []
    async with reached.session() as session:
        headers = await reached.token(session)
        url = f"{reached.endpoint}{vault}/replicationJobs?api-version={_VERSION}"
        while url:
            async with session.get(url, headers=headers) as answer:
                answer.raise_for_status()
                page = await answer.json()
            found += [entry["properties"] for entry in page["value"]]
            url = page.get("nextLink") or ""
    return found


def _log_size(cloud: PracticeCloud) -> int:
    """The number of the newest entry of the cloud's log."""
    return max((entry["n"] for entry in cloud.log()), default=0)


def _moment(text: str) -> datetime:
    """A time of the service, to the microsecond that Python knows."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction[:6].ljust(6, '0')}+00:00")


_COLUMNS: tuple[tuple[str, Callable[[Run], str]], ...] = (
    ("VMs enabled", lambda run: f"{len(run.jobs)} of {run.asked}"),
    ("time", lambda run: f"{run.seconds:,.0f} s"),
    ("lower bound", lambda run: f"{run.bound:,.0f} s"),
    ("ratio", lambda run: f"{run.seconds / run.bound:.2f}"),
    ("reads a VM", lambda run: f"{run.reads / run.asked:.2f}"),
    ("429s", lambda run: str(run.throttled)),
    ("CPU", lambda run: f"{run.outcome.cpu_seconds:.1f} s"),
    ("memory", lambda run: f"{run.outcome.most_memory_mib:.0f} MiB"),
)


def _print(runs: list[Run], vms: int) -> None:
    print(f"| | {' | '.join(name for name, _ in _COLUMNS)} |")
    print(f"|---|{'---:|' * len(_COLUMNS)}")
    for run in runs:
        print(f"| {run.title} | {' | '.join(value(run) for _, value in _COLUMNS)} |")
    for run in runs:
        if run.asked < vms:
            print(f"\n{run.title}: {run.asked} VMs were measured; {vms} take {run.seconds / run.asked * vms:,.0f} s.")
        if run.outcome.failures:
            lost = ", ".join(f"{count} with {kind}" for kind, count in run.outcome.failures.items())
            print(f"\n{run.title}: given up on {lost}.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.onboarding", description=__doc__)
    parser.add_argument("vms", type=int, nargs="?", default=500, metavar="VMS", help="VMs to enable (500)")
    parser.add_argument(
        "--speed", type=float, default=DEFAULT_SPEED, help=f"seconds of Azure in one of ours ({DEFAULT_SPEED:g})"
    )
    parser.add_argument("--limit", type=int, action="append", default=[], help="VMs at a time (all); several runs")
    chosen = parser.parse_args()
    began = time.perf_counter()
    main(chosen.vms, chosen.speed, chosen.limit)
    print(f"\n{time.perf_counter() - began:.0f} s in all")
