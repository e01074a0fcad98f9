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
from asr_tui.model.recovery import Eligibility, ServiceIssue, StorageAccount, Vault


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
