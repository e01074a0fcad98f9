"""Whether quota, locks and names leave room for a drill: foreseen at the choice, and looked at anew right before it begins."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from asr_tui.azure import drill_reader
from asr_tui.azure.clients import Clients
from asr_tui.model import arm_id
from asr_tui.model.problem import Problem
from asr_tui.rules import drill_readiness
from asr_tui.rules.drill_evidence import Evidence
from asr_tui.rules.drill_readiness import Candidate, Surroundings
from asr_tui.session.running_views import EvidenceRow
from asr_tui.workers.drill import UNDER_WAY, Drill
from asr_tui.workers.state import Picture
from asr_tui.workers.watch import Watch

NOT_READY = "not-ready"
"""The code of the problem of a VM that could no longer take part when the drill began."""


async def foresee(clients: Clients, drill: Drill, picture: Picture, watch: Watch) -> None:
    """Refuse those for whom the estate, as it was last read, leaves no room. Names are looked up anew: the last reading may
    well have seen the test VMs of the drill before.

    Raises:
        ProblemError: a target group cannot be listed.
    """
    groups = {arm_id.key(row.group_id): row.group_id for row in drill.selected if row.group_id}
    taken = {arm_id.key(one.id) for group in groups.values() for one in await drill_reader.list_made(clients, group)}
    around = drill_readiness.surroundings(picture.estate, picture.resolved.target, taken)
    found = drill_readiness.judge(tuple(_candidates(drill, picture, watch)), around)
    for key, why in found.refused.items():
        drill.rows[key].state, drill.rows[key].why = "refused", why
    drill.readiness = _rows(found.proofs)


async def look(clients: Clients, drill: Drill, picture: Picture, watch: Watch, present: Collection[str]) -> None:
    """Look again before anything is written: who cannot take part any more fails, and stops no other. ``present`` are the
    keys of what the target groups hold now."""
    region = picture.resolved.target
    around = Surroundings(
        region=region,
        sizes=picture.estate.size_by_key,
        usages=await drill_reader.read_usages(clients, region),
        locks=await drill_reader.read_locks(clients),
        taken=frozenset(present),
    )
    found = drill_readiness.judge(tuple(_candidates(drill, picture, watch)), around)
    for key, why in found.refused.items():
        row = drill.rows[key]
        row.state, row.verdict = "failed", "failed"
        row.problem = Problem(
            what=f"{row.vm_name} was not tested. {why}",
            remedy="Put it right, then test it again.",
            retry=True,
            code=NOT_READY,
            resource_id=row.item_id,
        )
    drill.readiness, drill.is_ready = _rows(found.proofs), True


def _candidates(drill: Drill, picture: Picture, watch: Watch) -> Iterator[Candidate]:
    """The VMs that have not begun, in the drill's order."""
    for wave in drill.waves:
        for row in wave:
            vm = picture.estate.vm_by_id.get(arm_id.key(row.vm_id))
            item = watch.item(row.vm_id)
            if vm is not None and item is not None and row.state in UNDER_WAY | {"ready"}:
                yield Candidate(vm, item, row.network_id)


def _rows(proofs: tuple[Evidence, ...]) -> tuple[EvidenceRow, ...]:
    return tuple(EvidenceRow(what=one.what, state=one.state, detail=one.detail) for one in proofs)
