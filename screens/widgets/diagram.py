"""The architecture as a picture in text: the source's box, the target's box, the vault's, and the numbered flows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from asr_tui.wording import clean, fit, shorten, width
from screens.widgets.lines import Line, Span, paragraph

if TYPE_CHECKING:
    from asr_tui.session.planning_views import DiagramNode

_GAP = 5
_MIN_BOX = 34


def diagram(nodes: Sequence[DiagramNode], flows: Sequence[str], source: str, target: str, cells: int) -> list[Line]:
    """The picture in lines of at most ``cells``. Boxes stand side by side where there is room."""
    by_side = {side: [node for node in nodes if node.side == side] for side in ("source", "target", "vault")}
    lines: list[Line] = []
    beside = cells >= 2 * _MIN_BOX + _GAP
    inner = (cells - _GAP) // 2 if beside else cells
    left = _box(f"Source: {source or 'not chosen'}", by_side["source"], inner)
    right = _box(f"Target: {target or 'not chosen'}", by_side["target"], inner)
    if beside:
        lines.extend(_join(left, right, inner))
    else:
        lines.extend([*left, _centred("↓", cells), *right])
    if by_side["vault"]:
        lines.append(_centred("↓ the vault steers", cells))
        lines.extend(_box("Vault", by_side["vault"], cells))
    if nodes:
        lines.append((("  + ", "good"), ("will be created   ", "dim"), ("= ", "dim"), ("exists now", "dim")))
    for number, flow in enumerate(flows, start=1):
        lines.extend(paragraph(flow, cells, "plain", "   ", f"{number:>2} "))
    return lines


def _centred(text: str, cells: int) -> Line:
    return ((text.center(cells), "dim"),)


def _box(title: str, nodes: Sequence[DiagramNode], cells: int) -> list[Line]:
    inside = cells - 4
    name = shorten(clean(title), inside - 2)
    rows: list[list[Span]] = []
    for node, depth in _nested(nodes):
        rows.extend(_node(node, depth, inside))
    if not rows:
        rows = [[("nothing yet", "dim")]]
    top = f"┌─ {name} {'─' * max(0, cells - width(name) - 5)}┐"
    boxed: list[Line] = [((top, "accent"),)]
    for row in rows:
        used = sum(width(text) for text, _tone in row)
        boxed.append((("│ ", "accent"), *row, (" " * max(0, inside - used), "plain"), (" │", "accent")))
    boxed.append(((f"└{'─' * (cells - 2)}┘", "accent"),))
    return boxed


def _nested(nodes: Sequence[DiagramNode]) -> Iterable[tuple[DiagramNode, int]]:
    known = {node.id for node in nodes}

    def below(parent: str, depth: int) -> Iterable[tuple[DiagramNode, int]]:
        for node in nodes:
            here = node.parent if node.parent in known else ""
            if here == parent and depth < 6:
                yield node, depth
                yield from below(node.id, depth + 1)

    return below("", 0)


def _node(node: DiagramNode, depth: int, cells: int) -> list[list[Span]]:
    planned = node.state == "planned"
    indent = "  " * depth
    kind, title, detail = clean(node.kind), clean(node.title), clean(node.detail)
    head: list[Span] = [(f"{indent}{'+' if planned else '='} ", "good" if planned else "dim"), (f"{kind} ", "dim")]
    used = sum(width(text) for text, _tone in head)
    name = shorten(title, max(6, cells - used))
    head.append((name, "strong" if not planned else "plain"))
    left = cells - used - width(name) - 1
    if detail and width(detail) <= left:
        head.append((f" {detail}", "dim"))
        return [head]
    return [head, [(f"{indent}  {shorten(detail, max(6, cells - width(indent) - 2))}", "dim")]] if detail else [head]


def _join(left: list[Line], right: list[Line], inner: int) -> list[Line]:
    height = max(len(left), len(right))
    tall_left, tall_right = _stretch(left, height, inner), _stretch(right, height, inner)
    joined: list[Line] = []
    for index in range(height):
        middle = " ──▶ " if index == 1 else " " * _GAP
        joined.append((*tall_left[index], (fit(middle, _GAP), "accent"), *tall_right[index]))
    return joined


def _stretch(box: list[Line], height: int, cells: int) -> list[Line]:
    blank: Line = (("│", "accent"), (" " * (cells - 2), "plain"), ("│", "accent"))
    return [*box[:-1], *([blank] * (height - len(box))), box[-1]]
