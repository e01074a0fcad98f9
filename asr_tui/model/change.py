"""What would be written to Azure: a set of changes that depend on each other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from asr_tui.model.step import Step


class Action(StrEnum):
    """``reuse`` and ``adopt`` send no write: the object is there, or an operation on it already runs."""

    CREATE = "create"
    UPDATE = "update"
    REUSE = "reuse"
    ADOPT = "adopt"


class Kind(StrEnum):
    """What a change is about; the order is that of set-up."""

    PROVIDER = "provider registration"
    RESOURCE_GROUP = "resource group"
    SECURITY_RULE = "security rule"
    SECURITY_GROUP = "network security group"
    NETWORK = "virtual network"
    AVAILABILITY_SET = "availability set"
    CACHE_ACCOUNT = "cache storage account"
    VAULT = "vault"
    FABRIC = "fabric"
    CONTAINER = "protection container"
    POLICY = "replication policy"
    CONTAINER_MAPPING = "container mapping"
    NETWORK_MAPPING = "network mapping"
    ITEM = "replicated item"


@dataclass(frozen=True, slots=True)
class Change:
    """One object that the plan needs.

    ``key`` is unique within the set and stable over re-planning (the lower-cased resource id). ``body`` is the request
    body as it will be sent, empty for ``reuse``. ``reason`` says why in one sentence. ``weight`` orders changes that
    are ready at the same time: smaller first (GiB of disks for a replicated item).
    """

    key: str
    action: Action
    kind: Kind
    step: Step
    resource_id: str
    name: str
    reason: str
    body: Mapping[str, Any] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    vm_id: str | None = None
    weight: int = 0

    @property
    def writes(self) -> bool:
        """Whether carrying it out sends a write request."""
        return self.action in {Action.CREATE, Action.UPDATE}


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Changes in an order in which each comes after all that it depends on."""

    changes: tuple[Change, ...] = ()

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    @property
    def writes(self) -> tuple[Change, ...]:
        """Those that would send a write request."""
        return tuple(change for change in self.changes if change.writes)

    def of_step(self, step: Step) -> ChangeSet:
        """The changes that belong to one step."""
        return ChangeSet(tuple(change for change in self.changes if change.step is step))

    def digest(self) -> str:
        """A short fingerprint: what an engineer confirmed is what will be sent, or the confirmation is refused."""
        text = json.dumps(
            [[c.key, c.action, c.body, list(c.depends_on)] for c in self.changes], sort_keys=True, default=str
        )
        import hashlib  # here: its OpenSSL is megabytes, which no face is to carry

        return hashlib.sha256(text.encode()).hexdigest()[:16]
