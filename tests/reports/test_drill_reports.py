"""The reports of a drill: true to the record, safe to open, and complete in themselves."""

import hashlib
import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from asr_tui.model.drill_record import (
    DrillRecord,
    PointRecord,
    PreviousDrill,
    ProofRecord,
    TaskRecord,
    VmRecord,
)
from asr_tui.model.plan import AcceptedFinding, DrillTargets
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.reports import files, rendering
from asr_tui.resources import assets

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SUBSCRIPTION = "8d3f6b21-4c9e-4a7d-b05f-1e62c8d94a37"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-asr"
EVIL = "<script>alert(1)</script> [red]x[/red] \x1b[2J \u202e | `x`"


def tasks(*seconds: int) -> tuple[TaskRecord, ...]:
    made, at = [], START
    for number, length in enumerate(seconds):
        made.append(
            TaskRecord(title=f"Task {number}", state="Succeeded", started=at, ended=at + timedelta(seconds=length))
        )
        at += timedelta(seconds=length)
    return tuple(made)


def vm(name: str, **changes: object) -> VmRecord:
    return VmRecord.model_validate(
        {
            "vm": name,
            "vm_id": f"{GROUP}/providers/Microsoft.Compute/virtualMachines/{name}",
            "state": "cleaned-up",
            "point": PointRecord(id="p", time=START - timedelta(minutes=3), kind="CrashConsistent"),
            "started": START,
            "running": START + timedelta(seconds=207),
            "rto_seconds": 207.4,
            "rpo_seconds": 180.0,
            "verdict": "passed",
            "tasks": tasks(2, 120, 30, 55),
            "evidence": (ProofRecord(what="Network", state="passed", detail="vnet-drill/web 10.1.2.3"),),
        }
        | changes
    )


@pytest.fixture
def record() -> DrillRecord:
    return DrillRecord(
        program="asr-tui 0.1.0",
        drill="abc123",
        session="default",
        cloud="Azure",
        operator="ada@example.com",
        tenant="5b8d9f6e-3c1a-4e57-9d2b-70c4a1e8f3b5",
        subscription="Production",
        subscription_id=SUBSCRIPTION,
        vault="vault-dr",
        vault_id=f"{GROUP}/providers/Microsoft.RecoveryServices/vaults/vault-dr",
        source_region="West Europe",
        target_region="North Europe",
        recovery_point="latest-processed",
        networks=(f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-drill",),
        network_made=True,
        dependencies={"DNS": EVIL},
        scripts={"linux": "echo passed"},
        targets=DrillTargets(rto_minutes=60),
        state="done",
        started=START,
        finished=START + timedelta(minutes=20),
        vms=(vm("web-01", note=EVIL, output=f"5.15\n{EVIL}\npassed"), vm("db-01", rto_seconds=300.0)),
        refused=(vm("old-01", state="refused", why="It is not protected yet."),),
        notes=EVIL,
        clean_proof="Listed: nothing of the drill is left.",
        accepted=(AcceptedFinding(key="k", reason="known", by="ada", at=START),),
        previous=PreviousDrill(drill="old", started=START - timedelta(days=90), max_rto_seconds=400.0),
    )


class Page(HTMLParser):
    """What a browser would find: tags, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_figures_are_those_of_the_record(record: DrillRecord) -> None:
    assert record.passed
    assert record.max_rto_seconds == 300.0
    assert record.meets_targets is True
    page = Page(rendering.html(record, "d" * 64))
    for expected in (
        "PASSED",
        "5 min",
        "3 min 27 s",
        "2026-03-02 09:00:00 UTC",
        "Task 3",
        "web-01",
        "old-01",
        "ada@example.com",
    ):
        assert expected in page.text
    assert page.tags.count("rect") == 8
    markdown = rendering.markdown(record, "d" * 64)
    assert "**PASSED**" in markdown
    assert "3 min 27 s" in markdown


@pytest.mark.parametrize(
    ("change", "passed"),
    [
        ({}, True),
        ({"state": "failed"}, False),
        ({"clean_proof": ""}, False),
        ({"leftovers": ("nic",)}, False),
        ({"vms": ()}, False),
        ({"vms": (vm("a", verdict="failed"),)}, False),
        ({"vms": (vm("a", evidence=()),)}, False),
        ({"vms": (vm("a", evidence=(ProofRecord(what="x", state="failed", detail=""),)),)}, False),
        ({"vms": (vm("a", state="failed"),)}, False),
        ({"vms": (vm("a", running=None),)}, False),
    ],
)
def test_passed_needs_every_proof(record: DrillRecord, change: dict[str, object], passed: bool) -> None:
    changed = record.model_copy(update=change)
    assert changed.passed is passed
    assert ("NOT PASSED" in rendering.html(changed, "")) is not passed
    assert ("NOT PASSED" in rendering.markdown(changed, "")) is not passed


@pytest.mark.parametrize(
    ("rto", "rpo", "meets"), [(0, 0, None), (5, 0, True), (4, 0, False), (60, 2, False), (60, 3, True)]
)
def test_targets_are_judged_by_the_worst_vm(record: DrillRecord, rto: int, rpo: int, meets: bool | None) -> None:
    assert record.model_copy(update={"targets": DrillTargets(rto_minutes=rto, rpo_minutes=rpo)}).meets_targets is meets


def test_texts_are_data_in_every_form(record: DrillRecord) -> None:
    text = rendering.html(record, "")
    page = Page(text)
    assert "script" not in page.tags
    assert EVIL.split(" ")[0] in page.text
    assert "\x1b" not in text
    assert "\u202e" not in text
    markdown = rendering.markdown(record, "")
    assert "<script>" not in re.sub(r"^    .*$", "", markdown, flags=re.MULTILINE)
    assert "\x1b" not in markdown


def test_the_page_needs_nothing_from_elsewhere(record: DrillRecord) -> None:
    page = Page(rendering.html(record, ""))
    assert not {"script", "img", "link", "iframe", "object"} & set(page.tags)
    assert not {"src", "href", "onload", "onclick"} & {name for name, _ in page.attributes}
    assert "url(" not in rendering.html(record, "")


def test_the_json_fits_its_schema_and_the_schema_is_current(record: DrillRecord) -> None:
    schema = json.loads((assets() / "reports/drill.schema.json").read_text())
    assert schema == DrillRecord.model_json_schema(mode="serialization"), (
        "write it anew: python -m tests.reports.schema"
    )
    jsonschema.validate(json.loads(files.as_json(record)), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(files.as_json(record)) | {"state": 1}, schema)


def test_files_name_date_and_vault_and_prove_the_json(record: DrillRecord, tmp_path: Path) -> None:
    paths = files.write(record, tmp_path)
    assert [path.name for path in paths] == [f"drill-20260302-vault-dr{ending}" for ending in (".json", ".html", ".md")]
    digest = hashlib.sha256(paths[0].read_bytes()).hexdigest()
    assert digest in paths[1].read_text()
    assert digest in paths[2].read_text()
    assert files.read(paths[0]) == record
    assert files.write(record, tmp_path) == paths
    other = files.write(record.model_copy(update={"drill": "other", "vault": "../vault-dr"}), tmp_path)
    assert other[0].name == "drill-20260302-vault-dr-2.json"
    assert files.find(tmp_path, "other") == other[0]
    assert files.find(tmp_path, "drill-20260302-vault-dr") == paths[0]
    assert files.find(tmp_path, str(paths[0])) == paths[0]
    assert files.latest(tmp_path, "VAULT-DR") == record
    assert files.latest(tmp_path, "none") is None


def test_a_file_that_is_no_record_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="no drill"):
        files.find(tmp_path, "none")
    path = tmp_path / "drill-1.json"
    path.write_text('{"version": 2}')
    with pytest.raises(ProblemError, match="not a drill's record"):
        files.read(path)
    with pytest.raises(ProblemError, match="cannot be read"):
        files.read(tmp_path / "none.json")
    assert files.records(tmp_path) == []


def test_redacted_holds_no_id_no_name_of_a_person_and_no_address(record: DrillRecord, tmp_path: Path) -> None:
    left = (
        f"network interface nic: az network nic delete --ids {GROUP}/providers/Microsoft.Network/networkInterfaces/nic"
    )
    told = record.model_copy(update={"leftovers": (left,), "problem": Problem(what="x", resource_id=f"{GROUP}/x")})
    paths = files.write(told, tmp_path, redact=True)
    assert paths[0].name == "drill-20260302-vault-dr-redacted.json"
    for path in paths:
        text = path.read_text()
        assert SUBSCRIPTION not in text
        assert "/subscriptions/" not in text
        assert "ada" not in text
        assert "10.1.2.3" not in text
        assert "5.15" not in text
        assert "web-01" in text
        assert "3 min 27 s" in text or path.suffix == ".json"


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium on this machine")
def test_a_browser_shows_table_and_chart_without_a_complaint(record: DrillRecord, tmp_path: Path) -> None:
    page = files.write(record, tmp_path)[1]
    picture = tmp_path / "drill.png"
    net_log = tmp_path / "net.json"
    result = subprocess.run(
        [
            *("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
            *("--disable-component-update", "--no-first-run", "--enable-logging=stderr", "--window-size=1000,1600"),
            *(f"--user-data-dir={tmp_path / 'profile'}", f"--log-net-log={net_log}", f"--screenshot={picture}"),
            "--virtual-time-budget=3000",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert picture.stat().st_size > 10_000, result.stderr
    assert "CONSOLE" not in result.stderr
    wanted = [
        url for url in re.findall(r'"url":"([a-z]+://[^"]*)"', net_log.read_text()) if not url.startswith("file:")
    ]
    assert [url for url in wanted if "drill" in url] == []
    dom = subprocess.run(
        [
            "chromium",
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path / 'p2'}",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout
    assert Page(dom).tags.count("rect") == 8
    assert Page(dom).tags.count("table") >= 5
