"""The command palette: every action that can be done here, found by typing a part of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asr_tui.actions import key_name
from screens.widgets.dialogs import Choice, Pick
from screens.widgets.table import Table

if TYPE_CHECKING:
    from screens.layout import FramedScreen


class Palette(Pick):
    """A pick list whose filter is open from the start."""

    def arrive(self) -> None:
        """Ready to type."""
        super().arrive()
        self.query_one("#choices", Table).action_act("filter")


def palette(screen: FramedScreen) -> Palette:
    """All actions of ``screen``; those that cannot be done now say why."""
    choices = [
        Choice(a.id, a.title, f"{', '.join(key_name(key) for key in a.keys)}: {a.tooltip}", screen.refusal(a.id))
        for a in screen.usable()
        if a.id != "palette"
    ]
    return Palette("Commands: type a part of the name, Enter twice runs it", choices)
