"""``asr-tui explain CODE``: the card of an error code, of Site Recovery, of Entra ID or of Resource Manager."""

from __future__ import annotations

import difflib

from asr_tui.azure import refusal_cards
from asr_tui.rules import errors

MOST_SUGGESTED = 5


def explanation(code: str) -> list[str] | None:
    """The lines of the card of ``code``; None where no card has it."""
    wanted = code.strip()
    card = errors.explain(wanted)
    return _of_site_recovery(card) if card is not None else _of_refusal(wanted)


def _of_site_recovery(card: errors.Card) -> list[str]:
    lines = [
        f"{card.code}: {card.title}",
        f"When:    {errors.STAGES.get(card.stage, card.stage)}",
        f"Meaning: {card.meaning}",
        f"Cause:   {card.cause}",
        f"Remedy:  {card.remedy}",
    ]
    if card.aliases:
        lines.append(f"Also:    {', '.join(card.aliases)}")
    if card.checks:
        lines.append(f"Checks:  {', '.join(card.checks)} (asr-tui check looks for it beforehand)")
    read_on = f", read on {card.source.read_on}" if card.source.read_on else ""
    return [*lines, f"Source:  {card.source.url}{read_on}"]


def _of_refusal(code: str) -> list[str] | None:
    known = {name.lower(): name for name in refusal_cards.codes()}
    name = known.get(code.lower()) or known.get(f"aadsts{code}".lower())
    card = refusal_cards.card(name) if name else None
    if card is None:
        return None
    lines = [f"{card.code}: {card.means}", f"Remedy:  {card.remedy}"]
    return [*lines, "Trying the same again can help."] if card.retry else lines


def similar(code: str) -> tuple[str, ...]:
    """Codes that look like ``code``, best first."""
    every = [card.code for card in errors.cards()] + list(refusal_cards.codes())
    folded = {name.lower(): name for name in every}
    close = difflib.get_close_matches(code.strip().lower(), list(folded), n=MOST_SUGGESTED, cutoff=0.6)
    return tuple(folded[name] for name in close)
