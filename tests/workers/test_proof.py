"""A write counts once a read shows it: what is accepted but not applied is told, what is not there after all has failed, and what
somebody else is making already is waited for."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from asr_tui.model.step import Step
from asr_tui.session.client import SessionClient
from asr_tui.session.intents import ConfirmReview, ControlRun, SelectVms
from asr_tui.session.running_views import ChangeRow
from asr_tui.session.views import View
from tests import walking
from tests.conftest import StartCloud
from tests.practice import SPEED, PracticeCloud, thread_worker, until

SITE_RECOVERY = "2025-08-01"
POLICIES = "**/replicationPolicies/*"
OTHER_POLICY = {
    "instanceType": "A2A",
    "recoveryPointHistory": 60,
    "appConsistentFrequencyInMinutes": 0,
    "crashConsistentFrequencyInMinutes": 5,
    "multiVmSyncStatus": "Enabled",
}


@pytest.fixture
def emulator(start_cloud: StartCloud) -> PracticeCloud:
    """One VM that can be protected."""
    return start_cloud(estate="generated-clean:1")


@pytest.fixture
async def client(emulator: PracticeCloud, tmp_path: Path) -> AsyncIterator[SessionClient]:
    """Steps 1 to 4 are done."""
    worker = thread_worker(emulator, tmp_path)
    client = await worker.connect()
    await walking.architecture(client)
    await walking.prerequisites(client)
    await walking.vault(client)
    yield client
    await client.close()
    worker.close()


def answer_read_back(cloud: PracticeCloud, then: dict[str, Any]) -> None:
    """Answer the read that follows the write of the policy, the first being the look before it."""
    fault = {"when": {"method": "GET", "path": POLICIES, "nth": 2}, "then": then}
    cloud.control("POST", "faults", {"faults": [fault]})


def policy(view: View) -> ChangeRow:
    """The change that makes the policy."""
    return next(row for row in view.review.changes if "/replicationpolicies/" in row.resource_id.lower())


async def test_a_field_that_reads_back_otherwise_is_told_as_accepted_but_not_applied(
    client: SessionClient, emulator: PracticeCloud
) -> None:
    body = {"id": "/p", "name": "p", "properties": {"friendlyName": "p", "providerSpecificDetails": OTHER_POLICY}}
    answer_read_back(emulator, {"status": 200, "body": body})
    view = await walking.enable(client)
    row = policy(view)
    assert row.state == "done"
    assert row.problem is not None
    assert "accepted but not applied" in row.problem.what
    assert "recoveryPointHistory" in row.problem.what
    assert "60" in row.problem.what
    assert row.problem.retry


async def test_what_is_not_there_after_all_has_failed_and_can_be_tried_again(
    client: SessionClient, emulator: PracticeCloud
) -> None:
    answer_read_back(emulator, {"status": 404, "code": "ResourceNotFound", "message": "It is not there."})
    view = await walking.enable(client)
    row = policy(view)
    assert (view.run.state, row.state) == ("failed", "failed")
    assert row.problem is not None
    assert "it is not there" in row.problem.what
    await walking.send(client, ControlRun(action="retry-failed"))
    view = await walking.run_over(client, Step.REPLICATION)
    assert view.run.state == "finished"
    sent = [one for one in emulator.writes() if "/replicationpolicies/" in one["path"].lower()]
    assert len(sent) == 1, "it stands there, so it is not sent again"


async def test_an_operation_of_somebody_else_in_flight_is_adopted(
    client: SessionClient, emulator: PracticeCloud
) -> None:
    await walking.send(client, SelectVms(vm_ids=walking.eligible(client.view)))
    view = await walking.review(client, Step.REPLICATION)
    fabric = next(row for row in view.review.changes if row.resource_id.lower().endswith("/asr-a2a-default-westeurope"))
    emulator.control("POST", "clock", {"speed": 10})  # so that it is under way for seconds
    emulator.request("PUT", fabric.resource_id, SITE_RECOVERY, json.loads(fabric.body))
    await walking.send(client, ConfirmReview(digest=view.review.digest))
    await until(client, lambda view: any(one.subject == fabric.name for one in view.operations))
    emulator.control("POST", "clock", {"speed": SPEED})
    view = await walking.run_over(client, Step.REPLICATION)
    assert view.run.state == "finished"
    assert next(row.state for row in view.review.changes if row.key == fabric.key) == "adopted"
    jobs = emulator.get(f"{fabric.resource_id.split('/replicationFabrics')[0]}/replicationJobs", SITE_RECOVERY)["value"]
    made = [job for job in jobs if job["properties"]["targetObjectName"] == "asr-a2a-default-westeurope"]
    assert len(made) == 1
