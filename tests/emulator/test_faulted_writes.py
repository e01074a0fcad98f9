"""Writes that a fault makes fail, or never end: what they leave behind agrees with what their operation says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.compute import machines
from tests.emulator.network import nets

GROUP = machines.SUBSCRIPTION + "/resourceGroups/rg-starter/providers"
ACCOUNT = f"{GROUP}/Microsoft.Storage/storageAccounts/stfaulted"
VAULT = f"{GROUP}/Microsoft.RecoveryServices/vaults/vault-faulted"
YEAR = 365 * 24 * 3600.0


def doom(cloud: Any, method: str, **then: Any) -> None:
    """The next request of that method starts an operation with that fate."""
    cloud.delete("/emulator/faults")
    assert (
        cloud.post("/emulator/faults", {"faults": [{"when": {"method": method, "nth": 1}, "then": then}]}).status == 200
    )


def status(cloud: Any, answer: Any) -> str:
    """What the operation says after a year."""
    assert answer.status in (200, 201, 202), answer.body
    cloud.clock.advance(YEAR)
    return str(cloud.get(answer.headers["Azure-AsyncOperation"]).body["status"])


def state(cloud: Any, path: str) -> str:
    return str(cloud.get(path).body["properties"]["provisioningState"])


FAIL = {"fail_job": {"code": "InternalError", "message": "broken"}}
ENDLESS = {"never_ends": True}


@pytest.mark.parametrize(("then", "ends", "left"), [(FAIL, "Failed", "Failed"), (ENDLESS, "InProgress", "Updating")])
def test_a_network_is_what_its_operation_says(cloud: Any, then: dict[str, Any], ends: str, left: str) -> None:
    path = f"{nets.NET}/virtualNetworks/vnet-new"
    doom(cloud, "PUT", **then)
    assert status(cloud, cloud.put(path, nets.network_body(a="10.50.1.0/24"))) == ends
    assert state(cloud, path) == left
    if left == "Failed":
        nets.settle(cloud, cloud.put(path, nets.network_body(a="10.50.1.0/24")))
        assert state(cloud, path) == "Succeeded", "the next write repairs it"


@pytest.mark.parametrize(("then", "ends", "left"), [(FAIL, "Failed", "Failed"), (ENDLESS, "InProgress", "Deleting")])
@pytest.mark.parametrize("path", [f"{nets.NET}/networkSecurityGroups/nsg-new", machines.WEB])
def test_what_could_not_be_deleted_is_still_there(
    cloud: Any, path: str, then: dict[str, Any], ends: str, left: str
) -> None:
    if "nsg-new" in path:
        nets.settle(cloud, cloud.put(path, {"location": nets.WE, "properties": {}}))
    doom(cloud, "DELETE", **then)
    assert status(cloud, cloud.delete(path)) == ends
    assert state(cloud, path) == left
    assert (
        cloud.get(f"{machines.NET}/networkInterfaces/web-01-nic").body["properties"]["virtualMachine"]["id"]
        == machines.WEB
    )


@pytest.mark.parametrize(("then", "power"), [(FAIL, "PowerState/running"), (ENDLESS, "PowerState/deallocating")])
def test_a_vm_that_could_not_be_stopped_runs_on(cloud: Any, then: dict[str, Any], power: str) -> None:
    doom(cloud, "POST", **then)
    status(cloud, cloud.post(f"{machines.WEB}/deallocate"))
    assert machines.power(cloud, machines.WEB) == power


def test_a_subnet_that_could_not_be_added_is_not_there(cloud: Any) -> None:
    path = f"{nets.VNET}/subnets/extra"
    doom(cloud, "PUT", **FAIL)
    assert status(cloud, cloud.put(path, {"properties": {"addressPrefix": "10.10.9.0/24"}})) == "Failed"
    assert cloud.get(path).status == 404
    assert state(cloud, nets.VNET) == "Failed"


@pytest.mark.parametrize(("then", "code"), [(FAIL, 409), (ENDLESS, 202)])
def test_a_storage_account_that_was_not_made_is_not_there(cloud: Any, then: dict[str, Any], code: int) -> None:
    body = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}
    doom(cloud, "PUT", **then)
    accepted = cloud.put(ACCOUNT, body, version="2023-05-01")
    cloud.clock.advance(YEAR)
    assert cloud.get(accepted.headers["Location"]).status == code
    assert cloud.get(ACCOUNT, version="2023-05-01").status == 404


@pytest.mark.parametrize(
    ("then", "ends", "left"), [(FAIL, "Failed", "Failed"), (ENDLESS, "InProgress", "Provisioning")]
)
def test_a_vault_is_what_its_operation_says(cloud: Any, then: dict[str, Any], ends: str, left: str) -> None:
    doom(cloud, "PUT", **then)
    body = {"location": "northeurope", "sku": {"name": "Standard"}, "properties": {}}
    assert status(cloud, cloud.put(VAULT, body, version="2025-08-01")) == ends
    assert cloud.get(VAULT, version="2025-08-01").body["properties"]["provisioningState"] == left
