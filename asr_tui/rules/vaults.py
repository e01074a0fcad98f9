"""Rules for the vault: its name, its group and the region that both may stand in."""

from __future__ import annotations

from dataclasses import dataclass

from asr_tui.model import arm_id
from asr_tui.model.estate import Estate
from asr_tui.model.plan import Plan
from asr_tui.model.problem import Problem
from asr_tui.model.recovery import Vault
from asr_tui.rules import naming, regions
from asr_tui.rules.resolved import ResolvedVault
from asr_tui.rules.vault_objects import vault as resolved_vault


@dataclass(frozen=True, slots=True)
class VaultChoiceRow:
    """An existing vault as a choice; ``refused`` says why it cannot be used ("" when it can)."""

    id: str
    name: str
    resource_group: str
    region: str
    items: int
    refused: str


def options(estate: Estate, source: str) -> tuple[VaultChoiceRow, ...]:
    """The vaults of the subscription, usable ones first."""
    rows = [
        VaultChoiceRow(
            vault.id,
            vault.name,
            arm_id.resource_group(vault.id) or "",
            vault.location.lower(),
            len(vault.site_recovery.items) if vault.site_recovery else 0,
            refusal(estate, vault, source),
        )
        for vault in estate.vaults
    ]
    return tuple(sorted(rows, key=lambda row: (bool(row.refused), row.name.lower())))


def refusal(estate: Estate, vault: Vault, source: str) -> str:
    """Why a vault cannot protect VMs of ``source``; "" where it can.

    Source: https://learn.microsoft.com/azure/site-recovery/azure-to-azure-how-to-enable-replication (read 2025-06-17).
    """
    if vault.location.lower() == source.lower():
        return "It stands in the source region."
    group = estate.group_by_name.get((arm_id.resource_group(vault.id) or "").lower())
    if group is not None and group.location.lower() == source.lower():
        return "Its resource group stands in the source region."
    if vault.move_state and "progress" in vault.move_state.lower():
        return "It is being moved."
    if vault.provisioning_state in {"Failed", "Deleting"}:
        return f"Its state is {vault.provisioning_state}."
    return ""


def vault_problems(estate: Estate, plan: Plan) -> tuple[Problem, ...]:
    """What is wrong with the vault of the plan; ``where`` names the field: vault.name, .resource_group or .region."""
    vault = resolved_vault(estate, plan)
    found = estate.vault_by_id.get(arm_id.key(vault.id))
    if found is not None:
        return tuple(_existing_problems(estate, plan, found))
    if not plan.vault.create:
        where = f"in the resource group {vault.group.name}"
        return (_problem("vault.name", f"There is no vault {vault.name} {where}.", remedy="Choose one of the list."),)
    return tuple(_new_problems(estate, plan, vault))


def _existing_problems(estate: Estate, plan: Plan, found: Vault) -> list[Problem]:
    problems = []
    refused = refusal(estate, found, plan.source_region)
    if refused:
        where = "vault.resource_group" if "group" in refused else "vault.name"
        what = f"The vault {found.name} cannot be used."
        problems.append(_problem(where, what, refused, "Choose another vault, or make one in the target region."))
    if plan.vault.region and plan.vault.region.lower() != found.location.lower():
        place = regions.title(estate, found.location)
        what = f"A vault {found.name} is there already, in {place}."
        problems.append(_problem("vault.region", what, remedy="Use it as it is, or choose another name."))
    return problems


def _new_problems(estate: Estate, plan: Plan, vault: ResolvedVault) -> list[Problem]:
    problems = []
    source = plan.source_region.lower()
    if not naming.is_vault_name(vault.name):
        what = f"{vault.name!r} cannot be a vault's name."
        cause = "It takes 2 to 50 letters, digits and hyphens, a letter first."
        problems.append(_problem("vault.name", what, cause, "Choose another name."))
    if not naming.is_group_name(vault.group.name):
        what = f"{vault.group.name!r} cannot be a resource group's name."
        cause = "It takes up to 90 letters, digits and the signs _ - . ( ), and does not end in a full stop."
        problems.append(_problem("vault.resource_group", what, cause, "Choose another name."))
    if vault.region == source:
        what = "The vault cannot stand in the source region."
        cause = "It would be lost together with what it protects."
        problems.append(_problem("vault.region", what, cause, "Choose the target region."))
    elif estate.regions and vault.region not in estate.region_by_name:
        what = f"{vault.region!r} is not in this subscription's list of regions."
        problems.append(_problem("vault.region", what, remedy="Choose the target region."))
    if vault.group.location.lower() == source and vault.group.exists:
        what = f"The resource group {vault.group.name} stands in the source region."
        cause = "Site Recovery refuses a vault whose group stands there, even if the vault itself does not."
        problems.append(_problem("vault.resource_group", what, cause, "Choose a group of another region."))
    return problems


def _problem(where: str, what: str, cause: str = "", remedy: str = "") -> Problem:
    return Problem(what=what, cause=cause, remedy=remedy, where=where)
