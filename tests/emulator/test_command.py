"""``python -m asr_tui.emulator`` as a process: its output, its ends, its state, and bad input."""

from __future__ import annotations

import http.client
import json
import os
import shlex
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

ORDER = [
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
ROOT = Path(__file__).resolve().parents[2]


class Running:
    """A started emulator process, ready to serve."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "asr_tui.emulator", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.lines: list[str] = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if self.lines[-1] == "ready":
                break
        self.environment = dict(shlex.split(line)[1].split("=", 1) for line in self.lines if line.startswith("export "))

    @property
    def base_url(self) -> str:
        return self.environment["ASR_TUI_ARM_ENDPOINT"]

    def request(self, method: str, path: str, data: Any = None, token: str | None = None) -> tuple[int, Any]:
        context = ssl.create_default_context(cafile=self.environment["SSL_CERT_FILE"])
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        encoded = data if isinstance(data, bytes) or data is None else json.dumps(data).encode()
        if not isinstance(data, bytes):
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(self.base_url + path, encoded, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, context=context, timeout=30) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def token(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.environment["AZURE_CLIENT_ID"],
            "client_secret": self.environment["AZURE_CLIENT_SECRET"],
            "scope": "https://management.azure.com/.default",
        }
        path = f"/{self.environment['AZURE_TENANT_ID']}/oauth2/v2.0/token"
        status, body = self.request("POST", path, urllib.parse.urlencode(form).encode())
        assert status == 200, body
        return str(body["access_token"])

    def group(self, name: str) -> str:
        base = f"/subscriptions/{self.environment['AZURE_SUBSCRIPTION_ID']}/resourceGroups/{name}"
        return f"{base}?api-version=2024-03-01"

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=90)
        return self.process.returncode, out, err


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Running]]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    started: list[Running] = []

    def start(*arguments: str) -> Running:
        started.append(Running(*arguments))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.communicate()


def fails(*arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "asr_tui.emulator", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done


# ---------------------------------------------------------------- output and ends


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_exports_then_ready_and_nothing_else_and_a_clean_end(run: Callable[..., Running], number: int) -> None:
    emulator = run("--estate", "starter", "--speed", "60")
    assert [line.split("=")[0].removeprefix("export ") for line in emulator.lines[:-1]] == ORDER
    assert emulator.lines[-1] == "ready"
    assert emulator.request("GET", emulator.group("rg-starter"), token=emulator.token())[0] == 200
    assert emulator.request("GET", "/emulator/status")[1]["speed"] == 60
    assert emulator.end(number) == (0, "", "")


def test_a_client_that_hangs_does_not_hold_up_the_end(run: Callable[..., Running]) -> None:
    emulator = run("--estate", "starter")
    emulator.request("POST", "/emulator/faults", {"faults": [{"then": {"hang": True}}]})
    parts = urllib.parse.urlsplit(emulator.base_url)
    context = ssl.create_default_context(cafile=emulator.environment["SSL_CERT_FILE"])
    with (
        socket.create_connection((parts.hostname or "", parts.port or 0)) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
    ):
        secure.sendall(b"GET /tenants HTTP/1.1\r\nHost: x\r\n\r\n")
        status = emulator.end()
    assert status[0] == 0


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    command = f"{shlex.quote(sys.executable)} -m asr_tui.emulator --estate starter | true"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, timeout=60, cwd=ROOT
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_it_ends_by_itself_when_idle(run: Callable[..., Running]) -> None:
    emulator = run("--estate", "starter", "--exit-when-idle", "0.001")
    assert emulator.process.wait(timeout=20) == 0


def _discovery(emulator: Running, name: str) -> Any:
    """What the emulator tells about its sign-in to somebody who calls this machine by its name."""
    parts = urllib.parse.urlsplit(emulator.base_url)
    context = ssl.create_default_context(cafile=emulator.environment["SSL_CERT_FILE"])
    with (
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        path = f"/{emulator.environment['AZURE_TENANT_ID']}/v2.0/.well-known/openid-configuration"
        secure.sendall(f"GET {path} HTTP/1.1\r\nHost: {name}:{parts.port}\r\nConnection: close\r\n\r\n".encode())
        with secure.makefile("rb") as answer:
            return json.loads(answer.read().partition(b"\r\n\r\n")[2])


def test_it_listens_on_loopback_only_unless_allowed(run: Callable[..., Running]) -> None:
    here = run("--estate", "starter")
    assert urllib.parse.urlsplit(here.base_url).hostname == "127.0.0.1"
    assert here.end()[2] == ""
    everywhere = run("--estate", "starter", "--allow-remote")
    name = socket.gethostname()
    endpoint = _discovery(everywhere, name)["token_endpoint"]
    assert urllib.parse.urlsplit(endpoint).hostname == name.lower(), "who calls by a name is led to it"
    status, _, stderr = everywhere.end()
    assert status == 0
    assert stderr.startswith("asr-tui emulator: listening on every address of this machine")
    assert len(stderr.splitlines()) == 1


# ---------------------------------------------------------------- state


def _write_until_killed(emulator: Running, token: str, names: Iterator[str], answered: list[str], enough: int) -> None:
    """Create groups, and kill the emulator while a write is on its way, once so many have been answered."""

    def kill() -> None:
        while len(answered) < enough and writer.is_alive():
            writer.join(0.001)
        emulator.process.kill()

    def write() -> None:
        try:
            for name in names:
                assert emulator.request("PUT", emulator.group(name), {"location": "westeurope"}, token)[0] == 201
                answered.append(name)
        except (OSError, http.client.HTTPException):
            return  # cut off: nobody was told that this one is there

    writer = threading.Thread(target=write)
    writer.start()
    kill()
    writer.join(90)
    emulator.process.communicate(timeout=90)


def test_kill_9_at_any_moment_loses_nothing_that_was_answered(run: Callable[..., Running], tmp_path: Path) -> None:
    arguments = ("--estate", "starter", "--state", str(tmp_path / "state.db"))
    names = (f"rg-{number}" for number in count())
    answered: list[str] = []
    emulator = run(*arguments)
    token, authority = emulator.token(), emulator.environment["SSL_CERT_FILE"]
    for more in (1, 8, 30):
        _write_until_killed(emulator, token, names, answered, len(answered) + more)
        emulator = run(*arguments)
    assert len(answered) >= 39
    assert emulator.environment["SSL_CERT_FILE"] == authority
    # The token of the first life is good in the last one: key and certificate authority are kept.
    for name in answered:
        assert emulator.request("GET", emulator.group(name), token=token)[0] == 200
    entries = emulator.request("GET", "/emulator/log")[1]["entries"]
    logged = {entry["path"].rpartition("/")[2] for entry in entries if entry["method"] == "PUT"}
    assert logged >= set(answered)


def test_time_flows_on_while_it_is_down_and_a_new_speed_makes_no_jump(
    run: Callable[..., Running], tmp_path: Path
) -> None:
    state = str(tmp_path / "state.db")
    first = run("--estate", "starter", "--state", state, "--speed", "3600")
    first.request("POST", "/emulator/clock", {"advance_seconds": 86400 * 400})
    assert first.request("POST", "/emulator/clock", {"speed": 0.5})[1]["speed"] == 0.5
    for wrong in ({}, {"speed": 0}, {"speed": "fast"}, {"advance_seconds": -1}):
        assert first.request("POST", "/emulator/clock", wrong)[0] == 400
    before = first.request("GET", "/emulator/status")[1]["now"]
    first.end(signal.SIGKILL)
    second = run("--state", state, "--speed", "1")
    after = second.request("GET", "/emulator/status")[1]
    assert after["estate"] == "starter"
    assert before < after["now"]
    assert after["speed"] == 1


def test_a_second_emulator_on_one_file_is_refused_in_one_sentence(run: Callable[..., Running], tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    first = run("--estate", "starter", "--state", state)
    for more in ([], ["--reset"]):
        refused = fails("--estate", "starter", "--state", state, *more)
        assert refused.returncode == 1
        assert refused.stderr.count("\n") == 1
        assert "Another emulator is using the state file" in refused.stderr
    assert first.request("GET", "/emulator/status")[0] == 200


def test_reset_starts_over_and_another_estate_needs_it(run: Callable[..., Running], tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    first = run("--estate", "starter", "--state", state)
    first.request("PUT", first.group("rg-mine"), {"location": "westeurope"}, first.token())
    first.end()
    refused = fails("--estate", "generated:3", "--state", state)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "use --reset to start over" in refused.stderr
    second = run("--estate", "starter", "--state", state, "--reset")
    assert second.request("GET", second.group("rg-mine"), token=second.token())[0] == 404


# ---------------------------------------------------------------- bad input


def test_a_port_in_use_is_told_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = fails("--estate", "starter", "--port", str(port))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"Port {port} cannot be used: Address already in use." in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("--estate", "atlantis"), 2, "There is no estate 'atlantis'"),
        (("--estate", "./none.yaml"), 2, "none.yaml cannot be read: No such file or directory."),
        (("--faults", "./none.yaml"), 2, "The fault file none.yaml cannot be read"),
        (("--speed", "0"), 2, "--speed is a number above 0"),
        (("--speed", "nan"), 2, "--speed is a number above 0"),
        (("--port", "70000"), 2, "--port is a number from 0"),
        (("--exit-when-idle", "0"), 2, "--exit-when-idle is a number of minutes above 0"),
        (("--state", "/dev/null/state.db"), 1, "/dev/null/state.db cannot be written: /dev/null is not a folder."),
        (("--state", "/"), 1, "The state file / is a folder"),
    ],
)
def test_bad_input_is_told_in_one_sentence(arguments: tuple[str, ...], status: int, told: str) -> None:
    done = fails(*arguments)
    assert (done.returncode, done.stderr.count("\n")) == (status, 1)
    assert told in done.stderr


def test_an_estate_with_an_error_names_file_line_and_field(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\nregion: nowhere\n")
    done = fails("--estate", str(file))
    assert done.returncode == 2
    assert f"{file}:2: region" in done.stderr


def test_a_bad_estate_makes_no_state_file(tmp_path: Path) -> None:
    assert fails("--estate", "atlantis", "--state", str(tmp_path / "state.db")).returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_state_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("my notes, which are no database\n" * 100)
    for more in ([], ["--reset"]):
        done = fails("--estate", "starter", "--state", str(file), *more)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert file.read_text() == "my notes, which are no database\n" * 100


@pytest.mark.parametrize("more", [[], ["--reset"]])
def test_the_database_of_another_program_is_left_as_it_is(tmp_path: Path, more: list[str]) -> None:
    file = tmp_path / "places.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE places (url TEXT)")
        connection.execute("INSERT INTO places VALUES ('https://example.org')")
    done = fails("--estate", "starter", "--state", str(file), *more)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "is not a state file of the emulator" in done.stderr
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT url FROM places").fetchall() == [("https://example.org",)]
