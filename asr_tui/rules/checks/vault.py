"""Checks of the vault; step 4 shows them too."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model import arm_id
from asr_tui.model.finding import Scope, Severity
from asr_tui.rules import gaps, naming, vaults
from asr_tui.rules.facts import Facts
from asr_tui.rules.registry import Hit, check, on_vm, on_vms, unknown


def _subject(facts: Facts) -> tuple[str, str]:
    return facts.resolved.vault.name, facts.resolved.vault.id


@check(
    id="vault-region-not-source",
    scope=Scope.VAULT,
    title="The vault stands outside the source region",
    severity=Severity.BLOCKER,
    source="ER",
)
def vault_region_not_source(facts: Facts) -> Iterator[Hit]:
    if not facts.zonal and facts.resolved.vault.region == facts.source:
        evidence = "It stands in the source region, and would be lost together with what it protects."
        yield Hit(*_subject(facts), evidence, "Choose a vault elsewhere; the target region is best.")


@check(
    id="vault-rg-region-not-source",
    scope=Scope.VAULT,
    title="The vault's resource group stands outside the source region",
    severity=Severity.BLOCKER,
    source="ER",
)
def vault_rg_region_not_source(facts: Facts) -> Iterator[Hit]:
    group = facts.resolved.vault.group
    if not facts.zonal and group.location.lower() == facts.source:
        evidence = f"The group {group.name} stands in the source region; the service refuses the vault for that alone."
        yield Hit(group.name, group.id, evidence, "Choose or make a group in another region.")
    yield from gaps.unreadable(facts, "resource_groups")


@check(
    id="vault-region-is-target",
    scope=Scope.VAULT,
    title="The vault stands in the target region",
    severity=Severity.INFO,
    source="ER",
)
def vault_region_is_target(facts: Facts) -> Iterator[Hit]:
    region = facts.resolved.vault.region
    if region not in {facts.target, facts.source}:
        yield Hit(*_subject(facts), f"It stands in {region}.", "It works; the target region is the usual place.")


@check(
    id="vault-name",
    scope=Scope.VAULT,
    title="The vault's name is legal",
    severity=Severity.BLOCKER,
    source="NAME",
    prevents="InvalidName",
)
def vault_name(facts: Facts) -> Iterator[Hit]:
    for problem in vaults.vault_problems(facts.estate, facts.plan):
        if problem.where == "vault.name":
            yield Hit(*_subject(facts), f"{problem.what} {problem.cause}".strip(), problem.remedy)


@check(
    id="vault-not-moving",
    scope=Scope.VAULT,
    title="The vault is not being moved",
    severity=Severity.BLOCKER,
    source="SM",
)
def vault_not_moving(facts: Facts) -> Iterator[Hit]:
    vault = facts.vault
    if vault is not None and vault.move_state and "progress" in vault.move_state.lower():
        yield Hit(*_subject(facts), f"Its move state is {vault.move_state}.", "Wait until the move has ended.")


@check(
    id="vault-public-access-off",
    scope=Scope.VAULT,
    title="VMs can reach the vault",
    severity=Severity.BLOCKER,
    source="PE",
    prevents="151197",
)
def vault_public_access_off(facts: Facts) -> Iterator[Hit]:
    vault = facts.vault
    if vault is not None and vault.public_network_access == "Disabled" and not vault.private_endpoints:
        evidence = "Public network access is off, and it has no private endpoint: the agent cannot register."
        yield Hit(*_subject(facts), evidence, "Allow public access, or start over with private endpoints.")


@check(
    id="vault-pe-order",
    scope=Scope.VAULT,
    title="Private endpoints were made before the first replicated item",
    severity=Severity.BLOCKER,
    source="PE",
)
def vault_pe_order(facts: Facts) -> Iterator[Hit]:
    vault = facts.vault
    if vault is None or vault.public_network_access != "Disabled":
        return
    if vault.site_recovery and vault.site_recovery.items and not vault.private_endpoints:
        count = len(vault.site_recovery.items)
        evidence = f"It holds {count} replicated items already, so it cannot turn to private endpoints."
        yield Hit(*_subject(facts), evidence, "Make a new vault with private endpoints first.")
    yield from gaps.vault_contents(facts)


@check(
    id="vault-identity",
    scope=Scope.VAULT,
    title="A vault with private endpoints or a keyless cache has a managed identity",
    severity=Severity.WARNING,
    source="PE",
)
def vault_identity(facts: Facts) -> Iterator[Hit]:
    vault = facts.vault
    if vault is None or vault.identity_type not in {None, "None"}:
        return
    caches = [facts.estate.storage_by_id.get(arm_id.key(cache.id)) for cache in facts.resolved.caches]
    keyless = next((account for account in caches if account is not None and account.shared_key is False), None)
    if vault.private_endpoints or keyless is not None:
        why = "has private endpoints" if keyless is None else f"uses {keyless.name}, which refuses shared keys"
        evidence = f"It {why}, but has no managed identity."
        yield Hit(*_subject(facts), evidence, "Enable its identity and give it the storage roles; then wait a little.")
    yield from gaps.caches(facts)


@check(
    id="vault-fabric-exists",
    scope=Scope.VAULT,
    title="Fabrics that are there are reused",
    severity=Severity.INFO,
    source="PS",
)
def vault_fabric_exists(facts: Facts) -> Iterator[Hit]:
    pair = facts.resolved.pair
    for fabric, region in ((pair.source_fabric, facts.source), (pair.target_fabric, facts.target)):
        if fabric.exists and fabric.name != naming.fabric(region):
            yield Hit(fabric.name, fabric.id, f"It stands for {region} in the vault.", "It is reused: nothing to do.")
    yield from gaps.vault_contents(facts)


@check(
    id="vault-mapping-conflict",
    scope=Scope.VAULT,
    title="The containers are not mapped with another policy",
    severity=Severity.INFO,
    source="PS",
)
def vault_mapping_conflict(facts: Facts) -> Iterator[Hit]:
    pair = facts.resolved.pair
    held = facts.vault.site_recovery if facts.vault else None
    for mapping in held.container_mappings if held else ():
        if not pair.forward.exists and arm_id.same(mapping.source_container_id, pair.source_container.id):
            evidence = f"{mapping.name} maps the container with {arm_id.name(mapping.policy_id)}."
            yield Hit(mapping.name, mapping.id, evidence, f"One more mapping is made, with {pair.policy.name}.")
    yield from gaps.vault_contents(facts)


@check(
    id="vault-vm-not-elsewhere",
    scope=Scope.VAULT,
    title="No other vault protects the VM",
    severity=Severity.BLOCKER,
    source="TE",
    prevents="150226",
)
def vault_vm_not_elsewhere(facts: Facts) -> Iterator[Hit]:
    own = arm_id.key(facts.resolved.vault.id)
    for vm in facts.vms:
        found = facts.protecting.get(vm.key)
        if found is not None and arm_id.key(found[0].id) != own:
            evidence = f"The vault {found[0].name} replicates it as {found[1].name}."
            yield on_vm(vm, evidence, f"Disable its replication there, or choose {found[0].name} as the vault.")
    yield from gaps.other_vaults(facts)


@check(
    id="vault-item-failed",
    scope=Scope.VAULT,
    title="No replicated item is left from a failed attempt",
    severity=Severity.BLOCKER,
    source="API",
)
def vault_item_failed(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        found = facts.protecting.get(vm.key)
        if found is not None and found[1].protection_state.endswith("Failed"):
            evidence = f"The item {found[1].name} of {found[0].name} is {found[1].protection_description}."
            yield Hit(vm.name, vm.id, evidence, "Disable its replication, then enable it again.", (vm.id,))
    yield from gaps.vault_contents(facts)


@check(
    id="vault-health",
    scope=Scope.VAULT,
    title="The service finds the vault healthy",
    severity=Severity.WARNING,
    source="API",
)
def vault_health(facts: Facts) -> Iterator[Hit]:
    vault = facts.vault
    if vault is None:
        return
    if vault.health is None:
        why = facts.estate.why_unreadable("vault health") or "The service did not say how the vault is."
        yield unknown(vault.name, vault.id, why, "Read access to the vault lets this be known.")
    for issue in vault.health or ():
        if issue.severity.lower() in {"error", "warning", "critical"}:
            what = f"{issue.count} x {issue.code}" + (f" ({issue.category})" if issue.category else "")
            evidence = issue.message or f"The service reports {what} of {issue.subject or 'the vault'}."
            remedy = issue.action or "Look at the items in step 5; `asr-tui explain` tells what the code means."
            yield Hit(vault.name, vault.id, evidence, remedy, cause=issue.code, code=issue.code, from_service=True)


@check(
    id="vault-vms-known",
    scope=Scope.VAULT,
    title="Every selected VM is in the source region",
    severity=Severity.BLOCKER,
    source="SM",
)
def vault_vms_known(facts: Facts) -> Iterator[Hit]:
    for vm_id in facts.resolved.unknown_vms:
        evidence = "The plan selects it, but this subscription does not hold it."
        yield Hit(arm_id.name(vm_id), vm_id, evidence, "Take it out of the plan.", (vm_id,))
    elsewhere = [
        vm
        for key in sorted(facts.selected_keys - set(facts.by_key))
        if (vm := facts.estate.vm_by_id.get(key)) is not None
    ]
    for vm in elsewhere:
        yield Hit(vm.name, vm.id, f"It stands in {vm.location}.", "Take it out of the plan.", (vm.id,))


@check(
    id="vault-items-protected",
    scope=Scope.VAULT,
    title="VMs that are replicated already",
    severity=Severity.INFO,
    source="API",
)
def vault_items_protected(facts: Facts) -> Iterator[Hit]:
    own = arm_id.key(facts.resolved.vault.id)
    found = [
        vm for vm in facts.selected if vm.key in facts.protecting and arm_id.key(facts.protecting[vm.key][0].id) == own
    ]
    yield from on_vms(facts, found, "The vault replicates them already.", "Nothing to do: they are left as they are.")
    yield from gaps.vault_contents(facts)
