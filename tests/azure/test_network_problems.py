"""What breaks on the way to a sign-in is told as that, and not as a refusal, by the ways that are not asynchronous too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from practice_cloud import PracticeCloud, no_code

from asr_tui.azure import credentials
from asr_tui.azure.cloud import Cloud
from asr_tui.azure.connection import open_cloud
from asr_tui.azure.network_problems import told_network_problem
from asr_tui.model.problem import Problem, ProblemError
from tests.hanging_az import write_az
from tests.proxy import proxy


async def refusal(cloud: Cloud, way: str, environ: dict[str, str]) -> Problem:
    async with await open_cloud(cloud, way, environ=environ, on_device_code=no_code) as clients:
        with pytest.raises(ProblemError) as refused:
            await clients.principal()
    assert refused.value.problem.remedy and refused.value.problem.detail
    return refused.value.problem


@pytest.mark.parametrize(("status", "code"), [(407, "ProxyAuthentication"), (403, "ProxyRefused")])
async def test_a_device_code_behind_a_proxy_that_says_no(
    status: int, code: str, starter: PracticeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy(status) as between:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{between.address}")
        problem = await refusal(starter.cloud, credentials.DEVICE_CODE, starter.environ)
        assert len(between.asked) == 1, "what stays so is not tried again"
    assert (problem.code, problem.retry, problem.status) == (code, False, status)


async def test_a_device_code_where_tls_is_opened(starter: PracticeCloud, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    problem = await refusal(replace(starter.cloud, ca_bundle=other), credentials.DEVICE_CODE, starter.environ)
    assert (problem.code, problem.retry) == ("TlsUntrusted", False) and "REQUESTS_CA_BUNDLE" in problem.remedy


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (
            "ProxyError('Unable to connect to proxy', OSError('Tunnel connection failed: 407 Proxy'))",
            "ProxyAuthentication",
        ),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate'))", "TlsUntrusted"),
        ("HTTPSConnection(host='login.example', port=443): Failed to resolve 'login.example'", "NameNotResolved"),
    ],
)
async def test_az_behind_the_same_tells_the_same(
    words: str, code: str, starter: PracticeCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_az(tmp_path, f"#!/bin/sh\ncat >&2 <<'END'\nERROR: {words}\nEND\nexit 1\n")
    (tmp_path / "azureProfile.json").write_text('{"subscriptions": [{"id": "s"}]}', encoding="utf-8")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    environ = {**starter.environ, "PATH": f"{tmp_path}:/usr/bin:/bin", "AZURE_CONFIG_DIR": str(tmp_path)}
    assert (await refusal(starter.cloud, credentials.CLI, environ)).code == code


def test_words_of_a_connection_that_fails() -> None:
    told = "HTTPSConnection(host='127.0.0.1', port=1): Failed to establish a new connection: [Errno 111] Connection refused"
    refused = told_network_problem(told)
    assert refused is not None and refused.code == "ConnectionRefused" and "127.0.0.1" in refused.what
    for words, code in (
        ("HTTPSConnectionPool(host='a.example', port=443): Read timed out. (read timeout=30)", "TimedOut"),
        ("('Unable to connect to proxy', NewConnectionError('Connection refused'))", "ProxyUnreachable"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", "TlsFailed"),
        ("('Connection aborted.', RemoteDisconnected('Remote end closed connection'))", "Disconnected"),
    ):
        problem = told_network_problem(words)
        assert problem is not None and problem.code == code
    assert told_network_problem("AADSTS53003: Access has been blocked.") is None
