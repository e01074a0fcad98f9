"""The storage account quota of a subscription in a region."""

from __future__ import annotations

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.compute.skus import require_region
from asr_tui.emulator.registry import operation
from asr_tui.emulator.storage.accounts import ACCOUNT, STORAGE_VERSIONS

_LIMIT = 250


@operation(
    "GET",
    "/subscriptions/{sub}/providers/Microsoft.Storage/locations/{location}/usages",
    versions=STORAGE_VERSIONS,
    action="Microsoft.Storage/locations/usages/read",
    evidence="documentation",
)
def list_usages(call: Call) -> Reply:
    """How many storage accounts there are in a region, and how many there may be."""
    region = require_region(call)
    limits = (call.store.fact("quotas") or {}).get(region.name.lower(), {})
    accounts = call.store.by_type(ACCOUNT, call.now, call.subscription)
    return call.page(
        [
            {
                "unit": "Count",
                "currentValue": sum(one.body["location"].lower() == region.name.lower() for one in accounts),
                "limit": limits.get("StorageAccounts", _LIMIT),
                "name": {"value": "StorageAccounts", "localizedValue": "Storage Accounts"},
            }
        ]
    )
