"""Who calls: reads the bearer token of an ARM request, and challenges whoever has none that counts."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime
from typing import Any

from asr_tui.emulator.call import Principal
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.exchange import Incoming
from asr_tui.emulator.identity_directory import MANAGEMENT_AUDIENCES
from asr_tui.emulator.store import Store
from asr_tui.emulator.tenancy import practice
from asr_tui.emulator.tokens import CLOCK_SKEW_SECONDS, TokenError, TokenMint


class Authenticator:
    """Checks access tokens against the key, the tenant of the subscription, and revocations."""

    def __init__(self, store: Store, mint: TokenMint, base_url: str) -> None:
        self._store = store
        self._mint = mint
        self._base_url = base_url
        self._audiences = frozenset((*MANAGEMENT_AUDIENCES, base_url.lower()))

    def principal(self, incoming: Incoming, now: datetime) -> Principal:
        """The caller.

        Raises:
            ArmError: 401 with ARM's challenge header.
        """
        tenant = self._tenant_of(incoming.path, now)
        scheme, _, token = incoming.headers.get("Authorization", "").partition(" ")
        if not scheme:
            raise self._challenge(
                tenant,
                "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is missing.",
                "The authentication failed because of missing 'Authorization' header.",
            )
        if scheme.lower() != "bearer" or not token.strip():
            raise self._challenge(
                tenant,
                "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is provided in an invalid format.",
                "The authentication scheme is not supported.",
            )
        claims = self._claims(token.strip(), tenant)
        self._check_audience(claims, tenant)
        self._check_tenant(claims, incoming.path, tenant)
        self._check_revocation(claims)
        return Principal(claims["tid"], claims["oid"], claims["appid"], claims["name"])

    def _claims(self, token: str, tenant: str) -> dict[str, Any]:
        try:
            claims = self._mint.read(token, leeway=CLOCK_SKEW_SECONDS)
        except TokenError as error:
            if error.reason == "expired":
                moment = datetime.now(UTC).strftime("%m/%d/%Y %I:%M:%S %p")
                text = f"The access token expiry UTC time is earlier than current UTC time '{moment}'."
                raise self._challenge(
                    tenant, "ExpiredAuthenticationToken", text, "The access token expired."
                ) from error
            raise self._challenge(
                tenant, "InvalidAuthenticationToken", "The access token is invalid.", "The access token is invalid."
            ) from error
        if "oid" not in claims or "appid" not in claims:
            text = "The access token is invalid."
            raise self._challenge(tenant, "InvalidAuthenticationToken", text, text)
        return claims

    def _check_audience(self, claims: dict[str, Any], tenant: str) -> None:
        audience = str(claims.get("aud", ""))
        if audience.rstrip("/").lower() not in self._audiences:
            text = (
                f"The access token has been obtained for wrong audience or resource '{audience}'. It should "
                "exactly match with one of the allowed audiences 'https://management.core.windows.net/',"
                "'https://management.azure.com/'."
            )
            raise self._challenge(tenant, "InvalidAuthenticationTokenAudience", text, text)

    def _check_tenant(self, claims: dict[str, Any], path: str, tenant: str) -> None:
        if path.lower().startswith("/subscriptions/") and claims["tid"].lower() != tenant.lower():
            text = (
                f"The access token is from the wrong issuer 'https://sts.windows.net/{claims['tid']}/'. It must "
                f"match the tenant 'https://sts.windows.net/{tenant}/' associated with this subscription. Please "
                f"use the authority (URL) '{self._base_url}/{tenant}' to get the token."
            )
            raise self._challenge(tenant, "InvalidAuthenticationTokenTenant", text, text)

    def _check_revocation(self, claims: dict[str, Any]) -> None:
        if claims.get("xms_gen", 0) == self._mint.generation(claims["oid"]):
            return
        wanted = f'{{"access_token":{{"nbf":{{"essential":true,"value":"{int(time.time())}"}}}}}}'
        encoded = base64.b64encode(wanted.encode()).decode()
        header = (
            f'Bearer realm="", authorization_uri="{self._base_url}/common/oauth2/authorize", '
            f'error="insufficient_claims", claims="{encoded}"'
        )
        raise ArmError(
            401,
            "InvalidAuthenticationToken",
            "The access token has been revoked: continuous access evaluation needs a fresh one.",
            headers={"WWW-Authenticate": header, "x-ms-failure-cause": "gateway"},
        )

    def _tenant_of(self, path: str, now: datetime) -> str:
        parts = path.split("/", 3)
        if len(parts) > 2 and parts[1].lower() == "subscriptions":
            found = self._store.get(f"/subscriptions/{parts[2]}", now)
            if found is not None:
                return str(found.shared["tenantId"])
        return practice(self._store).tenant

    def _challenge(self, tenant: str, code: str, message: str, description: str) -> ArmError:
        header = (
            f'Bearer authorization_uri="{self._base_url}/{tenant}", error="invalid_token", '
            f'error_description="{description}"'
        )
        return ArmError(401, code, message, headers={"WWW-Authenticate": header, "x-ms-failure-cause": "gateway"})
