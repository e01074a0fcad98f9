"""Vault health: what is wrong in the whole vault, and its refresh."""

from __future__ import annotations

from typing import Any

from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.schema import Any_
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery import item_health, job_start, scenarios, timeline
from asr_tui.emulator.site_recovery.item_health import Health
from asr_tui.emulator.site_recovery.timeline import State
from asr_tui.emulator.site_recovery.vault_scope import VAULT_PATH, Record, VaultScope, record_of

_PATH = VAULT_PATH + "/replicationVaultHealth"
_ACTION = "Microsoft.RecoveryServices/vaults/replicationVaultHealth"


def render(scope: VaultScope) -> dict[str, Any]:
    """The vault's health; counters and shape as recorded for an empty vault."""
    items = [(record_of(found), found) for found in scope.all(ids.ITEM)]
    states = [(record, timeline.state(record, scope.now)) for record, _ in items]
    health = [(record, state, item_health.evaluate(scope, record, state)) for record, state in states]
    return {
        "name": "Default",
        "type": ids.HEALTH,
        "id": scope.path.child("replicationVaultHealth", "Default"),
        "properties": {
            "vaultErrors": [],
            "protectedItemsHealth": {
                "resourceCount": len(health),
                "issues": _issues(health),
                "categorizedResourceCounts": _counts(health),
            },
            "fabricsHealth": _plain(len(scope.all(ids.FABRIC))),
            "containersHealth": _plain(len(scope.all(ids.CONTAINER))),
        },
    }


def _plain(count: int) -> dict[str, Any]:
    return {"resourceCount": count, "issues": [], "categorizedResourceCounts": None}


def _issues(health: list[tuple[Record, State, Health]]) -> list[dict[str, Any]]:
    """One entry for each code, with the number of items that have it."""
    found: dict[str, dict[str, Any]] = {}
    for record, _, entry in health:
        for error in entry.errors:
            issue = found.setdefault(
                error["errorCode"],
                {
                    "healthCode": error["errorCode"],
                    "category": error["errorCategory"],
                    "severity": error["errorLevel"],
                    "issueCount": 0,
                    "affectedResourceType": ids.ITEM,
                    "affectedResourceSubtype": "A2A",
                    "affectedResourceCorrelationIds": [],
                },
            )
            issue["issueCount"] += 1
            issue["affectedResourceCorrelationIds"].append(record["guid"])
    return list(found.values())


def _counts(health: list[tuple[Record, State, Health]]) -> dict[str, int]:
    def number(test: Any) -> int:
        return sum(1 for record, state, entry in health if test(state, entry))

    def untested(level: str) -> int:
        return number(
            lambda state, entry: any(
                error["errorCategory"] == "TestFailover" and error["errorLevel"] == level for error in entry.errors
            )
        )

    return {
        "testFailoverApplicableProtectedItemsCount": number(
            lambda state, _: state["stage"] == "Protected" and not state.get("test")
        ),
        "testFailoverInProgressProtectedItemsCount": number(
            lambda state, _: (state.get("scenario") or {}).get("name") == "TestFailover" and not state.get("test")
        ),
        "testFailoverWaitingProtectedItemsCount": number(lambda state, _: state.get("test") == "Waiting"),
        "protectedItemsCriticalCount": number(lambda _, entry: entry.replication == "Critical"),
        "protectedItemsWarningCount": number(lambda _, entry: entry.replication == "Warning"),
        "protectedItemsNeutralCount": number(lambda _, entry: entry.replication == "Normal"),
        "protectedItemsTestFailoverCriticalCount": untested("Error"),
        "protectedItemsTestFailoverWarningCount": untested("Warning"),
        "protectedItemsConfigurationCriticalCount": 0,
        "protectedItemsConfigurationWarningCount": 0,
        "protectedItemsFailoverHealthCriticalCount": number(lambda _, entry: entry.failover == "Critical"),
        "protectedItemsFailoverHealthWarningCount": number(lambda _, entry: entry.failover == "Warning"),
    }


@operation("GET", _PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/read", evidence="recorded")
def get_vault_health(call: Call) -> Reply:
    """The health of a vault; the path has no name."""
    return Reply(200, render(VaultScope.of(call)))


@operation(
    "POST",
    _PATH + "/default/refresh",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/refresh/action",
    evidence="recorded",
    body=Any_,
    body_optional=True,
)
def refresh_vault_health(call: Call) -> Reply:
    """Evaluate the vault's health now: a job of about a second."""
    scope = VaultScope.of(call)
    plan = job_start.planned(scope, scenarios.REFRESH_HEALTH)
    number = str(int(ids.internal_id(scope.path.arm_id).replace("-", "")[:15], 16))
    job = job_start.start(scope, scenarios.REFRESH_HEALTH, plan, job_start.Subject(number, ""))
    place = f"{scope.path.arm_id}/replicationVaultHealth"
    return job_start.accepted(scope, scenarios.REFRESH_HEALTH, job, place, place)
