"""A finding, or a check, in full."""

from __future__ import annotations

from asr_tui.session.planning_views import CheckRow, FindingRow
from asr_tui.wording import count, stamp
from screens.widgets.blocks import Block
from screens.widgets.tones import CHECK_STATES, says, tone_of


def finding_blocks(row: FindingRow) -> list[Block]:
    """All of a finding: what was seen, what to do, whom it concerns, where it comes from."""
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


def check_blocks(row: CheckRow) -> list[Block]:
    """A check of the catalogue and what became of it."""
    return [
        Block(says(CHECK_STATES, row.state), "State", tone_of(CHECK_STATES, row.state)),
        Block(row.scope, "Scope"),
        Block(count(row.findings, "finding"), "Found"),
        Block(row.id, "Check", "dim"),
    ]
