"""What runs in Azure: the panel that every step can open. Finished operations fold away, failed ones stay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical

from asr_tui.wording import clean, count, duration, since
from screens.widgets.blocks import Block, problem_blocks
from screens.widgets.columns import Column
from screens.widgets.lines import Line, Pane, line
from screens.widgets.progress import bar, eta
from screens.widgets.table import Table
from screens.widgets.tones import OPERATION_STATES, says, tone_of

if TYPE_CHECKING:
    from asr_tui.session.views import OperationRow
    from screens.shell import Shell


class Activity(Vertical):
    """Running and failed operations, newest first; how many have finished is one figure in the heading."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(id="activity")
        self._shell = shell
        columns: tuple[Column[OperationRow], ...] = (
            Column("State", lambda row: says(OPERATION_STATES, row.state), 11, tone=self._tone),
            Column("Operation", lambda row: row.title, 22, grow=2),
            Column("On", lambda row: row.subject, 12, grow=2, drop=1),
            Column("Task", lambda row: row.task, 10, grow=2, drop=3),
            Column("Progress", lambda row: bar(row.progress), 12, drop=2),
            Column("Elapsed", self._elapsed, 11, align="right"),
            Column("Left", self._left, 12, align="right", drop=4),
        )
        self.table: Table[OperationRow] = Table(columns, lambda row: row.id, noun="operation", id="operations")
        self._heading = Pane(self._count, id="operations-heading", classes="auto")

    def compose(self) -> ComposeResult:
        """Heading and table."""
        yield self._heading
        yield self.table

    def follow(self) -> None:
        """Show the view's operations."""
        rows = self._rows()
        self.table.show(rows, empty="Nothing runs in Azure now.")
        self._heading.redraw()

    def tick(self) -> None:
        """Running operations are a second older."""
        self.table.refresh_rows()

    def _rows(self) -> Sequence[OperationRow]:
        view = self._shell.view
        if view is None:
            return ()
        shown = [row for row in view.operations if row.state in {"running", "failed"}]
        return sorted(shown, key=lambda row: (row.state != "running", -_moment(row.started)))

    def _count(self, _cells: int) -> list[Line]:
        return [line(("Operations  ", "strong"), (clean(summary(self._shell)) or "none yet", "dim"))]

    def _elapsed(self, row: OperationRow) -> str:
        return elapsed(row.started, row.ended, self._shell.now())

    def _left(self, row: OperationRow) -> str:
        return eta(row.started, self._shell.now(), row.progress) if row.state == "running" else ""

    @staticmethod
    def _tone(row: OperationRow) -> str:
        return tone_of(OPERATION_STATES, row.state)


def _moment(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0


def elapsed(start: datetime | None, end: datetime | None, now: datetime | None) -> str:
    """How long an operation took, or has taken so far."""
    if start and end:
        return duration((end - start).total_seconds())
    return since(start, now)


def summary(shell: Shell) -> str:
    """``2 running, 1 failed, 14 finished``; "" when there was none."""
    if shell.view is None or not shell.view.operations:
        return ""
    states = [row.state for row in shell.view.operations]
    parts = [
        (states.count("running"), "running"),
        (states.count("failed"), "failed"),
        (states.count("succeeded") + states.count("cancelled"), "finished"),
    ]
    return ", ".join(f"{number:,} {word}" for number, word in parts if number)


def operation_blocks(row: OperationRow, now: datetime | None) -> list[Block]:
    """All that is known of an operation."""
    blocks = [
        Block(says(OPERATION_STATES, row.state), "State", tone_of(OPERATION_STATES, row.state)),
        Block(row.subject, "On"),
        Block(row.task or "-", "Task"),
        Block(bar(row.progress) or "not reported", "Progress"),
        Block(elapsed(row.started, row.ended, now) or "-", "Elapsed"),
        Block(row.id, "Id", "dim"),
    ]
    return [*blocks, Block(""), *problem_blocks(row.problem)] if row.problem else blocks


def operation_title(row: OperationRow) -> str:
    """The heading of an operation's card."""
    return f"{row.title}: {count(1, 'operation')}" if not row.subject else f"{row.title} {row.subject}"
