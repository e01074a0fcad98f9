"""Recovery plans: groups, drills, failover, commit, reprotect, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.site_recovery.walk import SOURCE, TARGET, Walk


@pytest.fixture
def planned(walk: Walk) -> Walk:
    """Two protected VMs in two groups of a plan."""
    walk.enable("web-01")
    walk.protect("db-01")
    walk.advance(minutes=30)
    walk.run("PUT", plan(walk), {"properties": body(walk, [["db-01"], ["web-01"]])})
    return walk


def plan(walk: Walk, name: str = "plan-1") -> str:
    return f"{walk.vault}/replicationRecoveryPlans/{name}"


def body(walk: Walk, groups: list[list[str]]) -> dict[str, Any]:
    return {
        "primaryFabricId": walk.fabric(SOURCE),
        "recoveryFabricId": walk.fabric(TARGET),
        "failoverDeploymentModel": "ResourceManager",
        "groups": [
            {"groupType": "Shutdown", "replicationProtectedItems": []},
            {"groupType": "Failover", "replicationProtectedItems": []},
            *(
                {
                    "groupType": "Boot",
                    "replicationProtectedItems": [{"id": walk.item(name)} for name in names],
                    "startGroupActions": [],
                    "endGroupActions": [],
                }
                for names in groups
            ),
        ],
    }


def test_a_plan_shows_its_groups_and_what_it_may_do(planned: Walk) -> None:
    shown = planned.get(plan(planned))["properties"]
    assert shown["primaryFabricFriendlyName"] == "West Europe"
    assert [group["groupType"] for group in shown["groups"]] == ["Shutdown", "Failover", "Boot", "Boot"]
    assert shown["allowedOperations"] == ["UnplannedFailover", "TestFailover"]
    assert shown["currentScenario"]["scenarioName"] == "None"
    assert planned.get(f"{planned.vault}/replicationRecoveryPlans")["value"][0]["name"] == "plan-1"
    refused = planned.send("DELETE", planned.fabric(SOURCE))
    assert refused.status == 400


def test_a_drill_of_a_plan_goes_group_by_group(planned: Walk) -> None:
    request = {
        "failoverDirection": "PrimaryToRecovery",
        "networkType": "VmNetworkAsInput",
        "networkId": planned.test_network,
        "providerSpecificDetails": [{"instanceType": "A2A", "recoveryPointType": "LatestApplicationConsistent"}],
    }
    job = planned.run("POST", f"{plan(planned)}/testFailover", {"properties": request})["properties"]
    first, second = job["tasks"]
    assert first["endTime"] <= second["startTime"]
    child = first["groupTaskCustomDetails"]["childTasks"][0]["customDetails"]["jobTask"]
    assert child["jobScenarioName"] == "TestFailover"
    assert planned.job(child["jobId"].rpartition("/")[2])["properties"]["state"] == "Succeeded"
    assert {"web-01-test", "db-01-test"} <= {vm["name"] for vm in planned.vms()}
    assert planned.get(plan(planned))["properties"]["allowedOperations"] == ["TestFailoverCleanup"]
    again = planned.send("POST", f"{plan(planned)}/testFailover", {"properties": request})
    assert again.status == 400
    planned.run("POST", f"{plan(planned)}/testFailoverCleanup", {"properties": {"comments": "good"}})
    assert not any(vm["name"].endswith("-test") for vm in planned.vms())
    assert "lastTestFailoverTime" in planned.get(plan(planned))["properties"]


def test_a_plan_fails_over_commits_and_reprotects(planned: Walk) -> None:
    request = {"failoverDirection": "PrimaryToRecovery", "sourceSiteOperations": "NotRequired"}
    planned.run("POST", f"{plan(planned)}/unplannedFailover", {"properties": request})
    assert planned.get(plan(planned))["properties"]["allowedOperations"] == ["Commit"]
    planned.run("POST", f"{plan(planned)}/failoverCommit")
    cache = f"{planned.group_id}/providers/Microsoft.Storage/storageAccounts/stcachetarget"
    account = {"location": TARGET, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}
    planned.send("PUT", cache, account, "2023-05-01")
    planned.advance(seconds=60)
    planned.run("POST", f"{plan(planned)}/reProtect")
    assert planned.send("GET", planned.item("web-01")).status == 404
    moved = planned.get(planned.item("web-01", TARGET))["properties"]
    assert moved["providerSpecificDetails"]["primaryFabricLocation"] == TARGET


def test_a_child_that_fails_stops_the_plan(planned: Walk) -> None:
    nic = f"{planned.group_id}/providers/Microsoft.Network/networkInterfaces/db-01-nic-test"
    subnet = {"subnet": {"id": f"{planned.test_network}/subnets/snet-web"}}
    made = {"location": TARGET, "properties": {"ipConfigurations": [{"name": "a", "properties": subnet}]}}
    assert planned.send("PUT", nic, made, "2024-05-01").status in (200, 201)
    request = {
        "failoverDirection": "PrimaryToRecovery",
        "networkType": "VmNetworkAsInput",
        "networkId": planned.test_network,
    }
    name = planned.accept("POST", f"{plan(planned)}/testFailover", {"properties": request})
    job = planned.finish(name)["properties"]
    assert job["state"] == "Failed"
    assert [task["state"] for task in job["tasks"]] == ["Failed", "NotStarted"]
    assert job["errors"][0]["serviceErrorDetails"]["code"] == "28031"
    assert "web-01-test" not in {vm["name"] for vm in planned.vms()}


def test_plans_are_checked(planned: Walk) -> None:
    twice = body(planned, [["web-01"], ["web-01"]])
    answer = planned.send("PUT", plan(planned, "twice"), {"properties": twice})
    assert answer.body["error"]["details"][0]["code"] == "DuplicateItemInRecoveryPlan"
    unknown = body(planned, [["nobody"]])
    assert planned.send("PUT", plan(planned, "unknown"), {"properties": unknown}).status == 404
    many = body(planned, [[] for _ in range(8)])
    answer = planned.send("PUT", plan(planned, "many"), {"properties": many})
    assert answer.body["error"]["details"][0]["code"] == "TooManyRecoveryPlanGroups"
    planned.run("PATCH", plan(planned), {"properties": {"groups": body(planned, [["web-01"]])["groups"]}})
    planned.run("DELETE", plan(planned))
    assert planned.send("GET", plan(planned)).status == 404
    assert planned.send("DELETE", plan(planned)).status == 204
    planned_failover = planned.send("POST", f"{plan(planned)}/plannedFailover", {"properties": {}})
    assert planned_failover.status == 404
