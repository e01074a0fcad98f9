"""Long-running operations that nobody has to wait for: begun with one write, asked with one read at a time, resumable.

The SDK's pollers hold a coroutine for as long as the operation runs and cannot outlive the process. Here an
:class:`Operation` is a plain value that goes into the journal; a restarted worker reads it and goes on asking.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Literal

from azure.core.polling import AsyncPollingMethod
from pydantic import BaseModel, ConfigDict

from asr_tui.azure.clients import Clients, decoded
from asr_tui.azure.documents import fields, replication
from asr_tui.azure.job_problems import problem_of_job, problem_of_status
from asr_tui.azure.observation import retry_after_seconds
from asr_tui.azure.problems import explained, is_absent, problem_of_response
from asr_tui.model import arm_id
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.replication import Job

State = Literal["running", "succeeded", "failed", "cancelled"]
Style = Literal["done", "status", "location", "resource", "job"]

_PACE_SECONDS: Final = 15.0
_CANCELLED: Final = frozenset({"canceled", "cancelled"})
_CANCELLED_JOB: Final = "Cancelled"


class Operation(BaseModel):
    """Something that Azure is doing for us.

    ``style`` says how to ask: ``status`` a status document (``Azure-AsyncOperation``), ``location`` a result address that
    answers 202 until done, ``resource`` the resource's own state, ``job`` a Site Recovery job, ``done`` nothing to ask.
    ``poll_url`` is signed and sent back as it came; it is not shown and not logged. ``started`` is Azure's time.
    ``paced_by_service``: the service said how long to wait (local seconds); else that is a real cloud's usual pace.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    kind: str
    resource_id: str
    style: Style
    poll_url: str = ""
    job_id: str = ""
    request_id: str = ""
    started: datetime | None = None
    retry_after_seconds: float = _PACE_SECONDS
    paced_by_service: bool = False


class OperationState(BaseModel):
    """What one look told. ``operation`` is the one to ask next time (addresses may change from poll to poll).

    ``job`` is there where the answer came from a job. ``retry_after_seconds`` is local time.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    state: State
    operation: Operation
    percent: int | None = None
    problem: Problem | None = None
    job: Job | None = None

    @property
    def finished(self) -> bool:
        return self.state != "running"

    @property
    def retry_after_seconds(self) -> float:
        return self.operation.retry_after_seconds

    @property
    def job_id(self) -> str:
        return self.operation.job_id


class Accepted(AsyncPollingMethod[Any]):
    """A polling method that never polls: it keeps the answer to the write, whose headers say where to ask.

    Passed as ``polling=`` to the SDK's ``begin_*`` calls, which is their documented way to bring one's own.
    """

    def __init__(self) -> None:
        self.response: Any = None

    def initialize(self, client: Any, initial_response: Any, deserialization_callback: Callable[[Any], Any]) -> None:
        self.response = initial_response.http_response

    async def run(self) -> None:
        return

    def status(self) -> str:
        return "Accepted"

    def finished(self) -> bool:
        return True

    def resource(self) -> Any:
        return self.response


def operation_from(response: Any, *, key: str, kind: str, resource_id: str, started: datetime) -> Operation:
    """The operation that an accepted write began, from its status, headers and body."""
    headers: Mapping[str, str] = response.headers
    status_url = headers.get("Azure-AsyncOperation", "")
    location = headers.get("Location", "")
    style: Style
    if status_url:
        style, url = "status", status_url
    elif location and response.status_code in {201, 202}:
        style, url = "location", location
    elif _unfinished(response):
        style, url = "resource", ""
    else:
        style, url = "done", ""
    wait = retry_after_seconds(headers)
    return Operation(
        key=key,
        kind=kind,
        resource_id=resource_id,
        style=style,
        poll_url=url,
        job_id=_job_id(status_url),
        request_id=headers.get("x-ms-request-id", ""),
        started=started,
        retry_after_seconds=_PACE_SECONDS if wait is None else wait,
        paced_by_service=wait is not None,
    )


def job_operation(job: Job, *, key: str, kind: str, resource_id: str) -> Operation:
    """An operation out of a job that was found running: adopted in place of a second write."""
    return Operation(key=key, kind=kind, resource_id=resource_id, style="job", job_id=job.id, started=job.started)


async def poll(clients: Clients, operation: Operation) -> OperationState:
    """Ask once how an operation stands. A failure is told with the job's own errors (one more read).

    Raises:
        ProblemError: the question itself failed (network, sign-in, throttling): the operation goes on, ask again later.
    """
    if operation.style == "done":
        return OperationState(state="succeeded", operation=operation)
    if operation.style == "job":
        return await _poll_job(clients, operation)
    if operation.style == "resource":
        return await _poll_resource(clients, operation)
    response = await clients.send("GET", operation.poll_url)
    if response.status_code == 404:
        return await _forgotten(clients, operation)
    if response.status_code in {401, 408, 429} or response.status_code >= 500:
        raise ProblemError(problem_of_response(response))
    following = _following(operation, response)
    if operation.style == "status" and response.status_code == 200:
        return await _by_status(clients, following, decoded(response))
    if response.status_code == 202:
        return OperationState(state="running", operation=following)
    if response.status_code >= 400:
        return OperationState(state="failed", operation=following, problem=problem_of_response(response))
    if _unfinished(response):
        return OperationState(state="running", operation=following.model_copy(update={"style": "resource"}))
    return OperationState(state="succeeded", operation=following)


def _following(operation: Operation, response: Any) -> Operation:
    """The operation with what the last answer changed: the pace, and for storage the address too."""
    updates: dict[str, Any] = {}
    wait = retry_after_seconds(response.headers)
    if wait is not None:
        updates |= {"retry_after_seconds": wait, "paced_by_service": True}
    if operation.style == "location" and response.headers.get("Location"):
        updates["poll_url"] = response.headers["Location"]
    if operation.style == "status" and response.headers.get("Azure-AsyncOperation"):
        updates["poll_url"] = response.headers["Azure-AsyncOperation"]
    return operation.model_copy(update=updates)


async def _by_status(clients: Clients, operation: Operation, body: Mapping[str, Any]) -> OperationState:
    status = fields.text(body, "status").lower()
    percent = fields.whole(body, "percentComplete")
    if status == "succeeded":
        return OperationState(state="succeeded", operation=operation, percent=percent)
    if status == "failed" or status in _CANCELLED:
        job = await read_job(clients, operation.job_id) if operation.job_id else None
        problem = problem_of_job(job) if job else None
        # The status document of a cancelled job may say Failed; the job itself tells the two apart.
        cancelled = status in _CANCELLED or (job is not None and job.state == _CANCELLED_JOB)
        return OperationState(
            state="cancelled" if cancelled else "failed",
            operation=operation,
            percent=percent,
            problem=problem or problem_of_status(body),
            job=job,
        )
    return OperationState(state="running", operation=operation, percent=percent)


async def _poll_job(clients: Clients, operation: Operation) -> OperationState:
    job = await read_job(clients, operation.job_id)
    if job is None:
        return _vanished(operation)
    if not job.is_finished:
        return OperationState(state="running", operation=operation, job=job)
    if job.succeeded:
        return OperationState(state="succeeded", operation=operation, job=job)
    state: State = "cancelled" if job.state == _CANCELLED_JOB else "failed"
    return OperationState(state=state, operation=operation, problem=problem_of_job(job), job=job)


async def _poll_resource(clients: Clients, operation: Operation) -> OperationState:
    body = await clients.find(operation.resource_id)
    if body is None:
        return _vanished(operation)
    state = _own_state(body)
    if state in {"", "succeeded", "registered"}:
        return OperationState(state="succeeded", operation=operation)
    if state == "failed" or state in _CANCELLED:
        problem = Problem(
            what=f"{arm_id.name(operation.resource_id)} could not be made: its state is {state}.",
            remedy="Look at it in the portal's activity log; after repair, run this change again.",
            code="ProvisioningFailed",
            resource_id=operation.resource_id,
        )
        return OperationState(state="failed", operation=operation, problem=problem)
    return OperationState(state="running", operation=operation)


async def _forgotten(clients: Clients, operation: Operation) -> OperationState:
    """The service no longer knows the poll address (kept for a limited time): the job or the resource tells."""
    if operation.job_id:
        return await _poll_job(clients, operation.model_copy(update={"style": "job"}))
    return await _poll_resource(clients, operation.model_copy(update={"style": "resource"}))


async def read_job(clients: Clients, job_id: str) -> Job | None:
    """A job with its tasks and errors, None where there is no such job."""
    try:
        async with explained():
            return replication.job(
                await clients.site_recovery.replication_jobs.get(
                    arm_id.resource_group(job_id) or "", arm_id.segment(job_id, "vaults") or "", arm_id.name(job_id)
                )
            )
    except ProblemError as error:
        if is_absent(error.problem):
            return None
        raise


def _vanished(operation: Operation) -> OperationState:
    problem = Problem(
        what=f"{arm_id.name(operation.resource_id)} is not there and nothing is working on it.",
        remedy="Run this change again.",
        retry=True,
        code="OperationVanished",
        resource_id=operation.resource_id,
    )
    return OperationState(state="failed", operation=operation, problem=problem)


def _unfinished(response: Any) -> bool:
    """Whether the body of a 200 or 201 tells of a resource that is still being made."""
    try:
        body = response.json()
    except ValueError:
        return False
    return _own_state(body) not in {"", "succeeded", "registered"}


def _own_state(body: Any) -> str:
    return (fields.text(body, "properties", "provisioningState") or fields.text(body, "registrationState")).lower()


def _job_id(status_url: str) -> str:
    """The job behind a Site Recovery operation: its id is the operation's, beside the operation's path."""
    path, _, _ = status_url.partition("?")
    head, label, name = path.partition("/replicationOperationStatus/")
    if not label:
        return ""
    at = head.lower().find("/subscriptions/")
    return f"{head[at:]}/replicationJobs/{name}" if at >= 0 else ""
