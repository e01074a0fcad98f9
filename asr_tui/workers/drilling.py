"""The drill: chosen, run in Azure, judged by the engineer, cleaned up, and proven to be over. Taken up again after a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from asr_tui.azure.operations import Operation
from asr_tui.model import arm_id
from asr_tui.model.change import ChangeSet
from asr_tui.model.plan import DrillChoice, RecoveryPointKind
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.replication import RecoveryPoint
from asr_tui.model.step import Step
from asr_tui.session.intents import CleanUpDrill, PrepareDrill, RecordVerdict, StartDrill
from asr_tui.workers import drill_choice, drill_proof
from asr_tui.workers.budget import Budget
from asr_tui.workers.carrying import Carrier
from asr_tui.workers.drill import CLEANABLE, UNDER_WAY, Drill, Rehearsal
from asr_tui.workers.following import Following
from asr_tui.workers.journal import Entry
from asr_tui.workers.pace import Pace
from asr_tui.workers.reading import not_signed_in
from asr_tui.workers.rehearsing import Rehearser
from asr_tui.workers.stage import Stage
from asr_tui.workers.watcher import Watcher
from asr_tui.workers.work import Progress, as_data, from_data

PREPARE_TASK = "drill choice"
TASK = "drill"
AT_ONCE = 10
"""So many VMs are tested (or cleaned up) at a time."""

Problems = tuple[Problem, ...]


class Drilling:
    """At most one drill at a time."""

    def __init__(self, stage: Stage, pace: Pace, budget: Budget, watcher: Watcher, following: Following) -> None:
        self._stage = stage
        self._watcher = watcher
        self._following = following
        self._rehearser = Rehearser(stage, budget, following, self._began)
        self._carrier = Carrier(stage, pace, budget, following, lambda progress, operation: None)

    @property
    def is_busy(self) -> bool:
        """Whether a drill does something at this moment (waiting for verdicts is not doing)."""
        return self._stage.is_running(TASK)

    # Choosing

    def prepare(self, intent: PrepareDrill) -> Problems:
        """Look up points, networks and refusals for a choice. Writes nothing."""
        state = self._stage.state
        if state.drill is not None and state.drill.is_active:
            return (_under_way(),)
        if self._stage.clients is None:
            return (not_signed_in(),)
        if state.picture is None or not state.watch.items:
            return (Problem(what="No VM is protected yet.", remedy="Enable replication in step 5 first.", where="vms"),)
        choice = DrillChoice(
            vms=intent.vm_ids,
            recovery_point=intent.recovery_point,
            custom_points=intent.custom_points,
            network_id=intent.network_id,
            create_network=intent.create_network and not intent.network_id,
            notes=state.plan.drill.notes,
        )
        self._stage.change_plan(state.plan.model_copy(update={"drill": choice}))
        state.drill = None
        self._stage.touch("drill", "steps")
        self._stage.begin(PREPARE_TASK, "Reading recovery points", self._prepare(choice))
        return ()

    async def _prepare(self, choice: DrillChoice) -> None:
        state = self._stage.state
        await self._watcher.fresh()
        picture = state.picture
        if picture is None:
            return
        state.drill = await drill_choice.choose(self._stage, self._following.clients(), picture, choice)
        self._stage.touch("drill", "steps")

    # Running

    def start(self, intent: StartDrill) -> Problems:
        """Begin the test failovers of what was chosen."""
        drill = self._stage.state.drill
        refusal = _start_refusal(self._stage, drill, intent)
        if refusal is not None or drill is None:
            return (refusal,) if refusal else ()
        drill.started = self._stage.state.now()
        self._stage.journal.append("drill-begun", **_as_data(drill, self._stage.state.principal))
        drill.state = "running"
        for row in drill.selected:
            row.state = "waiting"
        self._touch()
        self._stage.say(
            Step.TEST_FAILOVER, "note", drill.network_name, "running", f"Drill of {len(drill.selected)} VM(s) begun."
        )
        self._stage.begin(TASK, "", self._run(drill))
        return ()

    async def _run(self, drill: Drill) -> None:
        """Network, then all VMs; a failed one stops no other."""
        try:
            await self._make_networks(drill)
            if not drill.before_known:
                await self._note_before(drill)
        except ProblemError as error:
            drill.problem = error.problem
            await self._end(drill, "failed")
            return
        self._watcher.aim()
        waiting = [row for row in drill.selected if row.state in UNDER_WAY | {"running"}]
        await self._each(waiting, lambda row: self._rehearse(drill, row))
        if any(row.state in CLEANABLE for row in drill.selected):
            drill.state = "waiting"
            self._touch()
        else:
            await self._end(drill, "failed")

    async def _make_networks(self, drill: Drill) -> None:
        for change in drill.changes:
            if change.writes:
                await self._carrier.carry_out(Progress(change))
                self._stage.say(Step.TEST_FAILOVER, "operation", change.name, "done", f"The {change.kind} is there.")

    async def _note_before(self, drill: Drill) -> None:
        """What stands there already is not the drill's: what is new afterwards is."""
        there = await drill_proof.present(self._following.clients(), drill)
        drill.before = frozenset(arm_id.key(one.id) for one in there)
        drill.before_known = True
        self._stage.journal.append("drill-before", drill=drill.id, ids=sorted(drill.before))

    async def _rehearse(self, drill: Drill, row: Rehearsal) -> None:
        try:
            if row.state == "running":
                await self._rehearser.verify(drill, row)
            else:
                await self._rehearser.test(drill, row)
        except ProblemError as error:
            row.state, row.problem = "failed", error.problem
        self._note(drill, row)

    # Judging and cleaning up

    def record_verdict(self, intent: RecordVerdict) -> Problems:
        """The engineer's word on a test VM."""
        drill = self._stage.state.drill
        row = drill.row(intent.vm_id) if drill else None
        if drill is None or row is None or not row.is_selected:
            return (Problem(what="That VM is not in the drill.", where="vm_id"),)
        if row.state not in {"running", "verified"}:
            return (Problem(what=f"{row.vm_name} has no test VM to judge.", where="vm_id"),)
        row.verdict, row.note = intent.verdict, intent.note
        self._stage.journal.append(
            "drill-verdict", drill=drill.id, vm=row.vm_id, verdict=intent.verdict, note=intent.note
        )
        self._stage.say(
            Step.TEST_FAILOVER, "note", row.vm_name, intent.verdict, f"Verdict: {intent.verdict}. {intent.note}"
        )
        self._touch()
        return ()

    def clean_up(self, intent: CleanUpDrill) -> Problems:
        """Delete the test VMs and prove that nothing is left; also again, where something was left."""
        drill = self._stage.state.drill
        if self._stage.clients is None:
            return (not_signed_in(),)
        if drill is None or drill.state not in {"waiting", "failed"} or drill.started is None:
            return (Problem(what="There is nothing to clean up now.", where="drill"),)
        drill.notes = intent.notes
        self._stage.journal.append("drill-cleanup", drill=drill.id, notes=intent.notes)
        drill.state, drill.problem, drill.finished = "cleaning-up", None, None
        for row in drill.selected:
            if row.state == "cleaning-up" or (row.state in CLEANABLE and row.cleanup is not None):
                row.cleanup = None
        self._touch()
        self._stage.begin(TASK, "", self._clean_up(drill))
        return ()

    async def _clean_up(self, drill: Drill) -> None:
        self._watcher.aim()
        await self._each([row for row in drill.selected if row.state in CLEANABLE], lambda row: self._clean(drill, row))
        failed = [row for row in drill.selected if row.state != "cleaned-up"]
        drill.leftovers, drill.clean_proof = await drill_proof.prove(self._following.clients(), drill)
        if failed or drill.leftovers:
            names = ", ".join(row.vm_name for row in failed[:5])
            drill.problem = Problem(
                what=f"The cleanup of {names} failed." if failed else "Something of the drill is left.",
                cause=next((row.problem.what for row in failed if row.problem), ""),
                remedy="Put it right and clean up once more; the drill is not over before that.",
                retry=True,
                code="cleanup",
            )
        await self._end(drill, "failed" if drill.problem else "done")

    async def _clean(self, drill: Drill, row: Rehearsal) -> None:
        was_failed = row.problem if row.state == "failed" else None
        try:
            await self._rehearser.clean_up(drill, row)
        except ProblemError as error:
            row.state, row.problem = "failed", error.problem
        else:
            row.problem = was_failed
        self._note(drill, row)

    async def _end(self, drill: Drill, state: str) -> None:
        drill.state = state
        drill.finished = self._stage.state.now()
        self._stage.journal.append("drill-ended", drill=drill.id, state=state, leftovers=list(drill.leftovers))
        told = drill.problem.sentence() if drill.problem else drill.clean_proof
        self._stage.say(Step.TEST_FAILOVER, "note", drill.network_name, state, told)
        self._touch()

    async def _each(self, rows: Iterable[Rehearsal], work: Callable[[Rehearsal], Awaitable[None]]) -> None:
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(row: Rehearsal) -> None:
            async with turn:
                await work(row)

        async with asyncio.TaskGroup() as group:
            for row in rows:
                group.create_task(one(row))

    # After a crash

    def restore(self) -> None:
        """Take up the last drill from the journal, if it did not end."""
        entries = self._stage.journal.entries
        last = next((at for at in range(len(entries) - 1, -1, -1) if entries[at].kind == "drill-begun"), None)
        if last is None:
            return
        try:
            drill = _restored(entries[last], entries[last + 1 :])
        except (KeyError, ValueError, TypeError, ValidationError) as error:
            self._stage.say(
                "", "note", "journal", "unknown", f"The last drill cannot be read from the journal ({error})."
            )
            return
        self._stage.state.drill = drill
        self._stage.touch("drill", "steps")

    def resume(self) -> None:
        """Go on with a drill that was interrupted, now that the estate is known."""
        drill = self._stage.state.drill
        if drill is None or not drill.is_active or self._stage.is_running(TASK):
            return
        if drill.state == "running":
            self._stage.begin(TASK, "", self._run(drill))
        elif drill.state == "cleaning-up":
            self._stage.begin(TASK, "", self._clean_up(drill))
        else:
            self._stage.begin(TASK, "", self._look_again(drill))
        self._stage.say(Step.TEST_FAILOVER, "note", "drill", "running", "Going on with the drill that was interrupted.")

    async def _look_again(self, drill: Drill) -> None:
        """The test VMs are up; what was seen of them is looked at anew, for it was kept in memory only."""
        rows = [row for row in drill.selected if row.state in {"running", "verified"} and not row.evidence]
        await self._each(rows, lambda row: self._verify_again(drill, row))
        self._touch()

    async def _verify_again(self, drill: Drill, row: Rehearsal) -> None:
        try:
            await self._rehearser.recall(row)
            await self._rehearser.verify(drill, row)
        except ProblemError as error:
            row.problem = error.problem

    # Journal

    def _began(self, row: Rehearsal, operation: Operation, is_cleanup: bool) -> None:
        drill = self._stage.state.drill
        row.started = row.started if is_cleanup else operation.started
        self._stage.journal.append(
            "drill-operation",
            drill=drill.id if drill else "",
            vm=row.vm_id,
            cleanup=is_cleanup,
            operation=row.cleanup if is_cleanup else row.operation,
            request_id=operation.request_id,
        )
        self._touch()

    def _note(self, drill: Drill, row: Rehearsal) -> None:
        problem = row.problem.model_dump(exclude_defaults=True) if row.problem else None
        self._stage.journal.append("drill-vm", drill=drill.id, vm=row.vm_id, state=row.state, problem=problem)
        told = row.problem.sentence() if row.state == "failed" and row.problem else f"{row.vm_name}: {row.state}"
        self._stage.say(
            Step.TEST_FAILOVER, "problem" if row.state == "failed" else "operation", row.vm_name, row.state, told
        )
        self._touch()

    def _touch(self) -> None:
        self._stage.touch("drill", "steps", "operations")


def _start_refusal(stage: Stage, drill: Drill | None, intent: StartDrill) -> Problem | None:
    if stage.clients is None:
        return not_signed_in()
    if drill is None:
        return Problem(what="No drill was chosen yet.", remedy="Choose VMs, recovery point and network.", where="drill")
    if drill.is_active:
        return _under_way()
    if drill.state != "idle":
        return Problem(what="That drill is over.", remedy="Choose the next one.", where="drill")
    if not drill.selected:
        return Problem(what="No VM can take part in the drill.", remedy="Each VM's row says why.", where="vms")
    if not all(row.network_id for row in drill.selected):
        return Problem(what="No test network is chosen.", remedy="Choose one, or let one be made.", where="network")
    if drill.danger and intent.typed_network_name != drill.network_name:
        return Problem(
            what=f"{drill.network_name} is not isolated: {drill.danger}",
            remedy="Take an isolated network, or type this network's name to test in it all the same.",
            where="network",
            code="network-not-isolated",
        )
    if stage.state.origin.read_only:
        return Problem(what="This session only reads.", remedy="Start again without --read-only.", where="drill")
    return None


def _under_way() -> Problem:
    return Problem(what="A drill is under way.", remedy="Clean it up before the next one.", code="drill-active")


def _as_data(drill: Drill, principal: str) -> dict[str, Any]:
    return {
        "drill": drill.id,
        "by": principal,
        "kind_of_point": drill.kind,
        "network_name": drill.network_name,
        "changes": [as_data(change) for change in drill.changes],
        "started": drill.started.isoformat() if drill.started else None,
        "vms": [
            {
                "vm": row.vm_id,
                "name": row.vm_name,
                "item": row.item_id,
                "group": row.group_id,
                "network": row.network_id,
                "point": row.point.id if row.point else "",
                "point_time": row.point.time.isoformat() if row.point else "",
                "point_kind": row.point.kind if row.point else "",
            }
            for row in drill.selected
        ],
    }


def _restored(begun: Entry, later: Iterable[Entry]) -> Drill:
    """The drill as the journal tells it."""
    data = begun.data
    drill = Drill(
        id=data["drill"],
        kind=RecoveryPointKind(data["kind_of_point"]),
        state="running",
        network_name=data["network_name"],
        changes=ChangeSet(tuple(from_data(change) for change in data["changes"])),
        started=datetime.fromisoformat(data["started"]) if data["started"] else begun.time,
    )
    for vm in data["vms"]:
        row = Rehearsal(vm["vm"], vm["name"], vm["item"], vm["network"], vm["group"], state="waiting")
        if vm["point"]:
            row.point = RecoveryPoint(vm["point"], datetime.fromisoformat(vm["point_time"]), vm["point_kind"])
        drill.rows[arm_id.key(row.vm_id)] = row
    for entry in later:
        if entry.data.get("drill") == drill.id:
            _replay(drill, entry)
    if drill.state == "running" and all(row.state not in UNDER_WAY for row in drill.selected):
        drill.state = "waiting"
    return drill


def _replay(drill: Drill, entry: Entry) -> None:
    data = entry.data
    row = drill.row(data["vm"]) if "vm" in data else None
    if entry.kind == "drill-operation" and row is not None:
        operation = Operation.model_validate(data["operation"])
        if data["cleanup"]:
            row.cleanup, row.state = operation.model_dump(mode="json"), "cleaning-up"
        else:
            row.operation, row.state, row.started = operation.model_dump(mode="json"), "failing-over", operation.started
    elif entry.kind == "drill-vm" and row is not None:
        row.state = data["state"]
        row.problem = Problem.model_validate(data["problem"]) if data["problem"] else None
        row.cleaned_at = entry.time if row.state == "cleaned-up" else None
    elif entry.kind == "drill-verdict" and row is not None:
        row.verdict, row.note = data["verdict"], data["note"]
    elif entry.kind == "drill-before":
        drill.before, drill.before_known = frozenset(data["ids"]), True
    elif entry.kind == "drill-cleanup":
        drill.state, drill.notes = "cleaning-up", data["notes"]
    elif entry.kind == "drill-ended":
        drill.state, drill.finished, drill.leftovers = data["state"], entry.time, tuple(data["leftovers"])
