"""One life of a vault, lived so that every recording finds the moment it was made at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.emulator.conftest import Answer, build_cloud
from tests.emulator.site_recovery.walk import SOURCE, TARGET, Walk

ESTATE = """\
name: recorded
region: westeurope
subscriptions: [{id: 8d3f6b21-4c9e-4a7d-b05f-1e62c8d94a37, name: Recorded, unregistered: [Microsoft.KeyVault]}]
nat_gateways: {ng: {}}
networks: {vnet: {space: 10.1.0.0/16, subnets: {snet: {prefix: 10.1.1.0/24, nat: ng}}}}
vms:
  vm-1: {os: windows-2022, tags: {Owner: dr, Purpose: testing}}
  vm-2: {os: windows-2022, zone: 1, tags: {Owner: dr}}
  vm-3: {os: windows-2022, power: deallocated, provisioning: Failed}
  vm-4: {os: windows-2022, guest: {app_consistency: fails}}
"""


@dataclass
class Life:
    """The walk and what it has noted so far, by the name of the recording."""

    walk: Walk
    notes: dict[str, Answer] = field(default_factory=dict)

    def note(self, name: str, method: str, path: str, body: Any = None, version: str = "2025-08-01") -> Answer:
        """Make the call and keep its answer."""
        headers = {"x-ms-client-request-id": "0c22438d-53f3-4a7a-b299-67f7b1e60797"}
        answer = self.walk.cloud.send(method, path, body, version=version, headers=headers)
        self.notes[name] = answer
        return answer

    def run(self, name: str, method: str, path: str, body: Any = None) -> str:
        """Note an accepted write and wait for its job; returns the job's path."""
        answer = self.note(name, method, path, body)
        assert answer.status == 202, (name, answer.content)
        job = answer.headers["x-ms-request-id"]
        self.walk.finish(job.rpartition("/")[2])
        return job


def live() -> dict[str, Answer]:
    """Live it; returns the answers by the name of the recording they belong to."""
    life = Life(Walk(build_cloud(ESTATE)))
    _vault(life)
    _set_up(life)
    _replicate(life)
    _drill(life)
    _fail_over(life)
    _teardown(life)
    return life.notes


def _vault(life: Life) -> None:
    walk, note = life.walk, life.note
    note("resourceGroup.create", "PUT", walk.group_id, {"location": TARGET}, "2022-09-01")
    note("vault.get.notFound", "GET", walk.vault, version="2023-02-01")
    other = f"{walk.group_id}/providers/Microsoft.Network/virtualNetworks/none"
    note("resource.get.notFound", "GET", other, version="2023-02-01")
    monitoring = {
        "azureMonitorAlertSettings": {"alertsForAllJobFailures": "Enabled"},
        "classicAlertSettings": {"alertsForCriticalOperations": "Enabled"},
    }
    body = {
        "location": TARGET,
        "properties": {"publicNetworkAccess": "Enabled", "monitoringSettings": monitoring},
        "sku": {"name": "Standard"},
    }
    made = note("vault.create.provisioning", "PUT", walk.vault, body, "2023-02-01")
    poll = made.headers["Azure-AsyncOperation"]
    note("vault.operationStatus.inProgress", "GET", poll, version="")
    walk.advance(seconds=60)
    note("vault.operationStatus.succeeded", "GET", poll, version="")
    note("vault.get.succeeded", "GET", walk.vault, version="2023-02-01")
    note("error.vaultNotRegisteredWithSiteRecovery", "GET", walk.fabric(SOURCE))
    note("list.empty", "GET", f"{walk.vault}/replicationProtectedItems")
    note("vaultHealth.get.emptyVault", "GET", f"{walk.vault}/replicationVaultHealth")
    note("supportedOperatingSystems.get", "GET", f"{walk.vault}/replicationSupportedOperatingSystems")
    job = life.run("vaultHealth.refresh.accepted", "POST", f"{walk.vault}/replicationVaultHealth/default/refresh")
    note("job.get.refreshVaultHealth.succeeded", "GET", job)
    unregistered = f"{walk.group_id}/providers/Microsoft.KeyVault/vaults/kv-a"
    note("error.missingSubscriptionRegistration.409", "PUT", unregistered, {"location": TARGET}, "2023-07-01")
    for name in ("error.throttled.resource.429", "error.throttled.subscription.429"):
        rule = {"when": {"path": "**/vaults/*"}, "then": {"throttle": 30}}
        walk.cloud.send("POST", "/emulator/faults", {"faults": [rule]}, version="")
        note(name, "GET", walk.vault, version="2023-02-01")
        walk.cloud.send("DELETE", "/emulator/faults", version="")


def _set_up(life: Life) -> None:
    walk, note = life.walk, life.note
    walk.make_networks()
    body = {"location": SOURCE, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}
    made = note("storageAccount.create.accepted", "PUT", walk.cache_id, body, "2017-10-01")
    walk.advance(seconds=60)
    note("storageAccount.create.done", "GET", made.headers["Location"], version="")
    details = {"properties": {"customDetails": {"instanceType": "Azure", "location": SOURCE}}}
    accepted = note("fabric.create.accepted.fullHeaders", "PUT", walk.fabric(SOURCE), details)
    poll = accepted.headers["Azure-AsyncOperation"]
    job = accepted.headers["x-ms-request-id"]
    walk.advance(seconds=30)
    note("operationStatus.inProgress", "GET", poll, version="")
    note("job.get.createSite.inProgress", "GET", job)
    walk.advance(seconds=90)
    note("operationStatus.succeeded", "GET", poll, version="")
    note("fabric.get", "GET", walk.fabric(SOURCE))
    note("error.fabricNotFound", "GET", walk.fabric("nowhere"))
    note("error.badRequest.fullEnvelope", "PUT", f"{walk.vault}/replicationFabrics/second", details)
    details = {"properties": {"customDetails": {"instanceType": "Azure", "location": TARGET}}}
    walk.run("PUT", walk.fabric(TARGET), details)
    container = {"properties": {"providerSpecificInput": [{"instanceType": "A2A"}]}}
    life.run("protectionContainer.create.accepted", "PUT", walk.container(SOURCE), container)
    note("protectionContainer.get.notPaired", "GET", walk.container(SOURCE))
    walk.run("PUT", walk.container(TARGET), container)
    policy = {"instanceType": "A2A", "multiVmSyncStatus": "Enable", "recoveryPointHistory": 1440}
    body = {"properties": {"providerSpecificInput": {**policy, "appConsistentFrequencyInMinutes": 60}}}
    job = life.run("policy.create.accepted", "PUT", walk.policy, body)
    note("job.get.createPolicy.succeeded", "GET", job)
    note("policy.get", "GET", walk.policy)
    _map(life)


def _map(life: Life) -> None:
    walk = life.walk
    mapping = f"{walk.container(SOURCE)}/replicationProtectionContainerMappings/map-{SOURCE}"
    provider = {"instanceType": "A2A", "agentAutoUpdateStatus": "Disabled"}
    body = {
        "policyId": walk.policy,
        "targetProtectionContainerId": walk.container(TARGET),
        "providerSpecificInput": provider,
    }
    life.run("containerMapping.create.accepted", "PUT", mapping, {"properties": body})
    life.note("containerMapping.get.paired", "GET", mapping)
    back = {**body, "targetProtectionContainerId": walk.container(SOURCE)}
    path = f"{walk.container(TARGET)}/replicationProtectionContainerMappings/map-{TARGET}"
    walk.run("PUT", path, {"properties": back})
    networks = {SOURCE: walk.source_network()["id"], TARGET: walk.network}
    for here, there, name in ((SOURCE, TARGET, "networkMapping.create.accepted"), (TARGET, SOURCE, "reverse")):
        details = {"instanceType": "AzureToAzure", "primaryNetworkId": networks[here]}
        body = {
            "fabricSpecificDetails": details,
            "recoveryFabricName": f"fabric-{there}",
            "recoveryNetworkId": networks[there],
        }
        path = f"{walk.fabric(here)}/replicationNetworks/azureNetwork/replicationNetworkMappings/net-{here}"
        life.run(name, "PUT", path, {"properties": body})
        if here == SOURCE:
            life.note("networkMapping.get.paired", "GET", path)


def _replicate(life: Life) -> None:
    walk, note = life.walk, life.note
    for name, vm in (("eligible", "vm-1"), ("ineligible.spec", "vm-3")):
        path = f"{walk.vm(vm)['id']}/providers/Microsoft.RecoveryServices/replicationEligibilityResults"
        note(f"eligibility.list.{name}", "GET", path)
    refused = note("refused", "PUT", walk.item("vm-3"), walk.enable_body(walk.vm("vm-3")))
    walk.advance(minutes=2)
    note("operationStatus.failed", "GET", refused.headers["Azure-AsyncOperation"], version="")
    zonal = walk.enable_body(
        walk.vm("vm-2"),
        recoveryAvailabilityZone="1",
        vmDisks=[],
        recoveryAzureNetworkId=walk.network,
        recoveryVirtualMachineScaleSetId=f"{walk.group_id}/providers/Microsoft.Compute/virtualMachineScaleSets/vmss",
    )
    note("protectedItem.create.accepted.2025headers", "PUT", walk.item("vm-2"), zonal)
    accepted = note("protectedItem.create.accepted", "PUT", walk.item("vm-1"), walk.enable_body(walk.vm("vm-1")))
    job = accepted.headers["x-ms-request-id"]
    walk.advance(seconds=60)
    note("job.get.enableDr.inProgress", "GET", job)
    walk.finish(job.rpartition("/")[2])
    note("job.get.enableDr.succeeded", "GET", job)
    note("protectedItem.get.initialReplicationInProgress", "GET", walk.item("vm-1"))
    _first_report(life)
    walk.protect("vm-4")
    walk.advance(minutes=30)
    note("protectedItem.get.protected", "GET", walk.item("vm-1"))
    note("protectedItem.get.protected.2025", "GET", walk.item("vm-2"))
    note("protectedItem.list.protected.2025", "GET", f"{walk.container(SOURCE)}/replicationProtectedItems")
    note("jobs.list", "GET", f"{walk.vault}/replicationJobs")
    listed = life.notes["jobs.list"].body["value"]
    done = next(entry for entry in listed if entry["properties"]["scenarioName"] == "SecondaryIrCompletion")
    note("job.get.secondaryIrCompletion.succeeded", "GET", done["id"])
    events = walk.get(f"{walk.vault}/replicationEvents?$filter=eventType eq 'VmHealth' and severity ne 'OK'")["value"]
    note("event.item.replicationNotProgressing", "GET", f"{walk.vault}/replicationEvents/{events[0]['name']}")
    walk.advance(hours=1)
    note("recoveryPoints.list.a2a", "GET", f"{walk.item('vm-1')}/recoveryPoints")


def _first_report(life: Life) -> None:
    """The moment at which the VM reports 0 % and its disk nothing yet."""
    for _ in range(400):
        answer = life.note("protectedItem.get.initialReplication0pct", "GET", life.walk.item("vm-1"))
        details = answer.body["properties"]["providerSpecificDetails"]
        disk = details["protectedManagedDisks"][0]
        if details["monitoringPercentageCompletion"] == 0 and disk["monitoringPercentageCompletion"] is None:
            return
        life.walk.advance(seconds=10)
    raise AssertionError("0 % was never reported")


def _drill(life: Life) -> None:
    walk, note = life.walk, life.note
    nic = walk.get(walk.item("vm-1"))["properties"]["providerSpecificDetails"]["vmNics"][0]
    patch = {
        "recoveryAzureVMName": "vm-1",
        "vmNics": [{"nicId": nic["nicId"], "selectionType": "SelectedByUserOverride"}],
        "providerSpecificDetails": {"instanceType": "A2A", "tfoAzureVMName": "vm-1-test"},
    }
    life.run("protectedItem.update.accepted", "PATCH", walk.item("vm-1"), {"properties": patch})
    request = {
        "failoverDirection": "PrimaryToRecovery",
        "networkType": "VmNetworkAsInput",
        "networkId": walk.test_network,
        "providerSpecificDetails": {"instanceType": "A2A"},
    }
    accepted = note("drill", "POST", f"{walk.item('vm-1')}/testFailover", {"properties": request})
    job = accepted.headers["x-ms-request-id"]
    walk.advance(seconds=20)
    note("job.get.testFailover.inProgress.hyperv", "GET", job)
    walk.finish(job.rpartition("/")[2])
    note("protectedItem.testFailover.waitingForCleanup.spec", "GET", walk.item("vm-1"))
    cleanup = f"{walk.item('vm-1')}/testFailoverCleanup"
    job = life.run("cleanup", "POST", cleanup, {"properties": {"comments": ""}})
    note("job.get.testFailoverCleanup.succeeded.hyperv", "GET", job)
    note("protectedItem.testFailoverCleanup.done.spec", "GET", walk.item("vm-1"))
    walk.test_failover("vm-1", networkId=f"{walk.test_network}-gone")
    note("event.list.spec", "GET", f"{walk.vault}/replicationEvents")


def _fail_over(life: Life) -> None:
    walk, note = life.walk, life.note
    request = {
        "failoverDirection": "PrimaryToRecovery",
        "providerSpecificDetails": {"instanceType": "A2A"},
        "sourceSiteOperations": "Required",
    }
    for name, vm in (("protectedItem.unplannedFailover.accepted", "vm-1"), ("second", "vm-2")):
        job = life.run(name, "POST", f"{walk.item(vm)}/unplannedFailover", {"properties": request})
        if vm == "vm-1":
            note("job.get.unplannedFailover.succeeded", "GET", job)
            note("protectedItem.unplannedFailover.done.spec", "GET", walk.item(vm))
        commit = f"{walk.item(vm)}/failoverCommit"
        job = life.run("protectedItem.failoverCommit.accepted", "POST", commit)
        note("job.get.commitFailover.succeeded", "GET", job)
    cache = f"{walk.group_id}/providers/Microsoft.Storage/storageAccounts/stasrcache002"
    account = {"location": TARGET, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}
    walk.send("PUT", cache, account, "2023-05-01")
    walk.advance(seconds=60)
    path = f"{walk.container(SOURCE)}/switchprotection"
    job = life.run("container.switchProtection.accepted", "POST", path, _switch(walk, "vm-1", cache))
    note("job.get.reprotect.succeeded", "GET", job)
    _copying(life)
    scale_set = f"{walk.group_source}/providers/Microsoft.Compute/virtualMachineScaleSets/vmss"
    body = _switch(walk, "vm-2", cache)
    body["properties"]["providerSpecificDetails"]["recoveryVirtualMachineScaleSetId"] = scale_set
    job = life.run("reprotect", "POST", path, body)
    note("job.get.reprotect.completedWithInformation", "GET", job)


def _copying(life: Life) -> None:
    """The moment at which the reprotected VM and its disk both report a figure."""
    for _ in range(400):
        item = life.walk.item("vm-1", TARGET)
        answer = life.note("protectedItem.get.reprotected.initialReplication33pct", "GET", item)
        details = answer.body["properties"]["providerSpecificDetails"]
        disk = details["protectedManagedDisks"][0]
        if disk["monitoringPercentageCompletion"] is not None:
            return
        life.walk.advance(seconds=20)
    raise AssertionError("the copy never reported a figure")


def _switch(walk: Walk, vm: str, cache: str) -> dict[str, Any]:
    path = f"{walk.group_id}/providers/Microsoft.Compute/virtualMachines/{vm}"
    disk = walk.get(path, "2024-07-01")["properties"]["storageProfile"]["osDisk"]["managedDisk"]["id"]
    managed = {
        "diskId": disk,
        "primaryStagingAzureStorageAccountId": cache,
        "recoveryResourceGroupId": walk.group_source,
    }
    details = {
        "instanceType": "A2A",
        "policyId": walk.policy,
        "recoveryContainerId": walk.container(SOURCE),
        "recoveryResourceGroupId": walk.group_source,
        "vmManagedDisks": [managed],
    }
    return {"properties": {"providerSpecificDetails": details, "replicationProtectedItemName": vm}}


def _teardown(life: Life) -> None:
    walk = life.walk
    disable = {"disableProtectionReason": "NotSpecified"}
    life.run("protectedItem.disable.accepted.spec", "POST", f"{walk.item('vm-4')}/remove", {"properties": disable})
    walk.advance(hours=2)
    for name, vm in (("protectedItem.purge.accepted", "vm-1"), ("again", "vm-2")):
        life.run(name, "DELETE", walk.item(vm, TARGET))
    mapping = f"{walk.container(SOURCE)}/replicationProtectionContainerMappings/map-{SOURCE}"
    life.run("containerMapping.delete.accepted", "DELETE", mapping)
