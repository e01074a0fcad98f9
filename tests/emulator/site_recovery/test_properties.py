"""Whatever is asked in whatever order: no 5xx, no answered write lost, every operation ends."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asr_tui.emulator import catalogue, estates
from asr_tui.emulator.call import Settings
from asr_tui.emulator.clock import ManualClock
from asr_tui.emulator.emulator import Emulator
from asr_tui.emulator.store import Store
from asr_tui.emulator.tenancy import practice
from tests.emulator.conftest import START, Cloud
from tests.emulator.site_recovery.walk import SOURCE, TARGET, Walk

ESTATE = """\
name: random
region: westeurope
nat_gateways: {ng: {}}
networks: {vnet: {space: 10.1.0.0/16, subnets: {snet: {prefix: 10.1.1.0/24, nat: ng}}}}
vms:
  vm-1: {disks: [64]}
  vm-2: {guest: {filter_driver_update_pending: true}}
  vm-3: {power: deallocated}
"""
NAMES = ("vm-1", "vm-2", "vm-3")
TERMINAL = {"Succeeded", "Failed", "Cancelled", "CompletedWithInformation"}


@dataclass
class Stage:
    """A vault on a state file, and what has been answered so far."""

    path: Path
    walk: Walk
    store: Store
    polls: list[str] = field(default_factory=list)

    @classmethod
    def new(cls, path: Path) -> Stage:
        catalogue.load()
        store, clock = Store(path), ManualClock(START)
        with store.transaction():
            estates.parse(ESTATE, "estate.yaml").populate(store, clock.now())
        walk = Walk(_cloud(store, clock)).set_up()
        account = {"location": TARGET, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}
        walk.send("PUT", walk.cache_id.replace("stasrcache001", "stasrcache002"), account, "2023-05-01")
        walk.enable("vm-1")
        walk.protect("vm-2")
        walk.advance(minutes=30)
        stage = cls(path, walk, store)
        _plan(stage, "vm-1", 0)
        walk.advance(minutes=1)
        return stage

    def restart(self) -> None:
        """The emulator dies and comes back on the same file."""
        clock = self.walk.cloud.clock
        self.store.close()
        self.store = Store(self.path)
        self.walk.cloud = _cloud(self.store, clock)

    def send(self, method: str, path: str, body: Any = None, version: str = "2025-08-01") -> int:
        answer = self.walk.send(method, path, body, version)
        assert answer.status < 500 or answer.status == 501, (method, path, answer.content)
        if answer.status == 202 and "Azure-AsyncOperation" in answer.headers:
            self.polls.append(answer.headers["Azure-AsyncOperation"])
        return answer.status


def _cloud(store: Store, clock: ManualClock) -> Cloud:
    emulator = Emulator(store, clock, Settings(base_url="https://127.0.0.1:4443"))
    return Cloud(emulator, clock, practice(store))


Action = Callable[[Stage, str, int], object]


def _point(stage: Stage, name: str) -> str:
    points = stage.walk.send("GET", f"{stage.walk.item(name)}/recoveryPoints")
    listed = points.body["value"] if points.status == 200 else []
    return str(listed[0]["id"]) if listed else "none"


def _switch(stage: Stage, name: str, number: int) -> int:
    walk = stage.walk
    disk = f"{walk.group_id}/providers/Microsoft.Compute/disks/{name}-osdisk"
    managed = {
        "diskId": disk,
        "primaryStagingAzureStorageAccountId": walk.cache_id.replace("stasrcache001", "stasrcache002"),
        "recoveryResourceGroupId": walk.group_source,
    }
    details = {"instanceType": "A2A", "vmManagedDisks": [managed] if number % 2 else []}
    body = {"replicationProtectedItemName": name, "providerSpecificDetails": details}
    return stage.send("POST", f"{walk.container(SOURCE)}/switchprotection", {"properties": body})


def _job(verb: str) -> Action:
    def act(stage: Stage, name: str, number: int) -> int:
        jobs = stage.walk.get(f"{stage.walk.vault}/replicationJobs")["value"]
        chosen = jobs[number % len(jobs)]["name"]
        return stage.send("POST", f"{stage.walk.vault}/replicationJobs/{chosen}/{verb}")

    return act


def _item(verb: str, body: Callable[[Stage, str, int], Any] | None = None) -> Action:
    def act(stage: Stage, name: str, number: int) -> int:
        given = {"properties": body(stage, name, number)} if body else None
        region = TARGET if number % 7 == 0 else SOURCE
        return stage.send("POST", f"{stage.walk.item(name, region)}/{verb}", given)

    return act


def _drill(stage: Stage, name: str, number: int) -> dict[str, Any]:
    network = (stage.walk.test_network, stage.walk.network, "none")[number % 3]
    details = {"instanceType": "A2A"}
    if number % 2:
        details["recoveryPointId"] = _point(stage, name)
    return {
        "failoverDirection": "PrimaryToRecovery",
        "networkType": "VmNetworkAsInput",
        "networkId": network,
        "providerSpecificDetails": details,
    }


def _failover(stage: Stage, name: str, number: int) -> dict[str, Any]:
    return {
        "failoverDirection": "PrimaryToRecovery",
        "sourceSiteOperations": ("Required", "NotRequired")[number % 2],
        "providerSpecificDetails": {"instanceType": "A2A"},
    }


def _plan(stage: Stage, name: str, number: int) -> int:
    walk = stage.walk
    groups = [{"groupType": "Boot", "replicationProtectedItems": [{"id": walk.item(name)}]}]
    body = {"primaryFabricId": walk.fabric(SOURCE), "recoveryFabricId": walk.fabric(TARGET), "groups": groups}
    return stage.send("PUT", f"{walk.vault}/replicationRecoveryPlans/plan", {"properties": body})


def _run_plan(verb: str, body: Callable[[Stage, str, int], Any]) -> Action:
    def act(stage: Stage, name: str, number: int) -> int:
        given = body(stage, name, number)
        if "providerSpecificDetails" in given:
            given["providerSpecificDetails"] = [{"instanceType": "A2A", "recoveryPointType": "LatestProcessed"}]
        return stage.send("POST", f"{stage.walk.vault}/replicationRecoveryPlans/plan/{verb}", {"properties": given})

    return act


def _vm(verb: str) -> Action:
    def act(stage: Stage, name: str, number: int) -> int:
        vm = f"{stage.walk.group_source}/providers/Microsoft.Compute/virtualMachines/{name}"
        return stage.send("POST", f"{vm}/{verb}", version="2024-07-01")

    return act


def _enable(stage: Stage, name: str, number: int) -> int:
    vm = next((vm for vm in stage.walk.vms() if vm["name"] == name and vm["location"] == SOURCE), None)
    body = stage.walk.enable_body(vm) if vm else {"properties": {"policyId": "none"}}
    return stage.send("PUT", stage.walk.item(name), body)


def _lock(stage: Stage, name: str, number: int) -> int:
    level = ("CanNotDelete", "ReadOnly")[number % 2]
    lock = f"{stage.walk.group_source}/providers/Microsoft.Authorization/locks/lock"
    if number % 3:
        return stage.send("DELETE", lock, version="2020-05-01")
    return stage.send("PUT", lock, {"properties": {"level": level}}, "2020-05-01")


def _patch(stage: Stage, name: str, number: int) -> int:
    body = {"recoveryAzureVMName": f"{name}-dr{number % 2}", "recoveryAzureVMSize": "Standard_D2s_v5"}
    return stage.send("PATCH", stage.walk.item(name), {"properties": body})


def _remove(path: Callable[[Walk], str], verb: str = "DELETE") -> Action:
    return lambda stage, name, number: stage.send(verb, path(stage.walk))


def _fabric(stage: Stage, name: str, number: int) -> int:
    location = (SOURCE, TARGET, "francecentral")[number % 3]
    details = {"customDetails": {"instanceType": "Azure", "location": location}}
    return stage.send("PUT", stage.walk.fabric(location), {"properties": details})


def _garbage(stage: Stage, name: str, number: int) -> int:
    body = ({}, {"properties": None}, {"properties": {"policyId": 7}}, [], "text", None)[number % 6]
    verb = ("PUT", "PATCH", "POST")[number % 3]
    return stage.send(verb, stage.walk.item(name), body)


def _remade_mapping(stage: Stage, name: str, number: int) -> int:
    walk = stage.walk
    path = f"{walk.container(SOURCE)}/replicationProtectionContainerMappings/map-{SOURCE}"
    body = {"policyId": walk.policy, "targetProtectionContainerId": walk.container(TARGET)}
    return stage.send("PUT", path, {"properties": body})


def _legal(stage: Stage, name: str, number: int) -> int:
    """Something that the item itself offers now, wherever it lives."""
    for region in (SOURCE, TARGET):
        answer = stage.walk.send("GET", stage.walk.item(name, region))
        if answer.status != 200:
            continue
        offered = [entry for entry in answer.body["properties"]["allowedOperations"] if entry in LEGAL]
        if not offered:
            return 0
        verb, body = LEGAL[offered[number % len(offered)]]
        if verb == "switchprotection":
            return _switch(stage, name, 1)
        given = body(stage, name, number)
        return stage.send("POST", f"{stage.walk.item(name, region)}/{verb}", {"properties": given})
    return _enable(stage, name, number)


LEGAL: dict[str, tuple[str, Callable[[Stage, str, int], Any]]] = {
    "TestFailover": ("testFailover", _drill),
    "TestFailoverCleanup": ("testFailoverCleanup", lambda *_: {"comments": "x"}),
    "UnplannedFailover": ("unplannedFailover", _failover),
    "Commit": ("failoverCommit", lambda *_: {}),
    "ChangePit": ("applyRecoveryPoint", lambda stage, name, _: {"recoveryPointId": _point(stage, name)}),
    "SwitchProtection": ("switchprotection", lambda *_: {}),
    "DisableProtection": ("remove", lambda *_: {}),
}

ACTIONS: dict[str, Action] = {
    "legal": _legal,
    "enable": _enable,
    "disable": _item("remove", lambda *_: {"disableProtectionReason": "NotSpecified"}),
    "purge": lambda stage, name, number: stage.send("DELETE", stage.walk.item(name)),
    "patch": _patch,
    "drill": _item("testFailover", _drill),
    "clean up": _item("testFailoverCleanup", lambda *_: {"comments": "x"}),
    "fail over": _item("unplannedFailover", _failover),
    "commit": _item("failoverCommit"),
    "change point": _item("applyRecoveryPoint", lambda stage, name, _: {"recoveryPointId": _point(stage, name)}),
    "reprotect": _switch,
    "resync": _item("repairReplication"),
    "update agent": _item("updateMobilityService", lambda *_: {}),
    "cancel": _job("cancel"),
    "restart job": _job("restart"),
    "plan": _plan,
    "drill plan": _run_plan("testFailover", _drill),
    "clean plan": _run_plan("testFailoverCleanup", lambda *_: {"comments": "x"}),
    "fail over plan": _run_plan("unplannedFailover", _failover),
    "commit plan": _run_plan("failoverCommit", lambda *_: {}),
    "reprotect plan": _run_plan("reProtect", lambda *_: {}),
    "delete plan": _remove(lambda walk: f"{walk.vault}/replicationRecoveryPlans/plan"),
    "start": _vm("start"),
    "stop": _vm("deallocate"),
    "lock": _lock,
    "fabric": _fabric,
    "delete fabric": _remove(lambda walk: walk.fabric(SOURCE)),
    "remove container": _remove(lambda walk: f"{walk.container(SOURCE)}/remove", "POST"),
    "delete mapping": _remove(
        lambda walk: f"{walk.container(SOURCE)}/replicationProtectionContainerMappings/map-{SOURCE}"
    ),
    "mapping": _remade_mapping,
    "delete policy": _remove(lambda walk: walk.policy),
    "delete network": lambda stage, *_: stage.send("DELETE", stage.walk.network, version="2024-05-01"),
    "delete cache": lambda stage, *_: stage.send("DELETE", stage.walk.cache_id, version="2023-05-01"),
    "delete vault": lambda stage, *_: stage.send("DELETE", stage.walk.vault, version="2023-02-01"),
    "garbage": _garbage,
    "wait a little": lambda stage, name, number: stage.walk.advance(seconds=number),
    "wait": lambda stage, name, number: stage.walk.advance(minutes=10 + number),
    "restart": lambda stage, *_: stage.restart(),
}

LIKELY = ("legal", "legal", "wait", "wait a little")
STEPS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(LIKELY), st.sampled_from(sorted(ACTIONS))),
        st.sampled_from(NAMES),
        st.integers(0, 60),
    ),
    max_size=22,
)


def snapshot(stage: Stage) -> dict[str, Any]:
    """Everything of the vault that a GET shows."""
    vault = stage.walk.vault
    kinds = ("Fabrics", "ProtectionContainers", "ProtectionContainerMappings", "ProtectedItems", "Jobs", "Policies")
    shown = {kind: stage.walk.send("GET", f"{vault}/replication{kind}").content for kind in kinds}
    vms = stage.walk.send("GET", f"{stage.walk.root}/providers/Microsoft.Compute/virtualMachines", version="2024-07-01")
    return {**shown, "vms": vms.content}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_any_sequence_of_operations_keeps_its_promises(steps: list[tuple[str, str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage.new(Path(folder) / "state.sqlite")
        try:
            for action, name, number in steps:
                if stage.send("GET", stage.walk.vault, version="2023-02-01") != 200:
                    break
                ACTIONS[action](stage, name, number)
            before = snapshot(stage)
            stage.restart()
            assert snapshot(stage) == before, "what was answered is there after a restart"
            _everything_ends(stage)
        finally:
            stage.store.close()


def _everything_ends(stage: Stage) -> None:
    walk = stage.walk
    walk.advance(hours=6)
    if walk.send("GET", walk.vault, version="2023-02-01").status != 200:
        return
    for job in walk.get(f"{walk.vault}/replicationJobs")["value"]:
        assert job["properties"]["state"] in TERMINAL, job
        full = walk.get(job["id"])["properties"]
        assert {task["state"] for task in full["tasks"]} <= {*TERMINAL, "NotStarted", "Other"}, full
    for url in stage.polls:
        status = walk.cloud.get(url, version="")
        if status.status == 200:
            assert status.body.get("status") in {"Succeeded", "Failed", "Canceled"}, status.content
    for item in walk.get(f"{walk.vault}/replicationProtectedItems")["value"]:
        scenario = item["properties"]["currentScenario"]["scenarioName"]
        waiting = item["properties"]["testFailoverState"] == "WaitingForCompletion"
        assert scenario == "None" or waiting, item
        assert walk.get(item["id"])["properties"]["protectionState"] != "UnprotectedStatesBegin"
