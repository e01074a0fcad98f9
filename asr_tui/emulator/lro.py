"""Long-running operations in the styles of the services that the wizard talks to.

A write decides at once when it ends, how, and what it leaves behind; the record says so, and every poll
renders it for the moment it is asked. Nothing runs in between.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from asr_tui.emulator.clock import timestamp, whole_seconds
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.poll_urls import check_poll_url, poll_url
from asr_tui.emulator.registry import ANY_VERSION, REGISTRY, SITE_RECOVERY, VAULTS, Call, Reply, operation

SITE_RECOVERY_PACE = 30
"""Seconds in Retry-After of every Site Recovery write, in 2019 and 2025 alike."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a long-running operation ends.

    Attributes:
        finishes: when (virtual); None never ends.
        error: ``{"code", "message", "details"?}`` of a failure; None for success.
        result: path of the resource that a GET of ``Location`` renders at the end; None answers 204.
        output: JSON that a GET of ``Location`` answers instead of a resource.
    """

    finishes: datetime | None
    error: Mapping[str, Any] | None = None
    result: str | None = None
    output: Any = None


def site_recovery_id(id: str) -> str:
    """``id`` as Site Recovery writes it: with a capital S in ``/Subscriptions/``."""
    return "/Subscriptions/" + id.split("/", 2)[2] if id.lower().startswith("/subscriptions/") else id


def accepted_site_recovery(call: Call, *, vault_id: str, resource_id: str, job_name: str, outcome: Outcome) -> Reply:
    """The answer to every Site Recovery write: 202, empty, both poll headers, Retry-After 30.

    Args:
        call: the request.
        vault_id: id of the vault in its own casing.
        resource_id: the resource whose path carries ``operationresults``.
        job_name: GUID of the job, which is the operation's id too.
        outcome: how it ends.
    """
    vault = site_recovery_id(vault_id)
    _record(call, job_name, outcome)
    status = poll_url(call, f"{vault}/replicationOperationStatus/{job_name}")
    location = poll_url(call, f"{site_recovery_id(resource_id)}/operationresults/{job_name}")
    headers = {
        "Azure-AsyncOperation": status,
        "Location": location,
        "x-ms-request-id": f"{vault}/replicationJobs/{job_name}",
        **call.retry_after(SITE_RECOVERY_PACE),
    }
    return Reply(202, None, headers)


def accepted_vault(call: Call, *, vault_id: str, guid: str, reply: Reply, outcome: Outcome) -> Reply:
    """The vault's style: ``reply`` plus ``Azure-AsyncOperation`` (no Location on the PUT)."""
    name = base64.b64encode(f"2047;{guid}".encode()).decode()
    _record(call, name, outcome)
    reply.headers["Azure-AsyncOperation"] = poll_url(call, f"{vault_id}/operationStatus/{name}")
    reply.headers.update(call.retry_after(60))
    return reply


def accepted_network(
    call: Call, *, location: str, guid: str, reply: Reply, outcome: Outcome, with_location: bool = False
) -> Reply:
    """The network service's style: ``reply`` plus ``Azure-AsyncOperation``, and ``Location`` for actions."""
    _record(call, guid, outcome)
    base = f"/subscriptions/{call.subscription}/providers/Microsoft.Network/locations/{location}"
    reply.headers["Azure-AsyncOperation"] = poll_url(call, f"{base}/operations/{guid}")
    if with_location or reply.status == 202:
        reply.headers["Location"] = poll_url(call, f"{base}/operationResults/{guid}")
    reply.headers.update(call.retry_after(10))
    return reply


def accepted_compute(call: Call, *, location: str, guid: str, reply: Reply, outcome: Outcome) -> Reply:
    """The compute service's style: ``reply`` plus both headers on the same path."""
    _record(call, guid, outcome)
    path = f"/subscriptions/{call.subscription}/providers/Microsoft.Compute/locations/{location}/operations/{guid}"
    reply.headers["Azure-AsyncOperation"] = poll_url(call, path)
    if reply.status == 202:
        reply.headers["Location"] = poll_url(call, path, monitor="true")
    reply.headers.update(call.retry_after(10))
    return reply


def location_only(call: Call, *, namespace: str, location: str, guid: str, outcome: Outcome) -> Reply:
    """The storage service's style: 202, text/plain, empty, ``Location`` and Retry-After 17.

    Each poll answers 202 with a new ``Location`` until it is done, then 200 with the resource itself.
    """
    _record(call, guid, outcome)
    path = f"/subscriptions/{call.subscription}/providers/{namespace}/locations/{location}/asyncoperations/{guid}"
    headers = {
        "Location": poll_url(call, path, monitor="true"),
        "Content-Type": "text/plain; charset=utf-8",
        **call.retry_after(17),
    }
    return Reply(202, None, headers)


def accepted_arm(call: Call, *, name: str, outcome: Outcome) -> Reply:
    """Resource Manager's own style (deleting a resource group): 202, ``Location``, Retry-After 15."""
    _record(call, name, outcome)
    location = poll_url(call, f"/subscriptions/{call.subscription}/operationresults/{name}")
    return Reply(202, None, {"Location": location, **call.retry_after(15)})


def decided(call: Call, outcome: Outcome) -> Outcome:
    """``outcome`` after faults on purpose: never ending, or failing unless it failed by itself already.

    An operation whose effects depend on how it ends asks this before it writes them.
    """
    if call.never_ends:
        return replace(outcome, finishes=None)
    if call.job_fault is not None and outcome.error is None:
        fault = {"code": call.job_fault.code, "message": call.job_fault.message}
        return replace(outcome, error=fault)
    return outcome


def _record(call: Call, name: str, planned: Outcome) -> None:
    outcome = decided(call, planned)
    call.store.put_operation(
        name,
        {
            "started": call.now.isoformat(),
            "finishes": outcome.finishes and outcome.finishes.isoformat(),
            "error": outcome.error and dict(outcome.error),
            "result": outcome.result,
            "output": outcome.output,
        },
    )


# ---------------------------------------------------------------- polls


@dataclass(frozen=True, slots=True)
class _Progress:
    started: datetime
    finishes: datetime | None
    status: str
    record: Mapping[str, Any]

    @property
    def running(self) -> bool:
        return self.status == "InProgress"


def _progress(call: Call) -> _Progress:
    check_poll_url(call)
    record = call.store.operation(call.params["op"])
    if record is None:
        raise ArmError(
            404, "NotFound", f"The entity was not found: operation '{call.params['op']}'.", target="operation"
        )
    finishes = record["finishes"] and datetime.fromisoformat(record["finishes"])
    running = finishes is None or call.now < finishes
    status = "InProgress" if running else "Failed" if record["error"] else "Succeeded"
    return _Progress(datetime.fromisoformat(record["started"]), finishes, status, record)


def _result(call: Call, progress: _Progress) -> Reply:
    """What ``Location`` answers at the end: the error, the output, the resource, or nothing."""
    record = progress.record
    if record["error"] is not None:
        error = record["error"]
        raise ArmError(409, error["code"], error["message"], error.get("details"))
    if record["output"] is not None:
        return Reply(200, record["output"])
    if record["result"] is None:
        return Reply(204)
    match = REGISTRY.find("GET", record["result"])
    if match is None:
        return Reply(204)
    inner = replace(call, method="GET", path=record["result"], params=match.params, body=None)
    try:
        return match.operation.handler(inner)
    except ArmError as error:
        if error.status in (404, 410):
            return Reply(204)
        raise


_VAULT = "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.RecoveryServices/vaults/{vault}"


@operation(
    "GET",
    _VAULT + "/replicationOperationStatus/{op}",
    versions=SITE_RECOVERY,
    action="Microsoft.RecoveryServices/vaults/replicationOperationStatus/read",
    evidence="recorded",
    note="Retry-After while running is an assumption: the recordings filter the header.",
)
def site_recovery_status(call: Call) -> Reply:
    """Status of a Site Recovery write: always 200, with null members where the service has them."""
    progress = _progress(call)
    error = progress.record["error"] if progress.status == "Failed" else None
    body = {
        "error": error and {"code": error["code"], "message": error["message"], "details": None},
        "id": None,
        "name": call.params["op"],
        "properties": None,
        "status": progress.status,
        "startTime": timestamp(progress.started),
        "endTime": None if progress.running or progress.finishes is None else whole_seconds(progress.finishes),
        "percentComplete": None,
    }
    return Reply(200, body, call.retry_after(SITE_RECOVERY_PACE) if progress.running else {})


@operation(
    "GET",
    _VAULT + "/{*path}/operationresults/{op}",
    versions=SITE_RECOVERY,
    action="Microsoft.RecoveryServices/vaults/read",
    evidence="documentation",
)
def site_recovery_result(call: Call) -> Reply:
    """The ``Location`` of a Site Recovery write: 202 until done, then the resource or 204."""
    progress = _progress(call)
    if progress.running:
        headers = {"Location": poll_url(call, call.path), **call.retry_after(SITE_RECOVERY_PACE)}
        return Reply(202, None, headers)
    return _result(call, progress)


@operation(
    "GET",
    _VAULT + "/operationStatus/{op}",
    versions=VAULTS,
    action="Microsoft.RecoveryServices/vaults/operationStatus/read",
    evidence="recorded",
)
def vault_status(call: Call) -> Reply:
    """Status of a vault write; while in progress it repeats both poll headers."""
    progress = _progress(call)
    body: dict[str, Any] = {"id": call.path, "name": call.params["op"], "status": progress.status}
    if progress.status == "Failed":
        body["error"] = progress.record["error"]
    if not progress.running:
        return Reply(200, body)
    results = call.path.rsplit("/", 2)[0] + "/operationResults/" + call.params["op"]
    headers = {"Azure-AsyncOperation": poll_url(call, call.path), "Location": poll_url(call, results)}
    return Reply(200, body, headers | call.retry_after(60))


@operation(
    "GET",
    _VAULT + "/operationResults/{op}",
    versions=VAULTS,
    action="Microsoft.RecoveryServices/vaults/operationResults/read",
    evidence="documentation",
)
def vault_result(call: Call) -> Reply:
    """The ``Location`` of a vault write."""
    progress = _progress(call)
    if progress.running:
        return Reply(202, None, {"Location": poll_url(call, call.path), **call.retry_after(60)})
    return _result(call, progress)


_NETWORK = "/subscriptions/{sub}/providers/Microsoft.Network/locations/{location}"


@operation(
    "GET",
    _NETWORK + "/operations/{op}",
    versions=ANY_VERSION,
    action="Microsoft.Network/locations/operations/read",
    evidence="documentation",
)
def network_status(call: Call) -> Reply:
    """Status of a network write."""
    progress = _progress(call)
    body: dict[str, Any] = {"status": progress.status}
    if progress.status == "Failed":
        body["error"] = {"details": [], **progress.record["error"]}
    return Reply(200, body, call.retry_after(10) if progress.running else {})


@operation(
    "GET",
    _NETWORK + "/operationResults/{op}",
    versions=ANY_VERSION,
    action="Microsoft.Network/locations/operationResults/read",
    evidence="documentation",
)
def network_result(call: Call) -> Reply:
    """The ``Location`` of a network write or action."""
    progress = _progress(call)
    if progress.running:
        return Reply(202, None, {"Location": poll_url(call, call.path), **call.retry_after(10)})
    return _result(call, progress)


@operation(
    "GET",
    "/subscriptions/{sub}/providers/Microsoft.Compute/locations/{location}/operations/{op}",
    versions=ANY_VERSION,
    action="Microsoft.Compute/locations/operations/read",
    evidence="recorded",
)
def compute_status(call: Call) -> Reply:
    """Status of a compute operation; with ``monitor=true`` its ``Location``."""
    progress = _progress(call)
    if call.query.get("monitor") == "true":
        if progress.running:
            headers = {"Location": poll_url(call, call.path, monitor="true"), **call.retry_after(10)}
            return Reply(202, None, headers)
        return _result(call, progress)
    body: dict[str, Any] = {"startTime": progress.started.isoformat()}
    if not progress.running and progress.finishes is not None:
        body["endTime"] = progress.finishes.isoformat()
    if progress.status == "Failed":
        body["error"] = progress.record["error"]
    elif not progress.running and progress.record["output"] is not None:
        body["properties"] = {"output": progress.record["output"]}
    body |= {"status": progress.status, "name": call.params["op"]}
    return Reply(200, body, call.retry_after(10) if progress.running else {})


@operation(
    "GET",
    "/subscriptions/{sub}/providers/{namespace}/locations/{location}/asyncoperations/{op}",
    versions=ANY_VERSION,
    action=None,
    evidence="recorded",
)
def location_poll(call: Call) -> Reply:
    """The storage style: 202 with a new ``Location`` each time, then 200 with the resource."""
    progress = _progress(call)
    if progress.running:
        headers = {
            "Location": poll_url(call, call.path, monitor="true"),
            "Content-Type": "text/plain; charset=utf-8",
            **call.retry_after(3),
        }
        return Reply(202, None, headers)
    return _result(call, progress)


@operation(
    "GET",
    "/subscriptions/{sub}/operationresults/{op}",
    versions=ANY_VERSION,
    action=None,
    evidence="documentation",
)
def arm_poll(call: Call) -> Reply:
    """Resource Manager's own style: 202 until done, then 200 with an empty body."""
    progress = _progress(call)
    if progress.running:
        return Reply(202, None, {"Location": poll_url(call, call.path), **call.retry_after(15)})
    reply = _result(call, progress)
    return Reply(200) if reply.status == 204 else reply
