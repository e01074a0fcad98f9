"""The scenarios of a replicated item; see :mod:`scenarios`."""

from __future__ import annotations

from asr_tui.emulator.site_recovery.scenarios import Scenario, Task, same

_VM = "ProtectionEntity"

ENABLE_DR = Scenario(
    "EnableDr",
    "Enable replication",
    _VM,
    (
        Task(
            "EnableProtectionPreflightChecksTask",
            "EnableProtectionPrerequisitesCheck",
            "Prerequisites check for enabling protection",
            (9.0, 16.0),
        ),
        Task(
            "CreateProtectionTargetTask",
            "CreateProtectionTarget",
            "Installing Mobility Service and preparing target",
            (172.0, 400.0),
        ),
        Task("EnableProtectionTask", "EnableProtection", "Enable replication", (0.2, 0.6)),
        Task(
            "StartInitialReplicationTask",
            "VmStartInitialReplication",
            "Starting initial replication",
            (120.0, 276.0),
        ),
        Task("UpdateDraStateTask", "UpdateDraState", "Updating the provider states", (0.1, 0.3)),
    ),
    cancellable=True,
    failure=("150253", "Protection couldnt be enabled."),
)
PRIMARY_IR = Scenario(
    "PrimaryIrCompletion",
    "Finalize protection on the primary virtual machine",
    _VM,
    (same("CompleteInitialReplicationOnPrimaryTask", "Complete initial replication", 0.6, 1.4),),
    cancellable=True,
)
SECONDARY_IR = Scenario(
    "SecondaryIrCompletion",
    "Finalize protection on the recovery virtual machine",
    _VM,
    (
        Task(
            "CompleteInitialReplicationTask",
            "CompleteInitialReplication",
            "Complete initial replication",
            (0.2, 0.4),
        ),
        Task(
            "ReplicaConfigurationPreflightChecksTask",
            "FailWorkflowOnIRFailureTask",
            "Finalizing initial replication",
            (0.1, 0.2),
        ),
        Task(
            "ReplicaConfigurationTask",
            "ReplicaConfiguration",
            "Complete network and post-replication configuration",
            (3.5, 5.5),
        ),
        Task("UpdateDraStateTask", "UpdateDraState", "Updating the provider states", (0.2, 0.4)),
    ),
    cancellable=True,
)
UPDATE_ITEM = Scenario(
    "UpdateVmProperties",
    "Update the virtual machine",
    _VM,
    (Task(None, "UpdateVmPropertiesTask", "Update the virtual machine properties", (2.8, 4.2)),),
    failure=("539", "The virtual machine properties could not be updated."),
)
DISABLE_DR = Scenario(
    "DisableDr",
    "Disable replication",
    _VM,
    (
        Task(
            "DisableProtectionPreflightChecksTask",
            "DisableProtectionPrerequisitesCheck",
            "Prerequisites check for disabling protection",
            (1.0, 3.0),
        ),
        Task(
            "DisableProtectionOnPrimaryTask",
            "DisableProtectionOnPrimary",
            "Uninstalling Mobility Service",
            (60.0, 120.0),
        ),
        Task(
            "DisableProtectionOnRecoveryTask",
            "DisableProtectionOnRecovery",
            "Removing the replica disks",
            (45.0, 90.0),
        ),
        Task("UpdateDraStateTask", "UpdateDraState", "Updating the provider states", (0.1, 0.3)),
    ),
)
PURGE = Scenario(
    "PurgeDr",
    "Remove replicated item",
    _VM,
    (same("PurgeProtectionTask", "Removing the replicated item", 105.0, 115.0),),
)
TEST_FAILOVER = Scenario(
    "TestFailover",
    "Test failover",
    _VM,
    (
        Task(
            "TestFailoverPreflightChecksTask",
            "VmTfoPrerequisitesCheck",
            "Prerequisites check for test failover",
            (0.5, 2.0),
        ),
        Task("BeginTestFailoverTask", "VmTfoInitiateFailover", "Create test virtual machine", (95.0, 130.0)),
        Task(
            "PrepareTestProtectedEntitiesTask",
            "VmTfoPrepareTestVm",
            "Preparing the virtual machine",
            (20.0, 35.0),
        ),
        Task("BootTestProtectedEntitiesTask", "VmTfoBootTestVm", "Start the virtual machine", (40.0, 60.0)),
    ),
    cancellable=True,
    failure=("539", "The test failover failed."),
)
TEST_FAILOVER_CLEANUP = Scenario(
    "TestFailoverCleanup",
    "Test failover cleanup",
    _VM,
    (
        Task(
            "TestFailoverCleanupPreflightChecksTask",
            "VmTfoCleanupPreflightsCheck",
            "Prerequisites check for test failover cleanup",
            (0.2, 0.6),
        ),
        Task("EndTestFailoverTask", "VmTfoEndFailover", "Ending test failover", (0.2, 0.6)),
        Task(
            "CleanupTestProtectedEntitiesTask",
            "VmTfoDeleteTestVm",
            "Clean up the test virtual machine",
            (76.0, 130.0),
        ),
    ),
    cancellable=True,
    failure=("539", "The test failover cleanup failed."),
)
UNPLANNED_FAILOVER = Scenario(
    "UnplannedFailover",
    "Failover",
    _VM,
    (
        Task(
            "UnplannedFailoverPreflightChecksTask",
            "VmUfoPrerequisitesCheck",
            "Prerequisites check for failover",
            (1.6, 2.4),
        ),
        Task(
            "ShutdownVmOnPrimaryForUFO",
            "VmShutdownVmOnPrimary",
            "Shut down the virtual machine",
            (55.0, 70.0),
        ),
        Task(
            "PrepareForUnPlannedFailoverTask",
            "VmPrepareForUnPlannedFailover",
            "Synchronizing the latest changes",
            (1.0, 1.0),
            skipped=True,
        ),
        Task("FailoverTask", "VmFailover", "Start failover", (125.0, 145.0)),
        Task("StartVmOnSecondary", "VmFoStartVmOnSecondary", "Start the replica virtual machine", (0.8, 1.4)),
    ),
    cancellable=True,
    lead=5.0,
    failure=("539", "The failover failed."),
)
COMMIT_FAILOVER = Scenario(
    "CommitFailover",
    "Commit",
    _VM,
    (
        Task(None, "VmCommitPrerequisitesCheck", "Prerequisite check", (0.8, 1.4)),
        Task(None, "VmCommit", "Commit", (7.0, 48.0)),
    ),
    failure=("539", "The failover could not be committed."),
)
CHANGE_POINT = Scenario(
    "ChangeRecoveryPoint",
    "Change recovery point",
    _VM,
    (
        Task(None, "VmChangePitPrerequisitesCheck", "Prerequisite check", (0.8, 1.4)),
        Task(None, "VmChangePit", "Change recovery point", (120.0, 150.0)),
    ),
    cancellable=True,
    failure=("539", "The recovery point could not be changed."),
)
REPROTECT = Scenario(
    "SwitchReplicationGroupProtection",
    "Reprotect",
    _VM,
    (
        same("SwitchReplicationGroupProtectionPreflightTask", "Prerequisite check", 1.0, 1.6),
        Task("CommitFailoverTask", "VmCommitFailover", "Committing failover", (0.0, 0.0), skipped=True),
        same("DiscoverReplicaTask", "Discovering replica virtual machine", 0.2, 0.5),
        same("GetSwitchProtectionRequirementsTask", "Getting reprotection requirements", 0.7, 1.1),
        same("ProtectReplicaTask", "Reprotecting virtual machine (1)", 480.0, 580.0),
    ),
    cancellable=True,
    lead=8.0,
    failure=("150253", "Protection couldnt be enabled."),
)
RESYNC = Scenario(
    "RepairVMReplication",
    "Resynchronize the virtual machine",
    _VM,
    (same("RepairReplicationTask", "Starting resynchronization", 8.0, 20.0),),
)
ADD_DISKS = Scenario(
    "AddDisks",
    "Add disks to replication",
    _VM,
    (
        same("AddDisksPreflightChecksTask", "Prerequisites check for adding disks", 2.0, 5.0),
        same("AddDisksTask", "Preparing target and enabling replication of the disks", 60.0, 120.0),
    ),
    failure=("150253", "Protection couldnt be enabled."),
)
REMOVE_DISKS = Scenario(
    "RemoveDisks",
    "Remove disks from replication",
    _VM,
    (same("RemoveDisksTask", "Removing the disks from replication", 20.0, 40.0),),
)
UPDATE_MOBILITY = Scenario(
    "UpdateMobilityService",
    "Update mobility service",
    _VM,
    (same("UpdateMobilityServiceTask", "Updating the Mobility Service", 90.0, 180.0),),
)
