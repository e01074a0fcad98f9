"""Jobs: the list and its filter, cancelling, exporting, faults on purpose, operations that end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.emulator.conftest import build_cloud
from tests.emulator.site_recovery.walk import Walk


def names(walk: Walk, text: str = "") -> list[str]:
    suffix = f"?$filter={text}" if text else ""
    return [job["properties"]["scenarioName"] for job in walk.get(f"{walk.vault}/replicationJobs{suffix}")["value"]]


def test_jobs_are_listed_newest_first_and_slim(walk: Walk) -> None:
    walk.enable("web-01")
    listed = walk.get(f"{walk.vault}/replicationJobs")
    assert listed["nextLink"] is None
    starts = [job["properties"]["startTime"] for job in listed["value"]]
    assert starts == sorted(starts, reverse=True)
    first = listed["value"][0]["properties"]
    assert (first["scenarioName"], first["state"]) == ("EnableDr", "InProgress")
    assert (first["tasks"], first["errors"], first["customDetails"], first["activityId"]) == ([], [], None, None)
    assert walk.job(listed["value"][0]["name"])["properties"]["customDetails"]["instanceType"] == "AsrJobDetails"


def test_the_list_can_be_filtered(walk: Walk) -> None:
    walk.enable("web-01")
    assert names(walk, "JobStatus eq 'InProgress'") == ["EnableDr"]
    assert set(names(walk, "affectedObjectTypes eq 'Server'")) == {"CreateSite"}
    now = walk.cloud.clock.now()
    since = (now - timedelta(minutes=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert "CreateSite" not in names(walk, f"startTime ge '{since}'")
    assert "EnableDr" not in names(walk, f"startTime lt {since}")
    assert set(names(walk, "jobStatus eq 'Succeeded' and affectedObjectTypes eq 'Network'")) == {"NetworkPairing"}
    assert walk.send("GET", f"{walk.vault}/replicationJobs?$filter=nonsense(").status == 400


def test_instant_jobs_may_end_before_they_start(walk: Walk) -> None:
    jobs = walk.get(f"{walk.vault}/replicationJobs")["value"]
    container = next(job["properties"] for job in jobs if job["properties"]["scenarioName"] == "CreateCloud")
    assert len(container["endTime"]) == len("2026-03-02T09:00:00Z"), "job ends have whole seconds"


def test_a_cancelled_enable_job_takes_everything_back(walk: Walk) -> None:
    enabling = walk.send("PUT", walk.item("web-01"), walk.enable_body(walk.vm("web-01")))
    name = enabling.headers["x-ms-request-id"].rpartition("/")[2]
    walk.advance(seconds=60)
    assert walk.get(walk.item("web-01"))["properties"]["protectionState"] == "UnprotectedStatesBegin"
    answer = walk.send("POST", f"{walk.vault}/replicationJobs/{name}/cancel")
    assert answer.status == 202
    walk.advance(seconds=10)
    job = walk.job(name)["properties"]
    assert (job["state"], job["stateDescription"], job["allowedActions"]) == ("Cancelled", "Cancelled", [])
    assert [task["state"] for task in job["tasks"]] == ["Succeeded", "Cancelled"] + ["NotStarted"] * 3
    status = walk.cloud.get(enabling.headers["Azure-AsyncOperation"], version="").body
    assert (status["status"], status["error"]["code"]) == ("Canceled", "OperationCanceled"), "a state of its own"
    assert walk.cloud.get(enabling.headers["Location"], version="").code == "OperationCanceled"
    assert walk.cloud.get(answer.headers["Azure-AsyncOperation"], version="").body["status"] == "Succeeded"
    walk.advance(hours=2)
    assert walk.send("GET", walk.item("web-01")).status == 404
    assert "SecondaryIrCompletion" not in names(walk)
    disks = walk.get(f"{walk.group_id}/providers/Microsoft.Compute/disks", "2024-03-02")["value"]
    assert disks == []
    walk.protect("web-01")


def test_a_cancelled_drill_leaves_nothing_and_the_item_free(walk: Walk) -> None:
    walk.protect("web-01")
    body = {
        "failoverDirection": "PrimaryToRecovery",
        "networkType": "VmNetworkAsInput",
        "networkId": walk.test_network,
        "providerSpecificDetails": {"instanceType": "A2A"},
    }
    name = walk.accept("POST", f"{walk.item('web-01')}/testFailover", {"properties": body})
    walk.advance(seconds=80)
    walk.accept("POST", f"{walk.vault}/replicationJobs/{name}/cancel")
    walk.advance(minutes=10)
    assert "web-01-test" not in {vm["name"] for vm in walk.vms()}
    item = walk.get(walk.item("web-01"))["properties"]
    assert item["currentScenario"]["scenarioName"] == "None"
    assert "TestFailover" in item["allowedOperations"]
    assert walk.test_failover("web-01")["properties"]["state"] == "Succeeded"


def test_a_finished_job_can_be_neither_cancelled_nor_resumed_nor_restarted(walk: Walk) -> None:
    job = walk.get(f"{walk.vault}/replicationJobs")["value"][0]["name"]
    for action in ("cancel", "restart", "resume"):
        answer = walk.send("POST", f"{walk.vault}/replicationJobs/{job}/{action}", {"properties": {"comments": ""}})
        assert answer.status == 400, action
    missing = walk.send("GET", f"{walk.vault}/replicationJobs/00000000-0000-0000-0000-000000000000")
    assert missing.body["error"]["details"][0]["code"] == "JobArmEntityMissing"


def test_jobs_can_be_exported(walk: Walk) -> None:
    job = walk.run("POST", f"{walk.vault}/replicationJobs/export", {"jobOutputType": "Json"})["properties"]
    assert job["customDetails"]["instanceType"] == "ExportJobDetails"
    assert job["customDetails"]["blobUri"]


def faulty(rule: dict[str, Any]) -> Walk:
    walk = Walk(build_cloud("starter", strict=True)).set_up()
    answer = walk.cloud.send("POST", "/emulator/faults", {"faults": [rule]}, version="")
    assert answer.status in (200, 201), answer.content
    return walk


def test_a_fault_on_purpose_fails_the_job_at_its_task() -> None:
    walk = faulty(
        {
            "when": {"method": "PUT", "path": "**/replicationProtectedItems/*"},
            "then": {"fail_job": {"task": "CreateProtectionTarget", "code": "151099", "message": "Made up."}},
        }
    )
    job = walk.finish(walk.enable("web-01"))["properties"]
    assert job["state"] == "Failed"
    assert [task["state"] for task in job["tasks"][:3]] == ["Succeeded", "Failed", "NotStarted"]
    assert job["errors"][0]["serviceErrorDetails"]["code"] == "151099"
    assert walk.send("GET", walk.item("web-01")).status == 404


def test_a_fault_on_purpose_fails_a_cleanup_and_leaves_the_test_vm() -> None:
    walk = faulty(
        {
            "when": {"method": "POST", "path": "**/testFailoverCleanup", "nth": 1},
            "then": {"fail_job": {"code": "499"}},
        }
    )
    walk.protect("web-01")
    walk.test_failover("web-01")
    assert walk.cleanup("web-01")["properties"]["state"] == "Failed"
    assert walk.vm("web-01-test")
    assert walk.cleanup("web-01")["properties"]["state"] == "Succeeded"


def test_an_operation_that_never_ends_keeps_its_job_running() -> None:
    walk = faulty(
        {"when": {"method": "POST", "path": "**/testFailover"}, "then": {"never_ends": True}},
    )
    walk.protect("web-01")
    body = {
        "failoverDirection": "PrimaryToRecovery",
        "networkType": "VmNetworkAsInput",
        "networkId": walk.test_network,
        "providerSpecificDetails": {"instanceType": "A2A"},
    }
    name = walk.accept("POST", f"{walk.item('web-01')}/testFailover", {"properties": body})
    walk.advance(days=30)
    assert walk.job(name)["properties"]["state"] == "InProgress"
    assert "web-01-test" not in {vm["name"] for vm in walk.vms()}
    walk.accept("POST", f"{walk.vault}/replicationJobs/{name}/cancel")
    walk.advance(minutes=1)
    assert walk.job(name)["properties"]["state"] == "Cancelled"


def test_signed_poll_urls_are_refused_when_altered(make_walk: Callable[..., Walk]) -> None:
    walk = make_walk()
    walk.make_vault()
    body = {"properties": {"customDetails": {"instanceType": "Azure", "location": walk.source}}}
    answer = walk.send("PUT", walk.fabric(walk.source), body)
    url = answer.headers["Azure-AsyncOperation"]
    assert len(url) > 3000
    assert walk.cloud.get(url, version="").body["status"] == "InProgress"
    assert walk.cloud.get(url[:-4] + "AAAA", version="").status == 400
    assert walk.cloud.get(answer.headers["Location"], version="").status == 202
    walk.advance(minutes=3)
    assert walk.cloud.get(answer.headers["Location"], version="").body["name"] == "fabric-westeurope"


def test_request_ids_are_those_of_the_service(walk: Walk) -> None:
    named = {"x-ms-client-request-id": "me-1"}
    body = {"properties": {"providerSpecificInput": {"instanceType": "A2A", "multiVmSyncStatus": "Enable"}}}
    write = walk.cloud.put(f"{walk.vault}/replicationPolicies/one", body, version="2025-08-01", headers=named)
    job = write.headers["x-ms-request-id"]
    assert job.startswith("/Subscriptions/")
    assert "/replicationJobs/" in job
    assert write.delivery.answer.doubled == ("x-ms-request-id",), "two of them since 2025 (recorded)"
    poll = walk.cloud.get(write.headers["Azure-AsyncOperation"], version="", headers=named)
    now = walk.cloud.clock.now()
    assert poll.headers["x-ms-request-id"] == f"me-1 {now.month}/{now.day}/{now.year} {now:%-I:%M:%S %p}"
    assert poll.delivery.answer.doubled == ()
    assert walk.cloud.get(job, version="2025-08-01", headers=named).headers["x-ms-request-id"] == job
