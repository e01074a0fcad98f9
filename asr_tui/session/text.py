"""Text from Azure is data: names, tags and messages may hold escape sequences, line breaks or right-to-left marks.

This is the one place where such text is made harmless. The feed runs everything that leaves the worker through
:func:`clean_section`, so both faces may rely on it: no string of a view holds a control character, except line breaks
in the few fields that are texts of several lines.
"""

from __future__ import annotations

import json
import re
from typing import Any

MULTILINE_FIELDS = frozenset({"body", "detail", "notes", "output", "scripts"})
"""Fields of views that keep their line breaks: request bodies, the service's own texts, notes, scripts and their output."""

_BREAKS = re.compile(r"[ \t]*(?:\r\n|[\n\r\t\v\f\u0085\u2028\u2029])[ \t]*")
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_IN_JSON = re.compile(
    r"\\(?:[bfnrt]|u00[01]|u007[fF]|u0[08][89]|u061|u20[026]|u[dD][89a-fA-F])"
    "|[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)


def clean(text: str, *, multiline: bool = False) -> str:
    """``text`` without anything that could move a cursor, style a screen or turn the writing direction.

    A C0 control becomes its Unicode picture (ESC shows as ``␛``), C1 and bidirectional controls and lone surrogates
    become ``\\ufffd``. Line breaks and tabs become one blank, or stay line breaks where ``multiline``.
    """
    if multiline:
        return "\n".join(clean(line) for line in text.splitlines())
    if not _UNSAFE.search(text) and "\u2028" not in text and "\u2029" not in text:
        return text
    return _UNSAFE.sub(_picture, _BREAKS.sub(" ", text))


def clean_section(text: str) -> str:
    """The JSON ``text`` of a view section with every string in it cleaned; the same text where nothing was unsafe."""
    if not _IN_JSON.search(text):
        return text
    return json.dumps(_cleaned(json.loads(text), multiline=False), ensure_ascii=False, separators=(",", ":"))


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def _cleaned(value: Any, *, multiline: bool) -> Any:
    if isinstance(value, str):
        return clean(value, multiline=multiline)
    if isinstance(value, list):
        return [_cleaned(item, multiline=multiline) for item in value]
    if isinstance(value, dict):
        return {
            clean(key): _cleaned(item, multiline=multiline or key in MULTILINE_FIELDS) for key, item in value.items()
        }
    return value
