"""What the plan wants otherwise of a VM that is protected already: settings that the service takes by PATCH."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from asr_tui.model import arm_id
from asr_tui.model.plan import VmOverride
from asr_tui.model.replication import ReplicatedItem, ReplicatedNic
from asr_tui.rules.bodies import ItemSettings

_TITLES = {
    "name": "another name",
    "size": "another size",
    "network": "another network",
    "zone": "another zone",
    "availability_set": "another availability set",
    "proximity_group": "another proximity placement group",
    "capacity_reservation": "another capacity reservation",
    "nics": "another subnet or address",
}


def differing(override: VmOverride, existing: ReplicatedItem) -> ItemSettings:
    """The settings in which ``existing`` is known to differ from what the plan names for this VM; the rest is empty."""
    return ItemSettings(
        name=_word(override.target_name, existing.target_vm_name),
        size=_word(override.target_size, existing.target_vm_size),
        network=_id(override.network, existing.target_network_id),
        zone=_word(override.zone, existing.target_zone or ""),
        availability_set=_id(override.availability_set_id, existing.target_availability_set or ""),
        proximity_group=_id(override.proximity_group_id, existing.proximity_group_id or ""),
        capacity_reservation=_id(override.capacity_reservation_id, existing.capacity_reservation_id or ""),
        nics=tuple(_nics(override, existing)),
    )


def told(wanted: ItemSettings) -> str:
    """The settings in words."""
    return ", ".join(title for name, title in _TITLES.items() if getattr(wanted, name))


def _nics(override: VmOverride, existing: ReplicatedItem) -> Iterator[ReplicatedNic]:
    for nic in existing.nics:
        choice = override.nics.get(arm_id.name(nic.source_id).lower())
        if choice is None:
            continue
        subnet, address = choice.subnet or nic.subnet, choice.address or nic.address
        if (subnet.lower(), address) != (nic.subnet.lower(), nic.address):
            yield replace(nic, subnet=subnet, address=address)


def _word(wanted: str, present: str | None) -> str:
    """``wanted`` where the service is known to have something else, else ""."""
    return wanted if wanted and present is not None and wanted.lower() != present.lower() else ""


def _id(wanted: str, present: str | None) -> str:
    return wanted if wanted and present is not None and not arm_id.same(wanted, present) else ""
