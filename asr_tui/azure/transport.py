"""The one door to the network: every request of every client and credential goes through this transport.

What must hold for all of them is enforced here, where nothing can go around it: only the chosen cloud's hosts, no write in
read-only mode, the journal before each write, one record per request, and URLs sent as they are.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import urlsplit

import aiohttp
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import AioHttpTransport
from yarl import URL

from asr_tui import __version__
from asr_tui.azure.cloud import Cloud
from asr_tui.azure.network_problems import network_problem
from asr_tui.azure.observation import (
    AzureClock,
    BeforeWrite,
    Observer,
    RequestRecord,
    WriteNotice,
    budgets,
    retry_after_seconds,
)
from asr_tui.model.problem import Problem, ProblemError

USER_AGENT: Final = f"asr-tui/{__version__}"
CONNECT_SECONDS: Final = 20
CONNECTIONS: Final = 24

_READ_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# POST actions that only read; compared with the path's last segment in lower case.
_READ_ACTIONS: Final = frozenset(
    {
        "effectivenetworksecuritygroups",
        "effectiveroutetable",
        "checknameavailability",
        "checkpolicyrestrictions",
        "checkzonepeers",
        "validatemoveresources",
    }
)
# The requests of a sign-in. The practice cloud signs in at the host that ARM answers on, so the host alone does not tell.
_SIGN_IN: Final = re.compile(
    r"/[^/]+/oauth2/(v2\.0/)?(token|devicecode)|/([^/]+/)?(v2\.0/)?\.well-known/[^/]+|/[^/]+/discovery/[^/]+(/keys)?"
)
# What a URL may hold as it stands (RFC 3986); anything else has to be quoted before it is sent.
_READY_URL: Final = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")


REPLACED: Final = "SignInReplaced"
"""The code of what was under way while somebody signed in anew: it is asked for again with the new sign-in."""


def sign_in_replaced() -> Problem:
    """The problem of a request that belongs to a sign-in that is no more."""
    return Problem(
        what="Somebody signed in anew while this was asked for.",
        remedy="It is asked for again with the new sign-in.",
        retry=True,
        code=REPLACED,
    )


def is_write(method: str, path: str) -> bool:
    """Whether an ARM request changes something: any method but reads, save POST actions known only to read."""
    if method.upper() in _READ_METHODS:
        return False
    return not (method.upper() == "POST" and path.rstrip("/").rsplit("/", 1)[-1].lower() in _READ_ACTIONS)


class _ExactSession:
    """An aiohttp session that sends a ready-made URL as it stands.

    aiohttp re-quotes URLs (``%3a`` becomes ``:``), which breaks the signatures in poll URLs; the SDK hands over text, so the
    text is marked as encoded already, here. Ids with characters that need quoting still get it.
    """

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @property
    def auto_decompress(self) -> bool:
        return self._session.auto_decompress

    async def __aenter__(self) -> _ExactSession:
        return self

    async def request(self, method: str, url: str, **options: Any) -> aiohttp.ClientResponse:
        return await self._session.request(method, URL(url, encoded=bool(_READY_URL.fullmatch(url))), **options)


# The SDK loads this class lazily by name, which hides its type.
class GuardedTransport(AioHttpTransport):  # type: ignore[misc]
    """An aiohttp transport for one cloud, made inside a running event loop. Whoever makes it calls :meth:`shut` at the end.

    Raises (from ``send``):
        ProblemError: the host is not one of the cloud's, a write was asked for in read-only mode, or the network refuses in a
            way that trying again cannot change.
    """

    def __init__(
        self,
        cloud: Cloud,
        *,
        observe: Observer | None = None,
        before_write: BeforeWrite | None = None,
        read_only: bool = False,
        extra_hosts: frozenset[str] = frozenset(),
    ) -> None:
        # Without a bundle of its own a cloud is verified with the system's roots, in one context for all connections:
        # left to itself the SDK would load the bundle anew for each request.
        context = ssl.create_default_context(cafile=str(cloud.ca_bundle) if cloud.ca_bundle else None)
        self._network = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, ssl=context),
            trust_env=True,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        super().__init__(
            session=cast(aiohttp.ClientSession, _ExactSession(self._network)),
            session_owner=False,
            connection_timeout=CONNECT_SECONDS,
            read_timeout=cloud.answer_seconds,
        )
        self._arm_host = cloud.arm_host
        self._authority = cloud.authority_netloc
        self._hosts = frozenset({cloud.arm_host, self._authority}) | extra_hosts
        self._observe = observe
        self._before_write = before_write
        self.read_only = read_only
        self.clock = AzureClock()
        self.requests = 0
        self.writes = 0
        self.remaining: dict[str, int] = {}

    async def shut(self) -> None:
        """Close all connections. ``close`` does not: clients and credentials that share this transport call it when they end."""
        await self._network.close()

    async def send(self, request: Any, **options: Any) -> Any:
        """Send one request (each retry comes through here again)."""
        self._refuse_when_shut()
        parts = urlsplit(request.url)
        host = parts.netloc.lower()
        is_sign_in = host == self._authority and _SIGN_IN.fullmatch(parts.path) is not None
        is_arm = self._is_arm(host) and not is_sign_in
        self._refuse_foreign(host, is_arm)
        # Ours alone: left to themselves the clients add versions, the kernel's among them.
        request.headers["User-Agent"] = USER_AGENT
        writes = is_arm and is_write(request.method, parts.path)
        client_request_id = request.headers.get("x-ms-client-request-id", "")
        if writes:
            self._refuse_in_read_only(request.method, parts.path)
            await self._announce(WriteNotice(request.method, parts.path, client_request_id))
            self._refuse_when_shut()  # somebody may have signed in anew while the journal was written
        if is_arm:
            self.requests += 1
            self.writes += writes
        started = time.monotonic()
        record = {
            "method": request.method,
            "host": host,
            "path": parts.path,
            "client_request_id": client_request_id,
            "is_write": writes,
            "is_arm": is_arm,
        }
        try:
            response = await self._exchange(request, options)
        except AzureError as error:
            problem = network_problem(error)
            self._tell(record, None, {}, time.monotonic() - started, problem.code if problem else type(error).__name__)
            if problem is not None and not problem.retry:
                # An untrusted certificate or a proxy that wants a password stays so: spare the retries.
                raise ProblemError(problem) from error
            raise
        self._tell(record, response.status_code, response.headers, time.monotonic() - started)
        return response

    async def _exchange(self, request: Any, options: Mapping[str, Any]) -> Any:
        """Send it and take the answer. What is under way when the connections are closed tells so, and not how it broke: that
        depends on how far it was (aiohttp fails an assertion of its own where it was about to connect)."""
        try:
            return await super().send(request, **options)
        except Exception as error:
            if self._network.closed:
                raise ProblemError(sign_in_replaced()) from error
            raise

    def _refuse_when_shut(self) -> None:
        if self._network.closed:
            raise ProblemError(sign_in_replaced())

    def _is_arm(self, host: str) -> bool:
        return host == self._arm_host or host.endswith("." + self._arm_host)

    def _refuse_foreign(self, host: str, is_arm: bool) -> None:
        if not is_arm and host not in self._hosts:
            raise ProblemError(
                Problem(
                    what=f"A request to {host} was held back.",
                    cause="It is not one of the chosen cloud's hosts, and nothing else may be spoken to.",
                    remedy="If the cloud really answers there, name the host in the file that describes it.",
                    code="ForeignHost",
                )
            )

    async def _announce(self, notice: WriteNotice) -> None:
        """Tell of a write before it leaves. What cannot be journaled is not sent."""
        if self._before_write is None:
            return
        try:
            await self._before_write(notice)
        except OSError as error:
            raise ProblemError(
                Problem(
                    what="Nothing was sent: the journal cannot be written.",
                    cause=error.strerror or str(error),
                    remedy="Make room in the state directory, or check its permissions, and go on.",
                    retry=True,
                    code="JournalUnwritable",
                )
            ) from error

    def _refuse_in_read_only(self, method: str, path: str) -> None:
        if self.read_only:
            raise ProblemError(
                Problem(
                    what="Nothing was written: this session is read-only.",
                    cause=f"{method} of {path.rsplit('/', 1)[-1]} would change something in Azure.",
                    remedy="Start without --read-only, with an account that may write.",
                    code="ReadOnlySession",
                )
            )

    def _tell(
        self,
        record: dict[str, Any],
        status: int | None,
        headers: Mapping[str, str],
        seconds: float,
        error: str = "",
    ) -> None:
        remaining = budgets(headers)
        if record["is_arm"] and status is not None:
            self.clock.note(headers.get("Date"))
            self.remaining.update(remaining)
        if self._observe is not None:
            self._observe(
                RequestRecord(
                    **record,
                    status=status,
                    request_id=headers.get("x-ms-request-id", ""),
                    seconds=seconds,
                    error=error,
                    remaining=remaining,
                    retry_after=retry_after_seconds(headers),
                )
            )
