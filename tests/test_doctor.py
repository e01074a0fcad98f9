"""``asr-tui doctor`` says which link of the chain breaks: each one is broken here, one at a time."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme
import yaml

from asr_tui import cli, doctor
from asr_tui.azure.cloud import Cloud, from_file
from tests.practice import ROOT, PracticeCloud
from tests.proxy import PASSWORD, proxy


@pytest.fixture(scope="module")
def practice() -> Iterator[PracticeCloud]:
    cloud = PracticeCloud(speed=1)  # at any other speed its clock runs away from ours, and the doctor says so
    yield cloud
    cloud.close()


@pytest.fixture
def file(practice: PracticeCloud, tmp_path: Path) -> Path:
    """The emulator as a private cloud, described by a file."""
    fields = {
        "name": "stack",
        "title": "Our stack",
        "arm_endpoint": practice.environ["ASR_TUI_ARM_ENDPOINT"],
        "authority_host": practice.environ["AZURE_AUTHORITY_HOST"],
        "audience": "https://management.azure.com/",
        "portal": "https://portal.stack.example",
        "ca_bundle": practice.environ["REQUESTS_CA_BUNDLE"],
        "suffixes": {"blob": "blob.stack.example"},
    }
    path = tmp_path / "stack.yaml"
    path.write_text(yaml.safe_dump(fields), encoding="utf-8")
    return path


@pytest.fixture
def cloud(file: Path) -> Cloud:
    return from_file(file, {})


def found(cloud: Cloud, environ: dict[str, str] | None = None) -> dict[str, tuple[str, str]]:
    """What is said of each link: its state and the message."""
    return {one.what: (one.state, one.message) for one in doctor.remote(cloud, environ or {})}


def broken(cloud: Cloud, environ: dict[str, str] | None = None) -> dict[str, str]:
    return {what: message for what, (state, message) in found(cloud, environ).items() if state == doctor.FAILED}


def test_all_links_hold(cloud: Cloud) -> None:
    links = found(cloud)
    assert list(links) == [f"{end} {link}" for end in ("sign-in", "ARM") for link in ("name", "TLS", "clock")]
    assert {state for state, _ in links.values()} == {doctor.OK}


def test_a_name_that_does_not_resolve(cloud: Cloud) -> None:
    links = broken(replace(cloud, authority_host="https://login.no-such-host.invalid"))
    assert list(links) == ["sign-in name"] and "login.no-such-host.invalid has no address" in links["sign-in name"]


def test_nobody_listens(cloud: Cloud) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    links = broken(replace(cloud, arm_endpoint=f"https://127.0.0.1:{port}"))
    assert list(links) == ["ARM connection"] and "refused" in links["ARM connection"]


def test_a_certificate_of_somebody_else(cloud: Cloud, tmp_path: Path) -> None:
    """As behind a proxy that opens TLS: the authority that signs is not one that is known here."""
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    links = broken(replace(cloud, ca_bundle=other))
    assert list(links) == ["sign-in TLS", "ARM TLS"] and "REQUESTS_CA_BUNDLE" in links["ARM TLS"]


def test_roots_that_are_none(cloud: Cloud, tmp_path: Path) -> None:
    links = broken(replace(cloud, ca_bundle=tmp_path / "nothing.pem"))
    assert list(links) == ["sign-in TLS", "ARM TLS"] and "nothing.pem" in links["sign-in TLS"]
    (tmp_path / "nothing.pem").write_text("no certificate", encoding="utf-8")
    assert "cannot be used" in broken(replace(cloud, ca_bundle=tmp_path / "nothing.pem"))["ARM TLS"]


def test_a_clock_that_is_wrong(practice: PracticeCloud, cloud: Cloud) -> None:
    practice.control("POST", "faults", {"faults": [{"when": {"path": "/"}, "then": {"clock_skew": -4000}}]})
    try:
        links = broken(cloud)
    finally:
        practice.control("DELETE", "faults")
    assert list(links) == ["sign-in clock", "ARM clock"] and "set it right" in links["ARM clock"]
    assert int(links["ARM clock"].split(" by ")[1].split(" ")[0]) in range(3800, 4200)


@pytest.mark.parametrize(("status", "words"), [(407, "user name and password"), (403, "does not let 127.0.0.1")])
def test_a_proxy_that_says_no(status: int, words: str, cloud: Cloud) -> None:
    with proxy(status) as between:
        links = broken(cloud, {"HTTPS_PROXY": f"http://{between.address}"})
    assert list(links) == ["sign-in connection", "ARM connection"] and words in links["ARM connection"]


def test_a_proxy_that_knows_the_password(cloud: Cloud) -> None:
    with proxy(407) as between:
        environ = {"https_proxy": f"http://ada:{quote(PASSWORD, safe='')}@{between.address}"}
        links = found(cloud, environ)
        assert {state for state, _ in links.values()} == {doctor.OK} and len(between.asked) == 2
        assert PASSWORD not in str(links) and "ada" not in str(links)
        assert "sign-in proxy" not in found(cloud, environ | {"NO_PROXY": "127.0.0.1"})


def test_a_proxy_that_is_not_there(cloud: Cloud) -> None:
    links = broken(cloud, {"HTTPS_PROXY": "proxy.no-such-host.invalid:3128"})
    assert list(links) == ["sign-in name", "ARM name"] and "proxy.no-such-host.invalid" in links["ARM name"]


def run(practice: PracticeCloud, home: Path, *arguments: str, **changes: str) -> tuple[int, list[str]]:
    """The command itself, for somebody with a home and a state of their own."""
    environ = {
        **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
        **{name: value for name, value in practice.environ.items() if name.startswith("AZURE_")},
        "HOME": str(home),
        "ASR_TUI_STATE_DIR": str(home / "state"),
        "XDG_RUNTIME_DIR": str(home),
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
    command = [sys.executable, "-m", "asr_tui"]
    session = ["--session", "doctor"]
    try:
        done = subprocess.run(
            [*command, *arguments, *session], capture_output=True, text=True, env=environ | changes, timeout=150
        )
    finally:
        subprocess.run([*command, "stop", *session], capture_output=True, env=environ, timeout=150)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout.splitlines()


def test_a_private_cloud_from_its_file(practice: PracticeCloud, file: Path, tmp_path: Path) -> None:
    code, lines = run(practice, tmp_path, "doctor", "--cloud", str(file), "--auth", "environment")
    assert code == 0, lines
    assert "[ok]   sign-in: signed in by environment" in lines
    assert "[ok]   ARM answer: 1 subscription" in lines
    assert any(line.startswith("[ok]   token store: ") for line in lines)


def test_a_cloud_file_that_is_wrong_is_one_sentence(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace("authority_host", "authority"), encoding="utf-8")
    for command in ("doctor", "walkthrough --yes", "check", "watch"):
        assert cli.run([*command.split(), "--cloud", str(file)]) == 1
        told = capsys.readouterr()
        assert told.out == "" and told.err.count("\n") == 1 and "'authority_host' is missing" in told.err


def test_a_sign_in_that_is_refused(practice: PracticeCloud, file: Path, tmp_path: Path) -> None:
    changes = {"AZURE_CLIENT_SECRET": "not this one"}
    code, lines = run(practice, tmp_path, "doctor", "--cloud", str(file), "--auth", "environment", **changes)
    (line,) = [line for line in lines if line.startswith("[FAIL]")]
    assert code == 1 and line.startswith("[FAIL] sign-in: ") and "secret is wrong" in line
    assert "not this one" not in "\n".join(lines)


def test_arm_that_does_not_answer(practice: PracticeCloud, file: Path, tmp_path: Path) -> None:
    refusal = {"status": 403, "code": "AuthorizationFailed", "message": "does not have authorization"}
    practice.control("POST", "faults", {"faults": [{"when": {"path": "/subscriptions"}, "then": refusal}]})
    try:
        code, lines = run(practice, tmp_path, "doctor", "--cloud", str(file), "--auth", "environment")
    finally:
        practice.control("DELETE", "faults")
    (line,) = [line for line in lines if line.startswith("[FAIL]")]
    assert code == 1 and line.startswith("[FAIL] ARM answer: ")
    assert "[ok]   sign-in: there is a token by environment" in lines
