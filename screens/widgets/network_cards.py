"""What step 3 shows on cards: a VM's interfaces, the rules that are missing, Azure's own view of them, ways to on-premises."""

from __future__ import annotations

from collections.abc import Sequence

from asr_tui.session.planning_views import ConnectionRow, FixRow, NetworkingView, NetworkRow, OpinionView, VmNetworkRow
from asr_tui.wording import count, stamp
from screens.widgets.blocks import Block
from screens.widgets.tones import VERDICTS, says, tone_of


def interface_blocks(row: VmNetworkRow) -> list[Block]:
    """Each interface with what becomes of it, then what stays behind."""
    blocks = []
    for nic in row.interfaces:
        blocks += [
            Block(nic.name, tone="strong"),
            Block(nic.source or "no subnet", "Now in"),
            Block(nic.target or "▲ nowhere", "Goes to", "plain" if nic.target else "warn"),
            Block(nic.why, "Why"),
            Block(nic.address, "Address"),
            Block(""),
        ]
    blocks += [Block(thing, "Stays behind") for thing in row.not_carried]
    if not row.not_carried:
        blocks.append(Block("Nothing of its networking stays behind.", tone="good"))
    return blocks


def rule_blocks(missing: Sequence[FixRow]) -> list[Block]:
    """Each missing rule, what it is for, and how to make it elsewhere: as a command and as JSON."""
    if not missing:
        return [Block("No rule is missing: every tag that replication needs is let out.", tone="good")]
    taken = sum(fix.taken for fix in missing)
    blocks = [
        Block(f"{count(len(missing), 'rule')}, {taken} of them in the plan. t puts them all there, or takes them out."),
        Block("They are reviewed in step 5 with everything else. y copies all of this.", tone="dim"),
    ]
    for fix in missing:
        blocks += [Block(""), Block(fix.name + (" (planned)" if fix.taken else ""), tone="strong"), Block(fix.what)]
        blocks += [Block(fix.command), Block(fix.body, kept=True, tone="dim")]
    return blocks


def opinion_blocks(opinion: OpinionView) -> list[Block]:
    """Our verdict beside Azure's, for each tag; differences first."""
    if opinion.problem is not None:
        return [Block(opinion.problem.sentence(), "Azure", "bad"), Block(opinion.problem.remedy, "What to do")]
    if opinion.state == "asking":
        return [Block("Azure is working it out; this takes some seconds.", tone="accent")]
    differing = sum(row.differs for row in opinion.rows)
    told = (
        f"{differing} of {count(len(opinion.rows), 'tag')} differ" if differing else "Azure says the same of every tag"
    )
    blocks = [
        Block(told + ".", tone="warn" if differing else "good"),
        Block(", ".join(opinion.groups) or "none", "Applies"),
        Block(stamp(opinion.asked_at) if opinion.asked_at else "", "As of", "dim"),
        *(Block(remark, "Remark", "warn") for remark in opinion.remarks),
    ]
    for row in sorted(opinion.rows, key=lambda row: not row.differs):
        blocks += [
            Block(""),
            Block(f"{'▲ ' if row.differs else ''}{row.tag} port {row.port}", tone="strong"),
            Block(f"{says(VERDICTS, row.ours)}: {row.our_rule}", "Ours", tone_of(VERDICTS, row.ours)),
            Block(f"{says(VERDICTS, row.azure)}: {row.azure_rule}", "Azure", tone_of(VERDICTS, row.azure)),
        ]
    return blocks


def aside_block(part: NetworkingView, network: NetworkRow) -> Block | None:
    """In one line what keys show more of: missing rules, Azure's own view, ways to on-premises. None where there is nothing."""
    told = []
    planned = sum(fix.taken for fix in part.missing)
    if part.missing:
        told.append(f"{count(len(part.missing), 'rule')} missing, {planned} planned (f)")
    asked = next((one for one in part.opinions if one.network.lower() == network.name.lower()), None)
    if asked is not None:
        told.append(f"{_opinion_words(asked)} (p)")
    if part.connections:
        told.append(f"{len(part.connections)} on-premises (v)")
    if not told:
        return None
    warns = planned < len(part.missing) or (asked is not None and any(row.differs for row in asked.rows))
    return Block("; ".join(told), "More", "warn" if warns else "dim")


def _opinion_words(opinion: OpinionView) -> str:
    if opinion.state == "asking":
        return f"asking Azure about {opinion.vm_name}"
    if opinion.problem is not None:
        return f"Azure did not answer for {opinion.vm_name}"
    differing = sum(row.differs for row in opinion.rows)
    return f"Azure sees {count(differing, 'tag')} otherwise" if differing else "Azure says the same"


def connection_blocks(view: NetworkingView) -> list[Block]:
    """What connects on-premises, each with the guideline that applies to it."""
    blocks = [Block(view.unread, "Not read", "warn")] if view.unread else []
    if not view.connections:
        told = (
            "No gateway, circuit or connection to on-premises was found." if not view.unread else "Nothing was found."
        )
        return [*blocks, Block(told)]
    for row in view.connections:
        blocks += [*_connection(row), Block("")]
    return blocks


def _connection(row: ConnectionRow) -> list[Block]:
    told = (
        (row.region, "Region", "plain"),
        (row.state, "State", "plain"),
        (row.detail, "Seen", "plain"),
        (row.guideline, "Guideline", "strong"),
        (row.id, "Id", "dim"),
    )
    head = Block(f"{row.kind} {row.name}", tone="strong")
    return [head, *(Block(text, label, tone) for text, label, tone in told if text)]
