"""A text to read that is longer than its room, and the one sentence for terminals that are too small for anything else."""

from __future__ import annotations

from asr_tui.actions import PANE
from asr_tui.console import MIN_COLUMNS, MIN_LINES
from screens.widgets.keys import bindings
from screens.widgets.lines import Line, Scroller, paragraph


class Reader(Scroller):
    """A scrolled text with the keys of the ``pane`` context."""

    BINDINGS = bindings(PANE)

    def action_act(self, action: str) -> None:
        """One of the movements."""
        self.travel(action)


def too_small(cells: int) -> list[Line]:
    """The one sentence for a terminal below 80x24."""
    text = (
        f"asr-tui needs a terminal of {MIN_COLUMNS}x{MIN_LINES} cells or more: enlarge this one, "
        "or press Ctrl+Q and use `asr-tui walkthrough`. Nothing is lost."
    )
    return paragraph(text, cells)
