"""Container mappings: which container replicates to which, under which policy. Needed in both directions."""

from __future__ import annotations

from typing import Any

from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.schema import Any_, Obj, Str
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery import job_start, refusals, scenarios
from asr_tui.emulator.site_recovery.scenarios import Scenario
from asr_tui.emulator.site_recovery.vault_scope import (
    CONTAINER_PATH,
    VAULT_PATH,
    Record,
    VaultScope,
    busy,
    record_of,
)
from asr_tui.emulator.store import Resource

_PATH = CONTAINER_PATH + "/replicationProtectionContainerMappings/{mapping}"
_ACTION = (
    "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers"
    "/replicationProtectionContainerMappings"
)
# The provider part is not checked strictly: a wrong instanceType was accepted in 2019 (recorded).
_PROVIDER = Obj(
    {
        "instanceType": Str(),
        "agentAutoUpdateStatus": Str(enum=("Disabled", "Enabled")),
        "automationAccountArmId": Str(),
        "automationAccountAuthenticationType": Str(enum=("RunAsAccount", "SystemAssignedIdentity")),
    }
)
_INPUT = Obj(
    {
        "properties": Obj(
            {
                "policyId": Str(min_length=1),
                "targetProtectionContainerId": Str(min_length=1),
                "providerSpecificInput": _PROVIDER,
            },
            required=["policyId", "targetProtectionContainerId"],
        )
    },
    required=["properties"],
)
_PATCH = Obj({"properties": Obj({"providerSpecificInput": _PROVIDER})}, required=["properties"])


def render(resource: Resource) -> dict[str, Any]:
    """A container mapping."""
    record = record_of(resource)
    return {
        "id": ids.site_recovery(resource.id),
        "name": record["name"],
        "type": ids.MAPPING,
        "properties": {
            "targetProtectionContainerId": ids.site_recovery(record["target"]),
            "targetProtectionContainerFriendlyName": ids.last(record["target"]),
            "providerSpecificDetails": {"instanceType": "A2A", **record["provider"]},
            "health": "Normal",
            "healthErrorDetails": [],
            "policyId": ids.site_recovery(record["policy"]),
            "state": "Paired",
            "sourceProtectionContainerFriendlyName": ids.last(record["source"]),
            "sourceFabricFriendlyName": record["source_display"],
            "targetFabricFriendlyName": record["target_display"],
            "policyFriendlyName": ids.last(record["policy"]),
        },
    }


def _provider(given: dict[str, Any] | None, name: str, container: Record) -> dict[str, Any]:
    """Auto-update settings; with it off, three members are null and the type reads RunAsAccount (recorded)."""
    given = given or {}
    enabled = given.get("agentAutoUpdateStatus") == "Enabled"
    return {
        "agentAutoUpdateStatus": "Enabled" if enabled else "Disabled",
        "automationAccountAuthenticationType": given.get("automationAccountAuthenticationType") or "RunAsAccount",
        "automationAccountArmId": given.get("automationAccountArmId") if enabled else None,
        "scheduleName": f"{name}_{container['guid']}" if enabled else None,
        "jobScheduleName": ids.internal_id(container["id"], name, "schedule") if enabled else None,
    }


def _run(scope: VaultScope, scenario: Scenario, record: Record) -> Record:
    plan = job_start.planned(scope, scenario, record["id"])
    subject = job_start.Subject(ids.internal_id(record["policy"], "policy"), ids.last(record["policy"]), record["id"])
    return job_start.start(scope, scenario, plan, subject)


@operation("PUT", _PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/write", evidence="recorded", body=_INPUT)
def create_mapping(call: Call) -> Reply:
    """Map the path's container to another one; repeating the PUT updates the mapping."""
    scope = VaultScope.of(call)
    source = scope.container()
    given = call.body["properties"]
    policy = scope.find(given["policyId"])
    if policy is None or policy.type != ids.POLICY:
        raise refusals.policy_missing(ids.last(given["policyId"]))
    target = scope.find(given["targetProtectionContainerId"])
    if target is None or target.type != ids.CONTAINER:
        raise refusals.container_missing(ids.last(given["targetProtectionContainerId"]))
    if target.key == source.key:
        raise refusals.invalid("InvalidTargetContainer", "A protection container can't be mapped to itself.")
    name = call.params["mapping"]
    arm_id = f"{source.id}/replicationProtectionContainerMappings/{name}"
    scope.ensure_free(arm_id)
    existing = scope.find(arm_id)
    _refuse_second(scope, arm_id, source, target, policy)
    record: Record = {
        "id": arm_id,
        "name": ids.last(existing.id) if existing else name,
        "source": source.id,
        "target": target.id,
        "policy": policy.id,
        "source_display": record_of(source)["fabric_display"],
        "target_display": record_of(target)["fabric_display"],
        "provider": _provider(given.get("providerSpecificInput"), name, record_of(source)),
    }
    job = _run(scope, scenarios.ASSOCIATE_POLICY, record)
    end = job_start.end(job)
    if not job_start.failed(job):
        record["busy"] = busy(job["name"], end)
        scope.save(arm_id, ids.MAPPING, record, born=existing.born if existing else end)
        _pair(scope, source, target, arm_id)
    return job_start.accepted(scope, scenarios.ASSOCIATE_POLICY, job, arm_id, arm_id)


def _refuse_second(scope: VaultScope, arm_id: str, source: Resource, target: Resource, policy: Resource) -> None:
    """One mapping for a pair of containers and a policy."""
    for other in scope.records(ids.MAPPING):
        ends = ids.same(other["source"], source.id) and ids.same(other["target"], target.id)
        if ends and ids.same(other["policy"], policy.id) and not ids.same(other["id"], arm_id):
            raise refusals.invalid(
                "ProtectionContainersAlreadyMapped",
                f"The containers are mapped with this policy already, by '{other['name']}'.",
                "One mapping is allowed for a pair of containers and a policy.",
                "Use the existing mapping.",
            )


def _pair(scope: VaultScope, source: Resource, target: Resource, mapping: str) -> None:
    """Both containers count as paired from now on."""
    for container in (source, target):
        fresh = scope.peek(container.id)
        if fresh is not None:
            record = record_of(fresh)
            record["pairs"] = sorted({*record["pairs"], mapping})
            scope.update(fresh, record)


def _unpair(scope: VaultScope, record: Record) -> None:
    for container in (record["source"], record["target"]):
        fresh = scope.peek(container)
        if fresh is not None:
            held = record_of(fresh)
            held["pairs"] = [pair for pair in held["pairs"] if pair != record["id"]]
            scope.update(fresh, held)


@operation("PATCH", _PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/write", evidence="examples", body=_PATCH)
def update_mapping(call: Call) -> Reply:
    """Change the agent's auto-update of a mapping."""
    scope = VaultScope.of(call)
    mapping = _find(scope)
    scope.ensure_free(mapping.id)
    record = record_of(mapping)
    container = scope.find(record["source"])
    provider = call.body["properties"].get("providerSpecificInput")
    if container is not None:
        record["provider"] = _provider(provider, record["name"], record_of(container))
    job = _run(scope, scenarios.ASSOCIATE_POLICY, record)
    kept = record_of(mapping) if job_start.failed(job) else record
    scope.update(mapping, kept | {"busy": busy(job["name"], job_start.end(job))})
    return job_start.accepted(scope, scenarios.ASSOCIATE_POLICY, job, mapping.id, mapping.id)


def _find(scope: VaultScope) -> Resource:
    container = scope.container()
    name = scope.call.params["mapping"]
    found = scope.find(f"{container.id}/replicationProtectionContainerMappings/{name}")
    if found is None:
        raise refusals.mapping_missing(name)
    return found


@operation("GET", _PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/read", evidence="recorded")
def get_mapping(call: Call) -> Reply:
    """One container mapping."""
    return Reply(200, render(_find(VaultScope.of(call))))


@operation(
    "GET",
    CONTAINER_PATH + "/replicationProtectionContainerMappings",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/read",
    evidence="recorded",
)
def list_mappings(call: Call) -> Reply:
    """Mappings from **and to** the container: the list holds both directions (recorded)."""
    scope = VaultScope.of(call)
    container = scope.container()
    found = [
        entry
        for entry in scope.all(ids.MAPPING)
        if container.key in (record_of(entry)["source"].lower(), record_of(entry)["target"].lower())
    ]
    return call.page([render(entry) for entry in found], null_next_link=True)


@operation(
    "GET",
    VAULT_PATH + "/replicationProtectionContainerMappings",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/read",
    evidence="recorded",
)
def list_all_mappings(call: Call) -> Reply:
    """All container mappings of the vault."""
    scope = VaultScope.of(call)
    return call.page([render(entry) for entry in scope.all(ids.MAPPING)], null_next_link=True)


@operation("DELETE", _PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/delete", evidence="recorded")
def purge_mapping(call: Call) -> Reply:
    """Purge a mapping; 204 when it is gone already."""
    return _remove(call)


@operation(
    "POST",
    _PATH + "/remove",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/remove/action",
    evidence="examples",
    body=Any_,
    body_optional=True,
)
def delete_mapping(call: Call) -> Reply:
    """Remove a mapping; 204 when it is gone already."""
    return _remove(call)


def _remove(call: Call) -> Reply:
    scope = VaultScope.of(call)
    fabric = scope.find(scope.path.fabric(call.params["fabric"]))
    container = scope.find(ids.container_id(fabric.id, call.params["container"])) if fabric else None
    if container is None:
        return Reply(204)
    arm_id = f"{container.id}/replicationProtectionContainerMappings/{call.params['mapping']}"
    scope.ensure_free(arm_id)
    mapping = scope.find(arm_id)
    if mapping is None:
        return Reply(204)
    record = record_of(mapping)
    for item in scope.children(container.id, ids.ITEM):
        held = record_of(item)
        if ids.same(held["policy"], record["policy"]) and ids.same(held["recovery_container"], record["target"]):
            raise refusals.in_use("protection container mapping", record["name"], "replicated items depend on it")
    job = _run(scope, scenarios.DISSOCIATE_POLICY, record)
    end = job_start.end(job)
    if job_start.failed(job):
        scope.update(mapping, record | {"busy": busy(job["name"], end)})
    else:
        scope.update(mapping, record | {"busy": busy(job["name"], end)}, dies=end)
        _unpair(scope, record)
    return job_start.accepted(scope, scenarios.DISSOCIATE_POLICY, job, arm_id)
