"""The part of the estate schema that describes VMs, their disks and their NICs."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from . import shorthand
from .guest import Facts, Guest, provokes
from .images import images
from .sizes import size_named

DISK_SKUS = (
    "Standard_LRS",
    "StandardSSD_LRS",
    "StandardSSD_ZRS",
    "Premium_LRS",
    "Premium_ZRS",
    "PremiumV2_LRS",
    "UltraSSD_LRS",
)

DiskSku = Literal[
    "Standard_LRS", "StandardSSD_LRS", "StandardSSD_ZRS", "Premium_LRS", "Premium_ZRS", "PremiumV2_LRS", "UltraSSD_LRS"
]
Zone = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
Lock = Literal["ReadOnly", "CanNotDelete"]
Tags = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=512)], Annotated[str, Field(max_length=256)]],
    Field(max_length=50),
]
Texts = Annotated[list[str], BeforeValidator(shorthand.listed)]


SINGLE_NIC_FIELDS = frozenset(
    {"subnet", "ip", "secondary_ips", "ipv6", "public_ip", "nsg", "accelerated", "pools", "asgs", "dns_servers"}
)
"""Fields of a VM that describe its only NIC."""


class Disk(Facts):
    """A managed disk. One line does as well: `128`, `128 Premium_LRS` or `128 Premium_LRS as sql-data`."""

    size: int = Field(0, ge=0, le=65536, description="Size in GiB. OS disks default to the size of the image.")
    size_mb: int | None = Field(
        None,
        ge=1,
        le=1023,
        description="Size in MiB, for a disk below one GiB.",
        json_schema_extra=provokes("150172"),
    )
    sku: DiskSku = Field("Premium_LRS", description="Disk type.")
    name: str | None = Field(
        None,
        description="Resource name; default `<vm>-osdisk` or `<vm>-data-<lun>`. An unattached disk called "
        "`<disk>-ASRReplica` in the target group is a forgotten replica.",
        json_schema_extra=provokes("150161"),
    )
    lun: int | None = Field(None, ge=0, le=63, description="LUN of a data disk; counted up by default.")
    caching: Literal["None", "ReadOnly", "ReadWrite"] | None = Field(
        None, description="Host caching; default ReadWrite for OS disks, None for data disks."
    )
    attach: str | None = Field(
        None, description="Attach this disk of the estate's `disks` instead of a new one (a shared disk, say)."
    )
    write_accelerator: bool = Field(False, description="Write accelerator is on; Site Recovery refuses such disks.")
    disk_encryption_set: str | None = Field(
        None, description="Encrypt with the key of this `disk_encryption_sets` entry."
    )
    max_shares: int = Field(1, ge=1, le=10, description="Above 1: a shared disk.")
    group: str | None = Field(None, description="Resource group; default that of the VM, or the first one.")
    region: str | None = Field(None, description="Region of an unattached disk; default that of the resource group.")
    zone: Zone | None = Field(None, description="Zone of an unattached disk.")
    tags: Tags = Field(default_factory=dict, description="Tags of the disk.")
    used_percent: float | None = Field(None, ge=0, le=100, description="Share that holds data, in percent; default 40.")
    churn: float | None = Field(
        None,
        ge=0,
        description="Data change rate in MB/s; default 0.3.",
        json_schema_extra=provokes("153007", "SourceMachineChurnRateExceeded"),
    )
    write_kib: float | None = Field(
        None, gt=0, description="Average size of a write in KiB, as its metrics tell; default 32."
    )
    tier_changed: bool = Field(
        False, description="Its tier was changed lately.", json_schema_extra=provokes("BookmarkNotFound")
    )


DiskLine = Annotated[Disk, BeforeValidator(shorthand.disk)]


class Nic(Facts):
    """A network interface. A VM with a single NIC names `subnet`, `ip` ... itself and needs no `nics`."""

    name: str | None = Field(None, description="Resource name; default `<vm>-nic` or `<vm>-nic-<n>`.")
    subnet: str | None = Field(None, description="`<network>/<subnet>`; default the first subnet of the VM's region.")
    ip: str | None = Field(None, description="Static private address; without it Azure picks the next free one.")
    secondary_ips: int = Field(0, ge=0, le=10, description="Number of further private addresses.")
    ipv6: bool = Field(False, description="It has an IPv6 address as well.")
    public_ip: bool = Field(False, description="It has a public address.")
    nsg: str | None = Field(None, description="Network security group on the NIC.")
    accelerated: bool = Field(True, description="Accelerated networking.")
    pools: Texts = Field(default_factory=list, description="Load balancer pools, each `<load balancer>/<pool>`.")
    asgs: Texts = Field(default_factory=list, description="Application security groups.")
    dns_servers: Texts = Field(default_factory=list, description="DNS servers set on the NIC.")


class Extension(Facts):
    """A VM extension. One of the known names on one line does as well."""

    name: str = Field(
        description="`AzureMonitor`, `DiskEncryption`, `SiteRecovery`, `SqlIaas`, `Antimalware`, or a name."
    )
    publisher: str | None = Field(None, description="Publisher; known names have theirs.")
    type: str | None = Field(None, description="Type; known names have theirs.")
    version: str = Field("1.0", description="Type handler version.")
    state: Literal["Succeeded", "Failed", "Creating", "Transitioning", "NotReady"] = Field(
        "Succeeded", description="Provisioning state.", json_schema_extra=provokes("150066", "150019")
    )


class Vm(Facts):
    """One VM, or with `count` several alike. Only what differs from an ordinary VM needs to be written."""

    group: str | None = Field(None, description="Resource group; default the first one.")
    region: str | None = Field(None, description="Region; default that of the resource group.")
    count: int = Field(1, ge=1, le=500, description="Make this many: `-01`, `-02` ... is added to the name.")
    size: str = Field("Standard_D2s_v5", description="VM size.")
    os: str = Field("ubuntu-22.04", description="Image, one of `assets/emulator/images.yaml`.")
    zones: Annotated[list[Zone], BeforeValidator(shorthand.listed)] = Field(
        default_factory=list, alias="zone", description="Zone; a list spreads the VMs of a `count` over its zones."
    )
    created: date = Field(date(2024, 11, 5), description="Day it was created.")
    computer_name: str | None = Field(None, description="Host name; default the VM's name.")
    tags: Tags = Field(default_factory=dict, description="Tags of the VM.")
    # network
    subnet: str | None = Field(None, description="`<network>/<subnet>` of its NIC.")
    ip: str | None = Field(None, description="Static private address; with `count`, the first of a row.")
    secondary_ips: int = Field(0, ge=0, le=10, description="Further private addresses of its NIC.")
    ipv6: bool = Field(False, description="Its NIC has an IPv6 address as well.")
    public_ip: bool = Field(False, description="Its NIC has a public address.")
    nsg: str | None = Field(None, description="Network security group on its NIC.")
    accelerated: bool = Field(True, description="Accelerated networking.")
    pools: Texts = Field(default_factory=list, description="Load balancer pools, each `<load balancer>/<pool>`.")
    asgs: Texts = Field(default_factory=list, description="Application security groups.")
    dns_servers: Texts = Field(default_factory=list, description="DNS servers set on its NIC.")
    nics: list[Nic] = Field(
        default_factory=list, description="Its NICs, instead of the single one of the fields above."
    )
    # disks
    os_disk: DiskLine = Field(default_factory=Disk, description="OS disk.")
    disks: list[DiskLine] = Field(default_factory=list, description="Data disks.")
    controller: Literal["SCSI", "NVMe"] = Field("SCSI", description="Disk controller; Site Recovery needs SCSI.")
    unmanaged: bool = Field(False, description="The OS disk is an unmanaged VHD.")
    ephemeral: bool = Field(False, description="The OS disk is ephemeral.")
    encryption: Literal["none", "ade"] = Field(
        "none",
        description="`ade`: Azure Disk Encryption is on.",
        json_schema_extra=provokes("150175"),
    )
    key_vault: str | None = Field(None, description="Key vault of Azure Disk Encryption.")
    # state
    power: Literal["running", "stopped", "deallocated"] = Field(
        "running", description="Power state.", json_schema_extra=provokes("150019")
    )
    provisioning: Literal["Succeeded", "Failed", "Updating"] = Field(
        "Succeeded", description="Provisioning state.", json_schema_extra=provokes("150019")
    )
    agent: Literal["ready", "not-ready", "missing", "outdated"] = Field(
        "ready", description="The Azure guest agent.", json_schema_extra=provokes("151099", "151095")
    )
    extension_operations: bool = Field(
        True, description="False: the VM does not allow extensions.", json_schema_extra=provokes("151099")
    )
    extensions: list[Annotated[Extension, BeforeValidator(lambda v: {"name": v} if isinstance(v, str) else v)]] = Field(
        default_factory=list, description="Extensions."
    )
    # placement and kind
    availability_set: str | None = Field(None, description="Availability set.")
    security: Literal["Standard", "TrustedLaunch", "ConfidentialVM"] | None = Field(
        None,
        description="Security type; default TrustedLaunch for generation 2 images with which Site Recovery takes it.",
    )
    encryption_at_host: bool = Field(False, description="Encryption at host.")
    priority: Literal["Regular", "Spot"] = Field("Regular", description="Spot VMs can be evicted.")
    dedicated_host: bool = Field(False, description="On a dedicated host; not protectable.")
    scale_set: Literal["flex", "flex-scaling"] | None = Field(
        None, description="In a flexible scale set; `flex-scaling` has a scaling profile and is not protectable."
    )
    proximity_group: str | None = Field(None, description="Proximity placement group.")
    edge_zone: str | None = Field(None, description="Edge zone.")
    license: Literal["Windows_Server", "Windows_Client", "RHEL_BYOS", "SLES_BYOS"] | None = Field(
        None, description="Hybrid Benefit."
    )
    identity: bool = Field(False, description="It has a system-assigned managed identity.")
    password_login: bool = Field(False, description="Linux: password sign-in is allowed.")
    lock: Lock | None = Field(
        None, description="A lock on the VM.", json_schema_extra=provokes("ScopeLocked", "150225")
    )
    stale_link: bool = Field(
        False, description="A resource link of an earlier protection is left.", json_schema_extra=provokes("150226")
    )
    guest: Guest = Field(default_factory=Guest, description="What only the inside of the VM knows.")

    @field_validator("size")
    @classmethod
    def _known_size(cls, value: str) -> str:
        known = size_named(value)
        if known is None:
            raise ValueError(f"there is no VM size {value!r}; assets/emulator/vm-sizes.yaml lists them")
        return known.name

    @field_validator("os")
    @classmethod
    def _known_image(cls, value: str) -> str:
        if value not in images():
            raise ValueError(f"there is no image {value!r}; known: {', '.join(images())}")
        return value

    @model_validator(mode="before")
    @classmethod
    def _one_way_of_nics(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("nics"):
            both = sorted(SINGLE_NIC_FIELDS & value.keys())
            if both:
                raise ValueError(f"'nics' replaces {', '.join(both)}; write one or the other")
        return value

    def network_interfaces(self) -> list[Nic]:
        """Its NICs, the primary one first."""
        if self.nics:
            return self.nics
        return [Nic.model_construct(**{name: getattr(self, name) for name in SINGLE_NIC_FIELDS})]
