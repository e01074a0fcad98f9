"""Leaving: what keeps running, and how to come back. The safe answer has the focus."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from asr_tui.actions import DIALOG, EVERYWHERE
from asr_tui.wording import count, shorten
from screens.widgets.blocks import Block, lines_of
from screens.widgets.dialogs import Dialog
from screens.widgets.field import Button
from screens.widgets.keys import bindings
from screens.widgets.lines import Pane


class LeaveDialog(Dialog[str]):
    """Ends with ``leave``, ``stop`` (end the worker too), or nothing. ``q`` once more leaves at once."""

    BINDINGS = [*bindings(DIALOG, EVERYWHERE), ("q", "leave", "Leave")]
    KEYS = ("focus-next", "escape")
    AUTO_FOCUS = "#stay"

    def __init__(self) -> None:
        super().__init__("Leave asr-tui?")

    def content(self) -> ComposeResult:
        """What keeps running, then the answers."""
        yield Pane(lambda cells: lines_of(self._told(), cells), id="text")
        with Horizontal(classes="buttons"):
            yield Button("Stay", id="stay")
            yield Button("Leave", id="leave")
            yield Button("Leave and end the worker", id="stop", danger=True)

    def _told(self) -> list[Block]:
        view = self.shell.view
        running = [row for row in view.operations if row.state == "running"] if view else []
        if running:
            names = ", ".join(shorten(f"{row.title} {row.subject}".strip(), 40) for row in running[:3])
            more = f" and {len(running) - 3} more" if len(running) > 3 else ""
            first = f"{count(len(running), 'operation')} keep running in Azure: {names}{more}."
            if len(running) == 1:
                first = f"1 operation keeps running in Azure: {names}."
        else:
            first = "Nothing runs in Azure now."
        session = view.session.name if view else "default"
        command = "asr-tui" if session == "default" else f"asr-tui --session {session}"
        if view is not None and view.session.practice:
            command += " --practice"
        return [
            Block(first, tone="strong" if running else "plain"),
            Block("The worker stays for as long as something runs and keeps plan and sign-in."),
            Block(f"Come back with: {command}"),
            Block(""),
            Block("q once more leaves at once.", tone="dim"),
        ]

    def action_leave(self) -> None:
        """``q`` for the second time."""
        self.dismiss("leave")

    @on(Button.Pressed)
    def _answered(self, event: Button.Pressed) -> None:
        self.dismiss("" if event.button.id == "stay" else event.button.id)
