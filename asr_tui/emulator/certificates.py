"""The emulator's certificate authority: minted once, kept in the state file, so that a restart keeps it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence

import trustme

from asr_tui.emulator.store import Store

_FACT = "certificate_authority"


def authority(store: Store) -> trustme.CA:
    """The authority of this state file; minted on first use."""
    kept = store.fact(_FACT)
    if kept is not None:
        return trustme.CA.from_pem(kept["certificate"].encode(), kept["key"].encode())
    fresh = trustme.CA(organization_name="asr-tui emulator", organization_unit_name="practice only")
    pem = {"certificate": fresh.cert_pem.bytes().decode(), "key": fresh.private_key_pem.bytes().decode()}
    with store.transaction():
        store.put_fact(_FACT, pem)
    return fresh


def own_names() -> list[str]:
    """Names and addresses under which this machine may be reached from elsewhere."""
    name = socket.gethostname()
    try:
        found = socket.getaddrinfo(name, None)
    except OSError:
        return [name]
    return [name, *sorted({str(entry[4][0]).partition("%")[0] for entry in found})]


def server_context(ca: trustme.CA, hosts: Sequence[str]) -> ssl.SSLContext:
    """TLS settings of a server that answers for ``hosts`` (names and addresses)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    ca.issue_cert(*hosts).configure_cert(context)
    return context
