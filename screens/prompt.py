"""The base of every page and dialog: what a key did is shown at once.

Textual draws on the beats of a clock (here fifteen a second), so while news keeps coming, what a key did would wait for the
next beat. News can wait; whoever pressed a key should not.
"""

from __future__ import annotations

from typing import Generic, TypeVar, cast

from textual import events
from textual.screen import Screen

from screens.shell import Shell

Result = TypeVar("Result")


class PromptScreen(Screen[Result], Generic[Result]):
    """A screen that is drawn as soon as a key was dealt with, unless another key waits already."""

    @property
    def shell(self) -> Shell:
        """The application."""
        return cast(Shell, self.app)

    async def _on_idle(self, event: events.Idle) -> None:
        """Everything that was told to this screen is dealt with. (Textual calls its own handler after this one.)"""
        if self.shell.is_in_a_hurry and self._has_changed() and self.is_current and not self.app._batch_count:
            self._on_timer_update()

    def _has_changed(self) -> bool:
        return bool(self._dirty_widgets or self._layout_required or self._scroll_required or self._repaint_required)
