"""Ids as the service writes them: which letters it keeps, which it lowers, and its internal GUIDs.

The casing is uneven on purpose (recorded traffic): Site Recovery's own ids start with a capital ``/Subscriptions/``
whatever the caller sent, ids of other services keep ``/subscriptions/``, and a few members are wholly lower-cased.
Clients that compare ids with case break here as they would on Azure.
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass

PROVIDER = "Microsoft.RecoveryServices"
VAULT = f"{PROVIDER}/vaults"
FABRIC = f"{VAULT}/replicationFabrics"
CONTAINER = f"{FABRIC}/replicationProtectionContainers"
MAPPING = f"{CONTAINER}/replicationProtectionContainerMappings"
ITEM = f"{CONTAINER}/replicationProtectedItems"
RECOVERY_POINT = f"{ITEM}/recoveryPoints"
NETWORK = f"{FABRIC}/replicationNetworks"
NETWORK_MAPPING = f"{NETWORK}/replicationNetworkMappings"
POLICY = f"{VAULT}/replicationPolicies"
JOB = f"{VAULT}/replicationJobs"
PLAN = f"{VAULT}/replicationRecoveryPlans"
EVENT = f"{VAULT}/replicationEvents"
ALERT = f"{VAULT}/replicationAlertSettings"
VAULT_SETTING = f"{VAULT}/replicationVaultSettings"
HEALTH = f"{VAULT}/replicationVaultHealth"
SUPPORTED_OS = f"{VAULT}/replicationSupportedOperatingSystems"
REGION_MAPPINGS = f"{VAULT}/replicationSupportedRegionMappings"

_NAMESPACE = uuid.UUID("5f0c8a52-3b51-5e5e-9c3e-7a1d5b7c2f10")


def internal_id(*parts: str) -> str:
    """The GUID (version 5) that the service keeps inside for an object; the same parts give the same GUID."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(parts).lower()))


def seeded(seed: int, *parts: str) -> random.Random:
    """A random source that only depends on the seed and the object, so that runs can be repeated."""
    return random.Random(f"{seed}/{'/'.join(parts).lower()}")  # noqa: S311 - durations, not secrets


def site_recovery(arm_id: str) -> str:
    """``arm_id`` as Site Recovery writes it: a capital ``/Subscriptions/``."""
    head, sep, rest = arm_id.partition("/subscriptions/")
    if sep and not head:
        return "/Subscriptions/" + rest
    return arm_id


def other_service(arm_id: str) -> str:
    """``arm_id`` as every other service writes it: a small ``/subscriptions/``."""
    if arm_id.startswith("/Subscriptions/"):
        return "/subscriptions/" + arm_id[len("/Subscriptions/") :]
    return arm_id


def same(left: str | None, right: str | None) -> bool:
    """Whether two ids name the same object: ids are compared without case."""
    return (left or "").rstrip("/").lower() == (right or "").rstrip("/").lower()


def segment(arm_id: str, kind: str) -> str:
    """The name that follows the segment ``kind`` (any case) in an id, or an empty text.

    >>> segment("/subscriptions/s/resourceGroups/rg1", "resourcegroups")
    'rg1'
    """
    parts = arm_id.split("/")
    for place, part in enumerate(parts[:-1]):
        if part.lower() == kind.lower():
            return parts[place + 1]
    return ""


def last(arm_id: str) -> str:
    """The last segment of an id: the object's name."""
    return arm_id.rstrip("/").rpartition("/")[2]


def parent(arm_id: str) -> str:
    """The id without its last kind and name."""
    return arm_id.rstrip("/").rsplit("/", 2)[0]


def resource_group(arm_id: str) -> str:
    """The id of the resource group that holds ``arm_id``, or an empty text when there is none."""
    parts = arm_id.split("/")
    if len(parts) < 5 or parts[3].lower() != "resourcegroups":
        return ""
    return "/".join(parts[:5])


@dataclass(frozen=True, slots=True)
class VaultPath:
    """The id of a vault in the service's casing, and the ids of what it holds."""

    arm_id: str
    """``/subscriptions/.../vaults/{name}`` as the vault itself is written."""

    @property
    def site_recovery_id(self) -> str:
        """The vault's part of every Site Recovery id."""
        return site_recovery(self.arm_id)

    def fabric(self, name: str) -> str:
        """Id of a fabric."""
        return f"{self.site_recovery_id}/replicationFabrics/{name}"

    def policy(self, name: str) -> str:
        """Id of a replication policy."""
        return f"{self.site_recovery_id}/replicationPolicies/{name}"

    def job(self, name: str) -> str:
        """Id of a job; ``None`` is the service's own name for no job."""
        return f"{self.site_recovery_id}/replicationJobs/{name}"

    def plan(self, name: str) -> str:
        """Id of a recovery plan."""
        return f"{self.site_recovery_id}/replicationRecoveryPlans/{name}"

    def child(self, kind: str, name: str) -> str:
        """Id of another kind of child (events, alert settings ...)."""
        return f"{self.site_recovery_id}/{kind}/{name}"


def container_id(fabric_id: str, name: str) -> str:
    """Id of a protection container under a fabric."""
    return f"{fabric_id}/replicationProtectionContainers/{name}"


def item_id(container: str, name: str) -> str:
    """Id of a replicated item under a container."""
    return f"{container}/replicationProtectedItems/{name}"
