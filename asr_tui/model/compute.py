"""What runs: virtual machines, their disks, the sizes and disk types on offer, and quotas.

Frozen values as read at one moment, ids in the casing that the service gave. ``None`` means *not known*, never *no*.
"""

from __future__ import annotations

from dataclasses import dataclass

from asr_tui.model import arm_id


@dataclass(frozen=True, slots=True)
class AttachedDisk:
    """A disk as the VM names it. ``lun`` is None for the OS disk; ``disk_id`` None for an unmanaged or ephemeral one."""

    name: str
    disk_id: str | None
    lun: int | None = None
    is_os: bool = False
    size_gib: int | None = None
    caching: str = "None"
    write_accelerator: bool = False
    managed: bool = True
    ephemeral: bool = False


@dataclass(frozen=True, slots=True)
class Extension:
    name: str
    publisher: str
    type: str
    state: str


@dataclass(frozen=True, slots=True)
class Image:
    """The Marketplace image that a VM was made from; empty texts for a custom one."""

    publisher: str = ""
    offer: str = ""
    sku: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class VirtualMachine:
    """A virtual machine with its instance view.

    ``power_state`` is the part after ``PowerState/`` (running, deallocated, stopped ...), None where the instance view
    was not read. ``agent_status`` is the display status of the VM agent (Ready, Not Ready), None where not reported.
    """

    id: str
    name: str
    location: str
    size: str
    provisioning_state: str = "Succeeded"
    power_state: str | None = None
    os_type: str = "Linux"
    os_name: str | None = None
    os_version: str | None = None
    computer_name: str | None = None
    image: Image | None = None
    disks: tuple[AttachedDisk, ...] = ()
    nic_ids: tuple[str, ...] = ()
    primary_nic_id: str | None = None
    zones: tuple[str, ...] = ()
    availability_set_id: str | None = None
    proximity_placement_group_id: str | None = None
    scale_set_id: str | None = None
    host_id: str | None = None
    capacity_reservation_group_id: str | None = None
    security_type: str | None = None
    encryption_at_host: bool = False
    disk_controller: str | None = None
    priority: str = "Regular"
    license_type: str | None = None
    extended_location: str | None = None
    identity_type: str | None = None
    provision_agent: bool | None = None
    allow_extensions: bool | None = None
    agent_status: str | None = None
    agent_version: str | None = None
    extensions: tuple[Extension, ...] | None = None
    encrypted_disks: bool | None = None
    password_login: bool | None = None
    boot_diagnostics: bool | None = None
    boot_diagnostics_account: str | None = None
    plan: str | None = None
    time_created: str | None = None
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def resource_group(self) -> str:
        return arm_id.resource_group(self.id) or ""

    @property
    def os_disk(self) -> AttachedDisk | None:
        return next((disk for disk in self.disks if disk.is_os), None)

    @property
    def data_disks(self) -> tuple[AttachedDisk, ...]:
        return tuple(disk for disk in self.disks if not disk.is_os)

    @property
    def generation_hint(self) -> str | None:
        """V1 or V2 where the image name tells it, else None."""
        if self.image and "gen2" in self.image.sku.lower():
            return "V2"
        return None


@dataclass(frozen=True, slots=True)
class Disk:
    """A managed disk. ``sku`` is the account type (Premium_LRS ...); ``state`` Attached, Unattached, Reserved ..."""

    id: str
    name: str
    location: str
    sku: str
    size_gib: int | None = None
    size_bytes: int | None = None
    state: str | None = None
    managed_by: str | None = None
    managed_by_extended: tuple[str, ...] = ()
    encryption_type: str | None = None
    encryption_set_id: str | None = None
    azure_disk_encryption: bool = False
    max_shares: int = 1
    zones: tuple[str, ...] = ()
    hyper_v_generation: str | None = None
    iops: int | None = None
    throughput_mbps: int | None = None
    sector_size: int | None = None
    network_access_policy: str | None = None
    public_network_access: str | None = None
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AvailabilitySet:
    """An availability set; ``aligned`` is true for managed disks (sku Aligned)."""

    id: str
    name: str
    location: str
    fault_domains: int = 2
    update_domains: int = 5
    aligned: bool = True


@dataclass(frozen=True, slots=True)
class DiskEncryptionSet:
    """What encrypts disks with a customer's key. ``encryption_type`` as on disks (EncryptionAtRestWithCustomerKey ...)."""

    id: str
    name: str
    location: str
    encryption_type: str = "EncryptionAtRestWithCustomerKey"


@dataclass(frozen=True, slots=True)
class ScaleSet:
    """A VM scale set; ``orchestration_mode`` Uniform or Flexible; ``has_profile``: it makes VMs by itself."""

    id: str
    name: str
    orchestration_mode: str
    has_profile: bool = False


@dataclass(frozen=True, slots=True)
class VmSize:
    """A VM size as offered in one region; ``restricted`` holds the reason code where the subscription may not use it."""

    name: str
    region: str
    family: str
    vcpus: int
    memory_gib: float
    max_nics: int
    max_data_disks: int
    premium_io: bool
    architecture: str = "x64"
    generations: tuple[str, ...] = ("V1", "V2")
    controllers: tuple[str, ...] = ("SCSI",)
    zones: tuple[str, ...] = ()
    restricted: str | None = None
    restricted_zones: tuple[str, ...] = ()
    accelerated_networking: bool = False
    temp_disk_gib: int | None = None


@dataclass(frozen=True, slots=True)
class DiskSku:
    """A disk account type as offered in one region."""

    name: str
    region: str
    zones: tuple[str, ...] = ()
    restricted: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """A quota of one region: ``name`` is the API's value (cores, standardDSv3Family, NetworkInterfaces ...)."""

    name: str
    region: str
    current: int
    limit: int

    @property
    def free(self) -> int:
        return self.limit - self.current
