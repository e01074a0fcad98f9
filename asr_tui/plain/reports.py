"""Prerequisites and networking as one report: a table for people, JSON and JUnit XML for pipelines."""

from __future__ import annotations

import json
from collections.abc import Callable
from xml.etree import ElementTree

from asr_tui.plain.events import one_line
from asr_tui.session.planning_views import CheckRow, FindingRow, NetworkRow
from asr_tui.session.views import View
from asr_tui.wording import clean, count, fit

_GRAVITY = {"blocker": 0, "unknown": 1, "warning": 2, "info": 3}


def _by_gravity(view: View) -> list[FindingRow]:
    return sorted(
        view.prerequisites.findings, key=lambda row: (_GRAVITY.get(row.severity, 9), row.check_id, row.subject)
    )


def table(view: View) -> str:
    """For people: findings with the gravest first, then what each network reaches."""
    lines = [f"{fit('SEVERITY', 9)} {fit('SUBJECT', 26)} {fit('CODE', 7)} FINDING"]
    for row in _by_gravity(view):
        head = f"{fit(row.severity, 9)} {fit(clean(row.subject), 26)} {fit(row.code, 7)}"
        lines.append(f"{head} {one_line(row.title)}")
        lines.append(f"{'':45}{one_line(row.evidence)}")
        if row.remedy:
            lines.append(f"{'':45}Remedy: {one_line(row.remedy)}")
    if not view.prerequisites.findings:
        lines.append("No findings.")
    lines.append("")
    lines.append(f"{fit('NETWORK', 26)} {fit('TAG', 22)} {fit('VERDICT', 9)} DECIDED BY")
    for network in view.networking.networks:
        for tag in network.tags:
            decided = f"{clean(tag.subject)}: {clean(tag.deciding_rule)}" if tag.subject else clean(tag.deciding_rule)
            lines.append(f"{fit(clean(network.name), 26)} {fit(clean(tag.tag), 22)} {fit(tag.verdict, 9)} {decided}")
    found = view.prerequisites
    eligible = sum(1 for vm in view.vms if vm.eligible)
    lines.append("")
    lines.append(
        f"{count(found.total, 'check')}: {count(found.blockers, 'blocker')}, {count(found.warnings, 'warning')}, "
        f"{found.unknowns} not evaluated, {found.infos} for information. "
        f"{eligible} of {count(len(view.vms), 'VM')} can be protected."
    )
    return "\n".join(lines)


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
        "findings": [row.model_dump(mode="json") for row in _by_gravity(view)],
        "networks": [_network(row) for row in view.networking.networks],
    }
    return json.dumps(document, indent=2)


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
