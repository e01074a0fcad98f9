"""What can be rehearsed: recovery points, test networks, and who cannot take part and why. Reads only."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from asr_tui.azure import vault_reader
from asr_tui.azure.clients import Clients
from asr_tui.model import arm_id
from asr_tui.model.plan import DrillChoice, Plan
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.replication import ReplicatedItem
from asr_tui.rules import drill_networks, drills
from asr_tui.workers import drill_points, drill_ready, drill_report
from asr_tui.workers.drill import Drill, DrillNetwork, Rehearsal
from asr_tui.workers.stage import Stage
from asr_tui.workers.state import Picture

SYSTEMS = frozenset({"linux", "windows"})
LONGEST_SCRIPT = 16_000
POINTS_GOOD_FOR = timedelta(minutes=5)
"""A new point comes every five minutes; right before a test failover they are read anew in any case."""
POINTS_AT_ONCE = 8
"""So many lists of recovery points are read at a time (one a VM)."""


async def choose(
    stage: Stage, clients: Clients, picture: Picture, choice: DrillChoice, before: Drill | None = None
) -> Drill:
    """The drill that ``choice`` comes to: a row for each VM, with its point, its network and what speaks against it. Of the
    choice ``before``, a moment ago, the recovery points are still good.

    Raises:
        ProblemError: recovery points cannot be read.
    """
    watch = stage.state.watch
    items = {key: sighting.item for key, sighting in watch.items.items()}
    wanted = choice.vms or tuple(item.vm_id for item in items.values() if item.is_protected)
    plan = _plan_of(picture.plan, choice, wanted)
    tested = [items[arm_id.key(vm)] for vm in wanted if arm_id.key(vm) in items]
    refused = drills.refusals(picture.estate, plan, tested)
    networks = drill_networks.drill_networks(picture.estate, plan)
    offered = drill_networks.test_networks(picture.estate, plan)
    drill = Drill(
        id=secrets.token_hex(6),
        kind=choice.recovery_point,
        changes=drill_networks.drill_network_change(picture.estate, plan),
        networks=tuple(DrillNetwork(one.id, one.name, one.address_space, one.danger) for one in offered),
        notes=choice.notes,
        targets=choice.targets,
        dependencies=dict(choice.dependencies),
        scripts=_scripts(choice.scripts),
        previous=drill_report.previous(stage, picture.resolved.vault.name),
    )
    waves = {arm_id.key(vm): number for vm, number in choice.waves.items()}
    for vm_id in wanted:
        key = arm_id.key(vm_id)
        drill.rows[key] = _row(vm_id, items.get(key), refused.get(key, ""), networks.get(key, ""), picture)
        drill.rows[key].wave = waves.get(key, 0)
    await _read_points(clients, drill, before)
    drill_points.assign(drill, choice)
    await drill_ready.foresee(clients, drill, picture, watch)
    used = {row.network_id for row in drill.selected if row.network_id}
    drill.network_name = ", ".join(sorted(arm_id.name(network_id) for network_id in used))
    drill.danger = next(
        (one.danger for one in offered if one.danger and any(arm_id.same(one.id, each) for each in used)), ""
    )
    return drill


def _scripts(paths: Mapping[str, str]) -> dict[str, str]:
    """The engineer's own checks, as they will run; they are shown before that.

    Raises:
        ProblemError: a file cannot be read, or is too large for the service.
    """
    found = {}
    for system, path in paths.items():
        where = f"scripts.{system}"
        if system not in SYSTEMS:
            raise ProblemError(
                Problem(what=f"There is no system {system!r}.", remedy="Use linux or windows.", where=where)
            )
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ProblemError(
                Problem(
                    what=f"The script {path} cannot be read.", cause=str(error), remedy="Name another.", where=where
                )
            ) from error
        if len(text) > LONGEST_SCRIPT:
            raise ProblemError(
                Problem(
                    what=f"The script {path} is longer than {LONGEST_SCRIPT} characters.",
                    remedy="Keep it short: it only has to say whether the application works.",
                    where=where,
                )
            )
        found[system] = text
    return found


def _plan_of(plan: Plan, choice: DrillChoice, wanted: tuple[str, ...]) -> Plan:
    """The plan with the drill's VMs among the selected ones: what the vault protects may be tested, selected or not."""
    known = {arm_id.key(vm) for vm in plan.vms}
    extra = tuple(vm for vm in wanted if arm_id.key(vm) not in known)
    return plan.model_copy(update={"vms": (*plan.vms, *extra), "drill": choice.model_copy(update={"vms": wanted})})


def _row(vm_id: str, item: ReplicatedItem | None, refused: str, network_id: str, picture: Picture) -> Rehearsal:
    vm = picture.estate.vm_by_id.get(arm_id.key(vm_id))
    name = vm.name if vm else (item.vm_name if item else arm_id.name(vm_id))
    row = Rehearsal(vm.id if vm else vm_id, name, item.id if item else "", network_id)
    row.group_id = (item.target_group_id or "") if item else ""
    row.multi_vm_group = item.multi_vm_group if item else ""
    row.why = refused
    if not refused and not network_id:
        row.why = "It has no network that a test network could be modelled on: choose one."
    row.state = "refused" if row.why else "ready"
    return row


async def _read_points(clients: Clients, drill: Drill, before: Drill | None) -> None:
    """The points of every VM that takes part; one read each, but for those that were read a moment ago."""
    now = clients.azure_clock.now()
    turn = asyncio.Semaphore(POINTS_AT_ONCE)

    async def read(row: Rehearsal) -> None:
        known = before.row(row.vm_id) if before is not None else None
        if known is not None and known.points_read is not None and now - known.points_read < POINTS_GOOD_FOR:
            row.points, row.points_read = known.points, known.points_read
            return
        async with turn:
            row.points_read = now
            row.points = await vault_reader.read_recovery_points(clients, row.item_id)

    await asyncio.gather(*(read(row) for row in drill.selected))
