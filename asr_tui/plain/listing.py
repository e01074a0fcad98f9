"""The changes command: what would be written to Azure, as JSON or as a script, without writing it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.step import Step
from asr_tui.plain import walkthrough
from asr_tui.plain.checking import Narration
from asr_tui.plain.conversation import Conversation
from asr_tui.plain.events import LineWriter
from asr_tui.plain.narrator import Narrator
from asr_tui.plain.summary import Tally
from asr_tui.plain.walk import Walk, Wishes
from asr_tui.session import intents
from asr_tui.session.link import Link
from asr_tui.session.views import View
from asr_tui.wording import count

DONE = 0
FAILED = 1
FORMS = ("json", "az")


async def list_changes(connect: Callable[[], Awaitable[Link]], form: str, wishes: Wishes, ascii_only: bool) -> int:
    """Print the changes that set everything up and enable replication for the plan's VMs (all that can be protected, where
    the plan names none). ``form``: json, az. Nothing is written to Azure.

    Returns:
        :data:`DONE`, or :data:`FAILED` where the list could not be made, or cannot be carried out as it stands.

    Raises:
        ProblemError, WorkerGone: no list came of it.
    """
    narration = Narration(LineWriter(ascii_only=ascii_only))
    client = await connect()
    try:
        narrator = Narrator(narration)
        talk = Conversation(client, narrator.observe_sign_in, narrator.heartbeat)
        if not await walkthrough.run(Walk(talk, narration, Tally.starting_now(), wishes), narrator):
            return FAILED
        view = await _reviewed(talk)
    finally:
        await client.close()
    print(_content(view.review.exported[FORMS.index(form)]), end="")
    narration.note(
        f"{count(len(view.review.changes), 'change')}, of which {view.review.writes} to be written to Azure."
    )
    for blocker in view.review.blockers:
        narration.note(f"This cannot be carried out: {blocker}")
    return FAILED if view.review.blockers else DONE


async def _reviewed(talk: Conversation) -> View:
    view = talk.view
    if not view.plan.vault.name:
        usable = [option for option in view.vault.options if not option.refused]
        view = await talk.send(intents.ChooseVault(vault_id=usable[0].id if usable else ""))
    if not view.plan.vms:
        wanted = tuple(row.id for row in view.vms if row.eligible or row.protected)
        view = await talk.send(intents.SelectVms(vm_ids=wanted))
    await talk.send(intents.PrepareReview(step=Step.REPLICATION))
    view = await talk.until(lambda view: view.session.activity == "", "the list of changes")
    if view.review.scope is not Step.REPLICATION:
        cause = view.problems[-1].sentence() if view.problems else ""
        raise ProblemError(Problem(what="The list of changes could not be made.", cause=cause))
    await talk.send(intents.ExportReview())
    return await talk.until(lambda view: bool(view.review.exported), "the files")


def _content(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ProblemError(Problem(what=f"{path} cannot be read ({error.strerror}).")) from error
