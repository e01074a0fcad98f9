"""The SDK's clients over one pipeline and one transport: Site Recovery and Compute typed, everything else generic."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote, urlencode

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline import AsyncPipeline
from azure.core.pipeline.policies import (
    AsyncRetryPolicy,
    RequestIdPolicy,
    UserAgentPolicy,
)
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.mgmt.compute.aio import ComputeManagementClient
from azure.mgmt.core import AsyncARMPipelineClient
from azure.mgmt.core.policies import AsyncARMChallengeAuthenticationPolicy
from azure.mgmt.recoveryservicessiterecovery.aio import SiteRecoveryManagementClient
from azure.mgmt.resource.resources.aio import ResourceManagementClient
from pydantic_core import from_json

from asr_tui.azure import versions
from asr_tui.azure.cloud import Cloud
from asr_tui.azure.observation import AzureClock
from asr_tui.azure.problems import explained, is_absent, problem_of_response
from asr_tui.azure.transport import USER_AGENT, GuardedTransport
from asr_tui.model.problem import Problem, ProblemError

Read = TypeVar("Read")

_READ_TRIES: Final = 3
_RETRIES: Final = 6
# An answer that does not come at all costs a minute each time.
_READ_RETRIES: Final = 2
_BACKOFF_SECONDS: Final = 0.8
_LONGEST_BACKOFF_SECONDS: Final = 30

_STS_TENANT: Final = re.compile(r"https://sts\.[a-z.]+/([0-9a-fA-F-]{36})/?$")


class Clients:
    """Everything that speaks to one cloud as one principal, about one subscription.

    Made by :func:`asr_tui.azure.connection.open_cloud`; an async context manager. :meth:`for_subscription` gives clients of
    another subscription over the same connections; only the ``owner`` closes them.
    """

    def __init__(
        self,
        cloud: Cloud,
        credential: AsyncTokenCredential,
        subscription_id: str = "",
        *,
        transport: GuardedTransport,
        owner: bool,
    ) -> None:
        self.cloud = cloud
        self.subscription_id = subscription_id
        self.transport = transport
        self._credential = credential
        self._owner = owner
        pipeline = self._pipeline()
        self._arm: AsyncARMPipelineClient[HttpRequest, AsyncHttpResponse] = AsyncARMPipelineClient(
            cloud.arm_endpoint, policies=[], pipeline=pipeline
        )
        options: dict[str, Any] = {
            "credential": credential,
            "subscription_id": subscription_id,
            "base_url": cloud.arm_endpoint,
            "credential_scopes": list(cloud.scopes),
            # With a pipeline of ours the clients build none of their own. Theirs would register resource providers by
            # itself on a 409, a write that nobody has reviewed.
            "policies": [],
            "pipeline": pipeline,
        }
        self.site_recovery = SiteRecoveryManagementClient(**options)
        self.compute = ComputeManagementClient(**options)
        self.resources = ResourceManagementClient(**options)

    def _pipeline(self) -> AsyncPipeline[HttpRequest, AsyncHttpResponse]:
        policies: list[Any] = [
            RequestIdPolicy(),
            UserAgentPolicy(base_user_agent=USER_AGENT, user_agent_overwrite=True, user_agent_use_env=False),
            AsyncRetryPolicy(
                retry_total=_RETRIES,
                retry_status=_RETRIES,
                retry_read=_READ_RETRIES,
                retry_backoff_factor=_BACKOFF_SECONDS,
                retry_backoff_max=_LONGEST_BACKOFF_SECONDS,
            ),
            # Below the retries, so that each attempt carries a token that is still good.
            AsyncARMChallengeAuthenticationPolicy(self._credential, *self.cloud.scopes, enable_cae=True),
        ]
        return AsyncPipeline(self.transport, policies)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections and the credential, if they are this object's own."""
        if self._owner:
            await self._credential.close()
            await self.transport.shut()

    def for_subscription(self, subscription_id: str) -> Clients:
        """Clients for another subscription, over the same connections and sign-in."""
        return Clients(self.cloud, self._credential, subscription_id, transport=self.transport, owner=False)

    @property
    def azure_clock(self) -> AzureClock:
        """The service's own time, and how fast it runs."""
        return self.transport.clock

    @property
    def requests(self) -> int:
        """ARM requests sent so far, retries included."""
        return self.transport.requests

    @property
    def writes(self) -> int:
        """ARM write requests sent so far, retries included."""
        return self.transport.writes

    @property
    def remaining(self) -> Mapping[str, int]:
        """The last told budgets: ``subscription-reads`` -> 249, ``subscription-writes`` -> 199 ..."""
        return self.transport.remaining

    @property
    def subscription(self) -> str:
        """The id of the subscription, ``/subscriptions/...``."""
        return f"/subscriptions/{self.subscription_id}"

    async def send(self, method: str, url: str, *, body: Any = None) -> AsyncHttpResponse:
        """One request through the whole pipeline. ``url`` is a path with its query, or a poll URL to be sent as it is.

        Raises:
            ProblemError: no answer came (network, TLS, proxy, sign-in).
        """
        full = url if url.startswith("https://") else self.cloud.arm_endpoint + url
        request = HttpRequest(method, full, json=body) if body is not None else HttpRequest(method, full)
        async with explained():
            # Not through the generated clients' send_request: it takes a URL for a template with {braces}.
            return await self._arm.send_request(request)

    async def get(self, path: str, *, version: str | None = None, **query: str) -> dict[str, Any]:
        """The JSON object at ``path``.

        ``version`` defaults to the pinned one of the path's type. Query names that start with ``$`` are passed as keyword by
        unpacking: ``get(path, **{"$expand": "instanceView"})``.

        Raises:
            ProblemError: no answer, an error answer, or a body that is not a JSON object.
        """
        return await self.fetch(address(path, version or versions.of_id(path), query))

    async def fetch(self, url: str) -> dict[str, Any]:
        """The JSON object at a URL that already has its query."""
        return await self._read(url, decoded)

    async def _read(self, url: str, read: Callable[[AsyncHttpResponse], Read]) -> Read:
        """What ``read`` makes of the answer. One that cannot be read is asked for again: the SDK's retries look at the status
        only."""
        for tries_left in range(_READ_TRIES - 1, -1, -1):
            response = await self.send("GET", url)
            if response.status_code >= 400:
                raise ProblemError(problem_of_response(response))
            try:
                return read(response)
            except ProblemError:
                if tries_left == 0:
                    raise
                await asyncio.sleep(_BACKOFF_SECONDS)
        raise AssertionError("the last try either returned or raised")

    async def checked(
        self, method: str, path: str, *, body: Any = None, version: str | None = None
    ) -> AsyncHttpResponse:
        """One request for an action or a deletion (``{id}/register``); ``version`` defaults to that of the path.

        Raises:
            ProblemError: no answer, or an error answer.
        """
        response = await self.send(method, address(path, version or versions.of_id(path), {}), body=body)
        if response.status_code >= 400:
            raise ProblemError(problem_of_response(response))
        return response

    async def find(self, path: str, *, version: str | None = None) -> dict[str, Any] | None:
        """Like :meth:`get`, with None for what does not exist (404, and a vault that was never used for Site Recovery)."""
        try:
            return await self.get(path, version=version)
        except ProblemError as error:
            if is_absent(error.problem):
                return None
            raise

    async def pages(self, path: str, *, version: str, **query: str) -> AsyncIterator[list[dict[str, Any]]]:
        """The pages of a list, one at a time, as plain JSON objects; ``nextLink`` is followed as it stands.

        Plain JSON on purpose: the typed models hold each value twice and cost about ten times the memory of the frozen
        values that the reader keeps, which matters for 10,000 VMs.
        """
        url: str | None = address(path, version, query)
        while url:
            page = await self.fetch(url)
            entries = page.get("value")
            if not isinstance(entries, list):
                raise ProblemError(not_a_list(path))
            url = page.get("nextLink") or None
            handed = [[entry for entry in entries if isinstance(entry, dict)]]
            del page, entries  # else this page stays in memory until the next one was read and decoded
            yield handed.pop()

    async def read_pages(
        self, path: str, *, version: str, read: Callable[[AsyncHttpResponse], tuple[Read, str | None]]
    ) -> AsyncIterator[Read]:
        """What ``read`` makes of each page of a list; it also tells the address of the next page, None after the last."""
        url: str | None = address(path, version, {})
        while url:
            page, url = await self._read(url, read)
            yield page

    async def principal(self) -> str:
        """Who is signed in, as the token tells: user name, else application id, else object id.

        The token is only read for display; whether it is good is for Azure to say.
        """
        claims = await self._token_claims()
        for name in ("upn", "unique_name", "preferred_username", "app_displayname", "appid", "azp", "oid"):
            if isinstance(claims.get(name), str):
                return str(claims[name])
        return ""

    async def home_tenant(self) -> str:
        """The id (lower case) of the tenant that a signed-in person belongs to, as the token tells; "" for applications.

        In every other tenant the person is a guest. A token for one of those names who vouches for the person.
        """
        claims = await self._token_claims()
        if claims.get("idtyp") == "app" or not claims.get("scp"):
            return ""
        issuer = _STS_TENANT.match(str(claims.get("idp", "")))
        return (issuer.group(1) if issuer else str(claims.get("tid", ""))).lower()

    async def _token_claims(self) -> dict[str, Any]:
        async with explained():
            token = await self._credential.get_token(*self.cloud.scopes, enable_cae=True)
        return _claims(token.token)


def address(path: str, version: str, query: Mapping[str, str]) -> str:
    """A path with its query. Characters of names that a URL cannot hold are quoted, once."""
    return f"{quote(path, safe='/')}?{urlencode({'api-version': version, **query}, quote_via=quote, safe='$')}"


def decoded(response: AsyncHttpResponse) -> dict[str, Any]:
    """The answer's JSON object.

    Raises:
        ProblemError: the body is no JSON object (a proxy's page, a broken answer).
    """
    try:
        body = _parsed(response)
    except (ValueError, UnicodeDecodeError) as error:
        raise ProblemError(_not_json(response)) from error
    if not isinstance(body, dict):
        raise ProblemError(_not_json(response))
    return body


def _parsed(response: AsyncHttpResponse) -> Any:
    """The quick parser takes half the time; what it refuses and JSON allows (half a surrogate pair) is left to the other."""
    try:
        return from_json(response.content)
    except ValueError:
        return response.json()


def _not_json(response: AsyncHttpResponse) -> Problem:
    return Problem(
        what="Azure's answer could not be read: it is not a JSON object.",
        cause="A proxy or gateway between here and Azure may have put a page of its own in its place.",
        remedy="Try again; if it stays so, `asr-tui doctor` shows what stands in between.",
        retry=True,
        code="UnreadableAnswer",
        status=response.status_code,
        request_id=response.headers.get("x-ms-request-id", ""),
        detail=response.headers.get("Content-Type", ""),
    )


def not_a_list(path: str) -> Problem:
    return Problem(
        what=f"Azure's list {path.rsplit('/', 1)[-1]} could not be read: it has no entries member.",
        remedy="Try again.",
        retry=True,
        code="UnreadableAnswer",
    )


def _claims(token: str) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}
