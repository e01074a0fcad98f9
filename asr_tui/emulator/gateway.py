"""Resource Manager's front door: what every ARM request passes before its operation runs, and after.

Order: api-version, sign-in, limits, role, provider registration, locks, policy, body, operation.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asr_tui.emulator import guards
from asr_tui.emulator.access import check_access, scope_of
from asr_tui.emulator.authentication import Authenticator
from asr_tui.emulator.call import Call, JobFault, Principal, Reply, Settings
from asr_tui.emulator.clock import TimeSource
from asr_tui.emulator.errors import ArmError, RequestIds, not_emulated, resource_group_not_found
from asr_tui.emulator.exchange import Incoming, Outgoing
from asr_tui.emulator.registry import SITE_RECOVERY, Match, Operation, Registry
from asr_tui.emulator.schema import Report, read_body
from asr_tui.emulator.store import Store
from asr_tui.emulator.throttle import Throttle

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-[A-Za-z]+)?")
_WRITES = ("PUT", "PATCH", "POST", "DELETE")
_REGION = "WESTEUROPE"


@dataclass(frozen=True, slots=True)
class Fate:
    """What a fault on purpose does to the operation itself."""

    job_fault: JobFault | None = None
    never_ends: bool = False


NO_FAULT = Fate()


@dataclass(slots=True)
class _Request:
    """One request on its way through the front door."""

    incoming: Incoming
    ids: RequestIds
    now: datetime
    fate: Fate
    principal: Principal | None = None
    headers: dict[str, str] | None = None
    unknown: list[str] | None = None
    action: str = ""
    site_recovery: bool = False


class Gateway:
    """Handles every ARM request; the caller holds the store's transaction open around ``handle``."""

    def __init__(
        self, registry: Registry, store: Store, clock: TimeSource, settings: Settings, authenticator: Authenticator
    ) -> None:
        self._registry = registry
        self._store = store
        self._clock = clock
        self._settings = settings
        self._authenticator = authenticator
        self._throttle = Throttle(clock)

    def handle(self, incoming: Incoming, now: datetime, fate: Fate = NO_FAULT) -> Outgoing:
        """The answer to a request that succeeds.

        Raises:
            ArmRefusal: the answer to one that does not; nothing that it wrote may stay.
        """
        request = _Request(incoming, _request_ids(incoming), now, fate)
        try:
            reply = self._answer(request)
        except ArmError as error:
            raise ArmRefusal(_finish(request, _refused(error, request.ids))) from error
        return _finish(request, reply)

    # ---------------------------------------------------------------- the way in

    def _answer(self, request: _Request) -> Reply:
        incoming = request.incoming
        method = "GET" if incoming.method == "HEAD" else incoming.method
        match = self._registry.find(method, incoming.path)
        request.site_recovery = match is not None and match.operation.versions is SITE_RECOVERY
        self._check_version(request, match)
        if match is not None and match.operation.open:
            return self._run(request, match, Principal("", "", "", ""))
        principal = self._authenticator.principal(incoming, request.now)
        request.principal = principal
        subscription = _subscription(incoming.path)
        request.headers = self._throttle.take(method, incoming.path, subscription, principal.object_id, request.now)
        if match is None:
            raise not_emulated(incoming.method, incoming.path)
        self._check_guards(request, match, principal, subscription)
        reply = self._run(request, match, principal)
        return Reply(204) if incoming.method == "HEAD" and reply.status == 200 else reply

    def _check_version(self, request: _Request, match: Match | None) -> None:
        versions = match.operation.versions if match is not None else None
        if match is not None and versions is None:
            return
        sent = request.incoming.query.get("api-version", "")
        if not sent:
            raise ArmError(
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
                headers={"x-ms-failure-cause": "gateway"},
            )
        offered = versions.listed() if versions is not None else ()
        if not _VERSION.fullmatch(sent):
            raise ArmError(
                400,
                "InvalidApiVersionParameter",
                f"The api-version '{sent}' is invalid. The supported versions are '{','.join(offered)}'.",
                headers={"x-ms-failure-cause": "gateway"},
            )
        if match is not None and versions is not None and not versions.accepts(sent):
            raise _unsupported(match.operation, sent, offered)

    def _check_guards(self, request: _Request, match: Match, principal: Principal, subscription: str) -> None:
        operation, incoming, now = match.operation, request.incoming, request.now
        scope = scope_of(incoming.path)
        if subscription and self._store.get(f"/subscriptions/{subscription}", now) is None:
            raise ArmError(
                404,
                "SubscriptionNotFound",
                f"The subscription '{subscription}' could not be found.",
                headers={"x-ms-failure-cause": "gateway"},
            )
        if operation.action is not None:
            request.action = operation.action
            check_access(self._store, principal, operation.action, scope, now)
        if incoming.method in _WRITES and subscription and not operation.exempt:
            guards.check_subscription_enabled(self._store, subscription, now)
            guards.check_group_stays(self._store, incoming.path, now)
            if operation.namespace is not None:
                guards.check_registered(self._store, subscription, operation.namespace, now)
            verb = "delete" if incoming.method == "DELETE" else "write"
            guards.check_locks(self._store, scope, verb, now)

    def _run(self, request: _Request, match: Match, principal: Principal) -> Reply:
        incoming, operation = request.incoming, match.operation
        report = Report()
        if operation.body is not None:
            _check_media_type(incoming)
        call = Call(
            method=incoming.method,
            path=incoming.path,
            params=match.params,
            query=incoming.query,
            body=_body(operation, incoming.body, report),
            headers=incoming.headers,
            principal=principal,
            now=request.now,
            store=self._store,
            clock=self._clock,
            settings=self._settings,
            ids=request.ids,
            seen_unknown=report.unknown,
            job_fault=request.fate.job_fault,
            never_ends=request.fate.never_ends,
        )
        request.unknown = report.unknown
        if report.unknown and self._settings.strict:
            raise _unknown_member(report.unknown[0])
        if incoming.method in ("PUT", "PATCH") and not operation.exempt:
            self._check_policy(call, operation)
        return operation.handler(call)

    def _check_policy(self, call: Call, operation: Operation) -> None:
        if not isinstance(call.body, Mapping):
            return
        if "rg" in call.params and operation.namespace is not None:
            name = call.params["rg"]
            if self._store.get(f"/subscriptions/{call.subscription}/resourceGroups/{name}", call.now) is None:
                raise resource_group_not_found(name)
        body: Mapping[str, Any] = call.body
        existing = self._store.get(call.path, call.now)
        if call.method == "PATCH" and existing is not None:
            body = existing.body | dict(body)
        guards.check_policy(self._store, call.path, operation.resource_type, body, call.now)


class ArmRefusal(Exception):  # noqa: N818 - an answer that undoes the transaction, not an error of ours
    """Carries the error answer out of the transaction, so that what the operation wrote is undone."""

    def __init__(self, answer: Outgoing) -> None:
        super().__init__(answer.status)
        self.answer = answer


def _subscription(path: str) -> str:
    parts = path.split("/", 3)
    return parts[2] if len(parts) > 2 and parts[1].lower() == "subscriptions" else ""


def _request_ids(incoming: Incoming) -> RequestIds:
    fresh = str(uuid.uuid4())
    return RequestIds(
        request=fresh,
        correlation=_echoed(incoming, "x-ms-correlation-request-id") or fresh,
        client=_echoed(incoming, "x-ms-client-request-id"),
        activity=str(uuid.uuid4()),
    )


def _echoed(incoming: Incoming, name: str) -> str | None:
    """A header that goes back to the caller; what is not printable ASCII does not."""
    sent = incoming.headers.get(name)
    return None if sent is None else "".join(c for c in sent if " " <= c <= "~")[:256]


def _check_media_type(incoming: Incoming) -> None:
    sent = incoming.headers.get("Content-Type", "")
    kind = sent.partition(";")[0].strip().lower()
    if incoming.body and kind and kind != "application/json":
        raise ArmError(
            415,
            "UnsupportedMediaType",
            f"The content media type '{kind}' is not supported. Only 'application/json' is supported.",
            headers={"x-ms-failure-cause": "gateway"},
        )


def _body(operation: Operation, text: bytes, report: Report) -> Any:
    if operation.body is None:
        return None
    if text.strip():
        return read_body(operation.body, text, report)
    if operation.body_optional:
        return None
    raise ArmError(
        400,
        "InvalidRequestContent",
        "The request content was invalid and could not be deserialized: 'The request body is required.'.",
    )


def _unknown_member(path: str) -> ArmError:
    return ArmError(
        400,
        "InvalidRequestContent",
        "The request content was invalid and could not be deserialized: 'Could not find member "
        f"'{path.rsplit('.', 1)[-1]}' on the object. Path '{path}'.'.",
        target=path,
    )


def _unsupported(operation: Operation, sent: str, offered: tuple[str, ...]) -> ArmError:
    kind = operation.resource_type.split("/", 1)[-1]
    return ArmError(
        400,
        "NoRegisteredProviderFound",
        f"No registered resource provider found for location 'global' and API version '{sent}' for type "
        f"'{kind}'. The supported api-versions are '{', '.join(offered)}'.",
        headers={"x-ms-failure-cause": "gateway"},
    )


# ---------------------------------------------------------------- the way out


def _refused(error: ArmError, ids: RequestIds) -> Reply:
    return Reply(error.status, error.body(ids), dict(error.headers))


def _site_recovery_request_id(ids: RequestIds, moment: datetime) -> str:
    """What Site Recovery's reads carry: the caller's own id and the time as it is written in the US (recorded)."""
    return f"{ids.client or ids.request} {moment:%-m/%-d/%Y %-I:%M:%S %p}"


def _finish(request: _Request, reply: Reply) -> Outgoing:
    ids, moment = request.ids, request.now
    failed_at_the_door = reply.headers.get("x-ms-failure-cause") == "gateway"
    body = b"" if request.incoming.method == "HEAD" else reply.encoded()
    by_site_recovery = request.site_recovery and not failed_at_the_door
    headers = {
        "Cache-Control": "no-cache",
        "Pragma": "no-cache",
        "Expires": "-1",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "X-Cache": "CONFIG_NOCACHE",
        "X-MSEdge-Ref": f"Ref A: {ids.activity.replace('-', '').upper()} Ref B: PRACTICE Ref C: {moment:%Y-%m-%dT%H:%M:%SZ}",
        "x-ms-request-id": _site_recovery_request_id(ids, moment) if by_site_recovery else ids.request,
        "x-ms-correlation-request-id": ids.correlation,
        "x-ms-routing-request-id": f"{_REGION}:{moment:%Y%m%dT%H%M%SZ}:{ids.correlation}",
    }
    if body:
        headers["Content-Type"] = "application/json; charset=utf-8"
    if ids.client is not None:
        headers["x-ms-client-request-id"] = ids.client
    if request.headers is not None and not failed_at_the_door:
        headers |= request.headers
    if request.principal is not None and not failed_at_the_door:
        headers["x-ms-operation-identifier"] = (
            f"tenantId={request.principal.tenant},objectId={request.principal.object_id}"
            f"/{_REGION.lower()}/{ids.activity}"
        )
    answer = Outgoing(reply.status, body, headers | reply.headers)
    if by_site_recovery and reply.status == 202 and "x-ms-request-id" in reply.headers:
        answer.doubled = ("x-ms-request-id",)
    answer.principal = request.principal.name if request.principal else ""
    answer.action = request.action
    answer.unknown = request.unknown or []
    return answer
