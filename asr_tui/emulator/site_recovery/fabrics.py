"""Fabrics: one for each Azure region that a vault protects from or to."""

from __future__ import annotations

from typing import Any

from asr_tui.emulator.regions import region_named
from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.schema import Any_, Obj, Poly, Str
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery import job_start, refusals, scenarios
from asr_tui.emulator.site_recovery.scenarios import Scenario
from asr_tui.emulator.site_recovery.vault_scope import (
    FABRIC_PATH,
    VAULT_PATH,
    Record,
    VaultScope,
    busy,
    record_of,
)
from asr_tui.emulator.store import Resource

_ACTION = "Microsoft.RecoveryServices/vaults/replicationFabrics"
_INPUT = Obj(
    {
        "properties": Obj(
            {
                "customDetails": Poly(
                    "instanceType",
                    {"Azure": Obj({"instanceType": Str(), "location": Str(min_length=1)}, required=["location"])},
                    other=Any_,
                )
            },
            required=["customDetails"],
        )
    },
    required=["properties"],
)


def render(scope: VaultScope, resource: Resource) -> dict[str, Any]:
    """A fabric. ``friendlyName`` is the region's display name, whatever name was chosen (recorded)."""
    record = record_of(resource)
    containers = [record_of(found)["guid"] for found in scope.children(resource.id, ids.CONTAINER)]
    return {
        "name": record["name"],
        "type": ids.FABRIC,
        "id": ids.site_recovery(resource.id),
        "properties": {
            "friendlyName": record["display"],
            "encryptionDetails": {"kekState": "None", "kekCertThumbprint": None},
            "rolloverEncryptionDetails": {"kekState": "None", "kekCertThumbprint": None},
            "internalIdentifier": record["guid"],
            "bcdrState": "Valid",
            "customDetails": {
                "instanceType": "Azure",
                "location": record["location"],
                "containerIds": containers,
                "zones": [],
            },
            "healthErrorDetails": [],
            "health": "Normal",
        },
    }


def affected(record: Record) -> dict[str, Any]:
    """``customDetails`` of a job that works on a fabric."""
    return {
        "instanceType": "AsrJobDetails",
        "affectedObjectDetails": {
            "primaryVmmId": record["guid"],
            "primaryVmmName": record["name"],
            "primaryFabricProviderId": "Azure",
        },
    }


def _run(scope: VaultScope, scenario: Scenario, record: Record, arm_id: str) -> Record:
    plan = job_start.planned(scope, scenario, record["name"])
    subject = job_start.Subject(record["guid"], record["name"], arm_id, affected(record))
    return job_start.start(scope, scenario, plan, subject)


@operation("PUT", FABRIC_PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/write", evidence="recorded", body=_INPUT)
def create_fabric(call: Call) -> Reply:
    """Create the fabric of a region; a region has one in a vault, and repeating the PUT changes nothing."""
    scope = VaultScope.of(call)
    details = call.body["properties"]["customDetails"]
    if details["instanceType"].lower() != "azure":
        raise refusals.invalid(
            "UnsupportedFabricType",
            f"Fabrics of type '{details['instanceType']}' are not emulated: only Azure to Azure is.",
        )
    region = region_named(details["location"])
    if region is None:
        raise refusals.invalid(
            "LocationNotSupported",
            f"The location '{details['location']}' is not an Azure region that Site Recovery supports.",
        )
    location = region.name
    name = call.params["fabric"]
    arm_id = scope.path.fabric(name)
    scope.ensure_free(arm_id)
    _refuse_second(scope, location, name)
    existing = scope.find(arm_id)
    record: Record = {
        "id": arm_id,
        "name": ids.last(existing.id) if existing else name,
        "location": location,
        "display": region.display,
        "guid": ids.internal_id(arm_id, location),
    }
    job = _run(scope, scenarios.CREATE_SITE, record, arm_id)
    if not job_start.failed(job):
        end = job_start.end(job)
        born = existing.born if existing else end
        scope.save(arm_id, ids.FABRIC, record | {"busy": busy(job["name"], end)}, born=born)
    return job_start.accepted(scope, scenarios.CREATE_SITE, job, arm_id, arm_id)


def _refuse_second(scope: VaultScope, location: str, name: str) -> None:
    """Fabrics that are still being created count too."""
    for known in scope.coming(ids.FABRIC):
        record = record_of(known)
        if record["name"].lower() != name.lower() and record["location"] == location:
            raise refusals.second_fabric(location, record["name"])
        if record["name"].lower() == name.lower() and record["location"] != location:
            raise refusals.invalid(
                "FabricNameInUse",
                f"The fabric '{name}' already exists for the location '{record['location']}'.",
                "The location of a fabric can't be changed.",
                "Use another name for the new fabric.",
            )


@operation("GET", FABRIC_PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/read", evidence="recorded")
def get_fabric(call: Call) -> Reply:
    """One fabric."""
    scope = VaultScope.of(call)
    return Reply(200, render(scope, scope.fabric()))


@operation(
    "GET",
    VAULT_PATH + "/replicationFabrics",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/read",
    evidence="recorded",
)
def list_fabrics(call: Call) -> Reply:
    """All fabrics of the vault."""
    scope = VaultScope.of(call)
    return call.page([render(scope, found) for found in scope.all(ids.FABRIC)], null_next_link=True)


@operation("DELETE", FABRIC_PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/delete", evidence="recorded")
def purge_fabric(call: Call) -> Reply:
    """Purge a fabric; 204 when it is gone already."""
    return _remove(call)


@operation(
    "POST",
    FABRIC_PATH + "/remove",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/remove/action",
    evidence="examples",
)
def delete_fabric(call: Call) -> Reply:
    """Delete a fabric; 204 when it is gone already."""
    return _remove(call)


def _remove(call: Call) -> Reply:
    scope = VaultScope.of(call)
    arm_id = scope.path.fabric(call.params["fabric"])
    scope.ensure_free(arm_id)
    fabric = scope.find(arm_id)
    if fabric is None:
        return Reply(204)
    _refuse_removal(scope, fabric)
    record = record_of(fabric)
    job = _run(scope, scenarios.DELETE_SITE, record, arm_id)
    end = job_start.end(job)
    dies = None if job_start.failed(job) else end
    scope.update(fabric, record | {"busy": busy(job["name"], end)}, dies=dies)
    return job_start.accepted(scope, scenarios.DELETE_SITE, job, arm_id)


def _refuse_removal(scope: VaultScope, fabric: Resource) -> None:
    name = record_of(fabric)["name"]
    containers = scope.children(fabric.id, ids.CONTAINER)
    if any(scope.children(found.id, ids.ITEM) for found in containers):
        raise refusals.in_use("fabric", name, "it still holds replicated items")
    if any(record["pairs"] for record in map(record_of, containers)):
        raise refusals.in_use("fabric", name, "a protection container in it is still mapped")
    for plan in scope.records(ids.PLAN):
        if ids.same(fabric.id, plan["primary_fabric"]) or ids.same(fabric.id, plan["recovery_fabric"]):
            raise refusals.in_use("fabric", name, f"the recovery plan '{plan['name']}' uses it")


@operation(
    "POST",
    FABRIC_PATH + "/checkConsistency",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/checkConsistency/action",
    evidence="examples",
)
def check_consistency(call: Call) -> Reply:
    """Check the fabric's consistency: a short job that finds nothing."""
    scope = VaultScope.of(call)
    fabric = scope.fabric()
    scope.ensure_free(fabric.id)
    record = record_of(fabric)
    job = _run(scope, scenarios.CHECK_CONSISTENCY, record, fabric.id)
    scope.update(fabric, record | {"busy": busy(job["name"], job_start.end(job))})
    return job_start.accepted(scope, scenarios.CHECK_CONSISTENCY, job, fabric.id, fabric.id)
