"""Polls scale with the cloud's clock."""

import pytest

from asr_tui.workers.pace import SHORTEST_SECONDS, Pace


def test_on_a_real_cloud_azure_seconds_are_ours() -> None:
    assert Pace(lambda: 1.0).local(30) == 30


def test_the_clock_tells_how_fast_a_practice_cloud_runs() -> None:
    assert Pace(lambda: 60.0).local(30) == pytest.approx(0.5)


def test_what_the_service_asks_for_counts_more() -> None:
    pace = Pace(lambda: 1.0)
    pace.heard(0.5)
    assert pace.local(60) == pytest.approx(1.0)
    pace.heard(None)
    pace.heard(0)
    assert pace.local(60) == pytest.approx(1.0)


def test_a_long_retry_after_slows_nothing_else_down() -> None:
    pace = Pace(lambda: 1.0)
    pace.heard(600)
    assert pace.local(30) == 30


def test_never_busier_than_the_floor() -> None:
    assert Pace(lambda: 100_000.0).local(1) == SHORTEST_SECONDS
    assert Pace(lambda: 0.0).local(30) == 30
