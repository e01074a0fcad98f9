"""Key vaults: get, lists, put, patch, delete, name check."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.estates.edge_factory import key_vault
from asr_tui.emulator.estates.names import Place, split_id
from asr_tui.emulator.families import Document, Family, plain, public, register_reads
from asr_tui.emulator.regions import region_named
from asr_tui.emulator.registry import Versions, operation
from asr_tui.emulator.schema import Any_, Bool, Int, ListOf, MapOf, Obj, Str
from asr_tui.emulator.store import Resource

VAULT = "Microsoft.KeyVault/vaults"
KEY_VAULT_VERSIONS = Versions("2015-06-01", "2026-12-31", ("2023-07-01", "2022-07-01"))
"""Key Vault's api-versions."""

VAULTS = Family(VAULT, KEY_VAULT_VERSIONS, plain)
register_reads(VAULTS)

_NAME = re.compile(r"[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]")
_FLAGS = (
    "enabledForDeployment",
    "enabledForDiskEncryption",
    "enabledForTemplateDeployment",
    "enableSoftDelete",
    "enableRbacAuthorization",
    "enablePurgeProtection",
)
_PROPERTIES = Obj(
    {
        "tenantId": Str(),
        "sku": Obj({"family": Str(), "name": Str(enum=("standard", "premium"))}, required=("name",)),
        "accessPolicies": ListOf(Any_),
        "softDeleteRetentionInDays": Int(7, 90),
        "publicNetworkAccess": Str(),
        "networkAcls": Any_,
        **{flag: Bool() for flag in _FLAGS},
    },
    keep_unknown=True,
)
_MEMBERS = {
    "id": Str(),
    "name": Str(),
    "type": Str(),
    "location": Str(),
    "tags": MapOf(Str(max_length=256)),
    "properties": _PROPERTIES,
}
_KEPT = (*_FLAGS, "accessPolicies", "softDeleteRetentionInDays", "publicNetworkAccess", "networkAcls", "sku")


def _taken(call: Call, name: str) -> Resource | None:
    return next((one for one in call.store.by_type(VAULT, call.now) if one.name.lower() == name.lower()), None)


@operation(
    "PUT",
    VAULTS.item_path,
    versions=KEY_VAULT_VERSIONS,
    action=f"{VAULT}/write",
    evidence="documentation",
    body=Obj(_MEMBERS, required=("location", "properties")),
)
def put_vault(call: Call) -> Reply:
    """Create or replace a key vault; answers at once."""
    name = call.params["name"]
    if not _NAME.fullmatch(name):
        raise ArmError(
            400,
            "VaultNameNotValid",
            f"The vault name '{name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name "
            "must begin with a letter, end with a letter or digit, and not contain consecutive hyphens.",
        )
    existing = VAULTS.existing(call)
    if existing is None and _taken(call, name) is not None:
        raise ArmError(
            409,
            "VaultAlreadyExists",
            f"The vault name '{name}' is already in use. Vault names are globally unique so it is possible that the "
            "name is already taken.",
        )
    region = region_named(call.body["location"])
    if region is None:
        raise ArmError(
            400,
            "LocationNotAvailableForResourceType",
            f"The provided location '{call.body['location']}' is not available for resource type '{VAULT}'.",
        )
    asked = call.body["properties"]
    if not asked.get("tenantId"):
        raise ArmError(400, "BadRequest", "An invalid value was provided for 'tenantId'.")
    parts = split_id(VAULTS.id_in(call))
    document = key_vault(
        Place(parts.subscription, parts.group, region.name),
        existing.name if existing else name,
        tenant=asked["tenantId"],
        rbac=bool(asked.get("enableRbacAuthorization")),
        tags=call.body.get("tags"),
    )
    return _kept(call, document, asked, existing)


def _kept(call: Call, document: Document, asked: Mapping[str, Any], existing: Resource | None) -> Reply:
    for member in _KEPT:
        if asked.get(member) is not None:
            document["properties"][member] = asked[member]
    born = existing.born if existing is not None else call.now
    call.store.put(Resource(document["id"], VAULT, document, born))
    return Reply(200, public(document))


@operation(
    "PATCH",
    VAULTS.item_path,
    versions=KEY_VAULT_VERSIONS,
    action=f"{VAULT}/write",
    evidence="documentation",
    body=Obj(_MEMBERS),
)
def patch_vault(call: Call) -> Reply:
    """Change members of a key vault."""
    found = VAULTS.find(call)
    document = found.doc
    if call.body.get("tags") is not None:
        document["tags"] = call.body["tags"]
    return _kept(call, document, call.body.get("properties") or {}, found)


@operation("DELETE", VAULTS.item_path, versions=KEY_VAULT_VERSIONS, action=f"{VAULT}/delete", evidence="documentation")
def delete_vault(call: Call) -> Reply:
    """Delete a key vault; 204 when there is none. Soft-deleted vaults are not kept here."""
    found = VAULTS.existing(call)
    if found is None:
        return Reply(204)
    call.store.delete(found.id, call.now)
    return Reply(200)


@operation(
    "POST",
    "/subscriptions/{sub}/providers/Microsoft.KeyVault/checkNameAvailability",
    versions=KEY_VAULT_VERSIONS,
    action="Microsoft.KeyVault/checkNameAvailability/read",
    evidence="documentation",
    body=Obj({"name": Str(), "type": Str(enum=(VAULT,))}, required=("name", "type")),
    exempt=True,
)
def check_name(call: Call) -> Reply:
    """Whether a vault name is free; names are shared by all subscriptions of the cloud."""
    name = call.body["name"]
    if not _NAME.fullmatch(name):
        return Reply(200, {"nameAvailable": False, "reason": "AccountNameInvalid", "message": "The name is invalid."})
    if _taken(call, name) is not None:
        return Reply(200, {"nameAvailable": False, "reason": "AlreadyExists", "message": "The name is already in use."})
    return Reply(200, {"nameAvailable": True})
