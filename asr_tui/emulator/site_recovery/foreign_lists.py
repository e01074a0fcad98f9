"""Collections of a vault that belong to Hyper-V and VMware: Azure to Azure never fills them, clients list them all the same."""

from __future__ import annotations

from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.site_recovery.vault_scope import VAULT_PATH, VaultScope

_ACTION = "Microsoft.RecoveryServices/vaults"
COLLECTIONS = (
    "replicationAppliances",
    "replicationMigrationItems",
    "replicationProtectionIntents",
    "replicationStorageClassifications",
    "replicationStorageClassificationMappings",
    "replicationvCenters",
)
"""Recorded: every empty collection answers ``{"value": [], "nextLink": null}``."""


def _register(collection: str) -> None:
    @operation(
        "GET",
        f"{VAULT_PATH}/{collection}",
        versions=SITE_RECOVERY,
        action=f"{_ACTION}/{collection}/read",
        evidence="recorded",
        note="Always empty: not of Azure to Azure.",
    )
    def list_nothing(call: Call) -> Reply:
        """Nothing, once the vault is known to exist."""
        VaultScope.of(call)
        return call.page([], null_next_link=True)


for _collection in COLLECTIONS:
    _register(_collection)
