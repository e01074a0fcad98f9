"""Recovery points: one every five minutes, thinned out as they age, app-consistent ones by policy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery import refusals, timeline
from asr_tui.emulator.site_recovery.timestamps import loaded, precise
from asr_tui.emulator.site_recovery.vault_scope import ITEM_PATH, Record, VaultScope, record_of

INTERVAL = timedelta(seconds=311)
"""Between crash-consistent points (recorded: 5 min 11 s, now and then half a minute less)."""

KEEP_ALL = timedelta(hours=2)
_DAY = 24 * 60
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_ACTION = (
    "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers"
    "/replicationProtectedItems/recoveryPoints/read"
)


@dataclass(frozen=True, slots=True)
class Point:
    """A recovery point. ``app`` is app-consistent, ``shared`` an instant that all VMs of a replication group have."""

    name: str
    time: datetime
    app: bool
    shared: bool = False


def spacing(age: timedelta, retention_minutes: int) -> timedelta:
    """How far apart points of that age are kept (published): everything for two hours, then fewer.

    Args:
        age: of the point.
        retention_minutes: of the policy.
    """
    if age <= KEEP_ALL:
        return timedelta(0)
    if retention_minutes <= _DAY:
        return timedelta(hours=1)
    if retention_minutes <= 7 * _DAY or age <= timedelta(days=7):
        return timedelta(hours=2)
    return timedelta(hours=4)


def prune(points: list[Point], now: datetime, retention_minutes: int) -> list[Point]:
    """The points still kept at ``now``, oldest first.

    The latest one always stays: without it there would be nothing to fail over to, and with a retention of 0 it is
    the only one. Kinds are thinned out apart from one another.
    """
    kept: list[Point] = []
    slots: set[tuple[bool, timedelta, int]] = set()
    for point in points:
        age = now - point.time
        if age > timedelta(minutes=retention_minutes):
            continue
        gap = spacing(age, retention_minutes)
        if gap:
            slot = (point.app, gap, (point.time - _EPOCH) // gap)
            if slot in slots:
                continue
            slots.add(slot)
        kept.append(point)
    if points and points[-1] not in kept:
        kept.append(points[-1])
    return kept


def made(item: str, since: datetime, until: datetime, app_minutes: int, oldest: datetime) -> list[Point]:
    """Every point made from ``since`` to ``until`` that is not older than ``oldest``, before any is pruned.

    Args:
        item: GUID of the item; points of two items have different names.
        app_minutes: between app-consistent points; 0 makes none.
    """
    points: list[Point] = []
    for number in range(max((oldest - since) // INTERVAL, 0), (until - since) // INTERVAL + 1):
        time = _time(since, number)
        if time <= until:
            name = ids.internal_id(item, since.isoformat(), str(number))
            points.append(Point(name, time, _is_app_consistent(number, app_minutes)))
    return points


def _time(since: datetime, number: int) -> datetime:
    """When the point of that number is made: every interval, some a little later, some half a minute early."""
    noise = number * 2654435761 % 65536
    early = timedelta(seconds=31) if number and noise % 5 == 0 else timedelta(0)
    return since + number * INTERVAL - early + timedelta(microseconds=noise * 7)


def _is_app_consistent(number: int, app_minutes: int) -> bool:
    """The first point after each turn of the app-consistent clock; the first turn comes with the first point."""
    if app_minutes == 0:
        return False
    turn = timedelta(minutes=app_minutes)
    return number == 0 or (number * INTERVAL) // turn > ((number - 1) * INTERVAL) // turn


def kept(scope: VaultScope, item: Record, state: timeline.State) -> list[Point]:
    """The recovery points of an item that exist now, oldest first.

    They are made from the moment the item is protected until it fails over or its heartbeat is lost.
    """
    if not state.get("points_from"):
        return []
    policy = scope.find(item["policy"])
    settings = record_of(policy) if policy else {"history": 0, "app": 0}
    until = min(scope.now, loaded(state["points_to"])) if state.get("points_to") else scope.now
    oldest = until - timedelta(minutes=settings["history"]) - 2 * INTERVAL
    app = settings["app"] if state.get("app_points", True) else 0
    since = loaded(state["points_from"])
    if item["multi_vm_name"]:
        points = _of_group(item["guid"], since, until, app, oldest)
    else:
        points = made(item["guid"], since, until, app, oldest)
    return prune(points, until, settings["history"])


def _of_group(item: str, since: datetime, until: datetime, app_minutes: int, oldest: datetime) -> list[Point]:
    """The points of a VM in a replication group: its own first one, then those on the clock that the whole group has."""
    own = made(item, since, since, app_minutes, since)[:1] if since >= oldest else []
    shared = made(item, _EPOCH, until, app_minutes, max(oldest, since))
    return own + [replace(point, shared=True) for point in shared if point.time > since]


def render(item: Record, state: timeline.State, point: Point) -> dict[str, Any]:
    """A recovery point; its id names the container by the internal GUID, its disks are lower-cased (recorded)."""
    container = item["container"].rsplit("/", 1)[0] + "/" + item["container_guid"]
    owner = ids.site_recovery(ids.item_id(container, item["name"]))
    group = "MultiVmSyncRecoveryPoint" if point.shared else "PerVmRecoveryPoint"
    return {
        "id": f"{owner}/recoveryPoints/{point.name}",
        "name": point.name,
        "type": ids.RECOVERY_POINT,
        "properties": {
            "recoveryPointTime": precise(point.time),
            "recoveryPointType": "AppConsistent" if point.app else "CrashConsistent",
            "providerSpecificDetails": {
                "instanceType": "A2A",
                "recoveryPointSyncType": group,
                "disks": [disk["id"].lower() for disk in state["disks"]],
            },
        },
    }


@operation("GET", ITEM_PATH + "/recoveryPoints", versions=SITE_RECOVERY, action=_ACTION, evidence="recorded")
def list_recovery_points(call: Call) -> Reply:
    """The recovery points of an item, oldest first (the order is not promised)."""
    scope = VaultScope.of(call)
    item = record_of(scope.item())
    state = timeline.state(item, scope.now)
    return call.page([render(item, state, point) for point in kept(scope, item, state)], null_next_link=True)


@operation(
    "GET",
    ITEM_PATH + "/recoveryPoints/{point}",
    versions=SITE_RECOVERY,
    action=_ACTION,
    evidence="recorded",
)
def get_recovery_point(call: Call) -> Reply:
    """One recovery point."""
    scope = VaultScope.of(call)
    item = record_of(scope.item())
    state = timeline.state(item, scope.now)
    for point in kept(scope, item, state):
        if point.name == call.params["point"].lower():
            return Reply(200, render(item, state, point))
    raise refusals.entity_missing("recovery point", call.params["point"])
