"""Writes of storage accounts: the PUT that answers 202 with a Location only, and what follows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.estates.edge_factory import storage_account
from asr_tui.emulator.estates.names import Place, derived_guid, split_id
from asr_tui.emulator.families import Document, public, settle
from asr_tui.emulator.lro import Outcome, course, location_only
from asr_tui.emulator.regions import region_named
from asr_tui.emulator.registry import operation
from asr_tui.emulator.schema import IDENTITY, Any_, Bool, ListOf, MapOf, Obj, Str
from asr_tui.emulator.storage.accounts import (
    ACCOUNT,
    ACCOUNTS,
    STORAGE_VERSIONS,
    blob_service,
    name_problem,
    name_taken,
)
from asr_tui.emulator.store import Resource

_SECONDS = 20
"""Seconds of Azure that a new account takes; the recording was over after the 17 of Retry-After and one poll."""

_SKUS = (
    "Standard_LRS",
    "Standard_ZRS",
    "Standard_GRS",
    "Standard_RAGRS",
    "Standard_GZRS",
    "Standard_RAGZRS",
    "Premium_LRS",
    "Premium_ZRS",
)
_KINDS = ("StorageV2", "Storage", "BlobStorage", "BlockBlobStorage", "FileStorage")
_ACLS = Obj(
    {
        "bypass": Str(),
        "defaultAction": Str(enum=("Allow", "Deny")),
        "virtualNetworkRules": ListOf(Obj({"id": Str()}, required=("id",), keep_unknown=True)),
        "ipRules": ListOf(Obj({"value": Str()}, required=("value",), keep_unknown=True)),
    },
    keep_unknown=True,
)
_PROPERTIES = Obj(
    {
        "accessTier": Str(enum=("Hot", "Cool", "Cold")),
        "allowBlobPublicAccess": Bool(),
        "allowSharedKeyAccess": Bool(),
        "minimumTlsVersion": Str(),
        "networkAcls": _ACLS,
        "publicNetworkAccess": Str(enum=("Enabled", "Disabled")),
        "supportsHttpsTrafficOnly": Bool(),
    },
    keep_unknown=True,
)
_MEMBERS = {
    "id": Str(),
    "name": Str(),
    "type": Str(),
    "location": Str(),
    "tags": MapOf(Str(max_length=256), max_items=15),
    "sku": Obj({"name": Str(enum=_SKUS), "tier": Str()}, required=("name",)),
    "kind": Str(enum=_KINDS),
    "identity": IDENTITY,
    "extendedLocation": Any_,
    "properties": _PROPERTIES,
}
_CHANGEABLE = (
    "accessTier",
    "allowBlobPublicAccess",
    "allowSharedKeyAccess",
    "minimumTlsVersion",
    "publicNetworkAccess",
    "supportsHttpsTrafficOnly",
)


@operation(
    "PUT",
    ACCOUNTS.item_path,
    versions=STORAGE_VERSIONS,
    action=f"{ACCOUNT}/write",
    evidence="recorded",
    body=Obj(_MEMBERS, required=("location", "sku", "kind")),
)
def put_account(call: Call) -> Reply:
    """Create an account (202, Location only), or update one (200 at once)."""
    existing = ACCOUNTS.existing(call)
    if existing is not None:
        return _updated(call, existing)
    name = call.params["name"]
    problem = name_problem(name)
    if problem is not None:
        raise ArmError(400, problem[0], problem[1])
    if name_taken(call, name):
        raise ArmError(409, "StorageAccountAlreadyTaken", f"The storage account named {name} is already taken.")
    region = region_named(call.body["location"])
    if region is None:
        raise ArmError(
            400,
            "LocationNotAvailableForResourceType",
            f"The provided location '{call.body['location']}' is not available for resource type '{ACCOUNT}'.",
        )
    _check_kind(call.body["kind"], call.body["sku"]["name"])
    identifier = ACCOUNTS.id_in(call)
    coming = call.store.peek(identifier)
    if coming is not None and coming.born > call.now:
        raise ArmError(
            409,
            "StorageAccountOperationInProgress",
            "An operation is currently performing on this storage account that requires exclusive access.",
        )
    parts = split_id(identifier)
    place = Place(parts.subscription, parts.group, region.name)
    planned = course(call, _SECONDS)
    ready = planned.ends
    document = storage_account(
        place,
        name,
        created=ready,
        sku=call.body["sku"]["name"],
        kind=call.body["kind"],
        tags=call.body.get("tags"),
    )
    _apply(call, document, call.body.get("properties") or {})
    _keep_identity(document, call.body)
    if not planned.failed:
        call.store.put(Resource(identifier, ACCOUNT, document, ready))
    return location_only(
        call,
        namespace="Microsoft.Storage",
        location=region.name,
        guid=derived_guid(identifier, "put", call.now.isoformat()),
        outcome=Outcome(ready, result=identifier),
    )


def _check_kind(kind: str, sku: str) -> None:
    premium_only = kind in ("BlockBlobStorage", "FileStorage")
    no_zones = kind in ("Storage", "BlobStorage") and "ZRS" in sku
    if (premium_only != sku.startswith("Premium") and (premium_only or kind == "BlobStorage")) or no_zones:
        raise ArmError(
            400, "InvalidRequestPropertyValue", f"The value '{sku}' is not allowed for property sku of kind '{kind}'."
        )


def _apply(call: Call, document: Document, asked: Mapping[str, Any]) -> None:
    properties = document["properties"]
    for member in _CHANGEABLE:
        if asked.get(member) is not None:
            properties[member] = asked[member]
    acls = asked.get("networkAcls")
    if acls is None:
        return
    for rule in acls.get("virtualNetworkRules") or ():
        network = rule["id"].rpartition("/subnets/")[0]
        if call.store.get(network, call.now) is None:
            raise ArmError(
                400,
                "NetworkAclsValidationFailure",
                f"Validation of network acls failure: SubnetsNotProvisioned: Cannot proceed with operation because "
                f"subnets {rule['id'].rsplit('/', 1)[-1]} of the virtual network {network} are not provisioned.",
            )
    properties["networkAcls"] = {
        "bypass": acls.get("bypass") or "AzureServices",
        "virtualNetworkRules": [
            {"id": one["id"], "action": "Allow", "state": "Succeeded"} for one in acls.get("virtualNetworkRules") or ()
        ],
        "ipRules": [{"value": one["value"], "action": "Allow"} for one in acls.get("ipRules") or ()],
        "defaultAction": acls.get("defaultAction") or "Allow",
    }


def _keep_identity(document: Document, asked: Mapping[str, Any]) -> None:
    kind = (asked.get("identity") or {}).get("type")
    if kind and kind != "None":
        document["identity"] = {"type": kind, "principalId": derived_guid(document["id"], "identity")}


def _updated(call: Call, existing: Resource) -> Reply:
    document = existing.doc
    region = region_named(call.body.get("location") or document["location"])
    if region is None or region.name != document["location"]:
        raise ArmError(
            409,
            "InvalidResourceLocation",
            f"The resource '{existing.name}' already exists in location '{document['location']}'. A resource with the "
            "same name cannot be created in another location. Please select a new resource name.",
        )
    asked_kind = call.body.get("kind") or document["kind"]
    if asked_kind != document["kind"] and (document["kind"], asked_kind) != ("Storage", "StorageV2"):
        raise ArmError(
            409,
            "AccountPropertyCannotBeUpdated",
            "The property 'kind' was specified in the input, but it cannot be updated as it is read-only.",
        )
    document["kind"] = asked_kind
    if call.body.get("sku"):
        name = call.body["sku"]["name"]
        _check_kind(document["kind"], name)
        document["sku"] = {"name": name, "tier": name.split("_", 1)[0]}
    if call.body.get("tags") is not None:
        document["tags"] = call.body["tags"]
    _apply(call, document, call.body.get("properties") or {})
    _keep_identity(document, call.body)
    call.store.put(existing.changed(document))
    return Reply(200, public(settle(document, call.now)))


@operation(
    "PATCH",
    ACCOUNTS.item_path,
    versions=STORAGE_VERSIONS,
    action=f"{ACCOUNT}/write",
    evidence="documentation",
    body=Obj(_MEMBERS),
)
def patch_account(call: Call) -> Reply:
    """Change members of an account; answers at once."""
    return _updated(call, ACCOUNTS.find(call))


@operation(
    "DELETE", ACCOUNTS.item_path, versions=STORAGE_VERSIONS, action=f"{ACCOUNT}/delete", evidence="documentation"
)
def delete_account(call: Call) -> Reply:
    """Delete an account at once; 204 when there is none."""
    found = ACCOUNTS.existing(call)
    if found is None:
        return Reply(204)
    call.store.delete(found.id, call.now)
    return Reply(200)


_RETENTION = Obj({"enabled": Bool(), "days": Any_}, keep_unknown=True)


@operation(
    "PUT",
    ACCOUNTS.item_path + "/blobServices/default",
    versions=STORAGE_VERSIONS,
    action=f"{ACCOUNT}/blobServices/write",
    evidence="documentation",
    body=Obj(
        {
            "id": Str(),
            "name": Str(),
            "type": Str(),
            "sku": Any_,
            "properties": Obj(
                {
                    "deleteRetentionPolicy": _RETENTION,
                    "containerDeleteRetentionPolicy": _RETENTION,
                    "isVersioningEnabled": Bool(),
                    "changeFeed": Obj({"enabled": Bool()}, keep_unknown=True),
                },
                keep_unknown=True,
            ),
        }
    ),
)
def put_blob_service(call: Call) -> Reply:
    """Change the settings of the blob service."""
    account = ACCOUNTS.find(call)
    document = account.doc
    asked = call.body.get("properties") or {}
    settings = dict(document.get("_blob", {}))
    if asked.get("deleteRetentionPolicy") is not None:
        policy = asked["deleteRetentionPolicy"]
        settings |= {"softDelete": bool(policy.get("enabled")), "days": policy.get("days") or 7}
    if asked.get("isVersioningEnabled") is not None:
        settings["versioning"] = asked["isVersioningEnabled"]
    if asked.get("changeFeed") is not None:
        settings["changeFeed"] = bool(asked["changeFeed"].get("enabled"))
    document["_blob"] = settings
    changed = account.changed(document)
    call.store.put(changed)
    return Reply(200, blob_service(account.id, changed.body, settings))


@operation(
    "POST",
    ACCOUNTS.item_path + "/listKeys",
    versions=STORAGE_VERSIONS,
    action=f"{ACCOUNT}/listKeys/action",
    evidence="documentation",
)
def list_keys(call: Call) -> Reply:
    """Made-up access keys of an account."""
    account = ACCOUNTS.find(call)
    keys = [
        {"keyName": name, "value": derived_guid(account.id, name), "permissions": "FULL"} for name in ("key1", "key2")
    ]
    return Reply(200, {"keys": keys})
