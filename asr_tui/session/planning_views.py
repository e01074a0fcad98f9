"""The sections of the first four steps: architecture, prerequisites, networking and vault."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime

from asr_tui.model.problem import Problem
from asr_tui.session.section import Section


class RegionRow(Section):
    """A region that can be chosen; ``refused`` says why it cannot be a target for the chosen source ("" when it can)."""

    name: str
    title: str
    geography: str = ""
    zones: int = 0
    vms: int = 0
    paired: bool = False
    refused: str = ""
    remark: str = ""


class DiagramNode(Section):
    """A thing in the diagram. ``side``: source, target, vault. ``state``: exists, planned. ``parent`` is another node's id or ""."""

    id: str
    kind: str
    title: str
    detail: str = ""
    side: str = "source"
    state: str = "exists"
    parent: str = ""


class ArchitectureView(Section):
    """``flows`` are the numbered sentences that tell how replication and failover run through the diagram."""

    sources: tuple[RegionRow, ...] = ()
    targets: tuple[RegionRow, ...] = ()
    nodes: tuple[DiagramNode, ...] = ()
    flows: tuple[str, ...] = ()


class VmRow(Section):
    """A VM of the source region. ``eligible`` is None until the checks ran; ``why_not`` names the blockers.
    ``protected``: the vault holds an item of it; ``milestone`` says how far that is (as in ``ItemRow``, "" without one)."""

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
    milestone: str = ""


class FindingRow(Section):
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


class FixRow(Section):
    """A change that a finding offers; ``taken``: it is part of the next review. ``key`` is the id of what it makes.
    For whoever would rather do it elsewhere: ``command`` is a line for the Azure CLI, ``body`` the request as JSON."""

    key: str
    name: str
    what: str
    taken: bool = False
    command: str = ""
    body: str = ""


class CauseRow(Section):
    """One entry of the worklist: the findings (by key) that one repair clears. ``vms`` counts those that it concerns,
    ``unblocks`` those of which every blocker is in it. ``accepted`` is the reason where all of its findings were."""

    key: str
    severity: str
    title: str
    subject: str
    evidence: str
    remedy: str
    code: str = ""
    source: str = ""
    findings: tuple[str, ...] = ()
    vms: int = 0
    unblocks: int = 0
    fixes: tuple[FixRow, ...] = ()
    accepted: str = ""


class GapRow(Section):
    """Actions that the account lacks at one scope, and the built-in roles that would give them."""

    scope: str
    title: str
    actions: tuple[str, ...]
    roles: tuple[str, ...] = ()


class PermissionsView(Section):
    """``known`` False: the permissions could not be read, or no check ran. ``role`` is a custom role as JSON, and
    ``request`` a message to the owner; both are empty where nothing is missing."""

    known: bool = False
    gaps: tuple[GapRow, ...] = ()
    role: str = ""
    request: str = ""


class CheckRow(Section):
    """A check of the catalogue. ``state``: waiting, passed, found, unknown."""

    id: str
    title: str
    scope: str
    state: str = "waiting"
    findings: int = 0


class PrerequisitesView(Section):
    """``state``: idle, running, done. Findings come in while it runs; the worklist is made of them when all are there.
    ``scripts``: by operating system, the read-only script that a probe runs in a guest; @words@ stand for host names.
    ``kernels`` is where published lists of supported kernels are said to be, ``kernel_lists`` what was found there."""

    state: str = "idle"
    done: int = 0
    total: int = 0
    checks: tuple[CheckRow, ...] = ()
    findings: tuple[FindingRow, ...] = ()
    worklist: tuple[CauseRow, ...] = ()
    permissions: PermissionsView = PermissionsView()
    scripts: dict[str, str] = field(default_factory=dict)
    blockers: int = 0
    warnings: int = 0
    unknowns: int = 0
    infos: int = 0
    checked_at: datetime | None = None
    kernels: str = ""
    kernel_lists: str = ""


class TagRow(Section):
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


class SubnetRow(Section):
    """``why`` tells which rule chose the target subnet."""

    source: str
    target: str
    why: str
    vms: int = 0
    choices: tuple[str, ...] = ()


class TargetNetworkOption(Section):
    """An existing network of the target region; ``remark`` warns (overlap, peering ...)."""

    id: str
    name: str
    address_space: str
    remark: str = ""


class NetworkRow(Section):
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


class InterfaceRow(Section):
    """A network interface: ``source`` and ``target`` are network/subnet now and after a failover ("" where there is none),
    ``why`` what chose the subnet, ``address`` what becomes of its first address."""

    name: str
    source: str
    target: str
    why: str
    address: str


class VmNetworkRow(Section):
    """Where each interface of a VM goes, and what of its networking stays behind. ``network_id`` is its source network."""

    vm_id: str
    name: str
    network_id: str
    interfaces: tuple[InterfaceRow, ...] = ()
    not_carried: tuple[str, ...] = ()


class OpinionRow(Section):
    """One required tag from one VM: our verdict and the one by the rules that Azure works out, each with what decides it."""

    tag: str
    port: str
    ours: str
    azure: str
    our_rule: str
    azure_rule: str
    differs: bool = False


class OpinionView(Section):
    """Azure's own rules in front of a VM's primary interface, asked for at ``asked_at``. ``state``: asking, done, failed.
    ``groups`` are the NSGs that Azure applies; ``remarks`` tell what of them our snapshot does not hold."""

    vm_id: str
    vm_name: str
    interface: str
    network: str = ""
    state: str = "asking"
    asked_at: datetime | None = None
    problem: Problem | None = None
    groups: tuple[str, ...] = ()
    rows: tuple[OpinionRow, ...] = ()
    remarks: tuple[str, ...] = ()


class ConnectionRow(Section):
    """Something that connects on-premises: ``kind`` gateway, connection, circuit, peering, overlap ...; ``guideline`` is what
    applies to it. ``state`` is Azure's own word, "" where it has none."""

    kind: str
    name: str
    region: str
    detail: str
    guideline: str
    state: str = ""
    id: str = ""


class NetworkingView(Section):
    """``missing`` are the security rules that the selected VMs lack, for the source now and for the target on the way back.
    ``connections``: what was found of ways to on-premises; ``unread`` says which of those could not be read.
    ``vms``: the selected ones; while none is, all of the region, unless they are too many."""

    networks: tuple[NetworkRow, ...] = ()
    vms: tuple[VmNetworkRow, ...] = ()
    missing: tuple[FixRow, ...] = ()
    opinions: tuple[OpinionView, ...] = ()
    connections: tuple[ConnectionRow, ...] = ()
    unread: str = ""


class VaultOption(Section):
    """A vault of the subscription; ``refused`` says why it cannot be used ("" when it can)."""

    id: str
    name: str
    resource_group: str
    region: str
    items: int = 0
    refused: str = ""


class VaultView(Section):
    """``state``: choosing, creating, ready, failed. ``problems`` belong to the name, group or region as typed.
    ``default_name`` and ``default_group`` are what a new vault is called where nothing else is said."""

    state: str = "choosing"
    default_name: str = ""
    default_group: str = ""
    options: tuple[VaultOption, ...] = ()
    regions: tuple[RegionRow, ...] = ()
    groups: tuple[str, ...] = ()
    vault_id: str = ""
    problems: tuple[Problem, ...] = ()
