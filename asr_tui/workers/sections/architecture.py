"""Step 1: the regions that can be chosen, and the diagram of what is and what will be."""

from __future__ import annotations

from asr_tui.rules import architecture as rules
from asr_tui.rules import regions
from asr_tui.session.planning_views import ArchitectureView, DiagramNode, RegionRow
from asr_tui.workers.state import State


def architecture(state: State) -> ArchitectureView:
    """Sources are the regions that hold VMs; targets are judged for the chosen source."""
    estate = state.estate
    if estate is None:
        return ArchitectureView()
    source = state.plan.source_region
    sources = tuple(_row(choice) for choice in regions.sources(estate))
    targets = tuple(_row(choice) for choice in (regions.targets(estate, source) if source else ()))
    if state.picture is None:
        return ArchitectureView(sources=sources, targets=targets)
    nodes, flows = rules.diagram(estate, state.plan)
    return ArchitectureView(
        sources=sources,
        targets=targets,
        nodes=tuple(
            DiagramNode(
                id=node.id,
                kind=node.kind,
                title=node.title,
                detail=node.detail,
                side=node.side,
                state=node.state,
                parent=node.parent,
            )
            for node in nodes
        ),
        flows=tuple(flows),
    )


def _row(choice: regions.RegionChoice) -> RegionRow:
    return RegionRow(
        name=choice.name,
        title=choice.title,
        geography=choice.geography,
        zones=choice.zones,
        vms=choice.vms,
        paired=choice.paired,
        refused=choice.refused,
        remark=choice.remark,
    )
