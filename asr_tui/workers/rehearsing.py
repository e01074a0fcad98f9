"""One VM's way through a drill: test failover, look at the test VM, and later the cleanup. Safe to repeat at any point."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from asr_tui.azure import drill_reader, operations, vault_reader, writer
from asr_tui.azure.drill_reader import TestVm
from asr_tui.azure.operations import Operation
from asr_tui.model import arm_id
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.replication import Job, ReplicatedItem
from asr_tui.model.step import Step
from asr_tui.session.views import OperationRow
from asr_tui.workers.budget import Budget
from asr_tui.workers.drill import Drill, Rehearsal
from asr_tui.workers.drill_looking import Looking
from asr_tui.workers.drill_points import Points
from asr_tui.workers.following import Following, raise_if_failed, resumable
from asr_tui.workers.stage import Stage

NO_TEST = frozenset({"", "None"})
"""States of an item's test failover in which no test VM is up."""

Began = Callable[[Rehearsal, Operation, bool], None]


class Rehearser:
    """Carries out one rehearsal at a time, any number of them side by side. ``began`` is told each accepted operation at
    once, with whether it is a cleanup."""

    def __init__(self, stage: Stage, budget: Budget, following: Following, began: Began) -> None:
        self._stage = stage
        self._budget = budget
        self._following = following
        self._began = began
        self._points = Points(budget, following)
        self._looking = Looking(stage, following)

    async def test(self, drill: Drill, row: Rehearsal) -> None:
        """Test failover of one VM, up to a test VM that has been looked at.

        Raises:
            ProblemError: it failed; the problem says why.
        """
        operation = await self._test_operation(drill, row)
        row.state = "failing-over"
        self._touch()
        job = await self._follow(row, operation, "Test failover", is_cleanup=False)
        self._measure(row, job)
        await self.verify(drill, row)

    async def verify(self, drill: Drill, row: Rehearsal) -> None:
        """Look at the test VM: what Azure says of it against what was to be expected.

        Raises:
            ProblemError: it cannot be read.
        """
        row.state = "running"
        self._touch()
        clients = self._following.clients()
        item = await vault_reader.read_item(clients, row.item_id)
        if item is None:
            raise ProblemError(_vanished(row))
        row.test_vm = item.test_vm_name or f"{row.vm_name}-test"
        group = arm_id.resource_group(item.target_group_id or "") or ""
        row.test_vm_id = arm_id.provider_id(
            arm_id.subscription(item.target_group_id or "") or clients.subscription_id,
            group,
            "Microsoft.Compute/virtualMachines",
            row.test_vm,
        )
        found = await drill_reader.read_test_vm(clients, row.test_vm_id)
        if found is None:
            raise ProblemError(
                Problem(
                    what=f"The test VM {row.test_vm} is not there.",
                    cause="The service says that the test failover succeeded, but a read finds no VM.",
                    remedy="Clean up, then test this VM again.",
                    code="test-vm-missing",
                    resource_id=row.test_vm_id,
                )
            )
        row.made = found.ids
        row.network_id = row.network_id or _network_of(found)
        row.evidence = await self._looking.compare(row, found, item)
        await self._looking.run_script(drill, row, found)
        row.state = "verified"
        self._touch()

    async def clean_up(self, drill: Drill, row: Rehearsal) -> None:
        """Delete the test VM of one VM, with the notes sent to the service.

        Raises:
            ProblemError: it failed; the problem says why.
        """
        row.state = "cleaning-up"
        self._touch()
        clients = self._following.clients()
        operation = Operation.model_validate(row.cleanup) if row.cleanup else None
        if operation is None:
            item = await vault_reader.read_item(clients, row.item_id)
            ended = self._job_since("TestFailoverCleanup", row, row.started)
            if item is None or item.test_failover_state in NO_TEST:
                if ended is None:
                    row.state = "cleaned-up"
                    row.cleaned_at = clients.azure_clock.now()
                    return
                operation = _adopted_job(ended, row, writer.CLEANUP)
            else:
                operation = await writer.running_drill(clients, row.item_id, row.vm_name)
            if operation is None or operation.kind != writer.CLEANUP:
                await self._budget.spend("writes")
                operation = await writer.start_cleanup(clients, row.item_id, drill.notes)
            row.cleanup = resumable(operation).model_dump(mode="json")
            self._began(row, operation, True)
        job = await self._follow(row, operation, "Cleanup test failover", is_cleanup=True)
        row.cleaned_at = (job.ended if job else None) or clients.azure_clock.now()
        row.state = "cleaned-up"
        self._touch()

    async def recall(self, row: Rehearsal) -> None:
        """Read the jobs once more: their times and tasks were kept in memory only.

        Raises:
            ProblemError: it cannot be read.
        """
        for told, is_cleanup in ((row.operation, False), (row.cleanup, True)):
            job_id = Operation.model_validate(told).job_id if told is not None else ""
            job = await operations.read_job(self._following.clients(), job_id) if job_id else None
            if job is None:
                continue
            self._keep_job(row, job, is_cleanup=is_cleanup)
            if not is_cleanup:
                self._measure(row, job)
            elif job.succeeded:
                row.cleaned_at = job.ended or row.cleaned_at

    async def _test_operation(self, drill: Drill, row: Rehearsal) -> Operation:
        """The operation that was begun before, one that runs already, or a new one."""
        if row.operation is not None:
            return Operation.model_validate(row.operation)
        clients = self._following.clients()
        item = await vault_reader.read_item(clients, row.item_id)
        if item is None:
            raise ProblemError(_vanished(row))
        operation = await self._adopted(drill, row, item)
        if operation is None:
            await self._points.settle(drill, row)
            await self._budget.spend("writes")
            operation = await writer.start_test_failover(
                clients,
                row.item_id,
                network_id=row.network_id,
                recovery_point_id=row.point.id if row.point else None,
            )
        row.operation = resumable(operation).model_dump(mode="json")
        self._began(row, operation, False)
        return operation

    async def _adopted(self, drill: Drill, row: Rehearsal, item: ReplicatedItem) -> Operation | None:
        """A test failover of this VM that runs, that has brought up its test VM, or that failed since the drill began (its
        answer was lost with the worker): never begin a second one."""
        clients = self._following.clients()
        running = await writer.running_drill(clients, row.item_id, row.vm_name)
        if running is not None and running.kind == writer.TEST_FAILOVER:
            return running
        job = self._job_since("TestFailover", row, drill.started)
        if item.test_failover_state in NO_TEST and job is None:
            return None
        job = job or self._stage.state.watch.latest_job(row.vm_name, "TestFailover")
        if job is None and drill.started is not None:
            # Begun so long ago that the watch of this worker, which was not there then, leaves it out.
            for older in await vault_reader.read_jobs(clients, row.item_id, drill.started):
                self._stage.state.watch.keep_job(older)
            job = self._job_since("TestFailover", row, drill.started)
        if job is None:
            raise ProblemError(
                Problem(
                    what=f"An earlier test failover of {row.vm_name} has not been cleaned up.",
                    remedy="Clean it up first.",
                    code="test-pending",
                    resource_id=row.item_id,
                )
            )
        return _adopted_job(job, row, writer.TEST_FAILOVER)

    def _job_since(self, scenario: str, row: Rehearsal, since: datetime | None) -> Job | None:
        """The newest job of that kind for a VM, if it began after ``since``."""
        job = self._stage.state.watch.latest_job(row.vm_name, scenario)
        began = job.started if job is not None else None
        return job if began is not None and since is not None and began >= since else None

    async def _follow(self, row: Rehearsal, operation: Operation, title: str, *, is_cleanup: bool) -> Job | None:
        """Return the operation's job, read in full, once it has succeeded."""
        show = partial(self._show, row, operation, title)
        show("running", None)

        def told(job: Job | None, percent: int | None) -> None:
            del percent
            if job is not None and job.tasks:
                self._keep_job(row, job, is_cleanup=is_cleanup)
                show("running", job)

        try:
            follow = self._following.by_list if operation.job_id else self._following.by_itself
            state = await follow(operation, told)
            job = await operations.read_job(self._following.clients(), operation.job_id) if operation.job_id else None
            if job is not None:
                self._keep_job(row, job, is_cleanup=is_cleanup)
            raise_if_failed(state, f"{title} of {row.vm_name}")
        except ProblemError as error:
            show("failed", None, problem=error.problem)
            raise
        show("succeeded", job)
        return job

    def _keep_job(self, row: Rehearsal, job: Job, *, is_cleanup: bool) -> None:
        if is_cleanup:
            row.cleanup_job = job
        else:
            row.job = job
            row.started = job.started or row.started
        self._stage.state.watch.keep_job(job)
        self._touch()

    def _measure(self, row: Rehearsal, job: Job | None) -> None:
        """RTO and RPO out of the service's own times: when the job began, when its last task ended, when the point was made."""
        if job is not None:
            row.started = job.started
            ends = [task.ended for task in job.tasks if task.ended is not None and task.state == "Succeeded"]
            row.running_at = max(ends, default=job.ended)
            row.point_time = job.recovery_point_time or row.point_time
        if row.point_time is None and row.point is not None:
            row.point_time = row.point.time

    def _show(
        self,
        row: Rehearsal,
        operation: Operation,
        title: str,
        state: str,
        job: Job | None,
        problem: Problem | None = None,
    ) -> None:
        task = next((task.title for task in job.tasks if task.state == "InProgress"), "") if job else ""
        self._stage.show_operation(
            OperationRow(
                id=f"{operation.kind}:{arm_id.key(row.item_id)}",
                title=title,
                subject=row.vm_name,
                step=Step.TEST_FAILOVER,
                state=state,
                task=task,
                started=operation.started or row.started,
                ended=self._stage.state.now() if state != "running" else None,
                problem=problem,
            )
        )

    def _touch(self) -> None:
        self._stage.touch("drill", "steps", "operations")


def _adopted_job(job: Job, row: Rehearsal, kind: str) -> Operation:
    return operations.job_operation(job, key=arm_id.key(row.item_id), kind=kind, resource_id=row.item_id)


def _network_of(found: TestVm) -> str:
    """The network that a test VM is in, of a drill that somebody else began; "" where none is told."""
    subnets = (ip.subnet_id for nic in found.nics for ip in nic.ip_configurations if ip.subnet_id)
    return next(subnets, "").rpartition("/subnets/")[0]


def _vanished(row: Rehearsal) -> Problem:
    return Problem(
        what=f"{row.vm_name} is not replicated any more.",
        remedy="Leave it out of the drill.",
        code="item-missing",
        resource_id=row.item_id,
    )
