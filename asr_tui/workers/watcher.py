"""One reader per vault: lists items and jobs at a pace that follows what is going on, and tells all who wait for news.

However many VMs replicate and however many faces look on, a round costs as many requests as the two lists have pages
(and a few jobs in full while somebody looks at their tasks).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from asr_tui.azure import operations, vault_reader, writer
from asr_tui.azure.clients import Clients
from asr_tui.model import arm_id
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.replication import Job, ReplicatedItem
from asr_tui.model.step import Step
from asr_tui.workers.budget import Budget
from asr_tui.workers.pace import Pace
from asr_tui.workers.stage import Stage
from asr_tui.workers.watch import Watch, is_seeding, sighted

TASK = "watch"

BUSY_SECONDS = 30.0
"""Between two rounds while operations of ours run (Azure's seconds): the pace that the service itself asks for."""

SEEDING_SECONDS = 60.0
QUIET_SECONDS = 300.0
FLOOR_SECONDS = 0.2
"""Local seconds between two rounds at least, however fast a practice cloud runs."""

COST_SHARE = 4.0
"""After a round the watcher rests at least this many times the CPU that the round took, so that watching never takes more than
a fifth of a core, however many items there are and however often somebody asks to look at once. Waiting for answers does not
count. At 1,000 items a round takes about a tenth of a second, so that one a second can still be had; on Azure's own clock the
interval of 30 seconds and more is what decides.
"""

FULL_JOBS = 6
"""So many running jobs are read in full each round, while a face looks on: only that tells their tasks."""

FULL_ITEMS = 3
"""So many items that are being copied are read in full each round, while a face looks on: only that tells the data that waits."""

JOB_HORIZON = timedelta(hours=6)
"""Jobs that began earlier than this before the watch are left out, unless they run still."""


_FAULT = Problem(
    what="asr-tui failed while it read the vault's items and jobs.",
    cause="This is a fault of asr-tui, not of Azure.",
    remedy="It goes on with the next round; the worker's log in the state directory tells more.",
    retry=True,
    code="internal",
)

_log = logging.getLogger(__name__)


class Watcher:
    """Keeps :class:`asr_tui.workers.watch.Watch` up to date for as long as somebody needs it."""

    def __init__(self, stage: Stage, pace: Pace, budget: Budget) -> None:
        self._stage = stage
        self._pace = pace
        self._budget = budget
        self._look = asyncio.Event()
        self._news = asyncio.Event()
        self._needs = 0
        self._begun = 0
        self._complete = 0
        self._since: datetime | None = None
        self._memo = vault_reader.item_memo()
        self._last_problem = ""

    def aim(self, vault_id: str = "") -> None:
        """Watch a vault (the plan's, if none is named) where it exists; look at once."""
        picture = self._stage.state.picture
        if not vault_id and picture is not None and picture.resolved.vault.exists:
            vault_id = picture.resolved.vault.id
        if not vault_id or self._stage.clients is None:
            return
        watch = self._stage.state.watch
        if not arm_id.same(watch.vault_id, vault_id):
            self._stage.state.watch = Watch(vault_id=vault_id)
            self._since = None
        if self._stage.is_running(TASK):
            self._look.set()
        else:
            self._stage.begin(TASK, "", self._watch())

    def aim_at_vault_of(self, resource_id: str) -> None:
        """Watch the vault that a resource belongs to."""
        self.aim(writer.vault_of(resource_id))

    def need(self) -> None:
        """An operation of ours runs: look as often as the service likes. Each call wants its :meth:`release`."""
        self._needs += 1
        self._look.set()

    def release(self) -> None:
        """An operation of ours has ended."""
        self._needs -= 1

    def face_came(self) -> None:
        """Somebody looks on again: show them the present."""
        self._look.set()

    async def news(self) -> None:
        """Return after the next complete round."""
        await self._news.wait()

    async def fresh(self) -> None:
        """Return once a round that began after this call is complete."""
        if not self._stage.is_running(TASK):
            self.aim()
        wanted = self._begun + 1
        while self._complete < wanted and self._stage.is_running(TASK):
            self._look.set()
            await self._news.wait()

    async def _watch(self) -> None:
        while True:
            self._look.clear()
            began = time.thread_time()
            self._begun += 1
            await self._round(self._begun)
            await self._rest(time.thread_time() - began)

    async def _rest(self, cost: float) -> None:
        """Wait until the next round is due, or somebody asks for one. ``cost`` in seconds of CPU."""
        floor = max(FLOOR_SECONDS, cost * COST_SHARE)
        await asyncio.sleep(floor)
        wanted = self._interval()
        if wanted is None:
            await self._look.wait()
            return
        try:
            async with asyncio.timeout(max(0.0, self._pace.local(wanted) - floor)):
                await self._look.wait()
        except TimeoutError:
            return

    def _interval(self) -> float | None:
        """Azure's seconds until the next round; None while nobody needs one."""
        state = self._stage.state
        if self._needs > 0 or any(not job.is_finished for job in state.watch.jobs.values()):
            return BUSY_SECONDS
        if state.faces == 0:
            return None
        if any(not sighting.item.is_protected for sighting in state.watch.items.values()):
            return SEEDING_SECONDS
        return QUIET_SECONDS

    async def _round(self, number: int) -> None:
        clients, watch = self._stage.clients, self._stage.state.watch
        if clients is None:
            return
        if self._since is None:
            self._since = clients.azure_clock.now() - JOB_HORIZON
        await self._budget.spend("reads", 2)
        try:
            items = await vault_reader.read_items(clients, watch.vault_id, self._memo)
            jobs = await vault_reader.read_jobs(clients, watch.vault_id, self._since)
            full = await self._read_in_full(clients, jobs)
            full_items = await self._read_items_in_full(clients, items)
        except ProblemError as error:
            self._tell_once(error.problem)
            return
        except Exception:  # noqa: BLE001  a fault in one round must not leave a night's run without its eyes
            _log.exception("a round of the watch failed")
            self._tell_once(_FAULT)
            return
        self._last_problem = ""
        now = clients.azure_clock.now()
        milestones_moved = self._keep_items(watch, items, now)
        for item in full_items:
            sighting = watch.items[arm_id.key(item.vm_id)]
            sighting.disks, sighting.full_at = item.disks, watch.rounds + 1
        for job in (*jobs, *full):
            watch.keep_job(job)
        watch.seen_at = now
        watch.rounds += 1
        self._complete = number
        news, self._news = self._news, asyncio.Event()
        news.set()
        self._stage.touch("replication", "steps", "drill", "operations")
        if milestones_moved:
            self._stage.touch("vms")

    def _tell_once(self, problem: Problem) -> None:
        """A vault that cannot be read is said once, not every round; the next round tries again."""
        text = problem.sentence()
        if text != self._last_problem:
            self._last_problem = text
            self._stage.say(Step.REPLICATION, "problem", "watch", "failed", text)

    async def _read_in_full(self, clients: Clients, jobs: Iterable[Job]) -> list[Job]:
        """Running jobs with their tasks, a few a round, those seen longest ago first; none while nobody looks on."""
        state = self._stage.state
        if state.faces == 0:
            return []
        running = [job for job in jobs if not job.is_finished]
        ended = [job for job in jobs if job.is_finished and self._was_seen_running(job)]
        known = state.watch.full_at
        due = sorted(running, key=lambda job: known.get(job.name, 0))[:FULL_JOBS] + ended[:FULL_JOBS]
        found = []
        for job in due:
            known[job.name] = state.watch.rounds + 1
            full = await operations.read_job(clients, job.id)
            if full is not None:
                found.append(full)
        return found

    async def _read_items_in_full(self, clients: Clients, items: Iterable[ReplicatedItem]) -> list[ReplicatedItem]:
        """Items that are being copied, with the state of their disks, a few a round, those seen longest ago first; none while
        nobody looks on."""
        if self._stage.state.faces == 0:
            return []
        known = self._stage.state.watch.items

        def seen_in_full(item: ReplicatedItem) -> int:
            sighting = known.get(arm_id.key(item.vm_id))
            return sighting.full_at if sighting is not None else 0

        due = sorted((item for item in items if is_seeding(item)), key=seen_in_full)[:FULL_ITEMS]
        found = [await vault_reader.read_item(clients, item.id) for item in due]
        return [item for item in found if item is not None and is_seeding(item)]

    def _was_seen_running(self, job: Job) -> bool:
        """Whether the tasks that we show of a job are those of a time when it still ran."""
        shown = self._stage.state.watch.jobs.get(job.name)
        return shown is not None and bool(shown.tasks) and not shown.is_finished

    def _keep_items(self, watch: Watch, items: Iterable[ReplicatedItem], now: datetime) -> bool:
        """Take in what was read; whether any VM came, went or reached another milestone."""
        seen = {}
        for item in items:
            key = arm_id.key(item.vm_id)
            seen[key] = sighted(watch.items.get(key), item, now)
        before, watch.items = watch.items, seen
        return before.keys() != seen.keys() or any(
            _milestone(before[key].item) != _milestone(sighting.item) for key, sighting in seen.items()
        )


def _milestone(item: ReplicatedItem) -> tuple[str, str]:
    """What decides which milestone an item has reached."""
    return item.protection_state, item.active_location
