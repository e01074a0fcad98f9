"""What a drill looks at before it begins, and what it says of those whom it had to leave out; VMs of one consistency group."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from asr_tui.model.drill_record import DrillRecord
from asr_tui.model.plan import VmOverride
from asr_tui.model.step import Step
from asr_tui.session.client import SessionClient
from asr_tui.session.intents import ReadEstate, SelectVms, SetOverride, StartDrill
from asr_tui.session.views import View
from tests import rehearsals, walking
from tests.practice import PracticeCloud, thread_worker

LOCKS, DISKS, NETWORK = "2020-05-01", "2026-03-02", "2024-05-01"
GROUP = "shop-web"


@pytest.fixture
async def client(emulator: PracticeCloud, tmp_path: Path) -> AsyncIterator[SessionClient]:
    """Three VMs are protected, the two web servers as one multi-VM consistency group."""
    worker = thread_worker(emulator, tmp_path)
    client = await worker.connect()
    await walking.architecture(client)
    await walking.prerequisites(client)
    await walking.vault(client)
    await walking.send(client, SelectVms(vm_ids=walking.eligible(client.view)))
    for row in client.view.vms:
        if row.name.startswith("web-"):
            await walking.send(client, SetOverride(vm_id=row.id, override=VmOverride(multi_vm_group=GROUP)))
    await walking.run(client, Step.REPLICATION)
    await walking.protected(client)
    yield client
    await client.close()
    worker.close()


def record(view: View) -> DrillRecord:
    return DrillRecord.model_validate_json(Path(view.drill.reports[0]).read_bytes())


def target_group(view: View) -> str:
    """The id of the group that test VMs are made in."""
    return next(change.resource_id for change in view.drill.changes if change.kind == "resource group")


async def test_vms_of_a_consistency_group_come_from_one_instant(client: SessionClient, emulator: PracticeCloud) -> None:
    """The group has points in common only some minutes after both are protected."""
    emulator.control("POST", "clock", {"advance_seconds": 900})
    view = await walking.choose_drill(client)
    assert {row.vm_name: row.multi_vm_group for row in view.drill.rows} == {
        "db-01": "",
        "web-01": GROUP,
        "web-02": GROUP,
    }
    await walking.start_drill(client)
    view = await walking.finish_drill(client)
    told = record(view)
    assert told.passed, [(vm.vm, vm.problem) for vm in told.vms]
    points = {vm.vm: vm.point for vm in told.vms}
    assert points["web-01"].time == points["web-02"].time
    assert points["web-01"].id != points["web-02"].id

    web = [row.vm_id for row in view.drill.rows if row.vm_name == "web-01"]
    view = await walking.choose_drill(client)
    row = next(row for row in view.drill.rows if row.vm_name == "web-01")
    older = [point for point in row.points if point.shared][1]
    view = await walking.choose_drill(client, recovery_point="custom", custom_points={web[0]: older.id})
    chosen = {row.vm_name: row for row in view.drill.rows}
    assert chosen["web-01"].point_time == chosen["web-02"].point_time == older.time
    assert chosen["db-01"].state == "ready"  # no point was named for it: the latest processed one


async def test_what_stands_in_the_way_is_told_before_anything_is_written(
    client: SessionClient, emulator: PracticeCloud
) -> None:
    emulator.control("POST", "clock", {"advance_seconds": 900})
    view = await walking.choose_drill(client)
    group = target_group(view)
    lock = f"{group}/providers/Microsoft.Authorization/locks/keep"
    emulator.request("PUT", lock, LOCKS, {"properties": {"level": "CanNotDelete"}})
    before = len(emulator.writes())
    view = await walking.start_drill(client)
    assert len(emulator.writes()) == before
    assert view.drill.state == "failed"
    assert view.drill.problem is not None
    assert (view.drill.problem.code, view.drill.reports != ()) == ("not-ready", True)
    assert "Lock keep" in view.drill.problem.cause
    assert {proof.what: proof.state for proof in record(view).readiness}["Locks"] == "failed"
    emulator.request("DELETE", lock, LOCKS)

    taken = f"{group}/providers/Microsoft.Compute/disks/{_test_disk(client.view, emulator)}"
    disk = {"location": "northeurope", "properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": 4}}
    emulator.request("PUT", taken, DISKS, disk)
    view = await walking.choose_drill(client)
    refused = {row.vm_name: row.why for row in view.drill.rows if row.state == "refused"}
    assert list(refused) == ["db-01"]
    assert "the names clash" in refused["db-01"]
    view = await walking.start_drill(client)
    proofs = {proof.what.partition(": ")[2]: proof for proof in view.drill.isolation}
    assert proofs["No way in from the internet"].state == "passed"
    network = next(change.resource_id for change in view.drill.changes if change.kind == "virtual network")
    guards = {
        subnet["properties"]["networkSecurityGroup"]["id"].rpartition("/")[2]
        for subnet in emulator.get(network, NETWORK)["properties"]["subnets"]
    }
    assert guards == {"vnet-starter-drill-nsg"}
    view = await walking.finish_drill(client)
    told = record(view)
    assert (told.state, told.tested_passed, told.passed) == ("done", True, False)
    assert [vm.vm for vm in told.refused] == ["db-01"]
    assert view.drill.passed is False
    step = next(step for step in view.steps if step.step is Step.TEST_FAILOVER)
    assert (step.state, "1 VM could not take part" in step.reason) == ("attention", True)
    assert len(rehearsals.asked(emulator, "testFailover")) == 2


def _test_disk(view: View, cloud: PracticeCloud) -> str:
    """What the test disk of db-01 will be named, as the service tells it."""
    item = next(row.item_id for row in view.replication.items if row.vm_name == "db-01")
    body = cloud.get(item, "2025-08-01")
    return str(body["properties"]["providerSpecificDetails"]["protectedManagedDisks"][0]["tfoDiskName"])


def _made_by_hand(cloud: PracticeCloud, group: str) -> None:
    """A network of each unsafe kind, as somebody might have it in the target region."""

    def put(kind: str, name: str, properties: dict[str, Any]) -> str:
        resource = f"{group}/providers/Microsoft.Network/{kind}/{name}"
        cloud.request("PUT", resource, NETWORK, {"location": "northeurope", "properties": properties})
        return resource

    def network(name: str, number: int, subnet: str = "snet-web", **settings: Any) -> str:
        prefix = f"10.{number}.0.0/24"
        subnets = [{"name": subnet, "properties": {"addressPrefix": prefix, **settings}}]
        space = {"addressSpace": {"addressPrefixes": [prefix]}, "subnets": subnets}
        return put("virtualNetworks", name, space)

    def rule(**settings: Any) -> dict[str, Any]:
        everywhere = dict.fromkeys(("sourcePortRange", "destinationAddressPrefix", "destinationPortRange"), "*")
        return {"priority": 100, "direction": "Inbound", "protocol": "Tcp", **everywhere, **settings}

    hop = {"nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.10.1.9", "addressPrefix": "10.10.0.0/16"}
    table = put("routeTables", "rt-back", {"routes": [{"name": "back", "properties": hop}]})
    opened = rule(access="Allow", sourceAddressPrefix="Internet")
    group_id = put("networkSecurityGroups", "nsg-open", {"securityRules": [{"name": "web", "properties": opened}]})
    peers = network("vnet-peered", 50), network("vnet-hub", 51)
    for here, there in (peers, peers[::-1]):
        body = {"properties": {"remoteVirtualNetwork": {"id": there}, "allowVirtualNetworkAccess": True}}
        cloud.request("PUT", f"{here}/virtualNetworkPeerings/link", NETWORK, body)
    network("vnet-gated", 52, subnet="GatewaySubnet")
    network("vnet-routed", 53, routeTable={"id": table})
    network("vnet-open", 54, networkSecurityGroup={"id": group_id})


UNSAFE = {
    "vnet-starter-asr": "real failover",
    "vnet-peered": "peered with vnet-hub",
    "vnet-gated": "gateway",
    "vnet-routed": "Route back of rt-back",
    "vnet-open": "Rule web of nsg-open",
}


async def test_each_unsafe_kind_of_network_is_refused_and_nothing_is_written(
    client: SessionClient, emulator: PracticeCloud
) -> None:
    view = await walking.choose_drill(client)
    _made_by_hand(emulator, target_group(view))
    await walking.send(client, ReadEstate())
    await walking.at_rest(client)
    view = await walking.choose_drill(client)
    before = len(emulator.writes())
    offered = {network.name: network for network in view.drill.networks}
    for name, why in UNSAFE.items():
        assert why in offered[name].danger
        view = await walking.choose_drill(client, network_id=offered[name].id, create_network=False)
        for typed in ("", "vnet", name.upper()):
            refused = await client.send(StartDrill(typed_network_name=typed, digest=view.drill.digest))
            assert [problem.code for problem in refused.problems] == ["network-not-isolated"], name
            assert why in refused.problems[0].what
    assert len(emulator.writes()) == before
