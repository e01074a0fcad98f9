"""Refused sign-ins: the error bodies of Entra ID, by AADSTS number."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import yaml

from asr_tui.emulator.exchange import Outgoing
from asr_tui.emulator.store import encode
from asr_tui.resources import assets


@dataclass(frozen=True, slots=True)
class Refusal:
    """One AADSTS number: OAuth error word, HTTP status, text with ``{placeholders}``, and sub-error."""

    error: str
    text: str
    status: int = 400
    suberror: str = ""
    claims: str = ""


_CONDITIONAL_ACCESS = (
    '{"access_token":{"capolids":{"essential":true,"values":["c3f5a1de-0000-4000-8000-6f1f00000001"]}}}'
)


@cache
def refusals() -> Mapping[str, Refusal]:
    """Every number that this Entra ID can refuse with, from ``assets/emulator/aadsts.yaml``."""
    table = yaml.safe_load((assets() / "emulator" / "aadsts.yaml").read_text(encoding="utf-8"))
    return {
        number: Refusal(**{**entry, "claims": _CONDITIONAL_ACCESS if entry.get("claims") else ""})
        for number, entry in table.items()
    }


class SignInError(Exception):
    """A sign-in that Entra ID refuses; ``number`` is a key of ``refusals()``."""

    def __init__(self, number: str, **values: str) -> None:
        super().__init__(f"AADSTS{number}")
        self.number = number
        self.values = values


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def refusal_answer(refused: SignInError, authority_host: str) -> Outgoing:
    """The HTTP answer to a refused sign-in."""
    refusal = refusals()[refused.number]
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    text = refusal.text.format_map(_Blank(refused.values))
    body: dict[str, Any] = {
        "error": refusal.error,
        "error_description": f"AADSTS{refused.number}: {text} Trace ID: {trace} Correlation ID: {correlation} "
        f"Timestamp: {moment}",
        "error_codes": [int(refused.number)],
        "timestamp": moment,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"{authority_host}/error?code={refused.number}",
    }
    if refusal.suberror:
        body["suberror"] = refusal.suberror
    if refusal.claims:
        body["claims"] = refusal.claims
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Cache-Control": "no-store, no-cache",
        "x-ms-request-id": trace,
        "x-ms-clitelem": f"1,{refused.number},0,,",
    }
    return Outgoing(refusal.status, encode(body), headers)
