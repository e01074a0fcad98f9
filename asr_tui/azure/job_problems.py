"""Problems out of what Site Recovery tells of a failed operation: the job's own errors, else the short status text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from asr_tui.azure.problems import error_of
from asr_tui.model.problem import Problem
from asr_tui.model.replication import Job, JobError

# Codes that only say that something failed; what they stand around is what to show.
_HOLLOW_CODES: Final = frozenset({"539", "45005", "150253", "150261", "499", ""})
_GRAVITY: Final = {"Error": 0, "Warning": 1, "Info": 2}


def problem_of_job(job: Job) -> Problem:
    """What made a job fail: the gravest of its errors, one that says something before one that does not.

    The provider's inner message comes first where there is one, for the outer one is general.
    """
    if not job.errors:
        return Problem(
            what=f"{job.title or 'The operation'} on {job.target_name or 'the vault'} ended as {job.state}.",
            cause="The service tells no reason.",
            remedy="Run it again; if it ends the same way, open the job in the portal.",
            retry=True,
            code=job.state,
            resource_id=job.id,
        )
    worst = min(job.errors, key=_rank)
    return Problem(
        what=_first_line(worst.provider_message or worst.message) or f"{job.title} failed.",
        cause=_one_line(worst.causes),
        remedy=_one_line(worst.action),
        retry="Restart" in job.allowed_actions,
        code=_code(worst),
        detail=_all(job),
        resource_id=job.id,
        request_id=worst.activity_id,
        where=_task_title(job, worst),
    )


def problem_of_status(body: Mapping[str, Any]) -> Problem:
    """What a status document of a failed or cancelled operation tells by itself."""
    error = error_of(body.get("error") or {})
    status = str(body.get("status") or "Failed")
    if status.lower().startswith("cancel"):
        return Problem(
            what="The operation was cancelled.", remedy="Run it again if it is still wanted.", code="Canceled"
        )
    return Problem(
        what=_first_line(error.message) or "The operation failed and the service tells no reason.",
        cause=error.causes,
        remedy=error.action or "Run it again; if it fails the same way, open the job in the portal.",
        retry=True,
        code=error.code or status,
        detail=error.message,
    )


def _rank(error: JobError) -> tuple[int, bool, bool]:
    return (_GRAVITY.get(error.level, 0), _code(error) in _HOLLOW_CODES, not error.provider_message)


def _code(error: JobError) -> str:
    if error.provider_code and (error.provider_message or error.code in _HOLLOW_CODES):
        return error.provider_code
    return error.code


def _task_title(job: Job, error: JobError) -> str:
    """The title of the task that an error belongs to; the id may be the task's, or that of a child job."""
    return next((task.title for task in job.tasks if error.task_id and error.task_id in {task.task_id, task.name}), "")


def _all(job: Job) -> str:
    """Every error in the service's own words, one a line."""
    lines = []
    for error in job.errors:
        lines.append(" ".join(part for part in (error.code, _one_line(error.message)) if part))
        if error.provider_message:
            lines.append(" ".join(part for part in (error.provider_code, _one_line(error.provider_message)) if part))
    return "\n".join(lines)


def _first_line(text: str) -> str:
    for line in text.splitlines():
        if line.strip():
            return line.strip()
    return ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
