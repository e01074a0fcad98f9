"""The lines that frame every screen: header, rail or step line, status and footer. Pure: from a view to lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from asr_tui.actions import Action, key_name
from asr_tui.wording import clean, cut, fit, shorten, width, wrap
from screens.widgets.lines import Line, Span, line
from screens.widgets.tones import STEP_STATES, look

if TYPE_CHECKING:
    from asr_tui.session.views import SessionView, StepView

_CLOUDS = {"public": "Azure public", "usgov": "Azure US Government", "china": "Azure China"}


def header(session: SessionView | None, cells: int, note: str = "") -> list[Line]:
    """Product, cloud (the practice cloud is marked), subscription, source and target; ``note`` at the right."""
    spans: list[Span] = [(" asr-tui ", "bar")]
    left = cells - 9 - (width(note) + 1 if note else 0)
    if session is not None:
        if session.practice:
            spans.append((" PRACTICE ", "practice"))
            left -= 10
        elif session.cloud:
            title = f" {clean(_CLOUDS.get(session.cloud, session.cloud))} "
            spans.append((title, "bar"))
            left -= width(title)
        pair = _pair(session)
        if pair:
            pair = f" {shorten(pair, max(10, left * 3 // 5))} "
        name = session.subscription_name or session.subscription_id
        room = left - width(pair) - 2
        if name and room > 6:
            spans.append((f" {shorten(clean(name), room - 1)}", "bar"))
        spans.append((f" {pair}", "bar"))
    used = sum(width(text) for text, _tone in spans)
    padding = max(0, cells - used - width(note) - (1 if note else 0))
    spans.append((" " * padding + (f"{note} " if note else ""), "bar"))
    return [tuple(spans)]


def _pair(session: SessionView) -> str:
    source = session.source_region_title or session.source_region
    target = session.target_region_title or session.target_region
    if not source:
        return ""
    return clean(f"{source} → {target}" if target else source)


def step_line(steps: Sequence[StepView], here: str, title: str, cells: int) -> list[Line]:
    """Where the engineer is, in one line: for terminals too narrow for the rail."""
    signs: list[Span] = []
    for step in steps:
        sign, _word, tone = look(STEP_STATES, step.state)
        current = step.step == here
        signs.append((f"[{step.step.number}{sign}]" if current else f" {step.step.number}{sign} ", tone))
    left: list[Span] = [(f" {title}", "strong")]
    for step in steps:
        if step.step == here:
            sign, word, tone = look(STEP_STATES, step.state)
            left = [
                (f" Step {step.step.number} of {len(steps)} ", "dim"),
                (title, "strong"),
                (f"  {sign} {word}", tone),
            ]
    used = sum(width(text) for text, _tone in left) + sum(width(text) for text, _tone in signs)
    return [(*left, (" " * max(1, cells - used - 1), "plain"), *signs)]


def rail(steps: Sequence[StepView], here: str, cells: int, reasons: bool) -> list[Line]:
    """All steps with sign, name and state; their reasons too where there is height for them."""
    lines: list[Line] = [line(("  Steps", "dim")), ()]
    for step in steps:
        sign, word, tone = look(STEP_STATES, step.state)
        current = step.step == here
        name = fit(f"{'>' if current else ' '} {step.step.number} {step.step.heading}", cells - 1)
        lines.append(line((name, "strong" if current else "plain")))
        lines.append(line((f"    {sign} {word}", tone)))
        if reasons:
            if step.reason and step.state not in {"done", "todo"}:
                lines.extend(line((f"    {text}", "dim")) for text in wrap(clean(step.reason), cells - 6)[:3])
            lines.append(())
    around = (("0", "Welcome"), ("7", "Sign in"), ("8", "Summary"))
    lines.append(())
    for key, name in around:
        current = name.lower().replace(" ", "-") == here or (name == "Summary" and here == "finish")
        lines.append(line((f"{'>' if current else ' '} {key} {name}", "strong" if current else "dim")))
    return lines


def status(text: str, tone: str, right: str, cells: int) -> list[Line]:
    """What is going on, or what was just said; at the right what runs, if a sentence leaves it the room."""
    told = clean(text)
    if width(told) > cells - width(right) - 3:
        right = ""
    left = f" {cut(told, cells - width(right) - 3)}"
    padding = " " * max(1, cells - width(left) - width(right) - 1)
    return [line((left, tone), (padding, "plain"), (right, "dim"), " ")]


def footer(actions: Sequence[Action], cells: int) -> list[Line]:
    """As many keys as fit, the first ones first. The way on, out and to help keeps its place at the right, so that Tab, after
    which other keys work, changes little of the line."""
    last = [action for action in actions if action.id in {"next", "help", "leave", "escape"}]
    keys = [(key_name(action.keys[0]), action.title) for action in actions if action not in last]
    fixed = [(key_name(action.keys[0]), action.title) for action in last]
    left = cells - sum(_needed(key, title) for key, title in fixed)
    shown: list[tuple[str, str]] = []
    for key, title in keys:
        if _needed(key, title) > left:
            continue
        left -= _needed(key, title)
        shown.append((key, title))
    between = max(0, cells - sum(_needed(key, title) for key, title in [*shown, *fixed]))
    return [(*_keys(shown), (" " * between, "bar"), *_keys(fixed))]


def _keys(keys: Sequence[tuple[str, str]]) -> Iterator[Span]:
    for key, title in keys:
        yield f" {key}", "footkey"
        yield f" {title} ", "bar"


def _needed(key: str, title: str) -> int:
    return width(key) + width(title) + 3
