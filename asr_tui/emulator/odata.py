"""``$filter`` expressions of ARM lists: comparisons, ``and``, ``or``, ``not``, and three text functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from asr_tui.emulator.errors import ArmError

Lookup = Callable[[str], Any]
Predicate = Callable[[Lookup], bool]
"""Decides about one entry; the lookup gives the value of a property name (any casing), None when absent."""

_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<mark>[(),])|(?P<word>[^\s(),']+))")
_COMPARISONS: Mapping[str, Callable[[str, str], bool]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}
_FUNCTIONS: Mapping[str, Callable[[str, str], bool]] = {
    "startswith": lambda whole, part: whole.startswith(part),
    "contains": lambda whole, part: part in whole,
    # OData 3 puts the part first.
    "substringof": lambda part, whole: part in whole,
}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def parse(expression: str) -> Predicate:
    """A predicate from the text of ``$filter``. Text compares without case.

    Raises:
        ArmError: 400 ``InvalidFilterInQueryString``.
    """
    parser = _Parser(_tokens(expression), expression)
    predicate = parser.either()
    if not parser.at_end:
        raise parser.wrong()
    return predicate


def _tokens(expression: str) -> list[_Token]:
    tokens, at = [], 0
    text = expression.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _wrong(expression)
        kind = str(found.lastgroup)
        value = found.group(kind)
        tokens.append(_Token(kind, value[1:-1].replace("''", "'") if kind == "text" else value))
        at = found.end()
    return tokens


def _wrong(expression: str) -> ArmError:
    return ArmError(
        400,
        "InvalidFilterInQueryString",
        f"Invalid $filter '{expression}' specified in the query string.",
        target="$filter",
    )


class _Parser:
    """Recursive descent: or, and, not, comparison or function or parentheses."""

    def __init__(self, tokens: list[_Token], expression: str) -> None:
        self._tokens = tokens
        self._expression = expression
        self._at = 0

    @property
    def at_end(self) -> bool:
        """Whether everything has been read."""
        return self._at >= len(self._tokens)

    def wrong(self) -> ArmError:
        """The error that refuses the expression."""
        return _wrong(self._expression)

    def either(self) -> Predicate:
        """One or more conjunctions joined by ``or``."""
        parts = [self._both()]
        while self._word("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda lookup: any(part(lookup) for part in parts)

    def _both(self) -> Predicate:
        parts = [self._one()]
        while self._word("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda lookup: all(part(lookup) for part in parts)

    def _one(self) -> Predicate:
        if self._word("not"):
            inner = self._one()
            return lambda lookup: not inner(lookup)
        if self._mark("("):
            inner = self.either()
            self._need(")")
            return inner
        first = self._next()
        if first.kind == "word" and first.text.lower() in _FUNCTIONS and self._mark("("):
            return self._function(_FUNCTIONS[first.text.lower()])
        compare = _COMPARISONS.get(self._next().text.lower())
        if compare is None:
            raise self.wrong()
        return _applied(compare, _value(first), _value(self._next()))

    def _function(self, function: Callable[[str, str], bool]) -> Predicate:
        left = _value(self._next())
        self._need(",")
        right = _value(self._next())
        self._need(")")
        return _applied(function, left, right)

    def _next(self) -> _Token:
        if self.at_end:
            raise self.wrong()
        token = self._tokens[self._at]
        self._at += 1
        if token.kind == "mark":
            raise self.wrong()
        return token

    def _word(self, word: str) -> bool:
        return self._take("word", word)

    def _mark(self, mark: str) -> bool:
        return self._take("mark", mark)

    def _need(self, mark: str) -> None:
        if not self._mark(mark):
            raise self.wrong()

    def _take(self, kind: str, text: str) -> bool:
        if self.at_end:
            return False
        token = self._tokens[self._at]
        if token.kind != kind or token.text.lower() != text:
            return False
        self._at += 1
        return True


_Value = Callable[[Lookup], str | None]


def _value(token: _Token) -> _Value:
    """What a token stands for: itself, or the value of the property it names."""
    is_literal = re.fullmatch(r"-?\d[\d.:TtZz+-]*|true|false", token.text, re.IGNORECASE)
    if token.kind == "text" or is_literal:
        literal = token.text.lower()
        return lambda lookup: literal
    name = token.text

    def read(lookup: Lookup) -> str | None:
        value = lookup(name)
        return None if value is None else str(value).lower()

    return read


def _applied(function: Callable[[str, str], bool], left: _Value, right: _Value) -> Predicate:
    """A comparison. An absent value is unlike any other, and like none."""

    def decide(lookup: Lookup) -> bool:
        one, other = left(lookup), right(lookup)
        if one is None or other is None:
            return one != other if function is _COMPARISONS["ne"] else False
        return function(one, other)

    return decide
