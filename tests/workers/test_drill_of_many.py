"""A drill of twenty VMs: green where all is well, true where each phase fails for one of them; 200 are a benchmark."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from asr_tui.session.paths import SessionPaths
from tests import rehearsals, walking
from tests.practice import PracticeCloud, ProcessWorker

VMS = 20
SPEED = 300.0
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[PracticeCloud, SessionPaths]]:
    with rehearsals.protected(tmp_path, VMS, SPEED) as (cloud, paths):
        yield cloud, paths


def test_twenty_vms_pass_and_failures_in_each_phase_are_told_truly(place: tuple[PracticeCloud, SessionPaths]) -> None:
    cloud, paths = place
    worker = ProcessWorker(paths, cloud.environ)
    try:
        asyncio.run(_rehearse(cloud, worker))
    finally:
        worker.kill()


async def _rehearse(cloud: PracticeCloud, worker: ProcessWorker) -> None:
    client = await worker.connect()
    await walking.architecture(client)
    await rehearsals.rehearse(client)
    rehearsals.check_green(await rehearsals.clean_up(client), VMS)
    assert set(rehearsals.asked(cloud, "testFailover").values()) == {1}

    rehearsals.strike(cloud, *rehearsals.PHASES)
    view = await rehearsals.rehearse(client)
    assert sum(row.state == "failed" for row in view.drill.rows) == len(rehearsals.PHASES)
    rehearsals.strike(cloud, rehearsals.CUT_OFF, path="**/testFailoverCleanup")
    cut_off = await rehearsals.clean_up(client)
    rehearsals.check_cut_off(cut_off)
    again = await rehearsals.clean_up(client)
    assert again.drill == cut_off.drill
    rehearsals.check_true(again, VMS)
    assert set(rehearsals.asked(cloud, "testFailover").values()) == {2}
    await client.close()
