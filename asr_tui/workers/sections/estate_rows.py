"""The VMs of the source region, one row each."""

from __future__ import annotations

from asr_tui.model import arm_id
from asr_tui.model.compute import VirtualMachine
from asr_tui.model.estate import Estate
from asr_tui.rules import eligibility
from asr_tui.session.planning_views import VmRow
from asr_tui.workers.sections.replication import milestone_of
from asr_tui.workers.state import State

TIER_TAGS = ("tier", "role", "app-tier")


def vms(state: State) -> tuple[VmRow, ...]:
    """Every VM of the source region, by name; eligibility once the checks ran."""
    estate, source = state.estate, state.plan.source_region
    if estate is None or not source:
        return ()
    picture = state.picture
    verdicts = (
        eligibility.verdicts(estate, state.plan, state.open_findings)
        if picture is not None and state.checks.state == "done"
        else {}
    )
    selected = state.selected
    held = picture.contents if picture else None
    items = {arm_id.key(item.vm_id): item for item in held.items} if held else {}
    items |= {key: sighting.item for key, sighting in state.watch.items.items()}
    protected = set(items)
    rows = []
    for vm in estate.vms_in(source):
        key = arm_id.key(vm.id)
        verdict = verdicts.get(key)
        rows.append(
            _row(estate, vm).model_copy(
                update={
                    "eligible": verdict.eligible if verdict else None,
                    "why_not": verdict.why_not if verdict else "",
                    "blockers": verdict.blockers if verdict else 0,
                    "warnings": verdict.warnings if verdict else 0,
                    "selected": key in selected,
                    "protected": key in protected,
                    "milestone": milestone_of(items[key]) if key in items else "",
                }
            )
        )
    return tuple(sorted(rows, key=lambda row: (row.name.lower(), row.id.lower())))


def _row(estate: Estate, vm: VirtualMachine) -> VmRow:
    network, subnet = _place(estate, vm)
    return VmRow(
        id=vm.id,
        name=vm.name,
        resource_group=vm.resource_group,
        size=vm.size,
        os=_system(vm),
        power=vm.power_state or "unknown",
        disks=len(vm.disks),
        disk_gib=sum(_size(estate, vm).values()),
        network=network,
        subnet=subnet,
        zone=vm.zones[0] if vm.zones else "",
        tier=_tier(vm),
    )


def _system(vm: VirtualMachine) -> str:
    if vm.os_name:
        return f"{vm.os_name} {vm.os_version}".strip() if vm.os_version else vm.os_name
    if vm.image and vm.image.offer:
        return f"{vm.image.offer} {vm.image.sku}".strip()
    return vm.os_type


def _size(estate: Estate, vm: VirtualMachine) -> dict[str, int]:
    """GiB by disk name; what neither VM nor disk tells counts as nothing."""
    sizes = {}
    for attached in vm.disks:
        disk = estate.disk_by_id.get(arm_id.key(attached.disk_id)) if attached.disk_id else None
        sizes[attached.name] = (disk.size_gib if disk else None) or attached.size_gib or 0
    return sizes


def _place(estate: Estate, vm: VirtualMachine) -> tuple[str, str]:
    """Network and subnet of the primary NIC, "" where not known."""
    nic_id = vm.primary_nic_id or (vm.nic_ids[0] if vm.nic_ids else None)
    nic = estate.nic_by_id.get(arm_id.key(nic_id)) if nic_id else None
    address = nic.primary_ip if nic else None
    found = estate.subnet_by_id.get(arm_id.key(address.subnet_id)) if address and address.subnet_id else None
    return (found[0].name, found[1].name) if found else ("", "")


def _tier(vm: VirtualMachine) -> str:
    tags = {name.lower(): value for name, value in vm.tags}
    return next((tags[name] for name in TIER_TAGS if tags.get(name)), "")
