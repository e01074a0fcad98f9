"""Events of a vault: jobs that ended, and the health of its replicated items."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.site_recovery import filters, item_health, refusals, timeline
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.timestamps import loaded, precise, ticks, whole
from asr_tui.emulator.site_recovery.vault_scope import VAULT_PATH, Record, VaultScope

_PATH = VAULT_PATH + "/replicationEvents"
_ACTION = "Microsoft.RecoveryServices/vaults/replicationEvents/read"
_LAST_TICK = 9223372036854775807
_SEVERITIES = {"Failed": "Critical", "Cancelled": "Warning", "CompletedWithInformation": "OK"}
_SHOWN_FOR = timedelta(days=30)
"""How far back events are listed (our own limit)."""

Event = dict[str, Any]


def _name(kind: str, moment: datetime, identity: str) -> str:
    """``{kind};{reversed ticks}_{guid}``: later events sort first; the semicolon must be escaped in a path."""
    return f"{kind};{_LAST_TICK - ticks(moment)}_{identity}"


def events(scope: VaultScope) -> list[Event]:
    """Every event, newest first."""
    found = [*_job_events(scope), *_health_events(scope)]
    oldest = scope.now - _SHOWN_FOR
    recent = [event for event in found if event["_at"] >= oldest]
    return sorted(recent, key=lambda event: event["_at"], reverse=True)


def _job_events(scope: VaultScope) -> list[Event]:
    items = {record["id"].lower(): record for record in scope.records(ids.ITEM)}
    made = []
    for job in scope.records(ids.JOB):
        end = loaded(job["end"])
        if end > scope.now or job["target"]["type"] != "ProtectionEntity":
            continue
        item = items.get((job["subject"] or "").lower())
        state = "Succeeded" if job["outcome"] == "CompletedWithInformation" else job["outcome"]
        errors = [_job_health_error(entry) for entry in job["errors"]] if job["outcome"] == "Failed" else []
        made.append(
            _event(
                scope,
                _name("JobStatusMonitoringEvent", end, ids.internal_id(job["name"], "event")),
                end,
                "JobStatus",
                f"{job['scenario']} - {state}",
                _SEVERITIES.get(job["outcome"], "OK"),
                job["target"]["name"],
                job["target"]["id"],
                item,
                errors,
                job_event=True,
            )
        )
    return made


def _job_health_error(entry: dict[str, Any]) -> dict[str, Any]:
    service = entry["service"]
    return _health_error(
        service["code"],
        service["message"],
        service["possibleCauses"],
        service["recommendedAction"],
        precise(loaded(entry["at"])),
    )


def _health_error(code: str, message: str, causes: str, advice: str, created: str) -> dict[str, Any]:
    return {
        "errorSource": None,
        "errorType": None,
        "errorLevel": None,
        "errorCategory": "Replication",
        "errorCode": code,
        "summaryMessage": message,
        "errorMessage": message,
        "possibleCauses": causes,
        "recommendedAction": advice,
        "creationTimeUtc": created,
        "recoveryProviderErrorMessage": None,
        "entityId": None,
        "customerResolvability": "NotAllowed",
    }


def _health_events(scope: VaultScope) -> list[Event]:
    made = []
    for item in scope.records(ids.ITEM):
        state = timeline.state(item, scope.now)
        if not state.get("points_from"):
            continue
        since = loaded(state["points_from"])
        made.append(_vm_event(scope, item, since, "Virtual machine health is OK", "OK", [], "healthy"))
        for error in item_health.evaluate(scope, item, state).errors:
            if error["errorCategory"] == "TestFailover":
                continue
            severity = "Critical" if error["errorLevel"] == "Error" else "Warning"
            shown = _health_error(
                error["errorCode"],
                error["errorMessage"],
                error["possibleCauses"],
                error["recommendedAction"],
                error["creationTimeUtc"],
            )
            at = min(since + timedelta(minutes=5), scope.now)
            made.append(_vm_event(scope, item, at, error["errorMessage"], severity, [shown], error["errorCode"]))
    return made


def _vm_event(
    scope: VaultScope,
    item: Record,
    at: datetime,
    text: str,
    severity: str,
    errors: list[dict[str, Any]],
    about: str,
) -> Event:
    name = _name("VmMonitoringEvent", at, ids.internal_id(item["guid"], about, "event"))
    return _event(scope, name, at, "VmHealth", text, severity, item["vm_name"], item["event"], item, errors)


def _event(
    scope: VaultScope,
    name: str,
    at: datetime,
    kind: str,
    text: str,
    severity: str,
    subject: str,
    correlation: str,
    item: Record | None,
    errors: list[dict[str, Any]],
    job_event: bool = False,
) -> Event:
    return {
        "_at": at,
        "name": name,
        "type": ids.EVENT,
        "id": scope.path.child("replicationEvents", name),
        "properties": {
            "eventCode": ids.internal_id(kind, text.split(" - ")[-1], "code"),
            "description": text,
            "eventType": kind,
            "affectedObjectFriendlyName": subject,
            "affectedObjectCorrelationId": correlation,
            "severity": severity,
            "timeOfOccurrence": precise(at),
            "fabricId": ids.site_recovery(item["fabric"]) if item else None,
            "providerSpecificDetails": _a2a(item) if item else None,
            "eventSpecificDetails": {"instanceType": "JobStatus"} if job_event else None,
            "healthErrors": errors,
        },
    }


def _a2a(item: Record) -> dict[str, Any]:
    return {
        "instanceType": "A2A",
        "protectedItemName": item["name"],
        "fabricObjectId": item["vm"].lower(),
        "fabricName": ids.last(item["fabric"]),
        "fabricLocation": item["primary_location"],
        "remoteFabricName": ids.last(item["recovery_fabric"]),
        "remoteFabricLocation": item["recovery_location"],
    }


def _shown(event: Event) -> Event:
    return {key: value for key, value in event.items() if key != "_at"}


def _facts(event: Event) -> dict[str, str | None]:
    properties = event["properties"]
    fabric = properties["fabricId"]
    moment = whole(event["_at"])
    return {
        "eventcode": properties["eventCode"],
        "eventtype": properties["eventType"],
        "severity": properties["severity"],
        "affectedobjectfriendlyname": properties["affectedObjectFriendlyName"],
        "affectedobjectcorrelationid": properties["affectedObjectCorrelationId"],
        "fabricname": ids.last(fabric) if fabric else None,
        "starttime": moment,
        "endtime": moment,
        "timeofoccurrence": moment,
    }


@operation(
    "GET",
    _PATH,
    versions=SITE_RECOVERY,
    action=_ACTION,
    evidence="examples",
    note="Recorded for VMware; the Azure-to-Azure details come from the schema.",
)
def list_events(call: Call) -> Reply:
    """Events, newest first; ``$filter`` over severity, eventType, startTime, endTime, fabricName and object names."""
    scope = VaultScope.of(call)
    text = call.query.get("$filter", "")
    found = [event for event in events(scope) if not text or filters.passes(text, _facts(event))]
    return call.page([_shown(event) for event in found], null_next_link=True)


@operation("GET", _PATH + "/{event}", versions=SITE_RECOVERY, action=_ACTION, evidence="examples")
def get_event(call: Call) -> Reply:
    """One event by its name."""
    scope = VaultScope.of(call)
    for event in events(scope):
        if event["name"].lower() == call.params["event"].lower():
            return Reply(200, _shown(event))
    raise refusals.entity_missing("event", call.params["event"])
