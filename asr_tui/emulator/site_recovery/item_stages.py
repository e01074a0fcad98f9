"""The stages of a replicated item's life and what each one shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """What a stage shows.

    Attributes:
        state, description: ``protectionState`` and its description.
        vm_state, vm_description: ``vmProtectionState`` and its description; the coarser pair.
        allowed: ``allowedOperations`` while nothing runs.
        disk_state: ``protectedManagedDisks[].diskState``.
    """

    state: str
    description: str
    vm_state: str
    vm_description: str
    allowed: tuple[str, ...]
    disk_state: str


_ENABLING = ("UnprotectedStatesBegin", "Enabling protection")
_PENDING = "InitialReplicationPending"
_COPY = ("InitialReplicationInProgress", "Initial replication is in progress")

STAGES: dict[str, Stage] = {
    # EnableDr runs. Known from scripts only.
    "Enabling": Stage(*_ENABLING, *_ENABLING, (), _PENDING),
    # EnableDr is done; the copy has not been reported yet.
    "Pending": Stage(*_COPY, *_ENABLING, ("DisableProtection",), _PENDING),
    "Copying": Stage(*_COPY, *_ENABLING, ("DisableProtection",), _PENDING),
    "Waiting": Stage(
        "InitialReplicationRecoveryCompletionPending",
        "Waiting for first recovery point",
        *_ENABLING,
        ("DisableProtection",),
        _PENDING,
    ),
    "Protected": Stage(
        "Protected",
        "Protected",
        "Protected",
        "Protected",
        ("UnplannedFailover", "DisableProtection", "TestFailover"),
        "Protected",
    ),
    # Failed over, not committed: states of the specification, issues and scripts.
    "FailedOver": Stage(
        "UnplannedFailoverCommitPendingStatesBegin",
        "Failover completed",
        "UnplannedFailoverCommitPendingStatesBegin",
        "Failover completed",
        ("Commit", "ChangePit", "DisableProtection", "CompleteMigration"),
        "Protected",
    ),
    "Committed": Stage(
        "UnplannedFailoverCommitted",
        "Failover committed",
        "UnplannedFailoverCommitted",
        "Failover committed",
        ("CompleteMigration", "DisableProtection", "SwitchProtection"),
        "Protected",
    ),
    "Disabling": Stage(
        "DisablingProtection", "Disabling protection", "DisablingProtection", "Disabling protection", (), "Protected"
    ),
    "Resyncing": Stage(
        "Protected",
        "Protected",
        "Protected",
        "Protected",
        ("UnplannedFailover", "DisableProtection", "TestFailover"),
        _PENDING,
    ),
}
"""By the name that records keep."""

TEST_STATES: dict[str | None, tuple[str, str]] = {
    None: ("None", "None"),
    "Waiting": ("WaitingForCompletion", "Waiting for user input"),
    "Cleaning": ("MarkedForDeletion", "Cleaning up test environment"),
}
"""``testFailoverState`` and its description by the name that records keep."""

CLEANUP_PENDING = "Cleanup test failover pending"
"""``protectionStateDescription`` while a test VM stands."""
