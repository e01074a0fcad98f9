"""Role-based access: which actions a principal may do at which scope."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache

import yaml

from asr_tui.emulator.call import Principal
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.store import Store
from asr_tui.emulator.tenancy import ROLE_ASSIGNMENT, Role
from asr_tui.resources import assets


@cache
def built_in_roles() -> Sequence[Role]:
    """The role definitions that exist in every subscription, from ``assets/emulator/roles.yaml``."""
    table = yaml.safe_load((assets() / "emulator" / "roles.yaml").read_text(encoding="utf-8"))
    return tuple(Role(**entry) for entry in table)


def role_named(name: str) -> Role:
    """The built-in role of this name (any casing) or id.

    Raises:
        LookupError: there is none; the message lists the names.
    """
    for role in built_in_roles():
        if name.lower() in (role.name.lower(), role.id):
            return role
    known = ", ".join(role.name for role in built_in_roles())
    raise LookupError(f"There is no role '{name}'; the emulator knows {known}.")


def granted_roles(store: Store, principal: Principal, scope: str, now: datetime) -> list[Role]:
    """The roles that a principal holds at ``scope``, assigned there or above."""
    wanted = scope.lower().rstrip("/") + "/"
    roles = {role.id: role for role in built_in_roles()}
    found = []
    for assignment in store.by_type(ROLE_ASSIGNMENT, now):
        properties = assignment.shared["properties"]
        if properties["principalId"].lower() != principal.object_id.lower():
            continue
        at = properties["scope"].lower().rstrip("/") + "/"
        role = roles.get(properties["roleDefinitionId"].rsplit("/", 1)[-1].lower())
        if role is not None and wanted.startswith(at):
            found.append(role)
    return found


def allows(role: Role, action: str) -> bool:
    """Whether a role's permissions cover an action (``*`` stands for any text)."""
    return any(_pattern(p).fullmatch(action) for p in role.actions) and not any(
        _pattern(p).fullmatch(action) for p in role.not_actions
    )


def check_access(store: Store, principal: Principal, action: str, scope: str, now: datetime) -> None:
    """Refuse what no role of the principal allows.

    Raises:
        ArmError: 403 ``AuthorizationFailed``, naming action and scope.
    """
    if any(allows(role, action) for role in granted_roles(store, principal, scope, now)):
        return
    raise ArmError(
        403,
        "AuthorizationFailed",
        f"The client '{principal.client_id}' with object id '{principal.object_id}' does not have authorization "
        f"to perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently "
        "granted, please refresh your credentials.",
        headers={"x-ms-failure-cause": "gateway"},
    )


def readable_scopes(store: Store, principal: Principal, now: datetime) -> list[str]:
    """Lower-cased scopes at which the principal holds any role: what it can see at all."""
    return [
        properties["scope"].lower().rstrip("/")
        for properties in (a.shared["properties"] for a in store.by_type(ROLE_ASSIGNMENT, now))
        if properties["principalId"].lower() == principal.object_id.lower()
    ]


def scope_of(path: str) -> str:
    """The scope that a request's path asks permission at: the object itself, or what a list or action is on."""
    head, marker, tail = path.rpartition("/providers/")
    if not marker:
        parts = path.strip("/").split("/")
        whole = len(parts) - len(parts) % 2
        return "/" + "/".join(parts[:whole])
    namespace, *names = tail.strip("/").split("/")
    whole = len(names) - len(names) % 2
    if not whole:
        return head or "/"
    return f"{head}/providers/{namespace}/" + "/".join(names[:whole])


@cache
def _pattern(permission: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, permission.split("*"))), re.IGNORECASE)
