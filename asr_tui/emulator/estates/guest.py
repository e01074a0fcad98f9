"""Facts about the inside of a VM and of its disks that no management API shows, and what follows from each.

They stand in an estate under ``guest:`` of a VM and are kept in the private member ``_guest`` of its document. The
run-command answers from them, and Site Recovery's jobs fail because of them as the real service would. The number
beside a field is the error that its bad values provoke (``docs/estates.md`` lists them all).

Read them with :func:`guest_of`; facts of a disk with :func:`data_of`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Endpoint = Literal["entra", "site-recovery", "storage", "event-hub"]
"""The four endpoints that the mobility agent needs."""


class Facts(BaseModel):
    """Base of all estate models: unknown fields are errors, values are read-only."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def provokes(*codes: str) -> dict[str, Any]:
    """Marks a field with the error codes that its bad values provoke; the documentation shows them."""
    return {"codes": list(codes)}


class Proxy(Facts):
    """The outbound proxy that the guest is set up with."""

    address: str = Field("http://10.0.0.4", description="Address, with scheme.")
    port: int = Field(8080, ge=1, le=65535, description="TCP port.")
    authenticated: bool = Field(
        False, description="It asks for a sign-in, which the agent cannot give.", json_schema_extra=provokes("151072")
    )
    wrong: bool = Field(
        False,
        description="The settings in the guest are wrong.",
        json_schema_extra=provokes("A2AMobilityServiceConfiguratorConfigurationFailed"),
    )


class Guest(Facts):
    """The inside of one VM. Leave everything out for a guest in good order."""

    kernel: str = Field(
        "",
        description="Linux: `uname -r`. Default: a supported kernel of the image.",
    )
    kernel_supported: bool = Field(
        True,
        description="False: the mobility agent has no filter driver for the kernel.",
        json_schema_extra=provokes("539"),
    )
    kernel_updated_later: bool = Field(
        False,
        description="Some time after enabling, the guest boots a kernel that the agent does not support.",
        json_schema_extra=provokes("DataTrackingModuleNotLoaded"),
    )
    root_certificates: Literal["current", "outdated"] = Field(
        "current",
        description="The trusted roots in the guest.",
        json_schema_extra=provokes("151066"),
    )
    uninitialised_luns: list[Annotated[int, Field(ge=0, le=63)]] = Field(
        default_factory=list,
        description="LUNs of data disks that were never initialised.",
        json_schema_extra=provokes("150039"),
    )
    proxy: Proxy | None = Field(None, description="Outbound proxy; none by default.")
    dns: Literal["resolves", "fails"] = Field(
        "resolves",
        description="Whether the service's host names resolve in the guest.",
        json_schema_extra=provokes("151195"),
    )
    blocked: list[Endpoint] = Field(
        default_factory=list,
        description="Endpoints that a firewall in the guest or behind a route blocks, NSGs aside: `entra`, "
        "`site-recovery`, `storage`, `event-hub`.",
        json_schema_extra=provokes("151196", "151197", "151037", "153001"),
    )
    grub: Literal["uuid", "device-names", "missing-lvm"] = Field(
        "uuid",
        description="Linux: how GRUB names the root device.",
        json_schema_extra=provokes("151126", "151124"),
    )
    root_disk_visible: bool = Field(
        True, description="False: the installer cannot find the root disk.", json_schema_extra=provokes("151137")
    )
    volume_shadow_copy: Literal["automatic", "manual", "disabled"] = Field(
        "manual", description="Windows: start type of Volume Shadow Copy.", json_schema_extra=provokes("151025")
    )
    com_plus: Literal["automatic", "manual", "disabled"] = Field(
        "manual",
        description="Windows: start type of COM+ System Application.",
        json_schema_extra=provokes("151025"),
    )
    vss_provider: Literal["works", "stale", "not-installed", "disabled", "not-registered"] = Field(
        "works",
        description="The VSS provider: `stale` breaks the installation, the others break app-consistent points.",
        json_schema_extra=provokes("515", "153006", "2147221164", "2147943458", "2147754756"),
    )
    app_consistency: Literal["works", "fails"] = Field(
        "works",
        description="Whether VSS writers (Windows) or the pre and post scripts (Linux) work.",
        json_schema_extra=provokes("153006"),
    )
    reboot_pending: bool = Field(
        False,
        description="A reboot is due, from an update or from an old mobility agent.",
        json_schema_extra=provokes("151081"),
    )
    filter_driver_update_pending: bool = Field(
        False,
        description="Updating the agent leaves the filter driver for the next reboot.",
        json_schema_extra=provokes("151083"),
    )
    extension_operations: Literal["work", "time-out", "still-running"] = Field(
        "work",
        description="What extension operations of Site Recovery meet: the guest agent stays silent, or an earlier "
        "one hangs.",
        json_schema_extra=provokes("151076", "150066"),
    )
    mobility_agent: Literal["none", "leftover"] = Field(
        "none",
        description="`leftover`: an agent from an earlier protection or migration.",
        json_schema_extra=provokes("151081"),
    )
    storage_spaces_direct: bool = Field(
        False, description="Windows: a Storage Spaces Direct pool.", json_schema_extra=provokes("151075", "153006")
    )
    bitlocker: bool = Field(
        False, description="Windows: BitLocker is on for a data disk.", json_schema_extra=provokes("28109")
    )
    machine_keys: Literal["kept", "stripped"] = Field(
        "kept",
        description="`stripped`: group policy removes private keys of imported machine certificates.",
        json_schema_extra=provokes("PrivateKeyNotFoundInCert"),
    )
    agent_identity: Literal["current", "old-tenant"] = Field(
        "current",
        description="`old-tenant`: the agent still holds the identity of a former tenant.",
        json_schema_extra=provokes("VmAgentIdentityInvalid"),
    )
    file_system: str = Field(
        "", description="Linux: file system of the data disks; default ext4, or xfs on RHEL-likes."
    )
    fips: bool = Field(False, description="FIPS mode is on.")
    dotnet: str = Field("4.8", description="Windows: version of the .NET Framework.")
    free_memory_mb: int | None = Field(None, ge=0, description="Free memory in MiB; default half of the size's.")
    connection_lost_after_minutes: int | None = Field(
        None,
        ge=1,
        description="Minutes after protection at which the VM falls silent.",
        json_schema_extra=provokes("NoHeartbeatFromSourceMachine", "153035"),
    )
    boots_after_failover: bool = Field(
        True,
        description="False: the guest of the failed-over or test VM does not come up.",
    )
    hydration: Literal["works", "fails"] = Field(
        "works",
        description="Whether boot drivers can be enabled at failover.",
        json_schema_extra=provokes("170010"),
    )


class DiskData(Facts):
    """What is on a disk and how fast it changes; kept in the private member ``_data`` of the disk's document."""

    used_percent: float = Field(40, ge=0, le=100, description="Share of the disk that holds data, in percent.")
    churn: float = Field(0.3, ge=0, description="Data change rate in MB/s.")
    write_kib: float = Field(32, gt=0, description="Average size of a write in KiB.")
    tier_changed: bool = Field(False, description="Its tier was changed lately, so older recovery points are void.")


def guest_of(document: Mapping[str, Any]) -> Guest:
    """The guest facts of a VM document (body with private members)."""
    return Guest.model_validate(document.get("_guest", {}))


def data_of(document: Mapping[str, Any]) -> DiskData:
    """The facts of a disk document (body with private members)."""
    return DiskData.model_validate(document.get("_data", {}))
