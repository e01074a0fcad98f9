# ruff: noqa: E501 - tables of data read better in one line a row
"""Changes, review and what runs: steps 4 and 5."""

from __future__ import annotations

import json
from datetime import timedelta

from asr_tui.model.change import Action, Kind
from asr_tui.model.problem import Problem
from asr_tui.model.step import Step
from asr_tui.session.running_views import (
    ChangeRow,
    DiskProgress,
    ItemRow,
    ReplicationView,
    ReviewView,
)
from asr_tui.session.views import OperationRow
from tests.screens.staged_estate import vms
from tests.screens.staged_names import GROUP, HOSTILE, NOW, network_id, vm_id


def changes(scope: Step = Step.REPLICATION, state: str = "planned") -> tuple[ChangeRow, ...]:
    """The changes of a step; ``state`` of the first ones once they are carried out."""
    vault_path = f"{GROUP}/rg-dr/providers/Microsoft.RecoveryServices/vaults/rsv-shop"
    fabrics = f"{vault_path}/replicationFabrics"
    plan: list[tuple[Action, Kind, str, str, str]]
    if scope is Step.VAULT:
        plan = [
            (Action.REUSE, Kind.RESOURCE_GROUP, "rg-dr", f"{GROUP}/rg-dr", "exists in North Europe"),
            (Action.CREATE, Kind.VAULT, "rsv-shop", vault_path, "steers replication; not in the source region"),
        ]
    else:
        plan = [
            (Action.CREATE, Kind.RESOURCE_GROUP, "rg-shop-prod-asr", f"{GROUP}/rg-shop-prod-asr", "holds the VMs after a failover"),
            (Action.CREATE, Kind.NETWORK, "vnet-shop-asr", network_id("vnet-shop-asr"), "no target network was chosen"),
            (Action.CREATE, Kind.CACHE_ACCOUNT, "rsvshopasrcache", f"{GROUP}/rg-shop-prod/providers/Microsoft.Storage/storageAccounts/rsvshopasrcache", "writes pass through it"),
            (Action.ADOPT, Kind.FABRIC, "asr-a2a-default-westeurope", f"{fabrics}/asr-a2a-default-westeurope", "its creation already runs"),
            (Action.CREATE, Kind.FABRIC, "asr-a2a-default-northeurope", f"{fabrics}/asr-a2a-default-northeurope", "stands for North Europe"),
            (Action.CREATE, Kind.POLICY, "24-hour-retention-policy", f"{vault_path}/replicationPolicies/24-hour", "24 h of recovery points"),
            *((Action.CREATE, Kind.ITEM, row.name, f"{fabrics}/items/{row.name}", "protects this VM") for row in vms() if row.selected),
        ]  # fmt: skip
    order = {"planned": ["planned"] * 99, "running": ["done", "done", "adopted", "done", "running", *["waiting"] * 99]}
    order["done"] = ["done"] * 99
    order["failed"] = ["done", "failed", *["skipped"] * 99]
    problem = Problem(
        what="The network could not be created.", cause="The address space overlaps.", code="NetcfgInvalid"
    )
    body = json.dumps({"location": "northeurope", "properties": {"policyId": "24-hour", "note": HOSTILE[:40]}})
    return tuple(
        ChangeRow(
            key=resource_id.lower(),
            action=str(action),
            kind=str(kind),
            step=scope,
            name=name,
            resource_id=resource_id,
            reason=reason,
            body=body if action is Action.CREATE else "",
            state="reused" if action is Action.REUSE and state != "planned" else order[state][index],
            problem=problem if order[state][index] == "failed" else None,
        )
        for index, (action, kind, name, resource_id, reason) in enumerate(plan)
    )


def review(scope: Step = Step.REPLICATION, **fields: object) -> ReviewView:
    """A review with its counts."""
    rows = changes(scope)
    writes = sum(row.action in {"create", "update"} for row in rows)
    base = {"scope": scope, "digest": "9f2c41d07be3a855", "changes": rows, "writes": writes}
    return ReviewView.model_validate({**base, **fields})


def items(done: bool = False) -> tuple[ItemRow, ...]:
    """VMs on their way: one failed, one protected, the rest in between."""
    failed = Problem(
        what="The mobility agent could not be installed on app-02.",
        cause="The VM agent does not answer.",
        remedy="Start the VM and its agent, then f tries again.",
        retry=True,
        code="151066",
        resource_id=vm_id("app-02"),
        detail=HOSTILE,
    )
    plan = (
        ("web-01", "protected", "", 0, 0, 100, "Normal", 54),
        ("web-02", "seeding", "Initial replication", 4, 6, 61, "Normal", None),
        ("web-03-with-a-very-long-name-that-does-not-fit-in-any-column", "enabling", "Installing the mobility agent", 2, 6, None, "", None),
        ("app-01", "first-point", "Making the first recovery point", 5, 6, 100, "Warning", 340),
        ("app-02", "failed", "Installing the mobility agent", 2, 6, None, "Critical", None),
        ("sql-02", "waiting", "", 0, 0, None, "", None),
    )  # fmt: skip
    rows = []
    for name, milestone, task, number, total, progress, health, rpo in plan:
        rows.append(
            ItemRow(
                vm_id=vm_id(name),
                vm_name=name,
                item_id=f"{vm_id(name)}/item",
                milestone="protected" if done else milestone,
                task="" if done else task,
                task_number=0 if done else number,
                task_total=0 if done else total,
                progress=100 if done else progress,
                health="Normal" if done else health,
                rpo_seconds=60 if done else rpo,
                started=NOW - timedelta(minutes=12),
                eta=NOW + timedelta(minutes=21) if milestone in {"seeding", "enabling"} and not done else None,
                changed_at=NOW - timedelta(seconds=20),
                agent_version="9.63.7187.1",
                disks=(
                    DiskProgress(name=f"{name}_OsDisk", state="InitialReplication", progress=progress, pending_mb=1520),
                ),
                problem=failed if milestone == "failed" and not done else None,
            )
        )
    return tuple(rows)


def replication(state: str = "choosing") -> ReplicationView:
    """``state``: choosing, running, done."""
    base = {"policies": ("24-hour-retention-policy",), "caches": ("stshopcache",), "target_group": "rg-shop-prod-asr"}
    if state == "choosing":
        return ReplicationView.model_validate(base)
    rows = items(done=state == "done")
    protected = sum(row.milestone == "protected" for row in rows)
    counts = {"protected": protected, "seeding": 0 if state == "done" else 2, "failed": 0 if state == "done" else 1}
    return ReplicationView.model_validate({**base, "items": rows, **counts})


def operations(number: int = 4) -> tuple[OperationRow, ...]:
    """Running, finished and failed operations."""
    problem = Problem(what="Enabling protection of app-02 failed.", remedy="Start its VM agent.", code="151066")
    rows = [
        OperationRow(id="1", title="Create vault", subject="rsv-shop", state="succeeded", started=NOW - timedelta(minutes=30),
                     ended=NOW - timedelta(minutes=29)),
        OperationRow(id="2", title="Enable replication", subject="web-02", task="Initial replication", progress=61,
                     started=NOW - timedelta(minutes=12)),
        OperationRow(id="3", title="Enable replication", subject=vms()[2].name, task="Installing the mobility agent",
                     started=NOW - timedelta(minutes=3)),
        OperationRow(id="4", title="Enable replication", subject="app-02", state="failed", task="Installing the mobility agent",
                     started=NOW - timedelta(minutes=9), ended=NOW - timedelta(minutes=2), problem=problem),
    ]  # fmt: skip
    return tuple(rows[:number])
