"""Azure time: flows at its speed, never back, and is written as the service writes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr_tui.emulator.call import retry_after
from asr_tui.emulator.clock import Anchors, Clock, ManualClock, timestamp, whole_seconds

SPEEDS = st.floats(0.01, 10_000)


class Wall:
    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@given(speed=SPEEDS, steps=st.lists(st.floats(-100, 10_000), max_size=20))
def test_time_never_goes_back_even_when_the_wall_clock_does(speed: float, steps: list[float]) -> None:
    wall = Wall()
    clock = Clock.starting_now(speed, wall)
    seen = [clock.now()]
    for step in steps:
        wall.now += step
        seen.append(clock.now())
    assert seen == sorted(seen)


@given(before=SPEEDS, after=SPEEDS, elapsed=st.floats(0, 100_000))
def test_a_new_speed_makes_no_jump(before: float, after: float, elapsed: float) -> None:
    wall = Wall()
    clock = Clock.starting_now(before, wall)
    wall.now += elapsed
    then = clock.now()
    clock.change_speed(after)
    assert abs(clock.now() - then) <= timedelta(milliseconds=1)
    wall.now += 10
    assert abs(clock.now() - then - timedelta(seconds=10 * after)) <= timedelta(milliseconds=50)


def test_a_clock_goes_on_from_its_anchors_after_a_restart() -> None:
    wall = Wall()
    clock = Clock.starting_now(60, wall)
    clock.advance(3600)
    wall.now += 100
    again = Clock(Anchors(clock.anchors.virtual, clock.anchors.real, clock.anchors.speed), wall)
    assert again.now() == clock.now() == datetime.fromtimestamp(1_700_000_000 + 3600 + 6000, UTC)


@pytest.mark.parametrize("clock", [Clock.starting_now(), ManualClock(datetime(2026, 1, 1, tzinfo=UTC))])
def test_time_is_only_ever_advanced(clock: Clock | ManualClock) -> None:
    with pytest.raises(ValueError, match="only be advanced"):
        clock.advance(-1)


@pytest.mark.parametrize(
    ("microsecond", "written"),
    [(0, "2026-03-02T09:00:05Z"), (120000, "2026-03-02T09:00:05.12Z"), (7, "2026-03-02T09:00:05.000007Z")],
)
def test_times_are_written_without_trailing_zeros(microsecond: int, written: str) -> None:
    moment = datetime(2026, 3, 2, 9, 0, 5, microsecond, tzinfo=UTC)
    assert timestamp(moment) == written
    assert whole_seconds(moment) == "2026-03-02T09:00:05.0000000Z"


@pytest.mark.parametrize(
    ("seconds", "speed", "headers"),
    [
        (30, 1, {"Retry-After": "30"}),
        (30, 10, {"Retry-After": "3"}),
        (30, 60, {"x-ms-retry-after-ms": "500"}),
        (30, 600, {"x-ms-retry-after-ms": "50"}),
        (3, 6000, {"x-ms-retry-after-ms": "20"}),
    ],
)
def test_waiting_times_shrink_with_the_speed(seconds: float, speed: float, headers: dict[str, str]) -> None:
    assert retry_after(seconds, speed) == headers
