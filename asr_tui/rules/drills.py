"""Rules for a test failover: which VMs can take part, and from which recovery point.

Source: https://learn.microsoft.com/azure/site-recovery/azure-to-azure-tutorial-dr-drill (read 2020-01-16).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from asr_tui.model import arm_id
from asr_tui.model.estate import Estate
from asr_tui.model.plan import Plan, RecoveryPointKind
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.replication import RecoveryPoint, ReplicatedItem


def refusal(item: ReplicatedItem) -> str:
    """Why an item cannot be tested now; "" when it can."""
    if not item.is_protected:
        return f"It is not protected yet: {item.protection_description or item.protection_state}."
    if item.test_failover_state not in {"None", ""}:
        return "An earlier test failover waits for its clean-up."
    if item.active_location.lower() != "primary":
        return "It has failed over."
    if item.replication_health == "Critical":
        return "Its replication health is critical."
    if item.allowed_operations and "TestFailover" not in item.allowed_operations:
        return "The service does not offer a test failover for it now."
    return ""


def refusals(estate: Estate, plan: Plan, items: Iterable[ReplicatedItem]) -> Mapping[str, str]:
    """By VM key: why a VM of ``items`` cannot be tested now; VMs that can are left out."""
    found, known = {}, tuple(items)
    for item in known:
        why = refusal(item)
        if not why and arm_id.key(item.vm_id) not in estate.vm_by_id:
            why = "Its source VM is no longer in the subscription."
        if why:
            found[arm_id.key(item.vm_id)] = why
    wanted = {arm_id.key(vm_id) for vm_id in plan.drill.vms} - {arm_id.key(item.vm_id) for item in known}
    return found | dict.fromkeys(sorted(wanted), "The vault holds no replicated item of it.")


def pick_point(points: Sequence[RecoveryPoint], kind: RecoveryPointKind, custom_id: str = "") -> RecoveryPoint | None:
    """The recovery point to start from. None for ``latest``: the service then processes what it has and takes that.

    Points come in no promised order, so they are compared by time.

    Raises:
        ProblemError: there is no such point.
    """
    if kind is RecoveryPointKind.LATEST:
        return None
    if kind is RecoveryPointKind.CUSTOM:
        found = [point for point in points if _is_named(point, custom_id)]
    else:
        found = [point for point in points if _fits(point, kind)]
    if not found:
        raise _missing(kind)
    return max(found, key=lambda point: point.time)


def pick_common(
    points: Mapping[str, Sequence[RecoveryPoint]], kind: RecoveryPointKind, custom: Mapping[str, str]
) -> Mapping[str, RecoveryPoint]:
    """The points of one multi-VM consistency group, by VM key: for all of them the newest instant that they have in common.

    A point chosen for one of them (``custom``, by VM key) decides for the others. ``latest`` is the newest common one that
    is processed: what the service would process first is each VM's own, and no common instant.

    Raises:
        ProblemError: there is no instant that all have; or points of several instants were chosen.
    """
    by_time = {
        vm: {point.time.replace(microsecond=0): point for point in held if point.multi_vm}
        for vm, held in points.items()
    }
    times = set.intersection(*(set(held) for held in by_time.values())) if by_time else set()
    if kind is RecoveryPointKind.CUSTOM:
        chosen = {
            time
            for vm, held in by_time.items()
            for time, point in held.items()
            if vm in custom and _is_named(point, custom[vm])
        }
        if len(chosen) > 1:
            raise ProblemError(
                Problem(
                    what="Points of different times were chosen for VMs of one multi-VM group.",
                    remedy="Choose one point: the other VMs of the group follow.",
                    where="recovery_point",
                )
            )
        times &= chosen
    elif kind is RecoveryPointKind.LATEST_APP_CONSISTENT:
        times = {time for time in times if all(_fits(held[time], kind) for held in by_time.values())}
    if not times:
        raise ProblemError(
            Problem(
                what="The VMs of its multi-VM group have no such recovery point in common.",
                remedy="Wait for the next common point, or test the VMs of the group one at a time.",
                retry=True,
                where="recovery_point",
            )
        )
    newest = max(times)
    return {vm: held[newest] for vm, held in by_time.items()}


def _fits(point: RecoveryPoint, kind: RecoveryPointKind) -> bool:
    return kind is not RecoveryPointKind.LATEST_APP_CONSISTENT or point.kind == "AppConsistent"


def _is_named(point: RecoveryPoint, wanted: str) -> bool:
    return arm_id.same(point.id, wanted) or arm_id.name(point.id) == wanted


_MISSING = {
    RecoveryPointKind.CUSTOM: "The chosen recovery point is no longer there.",
    RecoveryPointKind.LATEST_APP_CONSISTENT: "There is no app-consistent recovery point.",
}


def _missing(kind: RecoveryPointKind) -> ProblemError:
    return ProblemError(
        Problem(
            what=_MISSING.get(kind, "There is no recovery point yet."),
            remedy="Choose another kind of recovery point, or wait for the next one.",
            retry=kind is not RecoveryPointKind.CUSTOM,
            where="recovery_point",
        )
    )
