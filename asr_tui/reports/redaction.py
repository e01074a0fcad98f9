"""The record without what identifies the customer's account: ids, the operator, addresses and free text."""

from __future__ import annotations

import re
from typing import Any

from asr_tui.model import arm_id
from asr_tui.model.drill_record import DrillRecord

HIDDEN = "redacted"

_ARM_ID = re.compile(r"/subscriptions/[^\s\"',;]+", re.IGNORECASE)
_GUID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE)
_ADDRESS = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?\b")


def redacted(record: DrillRecord) -> DrillRecord:
    """``record`` with names and figures as they are, ids cut to their last part, and without operator, addresses, notes
    and the output of scripts."""
    data: dict[str, Any] = _without_ids(record.model_dump(mode="json"))
    data |= {"redacted": True, "operator": HIDDEN, "tenant": HIDDEN, "subscription": HIDDEN, "subscription_id": HIDDEN}
    data["notes"] = HIDDEN if record.notes else ""
    data["scripts"] = dict.fromkeys(record.scripts, HIDDEN)
    data["dependencies"] = dict.fromkeys(record.dependencies, HIDDEN)
    if data["choice"]:
        choice = data["choice"]
        choice["notes"] = HIDDEN if choice["notes"] else ""
        choice["scripts"] = dict.fromkeys(choice["scripts"], HIDDEN)
        choice["dependencies"] = dict.fromkeys(choice["dependencies"], HIDDEN)
    for vm in (*data["vms"], *data["refused"]):
        vm["output"] = HIDDEN if vm["output"] else ""
        vm["note"] = HIDDEN if vm["note"] else ""
    for accepted in data["accepted"]:
        accepted["by"] = HIDDEN
    return DrillRecord.model_validate(data)


def _without_ids(value: Any) -> Any:
    if isinstance(value, str):
        shown = _ARM_ID.sub(lambda match: arm_id.name(match.group()), value)
        return _ADDRESS.sub(HIDDEN, _GUID.sub(HIDDEN, shown))
    if isinstance(value, list):
        return [_without_ids(entry) for entry in value]
    if isinstance(value, dict):
        return {_without_ids(key): _without_ids(entry) for key, entry in value.items()}
    return value
