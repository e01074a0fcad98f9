"""Long-running operations in the styles of the services that the wizard talks to.

A write decides at once when it ends, how, and what it leaves behind; the record says so, and every poll
(``operation_polls.py``) renders it for the moment it is asked. Nothing runs in between.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.poll_urls import poll_url

SITE_RECOVERY_PACE = 30
"""Seconds in Retry-After of every Site Recovery write, in 2019 and 2025 alike."""


CANCELED = "OperationCanceled"
"""The error code of an operation that was cancelled: its status is ``Canceled``, not ``Failed``."""

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""The time of what never happens, where a time has to be written down."""


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


@dataclass(frozen=True, slots=True)
class Course:
    """How a write goes on that would end well by itself, faults on purpose considered.

    Attributes:
        ends: when it ends; ``NEVER`` if it does not.
        failed: it ends, but not well.
    """

    ends: datetime
    failed: bool

    @property
    def dies(self) -> datetime | None:
        """The end of a resource that it deletes; None when the resource stays."""
        return None if self.failed or self.ends == NEVER else self.ends


def course(call: Call, seconds: float) -> Course:
    """The course of the write that ``call`` asks for and that takes ``seconds`` of Azure.

    Whatever the write leaves behind at its end (a state, a birth, a death) is to follow this, not the bare duration.
    """
    outcome = decided(call, Outcome(call.now + timedelta(seconds=seconds)))
    return Course(outcome.finishes or NEVER, outcome.error is not None)


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
