"""What every write of a Compute resource shares: checks, answers, power that changes over time."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.compute.views import power_state
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.estates.names import derived_guid, offset_time, split_id
from asr_tui.emulator.families import Document, Family, pend, settle
from asr_tui.emulator.lro import Course, Outcome, accepted_compute, course
from asr_tui.emulator.regions import region_named
from asr_tui.emulator.schema import IDENTITY, Any_, ListOf, MapOf, Obj, Schema, Str
from asr_tui.emulator.store import Resource

_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?")


def resource_body(properties: Schema, **more: Schema) -> Obj:
    """The shape of a Compute resource around its ``properties``."""
    members: dict[str, Schema] = {
        "id": Str(),
        "name": Str(),
        "type": Str(),
        "etag": Str(),
        "location": Str(),
        "tags": MapOf(Str(max_length=256), max_items=50),
        "zones": ListOf(Str()),
        "identity": IDENTITY,
        "extendedLocation": Any_,
        "properties": properties,
        **more,
    }
    return Obj(members)


def invalid(message: str, target: str) -> ArmError:
    """400 ``InvalidParameter`` as Compute answers it."""
    return ArmError(400, "InvalidParameter", message, target=target)


def not_allowed(message: str) -> ArmError:
    """409 ``OperationNotAllowed`` as Compute answers it."""
    return ArmError(409, "OperationNotAllowed", message)


def check_name(name: str, target: str) -> None:
    """Refuse names that Compute resources cannot have.

    Raises:
        ArmError: 400 ``InvalidParameter``.
    """
    if not _NAME.fullmatch(name):
        raise invalid(
            f"The entity name '{target}' is invalid according to its validation rule: ^[^_\\W][\\w-._]{{0,79}}(?<![-.])$.",
            target,
        )


def location_of(call: Call, family: Family, existing: Resource | None) -> str:
    """The region that a PUT names (or the one that the resource has), checked.

    Raises:
        ArmError: 400 missing or unknown, 409 another one than before.
    """
    text = call.body.get("location") or (existing.body["location"] if existing is not None else None)
    if text is None:
        raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
    region = region_named(text)
    if region is None:
        raise ArmError(
            400,
            "LocationNotAvailableForResourceType",
            f"The provided location '{text}' is not available for resource type '{family.type}'.",
            headers={"x-ms-failure-cause": "gateway"},
        )
    if existing is not None and existing.body["location"] != region.name:
        raise ArmError(
            409,
            "InvalidResourceLocation",
            f"The resource '{existing.name}' already exists in location '{existing.body['location']}' in resource group "
            f"'{split_id(existing.id).group}'. A resource with the same name cannot be created in location "
            f"'{region.name}'. Please select a new resource name.",
            headers={"x-ms-failure-cause": "gateway"},
        )
    return region.name


def check_idle(call: Call, resource: Resource) -> None:
    """Refuse a write while another one on the same resource runs.

    Raises:
        ArmError: 409 ``Conflict``.
    """
    document = settle(resource.doc, call.now)
    busy = document["properties"].get("provisioningState") in ("Creating", "Updating", "Deleting")
    pending = document.get("_pending")
    coming = document.get("_instance", {}).get("next")
    moving = coming is not None and call.now < datetime.fromisoformat(coming["at"])
    if moving or (busy and pending is not None and call.now < datetime.fromisoformat(pending["until"])):
        raise ArmError(
            409,
            "Conflict",
            "The request failed due to conflict with a concurrent request. To resolve it, please refer to "
            "https://aka.ms/activitylog to get more details on the conflicting requests.",
        )


def accepted(
    call: Call,
    document: Document,
    *,
    status: int,
    body: Any,
    ends: datetime,
    result: str | None = None,
    error: dict[str, Any] | None = None,
    output: Any = None,
) -> Reply:
    """The answer to a long-running write of Compute."""
    return accepted_compute(
        call,
        location=document["location"],
        guid=derived_guid(call.path, call.method, call.now.isoformat()),
        reply=Reply(status, body),
        outcome=Outcome(ends, error=error, result=result, output=output),
    )


def move_power(call: Call, document: Document, *, via: str, power: str, seconds: float) -> Course:
    """Change a VM's power: ``via`` until it is over, then ``power``, or what it was if the write is to fail."""
    instance = document["_instance"]
    planned = course(call, seconds)
    instance["power"] = settled_power(document, call.now)
    instance["next"] = {
        "at": planned.ends.isoformat(),
        "via": via,
        "power": instance["power"] if planned.failed else power,
    }
    instance["since"] = offset_time(call.now)
    return planned


def settled_power(document: Document, now: datetime) -> str:
    """The power state with a change under way counted as the state it comes from."""
    state = power_state(document, now)
    return {"starting": "stopped", "stopping": "running", "deallocating": "stopped"}.get(state, state)


def begin_delete(call: Call, resource: Resource, *, seconds: float) -> Reply:
    """Let a resource die after ``seconds`` of Azure; until then it is Deleting."""
    check_idle(call, resource)
    document = resource.doc
    planned = pend(call, document, "Deleting", seconds)
    call.store.put(Resource(resource.id, resource.type, document, resource.born, planned.dies))
    return accepted(call, document, status=202, body=None, ends=planned.ends)
