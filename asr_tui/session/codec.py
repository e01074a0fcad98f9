"""Parts as JSON and back, by their type hints, with nothing but the standard library.

Nothing is validated: whoever reads with this trusts the other end. Texts that occur many times (a size, a region, a remedy)
become one object, which is most of what keeps ten thousand rows small.
"""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

from asr_tui.model.part import Part, field_names

Read = Callable[[Any], Any]


def encode(part: Part) -> str:
    """One line of JSON, in ASCII."""
    return json.dumps(part, default=_plain, separators=(",", ":"))


def _plain(value: object) -> Any:
    if isinstance(value, Part):
        return {name: getattr(value, name) for name in field_names(type(value))}
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not go over the wire")


def decode(kind: Any, data: Any) -> Any:
    """``data``, as :func:`json.loads` made it, as a ``kind``.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: it is none.
    """
    return reader(kind)(data)


@cache
def reader(kind: Any) -> Read:
    """What makes a ``kind`` of plain data."""
    if isinstance(kind, type):
        return _reader_of_class(kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return reader(arguments[0])
    if origin is tuple:
        return _tuple_of(reader(arguments[0]))
    if origin is dict:
        return _dict_of(reader(arguments[1]))
    if origin in {Union, types.UnionType}:
        return _union_of(tuple(reader(one) for one in arguments if one is not types.NoneType))
    return _as_it_is


def _reader_of_class(kind: type) -> Read:
    if issubclass(kind, Part):
        return _part_of(kind)
    if issubclass(kind, Enum):
        return cast(Read, kind)
    if kind is str:
        return _text
    if kind is datetime:
        return _moment
    return float if kind is float else _as_it_is


def _part_of(kind: type[Part]) -> Read:
    hints: dict[str, Read] | None = None

    def read(data: Any) -> Any:
        nonlocal hints
        if hints is None:
            told = get_type_hints(kind, include_extras=True)
            hints = {name: reader(told[name]) for name in field_names(kind)}
        return kind(**{name: hints[name](value) for name, value in data.items() if name in hints})

    return read


def _tuple_of(read: Read) -> Read:
    return lambda data: tuple([read(one) for one in data])


def _dict_of(read: Read) -> Read:
    return lambda data: {sys.intern(name): read(value) for name, value in data.items()}


def _union_of(reads: tuple[Read, ...]) -> Read:
    if len(reads) != 1:
        raise TypeError("a union of several kinds is not read here")
    (read,) = reads
    return lambda data: None if data is None else read(data)


def _text(data: Any) -> Any:
    return sys.intern(data)


def _moment(data: Any) -> datetime:
    return datetime.fromisoformat(data)


def _as_it_is(data: Any) -> Any:
    return data
