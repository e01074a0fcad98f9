"""Every change before any write: counted, searchable, each with its request body; carried out only after a question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from asr_tui.actions import DIALOG, EVERYWHERE
from asr_tui.model.step import Step
from asr_tui.session.intents import Answer, ConfirmReview, DismissReview, ExportReview
from asr_tui.session.running_views import ChangeRow
from asr_tui.wording import clean, count
from screens.widgets.blocks import Block, lines_of
from screens.widgets.changes import change_blocks
from screens.widgets.columns import Column
from screens.widgets.dialogs import Card, Confirm, Dialog
from screens.widgets.keys import bindings
from screens.widgets.lines import Line, Pane, line, paragraph
from screens.widgets.reader import Reader
from screens.widgets.table import Table
from screens.widgets.tones import ACTIONS, CHANGE_STATES, says, tone_of

if TYPE_CHECKING:
    from asr_tui.model.problem import Problem
    from asr_tui.session.running_views import ReviewView


@dataclass(frozen=True, slots=True)
class Node:
    """A line of the tree: a kind with its changes, or one change."""

    kind: str
    number: int = 0
    writes: int = 0
    change: ChangeRow | None = None

    @property
    def key(self) -> str:
        """Unique within the tree."""
        return self.change.key if self.change else f"kind:{self.kind}"


def tree(changes: Sequence[ChangeRow], folded: frozenset[str]) -> list[Node]:
    """The changes under their kinds, in the order in which they are carried out; folded kinds show one line only."""
    by_kind: dict[str, list[ChangeRow]] = {}
    for change in changes:
        by_kind.setdefault(change.kind, []).append(change)
    nodes: list[Node] = []
    for kind, rows in by_kind.items():
        nodes.append(Node(kind, len(rows), sum(row.action in {"create", "update"} for row in rows)))
        if kind not in folded:
            nodes.extend(Node(kind, change=row) for row in rows)
    return nodes


class ReviewDialog(Dialog[bool]):
    """Ends with True when the engineer confirmed."""

    BINDINGS = bindings("review", DIALOG, EVERYWHERE)
    KEYS = ("confirm", "open", "fold", "export", "filter", "focus-next", "copy", "escape")

    def __init__(self, step: Step) -> None:
        super().__init__(f"Review: {step.heading}", classes="-full")
        self._step = step
        self._folded: frozenset[str] = frozenset()
        self._refused: tuple[Problem, ...] = ()
        self._told = ("", "plain")

    def content(self) -> ComposeResult:
        """Counts, tree, body of what is highlighted."""
        columns = (
            Column[Node]("Change", self._first, 24, grow=2, tone=_tone),
            Column[Node]("Name", lambda node: node.change.name if node.change else "", 22, grow=3),
            Column[Node]("State", _state, 10, drop=2, tone=_state_tone),
            Column[Node](
                "Why", lambda node: node.change.reason if node.change else "", 24, grow=4, drop=1, tone=_dim, prose=True
            ),
        )
        yield Pane(self._counts, id="counts", classes="auto")
        yield Table(columns, lambda node: node.key, noun="line", id="changes", classes="fill", search=_words)
        yield Reader(self._body, id="change-body", classes="detail")
        yield Pane(self._say, id="review-note")

    AUTO_FOCUS = "#changes"

    @property
    def review(self) -> ReviewView | None:
        """What is under review here; None while it is being computed."""
        view = self.shell.view
        if view is None or view.review.scope is not self._step or not (view.review.digest or view.review.changes):
            return None
        return view.review

    def arrive(self) -> None:
        """First picture."""
        self.follow(frozenset())

    def follow(self, sections: frozenset[str]) -> None:
        """Show the changes as they are now."""
        if not self.is_mounted or (sections and not sections & {"review", "run"}):
            return
        review = self.review
        nodes = tree(review.changes, self._folded) if review else []
        empty = "Computing the changes ..." if review is None else "✓ Nothing has to be changed."
        self.query_one("#changes", Table).show(nodes, empty=empty)
        self.query_one("#counts", Pane).redraw()
        self.query_one("#change-body", Reader).redraw()
        self.query_one("#review-note", Pane).redraw()

    def refuse(self, problems: tuple[Problem, ...]) -> None:
        """The worker refused: say why, here."""
        self._refused = problems
        self.follow(frozenset())

    def _counts(self, cells: int) -> list[Line]:
        lines: list[Line] = []
        for problem in self._refused[:2]:
            lines.extend(paragraph(problem.sentence(), cells, "bad", "  ", "✗ "))
        review = self.review
        if review is None:
            return lines or [line(("The worker compares the plan with what Azure holds. Nothing is written.", "dim"))]
        kinds = Counter(row.kind for row in review.changes if row.action in {"create", "update"})
        told = ", ".join(count(number, kind) for kind, number in kinds.items())
        kept = len(review.changes) - review.writes
        if review.confirmed:
            lines.append(line(("● Confirmed and being carried out.", "accent")))
        if review.writes:
            lines.extend(paragraph(f"{count(review.writes, 'write')}: {told}.", cells, "strong"))
        else:
            lines.append(line(("✓ No write: everything is there already.", "good")))
        if kept:
            lines.append(line((f"{count(kept, 'change')} without a write: exists already, or runs already.", "dim")))
        for blocker in review.blockers:
            lines.extend(paragraph(blocker, cells, "bad", "  ", "✗ "))
        return lines

    def _first(self, node: Node) -> str:
        if node.change is not None:
            return f"    {says(ACTIONS, node.change.action)}"
        arrow = "+" if node.kind in self._folded else "-"
        return f"{arrow} {node.kind} ({node.number:,})"

    def _body(self, cells: int) -> list[Line]:
        row = self.query_one("#changes", Table).row
        if row is None:
            return []
        if row.change is None:
            return [line((f"{clean(row.kind)}: {count(row.number, 'change')}, {count(row.writes, 'write')}.", "dim"))]
        return lines_of(change_blocks(row.change), cells)

    def _say(self, cells: int) -> list[Line]:
        review = self.review
        if self._told[0] or review is None or not review.exported:
            return [line(self._told)]
        return paragraph(f"Written to {' and '.join(review.exported)}", cells, "good", "  ", "✓ ")

    def _tell(self, text: str, tone: str = "warn") -> None:
        self._told = (text, tone)
        self.query_one("#review-note", Pane).redraw()

    @on(Table.Moved)
    def _moved(self) -> None:
        body = self.query_one("#change-body", Reader)
        body.scroll_to_line(0)
        body.redraw()

    @on(Table.Opened)
    async def _opened(self, event: Table.Opened) -> None:
        row = event.row
        if row.change is None:
            self._fold(row.kind)
        else:
            await self.shell.dialog(Card(row.change.name, change_blocks(row.change)))

    def _fold(self, kind: str) -> None:
        self._folded ^= {kind}
        self.follow(frozenset())
        self.query_one("#changes", Table).move_to(f"kind:{kind}")

    async def action_act(self, action: str) -> None:
        """Fold, confirm, or what every dialog can do."""
        self._tell("")
        if action == "fold":
            row = self.query_one("#changes", Table).row
            if row is not None:
                self._fold(row.kind)
        elif action == "confirm":
            await self._confirm()
        elif action == "export":
            self.shell.submit(ExportReview(), self._written)
        elif action == "escape":
            table = self.query_one("#changes", Table)
            if not table.clear_filter():
                self._dismiss()
        else:
            await super().action_act(action)

    def _dismiss(self) -> None:
        review = self.review
        if review is not None and not review.confirmed:
            self.shell.submit(DismissReview())
        self.dismiss(False)

    def why_not(self) -> str:
        """Why it cannot be carried out now; "" when it can."""
        review = self.review
        if review is None:
            return "The changes are still being computed."
        if review.confirmed:
            return "It is being carried out already."
        if review.blockers:
            return f"First: {review.blockers[0]}"
        if not review.changes:
            return "There is nothing to carry out."
        return ""

    async def _confirm(self) -> None:
        why_not = self.why_not()
        review = self.review
        if why_not or review is None:
            self._tell(why_not)
            return
        blocks = [
            Block(f"{count(review.writes, 'write')} to Azure will be sent, in the order shown.", tone="strong"),
            Block(
                "They can be paused, and what fails can be tried again. Created things cost money and stay until deleted."
            ),
            Block(f"Fingerprint {review.digest}", tone="dim"),
        ]
        digest = review.digest

        def answered(answer: object) -> None:
            if answer:
                self.shell.submit(ConfirmReview(digest=digest), self._answered)

        question = Confirm("Carry out these changes?", blocks, no="Go back", yes="Carry out")
        await self.shell.dialog(question, answered)

    def _written(self, answer: Answer) -> None:
        """Where the files are comes with the view."""
        if not answer.accepted:
            self._tell(answer.problems[0].sentence())

    def _answered(self, answer: Answer) -> None:
        if answer.accepted:
            self.dismiss(True)
        else:
            self.refuse(answer.problems)

    def copied(self) -> str:
        """The whole list."""
        review = self.review
        if review is None:
            return ""
        return "\n".join(clean(f"{row.action} {row.kind} {row.name} {row.resource_id}") for row in review.changes)


def _tone(node: Node) -> str:
    return tone_of(ACTIONS, node.change.action) if node.change else "strong"


def _dim(_node: Node) -> str:
    return "dim"


def _state(node: Node) -> str:
    return says(CHANGE_STATES, node.change.state) if node.change else ""


def _state_tone(node: Node) -> str:
    return tone_of(CHANGE_STATES, node.change.state) if node.change else "plain"


def _words(node: Node) -> str:
    row = node.change
    return f"{row.kind} {row.action} {row.name} {row.reason} {row.resource_id}" if row else node.kind
