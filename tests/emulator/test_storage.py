"""Microsoft.Storage: accounts, their slow creation, blob service, names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SUBSCRIPTION = "/subscriptions/8d3f6b21-4c9e-4a7d-b05f-1e62c8d94a37"
ACCOUNTS = SUBSCRIPTION + "/resourceGroups/rg-starter/providers/Microsoft.Storage/storageAccounts"
WIRE = Path(__file__).parents[2].parent / "shared" / "reference" / "wire"


def body(**more: Any) -> dict[str, Any]:
    return {"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": {}, **more}


def create(cloud: Any, name: str, asked: dict[str, Any] | None = None) -> Any:
    """Create an account and give the last answer of its Location."""
    answer = cloud.put(f"{ACCOUNTS}/{name}", asked or body())
    assert answer.status == 202, answer.body
    assert answer.content == b""
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "Azure-AsyncOperation" not in answer.headers
    location = answer.headers["Location"]
    cloud.clock.advance(3)
    again = cloud.get(location)
    assert again.status == 202
    assert again.headers["Location"] != location
    cloud.clock.advance(30)
    return cloud.get(again.headers["Location"])


def test_an_account_is_there_once_its_location_says_so(cloud: Any) -> None:
    answer = cloud.put(f"{ACCOUNTS}/cachewe1", body())
    assert answer.headers["Retry-After"] == "17"
    assert cloud.get(f"{ACCOUNTS}/cachewe1").status == 404
    assert cloud.put(f"{ACCOUNTS}/cachewe1", body()).code == "StorageAccountOperationInProgress"
    cloud.clock.advance(30)
    done = cloud.get(answer.headers["Location"])
    assert done.status == 200
    assert done.body == cloud.get(f"{ACCOUNTS}/cachewe1").body
    assert done.body["properties"]["primaryEndpoints"]["blob"] == "https://cachewe1.blob.core.windows.net/"
    assert cloud.get(ACCOUNTS).body["value"] == [done.body]


@pytest.mark.skipif(not WIRE.is_dir(), reason="the recorded traffic is not beside the repository")
def test_a_created_account_has_the_recorded_members(cloud: Any) -> None:
    recorded = json.loads((WIRE / "storageAccount.create.done.json").read_text())["body"]
    asked = json.loads((WIRE / "storageAccount.create.accepted.json").read_text())["requestBody"]
    made = create(cloud, "rlog1111", asked | {"location": "westeurope"}).body
    assert recorded.keys() <= made.keys()
    assert recorded["properties"].keys() <= made["properties"].keys()
    for member, value in recorded["properties"].items():
        assert type(made["properties"][member]) is type(value), member


@pytest.mark.parametrize(
    ("name", "asked", "status", "code"),
    [
        ("Cache", body(), 400, "AccountNameInvalid"),
        ("ab", body(), 400, "AccountNameInvalid"),
        ("cachewe1", body(location="atlantis"), 400, "LocationNotAvailableForResourceType"),
        ("cachewe1", body(kind="BlockBlobStorage"), 400, "InvalidRequestPropertyValue"),
        ("cachewe1", body(sku={"name": "Gold"}), 400, "InvalidRequestContent"),
        ("cachewe1", {"location": "westeurope"}, 400, "InvalidRequestContent"),
    ],
)
def test_a_wrong_account_is_refused(cloud: Any, name: str, asked: Any, status: int, code: str) -> None:
    answer = cloud.put(f"{ACCOUNTS}/{name}", asked)
    assert (answer.status, answer.code) == (status, code)


def test_names_are_shared_by_the_whole_cloud(cloud: Any) -> None:
    check = f"{SUBSCRIPTION}/providers/Microsoft.Storage/checkNameAvailability"
    question = {"name": "cachewe1", "type": "Microsoft.Storage/storageAccounts"}
    assert cloud.post(check, question).body == {"nameAvailable": True}
    create(cloud, "cachewe1")
    assert cloud.post(check, question).body["reason"] == "AlreadyExists"
    assert cloud.post(check, question | {"name": "No!"}).body["reason"] == "AccountNameInvalid"
    cloud.put(f"{SUBSCRIPTION}/resourceGroups/rg-two", {"location": "westeurope"})
    elsewhere = cloud.put(f"{ACCOUNTS.replace('rg-starter', 'rg-two')}/cachewe1", body())
    assert (elsewhere.status, elsewhere.code) == (409, "StorageAccountAlreadyTaken")


def test_an_account_is_changed_in_place(cloud: Any) -> None:
    create(cloud, "cachewe1")
    path = f"{ACCOUNTS}/cachewe1"
    changed = cloud.send("PATCH", path, {"properties": {"allowSharedKeyAccess": False}, "tags": {"a": "b"}})
    assert changed.status == 200
    assert changed.body["properties"]["allowSharedKeyAccess"] is False
    denied = {"networkAcls": {"defaultAction": "Deny", "bypass": "None"}}
    acls = cloud.put(path, body(properties=denied)).body["properties"]["networkAcls"]
    assert (acls["defaultAction"], acls["bypass"]) == ("Deny", "None")
    missing = {"networkAcls": {"virtualNetworkRules": [{"id": f"{ACCOUNTS}/x/subnets/y"}]}}
    assert cloud.send("PATCH", path, {"properties": missing}).code == "NetworkAclsValidationFailure"
    assert cloud.send("PATCH", path, {"kind": "BlobStorage"}).code == "AccountPropertyCannotBeUpdated"
    assert cloud.put(path, body(location="northeurope")).code == "InvalidResourceLocation"
    assert cloud.delete(path).status == 200
    assert cloud.get(path).status == 404
    assert cloud.delete(path).status == 204


def test_the_blob_service_keeps_its_settings(cloud: Any) -> None:
    create(cloud, "cachewe1")
    path = f"{ACCOUNTS}/cachewe1/blobServices/default"
    assert cloud.get(path).body["properties"]["deleteRetentionPolicy"]["enabled"] is False
    asked = {"properties": {"deleteRetentionPolicy": {"enabled": True, "days": 14}, "isVersioningEnabled": True}}
    assert cloud.put(path, asked).status == 200
    kept = cloud.get(path).body["properties"]
    assert kept["deleteRetentionPolicy"] == {"allowPermanentDelete": False, "enabled": True, "days": 14}
    assert kept["isVersioningEnabled"] is True
    assert len(cloud.post(f"{ACCOUNTS}/cachewe1/listKeys").body["keys"]) == 2
