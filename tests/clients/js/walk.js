// Walks the emulator with the unmodified Azure SDK for JavaScript: vault, fabrics, containers, policy, mappings, replication of
// one VM, test failover, cleanup. Needs the exports of `asr-tui emulator --estate starter` in the environment.
// Prints a line a step and ends with status 0; any difference from what Azure promises ends it with 1.

import assert from "node:assert/strict";
import { ComputeManagementClient } from "@azure/arm-compute";
import { NetworkManagementClient } from "@azure/arm-network";
import { RecoveryServicesClient } from "@azure/arm-recoveryservices";
import { SiteRecoveryManagementClient } from "@azure/arm-recoveryservices-siterecovery";
import { ResourceManagementClient } from "@azure/arm-resources";
import { StorageManagementClient } from "@azure/arm-storage";
import { ClientSecretCredential } from "@azure/identity";

const { env } = process;
const SOURCE = "westeurope";
const TARGET = "northeurope";
const GROUP = "rg-js-recovery";
const VAULT = "vault-js";
const POLL = { updateIntervalInMs: 100 };
const subscription = env.AZURE_SUBSCRIPTION_ID;

const credential = new ClientSecretCredential(env.AZURE_TENANT_ID, env.AZURE_CLIENT_ID, env.AZURE_CLIENT_SECRET, {
  authorityHost: env.AZURE_AUTHORITY_HOST,
  disableInstanceDiscovery: true,
});
const options = { endpoint: env.ASR_TUI_ARM_ENDPOINT, credentialScopes: ["https://management.azure.com/.default"] };
const clients = [ResourceManagementClient, ComputeManagementClient, NetworkManagementClient, StorageManagementClient,
  RecoveryServicesClient, SiteRecoveryManagementClient];
const [resources, compute, network, storage, vaults, recovery] = clients.map((Client) => new Client(credential, subscription, options));

const say = (text) => console.log(text);
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function all(pages) {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
}

async function until(what, probe, attempts = 600) {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const found = await probe();
    if (found) return found;
    await pause(100);
  }
  throw new Error(`${what}: not seen in time`);
}

async function readEstate() {
  const vms = await all(compute.virtualMachines.listAll());
  const vm = vms.find((one) => one.name === "web-01");
  assert.ok(vm, `web-01 is among ${vms.map((one) => one.name)}`);
  const source = (await all(network.virtualNetworks.listAll())).find((one) => one.location === SOURCE);
  assert.ok(source.subnets.length > 0);
  say(`estate: ${vms.length} VMs, network ${source.name}`);
  return { vm, source };
}

async function makeGroundwork(source) {
  await resources.resourceGroups.createOrUpdate(GROUP, { location: TARGET });
  const target = await network.virtualNetworks.beginCreateOrUpdateAndWait(GROUP, "vnet-js", {
    location: TARGET,
    addressSpace: source.addressSpace,
    subnets: source.subnets.map(({ name, addressPrefix, addressPrefixes }) => ({ name, addressPrefix, addressPrefixes })),
  }, POLL);
  const drill = await network.virtualNetworks.beginCreateOrUpdateAndWait(GROUP, "vnet-js-drill", {
    location: TARGET,
    addressSpace: source.addressSpace,
    subnets: source.subnets.map(({ name, addressPrefix, addressPrefixes }) => ({ name, addressPrefix, addressPrefixes })),
  }, POLL);
  const cache = await storage.storageAccounts.beginCreateAndWait("rg-starter", "jswalkcache", {
    location: SOURCE, kind: "StorageV2", sku: { name: "Standard_LRS" },
  }, POLL);
  assert.equal(cache.location, SOURCE);
  const vault = await vaults.vaults.beginCreateOrUpdateAndWait(GROUP, VAULT, {
    location: TARGET, sku: { name: "Standard" }, properties: { publicNetworkAccess: "Enabled" },
  }, POLL);
  assert.equal(vault.properties.provisioningState, "Succeeded");
  say(`groundwork: networks, cache account ${cache.name}, vault ${vault.name}`);
  return { target, drill, cache };
}

async function makeObjects(source, target) {
  for (const region of [SOURCE, TARGET]) {
    const fabric = await recovery.replicationFabrics.beginCreateAndWait(VAULT, GROUP, region, {
      properties: { customDetails: { instanceType: "Azure", location: region } },
    }, POLL);
    assert.equal(fabric.properties.customDetails.location, region);
    const container = await recovery.replicationProtectionContainers.beginCreateAndWait(VAULT, GROUP, region, `${region}-container`, {
      properties: { providerSpecificInput: [{ instanceType: "A2A" }] },
    }, POLL);
    assert.equal(container.properties.fabricType, "Azure");
  }
  const policy = await recovery.replicationPolicies.beginCreateAndWait(VAULT, GROUP, "day", {
    properties: { providerSpecificInput: {
      instanceType: "A2A", multiVmSyncStatus: "Enable", recoveryPointHistory: 1440, appConsistentFrequencyInMinutes: 0,
      crashConsistentFrequencyInMinutes: 5 } },
  }, POLL);
  assert.equal(policy.properties.providerSpecificDetails.multiVmSyncStatus, "Enabled");
  const containers = Object.fromEntries((await all(recovery.replicationProtectionContainers.list(VAULT, GROUP)))
    .map((one) => [one.name, one]));
  for (const [from, to] of [[SOURCE, TARGET], [TARGET, SOURCE]]) {
    const mapping = await recovery.replicationProtectionContainerMappings.beginCreateAndWait(
      VAULT, GROUP, from, `${from}-container`, `${from}-${to}`, {
        properties: { policyId: policy.id, targetProtectionContainerId: containers[`${to}-container`].id,
          providerSpecificInput: { instanceType: "A2A", agentAutoUpdateStatus: "Disabled" } },
      }, POLL);
    assert.equal(mapping.properties.state, "Paired");
  }
  const networkMapping = await recovery.replicationNetworkMappings.beginCreateAndWait(VAULT, GROUP, SOURCE, "azureNetwork", "map", {
    properties: { recoveryFabricName: TARGET, recoveryNetworkId: target.id,
      fabricSpecificDetails: { instanceType: "AzureToAzure", primaryNetworkId: source.id } },
  }, POLL);
  assert.equal(networkMapping.properties.recoveryNetworkId, target.id.toLowerCase());
  say("objects: 2 fabrics, 2 containers, policy, 2 container mappings, network mapping");
  return { policy, containers };
}

async function replicate(vm, { policy, containers }, cache, target) {
  const eligible = await recovery.replicationEligibilityResultsOperations.get("rg-starter", vm.name);
  assert.deepEqual(eligible.properties.errors ?? [], []);
  const group = `/subscriptions/${subscription}/resourceGroups/${GROUP}`;
  const disks = [vm.storageProfile.osDisk, ...vm.storageProfile.dataDisks].map((disk) => ({
    diskId: disk.managedDisk.id, primaryStagingAzureStorageAccountId: cache.id, recoveryResourceGroupId: group,
    recoveryReplicaDiskAccountType: "Premium_LRS", recoveryTargetDiskAccountType: "Premium_LRS",
  }));
  const item = await recovery.replicationProtectedItems.beginCreateAndWait(VAULT, GROUP, SOURCE, `${SOURCE}-container`, vm.name, {
    properties: { policyId: policy.id, protectableItemId: "", providerSpecificDetails: {
      instanceType: "A2A", fabricObjectId: vm.id, recoveryContainerId: containers[`${TARGET}-container`].id,
      recoveryResourceGroupId: group, recoveryAzureNetworkId: target.id, vmManagedDisks: disks } },
  }, POLL);
  assert.notEqual(item.properties.protectionState, "Protected", "accepted is not protected");
  const get = () => recovery.replicationProtectedItems.get(VAULT, GROUP, SOURCE, `${SOURCE}-container`, vm.name);
  await until("Protected", async () => (await get()).properties.protectionState === "Protected");
  const points = await until("recovery points", async () => {
    const found = await all(recovery.recoveryPoints.listByReplicationProtectedItems(VAULT, GROUP, SOURCE, `${SOURCE}-container`, vm.name));
    return found.length > 0 && found;
  });
  const jobs = await all(recovery.replicationJobs.list(VAULT, GROUP));
  assert.ok(jobs.some((job) => job.properties.scenarioName === "SecondaryIrCompletion"));
  say(`replication: ${vm.name} is protected, ${points.length} recovery points, ${jobs.length} jobs`);
  return get;
}

async function drill(vm, get, network_) {
  const where = [VAULT, GROUP, SOURCE, `${SOURCE}-container`, vm.name];
  await recovery.replicationProtectedItems.beginTestFailoverAndWait(...where, {
    properties: { failoverDirection: "PrimaryToRecovery", networkType: "VmNetworkAsInput", networkId: network_.id,
      providerSpecificDetails: { instanceType: "A2A" } },
  }, POLL);
  const name = (await get()).properties.providerSpecificDetails.tfoAzureVMName;
  const test = await until("the test VM", async () => (await all(compute.virtualMachines.list(GROUP))).find((one) => one.name === name));
  const view = await compute.virtualMachines.instanceView(GROUP, test.name);
  assert.ok(view.statuses.some((status) => status.code === "PowerState/running"));
  assert.deepEqual((await get()).properties.allowedOperations, ["TestFailoverCleanup"]);
  await recovery.replicationProtectedItems.beginTestFailoverCleanupAndWait(...where, { properties: { comments: "walked in JavaScript" } }, POLL);
  await until("the test VM's end", async () => (await all(compute.virtualMachines.list(GROUP))).length === 0);
  assert.ok((await get()).properties.lastSuccessfulTestFailoverTime);
  say(`drill: ${test.name} ran and is gone`);
}

async function refusals() {
  await assert.rejects(() => recovery.replicationFabrics.get(VAULT, GROUP, "nowhere"), (error) => error.statusCode === 404);
  await assert.rejects(() => resources.resourceGroups.get("rg-nowhere"), (error) => error.code === "ResourceGroupNotFound");
  await assert.rejects(() => vaults.vaults.delete(GROUP, VAULT), (error) => error.statusCode >= 400 && error.statusCode < 500);
  say("refusals: unknown objects, and a vault in use");
}

const { vm, source } = await readEstate();
const { target, drill: drillNetwork, cache } = await makeGroundwork(source);
const objects = await makeObjects(source, target);
const get = await replicate(vm, objects, cache, target);
await drill(vm, get, drillNetwork);
await refusals();
say("done");
