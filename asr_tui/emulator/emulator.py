"""One emulated cloud: takes a request, finds who answers it, applies faults, keeps the log."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import Literal

from asr_tui.emulator.authentication import Authenticator
from asr_tui.emulator.call import JobFault, Settings, retry_after
from asr_tui.emulator.clock import Clock, ManualClock, timestamp
from asr_tui.emulator.control import ControlPlane
from asr_tui.emulator.exchange import Incoming, Outgoing
from asr_tui.emulator.faults import FaultPlan, Then
from asr_tui.emulator.gateway import NO_FAULT, ArmRefusal, Fate, Gateway
from asr_tui.emulator.identity import IdentityService
from asr_tui.emulator.registry import REGISTRY, Registry
from asr_tui.emulator.store import Store, encode
from asr_tui.emulator.tenancy import Account, accounts
from asr_tui.emulator.tokens import CLOCK_SKEW_SECONDS, TokenError, TokenMint

_LOG = logging.getLogger(__name__)
# Members of a poll URL's query that are 4 KB of signature and tell nobody anything.
_UNTOLD = frozenset({"c", "s", "h", "t"})

Transmission = Literal["send", "reset", "hang", "cut"]


@dataclass(slots=True)
class Delivery:
    """An answer and how it reaches the caller.

    ``send`` normally; ``reset`` cuts the connection without an answer; ``hang`` never answers; ``cut`` sends half
    of the body. ``delay`` is seconds of the wall clock before it.
    """

    answer: Outgoing
    transmission: Transmission = "send"
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class _Harm:
    """What the log tells of a request that a fault hit: its effect, and who seems to have called."""

    effect: str = ""
    caller: str = ""


_UNHARMED = _Harm()


class Emulator:
    """An emulated cloud over a store that an estate has filled.

    Args:
        store: what it holds.
        clock: Azure time.
        settings: what holds while it runs.
        registry: the operations; all by default.
    """

    def __init__(
        self, store: Store, clock: Clock | ManualClock, settings: Settings, registry: Registry = REGISTRY
    ) -> None:
        self.store = store
        self.clock = clock
        self.settings = settings
        self.faults = FaultPlan(settings.seed)
        self.last_request = time.monotonic()
        self._mint = TokenMint(store)
        self._identity = IdentityService(store, self._mint, settings)
        authenticator = Authenticator(store, self._mint, settings.base_url)
        self._gateway = Gateway(registry, store, clock, settings, authenticator)
        self._control = ControlPlane(store, clock, settings, self.faults, self._mint, time.time())

    def handle(self, incoming: Incoming) -> Delivery:
        """Answer one request. What it changed is durable when this returns."""
        self.last_request = time.monotonic()
        if incoming.path.lower().startswith("/emulator/"):
            with self.store.transaction():
                return Delivery(self._dated(self._control.handle(incoming), 0))
        caller = self._caller(incoming)
        names = (caller.name, caller.client_id) if caller else ()
        hit = self.faults.strike(incoming.method, incoming.path, names)
        if hit is None:
            return Delivery(self._served(incoming, NO_FAULT))
        return self._struck(incoming, hit, caller)

    def refuse(self, incoming: Incoming, answer: Outgoing) -> Outgoing:
        """Log a request that never arrived whole (too large, cut off: status 0), which is not served."""
        self.last_request = time.monotonic()
        return self._logged(incoming, self._dated(answer, 0), _UNHARMED)

    # ---------------------------------------------------------------- faults

    def _struck(self, incoming: Incoming, hit: Then, caller: Account | None) -> Delivery:
        effect = hit.effect
        harm = _Harm(effect, caller.name if caller else "")
        if effect in ("status", "throttle"):
            return Delivery(self._logged(incoming, self._dated(_made_up(hit, self.clock.speed), 0), harm))
        if effect == "hang" or hit.reset == "before":
            transmission: Transmission = "hang" if effect == "hang" else "reset"
            return Delivery(self._logged(incoming, Outgoing(0), harm), transmission)
        if effect == "revoke_token" and caller is not None:
            with self.store.transaction():
                self._mint.revoke(caller.object_id)
        answer = self._served(incoming, _fate(hit), hit.clock_skew or 0, harm)
        if hit.reset == "after":
            return Delivery(answer, "reset")
        if hit.malformed_json:
            answer.body = b'{"error": {"code": "Truncated", "message": ' + answer.body[:20]
        return Delivery(answer, "cut" if hit.cut_body else "send", hit.delay or 0.0)

    def _caller(self, incoming: Incoming) -> Account | None:
        """Who seems to call: by token, or by the client id of a sign-in. For faults and the log only."""
        scheme, _, token = incoming.headers.get("Authorization", "").partition(" ")
        wanted = ""
        if scheme.lower() == "bearer":
            try:
                wanted = str(self._mint.read(token.strip(), leeway=CLOCK_SKEW_SECONDS).get("oid", ""))
            except TokenError:
                return None
        elif incoming.method == "POST" and incoming.path.lower().endswith("/token"):
            wanted = incoming.form().get("client_id", "")
        if not wanted or not self.faults.rules():
            return None
        return next((a for a in accounts(self.store) if wanted.lower() in (a.object_id, a.client_id)), None)

    # ---------------------------------------------------------------- serving

    def _served(self, incoming: Incoming, fate: Fate, skew: float = 0, harm: _Harm = _UNHARMED) -> Outgoing:
        answer = self._identity.handle(incoming)
        if answer is not None:
            return self._logged(incoming, self._dated(answer, skew), harm)
        try:
            with self.store.transaction():
                answer = self._dated(self._gateway.handle(incoming, self.clock.now(), fate), skew)
                self._log(incoming, answer, harm)
                return answer
        except ArmRefusal as refusal:
            return self._logged(incoming, self._dated(refusal.answer, skew), harm)
        except Exception:  # noqa: BLE001 - whatever breaks, the caller gets a 500 and the log the traceback
            _LOG.exception("%s %s failed", incoming.method, incoming.path)
            return self._logged(incoming, self._dated(_broken(), skew), harm)

    def _dated(self, answer: Outgoing, skew: float) -> Outgoing:
        moment = self.clock.now() + timedelta(seconds=skew)
        answer.headers["Date"] = format_datetime(moment, usegmt=True)
        return answer

    def _logged(self, incoming: Incoming, answer: Outgoing, harm: _Harm) -> Outgoing:
        with self.store.transaction():
            self._log(incoming, answer, harm)
        return answer

    def _log(self, incoming: Incoming, answer: Outgoing, harm: _Harm) -> None:
        entry = {
            "time": timestamp(self.clock.now()),
            "real_time": time.time(),
            "method": incoming.method,
            "path": incoming.path,
            "query": _told(incoming.query),
            "principal": answer.principal or harm.caller,
            "status": answer.status,
            "action": answer.action,
            "unknown_fields": answer.unknown,
            "client_request_id": incoming.headers.get("x-ms-client-request-id"),
            "user_agent": incoming.headers.get("User-Agent"),
        }
        if harm.effect:
            entry["fault"] = harm.effect
        self.store.log(entry)


def _told(query: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name not in _UNTOLD}


def _fate(hit: Then) -> Fate:
    fault = hit.fail_job
    if fault is None:
        return Fate(never_ends=bool(hit.never_ends))
    return Fate(JobFault(fault.task, fault.code, fault.message, fault.possible_causes, fault.recommended_action))


def _made_up(hit: Then, speed: float) -> Outgoing:
    """The answer of a fault that answers by itself."""
    headers = {"x-ms-request-id": str(uuid.uuid4()), **hit.headers}
    if hit.throttle is not None:
        wait = round(hit.throttle)
        error = {
            "code": "TooManyRequests",
            "message": f"The request was throttled. Please try again after '{wait}' seconds.",
        }
        return Outgoing.json(429, {"error": error}, headers | retry_after(hit.throttle, speed))
    status = hit.status or 500
    code = hit.code or ("InternalServerError" if status >= 500 else "BadRequest")
    made_up = {"error": {"code": code, "message": hit.message or "This failure was asked for by a fault rule."}}
    return Outgoing.json(status, made_up if hit.body is None else hit.body, headers)


def _broken() -> Outgoing:
    """What a defect of the emulator answers; its traceback is on stderr."""
    error = {"code": "InternalServerError", "message": "The emulator failed; its log has the details."}
    return Outgoing(500, encode({"error": error}), {"Content-Type": "application/json; charset=utf-8"})
