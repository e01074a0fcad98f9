"""Typed access to members of a decoded JSON document."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

Document = Mapping[str, Any]

# Years that the service writes for "not yet" (1, 1753) and "never" (9999).
_PLACEHOLDER_YEARS = frozenset({1, 1753, 9999})


def member(document: Any, *path: str) -> Any:
    """The value at a path of member names, None where any of them is missing."""
    value = document
    for name in path:
        # Decoded JSON is plain dicts, and asking for the abstract type takes longer than all the rest.
        if type(value) is not dict and not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def text(document: Any, *path: str, default: str = "") -> str:
    """A text member, ``default`` where it is missing or no text."""
    value = member(document, *path)
    return value if isinstance(value, str) else default


def word(document: Any, *path: str, default: str = "") -> str:
    """A text that repeats over many resources (region, size, type): kept once in memory."""
    return sys.intern(str(text(document, *path, default=default)))


def optional(document: Any, *path: str) -> str | None:
    """A text member, None where it is missing or empty."""
    value = member(document, *path)
    return value if isinstance(value, str) and value else None


def optional_word(document: Any, *path: str) -> str | None:
    """Like :func:`word`, None where it is missing or empty."""
    value = optional(document, *path)
    return None if value is None else sys.intern(str(value))


def whole(document: Any, *path: str) -> int | None:
    """A whole number (also one told as text or with a fraction), None where it is missing."""
    value = member(document, *path)
    if isinstance(value, bool) or value is None:
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def fraction(document: Any, *path: str) -> float:
    """A number, 0.0 where it is missing."""
    value = member(document, *path)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.0


def flag(document: Any, *path: str) -> bool | None:
    """A truth value, None where it is missing."""
    value = member(document, *path)
    return value if isinstance(value, bool) else None


def texts(document: Any, *path: str) -> tuple[str, ...]:
    """A list of texts, empty where it is missing."""
    value = member(document, *path)
    return tuple(entry for entry in value if isinstance(entry, str)) if isinstance(value, list) else ()


def words(document: Any, *path: str) -> tuple[str, ...]:
    """A list of texts that repeat over many resources."""
    return tuple(sys.intern(str(entry)) for entry in texts(document, *path))


def documents(document: Any, *path: str) -> Iterator[Document]:
    """The objects of a list member; entries that are no objects are passed over."""
    value = member(document, *path)
    if isinstance(value, list):
        for entry in value:
            if isinstance(entry, Mapping):
                yield entry


def ids(document: Any, *path: str) -> tuple[str, ...]:
    """The ``id`` of each object of a list member."""
    return tuple(found for entry in documents(document, *path) if (found := optional(entry, "id")))


def tags(document: Document) -> tuple[tuple[str, str], ...]:
    """The tags of a resource, in the service's order."""
    value = member(document, "tags")
    if not isinstance(value, Mapping):
        return ()
    return tuple((sys.intern(str(name)), str(told)) for name, told in value.items() if told is not None)


def moment(document: Any, *path: str) -> datetime | None:
    """A time in UTC, None where it is missing or one of the service's placeholders.

    The service writes up to seven digits of a second, with ``Z``, with an offset, or with neither (then it means UTC).
    """
    value = member(document, *path)
    if not isinstance(value, str):
        return None
    try:
        told = datetime.fromisoformat(value)
    except ValueError:
        return None
    if told.year in _PLACEHOLDER_YEARS:
        return None
    return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
