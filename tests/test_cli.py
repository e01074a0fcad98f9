"""The command line as a contract: exit codes, closed sets in errors, stdout for data and stderr for narration."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from asr_tui import __version__
from asr_tui.cli import run

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASR_TUI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("ACCESSIBLE", raising=False)
    return tmp_path / "state"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"asr-tui {__version__}\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    out = capsys.readouterr().out
    for command in ("walkthrough", "check", "drill", "report", "watch", "stop", "emulator", "doctor"):
        assert f"\n  {command} " in out


CLOSED_SETS = [
    (["--cloud", "mars"], ["public", "usgov", "china", "practice"]),
    (["--auth", "password"], ["device-code", "cli", "managed-identity", "environment", "workload-identity"]),
    (
        ["walkthrough", "--until", "lunch"],
        ["architecture", "prerequisites", "networking", "vault", "replication", "test-failover"],
    ),
    (["check", "--format", "xls"], ["table", "json", "junit"]),
    (["--practice", "walkthrough", "--yes", "--estate", "nowhere"], ["starter", "contoso", "generated:N"]),
    (["--practice", "--speed", "quick"], ["1", "100000"]),
    (["--practice", "--speed", "nan"], ["1", "100000"]),
    (["--practice", "--speed", "0"], ["1", "100000"]),
    (["--practice", "--speed", "-5"], ["1", "100000"]),
]


@pytest.mark.parametrize(("arguments", "names"), CLOSED_SETS, ids=lambda value: " ".join(value)[:40])
def test_an_option_with_a_closed_set_names_it(
    arguments: list[str], names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    for name in names:
        assert name in captured.err


CONTRADICTIONS = [
    (["--practice", "--cloud", "china"], "contradict"),
    (["--estate", "starter"], "--practice"),
    (["walkthrough", "--yes", "--speed", "60"], "--practice"),
    (["--practice", "--auth", "cli"], "--auth"),
    (["walkthrough", "--practice"], "--yes"),
    (["walkthrough", "--practice", "--json"], "--yes"),
    (["check", "--plan", "no-such-plan.yaml"], "no-such-plan.yaml"),
    (["frobnicate"], "frobnicate"),
    (["walkthrough", "--frobnicate"], "--frobnicate"),
]


@pytest.mark.parametrize(("arguments", "named"), CONTRADICTIONS, ids=lambda value: str(value)[:40])
def test_bad_usage_is_one_sentence_and_exit_2(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", open(os.devnull))  # noqa: SIM115, PTH123  closed with the test's monkeypatch
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert named in captured.err
    assert "Traceback" not in captured.err


def test_options_before_and_after_the_command_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--practice", "walkthrough", "--yes", "--estate", "nowhere"]) == 2
    assert "There is no estate 'nowhere'" in capsys.readouterr().err


def test_without_a_terminal_the_wizard_points_to_the_walkthrough(state: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "asr_tui", "--practice"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"ASR_TUI_STATE_DIR": str(state), "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "asr-tui walkthrough --practice --yes" in done.stderr
    assert not state.exists()


def test_a_state_directory_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("not a directory")
    monkeypatch.setenv("ASR_TUI_STATE_DIR", str(blocker / "state"))
    assert run(["walkthrough", "--practice", "--yes", "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "ASR_TUI_STATE_DIR" in captured.err


@pytest.mark.parametrize("name", ["../up", "a/b", "x" * 65, ".hidden", "\x1b[2J"])
def test_a_session_name_that_is_no_file_name_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["walkthrough", "--practice", "--yes", "--session", name]) == 2
    err = capsys.readouterr().err
    assert "session name" in err
    assert "\x1b" not in err


def test_stop_with_nothing_running(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["stop"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "Nothing is running.\n"


def test_a_support_bundle_of_a_session_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["support-bundle", "--session", "nope", "--output", str(tmp_path)]) == 2
    assert "no session named nope; sessions: none yet" in capsys.readouterr().err and not list(tmp_path.glob("*.gz"))


def test_watch_with_nothing_to_watch(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["watch"]) == 1
    assert "no session" in capsys.readouterr().err


def test_an_interrupt_is_one_sentence_and_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("asr_tui.commands.stop", interrupted)
    assert run(["stop"]) == 130
    (sentence,) = capsys.readouterr().err.strip().splitlines()
    assert "goes on" in sentence


def test_a_reader_that_leaves_early_gets_no_traceback(state: Path) -> None:
    command = f"{sys.executable} -m asr_tui --help | head -c 1"
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert done.stdout == "U"
    assert done.stderr == ""


def test_a_defect_of_ours_is_one_sentence_and_a_report_for_its_owner_only(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> int:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr("asr_tui.commands.stop", broken)
    assert run(["stop"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    (report,) = (state / "crashes").iterdir()
    assert str(report) in captured.err
    assert report.stat().st_mode & 0o777 == 0o600
    assert "ZeroDivisionError: a defect" in report.read_text()


@pytest.mark.parametrize("code", ["151196", "AADSTS50076", "50076", "authorizationfailed"])
def test_explain_prints_a_card(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", code]) == 0
    captured = capsys.readouterr()
    assert code.lower() in captured.out.splitlines()[0].lower()
    assert "Remedy:" in captured.out
    assert captured.err == ""


def test_explain_of_an_unknown_code_names_similar_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "15119"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "151196" in captured.err
    assert run(["explain", "\x1b[2J"]) == 1
    assert "\x1b" not in capsys.readouterr().err
