"""Lines of styled text, drawn by the line API and refreshed line by line: the base of all that is shown here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Offset, Region, Size
from textual.strip import Strip
from textual.widget import Widget

from asr_tui.wording import clean, head, width, wrap
from screens.widgets.themes import palette

Span = tuple[str, str]
"""A piece of text and its tone. The text is shown as it is; it must already be clean."""
Line = tuple[Span, ...]


def line(*spans: Span | str) -> Line:
    """A line of spans; a plain string has the plain tone."""
    return tuple((span, "plain") if isinstance(span, str) else span for span in spans)


def paragraph(text: str, cells: int, tone: str = "plain", indent: str = "", first: str | None = None) -> list[Line]:
    """Text from anywhere, cleaned and wrapped to ``cells``, each line behind ``indent`` (the first one behind ``first``)."""
    opening = indent if first is None else first
    rows = wrap(clean(text), max(8, cells - width(indent)))
    return [((opening if index == 0 else indent, "dim"), (row, tone)) for index, row in enumerate(rows)]


class Lines(Widget):
    """Shows lines; knows its own scroll position (no scrollbar: the last line says how much follows)."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: list[Line] = []
        self._top = 0

    def notify_style_update(self) -> None:
        """The theme changed: every line is drawn anew."""
        super().notify_style_update()
        self._styles_cache.clear()

    @property
    def top(self) -> int:
        """The first line shown."""
        return self._top

    def tone(self, name: str) -> Style:
        """The theme's style for a tone."""
        return palette(self.app.theme)[name]

    def put(self, lines: Sequence[Line]) -> None:
        """Show ``lines``; only those that differ from what is shown are drawn again."""
        before, self._lines = self._lines, list(lines)
        if len(before) != len(self._lines) and self.styles.height is not None and self.styles.height.is_auto:
            self.refresh(layout=True)
            return
        top = min(self._top, self.furthest)
        if top != self._top:
            self._top = top
            self.refresh()
            return
        for y in range(self.size.height):
            index = self._top + y
            if _at(before, index) != _at(self._lines, index) or self._is_edge(y, len(before)):
                self.refresh(Region(0, y, self.size.width, 1))

    def _is_edge(self, y: int, count_before: int) -> bool:
        return y == self.size.height - 1 and count_before != len(self._lines)

    @property
    def furthest(self) -> int:
        """The largest sensible :attr:`top`."""
        return max(0, len(self._lines) - max(1, self.size.height))

    def scroll_to_line(self, top: int) -> None:
        """Make ``top`` the first line shown (clamped)."""
        wanted = max(0, min(top, self.furthest))
        if wanted != self._top:
            self._top = wanted
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The number of lines (used where the height is automatic)."""
        return len(self._lines)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """The longest line."""
        return max((sum(width(text) for text, _tone in spans) for spans in self._lines), default=0)

    def render_line(self, y: int) -> Strip:
        """One line of the widget, padded to its width."""
        spans = _at(self._lines, self._top + y)
        below = len(self._lines) - self._top - self.size.height
        if y == self.size.height - 1 and below > 0:
            note = f" ↓ {below} more "
            return self.strip(spans, self.size.width, note)
        return self.strip(spans, self.size.width)

    def strip(self, spans: Line, cells: int, note: str = "") -> Strip:
        """``spans`` cut or padded to ``cells``, with ``note`` at the right end in the dim tone."""
        base = self.rich_style
        segments: list[Segment] = []
        left = max(0, cells - width(note))
        for text, tone in spans:
            piece = text if width(text) <= left else head(text, left)
            left -= width(piece)
            segments.append(Segment(piece, base + self.tone(tone)))
        if left > 0:
            segments.append(Segment(" " * left, base))
        if note:
            segments.append(Segment(note, base + self.tone("dim")))
        return Strip(segments, cells)


def _at(lines: Sequence[Line], index: int) -> Line:
    return lines[index] if 0 <= index < len(lines) else ()


class Pane(Lines):
    """Lines that are composed for the width at hand by ``build`` whenever :meth:`redraw` is called or the size changes."""

    def __init__(
        self, build: Callable[[int], Sequence[Line]], *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._build = build
        self._built_for = 0

    def redraw(self) -> None:
        """Compose anew and show what changed; what cannot be seen is composed when it can."""
        if not self.display:
            self._built_for = 0
        elif self.size.width:
            self._built_for = self.size.width
            self.put(self._build(self.size.width))

    def render_line(self, y: int) -> Strip:
        """One line, always of the text for the width at hand: a layout may be drawn before its resize is told."""
        if self._built_for != self.size.width:
            self._built_for = self.size.width
            self._lines = list(self._build(self.size.width))
            self._top = min(self._top, self.furthest)
        return super().render_line(y)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The number of lines at that width."""
        return len(self._build(width)) if width > 0 else 0

    def on_resize(self, event: events.Resize) -> None:
        """The lines depend on the width."""
        self.redraw()


class Scroller(Pane, can_focus=True):
    """A pane that is longer than its room: arrows, PageUp, PageDown, Home and End move it."""

    def scroll_by(self, lines: int) -> None:
        """Move by that many lines, down when positive."""
        self.scroll_to_line(self._top + lines)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three lines a notch."""
        event.stop()
        self.scroll_by(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three lines a notch."""
        event.stop()
        self.scroll_by(-3)

    def on_focus(self) -> None:
        """Readers follow the terminal cursor: it stands at the beginning of what can be scrolled."""
        self.app.cursor_position = Offset(self.content_region.x, self.content_region.y)

    def travel(self, action: str) -> None:
        """One of up, down, page-up, page-down, home, end."""
        page = max(1, self.size.height - 1)
        moves = {"up": -1, "down": 1, "page-up": -page, "page-down": page, "home": -len(self._lines)}
        self.scroll_by(moves.get(action, len(self._lines)))
