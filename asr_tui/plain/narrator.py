"""Turns a changing view into events: each thing is told once, when it becomes so."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from asr_tui.model.problem import Problem
from asr_tui.model.step import Step
from asr_tui.plain.device_code import tell_device_code
from asr_tui.plain.events import WALKTHROUGH, Event, Writer
from asr_tui.session.running_views import ChangeRow, DrillRow, ItemRow
from asr_tui.session.views import View
from asr_tui.wording import duration

_PROGRESS_STEP = 25


class Narrator:
    """Writes what is new in each view it is shown.

    Args:
        writer: where events go.
        steps: the steps to tell about from the start; :meth:`tell` adds others.
    """

    def __init__(self, writer: Writer, steps: frozenset[Step] = frozenset()) -> None:
        self._writer = writer
        self._steps = set(steps)
        self._told: dict[str, str] = {}
        self._problems: set[Problem] = set()
        self._code = self._reason = ""

    def tell(self, step: Step) -> None:
        """From now on, tell about this step too."""
        self._steps.add(step)

    def observe(self, view: View) -> bool:
        """Write what is new; returns whether anything was."""
        written = self.observe_sign_in(view)
        for key, mark, event in self._current(view):
            if self._told.get(key) != mark:
                self._told[key] = mark
                self._writer.write(event)
                written = True
        for problem in view.problems:
            if problem not in self._problems:
                self._problems.add(problem)
                self._writer.write(Event(WALKTHROUGH, "problem", problem.where, "failed", problem.sentence()))
                written = True
        return written

    def observe_sign_in(self, view: View) -> bool:
        """Say which code has to be typed where, each time there is a new one, and that a session only looks."""
        code, reason = view.sign_in.device_code, view.session.read_only_reason
        tells_code = bool(code) and code != self._code
        tells_reason = bool(reason) and reason != self._reason
        self._code, self._reason = code, reason
        if tells_code:
            tell_device_code(self._writer, view.sign_in)
        if tells_reason:
            self._writer.note(f"LOOK ONLY. {reason}")
        return tells_code or tells_reason

    def heartbeat(self, view: View, waiting_for: str) -> None:
        """One sparse sign of life while nothing else happens."""
        busy = [row for row in view.replication.items if row.milestone in {"waiting", "enabling", "seeding"}]
        percent = [row.progress for row in busy if row.progress is not None]
        detail = f", {sum(percent) // len(percent)} % on average" if percent else ""
        under_way = f" ({len(busy)} under way{detail})" if busy else ""
        activity = f" {view.session.activity}" if view.session.activity else ""
        self._writer.write(
            Event(WALKTHROUGH, "heartbeat", "", "running", f"Still waiting for {waiting_for}{under_way}.{activity}")
        )

    def _current(self, view: View) -> Iterator[tuple[str, str, Event]]:
        for step, tell in _TELLERS.items():
            if step in self._steps:
                yield from tell(view)


def _findings(view: View) -> Iterator[tuple[str, str, Event]]:
    for row in view.prerequisites.findings:
        extra = {
            "check": row.check_id,
            "code": row.code,
            "vms": list(row.vm_names),
            "evidence": row.evidence,
            "remedy": row.remedy,
        }
        code = f" [{row.code}]" if row.code else ""
        message = (
            f"{row.title}.{code} {row.evidence} Remedy: {row.remedy}" if row.remedy else f"{row.title}. {row.evidence}"
        )
        yield (
            f"finding|{row.key}",
            row.severity,
            Event(Step.PREREQUISITES, "finding", row.subject, row.severity, message, extra),
        )


def _changes(step: Step) -> Callable[[View], Iterator[tuple[str, str, Event]]]:
    def tell(view: View) -> Iterator[tuple[str, str, Event]]:
        if not view.review.confirmed or view.review.scope is not step:
            return
        for row in view.review.changes:
            if row.state not in {"planned", "waiting", "reused"}:
                yield f"change|{row.key}", row.state, _change(row)

    return tell


def _change(row: ChangeRow) -> Event:
    doing, did = ("updating", "updated") if row.action == "update" else ("creating", "created")
    words = {"running": f"{doing} {row.kind}", "done": f"{row.kind} {did}"}
    message = words.get(row.state, f"{row.kind} {row.state}")
    if row.problem:
        message = f"{message}: {row.problem.sentence()}"
    return Event(
        row.step, "change", row.name, row.state, message, {"action": row.action, "resource_id": row.resource_id}
    )


def _items(view: View) -> Iterator[tuple[str, str, Event]]:
    for row in view.replication.items:
        if row.milestone in {"planned", "waiting"}:
            continue
        band = (row.progress or 0) // _PROGRESS_STEP if row.milestone == "seeding" else 0
        yield f"item|{row.vm_id}", f"{row.milestone}{band}", _item(row)


def _item(row: ItemRow) -> Event:
    parts = [row.milestone]
    if row.milestone == "seeding":
        parts.append(f"initial replication at {row.progress or 0} %")
    elif row.task and row.milestone in {"waiting", "enabling"}:
        parts.append(f"task {row.task}")
    if row.rpo_seconds is not None:
        parts.append(f"RPO {duration(row.rpo_seconds)}")
    if row.health and row.health not in {"None", "Normal"}:
        parts.append(f"health {row.health}")
    if row.problem:
        parts.append(row.problem.sentence())
    extra = {"vm_id": row.vm_id, "progress": row.progress, "rpo_seconds": row.rpo_seconds, "task": row.task}
    return Event(Step.REPLICATION, "item", row.vm_name, row.milestone, ", ".join(parts), extra)


def _replication(view: View) -> Iterator[tuple[str, str, Event]]:
    yield from _CHANGE_TELLERS[Step.REPLICATION](view)
    yield from _items(view)


def _drill(view: View) -> Iterator[tuple[str, str, Event]]:
    for row in view.drill.rows:
        if row.state in {"ready", "waiting"} or not row.selected:
            continue
        yield f"drill|{row.vm_id}", row.state, _drill_row(row)
        for proof in row.evidence:
            yield (
                f"evidence|{row.vm_id}|{proof.what}",
                proof.state,
                Event(Step.TEST_FAILOVER, "evidence", row.vm_name, proof.state, f"{proof.what}: {proof.detail}"),
            )


def _drill_row(row: DrillRow) -> Event:
    parts = [row.state.replace("-", " ")]
    if row.why:
        parts.append(row.why)
    if row.test_vm:
        parts.append(f"test VM {row.test_vm}")
    if row.rto_seconds is not None:
        parts.append(f"RTO {duration(row.rto_seconds)}")
    if row.rpo_seconds is not None:
        parts.append(f"RPO {duration(row.rpo_seconds)}")
    if row.problem:
        parts.append(row.problem.sentence())
    extra = {"vm_id": row.vm_id, "rto_seconds": row.rto_seconds, "rpo_seconds": row.rpo_seconds}
    return Event(Step.TEST_FAILOVER, "drill", row.vm_name, row.state, ", ".join(parts), extra)


_CHANGE_TELLERS = {step: _changes(step) for step in (Step.VAULT, Step.REPLICATION)}
_TELLERS: dict[Step, Callable[[View], Iterator[tuple[str, str, Event]]]] = {
    Step.PREREQUISITES: _findings,
    Step.VAULT: _CHANGE_TELLERS[Step.VAULT],
    Step.REPLICATION: _replication,
    Step.TEST_FAILOVER: _drill,
}
