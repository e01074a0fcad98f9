"""The document of a Recovery Services vault that an estate has from the start."""

from __future__ import annotations

from typing import Any

from .names import Place, derived_guid
from .surroundings import Vault
from .workshop import BUILT


def vault_document(place: Place, name: str, spec: Vault) -> dict[str, Any]:
    """A vault in good order with nothing in it."""
    vault_id = place.id("Microsoft.RecoveryServices/vaults", name)
    stamp = BUILT.strftime("%Y-%m-%dT%H%%3A%M%%3A%S.4015009Z")
    document: dict[str, Any] = {
        "location": place.location,
        "name": name,
        "etag": f"W/\"datetime'{stamp}'\"",
        "properties": {
            "provisioningState": "Succeeded",
            "privateEndpointStateForBackup": "None",
            "privateEndpointStateForSiteRecovery": "None",
            "backupStorageVersion": "Unassigned",
            "monitoringSettings": {
                "azureMonitorAlertSettings": {"alertsForAllJobFailures": "Enabled"},
                "classicAlertSettings": {"alertsForCriticalOperations": "Enabled"},
            },
            "securitySettings": {
                "immutabilitySettings": None,
                "softDeleteSettings": {"softDeleteRetentionPeriodInDays": 14, "softDeleteState": "Enabled"},
                "multiUserAuthorization": "Disabled",
            },
            "redundancySettings": {
                "standardTierStorageRedundancy": spec.redundancy,
                "crossRegionRestore": "Disabled",
            },
            "publicNetworkAccess": "Enabled" if spec.public_access else "Disabled",
            "restoreSettings": {"crossSubscriptionRestoreSettings": {"crossSubscriptionRestoreState": "Enabled"}},
        },
        "id": vault_id,
        "type": "Microsoft.RecoveryServices/vaults",
        "sku": {"name": "Standard"},
    }
    if spec.identity:
        document["identity"] = {"type": "SystemAssigned", "principalId": derived_guid(vault_id, "identity")}
    return document
