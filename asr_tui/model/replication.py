"""What Site Recovery holds inside a vault: fabrics, containers, policies, mappings, replicated items, recovery points."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from asr_tui.model import arm_id


@dataclass(frozen=True, slots=True)
class Fabric:
    """The vault's object for one Azure region; ``location`` is the region's name."""

    id: str
    name: str
    location: str


@dataclass(frozen=True, slots=True)
class ProtectionContainer:
    id: str
    name: str
    fabric_id: str
    pairing: str = "NotPaired"


@dataclass(frozen=True, slots=True)
class ReplicationPolicy:
    """Retention and frequencies in minutes; ``app_consistent_minutes`` 0 means off."""

    id: str
    name: str
    retention_minutes: int
    app_consistent_minutes: int
    crash_consistent_minutes: int = 5
    multi_vm_sync: bool = True


@dataclass(frozen=True, slots=True)
class ContainerMapping:
    id: str
    name: str
    source_container_id: str
    target_container_id: str
    policy_id: str
    state: str = "Paired"
    agent_auto_update: bool = False


@dataclass(frozen=True, slots=True)
class NetworkMapping:
    id: str
    name: str
    source_network_id: str
    target_network_id: str
    state: str = "Paired"


@dataclass(frozen=True, slots=True)
class HealthError:
    code: str
    level: str
    message: str
    causes: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class ReplicatedDisk:
    """A protected disk; ``progress`` is the service's percentage or None; pending figures in MB."""

    disk_id: str
    name: str
    is_os: bool
    state: str
    capacity_bytes: int
    progress: int | None = None
    pending_in_cache_mb: float = 0.0
    pending_at_source_mb: float = 0.0
    cache_account_id: str | None = None
    target_type: str = ""
    replica_disk_id: str | None = None
    test_disk_name: str = ""


@dataclass(frozen=True, slots=True)
class ReplicatedNic:
    """A network interface as it will be in the target; ``id`` is the service's own, ``config``, ``subnet`` and ``address``
    (of its first IP configuration) are "" where the service tells none."""

    id: str
    source_id: str
    config: str = ""
    subnet: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class ReplicatedItem:
    """The service's per-VM record. ``rpo_seconds`` is None until protected. ``multi_vm_group`` is the consistency group's
    name, "" where the VM is in none; ``target_zone`` and ``target_availability_set`` are None where none is set."""

    id: str
    name: str
    vm_id: str
    vm_name: str
    container_id: str
    protection_state: str
    protection_description: str
    replication_health: str = "Normal"
    failover_health: str = "Normal"
    active_location: str = "Primary"
    policy_id: str | None = None
    allowed_operations: tuple[str, ...] = ()
    test_failover_state: str = "None"
    progress: int | None = None
    rpo_seconds: int | None = None
    rpo_calculated_at: datetime | None = None
    agent_version: str | None = None
    agent_certificate_expires: datetime | None = None
    last_test_failover: datetime | None = None
    target_vm_name: str | None = None
    target_vm_size: str | None = None
    test_vm_name: str | None = None
    target_group_id: str | None = None
    target_network_id: str | None = None
    disks: tuple[ReplicatedDisk, ...] = ()
    health_errors: tuple[HealthError, ...] = ()
    current_job_id: str | None = None
    target_zone: str | None = None
    target_availability_set: str | None = None
    proximity_group_id: str | None = None
    capacity_reservation_id: str | None = None
    nics: tuple[ReplicatedNic, ...] = ()
    multi_vm_group: str = ""

    @property
    def is_protected(self) -> bool:
        """Whether a usable recovery point exists and replication goes on."""
        return self.protection_state == "Protected"


@dataclass(frozen=True, slots=True)
class RecoveryPoint:
    """``kind`` is CrashConsistent or AppConsistent."""

    id: str
    time: datetime
    kind: str
    disk_ids: tuple[str, ...] = ()
    multi_vm: bool = False


@dataclass(frozen=True, slots=True)
class JobError:
    """One entry of a job's ``errors``: the service's four fields, and the provider's inner ones where given."""

    code: str
    message: str
    causes: str = ""
    action: str = ""
    provider_code: str = ""
    provider_message: str = ""
    task_id: str = ""
    level: str = "Error"
    activity_id: str = ""


@dataclass(frozen=True, slots=True)
class JobTask:
    """``state`` is NotStarted, InProgress, Succeeded, Failed, Other (skipped), ..."""

    task_id: str
    name: str
    title: str
    state: str
    started: datetime | None = None
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A Site Recovery job. ``state`` NotStarted, InProgress, Succeeded, CompletedWithInformation, Failed, Cancelled, Suspended, Other.

    ``recovery_point_time`` is that of the point that a test failover used, told once it is over."""

    id: str
    name: str
    scenario: str
    title: str
    state: str
    target_name: str
    started: datetime | None = None
    ended: datetime | None = None
    tasks: tuple[JobTask, ...] = ()
    errors: tuple[JobError, ...] = ()
    allowed_actions: tuple[str, ...] = ()
    target_object_id: str | None = None
    recovery_point_time: datetime | None = None

    @property
    def is_finished(self) -> bool:
        return self.state in {"Succeeded", "CompletedWithInformation", "Failed", "Cancelled"}

    @property
    def succeeded(self) -> bool:
        return self.state in {"Succeeded", "CompletedWithInformation"}


@dataclass(frozen=True, slots=True)
class SiteRecovery:
    """All that one vault holds for Site Recovery."""

    fabrics: tuple[Fabric, ...] = ()
    containers: tuple[ProtectionContainer, ...] = ()
    policies: tuple[ReplicationPolicy, ...] = ()
    container_mappings: tuple[ContainerMapping, ...] = ()
    network_mappings: tuple[NetworkMapping, ...] = ()
    items: tuple[ReplicatedItem, ...] = ()

    def fabric_of(self, region: str) -> Fabric | None:
        """The fabric that stands for ``region`` (there is at most one), or None."""
        return next((f for f in self.fabrics if f.location.lower() == region.lower()), None)

    def containers_of(self, fabric: Fabric) -> tuple[ProtectionContainer, ...]:
        return tuple(c for c in self.containers if arm_id.same(c.fabric_id, fabric.id))

    def item_of(self, vm_id: str) -> ReplicatedItem | None:
        """The replicated item of a source VM, or None."""
        return next((item for item in self.items if arm_id.same(item.vm_id, vm_id)), None)
