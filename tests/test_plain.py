"""The line-by-line face without a worker: events, their words, reports."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.step import Step
from asr_tui.plain import checking, reports
from asr_tui.plain.events import Event, JsonWriter, LineWriter
from asr_tui.plain.narrator import Narrator
from asr_tui.plain.summary import Tally
from asr_tui.session.planning_views import (
    CauseRow,
    CheckRow,
    FindingRow,
    FixRow,
    InterfaceRow,
    NetworkingView,
    NetworkRow,
    PermissionsView,
    PrerequisitesView,
    TagRow,
    VmNetworkRow,
    VmRow,
)
from asr_tui.session.running_views import DrillRow, DrillView, EvidenceRow, ItemRow, ReplicationView
from asr_tui.session.views import SessionView, View

HOSTILE = "[red]vm[/red]\x1b[2J\x1b]0;owned\x07\r\n\u202egnol\u202c\x9b31m" + "x" * 5000
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def printed(writer: type[JsonWriter] | type[LineWriter], *events: Event) -> str:
    out = io.StringIO()
    target = writer(out, io.StringIO())
    for event in events:
        target.write(event)
    return out.getvalue()


def finding(severity: str = "blocker", subject: str = "vm-1", key: str = "k", **more: object) -> FindingRow:
    return FindingRow(
        key=key,
        check_id="vm.running",
        severity=severity,
        scope="vm",
        title="The VM is stopped",
        subject=subject,
        subject_id=f"/x/{subject}",
        evidence="Its power state is deallocated.",
        remedy="Start it.",
        code="150099",
        vm_ids=(f"/x/{subject}",),
        vm_names=(subject,),
        **more,
    )


def checked(*findings: FindingRow) -> View:
    counts = {
        name: sum(1 for row in findings if row.severity == name) for name in ("blocker", "warning", "unknown", "info")
    }
    return View(
        session=SessionView(name="test", cloud="Azure", source_region="westeurope", target_region="northeurope"),
        prerequisites=PrerequisitesView(
            state="done",
            done=2,
            total=2,
            checks=(
                CheckRow(id="vm.running", title="VMs run", scope="vm", state="found", findings=len(findings)),
                CheckRow(id="vm.os", title="Systems are supported", scope="vm", state="passed"),
            ),
            findings=findings,
            blockers=counts["blocker"],
            warnings=counts["warning"],
            unknowns=counts["unknown"],
            infos=counts["info"],
            checked_at=NOW,
        ),
    )


# Events


def test_json_lines_have_the_members_of_the_contract() -> None:
    event = Event(Step.VAULT, "change", "vault-1", "done", "vault created", {"action": "create"})
    document = json.loads(printed(JsonWriter, event))
    assert list(document) == ["time", "step", "kind", "subject", "state", "message", "action"]
    assert document["step"] == "vault"
    assert datetime.fromisoformat(document["time"]).utcoffset() == timedelta(0)


@pytest.mark.parametrize("writer", [JsonWriter, LineWriter])
def test_hostile_text_can_neither_style_nor_move_nor_reverse(writer: type[JsonWriter] | type[LineWriter]) -> None:
    text = printed(writer, Event(Step.VAULT, "change", HOSTILE, "done", HOSTILE, {"name": HOSTILE, "list": [HOSTILE]}))
    assert text.count("\n") == 1
    assert not {
        character for character in text.rstrip("\n") if ord(character) < 32 or character in "\x7f\x9b\u202e\u202c"
    }
    assert "[red]vm[/red]" in text  # shown as text
    assert len(text) < 12_000


@given(st.text(), st.text())
def test_any_text_makes_exactly_one_line(subject: str, message: str) -> None:
    for writer in (JsonWriter, LineWriter):
        text = printed(writer, Event(Step.VAULT, "change", subject, "done", message))
        assert len(text.splitlines()) == 1
        assert "\x1b" not in text
        text.encode()


def test_ascii_only_lines_are_ascii() -> None:
    out, err = io.StringIO(), io.StringIO()
    writer = LineWriter(out, err, ascii_only=True)
    writer.write(Event(Step.VAULT, "change", "Größe", "done", "→ fertig"))
    writer.note("naïve")
    assert out.getvalue().isascii()
    assert err.getvalue() == "na\\xefve\n"


def test_a_state_is_a_word_and_never_only_a_colour() -> None:
    assert "[FAIL] vm-1: broken" in printed(LineWriter, Event(Step.VAULT, "change", "vm-1", "failed", "broken"))
    assert "[ok]   vm-1: fine" in printed(LineWriter, Event(Step.VAULT, "change", "vm-1", "done", "fine"))


def test_a_step_begins_with_a_heading() -> None:
    text = printed(LineWriter, Event(Step.NETWORKING, "step", "Networking", "running", "Why."))
    assert text == "\nStep 3 of 6: Networking\nWhy.\n"


# What is told of a changing view


def told(*views: View, steps: frozenset[Step] = frozenset(Step)) -> list[dict[str, object]]:
    out = io.StringIO()
    narrator = Narrator(JsonWriter(out, io.StringIO()), steps)
    for view in views:
        narrator.observe(view)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_each_thing_is_told_once() -> None:
    view = checked(finding(), finding("warning", key="other"))
    events = told(view, view)
    assert [(event["kind"], event["state"]) for event in events] == [("finding", "blocker"), ("finding", "warning")]
    assert events[0]["code"] == "150099"
    assert events[0]["vms"] == ["vm-1"]


def test_a_vm_is_told_by_milestone_and_quarter_not_by_percent() -> None:
    def at(milestone: str, progress: int | None = None) -> View:
        row = ItemRow(vm_id="/x/vm-1", vm_name="vm-1", milestone=milestone, progress=progress)
        return View(replication=ReplicationView(items=(row,)))

    steps = [at("planned"), at("enabling"), at("enabling")]
    steps += [at("seeding", percent) for percent in range(0, 101, 5)] + [at("protected")]
    states = [str(event["state"]) for event in told(*steps)]
    assert states == ["enabling", "seeding", "seeding", "seeding", "seeding", "seeding", "protected"]


def test_only_the_steps_asked_for_are_told() -> None:
    assert told(checked(finding()), steps=frozenset({Step.VAULT})) == []


def test_a_drill_is_told_with_its_evidence() -> None:
    def at(state: str, *evidence: EvidenceRow) -> View:
        row = DrillRow(vm_id="/x/vm-1", vm_name="vm-1", state=state, selected=True, rto_seconds=75, evidence=evidence)
        other = DrillRow(vm_id="/x/vm-2", vm_name="vm-2", state="failed", selected=False)
        return View(drill=DrillView(state="running", rows=(row, other)))

    proof = EvidenceRow(what="power state", state="passed", detail="running")
    events = told(at("ready"), at("failing-over"), at("verified", proof), at("verified", proof))
    assert [(event["kind"], event["state"]) for event in events] == [
        ("drill", "failing-over"),
        ("drill", "verified"),
        ("evidence", "passed"),
    ]
    assert "RTO 1 min 15 s" in str(events[1]["message"])


def test_a_problem_is_told_with_its_remedy() -> None:
    (event,) = told(View(problems=(Problem(what="No way.", remedy="Try the other."),)))
    assert (event["kind"], event["state"], event["message"]) == ("problem", "failed", "No way. Try the other.")


# The summary


def session_view(pid: int, requests: int, writes: int, started: datetime) -> View:
    return View(session=SessionView(worker_pid=pid, arm_requests=requests, arm_writes=writes, worker_started=started))


def test_requests_before_the_walk_are_not_the_walks() -> None:
    tally = Tally(NOW)
    tally.observe(session_view(1, 100, 40, NOW - timedelta(hours=1)))
    tally.observe(session_view(1, 130, 40, NOW - timedelta(hours=1)))
    counts = tally.summary(View(), True).extra
    assert (counts["arm_requests"], counts["arm_writes"]) == (30, 0)


def test_requests_add_up_over_a_restart_of_the_worker() -> None:
    tally = Tally(NOW)
    tally.observe(session_view(1, 100, 40, NOW - timedelta(hours=1)))
    tally.observe(session_view(1, 150, 45, NOW - timedelta(hours=1)))
    tally.observe(session_view(2, 5, 1, NOW + timedelta(minutes=1)))
    tally.observe(session_view(2, 20, 3, NOW + timedelta(minutes=1)))
    counts = tally.summary(View(), True).extra
    assert (counts["arm_requests"], counts["arm_writes"]) == (70, 8)


def test_the_summary_counts_what_the_view_shows() -> None:
    view = checked(finding(), finding("warning", key="w")).model_copy(
        update={
            "vms": tuple(
                VmRow(
                    id=f"/x/vm-{number}",
                    name=f"vm-{number}",
                    resource_group="rg",
                    size="s",
                    os="Linux",
                    power="running",
                    disks=1,
                    disk_gib=30,
                    network="n",
                    subnet="s",
                    eligible=number > 0,
                )
                for number in range(3)
            ),
            "replication": ReplicationView(
                items=(
                    ItemRow(vm_id="/x/vm-1", vm_name="vm-1", milestone="protected"),
                    ItemRow(vm_id="/x/vm-2", vm_name="vm-2", milestone="failed"),
                )
            ),
            "drill": DrillView(
                rows=(
                    DrillRow(vm_id="/x/vm-1", vm_name="vm-1", state="cleaned-up", selected=True, running_at=NOW),
                    DrillRow(vm_id="/x/vm-2", vm_name="vm-2", state="refused"),
                ),
                max_rto_seconds=90.0,
            ),
        }
    )
    event = Tally(NOW).summary(view, succeeded=False)
    assert (event.step, event.kind, event.state) == ("walkthrough", "summary", "failed")
    expected = {
        "vms_total": 3,
        "vms_eligible": 2,
        "vms_protected": 1,
        "vms_tested": 1,
        "vms_cleaned_up": 1,
        "findings": {"blocker": 1, "warning": 1, "unknown": 0, "info": 0},
        "rto_seconds": 90.0,
    }
    assert {name: event.extra[name] for name in expected} == expected
    assert "1 min 30 s" in event.message


# Reports of the check command


def test_the_table_has_the_gravest_first_and_the_deciding_rules() -> None:
    tag = TagRow(
        tag="AzureActiveDirectory",
        port="443",
        purpose="signing in",
        verdict="denied",
        deciding_rule="deny-all of nsg-web (priority 100)",
    )
    network = NetworkRow(id="/n", name="vnet-1", resource_group="rg", address_space="10.0.0.0/16", vms=2, tags=(tag,))
    view = checked(finding("info", key="i"), finding()).model_copy(
        update={"networking": NetworkingView(networks=(network,))}
    )
    lines = reports.table(view).splitlines()
    assert lines[1].startswith("blocker")
    assert any("deny-all of nsg-web (priority 100)" in line and "denied" in line for line in lines)
    assert "1 blocker" in lines[-1]


def test_the_json_report_is_json_with_counts() -> None:
    document = json.loads(reports.as_json(checked(finding(), finding("unknown", key="u"))))
    assert document["counts"]["blocker"] == 1
    assert document["counts"]["unknown"] == 1
    assert [row["severity"] for row in document["findings"]] == ["blocker", "unknown"]


def test_the_ids_of_a_finding_are_the_checks_and_its_own() -> None:
    row = json.loads(reports.as_json(checked(finding(key="k"))))["findings"][0]
    assert {"id", "key", "severity", "scope", "subject", "evidence", "remedy", "code"} <= set(row)
    assert (row["id"], row["key"]) == ("vm.running", "k")


def test_the_table_puts_the_vms_under_their_cause_and_names_the_repair() -> None:
    rows = tuple(finding(subject=f"vm-{number:02}", key=f"k{number}") for number in range(1, 15))
    view = checked(*rows)
    cause = CauseRow(
        key="nsg",
        severity="blocker",
        title="Storage is reachable",
        subject="nsg-web",
        evidence="Denied by deny-all.",
        remedy="Add a rule.",
        findings=tuple(row.key for row in rows),
        vms=14,
        unblocks=14,
        fixes=(FixRow(key="rule", name="asr-storage", what="create security rule asr-storage"),),
        accepted="change 4711",
    )
    view = view.model_copy(update={"prerequisites": view.prerequisites.model_copy(update={"worklist": (cause,)})})
    text = reports.table(view)
    assert text.count("blocker   ") == 1
    assert "VMs (14): vm-01, vm-02" in text
    assert "vm-12 and 2 more" in text
    assert "unblocks 14 VMs" in text
    assert "Repair: create security rule asr-storage" in text
    assert "Accepted: change 4711" in text
    assert json.loads(reports.as_json(view))["worklist"][0]["vm_names"][-1] == "vm-14"


def test_where_a_vms_interfaces_go_is_told_one_a_line() -> None:
    first = InterfaceRow(name="nic-1", source="vnet/web", target="vnet-asr/web", why="Same name.", address="10.0.1.4")
    second = InterfaceRow(name="nic-2", source="", target="", why="No subnet fits.", address="none")
    row = VmNetworkRow(
        vm_id="/x", name="x", network_id="/n", interfaces=(first, second), not_carried=("Load balancer lb",)
    )
    assert reports.interface_lines(row) == [
        "nic-1: from vnet/web to vnet-asr/web (Same name); address: 10.0.1.4.",
        "nic-2: from no subnet to nowhere (No subnet fits); address: none.",
        "Stays behind: Load balancer lb.",
    ]


def test_a_role_is_written_only_where_something_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "role.json"
    assert "could not be read" in checking.write_role(PermissionsView(), path)[0]
    assert "Nothing is missing" in checking.write_role(PermissionsView(known=True), path)[0]
    assert not path.exists()
    held = PermissionsView(known=True, role='{"Name": "x"}', request="Please give:\n  - a/write")
    told = checking.write_role(held, path)
    assert str(path) in told[0]
    assert told[1:] == ("Please give:", "  - a/write")
    assert json.loads(path.read_text()) == {"Name": "x"}
    with pytest.raises(ProblemError, match="cannot be written"):
        checking.write_role(held, tmp_path / "nowhere" / "role.json")


def test_junit_makes_blockers_failures_and_unknowns_errors() -> None:
    root = ElementTree.fromstring(reports.junit(checked(finding(subject=HOSTILE))))  # noqa: S314  our own output
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("2", "1", "0")
    failing, passing = root.findall("testcase")
    assert failing.find("failure") is not None
    assert list(passing) == []
    root = ElementTree.fromstring(reports.junit(checked(finding("unknown"))))  # noqa: S314  our own output
    assert (root.get("failures"), root.get("errors")) == ("0", "1")


@pytest.mark.parametrize("form", ["table", "json", "junit"])
def test_a_report_of_hostile_text_is_harmless(form: str) -> None:
    text = reports.FORMS[form](checked(finding(subject=HOSTILE, key=HOSTILE)))
    assert not {character for character in text if ord(character) < 32 and character != "\n"}
    assert "\x9b" not in text
    assert "\u202e" not in text
