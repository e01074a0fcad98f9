"""Recovery points: made every five minutes, thinned out as published, app-consistent by policy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr_tui.emulator.site_recovery.recovery_points import KEEP_ALL, Point, made, prune, spacing
from tests.emulator.site_recovery.walk import Walk

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
DAY = 24 * 60


def crash(now: datetime, retention: int, app: int = 0) -> list[Point]:
    oldest = now - timedelta(minutes=retention)
    return prune(made("item", SINCE, now, app, oldest), now, retention)


def test_the_first_two_hours_are_kept_whole() -> None:
    points = crash(SINCE + timedelta(hours=2), DAY)
    assert len(points) == 24
    gaps = {round((b.time - a.time).total_seconds() / 10) for a, b in pairwise(points)}
    assert gaps <= {28, 31, 34}


@pytest.mark.parametrize(("days", "gap"), [(1, 1), (2, 2), (7, 2)])
def test_older_points_are_thinned_by_the_retention(days: int, gap: int) -> None:
    now = SINCE + timedelta(days=20)
    points = crash(now, days * DAY)
    old = [point.time for point in points if now - point.time > KEEP_ALL]
    assert len(old) == pytest.approx(days * 24 / gap - 2 / gap, abs=2)
    assert min(old) >= now - timedelta(days=days)


def test_beyond_a_week_there_is_one_in_four_hours() -> None:
    assert spacing(timedelta(days=6), 15 * DAY) == timedelta(hours=2)
    assert spacing(timedelta(days=8), 15 * DAY) == timedelta(hours=4)


def test_no_retention_keeps_the_latest_only() -> None:
    assert len(crash(SINCE + timedelta(hours=5), 0)) == 1


def test_points_that_are_kept_keep_their_name() -> None:
    early = {point.name for point in crash(SINCE + timedelta(hours=2), DAY)}
    later = {point.name for point in crash(SINCE + timedelta(hours=10), DAY)}
    assert early & later


@given(hours=st.integers(0, 24 * 20), retention=st.integers(0, 21600), app=st.sampled_from([0, 60, 240, 720]))
def test_any_moment_has_a_point_within_retention_and_in_order(hours: int, retention: int, app: int) -> None:
    now = SINCE + timedelta(hours=hours)
    points = crash(now, retention, app)
    assert points, "there is always one to fail over to"
    times = [point.time for point in points]
    assert times == sorted(times)
    assert all(now - time <= timedelta(minutes=max(retention, 6)) for time in times)
    assert len({point.name for point in points}) == len(points)
    assert any(point.app for point in made("item", SINCE, now, app, SINCE)) == bool(app)


def test_an_item_shows_both_kinds(walk: Walk) -> None:
    walk.protect("web-01")
    walk.advance(hours=3)
    points = walk.get(f"{walk.item('web-01')}/recoveryPoints")["value"]
    kinds = [point["properties"]["recoveryPointType"] for point in points]
    assert set(kinds) == {"CrashConsistent", "AppConsistent"}
    container = walk.get(walk.fabric(walk.source))["properties"]["customDetails"]["containerIds"][0]
    assert f"/replicationProtectionContainers/{container}/" in points[0]["id"]
    assert walk.get(points[0]["id"])["name"] == points[0]["name"], "the id with the GUID is an address too"
    assert walk.send("GET", points[0]["id"][:-4] + "ffff").status == 404


def test_points_stop_when_the_vm_falls_silent_and_the_old_ones_stay(make_walk: Callable[..., Walk]) -> None:
    text = """\
name: silent
region: westeurope
networks: {vnet: {space: 10.1.0.0/16, subnets: {snet: 10.1.1.0/24}}}
vms: {vm-1: {guest: {connection_lost_after_minutes: 60}}}
"""
    walk = make_walk(text).set_up()
    walk.protect("vm-1")
    walk.advance(hours=3)
    points = walk.get(f"{walk.item('vm-1')}/recoveryPoints")["value"]
    walk.advance(days=5)
    assert walk.get(f"{walk.item('vm-1')}/recoveryPoints")["value"] == points
    item = walk.get(walk.item("vm-1"))["properties"]
    assert item["replicationHealth"] == "Critical"
    codes = {error["errorCode"] for error in item["healthErrors"]}
    assert {"153035", "NoHeartbeatFromSourceMachine", "153007"} <= codes
    assert item["providerSpecificDetails"]["rpoInSeconds"] > 5 * 86400
