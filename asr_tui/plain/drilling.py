"""The drill unattended: chosen by options or by the plan, run, judged by its evidence, cleaned up, and reported.

Every part looks before it acts: a drill that is under way, or whose cleanup is not proven, is gone on with, and no VM is
ever tested twice for one call.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from asr_tui.model.arm_id import key
from asr_tui.model.plan import RecoveryPointKind
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.step import Step
from asr_tui.plain import stations
from asr_tui.plain.events import Event
from asr_tui.plain.narrator import Narrator
from asr_tui.plain.summary import Tally
from asr_tui.plain.walk import Walk
from asr_tui.reports import files
from asr_tui.session import intents
from asr_tui.session.running_views import DrillView
from asr_tui.session.views import View
from asr_tui.wording import count, duration

NEW = "new"
ACTIVE = frozenset({"running", "waiting", "cleaning-up"})
NOT_OVER = frozenset({"cleanup", "leftovers", "unproven"})
"""Codes of the problems of a drill that ended without proof that nothing of it is left."""
NOTE = "by the evidence of the unattended drill"


@dataclass(frozen=True, slots=True)
class DrillWishes:
    """What the caller laid down. Empty: what the plan says, and then all protected VMs, at the latest processed point.

    ``vms`` are names; ``network`` the name of a network in the target region, or ``new``; ``confirmed_network`` the name
    typed once more of a network that is not isolated; ``report`` a folder; ``plan`` the absolute path of a plan.
    """

    vms: tuple[str, ...] = ()
    recovery_point: RecoveryPointKind | None = None
    network: str = ""
    confirmed_network: str = ""
    cleanup: bool = False
    report: str = ""
    plan: str = ""


class UsageError(ProblemError):
    """An option names what does not exist; nothing was begun."""

    usage = True


class Drilling:
    """One call of the command, over as many workers as it takes."""

    def __init__(self, wishes: DrillWishes) -> None:
        self._wishes = wishes
        self._begun = False
        self._reports: tuple[str, ...] = ()

    async def run(self, walk: Walk, narrator: Narrator) -> bool:
        """Drill; returns whether every VM passed its checks and the cleanup is proven.

        Raises:
            UsageError: an option names what does not exist.
            WorkerGone: the worker ended meanwhile; running again with a new one goes on.
        """
        try:
            await stations.sign_in(walk)
            walk.step = Step.TEST_FAILOVER
            return await self._drill(walk, narrator)
        except UsageError:
            raise
        except ProblemError as failure:
            walk.say("step", Step.TEST_FAILOVER.heading, "failed", str(failure))
            return False
        finally:
            walk.step = None

    def summary(self, tally: Tally, view: View, succeeded: bool) -> Event:
        """The last event of the command."""
        drill = view.drill
        requests, writes = tally.spent
        counts = {
            "passed": succeeded,
            "drill_state": drill.state,
            "vms": [
                {
                    "vm": row.vm_name,
                    "state": row.state,
                    "why": row.why,
                    "verdict": row.verdict,
                    "rto_seconds": row.rto_seconds,
                    "rpo_seconds": row.rpo_seconds,
                }
                for row in drill.rows
                if row.chosen
            ],
            "rto_seconds": drill.max_rto_seconds,
            "rpo_seconds": drill.max_rpo_seconds,
            "clean_proof": drill.clean_proof,
            "leftovers": list(drill.leftovers),
            "reports": list(self._reports),
            "arm_requests": requests,
            "arm_writes": writes,
            "session": view.session.name,
            "cloud": view.session.cloud,
        }
        state = "succeeded" if succeeded else "failed"
        return Event(Step.TEST_FAILOVER, "summary", view.session.name, state, _sentence(drill, succeeded), counts)

    async def _drill(self, walk: Walk, narrator: Narrator) -> bool:
        view = await _known(walk)
        if not self._is_to_go_on(view.drill):
            view = await self._choose(walk)
            walk.say("step", Step.TEST_FAILOVER.heading, "running", "A test failover in an isolated network.")
            self._begun = True
            await walk.talk.send(
                intents.StartDrill(typed_network_name=self._wishes.confirmed_network, digest=view.drill.digest)
            )
        narrator.tell(Step.TEST_FAILOVER)
        view = await walk.talk.until(lambda view: view.drill.state not in {"idle", "running"}, "the test failovers")
        if view.drill.state == "waiting":
            await stations.give_verdicts(walk, view, NOTE)
        if not self._wishes.cleanup and view.drill.state != "cleaning-up":
            return self._left_running(walk)
        if view.drill.state == "waiting" or _is_not_over(view.drill):
            await walk.talk.send(intents.CleanUpDrill(notes=view.plan.drill.notes or "Unattended drill"))
        view = await walk.talk.until(lambda view: view.drill.state in {"done", "failed"}, "the cleanup")
        self._keep_reports(walk, view.drill)
        return _tell_result(walk, view.drill)

    def _is_to_go_on(self, drill: DrillView) -> bool:
        """Whether there is a drill that is this call's, or that has to come to its end before the next."""
        return drill.state in ACTIVE or _is_not_over(drill) or (self._begun and drill.state in {"done", "failed"})

    async def _choose(self, walk: Walk) -> View:
        """Choose what the options and the plan say.

        Raises:
            UsageError: there is no such VM or network.
            StepError: nothing can be drilled.
        """
        view = await self._take_plan(walk)
        plan, wishes = view.plan.drill, self._wishes
        choice = intents.PrepareDrill(
            vm_ids=_ids(view, wishes.vms) or plan.vms,
            recovery_point=wishes.recovery_point or plan.recovery_point,
            custom_points=plan.custom_points,
            network_id="" if wishes.network else plan.network_id,
            create_network=True,
            waves=plan.waves,
            targets=plan.targets,
            dependencies=plan.dependencies,
            scripts=plan.scripts,
        )
        view = await _prepared(walk, choice)
        if wishes.network not in {"", NEW}:
            network_id = _network_id(view.drill, wishes.network)
            update = {"network_id": network_id, "create_network": False}
            view = await _prepared(walk, choice.model_copy(update=update))
        for row in view.drill.rows:
            if row.state == "refused" and row.chosen:
                walk.say("drill", row.vm_name, "refused", row.why, vm_id=row.vm_id)
        stations.tell_what_is_made(walk, view)
        return view

    async def _take_plan(self, walk: Walk) -> View:
        """The view under the plan that was named, if one was, and of the estate as it is now: a worker that ran already
        may have another plan, and its picture of the networks is as old as its last look at them."""
        if self._wishes.plan:
            await walk.talk.send(intents.LoadPlan(path=self._wishes.plan))
        if walk.tally.ran_before(walk.view):
            await walk.talk.send(intents.ReadEstate())
        return await _protected(walk)

    def _left_running(self, walk: Walk) -> bool:
        up = [row.test_vm for row in walk.view.drill.rows if row.test_vm and row.state != "cleaned-up"]
        walk.say(
            "cleanup",
            walk.view.drill.network_name,
            "warning",
            f"Not cleaned up: {', '.join(up) or 'what was made'} goes on running and costs money. "
            "The same command with --cleanup ends it.",
        )
        return False

    def _keep_reports(self, walk: Walk, drill: DrillView) -> None:
        """The report where it was asked for; where the worker keeps it otherwise.

        Raises:
            StepError: the worker could not write it.
        """
        self._reports = drill.reports
        if self._wishes.report:
            if not drill.reports:
                raise walk.fail("The drill left no record, so there is no report.", "The session's log says why.")
            record = files.read(Path(drill.reports[0]))
            self._reports = tuple(str(path) for path in files.write(record, Path(self._wishes.report)))
        for path in self._reports:
            walk.say("report", path, "done", "written")


async def _known(walk: Walk) -> View:
    """The view, once the estate is read; a drill that was interrupted is then under way again."""
    view = await walk.talk.until(lambda view: view.session.activity == "", "the estate to be read")
    return await walk.talk.until(stations.has_settled, "the checks") if view.plan.target_region else view


async def _protected(walk: Walk) -> View:
    """The view, once it tells what the vault protects.

    Raises:
        StepError: there is no vault, or it protects nothing.
    """
    view = await walk.talk.until(lambda view: view.session.activity == "", "the estate to be read")
    if not view.plan.target_region or not view.plan.vault.name:
        raise walk.fail("The plan names no regions and no vault.", "Enable replication first: `asr-tui walkthrough`.")
    view = await walk.talk.until(stations.has_settled, "the checks")
    held = next((option.items for option in view.vault.options if key(option.id) == key(view.vault.vault_id)), 0)
    if view.vault.state != "ready" or not held:
        raise walk.fail(
            f"The vault {view.plan.vault.name} protects no VM.", "Enable replication first: `asr-tui walkthrough`."
        )
    return await walk.talk.until(lambda view: any(row.item_id for row in view.replication.items), "the vault")


async def _prepared(walk: Walk, choice: intents.PrepareDrill) -> View:
    await walk.talk.send(choice)
    view = await walk.talk.until(lambda view: view.session.activity == "", "the recovery points and networks")
    if not view.drill.rows:
        cause = view.problems[-1].sentence() if view.problems else ""
        raise walk.fail("The drill could not be prepared.", cause=cause)
    return view


def _ids(view: View, names: tuple[str, ...]) -> tuple[str, ...]:
    known = {row.vm_name.lower(): row.vm_id for row in view.replication.items}
    missing = [name for name in names if name.lower() not in known]
    if missing:
        raise _unknown("--vm", missing[0], [row.vm_name for row in view.replication.items])
    return tuple(dict.fromkeys(known[name.lower()] for name in names))


def _network_id(drill: DrillView, name: str) -> str:
    found = [option.id for option in drill.networks if option.name.lower() == name.lower()]
    if len(found) != 1:
        raise _unknown("--network", name, [NEW, *(option.name for option in drill.networks)])
    return found[0]


def _unknown(option: str, given: str, known: list[str]) -> UsageError:
    return UsageError(Problem(what=f"{option}: there is no {given!r}.", remedy=f"Here: {', '.join(known[:30])}."))


def _is_not_over(drill: DrillView) -> bool:
    return drill.state == "failed" and drill.problem is not None and drill.problem.code in NOT_OVER


def _tell_result(walk: Walk, drill: DrillView) -> bool:
    if drill.problem is not None:
        walk.say("cleanup", drill.network_name, "failed", drill.problem.sentence())
    for left in drill.leftovers:
        walk.say("cleanup", drill.network_name, "failed", f"Left behind: {left}")
    if drill.clean_proof:
        walk.say("cleanup", drill.network_name, "cleaned-up", drill.clean_proof)
    return drill.passed is True


def _sentence(drill: DrillView, succeeded: bool) -> str:
    rows = [row for row in drill.rows if row.selected]
    left_out = sum(1 for row in drill.rows if row.chosen and not row.selected)
    cleaned = sum(1 for row in rows if row.state == "cleaned-up")
    figures = [
        f"{name} {duration(seconds)}"
        for name, seconds in (("longest RTO", drill.max_rto_seconds), ("longest RPO", drill.max_rpo_seconds))
        if seconds is not None
    ]
    outcome = "The drill passed" if succeeded else "The drill did not pass"
    proof = "the cleanup is proven" if drill.clean_proof else "the cleanup is not proven"
    missed = [f"{left_out} of {len(rows) + left_out} left out"] if left_out else []
    parts = [count(len(rows), "VM"), *missed, f"{cleaned} cleaned up", proof, *figures]
    return f"{outcome}: {', '.join(parts)}."
