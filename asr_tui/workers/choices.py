"""Intents that change the plan and nothing else. Each answers with problems, or keeps the new plan."""

from __future__ import annotations

from datetime import UTC, datetime

from asr_tui.model import arm_id
from asr_tui.model.network import VirtualNetwork
from asr_tui.model.plan import AcceptedFinding, NetworkChoice, Plan, VaultChoice
from asr_tui.model.problem import Problem
from asr_tui.rules import eligibility, networking, regions, vault_objects, vaults
from asr_tui.session.intents import (
    AcceptFinding,
    ChooseRegions,
    ChooseSubnet,
    ChooseVault,
    MapNetwork,
    NameKernelLists,
    SelectVms,
    SetDefaults,
    SetOverride,
    SetPolicy,
    TakeFixes,
)
from asr_tui.workers import kernel_lists
from asr_tui.workers.stage import Stage
from asr_tui.workers.state import Picture, State

MOST_NAMED = 20
"""So many VMs are named one by one in a refusal; the rest are counted."""

Problems = tuple[Problem, ...]


def choose_regions(stage: Stage, intent: ChooseRegions) -> Problems:
    """Source and target. Without a target only the source is kept, and the targets that it allows are shown."""
    state = stage.state
    if state.estate is None:
        return (_not_read(),)
    source, target = intent.source.lower(), intent.target.lower()
    if source not in state.estate.region_by_name:
        return (
            Problem(what=f"There is no region {intent.source!r}.", remedy="Choose one of the list.", where="source"),
        )
    if target:
        if target not in state.estate.region_by_name:
            return (
                Problem(
                    what=f"There is no region {intent.target!r}.", remedy="Choose one of the list.", where="target"
                ),
            )
        problems = tuple(regions.pair_problems(state.estate, source, target))
        if problems:
            return problems
    plan = state.plan
    if (plan.source_region, plan.target_region) != (source, target):
        update: dict[str, object] = {"source_region": source, "target_region": target}
        if plan.source_region != source:
            update |= {"vms": (), "networks": {}, "overrides": {}}
        stage.change_plan(plan.model_copy(update=update))
    return ()


def accept_finding(stage: Stage, intent: AcceptFinding) -> Problems:
    """Keep findings as accepted, with who and why; an empty reason takes it back."""
    state = stage.state
    keys = tuple(dict.fromkeys((intent.key, *intent.others)))
    if not {finding.key for finding in state.checks.findings}.issuperset(keys):
        return (Problem(what="There is no such finding any more.", remedy="Run the checks again.", where="key"),)
    kept = tuple(one for one in state.plan.accepted if one.key not in keys)
    if intent.reason.strip():
        by = state.principal or "unknown"
        reason, now = intent.reason.strip(), datetime.now(UTC)
        kept += tuple(AcceptedFinding(key=key, reason=reason, by=by, at=now) for key in keys)
    stage.change_plan(state.plan.model_copy(update={"accepted": kept}))
    return ()


def select_vms(stage: Stage, intent: SelectVms) -> Problems:
    """Replace the selection, all or nothing."""
    picture = stage.state.picture
    if picture is None:
        return (_no_regions(),)
    problems: list[Problem] = []
    known = {arm_id.key(vm.id): vm for vm in picture.estate.vms_in(picture.plan.source_region)}
    verdicts = eligibility.verdicts(picture.estate, picture.plan, stage.state.open_findings)
    chosen: dict[str, str] = {}
    for vm_id in intent.vm_ids:
        key = arm_id.key(vm_id)
        vm = known.get(key)
        if vm is None:
            problems.append(
                Problem(
                    what=f"There is no VM {arm_id.name(vm_id)} in {picture.plan.source_region}.",
                    remedy="Read the estate again if it is new.",
                    resource_id=vm_id,
                    where="vms",
                )
            )
            continue
        verdict = verdicts.get(key)
        is_protected = picture.contents.item_of(vm.id) is not None
        if stage.state.checks.results and verdict is not None and not verdict.eligible and not is_protected:
            problems.append(
                Problem(
                    what=f"{vm.name} cannot be protected: {verdict.why_not}",
                    remedy="Step 2 says what to put right.",
                    resource_id=vm.id,
                    where="vms",
                )
            )
        chosen[key] = vm.id
    if problems:
        return _shortened(problems)
    stage.change_plan(stage.state.plan.model_copy(update={"vms": tuple(chosen.values())}))
    return ()


def map_network(stage: Stage, intent: MapNetwork) -> Problems:
    """Where a source network's VMs will be attached after a failover."""
    picture = stage.state.picture
    if picture is None:
        return (_no_regions(),)
    source = _source_network(picture, intent.source_network_id)
    if isinstance(source, Problem):
        return (source,)
    if intent.target_id:
        target = picture.estate.network_by_id.get(arm_id.key(intent.target_id))
        if target is None or target.location.lower() != picture.plan.target_region:
            return (
                Problem(
                    what=f"There is no network {arm_id.name(intent.target_id)} in {picture.plan.target_region}.",
                    remedy="Choose one of the list, or let a new one be made.",
                    where="target_id",
                ),
            )
    choices = dict(picture.plan.networks)
    before = choices.get(arm_id.key(source.id), NetworkChoice())
    same_target = arm_id.same(before.target_id or None, intent.target_id or None)
    choices[arm_id.key(source.id)] = NetworkChoice(
        target_id=intent.target_id,
        create_name=intent.create_name,
        create_group=intent.create_group,
        address_space=intent.address_space,
        subnets=before.subnets if same_target or not intent.target_id else {},
    )
    return _keep(stage, picture.plan.model_copy(update={"networks": choices}))


def choose_subnet(stage: Stage, intent: ChooseSubnet) -> Problems:
    """Which target subnet a source subnet's VMs get; an empty one goes back to the service's rule."""
    picture = stage.state.picture
    if picture is None:
        return (_no_regions(),)
    source = _source_network(picture, intent.source_network_id)
    if isinstance(source, Problem):
        return (source,)
    if source.subnet(intent.source_subnet) is None:
        return (Problem(what=f"{source.name} has no subnet {intent.source_subnet!r}.", where="source_subnet"),)
    names = {name.lower(): name for name in _subnet_choices(picture, source, intent.source_subnet)}
    if intent.target_subnet and intent.target_subnet.lower() not in names:
        return (
            Problem(
                what=f"The target network has no subnet {intent.target_subnet!r}.",
                remedy=f"Choose one of {', '.join(names.values()) or 'its subnets'}.",
                where="target_subnet",
            ),
        )
    choices = dict(picture.plan.networks)
    before = choices.get(arm_id.key(source.id), NetworkChoice())
    subnets = {name: target for name, target in before.subnets.items() if name != intent.source_subnet.lower()}
    if intent.target_subnet:
        subnets[intent.source_subnet.lower()] = names[intent.target_subnet.lower()]
    choices[arm_id.key(source.id)] = before.model_copy(update={"subnets": subnets})
    return _keep(stage, picture.plan.model_copy(update={"networks": choices}))


def _subnet_choices(picture: Picture, source: VirtualNetwork, subnet: str) -> tuple[str, ...]:
    """The target subnets that a source subnet could have, as step 3 offers them."""
    assessed = next(
        (one for one in networking.assess(picture.estate, picture.plan) if arm_id.same(one.id, source.id)), None
    )
    rows = assessed.subnets if assessed is not None else ()
    return next((row.choices for row in rows if row.source.lower() == subnet.lower()), ())


def choose_vault(stage: Stage, intent: ChooseVault) -> Problems:
    """An existing vault, a new one by name, or (with nothing said) the default one."""
    picture = stage.state.picture
    if picture is None:
        return (_no_regions(),)
    if intent.vault_id:
        found = picture.estate.vault_by_id.get(arm_id.key(intent.vault_id))
        if found is None:
            return (Problem(what=f"There is no vault {arm_id.name(intent.vault_id)}.", where="vault_id"),)
        group = arm_id.resource_group(found.id) or ""
        choice = VaultChoice(name=found.name, resource_group=group, region=found.location.lower(), create=False)
    else:
        wanted = VaultChoice(name=intent.name, resource_group=intent.resource_group, region=intent.region.lower())
        resolved = vault_objects.vault(picture.estate, picture.plan.model_copy(update={"vault": wanted}))
        choice = VaultChoice(
            name=resolved.name,
            resource_group=resolved.group.name,
            region=resolved.region,
            create=not resolved.exists,
        )
    plan = picture.plan.model_copy(update={"vault": choice})
    problems = tuple(vaults.vault_problems(picture.estate, plan))
    if problems:
        return problems
    stage.change_plan(plan)
    return ()


def set_policy(stage: Stage, intent: SetPolicy) -> Problems:
    """Retention and frequencies, within the service's limits."""
    return _keep(stage, stage.state.plan.model_copy(update={"policy": intent.policy}))


def set_defaults(stage: Stage, intent: SetDefaults) -> Problems:
    """Target settings for every VM without its own."""
    return _keep(stage, stage.state.plan.model_copy(update={"defaults": intent.defaults}))


def set_override(stage: Stage, intent: SetOverride) -> Problems:
    """What one VM has in place of the defaults."""
    picture = stage.state.picture
    if picture is None:
        return (_no_regions(),)
    key = arm_id.key(intent.vm_id)
    if key not in picture.estate.vm_by_id:
        return (Problem(what=f"There is no VM {arm_id.name(intent.vm_id)}.", where="vm_id"),)
    overrides = dict(picture.plan.overrides)
    overrides[key] = intent.override
    if intent.override == type(intent.override)():
        del overrides[key]
    return _keep(stage, picture.plan.model_copy(update={"overrides": overrides}))


def name_kernel_lists(stage: Stage, intent: NameKernelLists) -> Problems:
    """Where the published lists of supported kernels are. Nothing is read before the checks run."""
    found = kernel_lists.named(stage.state.plan, intent)
    if isinstance(found, Problem):
        return (found,)
    stage.change_plan(found)
    return ()


def take_fixes(stage: Stage, intent: TakeFixes) -> Problems:
    """Changes that findings offered, to be part of the next review."""
    offered = {change.key: change.name for finding in stage.state.checks.findings for change in finding.fixes}
    missing = [key for key in intent.keys if key not in offered and key not in stage.state.plan.fixes]
    if missing:
        return (
            Problem(what=f"No finding offers the change {missing[0]}.", remedy="Run the checks again.", where="keys"),
        )
    stage.change_plan(stage.state.plan.model_copy(update={"fixes": tuple(dict.fromkeys(intent.keys))}))
    return ()


def _keep(stage: Stage, plan: Plan) -> Problems:
    """Keep a plan whose new part was held against the limits as it came."""
    stage.change_plan(plan)
    return ()


def _source_network(picture: Picture, network_id: str) -> VirtualNetwork | Problem:
    found = picture.estate.network_by_id.get(arm_id.key(network_id))
    if found is None or found.location.lower() != picture.plan.source_region:
        return Problem(
            what=f"There is no network {arm_id.name(network_id)} in {picture.plan.source_region}.",
            where="source_network_id",
        )
    return found


def _shortened(problems: list[Problem]) -> Problems:
    if len(problems) <= MOST_NAMED:
        return tuple(problems)
    rest = len(problems) - MOST_NAMED
    return (*problems[:MOST_NAMED], Problem(what=f"And {rest} more VMs that cannot be selected.", where="vms"))


def _not_read() -> Problem:
    return Problem(what="The estate is not read yet.", remedy="Sign in and choose a subscription first.")


def _no_regions() -> Problem:
    return Problem(what="No region pair is chosen yet.", remedy="Choose source and target in step 1.", where="regions")


def is_busy_with(state: State) -> Problem | None:
    """Why the plan may not be changed now: what was confirmed is being carried out."""
    if state.work is not None and state.work.is_active:
        return Problem(
            what="A confirmed list of changes is being carried out.",
            remedy="Wait until it is done, or cancel it; then change the plan.",
            code="run-active",
        )
    return None
