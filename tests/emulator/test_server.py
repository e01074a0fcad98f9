"""The HTTPS server itself: bodies, paths and connections that a test without sockets does not see."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import ssl
import threading
import time
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


def _sent_and_gone(served: Any, *parts: bytes) -> None:
    """Send raw bytes over TLS and close the connection without reading a word."""
    address = urlsplit(served.base_url)
    context = ssl.create_default_context(cafile=str(served.ca))
    raw = socket.create_connection((address.hostname or "", address.port or 0), timeout=30)
    with context.wrap_socket(raw, server_hostname=address.hostname) as secured:
        for part in parts:
            secured.sendall(part)


def _logged(served: Any, name: str, wanted: int) -> list[int]:
    """Statuses of the requests whose path ends so, once there are as many."""
    deadline = time.monotonic() + 60
    while len(found := served.statuses(name)) < wanted:
        assert time.monotonic() < deadline, found
    return list(found)


def _put_group(served: Any, name: str, body: bytes, length: int | None = None) -> bytes:
    token = served.token()
    path = f"/subscriptions/{served.practice.subscription}/resourceGroups/{name}?api-version=2022-09-01"
    head = f"PUT {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body) if length is None else length}\r\n\r\n".encode() + body


def test_what_arrived_whole_takes_effect_and_is_logged_though_nobody_waits(serve: Callable[..., Any]) -> None:
    served = serve("starter")
    for number in range(5):
        asked = _put_group(served, f"gone-{number}", b'{"location": "westeurope"}')
        address = urlsplit(served.base_url)
        context = ssl.create_default_context(cafile=str(served.ca))
        raw = socket.create_connection((address.hostname or "", address.port or 0), timeout=30)
        closed = threading.Event()
        with context.wrap_socket(raw, server_hostname=address.hostname) as secured:
            # The server is busy until request and end of connection both wait for it.
            served.loop.call_soon_threadsafe(closed.wait, 30)
            secured.sendall(asked)
        closed.set()
    for number in range(5):
        assert _logged(served, f"gone-{number}", 1) == [201]


def test_what_was_cut_off_or_too_large_is_logged_without_effect(serve: Callable[..., Any]) -> None:
    served = serve("starter")
    _sent_and_gone(served, _put_group(served, "half", b'{"location": ', length=26))
    assert _logged(served, "half", 1) == [0]
    address = urlsplit(served.base_url)
    context = ssl.create_default_context(cafile=str(served.ca))
    connection = http.client.HTTPSConnection(address.hostname or "", address.port, context=context, timeout=30)
    huge = f"/subscriptions/{served.practice.subscription}/resourceGroups/huge?api-version=2022-09-01"
    assert ask(connection, "PUT", huge, b" " * 5_000_000)[0] == 413
    connection.close()
    assert _logged(served, "huge", 1) == [413]
    groups = served.get("/resourceGroups?api-version=2022-09-01")["value"]
    assert [group["name"] for group in groups] == ["rg-starter"]


def test_a_hung_request_ends_with_its_caller(serve: Callable[..., Any]) -> None:
    served = serve("starter")
    served.fault(when={"path": "**/hung"}, then={"hang": True})
    _sent_and_gone(served, _put_group(served, "hung", b'{"location": "westeurope"}'))
    assert _logged(served, "hung", 1) == [0]

    async def handling() -> int:
        return sum("_handle_request" in str(task.get_coro()) for task in asyncio.all_tasks())

    deadline = time.monotonic() + 60
    while asyncio.run_coroutine_threadsafe(handling(), served.loop).result(30):
        assert time.monotonic() < deadline


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


def test_the_request_id_of_a_site_recovery_write_goes_out_twice(serve: Callable[..., Any]) -> None:
    served = serve("starter")
    parts = urlsplit(served.base_url)
    context = ssl.create_default_context(cafile=str(served.ca))
    connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, context=context, timeout=30)
    group = f"/subscriptions/{served.practice.subscription}/resourceGroups/rg-starter"
    vault = f"{group}/providers/Microsoft.RecoveryServices/vaults/vault-twice"
    policy = {"instanceType": "A2A", "multiVmSyncStatus": "Enable"}
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {served.token()}"}

    def put(path: str, body: Any) -> http.client.HTTPResponse:
        connection.request("PUT", f"{path}?api-version=2025-08-01", json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
        return answer

    assert put(vault, {"location": "northeurope", "sku": {"name": "Standard"}}).status == 201
    answer = put(f"{vault}/replicationPolicies/day", {"properties": {"providerSpecificInput": policy}})
    assert answer.status == 202
    first, second = answer.headers.get_all("x-ms-request-id") or []
    assert first == second
    assert "/replicationJobs/" in first
    connection.close()
