"""Polls of long-running operations: the status documents and ``Location`` answers of each service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from asr_tui.emulator.clock import timestamp, whole_seconds
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.lro import CANCELED, SITE_RECOVERY_PACE
from asr_tui.emulator.poll_urls import check_poll_url, poll_url
from asr_tui.emulator.registry import ANY_VERSION, REGISTRY, SITE_RECOVERY, VAULTS, Call, Reply, operation


@dataclass(frozen=True, slots=True)
class _Progress:
    started: datetime
    finishes: datetime | None
    status: str
    record: Mapping[str, Any]

    @property
    def running(self) -> bool:
        return self.status == "InProgress"

    @property
    def failed(self) -> bool:
        return self.status in ("Failed", "Canceled")


def _progress(call: Call) -> _Progress:
    check_poll_url(call)
    record = call.store.operation(call.params["op"])
    if record is None:
        raise ArmError(
            404, "NotFound", f"The entity was not found: operation '{call.params['op']}'.", target="operation"
        )
    finishes = record["finishes"] and datetime.fromisoformat(record["finishes"])
    running = finishes is None or call.now < finishes
    status = "InProgress" if running else _terminal(record["error"])
    return _Progress(datetime.fromisoformat(record["started"]), finishes, status, record)


def _terminal(error: Mapping[str, Any] | None) -> str:
    """One of the platform's three terminal states."""
    if error is None:
        return "Succeeded"
    return "Canceled" if error["code"] == CANCELED else "Failed"


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
    error = None if progress.running else progress.record["error"]
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
    if progress.failed:
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
    if progress.failed:
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
    if progress.failed:
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
