"""Recovery Services vaults: create, update, get, list, delete with the real refusals, usages, backup config."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from asr_tui.emulator import lro
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.regions import region_named
from asr_tui.emulator.registry import VAULTS, Call, Reply, operation
from asr_tui.emulator.schema import Any_, MapOf, Obj, Str
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.job_start import new_name
from asr_tui.emulator.site_recovery.timestamps import loaded, precise, saved
from asr_tui.emulator.site_recovery.vault_scope import VAULT_PATH, VaultScope, record_of
from asr_tui.emulator.store import Resource

_ACTION = "Microsoft.RecoveryServices/vaults"
_NAME = re.compile(r"[A-Za-z][-A-Za-z0-9]{1,49}")
_PROVISIONING = timedelta(seconds=20)
_IDENTITY = Obj({"type": Str(), "userAssignedIdentities": Any_}, keep_unknown=True)
_MEMBERS = {
    "properties": Obj({}, keep_unknown=True),
    "identity": _IDENTITY,
    "tags": MapOf(Str(max_length=256), max_items=50),
    "etag": Str(),
}
_PUT = Obj(
    {
        "location": Str(min_length=1),
        "sku": Obj(
            {
                "name": Str(enum=("Standard", "RS0")),
                "tier": Str(),
                "family": Str(),
                "size": Str(),
                "capacity": Str(),
            },
            required=["name"],
        ),
        "id": Str(),
        "name": Str(),
        "type": Str(),
        **_MEMBERS,
    },
    required=["location"],
)
_PATCH = Obj({"location": Str(), "sku": Any_, **_MEMBERS})
# Members that only a GET of the single vault shows (recorded).
_ONLY_SINGLE = ("backupStorageVersion", "securitySettings", "redundancySettings", "bcdrSecurityLevel", "secureScore")


def _etag(moment: datetime) -> str:
    return f"W/\"datetime'{quote(precise(moment), safe='')}'\""


def render(vault: Resource, now: datetime, listed: bool = False) -> dict[str, Any]:
    """A vault; a list entry leaves out what only the single one shows."""
    body = vault.body
    ready = vault.private.get("_provisioned")
    properties = body["properties"]
    if ready is not None and now < loaded(ready):
        properties["provisioningState"] = "Provisioning"
        listed = True
    elif vault.private.get("_failed"):
        properties["provisioningState"] = "Failed"
    if listed:
        for member in _ONLY_SINGLE:
            properties.pop(member, None)
    return body


def _properties(given: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Properties after a write: the defaults, what was there, what is given."""
    properties: dict[str, Any] = {
        "provisioningState": "Succeeded",
        "privateEndpointStateForBackup": "None",
        "privateEndpointStateForSiteRecovery": "None",
        "backupStorageVersion": "Unassigned",
        "monitoringSettings": {
            "azureMonitorAlertSettings": {"alertsForAllJobFailures": "Enabled"},
            "classicAlertSettings": {"alertsForCriticalOperations": "Enabled"},
        },
        "securitySettings": {
            "immutabilitySettings": None,
            "softDeleteSettings": {"softDeleteRetentionPeriodInDays": 14, "softDeleteState": "Enabled"},
            "multiUserAuthorization": "Disabled",
        },
        "redundancySettings": {
            "standardTierStorageRedundancy": "GeoRedundant",
            "crossRegionRestore": "Disabled",
        },
        "publicNetworkAccess": "Enabled",
        "restoreSettings": {"crossSubscriptionRestoreSettings": {"crossSubscriptionRestoreState": "Enabled"}},
        **before,
    }
    for member, value in given.items():
        if value is None or member == "provisioningState":
            continue
        held = properties.get(member)
        nested = isinstance(held, dict) and isinstance(value, dict)
        properties[member] = {**(held or {}), **value} if nested else value
    return properties


@operation("PUT", VAULT_PATH, versions=VAULTS, action=f"{_ACTION}/write", evidence="recorded", body=_PUT)
def create_vault(call: Call) -> Reply:
    """Create a vault (201, Provisioning, then Succeeded) or update one that exists (200)."""
    group, name = call.group_id, call.params["vault"]
    if not _NAME.fullmatch(name):
        raise ArmError(
            400,
            "InvalidResourceName",
            f"The vault name '{name}' is not valid: 2 to 50 letters, digits and hyphens, a letter first.",
            target="name",
        )
    arm_id = f"{group}/providers/{ids.VAULT}/{name}"
    body = call.body
    region = region_named(body["location"])
    if region is None:
        raise ArmError(
            400,
            "LocationNotAvailableForResourceType",
            f"The provided location '{body['location']}' is not available for resource type '{ids.VAULT}'.",
            target="location",
        )
    existing = call.store.get(arm_id, call.now)
    if existing is not None and existing.body["location"] != region.name:
        raise ArmError(
            409,
            "InvalidResourceLocation",
            f"The resource '{name}' already exists in location '{existing.body['location']}' in resource group "
            f"'{ids.last(group)}'. A resource with the same name cannot be created in location '{region.name}'. "
            "Please select a new resource name.",
        )
    return _write(call, arm_id, body, existing, region.name)


def _write(call: Call, arm_id: str, body: dict[str, Any], existing: Resource | None, location: str) -> Reply:
    before: dict[str, Any] = existing.doc if existing else {}
    doc: dict[str, Any] = {
        "location": location,
        "name": before.get("name") or ids.last(arm_id),
        "etag": _etag(call.now),
        "properties": _properties(body.get("properties") or {}, before.get("properties") or {}),
        "id": existing.id if existing else arm_id,
        "type": ids.VAULT,
        "sku": body.get("sku") or before.get("sku") or {"name": "Standard"},
    }
    tags = body.get("tags", before.get("tags"))
    if tags is not None:
        doc["tags"] = tags
    identity = _identity(call, doc["id"], body.get("identity") or before.get("identity"))
    if identity is not None:
        doc["identity"] = identity
    for member in ("_site_recovery", "_backup"):
        if member in before:
            doc[member] = before[member]
    planned = lro.course(call, _PROVISIONING.total_seconds())
    if existing is None:
        doc["_provisioned"] = saved(planned.ends)
        if planned.failed:
            doc["_failed"] = True
    vault = Resource(doc["id"], ids.VAULT, doc, existing.born if existing else call.now)
    call.store.put(vault)
    shown = Reply(200 if existing else 201, render(vault, call.now))
    if existing is not None:
        return shown
    return lro.accepted_vault(
        call, vault_id=vault.id, guid=new_name(), reply=shown, outcome=lro.Outcome(planned.ends, None, vault.id)
    )


def _identity(call: Call, arm_id: str, given: dict[str, Any] | None) -> dict[str, Any] | None:
    if given is None:
        return None
    identity = {"type": given.get("type", "None")}
    if "SystemAssigned" in identity["type"]:
        identity |= {
            "principalId": ids.internal_id(arm_id, "identity"),
            "tenantId": call.principal.tenant,
        }
    if given.get("userAssignedIdentities"):
        identity["userAssignedIdentities"] = given["userAssignedIdentities"]
    return identity


@operation("PATCH", VAULT_PATH, versions=VAULTS, action=f"{_ACTION}/write", evidence="examples", body=_PATCH)
def update_vault(call: Call) -> Reply:
    """Change tags, identity or settings of a vault; answered at once."""
    scope = VaultScope.of(call)
    return _write(call, scope.vault.id, call.body, scope.vault, scope.vault.body["location"])


@operation("GET", VAULT_PATH, versions=VAULTS, action=f"{_ACTION}/read", evidence="recorded")
def get_vault(call: Call) -> Reply:
    """One vault."""
    return Reply(200, render(VaultScope.of(call).vault, call.now))


@operation(
    "GET",
    "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.RecoveryServices/vaults",
    versions=VAULTS,
    action=f"{_ACTION}/read",
    evidence="recorded",
)
def list_vaults(call: Call) -> Reply:
    """The vaults of a resource group."""
    group = ids.last(call.group_id)
    found = call.store.by_type(ids.VAULT, call.now, call.subscription, group)
    return call.page([render(vault, call.now, listed=True) for vault in found])


@operation(
    "GET",
    "/subscriptions/{sub}/providers/Microsoft.RecoveryServices/vaults",
    versions=VAULTS,
    action=f"{_ACTION}/read",
    evidence="recorded",
)
def list_all_vaults(call: Call) -> Reply:
    """The vaults of a subscription."""
    found = call.store.by_type(ids.VAULT, call.now, call.subscription)
    return call.page([render(vault, call.now, listed=True) for vault in found])


@operation(
    "DELETE",
    VAULT_PATH,
    versions=VAULTS,
    action=f"{_ACTION}/delete",
    evidence="documentation",
    note="The codes of the refusals are known from reports, their bodies are not.",
)
def delete_vault(call: Call) -> Reply:
    """Delete a vault that holds no replicated items, mappings or fabrics; 204 when it is gone already."""
    arm_id = f"{call.group_id}/providers/{ids.VAULT}/{call.params['vault']}"
    if call.store.get(arm_id, call.now) is None:
        return Reply(204)
    scope = VaultScope.of(call)
    _refuse_delete(scope)
    for leftover in call.store.below(scope.vault.id, call.now):
        call.store.delete(leftover.id, call.now)
    for kind in (ids.JOB, ids.ITEM):
        for coming in scope.coming(kind):
            call.store.forget(coming.id)
    call.store.delete(scope.vault.id, call.now)
    return Reply(200)


def _refuse_delete(scope: VaultScope) -> None:
    """Items first, then mappings, then fabrics: the order of a real teardown."""
    for kind, what in (
        (ids.ITEM, "replicated items"),
        (ids.PLAN, "recovery plans"),
        (ids.MAPPING, "protection container mappings"),
        (ids.FABRIC, "fabrics (sites)"),
    ):
        left = [record_of(found)["name"] for found in scope.coming(kind)]
        if left:
            raise ArmError(
                400,
                "ServiceResourceNotEmptyWithContainerDetails",
                f"Recovery Services vault cannot be deleted as there are existing resources within the vault: "
                f"{what}: {', '.join(sorted(left)[:5])}. Remove them and retry.",
            )


@operation("GET", VAULT_PATH + "/usages", versions=VAULTS, action=f"{_ACTION}/usages/read", evidence="examples")
def vault_usages(call: Call) -> Reply:
    """Usages of a vault as the vault service lists them."""
    scope = VaultScope.of(call)
    items = len(scope.all(ids.ITEM))
    return Reply(200, {"value": [_usage("ReplicatedItems", items, 3000), _usage("BackupItems", 0, 3000)]})


def _usage(name: str, current: int, limit: int) -> dict[str, Any]:
    return {
        "unit": "Count",
        "quotaPeriod": "P1D",
        "nextResetTime": "1970-01-01T00:00:00Z",
        "currentValue": current,
        "limit": limit,
        "name": {"value": name, "localizedValue": name},
    }


@operation(
    "GET",
    VAULT_PATH + "/replicationUsages",
    versions=VAULTS,
    action=f"{_ACTION}/replicationUsages/read",
    evidence="examples",
)
def replication_usages(call: Call) -> Reply:
    """Site Recovery's own usages of a vault."""
    scope = VaultScope.of(call)
    summary = {
        "monitoringSummary": {
            "unHealthyVmCount": 0,
            "unHealthyProviderCount": 0,
            "eventsCount": 0,
            "deprecatedProviderCount": 0,
            "supportedProviderCount": 0,
            "unsupportedProviderCount": 0,
        },
        "jobsSummary": {
            "failedJobs": sum(1 for job in scope.records(ids.JOB) if _state(job, call.now) == "Failed"),
            "suspendedJobs": 0,
            "inProgressJobs": sum(1 for job in scope.records(ids.JOB) if _state(job, call.now) == "InProgress"),
        },
        "protectedItemCount": len(scope.all(ids.ITEM)),
        "recoveryPlanCount": len(scope.all(ids.PLAN)),
        "registeredServersCount": len(scope.all(ids.FABRIC)),
        "recoveryServicesProviderAuthType": 1,
    }
    return Reply(200, {"value": [summary]})


def _state(job: dict[str, Any], now: datetime) -> str:
    return "InProgress" if now < loaded(job["end"]) else str(job["outcome"])
