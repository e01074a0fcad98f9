"""Step 6."""

from __future__ import annotations

import json
from datetime import timedelta

from asr_tui.model.change import Action, Kind
from asr_tui.model.problem import Problem
from asr_tui.model.step import Step
from asr_tui.session.running_views import (
    ChangeRow,
    DrillRow,
    DrillView,
    EvidenceRow,
    RecoveryPointRow,
    TaskRow,
    TestNetworkOption,
)
from tests.screens.staged_names import GROUP, NOW, network_id, vm_id


def drill(state: str = "idle") -> DrillView:
    """``state``: idle, running, waiting, done, failed."""
    points = (
        RecoveryPointRow(id="p1", time=NOW - timedelta(minutes=4), kind="CrashConsistent", age_seconds=240, disks=2),
        RecoveryPointRow(id="p2", time=NOW - timedelta(minutes=64), kind="AppConsistent", age_seconds=3840, disks=2),
    )
    networks = (
        TestNetworkOption(id=network_id("vnet-drill"), name="vnet-drill", address_space="10.99.0.0/16"),
        TestNetworkOption(id=network_id("vnet-dr"), name="vnet-dr", danger="peered with vnet-hub"),
    )
    rows = [
        DrillRow(vm_id=vm_id("web-01"), vm_name="web-01", selected=True, chosen=True, points=points, point="p1"),
        DrillRow(
            vm_id=vm_id("web-02"), vm_name="web-02", selected=True, chosen=True, points=points, point="p1", wave=1
        ),
        DrillRow(
            vm_id=vm_id("app-02"), vm_name="app-02", chosen=True, state="refused", why="has no recovery point yet"
        ),
    ]
    if state == "idle":
        return _chosen(networks, rows)
    tasks = (
        TaskRow(title="Prerequisites check for test failover", state="Succeeded", seconds=21),
        TaskRow(
            title="Create test virtual machine", state="InProgress" if state == "running" else "Succeeded", seconds=118
        ),
        TaskRow(
            title="Start the virtual machine", state="NotStarted" if state == "running" else "Succeeded", seconds=None
        ),
    )
    evidence = (
        EvidenceRow(what="Power state", state="passed", detail="VM running"),
        EvidenceRow(what="Disks", state="passed", detail="2 of 2, sizes as at the source"),
        EvidenceRow(what="Guest agent", state="unknown", detail="no status after 10 min"),
    )
    up = {
        "state": "running",
        "point_time": NOW - timedelta(minutes=4),
        "tasks": tasks,
        "test_vm": "web-01-test",
        "test_vm_id": vm_id("web-01-test"),
        "evidence": evidence,
        "started": NOW - timedelta(minutes=6),
        "rto_seconds": 312.0,
        "rpo_seconds": 240.0,
    }
    if state == "running":
        first = rows[0].model_copy(
            update={**up, "state": "failing-over", "test_vm": "", "evidence": (), "rto_seconds": None}
        )
        second = rows[1].model_copy(update={"state": "waiting"})
        return DrillView(
            state=state, networks=networks, network_name="vnet-drill", rows=(first, second, rows[2]), started=NOW
        )
    first = rows[0].model_copy(update=up)
    second = rows[1].model_copy(
        update={**up, "test_vm": "web-02-test", "rto_seconds": 402.0, "state": "verified", "verdict": "passed"}
    )
    if state == "failed":
        problem = Problem(
            what="The test VM of web-02 could not be created.", cause="No quota for 2 more cores.", code="28031"
        )
        second = rows[1].model_copy(update={"state": "failed", "problem": problem})
        return DrillView(state=state, networks=networks, rows=(first, second, rows[2]), problem=problem)
    if state == "waiting":
        return DrillView(
            state=state, networks=networks, network_name="vnet-drill", rows=(first, second, rows[2]), started=NOW
        )
    over = {"state": "cleaned-up", "cleaned_at": NOW, "verdict": "passed", "test_vm": "web-01-test"}
    return DrillView(
        state="done",
        networks=networks,
        network_name="asr-tui-drill-1",
        rows=(first.model_copy(update=over), second.model_copy(update=over), rows[2]),
        started=NOW - timedelta(minutes=20),
        finished=NOW,
        clean_proof="no test VM, disk or NIC is left in rg-shop-prod-asr (listed 13:02)",
        max_rto_seconds=402.0,
        max_rpo_seconds=240.0,
    )


def _chosen(networks: tuple[TestNetworkOption, ...], rows: list[DrillRow]) -> DrillView:
    """A drill that waits for its start: one VM left out, one not chosen, a quota that was not read, a check of one's own."""
    body = json.dumps(
        {"location": "northeurope", "properties": {"securityRules": [{"name": "deny-internet-inbound"}]}}, indent=2
    )
    guard = ChangeRow(
        key="nsg",
        action=str(Action.CREATE),
        kind=str(Kind.SECURITY_GROUP),
        step=Step.TEST_FAILOVER,
        name="vnet-shop-drill-nsg",
        resource_id=f"{GROUP}/rg-shop-prod-asr/providers/Microsoft.Network/networkSecurityGroups/vnet-shop-drill-nsg",
        reason="Lets nothing in from the internet, whatever address a test VM is given.",
        body=body,
    )
    return DrillView(
        networks=networks,
        rows=(*rows, DrillRow(vm_id=vm_id("sql-02"), vm_name="sql-02")),
        changes=(guard,),
        digest="4be1c09d2f7a6635",
        readiness=(
            EvidenceRow(what="Locks", state="passed", detail="None stands on the target groups or the test network."),
            EvidenceRow(what="Quota: fam vCPUs", state="unknown", detail="8 are needed; the quota fam was not read."),
        ),
        rto_target_minutes=60,
        dependencies={"Domain controller and DNS": "a copy of dc-01 in the test network"},
        scripts={"linux": "systemctl is-active shop && echo passed"},
        previous="The drill of 2025-11-03 measured RTO 371 s, RPO 199 s.",
    )
