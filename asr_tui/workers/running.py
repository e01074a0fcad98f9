"""The run of a confirmed review: journalled, controllable, and taken up again after a crash."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import ValidationError

from asr_tui.azure.operations import Operation
from asr_tui.model import arm_id
from asr_tui.model.change import ChangeSet, Kind
from asr_tui.model.problem import Problem
from asr_tui.model.step import Step
from asr_tui.session.intents import ControlRun, SetConcurrency
from asr_tui.session.views import OperationRow
from asr_tui.wording import count
from asr_tui.workers.budget import Budget
from asr_tui.workers.cards import with_card
from asr_tui.workers.carrying import Carrier
from asr_tui.workers.following import STILL_RUNNING, Following
from asr_tui.workers.journal import Entry
from asr_tui.workers.pace import Pace
from asr_tui.workers.runner import SIGN_IN_NEEDED, Runner
from asr_tui.workers.stage import Stage
from asr_tui.workers.state import Review
from asr_tui.workers.watcher import Watcher
from asr_tui.workers.work import Progress, Work, as_data, from_data

TASK = "run"


class Running:
    """At most one run at a time. ``ended`` is called when a run is over."""

    def __init__(
        self,
        stage: Stage,
        pace: Pace,
        budget: Budget,
        watcher: Watcher,
        following: Following,
        ended: Callable[[], None],
    ) -> None:
        self._stage = stage
        self._watcher = watcher
        self._ended = ended
        self._carrier = Carrier(stage, pace, budget, following, self._began)
        self._runner: Runner | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a run is under way, or paused."""
        return self._stage.is_running(TASK)

    def confirmed(self, review: Review) -> None:
        """Carry out a review, now and (if need be) after the next start."""
        state = self._stage.state
        run_id = secrets.token_hex(6)
        self._stage.journal.append(
            "confirmed",
            run=run_id,
            scope=review.scope,
            digest=review.digest,
            by=state.principal,
            subscription=state.subscription_id,
            changes=[as_data(change) for change in review.changes],
        )
        state.work = Work.of(run_id, review.scope, review.changes, state.subscription_id, state.now())
        self._stage.say(
            review.scope, "note", "review", "done", f"Confirmed: {count(len(review.changes.writes), 'write')} to Azure."
        )
        self._start(state.work)

    def restore(self) -> None:
        """Take up the last run from the journal; one that did not end goes on once somebody is signed in."""
        entries = self._stage.journal.entries
        last = next((at for at in range(len(entries) - 1, -1, -1) if entries[at].kind == "confirmed"), None)
        if last is None:
            return
        try:
            work = _restored(entries[last], entries[last + 1 :])
        except (KeyError, ValueError, TypeError, ValidationError) as error:
            self._stage.say(
                "", "note", "journal", "unknown", f"The last run cannot be read from the journal ({error}); plan anew."
            )
            return
        self._stage.state.work = work
        self._stage.touch("run", "review", "replication", "steps")

    def resume(self) -> None:
        """Go on with a run that was interrupted, now that somebody is signed in."""
        state = self._stage.state
        work = state.work
        if work is None or not work.is_active:
            return
        if work.subscription.lower() != state.subscription_id.lower():
            self._stage.say(
                work.scope, "note", "run", work.state, f"An unfinished run waits in subscription {work.subscription}."
            )
            return
        if work.state == "paused" and work.problem is not None and work.problem.code == SIGN_IN_NEEDED:
            self._stage.journal.append("control", run=work.id, action="resume", key="")
            _apply(work, "resume", "")
        if self._runner is not None and self._stage.is_running(TASK):
            self._runner.wake()
        elif work.state == "running":
            self._stage.say(work.scope, "note", "run", "running", "Going on with the run that was interrupted.")
            self._start(work)
        self._changed()

    def control(self, intent: ControlRun) -> tuple[Problem, ...]:
        """Pause, resume, cancel, or try again what failed."""
        work = self._stage.state.work
        refusal = _refusal(work, intent)
        if refusal is not None or work is None:
            return (refusal,) if refusal else ()
        self._stage.journal.append("control", run=work.id, action=intent.action, key=intent.key)
        _apply(work, intent.action, intent.key)
        if self._runner is not None and self._stage.is_running(TASK):
            self._runner.forget_failures()
            self._runner.wake()
        elif work.is_active:
            self._start(work)
        self._changed()
        return ()

    def set_concurrency(self, intent: SetConcurrency) -> tuple[Problem, ...]:
        """How many VMs are enabled at a time, from now on; what runs already goes on."""
        self._stage.state.item_limit = intent.limit
        if self._runner is not None:
            self._runner.limits[Kind.ITEM] = intent.limit
            self._runner.wake()
        self._changed()
        return ()

    def _paused(self, problem: Problem) -> None:
        """A kind of failure repeats: the engineer decides, also after a restart."""
        work = self._stage.state.work
        if work is None:
            return
        if problem.code == SIGN_IN_NEEDED and problem.status != 401 and self._stage.state.sign_in.state == "signed-in":
            # There was no token, but by the time that this is told there is one: nobody would come to sign in.
            if self._runner is not None:
                self._runner.wake()
            return
        self._stage.journal.append("paused", run=work.id, problem=problem.model_dump(exclude_defaults=True))
        work.state, work.problem = "paused", problem
        self._stage.say(work.scope, "problem", "run", "paused", problem.sentence())

    def _start(self, work: Work) -> None:
        self._runner = Runner(
            work,
            self._stage.state.item_limit,
            self._carrier,
            self._watcher,
            self._settled,
            self._paused,
            self._changed,
        )
        self._changed()
        self._stage.begin(TASK, "", self._run(self._runner))

    async def _run(self, runner: Runner) -> None:
        work = runner.work
        await runner.run()
        failed = work.count("failed", "skipped")
        if work.state != "cancelled":
            work.state = "failed" if failed else "finished"
        work.finished = self._stage.state.now()
        self._stage.journal.append("run-ended", run=work.id, state=work.state)
        self._stage.say(
            work.scope,
            "note",
            "run",
            work.state,
            f"{work.count('done')} done, {work.count('adopted')} adopted, {work.count('reused')} there already, "
            f"{failed} failed or left out.",
        )
        self._changed()
        self._ended()

    def _began(self, progress: Progress, operation: Operation) -> None:
        work = self._stage.state.work
        progress.started = operation.started
        self._stage.journal.append(
            "begun",
            run=work.id if work else "",
            key=progress.change.key,
            operation=progress.operation,
            request_id=operation.request_id,
        )
        change = progress.change
        self._stage.say(
            change.step, "operation", change.name, "running", f"{change.action} {change.kind} {change.name}"
        )
        self._changed()

    def _settled(self, progress: Progress) -> None:
        work, change = self._stage.state.work, progress.change
        progress.ended = self._stage.state.now()
        if progress.problem is not None:
            seen = self._stage.state.checks.findings
            progress.problem = with_card(progress.problem, seen, change.vm_id or "")
        problem = progress.problem.model_dump(exclude_defaults=True) if progress.problem else None
        self._stage.journal.append(
            "settled", run=work.id if work else "", key=change.key, state=progress.state, problem=problem
        )
        told = progress.problem.sentence() if progress.problem else f"{change.kind} {change.name}: {progress.state}"
        self._stage.say(
            change.step, "problem" if progress.state == "failed" else "operation", change.name, progress.state, told
        )
        self._close_operations(progress)

    def _close_operations(self, progress: Progress) -> None:
        """A failed change leaves no operation behind that seems to run."""
        if progress.state not in {"failed", "skipped"}:
            return
        for row in list(self._stage.state.operations.values()):
            if row.state == "running" and row.id.startswith(f"{progress.change.key}:"):
                self._stage.show_operation(
                    OperationRow.model_validate(
                        row.model_dump() | {"state": "failed", "problem": progress.problem, "ended": progress.ended}
                    )
                )

    def _changed(self) -> None:
        self._stage.touch("run", "review", "replication", "vault", "steps", "operations")


def _refusal(work: Work | None, intent: ControlRun) -> Problem | None:
    """Why a run cannot be controlled like this now."""
    if work is None:
        return Problem(what="No run is there to control.", where="run")
    possible = {
        "pause": work.state == "running",
        "resume": work.state == "paused",
        "cancel": work.is_active,
        "retry-failed": work.count("failed") > 0,
    }
    if not possible[intent.action]:
        return Problem(what=f"The run is {work.state}: it cannot {intent.action.replace('-', ' ')} now.", where="run")
    if intent.key and (intent.key not in work.progress or work.progress[intent.key].state != "failed"):
        return Problem(what="That change did not fail.", where="key")
    return None


def _apply(work: Work, action: str, key: str) -> None:
    """What a control does to the work; the same when it is replayed from the journal."""
    if action == "pause":
        work.state = "paused"
        work.problem = Problem(what="Paused: what runs in Azure goes on, nothing new is begun.", code="paused")
    elif action == "cancel":
        work.state = "cancelled"
        work.problem = Problem(what="Cancelled: what was begun in Azure goes on there.", code="cancelled")
        for progress in work.progress.values():
            if progress.state == "waiting":
                progress.state = "skipped"
    else:
        work.state = "running"
        work.problem = None
        work.finished = None
        if action == "retry-failed":
            _try_again(work, [key] if key else [one.change.key for one in _failed(work)])


def _failed(work: Work) -> Iterable[Progress]:
    return (progress for progress in work.progress.values() if progress.state == "failed")


def _try_again(work: Work, keys: Iterable[str]) -> None:
    for key in keys:
        for progress in (work.progress[key], *work.dependents(key)):
            if progress.state not in {"failed", "skipped"}:
                continue
            if progress.problem is None or progress.problem.code != STILL_RUNNING:
                progress.operation = None  # else it goes on in Azure, and is followed further
            progress.state = "waiting"
            progress.problem = None


def _restored(confirmed: Entry, later: Iterable[Entry]) -> Work:
    """The run as the journal tells it: what was settled stays so, what was begun is followed, the rest waits."""
    data = confirmed.data
    changes = ChangeSet(tuple(from_data(change) for change in data["changes"]))
    work = Work.of(data["run"], Step(data["scope"]), changes, data["subscription"], confirmed.time)
    work.digest = data["digest"]
    for entry in later:
        if entry.kind == "request":
            _note_request(work, str(entry.data.get("path", "")))
        elif entry.data.get("run") == work.id:
            _replay(work, entry)
    return work


def _note_request(work: Work, path: str) -> None:
    """A write was announced for this change: it may have reached Azure."""
    progress = work.progress.get(arm_id.key(path.removesuffix("/register")))
    if progress is not None:
        progress.announced = True


def _replay(work: Work, entry: Entry) -> None:
    data: dict[str, Any] = entry.data
    if entry.kind == "begun":
        progress = work.progress[data["key"]]
        progress.operation = Operation.model_validate(data["operation"]).model_dump(mode="json")
    elif entry.kind == "settled":
        progress = work.progress[data["key"]]
        progress.state = data["state"]
        progress.problem = Problem.model_validate(data["problem"]) if data.get("problem") else None
        progress.ended = entry.time
    elif entry.kind == "control":
        _apply(work, data["action"], data["key"])
    elif entry.kind == "paused":
        work.state, work.problem = "paused", Problem.model_validate(data["problem"])
    elif entry.kind == "run-ended":
        work.state, work.finished = data["state"], entry.time
