"""The picture of cells against a terminal emulator: whatever is drawn, what is sent must show the same."""

from __future__ import annotations

import random

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyte.screens import Char
from rich.cells import get_character_cell_size

from asr_tui.picture import Painter, Picture
from asr_tui.wording import head

WIDTH, HEIGHT = 20, 6

_STYLES = ["0", "1", "31", "1;38;5;233", "48;5;233", "38;2;1;2;3;48;2;9;8;7", "7", "4;32", "22", "39", "49", "27", ""]
_TEXTS = st.lists(st.sampled_from([*"ab z─✓漢字é█", "e\u0301"]), min_size=1, max_size=12).map("".join)


def moves() -> st.SearchStrategy[str]:
    """A cursor move within the screen."""
    return st.builds(lambda y, x: f"\x1b[{y};{x}H", st.integers(1, HEIGHT), st.integers(1, WIDTH))


def placed(y: int, x: int, style: str, text: str) -> str:
    """Styled text somewhere; never beyond the last column, since Textual crops there."""
    return f"\x1b[{y};{x}H\x1b[{style}m{head(text, WIDTH - x + 1)}"


_STEPS = st.lists(
    st.one_of(
        st.builds(placed, st.integers(1, HEIGHT), st.integers(1, WIDTH), st.sampled_from(_STYLES), _TEXTS),
        # Terminals erase with the background only; pyte would keep bold and underline on blanks.
        st.builds(
            lambda move, style, erase: f"{move}\x1b[0;{style}m{erase}",
            moves(),
            st.sampled_from(["0", "48;5;233", "44"]),
            st.sampled_from(["\x1b[K", "\x1b[1K", "\x1b[2K", "\x1b[2J", "\x1b[1J", "\x1b[J"]),
        ),
        st.sampled_from(["\x1b[m\r\n", "\r", "\x1b[2A", "\x1b[3C", "\x1b[2D", "\x1b[B", "\x1b[4G"]),
    ),
    max_size=25,
)


class Terminal(pyte.Screen):
    """pyte erases only cells that were written before; a terminal erases all of them."""

    def erase_in_display(self, how: int = 0, *args: object, **kwargs: object) -> None:
        """As xterm does: erased cells take the background."""
        if how in {0, 1}:
            self.erase_in_line(how)
        rows = {0: range(self.cursor.y + 1, self.lines), 1: range(self.cursor.y)}.get(how, range(self.lines))
        for y in rows:
            for x in range(self.columns):
                self.buffer[y][x] = self.cursor.attrs
        self.dirty.update(rows)


def terminal(width: int = WIDTH, height: int = HEIGHT) -> tuple[Terminal, pyte.Stream]:
    """An emulated terminal whose lines do not wrap."""
    screen = Terminal(width, height)
    screen.reset_mode(7, private=True)
    return screen, pyte.Stream(screen)


def cells(screen: pyte.Screen) -> list[list[tuple[object, ...]]]:
    """What a terminal shows, cell by cell. Of a wide character that was half overwritten a terminal shows a blank, where
    pyte keeps the half."""
    return [_row([screen.buffer[y][x] for x in range(screen.columns)]) for y in range(screen.lines)]


def _row(row: list[Char]) -> list[tuple[object, ...]]:
    shown: list[tuple[object, ...]] = []
    for x, cell in enumerate(row):
        text = cell.data
        if (text == "" and not _is_wide(row[x - 1].data)) or (
            _is_wide(text) and row[x + 1 : x + 2] and row[x + 1].data
        ):
            text = " "
        inked = text != " " or cell.reverse
        ink = (cell.fg, cell.bold, cell.italics) if inked else ()
        shown.append((text, cell.bg, cell.underscore, cell.reverse, *ink))
    return shown


def _is_wide(text: str) -> bool:
    return bool(text) and get_character_cell_size(text[0]) == 2


@settings(max_examples=300, deadline=None)
@given(steps=_STEPS, erases=st.booleans(), seed=st.integers(0, 10_000))
def test_what_is_sent_shows_what_was_drawn(steps: list[str], erases: bool, seed: int) -> None:
    """Pictures are skipped at random, as they are while the far end stalls."""
    skipping = random.Random(seed)
    stock, stock_stream = terminal()
    frugal, frugal_stream = terminal()
    picture, painter = Picture(WIDTH, HEIGHT), Painter(erases)
    for step in steps:
        stock_stream.feed(step)
        picture.feed(step)
        if skipping.random() < 0.5:
            frugal_stream.feed(painter.paint(picture))
            assert cells(frugal) == cells(stock)
    frugal_stream.feed(painter.paint(picture))
    assert cells(frugal) == cells(stock)


@pytest.mark.parametrize("erases", [False, True])
def test_nothing_changed_sends_nothing(erases: bool) -> None:
    picture, painter = Picture(40, 5), Painter(erases)
    picture.feed("\x1b[2;3H\x1b[1;31mhello\x1b[0m")
    assert painter.paint(picture)
    picture.feed("\x1b[2;3H\x1b[31;1mhello\x1b[0m")
    assert painter.paint(picture) == ""


def test_one_cell_costs_a_move_and_a_character() -> None:
    picture, painter = Picture(80, 24), Painter()
    picture.feed("\x1b[10;10Habc\x1b[1;1H")
    painter.paint(picture)
    picture.feed("\x1b[10;11HX\x1b[1;1H")
    assert painter.paint(picture) == "\x1b[10;11HX\x1b[H"


def test_modes_queries_and_the_clipboard_pass_in_order_and_are_not_drawn() -> None:
    picture = Picture(20, 2)
    sequences = [
        "\x1b[?1049h",
        "\x1b[?25l",
        "\x1b[6n",
        "\x1b]52;c;aGk=\x07",
        "\x1b[?2004h",
        "\x1bPtmux;x\x1b\\",
        "\x07",
    ]
    assert picture.feed("ab".join(sequences)) == sequences
    assert "".join(text for text, _style in picture.rows[0]).startswith("abababab")


def test_synchronised_output_and_hyperlinks_are_not_needed() -> None:
    assert Picture(20, 2).feed("\x1b[?2026h\x1b]8;id=1;http://x\x1b\\link\x1b]8;;\x1b\\\x1b[?2026l") == []


def test_after_a_resize_everything_is_sent_again_and_nothing_is_left_of_before() -> None:
    picture, painter = Picture(20, 4), Painter()
    picture.feed("\x1b[1;1Hone\x1b[4;18H漢x")
    painter.paint(picture)
    picture.resize(19, 3)
    painter.forget()
    screen, stream = terminal(19, 3)
    stream.feed("garbage that the terminal made of it\r\nmore")
    stream.feed(painter.paint(picture))
    assert screen.display[0].rstrip() == "one"
    assert [line.strip() for line in screen.display[1:]] == ["", ""]


def test_an_escape_that_is_no_sequence_is_not_shown() -> None:
    picture = Picture(20, 1)
    picture.feed("a\x1b b\x00c\x9bd")
    assert "\x1b" not in "".join(text for text, _style in picture.rows[0])
