"""Checks of the cache storage account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import cast

from asr_tui.model import arm_id
from asr_tui.model.finding import Scope, Severity
from asr_tui.model.recovery import StorageAccount
from asr_tui.rules import figures, gaps, naming
from asr_tui.rules.caches import is_premium_blob
from asr_tui.rules.facts import Facts
from asr_tui.rules.registry import Hit, check, unknown
from asr_tui.rules.resolved import ResolvedCache, ResolvedItem


def accounts(facts: Facts) -> Iterator[tuple[ResolvedCache, StorageAccount, tuple[str, ...]]]:
    """Every existing account that the plan uses as a cache, with the VMs that it serves."""
    for cache in facts.resolved.caches:
        account = facts.estate.storage_by_id.get(arm_id.key(cache.id))
        if account is not None:
            yield cache, account, _vm_ids(facts, cache)


def _vm_ids(facts: Facts, cache: ResolvedCache) -> tuple[str, ...]:
    return tuple([item.vm_id for item in _served(facts, cache)])


def _served(facts: Facts, cache: ResolvedCache) -> Sequence[ResolvedItem]:
    """The items whose cache the account is; sorted out once for all accounts and checks."""
    if _served not in facts.memo:
        by_cache: dict[str, list[ResolvedItem]] = {}
        for item in facts.resolved.items:
            by_cache.setdefault(arm_id.key(item.cache.id), []).append(item)
        facts.memo[_served] = by_cache
    return cast("dict[str, list[ResolvedItem]]", facts.memo[_served]).get(arm_id.key(cache.id), ())


def on_account(account: StorageAccount, evidence: str, remedy: str, vms: tuple[str, ...]) -> Hit:
    """A hit on an account, and on the VMs that use it."""
    return Hit(account.name, account.id, evidence, remedy, vms)


@check(
    id="cache-region",
    scope=Scope.CACHE,
    title="The cache account stands in the source region",
    severity=Severity.BLOCKER,
    source="SM",
)
def cache_region(facts: Facts) -> Iterator[Hit]:
    for _, account, vms in accounts(facts):
        if account.location.lower() != facts.source:
            yield on_account(
                account, f"It stands in {account.location}.", "Choose an account of the source region.", vms
            )
    yield from gaps.caches(facts)


@check(
    id="cache-kind-normal",
    scope=Scope.CACHE,
    title="A cache for normal churn is a standard account",
    severity=Severity.BLOCKER,
    source="SM",
)
def cache_kind_normal(facts: Facts) -> Iterator[Hit]:
    for cache, account, vms in accounts(facts):
        standard = account.sku.lower().startswith("standard") and account.kind.lower() in {"storagev2", "storage"}
        first_version_zonal = account.kind.lower() == "storage" and "zrs" in account.sku.lower()
        if not cache.high_churn and (not standard or first_version_zonal):
            evidence = f"It is {account.kind}, {account.sku}."
            yield on_account(account, evidence, "Choose a StorageV2 account of type Standard_LRS.", vms)
    yield from gaps.caches(facts)


@check(
    id="cache-kind-high",
    scope=Scope.CACHE,
    title="One VM has caches of one kind",
    severity=Severity.BLOCKER,
    source="HC",
)
def cache_kind_high(facts: Facts) -> Iterator[Hit]:
    kinds = {arm_id.key(account.id): is_premium_blob(account) for account in facts.estate.storage_accounts}
    for vault, item in facts.protecting.values():
        used = {arm_id.key(disk.cache_account_id) for disk in item.disks if disk.cache_account_id}
        if len({kinds[each] for each in used if each in kinds}) > 1:
            evidence = f"Its item in {vault.name} uses accounts of both kinds."
            yield Hit(item.vm_name, item.vm_id, evidence, "Disable it, and enable it with one kind.", (item.vm_id,))
    yield from gaps.other_vaults(facts)


@check(
    id="cache-subscription",
    scope=Scope.CACHE,
    title="The cache account lies in the VMs' subscription",
    severity=Severity.WARNING,
    source="SM",
)
def cache_subscription(facts: Facts) -> Iterator[Hit]:
    own = facts.estate.subscription.id.lower()
    for cache in facts.resolved.caches:
        if (arm_id.subscription(cache.id) or own).lower() != own:
            evidence = "It lies in another subscription: the portal will not list it."
            yield Hit(cache.name, cache.id, evidence, "Choose one of the source subscription.", _vm_ids(facts, cache))


@check(
    id="cache-soft-delete",
    scope=Scope.CACHE,
    title="Soft delete is off on the cache account",
    severity=Severity.WARNING,
    source="SM",
)
def cache_soft_delete(facts: Facts) -> Iterator[Hit]:
    for _, account, vms in accounts(facts):
        if account.soft_delete:
            yield on_account(account, "Every blob written is kept after it was used.", "Turn soft delete off.", vms)
        elif account.soft_delete is None:
            why = "Its blob service settings were not read."
            yield unknown(account.name, account.id, why, "Read the account's blob service.", vms)
    yield from gaps.caches(facts)


@check(
    id="cache-versioning",
    scope=Scope.CACHE,
    title="Versioning is off on the cache account",
    severity=Severity.WARNING,
    source="SA",
)
def cache_versioning(facts: Facts) -> Iterator[Hit]:
    for _, account, vms in accounts(facts):
        if account.versioning:
            yield on_account(account, "Every blob written keeps its versions.", "Turn versioning off.", vms)
        elif account.versioning is None:
            why = "Its blob service settings were not read."
            yield unknown(account.name, account.id, why, "Read the account's blob service.", vms)
    yield from gaps.caches(facts)


@check(
    id="cache-shared-key",
    scope=Scope.CACHE,
    title="The service may use the cache account's keys",
    severity=Severity.BLOCKER,
    source="KEY",
)
def cache_shared_key(facts: Facts) -> Iterator[Hit]:
    identity = facts.vault.identity_type if facts.vault else None
    for _, account, vms in accounts(facts):
        if account.shared_key is not False:
            continue
        if identity in {None, "None"}:
            remedy = "Allow shared keys, or give the vault an identity with the storage roles."
            yield on_account(account, "It refuses shared keys, and the vault has no identity.", remedy, vms)
        else:
            evidence = "It refuses shared keys; the vault's identity needs Contributor and a blob data role on it."
            remedy = "Check its role assignments before enabling."
            yield Hit(account.name, account.id, evidence, remedy, vms, severity=Severity.WARNING)
    yield from gaps.caches(facts)


@check(
    id="cache-firewall",
    scope=Scope.CACHE,
    title="The cache account's firewall lets the VMs and the service in",
    severity=Severity.BLOCKER,
    source="SM",
    prevents="LogStorageAccountNotAccessible",
)
def cache_firewall(facts: Facts) -> Iterator[Hit]:
    for cache, account, vms in accounts(facts):
        if account.public_access == "Disabled":
            evidence = "Its public network access is off; only private endpoints would reach it."
            yield Hit(account.name, account.id, evidence, "Allow selected networks.", vms, severity=Severity.WARNING)
            continue
        if account.default_action != "Deny":
            continue
        if "AzureServices" not in account.bypass:
            yield on_account(account, "Trusted Microsoft services are not let in.", "Allow trusted services.", vms)
        allowed = {arm_id.key(subnet) for subnet in account.subnet_ids}
        outside = _outside(facts, cache, allowed)
        if outside:
            names = ", ".join(sorted(outside))
            yield on_account(
                account, f"These subnets are not let in: {names}.", "Add the source subnets to its rules.", vms
            )
    yield from gaps.networks(facts)
    yield from gaps.caches(facts)


def _outside(facts: Facts, cache: ResolvedCache, allowed: set[str]) -> set[str]:
    found = set()
    for vm_id in _vm_ids(facts, cache):
        vm = facts.by_key.get(arm_id.key(vm_id))
        if vm is not None and vm.subnet is not None and arm_id.key(vm.subnet.id) not in allowed:
            found.add(vm.subnet.name)
    return found


@check(
    id="cache-disk-capacity",
    scope=Scope.CACHE,
    title="The cache account has room for the disks",
    severity=Severity.WARNING,
    source="SM",
)
def cache_disk_capacity(facts: Facts) -> Iterator[Hit]:
    present = Counter(
        arm_id.key(disk.cache_account_id)
        for _, item in facts.protecting.values()
        for disk in item.disks
        if disk.cache_account_id
    )
    for cache in facts.resolved.caches:
        key = arm_id.key(cache.id)
        account = facts.estate.storage_by_id.get(key)
        first_version = account is not None and account.kind.lower() == "storage"
        limit = int(figures.limits()["disks_per_cache_account_v1" if first_version else "disks_per_cache_account"])
        served = [item for item in _served(facts, cache) if item.existing is None]
        planned = sum(len(item.disks) for item in served)
        if present[key] + planned > limit:
            evidence = f"{present[key]} disks use it and {planned} would be added; it carries {limit} at 4 MB/s each."
            remedy = "Spread the VMs over several cache accounts."
            yield Hit(cache.name, cache.id, evidence, remedy, tuple(item.vm_id for item in served))
    yield from gaps.other_vaults(facts)


@check(
    id="cache-target-for-reprotect",
    scope=Scope.CACHE,
    title="The target region has an account that can be the cache of the way back",
    severity=Severity.INFO,
    source="PE",
)
def cache_target_for_reprotect(facts: Facts) -> Iterator[Hit]:
    if facts.selected and not any(a.location.lower() == facts.target for a in facts.estate.storage_accounts):
        evidence = "After a failover, replication back needs a cache account in the target region; there is none."
        yield Hit(facts.target, facts.target, evidence, "Make one now, or when you reprotect.")
    yield from gaps.unreadable(facts, "storage_accounts")


@check(
    id="cache-name",
    scope=Scope.CACHE,
    title="The new cache account's name is legal",
    severity=Severity.BLOCKER,
    source="NAME",
)
def cache_name(facts: Facts) -> Iterator[Hit]:
    for cache in facts.resolved.caches:
        if not cache.exists and not naming.is_storage_name(cache.name):
            evidence = f"{cache.name!r} is not 3 to 24 lower-case letters and digits."
            yield Hit(cache.name, cache.id, evidence, "Choose another name.", _vm_ids(facts, cache))


@check(
    id="cache-dedicated",
    scope=Scope.CACHE,
    title="The cache account serves nothing else",
    severity=Severity.INFO,
    source="SA",
)
def cache_dedicated(facts: Facts) -> Iterator[Hit]:
    used = {
        arm_id.key(disk.cache_account_id)
        for _, item in facts.protecting.values()
        for disk in item.disks
        if disk.cache_account_id
    }
    for _, account, vms in accounts(facts):
        if not account.name.endswith("asrcache") and arm_id.key(account.id) not in used:
            evidence = "Nothing shows that it is meant as a cache; applications may share it."
            yield on_account(account, evidence, "A cache of its own keeps limits and costs apart.", vms)
    yield from gaps.other_vaults(facts)
    yield from gaps.caches(facts)
