"""Client assertions: a JWT signed with a registered certificate, or issued by a trusted identity provider."""

from __future__ import annotations

import base64
import binascii
import time
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from asr_tui.emulator.identity_errors import SignInError
from asr_tui.emulator.tenancy import Account

_LEEWAY_SECONDS = 300


def check(assertion: str, account: Account, base_url: str) -> None:
    """Accept or refuse a client assertion.

    A certificate's assertion names the application as issuer; its signature is checked when the certificate is
    in the assertion (``x5c``) or in the estate. A federated assertion names another issuer; its signature
    cannot be checked here, since that issuer is not part of this cloud.

    Raises:
        SignInError: AADSTS700027, 700024 or 70021.
    """
    try:
        header = jwt.get_unverified_header(assertion)
        claims: dict[str, Any] = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise SignInError("700027", reason="The assertion is malformed", thumbprint="") from error
    _check_times(claims)
    if str(claims.get("iss", "")).lower() == account.client_id.lower():
        _check_certificate(assertion, header, claims, account, base_url)
    else:
        _check_federated(claims, account)


def _check_times(claims: dict[str, Any]) -> None:
    now = time.time()
    expires, starts = claims.get("exp"), claims.get("nbf", claims.get("iat", 0))
    if (
        not isinstance(expires, int | float)
        or not isinstance(starts, int | float)
        or not starts - _LEEWAY_SECONDS <= now < expires + _LEEWAY_SECONDS
    ):
        raise SignInError("700024", now=_shown(now), issued=_shown(starts), expires=_shown(expires))


def _shown(moment: object) -> str:
    try:
        return datetime.fromtimestamp(float(str(moment)), UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return str(moment)


def _check_certificate(
    assertion: str, header: dict[str, Any], claims: dict[str, Any], account: Account, base_url: str
) -> None:
    thumbprint = _thumbprint(header)
    if not str(claims.get("aud", "")).startswith(base_url) or claims.get("sub") != claims.get("iss"):
        raise SignInError("700027", reason="The assertion's audience or subject is wrong", thumbprint=thumbprint)
    sent = _sent_certificate(header)
    registered = [entry for entry in account.certificates if "BEGIN CERTIFICATE" in entry]
    known = [x509.load_pem_x509_certificate(entry.encode()) for entry in registered]
    prints = {entry.lower().replace(":", "") for entry in account.certificates} | {
        certificate.fingerprint(algorithm).hex()
        for certificate in known
        for algorithm in (hashes.SHA1(), hashes.SHA256())  # noqa: S303 - Entra ID's x5t is a SHA-1
    }
    if "*" not in prints and thumbprint not in prints:
        raise SignInError("700027", reason="The key was not found", thumbprint=thumbprint.upper())
    candidates = [sent] if sent is not None else known
    if candidates and not any(_signed_by(assertion, certificate) for certificate in candidates):
        raise SignInError("700027", reason="The key was found, but use of the key failed", thumbprint=thumbprint)


def _thumbprint(header: dict[str, Any]) -> str:
    """The thumbprint in lower-case hex, from ``x5t#S256`` or ``x5t``."""
    text = str(header.get("x5t#S256") or header.get("x5t") or "")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).hex()
    except (binascii.Error, ValueError):
        return ""


def _sent_certificate(header: dict[str, Any]) -> x509.Certificate | None:
    chain = header.get("x5c")
    first = chain[0] if isinstance(chain, list) and chain else chain
    if not isinstance(first, str):
        return None
    try:
        return x509.load_der_x509_certificate(base64.b64decode(first))
    except ValueError as error:
        raise SignInError("700027", reason="The certificate is malformed", thumbprint="") from error


def _signed_by(assertion: str, certificate: x509.Certificate) -> bool:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        jwt.decode(assertion, key, algorithms=["RS256", "PS256"], options={"verify_aud": False}, leeway=_LEEWAY_SECONDS)
    except jwt.PyJWTError:
        return False
    return True


def _check_federated(claims: dict[str, Any], account: Account) -> None:
    issuer, subject = str(claims.get("iss", "")), str(claims.get("sub", ""))
    audiences = claims.get("aud", "")
    offered = audiences if isinstance(audiences, list) else [audiences]
    for trusted in account.federated:
        if (
            trusted["issuer"] in ("*", issuer)
            and trusted["subject"] in ("*", subject)
            and (trusted.get("audience", "api://AzureADTokenExchange") in ("*", *offered))
        ):
            return
    raise SignInError("70021", issuer=issuer, subject=subject, audience=", ".join(map(str, offered)))
