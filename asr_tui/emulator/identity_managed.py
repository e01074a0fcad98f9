"""The managed-identity endpoint in App Service style: ``IDENTITY_ENDPOINT`` plus ``IDENTITY_HEADER``."""

from __future__ import annotations

import hmac

from asr_tui.emulator.exchange import Incoming, Outgoing
from asr_tui.emulator.identity_directory import Directory
from asr_tui.emulator.identity_errors import SignInError
from asr_tui.emulator.store import Store
from asr_tui.emulator.tenancy import stable_guid
from asr_tui.emulator.tokens import CLOCK_SKEW_SECONDS, TokenMint


def identity_header(store: Store) -> str:
    """The secret that a caller sends in ``X-IDENTITY-HEADER``; ``GET /emulator/status`` shows it."""
    return stable_guid("identity-header", str(store.fact("seed")))


def answer(store: Store, mint: TokenMint, request: Incoming, base_url: str) -> Outgoing:
    """Answer ``GET /msi/token?api-version=2019-08-01&resource=...[&client_id=...]``."""
    if not hmac.compare_digest(request.headers.get("X-IDENTITY-HEADER", ""), identity_header(store)):
        return _refused(401, "The X-IDENTITY-HEADER of the request is missing or wrong.")
    if request.query.get("api-version") != "2019-08-01":
        return _refused(400, "The api-version is not supported; use 2019-08-01.")
    resource = request.query.get("resource", "")
    directory = Directory(store)
    account = directory.managed_identity(request.query.get("client_id"))
    if account is None:
        return _refused(400, "No User Assigned or Delegated Managed Identity found for specified ClientId.")
    try:
        grant = directory.grant({"resource": resource}, account.client_id, base_url)
        directory.check_admitted(account, grant)
    except SignInError as refused:
        return _refused(400, f"AADSTS{refused.number}: the managed identity was refused a token for '{resource}'.")
    token, _ = mint.access_token(account, grant)
    body = {
        "access_token": token,
        "expires_on": str(mint.read(token, leeway=CLOCK_SKEW_SECONDS)["exp"]),
        "resource": resource,
        "token_type": "Bearer",
        "client_id": account.client_id,
    }
    reply = Outgoing.json(200, body)
    reply.principal = account.name
    return reply


def _refused(status: int, message: str) -> Outgoing:
    return Outgoing.json(status, {"statusCode": status, "message": message})
