"""Which cache storage account each VM's writes go through: one account, and further ones where it holds all the disks it may."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from asr_tui.model import arm_id
from asr_tui.model.estate import Estate
from asr_tui.model.plan import Plan
from asr_tui.model.recovery import StorageAccount
from asr_tui.model.replication import ReplicatedItem, SiteRecovery
from asr_tui.rules import figures, naming, target_networks, vault_objects
from asr_tui.rules.resolved import ResolvedCache, ResolvedVault

STORAGE = "Microsoft.Storage/storageAccounts"


def is_premium_blob(account: StorageAccount) -> bool:
    """Whether the account is the kind that high churn needs: premium block blobs."""
    return account.kind.lower() == "blockblobstorage" and account.sku.lower().startswith("premium")


def is_suitable_cache(account: StorageAccount, region: str, *, high_churn: bool) -> bool:
    """Whether the account could serve as cache of a source region without a change to it."""
    if account.location.lower() != region.lower() or account.shared_key is False or account.default_action == "Deny":
        return False
    if high_churn:
        return is_premium_blob(account)
    return account.kind.lower() in {"storagev2", "storage"} and account.sku.lower().startswith("standard")


def most_disks(account: StorageAccount | None) -> int:
    """So many replicated disks may share an account, at 4 MB/s each. Source: the support matrix (limits.yaml)."""
    first_version = account is not None and account.kind.lower() == "storage"
    return int(figures.limits()["disks_per_cache_account_v1" if first_version else "disks_per_cache_account"])


@dataclass
class Caches:
    """Hands out accounts, VM by VM. What is replicated already keeps its own, so planning again changes nothing."""

    estate: Estate
    plan: Plan
    vault: ResolvedVault
    held: SiteRecovery

    def __post_init__(self) -> None:
        # The disks of an account by its key: those that it serves, and those that were given to it here.
        self._load = Counter(
            arm_id.key(disk.cache_account_id)
            for item in self.held.items
            for disk in item.disks
            if disk.cache_account_id
        )
        self._used = frozenset(self._load)
        self._pools: dict[tuple[str, bool], Iterator[ResolvedCache]] = {}
        self._open: dict[tuple[str, bool], ResolvedCache] = {}
        self._chosen: dict[tuple[str, bool], ResolvedCache] = {}

    def of(self, wanted: str, disks: int, *, high_churn: bool, existing: ReplicatedItem | None) -> ResolvedCache:
        """The account that the item uses; else ``wanted`` (the VM's own); else the plan's or the default with room for as
        many disks."""
        used = next((disk.cache_account_id for disk in existing.disks), None) if existing else None
        if used or wanted:
            return self._fixed(used or wanted, high_churn)
        pool = (self.plan.defaults.cache_account, high_churn)
        cache = self._open.get(pool) or self._next(pool)
        while self._is_full(cache, disks):
            following = self._next(pool)
            if following is cache:
                break  # the plan names no more: the check of the accounts' room tells of it
            cache = following
        if existing is None:
            self._load[arm_id.key(cache.id)] += disks
        return cache

    def _is_full(self, cache: ResolvedCache, disks: int) -> bool:
        load = self._load[arm_id.key(cache.id)]
        account = self.estate.storage_by_id.get(arm_id.key(cache.id))
        return load > 0 and load + disks > most_disks(account)

    def _fixed(self, wanted: str, high_churn: bool) -> ResolvedCache:
        memo = (wanted, high_churn)
        if memo not in self._chosen:
            self._chosen[memo] = self._named(wanted, high_churn)
        return self._chosen[memo]

    def _next(self, pool: tuple[str, bool]) -> ResolvedCache:
        """The next account of a pool; the last one again where there is no other."""
        if pool not in self._pools:
            names = (pool[0], *self.plan.defaults.cache_accounts)
            self._pools[pool] = (
                (self._fixed(name, pool[1]) for name in names) if pool[0] else self._defaults(high_churn=pool[1])
            )
        following = next(self._pools[pool], None)
        if following is not None:
            self._open[pool] = following
        return self._open[pool]

    def _named(self, wanted: str, high_churn: bool) -> ResolvedCache:
        """An account by id or by name; a name that is not there yet is to be made."""
        for account in self.estate.storage_accounts:
            if arm_id.same(account.id, wanted) or account.name.lower() == wanted.lower():
                return self._existing(account, target_networks.CHOSEN)
        if "/" in wanted:
            group_name = arm_id.resource_group(wanted) or ""
            group = vault_objects.group(self.estate, self.estate.subscription.id, group_name, self.plan.source_region)
            there = target_networks.present(self.estate, wanted, None)
            name = arm_id.name(wanted)
            return ResolvedCache(wanted, name, there, target_networks.CHOSEN, high_churn=high_churn, group=group)
        return self._new(wanted, high_churn, target_networks.CHOSEN)

    def _defaults(self, *, high_churn: bool) -> Iterator[ResolvedCache]:
        """Those that the vault uses already, then those made for it (by their names), then new ones without end. One that is
        a Site Recovery cache by its name comes before the first new one."""
        region = self.plan.source_region
        suitable = sorted(
            (a for a in self.estate.storage_accounts if is_suitable_cache(a, region, high_churn=high_churn)),
            key=lambda account: account.name,
        )
        given: set[str] = set()
        for account in suitable:
            if arm_id.key(account.id) in self._used:
                given.add(account.name)
                yield self._existing(account, "The vault's replicated items use it already.")
        ours = self._our_name(1, high_churn)
        if ours not in {account.name for account in suitable} and not given:
            for account in suitable:
                if account.name.endswith("asrcache"):
                    given.add(account.name)
                    yield self._existing(account, "Its name says that it is a Site Recovery cache.")
                    break
        by_name = {account.name: account for account in suitable}
        number = 0
        while True:
            number += 1
            name = self._our_name(number, high_churn)
            if name in given:
                continue
            if name in by_name:
                yield self._existing(by_name[name], "It was made as this vault's cache.")
            else:
                why = "One account of its own for each source region."
                yield self._new(name, high_churn, why if number == 1 else "The others hold as many disks as they may.")

    def _our_name(self, number: int, high_churn: bool) -> str:
        subscription, vault, region = self.estate.subscription.id, self.vault.id, self.plan.source_region
        return naming.cache_account(subscription, vault, region, high_churn=high_churn, number=number)

    def _existing(self, account: StorageAccount, why: str) -> ResolvedCache:
        group_name = arm_id.resource_group(account.id) or ""
        group = vault_objects.group(self.estate, self.estate.subscription.id, group_name, account.location)
        return ResolvedCache(account.id, account.name, True, why, high_churn=is_premium_blob(account), group=group)

    def _new(self, name: str, high_churn: bool, why: str) -> ResolvedCache:
        group = self.vault.group
        return ResolvedCache(
            f"{group.id}/providers/{STORAGE}/{name}", name, False, why, high_churn=high_churn, group=group
        )
