"""Estates and plans for property tests: up to 6 VMs, and everything that a plan may name for them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from asr_tui.model import arm_id
from asr_tui.model.compute import AttachedDisk, VirtualMachine
from asr_tui.model.estate import Estate
from asr_tui.model.governance import Provider
from asr_tui.model.plan import NetworkChoice, NicChoice, Plan, PolicyChoice, TargetDefaults, VaultChoice, VmOverride
from tests.rules import makers
from tests.rules.makers import SOURCE, TARGET

DR_NETWORK = makers.net_id("dr-net", "corp-dr")
RESERVATION = makers.rid("Microsoft.Compute/capacityReservationGroups", "crg", "corp-dr")
PROXIMITY = makers.rid("Microsoft.Compute/proximityPlacementGroups", "ppg", "corp-dr")
SET = makers.rid("Microsoft.Compute/availabilitySets", "own-set", "corp-dr")

SENT_LATER = {"target_name", "target_size", "nics"}
"""What the service takes of an override only once the VM is protected."""


@st.composite
def estates(draw: st.DrawFn) -> Estate:
    """Up to 6 VMs in up to 2 groups and 2 networks, in sets, zones or neither; nothing is replicated yet."""
    groups = draw(st.lists(st.sampled_from(["shop", "Data-Tier"]), min_size=1, max_size=2, unique=True))
    networks = [makers.network("shop-vnet", "shop"), makers.network("shop-vnet", "net")]
    if draw(st.booleans()):
        networks.append(makers.network("dr-net", "corp-dr", location=TARGET))
    vms, disks, nics = [], [], []
    for index in range(draw(st.integers(1, 6))):
        group = draw(st.sampled_from(groups))
        name = draw(st.sampled_from(["web", "App", "sql"])) + str(index % 3)
        if any(arm_id.same(v.id, makers.vm_id(name, group)) for v in vms):
            continue
        attached = [AttachedDisk(f"{name}-os", makers.disk_id(f"{name}-os", group), is_os=True)]
        if draw(st.booleans()):
            attached.append(AttachedDisk(f"{name}-d0", makers.disk_id(f"{name}-d0", group), lun=0))
        sku = draw(st.sampled_from(["Premium_LRS", "StandardSSD_LRS", "PremiumV2_LRS"]))
        disks += [makers.disk(disk.name, group, sku=sku) for disk in attached]
        in_set = draw(st.booleans())
        vms.append(
            makers.vm(
                name,
                group,
                disks=tuple(attached),
                zones=() if in_set else draw(st.sampled_from([(), ("1",), ("9",)])),
                availability_set_id=makers.availability_set("avset", group).id if in_set else None,
            )
        )
        place = draw(st.sampled_from(["shop", "net"]))
        subnet = makers.subnet_id("shop-vnet", draw(st.sampled_from(["web", "data"])), place)
        address = replace(makers.nic("x").ip_configurations[0], subnet_id=subnet)
        nics.append(makers.nic(f"{name}-nic", group, ip_configurations=(address,)))
    state = draw(st.sampled_from(["Registered", "NotRegistered"]))
    return makers.estate(
        vms=tuple(vms),
        disks=tuple(disks),
        nics=tuple(nics),
        networks=tuple(networks),
        providers=(Provider("Microsoft.RecoveryServices", state), Provider("Microsoft.Network", "Registered")),
    )


@st.composite
def overrides(draw: st.DrawFn, vm: VirtualMachine, *, later: bool) -> VmOverride:
    """What a plan may name for one VM; with ``later`` also what can be sent only once it is protected."""
    place = draw(st.sampled_from([{}, {"zone": "3"}, {"availability_set_id": SET}]))
    nic = NicChoice(
        subnet=draw(st.sampled_from(["", "data"])), address=draw(st.sampled_from(["", "10.0.2.7", "fd00::7"]))
    )
    return VmOverride(
        **place,
        target_name=draw(st.sampled_from(["", f"{vm.name}-dr"])) if later else "",
        target_size=draw(st.sampled_from(["", "Standard_D8s_v5"])) if later else "",
        nics={f"{vm.name}-nic".lower(): nic} if later and draw(st.booleans()) else {},
        resource_group=draw(st.sampled_from(["", "special"])),
        proximity_group_id=draw(st.sampled_from(["", PROXIMITY])),
        capacity_reservation_id=draw(st.sampled_from(["", RESERVATION])),
        network=draw(st.sampled_from(["", DR_NETWORK])),
        subnet=draw(st.sampled_from(["", "data"])),
        cache_account=draw(st.sampled_from(["", "owncache02"])),
        replica_disk_type=draw(st.sampled_from(["", "StandardSSD_LRS"])),
        target_disk_type=draw(st.sampled_from(["", "Premium_LRS"])),
        excluded_disks=draw(st.sampled_from([(), (f"{vm.name}-d0",)])),
        multi_vm_group=draw(st.sampled_from(["", "tier1"])),
    )


@st.composite
def plans(draw: st.DrawFn, estate: Estate, *, later: bool) -> Plan:
    """A plan over some of the estate's VMs."""
    vms = estate.vms
    chosen = draw(st.lists(st.sampled_from(vms), min_size=1, max_size=len(vms), unique_by=lambda vm: vm.id))
    own = draw(st.lists(st.sampled_from(chosen), max_size=2, unique_by=lambda vm: vm.id))
    choices = {}
    if draw(st.booleans()):
        sources = [network for network in estate.networks if network.location == SOURCE]
        choices = {arm_id.key(each.id): NetworkChoice(create_name="dr", create_group="dr-net") for each in sources}
    has_dr_network = any(arm_id.same(network.id, DR_NETWORK) for network in estate.networks)
    picked = {arm_id.key(vm.id): draw(overrides(vm, later=later)) for vm in own}
    if not has_dr_network:
        picked = {key: each.model_copy(update={"network": ""}) for key, each in picked.items()}
    zonal = draw(st.booleans())
    if zonal:
        picked = {key: each.model_copy(update={"network": ""}) for key, each in picked.items()}
    return makers.plan(
        zonal=zonal,
        target_region=SOURCE if zonal else TARGET,
        vms=tuple(vm.id.upper() if draw(st.booleans()) else vm.id for vm in chosen),
        networks=choices,
        overrides=picked,
        vault=VaultChoice(name=draw(st.sampled_from(["", "My-Vault"])), resource_group="dr-vault"),
        defaults=TargetDefaults(
            resource_group=draw(st.sampled_from(["", "dr"])),
            cache_account=draw(st.sampled_from(["", "mycache01"])),
            replica_disk_type=draw(st.sampled_from(["", "Standard_LRS"])),
            tags=draw(st.sampled_from([{}, {"costs": "1234"}])),
        ),
        policy=PolicyChoice(
            name=draw(st.sampled_from(["24-hour-retention-policy", "three-days"])),
            retention_minutes=draw(st.sampled_from([1440, 4320])),
            app_consistent_minutes=draw(st.sampled_from([0, 240])),
            multi_vm_sync=draw(st.booleans()),
            agent_auto_update=draw(st.booleans()),
        ),
    )


@st.composite
def situations(draw: st.DrawFn, *, later: bool = False) -> tuple[Estate, Plan]:
    """An estate and a plan over it."""
    estate = draw(estates())
    return estate, draw(plans(estate, later=later))
