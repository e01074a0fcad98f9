"""What all activities of the worker share: the state, the view that is made of it, plan and journal, and the tasks that run."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asr_tui.azure.clients import Clients
from asr_tui.model.plan import Plan
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.step import Step
from asr_tui.session.paths import StateError
from asr_tui.session.views import LogLine, OperationRow
from asr_tui.workers.feed import Feed
from asr_tui.workers.journal import Journal
from asr_tui.workers.plan_file import PlanFile
from asr_tui.workers.state import FINISHED_OPERATIONS, State

SHORTEST_FLUSH_SECONDS = 0.05
FLUSH_SHARE = 4.0
"""Building the view may take a fifth of the time: the next flush waits this many times what the last one took."""

QUICK_SECONDS = 0.1
"""Sections that take longer than this to build do not hold up the answer to an intent: they follow a moment later."""

MAX_PROBLEMS = 50

_log = logging.getLogger(__name__)

Builder = Callable[[State], Any]


class Stage:
    """One per worker.

    ``builders`` make each view section out of the state; ``drills`` is the folder of their reports; ``busy_changed`` is told
    when work began or ended.
    """

    def __init__(
        self,
        state: State,
        feed: Feed,
        plan_file: PlanFile,
        journal: Journal,
        builders: Mapping[str, Builder],
        drills: Path,
        busy_changed: Callable[[], None],
    ) -> None:
        self.state = state
        self.feed = feed
        self.journal = journal
        self.drills = drills
        self.clients: Clients | None = None
        self._plan_file = plan_file
        self._builders = builders
        self._busy_changed = busy_changed
        self._dirty: set[str] = set()
        self._flush_timer: asyncio.TimerHandle | None = None
        self._costs: dict[str, float] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    # The view

    def touch(self, *sections: str) -> None:
        """These sections of the view have to be built anew, soon."""
        self._dirty.update(sections)
        self._schedule()

    def flush(self) -> None:
        """Build the touched sections now, so that whoever asks next sees them. Of an estate so large that some take long,
        those follow by themselves."""
        self._build({name for name in self._dirty if self._costs.get(name, 0.0) <= QUICK_SECONDS})
        self._schedule()

    def _schedule(self) -> None:
        if self._dirty and self._flush_timer is None:
            cost = sum(self._costs.get(name, 0.0) for name in self._dirty)
            delay = max(SHORTEST_FLUSH_SECONDS, cost * FLUSH_SHARE)
            self._flush_timer = asyncio.get_running_loop().call_later(delay, self._flush_all)

    def _flush_all(self) -> None:
        self._flush_timer = None
        self._build(set(self._dirty))

    def _build(self, names: set[str]) -> None:
        """Build sections; the rest stays touched."""
        self._dirty -= names
        built = {}
        for name in names:
            began = time.perf_counter()
            built[name] = self._builders[name](self.state)
            self._costs[name] = time.perf_counter() - began
        self.feed.update(**built)
        if not self._dirty and self._flush_timer is not None:
            self._flush_timer.cancel()
            self._flush_timer = None

    # What is told

    def say(self, step: Step | str, kind: str, subject: str, state: str, message: str) -> None:
        """Add a line to the session's log. ``kind``: request, operation, finding, note or problem."""
        self.state.log_count += 1
        self.state.log.append(
            LogLine(
                number=self.state.log_count,
                time=datetime.now(UTC),
                step=str(step),
                kind=kind,
                subject=subject,
                state=state,
                message=message,
            )
        )
        self.touch("log")

    def trouble(self, problem: Problem, step: Step | str = "") -> None:
        """Show a problem that belongs to no row of its own."""
        self.state.problems.append(problem)
        del self.state.problems[:-MAX_PROBLEMS]
        self.touch("problems")
        self.say(step, "problem", problem.where, "failed", problem.sentence())

    def show_operation(self, row: OperationRow) -> None:
        """Add or replace an operation in the activity panel; finished ones are kept up to a number."""
        operations = self.state.operations
        operations[row.id] = row
        finished = [number for number, old in operations.items() if old.state != "running"]
        for number in finished[: max(0, len(finished) - FINISHED_OPERATIONS)]:
            del operations[number]
        self.touch("operations")

    # Plan

    def change_plan(self, plan: Plan) -> None:
        """Keep a new plan, on disk first.

        Raises:
            StateError: it cannot be written; the old one stands.
        """
        if plan == self.state.plan:
            return
        self._plan_file.write(plan)
        self.adopt_plan(plan)

    def adopt_plan(self, plan: Plan) -> None:
        """Take a plan that is on disk already. Whatever was under review or checked before is out of date."""
        before, self.state.plan = self.state.plan, plan
        if before == plan.model_copy(update={"accepted": before.accepted, "drill": before.drill}):
            # Neither what is accepted nor how to rehearse changes what is checked, or what would be written.
            self.touch("plan", "prerequisites", "steps")
            return
        self.state.checks.stale = bool(self.state.checks.results)
        if self.state.review is not None and (self.state.work is None or not self.state.work.is_active):
            self.state.review = None
        self.touch_all()

    def edited_plan(self) -> Plan | None:
        """The plan as somebody edited it in the file since we wrote it, or None where nobody did.

        Raises:
            ProblemError: the file holds something that a plan cannot.
        """
        return self._plan_file.read() if self._plan_file.was_edited() else None

    def touch_all(self) -> None:
        """Build everything anew."""
        self.touch(*self._builders)

    # Tasks

    def begin(self, name: str, activity: str, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` in the background under ``name``, in place of what runs under it. ``activity`` ("" for none) is shown
        while it lasts. Its problems are shown; it never takes the worker down."""
        self.cease(name)
        if activity:
            self.state.activities[name] = activity
        self.touch("session", "steps")
        self._tasks[name] = asyncio.create_task(self._guard(name, work), name=name)
        self._busy_changed()

    def is_running(self, name: str) -> bool:
        """Whether a task of that name runs."""
        return name in self._tasks

    def cease(self, name: str) -> None:
        """End the task of that name, if there is one."""
        task = self._tasks.pop(name, None)
        if task is not None:
            task.cancel()
        self.state.activities.pop(name, None)

    async def close(self) -> None:
        """End all tasks. What runs in Azure goes on there."""
        tasks = list(self._tasks.values())
        for name in list(self._tasks):
            self.cease(name)
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._flush_timer is not None:
            self._flush_timer.cancel()

    def activity(self, name: str, text: str) -> None:
        """Change what is shown for a running task."""
        if name in self._tasks and self.state.activities.get(name) != text:
            self.state.activities[name] = text
            self.touch("session")

    async def _guard(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except ProblemError as error:
            self.trouble(error.problem)
        except StateError as error:
            self.trouble(Problem(what=str(error), code="state"))
        except Exception as error:  # noqa: BLE001  a fault must show, and must not end the night's run
            _log.exception("the task %s failed", name)
            self.trouble(
                Problem(
                    what=f"asr-tui failed while it was busy with {name}.",
                    cause=f"{type(error).__name__}: this is a fault of asr-tui, not of Azure.",
                    remedy="Try again; the worker's log in the state directory tells more.",
                    retry=True,
                    code="internal",
                )
            )
        finally:
            if self._tasks.get(name) is asyncio.current_task():
                del self._tasks[name]
                self.state.activities.pop(name, None)
                self.touch("session", "steps")
                self._busy_changed()
