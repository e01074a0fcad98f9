"""Policy definitions: the built-in ones that the emulator knows, and those that an estate's assignments refer to."""

from __future__ import annotations

from typing import Any

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.registry import ANY_VERSION, operation
from asr_tui.emulator.tenancy import DENYING_DEFINITIONS, POLICY_ASSIGNMENT

DEFINITION = "Microsoft.Authorization/policyDefinitions"
_BUILT_IN = f"/providers/{DEFINITION}"
_READ = f"{DEFINITION}/read"


@operation("GET", f"{_BUILT_IN}/{{name}}", versions=ANY_VERSION, action=_READ, evidence="documentation")
def get_built_in(call: Call) -> Reply:
    """A built-in definition."""
    found = DENYING_DEFINITIONS.get(call.params["name"].lower())
    if found is None:
        raise _missing(call)
    return Reply(200, _definition(f"{_BUILT_IN}/{found.id}", found.id, found.name, "BuiltIn"))


@operation(
    "GET", f"/subscriptions/{{sub}}{_BUILT_IN}/{{name}}", versions=ANY_VERSION, action=_READ, evidence="documentation"
)
def get_custom(call: Call) -> Reply:
    """A definition of the subscription's own: there is one for each assignment of the estate that is not built in."""
    for assignment in call.store.by_type(POLICY_ASSIGNMENT, call.now, call.subscription):
        properties = assignment.body["properties"]
        identifier: str = properties["policyDefinitionId"]
        if identifier.lower() == call.path.lower():
            return Reply(200, _definition(identifier, call.params["name"], properties["displayName"], "Custom"))
    raise _missing(call)


def _definition(identifier: str, name: str, title: str, kind: str) -> dict[str, Any]:
    """Every definition that the emulator evaluates denies."""
    return {
        "id": identifier,
        "name": name,
        "type": DEFINITION,
        "properties": {
            "displayName": title,
            "policyType": kind,
            "mode": "Indexed",
            "parameters": {},
            "policyRule": {"if": {"field": "type", "exists": "true"}, "then": {"effect": "deny"}},
        },
    }


def _missing(call: Call) -> ArmError:
    return ArmError(
        404, "PolicyDefinitionNotFound", f"The policy definition '{call.params['name']}' could not be found."
    )
