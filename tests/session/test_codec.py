"""What goes over the socket is read back as it was, by a face that has no validating library."""

from __future__ import annotations

import json
import random
import types
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr_tui.model.part import After, Part, field_names
from asr_tui.model.problem import Problem
from asr_tui.session import intents
from asr_tui.session.codec import decode, encode
from asr_tui.session.copy import reader_of
from asr_tui.session.protocol import LONG, Answered, Send
from asr_tui.session.validation import FROM_FACE, section_adapter
from asr_tui.session.views import SECTIONS, View

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


def made(kind: Any, dice: random.Random, depth: int = 0) -> Any:
    """Any value of ``kind``, by its type hints alone."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        bounds = arguments[1]
        if isinstance(bounds, After):
            return {} if get_origin(arguments[0]) is dict else ""  # which every normal form takes for "not said"
        if (low := getattr(bounds, "ge", None)) is not None:
            return arguments[0](dice.randint(int(low), int(bounds.le)))
        return made(arguments[0], dice, depth)
    if origin is Literal:
        return dice.choice(arguments)
    if origin in {Union, types.UnionType}:
        options = [one for one in arguments if one is not types.NoneType]
        return (
            None if len(options) < len(arguments) and dice.random() < 0.5 else made(dice.choice(options), dice, depth)
        )
    most = 2 if depth < 4 else 0
    if origin is tuple:
        return tuple(made(arguments[0], dice, depth + 1) for _ in range(dice.randint(0, most)))
    if origin is dict:
        return {made(str, dice): made(arguments[1], dice, depth + 1) for _ in range(dice.randint(0, most))}
    if issubclass(kind, Part):
        hints = get_type_hints(kind, include_extras=True)
        while True:
            try:
                return kind(**{name: made(hints[name], dice, depth + 1) for name in field_names(kind)})
            except ValueError:  # fields that do not go together: throw the dice again
                continue
    if issubclass(kind, Enum):
        return dice.choice(list(kind))
    if kind is datetime:
        return NOW + timedelta(milliseconds=dice.randint(0, 10**9))
    if kind is bool:
        return dice.random() < 0.5
    if kind is int:
        return dice.randint(0, 10**6)
    return dice.random() * 1000 if kind is float else dice.choice(["", "web", "größe → 2", 'a"b\\c', "\u2028"])


def kinds() -> Iterator[Any]:
    return iter(get_args(intents.Intent))


@settings(deadline=None, max_examples=10)
@given(st.randoms(use_true_random=False))
@pytest.mark.parametrize("name", [*SECTIONS, *LONG])
def test_a_face_reads_each_section_as_the_worker_has_it(name: str, dice: random.Random) -> None:
    adapter = section_adapter(name)
    kind: Any = View
    for part in name.split("."):
        kind = get_type_hints(kind, include_extras=True)[part]
    value = made(kind, dice)
    assert reader_of(name)(json.loads(adapter.dump_json(value))) == value


@settings(deadline=None, max_examples=10)
@given(st.randoms(use_true_random=False))
@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_the_worker_reads_each_intent_as_the_face_means_it(kind: type[Part], dice: random.Random) -> None:
    intent = made(kind, dice)
    message = FROM_FACE.validate_json(encode(Send(number=7, intent=intent)))
    assert isinstance(message, Send)
    assert (message.number, message.intent) == (7, intent)


def test_an_answer_arrives_with_its_problems() -> None:
    answer = intents.Answer(problems=(Problem(what="No. \ud83d", status=404),))
    message = Answered(number=3, answer=answer)
    assert decode(Answered, json.loads(encode(message))) == message


def test_texts_that_occur_again_and_again_are_kept_once() -> None:
    rows = [{"name": f"check {number}", "title": "", "zones": 3} for number in range(2)]
    first, second = reader_of("architecture.sources")([{**row, "geography": "North " + "Europe"} for row in rows])
    assert first.geography is second.geography


@pytest.mark.parametrize("text", ["{}", '{"number": 1}', "[]", '"x"', '{"number": 1, "answer": 5}'])
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises((ValueError, TypeError, KeyError, AttributeError)):
        decode(Answered, json.loads(text))
