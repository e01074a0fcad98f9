"""Every operation group of the SDK that the emulator answers, once, with the unmodified sync client."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.recoveryservicessiterecovery import SiteRecoveryManagementClient
from azure.mgmt.recoveryservicessiterecovery import models as m

from tests.emulator.site_recovery.test_sdk_walk import (
    GROUP,
    SCOPES,
    SOURCE,
    TARGET,
    VAULT,
    async_client,
    credential,
    enable_input,
    make_ground,
    set_up,
)

HERE = (GROUP, VAULT, f"fabric-{SOURCE}", f"container-{SOURCE}")
ITEM = (*HERE, "web-01")


def wait_until(found: Callable[[], bool]) -> None:
    """Ask again until it holds; the test's own timeout ends a wait in vain."""
    while not found():
        time.sleep(0.05)


def test_every_operation_group_answers(serve: Callable[..., Any]) -> None:
    served = serve("starter", speed=3600)
    ids = make_ground(served)

    async def prepare() -> None:
        async with async_client(served) as client:
            await set_up(client, ids)

    asyncio.run(prepare())
    client = SiteRecoveryManagementClient(
        credential(served), served.practice.subscription, base_url=served.base_url, credential_scopes=SCOPES
    )
    vm = ids["source"].replace(
        "Microsoft.Network/virtualNetworks/vnet-starter", "Microsoft.Compute/virtualMachines/web-01"
    )
    items = client.replication_protected_items
    items.begin_create(
        *ITEM, enable_input(ids, vm, [vm.replace("virtualMachines/web-01", "disks/web-01-osdisk")])
    ).result()
    wait_until(lambda: getattr(items.get(*ITEM).properties, "protection_state", "") == "Protected")
    _lists(client)
    _settings(client)
    _upkeep(client, ids)
    _plan(client, ids)
    _failover(client, ids)


def _lists(client: SiteRecoveryManagementClient) -> None:
    vault = (GROUP, VAULT)
    assert len(list(client.replication_fabrics.list(*vault))) == 2
    assert len(list(client.replication_protection_containers.list(*vault))) == 2
    assert len(list(client.replication_protection_containers.list_by_replication_fabrics(*HERE[:3]))) == 1
    mappings = client.replication_protection_container_mappings
    assert len(list(mappings.list(*vault))) == 2
    assert len(list(mappings.list_by_replication_protection_containers(*HERE))) == 2
    networks = client.replication_network_mappings
    assert len(list(networks.list(*vault))) == 2
    assert len(list(networks.list_by_replication_networks(*HERE[:3], "azureNetwork"))) == 1
    assert list(client.replication_networks.list(*vault)) == []
    assert list(client.replication_networks.list_by_replication_fabrics(*HERE[:3])) == []
    with pytest.raises(ResourceNotFoundError, match="azureNetwork could not be located"):
        client.replication_networks.get(*HERE[:3], "azureNetwork")
    assert [policy.name for policy in client.replication_policies.list(*vault)] == ["policy"]
    assert [item.name for item in client.replication_protected_items.list(*vault)] == ["web-01"]
    by_container = client.replication_protected_items.list_by_replication_protection_containers(*HERE)
    assert [item.name for item in by_container] == ["web-01"]
    assert list(client.replication_protectable_items.list_by_replication_protection_containers(*HERE)) == []
    assert list(client.recovery_points.list_by_replication_protected_items(*ITEM))
    assert list(client.target_compute_sizes.list_by_replication_protected_items(*ITEM))
    assert list(client.replication_events.list(*vault))
    assert client.supported_operating_systems.get(*vault).properties is not None
    health = client.replication_vault_health.begin_refresh(*vault).result()
    assert health.properties is not None
    assert client.replication_vault_health.get(*vault).properties is not None
    assert list(client.replicationv_centers.list(*vault)) == []


def _settings(client: SiteRecoveryManagementClient) -> None:
    alerts = client.replication_alert_settings
    body = m.ConfigureAlertRequest(
        properties=m.ConfigureAlertRequestProperties(send_to_owners="Send", custom_email_addresses=["a@contoso.com"])
    )
    assert alerts.create(GROUP, VAULT, "default", body).properties is not None
    assert len(list(alerts.list(GROUP, VAULT))) == 1
    setting = m.VaultSettingCreationInput(
        properties=m.VaultSettingCreationInputProperties(vmware_to_azure_provider_type="InMageRcm")
    )
    made = client.replication_vault_setting.begin_create(GROUP, VAULT, "default", setting).result()
    assert made.properties is not None
    job = client.replication_jobs.begin_export(GROUP, VAULT, m.JobQueryParameter(job_output_type="Json")).result()
    assert job.properties is not None
    checked = client.replication_fabrics.begin_check_consistency(GROUP, VAULT, f"fabric-{SOURCE}").result()
    assert checked.name == f"fabric-{SOURCE}"
    update = m.UpdatePolicyInput(
        properties=m.UpdatePolicyInputProperties(
            replication_provider_settings=m.A2APolicyCreationInput(
                multi_vm_sync_status="Enable", recovery_point_history=2880
            )
        )
    )
    policy = client.replication_policies.begin_update(GROUP, VAULT, "policy", update).result()
    details = policy.properties.provider_specific_details if policy.properties else None
    assert isinstance(details, m.A2APolicyDetails)
    assert details.recovery_point_history == 2880


def _upkeep(client: SiteRecoveryManagementClient, ids: dict[str, str]) -> None:
    items = client.replication_protected_items
    patch = m.UpdateReplicationProtectedItemInput(
        properties=m.UpdateReplicationProtectedItemInputProperties(
            recovery_azure_vm_name="web-dr",
            provider_specific_details=m.A2AUpdateReplicationProtectedItemInput(tfo_azure_vm_name="web-drill"),
        )
    )
    changed = items.begin_update(*ITEM, patch).result()
    details = changed.properties.provider_specific_details if changed.properties else None
    assert isinstance(details, m.A2AReplicationDetails)
    assert (details.recovery_azure_vm_name, details.tfo_azure_vm_name) == ("web-dr", "web-drill")
    items.begin_update_mobility_service(
        *ITEM,
        m.UpdateMobilityServiceRequest(properties=m.UpdateMobilityServiceRequestProperties(run_as_account_id="1")),
    ).result()
    items.begin_repair_replication(*ITEM).result()


def _plan(client: SiteRecoveryManagementClient, ids: dict[str, str]) -> None:
    plans = client.replication_recovery_plans
    item = client.replication_protected_items.get(*ITEM)
    group = m.RecoveryPlanGroup(
        group_type="Boot", replication_protected_items=[m.RecoveryPlanProtectedItem(id=item.id)]
    )
    fabrics = f"{ids['vault']}/replicationFabrics/fabric-"
    body = m.CreateRecoveryPlanInput(
        properties=m.CreateRecoveryPlanInputProperties(
            primary_fabric_id=fabrics + SOURCE,
            recovery_fabric_id=fabrics + TARGET,
            failover_deployment_model="ResourceManager",
            groups=[group],
        )
    )
    plan = plans.begin_create(GROUP, VAULT, "plan", body).result()
    assert plan.properties is not None
    drill = m.RecoveryPlanTestFailoverInput(
        properties=m.RecoveryPlanTestFailoverInputProperties(
            failover_direction="PrimaryToRecovery",
            network_type="VmNetworkAsInput",
            network_id=ids["test"],
            provider_specific_details=[m.RecoveryPlanA2AFailoverInput(recovery_point_type="LatestProcessed")],
        )
    )
    tested = plans.begin_test_failover(GROUP, VAULT, "plan", drill).result()
    assert tested.properties is not None
    assert tested.properties.allowed_operations == ["TestFailoverCleanup"]
    cleanup = m.RecoveryPlanTestFailoverCleanupInput(
        properties=m.RecoveryPlanTestFailoverCleanupInputProperties(comments="done")
    )
    plans.begin_test_failover_cleanup(GROUP, VAULT, "plan", cleanup).result()
    plans.begin_delete(GROUP, VAULT, "plan").result()
    assert list(plans.list(GROUP, VAULT)) == []


def _failover(client: SiteRecoveryManagementClient, ids: dict[str, str]) -> None:
    items = client.replication_protected_items
    failover = m.UnplannedFailoverInput(
        properties=m.UnplannedFailoverInputProperties(
            failover_direction="PrimaryToRecovery",
            source_site_operations="NotRequired",
            provider_specific_details=m.A2AUnplannedFailoverInput(),
        )
    )
    failed_over = items.begin_unplanned_failover(*ITEM, failover).result()
    assert failed_over.properties is not None
    assert failed_over.properties.active_location == "Recovery"
    committed = items.begin_failover_commit(*ITEM).result()
    assert committed.properties is not None
    assert committed.properties.protection_state == "UnplannedFailoverCommitted"
    disk = m.A2AVmManagedDiskInputDetails(
        disk_id=f"{ids['group']}/providers/Microsoft.Compute/disks/web-01-osdisk",
        primary_staging_azure_storage_account_id=ids["cache"],
        recovery_resource_group_id=ids["group"].replace(GROUP, "rg-starter"),
    )
    switch = m.SwitchProtectionInput(
        properties=m.SwitchProtectionInputProperties(
            replication_protected_item_name="web-01",
            provider_specific_details=m.A2ASwitchProtectionInput(
                recovery_container_id=f"{ids['vault']}/replicationFabrics/fabric-{SOURCE}"
                f"/replicationProtectionContainers/container-{SOURCE}",
                vm_managed_disks=[disk],
                recovery_resource_group_id=ids["group"].replace(GROUP, "rg-starter"),
                policy_id=f"{ids['vault']}/replicationPolicies/policy",
            ),
        )
    )
    poller = client.replication_protection_containers.begin_switch_protection(*HERE, switch)
    with pytest.raises(HttpResponseError, match="Protection couldnt be enabled"):
        poller.result()  # the cache account is in the region that was left
    items.begin_purge(*ITEM).result()
    assert list(items.list(GROUP, VAULT)) == []
