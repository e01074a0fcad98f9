from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from practice_cloud import Connect, PracticeCloud, StartEmulator

from asr_tui.azure.clients import Clients
from asr_tui.azure.operations import Operation, OperationState, poll, read_job
from asr_tui.azure.read_back import Difference, exists, read_back
from asr_tui.azure.vault_reader import (
    read_item,
    read_jobs,
    read_recovery_points,
    read_running_jobs,
    read_vault_contents,
)
from asr_tui.azure.vm_reader import list_states, list_vms, read_eligibility, read_vm
from asr_tui.azure.writer import begin, running_operation, start_cleanup, start_test_failover
from asr_tui.model import arm_id
from asr_tui.model.change import Action, Change, Kind
from asr_tui.model.compute import VirtualMachine
from asr_tui.model.problem import ProblemError
from asr_tui.model.step import Step

SOURCE, TARGET = "westeurope", "northeurope"


def change(kind: Kind, resource_id: str, body: Mapping[str, Any], action: Action = Action.CREATE) -> Change:
    return Change(
        key=arm_id.key(resource_id),
        action=action,
        kind=kind,
        step=Step.VAULT,
        resource_id=resource_id,
        name=arm_id.name(resource_id),
        reason="",
        body=body,
    )


class SetUp:
    """The changes of one onboarding, as the rules would plan them."""

    def __init__(self, subscription_id: str) -> None:
        self.group = arm_id.resource_group_id(subscription_id, "rg-dr")
        self.network = self._in_group("Microsoft.Network/virtualNetworks", "vnet-dr")
        self.cache = self._in_group("Microsoft.Storage/storageAccounts", "stdrcache0001")
        self.vault = self._in_group("Microsoft.RecoveryServices/vaults", "vault-dr")
        self.source = f"{self.vault}/replicationFabrics/asr-a2a-default-{SOURCE}"
        self.target = f"{self.vault}/replicationFabrics/asr-a2a-default-{TARGET}"
        self.source_container = f"{self.source}/replicationProtectionContainers/{SOURCE}-container"
        self.target_container = f"{self.target}/replicationProtectionContainers/{TARGET}-container"
        self.policy = f"{self.vault}/replicationPolicies/24-hour-retention-policy"

    def _in_group(self, resource_type: str, name: str) -> str:
        return f"{self.group}/providers/{resource_type}/{name}"

    def base(self) -> list[Change]:
        network = {
            "location": TARGET,
            "properties": {
                "addressSpace": {"addressPrefixes": ["10.90.0.0/16"]},
                "subnets": [{"name": "default", "properties": {"addressPrefix": "10.90.1.0/24"}}],
            },
        }
        cache = {"location": SOURCE, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}
        vault = {
            "location": TARGET,
            "sku": {"name": "RS0", "tier": "Standard"},
            "properties": {"publicNetworkAccess": "Enabled"},
        }
        return [
            change(Kind.RESOURCE_GROUP, self.group, {"location": TARGET}),
            change(Kind.NETWORK, self.network, network),
            change(Kind.CACHE_ACCOUNT, self.cache, cache),
            change(Kind.VAULT, self.vault, vault),
        ]

    def only(self, *kinds: Kind) -> list[Change]:
        return [each for each in self.base() if each.kind in kinds]

    def fabrics(self) -> list[Change]:
        return [
            change(
                Kind.FABRIC, fabric, {"properties": {"customDetails": {"instanceType": "Azure", "location": region}}}
            )
            for fabric, region in ((self.source, SOURCE), (self.target, TARGET))
        ]

    def inside(self, source_network_id: str) -> list[Change]:
        container = {"properties": {"providerSpecificInput": [{"instanceType": "A2A"}]}}
        settings = {
            "instanceType": "A2A",
            "recoveryPointHistory": 1440,
            "crashConsistentFrequencyInMinutes": 5,
            "appConsistentFrequencyInMinutes": 0,
            "multiVmSyncStatus": "Enable",
        }
        there = f"{self.source_container}/replicationProtectionContainerMappings/there"
        back = f"{self.target_container}/replicationProtectionContainerMappings/back"
        mapped = f"{self.source}/replicationNetworks/azureNetwork/replicationNetworkMappings/map"
        return [
            change(Kind.CONTAINER, self.source_container, container),
            change(Kind.CONTAINER, self.target_container, container),
            change(Kind.POLICY, self.policy, {"properties": {"providerSpecificInput": settings}}),
            change(Kind.CONTAINER_MAPPING, there, self._mapping(self.target_container)),
            change(Kind.CONTAINER_MAPPING, back, self._mapping(self.source_container)),
            change(Kind.NETWORK_MAPPING, mapped, self._network_mapping(source_network_id)),
        ]

    def _mapping(self, container_id: str) -> dict[str, Any]:
        return {
            "properties": {
                "policyId": self.policy,
                "targetProtectionContainerId": container_id,
                "providerSpecificInput": {"instanceType": "A2A", "agentAutoUpdateStatus": "Disabled"},
            }
        }

    def _network_mapping(self, source_network_id: str) -> dict[str, Any]:
        return {
            "properties": {
                "recoveryFabricName": arm_id.name(self.target),
                "recoveryNetworkId": self.network,
                "fabricSpecificDetails": {"instanceType": "AzureToAzure", "primaryNetworkId": source_network_id},
            }
        }

    def item(self, vm: VirtualMachine) -> Change:
        disks = [
            {
                "diskId": disk.disk_id,
                "primaryStagingAzureStorageAccountId": self.cache,
                "recoveryResourceGroupId": self.group,
                "recoveryReplicaDiskAccountType": "Premium_LRS",
                "recoveryTargetDiskAccountType": "Premium_LRS",
            }
            for disk in vm.disks
        ]
        details = {
            "instanceType": "A2A",
            "fabricObjectId": vm.id,
            "recoveryContainerId": self.target_container,
            "recoveryResourceGroupId": self.group,
            "recoveryAzureNetworkId": self.network,
            "vmManagedDisks": disks,
        }
        made = change(
            Kind.ITEM,
            f"{self.source_container}/replicationProtectedItems/{vm.name}",
            {"properties": {"policyId": self.policy, "providerSpecificDetails": details}},
        )
        return Change(**{**{name: getattr(made, name) for name in made.__slots__}, "vm_id": vm.id})


async def finish(emulator: PracticeCloud, clients: Clients, operation: Operation) -> OperationState:
    """Poll to the end, with Azure's clock moved on between the looks; the operation goes through JSON each time."""
    for _ in range(80):
        state = await poll(clients, Operation.model_validate_json(operation.model_dump_json()))
        if state.finished:
            return state
        operation = state.operation
        emulator.pass_time(30)
    pytest.fail(f"{operation.kind} did not end")


async def carry_out(emulator: PracticeCloud, clients: Clients, changes: list[Change]) -> None:
    for each in changes:
        assert not await exists(clients, each), each.name
        state = await finish(emulator, clients, await begin(clients, each))
        assert state.state == "succeeded", (each.name, state.problem)
        assert (await read_back(clients, each)).differences == (), each.name


async def source_network(clients: Clients, vm: VirtualMachine) -> str:
    nic = await clients.get(vm.nic_ids[0])
    subnet: str = nic["properties"]["ipConfigurations"][0]["properties"]["subnet"]["id"]
    return subnet.partition("/subnets/")[0]


async def protected(emulator: PracticeCloud, clients: Clients, plan: SetUp) -> str:
    """Set everything up and enable one VM; returns the item's id, protected and with recovery points."""
    vm = (await list_vms(clients, {}))[0]
    await carry_out(emulator, clients, plan.base() + plan.fabrics())
    await carry_out(emulator, clients, plan.inside(await source_network(clients, vm)))
    enabling = plan.item(vm)
    await carry_out(emulator, clients, [enabling])
    for _ in range(200):
        item = await read_item(clients, enabling.resource_id)
        assert item is not None
        if item.is_protected:
            return item.id
        emulator.pass_time(120)
    pytest.fail("the VM never became protected")


async def test_a_vm_is_protected_drilled_and_cleaned_up(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "starter")
    async with connect(emulator) as clients:
        plan = SetUp(emulator.subscription_id)
        item_id = await protected(emulator, clients, plan)
        contents = await read_vault_contents(clients, plan.vault)
        assert {fabric.location for fabric in contents.fabrics} == {SOURCE, TARGET}
        source = contents.fabric_of(SOURCE)
        assert source is not None
        assert [arm_id.key(found.id) for found in contents.containers_of(source)] == [arm_id.key(plan.source_container)]
        assert len(contents.container_mappings) == 2 and len(contents.network_mappings) == 1
        assert contents.policies[0].retention_minutes == 1440 and contents.policies[0].multi_vm_sync
        vm = (await list_vms(clients, {}))[0]
        item = contents.item_of(vm.id)
        assert item is not None and arm_id.same(item.container_id, plan.source_container)

        emulator.pass_time(3600)
        points = await read_recovery_points(clients, item_id)
        assert points == tuple(sorted(points, key=lambda point: point.time, reverse=True)) and points
        drill = await start_test_failover(clients, item_id, network_id=plan.network, recovery_point_id=points[0].id)
        state = await finish(emulator, clients, drill)
        assert state.state == "succeeded", state.problem
        job = await read_job(clients, drill.job_id)
        assert job is not None and job.scenario == "TestFailover" and job.succeeded and len(job.tasks) >= 3
        item = await read_item(clients, item_id)
        assert item is not None and "TestFailoverCleanup" in item.allowed_operations and item.test_vm_name
        test_vm = await read_vm(
            clients, f"{plan.group}/providers/Microsoft.Compute/virtualMachines/{item.test_vm_name}"
        )
        assert test_vm is not None and test_vm.power_state == "running"

        state = await finish(emulator, clients, await start_cleanup(clients, item_id, "went well"))
        assert state.state == "succeeded", state.problem
        assert await read_vm(clients, test_vm.id) is None
        item = await read_item(clients, item_id)
        assert item is not None and item.last_test_failover is not None


async def test_eligibility_is_the_services_own_verdict(contoso: PracticeCloud, connect: Connect) -> None:
    async with connect(contoso) as clients:
        vms = await list_vms(clients, await list_states(clients))
        gone = f"{vms[0].id}-gone"
        verdicts = {verdict.vm_id: verdict for verdict in await read_eligibility(clients, [*(v.id for v in vms), gone])}
    assert set(verdicts) == {vm.id for vm in vms}
    stopped = [vm for vm in vms if vm.power_state == "deallocated"]
    assert stopped and all(verdicts[vm.id].errors for vm in stopped)
    assert any(not verdict.errors for verdict in verdicts.values())


async def test_an_operation_that_runs_is_found_and_adopted(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "starter")
    async with connect(emulator) as clients:
        plan = SetUp(emulator.subscription_id)
        await carry_out(emulator, clients, plan.only(Kind.RESOURCE_GROUP, Kind.VAULT))
        fabric = plan.fabrics()[0]
        assert await running_operation(clients, fabric) is None
        begun = await begin(clients, fabric)
        assert begun.style == "status" and begun.retry_after_seconds == 30
        adopted = await running_operation(clients, fabric)
        assert adopted is not None and adopted.style == "job" and arm_id.same(adopted.job_id, begun.job_id)
        assert [job.id for job in await read_running_jobs(clients, plan.vault)] == [adopted.job_id]
        assert await running_operation(clients, plan.fabrics()[1]) is None
        state = await finish(emulator, clients, adopted)
        assert state.state == "succeeded" and state.job is not None and state.job.scenario == "CreateSite"
        assert await running_operation(clients, fabric) is None
        jobs = await read_jobs(clients, plan.vault)
        assert len(jobs) == 1 and jobs[0].started is not None
        assert await read_jobs(clients, plan.vault, clients.azure_clock.now()) == ()


async def test_a_failed_job_tells_its_own_errors(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "starter")
    emulator.fault(
        {"method": "PUT", "path": "**/replicationFabrics/*"},
        {"fail_job": {"code": "28109", "message": "The region is full.", "possible_causes": "Too many of us."}},
    )
    async with connect(emulator) as clients:
        plan = SetUp(emulator.subscription_id)
        await carry_out(emulator, clients, plan.only(Kind.RESOURCE_GROUP, Kind.VAULT))
        state = await finish(emulator, clients, await begin(clients, plan.fabrics()[0]))
    assert state.state == "failed" and state.problem is not None and state.job is not None
    assert state.problem.code == "28109"
    assert state.problem.what == "The region is full." and state.problem.cause == "Too many of us."


async def test_a_refused_write_says_why(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "starter")
    async with connect(emulator) as clients:
        fabric = SetUp(emulator.subscription_id).fabrics()[0]
        with pytest.raises(ProblemError) as refused:
            await begin(clients, fabric)
    assert refused.value.problem.status == 404
    assert refused.value.problem.where == fabric.key
    assert refused.value.problem.detail


async def test_what_was_not_applied_is_told(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "starter")
    async with connect(emulator) as clients:
        plan = SetUp(emulator.subscription_id)
        await carry_out(emulator, clients, plan.only(Kind.RESOURCE_GROUP, Kind.NETWORK))
        asked = plan.base()[1]
        body = json.loads(json.dumps(asked.body))
        body["properties"]["subnets"].append({"name": "more", "properties": {"addressPrefix": "10.90.2.0/24"}})
        body["properties"]["addressSpace"]["addressPrefixes"] = ["10.91.0.0/16"]
        read = await read_back(clients, change(Kind.NETWORK, asked.resource_id, body))
    assert read.found
    assert Difference("properties.addressSpace.addressPrefixes[0]", "10.91.0.0/16", "10.90.0.0/16") in read.differences
    assert Difference("properties.subnets[1].name", "more", "nothing") in read.differences


async def test_a_policy_is_updated_in_place(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "starter")
    async with connect(emulator) as clients:
        plan = SetUp(emulator.subscription_id)
        await carry_out(emulator, clients, plan.only(Kind.RESOURCE_GROUP, Kind.VAULT))
        policy = next(each for each in plan.inside("") if each.kind is Kind.POLICY)
        await carry_out(emulator, clients, [policy])
        settings = {**policy.body["properties"]["providerSpecificInput"], "recoveryPointHistory": 2880}
        update = change(
            Kind.POLICY, plan.policy, {"properties": {"replicationProviderSettings": settings}}, Action.UPDATE
        )
        assert (await read_back(clients, update)).differences == (Difference("recoveryPointHistory", "2880", "1440"),)
        state = await finish(emulator, clients, await begin(clients, update))
        assert state.state == "succeeded", state.problem
        assert (await read_back(clients, update)).differences == ()
    assert "PATCH" in {entry["method"] for entry in emulator.log()}


async def test_a_provider_is_registered(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "starter")
    async with connect(emulator) as clients:
        register = change(Kind.PROVIDER, f"{emulator.subscription}/providers/Microsoft.Storage", {})
        await clients.checked("POST", f"{register.resource_id}/unregister", version="2021-04-01")
        assert not await exists(clients, register)
        state = await finish(emulator, clients, await begin(clients, register))
        assert state.state == "succeeded"
        assert await exists(clients, register)
