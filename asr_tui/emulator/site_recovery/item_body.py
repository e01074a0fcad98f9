"""A replicated item as a GET of it, or a list, shows it at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery import item_disk_body, item_health
from asr_tui.emulator.site_recovery.item_course import Course, Figures
from asr_tui.emulator.site_recovery.item_stages import CLEANUP_PENDING, STAGES, TEST_STATES
from asr_tui.emulator.site_recovery.timeline import State
from asr_tui.emulator.site_recovery.timeline import state as folded
from asr_tui.emulator.site_recovery.timestamps import NEVER_EXPIRES, NO_SCENARIO, loaded, precise, whole
from asr_tui.emulator.site_recovery.vault_scope import Record, VaultScope, record_of
from asr_tui.emulator.store import Resource

AGENT_VERSION = "9.67.7653.1"
"""Mobility agent (as of 2025-12)."""

_CERTIFICATE_LIFE = timedelta(days=3 * 365)


def render(scope: VaultScope, resource: Resource, slim: bool = False) -> dict[str, Any]:
    """The item's body.

    Args:
        slim: a list entry: disk states and synced settings are null, as the service leaves them.
    """
    record = record_of(resource)
    state = folded(record, scope.now)
    course = Course.of(record, state)
    return body(Shown(scope, resource, record, state, course, course.at(scope.now), slim))


@dataclass(frozen=True, slots=True)
class Shown:
    """An item at the moment of ``scope``. ``figures`` stand for those of its ``course``; ``slim``: as a list shows it."""

    scope: VaultScope
    resource: Resource
    record: Record
    state: State
    course: Course
    figures: Figures
    slim: bool


def body(item: Shown) -> dict[str, Any]:
    """The body, with the figures as they are given."""
    return {
        "id": ids.site_recovery(item.resource.id),
        "name": item.record["name"],
        "type": ids.ITEM,
        "properties": _head(item) | {"providerSpecificDetails": _details(item)} | _foot(item.record),
    }


def _head(item: Shown) -> dict[str, Any]:
    scope, record, state = item.scope, item.record, item.state
    stage = STAGES[state["stage"]]
    test_state, test_description = TEST_STATES[state.get("test")]
    waiting = state.get("test") == "Waiting"
    health = item_health.evaluate(scope, record, state, item.figures.evaluated)
    provider = ids.internal_id(record["fabric"], "provider")
    policy = record["policy"]
    head: dict[str, Any] = {
        "friendlyName": record["vm_name"],
        "protectedItemType": "",
        "protectableItemId": None,
        "recoveryServicesProviderId": (
            f"{ids.site_recovery(record['fabric'])}/replicationRecoveryServicesProviders/{provider}"
        ),
        "primaryFabricFriendlyName": record["primary_display"],
        "primaryFabricProvider": "AzureFabric",
        "recoveryFabricFriendlyName": record["recovery_display"],
        "recoveryFabricId": ids.site_recovery(record["recovery_fabric"]),
        "primaryProtectionContainerFriendlyName": ids.last(record["container"]),
        "recoveryProtectionContainerFriendlyName": ids.last(record["recovery_container"]),
        "protectionState": stage.state,
        "protectionStateDescription": CLEANUP_PENDING if waiting else stage.description,
        "activeLocation": state["active"],
        "testFailoverState": test_state,
        "testFailoverStateDescription": test_description,
        "switchProviderState": "None",
        "switchProviderStateDescription": None,
        "allowedOperations": allowed_operations(state),
        "replicationHealth": health.replication,
        "failoverHealth": health.failover,
        "healthErrors": health.errors,
        "policyId": ids.site_recovery(policy),
        "policyFriendlyName": ids.last(policy),
        "currentScenario": _scenario(scope, state),
        "failoverRecoveryPointId": state.get("failover_point"),
    }
    for member, key in (
        ("lastSuccessfulFailoverTime", "failed_over_at"),
        ("lastSuccessfulTestFailoverTime", "tested_at"),
    ):
        if state.get(key):  # left out, not null, while there is no value
            head[member] = precise(loaded(state[key]))
    return head


def _foot(record: Record) -> dict[str, Any]:
    return {
        "recoveryContainerId": ids.site_recovery(record["recovery_container"]),
        "eventCorrelationId": record["event"],
    }


def allowed_operations(state: State) -> list[str]:
    """What may be asked of the item in that state."""
    if state.get("test") == "Waiting":
        return ["TestFailoverCleanup"]
    if state.get("scenario"):
        return []
    return list(STAGES[state["stage"]].allowed)


def _scenario(scope: VaultScope, state: State) -> dict[str, Any]:
    current = state.get("scenario")
    if not current:
        return {"scenarioName": "None", "jobId": scope.path.job("None"), "startTime": NO_SCENARIO}
    return {
        "scenarioName": current["name"],
        "jobId": scope.path.job(current["job"]),
        "startTime": precise(loaded(current["start"])),
    }


def _details(item: Shown) -> dict[str, Any]:
    scope, record, state, figures, slim = item.scope, item.record, item.state, item.figures, item.slim
    stage = STAGES[state["stage"]]
    target = state["target"]
    protected = bool(state.get("points_from"))
    return {
        "instanceType": "A2A",
        "fabricObjectId": record["vm"].lower(),
        **_initial(record),
        "multiVmGroupId": record["multi_vm_id"],
        "multiVmGroupName": record["multi_vm_name"],
        "multiVmGroupCreateOption": "UserSpecified" if record["multi_vm_name"] else "AutoCreated",
        "managementId": record["management"],
        "protectedDisks": None,
        "unprotectedDisks": item_disk_body.unprotected(scope, record, state),
        "protectedManagedDisks": item_disk_body.managed(state, stage, item.course, figures, scope.now, slim),
        "recoveryBootDiagStorageAccountId": target["boot_diagnostics"],
        "primaryFabricLocation": record["primary_location"],
        "recoveryFabricLocation": record["recovery_location"],
        "osType": record["os"],
        "recoveryAzureVMSize": target["size"],
        "recoveryAzureVMName": target["name"],
        "recoveryAzureResourceGroupId": target["group"],
        "recoveryCloudService": None,
        "recoveryAvailabilitySet": target["availability_set"] or ("" if protected else None),
        "selectedRecoveryAzureNetworkId": target["network"],
        "selectedTfoAzureNetworkId": target["test_network"],
        "vmNics": [item_disk_body.nic(entry) for entry in state["nics"]],
        "vmSyncedConfigDetails": {
            "tags": None if slim else _synced_tags(state["tags"]),
            "inputEndpoints": None if slim else [],
        },
        "monitoringPercentageCompletion": figures.percentage,
        "monitoringJobType": "InitialReplication" if item.course.shows_copy else None,
        "lastHeartbeat": figures.heartbeat,
        **_agent(record, state),
        "recoveryFabricObjectId": state.get("recovery_vm"),
        "vmProtectionState": stage.vm_state,
        "vmProtectionStateDescription": stage.vm_description,
        "lifecycleId": record["lifecycle"] if protected else None,
        "testFailoverRecoveryFabricObjectId": state.get("test_vm"),
        "rpoInSeconds": figures.rpo_seconds,
        "lastRpoCalculatedTime": figures.rpo_calculated,
        "rtoInSeconds": None,
        "primaryAvailabilityZone": record["primary_zone"],
        "recoveryAvailabilityZone": target["zone"],
        "primaryExtendedLocation": None,
        "recoveryExtendedLocation": None,
        "vmEncryptionType": record["encryption"],
        "tfoAzureVMName": target["test_name"],
        "recoveryAzureGeneration": record["generation"],
        "recoveryProximityPlacementGroupId": target["proximity_group"] or ("" if protected else None),
        "autoProtectionOfDataDisk": record["auto_protection"],
        "recoveryVirtualMachineScaleSetId": target["scale_set"],
        "recoveryCapacityReservationGroupId": target["capacity_group"],
        "churnOptionSelected": record["churn"],
        "mobilityAgentCurrentClientId": None,
        "mobilityAgentCurrentTenantId": None,
        "mobilityAgentClientIdToUpdate": None,
        "mobilityAgentTenantIdToUpdate": None,
        "platformFaultDomain": target["fault_domain"],
    }


def _initial(record: Record) -> dict[str, Any]:
    return {
        "initialPrimaryZone": record["primary_zone"] or "",
        "initialPrimaryFabricLocation": record["initial"]["primary_location"],
        "initialRecoveryZone": record["initial"]["recovery_zone"],
        "initialPrimaryExtendedLocation": None,
        "initialRecoveryExtendedLocation": None,
        "initialRecoveryFabricLocation": record["initial"]["recovery_location"],
    }


def _synced_tags(tags: dict[str, str]) -> dict[str, str]:
    """Tag keys lose their leading capital (recorded)."""
    return {key[:1].lower() + key[1:]: value for key, value in tags.items()}


def _agent(record: Record, state: State) -> dict[str, Any]:
    installed = bool(state.get("agent_from"))
    linux = record["os"] == "Linux"
    agent: dict[str, Any] = {
        "agentVersion": (state.get("agent_version") or AGENT_VERSION) if installed else None,
        "agentExpiryDate": NEVER_EXPIRES,
        "isReplicationAgentUpdateRequired": False,
        "agentReinstallAttemptToVersion": "",
        "osFamilyName": record["os"],
        "distroName": record["distro"] if linux else "Windows",
        "distroNameForWhichAgentIsInstalled": record["distro"] if linux else "Windows",
        "isAgentUpgradeable": False,
        "isAgentReinstallRequired": False,
        "reasonsBlockingReInstall": "",
        "reasonsBlockingReinstallDetails": [],
        "isAgentUpgradeInProgress": False,
        "autoAgentUpgradeRetryCount": 0,
        "isAgentUpgradeRetryThresholdExhausted": False,
    }
    if state.get("points_from") and state["stage"] not in ("FailedOver", "Committed"):
        agent["agentCertificateExpiryDate"] = whole(loaded(state["agent_from"]) + _CERTIFICATE_LIFE)
    return agent | {"isReplicationAgentCertificateUpdateRequired": False}
