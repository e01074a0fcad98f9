"""The six steps' operations with the unmodified Site Recovery SDK over TLS, async, then sync."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.identity.aio import ClientSecretCredential as AsyncClientSecretCredential
from azure.mgmt.recoveryservicessiterecovery import SiteRecoveryManagementClient
from azure.mgmt.recoveryservicessiterecovery import models as m
from azure.mgmt.recoveryservicessiterecovery.aio import SiteRecoveryManagementClient as AsyncSiteRecovery
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.resources.models import GenericResource, Sku

SCOPES = ["https://management.azure.com/.default"]
GROUP, VAULT = "rg-dr", "rsv-dr"
SOURCE, TARGET = "westeurope", "northeurope"


def credential(served: Any, kind: Any = ClientSecretCredential, **more: Any) -> Any:
    practice = served.practice
    return kind(
        practice.tenant,
        practice.client_id,
        practice.client_secret,
        authority=served.authority,
        disable_instance_discovery=True,
        **more,
    )


def make_ground(served: Any) -> dict[str, str]:
    """Resource group, vault, networks and cache account through the generic client; returns their ids."""
    subscription = served.practice.subscription
    client = ResourceManagementClient(
        credential(served), subscription, base_url=served.base_url, credential_scopes=SCOPES
    )
    client.resource_groups.create_or_update(GROUP, {"location": TARGET})
    root = f"/subscriptions/{subscription}/resourceGroups"
    ids = {
        "vault": f"{root}/{GROUP}/providers/Microsoft.RecoveryServices/vaults/{VAULT}",
        "target": f"{root}/{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-target",
        "test": f"{root}/{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-test",
        "cache": f"{root}/rg-starter/providers/Microsoft.Storage/storageAccounts/stcachesdk",
        "source": f"{root}/rg-starter/providers/Microsoft.Network/virtualNetworks/vnet-starter",
        "group": f"{root}/{GROUP}",
    }
    space = {"addressSpace": {"addressPrefixes": ["10.10.0.0/16"]}}
    subnets = [
        {"name": "snet-web", "properties": {"addressPrefix": "10.10.1.0/24"}},
        {"name": "snet-data", "properties": {"addressPrefix": "10.10.2.0/24"}},
    ]
    vault = GenericResource(location=TARGET, sku=Sku(name="Standard"), properties={"publicNetworkAccess": "Enabled"})
    poller = client.resources.begin_create_or_update_by_id(ids["vault"], vault, api_version="2023-02-01")
    made: Any = poller.result()
    assert made.properties["provisioningState"] == "Succeeded"
    for name in ("target", "test"):
        network = GenericResource(location=TARGET, properties={**space, "subnets": subnets})
        client.resources.begin_create_or_update_by_id(ids[name], network, api_version="2024-05-01").result()
    account = GenericResource(location=SOURCE, kind="StorageV2", sku=Sku(name="Standard_LRS"), properties={})
    client.resources.begin_create_or_update_by_id(ids["cache"], account, api_version="2023-05-01").result()
    return ids


@asynccontextmanager
async def async_client(served: Any) -> AsyncIterator[AsyncSiteRecovery]:
    trust = {"connection_verify": str(served.ca)}
    async with credential(served, AsyncClientSecretCredential, **trust) as identity:
        client = AsyncSiteRecovery(
            identity, served.practice.subscription, base_url=served.base_url, credential_scopes=SCOPES, **trust
        )
        async with client:
            yield client


async def set_up(client: AsyncSiteRecovery, ids: dict[str, str]) -> None:
    """Fabrics, containers, policy, mappings and network mappings."""
    for region in (SOURCE, TARGET):
        details = m.AzureFabricCreationInput(location=region)
        made = await (
            await client.replication_fabrics.begin_create(
                GROUP,
                VAULT,
                f"fabric-{region}",
                m.FabricCreationInput(properties=m.FabricCreationInputProperties(custom_details=details)),
            )
        ).result()
        assert made.properties is not None
        assert made.properties.custom_details is not None
        assert made.properties.friendly_name == {SOURCE: "West Europe", TARGET: "North Europe"}[region]
    for region in (SOURCE, TARGET):
        body = m.CreateProtectionContainerInput(
            properties=m.CreateProtectionContainerInputProperties(
                provider_specific_input=[m.A2AContainerCreationInput()]
            )
        )
        await (
            await client.replication_protection_containers.begin_create(
                GROUP, VAULT, f"fabric-{region}", f"container-{region}", body
            )
        ).result()
    policy_input = m.A2APolicyCreationInput(
        multi_vm_sync_status="Enable", recovery_point_history=1440, app_consistent_frequency_in_minutes=60
    )
    policy = await (
        await client.replication_policies.begin_create(
            GROUP,
            VAULT,
            "policy",
            m.CreatePolicyInput(properties=m.CreatePolicyInputProperties(provider_specific_input=policy_input)),
        )
    ).result()
    assert policy.properties is not None
    assert isinstance(policy.properties.provider_specific_details, m.A2APolicyDetails)
    await asyncio.gather(*(map_one(client, ids, policy.id or "", *pair) for pair in both_ways()))


def both_ways() -> tuple[tuple[str, str], tuple[str, str]]:
    return (SOURCE, TARGET), (TARGET, SOURCE)


async def map_one(client: AsyncSiteRecovery, ids: dict[str, str], policy: str, here: str, there: str) -> None:
    body = m.CreateProtectionContainerMappingInput(
        properties=m.CreateProtectionContainerMappingInputProperties(
            policy_id=policy,
            target_protection_container_id=(
                f"{ids['vault']}/replicationFabrics/fabric-{there}/replicationProtectionContainers/container-{there}"
            ),
            provider_specific_input=m.A2AContainerMappingInput(agent_auto_update_status="Disabled"),
        )
    )
    mapping = await (
        await client.replication_protection_container_mappings.begin_create(
            GROUP, VAULT, f"fabric-{here}", f"container-{here}", f"map-{here}", body
        )
    ).result()
    assert mapping.properties is not None
    assert mapping.properties.state == "Paired"
    networks = {SOURCE: ids["source"], TARGET: ids["target"]}
    pairing = m.CreateNetworkMappingInput(
        properties=m.CreateNetworkMappingInputProperties(
            recovery_fabric_name=f"fabric-{there}",
            recovery_network_id=networks[there],
            fabric_specific_details=m.AzureToAzureCreateNetworkMappingInput(primary_network_id=networks[here]),
        )
    )
    await (
        await client.replication_network_mappings.begin_create(
            GROUP, VAULT, f"fabric-{here}", "azureNetwork", f"net-{here}", pairing
        )
    ).result()


def enable_input(ids: dict[str, str], vm: str, disks: list[str]) -> m.EnableProtectionInput:
    managed = [
        m.A2AVmManagedDiskInputDetails(
            disk_id=disk,
            primary_staging_azure_storage_account_id=ids["cache"],
            recovery_resource_group_id=ids["group"],
        )
        for disk in disks
    ]
    specific = m.A2AEnableProtectionInput(
        fabric_object_id=vm,
        recovery_container_id=(
            f"{ids['vault']}/replicationFabrics/fabric-{TARGET}/replicationProtectionContainers/container-{TARGET}"
        ),
        recovery_resource_group_id=ids["group"],
        vm_managed_disks=managed,
    )
    return m.EnableProtectionInput(
        properties=m.EnableProtectionInputProperties(
            policy_id=f"{ids['vault']}/replicationPolicies/policy", provider_specific_details=specific
        )
    )


async def protected(client: AsyncSiteRecovery, name: str) -> m.ReplicationProtectedItem:
    items = client.replication_protected_items
    while True:
        item = await items.get(GROUP, VAULT, f"fabric-{SOURCE}", f"container-{SOURCE}", name)
        assert item.properties is not None
        if item.properties.protection_state == "Protected":
            return item
        await asyncio.sleep(0.1)


async def test_the_async_client_walks_from_vault_to_cleaned_up_drill(serve: Callable[..., Any]) -> None:
    served = serve("starter", speed=1800)
    ids = make_ground(served)
    vm = ids["source"].replace(
        "Microsoft.Network/virtualNetworks/vnet-starter", "Microsoft.Compute/virtualMachines/web-01"
    )
    disk = vm.replace("virtualMachines/web-01", "disks/web-01-osdisk")
    async with async_client(served) as client:
        eligible = await client.replication_eligibility_results.get("rg-starter", "web-01")
        assert eligible.properties is not None
        assert eligible.properties.errors == []
        await set_up(client, ids)
        items = client.replication_protected_items
        where = (GROUP, VAULT, f"fabric-{SOURCE}", f"container-{SOURCE}", "web-01")
        made = await (await items.begin_create(*where, enable_input(ids, vm, [disk]))).result()
        assert made.properties is not None
        assert made.properties.protection_state != "Protected"
        item = await protected(client, "web-01")
        assert item.properties is not None
        details = item.properties.provider_specific_details
        assert isinstance(details, m.A2AReplicationDetails)
        assert details.vm_protection_state == "Protected"
        drill = m.TestFailoverInput(
            properties=m.TestFailoverInputProperties(
                failover_direction="PrimaryToRecovery",
                network_type="VmNetworkAsInput",
                network_id=ids["test"],
                provider_specific_details=m.A2ATestFailoverInput(),
            )
        )
        tested = await (await items.begin_test_failover(*where, drill)).result()
        assert tested.properties is not None
        assert tested.properties.test_failover_state == "WaitingForCompletion"
        cleanup = m.TestFailoverCleanupInput(properties=m.TestFailoverCleanupInputProperties(comments="all well"))
        cleaned = await (await items.begin_test_failover_cleanup(*where, cleanup)).result()
        assert cleaned.properties is not None
        assert cleaned.properties.last_successful_test_failover_time is not None
        points = [point async for point in client.recovery_points.list_by_replication_protected_items(*where)]
        assert points
        jobs = [job async for job in client.replication_jobs.list(GROUP, VAULT)]
        done = [job for job in jobs if job.properties and job.properties.scenario_name == "TestFailoverCleanup"]
        job = await client.replication_jobs.get(GROUP, VAULT, done[0].name or "")
        assert job.properties is not None
        assert [task.name for task in job.properties.tasks or []][-1] == "VmTfoDeleteTestVm"


def test_the_sync_client_sees_refusals_as_azure_makes_them(serve: Callable[..., Any]) -> None:
    served = serve("starter", speed=1800)
    ids = make_ground(served)
    client = SiteRecoveryManagementClient(
        credential(served), served.practice.subscription, base_url=served.base_url, credential_scopes=SCOPES
    )
    with pytest.raises(HttpResponseError) as fresh:
        client.replication_fabrics.get(GROUP, VAULT, "fabric-none")
    assert fresh.value.status_code == 400
    assert "isn't registered with the service" in str(fresh.value)
    assert list(client.replication_fabrics.list(GROUP, VAULT)) == []
    details = m.FabricCreationInput(
        properties=m.FabricCreationInputProperties(custom_details=m.AzureFabricCreationInput(location=SOURCE))
    )
    made = client.replication_fabrics.begin_create(GROUP, VAULT, "first", details).result()
    assert made.name == "first"
    with pytest.raises(HttpResponseError) as second:
        client.replication_fabrics.begin_create(GROUP, VAULT, "second", details)
    assert "already exists for the location" in str(second.value)
    with pytest.raises(ResourceNotFoundError) as missing:
        client.replication_fabrics.get(GROUP, VAULT, "fabric-none")
    assert missing.value.error is not None
    assert missing.value.error.details[0].code == "FabricArmEntityMissing"
    policy = m.A2APolicyCreationInput(multi_vm_sync_status="Enable", recovery_point_history=90 * 24 * 60)
    bad = m.CreatePolicyInput(properties=m.CreatePolicyInputProperties(provider_specific_input=policy))
    with pytest.raises(HttpResponseError) as failed:
        client.replication_policies.begin_create(GROUP, VAULT, "long", bad).result()
    assert failed.value.error is not None
    assert failed.value.error.code == "150261"
    client.replication_fabrics.begin_delete(GROUP, VAULT, "first").result()
    assert list(client.replication_fabrics.list(GROUP, VAULT)) == []
    assert ids["vault"]
