"""Talking to the worker: waiting for what the view will show, and sending intents that may be refused."""

from __future__ import annotations

import time
from collections.abc import Callable

from asr_tui.model.problem import Problem, ProblemError
from asr_tui.session.intents import Intent
from asr_tui.session.link import Link
from asr_tui.session.views import View

LONGEST_ASK_SECONDS = 5.0
HEARTBEAT_SECONDS = 30.0


class RefusedError(ProblemError):
    """The worker refused an intent; nothing changed."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0])
        self.problems = problems

    def __str__(self) -> str:
        return " ".join(problem.sentence() for problem in self.problems)


class Conversation:
    """One face's side of the talk.

    Args:
        client: a connected session client.
        observe: called with the view after every refresh; returns whether it printed something.
        heartbeat: called when nothing was printed for :data:`HEARTBEAT_SECONDS` while waiting for something.

    Raises (all methods): ``WorkerGone`` of the client, when the worker is gone.
    """

    def __init__(
        self,
        client: Link,
        observe: Callable[[View], bool],
        heartbeat: Callable[[View, str], None],
    ) -> None:
        self._client = client
        self._observe = observe
        self._heartbeat = heartbeat

    @property
    def view(self) -> View:
        """The newest picture that this face has."""
        return self._client.view

    async def send(self, intent: Intent) -> View:
        """Send an intent; returns the view as it stands afterwards.

        Raises:
            RefusedError: the worker said no, with its reasons.
        """
        answer = await self._client.send(intent)
        if answer.problems:
            raise RefusedError(answer.problems)
        await self._refresh(0)
        return self.view

    async def look(self) -> None:
        """Fetch the picture as it is right now."""
        await self._refresh(0)

    async def until(self, ready: Callable[[View], bool], waiting_for: str) -> View:
        """Wait, however long it takes, until ``ready`` holds of the view. ``waiting_for`` is said in heartbeats."""
        last_word = time.monotonic()
        while not ready(self.view):
            if await self._refresh(LONGEST_ASK_SECONDS):
                last_word = time.monotonic()
            elif time.monotonic() - last_word >= HEARTBEAT_SECONDS:
                self._heartbeat(self.view, waiting_for)
                last_word = time.monotonic()
        return self.view

    async def _refresh(self, wait: float) -> bool:
        await self._client.refresh(wait)
        return self._observe(self.view)
