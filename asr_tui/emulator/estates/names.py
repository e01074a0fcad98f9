"""Azure resource ids and the identifiers that the emulator derives from them.

Everything here is a pure function of its arguments, so that the same estate always has the same ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

COMPUTE = "Microsoft.Compute"
NETWORK = "Microsoft.Network"
STORAGE = "Microsoft.Storage"
KEY_VAULT = "Microsoft.KeyVault"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a resource lives: subscription id, resource group name and region name (``westeurope``)."""

    subscription: str
    group: str
    location: str

    def id(self, resource_type: str, name: str) -> str:
        """The ARM id of ``name``; ``resource_type`` as ``Microsoft.Compute/disks``."""
        return resource_id(self.subscription, self.group, resource_type, name)

    def moved(self, *, group: str | None = None, location: str | None = None) -> Place:
        """The same subscription, another resource group or region."""
        return Place(self.subscription, group or self.group, location or self.location)


def resource_id(subscription: str, group: str, resource_type: str, *names: str) -> str:
    """Build an ARM id; a nested type (``Microsoft.Network/virtualNetworks/subnets``) takes one name a level.

    Raises:
        ValueError: the number of names does not fit the type.
    """
    namespace, *levels = resource_type.split("/")
    if len(levels) != len(names):
        raise ValueError(f"{resource_type} takes {len(levels)} name(s), got {len(names)}")
    tail = "/".join(f"{level}/{name}" for level, name in zip(levels, names, strict=True))
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{namespace}/{tail}"


@dataclass(frozen=True, slots=True)
class IdParts:
    """An ARM id taken apart, in the casing that it came in."""

    subscription: str
    group: str
    type: str
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        """The last name."""
        return self.names[-1]


def split_id(identifier: str) -> IdParts:
    """Take an id of a resource in a resource group apart.

    Raises:
        ValueError: it is not such an id.
    """
    parts = identifier.strip("/").split("/")
    lowered = [part.lower() for part in parts]
    if (
        len(parts) < 8
        or lowered[0] != "subscriptions"
        or lowered[2] != "resourcegroups"
        or lowered[4] != "providers"
        or len(parts) % 2
        or not all(parts)
    ):
        raise ValueError(f"not the id of a resource in a resource group: {identifier!r}")
    kinds, names = parts[6::2], parts[7::2]
    return IdParts(parts[1], parts[3], "/".join([parts[5], *kinds]), tuple(names))


def same_id(one: str | None, other: str | None) -> bool:
    """Whether two ids name the same resource: ARM compares them without case."""
    return one is not None and other is not None and one.lower() == other.lower()


def derived_guid(*parts: str) -> str:
    """A GUID that depends on the parts only (case-insensitive), for vmId, resourceGuid and the like."""
    return str(uuid5(NAMESPACE_URL, "asr-tui-emulator:" + "|".join(parts).lower()))


def mac_address(nic_id: str) -> str:
    """A MAC of the range that Azure hands out, fixed by the NIC's id (``00-0D-3A-xx-xx-xx``)."""
    tail = UUID(derived_guid(nic_id, "mac")).bytes[:3]
    return "-".join(["00", "0D", "3A", *(f"{byte:02X}" for byte in tail)])


def offset_time(moment: datetime) -> str:
    """UTC with seven fractional digits and ``+00:00``: how Compute writes times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0+00:00"


def zulu_time(moment: datetime) -> str:
    """UTC with seven fractional digits and ``Z``: how Storage writes times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def parse_time(text: str) -> datetime:
    """Read back what :func:`offset_time` and :func:`zulu_time` write."""
    head, _, rest = text.partition(".")
    fraction = rest.rstrip("Z").split("+")[0][:6]
    return datetime.fromisoformat(f"{head}.{fraction or '0'}").replace(tzinfo=UTC)
