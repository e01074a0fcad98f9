"""Prerequisites and networking as one report: a table for people, JSON and JUnit XML for pipelines."""

from __future__ import annotations

import json
from collections.abc import Callable
from xml.etree import ElementTree

from asr_tui.plain.events import one_line
from asr_tui.session.planning_views import (
    CauseRow,
    CheckRow,
    FindingRow,
    NetworkingView,
    NetworkRow,
    OpinionView,
    PrerequisitesView,
    VmNetworkRow,
)
from asr_tui.session.views import View
from asr_tui.wording import clean, count, fit

MOST_NAMED = 12
"""So many VMs of a cause are named in the table; the rest are counted. JSON names all of them."""

_GRAVITY = {"blocker": 0, "unknown": 1, "warning": 2, "info": 3}


def _by_gravity(view: View) -> list[FindingRow]:
    return sorted(
        view.prerequisites.findings, key=lambda row: (_GRAVITY.get(row.severity, 9), row.check_id, row.subject)
    )


def table(view: View) -> str:
    """For people: findings by cause, the gravest and those that unblock most first; then what each network reaches."""
    lines = [f"{fit('SEVERITY', 9)} {fit('SUBJECT', 26)} {fit('CODE', 7)} FINDING"]
    rows = view.prerequisites.worklist or _by_gravity(view)
    for row in rows:
        head = f"{fit(row.severity, 9)} {fit(clean(row.subject), 26)} {fit(row.code, 7)}"
        lines.append(f"{head} {one_line(row.title)}")
        told = [row.evidence, f"Remedy: {row.remedy}" if row.remedy else ""]
        told += _about(row, view.prerequisites) if isinstance(row, CauseRow) else []
        told += [f"Accepted: {row.accepted}"] if row.accepted else []
        lines += [f"{'':45}{one_line(text)}" for text in told if text]
    if not view.prerequisites.findings:
        lines.append("No findings.")
    lines.append("")
    lines.append(f"{fit('NETWORK', 26)} {fit('TAG', 22)} {fit('VERDICT', 9)} DECIDED BY")
    for network in view.networking.networks:
        for tag in network.tags:
            decided = f"{clean(tag.subject)}: {clean(tag.deciding_rule)}" if tag.subject else clean(tag.deciding_rule)
            lines.append(f"{fit(clean(network.name), 26)} {fit(clean(tag.tag), 22)} {fit(tag.verdict, 9)} {decided}")
    lines += _second_looks(view.networking)
    found = view.prerequisites
    if found.kernels:
        lines += ["", f"Kernel lists of {clean(found.kernels)}: {clean(found.kernel_lists) or 'none could be read'}."]
    eligible = sum(1 for vm in view.vms if vm.eligible)
    lines.append("")
    lines.append(
        f"{count(found.total, 'check')}: {count(found.blockers, 'blocker')}, {count(found.warnings, 'warning')}, "
        f"{found.unknowns} not evaluated, {found.infos} for information. "
        f"{eligible} of {count(len(view.vms), 'VM')} can be protected."
    )
    return "\n".join(lines)


def _second_looks(part: NetworkingView) -> list[str]:
    """Rules that are missing, Azure's own view of interfaces, and ways to on-premises, where there are any."""
    lines = []
    for fix in part.missing:
        lines += ["", f"MISSING RULE {clean(fix.name)}: {one_line(fix.what)}", f"  {one_line(fix.command)}"]
    for opinion in part.opinions:
        lines += ["", *opinion_lines(opinion)]
    if part.connections or part.unread:
        lines += ["", "WAYS TO ON-PREMISES"]
        lines += [f"  Not read: {one_line(part.unread)}"] if part.unread else []
        for row in part.connections:
            lines.append(f"  {clean(row.kind)} {clean(row.name)} ({clean(row.region)}): {one_line(row.detail)}")
            lines.append(f"    {one_line(row.guideline)}")
    return lines


def interface_lines(row: VmNetworkRow) -> list[str]:
    """Where each interface of a VM goes, by which rule, and what of its networking stays behind."""
    lines = [
        f"{nic.name}: from {nic.source or 'no subnet'} to {nic.target or 'nowhere'} ({nic.why.rstrip('.')}); "
        f"address: {nic.address}."
        for nic in row.interfaces
    ]
    return [*lines, *(f"Stays behind: {thing}." for thing in row.not_carried)]


def opinion_lines(opinion: OpinionView) -> list[str]:
    """Azure's own view of an interface beside ours, one line for each tag."""
    head = f"AZURE ON {clean(opinion.vm_name)} ({clean(opinion.interface)})"
    if opinion.problem is not None:
        return [f"{head}: {one_line(opinion.problem.sentence())}"]
    lines = [f"{head}: {', '.join(map(clean, opinion.groups)) or 'no group'} applied"]
    for row in opinion.rows:
        same = (
            f"{row.azure} as we say"
            if not row.differs
            else f"{row.azure}, by {one_line(row.azure_rule)}; we say {row.ours}"
        )
        lines.append(f"  {fit(clean(row.tag), 26)} {same}, by {one_line(row.our_rule)}")
    return [*lines, *(f"  {one_line(remark)}" for remark in opinion.remarks)]


def _about(row: CauseRow, found: PrerequisitesView) -> list[str]:
    """The VMs under a cause, and what can be done about it from here."""
    names = _vm_names(row, found)
    rest = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    told = [f"VMs ({len(names)}): {', '.join(names[:MOST_NAMED])}{rest}" if names else ""]
    told += [f"Repairing it unblocks {count(row.unblocks, 'VM')}."] if row.unblocks else []
    return [*told, *(f"Repair: {fix.what}" for fix in row.fixes)]


def _vm_names(row: CauseRow, found: PrerequisitesView) -> list[str]:
    wanted = set(row.findings)
    return sorted({name for finding in found.findings if finding.key in wanted for name in finding.vm_names})


def as_json(view: View) -> str:
    """For programs: everything that the table shows, with ids."""
    found = view.prerequisites
    document = {
        "session": view.session.name,
        "cloud": view.session.cloud,
        "subscription": view.session.subscription_id,
        "source_region": view.session.source_region,
        "target_region": view.session.target_region,
        "checked_at": found.checked_at.isoformat() if found.checked_at else None,
        "counts": {
            "checks": found.total,
            "blocker": found.blockers,
            "warning": found.warnings,
            "unknown": found.unknowns,
            "info": found.infos,
            "vms_total": len(view.vms),
            "vms_eligible": sum(1 for vm in view.vms if vm.eligible),
        },
        "checks": [row.model_dump(mode="json") for row in found.checks],
        "findings": [_finding(row) for row in _by_gravity(view)],
        "worklist": [row.model_dump(mode="json") | {"vm_names": _vm_names(row, found)} for row in found.worklist],
        "permissions": _permissions(found),
        "networks": [_network(row) for row in view.networking.networks],
        "missing_rules": [
            row.model_dump(mode="json") | {"body": _document(row.body)} for row in view.networking.missing
        ],
        "effective_rules": [row.model_dump(mode="json") for row in view.networking.opinions],
        "on_premises": [row.model_dump(mode="json") for row in view.networking.connections],
        "kernel_lists": {"place": found.kernels, "read": found.kernel_lists},
    }
    return json.dumps(document, indent=2)


def _document(body: str) -> object:
    return json.loads(body) if body else None


def _finding(row: FindingRow) -> dict[str, object]:
    """``id`` is the check's, ``key`` the finding's own: it stays the same over runs."""
    fields = row.model_dump(mode="json", exclude={"check_id"})
    return {"id": row.check_id, **fields}


def _permissions(found: PrerequisitesView) -> dict[str, object]:
    held = found.permissions
    missing = [row.model_dump(mode="json") for row in held.gaps]
    return {"known": held.known, "missing": missing, "custom_role": json.loads(held.role) if held.role else None}


def _network(row: NetworkRow) -> dict[str, object]:
    kept = {"id", "name", "resource_group", "address_space", "tags", "egress", "egress_ok", "target_name", "subnets"}
    return row.model_dump(mode="json", include=kept)


def junit(view: View) -> str:
    """For CI systems: a test case for each check; blockers are failures, what could not be evaluated is an error."""
    found = view.prerequisites
    failing = {row.check_id for row in found.findings if row.severity == "blocker"}
    unknown = {row.check_id for row in found.findings if row.severity == "unknown"} - failing
    suite = ElementTree.Element(
        "testsuite",
        name="asr-tui check",
        tests=str(len(found.checks)),
        failures=str(len(failing)),
        errors=str(len(unknown)),
    )
    for check in found.checks:
        _junit_case(suite, check, [row for row in _by_gravity(view) if row.check_id == check.id])
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suite, encoding="unicode")


def _junit_case(suite: ElementTree.Element, check: CheckRow, rows: list[FindingRow]) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=check.scope, name=f"{check.id}: {check.title}")
    told = "\n".join(f"{row.severity}: {one_line(f'{row.subject}: {row.evidence} {row.remedy}')}" for row in rows)
    for severity, tag in (("blocker", "failure"), ("unknown", "error")):
        if any(row.severity == severity for row in rows):
            ElementTree.SubElement(case, tag, message=one_line(rows[0].title), type=severity).text = told
            return
    if rows:
        ElementTree.SubElement(case, "system-out").text = told


FORMS: dict[str, Callable[[View], str]] = {"table": table, "json": as_json, "junit": junit}
