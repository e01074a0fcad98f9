"""The device code: large, with its address, the time left, and as a QR code where there is room."""

from __future__ import annotations

from datetime import UTC, datetime

from asr_tui.qr import qr_rows
from asr_tui.session.views import SignInView
from asr_tui.wording import clean, clock, duration, width
from screens.widgets.lines import Line, line, paragraph

_MARGIN = 3


def device_code_lines(sign_in: SignInView, cells: int, rows: int, *, blocks: bool) -> list[Line]:
    """What to type where, in ``cells`` by ``rows``. ``blocks``: the terminal can draw half blocks."""
    told = _told(sign_in)
    picture = qr_rows(sign_in.device_url) if blocks else ()
    beside = cells - (len(picture[0]) + _MARGIN if picture else 0)
    if not picture or len(picture) > rows or beside < width(_spaced(sign_in.device_code)) + 6:
        lines = _rows(told, cells)
        if picture and len(lines) < rows:
            lines.append(line((f"A larger terminal ({len(picture) + 8} lines) shows the address as a QR code.", "dim")))
        return lines
    text = _rows(told, beside)
    blank = " " * _MARGIN
    return [((code, "qr"), (blank, "plain"), *(text[at] if at < len(text) else ())) for at, code in enumerate(picture)]


def _told(sign_in: SignInView) -> tuple[tuple[str, str], ...]:
    """Texts and tones, top to bottom; the code between rules stands on lines of its own."""
    left = ""
    if sign_in.code_expires is not None:
        seconds = (sign_in.code_expires - datetime.now(UTC)).total_seconds()
        left = f"{duration(seconds)} left (until {clock(sign_in.code_expires)}); a new code follows by itself."
    why = "The sign-in has to be renewed. What runs in Azure goes on." if sign_in.renewing else ""
    spaced = _spaced(sign_in.device_code)
    rule = "─" * (width(spaced) + 4)
    return (
        *(((why, "warn"),) if why else ()),
        ("1. Open this address in a browser on any machine:", "plain"),
        (sign_in.device_url, "strong"),
        ("", "plain"),
        ("2. Type this code there:", "plain"),
        (f"┌{rule}┐", "accent"),
        (f"│  {spaced}  │", "strong"),
        (f"└{rule}┘", "accent"),
        (left, "dim"),
        ("y copies the code (OSC 52). x gives up.", "dim"),
    )


def _rows(told: tuple[tuple[str, str], ...], cells: int) -> list[Line]:
    lines: list[Line] = []
    for text, tone in told:
        lines.extend(paragraph(text, cells, tone) if text and text[0] not in "┌│└" else [line((clean(text), tone))])
    return lines


def _spaced(code: str) -> str:
    """Letter by letter, so that nothing runs together."""
    return " ".join(clean(code))
