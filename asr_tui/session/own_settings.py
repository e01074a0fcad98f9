"""One VM's own settings as texts to be typed, and back: for the forms and questions of the faces."""

from __future__ import annotations

from dataclasses import dataclass

from asr_tui.model.arm_id import key
from asr_tui.model.part import field_names
from asr_tui.model.plan import NicChoice, Plan, VmOverride


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of :class:`VmOverride`; ``hint`` says what may stand there, ``rare`` leaves it out of short forms."""

    id: str
    title: str
    hint: str = "by the rule"
    rare: bool = False


SETTINGS = (
    Setting("target_name", "Name", "as the source; set once protected"),
    Setting("target_size", "Size", "as the source; set once protected"),
    Setting("resource_group", "Target group"),
    Setting("zone", "Zone", "1, 2 or 3"),
    Setting("network", "Network", "whole id of an existing network"),
    Setting("subnet", "Subnet"),
    Setting("nics", "Interfaces", "name=subnet/address, next=/address"),
    Setting("cache_account", "Cache account"),
    Setting("replica_disk_type", "Replica disk type", "as the source disk"),
    Setting("target_disk_type", "Target disk type", "as the source disk"),
    Setting("excluded_disks", "Left-out disks", "names, with commas"),
    Setting("multi_vm_group", "Consistency group", "none"),
    Setting("availability_set_id", "Availability set", "whole id", rare=True),
    Setting("proximity_group_id", "Proximity group", "whole id", rare=True),
    Setting("capacity_reservation_id", "Capacity group", "whole id", rare=True),
    Setting("disk_encryption_set", "Encryption set", "whole id", rare=True),
)


def override_of(plan: Plan, vm_id: str) -> VmOverride:
    """What the plan names for a VM."""
    return plan.overrides.get(key(vm_id), VmOverride())


def as_texts(override: VmOverride) -> dict[str, str]:
    """Each setting as it would be typed."""
    texts = {name: getattr(override, name) for name in field_names(VmOverride)}
    nics = ", ".join(
        f"{name}={nic.subnet}{f'/{nic.address}' if nic.address else ''}" for name, nic in override.nics.items()
    )
    return texts | {"excluded_disks": ", ".join(override.excluded_disks), "nics": nics}


def changed(override: VmOverride, texts: dict[str, str]) -> VmOverride:
    """``override`` with what was typed; settings that ``texts`` does not name stay.

    Raises:
        ValueError: it cannot be understood; the text says why.
    """
    known = as_texts(override) | texts
    values: dict[str, object] = dict(known)
    values["excluded_disks"] = tuple(_parts(known["excluded_disks"]))
    values["nics"] = dict(_nic(part) for part in _parts(known["nics"]))
    return VmOverride(**values)  # type: ignore[arg-type]  # each is of its field's type by now


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _nic(part: str) -> tuple[str, NicChoice]:
    name, equals, place = part.partition("=")
    if not equals or not name.strip():
        raise ValueError(f"{part!r} is not name=subnet/address")
    subnet, _, address = place.partition("/")
    return key(name.strip()), NicChoice(subnet=subnet.strip(), address=address.strip())
