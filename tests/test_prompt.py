"""The questions of the line-by-line face: numbers, ranges, back, leave, long lists, hostile text."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr_tui.plain.asking.prompt import BackError, Choice, Keyboard, LeaveError, Prompt, parse_numbers

HOSTILE = "[red]vm[/red]\x1b[2J\x1b]0;owned\x07\r\n\u202egnol\u202c\x9b31m" + "x" * 5000


def keyboard(lines: str) -> Keyboard:
    read, write = os.pipe()
    os.write(write, lines.encode())
    os.close(write)
    return Keyboard(read)


CHOICES = [Choice("one", "The first"), Choice("two", "The second", refused="it is taken"), Choice("three", "The third")]


async def test_a_choice_by_number_by_value_and_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    prompt = Prompt(keyboard("3\nONE\n\n"))
    assert await prompt.choose("Which", CHOICES) == "three"
    assert await prompt.choose("Which", CHOICES) == "one"
    assert await prompt.choose("Which", CHOICES, default="one") == "one"
    out = capsys.readouterr().out
    assert "  1. The first" in out
    assert "  2. The second (no: it is taken)" in out
    assert "Which [1]: " in out


async def test_a_wrong_answer_is_explained_and_asked_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert await Prompt(keyboard("9\nbanana\n2\n\u0663\n1\n")).choose("Which", CHOICES) == "one"
    out = capsys.readouterr().out
    assert out.count("Please answer with a number from 1 to 3") == 3
    assert "The second cannot be chosen: it is taken" in out


async def test_back_leave_and_the_end_of_input() -> None:
    with pytest.raises(BackError):
        await Prompt(keyboard("b\n")).choose("Which", CHOICES)
    with pytest.raises(LeaveError):
        await Prompt(keyboard("q\n")).agree("Sure", default=True)
    with pytest.raises(LeaveError):
        await Prompt(keyboard("")).ask("Name")


async def test_several_takes_ranges_and_leaves_out_what_is_refused() -> None:
    assert await Prompt(keyboard("all\n")).several("Which", CHOICES) == ("one", "three")
    assert await Prompt(keyboard("2 3\n1,3\n")).several("Which", CHOICES) == ("one", "three")
    assert await Prompt(keyboard("none\n")).several("Which", CHOICES) == ()


async def test_a_long_list_comes_in_portions_and_can_be_filtered(capsys: pytest.CaptureFixture[str]) -> None:
    many = [Choice(f"vm-{number}", f"vm-{number}") for number in range(1, 501)]
    assert await Prompt(keyboard("m\n/vm-499\n499\n")).choose("Which", many) == "vm-499"
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("  ... ") for line in lines) == 2
    assert sum("499. vm-499" in line for line in lines) == 1
    assert len(lines) < 100


async def test_hostile_choices_are_text(capsys: pytest.CaptureFixture[str]) -> None:
    await Prompt(keyboard("1\n")).choose(HOSTILE, [Choice("x", HOSTILE, "")])
    assert "\x1b" not in capsys.readouterr().out


async def test_a_file_can_answer(tmp_path: object) -> None:
    path = os.path.join(str(tmp_path), "answers")  # noqa: PTH118
    with open(path, "w") as stream:  # noqa: PTH123, ASYNC230
        stream.write("yes\nno")
    descriptor = os.open(path, os.O_RDONLY)
    prompt = Prompt(Keyboard(descriptor))
    assert await prompt.agree("Sure", default=False) is True
    assert await prompt.agree("Sure", default=True) is False
    os.close(descriptor)


@given(st.text(alphabet="0123456789-, \tall none٣²", max_size=30), st.integers(1, 50))
def test_numbers_are_within_range_and_never_twice(text: str, highest: int) -> None:
    numbers = parse_numbers(text, highest)
    if numbers is not None:
        assert len(set(numbers)) == len(numbers)
        assert all(1 <= number <= highest for number in numbers)


def test_numbers_and_ranges() -> None:
    assert parse_numbers("1 3 5-7", 9) == (1, 3, 5, 6, 7)
    assert parse_numbers("all", 3) == (1, 2, 3)
    assert parse_numbers("3-1", 9) is None
    assert parse_numbers("1-99999999999999999999999", 9) is None
    assert parse_numbers("0", 9) is None
