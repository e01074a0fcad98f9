"""Following an operation to its end: by the watcher's list of jobs where many run side by side, else by asking for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from asr_tui.azure import operations
from asr_tui.azure.clients import Clients
from asr_tui.azure.operations import Operation, OperationState
from asr_tui.model import arm_id
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.replication import Job
from asr_tui.workers.pace import SHORTEST_SECONDS, Pace
from asr_tui.workers.stage import Stage
from asr_tui.workers.watcher import Watcher

AFTER_SILENCE_SECONDS = 20.0
"""When the question failed (not the operation), it is asked again after this long (Azure's seconds)."""

UNSEEN_ROUNDS = 3
"""After so many rounds in which the list of jobs does not name our operation, it is asked for by itself."""

STILL_RUNNING = "still-running"
"""The code of the problem of an operation that was given up waiting for: it goes on in Azure, and is not asked for anew."""

LONGEST_STANDSTILL = timedelta(hours=6)
"""An operation that shows no movement for so long (Azure's time) is not waited for any more: its place is needed for others.
Enabling with customer-managed keys takes up to five hours."""

Told = Callable[[Job | None, int | None], None]


class Following:
    """Any number of operations at a time."""

    def __init__(self, stage: Stage, pace: Pace, watcher: Watcher) -> None:
        self._stage = stage
        self._pace = pace
        self._watcher = watcher

    def clients(self) -> Clients:
        """The clients of the present sign-in.

        Raises:
            ProblemError: nobody is signed in any more.
        """
        if self._stage.clients is None:
            raise ProblemError(
                Problem(what="Nobody is signed in any more.", remedy="Sign in again.", code="signed-out")
            )
        return self._stage.clients

    async def by_itself(self, operation: Operation, told: Told) -> OperationState:
        """Ask for this operation until it has ended, as often as the service says. ``told`` hears of each answer.

        Raises:
            ProblemError: it cannot be asked for (and asking again cannot help), or it has not moved for
                :data:`LONGEST_STANDSTILL`.
        """
        looks = 0
        movement = _Movement(operation)
        while True:
            await asyncio.sleep(self._wait_seconds(operation, looks))
            looks += 1
            try:
                state = await operations.poll(self.clients(), operation)
            except ProblemError as error:
                if not error.problem.retry:
                    raise
                # The question failed, not the operation: that goes on, so ask again.
                await asyncio.sleep(self._pace.local(AFTER_SILENCE_SECONDS))
                continue
            operation = state.operation
            if operation.paced_by_service and operation.job_id:
                self._pace.heard(operation.retry_after_seconds)
            if state.job is not None:
                self._stage.state.watch.keep_job(state.job)
            told(state.job, state.percent)
            if state.finished:
                return state
            movement.note(self.clients().azure_clock.now(), state.job, state.percent)

    def _wait_seconds(self, operation: Operation, looks: int) -> float:
        """What the service asked for; where it said nothing, twice as long each time, up to the usual pace."""
        told = max(0.0, operation.retry_after_seconds)
        if told == 0:
            return 0.0
        if operation.paced_by_service:
            return max(SHORTEST_SECONDS, told)
        return self._pace.local(min(told, 2.0 ** min(looks, 10)))

    async def by_list(self, operation: Operation, told: Told) -> OperationState:
        """Wait for the watcher to see the operation's job end: one list for all in place of one poll for each. The job is
        read in full at its end, where it failed.

        Raises:
            ProblemError: as for :meth:`by_itself`.
        """
        name = arm_id.name(operation.job_id)
        movement = _Movement(operation)
        self._watcher.need()
        try:
            unseen = 0
            while True:
                await self._watcher.news()
                job = self._stage.state.watch.jobs.get(name)
                unseen = unseen + 1 if job is None else 0
                if job is not None:
                    told(job, None)
                if (job is not None and job.is_finished) or unseen > UNSEEN_ROUNDS:
                    break
                movement.note(self.clients().azure_clock.now(), job)
        finally:
            self._watcher.release()
        if job is not None and job.succeeded:
            return OperationState(state="succeeded", operation=operation, job=job)
        return await self.by_itself(operation.model_copy(update={"style": "job", "retry_after_seconds": 0.0}), told)


class _Movement:
    """When an operation was last seen to move: its job's state or task, or its percentage."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._since: datetime | None = None
        self._seen: tuple[object, ...] | None = None

    def note(self, now: datetime, job: Job | None, percent: int | None = None) -> None:
        """What a look at ``now`` (Azure's time) told.

        Raises:
            ProblemError: nothing has moved for :data:`LONGEST_STANDSTILL`.
        """
        seen = (job.state, tuple(task.state for task in job.tasks), percent) if job is not None else (percent,)
        if self._since is None or seen != self._seen:
            self._since, self._seen = now, seen
        if now - self._since > LONGEST_STANDSTILL:
            raise ProblemError(_standing_still(self._operation, self._since))


def _standing_still(operation: Operation, since: datetime) -> Problem:
    hours = LONGEST_STANDSTILL // timedelta(hours=1)
    return Problem(
        what=f"It has not moved for {hours} hours (since {since:%H:%M} UTC), and goes on in Azure.",
        cause="The service neither finishes this operation nor gives it up.",
        remedy="Look at its job in the portal and cancel it there if need be; try again to follow it further.",
        retry=True,
        code=STILL_RUNNING,
        resource_id=operation.resource_id,
    )


def resumable(operation: Operation) -> Operation:
    """The operation without its poll address, which is signed and long: after a crash the job or the resource tells."""
    if operation.style == "done":
        return operation
    return operation.model_copy(update={"poll_url": "", "style": "job" if operation.job_id else "resource"})


def raise_if_failed(state: OperationState, name: str) -> None:
    """Turn the end of an operation into an exception, unless it succeeded.

    Raises:
        ProblemError: it failed or was cancelled.
    """
    if state.state == "succeeded":
        return
    raise ProblemError(
        state.problem
        or Problem(
            what=f"{name} ended as {state.state}.",
            remedy="Try again.",
            retry=True,
            code=state.state,
            resource_id=state.operation.resource_id,
        )
    )
