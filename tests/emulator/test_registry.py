"""The registry: any casing, literals before parameters, and no operation twice."""

from __future__ import annotations

import pytest

from asr_tui.emulator import catalogue
from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.registry import ANY_VERSION, REGISTRY, Registry, Versions, operation


def answer(call: Call) -> Reply:
    return Reply(200)


def build(*templates: str) -> Registry:
    registry = Registry()
    for template in templates:
        operation("GET", template, versions=ANY_VERSION, action=None, evidence="assumption", registry=registry)(answer)
    return registry


def found(registry: Registry, path: str) -> tuple[str, dict[str, str]] | None:
    match = registry.find("GET", path)
    return None if match is None else (match.operation.template, match.params)


def test_paths_match_in_any_casing_and_keep_the_callers_names() -> None:
    registry = build("/subscriptions/{sub}/resourceGroups/{rg}")
    assert found(registry, "/SUBSCRIPTIONS/a/resourcegroups/Rg-1/") == (
        "/subscriptions/{sub}/resourceGroups/{rg}",
        {"sub": "a", "rg": "Rg-1"},
    )
    assert found(registry, "/subscriptions/a/resourceGroups") is None
    assert registry.find("PUT", "/subscriptions/a/resourceGroups/b") is None


def test_a_literal_wins_over_a_parameter_and_both_over_a_greedy_one() -> None:
    registry = build("/a/{x}", "/a/b", "/{*rest}/b", "/a/{x}/c")
    assert found(registry, "/a/b") == ("/a/b", {})
    assert found(registry, "/a/z") == ("/a/{x}", {"x": "z"})
    assert found(registry, "/q/r/b") == ("/{*rest}/b", {"rest": "q/r"})
    assert found(registry, "/a/b/c") == ("/a/{x}/c", {"x": "b"})


def test_the_longest_greedy_template_wins() -> None:
    registry = build("/{*scope}/locks/{lock}", "/{*scope}/providers/locks/{lock}")
    assert found(registry, "/s/providers/locks/l") == ("/{*scope}/providers/locks/{lock}", {"scope": "s", "lock": "l"})


def test_the_same_operation_twice_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        build("/a/{x}", "/A/{y}")


@pytest.mark.parametrize(
    ("version", "accepted"),
    [("2022-08-01", True), ("2025-08-01-preview", True), ("2021-12-31", False), ("2026-01-01", False)],
)
def test_versions_are_a_range_of_dates(version: str, accepted: bool) -> None:
    assert Versions("2022-01-01", "2025-12-31").accepts(version) is accepted


def test_every_emulated_operation_is_found_under_its_own_path() -> None:
    catalogue.load()
    assert len(REGISTRY) > 200
    for op in REGISTRY:
        match = REGISTRY.find(op.method, op.template.replace("{*", "{").upper())
        assert match is not None, op.template
        assert match.operation.method == op.method
        if "{*" not in op.template:
            assert match.operation is op


def test_every_write_of_a_provider_names_the_permission_it_needs() -> None:
    catalogue.load()
    without = [f"{op.method} {op.template}" for op in REGISTRY if op.method != "GET" and op.action is None]
    assert without == []
