"""What the worker knows at this moment. Activities change it; the section builders turn it into the view."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from asr_tui.model import arm_id
from asr_tui.model.change import ChangeSet
from asr_tui.model.estate import Estate
from asr_tui.model.finding import CheckInfo, Finding
from asr_tui.model.plan import Plan
from asr_tui.model.problem import Problem
from asr_tui.model.replication import SiteRecovery
from asr_tui.model.step import Step
from asr_tui.rules import defaults, eligibility
from asr_tui.rules.resolved import Resolved
from asr_tui.session.planning_views import OpinionView, PermissionsView
from asr_tui.session.views import LogLine, OperationRow, Pen, SignInView
from asr_tui.workers.drill import Drill
from asr_tui.workers.watch import Watch
from asr_tui.workers.work import Work

DEFAULT_ITEM_LIMIT = 10
"""So many VMs are enabled at a time: the portal's own batch; more mainly compete for the same cache account."""

LOG_LINES = 400
FINISHED_OPERATIONS = 100


@dataclass(frozen=True, slots=True)
class Origin:
    """What never changes while this worker lives."""

    session: str
    pid: int
    cloud: str
    cloud_title: str
    endpoint: str
    read_only: bool
    started: datetime
    portal: str = ""


@dataclass(frozen=True)
class Picture:
    """An estate under a plan, and what the rules make of the two. Replaced whenever one of them changes."""

    estate: Estate
    plan: Plan

    @cached_property
    def resolved(self) -> Resolved:
        """The plan with every default spelled out."""
        return defaults.resolve(self.estate, self.plan)

    @cached_property
    def contents(self) -> SiteRecovery:
        """What the plan's vault holds; nothing where it does not exist or was not read."""
        vault = self.estate.vault_by_id.get(arm_id.key(self.resolved.vault.id))
        return (vault.site_recovery if vault else None) or SiteRecovery()


@dataclass
class Checks:
    """The last run of the catalogue. ``state``: idle, running, done. ``results`` holds the checks that are through,
    ``estate`` the snapshot that they looked at, ``permissions`` what the account lacked then. ``seen`` tells for a check how
    old what it looked at is at most: some parts of a snapshot may be newer than the rest."""

    state: str = "idle"
    catalogue: tuple[CheckInfo, ...] = ()
    results: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    finished: datetime | None = None
    stale: bool = False
    estate: Estate | None = None
    permissions: PermissionsView = field(default_factory=PermissionsView)
    seen: dict[str, datetime] = field(default_factory=dict)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings of all checks that ran; where the service says what a check of ours says, the service's word."""
        return eligibility.merge(finding for found in self.results.values() for finding in found)


@dataclass(frozen=True, slots=True)
class Review:
    """A change set as it was shown. ``blockers`` say why it cannot be confirmed, ``warnings`` what to look at before."""

    scope: Step
    changes: ChangeSet
    digest: str
    blockers: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass
class State:
    """All of it. Only code that runs on the worker's loop touches it."""

    origin: Origin
    plan: Plan = field(default_factory=Plan)
    sign_in: SignInView = field(default_factory=SignInView)
    principal: str = ""
    subscription_id: str = ""
    subscription_name: str = ""
    tenant: str = ""
    look_only: str = ""
    exported: tuple[str, ...] = ()
    estate: Estate | None = None
    whole_read_at: datetime | None = None
    kernel_lists: str = ""
    opinions: tuple[OpinionView, ...] = ()
    reading: str = ""
    checks: Checks = field(default_factory=Checks)
    review: Review | None = None
    item_limit: int = DEFAULT_ITEM_LIMIT
    work: Work | None = None
    watch: Watch = field(default_factory=Watch)
    drill: Drill | None = None
    operations: dict[str, OperationRow] = field(default_factory=dict)
    log: deque[LogLine] = field(default_factory=lambda: deque(maxlen=LOG_LINES))
    log_count: int = 0
    problems: list[Problem] = field(default_factory=list)
    activities: dict[str, str] = field(default_factory=dict)
    pen: Pen | None = None
    faces: int = 0
    azure_now: datetime | None = None
    azure_speed: float = 1.0
    requests: int = 0
    writes: int = 0
    remaining_reads: float | None = None
    remaining_writes: float | None = None
    _picture: Picture | None = None

    @property
    def only_reads(self) -> bool:
        """Whether no write may leave this worker: asked for, or because the account has no right to any."""
        return self.origin.read_only or bool(self.look_only)

    def write_refusal(self, where: str) -> Problem | None:
        """Why nothing may be written here, or None where it may."""
        if self.origin.read_only:
            return Problem(what="This session only reads.", remedy="Start again without --read-only.", where=where)
        if self.look_only:
            return Problem(
                what="This session only reads.",
                cause=self.look_only,
                remedy="Sign in with an account that may write, or read again (r) once the role was given.",
                where=where,
            )
        return None

    @property
    def picture(self) -> Picture | None:
        """Estate and plan with what follows from them; None until an estate was read and regions were chosen."""
        if self.estate is None or not self.plan.source_region or not self.plan.target_region:
            return None
        if self._picture is None or self._picture.estate is not self.estate or self._picture.plan is not self.plan:
            self._picture = Picture(self.estate, self.plan)
        return self._picture

    @property
    def open_findings(self) -> tuple[Finding, ...]:
        """The findings that stand in the way: those that changes taken into the plan clear are left out."""
        taken = frozenset(arm_id.key(each) for each in self.plan.fixes)
        if not taken:
            return self.checks.findings
        return tuple(
            finding
            for finding in self.checks.findings
            if not finding.fixes or any(arm_id.key(change.key) not in taken for change in finding.fixes)
        )

    def now(self) -> datetime:
        """Azure's time as last told, or ours before it told any (UTC)."""
        return self.azure_now or datetime.now(UTC)

    def is_selected(self, vm_id: str) -> bool:
        """Whether the plan holds the VM."""
        return arm_id.key(vm_id) in self.selected

    @property
    def selected(self) -> frozenset[str]:
        """The keys of the plan's VMs."""
        return frozenset(arm_id.key(vm) for vm in self.plan.vms)
