"""Every default of a plan, spelled out: what the wizard shows before anything is asked, and what ``changes`` works from."""

from __future__ import annotations

from asr_tui.model import arm_id
from asr_tui.model.estate import Estate
from asr_tui.model.plan import Plan
from asr_tui.model.replication import ReplicatedItem
from asr_tui.rules import target_networks, vault_objects
from asr_tui.rules.resolved import Resolved, ResolvedGroup
from asr_tui.rules.target_items import Targets


def _uses_cache(item: ReplicatedItem) -> bool:
    return any(disk.cache_account_id for disk in item.disks)


def resolve(estate: Estate, plan: Plan) -> Resolved:
    """``plan`` with its defaults, as they come out of what ``estate`` holds.

    The same estate and plan always give the same answer, and names do not depend on which other VMs are selected, so
    that planning again finds what an earlier plan made.
    """
    vault = vault_objects.vault(estate, plan)
    held = vault_objects.contents(estate, vault)
    pair = vault_objects.pair(plan, vault, held)
    known, unknown = [], []
    seen: set[str] = set()
    for vm_id in plan.vms:
        vm = estate.vm_by_id.get(arm_id.key(vm_id))
        if vm is None:
            unknown.append(vm_id)
        elif arm_id.key(vm_id) not in seen:
            seen.add(arm_id.key(vm_id))
            known.append(vm)
    sources = target_networks.source_networks(estate, (vm.id for vm in known))
    networks = target_networks.resolve_networks(estate, plan, sources, pair, held)
    targets = Targets(estate, plan, vault, pair, held, {arm_id.key(n.source_id): n for n in networks})
    items = targets.resolve(known)
    # Of an item that exists, only what the service says that it uses counts: its own group and cache account.
    caches = {arm_id.key(i.cache.id): i.cache for i in items if i.existing is None or _uses_cache(i.existing)}
    groups: dict[str, ResolvedGroup] = {}
    for group in (
        *(item.group for item in items if item.existing is None or item.existing.target_group_id),
        *(network.group for network in networks if not network.target.exists),
        *(cache.group for cache in caches.values() if not cache.exists),
    ):
        groups.setdefault(arm_id.key(group.id), group)
    return Resolved(
        subscription_id=vault_objects.subscription_id(estate, plan),
        source=plan.source_region.lower(),
        target=plan.target_region.lower(),
        vault=vault,
        pair=pair,
        networks=networks,
        caches=tuple(caches.values()),
        groups=tuple(groups.values()),
        items=items,
        unknown_vms=tuple(unknown),
    )
