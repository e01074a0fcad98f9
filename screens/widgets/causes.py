"""The worklist on a screen: one row for what one repair clears, with its VMs under it; and what an account lacks."""

from __future__ import annotations

from collections.abc import Mapping

from asr_tui.session.planning_views import CauseRow, FindingRow, FixRow, PermissionsView
from asr_tui.wording import count
from screens.widgets.blocks import Block
from screens.widgets.columns import Column
from screens.widgets.tones import SEVERITIES, look, says, tone_of


def severity_words(severity: str, accepted: str) -> str:
    """The severity, or that it was accepted."""
    return f"{look(SEVERITIES, severity)[0]} accepted" if accepted else says(SEVERITIES, severity)


def repair_state(row: CauseRow) -> str:
    """Whether asr-tui can repair it, and whether that is in the plan."""
    if not row.fixes:
        return ""
    return "planned" if is_taken(row) else "offered"


def is_taken(row: CauseRow) -> bool:
    """Whether all of its repairs are in the plan."""
    return bool(row.fixes) and all(fix.taken for fix in row.fixes)


CAUSES = (
    Column[CauseRow](
        "Severity",
        lambda row: severity_words(row.severity, row.accepted),
        11,
        tone=lambda row: tone_of(SEVERITIES, row.severity),
    ),
    Column[CauseRow]("Cause", lambda row: row.subject, 16, grow=2),
    Column[CauseRow]("Should be", lambda row: row.title, 30, grow=4, prose=True),
    Column[CauseRow]("VMs", lambda row: str(row.vms) if row.vms else "all", 4, drop=2, align="right"),
    Column[CauseRow]("Frees", lambda row: str(row.unblocks or ""), 5, drop=1, align="right"),
    Column[CauseRow]("Repair", repair_state, 7, drop=3),
)
"""``Frees``: of so many VMs every blocker is in this row."""


def vms_of(row: CauseRow, findings: Mapping[str, FindingRow]) -> dict[str, str]:
    """The names of the VMs that the entry concerns, by id, in the order of the names."""
    named = {
        vm_id: name
        for key in row.findings
        if (finding := findings.get(key)) is not None
        for vm_id, name in zip(finding.vm_ids, finding.vm_names, strict=True)
    }
    return dict(sorted(named.items(), key=lambda pair: pair[1].lower()))


def cause_blocks(row: CauseRow, findings: Mapping[str, FindingRow]) -> list[Block]:
    """All of an entry: what was seen, what to do, the VMs under it, the repairs that can be planned."""
    names = list(vms_of(row, findings).values())
    frees = f"frees {count(row.unblocks, 'VM')} that nothing else blocks" if row.unblocks else ""
    told = [
        ("Seen", row.evidence, "plain"),
        ("What to do", row.remedy, "strong"),
        ("Repairing it", frees, "plain"),
        (f"VMs ({len(names)})", ", ".join(names) or "all selected VMs", "plain"),
        *(each for fix in row.fixes for each in _repair(fix)),
        ("Prevents", row.code, "plain"),
        ("Accepted", row.accepted, "warn"),
        ("Source", row.source, "dim"),
        ("Findings", str(len(row.findings)) if len(row.findings) > 1 else "", "dim"),
    ]
    return [Block(text, label, tone) for label, text, tone in told if text]


def _repair(fix: FixRow) -> tuple[tuple[str, str, str], ...]:
    """What asr-tui would do, and the command for whoever would rather do it by hand."""
    told = (f"Repair{' +' if fix.taken else ''}", fix.what, "key" if fix.taken else "plain")
    return (told, ("As command", fix.command, "dim"))


def permission_blocks(held: PermissionsView) -> list[Block]:
    """The missing actions by name and scope, a message to the owner, and the custom role as JSON."""
    blocks: list[Block] = []
    for gap in held.gaps:
        blocks += [Block(gap.title, "On", "strong"), Block(gap.scope, "Scope", "dim")]
        blocks += [Block(action, "Missing", "bad") for action in gap.actions]
        blocks += [Block(" and ".join(gap.roles), "Roles"), Block("")] if gap.roles else [Block("")]
    blocks += [Block("Message to the owner", tone="strong"), Block(held.request, kept=True), Block("")]
    blocks += [Block("Custom role", tone="strong"), Block(held.role, kept=True), Block("")]
    told = "y copies all of this; `asr-tui check --role FILE` writes the role to a file."
    return [*blocks, Block(told, tone="dim")]
