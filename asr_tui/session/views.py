"""The view: everything that a face can show, kept by the worker, immutable, cut into sections.

Each section carries the version at which it last changed. A face asks for what changed since the version it has and gets
only those sections (see :mod:`asr_tui.session.protocol`). Nothing here decides anything: texts are ready to be shown
(as data, never as markup), states are words, times are UTC.
"""

from __future__ import annotations

from datetime import datetime

from asr_tui.model.part import field_names
from asr_tui.model.plan import Plan
from asr_tui.model.problem import Problem
from asr_tui.model.step import Step, StepState
from asr_tui.session.planning_views import ArchitectureView, NetworkingView, PrerequisitesView, VaultView, VmRow
from asr_tui.session.running_views import DrillView, ReplicationView, ReviewView, RunView
from asr_tui.session.section import Section


class Pen(Section):
    """Who may change things; the others watch. ``terminal`` is a tty's name or ``no terminal``."""

    client_id: str
    user: str
    host: str
    terminal: str
    since: datetime


class SessionView(Section):
    """Where this session stands. ``azure_now`` is the service's own clock (its Date header), which the practice cloud runs
    faster than the local one; ``activity`` says what the worker does right now ("" when idle). ``remaining_...``: how many requests
    Azure still allows before it throttles, None before it said. ``portal`` is the origin of the cloud's web portal, "" for none."""

    name: str = "default"
    worker_pid: int = 0
    worker_started: datetime | None = None
    cloud: str = ""
    practice: bool = False
    endpoint: str = ""
    portal: str = ""
    tenant: str = ""
    subscription_id: str = ""
    subscription_name: str = ""
    principal: str = ""
    source_region: str = ""
    source_region_title: str = ""
    target_region: str = ""
    target_region_title: str = ""
    azure_now: datetime | None = None
    azure_speed: float = 1.0
    estate_read_at: datetime | None = None
    activity: str = ""
    read_only: bool = False
    read_only_reason: str = ""
    arm_requests: int = 0
    arm_writes: int = 0
    remaining_reads: int | None = None
    remaining_writes: int | None = None
    pen: Pen | None = None
    watchers: int = 0


class StepView(Section):
    """``reason`` says why the step is in its state, in one short sentence."""

    step: Step
    title: str
    state: StepState = StepState.TODO
    reason: str = ""


class SignInWay(Section):
    """A way to sign in; ``problem`` says why it cannot work here ("" when it can), ``hint`` what it takes."""

    id: str
    title: str
    hint: str = ""
    problem: str = ""


class SubscriptionRow(Section):
    id: str
    name: str
    state: str
    tenant_id: str = ""


class TenantRow(Section):
    """A tenant that the account can enter, its own or one where it is a ``guest``."""

    id: str
    name: str = ""
    domain: str = ""
    guest: bool = False


class SignInView(Section):
    """``state``: signed-out, signing-in, signed-in, failed. ``remembered`` is the way that was used last on this cloud.

    ``renewing``: it held before and has to be renewed; what runs in Azure goes on meanwhile. Tenants and subscriptions stand
    the last used first. ``kept``: a sign-in by device code goes to the system's encrypted store, so that the next worker needs
    no code; ``keeping_problem`` says why there is no such store here ("" where there may be one).
    """

    state: str = "signed-out"
    ways: tuple[SignInWay, ...] = ()
    chosen: str = ""
    remembered: str = ""
    renewing: bool = False
    tenants: tuple[TenantRow, ...] = ()
    message: str = ""
    device_code: str = ""
    device_url: str = ""
    code_expires: datetime | None = None
    subscriptions: tuple[SubscriptionRow, ...] = ()
    problem: Problem | None = None
    kept: bool = False
    keeping_problem: str = ""


class OperationRow(Section):
    """A running or finished operation, newest last. ``state``: running, succeeded, failed, cancelled."""

    id: str
    title: str
    subject: str
    step: Step | None = None
    state: str = "running"
    task: str = ""
    progress: int | None = None
    started: datetime | None = None
    ended: datetime | None = None
    problem: Problem | None = None


class LogLine(Section):
    """``kind`` is request, operation, finding, note or problem."""

    number: int
    time: datetime
    step: str
    kind: str
    subject: str
    state: str
    message: str


class View(Section):
    """The whole. Section names here are the names in the wire protocol."""

    session: SessionView = SessionView()
    steps: tuple[StepView, ...] = ()
    sign_in: SignInView = SignInView()
    plan: Plan = Plan()
    architecture: ArchitectureView = ArchitectureView()
    vms: tuple[VmRow, ...] = ()
    prerequisites: PrerequisitesView = PrerequisitesView()
    networking: NetworkingView = NetworkingView()
    vault: VaultView = VaultView()
    review: ReviewView = ReviewView()
    run: RunView = RunView()
    replication: ReplicationView = ReplicationView()
    drill: DrillView = DrillView()
    operations: tuple[OperationRow, ...] = ()
    log: tuple[LogLine, ...] = ()
    problems: tuple[Problem, ...] = ()


SECTIONS: tuple[str, ...] = field_names(View)
