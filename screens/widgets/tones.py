"""The tones that text can have, and the signs and words of states.

A tone never carries meaning by itself: a sign and a word always stand with it.
"""

from __future__ import annotations

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
