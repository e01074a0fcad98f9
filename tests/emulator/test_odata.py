"""``$filter``: what it keeps, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr_tui.emulator import odata
from asr_tui.emulator.errors import ArmError

ENTRY = {"name": "Web01", "location": "westeurope", "size": "7", "startTime": "2026-03-02T09:00:00Z", "none": None}


def keeps(expression: str) -> bool:
    return odata.parse(expression)(ENTRY.get)


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("name eq 'web01'", True),
        ("name eq 'web02'", False),
        ("name ne 'web02'", True),
        ("missing eq 'x'", False),
        ("missing ne 'x'", True),
        ("name eq 'web01' and location eq 'northeurope'", False),
        ("name eq 'x' or location eq 'westeurope'", True),
        ("name eq 'x' or name eq 'web01' and location eq 'x'", False),
        ("(name eq 'x' or name eq 'web01') and location eq 'westeurope'", True),
        ("not name eq 'x'", True),
        ("not (name eq 'web01')", False),
        ("substringof('EB', name)", True),
        ("startswith(name, 'web')", True),
        ("contains(name, '02')", False),
        ("startTime ge 2026-03-02T08:00:00Z", True),
        ("startTime lt '2026-03-02T09:00:00Z'", False),
        ("'web01' eq name", True),
        ("name EQ 'WEB01' AND size le 7", True),
    ],
)
def test_an_expression_keeps_what_it_says(expression: str, kept: bool) -> None:
    assert keeps(expression) is kept


def test_a_quote_is_written_twice() -> None:
    assert odata.parse("name eq 'O''Hara'")({"name": "o'hara"}.get)


@pytest.mark.parametrize(
    "expression", ["", "name", "name eq", "name is 'x'", "name eq 'x", "(name eq 'x'", "name eq 'x')", "f(name)", ","]
)
def test_what_is_no_expression_is_a_400(expression: str) -> None:
    with pytest.raises(ArmError) as caught:
        odata.parse(expression)
    assert (caught.value.status, caught.value.code) == (400, "InvalidFilterInQueryString")


@given(st.text(max_size=40))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        odata.parse(text)(ENTRY.get)
    except ArmError as error:
        assert error.status == 400


LEAVES = st.sampled_from([("name eq 'web01'", True), ("name eq 'x'", False), ("missing ne 'x'", True)])
TREES: st.SearchStrategy[tuple[str, bool]] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: (f"({p[0][0]} and {p[1][0]})", p[0][1] and p[1][1])),
        st.tuples(inner, inner).map(lambda p: (f"({p[0][0]} or {p[1][0]})", p[0][1] or p[1][1])),
        inner.map(lambda one: (f"not ({one[0]})", not one[1])),
    ),
    max_leaves=12,
)


@given(TREES)
def test_nested_expressions_mean_what_logic_says(tree: Any) -> None:
    expression, expected = tree
    assert keeps(expression) is expected
