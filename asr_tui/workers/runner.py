"""Works a confirmed change set off: in the order of its dependencies, a few of each kind at a time, small disks first."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping

from asr_tui.azure.transport import REPLACED
from asr_tui.model.change import Kind
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.workers.carrying import Carrier
from asr_tui.workers.watcher import Watcher
from asr_tui.workers.work import Progress, Work

DEFAULT_LIMITS: Mapping[Kind, int] = {
    Kind.PROVIDER: 4,
    Kind.RESOURCE_GROUP: 4,
    Kind.SECURITY_RULE: 2,
    Kind.NETWORK: 4,
    Kind.AVAILABILITY_SET: 4,
    Kind.CACHE_ACCOUNT: 2,
    Kind.VAULT: 2,
    Kind.FABRIC: 2,
    Kind.CONTAINER: 2,
    Kind.POLICY: 2,
    Kind.CONTAINER_MAPPING: 2,
    Kind.NETWORK_MAPPING: 2,
}
"""How many of each kind run at a time, in all that is not a VM."""

ALIKE_BEFORE_PAUSE = 3
"""So many failures with the same code pause what is left: the next hundred VMs would fail alike."""


SIGN_IN_NEEDED = "sign-in-needed"
"""The code of the problem of a run that goes on by itself once somebody has signed in."""


def is_of_sign_in(problem: Problem) -> bool:
    """Whether the account, and not what was asked for, is the matter."""
    return problem.status == 401 or problem.code.startswith("AADSTS") or problem.code in _SIGN_IN_CODES


_SIGN_IN_CODES = frozenset({"CredentialUnavailable", "SignInRefused", "signed-out"})


class Runner:
    """Runs one :class:`Work`. ``settled`` is told each change that ended, at once, so that it is journalled, and ``paused`` why the
    run pauses by itself.

    The work may be paused, cancelled and continued from outside by changing its state and calling :meth:`wake`.
    """

    def __init__(
        self,
        work: Work,
        item_limit: int,
        carrier: Carrier,
        watcher: Watcher,
        settled: Callable[[Progress], None],
        paused: Callable[[Problem], None],
        changed: Callable[[], None],
    ) -> None:
        self.work = work
        self.limits = dict(DEFAULT_LIMITS) | {Kind.ITEM: item_limit}
        self._carrier = carrier
        self._watcher = watcher
        self._settled = settled
        self._paused = paused
        self._changed = changed
        self._tasks: dict[asyncio.Task[None], Progress] = {}
        self._woken = asyncio.Event()
        self._alike: Counter[tuple[Kind, str]] = Counter()
        self._listed = False

    def wake(self) -> None:
        """Something changed from outside: look at the work again."""
        self._woken.set()

    def forget_failures(self) -> None:
        """The engineer decided to go on: count failures of a kind from nought again."""
        self._alike.clear()

    async def run(self) -> None:
        """Return when every change is over, or the work was cancelled and what ran of it has ended."""
        try:
            while True:
                self._woken.clear()
                if self.work.state == "running":
                    await self._begin_ready()
                if not self._tasks and (self.work.state == "cancelled" or self._is_through()):
                    return
                await self._next_event()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _is_through(self) -> bool:
        return all(progress.is_over for progress in self.work.progress.values())

    async def _next_event(self) -> None:
        """Wait until a change ends, or somebody wakes us."""
        woken = asyncio.create_task(self._woken.wait())
        try:
            await asyncio.wait({woken, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
        for task in [task for task in self._tasks if task.done()]:
            del self._tasks[task]
            task.result()

    async def _begin_ready(self) -> None:
        """Start what is free, up to the limit of its kind: what was begun before a crash first, then small before large."""
        running = Counter(progress.change.kind for progress in self._tasks.values())
        ready = [one for one in self.work.progress.values() if one.state == "waiting" and self.work.is_free(one)]
        for progress in sorted(ready, key=lambda one: (one.operation is None, not one.announced, one.change.weight)):
            kind = progress.change.kind
            if running[kind] >= self.limits[kind]:
                continue
            if kind is Kind.ITEM and not self._listed:
                await self._list_items(progress)
            running[kind] += 1
            progress.state = "running"
            self._tasks[asyncio.create_task(self._carry(progress), name=progress.change.name)] = progress
        if running:
            self._changed()

    async def _list_items(self, progress: Progress) -> None:
        """One list tells of all VMs whether they are protected already, in place of a look at each."""
        self._watcher.aim_at_vault_of(progress.change.resource_id)
        await self._watcher.fresh()
        self._listed = True

    async def _carry(self, progress: Progress) -> None:
        try:
            progress.state = await self._carrier.carry_out(progress)
        except ProblemError as error:
            if error.problem.code == REPLACED:
                # Somebody has signed in anew already: ask again with that, and look first what has reached Azure.
                progress.state, progress.announced = "waiting", True
                self.wake()
                return
            if is_of_sign_in(error.problem):
                self._wait_for_sign_in(progress, error.problem)
                return
            self._fail(progress, error.problem)
        self._settled(progress)
        self._changed()

    def _wait_for_sign_in(self, progress: Progress, problem: Problem) -> None:
        """Nothing is wrong with the change: it waits, with all others, until somebody has signed in again."""
        progress.state = "waiting"
        if self.work.state == "running":
            self._paused(
                problem.model_copy(
                    update={"what": f"The sign-in does not hold any more: {problem.what}", "code": SIGN_IN_NEEDED}
                )
            )
        self._changed()

    def _fail(self, progress: Progress, problem: Problem) -> None:
        """A failed change takes along only what depends on it; a kind of failure that repeats pauses the rest."""
        progress.state = "failed"
        progress.problem = problem
        for lost in self.work.dependents(progress.change.key):
            if lost.state == "waiting":
                lost.state = "skipped"
                lost.problem = Problem(
                    what=f"Not begun, because {progress.change.name} failed.",
                    cause=problem.what,
                    remedy="It is tried together with that one.",
                    code="skipped",
                )
                self._settled(lost)
        alike = (progress.change.kind, problem.code)
        self._alike[alike] += 1
        waiting = self.work.count("waiting")
        if self._alike[alike] >= ALIKE_BEFORE_PAUSE and waiting and self.work.state == "running":
            self._paused(
                Problem(
                    what=f"{self._alike[alike]} changes failed alike, so the other {waiting} wait.",
                    cause=problem.what,
                    remedy="Put it right and retry what failed, or resume to try the others all the same.",
                    code=problem.code,
                )
            )
