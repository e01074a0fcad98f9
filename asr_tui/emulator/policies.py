"""Azure Policy, as far as it denies: assignments of three built-in definitions, and the restrictions check.

An assignment is evaluated by its rule (see ``tenancy.policy_assignment``). Definitions other than the three can
be declared by an estate, but not assigned over ARM.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asr_tui.emulator import guards
from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.locks import scope_in_service_casing
from asr_tui.emulator.registry import ANY_VERSION, operation
from asr_tui.emulator.schema import IDENTITY, Any_, Obj, Str
from asr_tui.emulator.store import Resource
from asr_tui.emulator.tenancy import DENYING_DEFINITIONS, POLICY_ASSIGNMENT, policy_assignment

_ASSIGNMENTS = "/{*scope}/providers/Microsoft.Authorization/policyAssignments"
_ASSIGNMENT = _ASSIGNMENTS + "/{assignment}"
_READ = "Microsoft.Authorization/policyAssignments/read"
_BODY = Obj(
    {
        "properties": Obj(
            {
                "displayName": Str(),
                "description": Str(),
                "policyDefinitionId": Str(),
                "parameters": Any_,
                "enforcementMode": Str(enum=("Default", "DoNotEnforce")),
                "metadata": Any_,
                "notScopes": Any_,
                "nonComplianceMessages": Any_,
                "scope": Str(),
            },
            required=("policyDefinitionId",),
        ),
        "identity": IDENTITY,
        "location": Str(),
    },
    required=("properties",),
)
_CHECK = Obj(
    {
        "resourceDetails": Obj(
            {"resourceContent": Any_, "apiVersion": Str(), "scope": Str()}, required=("resourceContent",)
        ),
        "pendingFields": Any_,
        "includeAuditEffect": Any_,
    },
    required=("resourceDetails",),
)


@operation("GET", _ASSIGNMENTS, versions=ANY_VERSION, action=_READ, evidence="documentation")
def list_assignments(call: Call) -> Reply:
    """Assignments that hold at a scope, and those below it."""
    scope = scope_in_service_casing(call).lower() + "/"
    chosen = []
    for assignment in call.store.by_type(POLICY_ASSIGNMENT, call.now):
        at = assignment.body["properties"]["scope"].lower().rstrip("/") + "/"
        if scope.startswith(at) or at.startswith(scope):
            chosen.append(assignment)
    return call.page(chosen)


@operation("GET", _ASSIGNMENT, versions=ANY_VERSION, action=_READ, evidence="documentation")
def get_assignment(call: Call) -> Reply:
    """One assignment."""
    found = call.store.get(call.path, call.now)
    if found is None or found.type != POLICY_ASSIGNMENT:
        name = call.params["assignment"]
        raise ArmError(404, "PolicyAssignmentNotFound", f"The policy assignment '{name}' is not found.")
    return Reply(200, found.raw)


@operation(
    "PUT", _ASSIGNMENT, versions=ANY_VERSION, action="Microsoft.Authorization/policyAssignments/write",
    evidence="documentation", body=_BODY, exempt=True,
    note="Only the built-in definitions for locations, resource types and tags.",
)  # fmt: skip
def put_assignment(call: Call) -> Reply:
    """Assign one of the three built-in definitions: 201."""
    scope = scope_in_service_casing(call)
    properties = call.body["properties"]
    rule = _rule(properties["policyDefinitionId"], properties.get("parameters") or {})
    name = properties.get("displayName") or call.params["assignment"]
    made = policy_assignment(scope, call.params["assignment"], name, rule, call.now)
    doc = made.doc
    doc["properties"]["enforcementMode"] = properties.get("enforcementMode") or "Default"
    resource = made.changed(doc)
    call.store.put(resource)
    return Reply(201, resource.raw)


@operation(
    "DELETE", _ASSIGNMENT, versions=ANY_VERSION, action="Microsoft.Authorization/policyAssignments/delete",
    evidence="documentation", exempt=True,
)  # fmt: skip
def delete_assignment(call: Call) -> Reply:
    """Take an assignment away: 200, or 204 when there is none."""
    found = call.store.get(call.path, call.now)
    if found is None:
        return Reply(204)
    call.store.forget(found.id)
    return Reply(200, found.raw)


def _rule(definition_id: str, parameters: Any) -> dict[str, Any]:
    definition = DENYING_DEFINITIONS.get(definition_id.rsplit("/", 1)[-1].lower())
    if definition is None:
        raise ArmError(404, "PolicyDefinitionNotFound", f"The policy definition '{definition_id}' could not be found.")
    entry = parameters.get(definition.parameter) if isinstance(parameters, Mapping) else None
    value = entry.get("value") if isinstance(entry, Mapping) else None
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise ArmError(
            400,
            "MissingPolicyParameter",
            f"The policy assignment is missing the parameter value(s) '{definition.parameter}' as defined in the "
            f"policy definition '{definition.name}'.",
        )
    return {definition.member: values}


_INSIGHTS = "/providers/Microsoft.PolicyInsights/checkPolicyRestrictions"


@operation(
    "POST", "/subscriptions/{sub}" + _INSIGHTS, versions=ANY_VERSION,
    action="Microsoft.PolicyInsights/checkPolicyRestrictions/read", evidence="documentation", body=_CHECK, exempt=True,
)  # fmt: skip
def check_subscription_restrictions(call: Call) -> Reply:
    """Which policies would deny a resource at subscription scope."""
    return _restrictions(call, f"/subscriptions/{call.subscription}")


@operation(
    "POST", "/subscriptions/{sub}/resourceGroups/{rg}" + _INSIGHTS, versions=ANY_VERSION,
    action="Microsoft.PolicyInsights/checkPolicyRestrictions/read", evidence="documentation", body=_CHECK, exempt=True,
)  # fmt: skip
def check_group_restrictions(call: Call) -> Reply:
    """Which policies would deny a resource in a resource group."""
    return _restrictions(call, call.group_id)


def _restrictions(call: Call, scope: str) -> Reply:
    content = call.body["resourceDetails"]["resourceContent"]
    if not isinstance(content, Mapping) or not isinstance(content.get("type"), str):
        raise ArmError(
            400, "InvalidCheckRestrictionsRequest", "The resource content must name its 'type'.",
            target="resourceDetails.resourceContent.type",
        )  # fmt: skip
    denying = guards.denying_policies(call.store, scope, content["type"], content, call.now)
    body = {
        "fieldRestrictions": [one for policy in denying for one in _fields(policy)],
        "contentEvaluationResult": {"policyEvaluations": [_evaluation(policy) for policy in denying]},
    }
    return Reply(200, body)


def _policy(assignment: Resource) -> dict[str, Any]:
    properties = assignment.body["properties"]
    return {
        "policyDefinitionId": properties["policyDefinitionId"],
        "policyAssignmentId": assignment.id,
    }


def _fields(assignment: Resource) -> list[dict[str, Any]]:
    rule = assignment.private["_rule"]
    found = []
    if "locations" in rule:
        found.append(_field("location", "Required", rule["locations"], assignment))
    found += [_field(f"tags.{tag}", "Required", [], assignment) for tag in rule.get("requiredTags", ())]
    if "deniedSkus" in rule:
        found.append(_field("sku.name", "Deny", rule["deniedSkus"], assignment))
    return found


def _field(name: str, result: str, values: list[str], assignment: Resource) -> dict[str, Any]:
    return {
        "field": name,
        "restrictions": [{"result": result, "values": values, "policy": _policy(assignment)}],
    }


def _evaluation(assignment: Resource) -> dict[str, Any]:
    return {
        "policyInfo": {**_policy(assignment), "policyEffect": "Deny"},
        "evaluationResult": "NonCompliant",
        "evaluationDetails": {"evaluatedExpressions": []},
    }
