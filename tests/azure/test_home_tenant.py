"""Whose tenant it is, read off the token: in every tenant but their own, people are guests."""

from __future__ import annotations

import jwt
import pytest
from azure.core.credentials import AccessToken

from asr_tui.azure.clients import Clients
from asr_tui.azure.cloud import named
from asr_tui.azure.transport import GuardedTransport

HERE, HOME = "aaaaaaaa-0000-4000-8000-00000000000a", "bbbbbbbb-0000-4000-8000-00000000000B"


class Token:
    def __init__(self, claims: dict[str, str]) -> None:
        self.text = jwt.encode(claims, "a key of somebody else, long enough for HS256", algorithm="HS256")

    async def get_token(self, *scopes: str, **options: object) -> AccessToken:
        return AccessToken(self.text, 2**31)

    async def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    ("claims", "home"),
    [
        ({"tid": HERE, "scp": "user_impersonation", "idtyp": "user"}, HERE),
        ({"tid": HERE, "scp": "user_impersonation", "idp": f"https://sts.windows.net/{HOME}/"}, HOME.lower()),
        ({"tid": HERE, "scp": "user_impersonation", "idp": f"https://sts.chinacloudapi.cn/{HOME}/"}, HOME.lower()),
        ({"tid": HERE, "scp": "user_impersonation", "idp": "live.com"}, HERE),
        ({"tid": HERE, "idtyp": "app", "idp": f"https://sts.windows.net/{HERE}/"}, ""),
        ({}, ""),
    ],
)
async def test_the_home_of_who_signed_in(claims: dict[str, str], home: str) -> None:
    cloud = named("public", {})
    clients = Clients(cloud, Token(claims), "s", transport=GuardedTransport(cloud), owner=True)  # type: ignore[arg-type]
    assert await clients.home_tenant() == home
    await clients.close()
