"""The table: what stays where it is while rows come and go, what is refreshed, and ten thousand rows."""

from __future__ import annotations

import time

from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.geometry import Region

from screens.widgets.columns import Column, layout
from screens.widgets.lines import Pane, line
from screens.widgets.table import Table
from tests.screens import views_fixture as views

Row = tuple[str, str]


class Counting(Table[Row]):
    """Counts the lines that are drawn."""

    drawn = 0

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False):  # type: ignore[no-untyped-def]
        self.drawn += sum(region.height for region in regions) if regions else self.size.height
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class Bench(App[None]):
    """A table and nothing else."""

    def __init__(self, rows: list[Row]) -> None:
        super().__init__()
        self.rows = rows

    def compose(self) -> ComposeResult:
        columns = (Column[Row]("Name", lambda row: row[0], 10, grow=1), Column[Row]("State", lambda row: row[1], 10))
        yield Counting(columns, lambda row: row[0], markable=lambda row: row[1] != "no", noun="row", id="table")

    def on_mount(self) -> None:
        self.table.show(self.rows)
        self.table.focus()

    @property
    def table(self) -> Counting:
        return self.query_one("#table", Counting)


def rows(number: int, state: str = "ok") -> list[Row]:
    return [(f"vm-{index:03}", state) for index in range(number)]


def lines(app: Bench) -> list[str]:
    table = app.table
    return ["".join(segment.text for segment in table.render_line(y)).rstrip() for y in range(table.size.height)]


def test_columns_give_way_in_the_declared_order() -> None:
    columns = [Column[Row](name, str, 10, drop=drop) for name, drop in (("a", 0), ("b", 2), ("c", 1), ("d", 3))]
    widths = {cells: [column.title for column, _width in layout(columns, cells)] for cells in (50, 40, 30, 15)}
    assert widths == {50: ["a", "b", "c", "d"], 40: ["a", "b", "c"], 30: ["a", "c"], 15: ["a"]}


def test_columns_fill_the_width_and_never_more() -> None:
    columns = [Column[Row]("a", str, 10, grow=1), Column[Row]("b", str, 10, grow=2)]
    for cells in range(12, 90):
        laid = layout(columns, cells)
        used = sum(width for _column, width in laid) + 2 * (len(laid) - 1)
        assert cells - 1 <= used <= cells


async def test_the_row_under_the_cursor_stays_on_its_line_while_rows_come_and_go() -> None:
    app = Bench(rows(100))
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press(*["down"] * 30)
        before = lines(app)
        app.table.show([("a-new-one", "ok"), *rows(100)])
        after = lines(app)
        place = next(index for index, text in enumerate(before) if text.startswith(">"))
        assert after[place] == before[place]
        assert after[place - 1] == before[place - 1]
        app.table.show(rows(100)[10:])
        assert lines(app)[place] == before[place]


async def test_one_changed_row_redraws_its_line_only() -> None:
    app = Bench(rows(100))
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        changed = rows(100)
        changed[4] = ("vm-004", "failed")
        app.table.drawn = 0
        app.table.show(changed)
        assert app.table.drawn == 2  # the heading, which may tell another position, and the row
        await pilot.pause()
        assert "failed" in lines(app)[5]
        app.table.drawn = 0
        app.table.show([*changed[:50], ("vm-050", "elsewhere"), *changed[51:]])
        assert app.table.drawn == 1


async def test_filter_words_may_stand_anywhere_and_escape_brings_all_back() -> None:
    app = Bench([*rows(20), ("sql-01", "ok"), ("SQL-02", "failed")])
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("slash", *"sql fai")
        assert [row[0] for row in app.table.rows] == ["SQL-02"]
        await pilot.press("backspace", "backspace", "backspace", "enter")
        assert [row[0] for row in app.table.rows] == ["sql-01", "SQL-02"]
        await pilot.press("slash", "escape")
        assert len(app.table.rows) == 22
        assert app.table.row == ("SQL-02", "failed")


async def test_letters_are_text_while_the_filter_is_typed() -> None:
    app = Bench(rows(30))
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("slash", "a", "j", "G", "space")
        assert app.table.filter_text == "ajG "
        assert app.table.marks == frozenset()


async def test_all_selects_what_passes_the_filter_and_can_be_selected() -> None:
    app = Bench([*rows(5), ("other-1", "ok"), ("vm-x", "no")])
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("slash", *"vm", "enter", "a")
        assert app.table.marks == {f"vm-{index:03}" for index in range(5)}
        await pilot.press("a")
        assert app.table.marks == frozenset()


async def test_marks_show_as_characters() -> None:
    app = Bench([("one", "ok"), ("two", "ok"), ("three", "no")])
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("space")
        shown = lines(app)
        assert "[x]" in shown[1] and "[ ]" in shown[2] and " - " in shown[3]
        assert shown[1].startswith(">")


async def test_where_one_row_is_the_chosen_one_space_chooses_as_enter_does() -> None:
    opened: list[str] = []

    class Single(App[None]):
        def compose(self) -> ComposeResult:
            yield Table((Column[Row]("Name", lambda row: row[0], 10),), lambda row: row[0], single=True)

        def on_mount(self) -> None:
            self.query_one(Table).show(rows(3))
            self.query_one(Table).focus()

        def on_table_opened(self, event: Table.Opened) -> None:
            opened.append(event.row[0])

    async with Single().run_test(size=(60, 12)) as pilot:
        await pilot.press("down", "space", "down", "enter", "a")
    assert opened == ["vm-001", "vm-002"]


async def test_how_many_rows_there_are_covers_no_title() -> None:
    class Counted(Bench):
        def compose(self) -> ComposeResult:
            columns = (
                Column[Row]("Name", lambda row: row[0], 10, grow=1),
                Column[Row]("VMs", lambda row: "7", 4, align="right"),
            )
            yield Counting(columns, lambda row: row[0], id="table")

    app = Counted(rows(100))
    async with app.run_test(size=(60, 12)):
        heading = lines(app)[0]
        assert heading.split() == ["Name", "1-11", "of", "100", "VMs"]


async def test_the_terminal_cursor_stands_on_the_focused_row() -> None:
    app = Bench(rows(50))
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("down", "down", "down")
        assert app.cursor_position.y == 4
        await pilot.press("slash", "v")
        assert app.cursor_position.y == 1


async def test_ten_thousand_rows() -> None:
    """Every key is dealt with on a filtered table of ten thousand VMs; the figures are printed, not judged."""
    app = Bench([])
    big = [(vm.name, vm.why_not or "ok") for vm in views.many_vms(10_000)]
    async with app.run_test(size=(80, 24)) as pilot:
        started = time.perf_counter()
        app.table.show(big)
        shown = time.perf_counter()
        figures = []
        for text in ("0", "09", "099", "0999"):
            begun = time.perf_counter()
            app.table.set_filter(text)
            strips = [app.table.render_line(y) for y in range(24)]
            figures.append(time.perf_counter() - begun)
            assert all(isinstance(segment, Segment) for strip in strips for segment in strip)
        assert [row[0] for row in app.table.rows] == ["vm-00999", *(f"vm-0999{n}" for n in range(10))]
        await pilot.press("end")
        assert app.table.row is not None and app.table.row[0] == "vm-09999"
        keys = ", ".join(f"{1000 * seconds:.1f}" for seconds in figures)
        print(f"10,000 rows: shown in {1000 * (shown - started):.1f} ms; filter keys {keys} ms")


async def test_a_pane_never_shows_lines_made_for_another_width() -> None:
    """A layout may be drawn before the pane is told of its new size."""

    class Page(App[None]):
        def compose(self) -> ComposeResult:
            yield Pane(lambda cells: [line(f"made for {cells}")], id="pane")

    app = Page()
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        pane = app.query_one("#pane", Pane)
        pane._built_for = 20
        pane._lines = [line("made for 20")]
        shown = "".join(segment.text for segment in pane.render_line(0)).rstrip()
        assert shown == f"made for {pane.size.width}"
