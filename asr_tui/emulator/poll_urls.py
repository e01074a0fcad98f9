"""Poll URLs of long-running operations, with the signed parameters the service has added since 2023.

The parameters make a URL 4 KB long and must come back unchanged; a client that trims, rewrites or re-encodes
them is refused, as it would be by the service.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from asr_tui.emulator.errors import ArmError

if TYPE_CHECKING:
    from asr_tui.emulator.call import Call

_YEAR_ONE = datetime(1, 1, 1, tzinfo=UTC)
_CERTIFICATE_BYTES = 2040  # 2,720 characters, the length seen on the wire
_SIGNATURE_BYTES = 256


def poll_url(call: Call, path: str, **query: str) -> str:
    """An absolute URL to poll ``path``, signed if the settings say so."""
    url = call.url(path, **query)
    if not call.settings.signed_poll_urls:
        return url
    ticks = str((call.now - _YEAR_ONE) // timedelta(microseconds=1) * 10)
    return f"{url}&t={ticks}&c={_certificate(call)}&s={_signature(call, path, ticks)}&h={_hash(call, path, ticks)}"


def check_poll_url(call: Call) -> None:
    """Refuse a poll URL whose signed parameters were altered.

    Raises:
        ArmError: 400; the code is our assumption, the refusal is documented.
    """
    if not call.settings.signed_poll_urls:
        return
    ticks = call.query.get("t", "")
    expected = (_certificate(call), _signature(call, call.path, ticks), _hash(call, call.path, ticks))
    if tuple(call.query.get(name, "") for name in ("c", "s", "h")) != expected:
        raise ArmError(
            400,
            "InvalidOperationUrl",
            "The signed parameters of the polling URL were altered; send the URL back exactly as received.",
        )


def _key(call: Call) -> bytes:
    return f"poll:{call.settings.seed}".encode()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _certificate(call: Call) -> str:
    return _text(hashlib.shake_256(b"certificate" + _key(call)).digest(_CERTIFICATE_BYTES))


def _signature(call: Call, path: str, ticks: str) -> str:
    message = f"{quote(path).lower()}|{ticks}|{call.api_version}".encode()
    return _text(hashlib.shake_256(_key(call) + message).digest(_SIGNATURE_BYTES))


def _hash(call: Call, path: str, ticks: str) -> str:
    message = f"{quote(path).lower()}|{ticks}|{call.api_version}".encode()
    return _text(hmac.new(_key(call), message, hashlib.sha256).digest())
