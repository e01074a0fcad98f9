"""What has to be known and settled about the terminal before Textual is imported. Imports neither Textual nor Rich."""

from __future__ import annotations

import base64
import locale
import os
import re
import sys
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass

THEME_NAMES = ("calm", "light", "contrast", "terminal")
MIN_COLUMNS = 80
MIN_LINES = 24


@dataclass(frozen=True, slots=True)
class Options:
    """How the screens are shown. ``theme`` "" picks one for this terminal; ``ascii`` None decides by the terminal."""

    theme: str = ""
    ascii: bool | None = None
    mouse: bool = False
    no_animation: bool = False
    stock_driver: bool = False
    show_bytes: bool = False


# Textual reads these when it is imported. Set with setdefault, so that the engineer's own choice wins.
_SETTINGS = {
    "TEXTUAL_ANIMATIONS": "none",
    "TEXTUAL_SMOOTH_SCROLL": "0",
    "TEXTUAL_FPS": "15",
    "TEXTUAL_DISABLE_KITTY_KEY": "1",
}


def load_asyncio_without_tls() -> None:
    """Import asyncio so that it leaves TLS out: the screens talk over a Unix socket only, and OpenSSL is 4 MiB of memory.

    Does nothing where either has been imported already.
    """
    if "asyncio" in sys.modules or "ssl" in sys.modules:
        return
    sys.modules["ssl"] = None  # type: ignore[assignment]  # to the import system: there is none
    try:
        import asyncio  # noqa: F401
    finally:
        del sys.modules["ssl"]


def settle(environ: MutableMapping[str, str] | None = None) -> None:
    """Tell Textual, before its import: no animation, no smooth scrolling, few frames, no Kitty keyboard protocol."""
    target = os.environ if environ is None else environ
    for name, value in _SETTINGS.items():
        target.setdefault(name, value)
    if has_few_colours(target):
        target.setdefault("TEXTUAL_COLOR_SYSTEM", "standard")


def has_few_colours(environ: Mapping[str, str]) -> bool:
    """Whether the terminal has sixteen colours at most (the Linux console, a serial line)."""
    term = environ.get("TERM", "")
    if environ.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
        return False
    return term in {"linux", "ansi", "dumb", "xterm", "screen", "cygwin"} or bool(re.match(r"vt\d+", term))


def wants_ascii(environ: Mapping[str, str]) -> bool:
    """Whether line drawing and signs had better be ASCII: no UTF-8 locale, or a console that has no such glyphs."""
    term = environ.get("TERM", "")
    if term in {"linux", "dumb"} or re.match(r"vt\d+", term):
        return True
    named = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG")
    charset = named.partition(".")[2] if named else locale.getpreferredencoding(False)
    return charset.lower().replace("-", "") != "utf8"


def theme_for(environ: Mapping[str, str], wanted: str = "") -> str:
    """The theme to begin with: the one wanted, the terminal's own colours where there are few or none, else ``calm``."""
    if "NO_COLOR" in environ or (not wanted and has_few_colours(environ)):
        return "terminal"
    return wanted or "calm"


_ASCII = str.maketrans(
    {
        "✓": "+",
        "✗": "x",
        "▲": "!",
        "●": "*",
        "○": "o",
        "↻": "~",
        "»": ">",
        "‖": "=",
        "…": "~",
        "→": ">",
        "←": "<",
        "↓": "v",
        "↑": "^",
        "▏": "_",
        "█": "#",
        "░": ".",
        "·": ".",
        "•": "*",
        "─": "-",
        "━": "=",
        "│": "|",
        "┃": "|",
        "┌": "+",
        "┐": "+",
        "└": "+",
        "┘": "+",
        "├": "+",
        "┤": "+",
        "┬": "+",
        "┴": "+",
        "┼": "+",
        "╭": "+",
        "╮": "+",
        "╰": "+",
        "╯": "+",
        "▶": ">",
        "◀": "<",
        "\u00a0": " ",
    }
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def to_ascii(text: str) -> str:
    """``text`` in ASCII, each character of one cell as one character: signs and lines by their twin, the rest as ``?``."""
    return text if text.isascii() else _NOT_ASCII.sub("?", text.translate(_ASCII))


# k9s stops at this many encoded characters: more is cut off or ignored by the terminals between here and the engineer.
MAX_CLIPBOARD = 74_994


def clipboard_sequence(text: str, environ: Mapping[str, str]) -> str:
    """The OSC 52 sequence that puts ``text`` on the engineer's own clipboard, wrapped for tmux and screen.

    "" where it cannot work: a dumb terminal, or more text than terminals accept.
    """
    encoded = base64.b64encode(text.encode()).decode()
    if environ.get("TERM", "") == "dumb" or len(encoded) > MAX_CLIPBOARD:
        return ""
    sequence = f"\x1b]52;c;{encoded}\x07"
    if environ.get("TMUX"):
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if environ.get("TERM", "").startswith("screen"):
        chunks = [sequence[start : start + 76] for start in range(0, len(sequence), 76)]
        return "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks)
    return sequence


def erases_with_background() -> bool:
    """Whether erased cells take the current background (terminfo's ``bce``); False where that is not known."""
    import curses

    try:
        curses.setupterm(fd=2)
    except (curses.error, OSError):
        return False
    return curses.tigetflag("bce") == 1
