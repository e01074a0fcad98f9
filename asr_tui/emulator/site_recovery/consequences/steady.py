"""What goes wrong while a VM replicates: the cache account, the connection, churn, app-consistent points."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from asr_tui.emulator.compute.views import power_state
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.consequences import outbound
from asr_tui.emulator.site_recovery.consequences.change_rate import change_faults
from asr_tui.emulator.site_recovery.error_catalogue import Fault
from asr_tui.emulator.site_recovery.item_course import NO_POINT_AFTER, SILENT_AFTER
from asr_tui.emulator.site_recovery.source_vm import DISK_TYPE, NIC_TYPE, VM_TYPE, SourceVm, read
from asr_tui.emulator.site_recovery.timeline import State
from asr_tui.emulator.site_recovery.timestamps import loaded, saved
from asr_tui.emulator.site_recovery.vault_scope import Record, VaultScope
from asr_tui.emulator.store import Store

READ_TYPES = (
    VM_TYPE,
    DISK_TYPE,
    NIC_TYPE,
    "Microsoft.Network/virtualNetworks",
    "Microsoft.Network/networkSecurityGroups",
    "Microsoft.Storage/storageAccounts",
    ids.POLICY,
)
"""All types of resources that :func:`steady_faults` reads, besides item and vault."""

_KERNEL_MOVES_AFTER = timedelta(hours=20)
"""After so long a guest that updates its kernel has booted one that the agent does not support."""


def cache_fault(store: Store, account_id: str, now: datetime) -> Fault | None:
    """Why the service can't use a cache account; None when it can."""
    account = store.get(account_id, now)
    name = account_id.rpartition("/")[2]
    if account is None:
        return Fault("HvrStorageAccountNotFound", f"The account is '{name}'.")
    properties = account.shared["properties"]
    if properties.get("allowSharedKeyAccess") is False:
        return Fault("LogStorageAccountNotAccessible", f"The account '{name}' does not allow shared keys.")
    rules = properties.get("networkAcls") or {}
    if rules.get("defaultAction") == "Deny":
        trusted = "AzureServices" in str(rules.get("bypass", ""))
        if not trusted:
            return Fault("LogStorageAccountNotAccessible", f"The firewall of '{name}' shuts out trusted services.")
        if not rules.get("virtualNetworkRules"):
            return Fault("LogStorageAccountNotAccessible", f"The firewall of '{name}' admits no source subnet.")
    return None


def _keyless(scope: VaultScope) -> bool:
    """Whether the vault has an identity that can stand in for shared keys."""
    return str((scope.vault.body.get("identity") or {}).get("type", "None")) != "None"


def stuck_replication(scope: VaultScope, disks: list[Record]) -> bool:
    """Whether a first copy of ``disks`` never gets anywhere, because a cache account can't be used."""
    return any(_cache(scope, disks))


def steady_future(vm: SourceVm, protected: datetime) -> dict[str, Any]:
    """Members of the item's state that the guest's facts decide for the time after protection."""
    guest = vm.guest
    members: dict[str, Any] = {}
    if guest.connection_lost_after_minutes is not None:
        silent = saved(protected + timedelta(minutes=guest.connection_lost_after_minutes))
        members |= {"silent_from": silent, "points_to": silent}
    if guest.app_consistency == "fails" or guest.vss_provider in ("not-installed", "disabled", "not-registered"):
        members["app_points"] = False
    if guest.kernel_updated_later:
        moved = saved(protected + _KERNEL_MOVES_AFTER)
        members |= {"kernel_moved": moved, "points_to": members.get("points_to", moved)}
    return members


def steady_faults(scope: VaultScope, record: Record, state: State) -> list[Fault]:
    """Everything that is wrong with a replicating item now."""
    if state["stage"] in ("Enabling", "Pending", "FailedOver", "Committed", "Disabling"):
        return []
    faults = list(_cache(scope, state["disks"]))
    vm = read(scope.call.store, record["vm"], scope.now)
    if vm is None:
        return [*faults, Fault("NoHeartbeatFromSourceMachine", "The machine does not exist any more.")]
    if power_state(vm.doc, scope.now) != "running":
        faults.append(Fault("NoHeartbeatFromSourceMachine", "The machine is not running."))
    if state["stage"] != "Protected":
        return faults
    faults += _connection(scope, record, state, vm)
    faults += _disks(state, vm)
    faults += change_faults(record, state, vm)
    faults += _app_points(scope, record, state, vm)
    if vm.guest.agent_identity == "old-tenant":
        faults.append(Fault("VmAgentIdentityInvalid"))
    return faults


def _cache(scope: VaultScope, disks: list[Record]) -> Iterator[Fault]:
    for account in sorted({disk["cache"].lower(): disk["cache"] for disk in disks}.values()):
        fault = cache_fault(scope.call.store, account, scope.now)
        if fault is not None and not (_keyless(scope) and "shared keys" in fault.detail):
            yield fault


def _connection(scope: VaultScope, record: Record, state: State, vm: SourceVm) -> Iterator[Fault]:
    store, now = scope.call.store, scope.now
    if state.get("silent_from") and loaded(state["silent_from"]) <= now:
        silent = loaded(state["silent_from"])
        yield Fault("153035", f"The last heartbeat came at {silent:%Y-%m-%d %H:%M} UTC.")
        if now - silent > SILENT_AFTER:
            yield Fault("NoHeartbeatFromSourceMachine")
    if state.get("kernel_moved") and loaded(state["kernel_moved"]) <= now:
        yield Fault("DataTrackingModuleNotLoaded")
    if state.get("points_to") and now - loaded(state["points_to"]) > NO_POINT_AFTER:
        yield Fault("153007")
    denied = outbound.denied(store, vm, outbound.event_hub_tag(record["recovery_location"]), now)
    if denied is not None:
        yield Fault("153001", denied.sentence())
    elif "event-hub" in vm.guest.blocked:
        yield Fault("153001", "A firewall on the way blocks the event hub.")


def _disks(state: State, vm: SourceVm) -> Iterator[Fault]:
    attached = {disk.id.lower(): disk for disk in vm.disks}
    known = {disk["id"].lower() for disk in state["disks"]}
    for disk in state["disks"]:
        if disk["id"].lower() not in attached:
            yield Fault("DiskRemoved", f"The disk is '{disk['name']}'.")
    added = [disk.name for key, disk in attached.items() if key not in known | set(state.get("excluded", []))]
    if added:
        yield Fault("153039", f"Not protected: {', '.join(sorted(added))}.")


def _app_points(scope: VaultScope, record: Record, state: State, vm: SourceVm) -> Iterator[Fault]:
    policy = scope.find(record["policy"])
    if policy is None or policy.shared["_record"]["app"] == 0 or state.get("app_points", True):
        return
    inner = {
        "not-installed": "VSS provider not installed (2147221164, 0x80040154).",
        "disabled": "VSS provider service disabled (2147943458, 0x80070422).",
        "not-registered": "VSS provider not registered (2147754756, 0x80042304).",
    }
    yield Fault("153006", inner.get(vm.guest.vss_provider, "A writer or script fails."))
