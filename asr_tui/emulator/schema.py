"""Shapes of request bodies, checked the way ARM's front ends check them.

A value of the wrong type, a value outside an enumeration, or a missing required member raises ARM's 400 and
names the path. Members the API does not have are dropped and noted (``--strict`` turns them into a 400).
Member names match in any casing, as .NET's deserialiser does, and come back in the schema's casing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from asr_tui.emulator.errors import ArmError


@dataclass(slots=True)
class Report:
    """What reading a body noticed on the way."""

    unknown: list[str] = field(default_factory=list)
    """Paths of members that the API does not have."""


class Schema:
    """A shape; ``read`` returns the value in the schema's casing or raises ARM's 400."""

    def read(self, value: Any, path: str, report: Report) -> Any:
        """Check ``value`` found at ``path`` (dotted, ``""`` for the body itself)."""
        raise NotImplementedError


def _wrong(value: Any, expected: str, path: str) -> ArmError:
    shown = json.dumps(value, ensure_ascii=False)
    if len(shown) > 80:
        shown = shown[:77] + "..."
    return ArmError(
        400,
        "InvalidRequestContent",
        f"The request content was invalid and could not be deserialized: 'Error converting value {shown} to "
        f"type '{expected}'. Path '{path}'.'.",
        target=path,
    )


@dataclass(frozen=True, slots=True)
class AnyValue(Schema):
    """Whatever JSON the caller sends, kept as it is."""

    def read(self, value: Any, path: str, report: Report) -> Any:
        return value


Any_ = AnyValue()
"""Whatever JSON the caller sends."""


@dataclass(frozen=True, slots=True)
class Str(Schema):
    """Text. ``enum`` matches in any casing and answers in the enumeration's; ``pattern`` must match fully."""

    enum: Sequence[str] | None = None
    pattern: str | None = None
    max_length: int | None = None
    min_length: int = 0

    def read(self, value: Any, path: str, report: Report) -> str:
        if not isinstance(value, str):
            raise _wrong(value, "String", path)
        if self.enum is not None:
            for allowed in self.enum:
                if allowed.lower() == value.lower():
                    return allowed
            raise _wrong(value, f"one of {', '.join(self.enum)}", path)
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            raise _wrong(value, f"text matching {self.pattern}", path)
        if self.max_length is not None and len(value) > self.max_length:
            raise _wrong(value, f"text of at most {self.max_length} characters", path)
        if len(value) < self.min_length:
            raise _wrong(value, f"text of at least {self.min_length} characters", path)
        return value


@dataclass(frozen=True, slots=True)
class Int(Schema):
    """A whole number, bounds inclusive. Text holding digits is accepted, as .NET accepts it."""

    min: int | None = None
    max: int | None = None

    def read(self, value: Any, path: str, report: Report) -> int:
        number = value
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
            number = int(value)
        if isinstance(number, float) and number.is_integer():
            number = int(number)
        if not isinstance(number, int) or isinstance(number, bool):
            raise _wrong(value, "Int32", path)
        if (self.min is not None and number < self.min) or (self.max is not None and number > self.max):
            raise _wrong(value, f"Int32 from {self.min} to {self.max}", path)
        return number


@dataclass(frozen=True, slots=True)
class Num(Schema):
    """A number."""

    def read(self, value: Any, path: str, report: Report) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise _wrong(value, "Double", path)
        return value


@dataclass(frozen=True, slots=True)
class Bool(Schema):
    """true or false. The words as text are accepted, as .NET accepts them."""

    def read(self, value: Any, path: str, report: Report) -> bool:
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise _wrong(value, "Boolean", path)
        return value


@dataclass(frozen=True, slots=True)
class ListOf(Schema):
    """An array of ``item``."""

    item: Schema
    max_items: int | None = None

    def read(self, value: Any, path: str, report: Report) -> list[Any]:
        if not isinstance(value, list):
            raise _wrong(value, "Array", path)
        if self.max_items is not None and len(value) > self.max_items:
            raise _wrong(len(value), f"array of at most {self.max_items} items", path)
        return [self.item.read(entry, f"{path}[{index}]", report) for index, entry in enumerate(value)]


@dataclass(frozen=True, slots=True)
class MapOf(Schema):
    """An object with free names (tags) and values of ``item``."""

    item: Schema
    max_items: int | None = None

    def read(self, value: Any, path: str, report: Report) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _wrong(value, "Dictionary", path)
        if self.max_items is not None and len(value) > self.max_items:
            raise _wrong(len(value), f"object of at most {self.max_items} members", path)
        return {name: self.item.read(entry, _join(path, name), report) for name, entry in value.items()}


@dataclass(frozen=True, slots=True)
class Obj(Schema):
    """An object with known members.

    Args:
        members: name to schema; null is accepted for members that are not required.
        required: names that must be there and not be null.
        keep_unknown: members not listed are kept as sent instead of dropped and noted (for resources whose
            documents this emulator stores without knowing every member).
    """

    members: Mapping[str, Schema]
    required: Sequence[str] = ()
    keep_unknown: bool = False

    def read(self, value: Any, path: str, report: Report) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _wrong(value, "Object", path)
        names = {name.lower(): name for name in self.members}
        result: dict[str, Any] = {}
        for sent, entry in value.items():
            name = names.get(sent.lower())
            if name is not None:
                where = _join(path, name)
                result[name] = None if entry is None else self.members[name].read(entry, where, report)
            elif self.keep_unknown:
                result[sent] = entry
            else:
                report.unknown.append(_join(path, sent))
        for name in self.required:
            if result.get(name) is None:
                where = _join(path, name)
                raise ArmError(
                    400,
                    "InvalidRequestContent",
                    "The request content was invalid and could not be deserialized: 'Required property "
                    f"'{name}' not found in JSON. Path '{where}'.'.",
                    target=where,
                )
        return result


@dataclass(frozen=True, slots=True)
class Poly(Schema):
    """An object whose shape is named by the member ``discriminator``.

    Args:
        discriminator: e.g. ``instanceType``; must be there.
        shapes: value of the discriminator to shape; each should list the discriminator itself.
        other: shape for other values; None refuses them.
    """

    discriminator: str
    shapes: Mapping[str, Schema]
    other: Schema | None = None

    def read(self, value: Any, path: str, report: Report) -> Any:
        if not isinstance(value, dict):
            raise _wrong(value, "Object", path)
        where = _join(path, self.discriminator)
        chosen = next((v for k, v in value.items() if k.lower() == self.discriminator.lower()), None)
        if chosen is None:
            raise ArmError(
                400,
                "InvalidRequestContent",
                "The request content was invalid and could not be deserialized: 'Required property "
                f"'{self.discriminator}' not found in JSON. Path '{where}'.'.",
                target=where,
            )
        if not isinstance(chosen, str):
            raise _wrong(chosen, "String", where)
        for name, shape in self.shapes.items():
            if name.lower() == chosen.lower():
                return shape.read(value, path, report)
        if self.other is None:
            raise _wrong(chosen, f"one of {', '.join(self.shapes)}", where)
        return self.other.read(value, path, report)


IDENTITY = Obj(
    {"type": Str(), "userAssignedIdentities": Any_, "principalId": Str(), "tenantId": Str()}, keep_unknown=True
)
"""The managed identity of a resource; ``type`` is None, SystemAssigned, UserAssigned or both with a comma."""


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def read_body(schema: Schema, text: bytes, report: Report) -> Any:
    """Parse and check a request body.

    Raises:
        ArmError: 400, when it is not JSON or does not fit; the message names the path.
    """
    try:
        value = json.loads(text)
        # Python reads more than JSON: NaN, numbers beyond a double, halves of surrogate pairs. None can be kept.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise ArmError(
            400,
            "InvalidRequestContent",
            f"The request content was invalid and could not be deserialized: '{error}'.",
        ) from error
    return schema.read(value, "", report)
