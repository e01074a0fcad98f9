"""What a face needs of the worker, whatever lies between them (a socket, or memory in a test)."""

from __future__ import annotations

from typing import Protocol

from asr_tui.session.intents import Answer, Intent
from asr_tui.session.views import View


class WorkerGone(Exception):  # noqa: N818 - says what happened, and faces handle it as an ordinary turn of events
    """The worker has ended or cannot be reached. What runs in Azure goes on."""


class Link(Protocol):
    """One face's end of the conversation. Every method raises :class:`WorkerGone` when the worker is gone."""

    @property
    def view(self) -> View:
        """The newest view that has arrived. Immutable; a new object after each change."""
        ...

    @property
    def version(self) -> int:
        """The version of :attr:`view`; 0 before the first answer."""
        ...

    async def refresh(self, wait: float) -> frozenset[str]:
        """Wait up to ``wait`` seconds (0 to 60) for a newer view; the names of the sections that changed."""
        ...

    async def send(self, intent: Intent) -> Answer:
        """Hand over an intent. The answer says at once whether it was accepted; what follows shows in the view."""
        ...

    async def close(self) -> None:
        """Leave. The worker goes on."""
        ...
