"""The part of the estate schema around the VMs: tenants, principals, groups, networks, accounts, limits."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from . import shorthand
from .guest import Facts, provokes
from .machines import Lock, Tags, Texts

Guid = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]


class Tenant(Facts):
    """The Entra tenant of the estate."""

    id: Guid = Field("5b8d9f6e-3c1a-4e57-9d2b-70c4a1e8f3b5", description="Tenant id.")
    name: str = Field("Contoso", description="Display name.")
    domain: str = Field("contoso.onmicrosoft.com", description="Initial domain.")


class Subscription(Facts):
    """A subscription. All resource groups belong to the first one unless they name another."""

    id: Guid = Field("2f4c7a10-6d3e-4b92-8a57-c01e9d5b3f68", description="Subscription id.")
    name: str = Field("Contoso Production", description="Display name.")
    state: Literal["Enabled", "Warned", "PastDue", "Disabled"] = Field("Enabled", description="State.")
    tenant: Guid | None = Field(None, description="Another tenant than the estate's.")
    unregistered: Texts = Field(
        default_factory=list,
        description="Resource provider namespaces that are not registered.",
        json_schema_extra=provokes("MissingSubscriptionRegistration"),
    )


class RoleOn(Facts):
    """A role assignment. One line does as well: `Owner`, or `Reader on rg-web`."""

    role: str = Field(description="Name of a built-in role.")
    group: str | None = Field(None, description="Resource group; default whole subscriptions.")
    subscription: str | None = Field(None, description="Name of a subscription; default all of them.")


class Principal(Facts):
    """Somebody who can sign in. The first one is the sign-in that the emulator prints."""

    client_id: Guid = Field(description="Application id.")
    secret: str | None = Field(None, description="Client secret. Public sample data, worth nothing outside.")
    kind: Literal["servicePrincipal", "user", "managedIdentity"] = Field("servicePrincipal", description="Kind.")
    object_id: Guid | None = Field(None, description="Object id; derived by default.")
    roles: list[Annotated[RoleOn, BeforeValidator(shorthand.role)]] = Field(
        default_factory=list, description="Role assignments.", json_schema_extra=provokes("AuthorizationFailed")
    )
    refused: str | None = Field(
        None, pattern=r"^\d{5,6}$", description="AADSTS number that every sign-in is refused with, such as `53003`."
    )
    expired_secret: bool = Field(False, description="The secret has expired (AADSTS7000222).")
    token_seconds: int = Field(3599, ge=1, le=86400, description="Life of its tokens, in seconds of the wall clock.")


class ResourceGroup(Facts):
    """A resource group."""

    region: str | None = Field(None, description="Region; default the estate's.")
    subscription: str | None = Field(None, description="Name of its subscription; default the first one.")
    tags: Tags = Field(default_factory=dict, description="Tags.")
    lock: Lock | None = Field(
        None, description="A lock on the group.", json_schema_extra=provokes("ScopeLocked", "150225")
    )


class Subnet(Facts):
    """A subnet. Its prefix alone does as well."""

    prefix: str = Field(description="Address prefix, such as `10.1.2.0/24`.")
    nsg: str | None = Field(None, description="Network security group.")
    routes: str | None = Field(None, description="Route table.")
    nat: str | None = Field(None, description="NAT gateway.")
    endpoints: Texts = Field(default_factory=list, description="Service endpoints, such as `Microsoft.Storage`.")
    delegation: str | None = Field(None, description="Service that it is delegated to.")
    default_outbound: bool | None = Field(
        None,
        description="False: no implicit way out. Left out: the legacy default outbound access.",
        json_schema_extra=provokes("151192"),
    )

    @field_validator("prefix")
    @classmethod
    def _network(cls, value: str) -> str:
        return _prefix(value)


def _prefix(value: str) -> str:
    try:
        return str(IPv4Network(value))
    except ValueError as error:
        raise ValueError(f"{value!r} is not an IPv4 prefix such as 10.1.0.0/16: {error}") from error


class Network(Facts):
    """A virtual network."""

    group: str | None = Field(None, description="Resource group; default the first one.")
    region: str | None = Field(None, description="Region; default that of the resource group.")
    space: Texts = Field(description="Address space: one prefix or several.")
    subnets: dict[str, Annotated[Subnet, BeforeValidator(lambda v: {"prefix": v} if isinstance(v, str) else v)]] = (
        Field(default_factory=dict, description="Subnets by name.")
    )
    dns: Texts = Field(default_factory=list, description="Custom DNS servers; Azure's by default.")
    peerings: Texts = Field(default_factory=list, description="Networks of the estate it is peered with.")
    tags: Tags = Field(default_factory=dict, description="Tags.")
    lock: Lock | None = Field(None, description="A lock on the network.")

    @field_validator("space")
    @classmethod
    def _prefixes(cls, value: list[str]) -> list[str]:
        return [_prefix(entry) for entry in value]


class Rule(Facts):
    """A security rule. One line does as well: `100 allow out tcp * -> AzureSiteRecovery port 443`."""

    priority: int = Field(ge=100, le=4096, description="100 to 4096; lower goes first.")
    access: Literal["allow", "deny"] = Field(description="What it does.")
    direction: Literal["in", "out"] = Field(description="Inbound or outbound.")
    protocol: Literal["tcp", "udp", "icmp", "any"] = Field("any", description="Protocol.")
    sources: Texts = Field(default_factory=lambda: ["*"], description="Prefixes, service tags or `*`.")
    destinations: Texts = Field(default_factory=lambda: ["*"], description="Prefixes, service tags or `*`.")
    ports: Texts = Field(default_factory=lambda: ["*"], description="Destination ports, ranges or `*`.")


class SecurityGroup(Facts):
    """A network security group."""

    group: str | None = Field(None, description="Resource group; default the first one.")
    region: str | None = Field(None, description="Region; default that of the resource group.")
    rules: dict[str, Annotated[Rule, BeforeValidator(shorthand.rule)]] = Field(
        default_factory=dict,
        description="Rules by name. Azure's six default rules are always there.",
        json_schema_extra=provokes("151196", "151197", "151037", "153001"),
    )
    tags: Tags = Field(default_factory=dict, description="Tags.")


NEXT_HOPS = ("VirtualAppliance", "VirtualNetworkGateway", "VnetLocal", "Internet", "None")


class Route(Facts):
    """A route. One line does as well: `0.0.0.0/0 -> VirtualAppliance 10.0.0.4`."""

    prefix: str = Field(description="Destination prefix or service tag.")
    next_hop: str = Field(description=f"One of {', '.join(NEXT_HOPS)}.")
    address: str | None = Field(None, description="Address of the virtual appliance.")

    @field_validator("next_hop")
    @classmethod
    def _known(cls, value: str) -> str:
        for name in NEXT_HOPS:
            if name.lower() == value.lower():
                return name
        raise ValueError(f"{value!r} is no next hop; use one of {', '.join(NEXT_HOPS)}")


class RouteTable(Facts):
    """A route table."""

    group: str | None = Field(None, description="Resource group; default the first one.")
    region: str | None = Field(None, description="Region; default that of the resource group.")
    routes: dict[str, Annotated[Route, BeforeValidator(shorthand.route)]] = Field(
        default_factory=dict, description="Routes by name."
    )


class NatGateway(Facts):
    """A NAT gateway with one public address."""

    group: str | None = Field(None, description="Resource group; default the first one.")
    region: str | None = Field(None, description="Region; default that of the resource group.")


class LoadBalancer(Facts):
    """A load balancer."""

    group: str | None = Field(None, description="Resource group; default the first one.")
    region: str | None = Field(None, description="Region; default that of the resource group.")
    sku: Literal["Standard", "Basic"] = Field("Standard", description="SKU.")
    subnet: str | None = Field(None, description="`<network>/<subnet>`: internal. Left out: public.")
    ip: str | None = Field(None, description="Its address in the subnet.")
    pools: Texts = Field(default_factory=lambda: ["pool"], description="Backend pools.")
    outbound_rule: bool = Field(False, description="Public: it has an outbound rule.")


class Located(Facts):
    """What needs a place only."""

    group: str | None = Field(None, description="Resource group; default the first one.")
    region: str | None = Field(None, description="Region; default that of the resource group.")


class AvailabilitySet(Located):
    """An availability set."""

    fault_domains: int = Field(2, ge=1, le=3, description="Fault domains.")
    update_domains: int = Field(5, ge=1, le=20, description="Update domains.")


class StorageAccount(Located):
    """A storage account."""

    sku: Literal["Standard_LRS", "Standard_ZRS", "Standard_GRS", "Standard_RAGRS", "Premium_LRS", "Premium_ZRS"] = (
        Field("Standard_LRS", description="SKU.")
    )
    kind: Literal["StorageV2", "Storage", "BlobStorage", "BlockBlobStorage"] = Field("StorageV2", description="Kind.")
    shared_key: bool | None = Field(
        None,
        description="False: access by key is forbidden.",
        json_schema_extra=provokes("LogStorageAccountNotAccessible"),
    )
    firewall: Literal["open", "trusted-services", "closed"] = Field(
        "open",
        description="`trusted-services`: deny, with the exception for Azure services; `closed`: deny without it.",
        json_schema_extra=provokes("LogStorageAccountNotAccessible"),
    )
    subnets: Texts = Field(default_factory=list, description="`<network>/<subnet>` allowed through the firewall.")
    soft_delete: bool = Field(False, description="Soft delete of blobs and containers is on.")
    versioning: bool = Field(False, description="Blob versioning is on.")
    tags: Tags = Field(default_factory=dict, description="Tags.")
    lock: Lock | None = Field(None, description="A lock on the account.")


class KeyVault(Located):
    """A key vault."""

    for_disk_encryption: bool = Field(
        False,
        description="Azure Disk Encryption may use it. False in the target: test failovers of encrypted VMs fail.",
        json_schema_extra=provokes("28031"),
    )
    rbac: bool = Field(True, description="Azure roles govern its data; otherwise access policies.")


class EncryptionSet(Located):
    """A disk encryption set."""

    key_vault: str = Field(description="Key vault of its key.")
    double: bool = Field(False, description="Platform and customer keys.")


class Vault(Located):
    """A Recovery Services vault that is there already."""

    redundancy: Literal["LocallyRedundant", "GeoRedundant", "ZoneRedundant"] = Field(
        "GeoRedundant", description="Backup storage redundancy."
    )
    public_access: bool = Field(
        True, description="Reachable from public networks.", json_schema_extra=provokes("151197")
    )
    identity: bool = Field(False, description="It has a system-assigned managed identity.")


class Policy(Facts):
    """A policy assignment that denies. Conditions that are given must all be met, or the write is refused."""

    description: str = Field("", description="Display name.")
    types: Texts = Field(default_factory=list, description="Resource types it looks at; all by default.")
    allowed_regions: Texts = Field(default_factory=list, description="Only these regions.")
    required_tags: Texts = Field(default_factory=list, description="These tags must be there.")
    denied_skus: Texts = Field(default_factory=list, description="These SKUs or VM sizes are refused.")
    group: str | None = Field(None, description="Resource group; default the whole subscription.")


class RestrictedSize(Facts):
    """Sizes that the subscription may not use in a region."""

    sizes: Texts = Field(description="Sizes or quota families.")
    regions: Texts = Field(description="Regions.")
    reason: Literal["NotAvailableForSubscription", "QuotaId"] = Field(
        "NotAvailableForSubscription", description="Reason code of the restriction."
    )
    zones: Texts = Field(default_factory=list, description="Only these zones; default the whole region.")
