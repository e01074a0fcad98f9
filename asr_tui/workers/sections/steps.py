"""The rail: in which state each of the six steps is, and why."""

from __future__ import annotations

from collections import Counter

from asr_tui.model import arm_id
from asr_tui.model.finding import Scope, Severity
from asr_tui.model.step import Step, StepState
from asr_tui.rules import regions
from asr_tui.session.views import StepView
from asr_tui.wording import count
from asr_tui.workers.drill import Drill
from asr_tui.workers.sections import replication as replication_section
from asr_tui.workers.sections import vault as vault_section
from asr_tui.workers.state import State

Stand = tuple[StepState, str]


def steps(state: State) -> tuple[StepView, ...]:
    """All six, in order."""
    stands = {
        Step.ARCHITECTURE: _architecture,
        Step.PREREQUISITES: _prerequisites,
        Step.NETWORKING: _networking,
        Step.VAULT: _vault,
        Step.REPLICATION: _replication,
        Step.TEST_FAILOVER: _test_failover,
    }
    views = []
    for step, judge in stands.items():
        stand, reason = judge(state)
        views.append(StepView(step=step, title=step.heading, state=stand, reason=reason))
    return tuple(views)


def _architecture(state: State) -> Stand:
    if state.estate is None:
        return StepState.TODO, "Sign in and choose a subscription."
    if "reading" in state.activities:
        return StepState.RUNNING, "The estate is being read."
    if not state.plan.source_region or not state.plan.target_region:
        return StepState.READY, "Choose source and target region."
    source, target = (
        regions.title(state.estate, name) for name in (state.plan.source_region, state.plan.target_region)
    )
    return StepState.DONE, f"{source} to {target}."


def _prerequisites(state: State) -> Stand:
    checks = state.checks
    if state.picture is None:
        return StepState.TODO, "Choose the regions first."
    if checks.state == "running":
        return StepState.RUNNING, f"{len(checks.results)} of {len(checks.catalogue)} checks done."
    if checks.state == "idle":
        return StepState.READY, "The checks have not run."
    if checks.stale:
        return StepState.AGAIN, "Something changed since the checks ran."
    blockers = _open_blockers(state)
    unknown = sum(finding.severity is Severity.UNKNOWN for finding in checks.findings)
    if blockers:
        return StepState.ATTENTION, f"{count(blockers, 'blocker')} in the way."
    if unknown:
        return StepState.DONE, f"No blocker; {count(unknown, 'check')} could not be evaluated."
    return StepState.DONE, "No blocker."


def _open_blockers(state: State, scope: Scope | None = None) -> int:
    """Blockers (of a scope) that concern what is selected; those of single VMs only count once these are selected."""
    selected = state.selected
    return sum(
        1
        for finding in state.open_findings
        if finding.severity is Severity.BLOCKER
        and scope in {None, finding.scope}
        and (not finding.vm_ids or any(arm_id.key(vm) in selected for vm in finding.vm_ids))
    )


def _networking(state: State) -> Stand:
    if state.picture is None:
        return StepState.TODO, "Choose the regions first."
    if state.checks.state != "done":
        return StepState.READY, "Look at where each network fails over to."
    blockers = _open_blockers(state, Scope.NETWORK)
    if blockers:
        return StepState.ATTENTION, f"{count(blockers, 'blocker')} in the way."
    return StepState.DONE, "Every source network has a target."


def _vault(state: State) -> Stand:
    view = vault_section.vault(state)
    if state.picture is None:
        return StepState.TODO, "Choose the regions first."
    if view.state == "ready":
        return StepState.DONE, f"{state.plan.vault.name} is there."
    if view.state == "creating":
        return StepState.RUNNING, f"{state.plan.vault.name} is being made."
    if view.state == "failed":
        return StepState.ATTENTION, "The vault could not be made."
    if view.problems:
        return StepState.ATTENTION, view.problems[0].what
    if state.plan.vault.name:
        return StepState.READY, f"{state.plan.vault.name} is still to be made."
    return StepState.READY, "Choose a vault."


def _replication(state: State) -> Stand:
    if state.picture is None or not state.picture.resolved.vault.exists:
        return StepState.TODO, "A vault is needed first."
    work = state.work
    if work is not None and work.scope is Step.REPLICATION:
        if work.state == "running":
            return StepState.RUNNING, f"{work.count('done', 'adopted', 'reused')} of {len(work.progress)} changes done."
        if work.state in {"paused", "failed"}:
            return StepState.ATTENTION, work.problem.what if work.problem else "Some changes failed."
    if not state.plan.vms:
        return StepState.READY, "Pick the VMs to protect."
    milestones = replication_section.milestones(state)
    chosen = state.selected
    selected = [milestone for key, milestone in milestones.items() if key in chosen]
    stands = Counter(milestones.values())
    if "failed" in selected:
        return StepState.ATTENTION, f"{count(stands['failed'], 'VM')} failed."
    if selected and all(milestone in {"protected", "failed-over"} for milestone in selected):
        return StepState.DONE, f"{count(len(selected), 'VM')} protected."
    if any(milestone in {"enabling", "seeding", "first-point"} for milestone in selected):
        return StepState.RUNNING, f"{stands['protected']} of {count(len(selected), 'VM')} protected so far."
    return StepState.READY, "Review and enable."


def _not_passed(drill: Drill) -> str:
    left_out = sum(not row.is_selected for row in drill.rows.values())
    if left_out:
        return f"Cleaned up, but not passed: {count(left_out, 'VM')} could not take part."
    return "Cleaned up, but not passed: look at the VMs' evidence."


def _test_failover(state: State) -> Stand:
    drill = state.drill
    if drill is not None:
        if drill.state in {"running", "cleaning-up"}:
            return StepState.RUNNING, "The drill is under way."
        if drill.state == "waiting":
            return StepState.ATTENTION, "Test VMs are up: give your verdict, then clean up."
        if drill.state == "done" and drill.passed is False:
            return StepState.ATTENTION, _not_passed(drill)
        if drill.state == "done":
            return StepState.DONE, "Tested, and nothing of it is left."
        if drill.state == "failed":
            return StepState.ATTENTION, drill.problem.what if drill.problem else "The drill failed."
    if any(sighting.item.is_protected for sighting in state.watch.items.values()):
        return StepState.READY, "Rehearse the failover."
    return StepState.TODO, "A protected VM is needed first."
