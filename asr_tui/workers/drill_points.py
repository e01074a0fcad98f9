"""Which recovery point each VM of a drill starts from: at the choice, and once more right before its test failover."""

from __future__ import annotations

import asyncio

from asr_tui.azure import vault_reader
from asr_tui.model import arm_id
from asr_tui.model.plan import DrillChoice, RecoveryPointKind
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.replication import RecoveryPoint
from asr_tui.rules import drills
from asr_tui.workers.budget import Budget
from asr_tui.workers.drill import Drill, Rehearsal
from asr_tui.workers.following import Following

AS_CHOSEN = frozenset({RecoveryPointKind.LATEST, RecoveryPointKind.CUSTOM})
"""Kinds of points that are the service's choice, or the engineer's."""


def assign(drill: Drill, choice: DrillChoice) -> None:
    """Give each VM its point; who has none is refused, with the reason. Of the points that the engineer names one a VM, a
    VM without takes the latest processed one. VMs of one multi-VM group get one common instant."""
    custom = {arm_id.key(vm): point for vm, point in choice.custom_points.items()}
    for row in drill.selected:
        named = choice.recovery_point is RecoveryPointKind.CUSTOM
        is_chosen = named and arm_id.key(row.vm_id) in custom
        row.kind = RecoveryPointKind.LATEST_PROCESSED if named and not is_chosen else choice.recovery_point
    together = drill.groups
    for rows in together.values():
        _assign_common(rows, custom)
    grouped = {arm_id.key(row.vm_id) for rows in together.values() for row in rows}
    for row in drill.selected:
        if arm_id.key(row.vm_id) not in grouped:
            try:
                row.point = drills.pick_point(row.points, row.kind, custom.get(arm_id.key(row.vm_id), ""))
            except ProblemError as error:
                row.state, row.why = "refused", error.problem.what


def _assign_common(rows: tuple[Rehearsal, ...], custom: dict[str, str]) -> None:
    kinds = {row.kind for row in rows}
    kind = RecoveryPointKind.CUSTOM if RecoveryPointKind.CUSTOM in kinds else rows[0].kind
    try:
        picked = drills.pick_common({arm_id.key(row.vm_id): row.points for row in rows}, kind, custom)
    except ProblemError as error:
        for row in rows:
            row.state, row.why = "refused", f"Multi-VM group {row.multi_vm_group}: {error.problem.what}"
        return
    for row in rows:
        row.kind, row.point = kind, picked[arm_id.key(row.vm_id)]


class Points:
    """Takes a newer point for a VM whose turn comes late: what was the newest at the choice is old by then, or pruned."""

    def __init__(self, budget: Budget, following: Following) -> None:
        self._budget = budget
        self._following = following
        self._turn = asyncio.Lock()

    async def settle(self, drill: Drill, row: Rehearsal) -> None:
        """Settle the point right before the test failover.

        Raises:
            ProblemError: there is none any more.
        """
        members = drill.groups.get(row.multi_vm_group.lower(), ())
        if members:
            async with self._turn:
                await self._settle_common(row, members)
        elif row.kind not in AS_CHOSEN:
            row.points = await self._read(row)
            row.point = drills.pick_point(row.points, row.kind)

    async def _settle_common(self, row: Rehearsal, members: tuple[Rehearsal, ...]) -> None:
        if row.is_point_settled:
            return
        begun = next((one.point for one in members if one.operation is not None and one.point), None)
        if begun is not None:
            row.points = await self._read(row)
            row.point = _at_the_time_of(begun, row)
        elif row.kind is not RecoveryPointKind.CUSTOM:
            for one in members:
                one.points = await self._read(one)
            picked = drills.pick_common({arm_id.key(one.vm_id): one.points for one in members}, row.kind, {})
            for one in members:
                one.point = picked[arm_id.key(one.vm_id)]
        for one in members:
            one.is_point_settled = one.is_point_settled or one is row or begun is None

    async def _read(self, row: Rehearsal) -> tuple[RecoveryPoint, ...]:
        await self._budget.spend("reads")
        return await vault_reader.read_recovery_points(self._following.clients(), row.item_id)


def _at_the_time_of(begun: RecoveryPoint, row: Rehearsal) -> RecoveryPoint:
    instant = begun.time.replace(microsecond=0)
    found = next((one for one in row.points if one.multi_vm and one.time.replace(microsecond=0) == instant), None)
    if found is None:
        raise ProblemError(
            Problem(
                what=f"The common recovery point of the multi-VM group {row.multi_vm_group} is no longer there.",
                remedy="Clean up, then test the group once more.",
                code="common-point-missing",
                resource_id=row.item_id,
            )
        )
    return found
