"""Proof that a drill is over: the target groups and the test network are listed, and nothing of the drill is among them."""

from __future__ import annotations

from collections.abc import Iterable

from asr_tui.azure import drill_reader
from asr_tui.azure.clients import Clients
from asr_tui.azure.drill_reader import Listed
from asr_tui.model import arm_id
from asr_tui.model.change import Kind
from asr_tui.workers.drill import Drill

REPLICA_SUFFIX = "-asrreplica"
"""Replica disks belong to replication, not to the drill; the service names them so."""

_COMMANDS = {
    "virtual machine": "az vm delete --yes --ids",
    "network interface": "az network nic delete --ids",
    "disk": "az disk delete --yes --ids",
    "public IP address": "az network public-ip delete --ids",
}


async def present(clients: Clients, drill: Drill) -> tuple[Listed, ...]:
    """What the drill's target groups and its test network hold, replica disks left out.

    Raises:
        ProblemError: a list cannot be read; then nothing is proven.
    """
    groups = {arm_id.key(row.group_id): row.group_id for row in drill.selected if row.group_id}
    found: dict[str, Listed] = {}
    for group_id in groups.values():
        for one in await drill_reader.list_made(clients, group_id):
            found[arm_id.key(one.id)] = one
    for network_id in {row.network_id for row in drill.selected if row.network_id}:
        for one in await drill_reader.list_attached(clients, network_id):
            found[arm_id.key(one.id)] = one
    return tuple(one for one in found.values() if REPLICA_SUFFIX not in one.name.lower())


async def prove(clients: Clients, drill: Drill) -> tuple[tuple[str, ...], str]:
    """What is left of the drill, each with the command that removes it; and, where nothing is, how that is known.

    Whatever stood there before the drill began is not the drill's.

    Raises:
        ProblemError: a list cannot be read; then nothing is proven.
    """
    there = await present(clients, drill)
    left = tuple(_told(one) for one in there if _is_of_drill(drill, arm_id.key(one.id)))
    if left:
        return left, ""
    groups = sorted({arm_id.name(row.group_id) for row in drill.selected if row.group_id}, key=str.lower)
    when = clients.azure_clock.now()
    ours = ", ".join(change.name for change in drill.changes if change.kind is not Kind.RESOURCE_GROUP)
    kept = f" What it ran in is kept for the next drill, at no cost: {ours}." if ours else ""
    proof = (
        f"Listed at {when:%Y-%m-%d %H:%M:%S} UTC: {_names(groups)} and the test network {drill.network_name} hold no VM, "
        f"network interface, disk or public IP address of the drill.{kept}"
    )
    return (), proof


def _is_of_drill(drill: Drill, key: str) -> bool:
    """Whatever was not there before; of a drill that somebody else began, what its test VMs were seen to consist of."""
    if drill.before_known:
        return key not in drill.before
    return any(key == arm_id.key(made) for row in drill.selected for made in row.made)


def _told(one: Listed) -> str:
    return f"{one.kind} {one.name}: {_COMMANDS[one.kind]} {one.id}"


def _names(groups: Iterable[str]) -> str:
    names = list(groups)
    return f"the resource group{'s' if len(names) != 1 else ''} {', '.join(names)}"
