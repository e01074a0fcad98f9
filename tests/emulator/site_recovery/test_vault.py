"""Vaults, their set-up objects, refusals, health, events, settings, and what a fresh vault says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.site_recovery.walk import SOURCE, TARGET, Walk

VAULTS = "2023-02-01"


def details(answer: Any) -> str:
    return str(answer.body["error"]["details"][0]["code"])


def fabric_body(location: str) -> dict[str, Any]:
    return {"properties": {"customDetails": {"instanceType": "Azure", "location": location}}}


def test_a_vault_is_provisioned_then_succeeded(make_walk: Callable[..., Walk]) -> None:
    walk = make_walk()
    walk.make_group()
    body = {"location": TARGET, "sku": {"name": "RS0", "tier": "Standard"}, "properties": {}}
    answer = walk.send("PUT", walk.vault, body, VAULTS)
    assert answer.status == 201
    assert answer.body["properties"]["provisioningState"] == "Provisioning"
    assert "Location" not in answer.headers
    status = walk.cloud.get(answer.headers["Azure-AsyncOperation"], version="")
    assert status.body["status"] == "InProgress"
    walk.advance(seconds=60)
    assert walk.cloud.get(answer.headers["Azure-AsyncOperation"], version="").body["status"] == "Succeeded"
    vault = walk.get(walk.vault, VAULTS)
    assert vault["properties"]["provisioningState"] == "Succeeded"
    assert vault["sku"] == {"name": "RS0", "tier": "Standard"}
    listed = walk.get(f"{walk.group_id}/providers/Microsoft.RecoveryServices/vaults", VAULTS)
    assert "securitySettings" not in listed["value"][0]["properties"]
    assert "securitySettings" in vault["properties"]


def test_a_vault_can_be_updated_and_keeps_what_it_had(walk: Walk) -> None:
    patch = {"tags": {"owner": "dr"}, "identity": {"type": "SystemAssigned"}}
    answer = walk.send("PATCH", walk.vault, patch, VAULTS)
    assert answer.status == 200
    assert answer.body["identity"]["principalId"]
    again = walk.send("PUT", walk.vault, {"location": TARGET, "properties": {}}, VAULTS)
    assert (again.status, again.body["tags"]) == (200, {"owner": "dr"})
    assert walk.send("GET", walk.fabric("nowhere")).status == 404, "it is still a vault in use"


@pytest.mark.parametrize(
    ("name", "location", "status"), [("1-vault", TARGET, 400), ("v", TARGET, 400), ("rsv-ok", "atlantis", 400)]
)
def test_illegal_vaults_are_refused(make_walk: Callable[..., Walk], name: str, location: str, status: int) -> None:
    walk = make_walk(vault_name=name)
    walk.make_group()
    assert walk.send("PUT", walk.vault, {"location": location}, VAULTS).status == status


def test_a_vault_does_not_move(walk: Walk) -> None:
    answer = walk.send("PUT", walk.vault, {"location": SOURCE}, VAULTS)
    assert (answer.status, answer.code) == (409, "InvalidResourceLocation")


def test_a_vault_is_deleted_when_it_is_empty_only(walk: Walk) -> None:
    walk.protect("web-01")
    refused = walk.send("DELETE", walk.vault, version=VAULTS)
    assert refused.status == 400
    assert "replicated items: web-01" in refused.body["error"]["message"]
    walk.run("DELETE", walk.item("web-01"))
    assert "mappings" in walk.send("DELETE", walk.vault, version=VAULTS).body["error"]["message"]
    for here in (SOURCE, TARGET):
        networks = f"{walk.fabric(here)}/replicationNetworks/azureNetwork/replicationNetworkMappings/net-{here}"
        walk.run("DELETE", networks)
        walk.run("DELETE", f"{walk.container(here)}/replicationProtectionContainerMappings/map-{here}")
    assert "fabrics" in walk.send("DELETE", walk.vault, version=VAULTS).body["error"]["message"]
    for here in (SOURCE, TARGET):
        walk.run("POST", f"{walk.container(here)}/remove")
        walk.run("DELETE", walk.fabric(here))
    walk.run("DELETE", walk.policy)
    assert walk.send("DELETE", walk.vault, version=VAULTS).status == 200
    assert walk.send("DELETE", walk.vault, version=VAULTS).status == 204
    assert walk.send("GET", walk.vault, version=VAULTS).status == 404


def test_a_fresh_vault_does_not_know_single_objects(make_walk: Callable[..., Walk]) -> None:
    walk = make_walk()
    walk.make_vault()
    for path in (walk.fabric(SOURCE), walk.policy, walk.item("x"), f"{walk.vault}/replicationRecoveryPlans/p"):
        answer = walk.send("GET", path)
        assert (answer.status, details(answer)) == (400, "SubscriptionIdNotRegisteredWithSrs"), path
    for kind in ("Fabrics", "Policies", "Jobs", "ProtectedItems", "Events", "Networks", "RecoveryPlans"):
        assert walk.get(f"{walk.vault}/replication{kind}") == {"value": [], "nextLink": None}
    walk.run(
        "PUT",
        walk.policy,
        {"properties": {"providerSpecificInput": {"instanceType": "A2A", "multiVmSyncStatus": "Enable"}}},
    )
    answer = walk.send("GET", walk.fabric(SOURCE))
    assert (answer.status, details(answer)) == (404, "FabricArmEntityMissing")


def test_a_region_has_one_fabric(make_walk: Callable[..., Walk]) -> None:
    walk = make_walk()
    walk.make_vault()
    walk.accept("PUT", walk.fabric(SOURCE), fabric_body(SOURCE))
    second = f"{walk.vault}/replicationFabrics/second"
    answer = walk.send("PUT", second, fabric_body("West Europe"))
    assert (answer.status, details(answer)) == (400, "FabricAlreadyExistsForLocation")
    assert walk.send("PUT", walk.fabric(SOURCE), fabric_body(SOURCE)).status == 409, "it is still being made"
    walk.advance(minutes=3)
    assert walk.get(walk.fabric(SOURCE))["properties"]["friendlyName"] == "West Europe"
    walk.run("PUT", walk.fabric(SOURCE), fabric_body(SOURCE))
    walk.run("POST", f"{walk.fabric(SOURCE)}/checkConsistency")
    assert walk.send("PUT", second, fabric_body("atlantis")).status == 400


def test_objects_in_use_are_not_removed(walk: Walk) -> None:
    walk.protect("web-01")
    for verb, path in (
        ("DELETE", walk.fabric(SOURCE)),
        ("POST", f"{walk.container(SOURCE)}/remove"),
        ("DELETE", walk.policy),
        ("DELETE", f"{walk.container(SOURCE)}/replicationProtectionContainerMappings/map-{SOURCE}"),
    ):
        answer = walk.send(verb, path)
        assert (answer.status, details(answer)) == (400, "OperationNotAllowedAsObjectInUse"), path


def test_the_list_under_a_container_holds_both_directions(walk: Walk) -> None:
    for here in (SOURCE, TARGET):
        listed = walk.get(f"{walk.container(here)}/replicationProtectionContainerMappings")["value"]
        assert sorted(mapping["name"] for mapping in listed) == [f"map-{TARGET}", f"map-{SOURCE}"]
    container = walk.get(walk.container(SOURCE))["properties"]
    assert (container["pairingStatus"], container["role"]) == ("Paired", "Primary")
    assert container["protectedItemCount"] == 0


def test_a_container_is_found_by_its_internal_guid_too(walk: Walk) -> None:
    guid = walk.get(walk.fabric(SOURCE))["properties"]["customDetails"]["containerIds"][0]
    found = walk.get(f"{walk.fabric(SOURCE)}/replicationProtectionContainers/{guid}")
    assert found["name"] == f"container-{SOURCE}"


def test_asked_enable_answered_enabled(walk: Walk) -> None:
    policy = walk.get(walk.policy)["properties"]["providerSpecificDetails"]
    assert policy["multiVmSyncStatus"] == "Enabled"
    assert (policy["crashConsistentFrequencyInMinutes"], policy["recoveryPointHistory"]) == (5, 1440)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"recoveryPointHistory": 30000}, "150261"),
        ({"appConsistentFrequencyInMinutes": 30, "recoveryPointHistory": 1440}, "15040"),
        ({"appConsistentFrequencyInMinutes": 120, "recoveryPointHistory": 60}, "150261"),
    ],
)
def test_policies_outside_the_ranges_fail_in_their_job(walk: Walk, settings: dict[str, int], code: str) -> None:
    body = {"properties": {"providerSpecificInput": {"instanceType": "A2A", "multiVmSyncStatus": "Enable", **settings}}}
    path = f"{walk.vault}/replicationPolicies/bad"
    job = walk.finish(walk.accept("PUT", path, body))["properties"]
    assert job["errors"][0]["serviceErrorDetails"]["code"] == code
    assert walk.send("GET", path).status == 404


def test_a_network_maps_to_one_network_of_a_region(walk: Walk) -> None:
    body = {
        "recoveryFabricName": f"fabric-{TARGET}",
        "recoveryNetworkId": walk.test_network,
        "fabricSpecificDetails": {
            "instanceType": "AzureToAzure",
            "primaryNetworkId": walk.source_network()["id"],
        },
    }
    path = f"{walk.fabric(SOURCE)}/replicationNetworks/azureNetwork/replicationNetworkMappings/other"
    answer = walk.send("PUT", path, {"properties": body})
    assert (answer.status, details(answer)) == (400, "NetworkAlreadyMapped")
    swapped = {**body, "recoveryNetworkId": walk.source_network()["id"]}
    answer = walk.send("PUT", path, {"properties": swapped})
    assert details(answer) == "AzureNetworkNotInFabricLocation"


def test_an_unknown_member_is_refused_under_strict_and_a_missing_one_always(walk: Walk) -> None:
    body = fabric_body(SOURCE)
    body["properties"]["customDetails"]["colour"] = "blue"
    assert walk.send("PUT", walk.fabric("x"), body).status == 400
    answer = walk.send("PUT", walk.fabric("x"), {"properties": {"customDetails": {"instanceType": "Azure"}}})
    assert "location" in answer.body["error"]["message"]


def test_vault_health_counts_its_items(walk: Walk) -> None:
    walk.protect("web-01")
    walk.run("POST", f"{walk.vault}/replicationVaultHealth/default/refresh")
    health = walk.get(f"{walk.vault}/replicationVaultHealth")["properties"]
    counts = health["protectedItemsHealth"]["categorizedResourceCounts"]
    assert health["protectedItemsHealth"]["resourceCount"] == 1
    assert counts["testFailoverApplicableProtectedItemsCount"] == 1
    assert counts["protectedItemsFailoverHealthWarningCount"] == 1
    assert health["protectedItemsHealth"]["issues"][0]["healthCode"] == "161011"
    walk.test_failover("web-01")
    counts = walk.get(f"{walk.vault}/replicationVaultHealth")["properties"]["protectedItemsHealth"]
    assert counts["categorizedResourceCounts"]["testFailoverWaitingProtectedItemsCount"] == 1


def test_events_tell_of_jobs_and_health(walk: Walk) -> None:
    walk.protect("web-01")
    walk.test_failover("web-01")
    events = walk.get(f"{walk.vault}/replicationEvents")["value"]
    texts = {event["properties"]["description"] for event in events}
    assert {"EnableDr - Succeeded", "TestFailover - Succeeded", "Virtual machine health is OK"} <= texts
    first = events[0]
    assert first["properties"]["providerSpecificDetails"]["fabricLocation"] == SOURCE
    assert walk.get(f"{walk.vault}/replicationEvents/{first['name'].replace(';', '%3B')}") == first
    only = walk.get(f"{walk.vault}/replicationEvents?$filter=eventType eq 'VmHealth'")["value"]
    assert {event["properties"]["eventType"] for event in only} == {"VmHealth"}


def test_alert_settings_are_written_at_once(walk: Walk) -> None:
    path = f"{walk.vault}/replicationAlertSettings/defaultAlertSetting"
    body = {"properties": {"sendToOwners": "Send", "customEmailAddresses": ["dr@contoso.com"], "locale": "en-US"}}
    answer = walk.send("PUT", path, body)
    assert answer.status == 200
    assert walk.get(path) == answer.body
    assert walk.get(f"{walk.vault}/replicationAlertSettings")["value"] == [answer.body]


def test_vault_settings_usages_and_backup_config(walk: Walk) -> None:
    path = f"{walk.vault}/replicationVaultSettings/default"
    assert walk.get(path)["properties"]["migrationSolutionId"] is None
    answer = walk.send("PUT", path, {"properties": {"vmwareToAzureProviderType": "InMageRcm"}})
    assert answer.status == 200
    assert walk.get(path)["properties"]["vmwareToAzureProviderType"] == "InMageRcm"
    usages = walk.get(f"{walk.vault}/usages", VAULTS)["value"]
    assert {usage["name"]["value"] for usage in usages} >= {"ReplicatedItems"}
    summary = walk.get(f"{walk.vault}/replicationUsages")["value"][0]
    assert (summary["registeredServersCount"], summary["protectedItemCount"]) == (2, 0)
    storage = f"{walk.vault}/backupstorageconfig/vaultstorageconfig"
    assert walk.get(storage, VAULTS)["properties"]["storageModelType"] == "GeoRedundant"
    changed = {"properties": {"storageModelType": "LocallyRedundant"}}
    assert walk.send("PATCH", storage, changed, VAULTS).status == 204
    assert walk.get(storage, VAULTS)["properties"]["storageModelType"] == "LocallyRedundant"
    config = f"{walk.vault}/backupconfig/vaultconfig"
    assert walk.get(config, VAULTS)["properties"]["softDeleteFeatureState"] == "Enabled"


def test_supported_systems_and_target_sizes(walk: Walk) -> None:
    systems = walk.get(f"{walk.vault}/replicationSupportedOperatingSystems?instanceType=A2A")["properties"]
    known = {system["osName"] for system in systems["supportedOsList"][0]["supportedOs"]}
    assert {"ubuntu", "rhel", "Windows Server 2022 Datacenter"} <= known
    walk.protect("web-01")
    sizes = {entry["name"] for entry in walk.get(f"{walk.item('web-01')}/targetComputeSizes")["value"]}
    assert "Standard_D2s_v5" in sizes
    assert not any("ps_v5" in size for size in sizes), "no Arm64 for an x64 machine"


def test_protectable_items_are_not_for_azure(walk: Walk) -> None:
    path = f"{walk.container(SOURCE)}/replicationProtectableItems"
    assert walk.get(path) == {"value": [], "nextLink": None}
