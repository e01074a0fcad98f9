"""The plan on disk: round trips, edits by hand, and errors that name line and field."""

import stat
from pathlib import Path

import pytest

from asr_tui.model.plan import NetworkChoice, Plan, PolicyChoice, RecoveryPointKind, VmOverride
from asr_tui.model.problem import ProblemError
from asr_tui.workers.plan_file import PlanFile, read_plan


def test_what_was_written_is_read(tmp_path: Path) -> None:
    plan = Plan(
        source_region="westeurope",
        vms=("/subscriptions/s/a", "/subscriptions/s/[red]\x1b"),
        policy=PolicyChoice(retention_minutes=2880),
        networks={"/n": NetworkChoice(create_name="n-asr", subnets={"default": "web"})},
        overrides={"/v": VmOverride(excluded_disks=("d1",))},
    )
    plan = plan.model_copy(update={"drill": plan.drill.model_copy(update={"recovery_point": RecoveryPointKind.LATEST})})
    file = PlanFile(tmp_path / "plan.yaml")
    file.write(plan)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert not file.was_edited()
    assert PlanFile(file.path).read() == plan


def test_no_file_is_an_empty_plan(tmp_path: Path) -> None:
    file = PlanFile(tmp_path / "plan.yaml")
    assert file.read() == Plan()
    assert not file.was_edited()


def test_an_edit_by_hand_is_noticed(tmp_path: Path) -> None:
    file = PlanFile(tmp_path / "plan.yaml")
    file.write(Plan())
    file.path.write_text("source_region: eastus\n")
    assert file.was_edited()
    assert file.read().source_region == "eastus"
    assert not file.was_edited()


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("version: 1\npolicy:\n  name: x\n  retention_minutes: lots\n", 4, "policy.retention_minutes"),
        ("version: 1\nsource_regoin: eastus\n", 2, "source_regoin"),
        ("version: 2\n", 1, "version"),
        ("vms:\n  - a\n  - {b: c}\n", 3, "vms.1"),
        ("overrides:\n  /vm:\n    target_name: x\n    colour: red\n", 4, "overrides./vm.colour"),
        ("source_region: a\nsource_region: b\n", 2, ""),
        ("source_region: [\n", 2, ""),
        ("- a\n", 1, ""),
        ("a: !!python/object/apply:os.system ['true']\n", 1, ""),
    ],
)
def test_errors_name_line_and_field(tmp_path: Path, text: str, line: int, field: str) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(text)
    with pytest.raises(ProblemError) as caught:
        read_plan(path)
    assert f"plan.yaml, line {line}" in caught.value.problem.what
    assert caught.value.problem.where == field
    assert caught.value.problem.remedy


def test_text_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(b"version: 1\nsource_region: \xff\xfe\n")
    with pytest.raises(ProblemError, match="line 2"):
        read_plan(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=r"other\.yaml"):
        read_plan(tmp_path / "other.yaml")
