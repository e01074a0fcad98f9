"""Running the catalogue of checks: findings come in one check after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from asr_tui.azure import vm_reader
from asr_tui.azure.clients import Clients
from asr_tui.azure.rights import read_policy_verdicts, read_replica_verdicts
from asr_tui.model import arm_id
from asr_tui.model.estate import Estate
from asr_tui.model.plan import Plan
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.recovery import Eligibility
from asr_tui.model.step import Step
from asr_tui.rules import catalogue, dependencies, policy_questions, replica_kinds
from asr_tui.rules.facts import Facts
from asr_tui.session.intents import RunChecks
from asr_tui.workers.budget import Budget
from asr_tui.workers.kernel_lists import KernelLists
from asr_tui.workers.measuring import Measuring
from asr_tui.workers.reading import ASKED_FOR, EVERYTHING, Reading, not_signed_in
from asr_tui.workers.sections.prerequisites import permissions
from asr_tui.workers.stage import Stage
from asr_tui.workers.state import Checks

TASK = "checks"
MOST_VERDICTS = 200
"""The service's own verdict costs one read a VM: of more VMs than this only selected ones are asked about, and once."""

VERDICTS_A_TIME = 40


class Checking:
    """Runs checks over the newest snapshot; ``done`` is called after each complete run."""

    def __init__(self, stage: Stage, budget: Budget, reading: Reading, done: Callable[[], None]) -> None:
        self._stage = stage
        self._kernels = KernelLists(stage)
        self._measuring = Measuring(stage, budget)
        self._budget = budget
        self._reading = reading
        self._done = done

    def begin(self, intent: RunChecks) -> tuple[Problem, ...]:
        """Run all checks, or one of them, in the background; see :class:`RunChecks`."""
        if self._stage.clients is None and self._stage.state.estate is None:
            return (not_signed_in(),)
        if self._stage.state.picture is None:
            return (
                Problem(
                    what="There is nothing to check yet.",
                    remedy="Choose the source and the target region in step 1.",
                    where=Step.ARCHITECTURE,
                ),
            )
        named = tuple(name for name in (intent.check_id, *intent.others) if name)
        for name in named:
            if catalogue.by_id(name) is None:
                return (Problem(what=f"There is no check {name!r}.", where="check_id"),)
        self._stage.state.checks.state = "running"
        self._stage.touch("prerequisites", "steps")
        self._stage.begin(TASK, "Checking prerequisites", self._check(named, intent.reread))
        return ()

    async def run(self, only: tuple[str, ...] = (), fresh: frozenset[str] = frozenset()) -> None:
        """Run all checks, or some, over the snapshot at hand, letting others work in between.

        ``fresh`` are the checks of which all that they depend on was just read.
        """
        state = self._stage.state
        await self._kernels.refresh()
        picture = state.picture
        if picture is None:
            return
        if not only:
            known = tuple(check.info for check in catalogue.CHECKS)
            seen = state.checks.seen
            state.checks = Checks(state="running", estate=picture.estate, catalogue=known, seen=seen)
        self._date(picture.estate, fresh)
        for info, findings in catalogue.run_all(picture.estate, picture.plan):
            if only and info.id not in only:
                continue
            state.checks.results[info.id] = findings
            for finding in findings:
                self._stage.say(
                    Step.PREREQUISITES,
                    "finding",
                    finding.subject,
                    finding.severity,
                    f"{finding.title}: {finding.evidence}",
                )
            self._stage.touch("prerequisites")
            await asyncio.sleep(0)
        state.checks.permissions = permissions(Facts(picture.estate, picture.plan))
        state.checks.state = "done"
        state.checks.stale = False
        state.checks.finished = state.now()
        self._stage.touch("prerequisites", "vms", "networking", "vault", "steps", "architecture", "replication")

    async def ask_of_vms(self, *, missing_only: bool = False) -> None:
        """What costs a read or two for each VM: the service's own verdicts, and what Azure Monitor measured.

        ``missing_only``: of VMs that were not asked about yet. What was measured once is kept until it is asked for again.
        """
        await self.refresh_verdicts(missing_only=missing_only)
        await self._measuring.refresh(missing_only=True)

    async def refresh_verdicts(self, *, missing_only: bool = False) -> None:
        """Ask the service for its own verdict on the selected VMs (or on all, where they are few and none is selected)."""
        state, clients = self._stage.state, self._stage.clients
        picture = state.picture
        if clients is None or picture is None:
            return
        wanted = picture.plan.vms or tuple(vm.id for vm in picture.estate.vms_in(picture.plan.source_region))
        if missing_only or len(wanted) > MOST_VERDICTS:
            known = picture.estate.eligibility_by_vm
            wanted = tuple(vm for vm in picture.plan.vms if arm_id.key(vm) not in known)
        for start in range(0, len(wanted), VERDICTS_A_TIME):
            part = wanted[start : start + VERDICTS_A_TIME]
            await self._budget.spend("reads", len(part))
            self._keep(await vm_reader.read_eligibility(clients, part))
        if picture.plan.vms and picture.estate.policies:
            await self._ask_policies(clients, picture.plan)

    async def _ask_policies(self, clients: Clients, plan: Plan) -> None:
        """Ask Azure Policy about what the plan makes, and about what the service makes for it: replica disks, failed-over VMs."""
        state = self._stage.state
        if state.estate is None:
            return
        kinds = replica_kinds.wanted(state.estate, plan)
        await self._budget.spend("reads", len(kinds))
        verdicts = await read_replica_verdicts(clients, kinds, plan.target_region)
        asked = policy_questions.questions(state.estate, plan)
        await self._budget.spend("reads", len(asked))
        answers = await read_policy_verdicts(
            clients, [(one.scope, one.resource_type, one.name, one.body, one.by_service) for one in asked]
        )
        if state.estate is not None:
            state.estate = replace(state.estate, replica_verdicts=verdicts, policy_verdicts=answers)

    async def _read_for(self, named: tuple[str, ...]) -> None:
        """Read again what these checks depend on, and nothing else."""
        picture = self._stage.state.picture
        if picture is None:
            return
        checks = [known for name in named if (known := catalogue.by_id(name)) is not None]
        asked = await asyncio.to_thread(dependencies.parts_of, checks, picture.estate, picture.plan)
        parts = asked - ASKED_FOR
        if parts:
            await self._reading.read(parts)
        if "kernel_lists" in asked:
            await self._kernels.refresh(again=True)
        if asked & {"eligibility", "replica_verdicts", "policy_verdicts"}:
            await self.refresh_verdicts()
        if "loads" in asked:
            await self._measuring.refresh()

    def _keep(self, verdicts: tuple[Eligibility, ...]) -> None:
        state = self._stage.state
        if state.estate is not None:
            fresh = {arm_id.key(verdict.vm_id) for verdict in verdicts}
            kept = tuple(old for old in state.estate.eligibility if arm_id.key(old.vm_id) not in fresh)
            state.estate = replace(state.estate, eligibility=(*kept, *verdicts))

    def _date(self, estate: Estate, fresh: frozenset[str]) -> None:
        """Say of each check when what it looks at was read: of those not read anew, when everything was."""
        state = self._stage.state
        whole = state.whole_read_at or estate.read_at
        known = {name: moment for name, moment in state.checks.seen.items() if moment >= whole}
        fallback = {check.id: whole for check in catalogue.CHECKS}
        state.checks.seen = fallback | known | dict.fromkeys(fresh, estate.read_at)

    async def _check(self, named: tuple[str, ...], reread: bool) -> None:
        try:
            if named and reread:
                await self._read_for(named)
                # All of them look at what is new: otherwise the list would hold findings of two states of Azure.
                await self.run(fresh=frozenset(named))
            elif named:
                await self.run(named)
            else:
                if reread:
                    await self._reading.read(EVERYTHING)
                    await self._kernels.refresh(again=True)
                    await self._measuring.refresh()
                await self.ask_of_vms()
                await self.run()
        except ProblemError:
            self._stage.state.checks.state = "done" if self._stage.state.checks.results else "idle"
            self._stage.touch("prerequisites", "steps")
            raise
        self._done()
