"""Protection containers: what groups the replicated items of a fabric."""

from __future__ import annotations

from typing import Any

from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.schema import ListOf, Obj, Str
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery import job_start, refusals, scenarios
from asr_tui.emulator.site_recovery.scenarios import Scenario
from asr_tui.emulator.site_recovery.vault_scope import (
    CONTAINER_PATH,
    FABRIC_PATH,
    VAULT_PATH,
    Record,
    VaultScope,
    busy,
    record_of,
)
from asr_tui.emulator.store import Resource

_ACTION = "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers"
_LONGEST_NAME = 100
_INPUT = Obj(
    {"properties": Obj({"providerSpecificInput": ListOf(Obj({"instanceType": Str()}, required=["instanceType"]))})},
    required=["properties"],
)


def render(scope: VaultScope, resource: Resource) -> dict[str, Any]:
    """A protection container; its role is empty until a mapping pairs it."""
    record = record_of(resource)
    paired = bool(record["pairs"])
    return {
        "id": ids.site_recovery(resource.id),
        "name": record["name"],
        "type": ids.CONTAINER,
        "properties": {
            "fabricFriendlyName": record["fabric_display"],
            "friendlyName": record["name"],
            "fabricType": "Azure",
            "protectedItemCount": len(scope.children(resource.id, ids.ITEM)),
            "pairingStatus": "Paired" if paired else "NotPaired",
            "role": "Primary" if paired else "",
            "fabricSpecificDetails": None,
        },
    }


def _run(scope: VaultScope, scenario: Scenario, record: Record, arm_id: str) -> Record:
    plan = job_start.planned(scope, scenario, arm_id)
    details = {
        "instanceType": "AsrJobDetails",
        "affectedObjectDetails": {"primaryCloudId": record["guid"], "primaryCloudName": record["name"]},
    }
    return job_start.start(scope, scenario, plan, job_start.Subject(record["guid"], record["name"], arm_id, details))


@operation("PUT", CONTAINER_PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/write", evidence="recorded", body=_INPUT)
def create_container(call: Call) -> Reply:
    """Create a protection container; ``providerSpecificInput`` is an array."""
    scope = VaultScope.of(call)
    fabric = scope.fabric()
    name = call.params["container"]
    if len(name) > _LONGEST_NAME:
        raise refusals.invalid(
            "150257",
            "The protection container name is too long.",
            f"The name has {len(name)} characters.",
            f"Give a name of at most {_LONGEST_NAME} characters.",
        )
    arm_id = ids.container_id(fabric.id, name)
    scope.ensure_free(arm_id)
    existing = scope.find(arm_id)
    record: Record = (
        record_of(existing)
        if existing
        else {
            "id": arm_id,
            "name": name,
            "guid": ids.internal_id(arm_id, "container"),
            "fabric": fabric.id,
            "fabric_display": record_of(fabric)["display"],
            "pairs": [],
        }
    )
    job = _run(scope, scenarios.CREATE_CLOUD, record, arm_id)
    end = job_start.end(job)
    if not job_start.failed(job):
        record["busy"] = busy(job["name"], end)
        scope.save(arm_id, ids.CONTAINER, record, born=existing.born if existing else end)
    return job_start.accepted(scope, scenarios.CREATE_CLOUD, job, arm_id, arm_id)


@operation("GET", CONTAINER_PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/read", evidence="recorded")
def get_container(call: Call) -> Reply:
    """One protection container, by name or by internal GUID."""
    scope = VaultScope.of(call)
    return Reply(200, render(scope, scope.container()))


@operation(
    "GET",
    FABRIC_PATH + "/replicationProtectionContainers",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/read",
    evidence="recorded",
)
def list_containers(call: Call) -> Reply:
    """The containers of a fabric."""
    scope = VaultScope.of(call)
    found = scope.children(scope.fabric().id, ids.CONTAINER)
    return call.page([render(scope, entry) for entry in found], null_next_link=True)


@operation(
    "GET",
    VAULT_PATH + "/replicationProtectionContainers",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/read",
    evidence="recorded",
)
def list_all_containers(call: Call) -> Reply:
    """The containers of all fabrics."""
    scope = VaultScope.of(call)
    return call.page([render(scope, entry) for entry in scope.all(ids.CONTAINER)], null_next_link=True)


@operation(
    "POST",
    CONTAINER_PATH + "/remove",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/remove/action",
    evidence="recorded",
)
def remove_container(call: Call) -> Reply:
    """Remove a container that holds no items and is in no mapping; 204 when it is gone already."""
    scope = VaultScope.of(call)
    fabric = scope.find(scope.path.fabric(call.params["fabric"]))
    arm_id = ids.container_id(fabric.id, call.params["container"]) if fabric else ""
    container = scope.find(arm_id) if fabric else None
    if container is None:
        return Reply(204)
    scope.ensure_free(arm_id)
    record = record_of(container)
    if scope.children(container.id, ids.ITEM):
        raise refusals.in_use("protection container", record["name"], "it still holds replicated items")
    if record["pairs"]:
        raise refusals.in_use("protection container", record["name"], "it is still mapped")
    job = _run(scope, scenarios.DELETE_CLOUD, record, container.id)
    end = job_start.end(job)
    dies = None if job_start.failed(job) else end
    scope.update(container, record | {"busy": busy(job["name"], end)}, dies=dies)
    return job_start.accepted(scope, scenarios.DELETE_CLOUD, job, container.id)


@operation(
    "GET",
    CONTAINER_PATH + "/replicationProtectableItems",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/replicationProtectableItems/read",
    evidence="recorded",
    note="Azure to Azure has none: the enable request names the VM.",
)
def list_protectable_items(call: Call) -> Reply:
    """Always empty: protectable items exist for Hyper-V and VMware only."""
    VaultScope.of(call).container()
    return call.page([], null_next_link=True)


@operation(
    "GET",
    CONTAINER_PATH + "/replicationProtectableItems/{protectable}",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/replicationProtectableItems/read",
    evidence="assumption",
)
def get_protectable_item(call: Call) -> Reply:
    """There is none in Azure to Azure."""
    VaultScope.of(call).container()
    raise refusals.entity_missing("protectable item", call.params["protectable"])
