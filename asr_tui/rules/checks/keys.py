"""Checks of keys and roles: what Azure Disk Encryption needs in the target region, and what does not follow a VM."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model import arm_id
from asr_tui.model.finding import Scope, Severity
from asr_tui.rules import gaps
from asr_tui.rules import regions as region_rules
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.registry import Hit, check, on_vms, unknown, unknown_vms


def _encrypted(facts: Facts) -> list[VmFacts]:
    """Selected VMs with Azure Disk Encryption that are not replicated yet."""
    return [
        vm
        for vm in facts.selected
        if vm.key not in facts.protecting
        and (
            vm.vm.encrypted_disks is True
            or any(disk is not None and disk.azure_disk_encryption for _, disk in vm.disks)
        )
    ]


@check(
    id="rbac-keyvault-ade",
    scope=Scope.SUBSCRIPTION,
    title="You may copy the keys of encrypted VMs",
    severity=Severity.BLOCKER,
    source="ADE",
    prevents="150175",
)
def rbac_keyvault_ade(facts: Facts) -> Iterator[Hit]:
    vms = [vm for vm in _encrypted(facts) if not facts.is_settled("rbac-keyvault-ade", vm)]
    what = "What you may do with the keys and secrets in their key vaults shows in the vaults only, not in your permissions."
    remedy = "List, get and create keys and secrets in the source and the target key vault once, and confirm it."
    yield from unknown_vms(facts, vms, what, remedy)


@check(
    id="disk-ade-vault-flag",
    scope=Scope.DISK,
    title="A key vault of the target region is open to disk encryption",
    severity=Severity.WARNING,
    source="SH",
    prevents="28031",
)
def disk_ade_vault_flag(facts: Facts) -> Iterator[Hit]:
    vms = _encrypted(facts)
    vaults = facts.estate.key_vaults
    if vms and vaults is None:
        why = facts.estate.why_unreadable("key_vaults") or "The key vaults were not read."
        title = region_rules.title(facts.estate, facts.target)
        yield unknown(title, facts.target, why, "Grant Microsoft.KeyVault/vaults/read, and read again.")
    there = [vault for vault in vaults or () if vault.location.lower() == facts.target]
    shut = [vault.name for vault in there if not vault.for_disk_encryption]
    if vms and there and len(shut) == len(there):
        evidence = f"Not open to it: {', '.join(sorted(shut))}. A failed-over VM could not take its keys from there."
        yield from on_vms(
            facts, vms, evidence, "Set enabledForDiskEncryption on the key vault that will hold their keys."
        )
    yield from gaps.disks(facts)


@check(
    id="rbac-target-lacks-inherit",
    scope=Scope.SUBSCRIPTION,
    title="Roles on a VM itself do not follow it",
    severity=Severity.INFO,
    source="SM",
)
def rbac_target_lacks_inherit(facts: Facts) -> Iterator[Hit]:
    assignments = facts.estate.role_assignments
    if assignments is None:
        why = facts.estate.why_unreadable("role_assignments") or "The role assignments were not read."
        subscription = facts.estate.subscription
        remedy = "Grant Microsoft.Authorization/roleAssignments/read, and read again."
        yield unknown(subscription.name or subscription.id, subscription.id, why, remedy)
        return
    counts: dict[str, int] = {}
    for assignment in assignments:
        counts[arm_id.key(assignment.scope)] = counts.get(arm_id.key(assignment.scope), 0) + 1
    held = [vm for vm in facts.selected if vm.key in counts]
    evidence = (
        f"{sum(counts[vm.key] for vm in held)} roles are given on these VMs themselves; the failed-over VMs lack them."
    )
    yield from on_vms(facts, held, evidence, "Give them on the target resource group, or after a failover by script.")


@check(
    id="entra-app-role",
    scope=Scope.SUBSCRIPTION,
    title="Somebody may give the automation account its identity",
    severity=Severity.INFO,
    source="TUT",
)
def entra_app_role(facts: Facts) -> Iterator[Hit]:
    if facts.plan.policy.agent_auto_update:
        subscription = facts.estate.subscription
        evidence = "Automatic updates run under an identity; whether you may create one shows in Entra ID only."
        remedy = (
            "Use an automation account that has its system identity already, or ask an administrator of the tenant."
        )
        yield Hit(subscription.name or subscription.id, subscription.id, evidence, remedy)
