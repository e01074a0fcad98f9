"""Which region may be replicated to which, as the service itself would list it."""

from __future__ import annotations

from asr_tui.emulator.regions import Region, regions
from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.vault_scope import VAULT_PATH, VaultScope

_BRAZIL_SOUTH, _BRAZIL_SOUTHEAST = "brazilsouth", "brazilsoutheast"
_OF_BRAZIL_SOUTH = frozenset(
    ["brazilsoutheast", "southcentralus", "westcentralus", "eastus", "eastus2", "westus", "westus2", "northcentralus"]
)


def _may(source: Region, target: Region) -> bool:
    if source.name == target.name:
        return source.zones
    if source.name == _BRAZIL_SOUTH:
        return target.name in _OF_BRAZIL_SOUTH
    return source.name != _BRAZIL_SOUTHEAST and target.name != _BRAZIL_SOUTH


@operation(
    "GET",
    VAULT_PATH + "/replicationSupportedRegionMappings",
    versions=SITE_RECOVERY,
    action="Microsoft.RecoveryServices/vaults/replicationSupportedRegionMappings/read",
    evidence="assumption",
    note="Only the operation's name is known; the form of the answer is made up here.",
)
def supported_region_mappings(call: Call) -> Reply:
    """For each region those that it may replicate to; a region with zones is among its own."""
    scope = VaultScope.of(call)
    known = tuple(regions().values())
    found = [(source, [target.display for target in known if _may(source, target)]) for source in known]
    return Reply(
        200,
        {
            "value": [
                {
                    "id": scope.path.child("replicationSupportedRegionMappings", source.name),
                    "name": source.name,
                    "type": ids.REGION_MAPPINGS,
                    "properties": {"primaryLocation": source.display, "recoveryLocations": targets},
                }
                for source, targets in found
                if targets
            ],
            "nextLink": None,
        },
    )
