"""The wizard from welcome to finished drill by keys alone; Azure is asked afterwards what it holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from asr_tui.launch import session as sessions
from asr_tui.launch.session import Request
from asr_tui.model.step import Step
from tests.journeys.installed import Cloud
from tests.journeys.wizard import (
    all_protected,
    carry_out,
    choose_regions,
    choose_vms,
    enable,
    look,
    make_vault,
    rehearse,
    wizard,
)

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(autouse=True)
def home(own_state: Path) -> Path:
    """Every test here runs the wizard in this process."""
    return own_state


def practice(estate: str, speed: float = 600) -> tuple[Request, Cloud]:
    request = Request(cloud="practice", estate=estate, speed=speed)
    return request, Cloud(sessions.paths_of(request).directory)


@pytest.mark.parametrize(("estate", "least"), [("starter", 3), ("contoso", 7)])
async def test_from_welcome_to_a_finished_drill(estate: str, least: int) -> None:
    request, cloud = practice(estate)
    async with wizard(request) as hands:
        await hands.at("welcome")
        await choose_regions(hands)
        await look(hands)
        assert cloud.writes() == []
        await make_vault(hands)
        assert len(cloud.holdings().vaults) == 1
        await enable(hands)
        await rehearse(hands)
        view = hands.view
        shown = hands.text()

    holdings = cloud.holdings()
    eligible = [row.name for row in view.vms if row.eligible or row.protected]
    assert len(eligible) >= least
    assert holdings.protected == sorted(eligible)
    assert len(holdings.lists["replicationFabrics"]) == 2
    assert len(holdings.lists["replicationProtectionContainers"]) == 2
    assert len(holdings.lists["replicationProtectionContainerMappings"]) == 2
    assert len(holdings.lists["replicationNetworkMappings"]) == 2 * len(view.networking.networks)
    assert holdings.test_vms == []
    assert all(row.state == "cleaned-up" for row in view.drill.rows if row.selected)
    assert f"{len(eligible)}" in shown
    notes = [entry for entry in cloud.log() if entry["path"].lower().endswith("/testfailovercleanup")]
    assert len(notes) == len(eligible)


async def test_the_wizard_comes_back_to_what_the_worker_did_meanwhile() -> None:
    request, cloud = practice("starter", speed=300)
    async with wizard(request, size=(80, 24)) as hands:
        await choose_regions(hands)
        await look(hands)
        await make_vault(hands)
        await choose_vms(hands)
        await carry_out(hands, Step.REPLICATION)
        left = await hands.until(
            lambda view: any(row.milestone == "seeding" for row in view.replication.items), "seeding"
        )
        worker = left.session.worker_pid
    assert not all_protected(left)
    async with wizard(request, size=(120, 40)) as hands:
        view = await hands.until(all_protected, "protection")
        assert view.session.worker_pid == worker == cloud.worker_pid
        await hands.press("5")
        await hands.until_shown("protected")


async def test_steps_forward_and_back_lose_no_answer() -> None:
    request, cloud = practice("starter")
    async with wizard(request) as hands:
        await choose_regions(hands)
        plan = hands.view.plan
        await hands.press("n", "n", "n", "n", "n")
        await hands.at("test-failover")
        await hands.press("b", "b", "b", "b", "b")
        await hands.at("architecture")
        assert hands.view.plan == plan
        assert "North Europe" in hands.text()
    assert cloud.writes() == []
