"""The interview from sign-in to finished drill, back and forth, leaving at any moment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from asr_tui import closing
from asr_tui.model.step import Step
from asr_tui.plain import stations
from asr_tui.plain.asking import looking, rehearsing, writing
from asr_tui.plain.asking.interview import NEXT, Interview
from asr_tui.plain.asking.prompt import BackError, Choice, Keyboard, LeaveError, Prompt
from asr_tui.plain.conversation import Conversation
from asr_tui.plain.events import LineWriter
from asr_tui.plain.narrator import Narrator
from asr_tui.plain.summary import Tally
from asr_tui.plain.walk import StepError, Walk, Wishes
from asr_tui.plain.walkthrough import PURPOSES
from asr_tui.session import intents
from asr_tui.session.link import Link
from asr_tui.session.views import SignInView, SubscriptionRow, View

_STEPS: dict[Step, Callable[[Interview], Awaitable[str]]] = {
    Step.ARCHITECTURE: looking.architecture,
    Step.PREREQUISITES: looking.prerequisites,
    Step.NETWORKING: looking.networking,
    Step.VAULT: writing.vault,
    Step.REPLICATION: writing.replication,
    Step.TEST_FAILOVER: rehearsing.test_failover,
}
_OTHER_TENANT = "another-tenant"
_HELP = (
    "Answer with a number, or Enter for what stands in brackets; b goes back, q leaves (what runs in Azure goes on)."
)


async def converse(connect: Callable[[], Awaitable[Link]], writer: LineWriter, wishes: Wishes, ascii_only: bool) -> int:
    """Run the interview; returns the exit code.

    Raises:
        WorkerGone: the worker ended meanwhile.
        ProblemError: it could not be started, or nobody could be signed in.
    """
    client = await connect()
    keyboard = Keyboard()
    prompt = Prompt(keyboard, ascii_only=ascii_only)
    narrator = Narrator(writer, frozenset({Step.VAULT, Step.REPLICATION, Step.TEST_FAILOVER}))
    talk = Conversation(client, narrator.observe, narrator.heartbeat)
    try:
        prompt.say(_HELP)
        await _sign_in(Interview(talk, prompt, keyboard, narrator), writer, wishes)
        await _steps(Interview(talk, prompt, keyboard, narrator))
    except (LeaveError, BackError):
        prompt.say("Leaving. What runs in Azure goes on, and so does the worker: `asr-tui watch` follows it.")
    finally:
        await client.close()
    return 0


async def _sign_in(interview: Interview, writer: LineWriter, wishes: Wishes) -> None:
    await interview.talk.until(lambda view: bool(view.sign_in.ways), "the worker to load")
    while True:
        try:
            view = await _signed_in(interview, writer, wishes)
        except StepError as refused:
            # The card says what would work instead: ask again, with all ways open.
            interview.prompt.say(str(refused))
            wishes = replace(wishes, way="")
            continue
        if wishes.subscription:
            if not await interview.send(intents.ChooseSubscription(subscription_id=wishes.subscription)):
                raise LeaveError
            return
        if view.session.subscription_id:
            return
        chosen = await interview.prompt.choose("Subscription", _subscriptions(view))
        if chosen == _OTHER_TENANT:
            wishes = replace(wishes, tenant=await _tenant(interview, view), way=view.sign_in.chosen)
            await interview.send(intents.SignOut())
        elif await interview.send(intents.ChooseSubscription(subscription_id=chosen)):
            return


async def _signed_in(interview: Interview, writer: LineWriter, wishes: Wishes) -> View:
    view = interview.view
    failed = view.sign_in.state == "failed"
    way = wishes.way or ("" if failed else view.sign_in.chosen)
    if not way and view.sign_in.state in {"signed-out", "failed"}:
        ways = [Choice(row.id, f"{row.title}: {row.hint}", row.problem) for row in view.sign_in.ways]
        usable = [choice.value for choice in ways if not choice.refused]
        first = view.sign_in.remembered if view.sign_in.remembered in usable else next(iter(usable), "")
        way = await interview.prompt.choose("How to sign in", ways, first)
        if way == "device-code":
            await _keep(interview, view.sign_in)
    return await stations.signed_in(Walk(interview.talk, writer, Tally.starting_now(), replace(wishes, way=way)))


async def _keep(interview: Interview, sign_in: SignInView) -> None:
    """Whether the sign-in outlives the worker; asked only where the system has a store that encrypts."""
    if sign_in.keeping_problem:
        interview.prompt.say(f"The sign-in stays in the worker's memory: {sign_in.keeping_problem}")
        return
    keep = await interview.prompt.agree("Keep this sign-in in the system's encrypted keyring", default=sign_in.kept)
    if keep != sign_in.kept:
        await interview.send(intents.KeepSignIn(keep=keep))


def _subscriptions(view: View) -> list[Choice]:
    rows = [Choice(row.id, _subscription(row), _refused(row.state)) for row in view.sign_in.subscriptions]
    if len(view.sign_in.tenants) > 1:
        rows.append(Choice(_OTHER_TENANT, "Sign in to another tenant"))
    return rows


def _subscription(row: SubscriptionRow) -> str:
    """Name and id; a state other than Enabled is marked."""
    mark = "" if row.state in {"Enabled", ""} else f", {row.state}"
    return f"{row.name} ({row.id}{mark})"


async def _tenant(interview: Interview, view: View) -> str:
    rows = [
        Choice(row.id, f"{row.name or row.domain or row.id} ({'guest, ' if row.guest else ''}{row.domain or row.id})")
        for row in view.sign_in.tenants
    ]
    return await interview.prompt.choose("Tenant", rows, view.session.tenant)


def _refused(state: str) -> str:
    return f"it is {state.lower()}" if state in {"Disabled", "Deleted"} else ""


async def _steps(interview: Interview) -> None:
    steps = list(Step)
    position = 0
    while position < len(steps):
        step = steps[position]
        interview.prompt.say()
        interview.prompt.say(f"Step {step.number} of {len(steps)}: {step.heading}")
        interview.prompt.say(PURPOSES[step])
        try:
            while await _STEPS[step](interview) != NEXT:
                interview.prompt.say()
                interview.prompt.say(f"Step {step.number} of {len(steps)}: {step.heading}")
            position += 1
        except BackError:
            position = max(0, position - 1)
    interview.prompt.say()
    for remark in closing.remarks(interview.view):
        interview.prompt.say(f"{remark.label}: {remark.text}" if remark.label else f"  {remark.text}")
    interview.prompt.say("That was the last step. `asr-tui watch` follows what runs on.")
