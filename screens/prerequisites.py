"""Step 2: the checks, streaming in, with evidence and remedy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.widget import Widget

from asr_tui.model.finding import Severity
from asr_tui.session.intents import AcceptFinding, Attest, NameKernelLists, ProbeGuests, RunChecks, TakeFixes
from asr_tui.session.planning_views import CauseRow, CheckRow, FindingRow
from asr_tui.wording import count
from screens.frame import StepScreen, step_bindings
from screens.widgets.blocks import Block, lines_of
from screens.widgets.causes import CAUSES, cause_blocks, is_taken, permission_blocks, vms_of
from screens.widgets.dialogs import Card, Choice, Pick
from screens.widgets.evidence import (
    ATTESTED,
    accept_form,
    attest_question,
    checks_of,
    kernels_form,
    keys_of,
    probe_question,
    to_attest,
)
from screens.widgets.findings import CHECKS, FINDINGS, check_blocks, finding_blocks, summary, words_of
from screens.widgets.lines import Line, Pane, line
from screens.widgets.reader import Reader
from screens.widgets.table import Table

if TYPE_CHECKING:
    from asr_tui.session.views import View

_SHOWN = ("", *Severity)
_ON_ROWS = frozenset(
    {
        "check-all",
        "check-one",
        "catalogue",
        "accept",
        "severity",
        "one-vm",
        "by-cause",
        "repair",
        "rights",
        "probe",
        "attest",
        "kernels",
    }
)


class PrerequisitesScreen(StepScreen):
    """What to put right above, the highlighted entry in full below; or every finding, or the list of all checks."""

    BINDINGS = step_bindings("prerequisites")
    IDENT = "prerequisites"
    TITLE_TEXT = "Prerequisites"
    PURPOSE = (
        "See what would stop replication before it does: every VM, disk, NIC and limit. "
        "Checks only read; each finding says what to do and which error it prevents."
    )
    SECTIONS = frozenset({"prerequisites", "session"})
    PAGE = "https://learn.microsoft.com/azure/site-recovery/azure-to-azure-support-matrix"
    WORDS = (
        ("Blocker", "replication of this VM cannot be enabled, or will fail"),
        ("Warning", "it works, with a consequence that you should know"),
        ("Unknown", "the check could not be evaluated, for instance for lack of a permission; never counts as passed"),
        ("Accepted", "you have seen the finding and go on; it stays visible"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._severity = ""
        self._vm = ("", "")
        self._catalogue = False
        self._by_cause = True
        self._indexed: tuple[FindingRow, ...] = ()
        self._by_key: dict[str, FindingRow] = {}

    def body(self) -> Iterable[Widget]:
        """Summary, findings or checks, detail."""
        yield Pane(self._summary, id="check-summary", classes="auto")
        yield Table(FINDINGS, lambda row: row.key, noun="finding", id="findings", classes="fill", search=words_of)
        causes = Table(CAUSES, lambda row: row.key, noun="cause", id="causes", classes="fill", search=self._cause_words)
        causes.display = False
        yield causes
        table = Table(CHECKS, lambda row: row.id, noun="check", id="checks", classes="fill")
        table.display = False
        yield table
        yield Reader(self._detail, id="finding-detail", classes="detail")

    def show(self, view: View) -> None:
        """Show findings and checks."""
        state = view.prerequisites.state
        empty = {
            "idle": "No check has run yet. r runs them all.",
            "running": "No finding so far.",
        }.get(state, "✓ No finding with this filter." if view.prerequisites.findings else "✓ Nothing was found.")
        self.query_one("#findings", Table).show(self._shown(view.prerequisites.findings), empty=empty)
        self.query_one("#causes", Table).show(self._shown_causes(view.prerequisites.worklist), empty=empty)
        self.query_one("#checks", Table).show(view.prerequisites.checks, empty="The checks are not loaded yet.")
        self._bring_up()
        self.query_one("#check-summary", Pane).redraw()
        self.query_one("#finding-detail", Reader).redraw()

    def _shown(self, findings: Sequence[FindingRow]) -> Sequence[FindingRow]:
        if not self._severity and not self._vm[0]:
            return findings
        vm = self._vm[0].lower()
        return [
            row
            for row in findings
            if (not self._severity or row.severity == self._severity)
            and (not vm or not row.vm_ids or any(vm == one.lower() for one in row.vm_ids))
        ]

    def _shown_causes(self, causes: Sequence[CauseRow]) -> Sequence[CauseRow]:
        vm, findings = self._vm[0].lower(), self._findings()
        return [
            row
            for row in causes
            if (not self._severity or row.severity == self._severity)
            and (not vm or not row.vms or any(vm == one.lower() for one in vms_of(row, findings)))
        ]

    def _findings(self) -> dict[str, FindingRow]:
        found = self.view.prerequisites.findings if self.view else ()
        if found is not self._indexed:
            self._indexed, self._by_key = found, {row.key: row for row in found}
        return self._by_key

    def _cause_words(self, row: CauseRow) -> str:
        names = " ".join(vms_of(row, self._findings()).values())
        return f"{row.severity} {row.subject} {row.title} {row.code} {names}"

    def _table(self) -> Table[CauseRow] | Table[FindingRow] | Table[CheckRow]:
        """The one of the three tables that is shown now. The worklist is there once all findings are."""
        worklist = bool(self.view and self.view.prerequisites.worklist)
        name = "checks" if self._catalogue else "causes" if self._by_cause and worklist else "findings"
        return self.query_one(f"#{name}", Table)

    def _bring_up(self) -> None:
        """Show that table alone, and leave the focus on it if another of them had it."""
        wanted = self._table()
        tables = [self.query_one(f"#{name}", Table) for name in ("causes", "findings", "checks")]
        had_focus = self.focused in tables
        for table in tables:
            table.display = table is wanted
        if had_focus and self.focused is not wanted:
            self.set_focus(wanted)

    def _summary(self, cells: int) -> list[Line]:
        view = self.view
        if view is None:
            return [line(("Waiting for the worker.", "dim"))]
        filters = [f"only {self._severity}"] if self._severity else []
        filters += [f"only {self._vm[1]}"] if self._vm[0] else []
        return [summary(view.prerequisites, filters)]

    def _detail(self, cells: int) -> list[Line]:
        told = self.highlighted()
        if told is None:
            return []
        title, blocks = told
        return [line((title[:cells], "strong")), *lines_of(blocks, cells)]

    def highlighted(self) -> tuple[str, list[Block]] | None:
        """The finding, or the check, under the cursor."""
        row = self._table().row
        if isinstance(row, CheckRow):
            return row.title, check_blocks(row)
        if isinstance(row, CauseRow):
            return row.title, cause_blocks(row, self._findings())
        return None if row is None else (row.title, finding_blocks(row))

    @on(Table.Moved)
    def _moved(self) -> None:
        self.query_one("#finding-detail", Reader).redraw()

    @on(Table.Opened, "#causes")
    @on(Table.Opened, "#findings")
    @on(Table.Opened, "#checks")
    async def _opened(self) -> None:
        await self.open_highlighted()

    def refusal(self, action: str) -> str:
        """What a list without rows cannot do."""
        view = self.view
        if view is None and action in _ON_ROWS:
            again = action in {"check-all", "check-one"} and self.shell.contact == "gone"
            return "" if again else "Waiting for the worker."
        if action == "accept" and (self._catalogue or self._table().row is None):
            return "Highlight a finding first."
        if action == "by-cause" and (view is None or not view.prerequisites.worklist):
            return "There is no list by cause before all checks have run."
        row = self._table().row
        if action == "repair" and not (isinstance(row, CauseRow) and row.fixes):
            return "asr-tui has no repair for this: the remedy says what to do."
        if action == "probe" and (view is None or not view.plan.vms):
            return "Select the VMs to look into first (step 5)."
        if action == "attest" and not to_attest(row, self._findings()):
            return "Only what could not be evaluated can be confirmed by word."
        if action == "rights" and (view is None or not view.prerequisites.permissions.gaps):
            return "Nothing is known to be missing from this account's permissions."
        if action in {"check-all", "check-one"} and view is not None and view.prerequisites.state == "running":
            return "The checks are running already."
        return ""

    def do_severity(self) -> None:
        """The next severity."""
        self._severity = str(_SHOWN[(_SHOWN.index(self._severity) + 1) % len(_SHOWN)])
        self._again()

    def _again(self) -> None:
        if self.view is not None:
            self.show(self.view)

    async def do_one_vm(self) -> None:
        """Pick the VM whose findings to show."""
        view = self.view
        if view is None:
            return
        touched: dict[str, int] = {}
        for finding in view.prerequisites.findings:
            for vm in finding.vm_ids:
                touched[vm.lower()] = touched.get(vm.lower(), 0) + 1
        choices = [Choice("", "All VMs")]
        choices += [
            Choice(vm.id, vm.name, _touched(touched.get(vm.id.lower(), 0), vm.resource_group)) for vm in view.vms
        ]
        await self.shell.dialog(Pick("Findings of which VM?", choices, current=self._vm[0]), self._picked_vm)

    def _picked_vm(self, chosen: object) -> None:
        if not isinstance(chosen, str) or self.view is None:
            return
        name = next((vm.name for vm in self.view.vms if vm.id == chosen), "")
        self._vm = (chosen, name)
        self._again()

    def do_catalogue(self) -> None:
        """Findings, or all checks."""
        self._catalogue = not self._catalogue
        self._bring_up()
        self.set_focus(self._table())
        self.query_one("#finding-detail", Reader).redraw()

    def do_by_cause(self) -> None:
        """One row for each cause, or for each finding."""
        self._by_cause = not self._by_cause or self._catalogue
        self._catalogue = False
        self._bring_up()
        self.set_focus(self._table())
        self.query_one("#finding-detail", Reader).redraw()

    def do_repair(self) -> None:
        """Put the repairs of this cause into the plan, or take them out."""
        row = self._table().row
        if not isinstance(row, CauseRow) or self.view is None:
            return
        keys = {fix.key.lower(): fix.key for fix in row.fixes}
        others = [key for key in self.view.plan.fixes if key.lower() not in keys]
        self.submit(TakeFixes(keys=tuple(others) if is_taken(row) else (*others, *keys.values())))
        done = (
            "Taken out of the plan." if is_taken(row) else "In the plan: the review of step 5 shows it with all else."
        )
        self.shell.say(done)

    async def do_rights(self) -> None:
        """What the account lacks."""
        if self.view is not None:
            held = self.view.prerequisites.permissions
            await self.shell.dialog(Card("What this account lacks for the plan", permission_blocks(held)))

    async def do_check_all(self) -> None:
        """Read anew and run all checks."""
        if self.shell.contact == "gone":
            await self.shell.connect_again()
        else:
            self.submit(RunChecks(reread=True))

    async def do_check_one(self) -> None:
        """Read again what the highlighted row depends on; everything where nothing is highlighted yet."""
        named = checks_of(self._table().row, self._findings())
        if self.shell.contact == "gone" or not named:
            await self.do_check_all()
        else:
            self.submit(RunChecks(check_id=named[0], others=named[1:], reread=True))

    async def do_attest(self) -> None:
        """Confirm by word, after a question."""
        known = self._findings()
        keys = to_attest(self._table().row, known)
        back = known[keys[0]].check_id == ATTESTED

        def answered(answer: object) -> None:
            if answer:
                self.submit(Attest(keys=keys, withdraw=back))

        await self.shell.dialog(attest_question([known[key] for key in keys], back=back), answered)

    async def do_probe(self) -> None:
        """Show the scripts, then look into the selected VMs."""
        view = self.view
        if view is None:
            return

        def answered(answer: object) -> None:
            if answer:
                self.submit(ProbeGuests())

        await self.shell.dialog(probe_question(view.prerequisites, len(view.plan.vms)), answered)

    async def do_kernels(self) -> None:
        """Name the lists of kernels; the checks then run over them."""
        view = self.view
        if view is None:
            return

        def answered(values: object) -> None:
            if isinstance(values, dict):
                self.submit(NameKernelLists(place=values["place"]))
                self.submit(RunChecks())

        await self.shell.dialog(kernels_form(view.prerequisites), answered)

    async def do_accept(self) -> None:
        """Accept a finding, or take that back."""
        row = self._table().row
        if row is None or isinstance(row, CheckRow):
            return
        keys = keys_of(row)

        def answered(values: object) -> None:
            if isinstance(values, dict):
                self.submit(AcceptFinding(key=keys[0], reason=values["reason"], others=tuple(keys[1:])))

        await self.shell.dialog(accept_form(row), answered)


def _touched(number: int, group: str) -> str:
    return f"{count(number, 'finding')}, in {group}" if number else f"no finding, in {group}"
