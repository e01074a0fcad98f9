"""What Azure Monitor measured of the selected VMs: read once, and again when somebody asks for it."""

from __future__ import annotations

from dataclasses import replace

from asr_tui.azure import metrics_reader
from asr_tui.model import arm_id
from asr_tui.model.compute import VirtualMachine
from asr_tui.model.guest import VmLoad
from asr_tui.workers.budget import Budget
from asr_tui.workers.stage import Stage

MOST_UNASKED = 50
"""Where no VM is selected yet, all are measured, if they are no more than this."""

A_TIME = 40


class Measuring:
    """Reads the load of VMs into the snapshot."""

    def __init__(self, stage: Stage, budget: Budget) -> None:
        self._stage = stage
        self._budget = budget

    async def refresh(self, *, missing_only: bool = False) -> None:
        """Read the figures of the last days; ``missing_only``: of VMs of which there are none yet. What was refused is asked
        for again only without it.

        Raises:
            ProblemError: Azure does not answer, or the sign-in is over.
        """
        clients = self._stage.clients
        if clients is None:
            return
        wanted = self._wanted(missing_only)
        for start in range(0, len(wanted), A_TIME):
            part = wanted[start : start + A_TIME]
            await self._budget.spend("reads", metrics_reader.REQUESTS_A_VM * len(part))
            self._keep(await metrics_reader.read_loads(clients, part))

    def _wanted(self, missing_only: bool) -> list[VirtualMachine]:
        picture = self._stage.state.picture
        if picture is None:
            return []
        there = tuple(picture.estate.vms_in(picture.plan.source_region))
        selected = {arm_id.key(vm) for vm in picture.plan.vms}
        if not selected and len(there) > MOST_UNASKED:
            return []
        known = {arm_id.key(load.vm_id) for load in picture.estate.loads} if missing_only else set()
        return [
            vm for vm in there if (not selected or arm_id.key(vm.id) in selected) and arm_id.key(vm.id) not in known
        ]

    def _keep(self, loads: tuple[VmLoad, ...]) -> None:
        state = self._stage.state
        if state.estate is not None and loads:
            fresh = {arm_id.key(load.vm_id) for load in loads}
            kept = tuple(old for old in state.estate.loads if arm_id.key(old.vm_id) not in fresh)
            state.estate = replace(state.estate, loads=(*kept, *loads))
