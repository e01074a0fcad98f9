"""Text as this face may print it: data from Azure can neither style, move the cursor nor reverse a line."""

from __future__ import annotations

from asr_tui.session import text as safe

NAME_LIMIT = 60
MESSAGE_LIMIT = 2000


def clean(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """``text`` on one line, harmless (see :func:`asr_tui.session.text.clean`), in at most ``limit`` characters.

    The worker cleans what it sends already; this face does it again for what reached it by another way (an error of the
    operating system, an argument).
    """
    return shorten(safe.clean(text), limit)


def shorten(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` characters (at least 5), cut in the middle."""
    if len(text) <= limit:
        return text
    tail = (limit - 3) * 2 // 3
    return f"{text[: limit - 3 - tail]}...{text[len(text) - tail :]}"


def ascii_only(text: str) -> str:
    """``text`` for a console without Unicode: what has no ASCII form shows as its escape."""
    return text.encode("ascii", "backslashreplace").decode("ascii")


def duration(seconds: float) -> str:
    """A human duration: ``45 s``, ``3 min 20 s``, ``2 h 5 min``, ``3 d 4 h``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 VM``, ``3 VMs``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
