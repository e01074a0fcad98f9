"""The health of a replicated item: what is wrong at the moment, and how bad that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asr_tui.emulator.site_recovery import consequences
from asr_tui.emulator.site_recovery.error_catalogue import Fault, health_error
from asr_tui.emulator.site_recovery.item_course import Course
from asr_tui.emulator.site_recovery.timeline import State
from asr_tui.emulator.site_recovery.vault_scope import Record, VaultScope

_WORST_FIRST = ("Critical", "Warning", "Normal")


@dataclass(frozen=True, slots=True)
class Health:
    """``replicationHealth``, ``failoverHealth`` and ``healthErrors`` of an item."""

    replication: str
    failover: str
    errors: list[dict[str, Any]]


def evaluate(scope: VaultScope, record: Record, state: State, created: str = "") -> Health:
    """The item's health now. ``created`` is what its errors tell as their time, in place of that of the last evaluation."""
    created = created or Course.of(record, state).at(scope.now).evaluated
    faults = consequences.steady_faults(scope, record, state)
    errors = [health_error(fault, record["vm_name"], record["guid"], created) for fault in faults]
    failover = "Normal"
    if state["stage"] == "Protected" and not state.get("tested_at"):
        errors.insert(0, _never_tested(record, created))
        failover = "Warning"
    return Health(_worst(faults), failover, errors)


def _worst(faults: list[Fault]) -> str:
    levels = {"Error": "Critical", "Warning": "Warning"}
    found = {levels.get(fault.text.level, "Normal") for fault in faults}
    return next((health for health in _WORST_FIRST if health in found), "Normal")


def _never_tested(record: Record, created: str) -> dict[str, Any]:
    """161011, the warning on every item that has had no test failover (recorded)."""
    name = record["vm_name"]
    return {
        "innerHealthErrors": [],
        "errorSource": "ReplicationUnitFailoverValidatorError",
        "errorType": "8010",
        "errorLevel": "Warning",
        "errorCategory": "TestFailover",
        "errorCode": "161011",
        "summaryMessage": "",
        "errorMessage": f"No successful test failover has been done on the virtual machine '{name}'.",
        "possibleCauses": ("No successful test failover has been done on the virtual machine after it was replicated."),
        "recommendedAction": "Do a test failover on the virtual machine.",
        "creationTimeUtc": created,
        "recoveryProviderErrorMessage": None,
        "entityId": record["guid"],
        "errorId": "6:8010",
        "customerResolvability": "NotAllowed",
    }
