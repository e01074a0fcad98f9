"""Network mappings: which target network a source network's VMs get by default. Made in both directions."""

from __future__ import annotations

from typing import Any

from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.schema import Any_, Obj, Poly, Str
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery import job_start, refusals, scenarios
from asr_tui.emulator.site_recovery.scenarios import Scenario
from asr_tui.emulator.site_recovery.vault_scope import (
    FABRIC_PATH,
    VAULT_PATH,
    Record,
    VaultScope,
    busy,
    record_of,
)
from asr_tui.emulator.store import Resource

_NETWORK_PATH = FABRIC_PATH + "/replicationNetworks/{network}"
_PATH = _NETWORK_PATH + "/replicationNetworkMappings/{mapping}"
_NETWORK_ACTION = "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationNetworks"
_ACTION = f"{_NETWORK_ACTION}/replicationNetworkMappings"
_SPECIFIC = Poly(
    "instanceType",
    {"AzureToAzure": Obj({"instanceType": Str(), "primaryNetworkId": Str()}, required=["primaryNetworkId"])},
    other=Any_,
)
_INPUT = Obj(
    {
        "properties": Obj(
            {
                "recoveryFabricName": Str(),
                "recoveryNetworkId": Str(min_length=1),
                "fabricSpecificDetails": _SPECIFIC,
            },
            required=["recoveryNetworkId", "fabricSpecificDetails"],
        )
    },
    required=["properties"],
)
_PATCH = Obj(
    {
        "properties": Obj(
            {
                "recoveryFabricName": Str(),
                "recoveryNetworkId": Str(min_length=1),
                "fabricSpecificDetails": Obj({"instanceType": Str(), "primaryNetworkId": Str()}),
            }
        )
    },
    required=["properties"],
)
ANY_NETWORK = "azureNetwork"
"""The literal network name that the CLI and PowerShell use; Terraform uses the source network's own name."""


def render(resource: Resource) -> dict[str, Any]:
    """A network mapping: network ids and names wholly lower-cased (recorded)."""
    record = record_of(resource)
    return {
        "type": ids.NETWORK_MAPPING,
        "id": ids.site_recovery(resource.id),
        "name": record["name"],
        "properties": {
            "state": "Paired",
            "primaryNetworkFriendlyName": ids.last(record["primary"]).lower(),
            "primaryNetworkId": record["primary"].lower(),
            "primaryFabricFriendlyName": record["primary_display"],
            "recoveryNetworkFriendlyName": ids.last(record["recovery"]).lower(),
            "recoveryNetworkId": record["recovery"].lower(),
            "recoveryFabricArmId": ids.site_recovery(record["recovery_fabric"]),
            "recoveryFabricFriendlyName": record["recovery_display"],
            "fabricSpecificSettings": {
                "instanceType": "AzureToAzure",
                "primaryFabricLocation": record["primary_location"],
                "recoveryFabricLocation": record["recovery_location"],
            },
        },
    }


def _run(scope: VaultScope, scenario: Scenario, record: Record) -> Record:
    plan = job_start.planned(scope, scenario, record["id"])
    network = ids.last(record["primary"])
    return job_start.start(scope, scenario, plan, job_start.Subject(network, network, record["id"]))


def _network(scope: VaultScope, arm_id: str, role: str, location: str) -> Resource:
    """The VNet of that id, which must lie in the fabric's region."""
    found = scope.call.store.get(arm_id, scope.now)
    if found is None or found.type.lower() != "microsoft.network/virtualnetworks":
        raise refusals.invalid(
            "AzureNetworkNotFound",
            f"The {role} network '{arm_id}' could not be found.",
            "The network was deleted, or its id is not that of a virtual network.",
            "Choose an existing virtual network.",
        )
    if found.body["location"].lower() != location:
        raise refusals.invalid(
            "AzureNetworkNotInFabricLocation",
            f"The {role} network '{found.name}' is in '{found.body['location']}' but the fabric is in '{location}'.",
            "A network mapping joins networks of the fabrics' own regions.",
            "Choose a virtual network in the fabric's region.",
        )
    return found


def _recovery_fabric(scope: VaultScope, name: str | None, network: str) -> Resource:
    if name:
        found = scope.find(scope.path.fabric(name))
        if found is None:
            raise refusals.fabric_missing(name)
        return found
    vnet = scope.call.store.get(network, scope.now)
    location = str(vnet.body.get("location", "")).lower() if vnet is not None else ""
    for fabric in scope.all(ids.FABRIC):
        if record_of(fabric)["location"] == location:
            return fabric
    raise refusals.fabric_missing("")


@operation("PUT", _PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/write", evidence="recorded", body=_INPUT)
def create_network_mapping(call: Call) -> Reply:
    """Map a source network to a target network; repeating the PUT updates it."""
    scope = VaultScope.of(call)
    fabric = scope.fabric()
    given = call.body["properties"]
    specific = given["fabricSpecificDetails"]
    if specific["instanceType"].lower() != "azuretoazure":
        raise refusals.invalid(
            "UnsupportedNetworkMapping",
            f"Network mappings of type '{specific['instanceType']}' are not emulated: only AzureToAzure is.",
        )
    recovery_fabric = _recovery_fabric(scope, given.get("recoveryFabricName"), given["recoveryNetworkId"])
    name = call.params["mapping"]
    arm_id = f"{fabric.id}/replicationNetworks/{call.params['network']}/replicationNetworkMappings/{name}"
    scope.ensure_free(arm_id)
    existing = scope.find(arm_id)
    record = {"id": arm_id, "name": ids.last(existing.id) if existing else name}
    record |= _ends(scope, fabric, recovery_fabric, specific["primaryNetworkId"], given["recoveryNetworkId"])
    _refuse_second(scope, record)
    return _write(scope, record, existing)


def _ends(scope: VaultScope, fabric: Resource, recovery_fabric: Resource, primary: str, recovery: str) -> Record:
    here, there = record_of(fabric), record_of(recovery_fabric)
    return {
        "primary": _network(scope, primary, "primary", here["location"]).id,
        "recovery": _network(scope, recovery, "recovery", there["location"]).id,
        "primary_fabric": fabric.id,
        "recovery_fabric": recovery_fabric.id,
        "primary_display": here["display"],
        "recovery_display": there["display"],
        "primary_location": here["location"],
        "recovery_location": there["location"],
    }


def _refuse_second(scope: VaultScope, record: Record) -> None:
    """A source network maps to one target network for a recovery region."""
    for other in scope.records(ids.NETWORK_MAPPING):
        same_pair = ids.same(other["primary"], record["primary"]) and ids.same(
            other["recovery_fabric"], record["recovery_fabric"]
        )
        if same_pair and not ids.same(other["id"], record["id"]):
            raise refusals.invalid(
                "NetworkAlreadyMapped",
                f"The network '{ids.last(record['primary'])}' is mapped to '{ids.last(other['recovery'])}' already, "
                f"by '{other['name']}'.",
                "A network can be mapped to one network of a recovery region.",
                "Use or change the existing mapping.",
            )


def _write(scope: VaultScope, record: Record, existing: Resource | None) -> Reply:
    job = _run(scope, scenarios.NETWORK_PAIRING, record)
    end = job_start.end(job)
    if not job_start.failed(job):
        record["busy"] = busy(job["name"], end)
        scope.save(record["id"], ids.NETWORK_MAPPING, record, born=existing.born if existing else end)
    return job_start.accepted(scope, scenarios.NETWORK_PAIRING, job, record["id"], record["id"])


def _find(scope: VaultScope) -> Resource:
    """The mapping of the path; the network segment may be the literal or the network's name."""
    fabric = scope.fabric()
    name = scope.call.params["mapping"]
    direct = f"{fabric.id}/replicationNetworks/{scope.call.params['network']}/replicationNetworkMappings/{name}"
    found = scope.find(direct)
    if found is None:
        raise refusals.network_mapping_missing(name)
    return found


@operation("PATCH", _PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/write", evidence="examples", body=_PATCH)
def update_network_mapping(call: Call) -> Reply:
    """Change the target network of a mapping; items that replicate already keep theirs."""
    scope = VaultScope.of(call)
    mapping = _find(scope)
    scope.ensure_free(mapping.id)
    before = record_of(mapping)
    given = call.body["properties"]
    recovery = given.get("recoveryNetworkId") or before["recovery"]
    fabric = scope.fabric()
    recovery_fabric = _recovery_fabric(
        scope, given.get("recoveryFabricName") or ids.last(before["recovery_fabric"]), recovery
    )
    record = before | _ends(scope, fabric, recovery_fabric, before["primary"], recovery)
    return _write(scope, record, mapping)


@operation("GET", _PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/read", evidence="recorded")
def get_network_mapping(call: Call) -> Reply:
    """One network mapping."""
    return Reply(200, render(_find(VaultScope.of(call))))


@operation(
    "GET",
    _NETWORK_PATH + "/replicationNetworkMappings",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/read",
    evidence="recorded",
)
def list_network_mappings(call: Call) -> Reply:
    """The mappings of one network, or of all of a fabric's under the literal ``azureNetwork``."""
    scope = VaultScope.of(call)
    fabric = scope.fabric()
    wanted = call.params["network"].lower()
    found = [
        entry
        for entry in scope.children(fabric.id, ids.NETWORK_MAPPING)
        if ids.segment(entry.key, "replicationnetworks") == wanted
        or wanted in (ANY_NETWORK.lower(), ids.last(record_of(entry)["primary"]).lower())
    ]
    return call.page([render(entry) for entry in found], null_next_link=True)


@operation(
    "GET",
    VAULT_PATH + "/replicationNetworkMappings",
    versions=SITE_RECOVERY,
    action=f"{_ACTION}/read",
    evidence="recorded",
)
def list_all_network_mappings(call: Call) -> Reply:
    """All network mappings of the vault."""
    scope = VaultScope.of(call)
    return call.page([render(entry) for entry in scope.all(ids.NETWORK_MAPPING)], null_next_link=True)


@operation("DELETE", _PATH, versions=SITE_RECOVERY, action=f"{_ACTION}/delete", evidence="recorded")
def delete_network_mapping(call: Call) -> Reply:
    """Delete a network mapping; 204 when it is gone already."""
    scope = VaultScope.of(call)
    fabric = scope.find(scope.path.fabric(call.params["fabric"]))
    if fabric is None:
        return Reply(204)
    name = call.params["mapping"]
    arm_id = f"{fabric.id}/replicationNetworks/{call.params['network']}/replicationNetworkMappings/{name}"
    scope.ensure_free(arm_id)
    mapping = scope.find(arm_id)
    if mapping is None:
        return Reply(204)
    record = record_of(mapping)
    job = _run(scope, scenarios.NETWORK_UNPAIRING, record)
    end = job_start.end(job)
    dies = None if job_start.failed(job) else end
    scope.update(mapping, record | {"busy": busy(job["name"], end)}, dies=dies)
    return job_start.accepted(scope, scenarios.NETWORK_UNPAIRING, job, arm_id)


@operation(
    "GET",
    FABRIC_PATH + "/replicationNetworks",
    versions=SITE_RECOVERY,
    action=f"{_NETWORK_ACTION}/read",
    evidence="assumption",
    note="Networks are listed for on-premises fabrics; an Azure fabric lists none.",
)
def list_networks(call: Call) -> Reply:
    """Networks of a fabric: none for Azure fabrics."""
    VaultScope.of(call).fabric()
    return call.page([], null_next_link=True)


@operation(
    "GET",
    _NETWORK_PATH,
    versions=SITE_RECOVERY,
    action=f"{_NETWORK_ACTION}/read",
    evidence="assumption",
    note="An Azure fabric has no networks of its own: mappings name virtual networks.",
)
def get_network(call: Call) -> Reply:
    """One network of a fabric: not found for Azure fabrics."""
    VaultScope.of(call).fabric()
    raise refusals.entity_missing("network", call.params["network"])


@operation(
    "GET",
    VAULT_PATH + "/replicationNetworks",
    versions=SITE_RECOVERY,
    action=f"{_NETWORK_ACTION}/read",
    evidence="recorded",
)
def list_all_networks(call: Call) -> Reply:
    """Networks of all fabrics: none for Azure fabrics."""
    VaultScope.of(call)
    return call.page([], null_next_link=True)
