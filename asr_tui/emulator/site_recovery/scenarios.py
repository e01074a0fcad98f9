"""The scenarios of a vault: their names, their tasks in order, how long each task takes, what they aim at.

Task ids, names and order of the recorded scenarios come from real traffic; those of a test failover and its cleanup are the
Hyper-V ids under the documented Azure-to-Azure names; tasks of scenarios that were never looked at are assumptions.
Those of a replicated item stand in :mod:`item_scenarios`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Task:
    """One task of a scenario.

    Attributes:
        task_id: class-like id, or None where the service makes up a GUID for every run.
        name: what ``errors[].taskId`` and progress displays key on.
        friendly: text for people.
        seconds: shortest and longest time it takes, in seconds.
        skipped: the service lists it but does not run it.
    """

    task_id: str | None
    name: str
    friendly: str
    seconds: tuple[float, float]
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of job.

    Attributes:
        name: ``scenarioName``.
        friendly: ``friendlyName``.
        target: ``targetInstanceType``.
        tasks: in order.
        cancellable: whether ``allowedActions`` offers Cancel while it runs.
        lead: seconds between the request and the first task, and the last task and the end of the job.
        failure: code and text of the operation status when the job fails.
    """

    name: str
    friendly: str
    target: str
    tasks: tuple[Task, ...]
    cancellable: bool = False
    lead: float = 0.3
    failure: tuple[str, str] = ("499", "An internal error occurred.")


def same(name: str, friendly: str, low: float, high: float, skipped: bool = False) -> Task:
    """A task whose id and name are equal."""
    return Task(name, name, friendly, (low, high), skipped)


CREATE_SITE = Scenario(
    "CreateSite",
    "Create a site",
    "Server",
    (Task("RegisterVMMTask", "RegisterVmmTask", "Registering the server", (66.0, 88.0)),),
)
DELETE_SITE = Scenario(
    "DeleteSite",
    "Delete a site",
    "Server",
    (same("UnregisterDraTask", "Removing the server", 1.5, 2.5),),
)
CHECK_CONSISTENCY = Scenario(
    "RefreshFabricLayout",
    "Refresh fabric layout",
    "Server",
    (same("RefreshFabricLayoutTask", "Refreshing the fabric", 3.0, 8.0),),
)
CREATE_CLOUD = Scenario(
    "CreateCloud",
    "Create protection container",
    "ProtectionContainer",
    (same("CreateCloudTask", "Creating the protection container", 0.2, 0.6),),
)
DELETE_CLOUD = Scenario(
    "DeleteCloud",
    "Delete protection container",
    "ProtectionContainer",
    (same("DeleteCloudTask", "Deleting the protection container", 0.2, 0.6),),
)
CREATE_POLICY = Scenario(
    "AddProtectionProfile",
    "Create replication policy",
    "ProtectionProfile",
    (
        same(
            "AddProtectionProfilePreflightsCheckTask",
            "Prerequisites check for creating the replication policy",
            0.1,
            0.3,
        ),
        same("AddProtectionProfileTask", "Creating the replication policy", 0.5, 1.2),
    ),
    failure=("150261", "Replication policy creation failed."),
)
UPDATE_POLICY = Scenario(
    "ModifyProtectionProfile",
    "Update replication policy",
    "ProtectionProfile",
    (
        same("ModifyProtectionProfilePreflightsCheckTask", "Prerequisites check", 0.1, 0.3),
        same("ModifyProtectionProfileTask", "Updating the replication policy", 1.0, 3.0),
    ),
    failure=("150261", "Replication policy update failed."),
)
DELETE_POLICY = Scenario(
    "RemoveProtectionProfile",
    "Delete replication policy",
    "ProtectionProfile",
    (same("RemoveProtectionProfileTask", "Deleting the replication policy", 0.2, 0.6),),
)
ASSOCIATE_POLICY = Scenario(
    "AssociateProtectionProfile",
    "Associate replication policy",
    "ProtectionProfile",
    (
        Task(
            "CloudPairingWfPreflightChecksTask",
            "CloudPairingPrerequisitesCheck",
            "Check protection prerequisites",
            (0.3, 0.8),
        ),
        Task("CloudPairingWfPrepareSiteTask", "CloudPairingPrepareSite", "Prepare the server", (0.2, 0.5)),
        Task(
            "CloudPairingWfPrepareCloudForPairingTask",
            "CloudPairingPrepareCloud",
            "Prepare for configuring protection",
            (62.0, 76.0),
        ),
        Task(
            "CloudPairingWfPairCloudsTask",
            "CloudPairingPairClouds",
            "Configure the protection settings",
            (0.3, 0.9),
        ),
    ),
    cancellable=True,
)
DISSOCIATE_POLICY = Scenario(
    "DissociateProtectionProfile",
    "Dissociate replication policy",
    "ProtectionProfile",
    (same("CloudUnpairingTask", "Removing the protection settings", 0.1, 0.4),),
    lead=0.1,
)
NETWORK_PAIRING = Scenario(
    "NetworkPairing",
    "Map Networks",
    "Network",
    (same("NetworkPairingTask", "Mapping the networks", 2.0, 3.6),),
)
NETWORK_UNPAIRING = Scenario(
    "NetworkUnpairing",
    "Remove network mapping",
    "Network",
    (same("NetworkUnpairingTask", "Removing the network mapping", 0.6, 1.5),),
)
REFRESH_HEALTH = Scenario(
    "RefreshVaultHealth",
    "Refresh vault health",
    "Vault",
    (same("RefreshFailoverHealthTask", "Refreshing failover health", 0.1, 0.4),),
)
EXPORT_JOBS = Scenario(
    "ExportJobs",
    "Export jobs",
    "Vault",
    (same("ExportJobsTask", "Exporting the jobs", 2.0, 5.0),),
)
SAVE_PLAN = Scenario(
    "SaveRecoveryPlan",
    "Save a recovery plan",
    "RecoveryPlan",
    (same("SaveRecoveryPlanTask", "Saving the recovery plan", 0.5, 1.5),),
)
DELETE_PLAN = Scenario(
    "DeleteRecoveryPlan",
    "Delete a recovery plan",
    "RecoveryPlan",
    (same("DeleteRecoveryPlanTask", "Deleting the recovery plan", 0.3, 0.9),),
)
PLAN_TEST_FAILOVER = Scenario("RecoveryPlanTestFailover", "Test failover", "RecoveryPlan", (), True)
PLAN_TEST_CLEANUP = Scenario("RecoveryPlanTestFailoverCleanup", "Test failover cleanup", "RecoveryPlan", ())
PLAN_FAILOVER = Scenario("RecoveryPlanUnplannedFailover", "Failover", "RecoveryPlan", (), True)
PLAN_COMMIT = Scenario("RecoveryPlanCommitFailover", "Commit", "RecoveryPlan", ())
PLAN_REPROTECT = Scenario("RecoveryPlanReprotect", "Reprotect", "RecoveryPlan", (), True)
