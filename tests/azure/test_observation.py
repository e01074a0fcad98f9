from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from asr_tui.azure import observation
from asr_tui.azure.observation import AzureClock, budgets, retry_after_seconds

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Ticks:
    """A local clock that the test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(observation.time, "monotonic", lambda: self.now)


def answers(clock: AzureClock, ticks: Ticks, speed: float, seconds: float, step: float = 0.5) -> None:
    """Azure answers every ``step`` local seconds, its clock running ``speed`` times ours."""
    first = clock.now() if clock.skew() is not None else START
    for number in range(int(seconds / step) + 1):
        clock.note(format_datetime(first + timedelta(seconds=number * step * speed), usegmt=True))
        ticks.now += step


@pytest.mark.parametrize("speed", [1.0, 60.0, 600.0])
def test_the_speed_of_azures_clock_is_learnt_from_its_answers(speed: float, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks, clock = Ticks(monkeypatch), AzureClock()
    answers(clock, ticks, speed, 10)
    assert clock.speed == pytest.approx(speed, rel=0.05)
    told = START + timedelta(seconds=(ticks.now - 100) * speed)
    assert abs((clock.now() - told).total_seconds()) <= 1 + speed * 0.3


def test_before_the_first_answer_the_local_clock_stands_in() -> None:
    clock = AzureClock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.skew() is None
    clock.note("no date")
    clock.note(None)
    assert clock.skew() is None


def test_a_clock_that_is_set_back_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks, clock = Ticks(monkeypatch), AzureClock()
    answers(clock, ticks, 600.0, 5)
    earlier = START - timedelta(days=1)
    clock.note(format_datetime(earlier, usegmt=True))
    assert clock.now() == earlier


def test_a_date_without_a_zone_is_universal_time(monkeypatch: pytest.MonkeyPatch) -> None:
    Ticks(monkeypatch)
    clock = AzureClock()
    clock.note("Mon, 02 Mar 2026 09:00:00")
    assert clock.now() == START


def test_budgets_are_read_from_the_headers() -> None:
    headers = {
        "x-ms-ratelimit-remaining-subscription-reads": "249",
        "X-MS-RateLimit-Remaining-Subscription-Global-Writes": "11999",
        "x-ms-ratelimit-remaining-resource": "Microsoft.Compute/LowCostGet;30",
        "Date": "1",
    }
    assert budgets(headers) == {"subscription-reads": 249, "subscription-global-writes": 11999}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17.0),
        ({"retry-after": "0"}, 0.0),
        ({"x-ms-retry-after-ms": "250"}, 0.25),
        ({"Retry-After-Ms": "1500"}, 1.5),
        ({"Retry-After": "tomorrow", "x-ms-retry-after-ms": "100"}, 0.1),
        ({"Retry-After": "-5"}, 0.0),
        ({}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_seconds(headers) == seconds
