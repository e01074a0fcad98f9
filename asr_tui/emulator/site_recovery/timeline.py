"""A record's state at a moment: a base, and changes that take effect at given times.

A write appends the changes that it will bring, each with its time and the job behind it; a read folds those
whose time has come. Cancelling a job drops its changes that lie ahead.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from asr_tui.emulator.site_recovery.timestamps import loaded, saved

State = dict[str, Any]


def change(at: datetime, job: str | None, **members: Any) -> dict[str, Any]:
    """A change of ``members`` at a moment, brought by the job of that name (None: nobody can cancel it)."""
    return {"at": saved(at), "job": job, "set": members}


def state(record: dict[str, Any], now: datetime) -> State:
    """The folded state at ``now``."""
    folded: State = dict(record["base"])
    for entry in sorted(record["changes"], key=lambda entry: loaded(entry["at"])):
        if loaded(entry["at"]) <= now:
            folded |= entry["set"]
    return folded


def add(record: dict[str, Any], now: datetime, *changes: dict[str, Any]) -> None:
    """Append changes; those that have taken effect already become part of the base."""
    record["base"] = state(record, now)
    ahead = [entry for entry in record["changes"] if loaded(entry["at"]) > now]
    record["changes"] = sorted([*ahead, *changes], key=lambda entry: loaded(entry["at"]))


def drop(record: dict[str, Any], now: datetime, job: str) -> None:
    """Forget what the job of that name would have brought after ``now``."""
    record["changes"] = [entry for entry in record["changes"] if entry["job"] != job or loaded(entry["at"]) <= now]
