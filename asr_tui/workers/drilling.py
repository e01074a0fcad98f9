"""The drill: chosen, run in Azure, judged by the engineer, cleaned up, and proven to be over. Taken up again after a crash."""

from __future__ import annotations

import secrets

from pydantic import ValidationError

from asr_tui.azure.operations import Operation
from asr_tui.model import arm_id
from asr_tui.model.plan import DrillChoice
from asr_tui.model.problem import Problem
from asr_tui.model.step import Step
from asr_tui.session.intents import CleanUpDrill, PrepareDrill, RecordVerdict, StartDrill
from asr_tui.wording import count
from asr_tui.workers import drill_choice, drill_journal
from asr_tui.workers.budget import Budget
from asr_tui.workers.drill import CLEANABLE, Drill, Rehearsal
from asr_tui.workers.drill_runner import DrillRunner
from asr_tui.workers.following import Following
from asr_tui.workers.pace import Pace
from asr_tui.workers.reading import not_signed_in
from asr_tui.workers.rehearsing import NO_TEST
from asr_tui.workers.stage import Stage
from asr_tui.workers.watcher import Watcher

PREPARE_TASK = "drill choice"
TASK = "drill"
Problems = tuple[Problem, ...]


class Drilling:
    """At most one drill at a time."""

    def __init__(self, stage: Stage, pace: Pace, budget: Budget, watcher: Watcher, following: Following) -> None:
        self._stage = stage
        self._watcher = watcher
        self._following = following
        self._reminded = False
        self._runner = DrillRunner(stage, pace, budget, watcher, following, self._began)

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
            waves=intent.waves,
            targets=intent.targets,
            dependencies=intent.dependencies,
            scripts=intent.scripts,
        )
        self._stage.change_plan(state.plan.model_copy(update={"drill": choice}))
        before, state.drill = state.drill, None
        self._stage.touch("drill", "steps")
        self._stage.begin(PREPARE_TASK, "Reading recovery points", self._prepare(choice, before))
        return ()

    async def _prepare(self, choice: DrillChoice, before: Drill | None) -> None:
        state = self._stage.state
        await self._watcher.fresh()
        picture = state.picture
        if picture is None:
            return
        state.drill = await drill_choice.choose(self._stage, self._following.clients(), picture, choice, before)
        self._stage.touch("drill", "steps")

    # Running

    def start(self, intent: StartDrill) -> Problems:
        """Begin the test failovers of what was chosen."""
        drill = self._stage.state.drill
        refusal = _start_refusal(self._stage, drill, intent)
        if refusal is not None or drill is None:
            return (refusal,) if refusal else ()
        drill.started = self._stage.state.now()
        self._stage.journal.append("drill-begun", **drill_journal.as_data(drill, self._stage.state.principal))
        drill.state = "running"
        for row in drill.selected:
            row.state = "waiting"
        self._touch()
        self._stage.say(
            Step.TEST_FAILOVER,
            "note",
            drill.network_name,
            "running",
            f"Drill of {count(len(drill.selected), 'VM')} begun.",
        )
        self._stage.begin(TASK, "", self._runner.run(drill))
        return ()

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
        row.judged_at = self._stage.state.now()
        self._stage.journal.append(
            "drill-verdict",
            drill=drill.id,
            vm=row.vm_id,
            verdict=intent.verdict,
            note=intent.note,
            at=row.judged_at.isoformat(),
        )
        self._stage.say(
            Step.TEST_FAILOVER, "note", row.vm_name, intent.verdict, f"Verdict: {intent.verdict}. {intent.note}"
        )
        self._touch()
        return ()

    def clean_up(self, intent: CleanUpDrill) -> Problems:
        """Delete the test VMs and prove that nothing is left; also again, where something was left, and after a drill that
        was begun elsewhere."""
        state = self._stage.state
        if self._stage.clients is None:
            return (not_signed_in(),)
        if state.drill is None or state.drill.started is None:
            state.drill = self._found()
        drill = state.drill
        cut_off = drill is not None and drill.state == "cleaning-up" and not self.is_busy
        if drill is None or (drill.state not in {"waiting", "failed"} and not cut_off):
            return (Problem(what="There is nothing to clean up now.", where="drill"),)
        refusal = state.write_refusal("drill")
        if refusal is not None:
            return (refusal,)
        drill.notes = intent.notes
        self._stage.journal.append("drill-cleanup", drill=drill.id, notes=intent.notes)
        drill.state, drill.problem, drill.finished = "cleaning-up", None, None
        for row in drill.selected:
            if row.state == "cleaning-up" or (row.state in CLEANABLE and row.cleanup is not None):
                row.cleanup = None
        self._touch()
        self._stage.begin(TASK, "", self._runner.clean_up(drill))
        return ()

    def _found(self) -> Drill | None:
        """A drill made of the test failovers that wait for their cleanup, whoever began them; None where none does."""
        waiting = [
            one.item for one in self._stage.state.watch.items.values() if one.item.test_failover_state not in NO_TEST
        ]
        if not waiting:
            return self._stage.state.drill
        drill = Drill(id=secrets.token_hex(6), state="waiting", started=self._stage.state.now())
        for item in waiting:
            row = Rehearsal(item.vm_id, item.vm_name, item.id, group_id=item.target_group_id or "", state="running")
            drill.rows[arm_id.key(item.vm_id)] = row
        self._stage.journal.append("drill-begun", **drill_journal.as_data(drill, self._stage.state.principal))
        return drill

    def remind(self) -> None:
        """Say once what test VMs still run: they cost money, and block the next test."""
        picture = self._stage.state.picture
        if self._reminded or picture is None:
            return
        waiting = [item for item in picture.contents.items if item.test_failover_state not in NO_TEST]
        self._reminded = True
        if not waiting or self.is_busy:
            return
        names = ", ".join(item.vm_name for item in waiting[:5])
        drill = self._stage.state.drill
        since = f" since {drill.started:%Y-%m-%d %H:%M} UTC" if drill is not None and drill.started is not None else ""
        self._stage.trouble(
            Problem(
                what=f"Test VMs of {count(len(waiting), 'VM')} still run{since}: {names}.",
                cause="They cost as much as any VM, and no other test failover can begin before they are cleaned up.",
                remedy="Give your verdict and clean up in step 6.",
                code="drill-running",
                where="drill",
            ),
            Step.TEST_FAILOVER,
        )

    # After a crash

    def restore(self) -> None:
        """Take up the last drill from the journal, if it did not end."""
        entries = self._stage.journal.entries
        last = next((at for at in range(len(entries) - 1, -1, -1) if entries[at].kind == "drill-begun"), None)
        if last is None:
            return
        try:
            drill = drill_journal.restored(entries[last], entries[last + 1 :])
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
            self._stage.begin(TASK, "", self._runner.run(drill))
        elif drill.state == "cleaning-up":
            self._stage.begin(TASK, "", self._runner.clean_up(drill))
        else:
            self._stage.begin(TASK, "", self._runner.look_again(drill))
        self._stage.say(Step.TEST_FAILOVER, "note", "drill", "running", "Going on with the drill that was interrupted.")

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
            point=drill_journal.point_data(row.point),
            request_id=operation.request_id,
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
    if drill.changes.writes and intent.digest != drill.changes.digest():
        return Problem(
            what="What you confirm is not what the drill would make.",
            cause="The choice, or what exists in Azure, changed since the list was shown." if intent.digest else "",
            remedy="Look at what will be made once more, then start.",
            where="drill",
            code="not-reviewed",
        )
    return stage.state.write_refusal("drill")


def _under_way() -> Problem:
    return Problem(what="A drill is under way.", remedy="Clean it up before the next one.", code="drill-active")
