"""The api-version of every kind of resource that goes through the generic client, pinned in one place.

Site Recovery and Compute have typed clients, which pin their own; their entries here are for bulk lists, which are read as
plain JSON (see :meth:`asr_tui.azure.clients.Clients.pages`) and ask for the same version as the typed calls do.
"""

from __future__ import annotations

from typing import Final

SITE_RECOVERY: Final = "2025-08-01"
COMPUTE: Final = "2026-04-01"
SUBSCRIPTIONS: Final = "2022-12-01"
PROVIDERS: Final = "2021-04-01"
POLICY_RESTRICTIONS: Final = "2022-03-01"

_BY_TYPE: Final[dict[str, str]] = {
    "microsoft.resources/subscriptions/resourcegroups": "2021-04-01",
    "microsoft.resources/links": "2016-09-01",
    "microsoft.compute/virtualmachines": COMPUTE,
    "microsoft.compute/availabilitysets": COMPUTE,
    "microsoft.compute/virtualmachinescalesets": COMPUTE,
    "microsoft.compute/skus": "2021-07-01",
    "microsoft.compute/locations/usages": COMPUTE,
    "microsoft.compute/disks": "2026-03-02",
    "microsoft.compute/diskencryptionsets": "2026-03-02",
    "microsoft.network": "2024-05-01",
    "microsoft.storage": "2023-05-01",
    "microsoft.recoveryservices/vaults": "2024-04-01",
    "microsoft.keyvault": "2023-07-01",
    "microsoft.insights/metrics": "2023-10-01",
    "microsoft.authorization/locks": "2020-05-01",
    "microsoft.authorization/permissions": "2022-04-01",
    "microsoft.authorization/roleassignments": "2022-04-01",
    "microsoft.authorization/denyassignments": "2022-04-01",
    "microsoft.authorization/policyassignments": "2023-04-01",
    "microsoft.authorization/policydefinitions": "2023-04-01",
}


def of(resource_type: str) -> str:
    """The api-version for ``Microsoft.Network/virtualNetworks``: that of the type, else of a parent type, else of the namespace.

    Raises:
        LookupError: the type is in no row; a new kind of resource needs a row here.
    """
    parts = resource_type.lower().split("/")
    if parts[:2] == ["microsoft.recoveryservices", "vaults"] and len(parts) > 2 and parts[2].startswith("replication"):
        return SITE_RECOVERY
    for length in range(len(parts), 0, -1):
        version = _BY_TYPE.get("/".join(parts[:length]))
        if version is not None:
            return version
    raise LookupError(f"no api-version is pinned for {resource_type}")


def of_id(resource_id: str) -> str:
    """The api-version for the resource with this id: its last provider and type decide.

    A bare ``/subscriptions/{id}/providers/{namespace}`` (and its register action) is the provider's registration.
    """
    parts = [part.lower() for part in resource_id.split("/") if part]
    if len(parts) in {4, 5} and parts[2] == "providers" and parts[4:] in ([], ["register"]):
        return PROVIDERS
    if len(parts) == 2 and parts[0] == "subscriptions":
        return SUBSCRIPTIONS
    return of(type_of(resource_id))


def type_of(resource_id: str) -> str:
    """``Microsoft.Network/virtualNetworks/subnets`` out of a subnet's id; resource groups have a type of their own.

    Raises:
        LookupError: the id names neither a provider's resource nor a resource group.
    """
    parts = [part for part in resource_id.split("/") if part]
    lowered = [part.lower() for part in parts]
    if "providers" in lowered:
        at = len(lowered) - 1 - lowered[::-1].index("providers")
        types = parts[at + 2 :: 2]
        if at + 1 < len(parts) and types:
            return "/".join([parts[at + 1], *types])
    elif len(parts) == 4 and lowered[2] == "resourcegroups":
        return "Microsoft.Resources/subscriptions/resourceGroups"
    raise LookupError(f"{resource_id} does not name a resource")
