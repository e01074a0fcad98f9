"""Looks before a write and reads back after it: is the object there, and is it as it was asked for?

Site Recovery answers with other names and words than it is asked with, so each kind has its own table of what to compare.
Fields that cannot be read back (write-only ones) are left out, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from asr_tui.azure.clients import Clients
from asr_tui.azure.documents.fields import Document, documents, member, text
from asr_tui.model import arm_id
from asr_tui.model.change import Change, Kind


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that was accepted but not applied as asked. ``field`` is the path in the request body."""

    field: str
    wanted: str
    found: str


@dataclass(frozen=True, slots=True)
class ReadBack:
    """``found`` False: the object does not exist. No differences: it is as asked, as far as Azure tells."""

    found: bool
    differences: tuple[Difference, ...] = ()


# Request path -> answer path, both below ``properties``.
_POLICY: Final = {
    "recoveryPointHistory": "recoveryPointHistory",
    "appConsistentFrequencyInMinutes": "appConsistentFrequencyInMinutes",
    "multiVmSyncStatus": "multiVmSyncStatus",
}
_ITEM: Final = {
    "fabricObjectId": "fabricObjectId",
    "recoveryResourceGroupId": "recoveryAzureResourceGroupId",
    "recoveryAvailabilityZone": "recoveryAvailabilityZone",
    "recoveryAvailabilitySetId": "recoveryAvailabilitySet",
    "recoveryProximityPlacementGroupId": "recoveryProximityPlacementGroupId",
    "recoveryCapacityReservationGroupId": "recoveryCapacityReservationGroupId",
}
# What a PATCH names beside the provider's own settings.
_ITEM_UPDATE: Final = {
    "recoveryAzureVMName": "recoveryAzureVMName",
    "recoveryAzureVMSize": "recoveryAzureVMSize",
    "selectedRecoveryAzureNetworkId": "selectedRecoveryAzureNetworkId",
    "recoveryAvailabilitySetId": "recoveryAvailabilitySet",
}
_ITEM_ADDRESS: Final = ("recoverySubnetName", "recoveryStaticIPAddress")
# Told as null until the first recovery point is there (recorded), so compared only from then on.
_ITEM_WHEN_PROTECTED: Final = {"recoveryAzureNetworkId": "selectedRecoveryAzureNetworkId"}
_ITEM_DISK: Final = (
    "primaryStagingAzureStorageAccountId",
    "recoveryReplicaDiskAccountType",
    "recoveryTargetDiskAccountType",
)
# Members that a plain resource never gives back, or gives back in words of its own.
_WRITE_ONLY: Final = frozenset({"properties.provisioningState", "sku.tier"})


async def exists(clients: Clients, change: Change) -> bool:
    """Whether the object of a change is there already.

    Raises:
        ProblemError: that cannot be read.
    """
    return (await read_back(clients, change)).found


async def read_back(clients: Clients, change: Change) -> ReadBack:
    """Read the object of a change and compare it with the body that was (or would be) sent.

    Raises:
        ProblemError: it cannot be read.
    """
    body = await clients.find(change.resource_id)
    if body is None:
        return ReadBack(found=False)
    if change.kind is Kind.PROVIDER:
        return _registration(body)
    return ReadBack(found=True, differences=tuple(_differences(change, body)))


def _registration(body: Document) -> ReadBack:
    """A provider always exists; registered is what counts."""
    state = text(body, "registrationState")
    return ReadBack(found=state.lower() == "registered")


def _differences(change: Change, found: Document) -> Iterator[Difference]:
    wanted = member(change.body, "properties") or {}
    properties = member(found, "properties") or {}
    match change.kind:
        case Kind.FABRIC:
            yield from _compare(wanted, properties, {"customDetails.location": "customDetails.location"})
        case Kind.CONTAINER:
            return
        case Kind.POLICY:
            settings = member(wanted, "providerSpecificInput") or member(wanted, "replicationProviderSettings") or {}
            yield from _compare(settings, member(properties, "providerSpecificDetails") or {}, _POLICY)
        case Kind.CONTAINER_MAPPING:
            yield from _compare(
                wanted,
                properties,
                {
                    "policyId": "policyId",
                    "targetProtectionContainerId": "targetProtectionContainerId",
                    "providerSpecificInput.agentAutoUpdateStatus": "providerSpecificDetails.agentAutoUpdateStatus",
                },
            )
        case Kind.NETWORK_MAPPING:
            yield from _compare(
                wanted,
                properties,
                {
                    "recoveryNetworkId": "recoveryNetworkId",
                    "fabricSpecificDetails.primaryNetworkId": "primaryNetworkId",
                },
            )
        case Kind.ITEM:
            yield from _item_differences(wanted, properties)
        case _:
            yield from _subset(change.body, found, "")


def _item_differences(wanted: Document, properties: Document) -> Iterator[Difference]:
    asked = member(wanted, "providerSpecificDetails") or {}
    details = member(properties, "providerSpecificDetails") or {}
    yield from _compare(wanted, properties, {"policyId": "policyId"})
    yield from _compare(asked, details, _ITEM)
    if text(properties, "protectionState") == "Protected":
        yield from _compare(asked, details, _ITEM_WHEN_PROTECTED)
    yield from _compare(wanted, details, _ITEM_UPDATE)
    yield from _nic_differences(wanted, details)
    told = {arm_id.key(text(disk, "diskId")): disk for disk in documents(details, "protectedManagedDisks")}
    if not told:
        return  # the service lists the disks only some time after it took the request
    for disk in documents(asked, "vmManagedDisks"):
        name = arm_id.name(text(disk, "diskId"))
        protected = told.get(arm_id.key(text(disk, "diskId")))
        if protected is None:
            yield Difference(f"vmManagedDisks[{name}]", "protected", "not protected")
            continue
        for field in _ITEM_DISK:
            yield from _compare(disk, protected, {field: field}, prefix=f"vmManagedDisks[{name}].")


def _nic_differences(wanted: Document, details: Document) -> Iterator[Difference]:
    nics = {text(nic, "nicId").lower(): nic for nic in documents(details, "vmNics")}
    for nic in documents(wanted, "vmNics"):
        told = tuple(documents(nics.get(text(nic, "nicId").lower(), {}), "ipConfigs"))
        for config in documents(nic, "ipConfigs"):
            name = text(config, "ipConfigName")
            found = next((each for each in told if _alike(name, text(each, "name"))), {})
            yield from _compare(config, found, {field: field for field in _ITEM_ADDRESS}, prefix=f"vmNics[{name}].")


def _compare(wanted: Document, found: Document, paths: Mapping[str, str], *, prefix: str = "") -> Iterator[Difference]:
    for asked_path, told_path in paths.items():
        asked = member(wanted, *asked_path.split("."))
        if asked in (None, ""):
            continue
        told = member(found, *told_path.split("."))
        if not _alike(asked, told):
            yield Difference(f"{prefix}{asked_path}", _shown(asked), _shown(told))


def _subset(wanted: Any, found: Any, path: str) -> Iterator[Difference]:
    """Whatever was asked for must be in the answer; what the service adds does not matter."""
    if path in _WRITE_ONLY:
        return
    if isinstance(wanted, Mapping):
        for name, value in wanted.items():
            yield from _subset(value, member(found, name), f"{path}.{name}" if path else name)
    elif isinstance(wanted, (list, tuple)):
        told = found if isinstance(found, list) else []
        for index, entry in enumerate(wanted):
            yield from _entry(entry, told, index, f"{path}[{index}]")
    elif not _alike(wanted, found):
        yield Difference(path, _shown(wanted), _shown(found))


def _entry(entry: Any, told: list[Any], index: int, path: str) -> Iterator[Difference]:
    """One entry of a list: named ones are found by their name, others by their place."""
    name = entry.get("name") if isinstance(entry, Mapping) else None
    if name is not None:
        same = next((other for other in told if _alike(name, member(other, "name"))), None)
    else:
        same = told[index] if index < len(told) else None
    yield from _subset(entry, same, path)


def _alike(asked: Any, told: Any) -> bool:
    """Equal as the service sees it: ids and words without case, ``Enable`` answered as ``Enabled``."""
    if isinstance(asked, str) and isinstance(told, str):
        one, other = asked.rstrip("/").lower(), told.rstrip("/").lower()
        return one == other or f"{one}d" == other
    return bool(asked == told)


def _shown(value: Any) -> str:
    return "nothing" if value is None or value == "" else str(value)
