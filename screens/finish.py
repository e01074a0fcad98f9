"""The last page: how everything stands, what was measured, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.widget import Widget

from asr_tui import closing
from asr_tui.wording import clean, count, duration, fit
from screens.frame import StepScreen, step_bindings
from screens.widgets.blocks import Block, lines_of
from screens.widgets.lines import Line, line
from screens.widgets.reader import Reader
from screens.widgets.tones import STEP_STATES, look

if TYPE_CHECKING:
    from asr_tui.session.views import View


class FinishScreen(StepScreen):
    """A summary to read and to copy."""

    BINDINGS = step_bindings("finish")
    IDENT = "finish"
    TITLE_TEXT = "Summary"
    PURPOSE = (
        "How far you have come: steps, VMs, and what the test failover measured. "
        "Leaving ends nothing in Azure; replication goes on by itself."
    )
    SECTIONS = frozenset({"session", "steps", "replication", "drill", "prerequisites", "vms", "networking"})
    AUTO_FOCUS = "#summary"

    def body(self) -> Iterable[Widget]:
        """One text."""
        yield Reader(self._text, id="summary", classes="fill")

    def show(self, view: View) -> None:
        """Show the summary."""
        self.query_one("#summary", Reader).redraw()

    def _text(self, cells: int) -> list[Line]:
        view = self.view
        if view is None:
            return [line(("Waiting for the worker.", "dim"))]
        lines: list[Line] = []
        for step in view.steps:
            sign, word, tone = look(STEP_STATES, step.state)
            lines.append(
                line(
                    (f"{step.step.number} {fit(step.title, 15)}", "strong"),
                    (fit(f"{sign} {word}", 15), tone),
                    (clean(step.reason), "dim"),
                )
            )
        return [*lines, (), *lines_of(self._blocks(view), cells)]

    def _blocks(self, view: View) -> list[Block]:
        drill, part = view.drill, view.replication
        eligible = sum(1 for row in view.vms if row.eligible)
        tested = [row for row in drill.rows if row.rto_seconds is not None]
        passed = sum(row.verdict == "passed" for row in drill.rows)
        left_out = sum(row.chosen and not row.selected for row in drill.rows)
        blocks = [
            Block(f"{count(len(view.vms), 'VM')}, {eligible:,} eligible", "Source"),
            Block(
                f"{part.protected:,} protected, {part.seeding:,} on the way, {part.failed:,} failed",
                "Replication",
                "bad" if part.failed else "good" if part.protected else "plain",
            ),
        ]
        if tested:
            blocks.append(
                Block(
                    f"{count(len(tested), 'VM')} tested, {passed:,} passed by your verdict"
                    + (f", {left_out:,} left out" if left_out else "")
                    + ("; the drill passed" if drill.passed else "; the drill has not passed"),
                    "Test failover",
                    "good" if drill.passed else "warn",
                )
            )
        else:
            blocks.append(
                Block("○ not rehearsed yet: an untested failover is a hope, not a plan", "Test failover", "warn")
            )
        if drill.max_rto_seconds is not None:
            blocks.append(Block(duration(drill.max_rto_seconds), "Longest RTO"))
        if drill.max_rpo_seconds is not None:
            blocks.append(Block(duration(drill.max_rpo_seconds), "Longest RPO"))
        if drill.leftovers:
            blocks.append(Block("✗ " + ", ".join(drill.leftovers), "Left over", "bad"))
        elif drill.clean_proof:
            blocks.append(Block("✓ " + drill.clean_proof, "Cleaned up", "good"))
        requests = f"{count(view.session.arm_requests, 'request')}, {view.session.arm_writes:,} of them writes"
        blocks.append(Block(requests, "To Azure", "dim"))
        told = [Block(one.text, one.label or " ", one.tone) for one in closing.remarks(view)]
        return [*self._advice(view), Block(""), *blocks, Block(""), *told]

    def _advice(self, view: View) -> list[Block]:
        if view.drill.leftovers:
            return [Block("Next: clean up what the drill left (6, then c).", tone="strong")]
        unfinished = [step for step in view.steps if step.state not in {"done", "todo"}]
        if unfinished:
            step = unfinished[0]
            return [Block(f"Next: step {step.step.number}, {step.title}. {step.reason}", tone="strong")]
        if view.drill.state == "done" and view.drill.passed:
            return [Block("All six steps are done. Rehearse again when it is due, and after every large change.")]
        return []

    def highlighted(self) -> tuple[str, list[Block]] | None:
        """The whole summary (for ``y``)."""
        return None if self.view is None else ("Summary", self._blocks(self.view))
