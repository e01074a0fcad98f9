"""A credential that tells how each attempt to get a token went, so that a sign-in that ends mid-run shows at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
from azure.core.credentials_async import AsyncTokenCredential

from asr_tui.azure.problems import problem_from
from asr_tui.model.problem import Problem

OnToken = Callable[[Problem | None], None]
"""Told after each request for a token: None where there is one, else why there is none."""

Token = TypeVar("Token", AccessToken, AccessTokenInfo)


class ToldCredential:
    """``inner``, with ``told`` called (on the event loop) after each request for a token that it answers."""

    def __init__(self, inner: AsyncTokenCredential, told: OnToken) -> None:
        self._inner: Any = inner
        self._told = told

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """As ``inner`` does."""
        return await self._tell(self._inner.get_token(*scopes, **options))

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """As ``inner`` does."""
        return await self._tell(self._inner.get_token_info(*scopes, options=options))

    async def close(self) -> None:
        """As ``inner`` does."""
        await self._inner.close()

    async def __aenter__(self) -> ToldCredential:
        return self

    async def __aexit__(self, *exc_details: object) -> None:
        await self.close()

    async def _tell(self, asked: Awaitable[Token]) -> Token:
        try:
            token = await asked
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self._told(problem_from(error))
            raise
        self._told(None)
        return token
