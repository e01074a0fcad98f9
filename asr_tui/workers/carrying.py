"""Carrying out one change: look, write, follow, read back. What runs already is adopted; what is there is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from asr_tui.azure import read_back, vault_reader, writer
from asr_tui.azure.clients import Clients
from asr_tui.azure.operations import Operation
from asr_tui.azure.read_back import Difference
from asr_tui.model import arm_id
from asr_tui.model.change import Action, Change, Kind
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.replication import Job
from asr_tui.session.views import OperationRow
from asr_tui.workers import applied
from asr_tui.workers.budget import Budget
from asr_tui.workers.following import Following, raise_if_failed, resumable
from asr_tui.workers.pace import Pace
from asr_tui.workers.stage import Stage
from asr_tui.workers.work import Progress

MOST_TRIES = 5
"""So often a write is tried again while another operation holds the object (409): the service allows one at a time."""

BETWEEN_TRIES_SECONDS = 20.0

WRITES_IN_FLIGHT = 18
"""So many writes wait for their answer at a time, however many changes run: the other connections stay free for the watcher,
and what waits its turn here is not yet journalled as sent."""


class Carrier:
    """Does one change at a time, any number of them side by side. ``began`` is told each accepted operation, at once."""

    def __init__(
        self,
        stage: Stage,
        pace: Pace,
        budget: Budget,
        following: Following,
        began: Callable[[Progress, Operation], None],
    ) -> None:
        self._stage = stage
        self._pace = pace
        self._budget = budget
        self._following = following
        self._began = began
        self._sending = asyncio.Semaphore(WRITES_IN_FLIGHT)

    async def carry_out(self, progress: Progress) -> str:
        """Do it, and return the state that it ended in: done, adopted or reused.

        Raises:
            ProblemError: it failed; the problem says why.
        """
        clients, change = self._following.clients(), progress.change
        if progress.operation is not None:
            await self._follow(progress, Operation.model_validate(progress.operation))
            await self._prove(clients, progress)
            return "done"
        if change.action is Action.ADOPT:
            return await self._adopt(clients, progress)
        if await self._is_there(clients, change):
            return "reused"
        operation = await self._running(clients, change) if progress.announced else None
        adopted = operation is not None
        if operation is None:
            operation, adopted = await self._write(clients, progress)
        if operation is not None:
            await self._follow(progress, operation)
        await self._prove(clients, progress)
        return "adopted" if adopted else "done"

    async def _is_there(self, clients: Clients, change: Change) -> bool:
        """Whether Azure holds it already as the change wants it. Items are looked up in the list that all share."""
        if change.kind is Kind.ITEM and change.action is Action.CREATE and change.vm_id:
            item = self._stage.state.watch.item(change.vm_id)
            return item is not None and not item.protection_state.endswith("Failed")
        found = await read_back.read_back(clients, change)
        return found.found and not found.differences

    async def _running(self, clients: Clients, change: Change) -> Operation | None:
        """An operation on it that runs already, begun by us before a crash or by somebody else."""
        return await writer.running_operation(clients, change)

    async def _write(self, clients: Clients, progress: Progress) -> tuple[Operation | None, bool]:
        """Send the write; where another operation holds the object, adopt that, or wait for it and try again."""
        change = progress.change
        for tries_left in range(MOST_TRIES - 1, -1, -1):
            try:
                operation = await self._send(clients, change)
            except ProblemError as error:
                running = await self._after_refusal(clients, change, error)
                if running is not None:
                    self._keep(progress, running)
                    return running, True
                if await self._was_made_meanwhile(clients, change, error):
                    return None, True
                if error.problem.status != 409 or not error.problem.retry or tries_left == 0:
                    raise
                await asyncio.sleep(self._pace.local(BETWEEN_TRIES_SECONDS))
            else:
                self._keep(progress, operation)
                return operation, False
        raise AssertionError("the last try either returned or raised")

    async def _send(self, clients: Clients, change: Change) -> Operation:
        """Send the write when it is its turn and the budget allows it."""
        async with self._sending:
            await self._budget.spend("writes")
            return await writer.begin(clients, change)

    async def _after_refusal(self, clients: Clients, change: Change, error: ProblemError) -> Operation | None:
        """What runs on the object, where the refusal (or silence) does not tell whether the write took effect."""
        return await self._running(clients, change) if _may_have_taken_effect(error.problem) else None

    async def _was_made_meanwhile(self, clients: Clients, change: Change, error: ProblemError) -> bool:
        """Whether the object stands there after all. An item that stands there was made by this write or by an equal one:
        its name is the VM's own, and the vault takes a VM only once."""
        if not _may_have_taken_effect(error.problem):
            return False
        if change.kind is Kind.ITEM and change.action is Action.CREATE:
            item = await vault_reader.read_item(clients, change.resource_id)
            return item is not None and not item.protection_state.endswith("Failed")
        found = await read_back.read_back(clients, change)
        return found.found and not found.differences

    def _keep(self, progress: Progress, operation: Operation) -> None:
        """Remember where to ask, on disk too, before anything else can happen."""
        progress.operation = resumable(operation).model_dump(mode="json")
        if progress.change.vm_id and operation.job_id:
            self._stage.state.watch.assigned[arm_id.key(progress.change.vm_id)] = arm_id.name(operation.job_id)
        self._began(progress, operation)

    async def _adopt(self, clients: Clients, progress: Progress) -> str:
        """Wait for what already runs: the service's job, or the object's own state."""
        operation = await self._running(clients, progress.change)
        if operation is None:
            operation = Operation(
                key=progress.change.key,
                kind=progress.change.kind.value,
                resource_id=progress.change.resource_id,
                style="resource",
            )
            if progress.change.kind is Kind.ITEM:
                return "adopted"
        self._keep(progress, operation)
        await self._follow(progress, operation)
        return "adopted"

    # Following

    async def _follow(self, progress: Progress, operation: Operation) -> None:
        """Return when the operation has succeeded.

        Raises:
            ProblemError: it failed or was cancelled.
        """
        self._show(progress, operation)

        def told(job: Job | None, percent: int | None) -> None:
            task = _task(job) if job is not None else ""
            if (task, percent) != (progress.task, progress.percent):
                progress.task, progress.percent = task, percent
                self._show(progress, operation)

        by_list = progress.change.kind is Kind.ITEM and bool(operation.job_id)
        state = await (self._following.by_list if by_list else self._following.by_itself)(operation, told)
        raise_if_failed(state, progress.change.name)
        self._show(progress, operation, ended=True)

    async def _prove(self, clients: Clients, progress: Progress) -> None:
        """A write is done when the service says so and a read shows it."""
        change = progress.change
        if change.kind is Kind.ITEM and change.action is Action.CREATE and change.vm_id:
            item = self._stage.state.watch.item(change.vm_id)
            if item is not None and not applied.differences(change, item):
                return
        found = await read_back.read_back(clients, change)
        if not found.found:
            raise ProblemError(
                Problem(
                    what=f"{change.name} was accepted and is said to be done, but it is not there.",
                    cause="The service confirmed the write; reading it back finds nothing.",
                    remedy="Try this change again.",
                    retry=True,
                    code="accepted-not-applied",
                    resource_id=change.resource_id,
                )
            )
        if found.differences:
            progress.problem = Problem(
                what=f"{change.name}: accepted but not applied: {_told(found.differences)}.",
                cause="The service confirmed the write; reading it back shows other values.",
                remedy="Try this change again, or set it in the portal.",
                retry=True,
                code="accepted-not-applied",
                resource_id=change.resource_id,
            )

    def _show(self, progress: Progress, operation: Operation, *, ended: bool = False) -> None:
        change = progress.change
        clients = self._following.clients()
        self._stage.show_operation(
            OperationRow(
                id=f"{change.key}:{arm_id.name(operation.job_id) if operation.job_id else 'write'}",
                title=f"{'Create' if change.action is Action.CREATE else 'Change'} {change.kind}",
                subject=change.name,
                step=change.step,
                state="succeeded" if ended else "running",
                task=progress.task,
                progress=progress.percent,
                started=operation.started or progress.started,
                ended=clients.azure_clock.now() if ended else None,
            )
        )


def _may_have_taken_effect(problem: Problem) -> bool:
    """Whether a write may stand in Azure although it was not confirmed: no answer came, or the SDK's own second try met
    what its first one had made (the service then says 400 or 409)."""
    return problem.status is None or problem.status in {400, 409, 412} or problem.status >= 500


def _told(differences: tuple[Difference, ...]) -> str:
    return "; ".join(f"{one.field} is {one.found}, asked for was {one.wanted}" for one in differences)


def _task(job: Job) -> str:
    return next((task.title for task in job.tasks if task.state == "InProgress"), "")
