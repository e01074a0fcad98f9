"""An error, told so that an engineer can act on it."""

from __future__ import annotations

from asr_tui.model.part import Part


class Problem(Part):
    """What happened, what it means here, and what to do next: one to three sentences in all.

    ``retry`` says whether doing the same again can help. ``where`` names the field, row or step it belongs to.
    ``detail`` holds the service's own text (data, shown as text). ``request_id`` is Azure's, for support.
    """

    what: str
    cause: str = ""
    remedy: str = ""
    retry: bool = False
    code: str = ""
    status: int | None = None
    detail: str = ""
    resource_id: str = ""
    request_id: str = ""
    where: str = ""

    def sentence(self) -> str:
        """The whole as one line of plain text; words of Azure's that do not end a sentence get a full stop."""
        parts = (part.rstrip() for part in (self.what, self.cause, self.remedy))
        return " ".join(part if part[-1] in ".!?" else f"{part}." for part in parts if part)


class ProblemError(Exception):
    """Carries a :class:`Problem` up to where it can be shown."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence())
        self.problem = problem
