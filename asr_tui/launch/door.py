"""How a command comes to talk to its session's worker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from asr_tui.launch.request import Request
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.session.client import SessionClient
from asr_tui.session.intents import LoadPlan, ReadEstate
from asr_tui.session.link import WorkerGone


class PlanError(ProblemError):
    """The plan that was named cannot be taken; nothing changed."""

    usage = True


class ReadOnlyError(ProblemError):
    """A worker runs already that may write."""

    usage = True

    def __init__(self, session: str) -> None:
        super().__init__(
            Problem(
                what=f"The running worker of the session {session} may write.",
                remedy=f"End it with `asr-tui stop --session {session}`, or name another session with --session.",
            )
        )


Ensure = Callable[[Request], Awaitable[Path]]
"""Finds or starts what a session needs and returns its worker's socket."""


def here(narrate: Callable[[str], None]) -> Ensure:
    """Start what is missing from a thread of this process; ``narrate`` is told what."""

    async def ensure(request: Request) -> Path:
        from asr_tui.launch import session as sessions  # the screens start things elsewhere

        return (await asyncio.to_thread(sessions.ensure, request, narrate)).socket

    return ensure


class Door:
    """The way to a session's worker: makes sure that it runs, connects, and hands over the plan that was named, once.

    Args:
        ensure: starts what is missing.
        writes: False for a face that only watches.

    Raises (when called):
        ProblemError: the worker cannot be started, or the plan's file holds what a plan cannot.
    """

    def __init__(self, request: Request, ensure: Ensure, *, writes: bool = True) -> None:
        self._request = request
        self._ensure = ensure
        self._writes = writes
        self._plan = request.plan if writes else ""

    async def __call__(self) -> SessionClient:
        socket = await self._ensure(self._request)
        try:
            client = await SessionClient.connect(socket, writes=self._writes)
            await client.refresh(0)
            if self._request.read_only:
                await self._check_read_only(client)
            if self._plan:
                await self._hand_over(client)
        except WorkerGone as gone:
            raise ProblemError(Problem(what=str(gone))) from gone
        return client

    async def _hand_over(self, client: SessionClient) -> None:
        answer = await client.send(LoadPlan(path=self._plan))
        if answer.problems:
            await client.close()
            raise PlanError(answer.problems[0])
        self._plan = ""  # a worker that is started again has it from its own file
        # Other regions, other things to read; before the sign-in this is refused, and reading comes with the sign-in.
        await client.send(ReadEstate())
        await client.refresh(0)

    async def _check_read_only(self, client: SessionClient) -> None:
        while not client.view.session.cloud:  # it greets before it has loaded
            await client.refresh(5)
        if not client.view.session.read_only:
            await client.close()
            raise ReadOnlyError(self._request.name)
