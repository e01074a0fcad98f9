"""Styles as terminals are told them (SGR parameters): taken apart, put in a normal order, and the shortest way between two."""

from __future__ import annotations

from functools import lru_cache


class Style:
    """Attributes, foreground and background that SGR parameters set."""

    __slots__ = ("attributes", "background", "foreground")

    def __init__(self, attributes: frozenset[str], foreground: str, background: str) -> None:
        self.attributes = attributes
        self.foreground = foreground
        self.background = background

    @property
    def parameters(self) -> str:
        """The parameters that set this style after a reset, always in the same order."""
        return ";".join([*sorted(self.attributes), *filter(None, (self.foreground, self.background))])


@lru_cache(maxsize=4096)
def parsed(parameters: str) -> Style:
    """The style that ``parameters`` set after a reset."""
    return _apply(Style(frozenset(), "", ""), parameters)


def _apply(before: Style, parameters: str) -> Style:
    attributes, foreground, background = set(before.attributes), before.foreground, before.background
    codes = (parameters or "0").split(";")
    index = 0
    while index < len(codes):
        code = codes[index] or "0"
        taken = 1
        if code in {"38", "48"}:
            taken = 5 if codes[index + 1 : index + 2] == ["2"] else 3
            colour = ";".join(codes[index : index + taken])
            foreground, background = (colour, background) if code == "38" else (foreground, colour)
        elif code == "0":
            attributes, foreground, background = set(), "", ""
        elif code in _OFF:
            attributes -= _OFF[code]
        elif code == "39":
            foreground = ""
        elif code == "49":
            background = ""
        elif code.isdigit() and (30 <= int(code) <= 37 or 90 <= int(code) <= 97):
            foreground = code
        elif code.isdigit() and (40 <= int(code) <= 47 or 100 <= int(code) <= 107):
            background = code
        else:
            attributes.add(code)
        index += taken
    return Style(frozenset(attributes), foreground, background)


_OFF = {"22": {"1", "2"}, "23": {"3"}, "24": {"4", "21"}, "25": {"5", "6"}, "27": {"7"}, "28": {"8"}, "29": {"9"}}
_OFF_BY = {code: off for off, codes in _OFF.items() for code in codes}


@lru_cache(maxsize=4096)
def restyled(current: str, parameters: str) -> str:
    """The style after ``parameters`` are applied to ``current``, as normal parameters."""
    return _apply(parsed(current), parameters).parameters if current else parsed(parameters).parameters


@lru_cache(maxsize=4096)
def seen_on_blank(style: str) -> str:
    """What of a style can be seen on a blank: background and lines, or all of it where it is reversed."""
    known = parsed(style)
    if "7" in known.attributes:
        return style
    return Style(known.attributes & _SEEN_ON_BLANKS, "", known.background).parameters


_SEEN_ON_BLANKS = frozenset({"4", "9", "21", "53"})


@lru_cache(maxsize=4096)
def transition(current: str, wanted: str) -> str:
    """The shortest SGR sequence from one style to another."""
    if current == wanted:
        return ""
    if not wanted:
        return "\x1b[m"
    before, new = parsed(current), parsed(wanted)
    whole = f"\x1b[0;{wanted}m" if current else f"\x1b[{wanted}m"
    gone = before.attributes - new.attributes
    offs = sorted({_OFF_BY[code] for code in gone if code in _OFF_BY})
    if len(gone) > sum(code in _OFF_BY for code in gone):
        return whole
    left = before.attributes - frozenset().union(*(_OFF[off] for off in offs))
    parts = [*offs, *sorted(new.attributes - left)]
    if before.foreground != new.foreground:
        parts.append(new.foreground or "39")
    if before.background != new.background:
        parts.append(new.background or "49")
    changed = f"\x1b[{';'.join(parts)}m"
    return changed if len(changed) <= len(whole) else whole
