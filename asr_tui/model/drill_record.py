"""The record of a drill: what an auditor is shown. Versioned; written as JSON, from which the other reports are made."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, computed_field, model_validator

from asr_tui.model.plan import AcceptedFinding, DrillChoice, DrillTargets
from asr_tui.model.problem import Problem


class _Part(BaseModel):
    """Results that follow from the rest stand in the JSON for its readers; reading it works them out anew."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_results(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return {name: value for name, value in data.items() if name not in cls.model_computed_fields}
        return data


class TaskRecord(_Part):
    """A task of a VM's job, with the service's own times."""

    title: str
    state: str
    started: datetime | None = None
    ended: datetime | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def seconds(self) -> float | None:
        """How long it took, None where it did not begin or end."""
        return (self.ended - self.started).total_seconds() if self.started and self.ended else None


class ProofRecord(_Part):
    """One thing verified of a test VM; ``state``: passed, failed, unknown."""

    what: str
    state: str
    detail: str


class PointRecord(_Part):
    """The recovery point that a test VM was made from. ``id`` is "" for the latest, which the service chose itself."""

    id: str = ""
    time: datetime | None = None
    kind: str = ""


class VmRecord(_Part):
    """One VM in the drill. ``started``, ``running`` and ``cleaned`` are Azure's times, ``judged`` the time of the verdict."""

    vm: str
    vm_id: str
    wave: int = 0
    multi_vm_group: str = ""
    item_id: str = ""
    network: str = ""
    network_id: str = ""
    state: str
    why: str = ""
    point: PointRecord = PointRecord()
    test_vm: str = ""
    test_vm_id: str = ""
    started: datetime | None = None
    running: datetime | None = None
    judged: datetime | None = None
    cleaned: datetime | None = None
    rto_seconds: float | None = None
    rpo_seconds: float | None = None
    verdict_seconds: float | None = None
    verdict: str = ""
    note: str = ""
    tasks: tuple[TaskRecord, ...] = ()
    cleanup_tasks: tuple[TaskRecord, ...] = ()
    evidence: tuple[ProofRecord, ...] = ()
    output: str = ""
    problem: Problem | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def passed(self) -> bool:
        """Whether it came up, nothing that was looked at failed, nobody objected, and it is gone again. What could not be
        evaluated never passes by itself: then it takes the engineer's word."""
        found = {proof.state for proof in self.evidence}
        return (
            self.state == "cleaned-up"
            and self.running is not None
            and self.verdict != "failed"
            and bool(found)
            and "failed" not in found
            and (found == {"passed"} or self.verdict == "passed")
        )


class PreviousDrill(_Part):
    """What the last drill of the same vault measured."""

    drill: str
    started: datetime | None = None
    max_rto_seconds: float | None = None
    max_rpo_seconds: float | None = None


class DrillRecord(_Part):
    """The whole. ``state``: done, or failed; a drill is done only when a list proves that nothing of it is left. ``choice``
    is what was asked for, ``refused`` those of the VMs asked for that could not take part."""

    version: Literal[1] = 1
    redacted: bool = False
    program: str
    versions: dict[str, str] = {}
    drill: str
    session: str
    cloud: str
    operator: str
    tenant: str
    subscription: str
    subscription_id: str
    vault: str
    vault_id: str
    source_region: str
    target_region: str
    recovery_point: str
    choice: DrillChoice | None = None
    networks: tuple[str, ...] = ()
    network_made: bool = False
    network_danger: str = ""
    readiness: tuple[ProofRecord, ...] = ()
    isolation: tuple[ProofRecord, ...] = ()
    dependencies: dict[str, str] = {}
    scripts: dict[str, str] = {}
    targets: DrillTargets = DrillTargets()
    state: str
    started: datetime | None = None
    finished: datetime | None = None
    vms: tuple[VmRecord, ...] = ()
    refused: tuple[VmRecord, ...] = ()
    notes: str = ""
    leftovers: tuple[str, ...] = ()
    clean_proof: str = ""
    accepted: tuple[AcceptedFinding, ...] = ()
    previous: PreviousDrill | None = None
    problem: Problem | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def max_rto_seconds(self) -> float | None:
        """The plan's RTO as measured: that of the slowest VM."""
        return max((vm.rto_seconds for vm in self.vms if vm.rto_seconds is not None), default=None)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def max_rpo_seconds(self) -> float | None:
        """The plan's RPO as measured: that of the oldest recovery point."""
        return max((vm.rpo_seconds for vm in self.vms if vm.rpo_seconds is not None), default=None)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def meets_targets(self) -> bool | None:
        """Whether RTO and RPO are within their targets; None where none is set, or nothing was measured."""
        pairs = (
            (self.targets.rto_minutes, self.max_rto_seconds),
            (self.targets.rpo_minutes, self.max_rpo_seconds),
        )
        judged = [seconds <= minutes * 60 for minutes, seconds in pairs if minutes and seconds is not None]
        return all(judged) if judged else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def passed(self) -> bool:
        """Every VM that was to be tested was, and passed its checks, and the cleanup is proven."""
        return self.tested_passed and not self.refused

    @computed_field  # type: ignore[prop-decorator]
    @property
    def tested_passed(self) -> bool:
        """The same of the VMs that took part: where some were left out, the drill as a whole has not passed."""
        proven = self.state == "done" and bool(self.clean_proof) and not self.leftovers
        return proven and bool(self.vms) and all(vm.passed for vm in self.vms)
