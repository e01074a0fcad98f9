"""Jobs: list, get, cancel, restart, resume, export."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from asr_tui.emulator import lro
from asr_tui.emulator.registry import REGISTRY, SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.schema import Any_, Obj, Str
from asr_tui.emulator.site_recovery import filters, job_body, job_start, refusals, scenarios, timeline
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.timestamps import loaded, saved, whole
from asr_tui.emulator.site_recovery.vault_scope import VAULT_PATH, Record, VaultScope, record_of
from asr_tui.emulator.store import Resource, encode

_LIST = VAULT_PATH + "/replicationJobs"
_PATH = _LIST + "/{job}"
_ACTION = "Microsoft.RecoveryServices/vaults/replicationJobs"
_CANCEL_TAKES = timedelta(seconds=3)
_COMMENTS = Obj({"properties": Obj({"comments": Str()})})
_EXPORT = Obj(
    {
        "startTime": Str(),
        "endTime": Str(),
        "affectedObjectTypes": Str(),
        "jobStatus": Str(),
        "jobOutputType": Str(enum=("Json", "Xml", "Excel")),
        "jobName": Str(),
        "timezoneOffset": Any_,
        "isRecoveryServicesVault": Any_,
    }
)


def _find(scope: VaultScope) -> Resource:
    name = scope.call.params["job"]
    found = scope.find(scope.path.job(name))
    if found is None:
        if not scope.used:
            raise refusals.vault_not_registered(ids.internal_id(scope.path.arm_id))
        raise refusals.entity_missing("job", name)
    return found


@operation("GET", _PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/read", evidence="recorded")
def get_job(call: Call) -> Reply:
    """One job with all its tasks, from the first second on."""
    scope = VaultScope.of(call)
    record = record_of(_find(scope))
    return Reply(200, job_body.full(record, scope.now), {"x-ms-request-id": scope.path.job(record["name"])})


@operation(
    "GET",
    _LIST,
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/read",
    evidence="recorded",
    note="The syntax of $filter is an assumption: it was not seen on the wire.",
)
def list_jobs(call: Call) -> Reply:
    """Jobs, newest first, as slim entries; ``$filter`` over startTime, endTime, jobStatus, affectedObjectTypes."""
    scope = VaultScope.of(call)
    text = call.query.get("$filter", "")
    chosen = [job for job in scope.all(ids.JOB) if not text or filters.passes(text, _facts(record_of(job), scope.now))]
    chosen.sort(key=lambda job: job.born, reverse=True)
    return call.page(chosen, null_next_link=True, render=lambda job: _slim(job, scope.now))


def _slim(job: Resource, now: datetime) -> bytes:
    """A list entry; that of a job that has ended is made once, since it stays as it is."""
    ends, ended = _ended(job)
    return ended if ends <= now else encode(job_body.slim(record_of(job), now))


@lru_cache(maxsize=4096)
def _ended(job: Resource) -> tuple[datetime, bytes]:
    """When a job ends, and its entry from then on."""
    record = record_of(job)
    ends = loaded(record["end"])
    return ends, encode(job_body.slim(record, ends))


def _facts(record: Record, now: datetime) -> dict[str, str | None]:
    """What a filter can ask of a job; a running job has no end yet."""
    ended = loaded(record["end"]) <= now
    return {
        "starttime": whole(loaded(record["start"])),
        "endtime": whole(loaded(record["end"])) if ended else None,
        "jobstatus": job_body.state(record, now),
        "affectedobjecttypes": record["target"]["type"],
        "jobname": record["name"],
        "scenarioname": record["scenario"],
    }


@operation(
    "POST",
    _PATH + "/cancel",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/cancel/action",
    evidence="examples",
    body=Any_,
    body_optional=True,
)
def cancel_job(call: Call) -> Reply:
    """Cancel a running job: what it has made is taken back, what it was going to do does not happen."""
    scope = VaultScope.of(call)
    job = _find(scope)
    record = record_of(job)
    if "Cancel" not in job_body.allowed_actions(record, scope.now):
        raise refusals.not_allowed("Cancel", record["name"], job_body.state(record, scope.now))
    end = scope.now + _CANCEL_TAKES
    stopped = _stop(record, scope.now, end)
    scope.update(job, stopped)
    _undo(scope, record, end)
    scope.call.store.put_operation(
        record["name"],
        {
            **(scope.call.store.operation(record["name"]) or {"started": record["start"], "result": None}),
            "finishes": saved(end),
            "error": {"code": lro.CANCELED, "message": "The job was cancelled."},
            "output": None,
        },
    )
    return _accepted(scope, record, end)


def _stop(record: Record, now: datetime, end: datetime) -> Record:
    """The job as it ends when cancelled: the running task too, the later ones never start."""
    tasks = []
    for task in record["tasks"]:
        stopped = dict(task)
        if task["start"] is not None and loaded(task["start"]) > now:
            stopped |= {"start": None, "end": None, "outcome": "NotStarted"}
        elif task["end"] is not None and loaded(task["end"]) > now:
            stopped |= {"end": saved(end), "outcome": "Cancelled"}
        tasks.append(stopped)
    return {**record, "tasks": tasks, "errors": [], "end": saved(end), "outcome": "Cancelled"}


def _undo(scope: VaultScope, record: Record, end: datetime) -> None:
    store = scope.call.store
    for arm_id in record["born"]:
        made = store.peek(ids.other_service(arm_id))
        if made is None:
            continue
        if made.born > scope.now:
            store.forget(made.id)
        else:
            store.put(made.dying(end))
    for arm_id in record["dying"]:
        going = store.peek(ids.other_service(arm_id))
        if going is not None and going.dies is not None and scope.now < going.dies:
            store.put(going.dying(None))
    subject = store.peek(ids.other_service(record["subject"])) if record["subject"] else None
    if subject is not None:
        held = record_of(subject)
        if "changes" in held:
            timeline.drop(held, scope.now, record["name"])
            timeline.add(held, scope.present, timeline.change(end, None, **record.get("undo", {}), scenario=None))
        if (held.get("busy") or {}).get("job") == record["name"]:
            held["busy"] = {"job": record["name"], "until": saved(end)}
        scope.update(subject, held)


def _accepted(scope: VaultScope, record: Record, end: datetime, extra: float = 0.0) -> Reply:
    """202 for an action on a job: the operation is its own, ``Location`` shows the job."""
    return lro.accepted_site_recovery(
        scope.call,
        vault_id=scope.path.arm_id,
        resource_id=scope.path.job(record["name"]),
        job_name=job_start.new_name(),
        outcome=lro.Outcome(end + timedelta(seconds=extra), None, scope.path.job(record["name"])),
    )


@operation(
    "POST",
    _PATH + "/restart",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/restart/action",
    evidence="examples",
)
def restart_job(call: Call) -> Reply:
    """Restart a failed job: the request that started it is put again and judged anew."""
    scope = VaultScope.of(call)
    job = _find(scope)
    record = record_of(job)
    if "Restart" not in job_body.allowed_actions(record, scope.now):
        raise refusals.not_allowed("Restart", record["name"], job_body.state(record, scope.now))
    again = record["restart"]
    match = REGISTRY.find(again["method"], again["path"])
    if match is None:
        raise LookupError(f"no operation for {again['method']} {again['path']}")
    inner = replace(call, method=again["method"], path=again["path"], params=match.params, body=again["body"])
    reply = match.operation.handler(inner)
    scope.update(job, record | {"restart": None})
    return reply


@operation(
    "POST",
    _PATH + "/resume",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/resume/action",
    evidence="examples",
    body=_COMMENTS,
    body_optional=True,
)
def resume_job(call: Call) -> Reply:
    """Resume a suspended job. No job of this emulator waits for input, so there is none to resume."""
    scope = VaultScope.of(call)
    record = record_of(_find(scope))
    raise refusals.not_allowed("Resume", record["name"], job_body.state(record, scope.now))


@operation(
    "POST",
    _LIST + "/export",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/export/action",
    evidence="examples",
    body=_EXPORT,
    body_optional=True,
)
def export_jobs(call: Call) -> Reply:
    """Export the jobs: a job of its own, whose details carry the address of a blob with the list."""
    scope = VaultScope.of(call)
    body = call.body or {}
    for member in ("startTime", "endTime"):
        if body.get(member) and not re.match(r"\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/\d{4}|-?\d", body[member]):
            raise refusals.invalid("InvalidJobQuery", f"The {member} '{body[member]}' is not a time.")
    plan = job_start.planned(scope, scenarios.EXPORT_JOBS)
    name = job_start.new_name()
    blob = f"https://asrexport.blob.core.windows.net/jobs/{name}.json"
    subject = job_start.Subject(
        str(int(ids.internal_id(scope.path.arm_id).replace("-", "")[:15], 16)),
        scope.vault.name,
        None,
        {"instanceType": "ExportJobDetails", "blobUri": None, "sasToken": None, "affectedObjectDetails": {}},
        {"blobUri": blob, "sasToken": ""},
    )
    job = job_start.start(scope, scenarios.EXPORT_JOBS, plan, subject, name=name)
    return job_start.accepted(scope, scenarios.EXPORT_JOBS, job, scope.path.job(name), scope.path.job(name))
