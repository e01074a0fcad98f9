from __future__ import annotations

import pytest
from practice_cloud import Connect, PracticeCloud, StartEmulator

from asr_tui.azure.estate_reader import read_again, read_estate, read_subscriptions, read_tenants
from asr_tui.azure.vm_reader import read_vm


async def test_subscriptions_are_listed(contoso: PracticeCloud, connect: Connect) -> None:
    async with connect(contoso) as clients:
        found = await read_subscriptions(clients)
        tenants = await read_tenants(clients)
    assert contoso.subscription_id in {subscription.id for subscription in found}
    assert all(subscription.state == "Enabled" for subscription in found)
    assert [tenant.id for tenant in tenants] == [contoso.environ["AZURE_TENANT_ID"]]
    assert tenants[0].name and tenants[0].domain


async def test_an_estate_is_read_whole(contoso: PracticeCloud, connect: Connect) -> None:
    parts: dict[str, int] = {}
    async with connect(contoso) as clients:
        estate = await read_estate(
            clients, source_region="westeurope", target_region="northeurope", progress=parts.__setitem__
        )
        assert estate.requests == clients.requests
    assert estate.unreadable == ()
    assert len(estate.vms) >= 12
    assert parts["vms"] == len(estate.vms)
    for vm in estate.vms:
        assert vm.power_state, f"{vm.name} has no instance view"
        assert {nic.lower() for nic in vm.nic_ids} <= set(estate.nic_by_id)
        assert {disk.disk_id.lower() for disk in vm.disks if disk.disk_id} <= set(estate.disk_by_id)
    for nic in estate.nics:
        for ip in nic.ip_configurations:
            assert ip.subnet_id and ip.subnet_id.lower() in estate.subnet_by_id
    assert {size.region for size in estate.vm_sizes} == {"westeurope", "northeurope"}
    assert estate.usage("northeurope", "cores") is not None
    assert {tag.name for tag in estate.service_tags} >= {"Storage", "AzureActiveDirectory", "Storage.WestEurope"}
    assert estate.region_by_name["westeurope"].paired == ("northeurope",)
    assert {"Microsoft.Compute", "Microsoft.RecoveryServices"} <= {provider.namespace for provider in estate.providers}
    assert estate.permissions and estate.permissions[0].actions == ("*",)
    assert estate.policies == ()
    assert estate.links and all(link.source_id.lower() in estate.vm_by_id for link in estate.links)
    assert estate.usage("westeurope", "StorageAccounts") is not None
    assert estate.locks and estate.availability_sets and estate.scale_sets == ()
    assert contoso.subscription_id in {subscription.id for subscription in estate.subscriptions}
    near = [account for account in estate.storage_accounts if account.location == "westeurope"]
    assert near and all(account.soft_delete is not None and account.versioning is not None for account in near)


async def test_a_single_read_tells_what_the_list_tells(contoso: PracticeCloud, connect: Connect) -> None:
    async with connect(contoso) as clients:
        estate = await read_estate(clients)
        for vm in estate.vms[:3]:
            assert await read_vm(clients, vm.id) == vm
        assert await read_vm(clients, estate.vms[0].id + "-gone") is None


async def test_what_cannot_be_read_is_named_and_the_rest_goes_on(
    start_emulator: StartEmulator, connect: Connect
) -> None:
    emulator = start_emulator("--estate", "starter")
    emulator.fault({"path": "**/networkInterfaces"}, {"status": 403, "code": "AuthorizationFailed"})
    async with connect(emulator) as clients:
        estate = await read_estate(clients)
    assert [part.what for part in estate.unreadable] == ["nics"]
    assert estate.why_unreadable("nics")
    assert len(estate.vms) == 3 and estate.nics == ()


async def test_instance_views_come_from_the_list_that_is_documented_for_all_vms(
    start_emulator: StartEmulator, connect: Connect
) -> None:
    emulator = start_emulator("--estate", "starter")
    async with connect(emulator) as clients:
        estate = await read_estate(clients)
        assert all(vm.power_state and vm.agent_status for vm in estate.vms)
        asked = [entry for entry in emulator.log() if entry["path"].endswith("/virtualMachines")]
        assert len(asked) == 2 and not any("expand" in str(entry) for entry in asked)
        # Refused, the VMs are there all the same; only what the instance view tells is not known, and says why.
        emulator.fault({"path": "**/virtualMachines", "nth": 1}, {"status": 400, "code": "InvalidParameter"})
        blind = await read_again(clients, estate, {"vms"})
        assert len(blind.vms) == len(estate.vms) and all(vm.power_state is None for vm in blind.vms)
        assert blind.why_unreadable("instance_views")
        seeing = await read_again(clients, blind, {"vms"})
        assert seeing.vms == estate.vms and seeing.why_unreadable("instance_views") is None


async def test_a_part_is_read_again_without_the_rest(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "starter")
    async with connect(emulator) as clients:
        estate = await read_estate(clients, source_region="westeurope", target_region="northeurope")
        group = f"{emulator.subscription}/resourceGroups/rg-new"
        await clients.checked("PUT", group, body={"location": "westeurope"})
        again = await read_again(clients, estate, {"resource_groups", "locks"})
        assert again.requests == 2
        assert set(again.group_by_name) - set(estate.group_by_name) == {"rg-new"}
        assert again.vms is estate.vms and again.vm_sizes is estate.vm_sizes
        emulator.fault({"path": "**/locks"}, {"status": 403, "code": "AuthorizationFailed"})
        blind = await read_again(clients, again, {"locks"})
        assert blind.locks is None and blind.why_unreadable("locks")
        emulator.control("DELETE", "faults")
        seeing = await read_again(clients, blind, {"locks", "usages"}, target_region="northeurope")
        assert seeing.locks == () and seeing.why_unreadable("locks") is None
        assert {usage.region for usage in seeing.usages} == {"northeurope"}
        with pytest.raises(ValueError, match="moons"):
            await read_again(clients, estate, {"moons"})
