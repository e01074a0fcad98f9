"""A job as a GET of it, or a list, shows it at a moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from asr_tui.emulator.site_recovery.identifiers import JOB
from asr_tui.emulator.site_recovery.timestamps import NOT_YET, loaded, precise, whole

_DESCRIPTIONS = {"Succeeded": "Completed", "Other": "Skipped"}


def state(record: dict[str, Any], now: datetime) -> str:
    """``InProgress`` until the job's end, then its outcome."""
    return "InProgress" if now < loaded(record["end"]) else str(record["outcome"])


def describe(value: str) -> str:
    """``stateDescription`` of a state."""
    return _DESCRIPTIONS.get(value, value)


def allowed_actions(record: dict[str, Any], now: datetime) -> list[str]:
    """What may be asked of the job now."""
    current = state(record, now)
    if current == "InProgress":
        return ["Cancel"] if record["cancellable"] else []
    return ["Restart"] if current == "Failed" and record.get("restart") else []


def slim(record: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The list entry: no tasks, no errors even when it failed, no details (recorded)."""
    body = _head(record, now)
    body["properties"] |= {"activityId": None, "tasks": [], "errors": [], "customDetails": None}
    return _tail(body, record, now)


def full(record: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The single resource: every task from the start, errors as they come, the details of its kind."""
    body = _head(record, now)
    body["properties"] |= {
        "tasks": [_task(task, record, now) for task in record["tasks"]],
        "errors": [_error(entry, record) for entry in record["errors"] if loaded(entry["at"]) <= now],
        "customDetails": _details(record, now),
    }
    return _tail(body, record, now)


def _head(record: dict[str, Any], now: datetime) -> dict[str, Any]:
    current = state(record, now)
    return {
        "id": record["id"],
        "name": record["name"],
        "type": JOB,
        "properties": {
            "activityId": activity(record),
            "scenarioName": record["scenario"],
            "friendlyName": record["friendly"],
            "state": current,
            "stateDescription": describe(current),
            "tasks": [],
            "errors": [],
            "startTime": precise(loaded(record["start"])),
        },
    }


def _tail(body: dict[str, Any], record: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Members after startTime; ``endTime`` is left out, not null, while the job runs."""
    properties = body["properties"]
    details = properties.pop("customDetails")
    if now >= loaded(record["end"]):
        properties["endTime"] = whole(loaded(record["end"]))
    target = record["target"]
    properties |= {
        "allowedActions": allowed_actions(record, now),
        "targetObjectId": target["id"],
        "targetObjectName": target["name"],
        "targetInstanceType": target["type"],
        "customDetails": details,
    }
    return body


def activity(record: dict[str, Any]) -> str:
    """``activityId``: the caller's request id, then the service's own."""
    return f"{record['request_id']} ActivityId: {record['activity']}"


def _task_state(task: dict[str, Any], record: dict[str, Any], now: datetime) -> str:
    over = now >= loaded(record["end"])
    if task["outcome"] == "Skipped":
        return "Other" if over or _passed(task, record, now) else "NotStarted"
    if task["start"] is None or now < loaded(task["start"]):
        return "NotStarted"
    if now < loaded(task["end"]):
        return "InProgress"
    return str(task["outcome"])


def _passed(task: dict[str, Any], record: dict[str, Any], now: datetime) -> bool:
    """Whether a task after a skipped one has started: only then is the skipped one shown as skipped."""
    later = record["tasks"][record["tasks"].index(task) + 1 :]
    return any(other["start"] is not None and loaded(other["start"]) <= now for other in later)


def _task(task: dict[str, Any], record: dict[str, Any], now: datetime) -> dict[str, Any]:
    current = _task_state(task, record, now)
    started = current not in ("NotStarted", "Other")
    ended = started and current != "InProgress"
    children = task.get("children")
    return {
        "taskId": task["task_id"],
        "name": task["name"],
        "startTime": precise(loaded(task["start"])) if started else NOT_YET,
        "endTime": precise(loaded(task["end"])) if ended else NOT_YET,
        "allowedActions": [],
        "friendlyName": task["friendly"],
        "state": current,
        "stateDescription": describe(current),
        "taskType": "TaskDetails" if children is None else "GroupTaskDetails",
        "customDetails": {"instanceType": "TaskDetails"} if children is None else None,
        "groupTaskCustomDetails": None
        if children is None
        else {
            "instanceType": "GroupTaskDetails",
            "childTasks": [_child(child, now) for child in children if now >= loaded(child["start"])],
        },
        "errors": [],
    }


def _child(child: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A child job's row. Its own ``endTime`` keeps the placeholder even when it is done (recorded)."""
    current = "InProgress" if now < loaded(child["end"]) else child["outcome"]
    return {
        "taskId": child["scenario"],
        "name": child["name"],
        "startTime": precise(loaded(child["start"])),
        "endTime": NOT_YET,
        "allowedActions": [],
        "friendlyName": child["name"],
        "state": current,
        "stateDescription": describe(current),
        "taskType": "JobTaskDetails",
        "customDetails": {
            "jobTask": {
                "jobId": child["job"],
                "jobFriendlyName": child["friendly"],
                "targetObjectId": child["target_id"],
                "targetObjectName": child["name"],
                "targetInstanceType": "Vm",
                "jobScenarioName": child["scenario"],
            },
            "instanceType": "JobTaskDetails",
        },
        "groupTaskCustomDetails": None,
        "errors": [],
    }


def _error(entry: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    return {
        "serviceErrorDetails": {**entry["service"], "activityId": activity(record)},
        "providerErrorDetails": entry["provider"],
        "errorLevel": entry["level"],
        "creationTime": precise(loaded(entry["at"])),
        "taskId": entry["task_id"],
    }


def _details(record: dict[str, Any], now: datetime) -> dict[str, Any]:
    """``customDetails``: what is known at the start, plus what only shows at a good end."""
    details = dict(record["details"])
    if now >= loaded(record["end"]) and record["outcome"] != "Failed":
        details |= record.get("final_details") or {}
    affected = details.pop("affectedObjectDetails", {})
    details["affectedObjectDetails"] = affected
    return details
