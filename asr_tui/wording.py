"""How texts, amounts and times are put on a screen. Pure; widths are in terminal cells."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from functools import lru_cache

from rich.cells import cell_len, get_character_cell_size

ELLIPSIS = "…"
# Controls, formatting (bidirectional marks, zero-width joiners ...), surrogates, private and unassigned characters.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_VARIATION_SELECTORS = frozenset(chr(code) for code in range(0xFE00, 0xFE10))


@lru_cache(maxsize=8192)
def clean(text: str) -> str:
    """``text`` on one line, without a character that a terminal would act on.

    Text from Azure is data: what could move the cursor, restyle or reverse the line shows as its escape (``\\x1b``),
    so that nothing is hidden from the reader.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character in "\n\r\t":
        return " "
    if character in _VARIATION_SELECTORS:
        return ""
    category = unicodedata.category(character)
    if category in _UNPRINTABLE or (category == "Zs" and character != " "):
        return " " if category == "Zs" else character.encode("unicode_escape").decode("ascii")
    return character


def width(text: str) -> int:
    """The number of cells that ``text`` takes."""
    return len(text) if text.isascii() else cell_len(text)


def head(text: str, cells: int) -> str:
    """As much of the beginning of ``text`` as fits in ``cells``."""
    if text.isascii():
        return text[:cells]
    taken = 0
    for index, character in enumerate(text):
        taken += get_character_cell_size(character)
        if taken > cells:
            return text[:index]
    return text


def tail(text: str, cells: int) -> str:
    """As much of the end of ``text`` as fits in ``cells``."""
    if text.isascii():
        return text[max(0, len(text) - cells) :]
    taken = 0
    for index in range(len(text) - 1, -1, -1):
        taken += get_character_cell_size(text[index])
        if taken > cells:
            return text[index + 1 :]
    return text


def shorten(text: str, cells: int) -> str:
    """``text`` in at most ``cells``, cut in the middle: of a name or an id the tail tells more than the centre."""
    if width(text) <= cells:
        return text
    if cells < 4:
        return head(text, max(0, cells))
    end = (cells - 1) // 2
    return f"{head(text, cells - 1 - end)}{ELLIPSIS}{tail(text, end)}"


def cut(text: str, cells: int) -> str:
    """``text`` in at most ``cells``, cut at the end: for sentences."""
    return text if width(text) <= cells else f"{head(text, max(0, cells - 1)).rstrip()}{ELLIPSIS}"


def fit(text: str, cells: int, align: str = "left", *, prose: bool = False) -> str:
    """``text`` shortened or padded to exactly ``cells``. ``align``: left or right; ``prose`` is cut at its end."""
    short = cut(text, cells) if prose else shorten(text, cells)
    padding = " " * max(0, cells - width(short))
    return padding + short if align == "right" else short + padding


def wrap(text: str, cells: int) -> list[str]:
    """``text`` in lines of at most ``cells``, broken at blanks, and inside words that are longer than a line."""
    cells = max(1, cells)
    lines: list[str] = []
    line = ""
    for word in text.split():
        rest = word
        while width(rest) > cells:
            room = cells - (width(line) + 1 if line else 0)
            if room < min(8, cells):
                lines.append(line)
                line, room = "", cells
            piece = head(rest, room) or rest[0]
            lines.append(f"{line} {piece}" if line else piece)
            line, rest = "", rest[len(piece) :]
        if rest and line and width(line) + 1 + width(rest) > cells:
            lines.append(line)
            line = rest
        elif rest:
            line = f"{line} {rest}" if line else rest
    if line:
        lines.append(line)
    return lines or [""]


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 VM``, ``3 VMs``, ``12,000 VMs``, ``2 policies``. ``plural`` where the rule does not give it."""
    many = plural or (f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2] not in "aeiou" else f"{noun}s")
    return f"{number:,} {noun if number == 1 else many}"


def duration(seconds: float) -> str:
    """A human duration: ``45 s``, ``3 min 20 s``, ``2 h 5 min``, ``3 d 4 h``."""
    whole = max(0, round(seconds))
    for size, unit, smaller, small_unit in _SCALES:
        if whole >= size:
            big, rest = divmod(whole, size)
            small = rest // smaller
            return f"{big} {unit} {small} {small_unit}" if small else f"{big} {unit}"
    return f"{whole} s"


_SCALES = ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))


def minutes(amount: int) -> str:
    """A setting that is kept in minutes: ``off``, ``60 min``, ``24 h``, ``15 d``."""
    if amount == 0:
        return "off"
    if amount % 1440 == 0 and amount > 1440:
        return f"{amount // 1440} d"
    return f"{amount // 60} h" if amount % 60 == 0 else f"{amount} min"


def size(gib: int) -> str:
    """``512 GiB``, ``1.5 TiB``."""
    return f"{gib:,} GiB" if gib < 1024 else f"{gib / 1024:.1f} TiB"


def megabytes(amount: float) -> str:
    """``0 MB``, ``512 MB``, ``1.5 GB``."""
    return f"{amount:.0f} MB" if amount < 1000 else f"{amount / 1000:.1f} GB"


def bytes_sent(amount: int) -> str:
    """``920 B``, ``12.3 kB``, ``1.2 MB``."""
    if amount < 1000:
        return f"{amount} B"
    return f"{amount / 1000:.1f} kB" if amount < 1_000_000 else f"{amount / 1_000_000:.1f} MB"


def clock(moment: datetime) -> str:
    """The time of day in local time with its zone: ``14:02:05 CET``."""
    local = moment.astimezone()
    return f"{local:%H:%M:%S} {local.tzname() or 'UTC'}"


def stamp(moment: datetime) -> str:
    """Date and time in local time with its zone: ``2026-03-04 14:02 CET``."""
    local = moment.astimezone()
    return f"{local:%Y-%m-%d %H:%M} {local.tzname() or 'UTC'}"


def since(start: datetime | None, now: datetime | None) -> str:
    """How long ago ``start`` was, "" when either is not known."""
    if start is None or now is None:
        return ""
    return duration(max(timedelta(0), now - start).total_seconds())


def until(end: datetime | None, now: datetime | None) -> str:
    """How long there is to ``end``: ``about 12 min``, ``any moment``, or "" when not known."""
    if end is None or now is None:
        return ""
    seconds = (end - now).total_seconds()
    if seconds < 1:
        return "any moment"
    return f"about {duration(seconds if seconds < 120 else round(seconds / 60) * 60)}"
