"""The sections that every screen shows: session, steps, sign-in, plan, operations, log and problems."""

from __future__ import annotations

from asr_tui.model.plan import Plan
from asr_tui.model.problem import Problem
from asr_tui.session.views import LogLine, OperationRow, SessionView, SignInView
from asr_tui.workers.state import State

PRACTICE = "practice"
READ_ONLY_ASKED = "Started with --read-only: no write can leave this worker."


def session(state: State) -> SessionView:
    """The header: which cloud, whose subscription, from where to where, and what the worker does."""
    origin, plan, estate = state.origin, state.plan, state.estate
    titles = {name: region.display_name for name, region in estate.region_by_name.items()} if estate else {}
    return SessionView(
        name=origin.session,
        worker_pid=origin.pid,
        worker_started=origin.started,
        cloud=origin.cloud_title,
        practice=origin.cloud == PRACTICE,
        endpoint=origin.endpoint,
        portal=origin.portal,
        tenant=state.tenant,
        subscription_id=state.subscription_id,
        subscription_name=state.subscription_name,
        principal=state.principal,
        source_region=plan.source_region,
        source_region_title=titles.get(plan.source_region, plan.source_region),
        target_region=plan.target_region,
        target_region_title=titles.get(plan.target_region, plan.target_region),
        azure_now=state.azure_now,
        azure_speed=round(state.azure_speed, 1),
        estate_read_at=estate.read_at if estate else None,
        activity=next(iter(state.activities.values()), ""),
        read_only=state.only_reads,
        read_only_reason=READ_ONLY_ASKED if origin.read_only else state.look_only,
        arm_requests=state.requests,
        arm_writes=state.writes,
        remaining_reads=_whole(state.remaining_reads),
        remaining_writes=_whole(state.remaining_writes),
        pen=state.pen,
        watchers=max(0, state.faces - (1 if state.pen else 0)),
    )


def sign_in(state: State) -> SignInView:
    """Ways to sign in, and how far it got."""
    return state.sign_in


def plan(state: State) -> Plan:
    """The plan as it stands on disk."""
    return state.plan


def operations(state: State) -> tuple[OperationRow, ...]:
    """Running and lately finished operations, newest last."""
    return tuple(state.operations.values())


def log(state: State) -> tuple[LogLine, ...]:
    """The last lines of the session's log."""
    return tuple(state.log)


def problems(state: State) -> tuple[Problem, ...]:
    """What went wrong and belongs to no row, oldest first."""
    return tuple(state.problems)


def _whole(count: float | None) -> int | None:
    return None if count is None else max(0, int(count))
