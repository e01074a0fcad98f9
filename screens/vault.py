"""Step 4: choose or create the Recovery Services vault, and what has to be there before replication."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.widget import Widget

from asr_tui.model.plan import VaultChoice
from asr_tui.model.problem import Problem
from asr_tui.model.step import Step
from asr_tui.session.intents import ChooseVault, ControlRun, PrepareReview
from asr_tui.session.planning_views import RegionRow, VaultOption
from asr_tui.session.running_views import ChangeRow
from asr_tui.wording import count
from screens.cancelling import ask_to_cancel
from screens.frame import StepScreen, step_bindings
from screens.review import ReviewDialog
from screens.widgets.blocks import Block, lines_of
from screens.widgets.changes import change_blocks, run_columns, run_words
from screens.widgets.columns import Column
from screens.widgets.dialogs import Form, Question
from screens.widgets.lines import Line, Pane
from screens.widgets.table import Table

if TYPE_CHECKING:
    from asr_tui.session.views import View


class VaultScreen(StepScreen):
    """The vaults that exist, the choice, and the changes while they are carried out."""

    BINDINGS = step_bindings("vault")
    IDENT = "vault"
    TITLE_TEXT = "Vault"
    PURPOSE = (
        "Choose the Recovery Services vault that steers replication, or name a new one. "
        "w shows every change; only then the vault is created."
    )
    SECTIONS = frozenset({"vault", "plan", "review", "run"})
    PAGE = "https://learn.microsoft.com/azure/site-recovery/azure-to-azure-tutorial-enable-replication"
    WORDS = (
        ("Vault", "the Azure resource that holds fabrics, policies, mappings and replicated items"),
        ("Fabric", "the vault's object for one Azure region"),
        ("Protection container", "groups the replicated items of a fabric"),
        ("Container mapping", "joins source and target container under a replication policy"),
    )

    def body(self) -> Iterable[Widget]:
        """Choice, vaults, changes."""
        options = (
            Column[VaultOption]("", self._sign, 3, tone=lambda _row: "accent"),
            Column[VaultOption]("Vault", lambda row: row.name, 22, grow=1, tone=_tone),
            Column[VaultOption]("Region", lambda row: row.region, 13, tone=_tone),
            Column[VaultOption]("Group", lambda row: row.resource_group, 14, drop=2, tone=_tone),
            Column[VaultOption]("Items", lambda row: str(row.items), 5, align="right", drop=1),
            Column[VaultOption](
                "", lambda row: f"✗ {row.refused}" if row.refused else "", 24, grow=4, prose=True, tone=_tone
            ),
        )
        yield Pane(self._choice, id="vault-choice")
        yield Table(options, lambda row: row.id, single=True, noun="vault", id="vaults", classes="fill")
        table = Table(run_columns(), lambda row: row.key, noun="change", id="vault-changes", classes="fill")
        table.display = False
        yield table

    def show(self, view: View) -> None:
        """Show choice and changes."""
        self.query_one("#vaults", Table).show(
            view.vault.options, empty="No vault in this subscription yet. v names a new one."
        )
        changes = self._changes(view)
        table = self.query_one("#vault-changes", Table)
        table.show(changes, empty="Nothing to do.")
        running = view.vault.state != "choosing" and bool(changes)
        if table.display != running:
            table.display = running
            if running and self.shell.screen is self:
                self.set_focus(table)
        self.query_one("#vault-choice", Pane).redraw()

    def _changes(self, view: View) -> tuple[ChangeRow, ...]:
        if view.review.scope is not Step.VAULT or not view.review.confirmed:
            return ()
        return view.review.changes

    def _sign(self, row: VaultOption) -> str:
        if row.refused:
            return " - "
        return "(•)" if self.view is not None and row.id.lower() == self.view.vault.vault_id.lower() else "( )"

    def _choice(self, cells: int) -> list[Line]:
        view = self.view
        if view is None:
            return lines_of([Block("Waiting for the worker.", tone="dim"), Block("")], cells)
        plan = view.plan.vault
        states = {
            "choosing": ("○ not there yet" if plan.create else "○ chosen, not set up yet", "dim"),
            "creating": ("● being created", "accent"),
            "ready": ("✓ ready", "good"),
            "failed": ("✗ failed", "bad"),
        }
        words, tone = states.get(view.vault.state, (f"? {view.vault.state}", "plain"))
        blocks = []
        if plan.name:
            new = "new" if plan.create and view.vault.state != "ready" else "exists"
            blocks.append(Block(f"{plan.name} ({new}), {plan.region or 'region by the rule'}", "Chosen", "strong"))
            blocks.append(Block(plan.resource_group or "by the rule", "Group"))
        else:
            blocks.append(Block("none yet: Enter takes a vault of the list, v names a new one", "Chosen"))
        blocks.append(Block(words, "State", tone))
        if view.run.scope is Step.VAULT and view.run.state != "idle":
            told, run_tone = run_words(view.run)
            blocks.append(Block(told, "Changes", run_tone))
        return [*lines_of(blocks, cells, 10), ()]

    def problems_here(self) -> tuple[Problem, ...]:
        """Problems of the choice, and of the run."""
        view = self.view
        if view is None:
            return ()
        run = (view.run.problem,) if view.run.problem and view.run.scope is Step.VAULT else ()
        failed = tuple(row.problem for row in self._changes(view) if row.problem)
        return (*view.vault.problems, *run, *failed)

    def problem_highlighted(self) -> Problem | None:
        """The problem of the highlighted change."""
        row = self.focused.row if isinstance(self.focused, Table) else None
        return row.problem if isinstance(row, ChangeRow) else None

    def highlighted(self) -> tuple[str, list[Block]] | None:
        """The vault or change under the cursor."""
        row = self.focused.row if isinstance(self.focused, Table) else None
        if isinstance(row, ChangeRow):
            return row.name, change_blocks(row)
        if isinstance(row, VaultOption):
            return row.name, [
                Block(row.region, "Region"),
                Block(row.resource_group, "Group"),
                Block(count(row.items, "replicated item"), "Holds"),
                Block(row.refused or "can be used", "Remark"),
                Block(row.id, "Id", "dim"),
            ]
        return None

    @on(Table.Opened, "#vaults")
    def _choose(self, event: Table.Opened) -> None:
        row = event.row
        if row.refused:
            self.shell.say(row.refused, "warn")
            self.restate()
        else:
            self.submit(ChooseVault(vault_id=row.id))

    @on(Table.Opened, "#vault-changes")
    async def _open_change(self) -> None:
        await self.open_highlighted()

    def refusal(self, action: str) -> str:
        """What the run or the lack of it forbids."""
        view = self.view
        if action not in {"name-vault", "review", "pause", "retry", "cancel-run"}:
            return ""
        if view is None:
            return "Waiting for the worker."
        active = view.run.scope is Step.VAULT and view.run.state in {"running", "paused"}
        if action == "review" and not view.plan.vault.name:
            return "Choose a vault first: Enter on one of the list, or v for a new one."
        if action == "name-vault" and active:
            return "The vault is being created."
        if action in {"pause", "cancel-run"} and not active:
            return "No change is being carried out now."
        if action == "retry" and not (view.run.scope is Step.VAULT and view.run.failed):
            return "Nothing has failed here."
        return ""

    async def do_name_vault(self) -> None:
        """Name a new vault."""
        view = self.view
        if view is None:
            return
        plan = view.plan.vault if view.plan.vault.create else VaultChoice()
        name, group = plan.name or view.vault.default_name, plan.resource_group or view.vault.default_group
        questions = [
            Question("name", "Vault name", name, "2 to 50 letters, digits, hyphens", 60),
            Question("group", "Resource group", group, "existing or new", 90),
            Question("region", "Region", plan.region or view.session.target_region, "usually the target", 40),
        ]
        told = "It cannot lie in the source region, which it must survive. Usually it lies in the target region."
        form = Form("New vault", questions, blocks=[Block(told, tone="dim")], judge=self._judge)

        def answered(values: object) -> None:
            if isinstance(values, dict):
                region = self._region(values["region"])
                name = region.name if region else values["region"]
                self.submit(ChooseVault(name=values["name"], resource_group=values["group"], region=name))

        await self.shell.dialog(form, answered)

    def _judge(self, values: dict[str, str]) -> str:
        if not values["name"]:
            return "The new vault needs a name."
        region = self._region(values["region"])
        if region is None and self.view is not None and self.view.vault.regions:
            rows = self.view.vault.regions
            near = [row.title for row in rows if values["region"].lower()[:4] in row.title.lower() and not row.refused]
            perhaps = f" Perhaps {' or '.join(near[:3])}?" if near and values["region"] else ""
            return f"No region is called {values['region'] or '(empty)'}.{perhaps}"
        return region.refused if region else ""

    def _region(self, typed: str) -> RegionRow | None:
        """The region of that name or title, however it is written."""
        wanted = typed.lower().replace(" ", "")
        rows = self.view.vault.regions if self.view else ()
        return next((row for row in rows if wanted in {row.name.lower(), row.title.lower().replace(" ", "")}), None)

    async def do_review(self) -> None:
        """Every change, before anything is written."""
        self.submit(PrepareReview(step=Step.VAULT))
        await self.shell.dialog(ReviewDialog(Step.VAULT))

    def do_pause(self) -> None:
        """Pause or go on."""
        paused = self.view is not None and self.view.run.state == "paused"
        self.submit(ControlRun(action="resume" if paused else "pause"))

    async def do_cancel_run(self) -> None:
        """Nothing more is begun; what runs goes on, as the question says."""
        if self.view is not None:
            await ask_to_cancel(self.shell, self.view, self.submit)

    def do_retry(self) -> None:
        """Try again what failed."""
        self.submit(ControlRun(action="retry-failed"))


def _tone(row: VaultOption) -> str:
    return "dim" if row.refused else "plain"
