"""Which vault, and which objects within it, a plan comes to: what exists is reused, whatever name it has."""

from __future__ import annotations

from asr_tui.model import arm_id
from asr_tui.model.estate import Estate
from asr_tui.model.plan import Plan
from asr_tui.model.recovery import Vault
from asr_tui.model.replication import ContainerMapping, Fabric, ReplicationPolicy, SiteRecovery
from asr_tui.rules import naming
from asr_tui.rules.resolved import Planned, ResolvedGroup, ResolvedPair, ResolvedVault

VAULTS = "Microsoft.RecoveryServices/vaults"


def group(estate: Estate, subscription_id: str, name: str, location: str, why: str = "") -> ResolvedGroup:
    """The group of that name: the existing one with its own location, or a new one in ``location``."""
    found = estate.group_by_name.get(name.lower()) if _is_own(estate, subscription_id) else None
    if found is not None:
        return ResolvedGroup(found.id, found.name, True, why, location=found.location)
    return ResolvedGroup(arm_id.resource_group_id(subscription_id, name), name, False, why, location=location)


def subscription_id(estate: Estate, plan: Plan) -> str:
    """The subscription of the plan, or the one that was read."""
    return plan.subscription or estate.subscription.id


def target_subscription_id(estate: Estate, plan: Plan) -> str:
    """The subscription in which failed-over VMs come up."""
    return plan.defaults.subscription or subscription_id(estate, plan)


def _is_own(estate: Estate, subscription: str) -> bool:
    return not subscription or subscription.lower() == estate.subscription.id.lower()


def vault(estate: Estate, plan: Plan) -> ResolvedVault:
    """The vault of the plan. Without a name: one that already protects between the two regions, else our default name."""
    chosen = plan.vault
    target = plan.target_region.lower()
    region = (chosen.region or target).lower()
    if not chosen.name:
        serving = _serving(estate, plan)
        if serving is not None:
            return _existing(estate, serving, "It already protects between these two regions.")
    name = chosen.name or naming.vault(target)
    group_name = chosen.resource_group or naming.vault_group(target)
    subscription = subscription_id(estate, plan)
    vault_id = arm_id.provider_id(subscription, group_name, VAULTS, name)
    found = estate.vault_by_id.get(arm_id.key(vault_id))
    if found is not None:
        return _existing(estate, found, "A vault of that name is there.")
    return ResolvedVault(
        vault_id,
        name,
        False,
        "Chosen in the plan." if chosen.name else "The default for this target region.",
        region=region,
        group=group(estate, subscription, group_name, region),
    )


def _existing(estate: Estate, found: Vault, why: str) -> ResolvedVault:
    subscription = arm_id.subscription(found.id) or estate.subscription.id
    return ResolvedVault(
        found.id,
        found.name,
        True,
        why,
        region=found.location.lower(),
        group=group(estate, subscription, arm_id.resource_group(found.id) or "", found.location),
        readable=found.site_recovery is not None,
        provisioning=found.provisioning_state == "Provisioning",
    )


def _serving(estate: Estate, plan: Plan) -> Vault | None:
    """The first vault (by name) that holds fabrics of both regions and does not stand in the source region."""
    candidates = sorted(estate.vaults, key=lambda vault: vault.name.lower())
    for candidate in candidates:
        held = candidate.site_recovery
        if held is None or candidate.location.lower() == plan.source_region.lower():
            continue
        if held.fabric_of(plan.source_region) and held.fabric_of(plan.target_region):
            return candidate
    return None


def contents(estate: Estate, resolved: ResolvedVault) -> SiteRecovery:
    """What the vault holds; nothing for one that is still to be made."""
    found = estate.vault_by_id.get(arm_id.key(resolved.id))
    return (found.site_recovery if found is not None else None) or SiteRecovery()


def pair(plan: Plan, resolved: ResolvedVault, held: SiteRecovery) -> ResolvedPair:
    """Fabrics, containers, policy and mappings that lead from source to target and back.

    Where every selected VM is replicated already, the policy that they are mapped with stands.
    """
    source, target = plan.source_region.lower(), plan.target_region.lower()
    source_fabric, target_fabric = _fabric(resolved, held, source), _fabric(resolved, held, target)
    mapped = _mapped_pair(held, source, target)
    replicated = frozenset(arm_id.key(item.vm_id) for item in held.items)
    finished = bool(plan.vms) and all(arm_id.key(vm_id) in replicated for vm_id in plan.vms)
    policy, existing = _policy(plan, resolved, held, mapped, finished=finished)
    source_container, target_container = _containers(held, source_fabric, target_fabric, source, target, mapped)
    forward, found = _mapping(held, source_container, target_container, policy, source, target)
    reverse, _ = _mapping(held, target_container, source_container, policy, target, source)
    return ResolvedPair(
        source_fabric=source_fabric,
        target_fabric=target_fabric,
        source_container=source_container,
        target_container=target_container,
        policy=policy,
        policy_differs=existing is not None and _is_named(plan, existing) and not _fits(plan, existing),
        policy_items=sum(1 for item in held.items if arm_id.same(item.policy_id, policy.id)),
        forward=forward,
        reverse=reverse,
        forward_differs=found is not None and plan.policy.agent_auto_update and not found.agent_auto_update,
    )


def _fabric(resolved: ResolvedVault, held: SiteRecovery, region: str) -> Planned:
    found: Fabric | None = held.fabric_of(region)
    if found is not None:
        return Planned(found.id, found.name, True, "A vault holds one fabric a region: this is it.")
    name = naming.fabric(region)
    return Planned(f"{resolved.id}/replicationFabrics/{name}", name, False)


def _mapped_pair(held: SiteRecovery, source: str, target: str) -> ContainerMapping | None:
    """An existing mapping from a container of the source region to one of the target region."""
    source_fabric, target_fabric = held.fabric_of(source), held.fabric_of(target)
    if source_fabric is None or target_fabric is None:
        return None
    sources = {arm_id.key(c.id) for c in held.containers_of(source_fabric)}
    targets = {arm_id.key(c.id) for c in held.containers_of(target_fabric)}
    for mapping in held.container_mappings:
        ends = arm_id.key(mapping.source_container_id), arm_id.key(mapping.target_container_id)
        if ends[0] in sources and ends[1] in targets and ends[0] != ends[1]:
            return mapping
    return None


def _fits(plan: Plan, policy: ReplicationPolicy) -> bool:
    wanted = plan.policy
    return (
        policy.retention_minutes == wanted.retention_minutes
        and policy.app_consistent_minutes == wanted.app_consistent_minutes
        and policy.multi_vm_sync == wanted.multi_vm_sync
    )


def _is_named(plan: Plan, policy: ReplicationPolicy) -> bool:
    return policy.name.lower() == plan.policy.name.lower()


def _policy(
    plan: Plan, resolved: ResolvedVault, held: SiteRecovery, mapped: ContainerMapping | None, *, finished: bool
) -> tuple[Planned, ReplicationPolicy | None]:
    """By name; else one with the very settings that the plan wants (the mapped one first); else a new one."""
    for policy in held.policies:
        if _is_named(plan, policy):
            return Planned(policy.id, policy.name, True, "A policy of that name is there."), policy
    mapped_id = mapped.policy_id if mapped else None
    if finished:
        for policy in held.policies:
            if arm_id.same(policy.id, mapped_id):
                return Planned(policy.id, policy.name, True, "The VMs are replicated under it already."), policy
    fitting = [policy for policy in held.policies if _fits(plan, policy)]
    fitting.sort(key=lambda policy: not arm_id.same(policy.id, mapped_id))
    if fitting:
        found = fitting[0]
        return Planned(found.id, found.name, True, "It has the settings that the plan asks for."), found
    return Planned(f"{resolved.id}/replicationPolicies/{plan.policy.name}", plan.policy.name, False), None


def _containers(
    held: SiteRecovery,
    source_fabric: Planned,
    target_fabric: Planned,
    source: str,
    target: str,
    mapped: ContainerMapping | None,
) -> tuple[Planned, Planned]:
    """The containers that are mapped to each other already, else the first of each fabric, else new ones."""
    by_id = {arm_id.key(container.id): container for container in held.containers}
    if mapped is not None:
        one, two = by_id[arm_id.key(mapped.source_container_id)], by_id[arm_id.key(mapped.target_container_id)]
        why = "These two containers are mapped already."
        return Planned(one.id, one.name, True, why), Planned(two.id, two.name, True, why)
    zonal = source == target
    other = naming.container(target, zonal_target=zonal)
    reserved = f"{target_fabric.id}/replicationProtectionContainers/{other}"
    first = _container(held, source_fabric, naming.container(source), taken=reserved)
    second = _container(held, target_fabric, other, taken=first.id)
    return first, second


def _container(held: SiteRecovery, fabric: Planned, name: str, taken: str) -> Planned:
    for container in sorted(held.containers, key=lambda c: (c.name.lower() != name.lower(), c.name.lower())):
        if arm_id.same(container.fabric_id, fabric.id) and not arm_id.same(container.id, taken):
            return Planned(container.id, container.name, True, "The fabric holds this container.")
    return Planned(f"{fabric.id}/replicationProtectionContainers/{name}", name, False)


def _mapping(
    held: SiteRecovery, start: Planned, end: Planned, policy: Planned, source: str, target: str
) -> tuple[Planned, ContainerMapping | None]:
    """One mapping exists for each pair of containers and policy."""
    names = set()
    for mapping in held.container_mappings:
        if arm_id.same(mapping.source_container_id, start.id):
            names.add(mapping.name.lower())
        ends = arm_id.same(mapping.source_container_id, start.id) and arm_id.same(mapping.target_container_id, end.id)
        if ends and arm_id.same(mapping.policy_id, policy.id):
            return Planned(mapping.id, mapping.name, True, "The containers are mapped with this policy."), mapping
    name = naming.container_mapping(source, target, policy.name)
    if name.lower() in names:
        name = naming.fitted(f"{name}-{naming.digest(end.id.lower(), 4)}", naming.COMPUTE_MAX)
    return Planned(f"{start.id}/replicationProtectionContainerMappings/{name}", name, False), None
