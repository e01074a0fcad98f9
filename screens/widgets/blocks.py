"""Labelled paragraphs: how details, errors and help are told, on a screen and on the clipboard alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asr_tui.wording import clean, fit, width
from screens.widgets.lines import Line, line, paragraph

if TYPE_CHECKING:
    from asr_tui.model.problem import Problem

LABEL = 14
"""Cells of the label column."""


@dataclass(frozen=True, slots=True)
class Block:
    """``text`` behind ``label``. ``kept`` keeps its line breaks (a request body); otherwise it is wrapped."""

    text: str
    label: str = ""
    tone: str = "plain"
    kept: bool = False


def lines_of(blocks: Iterable[Block], cells: int, label: int = LABEL) -> list[Line]:
    """The blocks as lines of at most ``cells``."""
    lines: list[Line] = []
    for block in blocks:
        if not block.text and not block.label:
            lines.append(())
        elif block.kept:
            lines.extend(line((clean(row), block.tone)) for row in block.text.split("\n"))
        elif block.label:
            first = fit(block.label, label - 1) + " "
            lines.extend(paragraph(block.text, cells, block.tone, " " * width(first), first))
        else:
            lines.extend(paragraph(block.text, cells, block.tone))
    return lines


def text_of(blocks: Iterable[Block]) -> str:
    """The blocks as plain text, for the clipboard."""
    rows = []
    for block in blocks:
        text = "\n".join(clean(row) for row in block.text.split("\n")) if block.kept else clean(block.text)
        rows.append(f"{block.label}: {text}" if block.label else text)
    return "\n".join(rows)


def problem_blocks(problem: Problem) -> list[Block]:
    """All that is known of a problem."""
    blocks = [Block(f"✗ {problem.what}", tone="bad"), Block("")]
    told = (
        ("Likely cause", problem.cause, "plain"),
        ("What to do", problem.remedy, "strong"),
        ("Trying again", "can help" if problem.retry else "does not help by itself", "plain"),
        ("Where", problem.where, "plain"),
        ("Code", problem.code, "plain"),
        ("HTTP status", str(problem.status) if problem.status else "", "plain"),
        ("Resource", problem.resource_id, "plain"),
        ("Request id", problem.request_id, "plain"),
        ("Azure says", problem.detail, "dim"),
    )
    blocks.extend(Block(text, label, tone) for label, text, tone in told if text)
    return blocks
