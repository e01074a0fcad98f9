"""The question before a run is cancelled: what keeps running in Azure, and what is not begun."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from asr_tui.session.intents import ControlRun, Intent
from asr_tui.wording import count, shorten
from screens.widgets.blocks import Block
from screens.widgets.dialogs import Confirm

if TYPE_CHECKING:
    from asr_tui.session.views import View
    from screens.shell import Shell

_NAMED = 3


async def ask_to_cancel(shell: Shell, view: View, submit: Callable[[Intent], None]) -> None:
    """Cancel only if that is the answer; going on is the safe one."""

    def answered(answer: object) -> None:
        if answer:
            submit(ControlRun(action="cancel"))

    question = Confirm("Cancel this run?", consequences(view), no="Go on", yes="Cancel the run")
    await shell.dialog(question, answered)


def consequences(view: View) -> list[Block]:
    """What cancelling does and what it leaves alone."""
    rows = view.review.changes
    running = [row for row in rows if row.state == "running"]
    waiting = sum(row.state in {"waiting", "paused"} for row in rows)
    if running:
        names = ", ".join(shorten(row.name, 40) for row in running[:_NAMED])
        more = f" and {len(running) - _NAMED} more" if len(running) > _NAMED else ""
        verb = "runs" if len(running) == 1 else "run"
        first = f"{count(len(running), 'operation')} {verb} on in Azure to the end: {names}{more}."
    else:
        first = "Nothing of it runs in Azure now."
    return [
        Block(first, tone="strong"),
        Block(f"{count(waiting, 'change')} not begun will stay so. Nothing that was made is deleted."),
        Block("A new review (w) lists what is left, and goes on with it."),
    ]
