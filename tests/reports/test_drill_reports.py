"""The reports of a drill: true to the record, safe to open, and complete in themselves."""

import hashlib
import json
import re
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest

from asr_tui.model.drill_record import DrillRecord, ProofRecord
from asr_tui.model.plan import DrillTargets
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.reports import files, rendering
from asr_tui.reports.chart import chart
from asr_tui.resources import assets
from tests.reports.makers import EVIL, GROUP, START, SUBSCRIPTION, tasks, vm
from tests.reports.page import Page


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
        "4 needed, 10 of 10 free",
        "ada@example.com",
    ):
        assert expected in page.text
    assert page.tags.count("rect") == 8
    markdown = rendering.markdown(record, "d" * 64)
    assert "**PASSED**" in markdown
    assert "3 min 27 s" in markdown


UNKNOWN = (ProofRecord(what="Tags", state="unknown", detail=""), ProofRecord(what="x", state="passed", detail=""))


LEFT_OUT = vm("old-01", state="refused", why="It is not protected yet.")


@pytest.mark.parametrize(
    ("change", "passed"),
    [
        ({}, True),
        ({"state": "failed"}, False),
        ({"clean_proof": ""}, False),
        ({"leftovers": ("nic",)}, False),
        ({"vms": ()}, False),
        ({"refused": (LEFT_OUT,)}, False),
        ({"vms": (vm("a", verdict="failed"),)}, False),
        ({"vms": (vm("a", evidence=()),)}, False),
        ({"vms": (vm("a", evidence=(ProofRecord(what="x", state="failed", detail=""),)),)}, False),
        ({"vms": (vm("a", state="failed"),)}, False),
        ({"vms": (vm("a", running=None),)}, False),
        ({"vms": (vm("a", evidence=UNKNOWN),)}, True),
        ({"vms": (vm("a", evidence=UNKNOWN, verdict=""),)}, False),
    ],
)
def test_passed_needs_every_proof(record: DrillRecord, change: dict[str, object], passed: bool) -> None:
    changed = record.model_copy(update=change)
    assert changed.passed is passed
    assert ("NOT PASSED" in rendering.html(changed, "")) is not passed
    assert ("NOT PASSED" in rendering.markdown(changed, "")) is not passed


def test_vms_that_were_left_out_are_told_and_the_drill_is_not_green(record: DrillRecord) -> None:
    told = record.model_copy(update={"refused": (LEFT_OUT,)})
    assert (told.passed, told.tested_passed) == (False, True)
    for text in (Page(rendering.html(told, "")).text, rendering.markdown(told, "")):
        assert "NOT PASSED" in text
        assert "1 of 3 VMs could not take part; those that did passed." in text
        assert "old-01 (It is not protected yet.)" in text
    broken = told.model_copy(update={"vms": (vm("a", verdict="failed"),)})
    assert "those that did passed" not in rendering.html(broken, "")


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


def test_the_json_holds_the_results_and_reading_it_works_them_out_anew(record: DrillRecord, tmp_path: Path) -> None:
    told = json.loads(files.as_json(record))
    assert (told["passed"], told["max_rto_seconds"], told["meets_targets"]) == (True, 300.0, True)
    assert told["vms"][0]["tasks"][1]["seconds"] == 120.0
    told["leftovers"], told["passed"] = ["a NIC"], True
    path = tmp_path / "drill-1.json"
    path.write_text(json.dumps(told))
    assert files.read(path).passed is False


def test_a_redacted_record_is_never_taken_for_the_drills_own(record: DrillRecord, tmp_path: Path) -> None:
    hidden = files.write(record, tmp_path, redact=True)[0]
    with pytest.raises(ProblemError):
        files.find(tmp_path, record.drill)
    assert files.latest(tmp_path, record.vault) is None
    assert files.find(tmp_path, hidden.stem) == hidden
    own = files.write(record, tmp_path)[0]
    assert files.find((tmp_path / "none", tmp_path), record.drill) == own
    assert files.find(tmp_path, "latest") == own


def test_a_folder_of_somebody_keeps_its_mode(record: DrillRecord, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    files.write(record, tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    files.write(record, tmp_path / "new")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_the_chart_has_one_scale_for_all_vms_and_marks_what_failed(record: DrillRecord) -> None:
    failed = tasks(10, 20)
    late = failed[1].model_copy(update={"state": "Failed"})
    drawn = chart(record.model_copy(update={"vms": (vm("a"), vm("b", tasks=(failed[0], late)), vm("c", tasks=()))}))
    assert drawn is not None
    whole, part, none = drawn.rows
    assert (whole.seconds, part.seconds, none.bars) == (207.0, 30.0, ())
    assert part.bars[1].x - part.bars[0].x == pytest.approx(10 * 560 / 207)
    assert part.bars[1].width == pytest.approx(2 * part.bars[0].width)
    assert part.bars[1].colour not in dict(drawn.legend).values()
    assert [seconds for _, seconds in drawn.ticks] == [0, 30, 60, 90, 120, 150, 180]
    assert chart(record.model_copy(update={"vms": (vm("a", tasks=()),)})) is None


def test_what_is_not_proven_is_said(record: DrillRecord) -> None:
    page = Page(rendering.html(record.model_copy(update={"clean_proof": ""}), ""))
    assert "It is not proven that nothing of the drill is left" in page.text
    assert "It is not proven that the test networks were isolated" in page.text
    proof = ProofRecord(what="vnet: No peering", state="passed", detail="It has no connected peering.")
    proven = record.model_copy(update={"isolation": (proof,), "started": START + timedelta(seconds=1)})
    assert proof.detail in Page(rendering.html(proven, "")).text
    assert proof.detail in rendering.markdown(proven, "")
