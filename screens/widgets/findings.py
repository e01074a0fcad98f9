"""Findings and checks: their columns, how many there are, and one of them in full."""

from __future__ import annotations

from collections.abc import Sequence

from asr_tui.session.planning_views import CheckRow, FindingRow, PrerequisitesView
from asr_tui.wording import clock, count, stamp
from screens.widgets.blocks import Block
from screens.widgets.causes import severity_words
from screens.widgets.columns import Column
from screens.widgets.lines import Line, line
from screens.widgets.tones import CHECK_STATES, SEVERITIES, look, says, tone_of

FINDINGS = (
    Column[FindingRow](
        "Severity",
        lambda row: severity_words(row.severity, row.accepted),
        11,
        tone=lambda row: tone_of(SEVERITIES, row.severity),
    ),
    Column[FindingRow]("Subject", lambda row: row.subject, 16, grow=2),
    Column[FindingRow]("Should be", lambda row: row.title, 34, grow=4, prose=True),
    Column[FindingRow]("VMs", lambda row: str(len(row.vm_ids)) if row.vm_ids else "all", 4, drop=2, align="right"),
    Column[FindingRow]("Code", lambda row: row.code, 8, drop=3, tone=lambda _row: "dim"),
)
CHECKS = (
    Column[CheckRow](
        "State", lambda row: says(CHECK_STATES, row.state), 10, tone=lambda row: tone_of(CHECK_STATES, row.state)
    ),
    Column[CheckRow]("Scope", lambda row: row.scope, 12, drop=1),
    Column[CheckRow]("Check", lambda row: row.title, 30, grow=4, prose=True),
    Column[CheckRow]("Findings", lambda row: str(row.findings or ""), 8, align="right"),
)


def words_of(row: FindingRow) -> str:
    """What a search looks at."""
    return f"{row.severity} {row.subject} {row.title} {row.code} {row.check_id} {' '.join(row.vm_names)}"


def summary(part: PrerequisitesView, filters: Sequence[str]) -> Line:
    """How far the checks are and how much they found, with the filters that are on."""
    if part.state == "running":
        first = (f"● {part.done} of {count(part.total, 'check')} done  ", "accent")
    elif part.state == "done":
        when = f" at {clock(part.checked_at)[:5]}" if part.checked_at else ""
        first = (f"✓ {count(part.total, 'check')}{when}  ", "dim")
    else:
        first = ("○ not checked yet  ", "dim")
    spans = [first]
    counts = {"blocker": part.blockers, "warning": part.warnings, "unknown": part.unknowns, "info": part.infos}
    for severity, number in counts.items():
        sign, word, tone = look(SEVERITIES, severity)
        many = count(number, word, word if severity in {"unknown", "info"} else "")
        spans.append((f"{sign} {many}  ", tone if number else "dim"))
    if filters:
        spans.append((f"({', '.join(filters)})", "key"))
    return line(*spans)


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
