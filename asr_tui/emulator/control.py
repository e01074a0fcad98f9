"""The emulator's own control plane under ``/emulator``: log, status, faults, clock. Loopback only, no token."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from asr_tui.emulator.call import Settings
from asr_tui.emulator.clock import Clock, ManualClock, timestamp
from asr_tui.emulator.exchange import Incoming, Outgoing
from asr_tui.emulator.faults import FaultError, FaultPlan, parse_faults
from asr_tui.emulator.identity_errors import refusals
from asr_tui.emulator.identity_managed import identity_header
from asr_tui.emulator.store import Store
from asr_tui.emulator.tenancy import Account, accounts, put_accounts
from asr_tui.emulator.tokens import TokenMint

CLOCK_FACT = "clock"
_LOG_LIMIT = 100_000


@dataclass(slots=True)
class ControlPlane:
    """Answers ``/emulator/...``; the caller holds the store's transaction open."""

    store: Store
    clock: Clock | ManualClock
    settings: Settings
    faults: FaultPlan
    mint: TokenMint
    started: float

    def handle(self, request: Incoming) -> Outgoing:
        """The answer; 403 to callers from elsewhere, 404 for what is not there."""
        if not _loopback(request.remote):
            return _error(403, "The control plane answers on loopback only.")
        routes: dict[tuple[str, str], Callable[[Incoming], Outgoing]] = {
            ("GET", "/emulator/log"): self._log,
            ("GET", "/emulator/status"): self._status,
            ("GET", "/emulator/faults"): self._list_faults,
            ("POST", "/emulator/faults"): self._add_faults,
            ("DELETE", "/emulator/faults"): self._clear_faults,
            ("POST", "/emulator/clock"): self._set_clock,
            ("POST", "/emulator/revoke"): self._revoke,
            ("POST", "/emulator/principal"): self._change_principal,
        }
        answer = routes.get((request.method, request.path.rstrip("/").lower()))
        return answer(request) if answer else _error(404, f"There is no {request.method} {request.path}.")

    def _log(self, request: Incoming) -> Outgoing:
        since = request.query.get("since", "0")
        if not since.isascii() or not since.isdigit() or len(since) > 15:
            return _error(400, "'since' is the number of a log entry.")
        return Outgoing.json(200, {"entries": self.store.logged(int(since), _LOG_LIMIT)})

    def _status(self, _: Incoming) -> Outgoing:
        body = {
            "estate": self.store.fact("estate"),
            "seed": self.settings.seed,
            "speed": self.clock.speed,
            "strict": self.settings.strict,
            "now": timestamp(self.clock.now()),
            "base_url": self.settings.base_url,
            "identity_endpoint": f"{self.settings.base_url}/msi/token",
            "identity_header": identity_header(self.store),
            "faults": len(self.faults.rules()),
        }
        return Outgoing.json(200, body)

    def _list_faults(self, _: Incoming) -> Outgoing:
        return Outgoing.json(200, {"faults": self.faults.rules()})

    def _add_faults(self, request: Incoming) -> Outgoing:
        try:
            rules = parse_faults(request.json())
        except ValueError as error:
            return _error(400, f"The body is not JSON: {error}")
        except FaultError as error:
            return _error(400, str(error))
        self.faults.add(rules)
        return self._list_faults(request)

    def _clear_faults(self, request: Incoming) -> Outgoing:
        self.faults.clear()
        return self._list_faults(request)

    def _set_clock(self, request: Incoming) -> Outgoing:
        ahead, speed = _member(request, "advance_seconds"), _member(request, "speed")
        if (ahead is None and speed is None) or not _is_number(ahead, 0, 1e9) or not _is_number(speed, 1e-3, 1e5):
            return _error(
                400, "Say 'advance_seconds' (seconds of Azure, 0 or more), 'speed' (0.001 to 100000) or both."
            )
        self.clock.advance(ahead or 0)
        if speed is not None:
            self.clock.change_speed(speed)
        if isinstance(self.clock, Clock):
            anchors = self.clock.anchors
            self.store.put_fact(CLOCK_FACT, [anchors.virtual, anchors.real, anchors.speed])
        return Outgoing.json(200, {"now": timestamp(self.clock.now()), "speed": self.clock.speed})

    def _revoke(self, request: Incoming) -> Outgoing:
        found = self._named(request)
        for account in found:
            self.mint.revoke(account.object_id)
        return Outgoing.json(200, {"revoked": [account.name for account in found]}) if found else _nobody()

    def _change_principal(self, request: Incoming) -> Outgoing:
        """From now on Entra ID refuses the principal, or admits it again; its next tokens live so long."""
        number, life = _member(request, "refused"), _member(request, "token_seconds")
        if (number is None and life is None) or number not in (None, "", *refusals()) or not _is_number(life, 1, 86400):
            return _error(
                400, "Say 'refused' (a number this Entra ID knows, or \"\"), 'token_seconds' (1 to 86400) or both."
            )
        changed = {}
        for account in self._named(request):
            refusal = account.refusal if number is None else number or None
            seconds = account.token_seconds if life is None else int(life)
            changed[account.name] = replace(account, refusal=refusal, token_seconds=seconds)
        put_accounts(self.store, [changed.get(one.name, one) for one in accounts(self.store)])
        return Outgoing.json(200, {"changed": list(changed)}) if changed else _nobody()

    def _named(self, request: Incoming) -> list[Account]:
        wanted = _member(request, "principal")
        return [one for one in accounts(self.store) if wanted in (one.name, one.client_id, one.object_id)]


def _is_number(value: Any, least: float, most: float) -> bool:
    """Whether ``value`` is absent or a number within the bounds."""
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most)


def _member(request: Incoming, name: str) -> Any:
    try:
        value = request.json()
    except ValueError:
        return None
    return value.get(name) if isinstance(value, dict) else None


def _loopback(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback


def _error(status: int, message: str) -> Outgoing:
    return Outgoing.json(status, {"error": {"code": "EmulatorControl", "message": message}})


def _nobody() -> Outgoing:
    return _error(400, "'principal' is the name, client id or object id of a principal of the estate.")
