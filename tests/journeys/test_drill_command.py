"""The drill on a timer and its report, as their users run them: installed, as processes, with the practice cloud behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.journeys.installed import Installed

pytestmark = pytest.mark.timeout(600)


def test_a_drill_from_a_plan_leaves_an_auditors_folder(installed: Installed, tmp_path: Path) -> None:
    assert installed.walk("starter", "--until", "replication").code == 0
    plan = tmp_path / "plan.yaml"
    kept = installed.home / "state" / "sessions" / "practice-starter" / "plan.yaml"
    plan.write_text(kept.read_text() + "drill:\n  targets: {rto_minutes: 60}\n  dependencies: {DNS: in the network}\n")
    audit = tmp_path / "audit"
    call = ["drill", "--practice", "--estate", "starter", "--plan", str(plan), "--yes", "--json"]
    drilled = installed.run(*call, "--vm", "web-01", "--vm", "DB-01", "--cleanup", "--report", str(audit))
    assert drilled.code == 0, drilled.out[-3000:]
    last = drilled.events[-1]
    assert (last["kind"], last["passed"]) == ("summary", True)
    assert sorted(Path(path).suffix for path in last["reports"]) == [".html", ".json", ".md"]
    (record,) = audit.glob("*.json")
    told = json.loads(record.read_text())
    assert sorted(vm["vm"] for vm in told["vms"]) == ["db-01", "web-01"]
    assert told["targets"]["rto_minutes"] == 60
    assert told["meets_targets"] is True
    assert told["dependencies"] == {"DNS": "in the network"}
    assert {proof["state"] for proof in told["isolation"]} == {"passed"}
    assert installed.cloud("starter").holdings().test_vms == []

    again = installed.run("report", "latest", "--dir", str(tmp_path / "again"))
    assert again.code == 0
    assert (tmp_path / "again" / record.name).read_bytes() == record.read_bytes()
    hidden = installed.run("report", told["drill"], "--dir", str(tmp_path / "hidden"), "--redacted")
    assert hidden.code == 0
    assert len(hidden.out.splitlines()) == 3
    for path in (tmp_path / "hidden").iterdir():
        assert told["subscription_id"] not in path.read_text()


def test_a_drill_without_cleanup_is_no_success(installed: Installed) -> None:
    assert installed.walk("starter", "--until", "replication").code == 0
    call = ["drill", "--practice", "--estate", "starter", "--yes", "--vm", "web-01"]
    open_end = installed.run(*call)
    assert open_end.code == 1
    assert "Not cleaned up" in open_end.out
    assert len(installed.cloud("starter").holdings().test_vms) == 1
    assert installed.run(*call, "--cleanup").code == 0
    assert installed.cloud("starter").holdings().test_vms == []
    unknown = installed.run(*call, "--vm", "ghost", "--cleanup")
    assert unknown.code == 2
    assert "ghost" in unknown.err
    assert "web-02" in unknown.err
