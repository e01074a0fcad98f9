"""Builds the VM and NIC documents of an estate, their disks, and the resource links that earlier protections left."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from ipaddress import IPv4Address
from typing import Any

from . import edge_factory, factory, network_factory
from .build_disks import attached, disk_document, image_id
from .build_network import take_address
from .disk_factory import DiskOptions
from .extensions import extension
from .factory import AttachedDisk, VmOptions
from .images import Image, images
from .machines import Disk, Extension, Nic, Vm
from .names import COMPUTE, Place, derived_guid, resource_id
from .network_factory import IpConfiguration, NicOptions
from .workshop import Workshop
from .yaml_lines import Location

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,62}[A-Za-z0-9_-])?")
LINK = "Microsoft.Resources/links"


def build_machines(shop: Workshop) -> None:
    """Build all VMs. Static addresses are taken first, so that no dynamic one gets in their way."""
    machines = [machine for key, spec in shop.estate.vms.items() for machine in _expand(shop, key, spec)]
    for machine in machines:
        machine.take_static(shop)
    for machine in machines:
        begun = shop.made
        machine.build(shop)
        shop.pack(begun)


def _expand(shop: Workshop, key: str, spec: Vm) -> list[_Machine]:
    at: Location = ("vms", key)
    group, _, name = key.rpartition("/")
    if group:
        if spec.group not in (None, group):
            shop.wrong((*at, "group"), f"the name says {group!r} already")
        spec = spec.model_copy(update={"group": group})
    place = shop.place(spec, at)
    width = max(2, len(str(spec.count)))
    made = []
    for index in range(spec.count):
        own = name if spec.count == 1 else f"{name}-{index + 1:0{width}d}"
        if not _NAME.fullmatch(own):
            shop.wrong(at, f"{own!r} is no VM name: 1 to 64 letters, digits, '.', '-' and '_', ending in none of '.-'")
        zone = spec.zones[index % len(spec.zones)] if spec.zones else None
        made.append(_Machine(own, spec, place, zone, index, at))
        shop.register("vms", own if not group else f"{group}/{own}", made[-1].id, at)
    return made


class _Machine:
    """One VM on its way into documents."""

    def __init__(self, name: str, spec: Vm, place: Place, zone: str | None, index: int, at: Location) -> None:
        self.name = name
        self.spec = spec
        self.place = place
        self.zone = zone
        self.index = index
        self.at = at
        self.image: Image = images()[spec.os]
        self.id = place.id(f"{COMPUTE}/virtualMachines", name)
        self.created = datetime.combine(spec.created, time(9, 12, 33), UTC)
        self.nics = spec.network_interfaces()
        self._static: dict[int, str] = {}
        self._subnets: dict[int, str | None] = {}

    def take_static(self, shop: Workshop) -> None:
        """Reserve the static addresses."""
        for number, nic in enumerate(self.nics):
            at = self._nic_at(number)
            subnet = shop.refer_subnet(nic.subnet, (*at, "subnet")) if nic.subnet else shop.first_subnet(self.place, at)
            self._subnets[number] = subnet
            if nic.ip and subnet:
                wanted = nic.ip
                if self.index and re.fullmatch(r"[0-9.]+", nic.ip):
                    wanted = str(IPv4Address(nic.ip) + self.index)
                self._static[number] = take_address(shop, subnet, wanted, (*at, "ip"))

    def _nic_at(self, number: int) -> Location:
        return (*self.at, "nics", number) if self.spec.nics else self.at

    def build(self, shop: Workshop) -> None:
        """Build the NICs, the disks and the VM itself."""
        nics = [self._nic(shop, number, nic) for number, nic in enumerate(self.nics)]
        os_disk = self._os_disk(shop)
        data = [self._data_disk(shop, index, spec) for index, spec in enumerate(self.spec.disks)]
        self._check_luns(shop, data)
        document = factory.virtual_machine(
            self.place,
            self.name,
            size=self.spec.size,
            image=self.image,
            os_disk=os_disk,
            data_disks=[one for one in data if one],
            nics=[nic for nic in nics if nic],
            created=self.created,
            options=self._options(shop),
        )
        self._peculiarities(document)
        self._groups(shop, document)
        shop.add(document, self.spec.lock)
        if self.spec.stale_link:
            shop.add(stale_link(self.id))

    # ------------------------------------------------------------ NICs

    def _nic(self, shop: Workshop, number: int, nic: Nic) -> str | None:
        subnet = self._subnets[number]
        if subnet is None:
            return None
        at = self._nic_at(number)
        default = f"{self.name}-nic" if len(self.nics) == 1 else f"{self.name}-nic-{number + 1}"
        name = nic.name or default
        address = self._static.get(number) or take_address(shop, subnet, None, at)
        public = None
        if nic.public_ip:
            public = shop.add(edge_factory.public_ip(self.place, f"{name}-pip", created=self.created))["id"]
        pools = [self._pool(shop, text, (*at, "pools", index)) for index, text in enumerate(nic.pools)]
        asgs = [shop.refer("asgs", text, (*at, "asgs", index)) for index, text in enumerate(nic.asgs)]
        configurations = [
            IpConfiguration(
                subnet,
                address,
                static=number in self._static,
                public_ip=public,
                pools=[one for one in pools if one],
                asgs=[one for one in asgs if one],
            )
        ]
        for extra in range(nic.secondary_ips):
            configurations.append(
                IpConfiguration(subnet, take_address(shop, subnet, None, at), name=f"ipconfig{extra + 2}")
            )
        if nic.ipv6:
            configurations.append(IpConfiguration(subnet, f"fd00:db8::{shop.made:x}", "ipv6", version="IPv6"))
        document = network_factory.network_interface(
            self.place,
            name,
            ip_configurations=configurations,
            created=self.created,
            vm=self.id,
            options=NicOptions(
                nsg=shop.refer("nsgs", nic.nsg, (*at, "nsg")),
                accelerated=nic.accelerated,
                primary=number == 0,
                dns_servers=nic.dns_servers,
            ),
        )
        shop.register("nics", document["id"], document["id"], at)
        return str(shop.add(document)["id"])

    def _pool(self, shop: Workshop, text: str, at: Location) -> str | None:
        balancer, _, pool = text.partition("/")
        identifier = shop.refer("load_balancers", balancer, at)
        if identifier is None:
            return None
        known = shop.estate.load_balancers[balancer].pools
        chosen = pool or known[0]
        if chosen not in known:
            shop.wrong(at, f"load balancer {balancer!r} has no pool {chosen!r}; known: {', '.join(known)}")
            return None
        return f"{identifier}/backendAddressPools/{chosen}"

    # ------------------------------------------------------------ disks

    def _os_disk(self, shop: Workshop) -> AttachedDisk:
        spec = self.spec.os_disk
        at = (*self.at, "os_disk")
        size = spec.size or self.image.size_gb
        name = spec.name or f"{self.name}-osdisk"
        spec = spec.model_copy(update={"size": size})
        identifier = self.place.id(f"{COMPUTE}/disks", name)
        options = DiskOptions(
            zone=self._disk_zone(spec),
            tags=spec.tags,
            managed_by=self.id,
            os_type=self.image.os,
            generation=self.image.generation,
            security=self._security() if self._security() == "TrustedLaunch" else None,
            creation={
                "createOption": "FromImage",
                "imageReference": {"id": image_id(self.place, self.image)},
            },
        )
        if not (self.spec.unmanaged or self.spec.ephemeral):
            shop.register("vm disks", identifier, identifier, at)
            document = disk_document(shop, self.place, name, spec, options, at)
            if self.spec.encryption == "ade":
                document["properties"]["encryptionSettingsCollection"] = self._ade(shop)
            shop.add(document)
        return attached(shop, identifier, name, spec, None, at)

    def _ade(self, shop: Workshop) -> dict[str, Any]:
        vault = shop.refer("key_vaults", self.spec.key_vault, (*self.at, "key_vault"))
        if vault is None:
            if self.spec.key_vault is None:
                shop.wrong((*self.at, "encryption"), "Azure Disk Encryption needs a 'key_vault'")
            return {"enabled": True, "encryptionSettings": []}
        secret = f"https://{self.spec.key_vault}.vault.azure.net/secrets/{derived_guid(self.id, 'secret')}/1"
        setting = {"diskEncryptionKey": {"sourceVault": {"id": vault}, "secretUrl": secret}}
        return {"enabled": True, "encryptionSettings": [setting], "encryptionSettingsVersion": "1.1"}

    def _data_disk(self, shop: Workshop, index: int, spec: Disk) -> AttachedDisk | None:
        at = (*self.at, "disks", index)
        lun = index if spec.lun is None else spec.lun
        if spec.attach is not None:
            return self._attach(shop, spec.attach, lun, (*at, "attach"))
        if spec.size == 0 and spec.size_mb is None:
            shop.wrong(at, "give the disk a 'size' in GiB")
        name = spec.name or f"{self.name}-data-{lun}"
        identifier = self.place.id(f"{COMPUTE}/disks", name)
        shop.register("vm disks", identifier, identifier, at)
        options = DiskOptions(
            zone=self._disk_zone(spec), tags=spec.tags, managed_by=self.id, max_shares=spec.max_shares
        )
        shop.add(disk_document(shop, self.place, name, spec, options, at))
        return attached(shop, identifier, name, spec, lun, at)

    def _attach(self, shop: Workshop, name: str, lun: int, at: Location) -> AttachedDisk | None:
        identifier = shop.refer("disks", name, at)
        if identifier is None:
            return None
        spec = shop.estate.disks[name]
        document = shop.document(identifier)
        holders = document.setdefault("managedByExtended", [])
        if len(holders) + 1 > spec.max_shares:
            shop.wrong(at, f"disk {name!r} can be attached to {spec.max_shares} VM(s) only; raise 'max_shares'")
        holders.append(self.id)
        document["managedBy"] = holders[0]
        document["properties"]["diskState"] = "Attached"
        if spec.max_shares == 1:
            del document["managedByExtended"]
        return attached(shop, identifier, name, spec, lun, at)

    def _disk_zone(self, spec: Disk) -> str | None:
        return None if spec.sku.endswith("_ZRS") else self.zone

    def _check_luns(self, shop: Workshop, disks: list[AttachedDisk | None]) -> None:
        luns = [one.lun for one in disks if one]
        if len(set(luns)) != len(luns):
            shop.wrong((*self.at, "disks"), f"each LUN can be used once; got {', '.join(map(str, luns))}")

    # ------------------------------------------------------------ the VM

    def _security(self) -> str:
        usual = self.image.generation == 2 and self.image.supported and self.image.trusted_launch
        return self.spec.security or ("TrustedLaunch" if usual else "Standard")

    def _options(self, shop: Workshop) -> VmOptions:
        spec = self.spec
        identity = (
            {"type": "SystemAssigned", "principalId": derived_guid(self.id, "identity")} if spec.identity else None
        )
        extensions = [extension(one, self.image.os) for one in spec.extensions]
        if spec.encryption == "ade":
            extensions.append(extension(None, self.image.os))
        if spec.guest.extension_operations == "still-running":
            hanging = Extension(name="SiteRecovery", version="1.0", state="Transitioning")
            extensions.append(extension(hanging, self.image.os))
        return VmOptions(
            zone=self.zone,
            tags=spec.tags,
            power=spec.power,
            provisioning=spec.provisioning,
            agent="ready" if spec.agent == "outdated" else spec.agent,
            agent_version=("2.2.10" if self.image.os == "Linux" else "2.7.41491.901")
            if spec.agent == "outdated"
            else None,
            provision_agent=spec.agent != "missing",
            allow_extensions=spec.extension_operations,
            security=self._security(),
            encryption_at_host=spec.encryption_at_host,
            priority=spec.priority,
            license=spec.license,
            availability_set=shop.refer("availability_sets", spec.availability_set, (*self.at, "availability_set")),
            identity=identity,
            computer_name=spec.computer_name,
            password_login=spec.password_login,
            extensions=extensions,
            guest=self._guest(),
        )

    def _guest(self) -> dict[str, Any]:
        facts = self.spec.guest.model_dump(exclude_defaults=True)
        if self.image.kernel:
            facts.setdefault("kernel", self.image.kernel)
        return facts

    def _peculiarities(self, document: dict[str, Any]) -> None:
        """What only odd VMs have."""
        spec, properties = self.spec, document["properties"]
        storage = properties["storageProfile"]
        storage["diskControllerType"] = spec.controller
        if spec.unmanaged:
            del storage["osDisk"]["managedDisk"]
            storage["osDisk"]["vhd"] = {"uri": f"https://legacyvhds.blob.core.windows.net/vhds/{self.name}.vhd"}
        if spec.ephemeral:
            storage["osDisk"] |= {
                "diffDiskSettings": {"option": "Local", "placement": "CacheDisk"},
                "caching": "ReadOnly",
            }
        group = f"/subscriptions/{self.place.subscription}/resourceGroups/{self.place.group}/providers/{COMPUTE}"
        if spec.dedicated_host:
            properties["host"] = {"id": f"{group}/hostGroups/hosts-{self.place.location}/hosts/host-1"}
        if spec.proximity_group:
            properties["proximityPlacementGroup"] = {"id": f"{group}/proximityPlacementGroups/{spec.proximity_group}"}
        if spec.scale_set:
            properties["virtualMachineScaleSet"] = {"id": f"{group}/virtualMachineScaleSets/vmss-{spec.scale_set}"}
        if spec.edge_zone:
            document["extendedLocation"] = {"name": spec.edge_zone, "type": "EdgeZone"}
        if spec.encryption == "ade":
            document["_instance"]["encrypted"] = True

    def _groups(self, shop: Workshop, document: dict[str, Any]) -> None:
        """The scale set and the proximity placement group that the VM is in, made by the first VM that names them."""
        properties = document["properties"]
        made = []
        if "virtualMachineScaleSet" in properties:
            name = properties["virtualMachineScaleSet"]["id"].rsplit("/", 1)[-1]
            made.append(factory.scale_set(self.place, name, scales=self.spec.scale_set == "flex-scaling"))
        if self.spec.proximity_group:
            made.append(factory.proximity_group(self.place, self.spec.proximity_group))
        for one in made:
            if not shop.keeps(one["id"]):
                shop.add(one)


def stale_link(vm_id: str) -> dict[str, Any]:
    """The resource link that an earlier protection of a VM left behind."""
    name = f"ASR-Protect-{derived_guid(vm_id, 'link')}"
    subscription = vm_id.split("/")[2]
    vault = resource_id(subscription, "rg-dr-retired", "Microsoft.RecoveryServices/vaults", "rsv-retired-2023")
    target = f"{vault}/protectedItemArmId/{derived_guid(vm_id, 'item')}"
    return {
        "id": f"{vm_id}/providers/{LINK}/{name}",
        "name": name,
        "type": LINK,
        "properties": {"sourceId": vm_id, "targetId": target, "notes": "Created by Azure Site Recovery"},
    }
