"""The drill and report commands: what they choose, say, leave behind, and the exit code that they end with."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from asr_tui import cli
from asr_tui.model.drill_record import DrillRecord
from asr_tui.model.problem import ProblemError
from asr_tui.plain import runs
from asr_tui.plain.drilling import Drilling, DrillWishes
from asr_tui.plain.events import JsonWriter
from asr_tui.plain.walk import Wishes
from asr_tui.session import intents
from asr_tui.session.client import SessionClient
from asr_tui.session.link import Link
from tests import walking
from tests.practice import PracticeCloud, ThreadWorker, thread_worker

SITE_RECOVERY = "2025-08-01"
NETWORK_VERSION = "2024-05-01"
NAMES = ["db-01", "web-01", "web-02"]

Events = list[dict[str, Any]]
Command = Callable[..., Awaitable[tuple[int, Events]]]


@pytest.fixture
async def worker(emulator: PracticeCloud, tmp_path: Path) -> AsyncIterator[ThreadWorker]:
    """A worker whose three VMs are protected."""
    made = thread_worker(emulator, tmp_path)
    client = await made.connect()
    await walking.to_replication(client)
    await client.close()
    yield made
    made.close()


@pytest.fixture
def command(worker: ThreadWorker) -> Command:
    """The command as a script calls it: exit code and events."""

    async def run(**wishes: Any) -> tuple[int, Events]:
        async def connect() -> Link:
            client = await worker.connect("drill")
            await client.refresh(0)
            return client

        out = io.StringIO()
        drilling = Drilling(DrillWishes(**wishes))
        journey = runs.Journey(drilling.run, drilling.summary)
        code = await runs.unattended(
            connect, lambda: (True, ""), JsonWriter(out, io.StringIO()), Wishes(), "default", journey
        )
        return code, [json.loads(line) for line in out.getvalue().splitlines()]

    return run


def strike(cloud: PracticeCloud, path: str, **then: Any) -> None:
    cloud.control("POST", "faults", {"faults": [{"when": {"method": "POST", "path": path, "times": 1}, "then": then}]})


def records(folder: Path) -> list[DrillRecord]:
    return [DrillRecord.model_validate_json(path.read_bytes()) for path in sorted(folder.glob("*.json"))]


def seconds(text: str) -> float:
    return datetime.fromisoformat(text[:26].rstrip("Z") + "+00:00").timestamp()


async def test_a_drill_of_all_passes_and_its_figures_are_the_clouds_own(
    command: Command, emulator: PracticeCloud, tmp_path: Path
) -> None:
    code, events = await command(cleanup=True, report=str(tmp_path / "audit"))
    summary = events[-1]
    assert (code, summary["kind"], summary["state"], summary["passed"]) == (0, "summary", "succeeded", True)
    assert sorted(row["vm"] for row in summary["vms"]) == NAMES
    assert [Path(path).suffix for path in summary["reports"]] == [".json", ".html", ".md"]
    (record,) = records(tmp_path / "audit")
    assert record.passed
    _figures_by_hand(record, emulator)
    page = Path(summary["reports"][1]).read_text()
    assert hashlib.sha256(Path(summary["reports"][0]).read_bytes()).hexdigest() in page


def _figures_by_hand(record: DrillRecord, cloud: PracticeCloud) -> None:
    """RTO and RPO to the second, out of the service's jobs and nothing else."""
    jobs = cloud.get(f"{record.vault_id}/replicationJobs", SITE_RECOVERY)["value"]
    for vm in record.vms:
        (slim,) = [
            job
            for job in jobs
            if job["properties"]["scenarioName"] == "TestFailover"
            and job["properties"]["targetObjectName"].lower() == vm.vm.lower()
        ]
        job = cloud.get(f"{record.vault_id}/replicationJobs/{slim['name']}", SITE_RECOVERY)["properties"]
        (point,) = job["customDetails"]["protectedItemDetails"]
        rto = max(seconds(task["endTime"]) for task in job["tasks"]) - seconds(job["startTime"])
        rpo = seconds(job["startTime"]) - seconds(point["recoveryPointTime"])
        assert vm.rto_seconds is not None
        assert vm.rpo_seconds is not None
        assert round(vm.rto_seconds) == round(rto)
        assert round(vm.rpo_seconds) == round(rpo)
        assert [round(task.seconds or 0) for task in vm.tasks] == [
            round(seconds(task["endTime"]) - seconds(task["startTime"])) for task in job["tasks"]
        ]
    assert record.max_rto_seconds == max(vm.rto_seconds or 0 for vm in record.vms)


async def test_only_the_named_vms_in_the_named_network_and_point(
    command: Command, worker: ThreadWorker, emulator: PracticeCloud, tmp_path: Path
) -> None:
    assert (await command(vms=("WEB-01",), network="new", cleanup=True))[0] == 0
    code, events = await command(
        vms=("web-02",), network="vnet-starter-drill", cleanup=True, report=str(tmp_path / "audit")
    )
    assert code == 0, events[-1]
    (record,) = records(tmp_path / "audit")
    assert [vm.vm for vm in record.vms] == ["web-02"]
    assert not record.network_made
    assert record.previous is not None


async def test_what_is_not_there_is_usage_and_names_what_is(command: Command, emulator: PracticeCloud) -> None:
    before = len(emulator.writes())
    for wishes, known in (({"vms": ("ghost",)}, "web-01"), ({"network": "nowhere"}, "new")):
        with pytest.raises(ProblemError, match=known) as refused:
            await command(cleanup=True, **wishes)
        assert getattr(refused.value, "usage", False)
    assert len(emulator.writes()) == before


async def test_an_unsafe_network_is_refused_until_its_name_is_typed(command: Command, emulator: PracticeCloud) -> None:
    before = len(emulator.writes())
    code, events = await command(vms=("web-01",), network="vnet-starter-asr", cleanup=True)
    assert code == 1
    assert "not isolated" in events[-2]["message"]
    assert len(emulator.writes()) == before
    code, events = await command(
        vms=("web-01",), network="vnet-starter-asr", confirmed_network="vnet-starter-asr", cleanup=True
    )
    assert code == 0, events[-1]


async def test_a_network_that_was_peered_after_it_was_chosen_stops_the_drill_before_any_test_failover(
    worker: ThreadWorker, emulator: PracticeCloud
) -> None:
    client = await worker.connect("hand")
    await client.refresh(0)
    web = next(row.id for row in client.view.vms if row.name == "web-01")
    await walking.choose_drill(client, vm_ids=(web,))
    await walking.start_drill(client)
    await walking.finish_drill(client)
    await walking.send(client, intents.ReadEstate())
    await walking.at_rest(client)
    view = await walking.choose_drill(client, vm_ids=(web,))
    bubble = next(option.id for option in view.drill.networks if option.name == "vnet-starter-drill")
    await walking.choose_drill(client, vm_ids=(web,), network_id=bubble)
    hub = bubble.replace("vnet-starter-drill", "vnet-hub")
    space = {"addressSpace": {"addressPrefixes": ["192.168.77.0/24"]}}
    emulator.request("PUT", hub, NETWORK_VERSION, {"location": "northeurope", "properties": space})
    for here, there in ((bubble, hub), (hub, bubble)):
        body = {"properties": {"remoteVirtualNetwork": {"id": there}, "allowVirtualNetworkAccess": True}}
        emulator.request("PUT", f"{here}/virtualNetworkPeerings/link", NETWORK_VERSION, body)
    asked = len([entry for entry in emulator.writes() if entry["path"].lower().endswith("/testfailover")])
    view = await walking.start_drill(client)
    await client.close()
    assert view.drill.state == "failed"
    assert view.drill.problem is not None
    assert view.drill.problem.code == "network-not-isolated"
    record = DrillRecord.model_validate_json(Path(view.drill.reports[0]).read_bytes())
    assert not record.passed
    assert record.isolation == ()
    assert len([entry for entry in emulator.writes() if entry["path"].lower().endswith("/testfailover")]) == asked


async def test_without_cleanup_it_never_passes_and_the_next_call_goes_on_with_it(
    command: Command, emulator: PracticeCloud
) -> None:
    code, events = await command(vms=("web-01",))
    assert (code, events[-1]["drill_state"], events[-1]["reports"]) == (1, "waiting", [])
    assert "Not cleaned up" in events[-2]["message"]
    code, events = await command(cleanup=True)
    assert code == 0, events[-1]
    assert [row["vm"] for row in events[-1]["vms"]] == ["web-01"]
    tests = [entry for entry in emulator.writes() if entry["path"].lower().endswith("/testfailover")]
    assert len(tests) == 1


PHASES = [
    ("VmTfoPrerequisitesCheck", "70038", "The network is not there."),
    ("VmTfoInitiateFailover", "28031", "The quota of the target region is used up."),
    ("VmTfoPrepareTestVm", "170010", "The VM could not be prepared."),
    ("VmTfoBootTestVm", "28031", "The VM could not be started."),
]


@pytest.mark.parametrize(("task", "number", "message"), PHASES, ids=[phase[0] for phase in PHASES])
async def test_a_failure_in_each_phase_is_told_and_fails_the_drill(
    command: Command, emulator: PracticeCloud, tmp_path: Path, task: str, number: str, message: str
) -> None:
    strike(emulator, "**/testFailover", fail_job={"task": task, "code": number, "message": message})
    code, events = await command(vms=("web-01", "web-02"), cleanup=True, report=str(tmp_path / "audit"))
    assert (code, events[-1]["passed"]) == (1, False)
    (record,) = records(tmp_path / "audit")
    assert not record.passed
    assert record.clean_proof  # the other VM's cleanup is proven; that does not make the drill green
    (failed,) = [vm for vm in record.vms if not vm.passed]
    assert failed.problem is not None
    assert failed.problem.code == number
    assert failed.rto_seconds is None
    told = (tmp_path / "audit").glob("*.html")
    assert all("NOT PASSED" in path.read_text() and number in path.read_text() for path in told)


async def test_a_cleanup_that_is_cut_off_is_red_and_the_next_call_ends_it(
    command: Command, emulator: PracticeCloud, tmp_path: Path
) -> None:
    fault = {"task": "VmTfoDeleteTestVm", "code": "499", "message": "It could not be deleted."}
    strike(emulator, "**/testFailoverCleanup", fail_job=fault)
    code, events = await command(vms=("web-01",), cleanup=True, report=str(tmp_path / "audit"))
    assert (code, events[-1]["drill_state"], events[-1]["clean_proof"]) == (1, "failed", "")
    assert events[-1]["leftovers"]
    (record,) = records(tmp_path / "audit")
    assert (record.state, record.passed, record.clean_proof) == ("failed", False, "")
    code, events = await command(vms=("web-01",), cleanup=True, report=str(tmp_path / "audit"))
    assert code == 0, events[-1]
    (again,) = records(tmp_path / "audit")
    assert (again.drill, again.passed) == (record.drill, True)


async def test_a_nic_that_is_left_is_named_and_the_drill_stays_red(
    command: Command, worker: ThreadWorker, emulator: PracticeCloud
) -> None:
    code, _ = await command(vms=("web-01",))
    client: SessionClient = await worker.connect("look")
    await client.refresh(0)
    row = client.view.drill.rows[0]
    await client.close()
    group = row.test_vm_id.split("/providers/")[0]
    vnet = f"{group}/providers/Microsoft.Network/virtualNetworks/{client.view.drill.network_name}"
    subnet = emulator.get(vnet, NETWORK_VERSION)["properties"]["subnets"][0]["id"]
    nic = f"{group}/providers/Microsoft.Network/networkInterfaces/nic-forgotten"
    configuration = {"name": "one", "properties": {"subnet": {"id": subnet}}}
    body = {"location": "northeurope", "properties": {"ipConfigurations": [configuration]}}
    emulator.request("PUT", nic, NETWORK_VERSION, body)
    code, events = await command(cleanup=True)
    assert code == 1
    (left,) = events[-1]["leftovers"]
    assert "az network nic delete" in left
    assert "nic-forgotten" in left


async def test_nothing_protected_is_one_sentence_and_no_write(emulator: PracticeCloud, tmp_path: Path) -> None:
    worker = thread_worker(emulator, tmp_path)
    drilling = Drilling(DrillWishes(cleanup=True))

    async def connect() -> Link:
        return await worker.connect("drill")

    out = io.StringIO()
    journey = runs.Journey(drilling.run, drilling.summary)
    code = await runs.unattended(
        connect, lambda: (True, ""), JsonWriter(out, io.StringIO()), Wishes(), "default", journey
    )
    worker.close()
    assert code == 1
    assert "asr-tui walkthrough" in json.loads(out.getvalue().splitlines()[-2])["message"]
    assert emulator.writes() == []


# The command line around them


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASR_TUI_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["drill", "--practice"], "--yes"),
        (["drill", "--yes"], "--plan FILE"),
        (["drill", "--practice", "--yes", "--recovery-point", "best"], "latest-app-consistent"),
        (["report", "none"], "no drill"),
        (["report"], "DRILL"),
    ],
    ids=str,
)
def test_bad_usage_is_one_sentence(
    state: Path, arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(arguments) in {1, 2}
    captured = capsys.readouterr()
    assert captured.out == ""
    assert named in captured.err
    assert "Traceback" not in captured.err


async def test_report_makes_the_files_again_byte_for_byte(
    command: Command, state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The worker's own state is ``tmp_path``; a session of that name below ``state`` holds its record."""
    _, events = await command(vms=("web-01",), cleanup=True)
    source = Path(events[-1]["reports"][0])
    drills = state / "sessions" / "default" / "drills"
    drills.mkdir(parents=True)
    (drills / source.name).write_bytes(source.read_bytes())
    record = DrillRecord.model_validate_json(source.read_bytes())

    for name in (record.drill, source.stem, "latest", str(source)):
        assert cli.run(["report", name, "--dir", str(tmp_path / "again")]) == 0
        for path in map(Path, capsys.readouterr().out.splitlines()):
            assert path.read_bytes() == source.with_suffix(path.suffix).read_bytes()

    assert cli.run(["report", "latest", "--redacted", "--session", "default"]) == 0
    for path in map(Path, capsys.readouterr().out.splitlines()):
        assert record.subscription_id not in path.read_text()
        assert record.operator not in path.read_text()
    assert cli.run(["report", record.drill, "--dir", str(tmp_path / "third")]) == 0
    assert record.subscription_id in (tmp_path / "third" / source.name).read_text()
