"""A face's copy of the worker's view, put together from what changed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, get_type_hints

from asr_tui.session.codec import Read, reader
from asr_tui.session.protocol import LONG, Block, Changed
from asr_tui.session.views import SECTIONS, View

Rows = tuple[Any, ...]


class Copy:
    """``view`` is immutable and replaced at each change. Rows of blocks that did not change stay the same objects."""

    def __init__(self) -> None:
        self.view = View()
        self.version = 0
        self._lists: dict[str, list[Rows]] = {}

    def take(self, changed: Changed, blocks: Iterable[tuple[Block, Rows]]) -> frozenset[str]:
        """Bring :attr:`view` up to date; the names of the sections that changed."""
        for name, count in changed.blocks.items():
            kept = self._lists.get(name, [])[:count]
            self._lists[name] = [*kept, *[()] * (count - len(kept))]
        for block, rows in blocks:
            self._lists[block.name][block.index] = rows
        sections = {name: reader_of(name)(data) for name, data in changed.sections.items() if name in SECTIONS}
        lists = {name: self._rows(name) for name in changed.blocks if name in LONG}
        names = frozenset(sections) | {name.partition(".")[0] for name in lists}
        update: dict[str, Any] = {}
        for name in names:
            fields = {long.partition(".")[2]: long for long in LONG if long.startswith(f"{name}.")}
            if name in LONG:
                update[name] = lists[name]
            elif fields:
                whole = sections.get(name, getattr(self.view, name))
                update[name] = whole.model_copy(update={field: self._rows(long) for field, long in fields.items()})
            else:
                update[name] = sections[name]
        if update:
            self.view = self.view.model_copy(update=update)
        self.version = changed.version
        return names

    def _rows(self, name: str) -> Rows:
        return tuple(row for rows in self._lists.get(name, ()) for row in rows)


@cache
def reader_of(name: str) -> Read:
    """What reads a section of the view, or with ``section.field`` one of its lists, from plain data."""
    kind: Any = View
    for part in name.split("."):
        kind = get_type_hints(kind, include_extras=True)[part]
    return reader(kind)
