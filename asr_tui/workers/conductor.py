"""Validates what faces ask for and sets the activities going: sign in, read, check, review, run, watch, drill."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from asr_tui.azure.cloud import Cloud
from asr_tui.azure.observation import RequestRecord
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.session import intents
from asr_tui.session.intents import Answer, Intent
from asr_tui.session.paths import StateError
from asr_tui.session.protocol import Hello
from asr_tui.session.views import Pen
from asr_tui.workers import choices, exporting, reading
from asr_tui.workers.budget import Budget
from asr_tui.workers.checking import Checking
from asr_tui.workers.drilling import Drilling
from asr_tui.workers.following import Following
from asr_tui.workers.opinions import Opinions
from asr_tui.workers.pace import Pace
from asr_tui.workers.permitted import Permitted
from asr_tui.workers.plan_file import read_plan
from asr_tui.workers.probing import Probing
from asr_tui.workers.reading import Reading
from asr_tui.workers.reviewing import Reviewing
from asr_tui.workers.running import Running
from asr_tui.workers.sections import architecture, drill, estate_rows, networking, overview, prerequisites
from asr_tui.workers.sections import replication as replication_section
from asr_tui.workers.sections import review as review_section
from asr_tui.workers.sections import steps as steps_section
from asr_tui.workers.sections import vault as vault_section
from asr_tui.workers.signing_in import SigningIn, Wishes
from asr_tui.workers.stage import Builder, Stage
from asr_tui.workers.watcher import Watcher

BUILDERS: Mapping[str, Builder] = {
    "session": overview.session,
    "steps": steps_section.steps,
    "sign_in": overview.sign_in,
    "plan": overview.plan,
    "architecture": architecture.architecture,
    "vms": estate_rows.vms,
    "prerequisites": prerequisites.prerequisites,
    "networking": networking.networking,
    "vault": vault_section.vault,
    "review": review_section.review,
    "run": review_section.run,
    "replication": replication_section.replication,
    "drill": drill.drill,
    "operations": overview.operations,
    "log": overview.log,
    "problems": overview.problems,
}

Problems = tuple[Problem, ...]


_ON_RECORD = frozenset(
    {
        intents.ConfirmReview,
        intents.ControlRun,
        intents.SetConcurrency,
        intents.StartDrill,
        intents.RecordVerdict,
        intents.CleanUpDrill,
    }
)
"""What leads to writes, or says how they went."""


class Conductor:
    """One per worker. ``stop`` is called when a face asks the worker to end."""

    def __init__(
        self, stage: Stage, cloud: Cloud, environ: Mapping[str, str], wishes: Wishes, stop: Callable[[], None]
    ) -> None:
        self.stage = stage
        self._stop = stop
        self.pace = Pace(lambda: stage.state.azure_speed)
        self.budget = Budget(self.pace)
        self.signing_in = SigningIn(stage, cloud, environ, wishes, self._settled, self._renewed, self._observed)
        self.permitted = Permitted(stage, self._resume)
        self.reading = Reading(stage, self._estate_was_read)
        self.checking = Checking(stage, self.budget, self.reading, self._checks_are_done)
        self.probing = Probing(stage, self.checking)
        self.opinions = Opinions(stage)
        self.watcher = Watcher(stage, self.pace, self.budget)
        following = Following(stage, self.pace, self.watcher)
        self.running = Running(stage, self.pace, self.budget, self.watcher, following, self._run_ended)
        self.reviewing = Reviewing(stage, self.reading, self.checking, self.running.confirmed)
        self.drilling = Drilling(stage, self.pace, self.budget, self.watcher, following)
        self._handlers = self._make_handlers()

    def start(self) -> None:
        """Show what is known from plan and journal, and sign in where that needs nobody."""
        if self.stage.journal.note:
            self.stage.say("", "note", "journal", "unknown", self.stage.journal.note)
        self.running.restore()
        self.drilling.restore()
        self.signing_in.offer()
        last = None
        for entry in self.stage.journal.of("signed-in"):
            last = entry
        self.signing_in.resume(str(last.data.get("way", "")) if last else "")
        self.stage.touch_all()
        self.stage.flush()

    async def close(self) -> None:
        """End all activities and connections. What runs in Azure goes on there."""
        await self.stage.close()
        await self.signing_in.close()

    @property
    def is_busy(self) -> bool:
        """Whether something must not be left alone: a run or a drill that works."""
        return self.running.is_busy or self.drilling.is_busy

    def faces_changed(self, pen: Pen | None, faces: int) -> None:
        """Faces came or left, or the pen changed hands."""
        state = self.stage.state
        came = faces > state.faces
        state.pen, state.faces = pen, faces
        self.stage.touch("session")
        if came:
            self.watcher.face_came()

    async def handle(self, intent: Intent, who: Hello) -> Answer:
        """Validate an intent and begin what it asks for; the view shows its effect before this returns."""
        try:
            if type(intent) in _ON_RECORD:
                self._record(intent, who)
            self._take_edited_plan()
            problems = await self._handlers[type(intent)](intent)
        except ProblemError as error:
            problems = (error.problem,)
        except StateError as error:
            problems = (Problem(what=str(error), code="state"),)
        self.stage.flush()
        return Answer(problems=problems)

    def _record(self, intent: Intent, who: Hello) -> None:
        """Who asked what, when; whether it was done follows in the journal."""
        self.stage.journal.append(
            "asked",
            intent=intent.model_dump(mode="json"),
            by=f"{who.user}@{who.host}",
            terminal=who.terminal,
            principal=self.stage.state.principal,
        )

    def load_plan(self, path: Path) -> Problems:
        """Take the plan of another file in place of ours; problems where it holds what a plan cannot."""
        try:
            plan = read_plan(path)
        except ProblemError as error:
            return (error.problem,)
        busy = choices.is_busy_with(self.stage.state)
        if busy is not None:
            return (busy,)
        self.stage.change_plan(plan)
        return ()

    def _take_edited_plan(self) -> None:
        """An edit of plan.yaml counts at the next intent; while a run goes on it has to wait until that is over."""
        if choices.is_busy_with(self.stage.state) is not None:
            return
        edited = self.stage.edited_plan()
        if edited is not None and edited != self.stage.state.plan:
            self.stage.adopt_plan(edited)
            self.stage.say("", "note", "plan", "done", "plan.yaml was edited by hand; the edit is taken over.")

    # What follows from what

    def _settled(self) -> None:
        """Signed in, and the subscription is known: pick up what was interrupted, and read the estate."""
        self.reading.begin()
        if not self.stage.state.only_reads:
            self.running.resume()

    def _renewed(self) -> None:
        """A sign-in that had lapsed holds again: what waited for it goes on."""
        if not self.stage.state.only_reads:
            self.running.resume()
        self.watcher.aim()

    def _resume(self) -> None:
        """It is known whether this session may write."""
        if not self.stage.state.only_reads:
            self.drilling.resume()
        self.drilling.remind()

    def _estate_was_read(self) -> None:
        state = self.stage.state
        if state.picture is not None:
            self.checking.begin(intents.RunChecks())
        self.watcher.aim()
        self.permitted.begin()

    def _checks_are_done(self) -> None:
        self.stage.touch_all()

    def _run_ended(self) -> None:
        """What was made has to be read before anything else is planned on top of it."""
        self.reading.begin(reading.MADE)

    def _observed(self, record: RequestRecord) -> None:
        """After each request: counters, Azure's clock, and a log line for what matters."""
        state, clients = self.stage.state, self.stage.clients
        if clients is not None:
            state.azure_now = clients.azure_clock.now()
            state.azure_speed = clients.azure_clock.speed
            state.remaining_reads = self.budget.left("reads")
            state.remaining_writes = self.budget.left("writes")
        if record.is_arm and record.remaining:
            self.budget.heard(record.remaining)
        if record.is_arm:
            state.requests += 1
            state.writes += record.is_write
        failed = record.status is None or (record.status >= 400 and record.status != 404)
        if record.is_write or failed:
            outcome = str(record.status) if record.status is not None else record.error
            self.stage.say("", "request", record.path, outcome, f"{record.method} {record.path}: {outcome}")
        self.stage.touch("session")

    # Intents

    def _make_handlers(self) -> Mapping[type, Callable[[Any], Awaitable[Problems]]]:
        stage = self.stage

        def at_once(function: Callable[[Any], Problems]) -> Callable[[Any], Awaitable[Problems]]:
            async def handler(intent: Any) -> Problems:
                return function(intent)

            return handler

        def choosing(choose: Callable[[Stage, Any], Problems]) -> Callable[[Any], Awaitable[Problems]]:
            async def handler(intent: Any) -> Problems:
                busy = choices.is_busy_with(stage.state)
                return (busy,) if busy is not None else choose(stage, intent)

            return handler

        def writing(change: Callable[[Any], Problems]) -> Callable[[Any], Awaitable[Problems]]:
            async def handler(intent: Any) -> Problems:
                refusal = stage.state.write_refusal("")
                return (refusal,) if refusal is not None else change(intent)

            return handler

        return {
            intents.SignIn: at_once(self.signing_in.begin),
            intents.KeepSignIn: at_once(self.signing_in.keeping.choose),
            intents.SignOut: self._sign_out,
            intents.ChooseSubscription: at_once(self.signing_in.choose),
            intents.ReadEstate: at_once(lambda intent: self.reading.begin()),
            intents.ChooseRegions: self._choose_regions,
            intents.RunChecks: at_once(self.checking.begin),
            intents.AcceptFinding: choosing(choices.accept_finding),
            intents.ProbeGuests: at_once(self.probing.begin),
            intents.Attest: at_once(self.probing.attest),
            intents.NameKernelLists: choosing(choices.name_kernel_lists),
            intents.AskEffectiveRules: at_once(self.opinions.begin),
            intents.SelectVms: choosing(choices.select_vms),
            intents.MapNetwork: choosing(choices.map_network),
            intents.ChooseSubnet: choosing(choices.choose_subnet),
            intents.ChooseVault: choosing(choices.choose_vault),
            intents.SetPolicy: choosing(choices.set_policy),
            intents.SetDefaults: choosing(choices.set_defaults),
            intents.SetOverride: choosing(choices.set_override),
            intents.TakeFixes: choosing(choices.take_fixes),
            intents.LoadPlan: at_once(lambda intent: self.load_plan(Path(intent.path))),
            intents.PrepareReview: at_once(self.reviewing.prepare),
            intents.ConfirmReview: at_once(self.reviewing.confirm),
            intents.DismissReview: at_once(lambda intent: self.reviewing.dismiss()),
            intents.ExportReview: at_once(lambda intent: exporting.export(self.stage)),
            intents.ControlRun: self._control_run,
            intents.SetConcurrency: at_once(self.running.set_concurrency),
            intents.PrepareDrill: at_once(self.drilling.prepare),
            intents.StartDrill: at_once(self.drilling.start),
            intents.RecordVerdict: at_once(self.drilling.record_verdict),
            intents.CleanUpDrill: writing(self.drilling.clean_up),
            intents.DismissProblem: at_once(self._dismiss_problem),
            intents.Stop: at_once(self._end),
        }

    async def _control_run(self, intent: intents.ControlRun) -> Problems:
        """A run may always be paused or cancelled; beginning again writes."""
        begins = intent.action in {"resume", "retry-failed"}
        refusal = self.stage.state.write_refusal("run") if begins else None
        return (refusal,) if refusal is not None else self.running.control(intent)

    async def _sign_out(self, intent: intents.SignOut) -> Problems:
        del intent
        busy = choices.is_busy_with(self.stage.state)
        if busy is not None:
            return (busy,)
        await self.signing_in.sign_out()
        return ()

    async def _choose_regions(self, intent: intents.ChooseRegions) -> Problems:
        busy = choices.is_busy_with(self.stage.state)
        if busy is not None:
            return (busy,)
        before = self.stage.state.plan
        problems = choices.choose_regions(self.stage, intent)
        after = self.stage.state.plan
        if not problems and (before.source_region, before.target_region) != (after.source_region, after.target_region):
            self.reading.begin(reading.REGIONAL)
        return problems

    def _dismiss_problem(self, intent: intents.DismissProblem) -> Problems:
        problems = self.stage.state.problems
        if not 0 <= intent.index < len(problems):
            return (Problem(what="There is no such problem any more.", where="index"),)
        del problems[intent.index]
        self.stage.touch("problems")
        return ()

    def _end(self, intent: intents.Stop) -> Problems:
        del intent
        self._stop()
        return ()
