"""Carries a drill out: networks, wave after wave of test failovers, the cleanup, and the proof. Safe to begin again anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from asr_tui.azure import estate_reader, read_back
from asr_tui.model import arm_id
from asr_tui.model.change import Kind
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.step import Step
from asr_tui.wording import count
from asr_tui.workers import drill_isolation, drill_journal, drill_proof, drill_ready, drill_report
from asr_tui.workers.budget import Budget
from asr_tui.workers.carrying import Carrier
from asr_tui.workers.drill import CLEANABLE, UNDER_WAY, Drill, Rehearsal
from asr_tui.workers.following import Following
from asr_tui.workers.pace import Pace
from asr_tui.workers.rehearsing import Began, Rehearser
from asr_tui.workers.stage import Stage
from asr_tui.workers.watcher import Watcher
from asr_tui.workers.work import Progress

_MADE = frozenset({"resource_groups", "networks", "security_groups"})
"""The parts of the estate that making a drill's networks changes."""


class DrillRunner:
    """One drill at a time. ``began`` is told each accepted operation, at once."""

    def __init__(
        self, stage: Stage, pace: Pace, budget: Budget, watcher: Watcher, following: Following, began: Began
    ) -> None:
        self._stage = stage
        self._watcher = watcher
        self._following = following
        self._rehearser = Rehearser(stage, budget, following, began)
        self._carrier = Carrier(stage, pace, budget, following, lambda progress, operation: None)

    async def run(self, drill: Drill) -> None:
        """Networks, then the VMs wave by wave; a failed one stops no other."""
        try:
            if not drill.before_known:
                await self._note_before(drill)
            await self._make_networks(drill)
            if not drill.isolation:
                await self._note_isolation(drill)
        except ProblemError as error:
            drill.problem = error.problem
            await self._end(drill, "failed")
            return
        await self._look_around()
        for wave in drill.waves:
            await self._each([row for row in wave if row.state in UNDER_WAY | {"running"}], self._rehearse, drill)
        if any(row.state in CLEANABLE for row in drill.selected):
            drill.state = "waiting"
            self._touch()
        else:
            await self._end(drill, "failed")

    async def clean_up(self, drill: Drill) -> None:
        """Delete every test VM, then list what is left."""
        await self._look_around()
        if not drill.before_known:
            await self._each([row for row in drill.selected if row.state == "running"], self._rehearse, drill)
        await self._each([row for row in drill.selected if row.state in CLEANABLE], self._clean, drill)
        failed = [row for row in drill.selected if row.state != "cleaned-up"]
        try:
            drill.leftovers, drill.clean_proof = await drill_proof.prove(self._following.clients(), drill)
        except ProblemError as error:
            drill.leftovers, drill.clean_proof = (), ""
            drill.problem = _unproven(error.problem)
        if failed:
            drill.problem, drill.clean_proof = _cleanup_failed(failed), ""
        elif drill.leftovers:
            drill.problem = _left(drill)
        await self._end(drill, "failed" if drill.problem else "done")

    async def look_again(self, drill: Drill) -> None:
        """After a restart while the test VMs are up: what was kept in memory only is read anew."""
        rows = [row for row in drill.selected if row.state in {"running", "verified"}]
        await self._each(rows, self._recall, drill)
        await self._each([row for row in rows if not row.evidence], self._rehearse, drill)
        self._touch()

    # One VM

    async def _rehearse(self, drill: Drill, row: Rehearsal) -> None:
        try:
            if row.state == "running":
                await self._rehearser.verify(drill, row)
            else:
                await self._rehearser.test(drill, row)
        except ProblemError as error:
            row.state, row.problem = "failed", error.problem
            row.verdict = "failed"
        self._note(drill, row)

    async def _clean(self, drill: Drill, row: Rehearsal) -> None:
        was_failed = row.problem if row.state == "failed" else None
        try:
            await self._rehearser.clean_up(drill, row)
        except ProblemError as error:
            row.state, row.problem = "failed", error.problem
        else:
            row.problem = was_failed
        self._note(drill, row)

    async def _recall(self, drill: Drill, row: Rehearsal) -> None:
        del drill
        try:
            await self._rehearser.recall(row)
        except ProblemError as error:
            self._stage.say(Step.TEST_FAILOVER, "note", row.vm_name, "unknown", error.problem.sentence())

    async def _each(
        self, rows: Iterable[Rehearsal], work: Callable[[Drill, Rehearsal], Awaitable[None]], drill: Drill
    ) -> None:
        # The dial that says how many VMs are enabled at a time holds for testing and cleaning up, too.
        turn = asyncio.Semaphore(self._stage.state.item_limit)

        async def one(row: Rehearsal) -> None:
            async with turn:
                await work(drill, row)

        async with asyncio.TaskGroup() as group:
            for row in rows:
                group.create_task(one(row))

    # Around them

    async def _look_around(self) -> None:
        """What runs, or has ended, while nobody looked is known before anything is begun."""
        self._watcher.aim()
        await self._watcher.fresh()

    async def _make_networks(self, drill: Drill) -> None:
        """Make what is missing, and read once what is there then: the next drill finds it."""
        for change in drill.changes:
            if change.writes:
                progress = Progress(change)
                await self._carrier.carry_out(progress)
                if progress.problem is not None:
                    raise ProblemError(progress.problem)
                self._stage.say(Step.TEST_FAILOVER, "operation", change.name, "done", f"The {change.kind} is there.")
        state = self._stage.state
        if drill.changes.writes and state.estate is not None:
            state.estate = await estate_reader.read_again(self._following.clients(), state.estate, _MADE)
            self._stage.touch_all()

    async def _note_isolation(self, drill: Drill) -> None:
        """The networks may have changed since they were chosen."""
        picture = self._stage.state.picture
        drill.isolation = await drill_isolation.prove(self._following.clients(), drill, picture)
        told = [proof.model_dump() for proof in drill.isolation]
        self._stage.journal.append("drill-isolation", drill=drill.id, proofs=told)

    async def _note_before(self, drill: Drill) -> None:
        """What stands there already is not the drill's: what is new afterwards is. The same list, and what quota and locks
        leave, say who can take part now.

        Raises:
            ProblemError: that cannot be read; or nobody can take part.
        """
        clients, picture, watch = self._following.clients(), self._stage.state.picture, self._stage.state.watch
        before = frozenset(arm_id.key(one.id) for one in await drill_proof.present(clients, drill))
        if picture is not None and not drill.is_ready:
            await drill_ready.look(clients, drill, picture, watch, before)
            told = [proof.model_dump() for proof in drill.readiness]
            self._stage.journal.append("drill-ready", drill=drill.id, proofs=told)
            for row in drill.selected:
                if row.state == "failed":
                    self._note(drill, row)
        networks = [change for change in drill.changes if change.kind is Kind.NETWORK]
        drill.makes_network = not all([await read_back.exists(clients, change) for change in networks])
        drill.before, drill.before_known = before, True
        made = drill.makes_network
        self._stage.journal.append("drill-before", drill=drill.id, ids=sorted(drill.before), makes_network=made)
        if not any(row.state in UNDER_WAY for row in drill.selected):
            raise ProblemError(_nobody(drill))

    async def _end(self, drill: Drill, state: str) -> None:
        """The drill is over: say so, and leave the record of it."""
        await self._each([row for row in drill.selected if row.lacks_jobs], self._recall, drill)
        # From here on nothing is waited for: whoever sees that the drill is over sees its reports too.
        drill.state = state
        drill.finished = self._stage.state.now()
        drill_report.keep(self._stage, drill)
        self._stage.journal.append(
            "drill-ended",
            drill=drill.id,
            state=state,
            at=drill.finished.isoformat(),
            leftovers=list(drill.leftovers),
            proof=drill.clean_proof,
            problem=drill.problem.model_dump(exclude_defaults=True) if drill.problem else None,
            reports=list(drill.reports),
            passed=drill.passed,
        )
        told = drill.problem.sentence() if drill.problem else drill.clean_proof
        self._stage.say(Step.TEST_FAILOVER, "note", drill.network_name, state, told)
        self._touch()

    def _note(self, drill: Drill, row: Rehearsal) -> None:
        self._stage.journal.append("drill-vm", drill=drill.id, **drill_journal.row_data(row))
        is_failed = row.state == "failed"
        told = row.problem.sentence() if is_failed and row.problem else f"{row.vm_name}: {row.state}"
        self._stage.say(Step.TEST_FAILOVER, "problem" if is_failed else "operation", row.vm_name, row.state, told)
        self._touch()

    def _touch(self) -> None:
        self._stage.touch("drill", "steps", "operations")


def _nobody(drill: Drill) -> Problem:
    first = next((row.problem.what for row in drill.selected if row.problem), "")
    return Problem(
        what="No VM can take part any more; nothing was begun.",
        cause=first,
        remedy="Put it right and choose the drill again.",
        retry=True,
        code=drill_ready.NOT_READY,
    )


def _cleanup_failed(rows: list[Rehearsal]) -> Problem:
    names = ", ".join(row.vm_name for row in rows[:5])
    return Problem(
        what=f"The cleanup of {names} failed.",
        cause=next((row.problem.what for row in rows if row.problem), ""),
        remedy="Put it right and clean up once more; the drill is not over before that. What is left is named with the "
        "command that removes it.",
        retry=True,
        code="cleanup",
    )


def _left(drill: Drill) -> Problem:
    return Problem(
        what=f"{count(len(drill.leftovers), 'thing')} of the drill left behind.",
        cause=drill.leftovers[0],
        remedy="Remove what is named and clean up once more; the drill is not over before that.",
        retry=True,
        code="leftovers",
    )


def _unproven(problem: Problem) -> Problem:
    return Problem(
        what="It could not be proven that nothing of the drill is left.",
        cause=problem.what,
        remedy="Clean up once more when Azure can be read; the drill is not over before that.",
        retry=True,
        code="unproven",
    )
