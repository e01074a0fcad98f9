"""Which recovery point a failover uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery import recovery_points, refusals
from asr_tui.emulator.site_recovery.error_catalogue import Fault
from asr_tui.emulator.site_recovery.target_vm import Blueprint
from asr_tui.emulator.site_recovery.timeline import State
from asr_tui.emulator.site_recovery.timestamps import precise
from asr_tui.emulator.site_recovery.vault_scope import Record, VaultScope

LATEST = ("latest", "")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The recovery point used. ``newest`` tells whether it is the latest one; ``missing`` that it was pruned."""

    name: str
    time: datetime
    arm_id: str
    newest: bool
    missing: bool = False


def chosen(scope: VaultScope, item: Record, state: State, asked: str | None) -> Chosen:
    """The point asked for by id, or the latest one.

    Raises:
        SiteRecoveryError: 400 when the item has no recovery point yet.
    """
    kept = recovery_points.kept(scope, item, state)
    if not kept:
        raise refusals.invalid(
            "NoRecoveryPointAvailable",
            f"The replicated item '{item['name']}' has no recovery point yet.",
            "Initial replication has not finished.",
            "Wait for the first recovery point.",
        )
    wanted = ids.last(asked or "").lower()
    found = next((point for point in kept if point.name == wanted), None)
    point = kept[-1] if wanted in LATEST else found
    if point is None:
        return Chosen(wanted, scope.now, asked or "", newest=False, missing=True)
    arm_id = str(recovery_points.render(item, state, point)["id"])
    return Chosen(point.name, point.time, arm_id, newest=point is kept[-1])


def item_details(record: Record, blueprint: Blueprint, point: Chosen) -> dict[str, Any]:
    """An entry of ``protectedItemDetails`` in the details of a failover's or test failover's job."""
    subnets = [subnet["name"] for chosen_subnets in blueprint.subnets for subnet in chosen_subnets]
    test_name = blueprint.name if blueprint.test else None
    return {
        "name": record["guid"],
        "friendlyName": record["vm_name"],
        "testVmName": test_name,
        "testVmFriendlyName": test_name,
        "networkConnectionStatus": "Connected" if blueprint.test else None,
        "networkFriendlyName": ids.last(blueprint.network),
        "subnet": subnets[0] if subnets else None,
        "recoveryPointId": point.name,
        "recoveryPointTime": precise(point.time),
    }


def faults(point: Chosen, state: State) -> list[Fault]:
    """Why the point can't be used (BookmarkNotFound): pruned, or older than a change of a disk's tier."""
    if point.missing:
        return [Fault("BookmarkNotFound", f"There is no recovery point '{point.name}'.")]
    if not point.newest and any(disk.get("tier_changed") for disk in state["disks"]):
        return [Fault("BookmarkNotFound", f"The point is of {point.time:%Y-%m-%d %H:%M} UTC.")]
    return []
