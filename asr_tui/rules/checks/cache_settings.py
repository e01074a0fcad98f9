"""Checks of settings of the cache account that are allowed, and that one should know of."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model.finding import Scope, Severity
from asr_tui.rules import gaps
from asr_tui.rules.checks.cache import accounts, on_account
from asr_tui.rules.facts import Facts
from asr_tui.rules.registry import Hit, check


@check(
    id="cache-cmk",
    scope=Scope.CACHE,
    title="The cache account is encrypted with a key of Azure",
    severity=Severity.INFO,
    source="SM",
)
def cache_cmk(facts: Facts) -> Iterator[Hit]:
    for _, account, vms in accounts(facts):
        if account.customer_key:
            evidence = "It is encrypted with a key of yours, which is supported: without that key replication stops."
            yield on_account(account, evidence, "Keep the key enabled for as long as VMs replicate.", vms)
    yield from gaps.caches(facts)


@check(
    id="cache-private-endpoint",
    scope=Scope.CACHE,
    title="The cache account is reached without private endpoints",
    severity=Severity.INFO,
    source="PE",
)
def cache_private_endpoint(facts: Facts) -> Iterator[Hit]:
    for cache, account, vms in accounts(facts):
        if account.private_endpoints:
            evidence = (
                f"It has {account.private_endpoints} private endpoints: every VM has to resolve its private address."
            )
            severity = Severity.WARNING if cache.high_churn or account.kind.lower() != "storagev2" else None
            if severity is not None:
                evidence = f"{evidence} They are supported for StorageV2 accounts only."
            remedy = (
                "Link the private DNS zone to the source network, and have a second endpoint ready for the way back."
            )
            yield Hit(account.name, account.id, evidence, remedy, vms, severity=severity)
    yield from gaps.caches(facts)


@check(
    id="cache-key-rotation",
    scope=Scope.CACHE,
    title="No policy has the cache account's keys renewed",
    severity=Severity.WARNING,
    source="SM",
    prevents="LogStorageAccountNotAccessible",
)
def cache_key_rotation(facts: Facts) -> Iterator[Hit]:
    for _, account, vms in accounts(facts):
        if account.key_days:
            evidence = f"Its keys are to be renewed every {account.key_days} days; each time replication has to be set up anew."
            yield on_account(account, evidence, "Take the account out of the policy, or use the vault's identity.", vms)
    yield from gaps.caches(facts)
