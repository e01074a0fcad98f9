"""The cards of ``assets/sign_in.yaml``: what a code of Entra ID or of Resource Manager means and what to do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import yaml

from asr_tui.resources import assets

_AADSTS: Final = re.compile(r"AADSTS(\d{5,7})")


@dataclass(frozen=True, slots=True)
class Card:
    """One refusal explained. ``ask`` is "" where nobody else has to do anything."""

    code: str
    means: str
    instead: str
    ask: str
    retry: bool = False

    @property
    def remedy(self) -> str:
        """What to do and what to ask of whom, in one text."""
        return " ".join(part for part in (self.instead, self.ask and self.ask.rstrip(".") + ".") if part)


@cache
def _cards() -> dict[str, Card]:
    loaded: dict[str, Any] = yaml.safe_load((assets() / "sign_in.yaml").read_text(encoding="utf-8"))
    found: dict[str, Card] = {}
    for section, prefix in (("aadsts", "AADSTS"), ("arm", "")):
        for code, fields in loaded[section].items():
            found[f"{prefix}{code}"] = Card(
                code=f"{prefix}{code}",
                means=fields["means"],
                instead=fields["instead"],
                ask=fields["ask"],
                retry=fields.get("retry", False),
            )
    return found


def card(code: str) -> Card | None:
    """The card of a code (``AADSTS50076``, ``AuthorizationFailed``), or None."""
    return _cards().get(code)


def codes() -> tuple[str, ...]:
    """All codes that have a card."""
    return tuple(_cards())


def aadsts_code(text: str) -> str:
    """The first AADSTS code in a message (``AADSTS50076``), or ""."""
    found = _AADSTS.search(text)
    return f"AADSTS{found.group(1)}" if found else ""
