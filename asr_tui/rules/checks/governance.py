"""Checks of what governs the subscription: permissions, locks, policies."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model import arm_id
from asr_tui.model.change import Kind
from asr_tui.model.finding import Scope, Severity
from asr_tui.model.governance import Lock, PolicyAssignment, PolicyVerdict
from asr_tui.rules import gaps, permissions, policy_questions, replica_kinds
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.registry import Hit, check

SHOWN = 3


# -- permissions --------------------------------------------------------------------------------------------------


def _lacks(facts: Facts, check_id: str) -> Iterator[Hit]:
    if facts.estate.permissions is None:
        return
    for lack in permissions.lacking(facts):
        if lack.need.check != check_id:
            continue
        names = ", ".join(lack.missing[:SHOWN])
        more = f" and {len(lack.missing) - SHOWN} more" if len(lack.missing) > SHOWN else ""
        remedy = f"Ask its owner for them, or for the role {' and '.join(lack.roles)}."
        yield Hit(lack.need.title, lack.need.scope, f"Missing: {names}{more}.", remedy)


@check(
    id="rbac-vault-create",
    scope=Scope.SUBSCRIPTION,
    title="You may make the vault and resource groups",
    severity=Severity.BLOCKER,
    source="TUT",
    prevents="AuthorizationFailed",
)
def rbac_vault_create(facts: Facts) -> Iterator[Hit]:
    yield from _lacks(facts, "rbac-vault-create")
    yield from gaps.permissions(facts)


@check(
    id="rbac-asr-operate",
    scope=Scope.SUBSCRIPTION,
    title="You may set up replication in the vault",
    severity=Severity.BLOCKER,
    source="RBAC",
    prevents="AuthorizationFailed",
)
def rbac_asr_operate(facts: Facts) -> Iterator[Hit]:
    yield from _lacks(facts, "rbac-asr-operate")
    yield from gaps.permissions(facts)


@check(
    id="rbac-asr-failover",
    scope=Scope.SUBSCRIPTION,
    title="You may run and clean up a test failover",
    severity=Severity.WARNING,
    source="RBAC",
    prevents="AuthorizationFailed",
)
def rbac_asr_failover(facts: Facts) -> Iterator[Hit]:
    yield from _lacks(facts, "rbac-asr-failover")
    yield from gaps.permissions(facts)


@check(
    id="rbac-source-vm",
    scope=Scope.SUBSCRIPTION,
    title="You may change the source VMs",
    severity=Severity.BLOCKER,
    source="RBAC",
    prevents="AuthorizationFailed",
)
def rbac_source_vm(facts: Facts) -> Iterator[Hit]:
    yield from _lacks(facts, "rbac-source-vm")
    yield from gaps.permissions(facts)


@check(
    id="rbac-target-compute",
    scope=Scope.SUBSCRIPTION,
    title="You may make VMs in the target group and network",
    severity=Severity.BLOCKER,
    source="RBAC",
    prevents="28031",
)
def rbac_target_compute(facts: Facts) -> Iterator[Hit]:
    yield from _lacks(facts, "rbac-target-compute")
    yield from gaps.permissions(facts)


@check(
    id="rbac-storage-keys",
    scope=Scope.SUBSCRIPTION,
    title="You may use the cache account's keys",
    severity=Severity.BLOCKER,
    source="RBAC",
    prevents="AuthorizationFailed",
)
def rbac_storage_keys(facts: Facts) -> Iterator[Hit]:
    yield from _lacks(facts, "rbac-storage-keys")
    yield from gaps.permissions(facts)


# -- locks --------------------------------------------------------------------------------------------------------


def covers(scope: str, resource_id: str) -> bool:
    """Whether what stands on ``scope`` holds for the resource: it is the resource itself or something above it."""
    return (arm_id.key(resource_id) + "/").startswith(arm_id.key(scope) + "/")


def _locked_vms(facts: Facts, level: str) -> Iterator[tuple[Lock, list[VmFacts]]]:
    """Locks inherit: one of a subscription or a group holds for every VM in it; one of a VM's disk does not hold for the VM."""
    for lock in facts.estate.locks or ():
        if lock.level == level:
            vms = facts.under.get(arm_id.key(lock.scope))
            if vms:
                yield lock, vms


@check(
    id="lock-source-readonly",
    scope=Scope.SUBSCRIPTION,
    title="No read-only lock stands on a source VM",
    severity=Severity.BLOCKER,
    source="LOCK",
    prevents="ScopeLocked",
)
def lock_source_readonly(facts: Facts) -> Iterator[Hit]:
    for lock, vms in _locked_vms(facts, "ReadOnly"):
        evidence = f"The lock stands on {arm_id.name(lock.scope)}: the agent's extension cannot be written."
        ids = tuple(vm.id for vm in vms)
        yield Hit(lock.name, lock.scope, evidence, "Remove the lock while replication is enabled.", ids, lock.name)
    yield from gaps.locks(facts)


@check(
    id="lock-source-delete",
    scope=Scope.SUBSCRIPTION,
    title="No delete lock stands on a source VM",
    severity=Severity.WARNING,
    source="TE",
    prevents="150225",
)
def lock_source_delete(facts: Facts) -> Iterator[Hit]:
    for lock, vms in _locked_vms(facts, "CanNotDelete"):
        evidence = f"The lock stands on {arm_id.name(lock.scope)}: enabling works, disabling later leaves links behind."
        ids = tuple(vm.id for vm in vms)
        yield Hit(lock.name, lock.scope, evidence, "Remove it before you disable replication.", ids, lock.name)
    yield from gaps.locks(facts)


@check(
    id="lock-target",
    scope=Scope.SUBSCRIPTION,
    title="No lock stands on what the target uses",
    severity=Severity.WARNING,
    source="LOCK",
    prevents="ScopeLocked",
)
def lock_target(facts: Facts) -> Iterator[Hit]:
    used: dict[str, str] = {}
    resolved = facts.resolved
    for group in (resolved.vault.group, *resolved.groups):
        used[group.id] = group.name
    used |= {network.target.id: network.target.name for network in resolved.networks}
    used |= {cache.id: cache.name for cache in resolved.caches}
    for lock in facts.estate.locks or ():
        held = [name for each, name in used.items() if covers(lock.scope, each)]
        if held and lock.level == "ReadOnly":
            evidence = f"A read-only lock stands on {held[0]}: nothing can be made there."
            yield Hit(lock.name, lock.scope, evidence, "Remove the lock.", (), lock.name, Severity.BLOCKER)
        elif held:
            evidence = f"A delete lock stands on {held[0]}: cleaning up a test failover will fail."
            yield Hit(lock.name, lock.scope, evidence, "Remove the lock before a test failover.", (), lock.name)
    yield from gaps.locks(facts)


# -- Azure Policy -------------------------------------------------------------------------------------------------


def _policies(facts: Facts, words: tuple[str, ...], scopes: tuple[str, ...]) -> Iterator[PolicyAssignment]:
    """Deny assignments over any of ``scopes`` whose definition holds one of ``words``."""
    for policy in facts.estate.policies or ():
        text = f"{policy.name} {policy.definition}".lower()
        denies = policy.effect is not None and policy.effect.lower() == "deny"
        if denies and any(word in text for word in words) and any(covers(policy.scope, each) for each in scopes):
            yield policy


def _policy_hits(
    facts: Facts, words: tuple[str, ...], scopes: tuple[str, ...], evidence: str, remedy: str
) -> Iterator[Hit]:
    for policy in _policies(facts, words, scopes):
        yield Hit(policy.name, policy.scope, evidence, remedy, cause=policy.name)


def _answers(facts: Facts, *types: str) -> tuple[PolicyVerdict, ...]:
    """What Azure Policy itself said to resources of these types; nothing where it was not asked."""
    wanted = {each.lower() for each in types}
    return tuple(each for each in facts.estate.policy_verdicts if each.resource_type.lower() in wanted)


def _target_groups(facts: Facts) -> tuple[str, ...]:
    return tuple(item.group.id for item in facts.resolved.items)


@check(
    id="policy-vault-network",
    scope=Scope.SUBSCRIPTION,
    title="No policy denies a vault with public access",
    severity=Severity.WARNING,
    source="POLICY",
    prevents="RequestDisallowedByPolicy",
)
def policy_vault_network(facts: Facts) -> Iterator[Hit]:
    if facts.resolved.vault.exists:
        return
    if _answers(facts, policy_questions.TYPES[Kind.VAULT]):
        return  # policy-change-set tells the answer
    evidence = "It may deny the new vault, which is reachable over public endpoints."
    remedy = "Have the vault's group exempted, or use private endpoints."
    scopes = (facts.resolved.vault.group.id,)
    yield from _policy_hits(facts, ("vault", "recoveryservices"), scopes, evidence, remedy)
    yield from gaps.policies(facts)


@check(
    id="policy-disk-public-access",
    scope=Scope.SUBSCRIPTION,
    title="No policy denies the replica disks",
    severity=Severity.WARNING,
    source="FAQ",
    prevents="RequestDisallowedByPolicy",
)
def policy_disk_public_access(facts: Facts) -> Iterator[Hit]:
    answers = {
        (arm_id.key(one.group_id), one.disk_type.lower()): one.denied_by for one in facts.estate.replica_verdicts
    }
    denied: dict[tuple[str, str, str], list[str]] = {}
    asked = True
    for group, disk_type, vm_id in replica_kinds.by_vm(facts.resolved):
        names = answers.get((arm_id.key(group), disk_type.lower()))
        asked = asked and names is not None
        for name in names or ():
            denied.setdefault((name, disk_type, group), []).append(vm_id)
    for (name, disk_type, group), vm_ids in denied.items():
        evidence = f"It denies the replica disks of the type {disk_type} in {arm_id.name(group)}."
        remedy = "Have the target group exempted, or choose another type of disk."
        cause = f"{name} {disk_type}"
        yield Hit(name, group, evidence, remedy, tuple(vm_ids), cause, Severity.BLOCKER)
    if not asked:
        evidence = "Replica and target disks are made with public network access, which it may deny."
        yield from _policy_hits(facts, ("disk",), _target_groups(facts), evidence, "Have the target group exempted.")
    yield from gaps.policies(facts)


@check(
    id="policy-storage-sharedkey",
    scope=Scope.SUBSCRIPTION,
    title="No policy denies shared keys on storage accounts",
    severity=Severity.WARNING,
    source="KEY",
    prevents="RequestDisallowedByPolicy",
)
def policy_storage_sharedkey(facts: Facts) -> Iterator[Hit]:
    if _answers(facts, policy_questions.TYPES[Kind.CACHE_ACCOUNT]):
        return  # policy-change-set tells the answer
    evidence = "The cache account is used by its keys, which it may deny."
    remedy = "Have the cache account's group exempted, or give the vault an identity with storage roles."
    scopes = tuple(cache.group.id for cache in facts.resolved.caches)
    yield from _policy_hits(facts, ("shared key", "sharedkey", "storage"), scopes, evidence, remedy)
    yield from gaps.policies(facts)


@check(
    id="policy-vm-create",
    scope=Scope.SUBSCRIPTION,
    title="No policy denies the failed-over VM",
    severity=Severity.WARNING,
    source="SM",
    prevents="28031",
)
def policy_vm_create(facts: Facts) -> Iterator[Hit]:
    answers = _answers(facts, policy_questions.VM_TYPE, policy_questions.NIC_TYPE)
    for answer in answers:
        for name in answer.denied_by:
            what = arm_id.name(answer.resource_type)
            evidence = f"At a failover it denies {what} ({answer.name}) in {arm_id.name(answer.scope)}."
            remedy = "Have the target group exempted, or choose another size."
            yield Hit(name, answer.scope, evidence, remedy, cause=f"{name} {what} {answer.name}")
    if answers:
        return
    evidence = "At failover a VM is made in the target group; this policy may deny it."
    words = ("image", "sku", "virtual machine", "tag", "naming")
    yield from _policy_hits(facts, words, _target_groups(facts), evidence, "Have the target group exempted.")
    yield from gaps.policies(facts)


@check(
    id="policy-allowed-locations",
    scope=Scope.SUBSCRIPTION,
    title="Policy allows the target region",
    severity=Severity.BLOCKER,
    source="POLICY",
    prevents="RequestDisallowedByPolicy",
)
def policy_allowed_locations(facts: Facts) -> Iterator[Hit]:
    scopes = (*_target_groups(facts), *(network.group.id for network in facts.resolved.networks))
    for policy in _policies(
        facts, ("allowed location", "allowed-location", "e56962a6-4747-49cd-b67b-bf8b01975c4c"), scopes
    ):
        allowed = {value.strip().lower() for name, value in policy.parameters if "location" in name.lower()}
        listed = {each.strip(' "[]') for text in allowed for each in text.split(",")} - {""}
        if listed and facts.target not in listed:
            evidence = f"It allows {', '.join(sorted(listed))} only."
            yield Hit(policy.name, policy.scope, evidence, "Choose another target region, or have it exempted.")
    yield from gaps.policies(facts)


@check(
    id="policy-change-set",
    scope=Scope.SUBSCRIPTION,
    title="Azure Policy lets everything be made that the plan makes",
    severity=Severity.BLOCKER,
    source="POLICY",
    prevents="RequestDisallowedByPolicy",
)
def policy_change_set(facts: Facts) -> Iterator[Hit]:
    for answer in _answers(facts, *policy_questions.TYPES.values()):
        for name in answer.denied_by:
            evidence = f"It denies {arm_id.name(answer.resource_type)} {answer.name} in {arm_id.name(answer.scope)}."
            remedy = "Have the scope exempted, or choose what the policy allows (region, name, tags, settings)."
            yield Hit(name, f"{answer.scope}/{answer.name}", evidence, remedy, cause=f"{name} {answer.resource_type}")
    yield from gaps.policies(facts)


@check(
    id="policy-asr-dine",
    scope=Scope.SUBSCRIPTION,
    title="No policy sets up replication by itself",
    severity=Severity.INFO,
    source="POL",
    prevents="150226",
)
def policy_asr_dine(facts: Facts) -> Iterator[Hit]:
    for policy in facts.estate.policies or ():
        text = f"{policy.name} {policy.definition}".lower()
        if "disaster recovery" in text or "ac34a73f-9fa5-4067-9247-a3ecae514468" in text:
            evidence = "It sets up replication for VMs by itself, perhaps into another vault."
            yield Hit(policy.name, policy.scope, evidence, "Use its vault, or exclude these VMs from it by their tag.")
    yield from gaps.policies(facts)
