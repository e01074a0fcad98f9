"""Storage accounts, vaults and eligibility results."""

from __future__ import annotations

from dataclasses import replace

from asr_tui.azure.documents.fields import (
    Document,
    documents,
    flag,
    ids,
    member,
    optional,
    optional_word,
    tags,
    text,
    whole,
    word,
)
from asr_tui.model.recovery import Eligibility, HealthIssue, ServiceIssue, StorageAccount, SupportedSystem, Vault


def storage_account(document: Document) -> StorageAccount:
    """A storage account. Blob settings (soft delete, versioning) stand in a resource of their own."""
    properties = member(document, "properties") or {}
    bypass = text(properties, "networkAcls", "bypass", default="AzureServices")
    return StorageAccount(
        id=text(document, "id"),
        name=text(document, "name"),
        location=word(document, "location"),
        kind=word(document, "kind"),
        sku=word(document, "sku", "name"),
        shared_key=flag(properties, "allowSharedKeyAccess"),
        default_action=word(properties, "networkAcls", "defaultAction", default="Allow"),
        bypass=tuple(part.strip() for part in bypass.split(",") if part.strip() and part.strip() != "None"),
        subnet_ids=ids(properties, "networkAcls", "virtualNetworkRules"),
        public_access=optional_word(properties, "publicNetworkAccess"),
        customer_key=text(properties, "encryption", "keySource") == "Microsoft.Keyvault",
        key_days=whole(properties, "keyPolicy", "keyExpirationPeriodInDays"),
        private_endpoints=sum(1 for _ in documents(properties, "privateEndpointConnections")),
        tags=tags(document),
    )


def with_blob_settings(account: StorageAccount, document: Document) -> StorageAccount:
    """The account with what its ``blobServices/default`` tells. A setting that is left out is off."""
    return replace(
        account,
        soft_delete=bool(flag(document, "properties", "deleteRetentionPolicy", "enabled")),
        versioning=bool(flag(document, "properties", "isVersioningEnabled")),
    )


def vault(document: Document) -> Vault:
    """A Recovery Services vault, without what it holds."""
    properties = member(document, "properties") or {}
    return Vault(
        id=text(document, "id"),
        name=text(document, "name"),
        location=word(document, "location"),
        provisioning_state=text(properties, "provisioningState", default="Succeeded"),
        identity_type=optional(document, "identity", "type"),
        identity_principal_id=optional(document, "identity", "principalId"),
        public_network_access=optional(properties, "publicNetworkAccess"),
        move_state=optional(properties, "moveState"),
        private_endpoints=sum(1 for _ in documents(properties, "privateEndpointConnections")),
        tags=tags(document),
    )


def eligibility(document: Document, vm_id: str) -> Eligibility:
    """The service's verdict on one VM."""
    return Eligibility(
        vm_id=vm_id,
        errors=tuple(
            ServiceIssue(
                code=text(entry, "code"),
                message=text(entry, "message"),
                causes=text(entry, "possibleCauses"),
                action=text(entry, "recommendedAction"),
            )
            for entry in documents(document, "properties", "errors")
        ),
    )


def supported_systems(document: Document) -> tuple[SupportedSystem, ...]:
    """The operating systems of the service's own list for Azure to Azure."""
    lists = documents(document, "properties", "supportedOsList")
    return tuple(
        SupportedSystem(
            name=text(entry, "osName"),
            versions=tuple(text(version, "version") for version in documents(entry, "osVersions")),
        )
        for each in lists
        if text(each, "instanceType") == "A2A"
        for entry in documents(each, "supportedOs")
    )


def health_issues(document: Document) -> tuple[HealthIssue, ...]:
    """What the vault's health tells: errors of the vault itself, and issues of what it holds, by code."""
    own = [
        HealthIssue(
            code=text(entry, "errorCode"),
            severity=text(entry, "errorLevel", default="Error"),
            category=text(entry, "errorCategory"),
            message=text(entry, "summaryMessage") or text(entry, "errorMessage"),
            action=text(entry, "recommendedAction"),
        )
        for entry in documents(document, "properties", "vaultErrors")
    ]
    held = [
        HealthIssue(
            code=text(issue, "healthCode"),
            severity=text(issue, "severity"),
            category=text(issue, "category"),
            subject=text(issue, "affectedResourceType").rpartition("/")[2],
            count=whole(issue, "issueCount") or 1,
        )
        for part in ("protectedItemsHealth", "fabricsHealth", "containersHealth")
        for issue in documents(document, "properties", part, "issues")
    ]
    return (*own, *held)
