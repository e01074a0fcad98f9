from __future__ import annotations

import pytest
from practice_cloud import Connect, StartEmulator

from asr_tui.azure.actions import read_effective_rules, run_command
from asr_tui.azure.estate_reader import read_estate
from asr_tui.azure.vm_reader import list_states, list_vms
from asr_tui.model import arm_id
from asr_tui.model.problem import ProblemError


async def test_a_look_into_a_guest(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "contoso", "--speed", "600")
    async with connect(emulator) as clients:
        vms = await list_vms(clients, await list_states(clients))
        linux = next(
            vm for vm in vms if vm.os_type == "Linux" and vm.power_state == "running" and vm.agent_status == "Ready"
        )
        windows = next(
            vm for vm in vms if vm.os_type == "Windows" and vm.power_state == "running" and vm.agent_status == "Ready"
        )
        stopped = next(vm for vm in vms if vm.power_state != "running")
        told = await run_command(clients, linux.id, "RunShellScript", ["uname -r"])
        assert told.output.strip()[0].isdigit(), told
        told = await run_command(clients, windows.id, "RunPowerShellScript", ["hostname"])
        assert told.errors == "" or told.output
        with pytest.raises(ProblemError) as refused:
            await run_command(clients, stopped.id, "RunShellScript", ["uname -r"])
    assert "not running" in refused.value.problem.detail and refused.value.problem.where == stopped.id


async def test_azures_own_view_of_the_rules(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "contoso", "--speed", "600")
    async with connect(emulator, read_only=True) as clients:
        estate = await read_estate(clients)
        running = {arm_id.key(vm.id) for vm in estate.vms if vm.power_state == "running"}
        for nic in estate.nics:
            ip = nic.primary_ip
            if nic.vm_id is None or arm_id.key(nic.vm_id) not in running or ip is None or ip.subnet_id is None:
                continue
            _, subnet = estate.subnet_by_id[arm_id.key(ip.subnet_id)]
            if subnet.security_group_id:
                effective = await read_effective_rules(clients, nic.id)
                group = estate.security_group_by_id[arm_id.key(subnet.security_group_id)]
                of_subnet = next(part for part in effective if arm_id.same(part.security_group_id, group.id))
                assert of_subnet.subnet_id is not None and arm_id.same(of_subnet.subnet_id, subnet.id)
                assert {(rule.name, rule.priority, rule.access) for rule in of_subnet.rules} == {
                    (rule.name, rule.priority, rule.access) for rule in group.rules
                }
                assert {rule.protocol for rule in of_subnet.rules} <= {"*", "Tcp", "Udp", "Icmp"}
                break
        else:
            pytest.fail("the estate has no running VM in a subnet with an NSG")
        assert clients.writes == 0
        away = next(nic for nic in estate.nics if nic.vm_id and arm_id.key(nic.vm_id) not in running)
        with pytest.raises(ProblemError):
            await read_effective_rules(clients, away.id)
