"""What is typed into or pressed: a labelled text field and a push button, one line each."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Input

from asr_tui.wording import fit
from screens.widgets.lines import Line, Lines, Pane, line


class Field(Horizontal):
    """A text field behind its label. The label bears ``>`` while the field has the focus."""

    def __init__(
        self, label: str, value: str = "", *, hint: str = "", limit: int = 200, label_width: int = 20, id: str
    ) -> None:
        super().__init__(id=id, classes="field")
        self._label = label
        self._label_width = label_width
        self._pane = Pane(self._label_line, classes="label")
        self.input = Input(
            value, placeholder=hint, max_length=limit, compact=True, select_on_focus=False, id=f"{id}-input"
        )
        self.input.cursor_blink = False

    def compose(self) -> ComposeResult:
        """Label and input."""
        self._pane.styles.width = self._label_width
        yield self._pane
        yield self.input

    @property
    def value(self) -> str:
        """What is typed, without blanks around it."""
        return self.input.value.strip()

    def put(self, value: str) -> None:
        """Show ``value`` unless the engineer is typing here."""
        if not self.input.has_focus and self.input.value != value:
            self.input.value = value

    def _label_line(self, cells: int) -> list[Line]:
        focused = self.input.has_focus
        return [line((("> " if focused else "  ") + fit(self._label, cells - 2), "strong" if focused else "plain"))]

    def on_descendant_focus(self) -> None:
        """Mark the label."""
        self._pane.redraw()

    def on_descendant_blur(self) -> None:
        """Unmark the label."""
        self._pane.redraw()


class Button(Lines, can_focus=True):
    """``[ Label ]`` in brackets; ``>`` and the cursor's look while it has the focus."""

    class Pressed(Message):
        """Enter or Space on the button, or a click."""

        def __init__(self, button: Button) -> None:
            super().__init__()
            self.button = button

        @property
        def control(self) -> Button:
            """The button."""
            return self.button

    def __init__(self, label: str, *, id: str, danger: bool = False) -> None:
        super().__init__(id=id, classes="button")
        self._label = label
        self._danger = danger
        self.styles.width = len(label) + 6

    def render_line(self, y: int) -> Strip:
        """The one line."""
        if y:
            return self.strip((), self.size.width)
        tone = "cursor" if self.has_focus else ("warn" if self._danger else "strong")
        return self.strip((("> " if self.has_focus else "  ", tone), (f"[ {self._label} ]", tone)), self.size.width)

    async def on_key(self, event: events.Key) -> None:
        """Enter and Space press it."""
        if event.key in {"enter", "space"}:
            event.stop()
            self.post_message(self.Pressed(self))

    def on_click(self) -> None:
        """A click presses it."""
        self.post_message(self.Pressed(self))

    def on_focus(self) -> None:
        """Readers follow the terminal cursor."""
        self.app.cursor_position = self.content_region.offset + Offset(0, 0)
        self.refresh()

    def on_blur(self) -> None:
        """It looks different without the focus."""
        self.refresh()
