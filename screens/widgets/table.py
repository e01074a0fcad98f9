"""A table for few rows and for ten thousand: filter, selection, a cursor that stays on its row, columns that give way.

Drawn by the line API. Only lines that changed are refreshed, rows are turned into text only when they are shown, and the
position of cursor and scroll never jumps when rows come and go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from rich.segment import Segment
from textual import events
from textual.geometry import Offset, Region
from textual.message import Message
from textual.strip import Strip

from asr_tui.actions import LIST
from asr_tui.wording import clean, count, fit, tail, width
from screens.widgets.columns import GAP, Column, layout
from screens.widgets.filtered import Filtered
from screens.widgets.haystack import Haystack
from screens.widgets.keys import bindings

Row = TypeVar("Row")
_MARKER = 2


class Table(Filtered, Generic[Row], can_focus=True):
    """Rows of one kind. The owner gives rows and marks; the table says what was opened, moved to, or marked.

    ``single``: one row is the chosen one, and Space chooses as Enter does.
    """

    BINDINGS = bindings(LIST)

    class _Said(Message):
        def __init__(self, table: Table[Any]) -> None:
            super().__init__()
            self.table = table

            self.row: Any = table.row
            """The row under the cursor; None only where there is none (never for Opened)."""

        @property
        def control(self) -> Table[Any]:
            """For selectors."""
            return self.table

    class Moved(_Said):
        """Another row has the cursor."""

    class Opened(_Said):
        """Enter was pressed on the row under the cursor."""

    class Marked(_Said):
        """The selection should become :attr:`Table.marks`."""

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        key: Callable[[Row], str],
        *,
        search: Callable[[Row], str] | None = None,
        markable: Callable[[Row], bool] | None = None,
        single: bool = False,
        noun: str = "row",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._columns = tuple(columns)
        self._key = key
        self._markable = markable
        self._single = single
        self._noun = noun
        self._all: Sequence[Row] = ()
        self._rows: Sequence[Row] = ()
        self._haystack = Haystack(search or (lambda row: " ".join(column.text(row) for column in self._columns)))
        self._cursor = 0
        self._marks: frozenset[str] = frozenset()
        self._pending: frozenset[str] | None = None
        self._drawn: dict[int, tuple[str, ...]] = {}
        self._empty = ""

    # -- what the owner sees and says

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self._cursor] if 0 <= self._cursor < len(self._rows) else None

    @property
    def rows(self) -> Sequence[Row]:
        """The rows that pass the filter."""
        return self._rows

    @property
    def marks(self) -> frozenset[str]:
        """Keys of the selected rows, as the engineer sees them."""
        return self._marks if self._pending is None else self._pending

    @property
    def can_mark(self) -> bool:
        """Whether rows can be selected at all."""
        return self._markable is not None

    def show(self, rows: Sequence[Row], marks: frozenset[str] = frozenset(), empty: str = "") -> None:
        """Show ``rows``. The cursor stays on its row, and what the engineer was reading stays where it was."""
        self._empty, self._marks = empty, marks
        if marks == self._pending:
            self._pending = None
        if rows is not self._all:
            self._all = rows
            self._haystack.hold(rows)
        self._apply()

    def forget_pending(self) -> None:
        """The selection was refused or took another form: show the owner's marks again."""
        self._pending = None
        self.refresh()

    def move_to(self, key: str) -> bool:
        """Put the cursor on the row with ``key``, if it is shown."""
        index = next((i for i, row in enumerate(self._rows) if self._key(row) == key), None)
        if index is not None:
            self._go(index)
        return index is not None

    # -- rows, filter and position

    def _apply(self) -> None:
        """Filter anew, keeping the row under the cursor on its line; draw the lines that say something else now."""
        current = self.row
        key = None if current is None else self._key(current)
        line_of_cursor = self._cursor - self._top
        self._rows = self._haystack.matching(self.filter_text)
        index = next((i for i, row in enumerate(self._rows) if self._key(row) == key), None) if key else None
        if index is None:
            index = max(0, min(self._cursor, len(self._rows) - 1))
        self._cursor = index
        self._top = max(0, min(index - line_of_cursor, self._furthest))
        self._refresh_changed()
        if (None if self.row is None else self._key(self.row)) != key:
            self.post_message(self.Moved(self))

    def refresh_rows(self) -> None:
        """Texts may have changed with the clock: draw the rows that are shown."""
        self.refresh(Region(0, self._head, self.size.width, self._room))

    def _refresh_changed(self) -> None:
        if not self.is_mounted:
            return
        self.refresh(Region(0, 0, self.size.width, self._head))
        for y in range(self._room):
            if self._text_at(y) != self._drawn.get(y):
                self.refresh(Region(0, self._head + y, self.size.width, 1))

    def _text_at(self, y: int) -> tuple[str, ...]:
        index = self._top + y
        if not 0 <= index < len(self._rows):
            return (self._empty,) if y == 0 else ()
        row = self._rows[index]
        marked = str(self._key(row) in self.marks)
        cells = [f"{c.text(row)}\0{c.tone(row) if c.tone else ''}" for c in self._columns]
        return (str(index == self._cursor), marked, *cells)

    @property
    def _room(self) -> int:
        return max(0, self.size.height - self._head)

    @property
    def _furthest(self) -> int:
        return max(0, len(self._rows) - max(1, self._room))

    def _go(self, index: int) -> None:
        index = max(0, min(index, len(self._rows) - 1))
        if not self._rows:
            return
        old, self._cursor = self._cursor, index
        top = self._top
        if index < top:
            top = index
        elif index >= top + self._room:
            top = index - self._room + 1
        top = max(0, min(top, self._furthest))
        if top != self._top:
            self._top = top
            self.refresh()
        elif old != index:
            self._refresh_line(old)
            self._refresh_line(index)
        self.place_cursor()
        if old != index:
            self.post_message(self.Moved(self))

    def _refresh_line(self, index: int) -> None:
        y = self._head + index - self._top
        if self._head <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))
        self.refresh(Region(0, 0, self.size.width, 1))

    def place_cursor(self) -> None:
        """Readers follow the terminal cursor: it stands on the focused row, or at the end of the filter."""
        if not self.has_focus:
            return
        origin = self.content_region.offset
        if self.filtering:
            self.app.cursor_position = origin + Offset(min(self.size.width - 1, 8 + width(self.filter_text)), 1)
        else:
            self.app.cursor_position = origin + Offset(0, self._head + self._cursor - self._top)

    # -- drawing

    def render_line(self, y: int) -> Strip:
        """Line 0 is the heading, line 1 the filter while there is one, the rest are rows."""
        cells = self.size.width
        if y == 0:
            return self._heading(cells)
        if y == 1 and self._head == 2:
            return self._filter_line(cells)
        index = self._top + y - self._head
        self._drawn[y - self._head] = self._text_at(y - self._head)
        if index < len(self._rows):
            return self._row_strip(index, cells)
        if not self._rows and y == self._head:
            text = self._empty
            if self.filter_text and self._all:
                text = f"No {self._noun} has these words. Esc clears the filter."
            return self.strip(((("  " + clean(text)), "dim"),), cells)
        return Strip([Segment(" " * cells, self.rich_style)], cells)

    @property
    def _prefix(self) -> int:
        return _MARKER + (4 if self._markable else 0)

    def _heading(self, cells: int) -> Strip:
        placed = layout(self._columns, cells - self._prefix)
        titles = [fit(column.title, size, column.align) for column, size in placed]
        first, last = self._top + 1, min(len(self._rows), self._top + self._room)
        note = f" {first:,}-{last:,} of {len(self._rows):,}" if len(self._rows) > self._room > 0 else ""
        room = [size - width(column.title) if column.align == "left" else 0 for column, size in placed]
        if note and room and room[-1] < width(note) < max(room):
            # At the end it would cover the last title: it goes behind the one that leaves the most room.
            index = room.index(max(room))
            titles[index] = titles[index][: placed[index][1] - width(note)] + note
            note = ""
        text = " " * self._prefix + (" " * GAP).join(titles)
        return self.strip(((text + " " * max(0, cells - width(text)), "head"),), cells, note)

    def _filter_line(self, cells: int) -> Strip:
        found = f"{len(self._rows):,} of {count(len(self._all), self._noun)}"
        room = max(4, cells - 12 - width(found))
        text = clean(self.filter_text)
        shown = text if width(text) <= room else tail(text, room)
        cursor = "▏" if self.filtering else ""
        return self.strip((("Filter: ", "key"), (shown + cursor, "strong")), cells, f" {found}")

    def _row_strip(self, index: int, cells: int) -> Strip:
        row = self._rows[index]
        at_cursor = index == self._cursor
        overlay = None
        if at_cursor:
            overlay = self.tone("cursor" if self.has_focus else "resting")
        base = self.rich_style
        segments: list[Segment] = []

        def add(text: str, tone: str) -> None:
            style = base + (overlay if overlay is not None else self.tone(tone))
            segments.append(Segment(text, style))

        add("> " if at_cursor else "  ", "plain")
        if self._markable is not None:
            chosen = self._key(row) in self.marks
            can = chosen or self._markable(row)
            add(f"[{'x' if chosen else ' '}] " if can else " -  ", "accent" if chosen else "dim")
        used = self._prefix
        for column, size in layout(self._columns, cells - self._prefix):
            text = fit(clean(column.text(row)), size, column.align, prose=column.prose)
            add(text, column.tone(row) if column.tone else "plain")
            used += size
            if used + GAP <= cells:
                add(" " * GAP, "plain")
                used += GAP
        if used < cells:
            add(" " * (cells - used), "plain")
        return Strip(segments, used if used > cells else cells).crop(0, cells)

    # -- keys

    def action_act(self, action: str) -> None:
        """An action of the registry's ``list`` context."""
        page = max(1, self._room - 1)
        steps = {
            "up": -1,
            "down": 1,
            "page-up": -page,
            "page-down": page,
            "home": -len(self._rows),
            "end": len(self._rows),
        }
        if action in steps:
            self._go(self._cursor + steps[action])
        elif action == "filter":
            self.filtering = True
            self.refresh()
            self.place_cursor()
        elif (action == "open" or (action == "mark" and self._single)) and self.row is not None:
            self.post_message(self.Opened(self))
        elif action in {"mark", "mark-all"}:
            self._mark(action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where nothing can be selected, the keys for it fall through to the screen."""
        wanted = str(parameters[0]) if action == "act" and parameters else ""
        return wanted not in {"mark", "mark-all"} or bool(self._markable) or (self._single and wanted == "mark")

    def _mark(self, action: str) -> None:
        if self._markable is None:
            return
        marks = self.marks
        if action == "mark":
            row = self.row
            if row is None or not (self._key(row) in marks or self._markable(row)):
                return
            marks = marks ^ {self._key(row)}
        else:
            able = frozenset(self._key(row) for row in self._rows if self._markable(row))
            marks = marks - able if able <= marks else marks | able
        if marks != self.marks:
            self._pending = marks
            self.refresh_rows()
            self.post_message(self.Marked(self))

    # -- focus, size, mouse

    def on_focus(self) -> None:
        """The cursor row changes its look."""
        self._refresh_line(self._cursor)
        self.place_cursor()

    def on_blur(self) -> None:
        """The cursor row changes its look."""
        if self.filtering:
            self.filtering = False
            self.refresh()
        self._refresh_line(self._cursor)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in view."""
        self._top = max(0, min(self._top, self._furthest))
        if self._cursor >= self._top + max(1, self._room):
            self._top = max(0, min(self._cursor, self._furthest))
        self.place_cursor()

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor; on the row that has it, it opens."""
        index = self._top + event.y - self._head
        if event.y < self._head or index >= len(self._rows):
            return
        if index == self._cursor:
            self.action_act("open")
        else:
            self._go(index)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows a notch."""
        event.stop()
        self._go(self._cursor + 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows a notch."""
        event.stop()
        self._go(self._cursor - 3)
