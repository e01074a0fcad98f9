"""The tones that text can have, the signs and words of states, and the themes that give tones their colours.

A tone never carries meaning by itself: a sign and a word always stand with it.
"""

from __future__ import annotations

from textual.theme import Theme

TONES = (
    "plain",
    "dim",
    "strong",
    "head",
    "accent",
    "good",
    "warn",
    "bad",
    "key",
    "cursor",
    "resting",
    "bar",
    "practice",
    "footkey",
    "qr",
)
"""``cursor`` is the row with the focus, ``resting`` the same row while the focus is elsewhere; ``bar`` is header and footer;
``qr`` is black on white in every theme, or no phone reads it."""

Look = tuple[str, str, str]
"""Sign, word and tone of a state."""

_RUNNING: Look = ("●", "running", "accent")

SEVERITIES: dict[str, Look] = {
    "blocker": ("✗", "blocker", "bad"),
    "warning": ("▲", "warning", "warn"),
    "unknown": ("?", "unknown", "warn"),
    "info": ("i", "info", "dim"),
}
STEP_STATES: dict[str, Look] = {
    "todo": ("○", "to do", "dim"),
    "ready": ("○", "ready", "plain"),
    "running": _RUNNING,
    "attention": ("▲", "look here", "warn"),
    "done": ("✓", "done", "good"),
    "again": ("↻", "check again", "warn"),
}
OPERATION_STATES: dict[str, Look] = {
    "running": _RUNNING,
    "succeeded": ("✓", "succeeded", "good"),
    "failed": ("✗", "failed", "bad"),
    "cancelled": ("-", "cancelled", "dim"),
}
CHANGE_STATES: dict[str, Look] = {
    "planned": ("○", "planned", "plain"),
    "waiting": ("○", "waiting", "dim"),
    "running": _RUNNING,
    "done": ("✓", "done", "good"),
    "adopted": ("✓", "adopted", "good"),
    "reused": ("=", "exists", "dim"),
    "failed": ("✗", "failed", "bad"),
    "skipped": ("-", "skipped", "warn"),
    "paused": ("‖", "paused", "warn"),
}
ACTIONS: dict[str, Look] = {
    "create": ("+", "create", "good"),
    "update": ("~", "update", "warn"),
    "reuse": ("=", "reuse", "dim"),
    "adopt": ("»", "adopt", "accent"),
}
MILESTONES: dict[str, Look] = {
    "planned": ("○", "planned", "dim"),
    "waiting": ("○", "waiting", "dim"),
    "enabling": ("●", "enabling", "accent"),
    "seeding": ("●", "seeding", "accent"),
    "first-point": ("●", "first point", "accent"),
    "protected": ("✓", "protected", "good"),
    "failed": ("✗", "failed", "bad"),
    "failed-over": ("»", "failed over", "warn"),
}
DRILL_STATES: dict[str, Look] = {
    "ready": ("○", "ready", "plain"),
    "refused": ("✗", "cannot run", "bad"),
    "waiting": ("○", "waiting", "dim"),
    "failing-over": ("●", "failing over", "accent"),
    "running": ("●", "test VM up", "accent"),
    "verified": ("✓", "verified", "good"),
    "cleaning-up": ("●", "cleaning up", "accent"),
    "cleaned-up": ("✓", "cleaned up", "good"),
    "failed": ("✗", "failed", "bad"),
}
VERDICTS: dict[str, Look] = {
    "allowed": ("✓", "allowed", "good"),
    "denied": ("✗", "denied", "bad"),
    "partial": ("▲", "partly", "warn"),
    "unknown": ("?", "unknown", "warn"),
}
CHECK_STATES: dict[str, Look] = {
    "waiting": ("○", "waiting", "dim"),
    "passed": ("✓", "passed", "good"),
    "found": ("▲", "found", "warn"),
    "failed": ("✗", "failed", "bad"),
    "unknown": ("?", "unknown", "warn"),
}
TASK_STATES: dict[str, Look] = {
    "NotStarted": ("○", "to do", "dim"),
    "InProgress": _RUNNING,
    "Succeeded": ("✓", "done", "good"),
    "Failed": ("✗", "failed", "bad"),
    "Other": ("-", "skipped", "dim"),
}


def look(looks: dict[str, Look], state: str) -> Look:
    """Sign, word and tone of ``state``; a state that a newer worker may send shows as its own word."""
    return looks.get(state, ("?", state, "plain"))


def says(looks: dict[str, Look], state: str) -> str:
    """Sign and word of ``state`` in one text."""
    sign, word, _tone = look(looks, state)
    return f"{sign} {word}"


def tone_of(looks: dict[str, Look], state: str) -> str:
    """The tone of ``state``."""
    return look(looks, state)[2]


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
