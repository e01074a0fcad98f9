"""A request and its answer, free of the HTTP library: what the gateway, Entra ID and the control plane handle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from asr_tui.emulator.store import encode


@dataclass(frozen=True, slots=True)
class Incoming:
    """One request.

    ``path`` is decoded and has no doubled slashes; names in ``query`` are lower-cased; ``headers`` match in any
    casing; ``remote`` is the caller's address.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    remote: str = "127.0.0.1"

    def form(self) -> dict[str, str]:
        """The body as an HTML form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: it is not JSON.
        """
        return json.loads(self.body)


@dataclass(slots=True)
class Outgoing:
    """One answer, with what the request log wants to know about it.

    ``doubled`` names headers that go out twice, since the service and the front door each add theirs.
    """

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    doubled: tuple[str, ...] = ()
    principal: str = ""
    action: str = ""
    unknown: list[str] = field(default_factory=list)

    @classmethod
    def json(cls, status: int, value: Any, headers: Mapping[str, str] | None = None) -> Outgoing:
        """An answer whose body is ``value`` as JSON."""
        return cls(status, encode(value), {"Content-Type": "application/json; charset=utf-8", **(headers or {})})

    @classmethod
    def html(cls, status: int, text: str) -> Outgoing:
        """An answer whose body is a page."""
        return cls(status, text.encode(), {"Content-Type": "text/html; charset=utf-8"})
