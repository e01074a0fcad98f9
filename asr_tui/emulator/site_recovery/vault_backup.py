"""Backup settings of a vault: what a vault that only does Site Recovery shows for them."""

from __future__ import annotations

from typing import Any

from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.registry import VAULTS, Call, Reply, operation
from asr_tui.emulator.schema import Any_, Bool, Obj, Str
from asr_tui.emulator.site_recovery.vault_scope import VAULT_PATH, VaultScope

_ACTION = "Microsoft.RecoveryServices/vaults"
_STORAGE = VAULT_PATH + "/backupstorageconfig/vaultstorageconfig"
_CONFIG = VAULT_PATH + "/backupconfig/vaultconfig"
_EXTENDED = VAULT_PATH + "/extendedInformation/vaultExtendedInfo"
_TYPES = ("GeoRedundant", "LocallyRedundant", "ZoneRedundant", "ReadAccessGeoZoneRedundant", "Invalid")
_STORAGE_BODY = Obj(
    {
        "properties": Obj(
            {
                "storageModelType": Str(enum=_TYPES),
                "storageType": Str(enum=_TYPES),
                "storageTypeState": Str(),
                "crossRegionRestoreFlag": Bool(),
                "dedupState": Str(),
                "xcoolState": Str(),
            }
        ),
        "id": Str(),
        "name": Str(),
        "type": Str(),
        "location": Str(),
        "tags": Any_,
        "eTag": Str(),
    },
    required=["properties"],
)
_CONFIG_BODY = Obj(
    {
        "properties": Obj(
            {
                "enhancedSecurityState": Str(enum=("Enabled", "Disabled", "Invalid")),
                "softDeleteFeatureState": Str(enum=("Enabled", "Disabled", "AlwaysON", "Invalid")),
                "softDeleteRetentionPeriodInDays": Any_,
                "isSoftDeleteFeatureStateEditable": Bool(),
                "storageModelType": Str(),
                "storageType": Str(),
                "storageTypeState": Str(),
                "resourceGuardOperationRequests": Any_,
            }
        ),
        "id": Str(),
        "name": Str(),
        "type": Str(),
        "location": Str(),
        "tags": Any_,
        "eTag": Str(),
    },
    required=["properties"],
)


def _storage(scope: VaultScope) -> dict[str, Any]:
    held = scope.vault.private.get("_backup", {}).get("storage", {})
    redundancy = scope.vault.body["properties"].get("redundancySettings", {})
    kind = held.get("storageModelType") or redundancy.get("standardTierStorageRedundancy", "GeoRedundant")
    return {
        "id": f"{scope.vault.id}/backupstorageconfig/vaultstorageconfig",
        "name": "vaultstorageconfig",
        "type": "Microsoft.RecoveryServices/vaults/backupstorageconfig",
        "properties": {
            "storageModelType": kind,
            "storageType": held.get("storageType") or kind,
            "storageTypeState": "Unlocked",
            "crossRegionRestoreFlag": bool(held.get("crossRegionRestoreFlag")),
            "dedupState": "Disabled",
            "xcoolState": "Disabled",
        },
    }


def _config(scope: VaultScope) -> dict[str, Any]:
    held = scope.vault.private.get("_backup", {}).get("config", {})
    storage = _storage(scope)["properties"]
    return {
        "id": f"{scope.vault.id}/backupconfig/vaultconfig",
        "name": "vaultconfig",
        "type": "Microsoft.RecoveryServices/vaults/backupconfig",
        "properties": {
            "storageModelType": storage["storageModelType"],
            "storageType": storage["storageType"],
            "storageTypeState": "Unlocked",
            "enhancedSecurityState": held.get("enhancedSecurityState", "Enabled"),
            "softDeleteFeatureState": held.get("softDeleteFeatureState", "Enabled"),
            "softDeleteRetentionPeriodInDays": held.get("softDeleteRetentionPeriodInDays", 14),
            "isSoftDeleteFeatureStateEditable": True,
        },
    }


def _keep(scope: VaultScope, part: str, given: dict[str, Any]) -> VaultScope:
    doc = scope.vault.doc
    backup = doc.get("_backup", {})
    known = {key: value for key, value in given.items() if value is not None}
    doc["_backup"] = {**backup, part: {**backup.get(part, {}), **known}}
    changed = scope.vault.changed(doc)
    scope.call.store.put(changed)
    return VaultScope(scope.call, changed, scope.path)


@operation("GET", _STORAGE, versions=VAULTS, action=f"{_ACTION}/backupstorageconfig/read", evidence="examples")
def get_storage_config(call: Call) -> Reply:
    """Backup storage redundancy; it concerns backup data only."""
    return Reply(200, _storage(VaultScope.of(call)))


@operation(
    "PUT",
    _STORAGE,
    versions=VAULTS,
    action=f"{_ACTION}/backupstorageconfig/write",
    evidence="examples",
    body=_STORAGE_BODY,
)
def put_storage_config(call: Call) -> Reply:
    """Set the backup storage redundancy."""
    return _set_storage(call)


@operation(
    "PATCH",
    _STORAGE,
    versions=VAULTS,
    action=f"{_ACTION}/backupstorageconfig/write",
    evidence="examples",
    body=_STORAGE_BODY,
)
def patch_storage_config(call: Call) -> Reply:
    """Change the backup storage redundancy: 204, as the backup service answers."""
    _set_storage(call)
    return Reply(204)


def _set_storage(call: Call) -> Reply:
    scope = VaultScope.of(call)
    given = call.body["properties"]
    kind = given.get("storageModelType") or _storage(scope)["properties"]["storageModelType"]
    if given.get("crossRegionRestoreFlag") and kind != "GeoRedundant":
        raise ArmError(
            400,
            "BMSUserErrorInvalidStorageTypeForCrossRegionRestore",
            "Cross region restore needs geo-redundant storage.",
        )
    return Reply(200, _storage(_keep(scope, "storage", given)))


@operation("GET", _CONFIG, versions=VAULTS, action=f"{_ACTION}/backupconfig/read", evidence="examples")
def get_config(call: Call) -> Reply:
    """Soft delete and security settings of backup."""
    return Reply(200, _config(VaultScope.of(call)))


@operation(
    "PUT",
    _CONFIG,
    versions=VAULTS,
    action=f"{_ACTION}/backupconfig/write",
    evidence="examples",
    body=_CONFIG_BODY,
)
def put_config(call: Call) -> Reply:
    """Set soft delete and security settings of backup."""
    return Reply(200, _config(_keep(VaultScope.of(call), "config", call.body["properties"])))


@operation(
    "PATCH",
    _CONFIG,
    versions=VAULTS,
    action=f"{_ACTION}/backupconfig/write",
    evidence="examples",
    body=_CONFIG_BODY,
)
def patch_config(call: Call) -> Reply:
    """Change soft delete and security settings of backup."""
    return Reply(200, _config(_keep(VaultScope.of(call), "config", call.body["properties"])))


@operation(
    "GET",
    _EXTENDED,
    versions=VAULTS,
    action=f"{_ACTION}/extendedInformation/read",
    evidence="recorded",
)
def get_extended_info(call: Call) -> Reply:
    """PowerShell asks for it; a vault that has none answers 404 in a shape of its own (recorded)."""
    VaultScope.of(call)
    message = {"Language": "en-US", "Value": "Resource extended info not found."}
    return Reply(404, {"ErrorCode": "ResourceExtendedInfoNotFound", "Message": message})
