"""Leaves the list of changes beside the session: as JSON, and as a script for the az CLI."""

from __future__ import annotations

from asr_tui import __version__
from asr_tui.azure import writer
from asr_tui.model.change import Change, ChangeSet
from asr_tui.model.problem import Problem
from asr_tui.reports import change_files
from asr_tui.reports.change_files import ChangeList, PlannedRequest
from asr_tui.session.paths import StateError, prepare_directory, replace_file
from asr_tui.workers.stage import Stage
from asr_tui.workers.state import State

FOLDER = "changes"


def export(stage: Stage) -> tuple[Problem, ...]:
    """Write both files of what is under review, or being carried out; their paths show in the review."""
    found = _list(stage.state)
    if found is None:
        return (
            Problem(what="No list of changes is there to be written.", remedy="Have one made first.", where="review"),
        )
    folder = stage.drills.parent / FOLDER
    paths = tuple(folder / f"{found.scope}-{found.digest}{suffix}" for suffix in (".json", ".sh"))
    try:
        prepare_directory(folder)
        replace_file(paths[0], change_files.as_json(found))
        replace_file(paths[1], change_files.as_script(found))
    except StateError as error:
        return (Problem(what=str(error), where="review"),)
    stage.state.exported = tuple(str(path) for path in paths)
    stage.say(found.scope, "note", "review", "done", f"The changes are in {paths[0]} and {paths[1]}.")
    stage.touch("review")
    return ()


def _list(state: State) -> ChangeList | None:
    review, work = state.review, state.work
    if review is not None:
        scope, changes, blockers = review.scope, review.changes, review.blockers
    elif work is not None:
        scope, changes, blockers = work.scope, ChangeSet(tuple(one.change for one in work.progress.values())), ()
    else:
        return None
    return ChangeList(
        program=f"asr-tui {__version__}",
        scope=scope.value,
        digest=changes.digest(),
        cloud=state.origin.cloud_title,
        subscription_id=state.subscription_id,
        requests=tuple(_request(change) for change in changes),
        blockers=blockers,
    )


def _request(change: Change) -> PlannedRequest:
    method, path, version = writer.request_line(change) if change.writes else ("", "", "")
    return PlannedRequest(
        key=change.key,
        action=change.action.value,
        kind=change.kind.value,
        name=change.name,
        resource_id=change.resource_id,
        reason=change.reason,
        depends_on=change.depends_on,
        method=method,
        path=path,
        api_version=version,
        body=change.body,
    )
