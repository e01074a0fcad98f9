"""Step 1: source and target region, and a picture of what exists and what will be created."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal
from textual.widget import Widget

from asr_tui.session.intents import ChooseRegions
from asr_tui.session.planning_views import RegionRow
from screens.frame import StepScreen, step_bindings
from screens.widgets.blocks import Block
from screens.widgets.columns import Column
from screens.widgets.diagram import diagram
from screens.widgets.lines import Line, line
from screens.widgets.reader import Reader
from screens.widgets.table import Table

if TYPE_CHECKING:
    from asr_tui.session.views import View


class ArchitectureScreen(StepScreen):
    """Two lists of regions above the diagram."""

    BINDINGS = step_bindings("architecture")
    IDENT = "architecture"
    TITLE_TEXT = "Architecture"
    PURPOSE = (
        "Choose the region that holds your VMs and the one that takes over when it is lost. "
        "The diagram shows what exists and what will be created."
    )
    SECTIONS = frozenset({"session", "architecture", "plan"})
    WORDS = (
        ("Source", "the region where the VMs run today"),
        ("Target", "the region where they start after a failover"),
        ("Cache account", "a storage account in the source region through which writes of the VMs pass"),
        ("Replica disk", "a managed disk in the target region that follows a source disk"),
    )

    def body(self) -> Iterable[Widget]:
        """Source, target, diagram."""
        sources = (
            Column[RegionRow]("", lambda row: self._sign(row, "source"), 3, tone=lambda _row: "accent"),
            Column[RegionRow]("Source region", lambda row: row.title or row.name, 16, grow=2),
            Column[RegionRow]("VMs", lambda row: f"{row.vms:,}", 6, align="right"),
            Column[RegionRow]("Zones", lambda row: str(row.zones or "-"), 5, drop=1, align="right"),
        )
        targets = (
            Column[RegionRow]("", lambda row: self._sign(row, "target"), 3, tone=lambda _row: "accent"),
            Column[RegionRow]("Target region", lambda row: row.title or row.name, 16, grow=1, tone=_tone),
            Column[RegionRow]("", _remark, 10, grow=2, tone=_tone, prose=True),
        )
        with Horizontal(id="regions"):
            yield Table(sources, lambda row: row.name, single=True, noun="region", id="sources")
            yield Table(targets, lambda row: row.name, single=True, noun="region", id="targets", search=_words)
        yield Reader(self._diagram, id="diagram", classes="fill")

    def show(self, view: View) -> None:
        """Show regions and diagram."""
        reading = view.session.estate_read_at is None
        self.query_one("#sources", Table).show(
            view.architecture.sources,
            empty=self.once_read("Reading regions and VMs ...") if reading else "This subscription holds no VM.",
        )
        self.query_one("#targets", Table).show(view.architecture.targets, empty="Choose the source first.")
        self.query_one("#diagram", Reader).redraw()

    def arrive(self) -> None:
        """Put the cursors on what is chosen."""
        super().arrive()
        if self.view is None:
            return
        self.query_one("#sources", Table).move_to(self.view.session.source_region)
        self.query_one("#targets", Table).move_to(self.view.session.target_region)

    def _sign(self, row: RegionRow, side: str) -> str:
        if self.view is None:
            return "( )"
        session = self.view.session
        chosen = session.source_region if side == "source" else session.target_region
        if side == "target" and row.refused:
            return " - "
        return "(•)" if row.name == chosen else "( )"

    def _diagram(self, cells: int) -> list[Line]:
        view = self.view
        if view is None:
            return [line(("Waiting for the worker.", "dim"))]
        session, architecture = view.session, view.architecture
        if not architecture.nodes:
            told = "The diagram shows here as soon as both regions are chosen."
            return [(), line((told if session.estate_read_at else self.once_read("Reading the estate ..."), "dim"))]
        source = session.source_region_title or session.source_region
        target = session.target_region_title or session.target_region
        return diagram(architecture.nodes, architecture.flows, source, target, cells)

    def highlighted(self) -> tuple[str, list[Block]] | None:
        """The region under the cursor."""
        focused = self.focused
        row = focused.row if isinstance(focused, Table) else None
        if not isinstance(row, RegionRow):
            return None
        return row.title or row.name, [
            Block(row.name, "Name"),
            Block(row.geography or "-", "Geography"),
            Block(f"{row.vms:,}", "VMs"),
            Block(str(row.zones or "none"), "Zones"),
            Block("yes" if row.paired else "no", "Paired"),
            Block(row.refused or row.remark or "can be chosen", "Remark"),
        ]

    @on(Table.Opened, "#sources")
    def _choose_source(self, event: Table.Opened) -> None:
        view, row = self.view, event.row
        if view is None:
            return
        target = view.session.target_region if view.session.source_region == row.name else ""
        self.submit(ChooseRegions(source=row.name, target=target))
        self.set_focus(self.query_one("#targets", Table))

    @on(Table.Opened, "#targets")
    def _choose_target(self, event: Table.Opened) -> None:
        view, row = self.view, event.row
        if view is None:
            return
        if row.refused:
            self.shell.say(row.refused, "warn")
            self.restate()
            return
        self.submit(ChooseRegions(source=view.session.source_region, target=row.name))

    def refusal(self, action: str) -> str:
        """The diagram needs both regions."""
        if action == "diagram" and (self.view is None or not self.view.architecture.nodes):
            return "The diagram shows once both regions are chosen."
        return ""

    def do_diagram(self) -> None:
        """The whole room for the diagram, or the lists again."""
        hidden = not self.has_class("-diagram-only")
        self.set_class(hidden, "-diagram-only")
        self.set_focus(self.query_one("#diagram" if hidden else "#sources"))


def _remark(row: RegionRow) -> str:
    if row.refused:
        return f"✗ {row.refused}"
    paired = "paired" if row.paired else ""
    return ", ".join(part for part in (paired, row.remark) if part)


def _tone(row: RegionRow) -> str:
    return "dim" if row.refused else "plain"


def _words(row: RegionRow) -> str:
    return f"{row.title} {row.name} {row.geography} {row.remark}"
