"""What an operation is given (``Call``) and what it gives back (``Reply``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from asr_tui.emulator import errors
from asr_tui.emulator.clock import TimeSource
from asr_tui.emulator.store import Resource, Store, encode


@dataclass(frozen=True, slots=True)
class JobFault:
    """How the operation that a request starts is made to fail.

    ``task`` is the name or friendly name of the task that fails, None for the first; ``code`` a number as text.
    """

    task: str | None
    code: str
    message: str
    possible_causes: str
    recommended_action: str


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls. ``object_id`` is what role assignments name; ``name`` is for messages and the log."""

    tenant: str
    object_id: str
    client_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for the whole emulator while it runs.

    Attributes:
        base_url: ``https://127.0.0.1:port``, no slash at the end.
        speed: seconds of Azure per second of the wall clock, above 0.
        seed: seed of everything that looks random.
        strict: members that the API does not have are a 400.
        signed_poll_urls: poll URLs carry the 4 KB of signed parameters and are refused when altered.
        auto_approve: device codes are approved without anybody typing them.
        page_size: most entries of a list answer, 1 to 1000.
    """

    base_url: str
    speed: float = 1.0
    seed: int = 0
    strict: bool = False
    signed_poll_urls: bool = True
    auto_approve: bool = False
    page_size: int = 1000


@dataclass(slots=True)
class Reply:
    """An answer: ``body`` is JSON-able, or JSON as bytes, or None for an empty one (Content-Length 0)."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """The body as bytes."""
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else encode(self.body)


@dataclass(slots=True)
class Call:
    """One request, authenticated and checked, on its way into an operation.

    ``params`` and ``query`` hold values as the caller sent them (decoded); ``query`` names are lower-cased.
    ``body`` is the checked JSON or None. ``now`` is the one virtual instant of the whole request.
    """

    method: str
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    headers: Mapping[str, str]
    principal: Principal
    now: datetime
    store: Store
    clock: TimeSource
    settings: Settings
    ids: errors.RequestIds
    seen_unknown: list[str] = field(default_factory=list)
    job_fault: JobFault | None = None
    """A fault on purpose: the long-running operation that this request starts fails so."""
    never_ends: bool = False
    """A fault on purpose: the long-running operation that this request starts never ends."""

    @property
    def api_version(self) -> str:
        """The api-version the caller sent."""
        return self.query.get("api-version", "")

    @property
    def base_url(self) -> str:
        """``https://127.0.0.1:port``, no slash at the end."""
        return self.settings.base_url

    @property
    def subscription(self) -> str:
        """The subscription GUID of the path, as sent; "" on paths without one."""
        return self.params.get("sub", "")

    @property
    def group_id(self) -> str:
        """The id of the path's resource group, in the casing the service stored it with.

        Raises:
            ArmError: 404 ``ResourceGroupNotFound``.
        """
        name = self.params["rg"]
        found = self.store.get(f"/subscriptions/{self.subscription}/resourceGroups/{name}", self.now)
        if found is None:
            raise errors.resource_group_not_found(name)
        return found.id

    def require(self, id: str, type: str) -> Resource:
        """The resource with this id.

        Raises:
            ArmError: 404 ``ResourceNotFound`` (``ResourceGroupNotFound`` if its group is missing), naming
                ``type`` (its own casing) and the name as the caller wrote it.
        """
        found = self.store.get(id, self.now)
        if found is not None:
            return found
        parts = id.strip("/").split("/")
        group = parts[3] if len(parts) > 3 and parts[2].lower() == "resourcegroups" else ""
        if group and self.store.get("/" + "/".join(parts[:4]), self.now) is None:
            raise errors.resource_group_not_found(group)
        names = "/".join(parts[7::2]) or parts[-1]
        raise errors.resource_not_found(type, names, group)

    def retry_after(self, seconds: float) -> dict[str, str]:
        """The waiting time of ``seconds`` of Azure as headers in seconds of the wall clock.

        Whole seconds go into ``Retry-After``; less than one second into ``x-ms-retry-after-ms`` (at least
        20 ms, because a client that reads 0 falls back to its own half minute).
        """
        return retry_after(seconds, self.clock.speed)

    def url(self, path: str, **query: str) -> str:
        """An absolute URL of this emulator for ``path``, with the caller's api-version."""
        text = urlencode({**query, "api-version": self.api_version}, quote_via=quote)
        return f"{self.base_url}{quote(path, safe=_PATH_SAFE)}?{text}"

    def page(
        self,
        entries: Sequence[Any],
        *,
        size: int | None = None,
        null_next_link: bool = False,
        render: Callable[[Any], Any] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Reply:
        """A list answer: ``{"value": [...]}`` and, when there is more, ``nextLink``.

        Args:
            entries: all entries, each JSON-able, JSON as bytes, or a ``Resource`` (its body).
            size: entries a page; default ``settings.page_size``.
            null_next_link: write ``"nextLink": null`` on the last page, as Site Recovery does.
            render: makes what is shown of an entry; called for those of this page only.
            extra: more members of the answer.

        Raises:
            ArmError: 400 for a ``$skipToken`` that this emulator did not hand out.
        """
        size = size or self.settings.page_size
        start = self._page_start(len(entries))
        chosen = entries[start : start + size]
        if render is not None:
            chosen = [render(entry) for entry in chosen]
        pieces = [b'"value":[' + b",".join(_piece(entry) for entry in chosen) + b"]"]
        if start + size < len(entries):
            pieces.append(b'"nextLink":' + encode(self._next_link(start + size)))
        elif null_next_link:
            pieces.append(b'"nextLink":null')
        pieces.extend(encode(name) + b":" + encode(value) for name, value in (extra or {}).items())
        return Reply(200, b"{" + b",".join(pieces) + b"}")

    def _page_start(self, total: int) -> int:
        token = self.query.get("$skiptoken", "")
        if not token:
            return 0
        if not token.isascii() or not token.isdigit() or int(token) > total:
            raise errors.ArmError(
                400, "InvalidSkipToken", "The '$skipToken' in the request is not valid.", target="$skipToken"
            )
        return int(token)

    def _next_link(self, start: int) -> str:
        kept = {k: v for k, v in self.query.items() if k != "$skiptoken"}
        text = urlencode({**kept, "$skipToken": str(start)}, quote_via=quote, safe="$")
        return f"{self.base_url}{quote(self.path, safe=_PATH_SAFE)}?{text}"


_PATH_SAFE = "/;:@&=+$,!*'()~-._"


def _piece(entry: Any) -> bytes:
    if isinstance(entry, Resource):
        return entry.raw
    return entry if isinstance(entry, bytes) else encode(entry)


def retry_after(seconds: float, speed: float) -> dict[str, str]:
    """See ``Call.retry_after``."""
    real = seconds / speed
    if real >= 1:
        return {"Retry-After": str(round(real))}
    return {"x-ms-retry-after-ms": str(max(20, round(real * 1000)))}
