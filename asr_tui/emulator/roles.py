"""Role definitions, role assignments, and what the caller may do at a scope."""

from __future__ import annotations

import re
from typing import Any

from asr_tui.emulator.access import built_in_roles, granted_roles
from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.locks import scope_in_service_casing
from asr_tui.emulator.registry import ANY_VERSION, operation
from asr_tui.emulator.schema import Obj, Str
from asr_tui.emulator.store import Resource
from asr_tui.emulator.tenancy import ROLE_ASSIGNMENT, Role

_AUTHORIZATION = "/{*scope}/providers/Microsoft.Authorization"
_ASSIGNMENTS = _AUTHORIZATION + "/roleAssignments"
_ASSIGNMENT = _ASSIGNMENTS + "/{assignment}"
_READ = "Microsoft.Authorization/roleAssignments/read"
_GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_BODY = Obj(
    {
        "properties": Obj(
            {
                "roleDefinitionId": Str(),
                "principalId": Str(pattern=_GUID),
                "principalType": Str(enum=("User", "Group", "ServicePrincipal", "ForeignGroup", "Device")),
                "description": Str(),
                "condition": Str(),
                "conditionVersion": Str(),
                "delegatedManagedIdentityResourceId": Str(),
            },
            required=("roleDefinitionId", "principalId"),
        )
    },
    required=("properties",),
)


@operation("GET", _AUTHORIZATION + "/permissions", versions=ANY_VERSION, action=None, evidence="documentation")
def list_permissions(call: Call) -> Reply:
    """What the caller's roles allow at a scope, one entry a role."""
    scope = scope_in_service_casing(call)
    roles = granted_roles(call.store, call.principal, scope, call.now)
    return call.page([_permissions(role) for role in roles])


@operation(
    "GET",
    _AUTHORIZATION + "/roleDefinitions",
    versions=ANY_VERSION,
    action="Microsoft.Authorization/roleDefinitions/read",
    evidence="documentation",
)
def list_definitions(call: Call) -> Reply:
    """The built-in roles; ``$filter=roleName eq '...'``."""
    scope = scope_in_service_casing(call)
    wanted = re.search(r"roleName\s+eq\s+'([^']*)'", call.query.get("$filter", ""), re.IGNORECASE)
    chosen = [r for r in built_in_roles() if not wanted or r.name.lower() == wanted.group(1).lower()]
    return call.page([_definition(role, scope) for role in chosen])


@operation(
    "GET",
    _AUTHORIZATION + "/roleDefinitions/{role}",
    versions=ANY_VERSION,
    action="Microsoft.Authorization/roleDefinitions/read",
    evidence="documentation",
)
def get_definition(call: Call) -> Reply:
    """One built-in role."""
    scope = scope_in_service_casing(call)
    return Reply(200, _definition(_role(call.params["role"]), scope))


@operation("GET", _ASSIGNMENTS, versions=ANY_VERSION, action=_READ, evidence="documentation")
def list_assignments(call: Call) -> Reply:
    """Assignments at, above and below a scope; ``$filter`` of ``atScope()``, ``principalId eq``, ``assignedTo()``."""
    scope = scope_in_service_casing(call).lower() + "/"
    text = call.query.get("$filter", "")
    wanted = re.search(r"(?:principalId\s+eq\s+|assignedTo\()'([^']*)'", text, re.IGNORECASE)
    at_scope = "atscope" in text.lower()
    chosen = []
    for assignment in call.store.by_type(ROLE_ASSIGNMENT, call.now):
        properties = assignment.body["properties"]
        at = properties["scope"].lower().rstrip("/") + "/"
        holds = scope.startswith(at) or (at.startswith(scope) and not at_scope)
        if holds and (not wanted or properties["principalId"].lower() == wanted.group(1).lower()):
            chosen.append(assignment)
    return call.page(chosen)


@operation("GET", _ASSIGNMENT, versions=ANY_VERSION, action=_READ, evidence="documentation")
def get_assignment(call: Call) -> Reply:
    """One assignment."""
    return Reply(200, _found(call).raw)


@operation(
    "PUT", _ASSIGNMENT, versions=ANY_VERSION, action="Microsoft.Authorization/roleAssignments/write",
    evidence="documentation", body=_BODY, exempt=True,
)  # fmt: skip
def put_assignment(call: Call) -> Reply:
    """Grant a role: 201; 409 when the principal holds the role there already."""
    name = call.params["assignment"]
    if not re.fullmatch(_GUID, name):
        raise ArmError(
            400, "InvalidRoleAssignmentId", f"The role assignment ID '{name}' is not valid. It must be a GUID."
        )
    scope = scope_in_service_casing(call)
    properties = call.body["properties"]
    role = _role(properties["roleDefinitionId"].rsplit("/", 1)[-1])
    for other in call.store.by_type(ROLE_ASSIGNMENT, call.now):
        held = other.body["properties"]
        if (
            held["scope"].lower() == scope.lower()
            and held["principalId"].lower() == properties["principalId"].lower()
            and held["roleDefinitionId"].rsplit("/", 1)[-1].lower() == role.id
        ):
            raise ArmError(
                409, "RoleAssignmentExists", f"The role assignment already exists. The ID of the existing role "
                f"assignment is {other.name.replace('-', '')}.",
            )  # fmt: skip
    resource = _assignment(call, scope, name, role)
    call.store.put(resource)
    return Reply(201, resource.raw)


@operation(
    "DELETE", _ASSIGNMENT, versions=ANY_VERSION, action="Microsoft.Authorization/roleAssignments/delete",
    evidence="documentation", exempt=True,
)  # fmt: skip
def delete_assignment(call: Call) -> Reply:
    """Take a role away: 200 with what it was, or 204 when there is none."""
    found = call.store.get(call.path, call.now)
    if found is None:
        return Reply(204)
    call.store.forget(found.id)
    return Reply(200, found.raw)


@operation(
    "GET",
    _AUTHORIZATION + "/denyAssignments",
    versions=ANY_VERSION,
    action="Microsoft.Authorization/denyAssignments/read",
    evidence="assumption",
    note="This cloud has no deny assignments.",
)
def list_deny_assignments(call: Call) -> Reply:
    """No deny assignments."""
    scope_in_service_casing(call)
    return call.page([])


def _assignment(call: Call, scope: str, name: str, role: Role) -> Resource:
    properties = call.body["properties"]
    id_ = f"{scope}/providers/{ROLE_ASSIGNMENT}/{name}"
    definition = f"{'/'.join(scope.split('/')[:3])}/providers/Microsoft.Authorization/roleDefinitions/{role.id}"
    members = {
        "roleDefinitionId": definition,
        "principalId": properties["principalId"],
        "principalType": properties.get("principalType") or "ServicePrincipal",
        "scope": scope,
        "condition": properties.get("condition"),
        "conditionVersion": properties.get("conditionVersion"),
        "createdOn": call.now.isoformat(),
        "description": properties.get("description"),
    }
    doc = {"properties": members, "id": id_, "type": ROLE_ASSIGNMENT, "name": name}
    return Resource(id_, ROLE_ASSIGNMENT, doc, call.now)


def _found(call: Call) -> Resource:
    found = call.store.get(call.path, call.now)
    if found is None or found.type != ROLE_ASSIGNMENT:
        raise ArmError(
            404, "RoleAssignmentNotFound", f"The role assignment '{call.params['assignment']}' is not found."
        )
    return found


def _role(wanted: str) -> Role:
    for role in built_in_roles():
        if role.id == wanted.lower():
            return role
    raise ArmError(
        404, "RoleDefinitionDoesNotExist", f"The specified role definition with ID '{wanted}' does not exist."
    )


def _permissions(role: Role) -> dict[str, Any]:
    return {
        "actions": list(role.actions),
        "notActions": list(role.not_actions),
        "dataActions": [],
        "notDataActions": [],
    }


def _definition(role: Role, scope: str) -> dict[str, Any]:
    base = "/".join(scope.split("/")[:3])
    kind = "Microsoft.Authorization/roleDefinitions"
    properties = {
        "roleName": role.name,
        "type": "BuiltInRole",
        "description": role.description,
        "assignableScopes": ["/"],
        "permissions": [_permissions(role)],
    }
    return {"properties": properties, "id": f"{base}/providers/{kind}/{role.id}", "type": kind, "name": role.id}
