"""What the unattended walk does at each step. Each function returns the sentence that closes its step."""

from __future__ import annotations

from asr_tui.model.arm_id import key
from asr_tui.model.step import Step
from asr_tui.plain import reports
from asr_tui.plain.walk import StepError, Walk
from asr_tui.session import intents
from asr_tui.session.planning_views import NetworkRow, RegionRow, VmRow
from asr_tui.session.running_views import ItemRow
from asr_tui.session.views import View
from asr_tui.wording import count, duration

_SIGNED = frozenset({"signed-in", "failed"})
_RUN_ENDED = frozenset({"finished", "failed", "cancelled", "paused"})
_ON_THE_WAY = frozenset({"planned", "waiting", "enabling", "seeding", "first-point"})


async def sign_in(walk: Walk) -> None:
    """Sign in where that is still to be done, and settle on a subscription without asking."""
    await signed_in(walk)
    await _subscription(walk)


async def signed_in(walk: Walk) -> View:
    """Sign in where that is still to be done, by the way wished for or the first that works here.

    Raises:
        StepError: it failed, or no way works here.
    """
    wishes = walk.wishes
    view = await walk.talk.until(_has_loaded, "the worker to load")
    if view.sign_in.state in {"signed-out", "failed"}:
        way = wishes.way or view.sign_in.chosen or _remembered(view) or _first_way(walk, view)
        view = await walk.talk.send(intents.SignIn(way=way, tenant=wishes.tenant))
    # The narrator says which code to type, each time there is a new one.
    view = await walk.talk.until(lambda view: view.sign_in.state in _SIGNED, "the sign-in")
    if view.sign_in.state == "failed":
        problem = view.sign_in.problem
        raise walk.fail(problem.sentence() if problem else "Signing in failed.")
    return view


def _has_loaded(view: View) -> bool:
    """The worker greets before it has loaded what it needs for Azure; only then does it know the ways to sign in."""
    return bool(view.sign_in.ways)


def _remembered(view: View) -> str:
    """The way that was used last on this cloud, where it can work unattended."""
    usable = {way.id for way in view.sign_in.ways if not way.problem and way.id != "device-code"}
    return view.sign_in.remembered if view.sign_in.remembered in usable else ""


def _first_way(walk: Walk, view: View) -> str:
    possible = [way for way in view.sign_in.ways if not way.problem and way.id != "device-code"]
    if not possible:
        raise walk.fail(
            "No way to sign in works here unattended.",
            "Name one with --auth (device-code, cli, managed-identity, environment, workload-identity).",
        )
    return possible[0].id


async def _subscription(walk: Walk) -> None:
    view = await walk.talk.until(
        lambda view: bool(view.sign_in.subscriptions or view.session.subscription_id), "the list of subscriptions"
    )
    wanted = walk.wishes.subscription or view.plan.subscription
    if view.session.subscription_id and wanted.lower() in {"", view.session.subscription_id.lower()}:
        return
    usable = [row for row in view.sign_in.subscriptions if row.state in {"Enabled", ""}]
    chosen = [row for row in usable if wanted.lower() in {row.id.lower(), row.name.lower()}] if wanted else usable
    if len(chosen) != 1:
        names = ", ".join(f"{row.name} ({row.id})" for row in usable[:20])
        what = (
            f"The subscription {wanted} is not among those you can use."
            if wanted
            else "There is a choice of subscriptions."
        )
        raise walk.fail(what, f"Name one with --subscription: {names or 'none is enabled'}.")
    await walk.talk.send(intents.ChooseSubscription(subscription_id=chosen[0].id))


async def architecture(walk: Walk) -> str:
    view = await walk.talk.until(_at_rest, "the estate to be read")
    if not view.architecture.sources:
        raise _without(walk, view, "No region of this subscription holds a VM that can be read.")
    source = _source(walk, view)
    if view.plan.source_region != source.name or (
        walk.wishes.target_region and view.plan.target_region != walk.wishes.target_region
    ):
        view = await walk.talk.send(intents.ChooseRegions(source=source.name, target=walk.wishes.target_region))
    view = await walk.talk.until(_at_rest, "the estate to be read")
    if not view.plan.target_region:
        target = _target(walk, view)
        view = await walk.talk.send(intents.ChooseRegions(source=source.name, target=target.name))
        view = await walk.talk.until(_at_rest, "the estate to be read")
    session = view.session
    walk.say("choice", "source region", "done", session.source_region_title or session.source_region)
    walk.say("choice", "target region", "done", session.target_region_title or session.target_region)
    for node in view.architecture.nodes:
        walk.say("node", node.title, node.state, f"{node.kind}, {node.side}{f': {node.detail}' if node.detail else ''}")
    for flow in view.architecture.flows:
        walk.say("flow", "", "info", flow)
    return f"{count(len(view.vms), 'VM')} from {session.source_region} to {session.target_region}."


def _at_rest(view: View) -> bool:
    return view.session.activity == ""


def has_settled(view: View) -> bool:
    """The estate is read and the checks are through: only then is it known what can be protected."""
    return _at_rest(view) and view.prerequisites.state == "done"


def _without(walk: Walk, view: View, what: str) -> StepError:
    """A failure because something did not come; the worker's newest problem says why, where it has one."""
    cause = view.problems[-1].sentence() if view.problems else ""
    return walk.fail(what, cause=cause)


def _source(walk: Walk, view: View) -> RegionRow:
    wanted = walk.wishes.source_region or view.plan.source_region
    rows = view.architecture.sources
    if wanted:
        row = next((row for row in rows if wanted in {row.name, row.title}), None)
        if row is None:
            raise walk.fail(
                f"The region {wanted} holds no VM that could be protected.",
                f"Source regions here: {', '.join(row.name for row in rows)}.",
            )
        return row
    return max(rows, key=lambda row: row.vms)


def _target(walk: Walk, view: View) -> RegionRow:
    possible = [row for row in view.architecture.targets if not row.refused]
    if not possible:
        raise walk.fail("No target region is possible for this source region.", "Choose another with --source.")
    return next((row for row in possible if row.paired), possible[0])


async def prerequisites(walk: Walk) -> str:
    await walk.talk.send(intents.RunChecks(reread=walk.tally.ran_before(walk.view)))
    view = await walk.talk.until(has_settled, "the prerequisite checks")
    found = view.prerequisites
    for row in view.vms:
        if row.eligible is False:
            walk.say("vm", row.name, "refused", f"cannot be protected: {row.why_not}", vm_id=row.id)
    eligible = sum(1 for row in view.vms if row.eligible)
    return (
        f"{count(found.total, 'check')} done: {count(found.blockers, 'blocker')}, {count(found.warnings, 'warning')}, "
        f"{found.unknowns} could not be evaluated, {found.infos} for information. "
        f"{eligible} of {count(len(view.vms), 'VM')} can be protected."
    )


async def networking(walk: Walk) -> str:
    view = await walk.talk.until(_at_rest, "the network assessment")
    for network in view.networking.networks:
        _tell_network(walk, network)
    for row in view.networking.vms:
        walk.say("vm", row.name, "mapped", " ".join(reports.interface_lines(row)), vm_id=row.vm_id)
    return f"{count(len(view.networking.networks), 'source network')} mapped by the defaults shown."


def _tell_network(walk: Walk, network: NetworkRow) -> None:
    target = f"{'new' if network.target_is_new else 'existing'} network {network.target_name}"
    walk.say(
        "network",
        network.name,
        "mapped",
        f"{count(network.vms, 'VM')}; fails over into the {target} ({network.target_address_space})."
        + (f" {network.remark}" if network.remark else ""),
    )
    for tag in network.tags:
        walk.say(
            "tag",
            f"{network.name} {tag.tag}",
            tag.verdict,
            f"{tag.subject or network.name}: port {tag.port} for {tag.purpose}: {tag.verdict} by {tag.deciding_rule}",
        )
    for subnet in network.subnets:
        walk.say("subnet", f"{network.name}/{subnet.source}", "mapped", f"to subnet {subnet.target}: {subnet.why}")
    for omission in network.not_carried:
        walk.say("network", network.name, "info", f"not carried over: {omission}")


async def vault(walk: Walk) -> str:
    view = await walk.talk.until(has_settled, "the estate to be read")
    if _is_running(view, Step.REPLICATION):
        return f"The vault {view.plan.vault.name} is there: replication into it is being enabled already."
    choice = view.plan.vault
    if not choice.name:
        usable = [option for option in view.vault.options if not option.refused]
        if usable:
            view = await walk.talk.send(intents.ChooseVault(vault_id=usable[0].id))
        else:
            view = await walk.talk.send(intents.ChooseVault())
        choice = view.plan.vault
    walk.say("choice", "vault", "done", f"{choice.name} in {choice.resource_group}, {choice.region}")
    if _is_running(view, Step.VAULT):  # of a walk that was cut off: what is still missing shows in the next review
        await _follow_run(walk, Step.VAULT)
    writes = await _review_and_run(walk, Step.VAULT)
    view = await walk.talk.until(lambda view: view.vault.state in {"ready", "failed"}, "the vault")
    if view.vault.state == "failed":
        reasons = " ".join(problem.sentence() for problem in view.vault.problems)
        raise walk.fail(f"The vault could not be made. {reasons}")
    return f"The vault {view.plan.vault.name} is ready ({count(writes, 'write')})."


async def _review_and_run(walk: Walk, step: Step) -> int:
    """Have the changes of a step listed, confirm them and follow the run. Returns how many write something."""
    view = await walk.talk.send(intents.PrepareReview(step=step))
    view = await walk.talk.until(_at_rest, "the list of changes")
    if view.review.scope is not step:
        raise _without(walk, view, "The list of changes could not be made.")
    _tell_changes(walk, view)
    if view.review.blockers:
        raise walk.fail("The changes cannot be carried out.", cause=" ".join(view.review.blockers))
    if not view.review.changes:
        return 0
    view = await walk.talk.send(intents.ConfirmReview(digest=view.review.digest))
    await _follow_run(walk, step)
    return view.review.writes


def _is_running(view: View, step: Step) -> bool:
    return view.run.state == "running" and view.run.scope is step


async def _follow_run(walk: Walk, step: Step) -> None:
    """Wait until the run of a step has ended.

    Raises:
        StepError: it did not end well, and the step cannot do without what failed.
    """
    view = await walk.talk.until(
        lambda view: view.run.scope is step and view.run.state in _RUN_ENDED, f"the changes of step {step.heading}"
    )
    if view.run.state != "finished":
        _note_failures(walk, view, step)


def _tell_changes(walk: Walk, view: View) -> None:
    for row in view.review.changes:
        walk.say(
            "review",
            row.name,
            row.state if row.state != "waiting" else "planned",
            f"{row.action} {row.kind}: {row.reason}",
            action=row.action,
            resource_id=row.resource_id,
        )
    walk.say(
        "review",
        "",
        "planned",
        f"{count(len(view.review.changes), 'change')} in all, of which {view.review.writes} "
        f"{'writes' if view.review.writes == 1 else 'write'} to Azure.",
    )


def _note_failures(walk: Walk, view: View, step: Step) -> None:
    """Remember what failed. In the replication step the VMs that it does not concern go on.

    Raises:
        StepError: the run stopped, or the step cannot do without what failed.
    """
    failed = [row for row in view.review.changes if row.state == "failed"]
    walk.tally.failures.extend(row.key for row in failed)
    if view.run.state == "failed" and step is Step.REPLICATION:
        return
    reason = view.run.problem.sentence() if view.run.problem else ""
    names = ", ".join(row.name for row in failed[:5])
    raise walk.fail(
        f"The run is {view.run.state}{f'; it failed at {names}' if failed else ''}.",
        cause=reason,
        remedy="Walk again to go on.",
    )


async def replication(walk: Walk) -> str:
    view = await walk.talk.until(has_settled, "the estate to be read again")
    if _is_running(view, Step.REPLICATION):  # as above
        await _follow_run(walk, Step.REPLICATION)
        view = await walk.talk.until(has_settled, "the estate to be read again")
    wanted = tuple(row.id for row in view.vms if row.eligible or row.protected)
    if not wanted:
        raise walk.fail("No VM can be protected.", "Step 2 says for each VM what to put right.")
    if {key(vm) for vm in view.plan.vms} != {key(vm) for vm in wanted}:
        view = await walk.talk.send(intents.SelectVms(vm_ids=wanted))
    walk.say("selection", "", "done", f"{count(len(wanted), 'VM')} selected: {', '.join(_names(view.vms, wanted))}.")
    writes = await _review_and_run(walk, Step.REPLICATION)
    view = await walk.talk.until(lambda view: _all_settled(view, wanted), "initial replication")
    items = _items(view, wanted)
    protected = [row for row in items if row.milestone == "protected"]
    for row in items:
        if row.milestone == "failed":
            walk.tally.failures.append(row.vm_id)
    if not protected:
        raise walk.fail("No VM became protected.", "Each VM's own line says why.")
    return f"{len(protected)} of {count(len(wanted), 'VM')} protected ({count(writes, 'write')})."


def _names(rows: tuple[VmRow, ...], ids: tuple[str, ...]) -> list[str]:
    wanted = {key(vm) for vm in ids}
    return [row.name for row in rows if key(row.id) in wanted]


def _items(view: View, ids: tuple[str, ...]) -> list[ItemRow]:
    wanted = {key(vm) for vm in ids}
    return [row for row in view.replication.items if key(row.vm_id) in wanted]


def _all_settled(view: View, ids: tuple[str, ...]) -> bool:
    items = _items(view, ids)
    return len(items) == len(ids) and not any(row.milestone in _ON_THE_WAY for row in items)


async def test_failover(walk: Walk) -> str:
    view = walk.view
    if view.drill.state not in {"running", "waiting", "cleaning-up"}:
        protected = tuple(row.vm_id for row in view.replication.items if row.milestone == "protected")
        await walk.talk.send(intents.PrepareDrill(vm_ids=protected, create_network=True))
        view = await walk.talk.until(_at_rest, "the recovery points and networks")
        if not view.drill.rows:
            raise _without(walk, view, "The test failover could not be prepared.")
        for row in view.drill.rows:
            if row.state == "refused" and row.chosen:
                walk.say("drill", row.vm_name, "refused", row.why, vm_id=row.vm_id)
                walk.tally.failures.append(row.vm_id)
        tell_what_is_made(walk, view)
        await walk.talk.send(intents.StartDrill(digest=view.drill.digest))
    view = await walk.talk.until(lambda view: view.drill.state not in {"idle", "running"}, "the test failovers")
    if view.drill.state == "waiting":
        await give_verdicts(walk, view, "by the evidence of the unattended walkthrough")
        await walk.talk.send(intents.CleanUpDrill(notes="Unattended walkthrough"))
    view = await walk.talk.until(lambda view: view.drill.state in {"done", "failed"}, "the cleanup")
    return _drill_result(walk, view)


def tell_what_is_made(walk: Walk, view: View) -> None:
    """The test network, what will be written for it, and what of quota, locks and names could not be shown to be in order."""
    walk.say("choice", "test network", "done", view.drill.network_name)
    for change in view.drill.changes:
        if change.action != "reuse":
            walk.say("choice", f"{change.kind} {change.name}", "done", f"{change.action}: {change.reason}")
    for proof in view.drill.readiness:
        if proof.state != "passed":
            walk.say("check", proof.what, "warning", proof.detail)


async def give_verdicts(walk: Walk, view: View, note: str) -> None:
    """The verdict that the evidence gives: passed only where every piece of it is."""
    for row in view.drill.rows:
        if row.state in {"running", "verified"} and not row.verdict:
            good = bool(row.evidence) and all(proof.state == "passed" for proof in row.evidence)
            await walk.talk.send(
                intents.RecordVerdict(
                    vm_id=row.vm_id,
                    verdict="passed" if good else "failed",
                    note=note,
                )
            )


def _drill_result(walk: Walk, view: View) -> str:
    drill = view.drill
    failed = [row for row in drill.rows if row.selected and (row.state != "cleaned-up" or row.verdict == "failed")]
    walk.tally.failures.extend(row.vm_id for row in failed)
    if drill.state == "failed" or drill.leftovers:
        reason = drill.problem.sentence() if drill.problem else ""
        left = f" Left behind: {', '.join(drill.leftovers)}." if drill.leftovers else ""
        raise walk.fail(f"The test failover did not end clean.{left}", cause=reason)
    walk.say("cleanup", drill.network_name, "cleaned-up", drill.clean_proof or "Nothing of the drill is left.")
    measured = f" Longest RTO {duration(drill.max_rto_seconds)}." if drill.max_rto_seconds is not None else ""
    tested = sum(1 for row in drill.rows if row.selected and row.running_at)
    return f"{count(tested, 'VM')} tested and cleaned up.{measured}"
