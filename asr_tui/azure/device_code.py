"""Sign-in by device code for the async clients.

azure-identity has device code only in its blocking form, so it runs on a thread of its own; the code it wants shown comes
back to the event loop. A code that runs out is replaced by a new one until somebody signs in or the sign-in is given up.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import AuthenticationRecord, AuthenticationRequiredError, DeviceCodeCredential

from asr_tui.azure import blocking, token_store
from asr_tui.azure.cloud import Cloud
from asr_tui.azure.network_problems import told_network_problem
from asr_tui.azure.refusal_cards import aadsts_code
from asr_tui.azure.transport import USER_AGENT, sign_in_replaced
from asr_tui.model.problem import Problem, ProblemError

# The az CLI's application: tenants that let anybody use Azure from a command line have consented to it.
AZ_CLI_CLIENT_ID = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
_CONNECT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What to show: enter ``code`` at ``url`` before ``expires`` (UTC)."""

    code: str
    url: str
    expires: datetime


OnDeviceCode = Callable[[DeviceCode], None]


@dataclass(frozen=True, slots=True)
class Kept:
    """That a sign-in is to be kept in the system's encrypted store.

    ``account`` is what ``on_account`` told at the last sign-in: names and ids of who signed in, no secret. "" at the first
    one. ``on_account`` is called on the event loop.
    """

    account: str
    on_account: Callable[[str], None]


_ASKED = ("claims", "tenant_id", "enable_cae")


# The SDK loads this class lazily by name, which hides its type.
class _AuthorityTransport(RequestsTransport):  # type: ignore[misc]
    """The blocking transport of the device code flow: speaks to the cloud's authority and to nobody else."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(
            connection_verify=str(cloud.ca_bundle) if cloud.ca_bundle else True, connection_timeout=_CONNECT_SECONDS
        )
        self._host = cloud.authority_netloc

    def send(self, request: Any, **options: Any) -> Any:
        if urlsplit(request.url).netloc.lower() != self._host:
            raise ProblemError(
                Problem(
                    what=f"A sign-in request to {urlsplit(request.url).netloc} was held back.",
                    cause="It is not the chosen cloud's authority.",
                    code="ForeignHost",
                )
            )
        request.headers["User-Agent"] = USER_AGENT
        try:
            return super().send(request, **options)
        except AzureError as error:
            problem = told_network_problem(str(error))
            if problem is not None and not problem.retry:
                # An untrusted certificate or a proxy that wants a password stays so: spare the retries.
                raise ProblemError(problem.model_copy(update={"detail": str(error)})) from error
            raise


class DeviceCodeSignIn:
    """An async token credential over the blocking device code flow (one sign-in at a time).

    Tokens are in memory; with ``kept`` they are in the system's encrypted store, too.
    """

    def __init__(self, cloud: Cloud, tenant: str, on_code: OnDeviceCode, kept: Kept | None = None) -> None:
        self._on_code = on_code
        self._kept = kept
        self._loop: asyncio.AbstractEventLoop | None = None
        self._given_up = threading.Event()
        self._waiting: asyncio.Future[AccessTokenInfo] | None = None
        self._turn = asyncio.Lock()
        record = _record(cloud, kept)
        # With a record the credential takes the authority from it, and its tenant where none is named.
        of_account: dict[str, Any] = (
            {"authentication_record": record, "tenant_id": tenant or record.tenant_id}
            if record is not None
            else {"authority": cloud.authority_host, "tenant_id": tenant or "organizations"}
        )
        self._blocking = DeviceCodeCredential(
            AZ_CLI_CLIENT_ID,
            **of_account,
            disable_automatic_authentication=True,
            cache_persistence_options=token_store.options() if kept is not None else None,
            disable_instance_discovery=not cloud.known_authority,
            prompt_callback=self._show,
            transport=_AuthorityTransport(cloud),
            user_agent=USER_AGENT,
        )

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token, after a sign-in where one is needed.

        Raises:
            ClientAuthenticationError: the sign-in was refused.
            ProblemError: it was given up (``SignInReplaced``).
        """
        told = await self.get_token_info(*scopes, options=cast(TokenRequestOptions, options))
        return AccessToken(told.token, told.expires_on)

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """Like :meth:`get_token`, in the form that newer pipelines ask for."""
        return await self._ask(lambda: self._token(scopes, options or {}))

    async def close(self) -> None:
        """Give up a sign-in under way: whoever waits for it is told at once; its thread ends when the code runs out."""
        self._given_up.set()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ProblemError(sign_in_replaced()))

    async def __aenter__(self) -> DeviceCodeSignIn:
        return self

    async def __aexit__(self, *exc_details: object) -> None:
        await self.close()

    def _token(self, scopes: tuple[str, ...], options: TokenRequestOptions) -> AccessTokenInfo:
        """On the thread: a token without a question where that is possible, else with one."""
        try:
            return self._blocking.get_token_info(*scopes, options=options)
        except AuthenticationRequiredError:
            asked: dict[str, Any] = {name: value for name, value in options.items() if name in _ASKED}
            record = self._blocking.authenticate(scopes=scopes, **asked)
        if self._kept is not None and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._kept.on_account, record.serialize())
        # The claims have been answered by now; asked for again they would send for yet another token.
        answered = cast(TokenRequestOptions, {name: value for name, value in options.items() if name != "claims"})
        return self._blocking.get_token_info(*scopes, options=answered)

    async def _ask(self, ask: Callable[[], AccessTokenInfo]) -> AccessTokenInfo:
        async with self._turn:
            self._loop = asyncio.get_running_loop()
            while True:
                if self._given_up.is_set():
                    raise ProblemError(sign_in_replaced())
                try:
                    self._waiting = blocking.begun(ask, "device-code")
                    return await self._waiting
                except ClientAuthenticationError as error:
                    if self._given_up.is_set() or not _ran_out(str(error.message)):
                        raise

    def _show(self, url: str, code: str, expires: datetime) -> None:
        """Called by azure-identity on the thread."""
        told = expires if expires.tzinfo else expires.replace(tzinfo=UTC)
        if self._loop is not None and not self._loop.is_closed() and not self._given_up.is_set():
            self._loop.call_soon_threadsafe(self._on_code, DeviceCode(code=code, url=url, expires=told))


def _record(cloud: Cloud, kept: Kept | None) -> AuthenticationRecord | None:
    """Who signed in the last time, where that was at this cloud's authority."""
    record = token_store.known(kept.account) if kept is not None else None
    return record if record is not None and record.authority.lower() == cloud.authority_netloc else None


def _ran_out(message: str) -> bool:
    """Whether a sign-in failed only because nobody entered the code in time."""
    return "Timed out waiting" in message or aadsts_code(message) in {"AADSTS70019", "AADSTS70020"}
