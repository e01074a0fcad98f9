"""Alert settings and vault settings: small documents that are written at once."""

from __future__ import annotations

from typing import Any

from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.schema import ListOf, Obj, Str
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery import refusals
from asr_tui.emulator.site_recovery.vault_scope import VAULT_PATH, Record, VaultScope, record_of

_ALERTS = VAULT_PATH + "/replicationAlertSettings"
_SETTINGS = VAULT_PATH + "/replicationVaultSettings"
_ACTION = "Microsoft.RecoveryServices/vaults"
_ALERT_BODY = Obj(
    {
        "properties": Obj(
            {"sendToOwners": Str(), "customEmailAddresses": ListOf(Str()), "locale": Str()},
        )
    },
    required=["properties"],
)
_SETTING_BODY = Obj(
    {
        "properties": Obj(
            {"migrationSolutionId": Str(), "vmwareToAzureProviderType": Str()},
        )
    },
    required=["properties"],
)

_DEFAULT: Record = {"name": "default", "solution": None, "provider": None}
_MEMBERS = {"migrationSolutionId": "solution", "vmwareToAzureProviderType": "provider"}


def _alert(scope: VaultScope, record: Record) -> dict[str, Any]:
    return {
        "id": scope.path.child("replicationAlertSettings", record["name"]),
        "name": record["name"],
        "type": ids.ALERT,
        "properties": {
            "sendToOwners": record["owners"],
            "customEmailAddresses": record["addresses"],
            "locale": record["locale"],
        },
    }


@operation(
    "PUT",
    _ALERTS + "/{setting}",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/replicationAlertSettings/write",
    evidence="recorded",
    body=_ALERT_BODY,
)
def put_alert_setting(call: Call) -> Reply:
    """Set who is told by mail; answered at once, without a job (recorded)."""
    scope = VaultScope.of(call)
    given = call.body["properties"]
    name = call.params["setting"]
    record = {
        "name": name,
        "owners": given.get("sendToOwners") or "DoNotSend",
        "addresses": given.get("customEmailAddresses") or [],
        "locale": given.get("locale") or "en-US",
    }
    scope.save(scope.path.child("replicationAlertSettings", name), ids.ALERT, record)
    scope.mark_used()
    return Reply(200, _alert(scope, record))


@operation(
    "GET",
    _ALERTS + "/{setting}",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/replicationAlertSettings/read",
    evidence="recorded",
)
def get_alert_setting(call: Call) -> Reply:
    """One alert setting."""
    scope = VaultScope.of(call)
    found = scope.find(scope.path.child("replicationAlertSettings", call.params["setting"]))
    if found is None:
        raise refusals.entity_missing("alert setting", call.params["setting"])
    return Reply(200, _alert(scope, record_of(found)))


@operation(
    "GET",
    _ALERTS,
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/replicationAlertSettings/read",
    evidence="recorded",
)
def list_alert_settings(call: Call) -> Reply:
    """All alert settings."""
    scope = VaultScope.of(call)
    return call.page([_alert(scope, record) for record in scope.records(ids.ALERT)], null_next_link=True)


def _setting(scope: VaultScope, record: Record) -> dict[str, Any]:
    return {
        "id": scope.path.child("replicationVaultSettings", record["name"]),
        "name": record["name"],
        "type": ids.VAULT_SETTING,
        "properties": {
            "migrationSolutionId": record["solution"],
            "vmwareToAzureProviderType": record["provider"],
        },
    }


def _held(scope: VaultScope, name: str) -> Record | None:
    """The setting as it was written; the one called ``default`` is always there."""
    found = scope.find(scope.path.child("replicationVaultSettings", name))
    if found is not None:
        return record_of(found)
    return dict(_DEFAULT) if name.lower() == _DEFAULT["name"] else None


@operation(
    "PUT",
    _SETTINGS + "/{setting}",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/replicationVaultSettings/write",
    evidence="examples",
    body=_SETTING_BODY,
)
def put_vault_setting(call: Call) -> Reply:
    """Change a vault setting: 200 with the setting, the only answer that the schema knows."""
    scope = VaultScope.of(call)
    given = call.body["properties"]
    name = call.params["setting"]
    record: Record = {
        **(_held(scope, name) or _DEFAULT),
        "name": name,
        **{key: given[member] for member, key in _MEMBERS.items() if given.get(member) is not None},
    }
    scope.save(scope.path.child("replicationVaultSettings", name), ids.VAULT_SETTING, record)
    scope.mark_used()
    return Reply(200, _setting(scope, record))


@operation(
    "GET",
    _SETTINGS + "/{setting}",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/replicationVaultSettings/read",
    evidence="examples",
)
def get_vault_setting(call: Call) -> Reply:
    """One vault setting."""
    scope = VaultScope.of(call)
    record = _held(scope, call.params["setting"])
    if record is None:
        raise refusals.entity_missing("vault setting", call.params["setting"])
    return Reply(200, _setting(scope, record))


@operation(
    "GET",
    _SETTINGS,
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/replicationVaultSettings/read",
    evidence="examples",
)
def list_vault_settings(call: Call) -> Reply:
    """All vault settings."""
    scope = VaultScope.of(call)
    records = list(scope.records(ids.VAULT_SETTING))
    if not any(record["name"].lower() == _DEFAULT["name"] for record in records):
        records.insert(0, dict(_DEFAULT))
    return call.page([_setting(scope, record) for record in records], null_next_link=True)
