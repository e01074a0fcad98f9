"""Access, id and refresh tokens: signed, so that the emulator can check them after a restart too.

Token times are real time, because clients compare them with their own clock.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from asr_tui.emulator.store import Store, encode
from asr_tui.emulator.tenancy import Account

_KEY_FACT = "token_key"
_GENERATIONS_FACT = "token_generations"
_CACHE_LIMIT = 2048
CLOCK_SKEW_SECONDS = 300
"""So long after its end a token is still taken by Resource Manager, since clocks differ (assumed: it is what Microsoft's library
for checking tokens allows unless told otherwise). Entra ID itself takes no refresh token a second too late."""


class TokenError(Exception):
    """A token that is not accepted; ``reason`` is ``expired`` or ``invalid``."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token is issued for.

    Attributes:
        audience: the resource, e.g. ``https://management.azure.com``.
        client_id: the application that asked.
        capabilities: client capabilities; ``cp1`` means it understands claims challenges.
        scopes: delegated scopes, for users.
    """

    audience: str
    client_id: str
    capabilities: tuple[str, ...] = ()
    scopes: str = ""


class TokenMint:
    """Issues and checks tokens with the key kept in the state file."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._key = _signing_key(store)
        public = self._key.public_key()
        der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        digest = hashes.Hash(hashes.SHA256())
        digest.update(der)
        self._kid = base64.urlsafe_b64encode(digest.finalize()[:20]).rstrip(b"=").decode()
        self._public = public
        self._checked: dict[str, dict[str, Any]] = {}

    def keys(self) -> dict[str, Any]:
        """The JSON Web Key Set that verifies the tokens."""
        numbers = self._public.public_numbers()
        key = {
            "kty": "RSA",
            "use": "sig",
            "kid": self._kid,
            "x5t": self._kid,
            "n": _base64_number(numbers.n),
            "e": _base64_number(numbers.e),
            "alg": "RS256",
        }
        return {"keys": [key]}

    def access_token(self, account: Account, grant: Grant) -> tuple[str, int]:
        """A token for ``account`` and its life in seconds."""
        life = account.token_seconds
        now = int(time.time())
        claims: dict[str, Any] = {
            "aud": grant.audience,
            "iss": f"https://sts.windows.net/{account.tenant}/",
            "iat": now,
            "nbf": now,
            "exp": now + life,
            "appid": grant.client_id,
            "idtyp": "user" if account.kind == "user" else "app",
            "oid": account.object_id,
            "sub": account.object_id,
            "tid": account.tenant,
            "name": account.name,
            "uti": secrets.token_urlsafe(16),
            "ver": "1.0",
            "xms_gen": self.generation(account.object_id),
        }
        if account.kind == "user":
            claims |= {"upn": account.name, "unique_name": account.name, "scp": grant.scopes}
        if grant.capabilities:
            claims["xms_cc"] = list(grant.capabilities)
        return self._sign(claims), life

    def id_token(self, account: Account, grant: Grant, issuer: str) -> str:
        """The OpenID Connect token that tells a client who signed in."""
        now = int(time.time())
        claims = {
            "aud": grant.client_id,
            "iss": issuer,
            "iat": now,
            "nbf": now,
            "exp": now + account.token_seconds,
            "oid": account.object_id,
            "sub": account.object_id,
            "tid": account.tenant,
            "name": account.name,
            "preferred_username": account.name,
            "ver": "2.0",
        }
        return self._sign(claims)

    def refresh_token(self, account: Account, grant: Grant, seconds: int = 24 * 3600) -> str:
        """A token that can be exchanged for a new access token for ``seconds`` of real time."""
        now = int(time.time())
        return self._sign(
            {
                "typ": "refresh",
                "oid": account.object_id,
                "tid": account.tenant,
                "client": grant.client_id,
                "gen": self.generation(account.object_id),
                "iat": now,
                "exp": now + seconds,
                "jti": secrets.token_urlsafe(8),
            }
        )

    def read(self, token: str, leeway: float = 0) -> dict[str, Any]:
        """The claims of a token of ours whose time has not run out, or not for longer than ``leeway`` (seconds).

        Raises:
            TokenError: expired, malformed, or signed by somebody else.
        """
        known = self._checked.get(token)
        if known is not None and known["exp"] + leeway > time.time():
            return known
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._public,
                algorithms=["RS256"],
                options={"verify_aud": False, "require": ["exp"]},
                leeway=leeway,
            )
        except jwt.ExpiredSignatureError as error:
            raise TokenError("expired", str(error)) from error
        except jwt.PyJWTError as error:
            raise TokenError("invalid", str(error)) from error
        if len(self._checked) >= _CACHE_LIMIT:
            self._checked.clear()
        self._checked[token] = claims
        return claims

    def generation(self, object_id: str) -> int:
        """How often the tokens of a principal have been revoked; a token holds the number it was born with."""
        generations: Mapping[str, int] = self._store.fact(_GENERATIONS_FACT) or {}
        return generations.get(object_id, 0)

    def revoke(self, object_id: str) -> None:
        """Make every token issued to a principal so far worthless. Inside a transaction only."""
        generations = self._store.fact(_GENERATIONS_FACT) or {}
        generations[object_id] = generations.get(object_id, 0) + 1
        self._store.put_fact(_GENERATIONS_FACT, generations)

    def _sign(self, claims: Mapping[str, Any]) -> str:
        headers = {"kid": self._kid, "x5t": self._kid}
        return jwt.encode(dict(claims), self._key, algorithm="RS256", headers=headers)


def client_info(account: Account) -> str:
    """The ``client_info`` member from which MSAL makes an account's home id."""
    text = encode({"uid": account.object_id, "utid": account.tenant})
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _signing_key(store: Store) -> rsa.RSAPrivateKey:
    kept = store.fact(_KEY_FACT)
    if kept is not None:
        loaded = serialization.load_pem_private_key(kept.encode(), password=None)
        if not isinstance(loaded, rsa.RSAPrivateKey):
            raise TypeError("The token key in the state file is not an RSA key")
        return loaded
    fresh = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = fresh.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with store.transaction():
        store.put_fact(_KEY_FACT, pem.decode())
    return fresh


def _base64_number(number: int) -> str:
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
