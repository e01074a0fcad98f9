"""Changes as table columns and as blocks: for the review, and for the run that follows it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from asr_tui.wording import count
from screens.widgets.blocks import Block, problem_blocks
from screens.widgets.columns import Column
from screens.widgets.tones import ACTIONS, CHANGE_STATES, says, tone_of

if TYPE_CHECKING:
    from asr_tui.session.running_views import ChangeRow, RunView


def run_columns() -> tuple[Column[ChangeRow], ...]:
    """State, kind, name and reason of a change that is being carried out."""
    return (
        Column("State", lambda row: says(CHANGE_STATES, row.state), 11, tone=_state_tone),
        Column("Kind", lambda row: row.kind, 14, grow=1),
        Column("Name", lambda row: row.name, 22, grow=3),
        Column("Why", _why, 20, grow=3, drop=1, tone=lambda _row: "dim", prose=True),
    )


def _state_tone(row: ChangeRow) -> str:
    return tone_of(CHANGE_STATES, row.state)


def _why(row: ChangeRow) -> str:
    return row.problem.sentence() if row.problem else row.reason


def pretty(body: str) -> str:
    """The request body with line breaks, as it is when it is no JSON."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body


def change_blocks(row: ChangeRow) -> list[Block]:
    """All of a change, with its request body."""
    blocks = [
        Block(says(ACTIONS, row.action), "Action", tone_of(ACTIONS, row.action)),
        Block(row.kind, "Kind"),
        Block(row.reason, "Why"),
    ]
    if row.state != "planned":
        blocks.append(Block(says(CHANGE_STATES, row.state), "State", tone_of(CHANGE_STATES, row.state)))
    if row.depends_on:
        blocks.append(Block(count(len(row.depends_on), "other change"), "Comes after"))
    blocks.append(Block(row.resource_id, "Resource", "dim"))
    if row.problem:
        blocks.extend([Block(""), *problem_blocks(row.problem)])
    if row.body:
        blocks.extend([Block(""), Block("Request body", tone="strong"), Block(pretty(row.body), kept=True)])
    else:
        blocks.append(Block("none: nothing is sent for it", "Request body"))
    return blocks


def run_words(run: RunView) -> tuple[str, str]:
    """How the run stands, and its tone."""
    done = f"{run.done:,} of {count(run.total, 'change')} done"
    failed = f", {run.failed:,} failed" if run.failed else ""
    words = {
        "running": (f"● {done}{failed}", "accent"),
        "paused": (f"‖ paused: {done}{failed}; z goes on", "warn"),
        "finished": (f"✓ {done}", "good"),
        "failed": (f"✗ {done}{failed}; f tries those again, e tells why", "bad"),
        "cancelled": (f"- cancelled: {done}{failed}; what runs in Azure goes on", "warn"),
    }
    return words.get(run.state, ("", "plain"))
