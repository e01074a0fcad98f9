"""What surrounds the resources: the subscription, regions, registrations, groups, locks, permissions, policies.

Frozen values as read at one moment, ids in the casing that the service gave. ``None`` means *not known*, never *no*.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tenant:
    """An Entra tenant that the signed-in account can enter, its own or one where it is a guest."""

    id: str
    name: str = ""
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription; ``state`` is Enabled, Warned, PastDue, Disabled or Deleted."""

    id: str
    name: str
    tenant_id: str
    state: str
    spending_limit: str | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """A location of the subscription. ``zones`` maps a logical zone to its physical one."""

    name: str
    display_name: str
    geography: str = ""
    geography_group: str = ""
    paired: tuple[str, ...] = ()
    region_type: str = "Physical"
    zones: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Provider:
    """A resource provider's registration: Registered, Registering, NotRegistered, Unregistering."""

    namespace: str
    state: str


@dataclass(frozen=True, slots=True)
class ResourceGroup:
    id: str
    name: str
    location: str
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Lock:
    """``level`` is ReadOnly or CanNotDelete; ``scope`` the id that it stands on."""

    name: str
    level: str
    scope: str


@dataclass(frozen=True, slots=True)
class Permission:
    """What the signed-in principal may do at ``scope``: wildcards of actions, minus ``not_actions``."""

    scope: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DenyAssignment:
    """What somebody is kept from at ``scope`` (an id) and below, whatever roles give. Whom it concerns is not kept: groups
    and exceptions would have to be looked up outside of Resource Manager."""

    id: str
    name: str
    scope: str
    denied: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """A role that somebody holds at ``scope`` (an id); ``role`` is the id of its definition."""

    scope: str
    principal_id: str
    role: str


@dataclass(frozen=True, slots=True)
class KeyVault:
    """A key vault; ``for_disk_encryption``: it lets Azure Disk Encryption take keys and secrets out of it."""

    id: str
    name: str
    location: str
    for_disk_encryption: bool = False


@dataclass(frozen=True, slots=True)
class ResourceLink:
    source_id: str
    target_id: str


@dataclass(frozen=True, slots=True)
class PolicyAssignment:
    """An Azure Policy assignment with the effect it would have (deny, audit ...), where it could be read."""

    name: str
    scope: str
    definition: str
    effect: str | None = None
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReplicaVerdict:
    """Azure Policy's answer, before anything is made, to a replica disk of one type in one resource group.

    ``denied_by`` are the names of the assignments that would deny it; empty where it may be made.
    """

    group_id: str
    disk_type: str
    denied_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyVerdict:
    """Azure Policy's answer to one resource that the plan, or the service at a failover, would make in ``scope``.

    ``denied_by`` are the names of the assignments that would deny it; empty where it may be made.
    """

    scope: str
    resource_type: str
    name: str
    denied_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that could not be read, and why: rules that need it answer ``unknown`` with this reason."""

    what: str
    scope: str
    reason: str
