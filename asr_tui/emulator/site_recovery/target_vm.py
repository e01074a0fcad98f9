"""The VM, NICs and disks that a test failover or a failover makes from a recovery point."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address
from typing import Any

from asr_tui.emulator.estates.factory import AttachedDisk, clone_virtual_machine
from asr_tui.emulator.estates.network_factory import IpConfiguration, NicOptions, network_interface
from asr_tui.emulator.site_recovery import addressing, consequences, replica_disks, source_vm
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.timeline import State
from asr_tui.emulator.site_recovery.vault_scope import Record, VaultScope
from asr_tui.emulator.store import Resource


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What is to be made.

    Attributes:
        test: a test failover; otherwise a failover. They differ in names, network and addressing rules.
        name: of the VM.
        group: id of its resource group.
        network: id of the VNet.
        disks: resource name for each protected disk, by its record.
        nics: for each NIC: name, resource group id, its record.
        addresses: for each NIC the addresses of its IP configurations, None where none is free.
        subnets: for each NIC the subnets of its IP configurations.
    """

    test: bool
    name: str
    group: str
    network: str
    disks: list[tuple[str, Record]]
    nics: list[tuple[str, str, Record]]
    addresses: list[list[str | None]]
    subnets: list[list[dict[str, Any]]]

    @property
    def vm_id(self) -> str:
        """Id of the VM."""
        return f"{self.group}/providers/{source_vm.VM_TYPE}/{self.name}"

    def nic_id(self, place: int) -> str:
        """Id of the NIC at that place."""
        name, group, _ = self.nics[place]
        return f"{group}/providers/{source_vm.NIC_TYPE}/{name}"

    def disk_id(self, name: str) -> str:
        """Id of a disk of that name; disks go into the group of the VM."""
        return f"{self.group}/providers/{source_vm.DISK_TYPE}/{name}"


def blueprint(scope: VaultScope, record: Record, state: State, network: str, *, test: bool) -> Blueprint:
    """Plan the VM: names, subnets and addresses by the item's settings and the service's rules."""
    target = state["target"]
    group = ids.other_service(target["group"])
    vnet = scope.call.store.get(network, scope.now) if network else None
    name = target["test_name"] if test else target["name"]
    nics = [_nic_name(nic, group, test) for nic in state["nics"]]
    subnets: list[list[dict[str, Any]]] = []
    addresses: list[list[str | None]] = []
    claimed: dict[str, set[IPv4Address]] = {}
    for nic in state["nics"]:
        chosen, given = _addresses(scope, nic, vnet.body if vnet else None, test, claimed)
        subnets.append(chosen)
        addresses.append(given)
    disks = [(disk["test_name"] if test else disk["failover_name"], disk) for disk in state["disks"]]
    return Blueprint(test, name, group, network, disks, nics, addresses, subnets)


def _nic_name(nic: Record, group: str, test: bool) -> tuple[str, str, Record]:
    source = ids.last(nic["source"])
    name = (nic["test_name"] or f"{source}-test") if test else (nic["recovery_name"] or source)
    other = nic["test_group"] if test else nic["recovery_group"]
    place = f"{group.rsplit('/', 1)[0]}/{other}" if other else group
    return name, place, nic


def _addresses(
    scope: VaultScope,
    nic: Record,
    vnet: dict[str, Any] | None,
    test: bool,
    claimed: dict[str, set[IPv4Address]],
) -> tuple[list[dict[str, Any]], list[str | None]]:
    """Subnet and address of each IP configuration that is selected; a test in another network keeps its subnet names."""
    subnets: list[dict[str, Any]] = []
    given: list[str | None] = []
    for config in nic["configs"]:
        if not config["selected"] or ":" in (config["address"] or ""):
            continue
        wanted = (config["test_subnet"] if test else "") or config["recovery_subnet"] or config["subnet"]
        subnet = addressing.subnet_for(vnet, wanted) if vnet else None
        if subnet is None:
            given.append(None)
            continue
        used = claimed.setdefault(subnet["id"].lower(), addressing.taken(scope.call.store, subnet["id"], scope.now))
        explicit = config["test_address"] if test else config["recovery_address"]
        wish = addressing.Wish(config["address"], explicit, keep_last=test)
        address = addressing.choose(subnet, wish, used)
        if address is not None:
            used.add(IPv4Address(address))
        subnets.append(subnet)
        given.append(address)
    return subnets, given


def judged(scope: VaultScope, record: Record, state: State, plan: Blueprint, made: datetime) -> consequences.TargetVm:
    """The blueprint as Azure's rules look at it."""
    size = state["target"]["size"]
    return consequences.TargetVm(
        id=plan.vm_id,
        size=size,
        location=record["recovery_location"],
        network=plan.network,
        body={
            "id": plan.vm_id,
            "location": record["recovery_location"],
            "tags": state["tags"],
            "properties": {"hardwareProfile": {"vmSize": size}},
        },
        nics=tuple(plan.nic_id(place) for place in range(len(plan.nics))),
        disks=tuple(plan.disk_id(name) for name, _ in plan.disks),
        disk_types=tuple(disk["target_type"] for _, disk in plan.disks),
        addresses=tuple(address for given in plan.addresses for address in given),
        references=_references(state, plan),
        key_vaults=_key_vaults(state, plan),
        nic_references=_nic_references(plan),
        made=made,
    )


def _references(state: State, plan: Blueprint) -> tuple[str, ...]:
    """The availability set of the VM, unless it goes into a zone, and the encryption sets of its disks."""
    availability_set = None if state["target"]["zone"] else state["target"]["availability_set"]
    named = [availability_set, *(disk["encryption_set"] for _, disk in plan.disks)]
    return tuple(dict.fromkeys(arm_id for arm_id in named if arm_id))


def _key_vaults(state: State, plan: Blueprint) -> tuple[str, ...]:
    """Where the keys of Azure Disk Encryption are: named for each disk (one pass), or for the VM (two passes)."""
    given = [state["target"].get("encryption"), *(disk["encryption"] for _, disk in plan.disks)]
    parts = [part for encryption in given for part in (encryption or {}).values() if part]
    return tuple(dict.fromkeys(part["keyVaultResourceArmId"] for part in parts if part.get("keyVaultResourceArmId")))


def _nic_references(plan: Blueprint) -> tuple[str, ...]:
    """Security groups, public addresses and backend pools that the NICs' settings name."""
    named: list[str] = []
    for _, _, nic in plan.nics:
        named.append(nic["test_nsg"] if plan.test else nic["nsg"])
        for config in nic["configs"]:
            named.append(config["test_public_ip"] if plan.test else config["recovery_public_ip"])
            named += (config["test_pools"] if plan.test else config["recovery_pools"]) or []
    return tuple(arm_id for arm_id in named if arm_id)


def make(
    scope: VaultScope, record: Record, state: State, plan: Blueprint, begin: datetime, end: datetime
) -> list[Resource]:
    """The resources, born one after the other between ``begin`` and ``end``: disks, NICs, then the VM."""
    source = scope.call.store.peek(record["vm"])
    if source is None:
        raise LookupError(f"the source of {record['name']} was never stored")
    span = end - begin
    zone = state["target"]["zone"]
    disks = [
        replica_disks.from_point(scope, record, disk, name, begin + span * 0.25, plan.vm_id, zone, plan.group)
        for name, disk in plan.disks
    ]
    nics = [_make_nic(record, plan, place, begin + span * 0.45) for place in range(len(plan.nics))]
    vm = _make_vm(record, state, plan, source.doc, disks, nics, begin + span * 0.6)
    return [*disks, *nics, vm]


def _make_nic(record: Record, plan: Blueprint, place: int, born: datetime) -> Resource:
    name, group, nic = plan.nics[place]
    configs = [config for config in nic["configs"] if config["selected"] and ":" not in (config["address"] or "")]
    specs = []
    for config, subnet, address in zip(configs, plan.subnets[place], plan.addresses[place], strict=True):
        explicit = config["test_address"] if plan.test else config["recovery_address"]
        public = config["test_public_ip"] if plan.test else config["recovery_public_ip"]
        pools = config["test_pools"] if plan.test else config["recovery_pools"]
        specs.append(
            IpConfiguration(
                subnet["id"],
                address or "",
                name=config["name"],
                static=bool(explicit) or config["kind"] == "Static",
                public_ip=public or None,
                pools=pools or (),
            )
        )
    nsg = nic["test_nsg"] if plan.test else nic["nsg"]
    accelerated = nic["test_accelerated"] if plan.test and nic["test_accelerated"] is not None else nic["accelerated"]
    doc = network_interface(
        replica_disks.place(group, record["recovery_location"]),
        name,
        ip_configurations=specs,
        created=born,
        vm=plan.vm_id,
        options=NicOptions(nsg=nsg or None, accelerated=bool(accelerated), primary=place == 0),
    )
    return Resource(doc["id"], source_vm.NIC_TYPE, doc, born)


def _make_vm(
    record: Record,
    state: State,
    plan: Blueprint,
    source: dict[str, Any],
    disks: list[Resource],
    nics: list[Resource],
    born: datetime,
) -> Resource:
    attached = [
        AttachedDisk(**replica_disks.attached(disk, made.id, made.doc))
        for (_, disk), made in zip(plan.disks, disks, strict=True)
    ]
    target = state["target"]
    doc = clone_virtual_machine(
        source,
        replica_disks.place(plan.group, record["recovery_location"]),
        plan.name,
        os_disk=next(disk for disk in attached if disk.lun is None),
        data_disks=[disk for disk in attached if disk.lun is not None],
        nics=[nic.id for nic in nics],
        created=born,
        size=target["size"],
        zone=target["zone"],
        availability_set=None if target["zone"] else target["availability_set"],
    )
    # Recorded: the VM attaches its disk and names no image; a machine of that kind has no osProfile either.
    storage = doc["properties"]["storageProfile"]
    storage["osDisk"]["createOption"] = "Attach"
    storage.pop("imageReference", None)
    doc["properties"].pop("osProfile", None)
    return Resource(doc["id"], source_vm.VM_TYPE, doc, born)


def started(vm: Resource, begin: datetime, end: datetime) -> Resource:
    """The VM as it boots: off until ``begin``, starting, running from ``end`` on; its agent answers a little later."""
    doc = vm.doc
    guest = doc.get("_guest", {})
    boots = guest.get("boots_after_failover", True)
    doc["_instance"] |= {
        "power": "stopped",
        "next": {"power": "running", "via": "starting", "at": end.isoformat()},
        "agent": "ready" if boots else "not-ready",
    }
    doc["_pending"] = {"until": (begin + timedelta(seconds=1)).isoformat(), "state": "Creating"}
    return vm.changed(doc)
