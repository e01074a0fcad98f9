"""Recovery plans: create, get, list, update, delete."""

from __future__ import annotations

from typing import Any

from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.schema import Any_, ListOf, Obj, Str
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery import item_body, job_start, refusals, scenarios, timeline
from asr_tui.emulator.site_recovery.scenarios import Scenario
from asr_tui.emulator.site_recovery.timestamps import NO_SCENARIO, loaded, precise
from asr_tui.emulator.site_recovery.vault_scope import VAULT_PATH, Record, VaultScope, busy, record_of
from asr_tui.emulator.store import Resource

PATH = VAULT_PATH + "/replicationRecoveryPlans/{plan}"
ACTION = "Microsoft.RecoveryServices/vaults/replicationRecoveryPlans"
MOST_GROUPS = 7
MOST_ITEMS = 100
_GROUP = Obj(
    {
        "groupType": Str(enum=("Shutdown", "Boot", "Failover")),
        "replicationProtectedItems": ListOf(Obj({"id": Str(), "virtualMachineId": Str()})),
        "startGroupActions": ListOf(Any_),
        "endGroupActions": ListOf(Any_),
    },
    required=["groupType"],
)
_CREATE = Obj(
    {
        "properties": Obj(
            {
                "primaryFabricId": Str(min_length=1),
                "recoveryFabricId": Str(min_length=1),
                "failoverDeploymentModel": Str(enum=("NotApplicable", "Classic", "ResourceManager")),
                "groups": ListOf(_GROUP),
                "providerSpecificInput": ListOf(Any_),
            },
            required=["primaryFabricId", "recoveryFabricId", "groups"],
        )
    },
    required=["properties"],
)
_UPDATE = Obj({"properties": Obj({"groups": ListOf(_GROUP)})}, required=["properties"])


def items_of(record: Record) -> list[str]:
    """Ids of the plan's items, group by group."""
    return [entry["id"] for group in record["groups"] for entry in group["items"]]


def render(scope: VaultScope, resource: Resource) -> dict[str, Any]:
    """A recovery plan; what may be asked of it follows from its items."""
    record = record_of(resource)
    state = timeline.state(record, scope.now)
    properties: dict[str, Any] = {
        "friendlyName": record["name"],
        "primaryFabricId": ids.site_recovery(record["primary_fabric"]),
        "primaryFabricFriendlyName": _display(scope, record["primary_fabric"]),
        "recoveryFabricId": ids.site_recovery(record["recovery_fabric"]),
        "recoveryFabricFriendlyName": _display(scope, record["recovery_fabric"]),
        "failoverDeploymentModel": record["model"],
        "replicationProviders": ["A2A"],
        "allowedOperations": allowed(scope, record),
        "currentScenario": _scenario(scope, state),
        "currentScenarioStatus": "InProgress" if state.get("scenario") else None,
        "currentScenarioStatusDescription": "In progress" if state.get("scenario") else None,
        "groups": [_group(group) for group in record["groups"]],
        "providerSpecificDetails": [
            {
                "instanceType": "A2A",
                "primaryZone": None,
                "recoveryZone": None,
                "primaryExtendedLocation": None,
                "recoveryExtendedLocation": None,
            }
        ],
    }
    for member, key in (("lastTestFailoverTime", "tested_at"), ("lastUnplannedFailoverTime", "failed_over_at")):
        if state.get(key):
            properties[member] = precise(loaded(state[key]))
    return {
        "id": ids.site_recovery(resource.id),
        "name": record["name"],
        "type": ids.PLAN,
        "properties": properties,
    }


def _display(scope: VaultScope, fabric: str) -> str:
    found = scope.find(fabric)
    return str(record_of(found)["display"]) if found else ""


def _scenario(scope: VaultScope, state: timeline.State) -> dict[str, Any]:
    current = state.get("scenario")
    if not current:
        return {"scenarioName": "None", "jobId": scope.path.job("None"), "startTime": NO_SCENARIO}
    return {
        "scenarioName": current["name"],
        "jobId": scope.path.job(current["job"]),
        "startTime": precise(loaded(current["start"])),
    }


def _group(group: Record) -> dict[str, Any]:
    return {
        "groupType": group["type"],
        "replicationProtectedItems": [
            {"id": ids.site_recovery(entry["id"]), "virtualMachineId": entry["vm"]} for entry in group["items"]
        ],
        "startGroupActions": group["start"],
        "endGroupActions": group["end"],
    }


def allowed(scope: VaultScope, record: Record) -> list[str]:
    """Operations that every item of the plan offers now."""
    offered: list[set[str]] = []
    for arm_id in items_of(record):
        found = scope.find(arm_id)
        if found is None:
            return []
        offered.append(set(item_body.allowed_operations(timeline.state(record_of(found), scope.now))))
    common = set.intersection(*offered) if offered else set()
    order = ("UnplannedFailover", "TestFailover", "TestFailoverCleanup", "Commit", "SwitchProtection")
    return [name for name in order if name in common]


def run(scope: VaultScope, scenario: Scenario, record: Record) -> Record:
    """Start a job on the plan itself."""
    plan = job_start.planned(scope, scenario, record["id"])
    return job_start.start(scope, scenario, plan, job_start.Subject(record["guid"], record["name"], record["id"]))


def _groups(scope: VaultScope, given: list[dict[str, Any]], fabric: str) -> list[Record]:
    """Check the groups against the limits and the vault.

    Raises:
        SiteRecoveryError: 400 for too many groups or items, unknown items, or an item twice.
    """
    boot = [group for group in given if group["groupType"] == "Boot"]
    if len(boot) > MOST_GROUPS:
        raise refusals.invalid("TooManyRecoveryPlanGroups", f"A recovery plan has at most {MOST_GROUPS} groups.")
    groups: list[Record] = []
    seen: set[str] = set()
    for group in given:
        members = []
        for entry in group.get("replicationProtectedItems") or []:
            item = scope.find(ids.other_service(entry.get("id") or ""))
            if item is None or item.type != ids.ITEM:
                raise refusals.item_missing(ids.last(entry.get("id") or ""))
            if item.key in seen:
                raise refusals.invalid("DuplicateItemInRecoveryPlan", f"The item '{item.name}' is in the plan twice.")
            held = record_of(item)
            if not ids.same(held["fabric"], fabric):
                raise refusals.invalid(
                    "ItemNotInPrimaryFabric", f"The item '{item.name}' is not under the plan's primary fabric."
                )
            seen.add(item.key)
            members.append({"id": item.id, "vm": held["guid"]})
        groups.append(
            {
                "type": group["groupType"],
                "items": members,
                "start": group.get("startGroupActions") or [],
                "end": group.get("endGroupActions") or [],
            }
        )
    if len(seen) > MOST_ITEMS:
        raise refusals.invalid("TooManyItemsInRecoveryPlan", f"A recovery plan has at most {MOST_ITEMS} servers.")
    return groups


@operation("PUT", PATH, versions=SITE_RECOVERY, action=f"{ACTION}/write", evidence="examples", body=_CREATE)
def create_plan(call: Call) -> Reply:
    """Create a recovery plan, or replace one."""
    scope = VaultScope.of(call)
    given = call.body["properties"]
    fabrics = []
    for member in ("primaryFabricId", "recoveryFabricId"):
        found = scope.find(ids.other_service(given[member]))
        if found is None or found.type != ids.FABRIC:
            raise refusals.fabric_missing(ids.last(given[member]))
        fabrics.append(found.id)
    name = call.params["plan"]
    arm_id = scope.path.plan(name)
    scope.ensure_free(arm_id)
    existing = scope.find(arm_id)
    record: Record = {
        "id": arm_id,
        "name": ids.last(existing.id) if existing else name,
        "guid": ids.internal_id(arm_id, "plan"),
        "primary_fabric": fabrics[0],
        "recovery_fabric": fabrics[1],
        "model": given.get("failoverDeploymentModel") or "ResourceManager",
        "groups": _groups(scope, given["groups"], fabrics[0]),
        "base": timeline.state(record_of(existing), scope.now) if existing else {},
        "changes": [],
    }
    return _save(scope, record, existing)


def _save(scope: VaultScope, record: Record, existing: Resource | None) -> Reply:
    job = run(scope, scenarios.SAVE_PLAN, record)
    if not job_start.failed(job):
        end = job_start.end(job)
        record["busy"] = busy(job["name"], end)
        scope.save(record["id"], ids.PLAN, record, born=existing.born if existing else end)
    return job_start.accepted(scope, scenarios.SAVE_PLAN, job, record["id"], record["id"])


@operation("PATCH", PATH, versions=SITE_RECOVERY, action=f"{ACTION}/write", evidence="examples", body=_UPDATE)
def update_plan(call: Call) -> Reply:
    """Change the groups of a recovery plan."""
    scope = VaultScope.of(call)
    found = find(scope)
    scope.ensure_free(found.id)
    record = record_of(found)
    groups = call.body["properties"].get("groups")
    if groups is not None:
        record["groups"] = _groups(scope, groups, record["primary_fabric"])
    return _save(scope, record, found)


def find(scope: VaultScope) -> Resource:
    """The recovery plan of the path.

    Raises:
        SiteRecoveryError: 404, or 400 when the vault never did Site Recovery work.
    """
    name = scope.call.params["plan"]
    found = scope.find(scope.path.plan(name))
    if found is None:
        if not scope.used:
            raise refusals.vault_not_registered(ids.internal_id(scope.path.arm_id))
        raise refusals.entity_missing("recovery plan", name)
    return found


@operation("GET", PATH, versions=SITE_RECOVERY, action=f"{ACTION}/read", evidence="examples")
def get_plan(call: Call) -> Reply:
    """One recovery plan."""
    scope = VaultScope.of(call)
    return Reply(200, render(scope, find(scope)))


@operation(
    "GET",
    VAULT_PATH + "/replicationRecoveryPlans",
    versions=SITE_RECOVERY,
    action=f"{ACTION}/read",
    evidence="examples",
)
def list_plans(call: Call) -> Reply:
    """All recovery plans of the vault."""
    scope = VaultScope.of(call)
    return call.page([render(scope, found) for found in scope.all(ids.PLAN)], null_next_link=True)


@operation("DELETE", PATH, versions=SITE_RECOVERY, action=f"{ACTION}/delete", evidence="examples")
def delete_plan(call: Call) -> Reply:
    """Delete a recovery plan; 204 when it is gone already."""
    scope = VaultScope.of(call)
    arm_id = scope.path.plan(call.params["plan"])
    scope.ensure_free(arm_id)
    found = scope.find(arm_id)
    if found is None:
        return Reply(204)
    record = record_of(found)
    job = run(scope, scenarios.DELETE_PLAN, record)
    end = job_start.end(job)
    dies = None if job_start.failed(job) else end
    scope.update(found, record | {"busy": busy(job["name"], end)}, dies=dies)
    return job_start.accepted(scope, scenarios.DELETE_PLAN, job, arm_id)
