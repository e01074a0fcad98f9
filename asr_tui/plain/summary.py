"""The counts at the end of a walk."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Self

from asr_tui.plain.events import WALKTHROUGH, Event
from asr_tui.session.views import View
from asr_tui.wording import count, duration


class Tally:
    """Counts over one walk, even where the worker was restarted in the middle of it.

    Args:
        began: when the walk began (UTC): requests of a worker that ran before then are not this walk's.
    """

    def __init__(self, began: datetime) -> None:
        self._began = began
        self._worker = 0
        self._base = (0, 0)
        self._past = (0, 0)
        self._last = (0, 0)
        self.failures: list[str] = []

    @classmethod
    def starting_now(cls) -> Self:
        """For a walk that begins at this moment."""
        return cls(datetime.now(UTC))

    def observe(self, view: View) -> None:
        """Take note of the request counters of the worker at the other end."""
        session = view.session
        now = (session.arm_requests, session.arm_writes)
        if session.worker_pid != self._worker:
            self._past = self.spent
            self._worker = session.worker_pid
            self._base = now if self.ran_before(view) else (0, 0)
        self._last = now

    def ran_before(self, view: View) -> bool:
        """Whether the worker at the other end was there before the walk began, so that what it knows may be old."""
        started = view.session.worker_started
        return started is not None and started < self._began

    @property
    def spent(self) -> tuple[int, int]:
        """ARM requests and ARM writes of this walk so far."""
        return (
            self._past[0] + self._last[0] - self._base[0],
            self._past[1] + self._last[1] - self._base[1],
        )

    def summary(self, view: View, succeeded: bool) -> Event:
        """The last event of a walk."""
        counts = self._counts(view)
        state = "succeeded" if succeeded else "failed"
        return Event(WALKTHROUGH, "summary", view.session.name, state, _sentence(view, counts, succeeded), counts)

    def _counts(self, view: View) -> dict[str, Any]:
        found = view.prerequisites
        requests, writes = self.spent
        rows = [row for row in view.drill.rows if row.selected]
        return {
            "vms_total": len(view.vms),
            "vms_eligible": sum(1 for vm in view.vms if vm.eligible),
            "vms_protected": sum(1 for item in view.replication.items if item.milestone == "protected"),
            "vms_tested": sum(1 for row in rows if row.running_at is not None),
            "vms_cleaned_up": sum(1 for row in rows if row.state == "cleaned-up"),
            "findings": {
                "blocker": found.blockers,
                "warning": found.warnings,
                "unknown": found.unknowns,
                "info": found.infos,
            },
            "arm_requests": requests,
            "arm_writes": writes,
            "rto_seconds": view.drill.max_rto_seconds,
            "rpo_seconds": view.drill.max_rpo_seconds,
            "session": view.session.name,
            "cloud": view.session.cloud,
        }


def _sentence(view: View, counts: dict[str, Any], succeeded: bool) -> str:
    parts = [
        f"{count(counts['vms_total'], 'VM')} in {view.session.source_region_title or view.session.source_region or 'scope'}",
        f"{counts['vms_eligible']} eligible",
        f"{counts['vms_protected']} protected",
        f"{counts['vms_tested']} tested",
        f"{counts['vms_cleaned_up']} cleaned up",
    ]
    findings = ", ".join(f"{number} {severity}" for severity, number in counts["findings"].items())
    measured = ""
    if counts["rto_seconds"] is not None:
        measured = f" Longest RTO {duration(counts['rto_seconds'])}"
        if counts["rpo_seconds"] is not None:
            measured += f", longest RPO {duration(counts['rpo_seconds'])}"
        measured += "."
    outcome = "The walkthrough succeeded" if succeeded else "The walkthrough failed"
    return (
        f"{outcome}: {', '.join(parts)}. Findings: {findings}.{measured} "
        f"{count(counts['arm_requests'], 'ARM request')}, {count(counts['arm_writes'], 'write')}."
    )
