"""The base of what is kept in files and goes over the socket: immutable, typed, compared by value.

Plain dataclasses, so that a face, which only shows them, needs no validating library (and none of its memory and start-up
time). What comes from outside is validated by pydantic, which reads these classes as its own: see :meth:`Part.model_validate`
and :mod:`asr_tui.session.validation`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast, dataclass_transform

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
class Part:
    """Each subclass is a frozen dataclass whose fields are given by name.

    Making one directly validates nothing but what its ``__post_init__`` looks at, which raises a ValueError.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __pydantic_config__: ClassVar[Mapping[str, Any]] = {"extra": "ignore"}  # not the setting of what it stands in

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        dataclass(frozen=True, kw_only=True)(cls)

    def model_copy(self, *, update: Mapping[str, Any]) -> Self:
        """The same with other values for some fields, which are not validated."""
        made = object.__new__(type(self))
        for name in field_names(type(self)):
            object.__setattr__(made, name, update[name] if name in update else getattr(self, name))
        return made

    def model_dump(self, **how: Any) -> dict[str, Any]:
        """As plain data; ``how`` is what :meth:`pydantic.TypeAdapter.dump_python` takes (mode, include, exclude ...)."""
        return cast(dict[str, Any], validator(type(self)).dump_python(self, **how))

    @classmethod
    def model_validate(cls, data: object) -> Self:
        """Make one from plain data.

        Raises:
            pydantic.ValidationError: a field is missing, unknown where none may be, or holds what it cannot.
        """
        return cast(Self, validator(cls).validate_python(data))


class Strict(Part):
    """A part that knows all its fields: validating refuses others."""

    __pydantic_config__ = {"extra": "forbid"}


class After:
    """In an ``Annotated`` hint: when such a value is validated, ``function`` puts it in its normal form or raises a
    ValueError (pydantic's ``AfterValidator``, which only who validates needs to load)."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        """How pydantic sees it."""
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(self.function, handler(source))


_VALIDATORS: dict[type, TypeAdapter[Any]] = {}


def validator(kind: type[Part]) -> TypeAdapter[Any]:
    """What validates and serializes ``kind``; made when it is first needed."""
    if kind not in _VALIDATORS:
        from pydantic import TypeAdapter

        _VALIDATORS[kind] = TypeAdapter(kind)
    return _VALIDATORS[kind]


_NAMES: dict[type, tuple[str, ...]] = {}


def field_names(kind: type[Part]) -> tuple[str, ...]:
    """The names of a part's fields, in order."""
    if kind not in _NAMES:
        _NAMES[kind] = tuple(entry.name for entry in fields(kind))
    return _NAMES[kind]
