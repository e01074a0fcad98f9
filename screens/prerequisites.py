"""Step 2: the checks, streaming in, with evidence and remedy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.widget import Widget

from asr_tui.model.finding import Severity
from asr_tui.session.intents import AcceptFinding, RunChecks
from asr_tui.session.planning_views import CheckRow, FindingRow
from asr_tui.wording import clock, count, stamp
from screens.frame import StepScreen, step_bindings
from screens.widgets.blocks import Block, lines_of
from screens.widgets.columns import Column
from screens.widgets.dialogs import Choice, Form, Pick, Question
from screens.widgets.lines import Line, Pane, line
from screens.widgets.reader import Reader
from screens.widgets.table import Table
from screens.widgets.tones import CHECK_STATES, SEVERITIES, look, says, tone_of

if TYPE_CHECKING:
    from asr_tui.session.views import View

_SHOWN = ("", *Severity)


class PrerequisitesScreen(StepScreen):
    """Findings above, the highlighted one in full below; or the list of all checks."""

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

    def body(self) -> Iterable[Widget]:
        """Summary, findings or checks, detail."""
        findings = (
            Column[FindingRow]("Severity", _severity_words, 11, tone=lambda row: tone_of(SEVERITIES, row.severity)),
            Column[FindingRow]("Subject", lambda row: row.subject, 16, grow=2),
            Column[FindingRow]("Should be", lambda row: row.title, 34, grow=4, prose=True),
            Column[FindingRow](
                "VMs", lambda row: str(len(row.vm_ids)) if row.vm_ids else "all", 4, drop=2, align="right"
            ),
            Column[FindingRow]("Code", lambda row: row.code, 8, drop=3, tone=lambda _row: "dim"),
        )
        checks = (
            Column[CheckRow](
                "State",
                lambda row: says(CHECK_STATES, row.state),
                10,
                tone=lambda row: tone_of(CHECK_STATES, row.state),
            ),
            Column[CheckRow]("Scope", lambda row: row.scope, 12, drop=1),
            Column[CheckRow]("Check", lambda row: row.title, 30, grow=4, prose=True),
            Column[CheckRow]("Findings", lambda row: str(row.findings or ""), 8, align="right"),
        )
        yield Pane(self._summary, id="check-summary", classes="auto")
        yield Table(findings, lambda row: row.key, noun="finding", id="findings", classes="fill", search=_words)
        table = Table(checks, lambda row: row.id, noun="check", id="checks", classes="fill")
        table.display = False
        yield table
        yield Reader(self._detail, id="finding-detail", classes="detail")

    def show(self, view: View) -> None:
        """Show findings and checks."""
        state = view.prerequisites.state
        empty = {
            "idle": "No check has run yet. r runs all of them.",
            "running": "No finding so far.",
        }.get(state, "✓ No finding with this filter." if view.prerequisites.findings else "✓ Nothing was found.")
        self.query_one("#findings", Table).show(self._shown(view.prerequisites.findings), empty=empty)
        self.query_one("#checks", Table).show(view.prerequisites.checks, empty="The checks are not loaded yet.")
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

    def _summary(self, cells: int) -> list[Line]:
        view = self.view
        if view is None:
            return [line(("Waiting for the worker.", "dim"))]
        part = view.prerequisites
        if part.state == "running":
            first = (f"● {part.done} of {count(part.total, 'check')} done  ", "accent")
        elif part.state == "done":
            when = f" at {clock(part.checked_at)[:5]}" if part.checked_at else ""
            first = (f"✓ {count(part.total, 'check')}{when}  ", "dim")
        else:
            first = ("○ not checked yet  ", "dim")
        counts = (
            ("blocker", part.blockers),
            ("warning", part.warnings),
            ("unknown", part.unknowns),
            ("info", part.infos),
        )
        spans = [first]
        for severity, number in counts:
            sign, word, tone = look(SEVERITIES, severity)
            spans.append(
                (
                    f"{sign} {count(number, word, word if severity in {'unknown', 'info'} else '')}  ",
                    tone if number else "dim",
                )
            )
        filters = [f"only {self._severity}"] if self._severity else []
        filters += [f"only {self._vm[1]}"] if self._vm[0] else []
        if filters:
            spans.append((f"({', '.join(filters)})", "key"))
        return [line(*spans)]

    def _detail(self, cells: int) -> list[Line]:
        told = self.highlighted()
        if told is None:
            return []
        title, blocks = told
        return [line((title[:cells], "strong")), *lines_of(blocks, cells)]

    def highlighted(self) -> tuple[str, list[Block]] | None:
        """The finding, or the check, under the cursor."""
        if self._catalogue:
            check = self.query_one("#checks", Table).row
            return None if check is None else (check.title, _check_blocks(check))
        row = self.query_one("#findings", Table).row
        return None if row is None else (row.title, _finding_blocks(row))

    @on(Table.Moved)
    def _moved(self) -> None:
        self.query_one("#finding-detail", Reader).redraw()

    @on(Table.Opened, "#findings")
    @on(Table.Opened, "#checks")
    async def _opened(self) -> None:
        await self.open_highlighted()

    def refusal(self, action: str) -> str:
        """What a list without rows cannot do."""
        view = self.view
        if view is None and action in {"check-all", "check-one", "catalogue", "accept", "severity", "one-vm"}:
            return "" if action == "check-all" and self.shell.contact == "gone" else "Waiting for the worker."
        if action == "accept" and (self._catalogue or self.query_one("#findings", Table).row is None):
            return "Highlight a finding first."
        if action == "check-one" and self._check_here() == "":
            return "Highlight a finding or a check first."
        if action == "check-all" and view is not None and view.prerequisites.state == "running":
            return "The checks are running already."
        return ""

    def _check_here(self) -> str:
        if self._catalogue:
            check = self.query_one("#checks", Table).row
            return "" if check is None else str(check.id)
        row = self.query_one("#findings", Table).row
        return "" if row is None else str(row.check_id)

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
        findings, checks = self.query_one("#findings", Table), self.query_one("#checks", Table)
        findings.display, checks.display = not self._catalogue, self._catalogue
        self.set_focus(checks if self._catalogue else findings)
        self.query_one("#finding-detail", Reader).redraw()

    async def do_check_all(self) -> None:
        """Read anew and run all checks."""
        if self.shell.contact == "gone":
            await self.shell.connect_again()
        else:
            self.submit(RunChecks(reread=True))

    def do_check_one(self) -> None:
        """Run one check again."""
        self.submit(RunChecks(check_id=self._check_here(), reread=True))

    async def do_accept(self) -> None:
        """Accept a finding, or take that back."""
        row = self.query_one("#findings", Table).row
        if row is None:
            return
        question = Question("reason", "Reason", row.accepted, "why you go on; empty takes it back", 300)
        form = Form("Accept this finding", [question], blocks=[Block(row.title, tone="strong"), Block(row.subject)])

        def answered(values: object) -> None:
            if isinstance(values, dict):
                self.submit(AcceptFinding(key=row.key, reason=values["reason"]))

        await self.shell.dialog(form, answered)


def _touched(number: int, group: str) -> str:
    return f"{count(number, 'finding')}, in {group}" if number else f"no finding, in {group}"


def _severity_words(row: FindingRow) -> str:
    if row.accepted:
        return f"{look(SEVERITIES, row.severity)[0]} accepted"
    return says(SEVERITIES, row.severity)


def _words(row: FindingRow) -> str:
    return f"{row.severity} {row.subject} {row.title} {row.code} {row.check_id} {' '.join(row.vm_names)}"


def _finding_blocks(row: FindingRow) -> list[Block]:
    names = ", ".join(row.vm_names) if row.vm_names else "all selected VMs"
    source = f"{row.source} (read {row.source_read_on})" if row.source_read_on else row.source
    told = (
        ("Seen", row.evidence, "plain"),
        ("What to do", row.remedy, "strong"),
        ("VMs", names, "plain"),
        ("Prevents", row.code, "plain"),
        ("Accepted", row.accepted, "warn"),
        ("Source", source, "dim"),
        ("On", f"{row.scope} {row.subject_id}", "dim"),
        ("Check", row.check_id + (", reported by the service" if row.from_service else ""), "dim"),
        ("As of", stamp(row.seen_at) if row.seen_at else "", "dim"),
    )
    return [Block(text, label, tone) for label, text, tone in told if text]


def _check_blocks(row: CheckRow) -> list[Block]:
    return [
        Block(says(CHECK_STATES, row.state), "State", tone_of(CHECK_STATES, row.state)),
        Block(row.scope, "Scope"),
        Block(count(row.findings, "finding"), "Found"),
        Block(row.id, "Check", "dim"),
    ]
