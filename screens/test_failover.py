"""Step 6: rehearse the failover in an isolated network, look at the test VMs, clean up, and see what was measured."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textual import on
from textual.widget import Widget

from asr_tui.model.part import field_names
from asr_tui.model.plan import DrillChoice, RecoveryPointKind
from asr_tui.model.problem import Problem
from asr_tui.session.intents import CleanUpDrill, PrepareDrill, RecordVerdict, StartDrill
from asr_tui.session.running_views import DrillRow
from asr_tui.wording import clean, count, cut, duration
from screens import rehearsal
from screens.drills import POINTS, clean_up_blocks, danger_of, drill_blocks, point_words, start_blocks, summary_blocks
from screens.frame import StepScreen, step_bindings
from screens.widgets.blocks import Block, lines_of
from screens.widgets.columns import Column
from screens.widgets.dialogs import Choice, Confirm, Form, Pick, Question
from screens.widgets.lines import Line, Pane, line
from screens.widgets.reader import Reader
from screens.widgets.table import Table
from screens.widgets.tones import DRILL_STATES, says, tone_of

if TYPE_CHECKING:
    from asr_tui.session.views import View

_ISOLATED = "+isolated"
_LABEL = 11
_BUSY = {"running", "cleaning-up"}


class TestFailoverScreen(StepScreen):
    """The VMs of the drill above, the highlighted one's tasks and evidence below."""

    __test__ = False  # not a test class, whatever its name looks like to pytest

    BINDINGS = step_bindings("test-failover")
    IDENT = "test-failover"
    TITLE_TEXT = "Test failover"
    PURPOSE = (
        "Rehearse: test VMs start in the target region; the real VMs go on untouched. "
        "Look at them, record your verdict, clean up; RTO and RPO are measured."
    )
    SECTIONS = frozenset({"drill", "plan", "replication", "session"})
    PAGE = "https://learn.microsoft.com/azure/site-recovery/azure-to-azure-tutorial-dr-drill"
    WORDS = (
        ("RTO", "recovery time objective; here: from your start to the test VM running"),
        ("RPO", "recovery point objective; here: the age of the recovery point at the start"),
        ("Crash-consistent", "a point with the disks as after a power cut; made every 5 minutes"),
        ("App-consistent", "a point with applications quiesced; made only where the policy says so"),
        ("Cleanup", "deletes the test VMs and all that was made for them; a list proves it"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._asked = False

    def body(self) -> Iterable[Widget]:
        """Summary, VMs, detail."""
        rows = (
            Column[DrillRow]("VM", lambda row: row.vm_name, 14, grow=2),
            Column[DrillRow]("State", lambda row: says(DRILL_STATES, row.state), 14, tone=_tone),
            Column[DrillRow]("Now", _now_words, 24, grow=4, drop=1, prose=True),
            Column[DrillRow]("Wave", lambda row: str(row.wave) if row.chosen else "-", 4, drop=4, align="right"),
            Column[DrillRow]("RTO", lambda row: _seconds(row.rto_seconds), 10, align="right"),
            Column[DrillRow]("RPO", lambda row: _seconds(row.rpo_seconds), 10, drop=5, align="right"),
            Column[DrillRow]("Verdict", lambda row: row.verdict or "-", 7, drop=3, tone=_verdict_tone),
        )
        yield Pane(self._summary, id="drill-summary")
        yield Table(
            rows, lambda row: row.vm_id, markable=_markable, noun="VM", id="drill", classes="fill", search=_words
        )
        yield Reader(self._detail, id="drill-detail", classes="detail")

    def show(self, view: View) -> None:
        """Show the drill."""
        chosen = frozenset(row.vm_id for row in view.drill.rows if row.selected)
        empty = "No VM is protected yet: enable replication first (step 5)."
        if (
            view.replication.protected
            and view.drill.state == "idle"
            and not any(row.selected for row in view.drill.rows)
        ):
            empty = "Looking at recovery points and networks ..."
            self._ask_for_rows(view)
        self.query_one("#drill", Table).show(view.drill.rows, chosen, empty)
        self.query_one("#drill-summary", Pane).redraw()
        self.query_one("#drill-detail", Reader).redraw()

    def arrive(self) -> None:
        """Ask anew who can take part: that may have changed meanwhile."""
        self._asked = False
        super().arrive()

    def _ask_for_rows(self, view: View) -> None:
        """The worker lists who can take part once it is asked for a drill; asking writes nothing."""
        if not self._asked:
            self._asked = True
            self._prepare(view.plan.drill)

    def _summary(self, cells: int) -> list[Line]:
        view = self.view
        if view is None:
            return [line(("Waiting for the worker.", "dim"))]
        # One line each; the summary page (f) tells all of it.
        short = [
            Block(cut(clean(block.text), cells - _LABEL), block.label, block.tone) for block in summary_blocks(view)
        ]
        return [*lines_of(short, cells, _LABEL), ()]

    def _detail(self, cells: int) -> list[Line]:
        row = self._row()
        return [] if row is None else [line((row.vm_name[:cells], "strong")), *lines_of(drill_blocks(row), cells)]

    def _row(self) -> DrillRow | None:
        row = self.query_one("#drill", Table).row
        return row if isinstance(row, DrillRow) else None

    def problems_here(self) -> tuple[Problem, ...]:
        """Problems of the drill and its VMs."""
        view = self.view
        if view is None:
            return ()
        own = (view.drill.problem,) if view.drill.problem else ()
        rows = [(row.problem, row.vm_name) for row in view.drill.rows if row.problem]
        told = (
            problem if name in problem.what else problem.model_copy(update={"what": f"{name}: {problem.what}"})
            for problem, name in rows
        )
        return (*own, *told)

    def problem_highlighted(self) -> Problem | None:
        """The problem of the highlighted VM."""
        row = self._row()
        return row.problem if row else None

    def highlighted(self) -> tuple[str, list[Block]] | None:
        """The VM under the cursor."""
        row = self._row()
        return None if row is None else (row.vm_name, drill_blocks(row))

    @on(Table.Moved, "#drill")
    def _moved(self) -> None:
        detail = self.query_one("#drill-detail", Reader)
        detail.scroll_to_line(0)
        detail.redraw()

    @on(Table.Opened, "#drill")
    async def _opened(self) -> None:
        view, row = self.view, self._row()
        if view is None or row is None:
            return
        choosing = view.plan.drill.recovery_point is RecoveryPointKind.CUSTOM and view.drill.state == "idle"
        if choosing and row.points:
            await self._pick_point(row)
        else:
            await self.open_highlighted()

    async def _pick_point(self, row: DrillRow) -> None:
        choices = [
            Choice(
                point.id,
                f"{duration(point.age_seconds)} ago",
                f"{point.kind}, {count(point.disks, 'disk')}{', of the whole group' if point.shared else ''}",
            )
            for point in row.points
        ]

        def chosen(point: object) -> None:
            view = self.view
            if isinstance(point, str) and view is not None:
                points = {**view.plan.drill.custom_points, row.vm_id: point}
                self._prepare(view.plan.drill.model_copy(update={"custom_points": points}))

        await self.shell.dialog(Pick(f"Recovery point of {row.vm_name}", choices, current=row.point), chosen)

    @on(Table.Marked, "#drill")
    def _marked(self, event: Table.Marked) -> None:
        view = self.view
        if view is None:
            return
        vms = tuple(row.vm_id for row in view.drill.rows if row.vm_id in event.table.marks)
        if not vms:  # no VM named means all of them to the worker
            event.table.forget_pending()
            self.shell.say("A drill needs at least one VM.", "warn")
            self.restate()
            return
        self._prepare(view.plan.drill.model_copy(update={"vms": vms}), event.table)

    def _prepare(self, choice: DrillChoice, table: Table[Any] | None = None) -> None:
        kept = {name: getattr(choice, name) for name in field_names(PrepareDrill) if name in field_names(DrillChoice)}
        self.submit(PrepareDrill(vm_ids=choice.vms, **kept), table)

    def refusal(self, action: str) -> str:
        """What the state of the drill forbids."""
        if action not in {"point", "drill-network", "rehearsal", "start", "verdict", "clean-up"}:
            return ""
        view = self.view
        if view is None:
            return "Waiting for the worker."
        state = view.drill.state
        if action in {"point", "drill-network", "rehearsal"} and state in {*_BUSY, "waiting"}:
            return "The drill is under way."
        if action == "start":
            if state in {*_BUSY, "waiting"}:
                return "The drill is under way; clean it up before another one."
            if not any(row.selected for row in view.drill.rows):
                return "Choose at least one VM first: Space selects."
        row = self._row()
        if action == "verdict" and (row is None or not row.test_vm or row.state not in {"running", "verified"}):
            return "A verdict can be given once the test VM is up."
        if action == "clean-up" and not any(row.test_vm or row.state == "failed" for row in view.drill.rows):
            return "There is no test VM to clean up."
        if action == "clean-up" and state in _BUSY:
            return "Wait until the test VMs are up."
        return ""

    async def do_point(self) -> None:
        """The kind of recovery point."""
        view = self.view
        if view is None:
            return
        choices = [Choice(str(kind), *words) for kind, words in POINTS.items()]

        def chosen(kind: object) -> None:
            if isinstance(kind, str):
                self._prepare(view.plan.drill.model_copy(update={"recovery_point": RecoveryPointKind(kind)}))

        pick = Pick("Which recovery point?", choices, current=str(view.plan.drill.recovery_point))
        await self.shell.dialog(pick, chosen)

    async def do_drill_network(self) -> None:
        """The network of the test VMs."""
        view = self.view
        if view is None:
            return
        new = Choice(_ISOLATED, "Make an isolated network", "for drills only; kept for the next one (safest)")
        options = [
            Choice(one.id, one.name, f"▲ {one.danger}" if one.danger else one.address_space)
            for one in view.drill.networks
        ]
        choice = view.plan.drill
        current = _ISOLATED if choice.create_network else choice.network_id

        def chosen(key: object) -> None:
            if isinstance(key, str):
                new_one = key == _ISOLATED
                update = {"network_id": "" if new_one else key, "create_network": new_one}
                self._prepare(choice.model_copy(update=update))

        await self.shell.dialog(Pick("Network for the test VMs", [new, *options], current=current), chosen)

    async def do_rehearsal(self) -> None:
        """Waves, targets, dependencies, own checks."""
        view, row = self.view, self._row()
        if view is None:
            return
        choice = view.plan.drill

        async def chosen(part: object) -> None:
            if not isinstance(part, str):
                return
            form, kept = rehearsal.form(part, choice, row)

            def answered(values: object) -> None:
                told = rehearsal.answers(values)
                if told is not None:
                    self._prepare(kept(told))

            await self.shell.dialog(form, answered)

        await self.shell.dialog(Pick("Plan the drill", rehearsal.parts(choice, view.drill, row)), chosen)

    async def do_start(self) -> None:
        """Start, after a question; a network that is not isolated must be typed by name."""
        view = self.view
        if view is None:
            return
        typed = view.drill.network_name if danger_of(view) else ""
        number = sum(row.selected for row in view.drill.rows)
        question = Confirm(
            f"Start the test failover of {count(number, 'VM')}?",
            start_blocks(view),
            no="Go back",
            yes="Start",
            typed=typed,
        )

        def answered(answer: object) -> None:
            if answer:
                self.submit(StartDrill(typed_network_name=typed, digest=view.drill.digest))

        await self.shell.dialog(question, answered)

    async def do_verdict(self) -> None:
        """Record what was seen."""
        row = self._row()
        if row is None:
            return
        choices = [
            Choice("passed", "Passed", "the test VM does what it should"),
            Choice("failed", "Failed", "it does not; say why in the note"),
        ]

        async def chosen(verdict: object) -> None:
            if verdict not in {"passed", "failed"}:
                return
            form = Form(f"{row.vm_name}: {verdict}", [Question("note", "Note", "", "what you saw", 500)])

            def noted(values: object) -> None:
                if isinstance(values, dict):
                    self.submit(RecordVerdict(vm_id=row.vm_id, verdict=verdict, note=values["note"]))

            await self.shell.dialog(form, noted)

        await self.shell.dialog(Pick(f"Verdict on {row.test_vm}", choices, current=row.verdict), chosen)

    async def do_clean_up(self) -> None:
        """Delete the test VMs, with notes for the service."""
        view = self.view
        if view is None:
            return
        form = Form(
            "Clean up the test failover",
            [Question("notes", "Notes", view.drill.notes, "kept by the service with the job", 1024)],
            blocks=clean_up_blocks(view),
            accept="Clean up",
        )

        def answered(values: object) -> None:
            if isinstance(values, dict):
                self.submit(CleanUpDrill(notes=values["notes"]))

        await self.shell.dialog(form, answered)

    async def do_finish(self) -> None:
        """To the summary."""
        await self.shell.go("finish")


def _markable(row: DrillRow) -> bool:
    return row.state not in {"refused", "failing-over", "running", "cleaning-up"}


def _tone(row: DrillRow) -> str:
    return tone_of(DRILL_STATES, row.state)


def _verdict_tone(row: DrillRow) -> str:
    return {"passed": "good", "failed": "bad"}.get(row.verdict, "dim")


def _now_words(row: DrillRow) -> str:
    if row.why:
        return row.why
    running = [task.title for task in row.tasks if task.state == "InProgress"]
    if running:
        return running[-1]
    if row.chosen or not row.vm_id:
        return row.test_vm or point_words(row)
    return "not chosen: Space selects it"


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else duration(seconds)


def _words(row: DrillRow) -> str:
    return f"{row.vm_name} {row.state} {row.why} {row.test_vm} {row.verdict}"
