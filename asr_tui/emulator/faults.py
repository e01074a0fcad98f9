"""Faults on purpose: which requests they hit, and what they do to them.

A fault file is YAML: ``faults:`` and a list of rules, each with ``when`` (all conditions must hold) and ``then``
(exactly one effect). The same rules can be posted to ``/emulator/faults``. Chance comes from the emulator's
seed: the same seed and the same requests give the same run.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from asr_tui.emulator.estates.yaml_lines import EstateError, Source, read


class FaultError(Exception):
    """A fault file or body that cannot be used; the message names file, line and field."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class When(_Strict):
    """Which requests a rule is about. A condition that is left out holds always."""

    method: str | None = Field(None, description="HTTP method, such as PUT.")
    path: str = Field("**", description="Path pattern: * is one segment (or part of it), ** is anything.")
    principal: str | None = Field(None, description="Name or client id of the caller.")
    nth: int | list[int] | None = Field(None, description="Only the n-th matching request (from 1), or these.")
    every: int | None = Field(None, ge=1, description="Every n-th matching request.")
    rate: float | None = Field(None, ge=0, le=1, description="Share of the matching requests, drawn by the seed.")
    times: int | None = Field(None, ge=1, description="At most this often.")


class JobFault(_Strict):
    """How a long-running operation is made to fail."""

    task: str | None = Field(None, description="Name or friendly name of the task; default the first.")
    code: str = Field("499", description="Error code, number as text.")
    message: str = Field("An internal error occurred.", description="What happened.")
    possible_causes: str = Field("", description="The service's text.")
    recommended_action: str = Field("", description="The service's text.")


class Then(_Strict):
    """What happens to a request that is hit. Exactly one effect; ``code`` ... ``headers`` go with ``status``."""

    status: int | None = Field(
        None, ge=200, le=599, description="Answer with this status, 200 to 599, without serving the request."
    )
    code: str | None = Field(None, description="With status: error.code.")
    message: str | None = Field(None, description="With status: error.message.")
    body: Any = Field(None, description="With status: the whole body instead of code and message.")
    headers: dict[str, str] = Field(default_factory=dict, description="With status: extra headers.")
    throttle: float | None = Field(None, gt=0, description="429 with this Retry-After, in seconds of Azure.")
    reset: Literal["before", "after"] | None = Field(
        None, description="Cut the connection before or after the request took effect."
    )
    delay: float | None = Field(None, gt=0, le=600, description="Answer this many wall-clock seconds late.")
    hang: Literal[True] | None = Field(None, description="Never answer.")
    cut_body: Literal[True] | None = Field(None, description="Send half of the body, then cut the connection.")
    malformed_json: Literal[True] | None = Field(None, description="Send a body that is no JSON.")
    fail_job: JobFault | None = Field(None, description="The operation that this request starts fails.")
    never_ends: Literal[True] | None = Field(None, description="The operation that this request starts never ends.")
    revoke_token: Literal[True] | None = Field(None, description="The caller's tokens are revoked.")
    clock_skew: float | None = Field(None, description="Seconds that the Date header is off.")

    @property
    def effect(self) -> str:
        """The name of the one effect."""
        return self._effects()[0]

    def _effects(self) -> list[str]:
        companions = {"code", "message", "body", "headers"}
        return [n for n in self.model_fields_set if n not in companions and getattr(self, n) is not None]

    @model_validator(mode="after")
    def _exactly_one(self) -> Then:
        effects = self._effects()
        if len(effects) != 1:
            raise ValueError(f"one effect is needed, found {len(effects)}: {', '.join(sorted(effects)) or 'none'}")
        return self


class Rule(_Strict):
    """One fault."""

    name: str = Field("", description="For the log.")
    when: When = Field(default_factory=When)
    then: Then


class _File(_Strict):
    faults: list[Rule]


@dataclass(slots=True)
class _Armed:
    rule: Rule
    pattern: re.Pattern[str]
    chance: random.Random
    seen: int = 0
    fired: int = 0

    def fires(self, method: str, path: str, callers: Sequence[str]) -> bool:
        when = self.rule.when
        if when.method is not None and when.method.upper() != method:
            return False
        if not self.pattern.fullmatch(path):
            return False
        if when.principal is not None and when.principal.lower() not in [c.lower() for c in callers]:
            return False
        self.seen += 1
        if when.times is not None and self.fired >= when.times:
            return False
        if not self._counted(when) or (when.rate is not None and self.chance.random() >= when.rate):
            return False
        self.fired += 1
        return True

    def _counted(self, when: When) -> bool:
        if when.nth is not None:
            wanted = [when.nth] if isinstance(when.nth, int) else when.nth
            if self.seen not in wanted:
                return False
        return when.every is None or self.seen % when.every == 0


@dataclass(slots=True)
class FaultPlan:
    """The rules in force. The first rule that fires decides; all that match are counted."""

    seed: int = 0
    _armed: list[_Armed] = field(default_factory=list)

    def add(self, rules: Sequence[Rule]) -> None:
        """Put more rules in force, after those that are."""
        for rule in rules:
            chance = random.Random(f"{self.seed}:{len(self._armed)}")  # noqa: S311 - a seeded run, not a secret
            self._armed.append(_Armed(rule, glob_pattern(rule.when.path), chance))

    def clear(self) -> None:
        """Take all rules out of force."""
        self._armed.clear()

    def rules(self) -> list[dict[str, Any]]:
        """The rules in force, with how often each matched and fired."""
        return [
            {**armed.rule.model_dump(exclude_unset=True), "matched": armed.seen, "fired": armed.fired}
            for armed in self._armed
        ]

    def strike(self, method: str, path: str, callers: Sequence[str]) -> Then | None:
        """What hits this request. Called once a request, because it counts."""
        hit: Then | None = None
        for armed in self._armed:
            if armed.fires(method, path, callers) and hit is None:
                hit = armed.rule.then
        return hit


def glob_pattern(pattern: str) -> re.Pattern[str]:
    """``*`` matches within a segment, ``**`` across segments; any casing."""
    parts = re.split(r"(\*\*|\*)", pattern)
    pieces = {"**": ".*", "*": "[^/]*"}
    return re.compile("".join(pieces.get(part, re.escape(part)) for part in parts), re.IGNORECASE)


def parse_faults(value: Any) -> list[Rule]:
    """Rules from a posted body: ``{"faults": [...]}``.

    Raises:
        FaultError: naming the field.
    """
    try:
        return _File.model_validate(value).faults
    except ValidationError as error:
        problems = Source("faults", value, {}).problems(error)
        raise FaultError("; ".join(f"{p.field}: {p.message}" for p in problems)) from error


def read_faults(path: Path) -> list[Rule]:
    """Rules from a fault file.

    Raises:
        FaultError: it cannot be read or has an error; the message names file, line and field.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise FaultError(f"The fault file {path} cannot be read: {reason}.") from error
    try:
        source = read(text, str(path))
        return _File.model_validate(source.value).faults
    except EstateError as error:
        raise FaultError(str(error).replace("an estate is", "a fault file is")) from error
    except ValidationError as error:
        raise FaultError(str(EstateError.of(source.problems(error)))) from error
