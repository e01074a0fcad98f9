"""Finding rows by words, fast enough for each key over ten thousand of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Row = TypeVar("Row")


class Haystack(Generic[Row]):
    """Rows and the text by which each is found. The texts are made on the first search, and kept until the rows change."""

    def __init__(self, text: Callable[[Row], str]) -> None:
        self._text = text
        self._rows: Sequence[Row] = ()
        self._texts: list[str] | None = None

    def hold(self, rows: Sequence[Row]) -> None:
        """Search these from now on."""
        self._rows, self._texts = rows, None

    def matching(self, words: str) -> Sequence[Row]:
        """The rows whose text has every word, in any order and case; all of them without a word."""
        wanted = words.lower().split()
        if not wanted:
            return self._rows
        if self._texts is None:
            self._texts = [self._text(row).lower() for row in self._rows]
        texts = self._texts
        first, *others = wanted
        found = [index for index, text in enumerate(texts) if first in text]
        for word in others:
            found = [index for index in found if word in texts[index]]
        return [self._rows[index] for index in found]
