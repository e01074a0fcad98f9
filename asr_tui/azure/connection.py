"""Opens a cloud: transport, credential and clients put together in the order that they need."""

from __future__ import annotations

from collections.abc import Mapping

from asr_tui.azure import credentials
from asr_tui.azure.clients import Clients
from asr_tui.azure.cloud import Cloud
from asr_tui.azure.device_code import Kept, OnDeviceCode
from asr_tui.azure.observation import BeforeWrite, Observer
from asr_tui.azure.told_credential import OnToken, ToldCredential
from asr_tui.azure.transport import GuardedTransport
from asr_tui.model.problem import Problem, ProblemError


async def open_cloud(
    cloud: Cloud,
    way: str,
    *,
    environ: Mapping[str, str],
    on_device_code: OnDeviceCode,
    tenant: str = "",
    subscription_id: str = "",
    observe: Observer | None = None,
    before_write: BeforeWrite | None = None,
    read_only: bool = False,
    on_token: OnToken | None = None,
    kept: Kept | None = None,
) -> Clients:
    """Clients of ``cloud``, signed in by ``way`` (see :data:`asr_tui.azure.credentials.WAYS`). Close them when done.

    Nothing is sent yet: the first request, or :meth:`Clients.principal`, brings the token and with it any refusal.
    ``on_token`` is told of each request for a token, also of those mid-run (a renewal, a claims challenge).

    Raises:
        ProblemError: no such way, or what it needs is not there, or the roots of trust cannot be read.
    """
    try:
        transport = GuardedTransport(
            cloud,
            observe=observe,
            before_write=before_write,
            read_only=read_only,
            extra_hosts=credentials.hosts(way, environ),
        )
    except OSError as error:  # of which an error of TLS is one: the file is absent, or holds no certificate
        raise ProblemError(_no_roots(cloud, error)) from error
    try:
        credential = credentials.credential(
            cloud, way, tenant, environ=environ, transport=transport, on_device_code=on_device_code, kept=kept
        )
    except ProblemError:
        await transport.shut()
        raise
    if on_token is not None:
        credential = ToldCredential(credential, on_token)
    return Clients(cloud, credential, subscription_id, transport=transport, owner=True)


def _no_roots(cloud: Cloud, error: OSError) -> Problem:
    return Problem(
        what=f"The roots of trust in {cloud.ca_bundle} cannot be used, so nothing can be sent.",
        cause=f"{error.strerror or error}.",
        remedy="Name a PEM file with certificates in REQUESTS_CA_BUNDLE, SSL_CERT_FILE or the cloud's file, and start anew "
        "after `asr-tui stop`.",
        code="RootsUnusable",
    )
