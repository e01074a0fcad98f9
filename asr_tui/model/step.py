"""The six steps and the states that a step can be in."""

from __future__ import annotations

from enum import StrEnum


class Step(StrEnum):
    ARCHITECTURE = "architecture"
    PREREQUISITES = "prerequisites"
    NETWORKING = "networking"
    VAULT = "vault"
    REPLICATION = "replication"
    TEST_FAILOVER = "test-failover"

    @property
    def heading(self) -> str:
        return _TITLES[self]

    @property
    def number(self) -> int:
        """1 to 6."""
        return list(Step).index(self) + 1


_TITLES = {
    Step.ARCHITECTURE: "Architecture",
    Step.PREREQUISITES: "Prerequisites",
    Step.NETWORKING: "Networking",
    Step.VAULT: "Vault",
    Step.REPLICATION: "Replication",
    Step.TEST_FAILOVER: "Test failover",
}


class StepState(StrEnum):
    """``todo`` not begun; ``ready`` can be done now; ``running``; ``attention`` needs the engineer; ``done``; ``again`` an
    earlier answer changed, so look once more."""

    TODO = "todo"
    READY = "ready"
    RUNNING = "running"
    ATTENTION = "attention"
    DONE = "done"
    AGAIN = "again"
