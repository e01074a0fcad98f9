"""Subscriptions, regions, registrations, groups, locks, rights, links and policy assignments, as Resource Manager tells them."""

from __future__ import annotations

from collections.abc import Mapping

from asr_tui.azure.documents.fields import Document, documents, flag, member, optional, tags, text, texts, word
from asr_tui.model.governance import (
    DenyAssignment,
    KeyVault,
    Lock,
    Permission,
    PolicyAssignment,
    Provider,
    Region,
    ResourceGroup,
    ResourceLink,
    RoleAssignment,
    Subscription,
    Tenant,
)


def subscription(document: Document) -> Subscription:
    """A subscription."""
    return Subscription(
        id=text(document, "subscriptionId"),
        name=text(document, "displayName"),
        tenant_id=text(document, "tenantId"),
        state=text(document, "state", default="Enabled"),
        spending_limit=optional(document, "subscriptionPolicies", "spendingLimit"),
    )


def tenant(document: Document) -> Tenant:
    """A tenant."""
    return Tenant(
        id=text(document, "tenantId"), name=text(document, "displayName"), domain=text(document, "defaultDomain")
    )


def region(document: Document) -> Region:
    """A location of the subscription. Zones map the subscription's numbers to the real data centres."""
    metadata = member(document, "metadata") or {}
    return Region(
        name=word(document, "name"),
        display_name=text(document, "displayName"),
        geography=text(metadata, "geography"),
        geography_group=text(metadata, "geographyGroup"),
        paired=tuple(text(entry, "name") for entry in documents(metadata, "pairedRegion")),
        region_type=text(metadata, "regionType", default="Physical"),
        zones=tuple(
            (text(entry, "logicalZone"), text(entry, "physicalZone"))
            for entry in documents(document, "availabilityZoneMappings")
        ),
    )


def provider(document: Document) -> Provider:
    """A resource provider's registration."""
    return Provider(namespace=text(document, "namespace"), state=text(document, "registrationState"))


def resource_group(document: Document) -> ResourceGroup:
    """A resource group."""
    return ResourceGroup(
        id=text(document, "id"), name=text(document, "name"), location=word(document, "location"), tags=tags(document)
    )


def lock(document: Document) -> Lock:
    """A lock; its scope is what its id is an extension of."""
    scope, _, _ = text(document, "id").lower().partition("/providers/microsoft.authorization/locks/")
    return Lock(
        name=text(document, "name"),
        level=text(document, "properties", "level"),
        scope=text(document, "id")[: len(scope)],
    )


def role_assignment(document: Document) -> RoleAssignment:
    """A role assignment; its scope is told, and is what its id is an extension of as well."""
    return RoleAssignment(
        scope=text(document, "properties", "scope"),
        principal_id=text(document, "properties", "principalId"),
        role=text(document, "properties", "roleDefinitionId"),
    )


def key_vault(document: Document) -> KeyVault:
    """A key vault, without anything that it holds."""
    return KeyVault(
        id=text(document, "id"),
        name=text(document, "name"),
        location=word(document, "location"),
        for_disk_encryption=bool(flag(document, "properties", "enabledForDiskEncryption")),
    )


def permission(document: Document, scope: str) -> Permission:
    """One entry of the permissions list at ``scope``."""
    return Permission(scope=scope, actions=texts(document, "actions"), not_actions=texts(document, "notActions"))


def deny_assignment(document: Document) -> DenyAssignment:
    """A deny assignment: what it denies, not whom."""
    scope = text(document, "properties", "scope")
    return DenyAssignment(
        id=text(document, "id"),
        name=text(document, "properties", "denyAssignmentName") or text(document, "name"),
        scope=scope,
        denied=tuple(permission(entry, scope) for entry in documents(document, "properties", "permissions")),
    )


def resource_link(document: Document) -> ResourceLink:
    """A resource link."""
    return ResourceLink(
        source_id=text(document, "properties", "sourceId"), target_id=text(document, "properties", "targetId")
    )


def policy_assignment(document: Document, effect: str | None = None) -> PolicyAssignment:
    """A policy assignment. ``effect`` comes from its definition, where that could be read."""
    given = member(document, "properties", "parameters")
    parameters = given if isinstance(given, Mapping) else {}
    return PolicyAssignment(
        name=text(document, "properties", "displayName") or text(document, "name"),
        scope=text(document, "properties", "scope"),
        definition=text(document, "properties", "policyDefinitionId"),
        effect=effect,
        parameters=tuple((str(name), _value(told)) for name, told in parameters.items()),
    )


def _value(told: object) -> str:
    value = member(told, "value")
    if isinstance(value, list):
        return ", ".join(str(entry) for entry in value)
    return "" if value is None else str(value)


def assigned_effect(assignment: Document, definition: Document) -> str | None:
    """The effect that an assignment of ``definition`` has: fixed in the rule, or a parameter's assigned or default value."""
    effect = text(definition, "properties", "policyRule", "then", "effect")
    name = effect.removeprefix("[parameters('").removesuffix("')]")
    if name == effect:
        return effect or None
    return optional(assignment, "properties", "parameters", name, "value") or optional(
        definition, "properties", "parameters", name, "defaultValue"
    )
