"""The HTTPS server: connects aiohttp to an ``Emulator``."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Collection, Mapping

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage
from multidict import CIMultiDict
from yarl import URL

from asr_tui.emulator.emulator import Delivery, Emulator
from asr_tui.emulator.errors import ArmError, RequestIds
from asr_tui.emulator.exchange import Incoming, Outgoing

_MAX_BODY_BYTES = 4 * 1024 * 1024
_GONE_CHECK_SECONDS = 0.2
_IDENTIFICATION = "asr-tui-emulator"


def listening_socket(host: str, port: int) -> socket.socket:
    """A bound socket; ``port`` 0 takes a free one.

    Raises:
        OSError: the port is in use, or the address is not of this machine.
    """
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


class EmulatorServer:
    """Serves an emulator on a bound socket until it is stopped.

    Args:
        emulator: what answers.
        bound: the socket.
        context: TLS settings.
        names: other names and addresses of this machine: who calls by one of them gets addresses with it.
    """

    def __init__(
        self, emulator: Emulator, bound: socket.socket, context: ssl.SSLContext, names: Collection[str] = ()
    ) -> None:
        self._emulator = emulator
        self._socket = bound
        self._context = context
        self._names = frozenset(name.lower() for name in names)
        self._runner: web.ServerRunner | None = None

    async def start(self) -> None:
        """Accept connections from now on."""
        server = web.Server(
            self._respond,
            request_factory=_request,
            handler_cancellation=False,  # what was asked takes effect and is logged, whether or not the caller waits
            access_log=None,
            max_line_size=65536,
            max_field_size=65536,
        )
        self._runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=0.25)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket, ssl_context=self._context, backlog=512).start()

    async def stop(self) -> None:
        """Close every connection and the socket."""
        if self._runner is not None:
            await self._runner.cleanup()
        self._socket.close()

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _response(self._emulator.refuse(_incoming(request, b""), _too_large()))
        except (ConnectionError, web.RequestPayloadError):
            self._emulator.refuse(_incoming(request, b""), Outgoing(0))
            return web.Response(status=400)  # for nobody: the connection is gone
        delivery = self._emulator.handle(_incoming(request, body))
        host = request.headers.get("Host", "")
        if host.rpartition(":")[0].strip("[]").lower() in self._names:
            _readdress(delivery.answer, self._emulator.settings.base_url, f"https://{host}")
        return await _deliver(request, delivery)


def _request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: web.RequestHandler,
    writer: AbstractStreamWriter,
    task: asyncio.Task[None],
) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=_MAX_BODY_BYTES)


def _incoming(request: web.BaseRequest, body: bytes) -> Incoming:
    url = request.rel_url
    query = {name.lower(): value for name, value in url.query.items()}
    return Incoming(request.method, _path(url), query, request.headers, body, request.remote or "")


def _path(url: URL) -> str:
    """The decoded path; SDKs put an id behind a slash, which doubles it."""
    return re.sub("/{2,}", "/", url.path) or "/"


async def _deliver(request: web.BaseRequest, delivery: Delivery) -> web.StreamResponse:
    if delivery.delay:
        await asyncio.sleep(delivery.delay)
    if delivery.transmission == "hang":
        await _until_gone(request)
    if delivery.transmission == "reset":
        _abort(request)
        return web.Response(status=500)
    if delivery.transmission == "cut":
        return await _cut(request, delivery.answer)
    return _response(delivery.answer)


def _readdress(answer: Outgoing, own: str, called: str) -> None:
    """Let the addresses in an answer (poll URLs, next pages, sign-in endpoints) begin as the caller's own did."""
    answer.body = answer.body.replace(own.encode(), called.encode())
    answer.headers = {name: value.replace(own, called) for name, value in answer.headers.items()}


def _response(answer: Outgoing) -> web.Response:
    headers = CIMultiDict({"Server": _IDENTIFICATION, **answer.headers})
    for name in answer.doubled:
        headers.add(name, headers[name])
    return web.Response(status=answer.status, body=answer.body, headers=headers)


async def _until_gone(request: web.BaseRequest) -> None:
    while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 - no event tells it
        await asyncio.sleep(_GONE_CHECK_SECONDS)


def _abort(request: web.BaseRequest) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _cut(request: web.BaseRequest, answer: Outgoing) -> web.StreamResponse:
    """Announce the whole body, send half of it, and cut the connection."""
    headers: Mapping[str, str] = {**answer.headers, "Content-Length": str(max(2, len(answer.body)))}
    response = web.StreamResponse(status=answer.status, headers=headers)
    await response.prepare(request)
    await response.write(answer.body[: len(answer.body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


def _too_large() -> Outgoing:
    error = ArmError(
        413,
        "RequestEntityTooLarge",
        f"The request content size exceeds the maximum size of '{_MAX_BODY_BYTES // 1024 // 1024} MB'.",
    )
    return Outgoing.json(error.status, error.body(RequestIds("", "", None, "")))
