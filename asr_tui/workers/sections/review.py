"""The list of changes before any write, and how the run that carries it out stands."""

from __future__ import annotations

import json

from asr_tui.model.change import Change
from asr_tui.session.running_views import ChangeRow, ReviewView, RunView
from asr_tui.workers.state import State
from asr_tui.workers.work import SETTLED, Progress, Work


def review(state: State) -> ReviewView:
    """What is under review; while a run of it goes on (and after), the same list with each change's state."""
    work = state.work
    if state.review is None and work is not None:
        rows = tuple(row(progress.change, progress, work) for progress in work.progress.values())
        return ReviewView(
            scope=work.scope,
            digest=work.digest,
            changes=rows,
            writes=sum(progress.change.writes for progress in work.progress.values()),
            confirmed=True,
            exported=state.exported,
        )
    if state.review is None:
        return ReviewView()
    found = state.review
    return ReviewView(
        scope=found.scope,
        digest=found.digest,
        changes=tuple(row(change) for change in found.changes),
        writes=len(found.changes.writes),
        blockers=found.blockers,
        warnings=found.warnings,
        exported=state.exported,
    )


def run(state: State) -> RunView:
    """The runner."""
    work = state.work
    if work is None:
        return RunView(item_limit=state.item_limit)
    return RunView(
        state=work.state,
        scope=work.scope,
        total=len(work.progress),
        done=work.count(*SETTLED),
        failed=work.count("failed"),
        started=work.started,
        finished=work.finished,
        problem=work.problem,
        item_limit=state.item_limit,
    )


def row(change: Change, progress: Progress | None = None, work: Work | None = None) -> ChangeRow:
    """A change as it is shown."""
    state = progress.state if progress else "planned"
    if progress is not None and work is not None and work.state == "paused" and state == "waiting":
        state = "paused"
    return ChangeRow(
        key=change.key,
        action=change.action,
        kind=change.kind,
        step=change.step,
        name=change.name,
        resource_id=change.resource_id,
        reason=change.reason,
        body=json.dumps(change.body, indent=2, ensure_ascii=False, default=str) if change.body else "",
        depends_on=change.depends_on,
        state=state,
        problem=progress.problem if progress else None,
    )
