"""Step 5: pick VMs, set targets and policy, review every change, then watch each VM become protected."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.widget import Widget

from asr_tui.model.problem import Problem
from asr_tui.model.step import Step
from asr_tui.session.intents import ControlRun, PrepareReview, SelectVms
from asr_tui.session.planning_views import VmRow
from asr_tui.session.running_views import ItemRow
from asr_tui.wording import clean, count, cut, duration, until
from screens.cancelling import ask_to_cancel
from screens.frame import StepScreen, step_bindings
from screens.review import ReviewDialog
from screens.settings import dial_form, own_form, policy_form, targets_form
from screens.vms import item_blocks, vm_blocks, vm_columns, vm_words
from screens.widgets.blocks import Block
from screens.widgets.changes import run_words
from screens.widgets.columns import Column
from screens.widgets.lines import Line, Pane, line
from screens.widgets.progress import bar
from screens.widgets.table import Table
from screens.widgets.tones import MILESTONES, says, tone_of

if TYPE_CHECKING:
    from asr_tui.session.views import View

_RUN_ACTIONS = {"pause", "retry", "retry-one", "cancel-run"}
_ASKED_FOR = {"paused", "cancelled"}
"""What the engineer did is no problem; the summary says it."""
STANDSTILL_MINUTES = 10


class ReplicationScreen(StepScreen):
    """The VMs to choose from, or the items on their way; ``v`` switches."""

    BINDINGS = step_bindings("replication")
    IDENT = "replication"
    TITLE_TEXT = "Replication"
    PURPOSE = (
        "Pick the VMs to protect and look at targets and policy; w shows every change. "
        "After your confirmation each VM is watched until it is protected."
    )
    SECTIONS = frozenset({"vms", "plan", "replication", "run", "review"})
    PAGE = "https://learn.microsoft.com/azure/site-recovery/azure-to-azure-how-to-enable-replication"
    WORDS = (
        ("Replicated item", "a VM in the eyes of the vault, with its state, health and recovery points"),
        ("RPO", "recovery point objective: how much of the newest data a failover now would lose"),
        ("Seeding", "the first full copy of the disks to the target region"),
        ("Policy", "how long recovery points are kept, and how often app-consistent ones are made"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._watching = False

    def body(self) -> Iterable[Widget]:
        """Summary, VMs or items."""
        items = (
            Column[ItemRow]("VM", lambda row: row.vm_name, 16, grow=3),
            Column[ItemRow]("State", lambda row: says(MILESTONES, row.milestone), 13, tone=_item_tone),
            Column[ItemRow]("Task", _task, 14, grow=3, drop=2, prose=True),
            Column[ItemRow]("Progress", self._progress, 12, tone=_item_tone),
            Column[ItemRow]("Health", lambda row: row.health or "-", 8, drop=1, tone=_health_tone),
            Column[ItemRow]("RPO", _rpo, 11, align="right"),
            Column[ItemRow]("Left", self._time_left, 13, align="right", drop=3),
        )
        yield Pane(self._summary, id="replication-summary", classes="auto")
        yield Table(
            vm_columns(), lambda row: row.id, markable=_markable, noun="VM", id="vms", classes="fill", search=vm_words
        )
        table = Table(items, lambda row: row.vm_id, noun="VM", id="items", classes="fill")
        table.display = False
        yield table

    def show(self, view: View) -> None:
        """Show VMs and items."""
        reading = view.session.estate_read_at is None
        empty = self.once_read("Reading virtual machines ...") if reading else "The source region holds no VM."
        if not view.session.source_region:
            empty = "Choose the source region first (step 1)."
        chosen = frozenset(row.id for row in view.vms if row.selected)
        self.query_one("#vms", Table).show(view.vms, chosen, empty)
        self.query_one("#items", Table).show(
            view.replication.items, empty="Nothing is replicated yet: choose VMs (v), then review (w)."
        )
        self.query_one("#replication-summary", Pane).redraw()

    def arrive(self) -> None:
        """While a run goes on, watching comes first."""
        super().arrive()
        view = self.view
        if view is not None and view.run.scope is Step.REPLICATION and view.run.state in {"running", "paused"}:
            self._watch(True)

    def _watch(self, watching: bool) -> None:
        self._watching = watching
        vms, items = self.query_one("#vms", Table), self.query_one("#items", Table)
        vms.display, items.display = not watching, watching
        self.set_focus(items if watching else vms)

    def tick(self) -> None:
        """Running items are a second older."""
        super().tick()
        if self._watching:
            self.query_one("#items", Table).refresh_rows()

    def _summary(self, cells: int) -> list[Line]:
        view = self.view
        if view is None:
            return [line(("Waiting for the worker.", "dim"))]
        part, plan = view.replication, view.plan
        eligible = sum(1 for row in view.vms if row.eligible)
        chosen = sum(1 for row in view.vms if row.selected)
        first = f"{chosen:,} of {eligible:,} eligible VMs chosen"
        lines = [
            line(
                (first, "strong"),
                (f"   ✓ {part.protected:,} protected", "good" if part.protected else "dim"),
                (f"   ● {part.seeding:,} seeding", "accent" if part.seeding else "dim"),
                (f"   ✗ {part.failed:,} failed", "bad" if part.failed else "dim"),
            )
        ]
        group = plan.defaults.resource_group or part.target_group or "by the rule"
        cache = plan.defaults.cache_account or part.cache_account or "by the rule"
        told = f"Policy {plan.policy.name}, group {group}, cache {cache}"
        lines.append(line((cut(clean(told), cells), "dim")))
        if view.run.scope is Step.REPLICATION and view.run.state != "idle":
            told, tone = run_words(view.run)
            lines.append(line((told, tone), (self._budget(), "dim")))
        return lines

    def _budget(self) -> str:
        """What Azure still allows, while a run spends it."""
        view = self.view
        if view is None or view.run.state != "running" or view.session.remaining_writes is None:
            return ""
        at_a_time = f"   {view.run.item_limit:,} at a time"
        return f"{at_a_time}, {view.session.remaining_writes:,} writes and {view.session.remaining_reads or 0:,} reads left"

    def _progress(self, row: ItemRow) -> str:
        """A bar, or for how long nothing has moved: a frozen bar would promise what is not known."""
        now = self.shell.now()
        if row.milestone in {"enabling", "seeding", "first-point"} and row.changed_at and now:
            minutes = int((now - row.changed_at).total_seconds() // 60)
            if minutes >= STANDSTILL_MINUTES:
                return f"still {minutes} min" if minutes < 120 else f"still {minutes // 60} h"
        return "" if row.milestone == "protected" else bar(row.progress)

    def _time_left(self, row: ItemRow) -> str:
        return until(row.eta, self.shell.now()) if row.milestone in {"enabling", "seeding", "first-point"} else ""

    def problems_here(self) -> tuple[Problem, ...]:
        """Problems of the run and of items."""
        view = self.view
        if view is None:
            return ()
        own = view.run.problem is not None and view.run.problem.code in _ASKED_FOR
        run = (view.run.problem,) if view.run.problem and view.run.scope is Step.REPLICATION and not own else ()
        return (*run, *(row.problem for row in view.replication.items if row.problem))

    def problem_highlighted(self) -> Problem | None:
        """The problem of the highlighted item."""
        row = self.query_one("#items", Table).row if self._watching else None
        return row.problem if isinstance(row, ItemRow) else None

    def highlighted(self) -> tuple[str, list[Block]] | None:
        """The VM or item under the cursor."""
        row = self.query_one("#items" if self._watching else "#vms", Table).row
        if isinstance(row, VmRow):
            return row.name, vm_blocks(row)
        if isinstance(row, ItemRow):
            return row.vm_name, item_blocks(row, self.shell.now())
        return None

    @on(Table.Opened, "#vms")
    @on(Table.Opened, "#items")
    async def _opened(self) -> None:
        await self.open_highlighted()

    @on(Table.Marked, "#vms")
    def _marked(self, event: Table.Marked) -> None:
        marks = event.table.marks
        order = [row.id for row in self.view.vms] if self.view else []
        self.submit(SelectVms(vm_ids=tuple(vm for vm in order if vm in marks)), event.table)

    def refusal(self, action: str) -> str:
        """What the run, or the lack of it, forbids."""
        view = self.view
        if action in {"review", "targets", "policy", "progress", *_RUN_ACTIONS} and view is None:
            return "Waiting for the worker."
        if view is None:
            return ""
        if action == "review" and not any(row.selected for row in view.vms):
            return "Choose at least one VM first: Space selects, a selects all that are eligible."
        if action in _RUN_ACTIONS and view.run.scope is not Step.REPLICATION:
            return "No change is being carried out now."
        if action == "pause" and view.run.state not in {"running", "paused"}:
            return "No change is being carried out now."
        if action == "cancel-run" and view.run.state not in {"running", "paused"}:
            return "No change is being carried out now."
        if action == "retry" and not view.run.failed:
            return "Nothing has failed here."
        if action == "retry-one" and self._failed_item() is None:
            return "Highlight a VM that failed first (v shows them)."
        if action == "own" and self._vm() is None:
            return "Highlight a VM first (v shows them)."
        return ""

    def _failed_item(self) -> ItemRow | None:
        row = self.query_one("#items", Table).row if self._watching else None
        return row if isinstance(row, ItemRow) and row.milestone == "failed" and row.change_key else None

    def _vm(self) -> VmRow | None:
        row = self.query_one("#items" if self._watching else "#vms", Table).row
        if isinstance(row, ItemRow) and self.view is not None:
            return next((vm for vm in self.view.vms if vm.id.lower() == row.vm_id.lower()), None)
        return row if isinstance(row, VmRow) else None

    def do_progress(self) -> None:
        """Choose, or watch."""
        self._watch(not self._watching)

    async def do_targets(self) -> None:
        """Target settings."""
        if self.view is not None:
            form, intent = targets_form(self.view)
            await self.shell.dialog(form, lambda values: self.submit(intent(values)) if values else None)

    async def do_policy(self) -> None:
        """Retention and app-consistent points."""
        if self.view is not None:
            form, intent = policy_form(self.view)
            await self.shell.dialog(form, lambda values: self.submit(intent(values)) if values else None)

    async def do_own(self) -> None:
        """One VM's own settings."""
        row = self._vm()
        if self.view is not None and row is not None:
            form, intent = own_form(self.view, row)
            await self.shell.dialog(form, lambda values: self.submit(intent(values)) if values else None)

    async def do_dial(self) -> None:
        """How many VMs at a time."""
        if self.view is not None:
            form, intent = dial_form(self.view)
            await self.shell.dialog(form, lambda values: self.submit(intent(values)) if values else None)

    async def do_review(self) -> None:
        """Every change, before anything is written."""
        self.submit(PrepareReview(step=Step.REPLICATION))
        await self.shell.dialog(ReviewDialog(Step.REPLICATION), self._reviewed)

    def _reviewed(self, confirmed: object) -> None:
        if confirmed:
            self._watch(True)

    def do_pause(self) -> None:
        """Pause or go on."""
        paused = self.view is not None and self.view.run.state == "paused"
        self.submit(ControlRun(action="resume" if paused else "pause"))
        self.shell.say("" if paused else "Nothing new is started. What runs in Azure goes on.")

    def do_retry(self) -> None:
        """Try again what failed."""
        failed = self.view.run.failed if self.view else 0
        self.submit(ControlRun(action="retry-failed"))
        self.shell.say(f"Trying {count(failed, 'change')} again.")

    def do_retry_one(self) -> None:
        """It is put right: this VM only."""
        row = self._failed_item()
        if row is not None:
            self.submit(ControlRun(action="retry-failed", key=row.change_key))
            self.shell.say(f"Trying {clean(row.vm_name)} again.")

    async def do_cancel_run(self) -> None:
        """Nothing more is begun; what runs goes on, as the question says."""
        if self.view is not None:
            await ask_to_cancel(self.shell, self.view, self.submit)


def _markable(row: VmRow) -> bool:
    return bool(row.eligible)


def _item_tone(row: ItemRow) -> str:
    return tone_of(MILESTONES, row.milestone)


def _health_tone(row: ItemRow) -> str:
    return {"Normal": "good", "Warning": "warn", "Critical": "bad"}.get(row.health, "dim")


def _task(row: ItemRow) -> str:
    number = f"{row.task_number}/{row.task_total} " if row.task_total else ""
    return f"{number}{row.task or row.description}"


def _rpo(row: ItemRow) -> str:
    return "-" if row.rpo_seconds is None else duration(row.rpo_seconds)
