"""Storage accounts: get, lists, blob service, name check."""

from __future__ import annotations

import re

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.families import Document, Family, plain, register_reads
from asr_tui.emulator.registry import Versions, operation
from asr_tui.emulator.schema import Obj, Str

ACCOUNT = "Microsoft.Storage/storageAccounts"
STORAGE_VERSIONS = Versions("2015-06-15", "2026-12-31", ("2024-01-01", "2023-05-01", "2022-09-01"))
"""Storage's api-versions."""

ACCOUNTS = Family(ACCOUNT, STORAGE_VERSIONS, plain, evidence="recorded")
register_reads(ACCOUNTS)

_NAME = re.compile(r"[a-z0-9]{3,24}")


@operation(
    "GET",
    ACCOUNTS.item_path + "/blobServices/default",
    versions=STORAGE_VERSIONS,
    action=f"{ACCOUNT}/blobServices/read",
    evidence="documentation",
)
def get_blob_service(call: Call) -> Reply:
    """Settings of an account's blob service: soft delete, versioning, change feed."""
    account = ACCOUNTS.find(call)
    return Reply(200, blob_service(account.id, account.body, account.private.get("_blob", {})))


def blob_service(account_id: str, account: Document, settings: Document) -> Document:
    """``blobServices/default`` of an account; ``settings`` is its private member ``_blob``."""
    soft_delete = bool(settings.get("softDelete"))
    kept: Document = {"enabled": soft_delete}
    if soft_delete:
        kept["days"] = settings.get("days", 7)
    return {
        "sku": account["sku"],
        "id": f"{account_id}/blobServices/default",
        "name": "default",
        "type": f"{ACCOUNT}/blobServices",
        "properties": {
            "cors": {"corsRules": []},
            "deleteRetentionPolicy": {"allowPermanentDelete": False, **kept},
            "containerDeleteRetentionPolicy": kept,
            "isVersioningEnabled": bool(settings.get("versioning")),
            "changeFeed": {"enabled": bool(settings.get("changeFeed"))},
        },
    }


def name_problem(name: str) -> tuple[str, str] | None:
    """Reason and message why an account cannot have this name whatever exists, or None."""
    if _NAME.fullmatch(name):
        return None
    return (
        "AccountNameInvalid",
        f"{name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in "
        "length and use numbers and lower-case letters only.",
    )


@operation(
    "POST",
    "/subscriptions/{sub}/providers/Microsoft.Storage/checkNameAvailability",
    versions=STORAGE_VERSIONS,
    action="Microsoft.Storage/checknameavailability/read",
    evidence="documentation",
    body=Obj({"name": Str(), "type": Str(enum=(ACCOUNT,))}, required=("name", "type")),
    exempt=True,
)
def check_name(call: Call) -> Reply:
    """Whether an account name is free; names are shared by all subscriptions of the cloud."""
    name = call.body["name"]
    problem = name_problem(name)
    if problem is None and name_taken(call, name):
        problem = ("AlreadyExists", f"The storage account named {name} is already taken.")
    if problem is None:
        return Reply(200, {"nameAvailable": True})
    return Reply(200, {"nameAvailable": False, "reason": problem[0], "message": problem[1]})


def name_taken(call: Call, name: str) -> bool:
    """Whether any subscription of this cloud has an account of that name."""
    return any(account.name.lower() == name.lower() for account in call.store.by_type(ACCOUNT, call.now))
