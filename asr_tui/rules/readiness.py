"""Whether what was checked is still so: what of selected VMs changed since the snapshot that the findings come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from asr_tui.model import arm_id
from asr_tui.model.compute import VirtualMachine
from asr_tui.model.estate import Estate
from asr_tui.model.network import NetworkSecurityGroup


def changed(before: Estate, after: Estate, vm_ids: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """By VM key: what differs between the two snapshots, each in a few words. Unchanged VMs are left out."""
    found = {}
    for vm_id in vm_ids:
        key = arm_id.key(vm_id)
        differences = _differences(before, after, key)
        if differences:
            found[key] = differences
    return found


def _differences(before: Estate, after: Estate, key: str) -> tuple[str, ...]:
    old, new = before.vm_by_id.get(key), after.vm_by_id.get(key)
    if old is None:
        return ()
    if new is None:
        return ("the VM is gone",)
    words = []
    if old.size.lower() != new.size.lower():
        words.append(f"size: {old.size} -> {new.size}")
    if old.power_state != new.power_state:
        words.append(f"power state: {old.power_state or 'unknown'} -> {new.power_state or 'unknown'}")
    if _disks(old) != _disks(new):
        words.append("disks")
    if _nics(old) != _nics(new):
        words.append("network interfaces")
    elif _groups(before, old) != _groups(after, new):
        words.append("network security groups")
    return tuple(words)


def _disks(vm: VirtualMachine) -> frozenset[tuple[str, int | None, int | None]]:
    return frozenset((arm_id.key(disk.disk_id or disk.name), disk.lun, disk.size_gib) for disk in vm.disks)


def _nics(vm: VirtualMachine) -> frozenset[str]:
    return frozenset(arm_id.key(nic) for nic in vm.nic_ids)


def _groups(estate: Estate, vm: VirtualMachine) -> frozenset[NetworkSecurityGroup | str]:
    """The groups in front of the VM with their rules; the id alone of one that was not read."""
    found: set[NetworkSecurityGroup | str] = set()
    for nic_id in vm.nic_ids:
        nic = estate.nic_by_id.get(arm_id.key(nic_id))
        address = nic.primary_ip if nic else None
        place = estate.subnet_by_id.get(arm_id.key(address.subnet_id)) if address and address.subnet_id else None
        for group_id in (nic.security_group_id if nic else None, place[1].security_group_id if place else None):
            if group_id:
                found.add(estate.security_group_by_id.get(arm_id.key(group_id)) or arm_id.key(group_id))
    return frozenset(found)
