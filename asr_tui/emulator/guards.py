"""What stands before a write besides the caller's role: provider registration, locks, policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.store import Resource, Store
from asr_tui.emulator.tenancy import LOCK, POLICY_ASSIGNMENT, REGISTRATION

ALWAYS_REGISTERED = frozenset(
    {
        "microsoft.resources",
        "microsoft.authorization",
        "microsoft.features",
        "microsoft.policyinsights",
        "microsoft.quota",
    }
)
"""Namespaces that are part of Resource Manager itself, lower-cased."""


def check_subscription_enabled(store: Store, subscription: str, now: datetime) -> None:
    """Refuse writes to a subscription that is not in use.

    Raises:
        ArmError: 409 ``ReadOnlyDisabledSubscription``.
    """
    found = store.get(f"/subscriptions/{subscription}", now)
    if found is not None and found.body["state"] in ("Disabled", "Warned", "Deleted"):
        raise ArmError(
            409,
            "ReadOnlyDisabledSubscription",
            f"The subscription '{subscription}' is disabled and therefore marked as read only. You cannot perform "
            "any write actions on this subscription until it is re-enabled.",
            headers={"x-ms-failure-cause": "gateway"},
        )


def check_group_stays(store: Store, path: str, now: datetime) -> None:
    """Refuse writes below a resource group that is being deleted.

    Raises:
        ArmError: 409 ``ResourceGroupBeingDeleted``.
    """
    parts = path.split("/", 5)
    if len(parts) < 5 or parts[3].lower() != "resourcegroups":
        return
    group = store.get("/".join(parts[:5]), now)
    if group is not None and group.body["properties"]["provisioningState"] == "Deleting":
        raise ArmError(
            409,
            "ResourceGroupBeingDeleted",
            f"The resource group '{group.name}' is in deprovisioning state and cannot perform this operation.",
            headers={"x-ms-failure-cause": "gateway"},
        )


def check_registered(store: Store, subscription: str, namespace: str, now: datetime) -> None:
    """Refuse a write to a namespace that the subscription has not registered.

    Raises:
        ArmError: 409 ``MissingSubscriptionRegistration``.
    """
    if namespace.lower() in ALWAYS_REGISTERED:
        return
    if registration_state(store, subscription, namespace, now) == "Registered":
        return
    message = (
        f"The subscription is not registered to use namespace '{namespace}'. See "
        "https://aka.ms/rps-not-found for how to register subscriptions."
    )
    code = "MissingSubscriptionRegistration"
    detail = {"code": code, "target": namespace, "message": message}
    raise ArmError(409, code, message, [detail], headers={"x-ms-failure-cause": "gateway"})


def registration_state(store: Store, subscription: str, namespace: str, now: datetime) -> str:
    """``Registered``, ``Registering``, ``NotRegistered`` or ``Unregistered`` at ``now``."""
    found = store.get(f"/subscriptions/{subscription}/providers/{namespace}", now)
    if found is None or found.type != REGISTRATION:
        return "Registered"  # an estate names those that are not
    doc = found.doc
    done = doc.get("_registered_at")
    if doc["registrationState"] == "Registering" and done and now >= datetime.fromisoformat(done):
        return "Registered"
    return str(doc["registrationState"])


def locks_on(store: Store, scope: str, now: datetime, *, below: bool) -> list[Resource]:
    """Locks at ``scope`` or above it; with ``below`` also those on things inside it."""
    wanted = scope.lower().rstrip("/") + "/"
    found = []
    for lock in store.by_type(LOCK, now):
        at = locked_scope(lock).lower() + "/"
        if wanted.startswith(at) or (below and at.startswith(wanted)):
            found.append(lock)
    return found


def locked_scope(lock: Resource) -> str:
    """The scope that a lock stands on."""
    return lock.id[: lock.key.rindex("/providers/" + LOCK.lower())]


def check_locks(store: Store, scope: str, verb: str, now: datetime) -> None:
    """Refuse a delete under any lock, and a write under a read-only one.

    Args:
        store: where the locks are.
        scope: id of what is written or deleted.
        verb: ``write`` or ``delete``.
        now: the moment.

    Raises:
        ArmError: 409 ``ScopeLocked``, naming the locked scopes.
    """
    deleting = verb == "delete"
    levels = ("CanNotDelete", "ReadOnly") if deleting else ("ReadOnly",)
    blocking = [
        locked_scope(lock)
        for lock in locks_on(store, scope, now, below=deleting)
        if lock.body["properties"]["level"] in levels
    ]
    if not blocking:
        return
    raise ArmError(
        409,
        "ScopeLocked",
        f"The scope '{scope}' cannot perform {verb} operation because following scope(s) are locked: "
        f"'{','.join(sorted(set(blocking)))}'. Please remove the lock and try again.",
        headers={"x-ms-failure-cause": "gateway"},
    )


def denying_policies(
    store: Store, scope: str, resource_type: str, body: Mapping[str, Any], now: datetime
) -> list[Resource]:
    """The policy assignments that deny a resource of this type with this body at ``scope``."""
    wanted = scope.lower().rstrip("/") + "/"
    found = []
    for assignment in store.by_type(POLICY_ASSIGNMENT, now):
        doc = assignment.doc
        inside = wanted.startswith(doc["properties"]["scope"].lower().rstrip("/") + "/")
        enforced = doc["properties"]["enforcementMode"] == "Default"
        if inside and enforced and _denies(doc["_rule"], resource_type, body):
            found.append(assignment)
    return found


def _denies(rule: Mapping[str, Any], resource_type: str, body: Mapping[str, Any]) -> bool:
    types = [name.lower() for name in rule.get("resourceTypes", ())]
    # Without a list of types a policy looks at what has a location, as Azure's "Indexed" mode does.
    if resource_type.lower() not in types if types else "location" not in body:
        return False
    checks = []
    if "locations" in rule:
        allowed = [_plain(name) for name in rule["locations"]] + ["global", ""]
        checks.append(_plain(str(body.get("location") or "")) not in allowed)
    if "requiredTags" in rule:
        tags = {name.lower() for name in body.get("tags") or {}}
        checks.append(any(name.lower() not in tags for name in rule["requiredTags"]))
    if "deniedSkus" in rule:
        checks.append(_sku(body).lower() in [name.lower() for name in rule["deniedSkus"]])
    return any(checks) if checks else True


def _plain(location: str) -> str:
    return location.replace(" ", "").lower()


def _sku(body: Mapping[str, Any]) -> str:
    sku = body.get("sku")
    if isinstance(sku, Mapping):
        return str(sku.get("name") or "")
    properties = body.get("properties")
    hardware = properties.get("hardwareProfile") if isinstance(properties, Mapping) else None
    return str(hardware.get("vmSize") or "") if isinstance(hardware, Mapping) else ""


def check_policy(store: Store, scope: str, resource_type: str, body: Mapping[str, Any], now: datetime) -> None:
    """Refuse a write that a policy denies.

    Raises:
        ArmError: 403 ``RequestDisallowedByPolicy``, naming assignment and definition.
    """
    denying = denying_policies(store, scope, resource_type, body, now)
    if not denying:
        return
    assignment = denying[0]
    properties = assignment.body["properties"]
    name = scope.rstrip("/").rsplit("/", 1)[-1]
    definition = properties["policyDefinitionId"]
    shown = properties["displayName"]
    identifiers = [
        {
            "policyAssignment": {"name": shown, "id": assignment.id},
            "policyDefinition": {"name": shown, "id": definition, "version": "1.0.0"},
        }
    ]
    info = {
        "policyDefinitionDisplayName": shown,
        "policyAssignmentDisplayName": shown,
        "policyAssignmentName": assignment.name,
        "policyAssignmentId": assignment.id,
        "policyAssignmentScope": properties["scope"],
        "policyDefinitionId": definition,
        "policyDefinitionName": definition.rsplit("/", 1)[-1],
        "policyDefinitionEffect": "deny",
    }
    raise ArmError(
        403,
        "RequestDisallowedByPolicy",
        f"Resource '{name}' was disallowed by policy. Policy identifiers: '{json.dumps(identifiers)}'.",
        target=name,
        additional_info=[{"type": "PolicyViolation", "info": info}],
        headers={"x-ms-failure-cause": "gateway"},
    )
