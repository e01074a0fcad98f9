"""What went wrong in Azure, with the catalogue's card of its code and what our own checks saw of its causes here."""

from __future__ import annotations

from collections.abc import Iterable

from asr_tui.model.finding import Finding
from asr_tui.model.problem import Problem
from asr_tui.rules import errors

MOST_EVIDENCE = 2


def with_card(problem: Problem, findings: Iterable[Finding], vm_id: str = "") -> Problem:
    """``problem`` with what its code means, what was seen here of its causes, and where it is documented.

    What the service says itself stays in front; where no card has the code, its own words are all there is.
    """
    card = errors.explain(problem.code) or errors.explain_message(problem.what)
    if card is None:
        return problem
    here = errors.evidence_here(card, findings, vm_id)[:MOST_EVIDENCE]
    seen = " ".join(f"Seen here: {finding.subject}: {finding.evidence}" for finding in here)
    read_on = f" (read on {card.source.read_on})" if card.source.read_on else ""
    page = f"{card.code}, {card.title}: {card.meaning} {card.source.url}{read_on}"
    return problem.model_copy(
        update={
            "cause": " ".join(text for text in (problem.cause or card.cause, seen) if text),
            "remedy": problem.remedy or card.remedy,
            "detail": "\n".join(text for text in (problem.detail, page) if text),
        }
    )
