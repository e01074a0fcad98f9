"""What the engineer wants. Kept as ``plan.yaml`` in the session's state directory; never holds a secret.

Empty texts mean *by the rule*: the default that :mod:`asr_tui.rules.defaults` computes (and the wizard shows).
Resource ids are compared without case, so the dictionaries are keyed by :func:`asr_tui.model.arm_id.key`.
"""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated, Literal, TypeVar

from annotated_types import Interval, Len, MaxLen

from asr_tui.model import arm_id
from asr_tui.model.part import After, Strict

MINUTES_PER_DAY = 1440
MAX_RETENTION_MINUTES = 15 * MINUTES_PER_DAY
MIN_APP_CONSISTENT_MINUTES = 60
DISK_TYPES = (
    "Standard_LRS",
    "StandardSSD_LRS",
    "StandardSSD_ZRS",
    "Premium_LRS",
    "Premium_ZRS",
    "PremiumV2_LRS",
    "UltraSSD_LRS",
)
MOST_TAGS = 50
DEPENDENCIES = (
    "Domain controller and DNS",
    "Databases and other services",
    "Licences bound to a machine or an address",
)
"""What an application may need in the test network. The engineer is asked how each is there; the answers go on record."""


def _disk_type(text: str) -> str:
    """A disk type in the service's own casing."""
    found = next((name for name in DISK_TYPES if name.lower() == text.lower()), None)
    if text and found is None:
        raise ValueError(f"is no disk type; choose from {', '.join(DISK_TYPES)}")
    return found or ""


def _resource_id(text: str) -> str:
    if text and not text.lower().startswith("/subscriptions/"):
        raise ValueError("must be a whole resource id, /subscriptions/...")
    return text


def _address(text: str) -> str:
    return str(ip_address(text)) if text else ""


def _by_key(values: dict[str, _Value]) -> dict[str, _Value]:
    """Ids are compared without case; whoever types one may copy it from the portal."""
    return {arm_id.key(name): value for name, value in values.items()}


_Value = TypeVar("_Value")
DiskType = Annotated[str, After(_disk_type)]
ResourceId = Annotated[str, After(_resource_id)]
Address = Annotated[str, After(_address)]
Tags = Annotated[
    dict[Annotated[str, Len(1, 128)], Annotated[str, MaxLen(256)]],
    MaxLen(MOST_TAGS),
]


class VaultChoice(Strict):
    """``create`` False means that the vault exists and is reused."""

    name: str = ""
    resource_group: str = ""
    region: str = ""
    create: bool = True


class PolicyChoice(Strict):
    """Retention 0 to 15 days in minutes; app-consistent points 0 (off) or at least 60 minutes, at most the retention."""

    name: str = "24-hour-retention-policy"
    retention_minutes: Annotated[int, Interval(ge=0, le=MAX_RETENTION_MINUTES)] = MINUTES_PER_DAY
    app_consistent_minutes: Annotated[int, Interval(ge=0, le=MAX_RETENTION_MINUTES)] = 0
    multi_vm_sync: bool = True
    agent_auto_update: bool = False

    def __post_init__(self) -> None:
        every = self.app_consistent_minutes
        if 0 < every < MIN_APP_CONSISTENT_MINUTES:
            raise ValueError(f"app_consistent_minutes is 0 (off) or at least {MIN_APP_CONSISTENT_MINUTES}")
        if every > self.retention_minutes:
            raise ValueError("app_consistent_minutes cannot be more than retention_minutes")


class NetworkChoice(Strict):
    """The target of one source network: an existing id, or a new one to be made.

    ``subnets`` maps a source subnet's name (lower case) to the target subnet's name where the engineer departs from the
    service's rule.
    """

    target_id: str = ""
    create_name: str = ""
    create_group: str = ""
    address_space: tuple[str, ...] = ()
    subnets: dict[str, str] = field(default_factory=dict)


class TargetDefaults(Strict):
    """Target settings for every VM that has no override.

    ``subscription`` is the id of the target subscription, "" for that of the vault. ``cache_accounts`` are further accounts,
    used in their order once ``cache_account`` holds as many disks as one may. ``tags`` go onto everything that is made here.
    """

    subscription: str = ""
    resource_group: str = ""
    cache_account: str = ""
    cache_accounts: tuple[str, ...] = ()
    replica_disk_type: DiskType = ""
    target_disk_type: DiskType = ""
    disk_encryption_set: str = ""
    tags: Tags = field(default_factory=dict)


class NicChoice(Strict):
    """Where the first address of a network interface goes: a subnet's name, and a static address (none: a dynamic one)."""

    subnet: str = ""
    address: Address = ""


class VmOverride(Strict):
    """What one VM has in place of the defaults. ``excluded_disks`` holds disk names; the OS disk cannot be excluded.

    ``network`` is the id of an existing target network, for all of its interfaces (the service takes one for a VM); ``nics``
    are keyed by the name of the source's interface, lower case. What stands in ``nics``, and another name or size, can only be
    set once the VM is protected; it shows as a change of its own then.
    """

    target_name: str = ""
    target_size: str = ""
    resource_group: str = ""
    zone: str = ""
    availability_set_id: ResourceId = ""
    proximity_group_id: ResourceId = ""
    capacity_reservation_id: ResourceId = ""
    network: ResourceId = ""
    subnet: str = ""
    nics: Annotated[dict[str, NicChoice], After(_by_key)] = field(default_factory=dict)
    cache_account: str = ""
    replica_disk_type: DiskType = ""
    target_disk_type: DiskType = ""
    excluded_disks: tuple[str, ...] = ()
    disk_encryption_set: str = ""
    multi_vm_group: str = ""

    def __post_init__(self) -> None:
        if self.zone and self.availability_set_id:
            raise ValueError("a VM stands in a zone or in an availability set, not in both")


class RecoveryPointKind(StrEnum):
    LATEST = "latest"
    LATEST_PROCESSED = "latest-processed"
    LATEST_APP_CONSISTENT = "latest-app-consistent"
    CUSTOM = "custom"


class DrillTargets(Strict):
    """What the drill is measured against, in minutes; 0 where no target is set."""

    rto_minutes: Annotated[int, Interval(ge=0, le=MAX_RETENTION_MINUTES)] = 0
    rpo_minutes: Annotated[int, Interval(ge=0, le=MAX_RETENTION_MINUTES)] = 0


class DrillChoice(Strict):
    """How to rehearse. ``network_id`` empty and ``create_network`` True: an isolated network is made for the drill.

    ``waves`` gives VMs (by id) their number: lower ones are tested first, 0 where nothing is said. ``dependencies`` are the
    engineer's answers (domain controller, DNS, licences ...) that go into the record. ``scripts`` are the files with the
    engineer's own check for each operating system (``linux``, ``windows``), run in the test VM.
    """

    vms: tuple[str, ...] = ()
    recovery_point: RecoveryPointKind = RecoveryPointKind.LATEST_PROCESSED
    custom_points: dict[str, str] = field(default_factory=dict)
    network_id: str = ""
    create_network: bool = True
    notes: str = ""
    waves: dict[str, Annotated[int, Interval(ge=0, le=100)]] = field(default_factory=dict)
    targets: DrillTargets = DrillTargets()
    dependencies: dict[str, str] = field(default_factory=dict)
    scripts: dict[str, str] = field(default_factory=dict)


class AcceptedFinding(Strict):
    key: str
    reason: str
    by: str = ""
    at: datetime | None = None


class Attestation(Strict):
    """The engineer's word that a check of the guest is met for one VM, where no probe ran."""

    check_id: str
    vm_id: str
    by: str = ""
    at: datetime | None = None


class Plan(Strict):
    """Everything that the engineer chose. ``zonal``: from zone to zone of one region, so source and target region are equal.
    ``fixes`` are keys of changes that findings offered and the engineer took up. ``kernels`` is the folder (its whole path)
    or the https address of published lists of the kernels that the agent supports; "" where none is named."""

    version: Literal[1] = 1
    subscription: str = ""
    source_region: str = ""
    target_region: str = ""
    zonal: bool = False
    vms: tuple[str, ...] = ()
    vault: VaultChoice = VaultChoice()
    policy: PolicyChoice = PolicyChoice()
    networks: Annotated[dict[str, NetworkChoice], After(_by_key)] = field(default_factory=dict)
    defaults: TargetDefaults = TargetDefaults()
    overrides: Annotated[dict[str, VmOverride], After(_by_key)] = field(default_factory=dict)
    drill: DrillChoice = DrillChoice()
    accepted: tuple[AcceptedFinding, ...] = ()
    fixes: tuple[str, ...] = ()
    attested: tuple[Attestation, ...] = ()
    kernels: Annotated[str, MaxLen(1000)] = ""
