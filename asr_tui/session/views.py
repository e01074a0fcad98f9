"""The view: everything that a face can show, kept by the worker, immutable, cut into sections.

Each section carries the version at which it last changed. A face asks for what changed since the version it has and gets
only those sections (see :mod:`asr_tui.session.protocol`). Nothing here decides anything: texts are ready to be shown
(as data, never as markup), states are words, times are UTC.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from asr_tui.model.plan import Plan
from asr_tui.model.problem import Problem
from asr_tui.model.step import Step, StepState


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True)


class Pen(_Section):
    """Who may change things; the others watch. ``terminal`` is a tty's name or ``no terminal``."""

    client_id: str
    user: str
    host: str
    terminal: str
    since: datetime


class SessionView(_Section):
    """Where this session stands. ``azure_now`` is the service's own clock (its Date header), which the practice cloud runs
    faster than the local one; ``activity`` says what the worker does right now ("" when idle)."""

    name: str = "default"
    worker_pid: int = 0
    worker_started: datetime | None = None
    cloud: str = ""
    practice: bool = False
    endpoint: str = ""
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
    arm_requests: int = 0
    arm_writes: int = 0
    pen: Pen | None = None
    watchers: int = 0


class StepView(_Section):
    """``reason`` says why the step is in its state, in one short sentence."""

    step: Step
    title: str
    state: StepState = StepState.TODO
    reason: str = ""


class SignInWay(_Section):
    """A way to sign in; ``problem`` says why it cannot work here ("" when it can)."""

    id: str
    title: str
    problem: str = ""


class SubscriptionRow(_Section):
    id: str
    name: str
    state: str
    tenant_id: str = ""


class SignInView(_Section):
    """``state``: signed-out, signing-in, signed-in, failed."""

    state: str = "signed-out"
    ways: tuple[SignInWay, ...] = ()
    chosen: str = ""
    message: str = ""
    device_code: str = ""
    device_url: str = ""
    code_expires: datetime | None = None
    subscriptions: tuple[SubscriptionRow, ...] = ()
    problem: Problem | None = None


class RegionRow(_Section):
    """A region that can be chosen; ``refused`` says why it cannot be a target for the chosen source ("" when it can)."""

    name: str
    title: str
    geography: str = ""
    zones: int = 0
    vms: int = 0
    paired: bool = False
    refused: str = ""
    remark: str = ""


class DiagramNode(_Section):
    """A thing in the diagram. ``side``: source, target, vault. ``state``: exists, planned. ``parent`` is another node's id or ""."""

    id: str
    kind: str
    title: str
    detail: str = ""
    side: str = "source"
    state: str = "exists"
    parent: str = ""


class ArchitectureView(_Section):
    """``flows`` are the numbered sentences that tell how replication and failover run through the diagram."""

    sources: tuple[RegionRow, ...] = ()
    targets: tuple[RegionRow, ...] = ()
    nodes: tuple[DiagramNode, ...] = ()
    flows: tuple[str, ...] = ()


class VmRow(_Section):
    """A VM of the source region. ``eligible`` is None until the checks ran; ``why_not`` names the blockers."""

    id: str
    name: str
    resource_group: str
    size: str
    os: str
    power: str
    disks: int
    disk_gib: int
    network: str
    subnet: str
    zone: str = ""
    tier: str = ""
    eligible: bool | None = None
    why_not: str = ""
    blockers: int = 0
    warnings: int = 0
    selected: bool = False
    protected: bool = False


class FindingRow(_Section):
    """``vm_names`` and ``vm_ids`` go together. ``seen_at`` is the snapshot's time."""

    key: str
    check_id: str
    severity: str
    scope: str
    title: str
    subject: str
    subject_id: str
    evidence: str
    remedy: str
    code: str = ""
    source: str = ""
    source_read_on: str = ""
    vm_ids: tuple[str, ...] = ()
    vm_names: tuple[str, ...] = ()
    from_service: bool = False
    accepted: str = ""
    seen_at: datetime | None = None


class CheckRow(_Section):
    """A check of the catalogue. ``state``: waiting, passed, found, unknown."""

    id: str
    title: str
    scope: str
    state: str = "waiting"
    findings: int = 0


class PrerequisitesView(_Section):
    """``state``: idle, running, done. Findings come in while it runs."""

    state: str = "idle"
    done: int = 0
    total: int = 0
    checks: tuple[CheckRow, ...] = ()
    findings: tuple[FindingRow, ...] = ()
    blockers: int = 0
    warnings: int = 0
    unknowns: int = 0
    infos: int = 0
    checked_at: datetime | None = None


class TagRow(_Section):
    """Whether one required service tag can be reached from a network's subnets. ``verdict``: allowed, denied, partial, unknown.

    ``deciding_rule`` names NSG, rule and priority, or the default; ``level`` is NIC or subnet.
    """

    tag: str
    port: str
    purpose: str
    verdict: str
    deciding_rule: str
    level: str = ""
    subject: str = ""


class SubnetRow(_Section):
    """``why`` tells which rule chose the target subnet."""

    source: str
    target: str
    why: str
    vms: int = 0
    choices: tuple[str, ...] = ()


class TargetNetworkOption(_Section):
    """An existing network of the target region; ``remark`` warns (overlap, peering ...)."""

    id: str
    name: str
    address_space: str
    remark: str = ""


class NetworkRow(_Section):
    """A source network that holds selected VMs, its outbound verdicts, and where it is mapped to."""

    id: str
    name: str
    resource_group: str
    address_space: str
    vms: int
    tags: tuple[TagRow, ...] = ()
    egress: str = ""
    egress_ok: bool | None = None
    target_id: str = ""
    target_name: str = ""
    target_is_new: bool = True
    target_address_space: str = ""
    remark: str = ""
    subnets: tuple[SubnetRow, ...] = ()
    options: tuple[TargetNetworkOption, ...] = ()
    not_carried: tuple[str, ...] = ()


class NetworkingView(_Section):
    networks: tuple[NetworkRow, ...] = ()


class VaultOption(_Section):
    """A vault of the subscription; ``refused`` says why it cannot be used ("" when it can)."""

    id: str
    name: str
    resource_group: str
    region: str
    items: int = 0
    refused: str = ""


class VaultView(_Section):
    """``state``: choosing, creating, ready, failed. ``problems`` belong to the name, group or region as typed."""

    state: str = "choosing"
    options: tuple[VaultOption, ...] = ()
    regions: tuple[RegionRow, ...] = ()
    groups: tuple[str, ...] = ()
    vault_id: str = ""
    problems: tuple[Problem, ...] = ()


class ChangeRow(_Section):
    """A change of the set under review. ``body`` is the request body as JSON text.

    ``state``: planned, waiting, running, done, adopted, reused, failed, skipped, paused.
    """

    key: str
    action: str
    kind: str
    step: Step
    name: str
    resource_id: str
    reason: str
    body: str = ""
    depends_on: tuple[str, ...] = ()
    state: str = "planned"
    problem: Problem | None = None


class ReviewView(_Section):
    """The whole list of changes before any write. ``digest`` identifies what is being confirmed; "" when nothing is under
    review. ``scope`` is the step it belongs to (vault or replication)."""

    scope: Step | None = None
    digest: str = ""
    changes: tuple[ChangeRow, ...] = ()
    writes: int = 0
    blockers: tuple[str, ...] = ()
    confirmed: bool = False


class RunView(_Section):
    """The runner. ``state``: idle, running, paused, finished, failed (some change failed), cancelled."""

    state: str = "idle"
    scope: Step | None = None
    total: int = 0
    done: int = 0
    failed: int = 0
    started: datetime | None = None
    finished: datetime | None = None
    problem: Problem | None = None


class DiskProgress(_Section):
    name: str
    state: str
    progress: int | None = None
    pending_mb: float = 0.0


class ItemRow(_Section):
    """A VM on its way to, or under, protection.

    ``milestone``: planned, waiting, enabling, seeding, first-point, protected, failed, failed-over.
    ``task`` is the current task of its job; ``progress`` 0 to 100 or None; ``rpo_seconds`` None until protected.
    """

    vm_id: str
    vm_name: str
    item_id: str = ""
    milestone: str = "planned"
    task: str = ""
    task_number: int = 0
    task_total: int = 0
    progress: int | None = None
    health: str = ""
    rpo_seconds: int | None = None
    started: datetime | None = None
    eta: datetime | None = None
    changed_at: datetime | None = None
    agent_version: str = ""
    description: str = ""
    disks: tuple[DiskProgress, ...] = ()
    problem: Problem | None = None
    job_id: str = ""


class ReplicationView(_Section):
    """``policies`` are names of policies that the vault holds; ``caches`` names of accounts that could serve."""

    policies: tuple[str, ...] = ()
    caches: tuple[str, ...] = ()
    target_group: str = ""
    cache_account: str = ""
    protected: int = 0
    seeding: int = 0
    failed: int = 0
    items: tuple[ItemRow, ...] = ()


class RecoveryPointRow(_Section):
    id: str
    time: datetime
    kind: str
    age_seconds: int
    disks: int = 0


class TaskRow(_Section):
    title: str
    state: str
    started: datetime | None = None
    ended: datetime | None = None
    seconds: float | None = None


class EvidenceRow(_Section):
    """One thing verified of a test VM; ``state``: passed, failed, unknown."""

    what: str
    state: str
    detail: str


class DrillRow(_Section):
    """One VM in the drill. ``state``: ready, refused, waiting, failing-over, running, verified, cleaning-up, cleaned-up, failed.

    ``rto_seconds`` from the request to the test VM running; ``rpo_seconds`` the age of the recovery point at the start.
    """

    vm_id: str
    vm_name: str
    state: str = "ready"
    why: str = ""
    selected: bool = False
    point: str = ""
    point_time: datetime | None = None
    points: tuple[RecoveryPointRow, ...] = ()
    tasks: tuple[TaskRow, ...] = ()
    test_vm: str = ""
    test_vm_id: str = ""
    evidence: tuple[EvidenceRow, ...] = ()
    started: datetime | None = None
    running_at: datetime | None = None
    cleaned_at: datetime | None = None
    rto_seconds: float | None = None
    rpo_seconds: float | None = None
    verdict: str = ""
    problem: Problem | None = None


class TestNetworkOption(_Section):
    """A network that a drill could use; ``danger`` says why it is not isolated ("" when it is)."""

    __test__ = False  # not a test class, whatever its name looks like to pytest

    id: str
    name: str
    address_space: str = ""
    danger: str = ""


class DrillView(_Section):
    """``state``: idle, running, waiting (test VMs are up, your verdict please), cleaning-up, done, failed."""

    state: str = "idle"
    networks: tuple[TestNetworkOption, ...] = ()
    network_name: str = ""
    rows: tuple[DrillRow, ...] = ()
    started: datetime | None = None
    finished: datetime | None = None
    notes: str = ""
    leftovers: tuple[str, ...] = ()
    clean_proof: str = ""
    max_rto_seconds: float | None = None
    max_rpo_seconds: float | None = None
    problem: Problem | None = None


class OperationRow(_Section):
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


class LogLine(_Section):
    """``kind`` is request, operation, finding, note or problem."""

    number: int
    time: datetime
    step: str
    kind: str
    subject: str
    state: str
    message: str


class View(_Section):
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


SECTIONS: tuple[str, ...] = tuple(View.model_fields)
