"""The view store: the current view, cut into sections, each with the version at which it last changed.

Faces pull: they ask for what changed since the version they have. Nothing is queued for anybody, so a face that sleeps
for an hour costs nothing and then gets the present, not the past.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from pydantic_core import PydanticSerializationError, to_jsonable_python

from asr_tui.session.text import clean_section
from asr_tui.session.views import SECTIONS, View, section_adapter


class Feed:
    """Holds the one immutable view of a session. Belongs to one event loop."""

    def __init__(self) -> None:
        self.view = View()
        self.version = 0
        self._versions = dict.fromkeys(SECTIONS, 0)
        self._texts: dict[str, str] = {}
        self._news = asyncio.Event()

    def update(self, **sections: Any) -> frozenset[str]:
        """Replace sections; those that are equal to what is there do not count. Returns the names that changed."""
        changed = {name: value for name, value in sections.items() if getattr(self.view, name) != value}
        if not changed:
            return frozenset()
        self.version += 1
        self.view = self.view.model_copy(update=changed)
        for name in changed:
            self._versions[name] = self.version
            self._texts.pop(name, None)
        news, self._news = self._news, asyncio.Event()
        news.set()
        return frozenset(changed)

    async def wait(self, since: int, seconds: float) -> None:
        """Return as soon as the version is above ``since``, or after ``seconds``."""
        if self.version > since or seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return

    def changed(self, since: int) -> dict[str, str]:
        """The sections that changed after ``since``, each as JSON text; all that were ever set if ``since`` is not a
        version of this feed."""
        floor = since if 0 <= since <= self.version else 0
        return {name: self._text(name) for name, version in self._versions.items() if version > floor}

    def _text(self, name: str) -> str:
        text = self._texts.get(name)
        if text is None:
            text = self._texts[name] = clean_section(_as_json(name, getattr(self.view, name)))
        return text


def _as_json(name: str, value: Any) -> str:
    try:
        return section_adapter(name).dump_json(value).decode()
    except (PydanticSerializationError, UnicodeEncodeError):
        # A lone surrogate, which JSON from Azure may hold and UTF-8 cannot: escape it here, clean_section replaces it.
        return json.dumps(to_jsonable_python(value))
