"""Findings as a worklist: one entry for what one repair clears, and what unblocks most comes first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from asr_tui.model import arm_id
from asr_tui.model.change import Change
from asr_tui.model.finding import Finding, Scope, Severity

_ORDER = list(Severity)
_PARTS = {Scope.DISK: "disks", Scope.NIC: "interfaces"}
"""Scopes of things that belong to one VM."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Findings with one cause. ``vm_ids`` are all VMs that they concern; ``unblocks`` counts those VMs of which all
    blockers are in this entry. ``accepted`` holds the engineer's reason where every finding was accepted."""

    key: str
    severity: Severity
    title: str
    subject: str
    evidence: str
    remedy: str
    code: str
    source: str
    findings: tuple[Finding, ...]
    vm_ids: tuple[str, ...]
    fixes: tuple[Change, ...]
    unblocks: int = 0
    accepted: str = ""


@dataclass(slots=True)
class _Pile:
    findings: list[Finding] = field(default_factory=list)
    vms: dict[str, str] = field(default_factory=dict)


def cause_of(finding: Finding) -> str:
    """Findings with the same cause are cleared by the same repair.

    What is wrong with a thing that several checks or VMs share (a rule, a lock, a subnet) is one cause by that thing; what
    is wrong with VMs themselves, or with their disks and interfaces, is one cause by the check, so that forty stopped VMs
    are one line.
    """
    if finding.severity is Severity.UNKNOWN:
        return f"unknown|{finding.evidence}"
    if _about_vm(finding) or (finding.scope in _PARTS and len(finding.vm_ids) == 1):
        return f"{finding.check_id}|{finding.cause if finding.from_service else ''}"
    if finding.cause:
        return f"{arm_id.key(finding.subject_id)}|{finding.cause}"
    return finding.key


def entries(findings: Iterable[Finding], accepted: dict[str, str] | None = None) -> tuple[Entry, ...]:
    """The worklist: by severity, then by how many VMs an entry unblocks, then by how many it concerns.

    ``accepted`` maps findings' keys to the engineer's reasons; accepted entries stay, at the end of their severity.
    """
    reasons = accepted or {}
    piles: dict[str, _Pile] = {}
    blockers: dict[str, set[str]] = {}
    for finding in findings:
        cause = f"{finding.severity}|{cause_of(finding)}"
        pile = piles.setdefault(cause, _Pile())
        pile.findings.append(finding)
        for vm_id in finding.vm_ids:
            pile.vms.setdefault(arm_id.key(vm_id), vm_id)
            if finding.severity is Severity.BLOCKER:
                blockers.setdefault(arm_id.key(vm_id), set()).add(cause)
    made = [_entry(cause, pile, blockers, reasons) for cause, pile in piles.items()]
    return tuple(sorted(made, key=lambda e: (_ORDER.index(e.severity), bool(e.accepted), -e.unblocks, -len(e.vm_ids))))


def _entry(cause: str, pile: _Pile, blockers: dict[str, set[str]], reasons: dict[str, str]) -> Entry:
    first = pile.findings[0]
    titles = dict.fromkeys(finding.title for finding in pile.findings)
    subjects = dict.fromkeys(finding.subject for finding in pile.findings)
    given = [reasons.get(finding.key, "") for finding in pile.findings]
    fixes = {change.key: change for finding in pile.findings for change in finding.fixes}
    return Entry(
        key=cause,
        severity=first.severity,
        title=" / ".join(titles),
        subject=first.subject if len(subjects) == 1 else f"{len(subjects)} {_what(first)}",
        evidence=" ".join(dict.fromkeys(finding.evidence for finding in pile.findings[:3])),
        remedy=first.remedy,
        code=first.code,
        source=first.source,
        findings=tuple(pile.findings),
        vm_ids=tuple(pile.vms.values()),
        fixes=tuple(fixes.values()),
        unblocks=sum(1 for key in pile.vms if blockers.get(key) == {cause}),
        accepted=given[0] if all(given) else "",
    )


def _about_vm(finding: Finding) -> bool:
    return len(finding.vm_ids) == 1 and arm_id.same(finding.vm_ids[0], finding.subject_id)


def _what(finding: Finding) -> str:
    if _about_vm(finding):
        return "VMs"
    return _PARTS.get(finding.scope, "places")
