"""The view store: the current view, cut into pieces, each with the version at which it last changed.

Faces pull: they ask for what changed since the version they have. Nothing is queued for anybody, so a face that sleeps
for an hour costs nothing and then gets the present, not the past. A piece is a section without its long lists, or a block
of one of these (see :mod:`asr_tui.session.protocol`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import PydanticSerializationError, to_jsonable_python

from asr_tui.session.protocol import BLOCK_ROWS, LONG
from asr_tui.session.text import clean_section
from asr_tui.session.validation import section_adapter
from asr_tui.session.views import SECTIONS, View


@dataclass(slots=True)
class _Piece:
    """``value`` is what it holds, ``text`` the same as JSON, made when somebody first asks."""

    value: Any
    version: int
    text: str | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What a face has not seen, as JSON texts: sections, blocks of long lists, and how many blocks those lists have."""

    version: int
    sections: dict[str, str] = field(default_factory=dict)
    blocks: list[tuple[str, int, str]] = field(default_factory=list)
    lengths: dict[str, int] = field(default_factory=dict)


class Feed:
    """Holds the one immutable view of a session. Belongs to one event loop."""

    def __init__(self) -> None:
        self.view = View()
        self.version = 0
        self._wholes: dict[str, _Piece] = {}
        self._blocks: dict[str, list[_Piece]] = {}
        self._lengths: dict[str, int] = {}
        """The version at which each long list last had another number of blocks."""
        self._news = asyncio.Event()

    def update(self, **sections: Any) -> frozenset[str]:
        """Replace sections; those that are equal to what is there do not count. Returns the names that changed."""
        changed = {name: value for name, value in sections.items() if getattr(self.view, name) != value}
        if not changed:
            return frozenset()
        self.version += 1
        self.view = self.view.model_copy(update=changed)
        for name, value in changed.items():
            self._cut(name, value)
        news, self._news = self._news, asyncio.Event()
        news.set()
        return frozenset(changed)

    def _cut(self, name: str, value: Any) -> None:
        """Keep the pieces of a section that are as they were, with their texts."""
        if name in LONG:
            self._cut_rows(name, value)
            return
        fields = [long.partition(".")[2] for long in LONG if long.startswith(f"{name}.")]
        for long in fields:
            self._cut_rows(f"{name}.{long}", getattr(value, long))
        whole = value.model_copy(update=dict.fromkeys(fields, ())) if fields else value
        before = self._wholes.get(name)
        if before is None or before.value != whole:
            self._wholes[name] = _Piece(whole, self.version)

    def _cut_rows(self, name: str, rows: Sequence[Any]) -> None:
        before = self._blocks.get(name, [])
        cut = [rows[start : start + BLOCK_ROWS] for start in range(0, len(rows), BLOCK_ROWS)]
        self._blocks[name] = [
            before[index] if index < len(before) and before[index].value == block else _Piece(block, self.version)
            for index, block in enumerate(cut)
        ]
        if len(cut) != len(before):
            self._lengths[name] = self.version

    async def wait(self, since: int, seconds: float) -> None:
        """Return as soon as the version is above ``since``, or after ``seconds``."""
        if self.version > since or seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return

    def changed(self, since: int) -> News:
        """What changed after ``since``; all that was ever set if ``since`` is not a version of this feed."""
        floor = since if 0 <= since <= self.version else 0
        news = News(self.version)
        for name in SECTIONS:
            whole = self._wholes.get(name)
            if whole is not None and whole.version > floor:
                news.sections[name] = _text(name, whole)
        for name, blocks in self._blocks.items():
            fresh = [(name, index, _text(name, block)) for index, block in enumerate(blocks) if block.version > floor]
            news.blocks.extend(fresh)
            if fresh or self._lengths.get(name, 0) > floor:
                news.lengths[name] = len(blocks)
        return news


def _text(name: str, piece: _Piece) -> str:
    if piece.text is None:
        piece.text = clean_section(_as_json(name, piece.value))
    return piece.text


def _as_json(name: str, value: Any) -> str:
    try:
        return section_adapter(name).dump_json(value).decode()
    except (PydanticSerializationError, UnicodeEncodeError):
        # A lone surrogate, which JSON from Azure may hold and UTF-8 cannot: escape it here, clean_section replaces it.
        return json.dumps(to_jsonable_python(value))
