"""The check command: the first three steps without a word in between, and their result as a report."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from asr_tui.model.problem import Problem, ProblemError
from asr_tui.plain import reports, walkthrough
from asr_tui.plain.conversation import Conversation
from asr_tui.plain.events import Event, LineWriter, ascii_form
from asr_tui.plain.evidence import Evidence, gather
from asr_tui.plain.narrator import Narrator
from asr_tui.plain.summary import Tally
from asr_tui.plain.walk import Walk, Wishes
from asr_tui.session.link import Link, WorkerGone
from asr_tui.session.planning_views import PermissionsView
from asr_tui.session.views import View

_NOTHING_MORE = Evidence()
CLEAR = 0
BLOCKED = 1
UNKNOWN = 3


class Narration:
    """Events of the walk as narration: on stderr, and only what a person waits for or must know."""

    def __init__(self, lines: LineWriter) -> None:
        self._lines = lines

    def write(self, event: Event) -> None:
        if event.kind == "heartbeat" or (event.kind in {"step", "problem"} and event.state == "failed"):
            self._lines.note(event.message)

    def note(self, sentence: str) -> None:
        self._lines.note(sentence)


async def check(
    connect: Callable[[], Awaitable[Link]],
    form: str,
    wishes: Wishes,
    ascii_only: bool,
    role: str = "",
    wanted: Evidence = _NOTHING_MORE,
) -> int:
    """Run the checks and print the report. ``form``: table, json, junit. ``role``: where to write the custom role.

    Returns :data:`CLEAR`, :data:`BLOCKED`, or :data:`UNKNOWN` where there is no blocker but something could not be
    evaluated (the whole, where the estate could not be read).
    """
    narration = Narration(LineWriter(ascii_only=ascii_only))
    try:
        view = await _looked_at(connect, narration, wishes, wanted)
    except (ProblemError, WorkerGone) as failure:
        if getattr(failure, "usage", False):
            raise
        narration.note(str(failure))
        view = None
    if view is None:
        return UNKNOWN
    if role:
        for sentence in write_role(view.prerequisites.permissions, Path(role)):
            narration.note(sentence)
    text = reports.FORMS[form](view)
    print(ascii_form(text) if ascii_only else text)
    if view.prerequisites.blockers:
        return BLOCKED
    return UNKNOWN if view.prerequisites.unknowns else CLEAR


def write_role(held: PermissionsView, path: Path) -> tuple[str, ...]:
    """Write a role that holds what the account lacks, and say so, with the request to its owner; no file for no gap.

    Raises:
        ProblemError: it cannot be written.
    """
    if not held.known:
        return ("The permissions of this account could not be read, so no role is written.",)
    if not held.role:
        return ("Nothing is missing: the account holds every action that the plan needs; no role is written.",)
    try:
        path.write_text(held.role + "\n", encoding="utf-8")
    except OSError as error:
        raise ProblemError(Problem(what=f"{path} cannot be written ({error.strerror}).", where="--role")) from error
    return (f"The custom role is in {path.absolute()}; its owner can create and assign it.", *held.request.splitlines())


async def _looked_at(
    connect: Callable[[], Awaitable[Link]], narration: Narration, wishes: Wishes, wanted: Evidence
) -> View | None:
    """The view after the first three steps; None where one of them failed (and said so)."""
    client = await connect()
    try:
        narrator = Narrator(narration)
        talk = Conversation(client, narrator.observe_sign_in, narrator.heartbeat)
        finished = await walkthrough.run(Walk(talk, narration, Tally.starting_now(), wishes), narrator)
        if finished and not wanted.is_empty:
            await gather(talk, wanted, narration.note)
        return client.view if finished else None
    finally:
        await client.close()
