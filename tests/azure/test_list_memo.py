"""Reading a list over and over: whatever the page looks like, the entries are those of the JSON that it holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from asr_tui.azure.list_memo import Memo
from asr_tui.model.problem import ProblemError

ENTRIES: list[dict[str, Any]] = [
    {"id": "/a/1", "name": "one", "properties": {"text": '},{"id":"', "list": [{"id": "x"}]}},
    {"id": "/a/2", "name": "two", "properties": {"errors": [{"code": "1"}, {"code": "2"}], "none": None}},
    {"id": "/a/3", "name": "drei ü", "properties": {"number": 1.5, "brackets": "]}]"}},
]
NESTED = [{"id": "/a/4", "properties": {"parts": [{"id": "p"}, {"id": "q"}]}}, *ENTRIES]
"""A cut at its seams goes through an entry."""

HALF_PAIR = [{"id": "/a/5", "name": "\ud83d"}]
"""JSON may hold half of a surrogate pair; the quick parser refuses it."""

PAGES: dict[str, tuple[bytes, list[Any]]] = {
    "as the service writes it": (
        json.dumps({"value": ENTRIES, "nextLink": None}, separators=(",", ":")).encode(),
        ENTRIES,
    ),
    "with nothing after the list": (json.dumps({"value": ENTRIES}, separators=(",", ":")).encode(), ENTRIES),
    "with blanks": (json.dumps({"value": ENTRIES}, indent=2).encode(), ENTRIES),
    "with the list at the end": (json.dumps({"nextLink": None, "value": ENTRIES}).encode(), ENTRIES),
    "with another list behind": (json.dumps({"value": ENTRIES, "more": [{"id": "y"}]}).encode(), ENTRIES),
    "with ids inside": (json.dumps({"value": NESTED}, separators=(",", ":")).encode(), NESTED),
    "with half a pair": (json.dumps({"value": HALF_PAIR}, separators=(",", ":")).encode(), HALF_PAIR),
    "with entries that are none": (
        json.dumps({"value": [1, ENTRIES[0], "x"]}, separators=(",", ":")).encode(),
        ENTRIES[:1],
    ),
    "empty": (b'{"value":[],"nextLink":null}', []),
}


def same(document: Any) -> Any:
    """An entry as it is."""
    return document


class Counted:
    """Reads entries and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, document: Any) -> dict[str, Any]:
        self.count += 1
        return dict(document)


def whole(body: bytes) -> Callable[[], Any]:
    """The thorough reading of a page."""
    return lambda: json.loads(body)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_any_form_gives_its_entries_at_the_first_reading_and_the_next(name: str) -> None:
    body, entries = PAGES[name]
    memo = Memo(same)
    for _ in range(2):
        reading = memo.reading("/vault/items")
        assert reading.page(body, whole(body)) == (entries, None)
        reading.finish()


def test_the_next_page_is_told() -> None:
    body = b'{"value":[{"id":"/a/1"}],"nextLink":"https://arm/next?a=[1]"}'
    assert Memo(same).reading("/x").page(body, whole(body))[1] == "https://arm/next?a=[1]"
    body = b'{"value":[{"id":"/a/1"}],"nextLink":"https://arm/next"}'
    assert Memo(same).reading("/x").page(body, whole(body)) == ([{"id": "/a/1"}], "https://arm/next")


def test_only_entries_that_changed_are_read_again_and_the_others_stay_the_same_objects() -> None:
    read = Counted()
    memo = Memo(read)

    def reading(entries: list[Any]) -> list[Any]:
        body = json.dumps({"value": entries, "nextLink": None}, separators=(",", ":")).encode()
        going = memo.reading("/x")
        found, _ = going.page(body, whole(body))
        going.finish()
        return found

    first = reading(ENTRIES)
    changed = [ENTRIES[0], ENTRIES[1] | {"name": "other"}, ENTRIES[2]]
    second = reading(changed)
    assert second == changed
    assert read.count == len(ENTRIES) + 1
    assert second[0] is first[0] and second[2] is first[2]
    assert reading(ENTRIES) == ENTRIES, "what was gone in between is read anew"
    assert read.count == len(ENTRIES) + 2


def test_a_reading_that_breaks_off_forgets_nothing() -> None:
    read = Counted()
    memo = Memo(read)
    body, _ = PAGES["as the service writes it"]
    going = memo.reading("/x")
    going.page(body, whole(body))
    going.finish()
    memo.reading("/x").page(b'{"value":[]}', whole(b'{"value":[]}'))  # not finished
    again = memo.reading("/x")
    again.page(body, whole(body))
    assert read.count == len(ENTRIES)


def test_what_is_no_list_is_a_problem() -> None:
    body = b'{"value":{"id":"x"}}'
    with pytest.raises(ProblemError):
        Memo(same).reading("/x").page(body, whole(body))
