"""Tokens of an az CLI session, by azure-identity's own credential, with az ended when nobody waits for it any more.

azure-identity starts az on the caller's event loop and, when it is cancelled or its time is over, leaves a program behind that
still runs. Here az runs on an event loop of its own, on a thread, which knows its children: however a request ends, az and
whatever it started have ended too, and every pipe is closed, before the request is over.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, TypeVar

from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
from azure.identity.aio import AzureCliCredential

from asr_tui.azure.transport import sign_in_replaced
from asr_tui.model.problem import ProblemError

AZ_SECONDS: Final = 30
"""az that says nothing for so long is given up. Its first start on a cold disk takes five to ten."""

_AT_ONCE: Final = 4

Token = TypeVar("Token", AccessToken, AccessTokenInfo)


class AzSession:
    """An async token credential over ``az account get-access-token``. ``tenant`` "" is the session's own."""

    def __init__(self, tenant: str) -> None:
        self._inner = AzureCliCredential(tenant_id=tenant, process_timeout=AZ_SECONDS)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="az")
        self._running: dict[_AzLoop, asyncio.Future[Any]] = {}
        self._closed = False

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token of the session.

        Raises:
            ClientAuthenticationError: az refused, or is not signed in, or said nothing in time.
            ProblemError: the sign-in was given up meanwhile (``SignInReplaced``).
        """
        return await self._ask(lambda: self._inner.get_token(*scopes, **options))

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """Like :meth:`get_token`, in the form that newer pipelines ask for."""
        return await self._ask(lambda: self._inner.get_token_info(*scopes, options=options))

    async def close(self) -> None:
        """End az wherever it still runs, and return once it has ended."""
        self._closed = True
        await self._end(*self._running)
        self._threads.shutdown(wait=False)

    async def __aenter__(self) -> AzSession:
        return self

    async def __aexit__(self, *exc_details: object) -> None:
        await self.close()

    async def _ask(self, ask: Callable[[], Coroutine[Any, Any, Token]]) -> Token:
        if self._closed:
            raise ProblemError(sign_in_replaced())
        own = _AzLoop()
        answer = asyncio.get_running_loop().run_in_executor(self._threads, own.answer, ask)
        self._running[own] = answer
        try:
            return await asyncio.shield(answer)
        except asyncio.CancelledError:
            await self._end(own)
            raise
        except Exception as error:
            if self._closed:
                raise ProblemError(sign_in_replaced()) from error
            raise
        finally:
            del self._running[own]

    async def _end(self, *loops: _AzLoop) -> None:
        answers = [self._running[own] for own in loops]
        for own in loops:
            own.end()
        if answers:
            await asyncio.wait(answers)
            for answer in answers:
                answer.exception()  # expected of what was ended, and nobody else asks for it


class _AzLoop(asyncio.SelectorEventLoop):
    """The event loop of one request. All but :meth:`end` belongs to its thread."""

    def __init__(self) -> None:
        super().__init__()
        self._children: list[tuple[asyncio.SubprocessTransport, asyncio.subprocess.Process]] = []
        self._given_up = False
        self._closing = threading.Lock()

    def end(self) -> None:
        """End az, and whatever of the request comes after it. From any thread."""
        with self._closing:
            if not self.is_closed():
                self.call_soon_threadsafe(self.give_up)

    def answer(self, ask: Callable[[], Coroutine[Any, Any, Token]]) -> Token:
        """Run the loop until ``ask`` is answered and no child of it is left, and close it."""
        asyncio.set_event_loop(self)
        try:
            return self.run_until_complete(self._answer(ask))
        finally:
            asyncio.set_event_loop(None)
            with self._closing:
                self.close()

    async def subprocess_exec(self, protocol_factory: Any, *arguments: Any, **options: Any) -> Any:
        """Start a program at the head of a process group, so that it can be ended with all that it starts."""
        transport, protocol = await super().subprocess_exec(
            protocol_factory, *arguments, **options, start_new_session=True
        )
        self._children.append((transport, asyncio.subprocess.Process(transport, protocol, self)))
        if self._given_up:
            self.give_up()
        return transport, protocol

    def give_up(self) -> None:
        """End what runs, and what is about to be started."""
        self._given_up = True
        for transport, _ in self._children:
            # One that ended by itself may have left something behind on purpose: that is az's affair.
            if transport.get_returncode() is None:
                with suppress(ProcessLookupError):  # it has ended just now, and this loop is about to be told
                    os.killpg(transport.get_pid(), signal.SIGKILL)

    async def _answer(self, ask: Callable[[], Coroutine[Any, Any, Token]]) -> Token:
        try:
            return await ask()
        finally:
            self.give_up()
            for transport, process in self._children:
                # Pipes first: a program that outlived az could hold them open, and the wait with them.
                for descriptor in (1, 2):
                    pipe = transport.get_pipe_transport(descriptor)
                    if pipe is not None:
                        pipe.close()
                await process.wait()
                transport.close()
