"""The themes, and what each tone looks like in them."""

from __future__ import annotations

from functools import cache

from rich.color import Color
from rich.style import Style
from textual.theme import Theme

# Colours of the 256-colour cube, so that a plain SSH session (no true colour) shows the very same picture.
_DARK = {
    "dim": "#8a8a8a",
    "strong": "#eeeeee",
    "head": "#afafaf",
    "accent": "#87afd7",
    "good": "#87af87",
    "warn": "#d7af5f",
    "bad": "#ff8787",
    "key": "#87afd7",
    "cursor-fg": "#ffffff",
    "cursor-bg": "#005f87",
    "resting-fg": "#eeeeee",
    "resting-bg": "#303030",
    "bar-fg": "#bcbcbc",
    "bar-bg": "#262626",
    "practice-fg": "#1c1c1c",
    "practice-bg": "#d7af5f",
    "rule": "#444444",
}
_LIGHT = {
    "dim": "#626262",
    "strong": "#080808",
    "head": "#4e4e4e",
    "accent": "#005f87",
    "good": "#005f00",
    "warn": "#875f00",
    "bad": "#af0000",
    "key": "#005f87",
    "cursor-fg": "#ffffff",
    "cursor-bg": "#005f87",
    "resting-fg": "#080808",
    "resting-bg": "#d0d0d0",
    "bar-fg": "#303030",
    "bar-bg": "#dadada",
    "practice-fg": "#ffffff",
    "practice-bg": "#875f00",
    "rule": "#b2b2b2",
}
_CONTRAST = {
    "dim": "#ffffff",
    "strong": "#ffffff",
    "head": "#ffffff",
    "accent": "#5fffff",
    "good": "#5fff5f",
    "warn": "#ffff00",
    "bad": "#ff8787",
    "key": "#ffff00",
    "cursor-fg": "#000000",
    "cursor-bg": "#ffff00",
    "resting-fg": "#000000",
    "resting-bg": "#d0d0d0",
    "bar-fg": "#ffffff",
    "bar-bg": "#000000",
    "practice-fg": "#000000",
    "practice-bg": "#ffffff",
    "rule": "#ffffff",
}
_TERMINAL = {
    "dim": "ansi_default",
    "strong": "ansi_default",
    "head": "ansi_default",
    "accent": "ansi_cyan",
    "good": "ansi_green",
    "warn": "ansi_yellow",
    "bad": "ansi_red",
    "key": "ansi_cyan",
    "cursor-fg": "ansi_default",
    "cursor-bg": "ansi_default",
    "resting-fg": "ansi_default",
    "resting-bg": "ansi_default",
    "bar-fg": "ansi_default",
    "bar-bg": "ansi_default",
    "practice-fg": "ansi_default",
    "practice-bg": "ansi_default",
    "rule": "ansi_default",
}


def _variables(tones: dict[str, str]) -> dict[str, str]:
    fixed = {"input-cursor-text-style": "reverse", "input-selection-background": tones["resting-bg"]}
    return {**{f"tone-{name}": colour for name, colour in tones.items()}, **fixed}


THEMES: tuple[Theme, ...] = (
    Theme(
        name="calm",
        primary="#87afd7",
        foreground="#d0d0d0",
        background="#121212",
        surface="#1c1c1c",
        panel="#262626",
        success="#87af87",
        warning="#d7af5f",
        error="#ff8787",
        accent="#87afd7",
        dark=True,
        text_alpha=1.0,
        variables=_variables(_DARK),
    ),
    Theme(
        name="light",
        primary="#005f87",
        foreground="#262626",
        background="#eeeeee",
        surface="#e4e4e4",
        panel="#dadada",
        success="#005f00",
        warning="#875f00",
        error="#af0000",
        accent="#005f87",
        dark=False,
        text_alpha=1.0,
        variables=_variables(_LIGHT),
    ),
    Theme(
        name="contrast",
        primary="#5fffff",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#000000",
        success="#5fff5f",
        warning="#ffff00",
        error="#ff8787",
        accent="#5fffff",
        dark=True,
        text_alpha=1.0,
        variables=_variables(_CONTRAST),
    ),
    Theme(
        name="terminal",
        primary="ansi_cyan",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        success="ansi_green",
        warning="ansi_yellow",
        error="ansi_red",
        accent="ansi_cyan",
        dark=True,
        ansi=True,
        variables={**_variables(_TERMINAL), "ansi-background": "ansi_default", "ansi-foreground": "ansi_default"},
    ),
)
"""``calm`` (dark), ``light``, ``contrast``, and ``terminal``: the sixteen colours that the engineer's own terminal has."""

_BY_NAME = {theme.name: theme for theme in THEMES}
_BOLD = {"strong", "bad", "key", "footkey", "practice"}
_ON_GROUND = ("cursor", "resting", "bar", "practice")
"""Tones with a background of their own."""


@cache
def palette(theme: str) -> dict[str, Style]:
    """The look of every tone in ``theme``. In ``terminal`` reverse video and underline do what colours do elsewhere, so
    that it can be read without any colour at all."""
    known = _BY_NAME.get(theme, THEMES[0])
    colours, ansi = known.variables, known.ansi

    def colour(name: str) -> Color | None:
        value = colours.get(f"tone-{name}", "")
        if ansi:
            value = value.removeprefix("ansi_")
        return Color.parse(value) if value and value != "default" else None

    looks = {"plain": Style(), "head": Style(color=colour("head"), underline=True)}
    for name in ("dim", "strong", "accent", "good", "warn", "bad", "key"):
        looks[name] = Style(color=colour(name), bold=True if name in _BOLD else None)
    for name in _ON_GROUND:
        bold = True if name in _BOLD else None
        looks[name] = Style(color=colour(f"{name}-fg"), bgcolor=colour(f"{name}-bg"), bold=bold)
    looks["qr"] = Style(color="#000000", bgcolor="#ffffff")
    looks["footkey"] = Style(color=colour("key"), bgcolor=colour("bar-bg"), bold=True)
    if ansi:
        looks["dim"] = Style(dim=True)
        looks["cursor"] = looks["practice"] = Style(reverse=True)
        looks["resting"] = Style(underline=True)
    return looks
