"""What steps 2 and 3 of the interview can do about findings: repairs, looks into guests, the engineer's word, second opinions."""

from __future__ import annotations

from asr_tui.plain import evidence, reports
from asr_tui.plain.asking.interview import Interview
from asr_tui.plain.asking.prompt import Choice
from asr_tui.plain.events import one_line
from asr_tui.session import intents
from asr_tui.session.planning_views import FixRow
from asr_tui.wording import count

ATTESTED = "vm-attested"
"""The check whose findings tell what the engineer confirmed."""


async def repair(interview: Interview) -> None:
    """The worklist, one line for what one repair clears; then a repair to put into the plan or to take out."""
    view, say = interview.view, interview.prompt.say
    for row in view.prerequisites.worklist:
        accepted = f" Accepted: {row.accepted}." if row.accepted else ""
        frees = f" Frees {count(row.unblocks, 'VM')}." if row.unblocks else ""
        say(f"{row.severity.upper()} {row.subject}: {row.title}, {count(row.vms, 'VM')}.{frees}{accepted}")
        say(f"  Remedy: {row.remedy}")
    fixes = {fix.key: fix for row in view.prerequisites.worklist for fix in row.fixes}
    await _plan(
        interview, tuple(fixes.values()), "There is no repair that asr-tui could make; the remedies say what to do."
    )


async def rules(interview: Interview) -> None:
    """The missing security rules with their commands and bodies; then which of them the plan is to hold."""
    missing = interview.view.networking.missing
    for fix in missing:
        interview.prompt.say(fix.what)
        interview.prompt.say(f"  {fix.command}")
        interview.prompt.say(f"  {one_line(fix.body)}")
    await _plan(interview, missing, "No security rule is missing.")


async def _plan(interview: Interview, fixes: tuple[FixRow, ...], nothing: str) -> None:
    if not fixes:
        interview.prompt.say(nothing)
        return
    choices = [Choice(evidence.ALL, f"All {len(fixes)}")]
    choices += [Choice(fix.key, f"{fix.what}{' (in the plan: takes it out)' if fix.taken else ''}") for fix in fixes]
    choices.append(Choice("", "None of them"))
    chosen = await interview.prompt.choose("Which repair goes into the plan", choices, "")
    if not chosen:
        return
    known = {key.lower(): key for key in interview.view.plan.fixes}
    if chosen == evidence.ALL:
        known |= {fix.key.lower(): fix.key for fix in fixes}
    elif chosen.lower() in known:
        del known[chosen.lower()]
    else:
        known[chosen.lower()] = chosen
    if await interview.send(intents.TakeFixes(keys=tuple(known.values()))):
        interview.prompt.say("The plan holds it now; step 5 reviews it with everything else.")


async def probe(interview: Interview) -> None:
    """Show the scripts, ask, and look into the guests."""
    for system, script in interview.view.prerequisites.scripts.items():
        interview.prompt.say(f"In {system} guests this runs through the VM agent; it reads only:")
        for line in script.splitlines():
            interview.prompt.say(f"  {line}")
    answer = await interview.prompt.choose(
        "Look into the running guests", [Choice("no", "No"), Choice("yes", "Yes, run it")], "no"
    )
    if answer != "yes":
        return
    view = interview.view
    running = [row.id for row in view.vms if row.power == "running" and (row.selected or not view.plan.vms)]
    if await interview.send(intents.ProbeGuests(vm_ids=tuple(running))):
        await _checked(interview)


async def attest(interview: Interview) -> None:
    """Confirm what could not be evaluated, or take an earlier word back."""
    rows = [
        row
        for row in interview.view.prerequisites.findings
        if (row.severity == "unknown" or row.check_id == ATTESTED) and row.vm_ids
    ]
    if not rows:
        interview.prompt.say("Nothing waits for your word.")
        return
    choices = [
        Choice(
            row.key,
            f"{'take back: ' if row.check_id == ATTESTED else ''}{row.title} ({', '.join(row.vm_names[:5])}"
            f"{' ...' if len(row.vm_names) > 5 else ''})",
        )
        for row in rows
    ]
    key = await interview.prompt.choose("What do you confirm (your name and the time are kept)", choices)
    back = next(row.check_id for row in rows if row.key == key) == ATTESTED
    if await interview.send(intents.Attest(keys=(key,), withdraw=back)):
        await _checked(interview)


async def name_kernel_lists(interview: Interview) -> None:
    """A folder or an address; the checks then run over the lists."""
    part = interview.view.prerequisites
    interview.prompt.say(f"Now: {part.kernels or 'none named'}. {part.kernel_lists}".strip())
    answer = await interview.prompt.ask("Folder (its whole path) or https address, or none", part.kernels or "none")
    place = "" if answer == "none" else answer
    if await interview.send(intents.NameKernelLists(place=place)) and await interview.send(intents.RunChecks()):
        await _checked(interview)
        interview.prompt.say(interview.view.prerequisites.kernel_lists or "No list is read.")


async def read_rights(interview: Interview) -> None:
    """The missing actions, the message to the owner and the custom role."""
    held, say = interview.view.prerequisites.permissions, interview.prompt.say
    if not held.gaps:
        known = "Nothing is known to be missing." if held.known else "The permissions could not be read."
        say(known)
    for line in (*held.request.splitlines(), *held.role.splitlines()):
        say(line)


async def ask_azure(interview: Interview) -> None:
    """Pick a VM, ask, and read the answer."""
    rows = [row for row in interview.view.vms if row.power == "running"]
    if not rows:
        interview.prompt.say("No VM runs; Azure works out the rules of running VMs only.")
        return
    chosen = await interview.prompt.choose("Which VM", [Choice(row.id, f"{row.name} in {row.subnet}") for row in rows])
    if not await interview.send(intents.AskEffectiveRules(vm_id=chosen)):
        return
    view = await interview.talk.until(
        lambda view: any(one.vm_id == chosen and one.state != "asking" for one in view.networking.opinions),
        "Azure's rules",
    )
    for line in reports.opinion_lines(next(one for one in view.networking.opinions if one.vm_id == chosen)):
        interview.prompt.say(line)


async def read_connections(interview: Interview) -> None:
    """Gateways, circuits, connections, peerings and overlaps, each with its guideline."""
    part, say = interview.view.networking, interview.prompt.say
    if part.unread:
        say(f"Not read: {part.unread}")
    if not part.connections:
        say("Nothing that connects on-premises was found.")
    for row in part.connections:
        say(f"{row.kind} {row.name} ({row.region}): {row.detail}")
        say(f"  {row.guideline}")


async def _checked(interview: Interview) -> None:
    await interview.talk.until(
        lambda view: view.prerequisites.state == "done" and view.session.activity == "", "the checks"
    )
