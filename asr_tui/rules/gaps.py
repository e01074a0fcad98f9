"""What was not read, as the hit of a check that needed it: one line for all VMs, with the same words in every check, so
that a worklist shows one gap once. A check that meets a gap answers *unknown* beside whatever it could find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import cast

from asr_tui.model import arm_id
from asr_tui.rules import regions as region_rules
from asr_tui.rules import vaults
from asr_tui.rules.facts import Facts
from asr_tui.rules.registry import Hit, unknown, unknown_vms

AGAIN = "Read the estate again."

Gap = Callable[[Facts], Iterator[Hit]]


def _found_once(find: Gap) -> Gap:
    """Looked for once for all checks that ask: most of them look at every VM."""

    @wraps(find)
    def told(facts: Facts) -> Iterator[Hit]:
        if find not in facts.memo:
            facts.memo[find] = tuple(find(facts))
        return iter(cast("tuple[Hit, ...]", facts.memo[find]))

    return told


def _why(facts: Facts, what: str, otherwise: str) -> str:
    return facts.estate.why_unreadable(what) or otherwise


def _subscription(facts: Facts) -> tuple[str, str]:
    subscription = facts.estate.subscription
    return subscription.name or subscription.id, subscription.id


@_found_once
def disks(facts: Facts) -> Iterator[Hit]:
    """VMs of which a managed disk was not read."""
    unread = [vm for vm in facts.vms if any(disk is None and attached.disk_id for attached, disk in vm.disks)]
    why = _why(facts, "disks", "Disks of these VMs were not among those that were read.")
    yield from unknown_vms(facts, unread, why, "Grant Microsoft.Compute/disks/read, and read again.")


@_found_once
def nics(facts: Facts) -> Iterator[Hit]:
    """VMs of which a network interface was not read."""
    unread = [vm for vm in facts.vms if len(vm.nics) < len(vm.vm.nic_ids)]
    why = _why(facts, "nics", "Interfaces of these VMs were not among those that were read.")
    yield from unknown_vms(facts, unread, why, "Grant Microsoft.Network/networkInterfaces/read, and read again.")


@_found_once
def networks(facts: Facts) -> Iterator[Hit]:
    """VMs of which interface, subnet or network was not read."""
    unread = [vm for vm in facts.vms if vm.subnet is None]
    why = _why(facts, "networks", "Their interface, subnet or network was not among those that were read.")
    yield from unknown_vms(facts, unread, why, "Grant read access to the network's resource group, and read again.")


@_found_once
def sizes(facts: Facts) -> Iterator[Hit]:
    """VMs of which the size is not in the list of the source region."""
    unread = [vm for vm in facts.vms if vm.size is None]
    why = _why(facts, "vm_sizes", "What their size offers is not in the list of sizes that was read.")
    yield from unknown_vms(facts, unread, why, AGAIN)


@_found_once
def instance_views(facts: Facts) -> Iterator[Hit]:
    """VMs of which the instance view was not read."""
    unread = [vm for vm in facts.vms if vm.vm.power_state is None]
    why = _why(facts, "instance_views", "The instance view of these VMs was not read.")
    remedy = "Your account needs Microsoft.Compute/virtualMachines/instanceView/read."
    yield from unknown_vms(facts, unread, why, remedy)


def target_sizes(facts: Facts) -> Iterator[Hit]:
    """The sizes of the target region."""
    if not facts.target_sizes:
        why = _why(facts, "vm_sizes", "The sizes on offer in the target region were not read.")
        yield unknown(region_rules.title(facts.estate, facts.target), facts.target, why, AGAIN)


def target_disk_types(facts: Facts) -> Iterator[Hit]:
    """The disk types of the target region."""
    if not any(sku.region.lower() == facts.target for sku in facts.estate.disk_skus):
        why = _why(facts, "disk_skus", "The disk types on offer in the target region were not read.")
        yield unknown(region_rules.title(facts.estate, facts.target), facts.target, why, AGAIN)


def regions(facts: Facts) -> Iterator[Hit]:
    """The subscription's list of regions."""
    if not facts.estate.regions:
        why = _why(facts, "regions", "The subscription's list of regions was not read.")
        yield unknown(*_subscription(facts), why, AGAIN)


def locks(facts: Facts) -> Iterator[Hit]:
    if facts.estate.locks is None:
        why = _why(facts, "locks", "The locks were not read.")
        yield unknown(*_subscription(facts), why, "Grant Microsoft.Authorization/locks/read.")


def links(facts: Facts) -> Iterator[Hit]:
    if facts.estate.links is None:
        why = _why(facts, "links", "The resource links were not read.")
        yield unknown(*_subscription(facts), why, "Grant Microsoft.Resources/links/read on the subscription.")


def policies(facts: Facts) -> Iterator[Hit]:
    if facts.estate.policies is None:
        why = _why(facts, "policies", "The policy assignments were not read.")
        yield unknown(*_subscription(facts), why, "Grant Microsoft.Authorization/policyAssignments/read.")


def permissions(facts: Facts) -> Iterator[Hit]:
    if facts.estate.permissions is None:
        why = _why(facts, "permissions", "What your account may do was not read.")
        yield unknown(*_subscription(facts), why, "Grant Microsoft.Authorization/permissions/read.")


def vault_contents(facts: Facts) -> Iterator[Hit]:
    """What the plan's vault holds."""
    if facts.vault is not None and facts.vault.site_recovery is None:
        why = _why(facts, "vaults", "What the vault holds for Site Recovery was not read.")
        yield unknown(facts.vault.name, facts.vault.id, why, "Read access to the vault lets this be known.")


def other_vaults(facts: Facts) -> Iterator[Hit]:
    """What other vaults protect, of those that could protect VMs of the source region."""
    usable = {arm_id.key(row.id) for row in vaults.options(facts.estate, facts.source) if not row.refused}
    unread = [v.name for v in facts.estate.vaults if v.site_recovery is None and arm_id.key(v.id) in usable]
    if unread:
        why = f"What {', '.join(sorted(unread))} replicates was not read."
        yield unknown(*_subscription(facts), why, "Read access to every vault lets this be known.")


@_found_once
def caches(facts: Facts) -> Iterator[Hit]:
    """Cache accounts that the plan uses, but that were not read."""
    for cache in facts.resolved.caches:
        if cache.exists and arm_id.key(cache.id) not in facts.estate.storage_by_id:
            why = _why(facts, "storage_accounts", "It is not among the storage accounts that were read.")
            yield unknown(cache.name, cache.id, why, "Grant read access to it, and read again.")


@_found_once
def target_networks(facts: Facts) -> Iterator[Hit]:
    """Target networks that the plan uses, but that were not read."""
    for planned in facts.resolved.networks:
        if planned.target.exists and arm_id.key(planned.target.id) not in facts.estate.network_by_id:
            why = _why(facts, "networks", "The plan leads to this network, but it was not read.")
            yield unknown(planned.target.name, planned.target.id, why, "Grant read access to it, and read again.")


@_found_once
def images(facts: Facts) -> Iterator[Hit]:
    """Selected VMs of which neither agent nor image tells the operating system."""
    unread = [vm for vm in facts.selected if not vm.vm.os_name and vm.vm.image is None]
    why = "Neither the agent nor the image tells system and version."
    yield from unknown_vms(facts, unread, why, "Start the VM with its agent and read again.")


def unreadable(facts: Facts, *parts: str) -> Iterator[Hit]:
    """Parts of the estate that reading gave up on, with the reason that it gave."""
    for part in parts:
        why = facts.estate.why_unreadable(part)
        if why is not None:
            yield unknown(*_subscription(facts), why, AGAIN)
