"""Which VMs can be protected, by the findings that concern them, and which of them fit together into the quota."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from asr_tui.model import arm_id
from asr_tui.model.estate import Estate
from asr_tui.model.finding import Finding, Severity
from asr_tui.model.plan import Plan
from asr_tui.rules import figures
from asr_tui.rules.facts import Facts

#: Checks that weigh VMs against each other: being over quota is no property of one VM.
TOGETHER = frozenset({"target-quota-family", "target-quota-regional"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """``why_not`` names the blockers in one line, "" for an eligible VM. Counts are of findings about this VM."""

    eligible: bool
    why_not: str = ""
    blockers: int = 0
    warnings: int = 0


def accepted_keys(plan: Plan) -> frozenset[str]:
    """Findings that the engineer accepted; a blocker stays one, whoever accepts it."""
    return frozenset(each.key for each in plan.accepted)


def verdicts(estate: Estate, plan: Plan, findings: Iterable[Finding]) -> Mapping[str, Verdict]:
    """The verdict on every VM of the source region, by VM key. Findings without VMs concern the plan, not one VM."""
    blockers: dict[str, list[str]] = {}
    warnings: dict[str, int] = {}
    for finding in findings:
        for vm_id in finding.vm_ids:
            key = arm_id.key(vm_id)
            if finding.severity is Severity.BLOCKER:
                blockers.setdefault(key, []).append(finding.evidence)
            elif finding.severity is Severity.WARNING:
                warnings[key] = warnings.get(key, 0) + 1
    found = {}
    for vm in estate.vms_in(plan.source_region):
        key = arm_id.key(vm.id)
        reasons = blockers.get(key, [])
        found[key] = Verdict(not reasons, _line(reasons), len(reasons), warnings.get(key, 0))
    return found


def _line(reasons: list[str]) -> str:
    if len(reasons) < 2:
        return "".join(reasons)
    return f"{reasons[0]} (and {len(reasons) - 1} more)"


def merge(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """``findings`` with the service's own verdicts winning: where it says of a VM what a check of ours says too, ours no
    longer names that VM (and is dropped when it names no other)."""
    found = list(findings)
    told: dict[str, set[str]] = {}
    for finding in found:
        if finding.from_service:
            for check_id in figures.document("errors")["service_checks"].get(finding.code, ()):
                told.setdefault(check_id, set()).update(arm_id.key(vm_id) for vm_id in finding.vm_ids)
    merged = []
    for finding in found:
        known = told.get(finding.check_id)
        if known is None or finding.from_service:
            merged.append(finding)
            continue
        rest = tuple(vm_id for vm_id in finding.vm_ids if arm_id.key(vm_id) not in known)
        if rest or not finding.vm_ids:
            merged.append(replace(finding, vm_ids=rest))
    return tuple(merged)


def selectable(estate: Estate, plan: Plan, findings: Iterable[Finding]) -> tuple[str, ...]:
    """The ids of VMs that can be protected together: no blocker of their own, and room in the quota for all at once.

    VMs are taken in the estate's order as long as they fit. ``findings`` may come from a plan without any VM selected.
    """
    own = [finding for finding in findings if finding.check_id not in TOGETHER or not plan.vms]
    judged = verdicts(estate, plan, own)
    facts = Facts(estate, plan)
    room: dict[str, int] = {}
    chosen = []
    for vm in facts.vms:
        if not judged[vm.key].eligible:
            continue
        size = facts.target_size(vm) or vm.size
        needs = {size.family: size.vcpus, "cores": size.vcpus} if size else {}
        for name in needs:
            usage = estate.usage(facts.target, name)
            room.setdefault(name, usage.free if usage else 2**31)
        if all(room[name] >= count for name, count in needs.items()):
            for name, count in needs.items():
                room[name] -= count
            chosen.append(vm.id)
    return tuple(chosen)
