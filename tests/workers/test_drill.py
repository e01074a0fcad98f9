"""The drill: waves, measures, failures in each phase, leftovers, the guard, the engineer's own check, and the report."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from asr_tui.model.drill_record import DrillRecord
from asr_tui.session.client import SessionClient
from asr_tui.session.intents import CleanUpDrill, PrepareDrill, RecordVerdict, StartDrill
from asr_tui.session.views import View
from tests import walking
from tests.practice import PracticeCloud, thread_worker, until

NETWORK_VERSION = "2024-05-01"
TEST = "**/testFailover"
CLEANUP = "**/testFailoverCleanup"
BOOT = {"task": "VmTfoBootTestVm", "code": "28031", "message": "The VM could not be started."}


@pytest.fixture
async def client(emulator: PracticeCloud, tmp_path: Path) -> AsyncIterator[SessionClient]:
    """Three VMs are protected."""
    worker = thread_worker(emulator, tmp_path)
    client = await worker.connect()
    await walking.to_replication(client)
    yield client
    await client.close()
    worker.close()


def strike(cloud: PracticeCloud, then: dict[str, Any], **when: Any) -> None:
    cloud.control("POST", "faults", {"faults": [{"when": when, "then": then}]})


def vm(view: View, name: str) -> str:
    return next(row.id for row in view.vms if row.name == name)


def record(view: View) -> DrillRecord:
    """The record that the drill left."""
    return DrillRecord.model_validate_json(Path(view.drill.reports[0]).read_bytes())


async def test_waves_go_one_after_the_other_and_the_record_tells_all(
    client: SessionClient, emulator: PracticeCloud
) -> None:
    web = vm(client.view, "web-01")
    view = await walking.choose_drill(
        client,
        waves={web: 2},
        targets={"rto_minutes": 60, "rpo_minutes": 1440},
        dependencies={"Domain controller": "copied into the test network"},
    )
    assert {row.vm_name: row.wave for row in view.drill.rows} == {"db-01": 0, "web-01": 2, "web-02": 0}
    assert all(point.age_seconds >= 0 and point.disks for row in view.drill.rows for point in row.points)
    view = await walking.start_drill(client)
    times = {row.vm_name: row for row in view.drill.rows}
    first = [times["db-01"], times["web-02"]]
    assert all(row.running_at is not None and times["web-01"].started is not None for row in first)
    assert times["web-01"].started > max(row.running_at for row in first if row.running_at)  # type: ignore[operator]

    view = await walking.finish_drill(client)
    assert view.drill.state == "done"
    assert view.drill.passed is True
    told = record(view)
    assert told.passed
    assert told.meets_targets is True
    assert told.operator
    assert told.dependencies == {"Domain controller": "copied into the test network"}
    assert [len(one.tasks) for one in told.vms] == [4, 4, 4]
    assert [len(one.cleanup_tasks) for one in told.vms] == [3, 3, 3]
    assert all(one.verdict_seconds is not None and one.verdict_seconds >= one.rto_seconds for one in told.vms)  # type: ignore[operator]
    assert [Path(path).suffix for path in view.drill.reports] == [".json", ".html", ".md"]
    assert all(Path(path).stat().st_mode & 0o077 == 0 for path in view.drill.reports)

    view = await walking.choose_drill(client, vm_ids=(web,))
    assert "The drill of" in view.drill.previous


async def test_the_latest_point_is_the_one_that_the_service_chose(client: SessionClient) -> None:
    await walking.choose_drill(client, recovery_point="latest", vm_ids=(vm(client.view, "web-01"),))
    view = await walking.start_drill(client)
    row = view.drill.rows[0]
    assert row.point == ""
    assert row.point_time is not None
    assert row.rpo_seconds is not None
    await walking.finish_drill(client)


async def test_a_chosen_point_is_used_and_a_vanished_one_refuses(client: SessionClient) -> None:
    web, db = vm(client.view, "web-01"), vm(client.view, "db-01")
    view = await walking.choose_drill(client, vm_ids=(web, db))
    oldest = next(row for row in view.drill.rows if row.vm_id == web).points[-1]
    view = await walking.choose_drill(
        client, vm_ids=(web, db), recovery_point="custom", custom_points={web: oldest.id, db: "gone"}
    )
    rows = {row.vm_id: row for row in view.drill.rows}
    assert rows[web].point == oldest.id
    assert rows[db].state == "refused"
    assert "no longer there" in rows[db].why


async def test_a_failed_vm_stops_no_other_and_is_cleaned_up_too(client: SessionClient, emulator: PracticeCloud) -> None:
    strike(emulator, {"fail_job": BOOT}, method="POST", path=TEST, times=1)
    await walking.choose_drill(client)
    view = await walking.start_drill(client)
    assert view.drill.state == "waiting"
    states = sorted(row.state for row in view.drill.rows)
    assert states == ["failed", "verified", "verified"]
    failed = next(row for row in view.drill.rows if row.state == "failed")
    assert failed.problem is not None
    assert failed.problem.code == "28031"
    assert failed.verdict == "failed"
    assert not (await client.send(RecordVerdict(vm_id=failed.vm_id, verdict="passed"))).accepted
    view = await walking.finish_drill(client)
    assert view.drill.state == "done"
    assert view.drill.clean_proof
    assert view.drill.passed is False
    assert [one.passed for one in record(view).vms if one.vm_id == failed.vm_id] == [False]


async def test_a_cut_off_cleanup_is_never_green_and_can_be_repeated(
    client: SessionClient, emulator: PracticeCloud
) -> None:
    fault = {"task": "VmTfoDeleteTestVm", "code": "499", "message": "It could not be deleted."}
    strike(emulator, {"fail_job": fault}, method="POST", path=CLEANUP, times=1)
    await walking.choose_drill(client)
    await walking.start_drill(client)
    view = await walking.finish_drill(client)
    assert view.drill.state == "failed"
    assert view.drill.passed is False
    assert view.drill.clean_proof == ""
    assert view.drill.problem is not None
    assert view.steps[5].state == "attention"
    assert any("az vm delete" in one for one in view.drill.leftovers)
    assert not (await client.send(StartDrill())).accepted

    await walking.send(client, CleanUpDrill(notes="again"))
    view = await until(client, lambda view: view.drill.state in {"done", "failed"})
    assert view.drill.state == "done"
    assert view.drill.leftovers == ()
    assert view.drill.clean_proof


async def test_what_is_left_is_named_with_the_command_that_removes_it(
    client: SessionClient, emulator: PracticeCloud
) -> None:
    await walking.choose_drill(client)
    view = await walking.start_drill(client)
    group = view.drill.rows[0].test_vm_id.split("/providers/")[0]
    forgotten = f"{group}/providers/Microsoft.Network/publicIPAddresses/pip-of-somebody"
    body = {
        "location": "northeurope",
        "sku": {"name": "Standard"},
        "properties": {"publicIPAllocationMethod": "Static"},
    }
    emulator.request("PUT", forgotten, NETWORK_VERSION, body)
    view = await walking.finish_drill(client)
    assert view.drill.state == "failed"
    assert view.drill.leftovers == (
        f"public IP address pip-of-somebody: az network public-ip delete --ids {view.drill.leftovers[0].split()[-1]}",
    )
    emulator.request("DELETE", forgotten, NETWORK_VERSION)
    await walking.send(client, CleanUpDrill(notes="the address is gone"))
    view = await until(client, lambda view: view.drill.state in {"done", "failed"})
    assert view.drill.state == "done"
    assert record(view).notes == "the address is gone"


async def test_a_network_that_is_not_isolated_has_to_be_typed(client: SessionClient, emulator: PracticeCloud) -> None:
    view = await walking.choose_drill(client)
    unsafe = next(one for one in view.drill.networks if one.danger)
    view = await walking.choose_drill(client, network_id=unsafe.id)
    before = len(emulator.writes())
    refused = await client.send(StartDrill())
    assert "not isolated" in refused.problems[0].what
    assert not (await client.send(StartDrill(typed_network_name="vnet"))).accepted
    assert len(emulator.writes()) == before
    await walking.send(client, StartDrill(typed_network_name=unsafe.name, digest=view.drill.digest))
    await until(client, lambda view: view.drill.state == "waiting")
    view = await walking.finish_drill(client)
    assert record(view).network_danger == unsafe.danger


async def test_the_own_check_is_shown_run_and_kept(client: SessionClient, tmp_path: Path) -> None:
    script = tmp_path / "check.sh"
    script.write_text("uname -r\necho passed\n")
    view = await walking.choose_drill(client, scripts={"linux": str(script)})
    assert view.drill.scripts == {"linux": "uname -r\necho passed"}
    view = await walking.start_drill(client)
    linux = [row for row in view.drill.rows if row.output]
    assert linux
    for row in linux:
        own = next(proof for proof in row.evidence if proof.what == "Own check")
        assert (own.state, own.detail) == ("passed", "passed")
        assert "\n" in row.output
    await walking.finish_drill(client)


async def test_a_script_that_cannot_be_read_is_told(client: SessionClient, tmp_path: Path) -> None:
    await walking.send(client, PrepareDrill(scripts={"linux": str(tmp_path / "none.sh")}))
    view = await until(client, lambda view: bool(view.problems) and view.session.activity == "")
    assert "none.sh cannot be read" in view.problems[-1].what
    assert view.drill.network_name == ""
    assert not (await client.send(StartDrill())).accepted


async def test_no_drill_before_it_was_chosen_and_no_second_one_beside_it(client: SessionClient) -> None:
    assert not (await client.send(StartDrill())).accepted
    assert not (await client.send(CleanUpDrill())).accepted
    view = await walking.choose_drill(client)
    assert not (await client.send(StartDrill())).accepted  # what it would make was not reviewed
    await walking.send(client, StartDrill(digest=view.drill.digest))
    assert not (await client.send(PrepareDrill())).accepted
    await until(client, lambda view: view.drill.state == "waiting")
    await walking.finish_drill(client)


async def test_the_record_is_what_the_journal_can_restore(client: SessionClient, tmp_path: Path) -> None:
    await walking.choose_drill(client)
    await walking.start_drill(client)
    await walking.finish_drill(client)
    kinds = [
        json.loads(line)["kind"] for line in (tmp_path / "sessions/default/journal.jsonl").read_text().splitlines()
    ]
    assert kinds.count("drill-begun") == kinds.count("drill-ended") == 1
    assert kinds.count("drill-operation") == 6


async def test_a_drill_that_somebody_else_left_running_is_told_and_can_be_cleaned_up(
    client: SessionClient, emulator: PracticeCloud, tmp_path: Path
) -> None:
    await walking.choose_drill(client, vm_ids=(vm(client.view, "web-01"),))
    view = await walking.start_drill(client)
    test_vm = view.drill.rows[0].test_vm_id

    other = thread_worker(emulator, tmp_path / "other")
    face = await other.connect("other")
    await walking.architecture(face)
    view = await until(face, lambda view: bool(view.problems))
    assert "web-01" in view.problems[-1].what
    assert "still run" in view.problems[-1].what
    view = await until(face, lambda view: bool(view.drill.rows))
    assert {row.vm_name: row.state for row in view.drill.rows}["web-01"] == "refused"
    await walking.send(face, CleanUpDrill(notes="left by somebody else"))
    view = await until(face, lambda view: view.drill.state in {"done", "failed"})
    assert view.drill.state == "done"
    assert view.drill.clean_proof
    assert emulator.get(test_vm, "2024-07-01") is None
    await face.close()
    other.close()


FAULTS = {
    "VmTfoPrerequisitesCheck": ("28001", "The recovery point is no longer there."),
    "VmTfoInitiateFailover": ("28031", "The quota of cores is exceeded."),
    "VmTfoPrepareTestVm": ("28092", "The network interface could not be created."),
}


async def test_failures_in_different_phases_each_tell_their_own_story(
    client: SessionClient, emulator: PracticeCloud
) -> None:
    for number, (task, (code, message)) in enumerate(FAULTS.items(), 1):
        fault = {"task": task, "code": code, "message": message}
        strike(emulator, {"fail_job": fault}, method="POST", path=TEST, nth=number)
    await walking.choose_drill(client)
    view = await walking.start_drill(client)
    assert {row.state for row in view.drill.rows} == {"failed"}
    assert sorted(row.problem.code for row in view.drill.rows if row.problem) == ["28001", "28031", "28092"]
    view = await walking.finish_drill(client)
    assert view.drill.state == "done"
    assert view.drill.passed is False
    told = record(view)
    assert sorted(one.problem.code for one in told.vms if one.problem) == ["28001", "28031", "28092"]
    assert not any(one.passed for one in told.vms)
