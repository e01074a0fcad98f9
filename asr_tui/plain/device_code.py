"""The device code in lines: spelled out, with its address, and on a terminal the address as a QR code."""

from __future__ import annotations

from datetime import UTC, datetime

from asr_tui.plain.events import LineWriter, Writer
from asr_tui.qr import qr_rows
from asr_tui.session.views import SignInView
from asr_tui.wording import duration


def tell_device_code(writer: Writer, sign_in: SignInView) -> None:
    """Say what to type where, and for how long it counts."""
    if sign_in.renewing:
        writer.note("Azure asks to sign in again. What runs in Azure goes on meanwhile.")
    if isinstance(writer, LineWriter) and writer.can_draw:
        writer.draw(qr_rows(sign_in.device_url, dark_terminal=True))
    writer.note(f"To sign in, open {sign_in.device_url} in any browser and type the code {sign_in.device_code}.")
    writer.note(f"Letter by letter: {' '.join(sign_in.device_code)}")
    if sign_in.code_expires is not None:
        left = duration((sign_in.code_expires - datetime.now(UTC)).total_seconds())
        writer.note(f"It counts for {left}; a new one follows by itself.")
