"""Replication policies: how long recovery points are kept and how often they are made."""

from __future__ import annotations

from typing import Any

from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.schema import Any_, Int, Obj, Poly, Str
from asr_tui.emulator.site_recovery import error_catalogue, job_start, refusals, scenarios, schedule
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.scenarios import Scenario
from asr_tui.emulator.site_recovery.vault_scope import VAULT_PATH, Record, VaultScope, busy, record_of
from asr_tui.emulator.store import Resource

_PATH = VAULT_PATH + "/replicationPolicies/{policy}"
_ACTION = "Microsoft.RecoveryServices/vaults/replicationPolicies"
LONGEST_RETENTION = 15 * 24 * 60
"""Minutes for which recovery points of managed disks can be kept (15 days)."""
SHORTEST_APP_FREQUENCY = 60
"""Minutes between app-consistent points, unless they are off (0)."""

_A2A = Obj(
    {
        "instanceType": Str(),
        "multiVmSyncStatus": Str(enum=("Enable", "Disable")),
        "recoveryPointHistory": Int(),
        "crashConsistentFrequencyInMinutes": Int(),
        "appConsistentFrequencyInMinutes": Int(),
    },
    required=["multiVmSyncStatus"],
)
_INPUT = Obj(
    {"properties": Obj({"providerSpecificInput": Poly("instanceType", {"A2A": _A2A}, other=Any_)})},
    required=["properties"],
)
_PATCH = Obj(
    {"properties": Obj({"replicationProviderSettings": Poly("instanceType", {"A2A": _A2A}, other=Any_)})},
    required=["properties"],
)


def render(resource: Resource) -> dict[str, Any]:
    """A policy. Asked ``Enable``, it answers ``Enabled``; two members are in no schema (recorded)."""
    record = record_of(resource)
    return {
        "id": ids.site_recovery(resource.id),
        "name": record["name"],
        "type": ids.POLICY,
        "properties": {
            "friendlyName": record["name"],
            "providerSpecificDetails": {
                "instanceType": "A2A",
                "recoveryPointThresholdInMinutes": 0,
                "recoveryPointHistory": record["history"],
                "appConsistentFrequencyInMinutes": record["app"],
                "multiVmSyncStatus": record["multi_vm"],
                "crashConsistentFrequencyInMinutes": record["crash"],
            },
        },
    }


def _settings(given: dict[str, Any], before: Record | None) -> Record:
    before = before or {"history": 0, "app": 0, "crash": 5}
    return {
        "history": _or(given.get("recoveryPointHistory"), before["history"]),
        "app": _or(given.get("appConsistentFrequencyInMinutes"), before["app"]),
        "crash": _or(given.get("crashConsistentFrequencyInMinutes"), before["crash"]) or 5,
        "multi_vm": f"{given['multiVmSyncStatus']}d",
    }


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _fault(settings: Record) -> tuple[dict[str, Any], ...]:
    """Errors of settings outside the published ranges; they fail the job, not the request (15040, 150261)."""
    if not 0 <= settings["history"] <= LONGEST_RETENTION:
        return (
            error_catalogue.entry(
                "150261",
                "AddProtectionProfileTask",
                detail=(f"The retention of {settings['history']} minutes is outside 0 to {LONGEST_RETENTION}."),
            ),
        )
    app = settings["app"]
    if app != 0 and app < SHORTEST_APP_FREQUENCY:
        return (error_catalogue.entry("15040", "AddProtectionProfileTask", detail=f"It was {app} minutes."),)
    if app > settings["history"]:
        return (
            error_catalogue.entry(
                "150261",
                "AddProtectionProfileTask",
                detail=(f"App-consistent points every {app} minutes can't be kept for {settings['history']} minutes."),
            ),
        )
    return ()


def _run(scope: VaultScope, scenario: Scenario, record: Record, faults: tuple[dict[str, Any], ...] = ()) -> Record:
    failure = None
    if faults:
        failing = scenario.tasks[-1].name
        failure = schedule.Failure(failing, tuple({**fault, "task_id": failing} for fault in faults), after=0.4)
    plan = job_start.planned(scope, scenario, record["name"], failure=failure)
    subject = job_start.Subject(record["guid"], record["name"], record["id"])
    return job_start.start(scope, scenario, plan, subject)


@operation("PUT", _PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/write", evidence="recorded", body=_INPUT)
def create_policy(call: Call) -> Reply:
    """Create a policy; figures outside the ranges fail the job with 150261 or 15040."""
    return _write(call, call.body["properties"].get("providerSpecificInput"), scenarios.CREATE_POLICY)


@operation("PATCH", _PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/write", evidence="examples", body=_PATCH)
def update_policy(call: Call) -> Reply:
    """Change a policy; it holds for every item attached to it."""
    VaultScope.of(call).policy()
    return _write(call, call.body["properties"].get("replicationProviderSettings"), scenarios.UPDATE_POLICY)


def _write(call: Call, given: dict[str, Any] | None, scenario: Scenario) -> Reply:
    if given is None or given.get("instanceType", "").lower() != "a2a":
        kind = (given or {}).get("instanceType", "")
        raise refusals.invalid(
            "UnsupportedReplicationProvider", f"Policies of type '{kind}' are not emulated: only A2A is."
        )
    scope = VaultScope.of(call)
    name = call.params["policy"]
    arm_id = scope.path.policy(name)
    scope.ensure_free(arm_id)
    existing = scope.find(arm_id)
    before = record_of(existing) if existing else None
    record: Record = {
        "id": arm_id,
        "name": before["name"] if before else name,
        "guid": ids.internal_id(arm_id, "policy"),
        **_settings(given, before),
    }
    faults = _fault(record)
    job = _run(scope, scenario, record, faults)
    end = job_start.end(job)
    if not job_start.failed(job):
        record["busy"] = busy(job["name"], end)
        scope.save(arm_id, ids.POLICY, record, born=existing.born if existing else end)
    return job_start.accepted(scope, scenario, job, arm_id, arm_id)


@operation("GET", _PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/read", evidence="recorded")
def get_policy(call: Call) -> Reply:
    """One policy."""
    return Reply(200, render(VaultScope.of(call).policy()))


@operation(
    "GET",
    VAULT_PATH + "/replicationPolicies",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/read",
    evidence="recorded",
)
def list_policies(call: Call) -> Reply:
    """All policies of the vault."""
    scope = VaultScope.of(call)
    return call.page([render(found) for found in scope.all(ids.POLICY)], null_next_link=True)


@operation("DELETE", _PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/delete", evidence="recorded")
def delete_policy(call: Call) -> Reply:
    """Delete a policy that no mapping and no item uses; 204 when it is gone already."""
    scope = VaultScope.of(call)
    arm_id = scope.path.policy(call.params["policy"])
    scope.ensure_free(arm_id)
    policy = scope.find(arm_id)
    if policy is None:
        return Reply(204)
    record = record_of(policy)
    users = [*scope.records(ids.MAPPING), *scope.records(ids.ITEM)]
    if any(ids.same(user["policy"], arm_id) for user in users):
        raise refusals.in_use("replication policy", record["name"], "protection containers are mapped with it")
    job = _run(scope, scenarios.DELETE_POLICY, record)
    end = job_start.end(job)
    dies = None if job_start.failed(job) else end
    scope.update(policy, record | {"busy": busy(job["name"], end)}, dies=dies)
    return job_start.accepted(scope, scenarios.DELETE_POLICY, job, arm_id)
