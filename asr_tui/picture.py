"""A picture of the terminal's cells: what was drawn, and the fewest bytes that turn one picture into the next.

Textual repaints regions without looking at what they show already. A :class:`Picture` takes that stream apart into cells;
a :class:`Painter` remembers what the terminal has and sends only what differs. Neither does any input or output.
"""

from __future__ import annotations

import re
from collections import Counter

from rich.cells import get_character_cell_size

from asr_tui.sgr import parsed, restyled, seen_on_blank, transition

Cell = tuple[str, str]
"""The characters of a cell ("" for the right half of a wide one) and its SGR parameters in a normal order."""
BLANK: Cell = (" ", "")

_TOKENS = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f\x80-\x9f]+)"
    r"|\x1b\[(?P<parameters>[0-?]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|(?P<string>\x1b[\]P_^X].*?(?:\x07|\x1b\\))"
    r"|(?P<escape>\x1b[ -/]*[0-~])"
    r"|(?P<control>[\x00-\x1f\x7f\x80-\x9f])",
    re.DOTALL,
)
_HYPERLINK = re.compile(r"\x1b\]8;")
_SYNCHRONISED = {"?2026h", "?2026l"}


class Picture:
    """Cells as a terminal would show them after all that was fed; lines do not wrap."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.rows: list[list[Cell]] = [[BLANK] * width for _row in range(height)]
        self.touched: set[int] = set(range(height))
        self.x = self.y = 0
        self._style = ""

    def resize(self, width: int, height: int) -> None:
        """Take another size; what still fits stays."""
        rows = [[*row[:width], *[BLANK] * (width - len(row))] for row in self.rows[:height]]
        rows.extend([BLANK] * width for _row in range(height - len(rows)))
        for row in rows:
            if row and row[-1][0] and get_character_cell_size(row[-1][0][0]) == 2:
                row[-1] = BLANK
        self.width, self.height, self.rows = width, height, rows
        self.touched = set(range(height))
        self.x, self.y = min(self.x, width - 1), min(self.y, height - 1)

    def feed(self, data: str) -> list[str]:
        """Draw ``data``; what is not drawing (modes, queries, the clipboard, bells) is returned, in order."""
        passed: list[str] = []
        for token in _TOKENS.finditer(data):
            kind = token.lastgroup
            if kind == "text":
                self._write(token.group())
            elif kind == "final":
                self._control_sequence(token, passed)
            elif kind == "control":
                self._control(token.group(), passed)
            elif not _HYPERLINK.match(token.group()):
                passed.append(token.group())
        return passed

    def _control(self, character: str, passed: list[str]) -> None:
        if character == "\n":
            self._new_line()
        elif character == "\r":
            self.x = 0
        elif character == "\b":
            self.x = max(0, self.x - 1)
        elif character == "\x07":
            passed.append(character)

    def _new_line(self) -> None:
        """To the beginning of the next line (the terminal's own settings add the return); at the bottom all move up."""
        self.x = 0
        if self.y < self.height - 1:
            self.y += 1
        else:
            self.rows = [*self.rows[1:], [BLANK] * self.width]
            self.touched = set(range(self.height))

    def _control_sequence(self, token: re.Match[str], passed: list[str]) -> None:
        parameters, final = token["parameters"], token["final"]
        if final == "m" and not token["between"] and not parameters.startswith((">", "?", "<", "=")):
            self._style = restyled(self._style, parameters)
            return
        if token["between"] or parameters[:1] in {"?", ">", "<", "="} or final not in _MOVES:
            if parameters + final not in _SYNCHRONISED:
                passed.append(token.group())
            return
        numbers = [int(part) if part else 0 for part in parameters.split(";")]
        getattr(self, _MOVES[final])(numbers)

    def _move_to(self, numbers: list[int]) -> None:
        column = numbers[1] if len(numbers) > 1 else 1
        self.y = min(max(numbers[0], 1), self.height) - 1
        self.x = min(max(column, 1), self.width) - 1

    def _up(self, numbers: list[int]) -> None:
        self.y = max(0, self.y - max(1, numbers[0]))

    def _down(self, numbers: list[int]) -> None:
        self.y = min(self.height - 1, self.y + max(1, numbers[0]))

    def _right(self, numbers: list[int]) -> None:
        self.x = min(self.width - 1, self.x + max(1, numbers[0]))

    def _left(self, numbers: list[int]) -> None:
        self.x = max(0, self.x - max(1, numbers[0]))

    def _column(self, numbers: list[int]) -> None:
        self.x = min(max(numbers[0], 1), self.width) - 1

    def _erase_line(self, numbers: list[int]) -> None:
        start, end = {0: (self.x, self.width), 1: (0, self.x + 1)}.get(numbers[0], (0, self.width))
        self._blank(self.y, start, end)

    def _erase_screen(self, numbers: list[int]) -> None:
        if numbers[0] == 0:
            self._blank(self.y, self.x, self.width)
            rows = range(self.y + 1, self.height)
        elif numbers[0] == 1:
            self._blank(self.y, 0, self.x + 1)
            rows = range(self.y)
        else:
            rows = range(self.height)
        for y in rows:
            self._blank(y, 0, self.width)

    def _blank(self, y: int, start: int, end: int) -> None:
        background = parsed(self._style).background
        row = self.rows[y]
        self._split(row, start)
        self._split(row, end)
        row[start:end] = [(" ", background)] * (end - start)
        self.touched.add(y)

    def _write(self, text: str) -> None:
        row, style = self.rows[self.y], self._style
        self.touched.add(self.y)
        room = self.width - self.x
        if text.isascii() and len(text) <= room:
            self._split(row, self.x)
            self._split(row, self.x + len(text))
            blank = (" ", seen_on_blank(style))
            row[self.x : self.x + len(text)] = [blank if one == " " else (one, style) for one in text]
            self.x = min(self.x + len(text), self.width)
        else:
            for character in text:
                self._put(row, character, style)
        self.x = min(self.x, self.width)

    def _put(self, row: list[Cell], character: str, style: str) -> None:
        size = get_character_cell_size(character)
        if size == 0:
            self._combine(row, character)
            return
        if self.x + size > self.width:
            return
        self._split(row, self.x)
        self._split(row, self.x + size)
        row[self.x] = (character, seen_on_blank(style) if character == " " else style)
        if size == 2:
            row[self.x + 1] = ("", style)
        self.x += size

    def _combine(self, row: list[Cell], mark: str) -> None:
        at = self.x - 1
        if at > 0 and row[at][0] == "":
            at -= 1
        if at >= 0:
            row[at] = (row[at][0] + mark, row[at][1])

    @staticmethod
    def _split(row: list[Cell], x: int) -> None:
        """A wide character that is cut at ``x`` leaves blanks."""
        if 0 < x < len(row) and row[x][0] == "":
            row[x - 1] = (" ", row[x - 1][1])
            row[x] = (" ", row[x][1])


_MOVES = {
    "H": "_move_to",
    "f": "_move_to",
    "A": "_up",
    "B": "_down",
    "C": "_right",
    "D": "_left",
    "G": "_column",
    "K": "_erase_line",
    "J": "_erase_screen",
}


class Painter:
    """What the terminal shows, and how to get from there to a picture. ``erases`` says that erased cells take the
    background colour (terminfo's ``bce``), so that blanks at the end of a line cost three bytes."""

    def __init__(self, erases: bool = False) -> None:
        self._erases = erases
        self._sent: list[list[Cell]] | None = None
        self._style = ""
        self._at: tuple[int, int] | None = None

    def forget(self) -> None:
        """Nothing is known of the terminal any more: resized, resumed, or somebody else wrote on it."""
        self._sent = None

    def paint(self, picture: Picture) -> str:
        """The bytes that make the terminal show ``picture``; afterwards it is what the terminal has."""
        out: list[str] = []
        rows = picture.touched
        if self._sent is None or len(self._sent) != picture.height or len(self._sent[0]) != picture.width:
            rows = set(range(picture.height))
            self._clear(picture, out)
        sent = self._sent
        assert sent is not None
        for y in sorted(rows):
            if sent[y] != picture.rows[y]:
                self._paint_row(y, sent[y], picture.rows[y], out)
                sent[y] = list(picture.rows[y])
        picture.touched = set()
        where = (min(picture.x, picture.width - 1), picture.y)
        if self._at != where:
            out.append(self._move(*where))
        return "".join(out)

    def _clear(self, picture: Picture, out: list[str]) -> None:
        """Start from an empty screen in the background that most cells have."""
        style = ""
        if self._erases:
            counted = Counter(parsed(cell[1]).background for row in picture.rows for cell in row)
            style = counted.most_common(1)[0][0]
        out.append(f"\x1b[0;{style}m\x1b[2J" if style else "\x1b[m\x1b[2J")
        self._style, self._at = style, None
        self._sent = [[(" ", style)] * picture.width for _row in range(picture.height)]

    def _paint_row(self, y: int, before: list[Cell], after: list[Cell], out: list[str]) -> None:
        end = len(after)
        tail = self._blank_tail(before, after) if self._erases else None
        if tail is not None:
            end = tail
        x = 0
        while x < end:
            if before[x] == after[x]:
                x += 1
                continue
            start = self._lead(before, after, x)
            stop = self._stretch(before, after, x, end)
            self._send(y, start, stop, after, out)
            x = stop
        if tail is not None:
            out.append(self._move(tail, y))
            if seen_on_blank(self._style) != after[tail][1]:
                out.append(transition(self._style, after[tail][1]))
                self._style = after[tail][1]
            out.append("\x1b[K")

    @staticmethod
    def _lead(before: list[Cell], after: list[Cell], x: int) -> int:
        """The left half of a wide character that begins before ``x``."""
        return x - 1 if x and (after[x][0] == "" or before[x][0] == "") else x

    @staticmethod
    def _stretch(before: list[Cell], after: list[Cell], start: int, end: int) -> int:
        """Where this run of changes ends. A short gap of equal cells is sent again: cheaper than moving over it."""
        stop, gap = start, 0
        x = start
        while x < end and gap <= _WORTH_SENDING:
            if before[x] != after[x]:
                stop, gap = x + 1, 0
            elif after[x][1] == after[x - 1][1] or after[x] == (" ", seen_on_blank(after[x - 1][1])):
                gap += 1
            else:
                break
            x += 1
        while stop < end and after[stop][0] == "":
            stop += 1
        return stop

    @staticmethod
    def _blank_tail(before: list[Cell], after: list[Cell]) -> int | None:
        """Where the blanks at the line's end begin, if erasing them is worth it."""
        last = after[-1]
        style = parsed(last[1])
        if last[0] != " " or style.attributes:
            return None
        start = len(after)
        while start and after[start - 1] == last:
            start -= 1
        if start and before[start : start + 1] and before[start][0] == "":
            return None
        changed = sum(before[x] != after[x] for x in range(start, len(after)))
        return start if changed > _WORTH_ERASING else None

    def _send(self, y: int, start: int, stop: int, cells: list[Cell], out: list[str]) -> None:
        out.append(self._move(start, y))
        for text, style in cells[start:stop]:
            if style != self._style and not (text == " " and seen_on_blank(self._style) == style):
                out.append(transition(self._style, style))
                self._style = style
            out.append(text)
        # After the last column some terminals stand on it and some beyond it.
        self._at = (stop, y) if stop < len(cells) else None

    def _move(self, x: int, y: int) -> str:
        if self._at == (x, y):
            return ""
        absolute = f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H" if y else "\x1b[H"
        best = absolute
        if self._at is not None and self._at[1] == y:
            away = x - self._at[0]
            relative = f"\x1b[{abs(away) if abs(away) > 1 else ''}{'C' if away > 0 else 'D'}"
            best = min(("\r" if x == 0 else absolute), relative, key=len)
        elif self._at is not None and x == 0 and y == self._at[1] + 1:
            best = "\r\n"
        self._at = (x, y)
        return best


_WORTH_SENDING = 4
_WORTH_ERASING = 6
