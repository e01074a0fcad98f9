"""Microsoft.KeyVault: vaults as resources."""

from __future__ import annotations

from typing import Any

import pytest

SUBSCRIPTION = "/subscriptions/8d3f6b21-4c9e-4a7d-b05f-1e62c8d94a37"
VAULTS = SUBSCRIPTION + "/resourceGroups/rg-starter/providers/Microsoft.KeyVault/vaults"
TENANT = "5b8d9f6e-3c1a-4e57-9d2b-70c4a1e8f3b5"


def body(**more: Any) -> dict[str, Any]:
    properties = {"tenantId": TENANT, "sku": {"family": "A", "name": "standard"}, "accessPolicies": [], **more}
    return {"location": "northeurope", "properties": properties}


def test_a_vault_is_made_changed_and_deleted(cloud: Any) -> None:
    path = f"{VAULTS}/kv-dr-ne"
    made = cloud.put(path, body(enabledForDiskEncryption=True))
    assert made.status == 200
    assert made.body["properties"]["vaultUri"] == "https://kv-dr-ne.vault.azure.net/"
    assert made.body["properties"]["enabledForDiskEncryption"] is True
    assert cloud.get(VAULTS).body["value"] == [made.body]
    closed = cloud.send("PATCH", path, {"properties": {"enabledForDiskEncryption": False}})
    assert closed.body["properties"]["enabledForDiskEncryption"] is False
    assert cloud.delete(path).status == 200
    assert cloud.get(path).status == 404
    assert cloud.delete(path).status == 204


@pytest.mark.parametrize(
    ("name", "asked", "status", "code"),
    [
        ("1vault", body(), 400, "VaultNameNotValid"),
        ("a--b", body(), 400, "VaultNameNotValid"),
        ("kv-good", {"location": "northeurope", "properties": {}}, 400, "BadRequest"),
        ("kv-good", body() | {"location": "atlantis"}, 400, "LocationNotAvailableForResourceType"),
        ("kv-good", {"location": "northeurope"}, 400, "InvalidRequestContent"),
    ],
)
def test_a_wrong_vault_is_refused(cloud: Any, name: str, asked: Any, status: int, code: str) -> None:
    answer = cloud.put(f"{VAULTS}/{name}", asked)
    assert (answer.status, answer.code) == (status, code)


def test_names_are_shared_by_the_whole_cloud(cloud: Any) -> None:
    check = f"{SUBSCRIPTION}/providers/Microsoft.KeyVault/checkNameAvailability"
    question = {"name": "kv-dr-ne", "type": "Microsoft.KeyVault/vaults"}
    assert cloud.post(check, question).body == {"nameAvailable": True}
    cloud.put(f"{VAULTS}/kv-dr-ne", body())
    assert cloud.post(check, question).body["reason"] == "AlreadyExists"
    cloud.put(f"{SUBSCRIPTION}/resourceGroups/rg-two", {"location": "westeurope"})
    elsewhere = cloud.put(f"{VAULTS.replace('rg-starter', 'rg-two')}/kv-dr-ne", body())
    assert elsewhere.code == "VaultAlreadyExists"
