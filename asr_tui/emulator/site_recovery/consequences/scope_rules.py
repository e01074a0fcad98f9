"""Locks, policies, quotas and size restrictions, as Site Recovery meets them when it writes in a target."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from asr_tui.emulator.compute.quotas import DISK_COUNTERS, check_cores, usages
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.guards import check_locks, check_policy
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.source_vm import NIC_TYPE
from asr_tui.emulator.store import Store

DEFAULT_NICS = 65536
"""Network interfaces that a subscription may have in a region, unless the estate says otherwise."""


def locked(store: Store, scope: str, verb: str, now: datetime) -> str:
    """The Azure message of a lock that forbids ``verb`` (``write`` or ``delete``) on ``scope``; empty when free."""
    try:
        check_locks(store, scope, verb, now)
    except ArmError as error:
        return f"Azure status code: Conflict. Arm error code: {error.code}. {error.message}"
    return ""


def disallowed(store: Store, resource_type: str, body: dict[str, Any], now: datetime) -> str:
    """The Azure message of a policy that denies the resource; empty when none does."""
    try:
        check_policy(store, body["id"], resource_type, body, now)
    except ArmError as error:
        return f"Azure status code: Forbidden. Arm error code: {error.code}. {error.message}"
    return ""


def group_missing(store: Store, group: str, now: datetime) -> bool:
    """Whether the resource group of that id is not there."""
    return store.get(ids.other_service(group), now) is None


def region_closed(store: Store, location: str) -> bool:
    """Whether the subscription may create no VM in the region."""
    return location in (store.fact("closed_regions") or [])


def cores_short(store: Store, subscription: str, location: str, size: str, at: datetime) -> str:
    """Compute's message when the vCPU quota has no room for a VM of that size in the region at ``at``; else empty."""
    try:
        check_cores(store, subscription, location, [size], at)
    except ArmError as error:
        return f"Azure status code: Conflict. Arm error code: {error.code}. {error.message}"
    return ""


def disks_short(store: Store, subscription: str, location: str, types: list[str], at: datetime) -> str:
    """The message when a quota of managed disks has no room for disks of those types at ``at``; else empty."""
    limited = {name.lower() for name in (store.fact("quotas") or {}).get(location, {})}
    if not any(DISK_COUNTERS.get(kind, ("",))[0].lower() in limited for kind in types):
        return ""  # Azure's own limit of 50,000 is out of reach; counting is not worth its time
    for usage in usages(store, subscription, location, at):
        wanted = sum(1 for kind in types if DISK_COUNTERS.get(kind, ("", ""))[0] == usage.name)
        if wanted > usage.free:
            return (
                f"Operation could not be completed as it results in exceeding approved {usage.name} quota. "
                f"Location: {location}, current limit: {usage.limit}, current usage: {usage.current}."
            )
    return ""


def nics_short(store: Store, subscription: str, location: str, wanted: int, at: datetime) -> str:
    """The message when the quota of network interfaces has no room for ``wanted`` more at ``at``; else empty."""
    limits = (store.fact("quotas") or {}).get(location, {})
    limit = next((v for name, v in limits.items() if name.lower() == "networkinterfaces"), DEFAULT_NICS)
    used = sum(1 for nic in store.by_type(NIC_TYPE, at, subscription) if nic.body["location"].lower() == location)
    if used + wanted <= limit:
        return ""
    return (
        "Azure status code: BadRequest. Arm error code: NetworkInterfaceCountLimitReached. Cannot create more than "
        f"{limit} network interfaces for this subscription in the region '{location}'."
    )
