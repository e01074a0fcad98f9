"""Every recorded body and published example, put to the emulator and compared: status, headers, members, types, nulls.

The recordings lie beside the project, not in it; without them there is nothing to compare.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from asr_tui.emulator import catalogue
from asr_tui.emulator.registry import REGISTRY
from asr_tui.emulator.schema import Report, read_body
from tests.emulator.conftest import Answer
from tests.emulator.site_recovery.recorded_life import live
from tests.emulator.site_recovery.replay_deviations import ELSEWHERE, HEADERS, MEMBERS, NOT_EMULATED

WIRE = Path(__file__).parents[4] / "shared" / "reference" / "wire"
catalogue.load()
FILES = sorted(WIRE.glob("*.json"))

pytestmark = pytest.mark.skipif(not FILES, reason="the recordings are not beside this checkout")


@cache
def answers() -> dict[str, Answer]:
    """One life of a vault and its items, with the answer that belongs to each recording."""
    return live()


def kind(value: Any) -> str:
    """The JSON type; whole and fractional numbers are told apart."""
    return {type(None): "null", bool: "bool", int: "int", float: "float", str: "text", list: "list", dict: "object"}[
        type(value)
    ]


def differences(recorded: Any, ours: Any, path: str = "") -> list[str]:
    """Where two bodies differ in members, types and nulls; of two lists the first elements are compared."""
    if kind(recorded) != kind(ours):
        return [f"{path or '.'}: recorded {kind(recorded)}, ours {kind(ours)}"]
    if isinstance(recorded, dict):
        found = [f"{path}.{name}: only recorded" for name in recorded if name not in ours]
        found += [f"{path}.{name}: only ours" for name in ours if name not in recorded]
        for name in recorded:
            if name in ours:
                found += differences(recorded[name], ours[name], f"{path}.{name}")
        return found
    if isinstance(recorded, list):
        if recorded and ours:
            return differences(recorded[0], ours[0], f"{path}[]")
        return [f"{path}: empty here or there"] if bool(recorded) != bool(ours) else []
    return []


def expected(name: str, difference: str) -> str | None:
    """The reason of a deviation that is known, None for one that is not."""
    for files, pattern, reason in MEMBERS:
        if re.fullmatch(files, name) and re.match(pattern, difference):
            return reason
    return None


@pytest.mark.parametrize("file", FILES, ids=[path.stem for path in FILES])
def test_the_answer_has_the_recorded_shape(file: Path) -> None:
    recorded = json.loads(file.read_text(encoding="utf-8"))
    if file.stem in NOT_EMULATED:
        assert file.stem not in answers(), NOT_EMULATED[file.stem]
        return
    answer = answers()[file.stem]
    assert answer.status == recorded["status"]
    missing = {name.lower() for name in recorded["headers"]} - set(answer.headers) - set(HEADERS)
    assert not missing, f"headers {missing}"
    if recorded["body"] == "":
        assert answer.content == b""
        return
    unknown = [
        difference
        for difference in differences(recorded["body"], answer.body)
        if expected(file.stem, difference) is None
    ]
    assert not unknown, "\n".join(unknown)


@pytest.mark.parametrize("file", FILES, ids=[path.stem for path in FILES])
def test_the_recorded_request_is_understood(file: Path) -> None:
    """Path, api-version and body as recorded: known to the last member, for the answers are of requests with our own ids."""
    recorded = json.loads(file.read_text(encoding="utf-8"))
    parts = urlsplit(recorded["path"])
    match = REGISTRY.find(recorded["method"], unquote(parts.path))
    if file.stem in ELSEWHERE:
        assert match is None, ELSEWHERE[file.stem]
        return
    assert match is not None
    operation = match.operation
    version = parse_qs(parts.query).get("api-version")
    assert version is None or operation.versions is None or operation.versions.accepts(version[0])
    if recorded["requestBody"]:
        assert operation.body is not None
        report = Report()
        read_body(operation.body, json.dumps(recorded["requestBody"]).encode(), report)
        assert report.unknown == []


def test_every_deviation_is_still_needed() -> None:
    stale = []
    for files, pattern, reason in MEMBERS:
        hits = 0
        for file in FILES:
            if file.stem in NOT_EMULATED or not re.fullmatch(files, file.stem):
                continue
            recorded = json.loads(file.read_text(encoding="utf-8"))
            if recorded["body"] == "":
                continue
            found = differences(recorded["body"], answers()[file.stem].body)
            hits += sum(1 for difference in found if re.match(pattern, difference))
        if not hits:
            stale.append((files, pattern, reason))
    assert not stale
