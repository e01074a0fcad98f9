"""The one door to the network, watched from the other side: a TLS server and a proxy that note what arrives."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import trustme
from azure.core.credentials import AccessToken
from azure.core.rest import HttpRequest
from practice_cloud import Connect, StartEmulator

from asr_tui import __version__
from asr_tui.azure.clients import Clients
from asr_tui.azure.cloud import Cloud
from asr_tui.azure.observation import RequestRecord, WriteNotice
from asr_tui.azure.problems import problem_from
from asr_tui.azure.transport import GuardedTransport, is_write
from asr_tui.model.problem import Problem, ProblemError


@dataclass
class FarEnd:
    """A TLS server that answers every request with an empty JSON object and notes its head."""

    cloud: Cloud
    heads: list[str] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
        )
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening(
    handler: Callable[..., Awaitable[None]], context: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    server = await asyncio.start_server(handler, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
async def far_end(tmp_path: Path) -> AsyncIterator[FarEnd]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    end = FarEnd(Cloud("test", "Test", "", "", "https://arm/", ca_bundle=bundle))
    async with listening(end.answer, context) as port:
        origin = f"https://127.0.0.1:{port}"
        end.cloud = replace(end.cloud, arm_endpoint=origin, authority_host=origin)
        yield end


class FixedToken:
    """A credential without a sign-in: what is tested here is what leaves, not who sent it."""

    async def get_token(self, *scopes: str, **options: object) -> AccessToken:
        return AccessToken("header.e30.signature", 4102444800)

    async def close(self) -> None:
        return None

    async def __aenter__(self) -> FixedToken:
        return self

    async def __aexit__(self, *exc_details: object) -> None:
        await self.close()


@asynccontextmanager
async def through(cloud: Cloud, **options: object) -> AsyncIterator[GuardedTransport]:
    transport = GuardedTransport(cloud, **options)  # type: ignore[arg-type]
    try:
        yield transport
    finally:
        await transport.shut()


async def refused(transport: GuardedTransport, request: HttpRequest) -> Problem:
    """The problem that a request meets, without any retry."""
    with pytest.raises(Exception) as caught:
        await transport.send(request)
    return problem_from(caught.value)


async def test_a_signed_url_arrives_as_it_was_given(far_end: FarEnd) -> None:
    query = "api-version=2025-08-01&t=2023-08-29T01%3a02%3A03&c=AbC%2bD%2F_-~!$'()*,;&s=" + "x" * 4000 + "&h=%e2%82%ac"
    async with through(far_end.cloud) as transport:
        await transport.send(HttpRequest("GET", f"{far_end.cloud.arm_endpoint}/Subscriptions/s?{query}"))
    assert far_end.heads[0].split(" ")[1] == f"/Subscriptions/s?{query}"


async def test_a_name_that_no_url_can_hold_is_quoted(far_end: FarEnd) -> None:
    async with through(far_end.cloud) as transport:
        clients = Clients(far_end.cloud, FixedToken(), "s", transport=transport, owner=False)
        await clients.get("/subscriptions/s/resourceGroups/[red] ü", version="2021-04-01")
        await clients.resources.resources.get_by_id("/subscriptions/s/resourceGroups/[red] ü", api_version="1")
    paths = [head.split(" ")[1].partition("?")[0] for head in far_end.heads]
    assert paths[0] == "/subscriptions/s/resourceGroups/%5Bred%5D%20%C3%BC"
    assert "%20%C3%BC" in paths[1]


async def test_the_user_agent_is_ours_alone(far_end: FarEnd) -> None:
    async with through(far_end.cloud) as transport:
        clients = Clients(far_end.cloud, FixedToken(), "s", transport=transport, owner=False)
        await clients.get("/subscriptions/s")
        await clients.site_recovery.replication_fabrics.get("rg", "v", "f")
    for head in far_end.heads:
        agents = [line for line in head.split("\r\n") if line.lower().startswith("user-agent:")]
        assert [agent.split(": ", 1)[1] for agent in agents] == [f"asr-tui/{__version__}"]


async def test_no_other_host_is_spoken_to(far_end: FarEnd) -> None:
    async with through(far_end.cloud) as transport:
        problem = await refused(transport, HttpRequest("GET", "https://elsewhere.example/subscriptions"))
        sub = await refused(transport, HttpRequest("GET", f"https://127.0.0.1.evil.example:{1}/x"))
    assert problem.code == sub.code == "ForeignHost" and "elsewhere.example" in problem.what
    assert far_end.heads == []


async def test_a_sign_in_that_is_replaced_while_the_journal_is_written_is_named(far_end: FarEnd) -> None:
    async with through(far_end.cloud) as transport:

        async def signed_in_anew(notice: WriteNotice) -> None:
            await transport.shut()

        transport._before_write = signed_in_anew
        problem = await refused(transport, HttpRequest("PUT", far_end.cloud.arm_endpoint + "/subscriptions/s"))
        again = await refused(transport, HttpRequest("GET", far_end.cloud.arm_endpoint + "/subscriptions/s"))
    assert problem.code == again.code == "SignInReplaced" and problem.retry
    assert far_end.heads == []


async def test_a_sign_in_that_is_replaced_at_any_moment_of_a_request_is_named(far_end: FarEnd) -> None:
    """Connections closed after so many turns of the event loop: whatever the request was at, it is named or answered."""
    answered = asyncio.Event()

    async def sent(transport: GuardedTransport) -> str:
        request = HttpRequest("GET", f"{far_end.cloud.arm_endpoint}/x?api-version=1")
        try:
            await transport.send(request)
        except ProblemError as error:
            return error.problem.code
        finally:
            answered.set()
        return "answered"

    codes: list[str] = []
    while "answered" not in codes:
        transport = GuardedTransport(far_end.cloud)
        answered.clear()
        sending = asyncio.create_task(sent(transport))
        for _ in range(len(codes) + 1):
            await asyncio.sleep(0)
        if len(codes) > 40:  # by then it waits for the other side, which takes no number of turns
            await answered.wait()
        await transport.shut()
        codes.append(await sending)
    assert set(codes) == {"SignInReplaced", "answered"}


async def test_a_certificate_of_somebody_else_is_not_trusted(far_end: FarEnd, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    records: list[RequestRecord] = []
    async with through(replace(far_end.cloud, ca_bundle=other), observe=records.append) as transport:
        problem = await refused(transport, HttpRequest("GET", far_end.cloud.arm_endpoint + "/x"))
    assert problem.code == "TlsUntrusted" and "REQUESTS_CA_BUNDLE" in problem.remedy and not problem.retry
    assert [(record.status, record.error) for record in records] == [(None, "TlsUntrusted")]


async def test_a_closed_port_and_an_unknown_name(far_end: FarEnd) -> None:
    async with listening(far_end.answer) as free:
        pass
    closed = replace(far_end.cloud, arm_endpoint=f"https://127.0.0.1:{free}")
    async with through(closed) as transport:
        problem = await refused(transport, HttpRequest("GET", closed.arm_endpoint + "/x"))
    assert problem.code == "ConnectionRefused" and problem.retry
    unknown = replace(far_end.cloud, arm_endpoint="https://no-such-host.invalid")
    async with through(unknown) as transport:
        problem = await refused(transport, HttpRequest("GET", unknown.arm_endpoint + "/x"))
    assert problem.code == "NameNotResolved" and "no-such-host.invalid" in problem.what


async def test_plain_http_on_the_other_side(far_end: FarEnd) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with listening(plain) as port:
        cloud = replace(far_end.cloud, arm_endpoint=f"https://127.0.0.1:{port}")
        async with through(cloud) as transport:
            problem = await refused(transport, HttpRequest("GET", cloud.arm_endpoint + "/x"))
    assert problem.code == "TlsFailed"


@pytest.mark.parametrize(
    ("status", "code"),
    [("407 Proxy Authentication Required", "ProxyAuthentication"), ("403 Forbidden", "ProxyRefused")],
)
async def test_a_proxy_that_says_no(status: str, code: str, far_end: FarEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[0])
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async with listening(proxy) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("NO_PROXY", "")
        cloud = replace(far_end.cloud, arm_endpoint="https://arm.example")
        async with through(cloud) as transport:
            problem = await refused(transport, HttpRequest("GET", "https://arm.example/x"))
    assert problem.code == code and not problem.retry
    assert asked == ["CONNECT arm.example:443 HTTP/1.1"]


async def test_no_proxy_is_honoured(far_end: FarEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with through(far_end.cloud) as transport:
        response = await transport.send(HttpRequest("GET", far_end.cloud.arm_endpoint + "/x"))
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "writes"),
    [
        ("GET", "/subscriptions/s", False),
        ("PUT", "/subscriptions/s", True),
        ("PATCH", "/x", True),
        ("DELETE", "/x", True),
        ("POST", "/x/testFailover", True),
        ("POST", "/x/runCommand", True),
        ("POST", "/x/listKeys", True),
        ("POST", "/nic/effectiveNetworkSecurityGroups", False),
        ("POST", "/s/providers/Microsoft.Storage/checkNameAvailability", False),
    ],
)
def test_what_counts_as_a_write(method: str, path: str, writes: bool) -> None:
    assert is_write(method, path) is writes


async def test_read_only_lets_no_write_out(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "starter")
    group = f"{emulator.subscription}/resourceGroups/rg-new"
    async with connect(emulator, read_only=True) as clients:
        await clients.get(emulator.subscription)
        for method in ("PUT", "PATCH", "DELETE", "POST"):
            with pytest.raises(ProblemError) as refusal:
                await clients.checked(method, group, body={"location": "westeurope"})
            assert refusal.value.problem.code == "ReadOnlySession"
        with pytest.raises(ProblemError):
            await clients.site_recovery.replication_fabrics.begin_create("rg", "v", "f", {"properties": {}})
        assert clients.writes == 0
    arm = [entry for entry in emulator.log() if entry["path"].lower().startswith("/subscriptions")]
    assert {entry["method"] for entry in arm} == {"GET"}


async def test_each_write_is_announced_before_it_leaves(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "starter")
    emulator.fault({"method": "PUT", "path": "**/resourceGroups/rg-new", "nth": 1}, {"status": 503})
    group = f"{emulator.subscription}/resourceGroups/rg-new"
    notices: list[WriteNotice] = []
    seen_before: list[int] = []
    records: list[RequestRecord] = []

    async def before_write(notice: WriteNotice) -> None:
        notices.append(notice)
        seen_before.append(sum(record.is_write for record in records))

    async with connect(emulator, before_write=before_write, observe=records.append) as clients:
        await clients.checked("PUT", group, body={"location": "westeurope"})
        assert clients.writes == 2
        assert clients.requests == 2
    assert [(notice.method, notice.path) for notice in notices] == [("PUT", group)] * 2
    assert seen_before == [0, 1]
    assert notices[0].client_request_id == records[-1].client_request_id != ""
    writes = [record for record in records if record.is_write]
    assert [record.status for record in writes] == [503, 201]
    assert all("?" not in record.path for record in records)
    assert any("subscription-writes" in (record.remaining or {}) for record in writes)
    assert {record.is_arm for record in records if "oauth2" in record.path} == {False}


async def test_what_cannot_be_journaled_is_not_sent(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "starter")

    async def before_write(notice: WriteNotice) -> None:
        raise OSError(28, "No space left on device")

    async with connect(emulator, before_write=before_write) as clients:
        with pytest.raises(ProblemError) as full:
            await clients.checked(
                "PUT", f"{emulator.subscription}/resourceGroups/rg-new", body={"location": "westeurope"}
            )
        assert clients.writes == 0
    assert full.value.problem.code == "JournalUnwritable" and full.value.problem.cause == "No space left on device"
    assert not [entry for entry in emulator.log() if entry["method"] == "PUT"]


async def test_a_throttled_read_waits_as_told_and_gets_through(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "starter", "--speed", "600")
    emulator.fault({"path": "**/locations", "times": 3}, {"throttle": 17})
    records: list[RequestRecord] = []
    async with connect(emulator, observe=records.append) as clients:
        assert (await clients.get(f"{emulator.subscription}/locations", version="2022-12-01"))["value"]
    asked = [(record.status, record.retry_after) for record in records if record.is_arm]
    assert [status for status, _ in asked] == [429, 429, 429, 200]
    assert asked[0][1] == pytest.approx(17 / 600, abs=0.002)


async def test_no_token_goes_to_another_host(start_emulator: StartEmulator, connect: Connect) -> None:
    """A poll address or next page that a broken answer points elsewhere is not followed."""
    emulator = start_emulator("--estate", "starter")
    async with connect(emulator) as clients:
        with pytest.raises(ProblemError) as foreign:
            await clients.fetch("https://elsewhere.example/subscriptions?page=2")
    assert foreign.value.problem.code == "ForeignHost"


async def test_a_cut_connection_is_retried_where_that_is_safe(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "starter")
    emulator.fault({"method": "GET", "path": "**/resourceGroups/*", "nth": 1}, {"reset": "before"})
    emulator.fault({"method": "POST", "path": "**/register"}, {"reset": "after"})
    async with connect(emulator) as clients:
        assert await clients.find(f"{emulator.subscription}/resourceGroups/rg-none") is None
        with pytest.raises(ProblemError) as cut:
            await clients.checked("POST", f"{emulator.subscription}/providers/Microsoft.Storage/register")
    assert cut.value.problem.retry and cut.value.problem.code == "Disconnected"


async def test_a_body_that_is_no_json_is_a_problem(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "starter")
    emulator.fault({"path": "**/locations"}, {"malformed_json": True})
    async with connect(emulator) as clients:
        with pytest.raises(ProblemError) as odd:
            await clients.get(f"{emulator.subscription}/locations", version="2022-12-01")
    assert odd.value.problem.code == "UnreadableAnswer" and odd.value.problem.retry
