"""Puts the parts of the worker together. Importing this module imports the Azure clients."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from asr_tui.azure import cloud as clouds
from asr_tui.model.plan import Plan
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.workers.conductor import BUILDERS, Conductor
from asr_tui.workers.feed import Feed
from asr_tui.workers.journal import Journal
from asr_tui.workers.plan_file import PlanFile
from asr_tui.workers.sign_in_memory import SignInMemory
from asr_tui.workers.signing_in import Wishes
from asr_tui.workers.stage import Stage
from asr_tui.workers.state import Origin, State
from asr_tui.workers.worker import Options


def assemble(
    options: Options,
    feed: Feed,
    journal: Journal,
    plan_file: PlanFile,
    started: datetime,
    busy_changed: Callable[[], None],
    stop: Callable[[], None],
) -> Conductor:
    """A conductor over the session's files and the chosen cloud.

    Raises:
        ProblemError: there is no such cloud, or its address is not known.
    """
    cloud = clouds.named(options.cloud, options.environ)
    plan, problem = _plan(plan_file)
    state = State(
        origin=Origin(
            session=options.session,
            pid=feed.view.session.worker_pid,
            cloud=cloud.name,
            cloud_title=cloud.title,
            endpoint=cloud.arm_endpoint,
            read_only=options.read_only,
            started=started,
            portal=cloud.portal,
        ),
        plan=plan,
    )
    stage = Stage(state, feed, plan_file, journal, BUILDERS, options.paths.drills, busy_changed)
    if problem is not None:
        stage.trouble(problem)
    wishes = Wishes(
        way=options.way,
        tenant=options.tenant,
        subscription=options.subscription,
        keep=options.keep_sign_in,
        memory=SignInMemory(options.paths.directory.parent.parent / "sign-ins.json"),
    )
    return Conductor(stage, cloud, options.environ, wishes, stop)


def _plan(plan_file: PlanFile) -> tuple[Plan, Problem | None]:
    """The plan on disk; an empty one, and what is wrong, where it cannot be read. The file itself stays as it is."""
    try:
        return plan_file.read(), None
    except ProblemError as error:
        return Plan(), error.problem
