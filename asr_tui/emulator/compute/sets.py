"""Availability sets and disk encryption sets; the scale sets and placement groups that VMs of an estate are in."""

from __future__ import annotations

from collections import defaultdict

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.compute.machines import COMPUTE_VERSIONS
from asr_tui.emulator.compute.views import VM
from asr_tui.emulator.compute.writing import check_name, invalid, location_of, not_allowed, resource_body
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.estates.disk_factory import disk_encryption_set
from asr_tui.emulator.estates.factory import availability_set
from asr_tui.emulator.estates.names import Place, split_id
from asr_tui.emulator.families import (
    Document,
    Family,
    Render,
    plain,
    public,
    register_reads,
    register_tag_patch,
    settle,
)
from asr_tui.emulator.registry import operation
from asr_tui.emulator.schema import Any_, Int, Obj, Str
from asr_tui.emulator.store import Resource

AVAILABILITY_SET = "Microsoft.Compute/availabilitySets"
ENCRYPTION_SET = "Microsoft.Compute/diskEncryptionSets"
SCALE_SET = "Microsoft.Compute/virtualMachineScaleSets"
PLACEMENT_GROUP = "Microsoft.Compute/proximityPlacementGroups"


def members(call: Call) -> dict[str, list[str]]:
    """Ids of the VMs of each availability set, by the set's lower-cased id."""
    found: dict[str, list[str]] = defaultdict(list)
    for machine in call.store.by_type(VM, call.now, call.subscription):
        if b'"availabilitySet"' in machine.raw:
            found[machine.body["properties"]["availabilitySet"]["id"].lower()].append(machine.id)
    return found


def set_view(call: Call) -> Render:
    """Availability sets with their VMs."""
    known = members(call)

    def render(resource: Resource) -> Document:
        body = public(settle(resource.doc, call.now))
        body["properties"]["virtualMachines"] = [{"id": one} for one in known.get(resource.key, ())]
        return body

    return render


AVAILABILITY_SETS = Family(AVAILABILITY_SET, COMPUTE_VERSIONS, set_view)
ENCRYPTION_SETS = Family(ENCRYPTION_SET, COMPUTE_VERSIONS, plain)
SCALE_SETS = Family(SCALE_SET, COMPUTE_VERSIONS, plain)
PLACEMENT_GROUPS = Family(PLACEMENT_GROUP, COMPUTE_VERSIONS, plain)
for _family in (AVAILABILITY_SETS, ENCRYPTION_SETS, SCALE_SETS, PLACEMENT_GROUPS):
    register_reads(_family)
register_tag_patch(AVAILABILITY_SETS)
register_tag_patch(ENCRYPTION_SETS)


@operation(
    "PUT",
    AVAILABILITY_SETS.item_path,
    versions=COMPUTE_VERSIONS,
    action=f"{AVAILABILITY_SET}/write",
    evidence="documentation",
    body=resource_body(
        Obj({"platformFaultDomainCount": Int(1, 3), "platformUpdateDomainCount": Int(1, 20)}, keep_unknown=True),
        sku=Obj({"name": Str(enum=("Aligned", "Classic"))}, keep_unknown=True),
    ),
)
def put_set(call: Call) -> Reply:
    """Create or change an availability set; answers at once."""
    check_name(call.params["name"], "availabilitySetName")
    existing = AVAILABILITY_SETS.existing(call)
    location = location_of(call, AVAILABILITY_SETS, existing)
    parts = split_id(AVAILABILITY_SETS.id_in(call))
    asked = call.body.get("properties") or {}
    before = existing.body["properties"] if existing is not None else {}
    for member in ("platformFaultDomainCount", "platformUpdateDomainCount"):
        if existing is not None and asked.get(member) not in (None, before[member]):
            raise ArmError(
                409, "PropertyChangeNotAllowed", f"Changing property '{member}' is not allowed.", target=member
            )
    document = availability_set(
        Place(parts.subscription, parts.group, location),
        existing.name if existing is not None else call.params["name"],
        fault_domains=asked.get("platformFaultDomainCount") or before.get("platformFaultDomainCount") or 2,
        update_domains=asked.get("platformUpdateDomainCount") or before.get("platformUpdateDomainCount") or 5,
        tags=call.body.get("tags"),
    )
    resource = Resource(document["id"], AVAILABILITY_SET, document, existing.born if existing else call.now)
    call.store.put(resource)
    return Reply(200, set_view(call)(resource))


@operation(
    "DELETE",
    AVAILABILITY_SETS.item_path,
    versions=COMPUTE_VERSIONS,
    action=f"{AVAILABILITY_SET}/delete",
    evidence="documentation",
)
def delete_set(call: Call) -> Reply:
    """Delete an availability set that has no VM."""
    found = AVAILABILITY_SETS.existing(call)
    if found is None:
        return Reply(204)
    if members(call).get(found.key):
        raise not_allowed(
            f"Availability Set '{found.name}' cannot be deleted. Before deleting an Availability Set please ensure that "
            "it does not contain any VM."
        )
    call.store.delete(found.id, call.now)
    return Reply(200)


@operation(
    "PUT",
    ENCRYPTION_SETS.item_path,
    versions=COMPUTE_VERSIONS,
    action=f"{ENCRYPTION_SET}/write",
    evidence="documentation",
    body=resource_body(
        Obj(
            {
                "activeKey": Obj(
                    {"keyUrl": Str(), "sourceVault": Obj({"id": Str()}, keep_unknown=True)},
                    required=("keyUrl",),
                    keep_unknown=True,
                ),
                "encryptionType": Str(),
                "rotationToLatestKeyVersionEnabled": Any_,
            },
            required=("activeKey",),
            keep_unknown=True,
        )
    ),
)
def put_encryption_set(call: Call) -> Reply:
    """Create or change a disk encryption set; answers at once."""
    existing = ENCRYPTION_SETS.existing(call)
    location = location_of(call, ENCRYPTION_SETS, existing)
    asked = call.body.get("properties") or {}
    if not asked.get("activeKey"):
        raise invalid("Required parameter 'activeKey' is missing (null).", "activeKey")
    vault = (asked["activeKey"].get("sourceVault") or {}).get("id") or ""
    if call.store.get(vault, call.now) is None:
        raise ArmError(
            404, "KeyVaultNotFound", f"Key vault '{vault}' was not found.", target="activeKey.sourceVault.id"
        )
    parts = split_id(ENCRYPTION_SETS.id_in(call))
    document = disk_encryption_set(
        Place(parts.subscription, parts.group, location),
        call.params["name"],
        key_vault=vault,
        key_url=asked["activeKey"]["keyUrl"],
        double=asked.get("encryptionType") == "EncryptionAtRestWithPlatformAndCustomerKeys",
        tags=call.body.get("tags"),
    )
    resource = Resource(document["id"], ENCRYPTION_SET, document, existing.born if existing else call.now)
    call.store.put(resource)
    return Reply(200, public(document))


@operation(
    "DELETE",
    ENCRYPTION_SETS.item_path,
    versions=COMPUTE_VERSIONS,
    action=f"{ENCRYPTION_SET}/delete",
    evidence="documentation",
)
def delete_encryption_set(call: Call) -> Reply:
    """Delete a disk encryption set that no disk uses."""
    found = ENCRYPTION_SETS.existing(call)
    if found is None:
        return Reply(204)
    marker = found.key.encode()
    for one in call.store.by_type("Microsoft.Compute/disks", call.now, call.subscription):
        if marker in one.raw.lower():
            raise not_allowed(f"Disk encryption set '{found.name}' is in use by disk '{one.id}'.")
    call.store.delete(found.id, call.now)
    return Reply(200)
