"""The error catalogue: a card for every code that replication is known to fail with, in our own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from asr_tui.model.finding import Finding
from asr_tui.rules import figures
from asr_tui.rules.figures import Source

STAGES: Mapping[str, str] = {
    "validate": "while the request is checked",
    "install": "while the agent is installed",
    "register": "while the agent registers",
    "seed": "while data is copied, or later",
    "disable": "while replication is disabled",
    "failover": "at a failover or test failover",
}


@dataclass(frozen=True, slots=True)
class Card:
    """What a code means. ``checks`` are the ids of the checks that look for its causes beforehand."""

    code: str
    title: str
    stage: str
    meaning: str
    cause: str
    remedy: str
    checks: tuple[str, ...]
    aliases: tuple[str, ...]
    source: Source


@cache
def cards() -> tuple[Card, ...]:
    """Every card, in the catalogue's order."""
    return tuple(
        Card(
            code=str(row["code"]),
            title=row["title"],
            stage=row["stage"],
            meaning=row["meaning"],
            cause=row["cause"],
            remedy=row["remedy"],
            checks=tuple(row["checks"]),
            aliases=tuple(row.get("aliases", ())),
            source=figures.source(row["source"]),
        )
        for row in figures.document("errors")["errors"]
    )


@cache
def _by_code() -> Mapping[str, Card]:
    found: dict[str, Card] = {}
    for card in cards():
        for name in (card.code, *card.aliases):
            found.setdefault(_plain(name), card)
    return found


def _plain(code: str) -> str:
    return code.strip().lower()


def explain(code: str) -> Card | None:
    """The card of a code: a number, a hexadecimal or decimal result, or a symbolic name (without case); else None."""
    wanted = _plain(code)
    found = _by_code().get(wanted)
    if found is None and wanted.lstrip("-").isdigit():
        found = _by_code().get(hex(int(wanted) & 0xFFFFFFFF))
    return found


def explain_message(message: str) -> Card | None:
    """The card whose alias is a part of a message that came without a code; else None."""
    text = message.lower()
    sentences = (alias for card in cards() for alias in card.aliases if " " in alias)
    alias = next((each for each in sentences if each.lower() in text), None)
    return _by_code()[_plain(alias)] if alias else None


def evidence_here(card: Card, findings: Iterable[Finding], vm_id: str = "") -> tuple[Finding, ...]:
    """The findings that may be the cause here: of the card's own checks, and about the VM where one is given."""
    wanted = vm_id.lower()
    return tuple(
        finding
        for finding in findings
        if finding.check_id in card.checks
        and (not wanted or not finding.vm_ids or wanted in {each.lower() for each in finding.vm_ids})
    )
