"""The unmodified SDK against Compute, Network and Storage: pollers follow every style of long-running operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest
from azure.identity import ClientSecretCredential
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.compute.models import RunCommandInput
from azure.mgmt.resource.resources import ResourceManagementClient

GROUP = "rg-starter"
NETWORK_VERSION, STORAGE_VERSION = "2024-05-01", "2023-05-01"


@pytest.fixture
def clients(serve: Callable[..., Any]) -> tuple[ComputeManagementClient, ResourceManagementClient, str]:
    served = serve("starter", speed=600.0)
    practice = served.practice
    credential = ClientSecretCredential(
        practice.tenant,
        practice.client_id,
        practice.client_secret,
        authority=served.authority,
        disable_instance_discovery=True,
    )
    options = {"base_url": served.base_url, "credential_scopes": ["https://management.azure.com/.default"]}
    compute = ComputeManagementClient(credential, practice.subscription, **options)
    resources = ResourceManagementClient(credential, practice.subscription, **options)
    return compute, resources, f"/subscriptions/{practice.subscription}/resourceGroups/{GROUP}/providers"


def test_a_vm_lives_and_dies(clients: tuple[ComputeManagementClient, ResourceManagementClient, str]) -> None:
    compute, resources, providers = clients
    nic = f"{providers}/Microsoft.Network/networkInterfaces/sdk-nic"
    subnet = {"id": f"{providers}/Microsoft.Network/virtualNetworks/vnet-starter/subnets/snet-web"}
    inner = {"ipConfigurations": [{"name": "one", "properties": {"subnet": subnet}}]}
    made = resources.resources.begin_create_or_update_by_id(
        nic, {"location": "westeurope", "properties": inner}, api_version=NETWORK_VERSION
    ).result()
    assert made.properties["provisioningState"] == "Succeeded"
    vm = compute.virtual_machines.begin_create_or_update(
        GROUP,
        "sdk-vm",
        {
            "location": "westeurope",
            "properties": {
                "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
                "storageProfile": {
                    "imageReference": {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
                    "osDisk": {"createOption": "FromImage"},
                },
                "osProfile": {
                    "adminUsername": "me",
                    "computerName": "sdk-vm",
                    "linuxConfiguration": {"disablePasswordAuthentication": True},
                },
                "networkProfile": {"networkInterfaces": [{"id": nic}]},
            },
        },
    ).result()
    assert vm.properties is not None
    assert vm.properties.provisioning_state == "Succeeded"
    output = compute.virtual_machines.begin_run_command(
        GROUP, "sdk-vm", RunCommandInput(command_id="RunShellScript", script=["uname -r"])
    ).result()
    assert "6.14.0-1014-azure" in str((output.value or [])[0].message)
    compute.virtual_machines.begin_deallocate(GROUP, "sdk-vm").result()
    view = compute.virtual_machines.instance_view(GROUP, "sdk-vm")
    assert [status.code for status in view.statuses or []][1] == "PowerState/deallocated"
    compute.virtual_machines.begin_delete(GROUP, "sdk-vm").result()
    assert "sdk-vm" not in [one.name for one in compute.virtual_machines.list_all()]
    resources.resources.begin_delete_by_id(nic, api_version=NETWORK_VERSION).result()
    assert not resources.resources.check_existence_by_id(nic, api_version=NETWORK_VERSION)


def test_an_account_comes_by_its_location(
    clients: tuple[ComputeManagementClient, ResourceManagementClient, str],
) -> None:
    _, resources, providers = clients
    account = f"{providers}/Microsoft.Storage/storageAccounts/sdkcache001"
    body = {"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": {}}
    made = resources.resources.begin_create_or_update_by_id(account, body, api_version=STORAGE_VERSION).result()
    assert made.id == account
    assert made.properties["provisioningState"] == "Succeeded"


def test_effective_routes_are_polled(
    clients: tuple[ComputeManagementClient, ResourceManagementClient, str],
) -> None:
    _, resources, providers = clients
    path = f"{providers}/Microsoft.Network/networkInterfaces/web-01-nic/effectiveRouteTable"
    request = HttpRequest("POST", path, params={"api-version": NETWORK_VERSION})
    started = resources.send_request(request)
    assert started.status_code == 202
    answer = started
    while answer.status_code == 202:
        answer = resources.send_request(HttpRequest("GET", answer.headers["Location"]))
    assert {route["nextHopType"] for route in answer.json()["value"]} >= {"VnetLocal", "Internet"}


def test_refusals_reach_the_caller_as_they_are(
    clients: tuple[ComputeManagementClient, ResourceManagementClient, str],
) -> None:
    compute, resources, providers = clients
    with pytest.raises(HttpResponseError) as attached:
        compute.disks.begin_delete(GROUP, "web-01-osdisk").result()
    assert attached.value.error is not None
    assert attached.value.error.code == "OperationNotAllowed"
    with pytest.raises(HttpResponseError) as used:
        resources.resources.begin_delete_by_id(
            f"{providers}/Microsoft.Network/virtualNetworks/vnet-starter", api_version=NETWORK_VERSION
        ).result()
    assert used.value.error is not None
    assert used.value.error.code == "InUseSubnetCannotBeDeleted"
