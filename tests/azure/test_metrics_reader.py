"""What Azure Monitor measured of VMs: read for those that are named, and never a guess where it does not tell."""

from __future__ import annotations

from pathlib import Path

import pytest
from practice_cloud import Connect, PracticeCloud, StartEmulator

from asr_tui.azure import metrics_reader
from asr_tui.azure.clients import Clients
from asr_tui.azure.documents import metrics
from asr_tui.azure.vm_reader import list_vms
from asr_tui.model.compute import VirtualMachine
from asr_tui.model.guest import VmLoad
from asr_tui.model.problem import ProblemError

METRICS = "**/providers/Microsoft.Insights/metrics"


async def vms_of(clients: Clients, *names: str) -> tuple[VirtualMachine, ...]:
    return tuple(vm for vm in await list_vms(clients, {}) if vm.name in names)


async def test_disks_are_told_apart_by_lun(contoso: PracticeCloud, connect: Connect) -> None:
    async with connect(contoso) as clients:
        (vm,) = await vms_of(clients, "sql-01")
        before = clients.requests
        (load,) = await metrics_reader.read_loads(clients, (vm,))
        assert clients.requests - before == metrics_reader.REQUESTS_A_VM
        assert abs((load.read_at - clients.azure_clock.now()).total_seconds()) < 60
    found = {disk.lun: disk for disk in load.disks}
    assert {lun: round(disk.average_mbps, 2) for lun, disk in found.items()} == {None: 0.4, 0: 3.5, 1: 2.1}
    assert {disk.write_kib for disk in load.disks} == {32.0}
    assert {disk.hours for disk in load.disks} == {168}
    assert all(disk.peak_mbps > disk.average_mbps for disk in load.disks)
    assert load.free_memory_mib == 64 * 1024 // 2
    assert load.cpu_percent is not None and 0 < load.cpu_percent < 100
    assert (load.refused, load.days) == ("", 7)


async def test_a_vm_without_data_disks_costs_one_request(contoso: PracticeCloud, connect: Connect) -> None:
    async with connect(contoso) as clients:
        found = await vms_of(clients, "ledger-01", "build-arm")
        before = clients.requests
        loads = {load.vm_id: load for load in await metrics_reader.read_loads(clients, found)}
        assert clients.requests - before == len(found)
    told = {vm.name: loads[vm.id].disks[0] for vm in found}
    assert told["build-arm"].average_mbps == pytest.approx(58, rel=1e-3)
    assert (told["ledger-01"].average_mbps, told["ledger-01"].write_kib) == (pytest.approx(2.6, rel=1e-3), 8.0)


async def test_a_vm_that_was_off_has_no_figures(contoso: PracticeCloud, connect: Connect) -> None:
    async with connect(contoso) as clients:
        (load,) = await metrics_reader.read_loads(clients, await vms_of(clients, "web-staging"))
    assert load == VmLoad(load.vm_id, load.read_at, 7)


async def test_what_is_refused_is_told_of_its_vm_and_the_rest_is_read(
    start_emulator: StartEmulator, connect: Connect
) -> None:
    emulator = start_emulator("--estate", "starter")
    emulator.fault({"path": METRICS, "times": 1}, {"status": 403, "code": "AuthorizationFailed"})
    async with connect(emulator) as clients:
        vms = await list_vms(clients, {})
        loads = await metrics_reader.read_loads(clients, vms)
        assert sorted(load.forbidden for load in loads) == [False, False, True]
        refused = next(load for load in loads if load.forbidden)
        assert refused.refused and not refused.disks
        emulator.fault({"path": METRICS, "times": 1}, {"status": 400, "code": "BadRequest"})
        (broken, *_) = [load for load in await metrics_reader.read_loads(clients, vms) if load.refused]
        assert not broken.forbidden
        emulator.fault({"path": METRICS, "times": 1}, {"status": 404, "code": "ResourceNotFound"})
        assert len(await metrics_reader.read_loads(clients, vms)) == 2


async def test_where_nobody_is_signed_in_it_is_no_fact_of_a_vm(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "starter")
    emulator.fault({"path": METRICS}, {"status": 401, "code": "InvalidAuthenticationToken"})
    async with connect(emulator) as clients:
        vms = await list_vms(clients, {})
        with pytest.raises(ProblemError):
            await metrics_reader.read_loads(clients, vms)


NEW_DISK = """
name: late
networks: {vnet: {space: 10.1.0.0/16, subnets: {web: 10.1.1.0/24}}}
vms: {db: {subnet: vnet/web, os: ubuntu-22.04, ephemeral: true, size: Standard_D2s_v3}}
"""


async def test_an_ephemeral_system_disk_has_no_figures(
    start_emulator: StartEmulator, connect: Connect, tmp_path: Path
) -> None:
    file = tmp_path / "late.yaml"
    file.write_text(NEW_DISK, encoding="utf-8")
    async with connect(start_emulator("--estate", str(file))) as clients:
        (load,) = await metrics_reader.read_loads(clients, await list_vms(clients, {}))
    assert load.disks == ()
    assert load.free_memory_mib is not None


def point(**figures: float) -> dict[str, object]:
    return {"timeStamp": "2026-03-02T08:00:00Z", **figures}


def test_points_without_figures_are_not_zero() -> None:
    series = [
        {"metadatavalues": [], "data": [point(average=2.0, minimum=1.0, maximum=9.0), point(), point(average=4.0)]},
        {"metadatavalues": [{"name": {"value": "LUN"}, "value": "3"}], "data": [point(average=1.0)]},
        {"metadatavalues": [{"name": {"value": "lun"}, "value": "other"}, "odd"], "data": [point()]},
    ]
    answer = {"value": [{"name": {"value": "A"}, "timeseries": series}, {"name": {"value": "B"}, "timeseries": []}]}
    assert metrics.figures(answer) == {
        ("a", None): metrics.Figures(average=3.0, lowest=1.0, highest=9.0, points=2),
        ("a", 3): metrics.Figures(average=1.0, lowest=1.0, highest=1.0, points=1),
    }


@pytest.mark.parametrize("answer", [{}, {"value": None}, {"value": [{"errorCode": "InvalidSamplingType"}]}])
def test_an_answer_without_series_tells_nothing(answer: dict[str, object]) -> None:
    assert metrics.figures(answer) == {}
