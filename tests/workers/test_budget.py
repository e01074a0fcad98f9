"""Requests slow down before the service refuses them."""

import pytest

from asr_tui.workers.budget import BUCKET, RESERVE, Budget
from asr_tui.workers.pace import Pace


class Ticker:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticker() -> Ticker:
    return Ticker()


def test_before_any_answer_nothing_waits(ticker: Ticker) -> None:
    assert Budget(Pace(lambda: 1.0), ticker).wait_seconds("writes") == 0


async def test_spending_counts_until_the_next_answer(ticker: Ticker) -> None:
    budget = Budget(Pace(lambda: 1.0), ticker)
    budget.heard({"subscription-writes": RESERVE["writes"] + 2, "subscription-global-writes": 3000})
    await budget.spend("writes", 2)
    assert budget.wait_seconds("writes") == pytest.approx(0.1)
    assert budget.wait_seconds("reads") == 0
    ticker.now += 0.2
    assert budget.wait_seconds("writes") == 0
    budget.heard({"subscription-writes": RESERVE["writes"] - 10})
    assert budget.wait_seconds("writes") == pytest.approx(1.1)


def test_a_faster_cloud_refills_faster(ticker: Ticker) -> None:
    budget = Budget(Pace(lambda: 10.0), ticker)
    budget.heard({"subscription-writes": RESERVE["writes"] - 19})
    assert budget.wait_seconds("writes") == pytest.approx(0.2)


def test_no_more_piles_up_than_the_bucket_holds(ticker: Ticker) -> None:
    budget = Budget(Pace(lambda: 60.0), ticker)
    budget.heard({"subscription-writes": 190, "subscription-reads": 249})
    ticker.now += 3600
    assert (budget.left("writes"), budget.left("reads")) == (BUCKET["writes"], BUCKET["reads"])
