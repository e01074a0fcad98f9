"""A VM and a replicated item as columns and as blocks."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from asr_tui.wording import duration, megabytes, since, size, stamp, until
from screens.widgets.blocks import Block, problem_blocks
from screens.widgets.columns import Column
from screens.widgets.progress import bar
from screens.widgets.tones import MILESTONES, says, tone_of

if TYPE_CHECKING:
    from asr_tui.session.planning_views import VmRow
    from asr_tui.session.running_views import ItemRow


def vm_columns() -> tuple[Column[VmRow], ...]:
    """Name, eligibility, why not, and what the VM is; dropped from the highest number on a narrow terminal."""
    return (
        Column("VM", lambda row: row.name, 16, grow=3),
        Column("Eligible", _eligible, 13, tone=_eligible_tone),
        Column(
            "Why not / remarks",
            _remark,
            32,
            grow=4,
            drop=1,
            tone=lambda row: "warn" if row.why_not else "dim",
            prose=True,
        ),
        Column("Size", lambda row: row.size, 16, drop=5),
        Column("OS", lambda row: row.os, 14, grow=1, drop=3),
        Column("Disks", lambda row: f"{row.disks} / {size(row.disk_gib)}", 13, align="right", drop=2),
        Column("Network", lambda row: f"{row.network}/{row.subnet}", 20, grow=2, drop=6),
        Column("Group", lambda row: row.resource_group, 14, grow=2, drop=4),
        Column("Zone", lambda row: row.zone or "-", 4, drop=7),
        Column("Power", lambda row: row.power, 9, drop=8),
    )


def vm_words(row: VmRow) -> str:
    """What the filter looks at."""
    state = "eligible" if row.eligible else "not-eligible"
    return (
        f"{row.name} {row.resource_group} {row.size} {row.os} {row.network} {row.subnet} {row.tier} "
        f"{row.power} {state} {row.why_not}"
    )


def _eligible(row: VmRow) -> str:
    if row.milestone:
        return says(MILESTONES, row.milestone)
    if row.protected:
        return "✓ protected"
    return {True: "✓ yes", False: "✗ no", None: "? not yet"}[row.eligible]


def _eligible_tone(row: VmRow) -> str:
    if row.milestone:
        return tone_of(MILESTONES, row.milestone)
    return {True: "good", False: "bad", None: "warn"}[row.eligible]


def _remark(row: VmRow) -> str:
    if row.why_not:
        return row.why_not
    if row.warnings:
        return f"▲ {row.warnings} warning{'s' if row.warnings > 1 else ''}"
    return ""


def vm_blocks(row: VmRow) -> list[Block]:
    """All that is known of a VM."""
    told = (
        ("Eligible", _eligible(row), _eligible_tone(row)),
        ("Why not", row.why_not, "warn"),
        ("Findings", f"{row.blockers} blockers, {row.warnings} warnings", "plain"),
        ("Power", row.power, "plain"),
        ("Size", row.size, "plain"),
        ("System", row.os, "plain"),
        ("Disks", f"{row.disks}, {size(row.disk_gib)} in all", "plain"),
        ("Network", f"{row.network} / {row.subnet}", "plain"),
        ("Zone", row.zone, "plain"),
        ("Tier", row.tier, "plain"),
        ("Group", row.resource_group, "plain"),
        ("Id", row.id, "dim"),
    )
    return [Block(text, label, tone) for label, text, tone in told if text]


def _pace(row: ItemRow) -> str:
    """What the time left rests on."""
    if row.pace is None or row.seeding_since is None:
        return ""
    return f"{row.pace:g} % an hour since {stamp(row.seeding_since)}; the time left is reckoned from that"


def item_blocks(row: ItemRow, now: datetime | None) -> list[Block]:
    """All that is known of a replicated item."""
    number = f" ({row.task_number} of {row.task_total})" if row.task_total else ""
    told = (
        ("State", says(MILESTONES, row.milestone), tone_of(MILESTONES, row.milestone)),
        ("Service says", row.description, "plain"),
        ("Task", f"{row.task}{number}" if row.task else "", "plain"),
        ("Progress", bar(row.progress), "plain"),
        ("Health", row.health, "plain"),
        ("RPO", "" if row.rpo_seconds is None else duration(row.rpo_seconds), "plain"),
        ("Begun", f"{stamp(row.started)}, {since(row.started, now)} ago" if row.started else "", "plain"),
        ("Left", until(row.eta, now), "plain"),
        ("Pace", _pace(row), "plain"),
        ("Last change", f"{since(row.changed_at, now)} ago" if row.changed_at and now else "", "plain"),
        ("Agent", row.agent_version, "plain"),
        ("Item", row.item_id, "dim"),
        ("Job", row.job_id, "dim"),
    )
    blocks = [Block(text, label, tone) for label, text, tone in told if text]
    for disk in row.disks:
        pending = f", {megabytes(disk.pending_mb)} pending" if disk.pending_mb else ""
        blocks.append(Block(f"{disk.name}: {disk.state} {bar(disk.progress)}{pending}", "Disk"))
    return [*blocks, Block(""), *problem_blocks(row.problem)] if row.problem else blocks
