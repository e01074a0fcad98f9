"""Text from Azure can neither style nor break a face."""

import json

import pytest

from asr_tui.session.text import clean, clean_section


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("web-01", "web-01"),
        ("[red]web[/red]", "[red]web[/red]"),
        ("a\x1b[2Jb", "a␛[2Jb"),
        ("a\x7fb\x9bc", "a␡b\ufffdc"),
        ("abc\u202edef\u2069", "abc\ufffddef\ufffd"),
        ("one\r\n  two\tthree", "one two three"),
        ("one\u2028two", "one two"),
        ("half\ud83d", "half\ufffd"),
        ("ü 東京 👩‍💻", "ü 東京 👩‍💻"),
        ("\\n stays a backslash", "\\n stays a backslash"),
    ],
)
def test_controls_become_visible(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_several_lines_stay_several_lines() -> None:
    assert clean("one\r\ntwo\x1b\n", multiline=True) == "one\ntwo␛"


@pytest.mark.parametrize(
    "point", [*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), 0x2066]
)
def test_a_section_is_cleaned_whatever_the_escaping(point: int) -> None:
    data = [{"name": f"a{chr(point)}b", "tags": {f"k{chr(point)}": "v"}, "n": 1}]
    for ascii_only in (True, False):
        text = clean_section(json.dumps(data, ensure_ascii=ascii_only))
        assert chr(point) not in text
        cleaned = json.loads(text)
        assert chr(point) not in cleaned[0]["name"]
        assert cleaned[0]["n"] == 1


def test_fields_of_several_lines_keep_their_breaks() -> None:
    text = clean_section(json.dumps({"body": "{\n  1\n}", "what": "a\nb"}))
    assert json.loads(text) == {"body": "{\n  1\n}", "what": "a b"}


def test_clean_text_is_passed_through_unchanged() -> None:
    text = json.dumps({"name": "web-01", "path": "C:\\Temp"})
    assert clean_section(text) is text
