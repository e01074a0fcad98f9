"""The worker's side of a conversation, in memory: holds a view, records intents. State for a screen; no Azure anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from asr_tui.model.problem import Problem
from asr_tui.session.intents import Answer, Intent
from asr_tui.session.link import WorkerGone
from asr_tui.session.views import SECTIONS, View


class MemorySession:
    """A :class:`asr_tui.session.link.Link`. ``react`` may turn an intent into a new view, as the worker would."""

    def __init__(self, view: View | None = None, react: Callable[[View, Intent], View] | None = None) -> None:
        self.view = view or View()
        self.version = 1
        self.sent: list[Intent] = []
        self.refuse_with: tuple[Problem, ...] = ()
        self.react = react
        self.closed = False
        self._changed: frozenset[str] = frozenset()
        self._news = asyncio.Event()
        self._gone = ""

    def show(self, view: View) -> None:
        """The worker has something new."""
        self._changed |= {name for name in SECTIONS if getattr(view, name) != getattr(self.view, name)}
        self.view = view
        self.version += 1
        self._news.set()

    def update(self, **sections: object) -> None:
        """Replace some sections."""
        self.show(self.view.model_copy(update=sections))

    def die(self, sentence: str = "The worker has ended.") -> None:
        """From now on the worker is gone."""
        self._gone = sentence
        self._news.set()

    async def refresh(self, wait: float) -> frozenset[str]:
        """Wait for news."""
        if not self._news.is_set():
            try:
                await asyncio.wait_for(self._news.wait(), wait or 0.001)
            except TimeoutError:
                return frozenset()
        if self._gone:
            raise WorkerGone(self._gone)
        self._news.clear()
        changed, self._changed = self._changed, frozenset()
        return changed

    async def send(self, intent: Intent) -> Answer:
        """Record, refuse or react."""
        if self._gone:
            raise WorkerGone(self._gone)
        self.sent.append(intent)
        if self.refuse_with:
            return Answer(problems=self.refuse_with)
        if self.react is not None:
            self.show(self.react(self.view, intent))
        return Answer()

    async def close(self) -> None:
        """Nothing to put away."""
        self.closed = True
