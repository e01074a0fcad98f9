"""Reading a list over and over of which few entries change from one time to the next.

A thousand replicated items are 10 MB of JSON, and as Python objects five times that. So a page is cut into the texts of its
entries, and only those texts are decoded that the last reading did not hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final, Generic, TypeVar

from pydantic_core import from_json

from asr_tui.azure.clients import not_a_list
from asr_tui.azure.documents.fields import Document
from asr_tui.model.problem import ProblemError

Entry = TypeVar("Entry")

_HEAD: Final = re.compile(rb'\s*\{\s*"value"\s*:\s*\[')
_SEAM: Final = re.compile(rb',(?=\{"id":")')
_DIGEST_BYTES: Final = 16


class Memo(Generic[Entry]):
    """The entries of the last complete reading, by the digest of their text. ``read`` makes one out of its document."""

    def __init__(self, read: Callable[[Document], Entry]) -> None:
        self.read = read
        self.known: dict[bytes, Entry] = {}

    def reading(self, path: str) -> Reading[Entry]:
        """Begin to read the list at ``path``, whose pages are handed over one after the other."""
        return Reading(self, path)


@dataclass(slots=True)
class Reading(Generic[Entry]):
    """One reading; the memo is brought up to date by :meth:`finish` only, so that one that breaks off costs nothing."""

    memo: Memo[Entry]
    path: str
    seen: dict[bytes, Entry] = field(default_factory=dict)

    def page(self, content: bytes, whole: Callable[[], Document]) -> tuple[list[Entry], str | None]:
        """The entries of a page, and the address of the next one.

        Args:
            content: the page's body.
            whole: decodes all of it, where it cannot be read entry by entry.

        Raises:
            ProblemError: the body has no list of entries (or ``whole`` says that it is no JSON object).
        """
        try:
            texts, next_link = _cut(content)
            return [self._entry(text) for text in texts], next_link
        except ValueError:
            pass  # not built as expected, a cut went through an entry, or JSON that only the thorough parser takes
        page = whole()
        entries = page.get("value")
        if not isinstance(entries, list):
            raise ProblemError(not_a_list(self.path))
        return [self.memo.read(entry) for entry in entries if isinstance(entry, dict)], page.get("nextLink") or None

    def finish(self) -> None:
        """All pages were read."""
        self.memo.known = self.seen

    def _entry(self, text: bytes) -> Entry:
        """The entry of a text, which is read only if it is new. What parses by itself was not cut through."""
        digest = blake2b(text, digest_size=_DIGEST_BYTES).digest()
        found = self.memo.known.get(digest)
        if found is None:
            document: Any = from_json(text)
            if not isinstance(document, dict):
                raise ValueError("not an object")
            found = self.memo.read(document)
        self.seen[digest] = found
        return found


def _cut(page: bytes) -> tuple[Iterator[bytes], str | None]:
    """The texts of a page's entries, one at a time (they are megabytes together), and the address of the next page.

    Raises:
        ValueError: the page is not built as expected.
    """
    head, end = _HEAD.match(page), page.rfind(b"]")
    if head is None or end < head.end():
        raise ValueError("no list of entries at the beginning")
    rest = from_json(b"{" + page[end + 1 :].lstrip().removeprefix(b","))
    return _texts(page, head.end(), end), rest.get("nextLink") or None


def _texts(page: bytes, start: int, end: int) -> Iterator[bytes]:
    """What stands between the seams, from ``start`` to ``end``; nothing of an empty list."""
    for seam in _SEAM.finditer(page, start, end):
        yield page[start : seam.start()]
        start = seam.end()
    last = page[start:end]
    if last.strip():
        yield last
