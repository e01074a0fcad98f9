"""What goes wrong in a run stays where it happened, is told, and can be tried again; nothing is made twice."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from asr_tui.model.step import Step
from asr_tui.session.client import SessionClient
from asr_tui.session.intents import ConfirmReview, ControlRun, SelectVms, SetConcurrency, SignIn
from asr_tui.session.views import View
from tests import walking
from tests.conftest import StartCloud
from tests.practice import SPEED, PracticeCloud, thread_worker, until

ITEMS = "**/replicationProtectedItems/*"
NO_PATH = {"task": "CreateProtectionTarget", "code": "151192", "message": "No outbound path."}


@pytest.fixture
def emulator(start_cloud: StartCloud) -> PracticeCloud:
    """Five VMs that can be protected, and one that cannot."""
    return start_cloud(estate="generated:6")


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


def strike(cloud: PracticeCloud, then: dict[str, Any], **when: Any) -> None:
    """A fault on requests to come."""
    cloud.control("POST", "faults", {"faults": [{"when": when, "then": then}]})


def items(view: View) -> dict[str, str]:
    """The state of each VM's change."""
    return {row.name: row.state for row in view.review.changes if row.kind == "replicated item"}


def puts(cloud: PracticeCloud) -> Counter[str]:
    """How often each item was asked for."""
    return Counter(
        entry["path"].lower()
        for entry in cloud.writes()
        if entry["method"] == "PUT" and "/replicationprotecteditems/" in entry["path"].lower()
    )


async def test_one_failed_vm_stops_no_other_and_is_tried_again(client: SessionClient, emulator: PracticeCloud) -> None:
    strike(emulator, {"fail_job": NO_PATH}, method="PUT", path=ITEMS, times=1)
    view = await walking.enable(client)
    assert view.run.state == "failed"
    assert Counter(items(view).values()) == {"done": 4, "failed": 1}
    failed = next(row for row in view.replication.items if row.milestone == "failed")
    assert failed.problem is not None
    assert failed.problem.code == "151192"
    assert failed.problem.what == "No outbound path."
    assert failed.task == "Installing Mobility Service and preparing target"

    await walking.send(client, ControlRun(action="retry-failed"))
    view = await walking.run_over(client, Step.REPLICATION)
    assert view.run.state == "finished"
    await walking.protected(client)
    assert Counter(puts(emulator).values()) == {1: 4, 2: 1}


async def test_failures_alike_pause_the_rest_and_ask(client: SessionClient, emulator: PracticeCloud) -> None:
    strike(emulator, {"fail_job": NO_PATH}, method="PUT", path=ITEMS, times=3)
    await walking.send(client, SetConcurrency(limit=1))
    view = await walking.enable(client)
    assert view.run.state == "paused"
    assert view.run.problem is not None
    assert view.run.problem.what == "3 changes failed alike, so the other 2 wait."
    assert Counter(items(view).values()) == {"failed": 3, "paused": 2}

    await walking.send(client, ControlRun(action="resume"))
    view = await walking.run_over(client, Step.REPLICATION)
    assert Counter(items(view).values()) == {"failed": 3, "done": 2}
    key = next(row.key for row in view.review.changes if row.state == "failed")
    await walking.send(client, ControlRun(action="retry-failed", key=key))
    view = await walking.run_over(client, Step.REPLICATION)
    assert Counter(items(view).values()) == {"failed": 2, "done": 3}


async def test_a_failed_foundation_skips_what_stands_on_it(client: SessionClient, emulator: PracticeCloud) -> None:
    refusal = {"status": 403, "code": "AuthorizationFailed", "message": "You may not."}
    strike(emulator, refusal, method="PUT", path="**/storageAccounts/*")
    view = await walking.enable(client)
    assert view.run.state == "failed"
    assert Counter(items(view).values()) == {"skipped": 5}
    skipped = next(row for row in view.review.changes if row.state == "skipped")
    assert skipped.problem is not None
    assert "failed" in skipped.problem.what
    assert puts(emulator) == {}

    emulator.control("DELETE", "faults")
    await walking.send(client, ControlRun(action="retry-failed"))
    view = await walking.run_over(client, Step.REPLICATION)
    assert view.run.state == "finished"


async def test_pause_resume_and_cancel(client: SessionClient, emulator: PracticeCloud) -> None:
    emulator.control("POST", "clock", {"speed": 20})  # a job takes a while: what is cancelled has not ended by itself
    await walking.send(client, SelectVms(vm_ids=walking.eligible(client.view)))
    view = await walking.review(client, Step.REPLICATION)
    await walking.send(client, ConfirmReview(digest=view.review.digest))
    await walking.send(client, ControlRun(action="pause"))
    view = await until(client, lambda view: view.run.state == "paused")
    assert not (await client.send(ControlRun(action="pause"))).accepted
    assert not (await client.send(SelectVms(vm_ids=()))).accepted
    await walking.send(client, SetConcurrency(limit=2))
    await walking.send(client, ControlRun(action="resume"))
    await until(client, lambda view: "running" in items(view).values())
    await walking.send(client, ControlRun(action="cancel"))
    emulator.control("POST", "clock", {"speed": SPEED})
    view = await walking.run_over(client, Step.REPLICATION)
    assert view.run.state == "cancelled"
    states = Counter(items(view).values())
    assert states["skipped"] == 3
    assert sum(puts(emulator).values()) == 2
    view = await until(client, lambda view: "running" not in items(view).values())
    assert Counter(items(view).values())["done"] == 2


@pytest.mark.parametrize(
    "fault",
    [
        {"reset": "after"},
        {"reset": "before"},
        {"status": 503, "code": "ServiceUnavailable", "message": "Busy."},
        {"malformed_json": True},
        {"throttle": 30},
    ],
    ids=lambda fault: next(iter(fault)),
)
async def test_a_write_whose_answer_is_lost_is_not_made_twice(
    client: SessionClient, emulator: PracticeCloud, fault: dict[str, Any]
) -> None:
    strike(emulator, fault, method="PUT", path="**/Microsoft.RecoveryServices/**", nth=[2, 9])
    view = await walking.enable(client)
    assert view.run.state == "finished", [row.problem for row in view.review.changes if row.state == "failed"]
    await walking.protected(client)
    vault = view.vault.vault_id
    for folder, count in (("replicationFabrics", 2), ("replicationProtectedItems", 5), ("replicationPolicies", 1)):
        assert len(emulator.get(f"{vault}/{folder}", "2025-08-01")["value"]) == count
    enabled = [
        job
        for job in emulator.get(f"{vault}/replicationJobs", "2025-08-01")["value"]
        if job["properties"]["scenarioName"] == "EnableDr"
    ]
    assert len(enabled) == 5


async def test_polls_that_fail_do_not_fail_the_operation(client: SessionClient, emulator: PracticeCloud) -> None:
    strike(
        emulator,
        {"status": 500, "code": "InternalServerError", "message": "Oops."},
        path="**/replicationOperationStatus/*",
        every=3,
    )
    strike(emulator, {"malformed_json": True}, method="GET", path="**/replicationJobs", every=4)
    view = await walking.enable(client)
    assert view.run.state == "finished"
    await walking.protected(client)
    assert set(puts(emulator).values()) == {1}


async def test_a_sign_in_that_ends_pauses_and_the_next_one_goes_on(
    client: SessionClient, emulator: PracticeCloud
) -> None:
    refusal = {"status": 401, "code": "InvalidAuthenticationToken", "message": "The access token is invalid."}
    strike(emulator, refusal, method="PUT", path=ITEMS)
    view = await walking.enable(client)
    assert view.run.state == "paused"
    assert view.run.problem is not None
    assert "sign-in" in view.run.problem.what
    await until(
        client, lambda view: set(items(view).values()) == {"paused"}
    )  # what was under way meets the refusal too

    emulator.control("DELETE", "faults")
    await walking.send(client, SignIn(way="environment"))
    view = await until(client, lambda view: view.run.state == "finished")
    assert set(items(view).values()) == {"done"}


async def test_an_operation_that_never_ends_gives_its_place_up_and_is_followed_further(
    client: SessionClient, emulator: PracticeCloud
) -> None:
    strike(emulator, {"never_ends": True}, method="PUT", path=ITEMS, nth=2)
    await walking.send(client, SetConcurrency(limit=5))
    await walking.send(client, SelectVms(vm_ids=walking.eligible(client.view)))
    view = await walking.review(client, Step.REPLICATION)
    await walking.send(client, ConfirmReview(digest=view.review.digest))
    await until(client, lambda view: Counter(items(view).values()) == {"done": 4, "running": 1})
    emulator.control("POST", "clock", {"advance_seconds": 7 * 3600})
    view = await walking.run_over(client, Step.REPLICATION)
    assert view.run.state == "failed"
    failed = next(row for row in view.review.changes if row.state == "failed")
    assert failed.problem is not None
    assert failed.problem.code == "still-running"
    assert "goes on in Azure" in failed.problem.what

    await walking.send(client, ControlRun(action="retry-failed"))
    await until(client, lambda view: Counter(items(view).values()) == {"done": 4, "running": 1})
    emulator.control("POST", "clock", {"advance_seconds": 7 * 3600})
    view = await until(client, lambda view: Counter(items(view).values()) == {"done": 4, "failed": 1})
    assert set(puts(emulator).values()) == {1}
