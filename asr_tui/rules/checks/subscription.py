"""Checks of the subscription: its state, its providers, its limits."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model import arm_id
from asr_tui.model.finding import Scope, Severity
from asr_tui.rules import figures, gaps, regions
from asr_tui.rules.facts import Facts
from asr_tui.rules.registry import Hit, check, unknown

NEEDED = ("Microsoft.Compute", "Microsoft.Network", "Microsoft.Storage")


def _subject(facts: Facts) -> tuple[str, str]:
    subscription = facts.estate.subscription
    return subscription.name or subscription.id, subscription.id


@check(
    id="sub-enabled",
    scope=Scope.SUBSCRIPTION,
    title="The subscription is enabled",
    severity=Severity.BLOCKER,
    source="SUBS",
    prevents="28031",
)
def sub_enabled(facts: Facts) -> Iterator[Hit]:
    subscription = facts.estate.subscription
    if subscription.state not in {"Enabled", "Warned"}:
        yield Hit(
            *_subject(facts),
            f"Its state is {subscription.state}.",
            "Have the subscription enabled again, or choose another one.",
        )
    elif subscription.spending_limit == "CurrentPeriodOn":
        yield Hit(
            *_subject(facts),
            "Its spending limit was reached in this period.",
            "Remove the spending limit, or choose another subscription.",
        )


@check(
    id="sub-same-tenant",
    scope=Scope.SUBSCRIPTION,
    title="Source, target and vault belong to one tenant",
    severity=Severity.BLOCKER,
    source="SM",
)
def sub_same_tenant(facts: Facts) -> Iterator[Hit]:
    own = facts.estate.subscription
    known = {each.id.lower(): each for each in facts.estate.subscriptions}
    for other in sorted(_other_subscriptions(facts)):
        found = known.get(other)
        if found is None:
            why = "The plan uses a resource of this subscription, whose tenant could not be read."
            yield unknown(other, other, why, "Sign in with an account that can read both subscriptions.")
        elif found.tenant_id != own.tenant_id:
            evidence = f"It belongs to tenant {found.tenant_id}; {own.name or own.id} to {own.tenant_id}."
            yield Hit(found.name or other, other, evidence, "Choose resources of one tenant.")


def _other_subscriptions(facts: Facts) -> set[str]:
    """Subscriptions that the plan's own ids lead to, beside the one that was read."""
    plan = facts.plan
    ids = [choice.target_id for choice in plan.networks.values()]
    ids += [plan.defaults.cache_account, *(override.cache_account for override in plan.overrides.values())]
    found = {(arm_id.subscription(each) or "").lower() for each in ids if each}
    return found - {"", facts.estate.subscription.id.lower()}


@check(
    id="sub-cloud-match",
    scope=Scope.SUBSCRIPTION,
    title="Source and target lie in the same Azure cloud",
    severity=Severity.BLOCKER,
    source="SM",
)
def sub_cloud_match(facts: Facts) -> Iterator[Hit]:
    here, there = regions.facts(facts.source), regions.facts(facts.target)
    if here.cloud and there.cloud and here.cloud != there.cloud:
        yield Hit(
            there.title,
            facts.target,
            f"{here.title} belongs to the cloud {here.cloud}, {there.title} to {there.cloud}.",
            "Choose a target region of the same cloud.",
        )


@check(
    id="provider-recoveryservices",
    scope=Scope.SUBSCRIPTION,
    title="Microsoft.RecoveryServices is registered",
    severity=Severity.WARNING,
    source="RPS",
)
def provider_recoveryservices(facts: Facts) -> Iterator[Hit]:
    yield from _unregistered(facts, ("Microsoft.RecoveryServices",))


@check(
    id="provider-compute-network-storage",
    scope=Scope.SUBSCRIPTION,
    title="Compute, Network and Storage are registered",
    severity=Severity.WARNING,
    source="RPS",
    prevents="28031",
)
def provider_compute_network_storage(facts: Facts) -> Iterator[Hit]:
    yield from _unregistered(facts, NEEDED)


@check(
    id="provider-optional",
    scope=Scope.SUBSCRIPTION,
    title="Providers of the features in use are registered",
    severity=Severity.WARNING,
    source="RPS",
)
def provider_optional(facts: Facts) -> Iterator[Hit]:
    wanted = []
    if any(vm.vm.encrypted_disks or any(d and d.encryption_set_id for _, d in vm.disks) for vm in facts.selected):
        wanted.append("Microsoft.KeyVault")
    if facts.plan.policy.agent_auto_update:
        wanted.append("Microsoft.Automation")
    yield from _unregistered(facts, tuple(wanted))
    yield from gaps.disks(facts)


def _unregistered(facts: Facts, namespaces: tuple[str, ...]) -> Iterator[Hit]:
    states = {provider.namespace.lower(): provider.state for provider in facts.estate.providers}
    for namespace in namespaces:
        state = states.get(namespace.lower())
        subject_id = f"/subscriptions/{facts.estate.subscription.id}/providers/{namespace}"
        if state is None:
            why = facts.estate.why_unreadable("providers") or "Its registration could not be read."
            yield unknown(namespace, subject_id, why, "Read the subscription's providers, and check again.")
        elif state != "Registered":
            yield Hit(
                namespace,
                subject_id,
                f"It is {state} in this subscription.",
                "Nothing to do where the change list registers it first; your account needs the right to register.",
            )


@check(
    id="sub-protected-disk-cap",
    scope=Scope.SUBSCRIPTION,
    title="No more than 3,000 protected disks in the subscription",
    severity=Severity.BLOCKER,
    source="SM",
)
def sub_protected_disk_cap(facts: Facts) -> Iterator[Hit]:
    limit = int(figures.limits()["protected_disks_per_subscription"])
    present = sum(len(item.disks) for _, item in facts.protecting.values())
    planned = sum(len(vm.disks) for vm in facts.selected if vm.key not in facts.protecting)
    if present + planned > limit:
        yield Hit(
            *_subject(facts),
            f"{present} disks are protected and {planned} would be added: more than {limit}.",
            "Spread the VMs over several subscriptions.",
        )
    yield from gaps.other_vaults(facts)


@check(
    id="sub-vault-cap",
    scope=Scope.SUBSCRIPTION,
    title="Fewer than 500 vaults in the subscription",
    severity=Severity.BLOCKER,
    source="LIM",
)
def sub_vault_cap(facts: Facts) -> Iterator[Hit]:
    limit = int(figures.limits()["vaults_per_subscription"])
    if facts.vault is None and len(facts.estate.vaults) >= limit:
        yield Hit(*_subject(facts), f"It holds {len(facts.estate.vaults)} vaults.", "Use a vault that is there.")
    yield from gaps.unreadable(facts, "vaults")
