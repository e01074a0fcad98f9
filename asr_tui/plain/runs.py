"""Whole runs of the line-by-line face: connect, do, close with a summary, and an exit code."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.step import Step
from asr_tui.plain import walkthrough
from asr_tui.plain.conversation import Conversation
from asr_tui.plain.events import WALKTHROUGH, Event, Writer
from asr_tui.plain.narrator import Narrator
from asr_tui.plain.summary import Tally
from asr_tui.plain.walk import Walk, Wishes
from asr_tui.session.intents import Stop
from asr_tui.session.link import Link, WorkerGone
from asr_tui.session.views import SessionView, View

DONE = 0
FAILED = 1
MAX_RESTARTS = 5
GOES_ON_IN_AZURE = {"seeding": "initial replication", "first-point": "the making of the first recovery point"}
"""What the service does for an item by itself, by the item's milestone (an operation stands in the view's own list)."""

Connect = Callable[[], Awaitable[Link]]
"""Makes sure that a worker runs and connects to it."""
Fate = Callable[[], tuple[bool, str]]
"""Of a worker that is gone: whether somebody ended it (and it was not killed), and its last words ("" for none)."""


@dataclass(frozen=True, slots=True)
class Journey:
    """What is done unattended, and the event that sums it up."""

    go: Callable[[Walk, Narrator], Awaitable[bool]]
    sum_up: Callable[[Tally, View, bool], Event]


SIX_STEPS = Journey(walkthrough.run, Tally.summary)


async def unattended(
    connect: Connect, fate: Fate, writer: Writer, wishes: Wishes, session: str, journey: Journey = SIX_STEPS
) -> int:
    """The journey (the six steps up to ``wishes.until``); the summary is the last event, whatever happens.

    A worker that dies meanwhile is started again, and the walk goes on from what Azure holds.
    """
    tally = Tally.starting_now()
    last = _Last(View(session=SessionView(name=session)))
    succeeded = False
    try:
        succeeded = await _attempts(connect, fate, _Walking(writer, wishes, tally, journey), last)
    except ProblemError as failure:
        if getattr(failure, "usage", False):
            raise  # nothing was begun, so there is nothing to sum up
        writer.write(Event(WALKTHROUGH, "problem", "", "failed", str(failure)))
    except asyncio.CancelledError:
        writer.write(journey.sum_up(tally, last.view, False))
        raise
    writer.write(journey.sum_up(tally, last.view, succeeded))
    return DONE if succeeded else FAILED


@dataclass
class _Last:
    """The newest view that any worker of this run showed."""

    view: View


@dataclass(frozen=True, slots=True)
class _Walking:
    """What stays the same over a restart of the worker."""

    writer: Writer
    wishes: Wishes
    tally: Tally
    journey: Journey


async def _attempts(connect: Connect, fate: Fate, walking: _Walking, last: _Last) -> bool:
    writer = walking.writer
    narrator = Narrator(writer)
    words = ""
    for _ in range(MAX_RESTARTS + 1):
        client = await connect()
        try:
            return await _walk(client, narrator, walking)
        except WorkerGone as gone:
            words = _tell_gone(writer, gone, *fate())
        finally:
            last.view = client.view
            await client.close()
    raise ProblemError(
        Problem(
            what=f"The worker ended {MAX_RESTARTS + 1} times.",
            cause=f"It said: {words}" if words else "",
            remedy="Its log says why; walk again to go on.",
        )
    )


async def _walk(client: Link, narrator: Narrator, walking: _Walking) -> bool:
    tally = walking.tally

    def observe(view: View) -> bool:
        tally.observe(view)
        return narrator.observe(view)

    talk = Conversation(client, observe, narrator.heartbeat)
    tally.observe(client.view)
    return await walking.journey.go(Walk(talk, walking.writer, tally, walking.wishes), narrator)


def _tell_gone(writer: Writer, gone: WorkerGone, on_purpose: bool, words: str) -> str:
    """Say that the worker is gone; returns its last words.

    Raises:
        ProblemError: it was ended on purpose, so nobody wants it back.
    """
    if on_purpose:
        raise ProblemError(
            Problem(what="The worker was ended.", cause="What runs in Azure goes on.", remedy="Walk again to go on.")
        ) from gone
    said = f" (it said: {words})" if words else ""
    writer.note(f"The worker ended unexpectedly{said}; it is started again and asks Azure what has happened meanwhile.")
    return words


async def watch(connect: Connect, writer: Writer, until_idle: bool) -> int:
    """Follow a session: every step's news as they come, until the worker ends (or nothing runs, if asked so)."""
    client = await connect()
    narrator = Narrator(writer, frozenset(Step))
    try:
        await client.refresh(0)
        writer.write(_standing(client.view))
        narrator.observe(client.view)
        while not (until_idle and _idle(client.view)):
            await client.refresh(60)
            narrator.observe(client.view)
    except WorkerGone:
        writer.note("The worker has ended; what runs in Azure goes on.")
    finally:
        await client.close()
    return DONE


def _idle(view: View) -> bool:
    moving = any(row.milestone in {"waiting", "enabling", "seeding", "first-point"} for row in view.replication.items)
    return not moving and view.run.state != "running" and view.drill.state not in {"running", "cleaning-up"}


def _standing(view: View) -> Event:
    session = view.session
    where = f"{session.source_region} to {session.target_region}" if session.source_region else "no regions chosen yet"
    steps = ", ".join(f"{row.title}: {row.state}" for row in view.steps)
    return Event(
        WALKTHROUGH,
        "session",
        session.name,
        "running",
        f"Cloud {session.cloud or 'unknown'}, subscription {session.subscription_name or 'not chosen'}, {where}. {steps}",
        {"worker_pid": session.worker_pid, "arm_requests": session.arm_requests, "arm_writes": session.arm_writes},
    )


async def stop(client: Link) -> tuple[str, ...]:
    """Ask the worker to end; returns what goes on in Azure, one short text each."""
    await client.refresh(0)
    view = client.view
    going_on = [f"{row.title} ({row.subject})" for row in view.operations if row.state == "running"]
    going_on += [
        f"{GOES_ON_IN_AZURE[row.milestone]} of {row.vm_name}"
        for row in view.replication.items
        if row.milestone in GOES_ON_IN_AZURE
    ]
    if view.drill.state in {"running", "waiting", "cleaning-up"}:
        up = [row.test_vm or row.vm_name for row in view.drill.rows if row.running_at and not row.cleaned_at]
        going_on.append(f"a test failover that is not cleaned up{f' ({len(up)} test VMs run)' if up else ''}")
    try:
        await asyncio.wait_for(client.send(Stop()), timeout=10)
    except (WorkerGone, TimeoutError):
        # It may end before it answers; the caller looks whether the process is gone, and ends it if not.
        return tuple(going_on)
    return tuple(going_on)
