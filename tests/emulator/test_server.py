"""The HTTPS server itself: bodies, paths and connections that a test without sockets does not see."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest


@pytest.fixture
def connection(serve: Callable[..., Any]) -> Iterator[http.client.HTTPSConnection]:
    served = serve("starter")
    parts = urlsplit(served.base_url)
    context = ssl.create_default_context(cafile=str(served.ca))
    made = http.client.HTTPSConnection(parts.hostname or "", parts.port, context=context, timeout=30)
    yield made
    made.close()


def ask(connection: http.client.HTTPSConnection, method: str, path: str, body: bytes = b"") -> tuple[int, Any, Any]:
    connection.request(method, path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    return answer.status, answer.headers, json.loads(content) if content else None


def test_a_body_beyond_four_megabytes_is_a_413(connection: http.client.HTTPSConnection) -> None:
    status, _, body = ask(
        connection, "PUT", "/subscriptions/x/resourceGroups/y?api-version=2024-03-01", b"x" * 5_000_000
    )
    assert (status, body["error"]["code"]) == (413, "RequestEntityTooLarge")


@pytest.mark.parametrize(
    "path",
    [
        "//metadata//endpoints?api-version=2022-09-01",
        "/%6detadata/endpoints?api-version=2022-09-01",
        "/METADATA/endpoints/?API-VERSION=2022-09-01",
    ],
)
def test_doubled_slashes_escapes_and_casing_lead_to_the_same_place(
    connection: http.client.HTTPSConnection, path: str
) -> None:
    status, headers, body = ask(connection, "GET", path)
    assert (status, body["name"]) == (200, "AsrTuiPractice")
    assert headers["Server"] == "asr-tui-emulator"


@pytest.mark.parametrize("path", ["/%ff%fe?api-version=2022-09-01", "/%00", "/a%2fb", "/" + "x" * 8000, "/?%ff=%ff"])
def test_odd_paths_are_answered(connection: http.client.HTTPSConnection, path: str) -> None:
    status, _, body = ask(connection, "GET", path)
    assert 400 <= status <= 501
    assert body["error"]["code"] in ("MissingApiVersionParameter", "AuthenticationFailed")


def test_many_requests_go_over_one_connection(connection: http.client.HTTPSConnection) -> None:
    local = None
    for _ in range(20):
        assert ask(connection, "GET", "/metadata/endpoints?api-version=2022-09-01")[0] == 200
        assert isinstance(connection.sock, socket.socket)
        local = local or connection.sock.getsockname()
        assert connection.sock.getsockname() == local


def test_a_client_without_the_certificate_authority_is_told_by_tls(serve: Callable[..., Any]) -> None:
    served = serve("starter")
    parts = urlsplit(served.base_url)
    stranger = http.client.HTTPSConnection(
        parts.hostname or "", parts.port, context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), timeout=30
    )
    with pytest.raises(ssl.SSLCertVerificationError):
        stranger.request("GET", "/")
    assert served.control("GET", "status")["estate"] == "starter"


def test_plain_http_is_no_way_in(serve: Callable[..., Any]) -> None:
    served = serve("starter")
    parts = urlsplit(served.base_url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) as plain:
        plain.sendall(b"GET /tenants HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            received = plain.recv(1000)
        except ConnectionResetError:
            received = b""
    assert b"HTTP/1.1 200" not in received
    assert served.control("GET", "status")["estate"] == "starter"
