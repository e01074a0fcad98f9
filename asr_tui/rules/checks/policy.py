"""Checks of the replication policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from asr_tui.model.finding import Scope, Severity
from asr_tui.rules import figures, gaps
from asr_tui.rules.facts import Facts
from asr_tui.rules.registry import Hit, check, on_vms


def _hit(facts: Facts, evidence: str, remedy: str) -> Hit:
    pair = facts.resolved.pair
    return Hit(pair.policy.name, pair.policy.id, evidence, remedy)


@check(
    id="policy-retention-range",
    scope=Scope.POLICY,
    title="Recovery points are kept for 0 to 15 days",
    severity=Severity.BLOCKER,
    source="FAQ",
    prevents="150261",
)
def policy_retention_range(facts: Facts) -> Iterator[Hit]:
    minutes, limit = facts.plan.policy.retention_minutes, figures.limits()["retention_max_minutes"]
    if not 0 <= minutes <= limit:
        yield _hit(facts, f"It asks for {minutes} minutes.", f"Choose 0 to {limit} minutes.")


@check(
    id="policy-app-frequency",
    scope=Scope.POLICY,
    title="App-consistent points are off, or at least an hour apart",
    severity=Severity.BLOCKER,
    source="FAQ",
    prevents="150261",
)
def policy_app_frequency(facts: Facts) -> Iterator[Hit]:
    minutes, floor = facts.plan.policy.app_consistent_minutes, figures.limits()["app_consistent_min_minutes"]
    if 0 < minutes < floor:
        yield _hit(facts, f"It asks for one every {minutes} minutes.", f"Choose 0 (off), or {floor} minutes and more.")


@check(
    id="policy-app-less-than-retention",
    scope=Scope.POLICY,
    title="App-consistent points come more often than they expire",
    severity=Severity.BLOCKER,
    source="ARCH",
    prevents="150261",
)
def policy_app_less_than_retention(facts: Facts) -> Iterator[Hit]:
    policy = facts.plan.policy
    if policy.app_consistent_minutes > policy.retention_minutes:
        evidence = f"One every {policy.app_consistent_minutes} minutes, kept for {policy.retention_minutes}."
        yield _hit(facts, evidence, "Keep points longer, or make them more often.")


@check(
    id="policy-app-linux-scripts",
    scope=Scope.POLICY,
    title="App-consistent points of Linux VMs need your own scripts",
    severity=Severity.WARNING,
    source="FAQ",
    prevents="153006",
)
def policy_app_linux_scripts(facts: Facts) -> Iterator[Hit]:
    if facts.plan.policy.app_consistent_minutes:
        found = [vm for vm in facts.selected if vm.vm.os_type == "Linux"]
        evidence = "On Linux, app-consistent points are made only by pre- and post-scripts of your own."
        yield from on_vms(facts, found, evidence, "Install the scripts, or turn app-consistent points off.")


@check(
    id="policy-app-s2d-shared",
    scope=Scope.POLICY,
    title="App-consistent points are off for VMs with shared disks",
    severity=Severity.WARNING,
    source="FAQ",
    prevents="153006",
)
def policy_app_s2d_shared(facts: Facts) -> Iterator[Hit]:
    if facts.plan.policy.app_consistent_minutes:
        found = [vm for vm in facts.selected if any(disk and disk.max_shares > 1 for _, disk in vm.disks)]
        evidence = "They have shared disks, for which app-consistent points are not made."
        yield from on_vms(facts, found, evidence, "Turn app-consistent points off in their policy.")
    yield from gaps.disks(facts)


@check(
    id="policy-app-db-only",
    scope=Scope.POLICY,
    title="App-consistent points cost the VM work",
    severity=Severity.INFO,
    source="FAQ",
)
def policy_app_db_only(facts: Facts) -> Iterator[Hit]:
    minutes = facts.plan.policy.app_consistent_minutes
    if minutes:
        yield _hit(facts, f"One every {minutes} minutes for every VM.", "Once an hour is enough even for databases.")


@check(
    id="policy-multivm",
    scope=Scope.POLICY,
    title="A consistency group has at most 16 VMs",
    severity=Severity.BLOCKER,
    source="FAQ",
)
def policy_multivm(facts: Facts) -> Iterator[Hit]:
    limit = figures.limits()["vms_per_consistency_group"]
    groups = Counter(item.multi_vm_group for item in facts.resolved.items if item.multi_vm_group)
    for name, count in sorted(groups.items()):
        vms = tuple(item.vm_id for item in facts.resolved.items if item.multi_vm_group == name)
        if count > limit:
            yield Hit(name, name, f"It has {count} VMs.", f"Split it into groups of at most {limit}.", vms)
        else:
            evidence = f"Its {count} VMs share points, which costs CPU, and fail over together."
            yield Hit(name, name, evidence, "Keep groups to VMs of one workload.", vms, severity=Severity.WARNING)


@check(
    id="vm-multivm-group",
    scope=Scope.POLICY,
    title="A VM that is replicated already does not join a consistency group",
    severity=Severity.WARNING,
    source="FAQ",
)
def vm_multivm_group(facts: Facts) -> Iterator[Hit]:
    late = {item.vm_id for item in facts.resolved.items if item.multi_vm_group and item.existing is not None}
    found = [vm for vm in facts.selected if vm.id in late]
    evidence = "They are replicated already, and groups are joined only when replication is enabled."
    yield from on_vms(facts, found, evidence, "Disable and enable them again, if they must share points.")
    yield from gaps.vault_contents(facts)


@check(
    id="autoupdate-account",
    scope=Scope.POLICY,
    title="Automatic updates of the agent need an automation account",
    severity=Severity.WARNING,
    source="AU",
)
def autoupdate_account(facts: Facts) -> Iterator[Hit]:
    if facts.plan.policy.agent_auto_update and not facts.resolved.pair.forward.exists:
        evidence = "Updates run from an automation account with a system identity, one for each vault."
        yield _hit(facts, evidence, "Make the account and its role assignment after the mapping is there.")


@check(
    id="autoupdate-manual",
    scope=Scope.POLICY,
    title="The agent is kept current",
    severity=Severity.INFO,
    source="AU",
)
def autoupdate_manual(facts: Facts) -> Iterator[Hit]:
    if not facts.plan.policy.agent_auto_update:
        yield _hit(
            facts, "Automatic updates are off.", "Update the agent every month; old versions stop being supported."
        )


@check(
    id="disk-snapshot-budget",
    scope=Scope.POLICY,
    title="Retention multiplies the cost of snapshots",
    severity=Severity.INFO,
    source="FAQ",
)
def disk_snapshot_budget(facts: Facts) -> Iterator[Hit]:
    days = facts.plan.policy.retention_minutes / 1440
    if days > 1:
        evidence = f"Points are kept for {days:g} days; each day beyond the first adds about 12 for each disk."
        yield _hit(facts, evidence, "Keep them as long as you would really go back.")
