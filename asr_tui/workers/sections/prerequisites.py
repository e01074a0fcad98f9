"""Step 2: the catalogue of checks and what they found."""

from __future__ import annotations

import json
from collections.abc import Mapping

from asr_tui.model import arm_id
from asr_tui.model.change import Change, Kind
from asr_tui.model.finding import Finding, Severity
from asr_tui.rules import guest_probe, security_rules, worklist
from asr_tui.rules import permissions as rights
from asr_tui.rules.facts import Facts
from asr_tui.session.planning_views import (
    CauseRow,
    CheckRow,
    FindingRow,
    FixRow,
    GapRow,
    PermissionsView,
    PrerequisitesView,
)
from asr_tui.workers.state import State

_GRAVITY = {severity: number for number, severity in enumerate(Severity)}


def prerequisites(state: State) -> PrerequisitesView:
    """Findings in order of gravity; checks in the catalogue's order."""
    checks = state.checks
    accepted = {one.key: one.reason for one in state.plan.accepted}
    infos = {info.id: info for info in checks.catalogue}
    findings = sorted(checks.findings, key=lambda one: (_GRAVITY[one.severity], one.check_id, one.subject.lower()))
    counts = dict.fromkeys(Severity, 0)
    for finding in findings:
        counts[finding.severity] += 1
    return PrerequisitesView(
        state=checks.state,
        done=len(checks.results),
        total=len(checks.catalogue),
        checks=tuple(
            CheckRow(
                id=info.id,
                title=info.title,
                scope=info.scope,
                state=_outcome(checks.results.get(info.id)),
                findings=len(checks.results.get(info.id, ())),
            )
            for info in checks.catalogue
        ),
        findings=tuple(
            _row(
                state,
                finding,
                accepted.get(finding.key, ""),
                infos[finding.check_id].read_on if finding.check_id in infos else "",
            )
            for finding in findings
        ),
        worklist=_worklist(state, accepted) if checks.state == "done" else (),
        permissions=checks.permissions,
        scripts={system: guest_probe.template(system) for system in guest_probe.COMMANDS},
        blockers=counts[Severity.BLOCKER],
        warnings=counts[Severity.WARNING],
        unknowns=counts[Severity.UNKNOWN],
        infos=counts[Severity.INFO],
        checked_at=checks.finished,
        kernels=state.plan.kernels,
        kernel_lists=state.kernel_lists,
    )


def permissions(facts: Facts) -> PermissionsView:
    """What the account lacks for the plan, a role that holds just that, and a message that asks for it."""
    if facts.estate.permissions is None:
        return PermissionsView()
    lacks = rights.lacking(facts)
    if not lacks:
        return PermissionsView(known=True)
    return PermissionsView(
        known=True,
        gaps=tuple(
            GapRow(scope=lack.need.scope, title=lack.need.title, actions=lack.missing, roles=lack.roles)
            for lack in lacks
        ),
        role=json.dumps(rights.custom_role(facts), indent=2),
        request=rights.request_text(facts),
    )


def _worklist(state: State, accepted: Mapping[str, str]) -> tuple[CauseRow, ...]:
    taken = frozenset(arm_id.key(each) for each in state.plan.fixes)
    return tuple(_cause(entry, taken) for entry in worklist.entries(state.checks.findings, dict(accepted)))


def _cause(entry: worklist.Entry, taken: frozenset[str]) -> CauseRow:
    return CauseRow(
        key=entry.key,
        severity=entry.severity,
        title=entry.title,
        subject=entry.subject,
        evidence=entry.evidence,
        remedy=entry.remedy,
        code=entry.code,
        source=entry.source,
        findings=tuple(finding.key for finding in entry.findings),
        vms=len(entry.vm_ids),
        unblocks=entry.unblocks,
        fixes=tuple(fix_row(change, taken) for change in entry.fixes),
        accepted=entry.accepted,
    )


def fix_row(change: Change, taken: frozenset[str]) -> FixRow:
    """A change that a finding offers; ``taken`` are the keys of those in the plan."""
    return FixRow(
        key=change.key,
        name=change.name,
        what=f"{change.action} {change.kind} {change.name}: {change.reason}",
        taken=arm_id.key(change.key) in taken,
        command=security_rules.command(change) if change.kind is Kind.SECURITY_RULE else "",
        body=json.dumps(change.body, indent=2) if change.body else "",
    )


def _outcome(findings: tuple[Finding, ...] | None) -> str:
    if findings is None:
        return "waiting"
    if not findings:
        return "passed"
    return "unknown" if all(finding.severity is Severity.UNKNOWN for finding in findings) else "found"


def _row(state: State, finding: Finding, accepted: str, read_on: str) -> FindingRow:
    vms = state.estate.vm_by_id if state.estate else {}
    names = [vms[arm_id.key(vm)].name if arm_id.key(vm) in vms else arm_id.name(vm) for vm in finding.vm_ids]
    return FindingRow(
        key=finding.key,
        check_id=finding.check_id,
        severity=finding.severity,
        scope=finding.scope,
        title=finding.title,
        subject=finding.subject,
        subject_id=finding.subject_id,
        evidence=finding.evidence,
        remedy=finding.remedy,
        code=finding.code,
        source=finding.source,
        source_read_on=read_on,
        vm_ids=finding.vm_ids,
        vm_names=tuple(names),
        from_service=finding.from_service,
        accepted=accepted,
        seen_at=state.checks.seen.get(finding.check_id),
    )
