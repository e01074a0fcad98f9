"""What serves replication: cache storage accounts, vaults, and the service's verdict on each VM.

Frozen values as read at one moment, ids in the casing that the service gave. ``None`` means *not known*, never *no*.
"""

from __future__ import annotations

from dataclasses import dataclass

from asr_tui.model.replication import SiteRecovery


@dataclass(frozen=True, slots=True)
class StorageAccount:
    """``shared_key`` None means the property is absent, which Azure treats as allowed. ``customer_key``: it is encrypted with
    a key of the customer. ``key_days``: its access keys are to be renewed every so many days, None where no policy says so."""

    id: str
    name: str
    location: str
    kind: str
    sku: str
    shared_key: bool | None = None
    default_action: str = "Allow"
    bypass: tuple[str, ...] = ("AzureServices",)
    subnet_ids: tuple[str, ...] = ()
    public_access: str | None = None
    soft_delete: bool | None = None
    versioning: bool | None = None
    customer_key: bool = False
    key_days: int | None = None
    private_endpoints: int = 0
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceIssue:
    """One error of the service's own eligibility verdict on a VM."""

    code: str
    message: str
    causes: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The service's own verdict whether a VM can be protected; no errors means eligible."""

    vm_id: str
    errors: tuple[ServiceIssue, ...] = ()


@dataclass(frozen=True, slots=True)
class SupportedSystem:
    """An operating system that the service itself lists as supported; a version may end with a wildcard (``8.*``)."""

    name: str
    versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegionTargets:
    """A region (lower-case name without blanks), and those that the service lists as its targets."""

    source: str
    targets: frozenset[str]


@dataclass(frozen=True, slots=True)
class HealthIssue:
    """Something that the service's own check of the vault found; ``severity`` is Error, Warning ..., ``count`` how often."""

    code: str
    severity: str
    category: str = ""
    subject: str = ""
    count: int = 1
    message: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Vault:
    """A Recovery Services vault; ``site_recovery`` is None where its contents were not read, and so are
    ``supported_systems``, ``region_mappings`` and ``health`` where the service did not say them."""

    id: str
    name: str
    location: str
    provisioning_state: str = "Succeeded"
    identity_type: str | None = None
    identity_principal_id: str | None = None
    public_network_access: str | None = None
    move_state: str | None = None
    private_endpoints: int = 0
    site_recovery: SiteRecovery | None = None
    supported_systems: tuple[SupportedSystem, ...] | None = None
    region_mappings: tuple[RegionTargets, ...] | None = None
    health: tuple[HealthIssue, ...] | None = None
    tags: tuple[tuple[str, str], ...] = ()
