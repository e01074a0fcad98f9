"""Proof that a drill's networks are isolated: they are read once more right before the first test failover."""

from __future__ import annotations

from asr_tui.azure import drill_reader
from asr_tui.azure.clients import Clients
from asr_tui.model import arm_id
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.rules import isolation
from asr_tui.session.running_views import EvidenceRow
from asr_tui.workers.drill import Drill
from asr_tui.workers.state import Picture


async def prove(clients: Clients, drill: Drill, picture: Picture | None) -> tuple[EvidenceRow, ...]:
    """What each network of the drill is found to be at this moment.

    Raises:
        ProblemError: one cannot be read, is not there, or is not isolated without the engineer having agreed to that.
    """
    production = {arm_id.key(network.target.id) for network in picture.resolved.networks} if picture else set()
    found: list[EvidenceRow] = []
    for network_id in sorted({row.network_id for row in drill.selected}):
        read = await drill_reader.read_network(clients, network_id)
        if read is None:
            raise ProblemError(
                Problem(
                    what=f"The test network {arm_id.name(network_id)} is not there.",
                    remedy="Choose the drill again.",
                    code="network-missing",
                    resource_id=network_id,
                )
            )
        for aspect in isolation.aspects(read.network, production, read.tables, read.groups):
            what = f"{read.network.name}: {aspect.what}"
            found.append(EvidenceRow(what=what, state=aspect.state, detail=aspect.detail))
    ours = any(change.writes for change in drill.changes)
    unsafe = next((row for row in found if row.state == "failed" or (ours and row.state != "passed")), None)
    if unsafe is not None and not drill.danger:
        raise ProblemError(
            Problem(
                what=f"{unsafe.what}: {unsafe.detail}",
                cause="It was isolated when it was chosen.",
                remedy="Choose the drill again.",
                code="network-not-isolated",
            )
        )
    return tuple(found)
