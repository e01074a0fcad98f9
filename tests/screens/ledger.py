"""Stored pictures: every character with its style, packed, and shown side by side where they differ from what is drawn now.

A ledger is one compressed file of many pictures. A test that finds a difference writes both pictures and both texts to
``build/differences`` with a page that shows them next to each other, and tells the lines that differ.
"""

from __future__ import annotations

import difflib
import gzip
import html
import json
from collections.abc import Mapping
from pathlib import Path

from tests.screens.gallery import Row, Shot, svg

STORED = Path(__file__).parent / "__snapshots__" / "ledgers"
DIFFERENCES = Path("build/differences")
_TOLD = 40
"""Lines of the text difference in the message."""

Pictures = dict[str, tuple[Row, ...]]


def read(name: str) -> Pictures:
    """The stored pictures by their names; none if nothing was stored yet."""
    path = STORED / f"{name}.json.gz"
    if not path.exists():
        return {}
    data = json.loads(gzip.decompress(path.read_bytes()))
    styles: list[str] = data["styles"]
    return {
        title: tuple(tuple((styles[cells[i]], cells[i + 1]) for i in range(0, len(cells), 2)) for cells in rows)
        for title, rows in data["pictures"].items()
    }


def write(name: str, shots: Mapping[str, Shot]) -> None:
    """Store ``shots`` in place of what was there."""
    styles: dict[str, int] = {}
    pictures = {
        title: [
            [part for style, text in row for part in (styles.setdefault(style, len(styles)), text)] for row in shot.rows
        ]
        for title, shot in shots.items()
    }
    STORED.mkdir(parents=True, exist_ok=True)
    data = json.dumps({"styles": list(styles), "pictures": pictures}, separators=(",", ":"))
    (STORED / f"{name}.json.gz").write_bytes(gzip.compress(data.encode(), 9, mtime=0))


def differences(name: str, shots: Mapping[str, Shot]) -> str:
    """What differs between the stored pictures and ``shots``, in words; "" when nothing does."""
    stored = read(name)
    changed = [title for title, shot in shots.items() if stored.get(title) != shot.rows]
    gone = sorted(stored.keys() - shots.keys())
    if not changed and not gone:
        return ""
    page = _show(name, {title: (stored.get(title, ()), shots[title]) for title in changed})
    told = [
        f"{len(changed)} of {len(shots)} pictures differ: look at {page}",
        *(f"no longer drawn: {one}" for one in gone),
    ]
    if changed:
        told.extend(_lines(changed[0], stored.get(changed[0], ()), shots[changed[0]]))
    return "\n".join([*told, "If they are right: pytest tests/screens --snapshot-update"])


def _lines(title: str, before: tuple[Row, ...], now: Shot) -> list[str]:
    old, new = _text(before), now.text.splitlines()
    if old == new:
        rows = [number for number, (one, two) in enumerate(zip(before, now.rows, strict=True)) if one != two]
        return [f"{title}: the same text in other colours, in lines {', '.join(map(str, rows))}"]
    return [title, *list(difflib.unified_diff(old, new, "stored", "now", lineterm=""))[:_TOLD]]


def _text(rows: tuple[Row, ...]) -> list[str]:
    return ["".join(text for _style, text in row).rstrip() for row in rows]


def _show(name: str, pairs: Mapping[str, tuple[tuple[Row, ...], Shot]]) -> Path:
    """Both pictures of each pair on one page."""
    folder = DIFFERENCES / name
    folder.mkdir(parents=True, exist_ok=True)
    parts = ['<!doctype html><meta charset="utf-8"><style>img{width:48%}</style><h1>stored, and now</h1>']
    for title, (before, now) in pairs.items():
        (folder / f"{title}.now.svg").write_text(now.svg(), "utf-8")
        (folder / f"{title}.now.txt").write_text(now.text, "utf-8")
        stored = "<em>none</em>"
        if before:
            (folder / f"{title}.stored.svg").write_text(svg(before, title), "utf-8")
            (folder / f"{title}.stored.txt").write_text("\n".join(_text(before)), "utf-8")
            stored = f'<img src="{html.escape(title)}.stored.svg">'
        parts.append(f'<h2>{html.escape(title)}</h2>{stored} <img src="{html.escape(title)}.now.svg">')
    page = folder / "index.html"
    page.write_text("\n".join(parts), "utf-8")
    return page
