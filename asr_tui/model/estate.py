"""What exists in Azure, as it was read at one moment.

An :class:`Estate` is a snapshot: plain frozen values, no links between objects, ids in the casing that the
service gave. ``None`` in an optional field means *not known* (not read, or no permission), never *no*.
Rules must say so in place of guessing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from asr_tui.model import arm_id
from asr_tui.model.replication import SiteRecovery


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription; ``state`` is Enabled, Warned, PastDue, Disabled or Deleted."""

    id: str
    name: str
    tenant_id: str
    state: str
    spending_limit: str | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """A location of the subscription. ``zones`` maps a logical zone to its physical one."""

    name: str
    display_name: str
    geography: str = ""
    geography_group: str = ""
    paired: tuple[str, ...] = ()
    region_type: str = "Physical"
    zones: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Provider:
    """A resource provider's registration: Registered, Registering, NotRegistered, Unregistering."""

    namespace: str
    state: str


@dataclass(frozen=True, slots=True)
class ResourceGroup:
    id: str
    name: str
    location: str
    tags: tuple[tuple[str, str], ...] = ()


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
class IpConfiguration:
    name: str
    subnet_id: str | None
    private_ip: str | None = None
    static: bool = False
    version: str = "IPv4"
    primary: bool = True
    public_ip_id: str | None = None
    load_balancer_pool_ids: tuple[str, ...] = ()
    application_security_group_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    id: str
    name: str
    location: str
    vm_id: str | None = None
    security_group_id: str | None = None
    ip_configurations: tuple[IpConfiguration, ...] = ()
    accelerated: bool = False
    ip_forwarding: bool = False
    dns_servers: tuple[str, ...] = ()

    @property
    def primary_ip(self) -> IpConfiguration | None:
        return next((ip for ip in self.ip_configurations if ip.primary), None) or (
            self.ip_configurations[0] if self.ip_configurations else None
        )


@dataclass(frozen=True, slots=True)
class Subnet:
    """``used_addresses`` counts the IP configurations in it. ``default_outbound`` None: the property is absent (legacy default)."""

    id: str
    name: str
    prefixes: tuple[str, ...]
    security_group_id: str | None = None
    route_table_id: str | None = None
    nat_gateway_id: str | None = None
    default_outbound: bool | None = None
    service_endpoints: tuple[str, ...] = ()
    delegations: tuple[str, ...] = ()
    used_addresses: int = 0
    private_endpoints: int = 0


@dataclass(frozen=True, slots=True)
class Peering:
    name: str
    remote_network_id: str
    state: str
    allow_forwarded: bool = False
    use_remote_gateways: bool = False


@dataclass(frozen=True, slots=True)
class VirtualNetwork:
    id: str
    name: str
    location: str
    address_space: tuple[str, ...]
    subnets: tuple[Subnet, ...] = ()
    dns_servers: tuple[str, ...] = ()
    peerings: tuple[Peering, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()

    def subnet(self, name: str) -> Subnet | None:
        """The subnet of that name, compared as Azure does (without case), or None."""
        return next((subnet for subnet in self.subnets if subnet.name.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class SecurityRule:
    """One rule of an NSG. ``direction`` Inbound|Outbound, ``access`` Allow|Deny, ``protocol`` Tcp, Udp, *, ..."""

    name: str
    priority: int
    direction: str
    access: str
    protocol: str = "*"
    sources: tuple[str, ...] = ("*",)
    destinations: tuple[str, ...] = ("*",)
    source_ports: tuple[str, ...] = ("*",)
    destination_ports: tuple[str, ...] = ("*",)
    source_application_groups: tuple[str, ...] = ()
    destination_application_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NetworkSecurityGroup:
    id: str
    name: str
    location: str
    rules: tuple[SecurityRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """``next_hop`` is VirtualNetworkGateway, VnetLocal, Internet, VirtualAppliance or None."""

    name: str
    prefix: str
    next_hop: str
    next_hop_ip: str | None = None


@dataclass(frozen=True, slots=True)
class RouteTable:
    id: str
    name: str
    location: str
    routes: tuple[Route, ...] = ()
    bgp_propagation: bool = True


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    id: str
    name: str
    location: str
    sku: str
    public: bool
    backend_pool_ids: tuple[str, ...] = ()
    outbound_pool_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StorageAccount:
    """``shared_key`` None means the property is absent, which Azure treats as allowed."""

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
    tags: tuple[tuple[str, str], ...] = ()


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


@dataclass(frozen=True, slots=True)
class Lock:
    """``level`` is ReadOnly or CanNotDelete; ``scope`` the id that it stands on."""

    name: str
    level: str
    scope: str


@dataclass(frozen=True, slots=True)
class Permission:
    """What the signed-in principal may do at ``scope``: wildcards of actions, minus ``not_actions``."""

    scope: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceLink:
    source_id: str
    target_id: str


@dataclass(frozen=True, slots=True)
class PolicyAssignment:
    """An Azure Policy assignment with the effect it would have (deny, audit ...), where it could be read."""

    name: str
    scope: str
    definition: str
    effect: str | None = None
    parameters: tuple[tuple[str, str], ...] = ()


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
class ServiceTag:
    """The published address prefixes of a service tag (``Storage.WestEurope``)."""

    name: str
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vault:
    """A Recovery Services vault; ``site_recovery`` is None where its contents were not read."""

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
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that could not be read, and why: rules that need it answer ``unknown`` with this reason."""

    what: str
    scope: str
    reason: str


@dataclass(frozen=True)
class Estate:
    """Everything that was read, at ``read_at`` (UTC)."""

    read_at: datetime
    subscription: Subscription
    regions: tuple[Region, ...] = ()
    providers: tuple[Provider, ...] = ()
    resource_groups: tuple[ResourceGroup, ...] = ()
    vms: tuple[VirtualMachine, ...] = ()
    disks: tuple[Disk, ...] = ()
    nics: tuple[NetworkInterface, ...] = ()
    networks: tuple[VirtualNetwork, ...] = ()
    security_groups: tuple[NetworkSecurityGroup, ...] = ()
    route_tables: tuple[RouteTable, ...] = ()
    load_balancers: tuple[LoadBalancer, ...] = ()
    storage_accounts: tuple[StorageAccount, ...] = ()
    vm_sizes: tuple[VmSize, ...] = ()
    disk_skus: tuple[DiskSku, ...] = ()
    usages: tuple[Usage, ...] = ()
    locks: tuple[Lock, ...] | None = None
    permissions: tuple[Permission, ...] | None = None
    links: tuple[ResourceLink, ...] | None = None
    policies: tuple[PolicyAssignment, ...] | None = None
    eligibility: tuple[Eligibility, ...] = ()
    service_tags: tuple[ServiceTag, ...] = ()
    vaults: tuple[Vault, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    principal: str | None = None
    requests: int = field(default=0, compare=False)

    # Indexes, built on first use. Keys are arm_id.key(id); region and size names are lower case.

    @cached_property
    def vm_by_id(self) -> Mapping[str, VirtualMachine]:
        return {arm_id.key(vm.id): vm for vm in self.vms}

    @cached_property
    def disk_by_id(self) -> Mapping[str, Disk]:
        return {arm_id.key(disk.id): disk for disk in self.disks}

    @cached_property
    def nic_by_id(self) -> Mapping[str, NetworkInterface]:
        return {arm_id.key(nic.id): nic for nic in self.nics}

    @cached_property
    def network_by_id(self) -> Mapping[str, VirtualNetwork]:
        return {arm_id.key(network.id): network for network in self.networks}

    @cached_property
    def subnet_by_id(self) -> Mapping[str, tuple[VirtualNetwork, Subnet]]:
        return {arm_id.key(subnet.id): (network, subnet) for network in self.networks for subnet in network.subnets}

    @cached_property
    def security_group_by_id(self) -> Mapping[str, NetworkSecurityGroup]:
        return {arm_id.key(group.id): group for group in self.security_groups}

    @cached_property
    def route_table_by_id(self) -> Mapping[str, RouteTable]:
        return {arm_id.key(table.id): table for table in self.route_tables}

    @cached_property
    def storage_by_id(self) -> Mapping[str, StorageAccount]:
        return {arm_id.key(account.id): account for account in self.storage_accounts}

    @cached_property
    def vault_by_id(self) -> Mapping[str, Vault]:
        return {arm_id.key(vault.id): vault for vault in self.vaults}

    @cached_property
    def group_by_name(self) -> Mapping[str, ResourceGroup]:
        return {group.name.lower(): group for group in self.resource_groups}

    @cached_property
    def region_by_name(self) -> Mapping[str, Region]:
        return {region.name.lower(): region for region in self.regions}

    @cached_property
    def size_by_key(self) -> Mapping[tuple[str, str], VmSize]:
        """By (region, size), both lower case."""
        return {(size.region.lower(), size.name.lower()): size for size in self.vm_sizes}

    @cached_property
    def eligibility_by_vm(self) -> Mapping[str, Eligibility]:
        return {arm_id.key(result.vm_id): result for result in self.eligibility}

    def usage(self, region: str, name: str) -> Usage | None:
        """The quota ``name`` of ``region`` (both compared without case), or None where not read."""
        wanted = (region.lower(), name.lower())
        return next((u for u in self.usages if (u.region.lower(), u.name.lower()) == wanted), None)

    def vms_in(self, region: str) -> Iterable[VirtualMachine]:
        """The VMs of a region (name without case)."""
        wanted = region.lower()
        return (vm for vm in self.vms if vm.location.lower() == wanted)

    def why_unreadable(self, what: str) -> str | None:
        """The reason why ``what`` could not be read, or None if it was."""
        return next((item.reason for item in self.unreadable if item.what == what), None)
