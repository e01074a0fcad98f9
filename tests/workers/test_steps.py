"""The rail: what it says of a step follows from what was read and found, and from nothing else."""

from datetime import UTC, datetime

import pytest

from asr_tui.model.finding import Finding, Scope, Severity
from asr_tui.model.step import Step
from asr_tui.session.views import StepView
from asr_tui.workers.sections.steps import steps
from asr_tui.workers.state import Checks, Origin, State
from tests.rules import makers

ORIGIN = Origin("default", 1, "practice", "Practice", "", False, datetime(2026, 1, 2, tzinfo=UTC))


def rail(*findings: Finding) -> dict[Step, StepView]:
    checks = Checks(state="done", results={"one": findings})
    state = State(ORIGIN, plan=makers.plan("web01"), estate=makers.estate(vms=(makers.vm("web01"),)), checks=checks)
    return {row.step: row for row in steps(state)}


def blocker(scope: Scope, vm: str) -> Finding:
    return Finding("x", Severity.BLOCKER, scope, "t", vm, makers.vm_id(vm), "e", "r", vm_ids=(makers.vm_id(vm),))


@pytest.mark.parametrize(
    ("findings", "prerequisites", "networking"),
    [
        ((), "done", "done"),
        ((blocker(Scope.NETWORK, "web01"),), "attention", "attention"),
        ((blocker(Scope.VM, "web01"),), "attention", "done"),
        ((blocker(Scope.NETWORK, "other"),), "done", "done"),  # no VM of the plan
    ],
)
def test_a_blocker_of_the_network_holds_up_its_step_too(
    findings: tuple[Finding, ...], prerequisites: str, networking: str
) -> None:
    told = rail(*findings)
    assert (told[Step.PREREQUISITES].state, told[Step.NETWORKING].state) == (prerequisites, networking)
    if networking == "attention":
        assert told[Step.NETWORKING].reason == "1 blocker in the way."


def test_regions_are_told_by_their_titles() -> None:
    assert rail()[Step.ARCHITECTURE].reason == "West Europe to North Europe."
