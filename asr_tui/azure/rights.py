"""What the signed-in principal may do: the permissions list at each scope in question, and what a policy would deny.

Deny assignments are not part of the permissions list, so a right that is granted here can still be refused; what is missing
here is missing for certain.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from asr_tui.azure import versions
from asr_tui.azure.clients import Clients, decoded
from asr_tui.azure.documents import governance
from asr_tui.azure.documents.fields import documents, text
from asr_tui.model import arm_id
from asr_tui.model.governance import Permission, PolicyVerdict, ReplicaVerdict, Unreadable
from asr_tui.model.problem import ProblemError

_PERMISSIONS: Final = "Microsoft.Authorization/permissions"
_AT_ONCE: Final = 6


@dataclass(frozen=True, slots=True)
class Rights:
    """The permissions at the scopes that were asked about; a scope that could not be read is in ``unreadable``."""

    scopes: tuple[str, ...]
    permissions: tuple[Permission, ...]
    unreadable: tuple[Unreadable, ...] = ()

    def may(self, action: str, scope: str) -> bool | None:
        """Whether ``action`` (``Microsoft.RecoveryServices/vaults/write``) is granted at ``scope``; None: not known.

        The service resolves inheritance: the list at a scope holds what is granted above it too. Each entry grants its
        actions minus its own exceptions.
        """
        asked = any(arm_id.same(one, scope) for one in self.scopes)
        if not asked or any(arm_id.same(one.scope, scope) for one in self.unreadable):
            return None
        return any(grants(entry, action) for entry in self.permissions if arm_id.same(entry.scope, scope))


async def read_rights(clients: Clients, scopes: Iterable[str]) -> Rights:
    """What the caller may do at each scope (a subscription, resource group or resource id; one list call each).

    A resource group that does not exist yet is answered for by its subscription.
    """
    turn = asyncio.Semaphore(_AT_ONCE)
    asked = tuple(dict.fromkeys(scopes))

    async def read(scope: str) -> tuple[list[Permission], Unreadable | None]:
        async with turn:
            try:
                return await _permissions(clients, scope), None
            except ProblemError as error:
                if error.problem.status != 404:
                    return [], Unreadable("permissions", scope, error.problem.sentence())
            try:
                above = f"/subscriptions/{arm_id.subscription(scope) or clients.subscription_id}"
                found = await _permissions(clients, above)
            except ProblemError as error:
                return [], Unreadable("permissions", scope, error.problem.sentence())
            return [Permission(scope, entry.actions, entry.not_actions) for entry in found], None

    read_all = await asyncio.gather(*(read(scope) for scope in asked))
    return Rights(
        scopes=asked,
        permissions=tuple(entry for found, _ in read_all for entry in found),
        unreadable=tuple(problem for _, problem in read_all if problem),
    )


def grants(permission: Permission, action: str) -> bool:
    """Whether one entry grants an action: one of its patterns fits and none of its exceptions does (``*`` fits any text)."""
    return any(_fits(pattern, action) for pattern in permission.actions) and not any(
        _fits(pattern, action) for pattern in permission.not_actions
    )


def _fits(pattern: str, action: str) -> bool:
    wanted, parts = action.lower(), pattern.lower().split("*")
    if len(parts) == 1:
        return wanted == parts[0]
    head, *middle, tail = parts
    if not wanted.startswith(head) or not wanted.endswith(tail) or len(wanted) < len(head) + len(tail):
        return False
    rest = wanted[len(head) : len(wanted) - len(tail)]
    for part in middle:
        at = rest.find(part)
        if at < 0:
            return False
        rest = rest[at + len(part) :]
    return True


async def _permissions(clients: Clients, scope: str) -> list[Permission]:
    found: list[Permission] = []
    async for page in clients.pages(f"{scope}/providers/{_PERMISSIONS}", version=versions.of(_PERMISSIONS)):
        found.extend(governance.permission(entry, scope) for entry in page)
    return found


@dataclass(frozen=True, slots=True)
class PolicyRefusal:
    """A policy assignment that would deny a resource. ``fields`` are those that it restricts, where it tells them."""

    assignment: str
    definition: str
    fields: tuple[str, ...] = ()


async def read_policy_refusals(
    clients: Clients, group_id: str, resource_type: str, content: Mapping[str, Any]
) -> tuple[PolicyRefusal, ...]:
    """Which policies would deny making a resource of this type and body in a resource group. Nothing is made.

    Raises:
        ProblemError: it cannot be asked (for want of a right, or of the provider's registration).
    """
    body = {
        "resourceDetails": {
            "resourceContent": {"type": resource_type, **content},
            "apiVersion": versions.of(resource_type),
        }
    }
    path = f"{group_id}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions"
    answer = decoded(await clients.checked("POST", path, body=body, version=versions.POLICY_RESTRICTIONS))
    fields: dict[str, list[str]] = {}
    for entry in documents(answer, "fieldRestrictions"):
        for restriction in documents(entry, "restrictions"):
            fields.setdefault(text(restriction, "policy", "policyAssignmentId"), []).append(text(entry, "field"))
    return tuple(
        PolicyRefusal(
            assignment=text(entry, "policyInfo", "policyAssignmentId"),
            definition=text(entry, "policyInfo", "policyDefinitionId"),
            fields=tuple(fields.get(text(entry, "policyInfo", "policyAssignmentId"), ())),
        )
        for entry in documents(answer, "contentEvaluationResult", "policyEvaluations")
        if text(entry, "evaluationResult") == "NonCompliant"
        and text(entry, "policyInfo", "policyEffect") in {"", "Deny"}
    )


async def read_replica_verdicts(
    clients: Clients, kinds: Iterable[tuple[str, str]], region: str
) -> tuple[ReplicaVerdict, ...]:
    """What Azure Policy would say to replica disks in ``region``: one question for each (resource group id, disk type).

    For a group that does not exist yet, its subscription is asked. Policies that only want tags are left out, for which tags
    the service will give the disk is not known. What cannot be asked is left out too.
    """
    turn = asyncio.Semaphore(_AT_ONCE)

    async def verdict(group_id: str, disk_type: str) -> ReplicaVerdict | None:
        properties = {"publicNetworkAccess": "Enabled", "networkAccessPolicy": "AllowAll"}
        body = {"location": region, "sku": {"name": disk_type}, "properties": properties}
        async with turn:
            refusals = await _refusals(clients, group_id, "Microsoft.Compute/disks", body)
        return None if refusals is None else ReplicaVerdict(group_id, disk_type, _denying(refusals, by_service=True))

    found = await asyncio.gather(*(verdict(group_id, kind) for group_id, kind in dict.fromkeys(kinds)))
    return tuple(one for one in found if one is not None)


async def read_policy_verdicts(
    clients: Clients, questions: Iterable[tuple[str, str, str, Mapping[str, Any], bool]]
) -> tuple[PolicyVerdict, ...]:
    """What Azure Policy would say to resources, each given by scope, type, name, body and whether the service makes it.

    As :func:`read_replica_verdicts` otherwise: what cannot be asked is left out.
    """
    turn = asyncio.Semaphore(_AT_ONCE)

    async def verdict(
        scope: str, resource_type: str, name: str, body: Mapping[str, Any], by_service: bool
    ) -> PolicyVerdict | None:
        async with turn:
            refusals = await _refusals(clients, scope, resource_type, body)
        if refusals is None:
            return None
        return PolicyVerdict(scope, resource_type, name, _denying(refusals, by_service=by_service))

    found = await asyncio.gather(*(verdict(*question) for question in questions))
    return tuple(one for one in found if one is not None)


async def _refusals(
    clients: Clients, scope: str, resource_type: str, body: Mapping[str, Any]
) -> tuple[PolicyRefusal, ...] | None:
    """Who would deny it in a group, or in its subscription while the group is not there; None where it cannot be asked."""
    try:
        return await read_policy_refusals(clients, scope, resource_type, body)
    except ProblemError as error:
        if error.problem.status == 404 and "/resourcegroups/" in scope.lower():
            return await _refusals(clients, "/".join(scope.split("/")[:3]), resource_type, body)
        return None


def _denying(refusals: Iterable[PolicyRefusal], *, by_service: bool) -> tuple[str, ...]:
    """The names of the assignments; of what the service makes, those that want more than tags."""
    return tuple(
        arm_id.name(one.assignment)
        for one in refusals
        if not by_service or not one.fields or not all(name.startswith("tags") for name in one.fields)
    )
