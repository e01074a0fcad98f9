"""Step 6 of the interview: the test failover, the verdict, the cleanup."""

from __future__ import annotations

from asr_tui.model.plan import RecoveryPointKind
from asr_tui.model.step import Step
from asr_tui.plain.asking import rehearsal_plan
from asr_tui.plain.asking.interview import Action, Interview
from asr_tui.plain.asking.prompt import Choice
from asr_tui.session import intents
from asr_tui.session.running_views import DrillRow
from asr_tui.session.views import View
from asr_tui.wording import count, duration, stamp

_NEW = "new"
_KINDS = {
    RecoveryPointKind.LATEST_PROCESSED: "Latest processed: the newest point that is ready (fastest)",
    RecoveryPointKind.LATEST: "Latest: what has arrived is processed first (least data loss)",
    RecoveryPointKind.LATEST_APP_CONSISTENT: "Latest app-consistent",
    RecoveryPointKind.CUSTOM: "Custom: choose for each VM",
}


async def test_failover(interview: Interview) -> str:
    """Step 6."""
    view = await interview.rest()
    drill = view.drill
    interview.prompt.say(f"Test failover: {drill.state}; {count(view.replication.protected, 'VM')} protected.")
    if drill.state in {"done", "failed"}:
        _tell_result(interview, view)
    actions = [
        Action("Prepare and run a test failover", _run),
        Action("Follow the test failover", _follow),
        Action("Read what was verified of each test VM", _read_evidence),
        Action("Give your verdict on the test VMs", _verdicts),
        Action("Clean up, with notes", _clean_up),
    ]
    default = {"idle": 0, "running": 1, "waiting": 4, "cleaning-up": 1}.get(drill.state)
    return await interview.menu(Step.TEST_FAILOVER, actions, default)


async def _run(interview: Interview) -> None:
    protected = [row for row in interview.view.replication.items if row.milestone == "protected"]
    if not protected:
        interview.prompt.say("No VM is protected yet; step 5 enables replication.")
        return
    vms = await interview.prompt.several("Which VMs", [Choice(row.vm_id, row.vm_name) for row in protected])
    if not vms:
        return
    kind = RecoveryPointKind(
        await interview.prompt.choose(
            "Recovery point",
            [Choice(kind.value, text) for kind, text in _KINDS.items()],
            RecoveryPointKind.LATEST_PROCESSED.value,
        )
    )
    if not await interview.send(intents.PrepareDrill(vm_ids=vms, recovery_point=kind)):
        return
    await interview.rest()
    points = await _custom_points(interview, vms) if kind is RecoveryPointKind.CUSTOM else {}
    network = await _network(interview)
    prepared = intents.PrepareDrill(
        vm_ids=vms,
        recovery_point=kind,
        custom_points=points,
        network_id="" if network == _NEW else network,
        create_network=network == _NEW,
        **await rehearsal_plan.ask(interview, vms),
    )
    if await interview.send(prepared):
        await interview.rest()
        await _start(interview, network)


async def _custom_points(interview: Interview, vms: tuple[str, ...]) -> dict[str, str]:
    chosen = {}
    wanted = {vm.lower() for vm in vms}
    for row in interview.view.drill.rows:
        if row.vm_id.lower() in wanted and row.points:
            choices = [
                Choice(point.id, f"{stamp(point.time)}, {point.kind}, {duration(point.age_seconds)} old")
                for point in row.points
            ]
            chosen[row.vm_id] = await interview.prompt.choose(
                f"Recovery point of {row.vm_name}", choices, choices[0].value
            )
    return chosen


async def _network(interview: Interview) -> str:
    choices = [Choice(_NEW, "A new isolated network, made for drills and kept for the next one")]
    choices += [
        Choice(
            option.id,
            f"{option.name} ({option.address_space}){f', NOT ISOLATED: {option.danger}' if option.danger else ''}",
        )
        for option in interview.view.drill.networks
    ]
    return await interview.prompt.choose("Test network", choices, _NEW)


async def _start(interview: Interview, network: str) -> None:
    view = interview.view
    for row in view.drill.rows:
        if row.chosen:
            point = f", recovery point of {stamp(row.point_time)}" if row.point_time else ""
            interview.prompt.say(f"  {row.vm_name}: {row.state}{f', {row.why}' if row.why else ''}{point}")
    rehearsal_plan.tell(interview)
    danger = next((option.danger for option in view.drill.networks if option.id == network), "")
    typed = ""
    if danger:
        interview.prompt.say(f"This network is not isolated: {danger}")
        typed = await interview.prompt.ask("Type its name to use it all the same")
    if not await interview.prompt.agree(f"Run the test failover in {view.drill.network_name} now", default=False):
        interview.prompt.say("Nothing was started.")
        return
    if await interview.send(intents.StartDrill(typed_network_name=typed, digest=view.drill.digest)):
        await _follow(interview)


async def _follow(interview: Interview) -> None:
    await interview.follow(lambda view: view.drill.state not in {"running", "cleaning-up"}, "the test failover")


def _up(view: View) -> list[DrillRow]:
    return [row for row in view.drill.rows if row.state in {"running", "verified"}]


async def _read_evidence(interview: Interview) -> None:
    for row in interview.view.drill.rows:
        if not row.selected:
            continue
        rto = f", RTO {duration(row.rto_seconds)}" if row.rto_seconds is not None else ""
        rpo = f", RPO {duration(row.rpo_seconds)}" if row.rpo_seconds is not None else ""
        verdict = f", your verdict: {row.verdict}" if row.verdict else ""
        interview.prompt.say(
            f"{row.vm_name}: {row.state}{f', test VM {row.test_vm}' if row.test_vm else ''}{rto}{rpo}{verdict}"
        )
        for proof in row.evidence:
            interview.prompt.say(f"  {proof.state} {proof.what}: {proof.detail}")
        if row.output:
            interview.prompt.say("  Output of your own check:")
            interview.prompt.tell([f"    {line}" for line in row.output.splitlines()])


async def _verdicts(interview: Interview) -> None:
    rows = _up(interview.view)
    if not rows:
        interview.prompt.say("No test VM is up.")
    for row in rows:
        passed = await interview.prompt.agree(f"Does {row.test_vm or row.vm_name} work as it should", default=True)
        note = await interview.prompt.ask("A note (may be empty)")
        await interview.send(
            intents.RecordVerdict(vm_id=row.vm_id, verdict="passed" if passed else "failed", note=note)
        )


async def _clean_up(interview: Interview) -> None:
    notes = await interview.prompt.typed(
        "Notes for the service's record (may be empty)",
        lambda text: "" if len(text) <= 1024 else "Notes are at most 1024 characters.",
    )
    if not await interview.prompt.agree("Delete the test VMs now", default=True):
        interview.prompt.say("The test VMs go on running, and cost money, until they are cleaned up.")
        return
    if await interview.send(intents.CleanUpDrill(notes=notes)):
        await _follow(interview)
        _tell_result(interview, interview.view)


def _tell_result(interview: Interview, view: View) -> None:
    drill = view.drill
    left_out = [row.vm_name for row in drill.rows if row.chosen and not row.selected]
    if left_out:
        interview.prompt.say(f"Left out: {', '.join(left_out)}; so the drill as a whole has not passed.")
    if drill.passed is not None:
        interview.prompt.say("The drill passed." if drill.passed else "The drill has not passed.")
    if drill.max_rto_seconds is not None:
        rpo = f", longest RPO {duration(drill.max_rpo_seconds)}" if drill.max_rpo_seconds is not None else ""
        interview.prompt.say(f"Longest RTO {duration(drill.max_rto_seconds)}{rpo}.")
    if drill.clean_proof:
        interview.prompt.say(drill.clean_proof)
    for left in drill.leftovers:
        interview.prompt.say(f"Left behind: {left}")
    if drill.problem:
        interview.prompt.say(drill.problem.sentence())
