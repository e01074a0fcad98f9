"""Processes behind a face: started detached, found again, ended; and what is said when that fails."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from asr_tui.launch import process, worker
from asr_tui.launch.practice import Practice, PracticeError, checked_estate, estates
from asr_tui.launch.session import OtherCloudError, Request, ensure, paths_of, remembered, sessions

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASR_TUI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Practice]:
    practice = Practice(tmp_path / "practice")
    yield practice
    practice.stop()


def told(sentences: list[str]) -> str:
    return "\n".join(sentences)


def test_the_practice_cloud_starts_and_tells_its_exports(practice: Practice) -> None:
    sentences: list[str] = []
    exports = practice.start("starter", 60, sentences.append)
    assert list(exports) == [
        "ASR_TUI_ARM_ENDPOINT",
        "AZURE_AUTHORITY_HOST",
        "AZURE_TENANT_ID",
        "AZURE_SUBSCRIPTION_ID",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_FILE",
        "NODE_EXTRA_CA_CERTS",
    ]
    assert "starter" in told(sentences)
    assert "60 times" in told(sentences)
    record = practice.running()
    assert record is not None
    assert (record.estate, record.speed, record.endpoint) == ("starter", 60, exports["ASR_TUI_ARM_ENDPOINT"])


def test_it_runs_in_a_session_of_its_own(practice: Practice) -> None:
    practice.start("starter", 60, print)
    record = practice.running()
    assert record is not None
    assert os.getsid(record.pid) == record.pid != os.getsid(0)


def test_no_file_holds_the_secret_and_none_is_readable_by_others(practice: Practice) -> None:
    secret = practice.start("starter", 60, print)["AZURE_CLIENT_SECRET"]
    files = [path for path in practice.directory.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"emulator.json", "emulator.log", "cloud.sqlite"}
    assert stat.S_IMODE(practice.directory.stat().st_mode) == 0o700
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        if path.suffix in {".json", ".log"}:
            assert secret not in path.read_text()


def test_a_killed_emulator_starts_again_on_its_port_with_its_state(practice: Practice) -> None:
    first = practice.start("starter", 60, print)
    record = practice.running()
    assert record is not None
    process.end(record.pid, patience=0)
    assert practice.running() is None
    assert practice.start("starter", 600, print) == first


def test_a_port_that_was_taken_meanwhile_is_not_insisted_on(practice: Practice) -> None:
    first = practice.start("starter", 60, print)
    record = practice.running()
    assert record is not None
    practice.stop()
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", record.port))
        squatter.listen()
        second = practice.start("starter", 60, print)
    assert second["ASR_TUI_ARM_ENDPOINT"] != first["ASR_TUI_ARM_ENDPOINT"]


def test_an_estate_file_with_an_error_is_named_with_line_and_field(practice: Practice, tmp_path: Path) -> None:
    estate = tmp_path / "mine.yaml"
    estate.write_text((ROOT / "assets" / "estates" / "starter.yaml").read_text() + "\nsurprise: 1\n")
    with pytest.raises(PracticeError) as caught:
        practice.start(str(estate), 60, print)
    assert caught.value.usage
    assert "mine.yaml" in str(caught.value)
    assert "surprise" in str(caught.value)
    assert not practice.state.exists()


def test_a_state_file_that_is_none_is_one_sentence(practice: Practice) -> None:
    practice.directory.mkdir(mode=0o700)
    practice.state.write_text("this is not a database, whatever its name says " * 100)
    with pytest.raises(PracticeError) as caught:
        practice.start("starter", 60, print)
    assert "cloud.sqlite" in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_a_record_of_a_process_that_is_somebody_elses_does_not_count(practice: Practice) -> None:
    practice.directory.mkdir(mode=0o700)
    (practice.directory / "emulator.json").write_text(
        f'{{"pid": {os.getpid()}, "endpoint": "https://127.0.0.1:9", "estate": "starter", "speed": 60, "ca_bundle": "none"}}'
    )
    assert practice.record() is not None
    assert practice.running() is None
    assert practice.stop() is False


def test_estates_are_samples_generated_or_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.yaml").write_text("")
    assert {"starter", "contoso"} <= set(estates())
    assert checked_estate("starter") == "starter"
    assert checked_estate("generated:50") == "generated:50"
    assert checked_estate("generated-clean:50") == "generated-clean:50"
    assert checked_estate("own.yaml") == str(tmp_path / "own.yaml")


@pytest.mark.parametrize("name", ["nowhere", "generated:", "generated:-3", "generated:many", "missing.yaml", "\x1b[2J"])
def test_an_unknown_estate_is_refused(name: str) -> None:
    with pytest.raises(PracticeError) as caught:
        checked_estate(name)
    assert caught.value.usage


def test_sessions_are_named_after_cloud_and_estate(tmp_path: Path) -> None:
    assert Request().name == "default"
    assert Request(cloud="usgov").name == "usgov"
    assert Request(cloud="practice").name == "practice-contoso"
    assert Request(cloud="practice", estate="generated:500").name == "practice-generated-500"
    assert Request(cloud="practice", estate="starter", session="mine").name == "mine"
    one, two = (Request(cloud="practice", estate=f"/{folder}/my estate.yaml").name for folder in "ab")
    assert one != two
    assert one.startswith("practice-my-estate-")
    paths_of(Request(cloud="practice", estate="/a/\x1b[2J.yaml"))  # whatever the file is called, it makes a name


def test_another_estate_under_the_same_session_is_refused_with_the_way_out(tmp_path: Path) -> None:
    request = Request(cloud="practice", estate="starter", session="mine")
    paths = paths_of(request)
    Practice(paths.directory / "practice").start("starter", 60, print)
    try:
        with pytest.raises(PracticeError) as caught:
            ensure(Request(cloud="practice", estate="contoso", session="mine"), print)
    finally:
        Practice(paths.directory / "practice").stop()
    assert caught.value.usage
    assert "starter" in str(caught.value)
    assert "--session" in str(caught.value)


def test_a_session_of_another_cloud_is_refused(tmp_path: Path) -> None:
    request = Request(cloud="practice", estate="starter", session="mine")
    paths = paths_of(request)
    paths.directory.mkdir(parents=True)
    (paths.directory / "session.json").write_text('{"cloud": "china", "way": "cli", "tenant": "", "subscription": ""}')
    with pytest.raises(OtherCloudError) as caught:
        ensure(request, print)
    assert "china" in str(caught.value)
    kept = remembered(paths)
    assert kept is not None
    assert (kept.cloud, kept.way, kept.session) == ("china", "cli", "mine")
    assert [found.name for found in sessions()] == ["mine"]
    assert sessions()[0].worker is None


def test_what_never_began_is_no_session_to_come_back_to(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("subscription:\n  name: Broken\nvms: 5\n")
    request = Request(cloud="practice", estate=str(broken), session="mine")
    with pytest.raises(PracticeError) as caught:
        ensure(request, print)
    assert "broken.yaml:3: vms" in str(caught.value)
    assert remembered(paths_of(request)) is None


def test_a_worker_that_cannot_start_is_quoted(tmp_path: Path) -> None:
    paths = paths_of(Request(session="mine"))
    paths.directory.mkdir(parents=True)
    with pytest.raises(worker.WorkerError) as caught:
        worker.start(paths, ["--session", "mine", "--no-such-option"], dict(os.environ))
    assert "--no-such-option" in str(caught.value)
    assert "worker.stderr" in str(caught.value)


def test_nobody_greets_on_a_dead_or_foreign_socket(tmp_path: Path) -> None:
    assert worker.greeting(tmp_path / "none.sock") is None
    stale = tmp_path / "stale.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(stale))
    assert worker.greeting(stale) is None


def test_the_holder_of_a_lock_is_known_while_it_lives(tmp_path: Path) -> None:
    lock = tmp_path / "worker.lock"
    assert worker.holder(lock) is None
    lock.write_text("12345\n")
    assert worker.holder(lock) is None  # left by a dead one
    code = (
        "import fcntl, os, sys\n"
        f"fd = os.open({str(lock)!r}, os.O_RDWR)\n"
        "fcntl.flock(fd, fcntl.LOCK_EX)\nos.pwrite(fd, f'{os.getpid()}\\n'.encode(), 0)\n"
        "print('held', flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert worker.holder(lock) == other.pid
        assert other.stdin is not None
        other.stdin.close()
        other.wait()
    assert worker.holder(lock) is None


def test_ending_a_process_that_will_not_end(tmp_path: Path) -> None:
    code = "import signal, sys\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\nsignal.pause()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as stubborn:
        assert stubborn.stdout is not None
        stubborn.stdout.readline()
        assert process.is_alive(stubborn.pid)
        os.kill(stubborn.pid, signal.SIGTERM)
        process.end(stubborn.pid, patience=0.2)
        assert not process.is_alive(stubborn.pid)


def test_the_last_line_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert process.last_line(log) == ""
    log.write_bytes(b"first\n" + b"x" * 10_000 + b"\nlast \xff one\n\n  \n")
    assert process.last_line(log) == "last \ufffd one"
