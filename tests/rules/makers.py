"""Small estates, built by hand: every maker gives a clean object, and each test says only what it changes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from asr_tui.model.compute import AttachedDisk, AvailabilitySet, Disk, DiskSku, Usage, VirtualMachine, VmSize
from asr_tui.model.estate import Estate
from asr_tui.model.governance import Provider, Region, ResourceGroup, Subscription
from asr_tui.model.network import IpConfiguration, NetworkInterface, Subnet, VirtualNetwork
from asr_tui.model.plan import Plan

SUB = "11111111-2222-3333-4444-555555555555"
SOURCE, TARGET = "westeurope", "northeurope"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def gid(group: str) -> str:
    return f"/subscriptions/{SUB}/resourceGroups/{group}"


def rid(resource_type: str, name: str, group: str = "shop") -> str:
    return f"{gid(group)}/providers/{resource_type}/{name}"


def vm_id(name: str, group: str = "shop") -> str:
    return rid("Microsoft.Compute/virtualMachines", name, group)


def disk_id(name: str, group: str = "shop") -> str:
    return rid("Microsoft.Compute/disks", name, group)


def nic_id(name: str, group: str = "shop") -> str:
    return rid("Microsoft.Network/networkInterfaces", name, group)


def net_id(name: str, group: str = "shop") -> str:
    return rid("Microsoft.Network/virtualNetworks", name, group)


def subnet_id(network: str, name: str, group: str = "shop") -> str:
    return f"{net_id(network, group)}/subnets/{name}"


def nsg_id(name: str, group: str = "shop") -> str:
    return rid("Microsoft.Network/networkSecurityGroups", name, group)


def vault_id(name: str = "vault-asr-northeurope", group: str = "rg-asr-northeurope") -> str:
    return rid("Microsoft.RecoveryServices/vaults", name, group)


def account_id(name: str, group: str = "shop") -> str:
    return rid("Microsoft.Storage/storageAccounts", name, group)


def vm(name: str = "web01", group: str = "shop", **changes: Any) -> VirtualMachine:
    values: dict[str, Any] = {
        "id": vm_id(name, group),
        "name": name,
        "location": SOURCE,
        "size": "Standard_D4s_v5",
        "power_state": "running",
        "os_name": "ubuntu",
        "os_version": "22.04",
        "disks": (AttachedDisk(f"{name}-os", disk_id(f"{name}-os", group), is_os=True, size_gib=64),),
        "nic_ids": (nic_id(f"{name}-nic", group),),
        "primary_nic_id": nic_id(f"{name}-nic", group),
        "disk_controller": "SCSI",
        "provision_agent": True,
        "allow_extensions": True,
        "agent_status": "Ready",
        "agent_version": "2.14.0.1",
        "extensions": (),
        "encrypted_disks": False,
        "password_login": False,
    }
    return VirtualMachine(**(values | changes))


def disk(name: str, group: str = "shop", **changes: Any) -> Disk:
    values: dict[str, Any] = {
        "id": disk_id(name, group),
        "name": name,
        "location": SOURCE,
        "sku": "Premium_LRS",
        "size_gib": 64,
        "size_bytes": 64 * 1024**3,
        "state": "Attached",
        "encryption_type": "EncryptionAtRestWithPlatformKey",
    }
    return Disk(**(values | changes))


def nic(
    name: str, group: str = "shop", subnet: str = "web", network: str = "shop-vnet", **changes: Any
) -> NetworkInterface:
    address = IpConfiguration("ipconfig1", subnet_id(network, subnet), "10.0.1.4")
    values: dict[str, Any] = {
        "id": nic_id(name, group),
        "name": name,
        "location": SOURCE,
        "ip_configurations": (address,),
    }
    return NetworkInterface(**(values | changes))


def subnet(network: str, name: str, prefix: str, group: str = "shop", **changes: Any) -> Subnet:
    values: dict[str, Any] = {
        "id": subnet_id(network, name, group),
        "name": name,
        "prefixes": (prefix,),
        "nat_gateway_id": rid("Microsoft.Network/natGateways", "nat", group),
    }
    return Subnet(**(values | changes))


def network(name: str = "shop-vnet", group: str = "shop", **changes: Any) -> VirtualNetwork:
    values: dict[str, Any] = {
        "id": net_id(name, group),
        "name": name,
        "location": SOURCE,
        "address_space": ("10.0.0.0/16",),
        "subnets": (subnet(name, "web", "10.0.1.0/24", group), subnet(name, "data", "10.0.2.0/24", group)),
    }
    return VirtualNetwork(**(values | changes))


def size(name: str = "Standard_D4s_v5", region: str = SOURCE, **changes: Any) -> VmSize:
    values: dict[str, Any] = {
        "name": name,
        "region": region,
        "family": "standardDSv5Family",
        "vcpus": 4,
        "memory_gib": 16.0,
        "max_nics": 2,
        "max_data_disks": 8,
        "premium_io": True,
        "zones": ("1", "2", "3"),
    }
    return VmSize(**(values | changes))


def usages(region: str = TARGET) -> tuple[Usage, ...]:
    names = (
        "cores",
        "standardDSv5Family",
        "NetworkInterfaces",
        "PremiumDiskCount",
        "StandardSSDDiskCount",
        "StandardDiskCount",
        "StandardSkuPublicIpAddresses",
    )
    return tuple(Usage(name, region, 0, 1000) for name in names)


def regions() -> tuple[Region, ...]:
    zones = (("1", "az1"), ("2", "az2"), ("3", "az3"))
    return (
        Region(SOURCE, "West Europe", "Europe", "Europe", (TARGET,), zones=zones),
        Region(TARGET, "North Europe", "Europe", "Europe", (SOURCE,), zones=zones),
        Region("ukwest", "UK West", "United Kingdom", "Europe", ("uksouth",)),
        Region("brazilsouth", "Brazil South", "Brazil", "South America", ("southcentralus",), zones=zones),
        Region("eastus", "East US", "United States", "US", ("westus",), zones=zones),
        Region("switzerlandwest", "Switzerland West", "Switzerland", "Europe", ("switzerlandnorth",)),
    )


def estate(**changes: Any) -> Estate:
    """Two clean VMs of one network, everything readable, nothing in the way."""
    values: dict[str, Any] = {
        "read_at": NOW,
        "subscription": Subscription(SUB, "Shop", "tenant-1", "Enabled", "Off"),
        "regions": regions(),
        "deny_assignments": (),
        "providers": tuple(
            Provider(f"Microsoft.{name}", "Registered")
            for name in ("RecoveryServices", "Compute", "Network", "Storage", "KeyVault", "Automation", "Insights")
        ),
        "resource_groups": (ResourceGroup(gid("shop"), "shop", SOURCE),),
        "vms": (vm("web01"), vm("web02")),
        "disks": (disk("web01-os"), disk("web02-os")),
        "nics": (nic("web01-nic"), nic("web02-nic")),
        "networks": (network(),),
        "vm_sizes": (size(), size(region=TARGET)),
        "disk_skus": tuple(
            DiskSku(name, region)
            for region in (SOURCE, TARGET)
            for name in ("Premium_LRS", "Standard_LRS", "StandardSSD_LRS", "PremiumV2_LRS", "UltraSSD_LRS")
        ),
        "usages": usages(),
        "locks": (),
        "links": (),
        "policies": (),
        "availability_sets": (),
        "key_vaults": (),
        "role_assignments": (),
    }
    return Estate(**(values | changes))


def availability_set(name: str, group: str = "shop", location: str = SOURCE) -> AvailabilitySet:
    return AvailabilitySet(rid("Microsoft.Compute/availabilitySets", name, group), name, location)


def plan(*names: str, **changes: Any) -> Plan:
    """A plan for these VMs of the group ``shop``."""
    values: dict[str, Any] = {
        "subscription": SUB,
        "source_region": SOURCE,
        "target_region": TARGET,
        "vms": tuple(vm_id(name) for name in names),
    }
    return Plan.model_validate(values | changes)
