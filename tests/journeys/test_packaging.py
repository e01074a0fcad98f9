"""What the wheel holds, and that it works where nothing else of this project is."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from asr_tui import __version__
from tests.journeys.installed import ROOT, Installed

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def files(command: Path) -> set[str]:
    """The files that the installation of the wheel made, relative to site-packages."""
    code = "import importlib.metadata as m, json; print(json.dumps([str(f) for f in m.files('asr-tui')]))"
    done = subprocess.run([command.parent / "python", "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_both_packages_and_all_assets_are_there(files: set[str]) -> None:
    assets = {path.relative_to(ROOT).as_posix() for path in (ROOT / "assets").rglob("*") if path.is_file()}
    assert assets
    assert {f"asr_tui/{path}" for path in assets} <= files
    modules = {
        path.relative_to(ROOT).as_posix()
        for package in ("asr_tui", "screens")
        for path in (ROOT / package).rglob("*.py")
    }
    assert modules <= files
    assert {"asr_tui/py.typed", "screens/py.typed"} <= files


def test_nothing_else_is_there(files: set[str]) -> None:
    tops = {name.split("/")[0] for name in files if not name.startswith("..")}
    assert tops == {"asr_tui", "screens", f"asr_tui-{__version__}.dist-info"}
    assert "../../../bin/asr-tui" in files


def test_no_path_of_this_machine_is_in_the_wheel(command: Path, files: set[str]) -> None:
    site = next((command.parent.parent / "lib").glob("python3.*")) / "site-packages"
    for name in files:
        if name.startswith(("asr_tui/", "screens/")) and not name.endswith(".pyc"):
            content = (site / name).read_bytes()
            assert str(ROOT).encode() not in content, name


def test_the_dependencies_fit_together(command: Path) -> None:
    done = subprocess.run([command.parent / "python", "-m", "pip", "check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_version_and_help_work_anywhere(installed: Installed) -> None:
    assert installed.run("--version").out == f"asr-tui {__version__}\n"
    assert installed.run("--help").code == 0
    assert installed.run("emulator", "--help").code == 0


def test_doctor_finds_the_practice_cloud_in_order(installed: Installed) -> None:
    done = installed.run("doctor", "--practice", "--estate", "starter")
    assert done.code == 0, done.out + done.err
    lines = done.out.splitlines()
    assert all(line.startswith(("[ok] ", "[warn]")) for line in lines)
    assert any("sign-in" in line and "signed in by environment" in line for line in lines)


def test_doctor_names_the_link_that_breaks(installed: Installed) -> None:
    done = installed.run("doctor", HTTPS_PROXY="http://proxy.invalid:3128", REQUESTS_CA_BUNDLE="/nowhere/ca.pem")
    assert done.code == 1
    broken = [line for line in done.out.splitlines() if line.startswith("[FAIL]")]
    assert any("/nowhere/ca.pem" in line for line in broken)
    assert any("proxy.invalid" in line for line in broken)
    assert "Traceback" not in done.err
