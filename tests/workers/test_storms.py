"""An onboarding of 20 VMs under faults of the cloud: each night ends in success, or in a state that is named and can be resumed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.nights import VMS, Night, Template
from tests.nursery import Nursery, kill

pytestmark = pytest.mark.timeout(600)

IMPATIENT = {"ASR_TUI_ANSWER_SECONDS": "0.5"}
"""What is a minute of silence otherwise."""

STORMS: dict[str, list[dict[str, Any]]] = {
    "throttled": [{"when": {"path": "/subscriptions**", "rate": 0.15}, "then": {"throttle": 20}}],
    "unavailable": [
        {
            "when": {"path": "/subscriptions**", "rate": 0.1},
            "then": {"status": 503, "code": "ServiceUnavailable", "message": "Busy."},
        }
    ],
    "cut off": [
        {"when": {"path": "/subscriptions**", "every": 17}, "then": {"reset": "after"}},
        {"when": {"path": "/subscriptions**", "every": 23}, "then": {"reset": "before"}},
        {"when": {"path": "/subscriptions**", "every": 29}, "then": {"cut_body": True}},
    ],
    "garbled": [{"when": {"path": "/subscriptions**/vaults/**", "every": 11}, "then": {"malformed_json": True}}],
    "signed out": [{"when": {"path": "/subscriptions**", "every": 40}, "then": {"revoke_token": True}}],
    "slow": [{"when": {"path": "/subscriptions**", "every": 60}, "then": {"delay": 1.5}}],
    # 30 seconds of silence, where half a second is waited for: before the request took effect, and after.
    "hanging": [
        {"when": {"path": "/subscriptions**", "every": 31}, "then": {"hang": True}},
        {"when": {"path": "/subscriptions**", "every": 43}, "then": {"delay": 30}},
    ],
}


@pytest.mark.parametrize("storm", STORMS)
def test_in_any_storm_the_night_ends_as_if_nothing_had_been(
    template: Template, nursery: Nursery, tmp_path: Path, storm: str
) -> None:
    night = Night.of(template, nursery, tmp_path / "night")
    night.cloud.control("POST", "faults", {"faults": STORMS[storm]})
    pid = night.start_worker(**(IMPATIENT if storm == "hanging" else {}))
    night.wait(night.ended, 300)
    kill(pid)
    assert all(fault["fired"] for fault in night.cloud.control("GET", "faults")["faults"])
    night.calm()
    assert night.ended() == "finished", night.paths.journal.read_text()[-3000:]
    assert night.end_state() == template.end_state
    assert not night.complaints()


def test_operations_that_never_end_are_named_and_keep_nobody_else_waiting(
    template: Template, nursery: Nursery, tmp_path: Path
) -> None:
    night = Night.of(template, nursery, tmp_path / "night")
    # As many as run at a time, so that nothing would go on if they kept their places.
    fault = {
        "when": {"method": "PUT", "path": "**/replicationProtectedItems/*", "times": 2},
        "then": {"never_ends": True},
    }
    night.cloud.control("POST", "faults", {"faults": [fault]})
    pid = night.start_worker()
    night.wait(lambda: _settled(night).count("done") == VMS - 2)
    night.cloud.control("POST", "clock", {"advance_seconds": 7 * 3600})
    night.wait(night.ended)
    kill(pid)
    assert night.ended() == "failed"
    assert _settled(night).count("failed") == 2
    codes = [entry["problem"]["code"] for entry in _entries(night, "settled") if entry["state"] == "failed"]
    assert codes == ["still-running"] * 2
    assert night.end_state()["replicationProtectedItems"] == template.end_state["replicationProtectedItems"]
    assert not night.complaints()


def _settled(night: Night) -> list[str]:
    """How each VM's change ended so far."""
    return [entry["state"] for entry in _entries(night, "settled") if "/replicationprotecteditems/" in entry["key"]]


def _entries(night: Night, kind: str) -> list[dict[str, Any]]:
    lines = night.paths.journal.read_bytes().splitlines(keepends=True)
    entries = [json.loads(line) for line in lines if line.endswith(b"\n")]
    return [entry for entry in entries if entry["kind"] == kind]
