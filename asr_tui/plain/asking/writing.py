"""Steps 4 and 5 of the interview: vault and replication. Nothing is written before its list of changes was confirmed."""

from __future__ import annotations

from asr_tui.model.arm_id import key
from asr_tui.model.plan import MAX_RETENTION_MINUTES, MINUTES_PER_DAY
from asr_tui.model.step import Step
from asr_tui.plain.asking.interview import Action, Interview
from asr_tui.plain.asking.prompt import Choice
from asr_tui.session import intents, own_settings
from asr_tui.session.views import View
from asr_tui.wording import count, duration, minutes

_ENDED = frozenset({"finished", "failed", "cancelled", "paused"})
_MOVING = frozenset({"waiting", "enabling", "seeding", "first-point"})


async def vault(interview: Interview) -> str:
    """Step 4: the vault."""
    view = await interview.rest()
    choice = view.plan.vault
    if not choice.name and await interview.send(intents.ChooseVault()):
        choice = interview.view.plan.vault
    kind = "new" if choice.create else "existing"
    interview.prompt.say(
        f"Vault {choice.name} ({kind}) in the resource group {choice.resource_group}, {choice.region}; "
        f"state: {interview.view.vault.state}."
    )
    for problem in interview.view.vault.problems:
        interview.prompt.say(f"Problem: {problem.sentence()}")
    actions = [
        Action("Choose an existing vault", _existing_vault),
        Action("Create a vault with a name of your own", _new_vault),
        Action("List the changes of this step and carry them out", _vault_changes),
        Action("Write the changes of this step to files (JSON, az script)", _export_vault),
    ]
    return await interview.menu(Step.VAULT, actions, None if interview.view.vault.state == "ready" else 2)


async def _existing_vault(interview: Interview) -> None:
    choices = [
        Choice(
            option.id,
            f"{option.name} in {option.resource_group}, {option.region}, {count(option.items, 'replicated item')}",
            option.refused,
        )
        for option in interview.view.vault.options
    ]
    if not choices:
        interview.prompt.say("There is no vault in this subscription yet.")
        return
    await interview.send(intents.ChooseVault(vault_id=await interview.prompt.choose("Which vault", choices)))


async def _new_vault(interview: Interview) -> None:
    plan = interview.view.plan.vault
    name = await interview.prompt.ask("Name of the vault", plan.name)
    group = await interview.prompt.ask("Resource group (it is made if it does not exist)", plan.resource_group)
    region = await interview.prompt.ask("Region", plan.region)
    await interview.send(intents.ChooseVault(name=name, resource_group=group, region=region))


async def _vault_changes(interview: Interview) -> None:
    await review_and_run(interview, Step.VAULT)


async def review_and_run(interview: Interview, step: Step) -> bool:
    """List the changes of a step; carry them out if they are confirmed. Returns whether the run ended well."""
    view = interview.view
    if not (view.run.scope is step and view.run.state in {"running", "paused"}):
        if not await interview.send(intents.PrepareReview(step=step)):
            return False
        await interview.rest()
        if not await _confirm(interview):
            return False
    if interview.view.review.changes:
        ended = await interview.follow(
            lambda view: view.run.scope is step and view.run.state in _ENDED, f"the changes of step {step.heading}"
        )
        if ended:
            _tell_run(interview, interview.view)
    return interview.view.run.state == "finished"


async def export(interview: Interview, step: Step) -> None:
    """Leave the list of changes in files, and carry nothing out."""
    if not await interview.send(intents.PrepareReview(step=step)):
        return
    await interview.rest()
    if await interview.send(intents.ExportReview()):
        for path in interview.view.review.exported:
            interview.prompt.say(f"Written to {path}")
    await interview.send(intents.DismissReview())


async def _export_vault(interview: Interview) -> None:
    await export(interview, Step.VAULT)


async def _export_replication(interview: Interview) -> None:
    await export(interview, Step.REPLICATION)


async def _confirm(interview: Interview) -> bool:
    review = interview.view.review
    for row in review.changes:
        interview.prompt.say(f"  {row.action} {row.kind} {row.name}: {row.reason}")
    interview.prompt.say(f"{count(len(review.changes), 'change')}, of which {review.writes} to be written to Azure.")
    for blocker in review.blockers:
        interview.prompt.say(f"This cannot be carried out: {blocker}")
    if review.blockers:
        return False
    if not review.changes:
        return True
    if not await interview.prompt.agree("Carry them out now", default=review.writes == 0):
        await interview.send(intents.DismissReview())
        interview.prompt.say("Nothing was written.")
        return False
    return await interview.send(intents.ConfirmReview(digest=review.digest))


def _tell_run(interview: Interview, view: View) -> None:
    run = view.run
    interview.prompt.say(
        f"The run is {run.state}: {run.done} of {count(run.total, 'change')} done, {run.failed} failed."
    )
    if run.problem:
        interview.prompt.say(run.problem.sentence())


async def replication(interview: Interview) -> str:
    """Step 5: which VMs, how, and enabling."""
    view = await interview.rest()
    policy = view.plan.policy
    interview.prompt.say(
        f"{count(len(view.plan.vms), 'VM')} selected; {view.replication.protected} protected, "
        f"{view.replication.seeding} in initial replication, {view.replication.failed} failed."
    )
    interview.prompt.say(
        f"Policy {policy.name}: recovery points kept {minutes(policy.retention_minutes)}, app-consistent every "
        f"{minutes(policy.app_consistent_minutes)}. Target group {view.replication.target_group}, "
        f"cache account {view.replication.cache_account}."
    )
    actions = [
        Action("Select VMs", _select),
        Action("Set the replication policy", _policy),
        Action("Set target resource group and cache account", _defaults),
        Action("List all changes and enable replication", _enable),
        Action("Where each VM stands", _standing),
        Action("Follow until nothing moves", _follow),
        Action("Pause, resume, cancel, or retry what failed", control),
        Action("Write all changes to files (JSON, az script)", _export_replication),
        Action("Set what one VM has in place of the defaults", own),
    ]
    return await interview.menu(Step.REPLICATION, actions, _default(view))


def _default(view: View) -> int | None:
    if not view.plan.vms:
        return 0
    held = {key(row.vm_id) for row in view.replication.items if row.milestone not in {"planned", "failed"}}
    if {key(vm) for vm in view.plan.vms} - held:
        return 3
    return 5 if any(row.milestone in _MOVING for row in view.replication.items) else None


async def _select(interview: Interview) -> None:
    rows = interview.view.vms
    choices = [
        Choice(
            row.id,
            f"{row.name}, {row.os}, {row.size}, {row.disks} disks, {row.disk_gib} GiB"
            f"{', protected' if row.protected else ''}{', selected' if row.selected else ''}",
            row.why_not if row.eligible is False and not row.protected else "",
        )
        for row in rows
    ]
    await interview.send(intents.SelectVms(vm_ids=await interview.prompt.several("Which VMs", choices)))


async def _policy(interview: Interview) -> None:
    before = interview.view.plan.policy
    ask = interview.prompt
    choices = [Choice(name, name) for name in interview.view.replication.policies]
    name = before.name
    if choices:
        name = await ask.choose("Policy", [*choices, Choice("", "Another name")], before.name)
    name = name or await ask.ask("Name of the policy", before.name)
    days = MAX_RETENTION_MINUTES // MINUTES_PER_DAY
    retention = await ask.typed(
        f"Keep recovery points for how many hours (0 to {days * 24})",
        lambda text: _number(text, 0, days * 24),
        str(before.retention_minutes // 60),
    )
    every = await ask.typed(
        "App-consistent recovery point every how many hours (0: none)",
        lambda text: _number(text, 0, int(retention)),
        str(before.app_consistent_minutes // 60),
    )
    update = {
        "name": name,
        "retention_minutes": int(retention) * 60,
        "app_consistent_minutes": int(every) * 60,
    }
    await interview.send(intents.SetPolicy(policy=before.model_copy(update=update)))


def _number(text: str, lowest: int, highest: int) -> str:
    if text.isascii() and text.isdigit() and lowest <= int(text[:9]) <= highest:
        return ""
    return f"Please answer with a number from {lowest} to {highest}."


async def _defaults(interview: Interview) -> None:
    view = interview.view
    before = view.plan.defaults
    group = await interview.prompt.ask(
        "Target resource group (empty: by the rule)", before.resource_group or view.replication.target_group
    )
    caches = [Choice("", f"By the rule ({view.replication.cache_account})")]
    caches += [Choice(name, name) for name in view.replication.caches]
    cache = await interview.prompt.choose("Cache storage account", caches, before.cache_account)
    kept_group = "" if group == view.replication.target_group and not before.resource_group else group
    await interview.send(
        intents.SetDefaults(defaults=before.model_copy(update={"resource_group": kept_group, "cache_account": cache}))
    )


async def _enable(interview: Interview) -> None:
    if await review_and_run(interview, Step.REPLICATION):
        await _follow(interview)


async def _follow(interview: Interview) -> None:
    def still(view: View) -> bool:
        return not any(row.milestone in _MOVING for row in view.replication.items)

    await interview.follow(still, "initial replication")


async def _standing(interview: Interview) -> None:
    for row in interview.view.replication.items:
        parts = [row.milestone]
        if row.progress is not None and row.milestone == "seeding":
            parts.append(f"{row.progress} %")
        if row.task:
            parts.append(f"task {row.task_number} of {row.task_total}: {row.task}")
        if row.rpo_seconds is not None:
            parts.append(f"RPO {duration(row.rpo_seconds)}")
        if row.problem:
            parts.append(row.problem.sentence())
        interview.prompt.say(f"  {row.vm_name}: {', '.join(parts)}")
    if not interview.view.replication.items:
        interview.prompt.say("  No VM is under replication yet.")


async def control(interview: Interview) -> None:
    choices = [
        Choice("pause", "Pause: begin nothing new"),
        Choice("resume", "Resume"),
        Choice("retry-failed", "Retry what failed"),
        Choice("cancel", "Cancel: what runs in Azure goes on"),
        Choice("retry-one", "It is put right: retry one VM"),
        Choice("dial", f"How many VMs at a time (now {interview.view.run.item_limit})"),
    ]
    action = await interview.prompt.choose("What", choices)
    if action == "retry-one":
        await _retry_one(interview)
    elif action == "dial":
        await _dial(interview)
    for known in ("pause", "resume", "retry-failed", "cancel"):
        if action == known:
            await interview.send(intents.ControlRun(action=known))


async def _retry_one(interview: Interview) -> None:
    failed = [row for row in interview.view.replication.items if row.milestone == "failed" and row.change_key]
    if not failed:
        interview.prompt.say("No VM has failed.")
        return
    choices = [
        Choice(row.change_key, f"{row.vm_name}: {row.problem.what if row.problem else 'failed'}") for row in failed
    ]
    chosen = await interview.prompt.choose("Which VM", choices)
    await interview.send(intents.ControlRun(action="retry-failed", key=chosen))


async def _dial(interview: Interview) -> None:
    limit = await interview.prompt.typed(
        "How many VMs are enabled at a time", lambda text: _number(text, 1, 1000), str(interview.view.run.item_limit)
    )
    await interview.send(intents.SetConcurrency(limit=int(limit)))


async def own(interview: Interview) -> None:
    """One VM, one setting at a time."""
    rows = [row for row in interview.view.vms if row.eligible or row.protected]
    vm_id = await interview.prompt.choose("Which VM", [Choice(row.id, row.name) for row in rows])
    before = own_settings.override_of(interview.view.plan, vm_id)
    texts = own_settings.as_texts(before)
    choices = [Choice(one.id, f"{one.title}: {texts[one.id] or one.hint}") for one in own_settings.SETTINGS]
    setting = await interview.prompt.choose("Which setting", choices)
    hint = next(one.hint for one in own_settings.SETTINGS if one.id == setting)
    text = await interview.prompt.ask(f"Value ({hint}; - for none)", texts[setting])
    try:
        override = own_settings.changed(before, {setting: "" if text == "-" else text})
    except ValueError as error:
        interview.prompt.say(f"Not understood: {error}.")
        return
    await interview.send(intents.SetOverride(vm_id=vm_id, override=override))
