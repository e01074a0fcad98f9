"""A whole walk of the program as its users start it: no secret in any file or output, no host but the cloud's, no open file."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from asr_tui import __version__
from asr_tui.crash import crash_sentence
from asr_tui.launch.practice import Practice
from tests.practice import ROOT, RemoteCloud
from tests.sign_in.people import estate

CANARY = "canary-7f3a-in-the-mine"
TOKEN = re.compile(rb"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}")
# Runs in each Python process of the walk before anything else does.
HOOK = """
import os, sys

def told(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        reached = arguments[1]
    elif event == "socket.getaddrinfo":
        reached = arguments[:2]
    else:
        return
    command = open("/proc/self/cmdline", "rb").read().replace(b"\\0", b" ").decode()
    name = next((one for one in ("asr_tui.emulator", "asr_tui.workers") if one in command), "face")
    with open(os.path.join(os.environ["REACHED"], name), "a") as stream:
        stream.write(repr(reached) + "\\n")
    with open(os.path.join(os.environ["REACHED"], "commands"), "a") as stream:
        stream.write(command + "\\n")

sys.addaudithook(told)
"""


def program(home: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run ``asr-tui`` with a home of its own, and with every connection of every process written down."""
    path = os.pathsep.join([str(home / "hook"), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environ = {
        **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
        "HOME": str(home),
        "ASR_TUI_STATE_DIR": str(home / "state"),
        "XDG_RUNTIME_DIR": str(home),
        "REACHED": str(home / "reached"),
        "PYTHONPATH": path,
    }
    return subprocess.run(
        [sys.executable, "-m", "asr_tui", *arguments], capture_output=True, cwd=home, env=environ, timeout=150
    )


def test_a_walk_leaks_nothing_and_reaches_nobody_else(tmp_path: Path) -> None:
    for folder in ("hook", "reached"):
        (tmp_path / folder).mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK, encoding="utf-8")
    robot: dict[str, object] = {"secret": CANARY}
    people = estate(tmp_path, robot=robot)
    walk = program(tmp_path, "walkthrough", "--estate", str(people), "--practice", "--yes", "--json", "--speed", "6000")
    assert walk.returncode == 0, walk.stdout[-2000:] + walk.stderr[-2000:]
    (session,) = (tmp_path / "state" / "sessions").iterdir()
    cloud = Practice(session / "practice").record()
    assert cloud is not None
    asked = RemoteCloud({"ASR_TUI_ARM_ENDPOINT": cloud.endpoint, "REQUESTS_CA_BUNDLE": cloud.ca_bundle}).log()
    of_ours = [entry for entry in asked if not entry["path"].startswith("/emulator")]
    assert len(of_ours) > 50 and {entry["user_agent"] for entry in of_ours} == {f"asr-tui/{__version__}"}
    log = program(tmp_path, "support-bundle", "--session", session.name, "--output", str(tmp_path))
    assert log.returncode == 0, log.stderr
    stopped = program(tmp_path, "stop", "--session", session.name)
    assert stopped.returncode == 0, stopped.stderr

    # The emulated cloud knows its own people's secrets, as Entra ID does: its folder is the cloud, not the program.
    written = [
        file for file in (tmp_path / "state").rglob("*") if file.is_file() and session / "practice" not in file.parents
    ]
    assert {"journal.jsonl", "plan.yaml", "session.json", "worker.log", "sign-ins.json"} <= {f.name for f in written}
    told = {str(file): file.read_bytes() for file in written}
    told |= {"stdout": walk.stdout, "stderr": walk.stderr, "commands": (tmp_path / "reached" / "commands").read_bytes()}
    (bundle,) = tmp_path.glob("asr-tui-support-*.tar.gz")
    with tarfile.open(bundle) as archive:
        for entry in archive:
            content = archive.extractfile(entry)
            assert content is not None
            told[f"bundle {entry.name}"] = content.read()
    for name, content in told.items():
        assert CANARY.encode() not in content, name
        assert TOKEN.search(content) is None, name
    for file in (*written, bundle):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file

    port = int(cloud.endpoint.rsplit(":", 1)[1])
    for process in ("face", "asr_tui.workers"):
        reached = set((tmp_path / "reached" / process).read_text(encoding="utf-8").splitlines())
        hosts = {one for one in reached if not one.startswith("'/")}  # the rest are paths of Unix sockets
        assert hosts <= {f"('127.0.0.1', {port})"}, (process, hosts)
    assert f"('127.0.0.1', {port})" in (tmp_path / "reached" / "asr_tui.workers").read_text(encoding="utf-8")

    whole = b"".join(content for name, content in told.items() if name.startswith("bundle"))
    for name in (b"rg-starter", b"vnet-starter", b"db-01", b"8d3f6b21-4c9e-4a7d-b05f-1e62c8d94a37", b"127.0.0.1"):
        assert name in b"".join(told[str(file)] for file in written) or name == b"127.0.0.1"
        assert name not in whole, name


def test_a_crash_report_holds_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where an error's own text does."""
    monkeypatch.setenv("ASR_TUI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("AZURE_CLIENT_SECRET", CANARY)
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"
    sentence = crash_sentence(ValueError(f"bad header: Bearer {token}, secret {CANARY}"))
    (report,) = (tmp_path / "state" / "crashes").iterdir()
    text = report.read_text(encoding="utf-8")
    assert "ValueError: bad header" in text and CANARY not in text + sentence and token not in text + sentence
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
