"""Who and what surrounds the resources: tenants, principals, subscriptions, groups, roles, locks, policies.

An estate's loader writes these into the store with the builders below, inside one transaction. Subscriptions,
resource groups, provider registrations, role assignments, locks and policy assignments are resources (so that
they can be read, added and removed over ARM); tenants and principals are facts.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from asr_tui.emulator.store import Resource, Store

SUBSCRIPTION = "Microsoft.Resources/subscriptions"
RESOURCE_GROUP = "Microsoft.Resources/resourceGroups"
REGISTRATION = "Microsoft.Resources/providers"
ROLE_ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
LOCK = "Microsoft.Authorization/locks"
POLICY_ASSIGNMENT = "Microsoft.Authorization/policyAssignments"

_TENANTS = "tenants"
_PRINCIPALS = "principals"
_PRACTICE = "practice"


@dataclass(frozen=True, slots=True)
class Tenant:
    """An Entra ID tenant."""

    id: str
    name: str
    domain: str


@dataclass(frozen=True, slots=True)
class Account:
    """A principal that can sign in.

    Attributes:
        tenant: GUID of its tenant.
        object_id: what role assignments name.
        client_id: the application's id (users share the public client's id of whatever tool signs them in).
        name: display name, or user principal name.
        kind: how it signs in.
        secrets: client secrets that are accepted. Public sample data.
        expired_secrets: secrets that answer AADSTS7000222.
        certificates: SHA-256 or SHA-1 thumbprints (hex) of registered certificates; ``*`` accepts any.
        federated: trusted ``{"issuer", "subject", "audience"}``; ``*`` accepts any value.
        refusal: an AADSTS number (``50105``, ``53003``, ``65001``, ``50076``, ``70043`` ...) that every sign-in
            of this principal is refused with; None signs in.
        token_seconds: life of its tokens, in seconds of the wall clock.
        continuous_access: its tokens are revoked at once when asked to, with a claims challenge.
    """

    tenant: str
    object_id: str
    client_id: str
    name: str
    kind: Literal["servicePrincipal", "user", "managedIdentity"] = "servicePrincipal"
    secrets: Sequence[str] = ()
    expired_secrets: Sequence[str] = ()
    certificates: Sequence[str] = ()
    federated: Sequence[Mapping[str, str]] = ()
    refusal: str | None = None
    token_seconds: int = 3599
    continuous_access: bool = False


@dataclass(frozen=True, slots=True)
class Practice:
    """The sign-in that ``asr-tui emulator`` prints."""

    tenant: str
    subscription: str
    client_id: str
    client_secret: str


class EstateSource(Protocol):
    """What ``asr_tui.emulator.estates.load(name, seed=...)`` returns.

    ``load`` raises ``EstateError`` (of the same package) with one sentence for an unknown name or a bad file.
    """

    @property
    def name(self) -> str:
        """The estate's name, kept in the state file."""

    def populate(self, store: Store, now: datetime) -> None:
        """Write everything (resources, tenants, principals, practice sign-in) inside the open transaction."""


def put_tenants(store: Store, tenants: Sequence[Tenant]) -> None:
    """Set the tenants of this cloud."""
    store.put_fact(_TENANTS, [asdict(tenant) for tenant in tenants])


def tenants(store: Store) -> list[Tenant]:
    """The tenants of this cloud."""
    return [Tenant(**entry) for entry in store.fact(_TENANTS) or []]


def put_accounts(store: Store, accounts: Sequence[Account]) -> None:
    """Set the principals that can sign in."""
    store.put_fact(_PRINCIPALS, [asdict(account) for account in accounts])


def accounts(store: Store) -> list[Account]:
    """The principals that can sign in."""
    return [Account(**entry) for entry in store.fact(_PRINCIPALS) or []]


def put_practice(store: Store, practice: Practice) -> None:
    """Set the sign-in that the emulator prints."""
    store.put_fact(_PRACTICE, asdict(practice))


def practice(store: Store) -> Practice:
    """The sign-in that the emulator prints.

    Raises:
        LookupError: the estate declared none.
    """
    entry = store.fact(_PRACTICE)
    if entry is None:
        raise LookupError("The estate declares no practice sign-in")
    return Practice(**entry)


def subscription(  # one argument per member
    id: str, tenant: str, name: str, born: datetime, state: str = "Enabled", quota_id: str = "PayAsYouGo_2014-09-01"
) -> Resource:
    """A subscription; ``id`` is its GUID, ``state`` one of Enabled, Warned, PastDue, Disabled, Deleted."""
    doc = {
        "id": f"/subscriptions/{id}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": id,
        "tenantId": tenant,
        "displayName": name,
        "state": state,
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": quota_id,
            "spendingLimit": "Off",
        },
    }
    return Resource(doc["id"], SUBSCRIPTION, doc, born)  # type: ignore[arg-type]


def resource_group(
    subscription_id: str, name: str, location: str, born: datetime, tags: Mapping[str, str] | None = None
) -> Resource:
    """A resource group."""
    id_ = f"/subscriptions/{subscription_id}/resourceGroups/{name}"
    doc: dict[str, Any] = {"id": id_, "name": name, "type": RESOURCE_GROUP, "location": location}
    if tags is not None:
        doc["tags"] = dict(tags)
    doc["properties"] = {"provisioningState": "Succeeded"}
    return Resource(id_, RESOURCE_GROUP, doc, born)


def registration(subscription_id: str, namespace: str, state: str, born: datetime) -> Resource:
    """Whether a provider namespace is Registered, NotRegistered, Registering or Unregistered."""
    id_ = f"/subscriptions/{subscription_id}/providers/{namespace}"
    return Resource(id_, REGISTRATION, {"namespace": namespace, "registrationState": state}, born)


def stable_guid(*parts: str) -> str:
    """A GUID that depends on ``parts`` only, so that the same estate has the same ids every time."""
    digest = hashlib.sha256("\x00".join(parts).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=5))


@dataclass(frozen=True, slots=True)
class Role:
    """A role definition: permissions with ``*`` wildcards."""

    id: str
    name: str
    description: str
    actions: Sequence[str]
    not_actions: Sequence[str] = field(default=())


def role_assignment(scope: str, role_id: str, principal_id: str, born: datetime) -> Resource:
    """``role_id`` (GUID of the role definition) granted to an object id at ``scope`` and below."""
    name = stable_guid(scope.lower(), role_id, principal_id)
    id_ = f"{scope.rstrip('/')}/providers/{ROLE_ASSIGNMENT}/{name}"
    subscription_path = "/".join(scope.split("/")[:3])
    properties = {
        "roleDefinitionId": f"{subscription_path}/providers/Microsoft.Authorization/roleDefinitions/{role_id}",
        "principalId": principal_id,
        "principalType": "ServicePrincipal",
        "scope": scope,
        "condition": None,
        "conditionVersion": None,
    }
    doc = {"properties": properties, "id": id_, "type": ROLE_ASSIGNMENT, "name": name}
    return Resource(id_, ROLE_ASSIGNMENT, doc, born)


def lock(scope: str, name: str, level: str, born: datetime, notes: str = "") -> Resource:
    """A lock on ``scope`` and below; ``level`` is CanNotDelete or ReadOnly."""
    id_ = f"{scope.rstrip('/')}/providers/{LOCK}/{name}"
    doc = {"properties": {"level": level, "notes": notes}, "id": id_, "type": LOCK, "name": name}
    return Resource(id_, LOCK, doc, born)


@dataclass(frozen=True, slots=True)
class DenyingDefinition:
    """A built-in policy definition that this emulator evaluates.

    ``parameter`` holds its values in an assignment; ``member`` is the member of a rule that they become.
    """

    id: str
    name: str
    parameter: str
    member: str


DENYING_DEFINITIONS: Mapping[str, DenyingDefinition] = {
    definition.id: definition
    for definition in (
        DenyingDefinition(
            "e56962a6-4747-49cd-b67b-bf8b01975c4c", "Allowed locations", "listOfAllowedLocations", "locations"
        ),
        DenyingDefinition(
            "6c112d4e-5bc7-47ae-a041-ea2d9dccd749",
            "Not allowed resource types",
            "listOfResourceTypesNotAllowed",
            "resourceTypes",
        ),
        DenyingDefinition(
            "871b6d14-10aa-478d-b590-94f262ecfa99", "Require a tag on resources", "tagName", "requiredTags"
        ),
    )
}
"""Built-in definitions by id (learn.microsoft.com/azure/governance/policy/samples/built-in-policies)."""


def policy_assignment(scope: str, name: str, display_name: str, rule: Mapping[str, Any], born: datetime) -> Resource:
    """A policy that denies writes at ``scope`` and below.

    ``rule`` is what this emulator evaluates: ``{"resourceTypes": [...], "locations": [...], "requiredTags":
    [...], "deniedSkus": [...]}``; a write of one of ``resourceTypes`` (absent: any with a location) is denied
    when its location is not in ``locations``, a tag of ``requiredTags`` is missing, or its SKU name or VM size is
    in ``deniedSkus``; with none of the three it is always denied.

    A rule with the meaning of a built-in definition refers to that one; another rule to a custom definition.
    """
    id_ = f"{scope.rstrip('/')}/providers/{POLICY_ASSIGNMENT}/{name}"
    definitions = "/providers/Microsoft.Authorization/policyDefinitions"
    definition, parameters = f"{'/'.join(scope.split('/')[:3])}{definitions}/{name}", {}
    for built_in in DENYING_DEFINITIONS.values():
        if list(rule) == [built_in.member]:
            values = rule[built_in.member]
            value = values[0] if built_in.parameter == "tagName" else list(values)
            definition, parameters = f"{definitions}/{built_in.id}", {built_in.parameter: {"value": value}}
    properties = {
        "displayName": display_name,
        "policyDefinitionId": definition,
        "scope": scope,
        "notScopes": [],
        "parameters": parameters,
        "enforcementMode": "Default",
    }
    doc = {"properties": properties, "id": id_, "type": POLICY_ASSIGNMENT, "name": name, "_rule": dict(rule)}
    return Resource(id_, POLICY_ASSIGNMENT, doc, born)
