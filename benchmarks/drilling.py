"""Drills of 1, 20 and 200 VMs, each once as it should go and once with a failure in each phase: ``python -m benchmarks.drilling``.

What comes out is judged as in the tests: green only where every VM passed and the cleanup is proven, every failure told of
its VM, a cleanup that was cut off never green. Times are Azure's.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asr_tui.model.drill_record import DrillRecord
from asr_tui.session.client import SessionClient
from asr_tui.session.intents import SetConcurrency
from benchmarks.figures import heading
from benchmarks.processes import most_resident_mib
from tests import rehearsals, walking
from tests.practice import PracticeCloud, ProcessWorker

SPEED = 120.0
SIZES = (1, 20, 200)
FEWEST_WITH_FAILURES = 20


@dataclass(frozen=True)
class Drilled:
    """``minutes`` of Azure from the start to the proof, ``rto`` and ``rpo`` the longest in seconds, ``reads`` and ``writes``
    by VM."""

    vms: int
    what: str
    verdict: str
    minutes: float
    rto: float
    rpo: float
    reads: float
    writes: float
    throttled: int


def main(sizes: Sequence[int] = SIZES, speed: float = SPEED, at_once: int = 10) -> None:
    """Measure and print the table."""
    print(heading(f"Drills, {at_once} VMs at a time, {speed:g} times as fast as Azure"))
    print("VMs  drill                        verdict     minutes  longest RTO  RPO    reads/VM  writes/VM  429s")
    for vms in sizes:
        began = time.perf_counter()
        with (
            tempfile.TemporaryDirectory(prefix="asr-bench-") as folder,
            rehearsals.protected(Path(folder), vms, speed) as (cloud, paths),
        ):
            worker = ProcessWorker(paths, cloud.environ)
            try:
                for one in asyncio.run(_rehearse(cloud, worker, vms, at_once)):
                    print(_row(one))
                memory = most_resident_mib(worker.pid)
            finally:
                worker.kill()
        took = time.perf_counter() - began
        print(f"     {vms} VMs took {took:.0f} s here; memory of the worker at most {memory:.0f} MiB")


async def _rehearse(cloud: PracticeCloud, worker: ProcessWorker, vms: int, at_once: int) -> list[Drilled]:
    client = await worker.connect()
    await walking.architecture(client)
    await walking.send(client, SetConcurrency(limit=at_once))
    found = [await _green(cloud, client, vms)]
    if vms >= FEWEST_WITH_FAILURES:
        found.append(await _true(cloud, client, vms))
    await client.close()
    return found


async def _green(cloud: PracticeCloud, client: SessionClient, vms: int) -> Drilled:
    since = _last(cloud)
    await rehearsals.rehearse(client)
    record = await rehearsals.clean_up(client)
    rehearsals.check_green(record, vms)
    return _measured(cloud, since, record, vms, "as it should go")


async def _true(cloud: PracticeCloud, client: SessionClient, vms: int) -> Drilled:
    since = _last(cloud)
    rehearsals.strike(cloud, *rehearsals.PHASES)
    await rehearsals.rehearse(client)
    rehearsals.strike(cloud, rehearsals.CUT_OFF, path="**/testFailoverCleanup")
    rehearsals.check_cut_off(await rehearsals.clean_up(client))
    record = await rehearsals.clean_up(client)
    rehearsals.check_true(record, vms)
    if set(rehearsals.asked(cloud, "testFailover").values()) != {2}:
        raise RuntimeError("a VM was tested more than once in a drill")
    return _measured(cloud, since, record, vms, f"{len(rehearsals.PHASES) + 1} failures, in each phase")


def _last(cloud: PracticeCloud) -> int:
    return max((int(entry["n"]) for entry in cloud.log()), default=0)


def _measured(cloud: PracticeCloud, since: int, record: DrillRecord, vms: int, what: str) -> Drilled:
    log = [entry for entry in cloud.log(since) if entry["path"].lower().startswith("/subscriptions/")]
    writes = sum(entry["method"] != "GET" for entry in log)
    assert record.started is not None and record.finished is not None
    return Drilled(
        vms=vms,
        what=what,
        verdict="passed" if record.passed else "not passed",
        minutes=(record.finished - record.started).total_seconds() / 60,
        rto=record.max_rto_seconds or 0.0,
        rpo=record.max_rpo_seconds or 0.0,
        reads=(len(log) - writes) / vms,
        writes=writes / vms,
        throttled=sum(entry["status"] == 429 for entry in log),
    )


def _row(one: Drilled) -> str:
    return (
        f"{one.vms:<4} {one.what:<28} {one.verdict:<11} {one.minutes:>7.0f} {one.rto:>9.0f} s {one.rpo:>5.0f} s "
        f"{one.reads:>9.1f} {one.writes:>10.2f} {one.throttled:>5}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drilling", description=__doc__)
    parser.add_argument("--vms", type=int, action="append", help="VMs in the drill (1, 20 and 200)")
    parser.add_argument("--speed", type=float, default=SPEED, help="how many times as fast as Azure")
    parser.add_argument("--at-once", type=int, default=10, help="VMs at a time (10)")
    given = parser.parse_args()
    main(given.vms or SIZES, given.speed, given.at_once)
