"""Putting the list of changes under review, and confirming it."""

from __future__ import annotations

from collections.abc import Callable

from asr_tui.model import arm_id
from asr_tui.model.change import ChangeSet
from asr_tui.model.finding import Finding, Scope, Severity
from asr_tui.model.problem import Problem
from asr_tui.model.step import Step
from asr_tui.rules import changes, readiness
from asr_tui.session.intents import ConfirmReview, PrepareReview
from asr_tui.workers.checking import Checking
from asr_tui.workers.choices import is_busy_with
from asr_tui.workers.reading import Reading, not_signed_in
from asr_tui.workers.stage import Stage
from asr_tui.workers.state import Review, State

TASK = "review"
_VAULT_SCOPES = frozenset({Scope.SUBSCRIPTION, Scope.REGION_PAIR, Scope.VAULT})
MOST_BLOCKERS = 50
VM_PARTS = frozenset({"vms", "disks", "nics", "security_groups"})
"""What is read once more before the review: VMs that changed since the checks are told."""


class Reviewing:
    """``confirmed`` is handed the review that the engineer confirmed."""

    def __init__(self, stage: Stage, reading: Reading, checking: Checking, confirmed: Callable[[Review], None]) -> None:
        self._stage = stage
        self._reading = reading
        self._checking = checking
        self._confirmed = confirmed

    def prepare(self, intent: PrepareReview) -> tuple[Problem, ...]:
        """Compute the changes in the background; what was under review is put away."""
        state = self._stage.state
        refusal = self._refusal(state, intent.step)
        if refusal is not None:
            return (refusal,)
        state.review = None
        state.exported = ()
        state.work = None
        self._stage.touch("review", "run", "steps")
        self._stage.begin(TASK, "Working out the changes", self._prepare(intent.step))
        return ()

    def dismiss(self) -> tuple[Problem, ...]:
        """Put the list away."""
        self._stage.state.review = None
        self._stage.touch("review", "steps")
        return ()

    def confirm(self, intent: ConfirmReview) -> tuple[Problem, ...]:
        """Carry out exactly what was shown."""
        state = self._stage.state
        review = state.review
        problem: Problem | None = None
        if review is None or review.digest != intent.digest:
            problem = Problem(
                what="What you confirm is not what is under review.",
                cause="The plan, or what exists in Azure, changed since the list was made." if review else "",
                remedy="Look at the list of changes once more.",
                where="review",
            )
        elif review.blockers:
            problem = Problem(what="The changes cannot be carried out.", cause=review.blockers[0], where="review")
        elif self._stage.clients is None:
            problem = not_signed_in()
        elif review.changes.writes and state.only_reads:
            problem = state.write_refusal("review")
        else:
            problem = is_busy_with(state)
        if problem is not None or review is None:
            return (problem,) if problem else ()
        state.review = None
        self._confirmed(review)
        return ()

    def _refusal(self, state: State, step: Step) -> Problem | None:
        if step not in {Step.VAULT, Step.REPLICATION}:
            return Problem(what=f"The step {step.heading} has no changes to review.", where="step")
        if self._stage.clients is None:
            return not_signed_in()
        if state.picture is None:
            return Problem(what="No region pair is chosen yet.", remedy="Choose source and target in step 1.")
        if not state.plan.vault.name:
            return Problem(what="No vault is chosen yet.", remedy="Choose or name one in step 4.", where="vault")
        if step is Step.REPLICATION and not state.plan.vms:
            return Problem(what="No VM is selected yet.", remedy="Pick the VMs to protect in step 5.", where="vms")
        return is_busy_with(state)

    async def _prepare(self, step: Step) -> None:
        state = self._stage.state
        await self._reading.read_vault()
        warnings = await self._look_again() if step is Step.REPLICATION else ()
        if warnings or state.checks.stale or state.checks.state != "done":
            await self._checking.run()
        picture = state.picture
        if picture is None:
            return
        found = changes.changes(picture.estate, picture.plan)
        shown = _of_step(found, step)
        state.review = Review(step, shown, shown.digest(), _blockers(state, step), warnings)
        self._stage.touch("review", "steps")

    async def _look_again(self) -> tuple[str, ...]:
        """Whether the selected VMs are still what was checked; and what is asked of each VM, where it was not asked yet."""
        state = self._stage.state
        before = state.checks.estate
        after = await self._reading.read(VM_PARTS)
        known = len(after.eligibility), len(after.loads)
        await self._checking.ask_of_vms(missing_only=True)
        if before is None or state.estate is None:
            return ()
        if (len(state.estate.eligibility), len(state.estate.loads)) != known:
            state.checks.stale = True
        changed = readiness.changed(before, state.estate, state.plan.vms)
        names = {arm_id.key(vm.id): vm.name for vm in (*before.vms, *state.estate.vms)}
        told = [f"{names[key]} changed since it was checked: {', '.join(what)}." for key, what in changed.items()]
        return _shortened(told)


def _shortened(told: list[str]) -> tuple[str, ...]:
    if len(told) <= MOST_BLOCKERS:
        return tuple(told)
    return (*told[:MOST_BLOCKERS], f"And {len(told) - MOST_BLOCKERS} more.")


def _of_step(found: ChangeSet, step: Step) -> ChangeSet:
    """The changes of a step, with what is still missing of the step before."""
    own = found.of_step(step)
    if step is Step.VAULT:
        return own
    missing = tuple(change for change in found.of_step(Step.VAULT) if change.writes)
    return ChangeSet((*missing, *own)) if missing else own


def _blockers(state: State, step: Step) -> tuple[str, ...]:
    """Why the changes cannot be carried out: blockers that concern what is planned. Accepting a finding says that somebody
    knows of it; what would fail in Azure fails all the same. What a change of the plan repairs is carried out before."""
    selected = state.selected
    told = []
    for finding in state.open_findings:
        if finding.severity is Severity.BLOCKER and _concerns(finding, step, selected):
            told.append(f"{finding.subject}: {finding.evidence}")
    return _shortened(told)


def _concerns(finding: Finding, step: Step, selected: frozenset[str]) -> bool:
    if step is Step.VAULT:
        return finding.scope in _VAULT_SCOPES and not finding.vm_ids
    return not finding.vm_ids or any(arm_id.key(vm) in selected for vm in finding.vm_ids)
