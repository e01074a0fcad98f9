"""What the watcher makes of an item from one look to the next: when it last moved, its pace, and when it will be through."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asr_tui.model.replication import ReplicatedDisk, ReplicatedItem
from asr_tui.model.step import Step
from asr_tui.session.intents import ConfirmReview, SelectVms
from asr_tui.workers.watch import Sighting, sighted
from tests import walking
from tests.conftest import StartCloud
from tests.practice import thread_worker, until

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SEEDING = "InitialReplicationInProgress"


def item(progress: int | None = None, state: str = SEEDING, **changes: object) -> ReplicatedItem:
    """An item of one disk that is being copied."""
    disk = ReplicatedDisk(disk_id="/d", name="d", is_os=True, state="", capacity_bytes=1, progress=progress)
    made = ReplicatedItem("/i", "i", "/vm", "vm", "/c", state, "", progress=progress, disks=(disk,))
    return replace(made, **changes)  # type: ignore[arg-type]


def looked(*looks: tuple[int, ReplicatedItem]) -> Sighting:
    """What is known after looking at these items, so many minutes after the start each."""
    known: Sighting | None = None
    for minutes, seen in looks:
        known = sighted(known, seen, START + timedelta(minutes=minutes))
    assert known is not None
    return known


def test_the_end_is_told_from_the_pace_since_seeding_was_first_seen() -> None:
    known = looked((0, item(10)), (30, item(40)))
    assert known.start_percent == 10
    assert known.eta == START + timedelta(minutes=90), "30 % in 30 minutes, 60 % are left"


def test_there_is_no_end_in_sight_before_the_percentage_has_moved() -> None:
    assert looked((0, item(10)), (30, item(10))).eta is None
    assert looked((0, item(None)), (30, item(10))).eta is None


def test_an_end_in_sight_stays_as_it_is_until_there_is_news_and_goes_when_seeding_is_over() -> None:
    seeding = looked((0, item(10)), (30, item(40)), (50, item(40)))
    assert seeding.eta == START + timedelta(minutes=90)
    assert sighted(seeding, item(43, "Protected"), START + timedelta(minutes=60)).eta is None


def test_the_time_of_the_last_change_stays_while_only_the_rpo_moves() -> None:
    known = looked((0, item(10)), (7, item(20)), (9, item(20, rpo_seconds=50)), (11, item(20, rpo_seconds=80)))
    assert known.changed_at == START + timedelta(minutes=7)
    assert known.item.rpo_seconds == 80


def test_each_kind_of_movement_counts_as_a_change() -> None:
    before = item(20)
    disk = before.disks[0]
    for moved in (
        item(21),
        item(20, "InitialReplicationRecoveryCompletionPending"),
        replace(before, replication_health="Critical"),
        replace(before, test_failover_state="InProgress"),
        replace(before, disks=(replace(disk, progress=27),)),
        replace(before, disks=(replace(disk, state="Protected"),)),
    ):
        assert looked((0, before), (5, moved)).changed_at == START + timedelta(minutes=5), moved


def test_the_same_reading_again_changes_nothing() -> None:
    same = item(20)
    known = looked((0, same))
    assert sighted(known, same, START + timedelta(minutes=5)) is known


async def test_who_looks_on_sees_the_state_of_each_disk_and_the_data_that_waits(
    start_cloud: StartCloud, tmp_path: Path
) -> None:
    """A list tells neither, so a few items are read in full each round while disks are copied."""
    cloud = start_cloud(estate="generated-clean:2")
    worker = thread_worker(cloud, tmp_path)
    client = await worker.connect()
    await walking.architecture(client)
    await walking.prerequisites(client)
    await walking.vault(client)
    await walking.send(client, SelectVms(vm_ids=walking.eligible(client.view)))
    view = await walking.review(client, Step.REPLICATION)
    await walking.send(client, ConfirmReview(digest=view.review.digest))
    await until(client, lambda view: any(row.milestone == "enabling" for row in view.replication.items))
    cloud.control("POST", "clock", {"speed": 200})
    view = await until(
        client, lambda view: any(disk.pending_mb for row in view.replication.items for disk in row.disks)
    )
    waiting = [disk for row in view.replication.items for disk in row.disks if disk.pending_mb]
    assert {disk.state for disk in waiting} == {"InitialReplicationPending"}
    cloud.control("POST", "clock", {"speed": 6000})
    view = await until(client, lambda view: all(row.milestone == "protected" for row in view.replication.items))
    assert not any(disk.pending_mb for row in view.replication.items for disk in row.disks), (
        "no figure of an earlier time stays"
    )
    await client.close()
    worker.close()
