"""What every write of a network resource shares: checks, provisioning states, answers, references.

A PUT answers 201 or 200 with ``provisioningState`` Updating and ``Azure-AsyncOperation``; a DELETE answers 202, or
204 when there is nothing. Both are over after a few seconds of Azure, which are decided at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.estates.names import derived_guid, split_id
from asr_tui.emulator.estates.network_factory import etag
from asr_tui.emulator.families import Document, Family, pend, settle
from asr_tui.emulator.lro import Outcome, accepted_network, course
from asr_tui.emulator.regions import region_named
from asr_tui.emulator.schema import IDENTITY, Any_, ListOf, MapOf, Obj, Schema, Str
from asr_tui.emulator.store import Resource

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?")

WRITE_SECONDS = 4
"""Seconds of Azure that a write of a network resource takes."""

DELETE_SECONDS = 10
"""Seconds of Azure that deleting a network resource takes."""


def resource_body(properties: Mapping[str, Schema], required: Iterable[str] = (), **more: Schema) -> Obj:
    """The shape of a resource: ``properties`` with the members that are checked, the usual ones around it."""
    members: dict[str, Schema] = {
        "id": Str(),
        "name": Str(),
        "type": Str(),
        "etag": Str(),
        "location": Str(),
        "tags": MapOf(Str(max_length=256), max_items=50),
        "zones": ListOf(Str()),
        "sku": Obj({"name": Str(), "tier": Str()}),
        "kind": Any_,
        "extendedLocation": Any_,
        "identity": IDENTITY,
        "properties": Obj(properties, required=tuple(required), keep_unknown=True),
        **more,
    }
    return Obj(members, required=("location",))


@dataclass(frozen=True, slots=True)
class Target:
    """What a PUT is about: the id it writes, the region, what stands there already."""

    id: str
    name: str
    location: str
    existing: Resource | None

    @property
    def before(self) -> Document:
        """The stored document, empty for a new resource."""
        return self.existing.doc if self.existing is not None else {}


def target_of(call: Call, family: Family) -> Target:
    """Check location and state of what a PUT writes.

    Raises:
        ArmError: 404 for the group, 400 for an unknown region, 409 for another region than before, 429 while
            another operation on it runs.
    """
    region = region_named(call.body["location"])
    if region is None:
        raise ArmError(
            400,
            "LocationNotAvailableForResourceType",
            f"The provided location '{call.body['location']}' is not available for resource type '{family.type}'.",
            headers={"x-ms-failure-cause": "gateway"},
        )
    existing = family.existing(call)
    if existing is None:
        return Target(family.id_in(call), call.params["name"], region.name, None)
    before = existing.body["location"]
    if before != region.name:
        raise ArmError(
            409,
            "InvalidResourceLocation",
            f"The resource '{existing.name}' already exists in location '{before}' in resource group "
            f"'{split_id(existing.id).group}'. A resource with the same name cannot be created in location "
            f"'{region.name}'. Please select a new resource name.",
            headers={"x-ms-failure-cause": "gateway"},
        )
    check_idle(call, existing)
    return Target(existing.id, existing.name, region.name, existing)


def check_idle(call: Call, resource: Resource) -> None:
    """Refuse a write while another one on the same resource runs.

    Raises:
        ArmError: 429 ``RetryableError`` with the network service's inner code.
    """
    document = resource.doc
    state = settle(document, call.now)["properties"].get("provisioningState")
    if state in ("Updating", "Deleting"):
        inner = {
            "code": "RetryableErrorDueToAnotherOperation",
            "message": f"Operation on resource {resource.id} cannot be performed because another operation on it is "
            "in progress.",
        }
        headers = {**call.retry_after(10)}
        raise ArmError(429, "RetryableError", "A retryable error occurred.", [inner], headers=headers)


def shell(call: Call, family: Family, target: Target) -> Document:
    """The document of a network resource without its own properties."""
    tags = call.body.get("tags")
    document: Document = {
        "name": target.name,
        "id": target.id,
        "etag": etag(target.id, call.now),
        "type": family.type,
        "location": target.location,
        "tags": dict(tags) if tags is not None else {},
    }
    for member in ("sku", "zones", "extendedLocation", "kind"):
        if call.body.get(member) is not None:
            document[member] = call.body[member]
    document["properties"] = {
        "provisioningState": "Succeeded",
        "resourceGuid": target.before.get("properties", {}).get("resourceGuid") or derived_guid(target.id, "guid"),
    }
    return document


def finish_put(
    call: Call, family: Family, target: Target, document: Document, *, seconds: float = WRITE_SECONDS
) -> Reply:
    """Store a written document and answer as the network service does."""
    resource = keep_pending(call, document, "Updating", seconds, target.existing)
    status = 200 if target.existing is not None else 201
    return accepted_network(
        call,
        location=target.location,
        guid=derived_guid(target.id, "put", call.now.isoformat()),
        reply=Reply(status, family.view(call)(resource)),
        outcome=Outcome(call.now + timedelta(seconds=seconds), result=target.id),
    )


def keep_pending(call: Call, document: Document, state: str, seconds: float, before: Resource | None) -> Resource:
    """Store a document whose provisioning state is ``state`` for ``seconds`` of Azure."""
    pend(call, document, state, seconds)
    born = before.born if before is not None else call.now
    resource = Resource(document["id"], document["type"], document, born)
    call.store.put(resource)
    return resource


def patch_tags(call: Call, family: Family) -> Reply:
    """PATCH of a network resource: its tags are replaced, nothing else."""
    found = family.find(call)
    check_idle(call, found)
    document = found.doc
    if call.body.get("tags") is not None:
        document["tags"] = call.body["tags"]
    changed = found.changed(document)
    call.store.put(changed)
    return Reply(200, family.view(call)(changed))


TAGS = Obj({"tags": MapOf(Str(max_length=256), max_items=50)})
"""Body of a PATCH that replaces tags."""


def begin_delete(call: Call, resource: Resource, *, seconds: float = DELETE_SECONDS) -> Reply:
    """Let a resource die after ``seconds`` of Azure; until then it is Deleting."""
    check_idle(call, resource)
    document = resource.doc
    planned = pend(call, document, "Deleting", seconds)
    call.store.put(Resource(resource.id, resource.type, document, resource.born, planned.dies))
    return accepted_network(
        call,
        location=document["location"],
        guid=derived_guid(resource.id, "delete", call.now.isoformat()),
        reply=Reply(202),
        outcome=Outcome(planned.ends),
    )


def bad(code: str, message: str) -> ArmError:
    """400 as the network service answers it."""
    return ArmError(400, code, message, details=[])


def referenced(call: Call, owner: str, reference: Any, location: str) -> Resource | None:
    """The resource that a member ``{"id": ...}`` names; None for no reference.

    Raises:
        ArmError: 400 ``InvalidResourceReference`` (missing, or in another region), ``LinkedInvalidPropertyId``.
    """
    if reference is None:
        return None
    identifier = reference.get("id") if isinstance(reference, Mapping) else None
    if not isinstance(identifier, str) or not identifier.startswith("/subscriptions/"):
        raise ArmError(
            400,
            "LinkedInvalidPropertyId",
            f"Property id '{identifier}' at path 'properties' is invalid. Expect fully qualified resource Id that "
            "start with '/subscriptions/{subscriptionId}' or '/providers/{resourceProviderNamespace}/'.",
        )
    found = call.store.get(identifier, call.now)
    if found is None or found.body.get("location", location) != location:
        raise invalid_reference(identifier, owner)
    return found


def invalid_reference(identifier: str, owner: str) -> ArmError:
    """The network service's answer to a reference that leads nowhere."""
    return bad(
        "InvalidResourceReference",
        f"Resource {identifier} referenced by resource {owner} was not found. Please make sure that the referenced "
        "resource exists, and that both resources are in the same region.",
    )


def check_name(kind: str, name: str) -> None:
    """Refuse names that network resources cannot have.

    Raises:
        ArmError: 400 ``InvalidResourceName``.
    """
    if not _NAME.fullmatch(name):
        raise bad(
            "InvalidResourceName",
            f"Resource name {name} is invalid. The name can be up to 80 characters long. It must begin with a word "
            "character, and it must end with a word character or with '_'. The name may contain word characters or "
            f"'.', '-', '_'. (resource type {kind})",
        )


def change_parent(call: Call, parent: Resource, document: Document) -> Resource:
    """Store the parent of a changed sub-resource, with a new ETag; it is Updating for a while.

    A change that is to fail leaves the parent as it was, Failed.
    """
    check_idle(call, parent)
    if course(call, WRITE_SECONDS).failed:
        document = parent.doc
    document["etag"] = etag(parent.id, call.now)
    return keep_pending(call, document, "Updating", WRITE_SECONDS, parent)


def child_answer(call: Call, location: str, status: int, body: Document | None, result: str | None) -> Reply:
    """The answer to a write of a sub-resource; ``result`` is its id, None after a delete."""
    return accepted_network(
        call,
        location=location,
        guid=derived_guid(call.path, call.method, call.now.isoformat()),
        reply=Reply(status, body),
        outcome=Outcome(call.now + timedelta(seconds=WRITE_SECONDS), result=result),
    )


def delete_child(call: Call, family: Family, member: str) -> Reply:
    """Delete a sub-resource that nothing can refer to; 204 when it is not there."""
    parent = family.existing(call)
    if parent is None:
        return Reply(204)
    document = parent.doc
    before = document["properties"][member]
    kept = [one for one in before if one["name"].lower() != call.params["child"].lower()]
    if len(kept) == len(before):
        return Reply(204)
    document["properties"][member] = kept
    change_parent(call, parent, document)
    return child_answer(call, document["location"], 202, None, None)


def check_unused(code: str, what: str, holders: Sequence[str]) -> None:
    """Refuse to delete what others use.

    Raises:
        ArmError: 400 with ``code``, naming the holders.
    """
    if holders:
        shown = ", ".join(holders)
        raise bad(code, f"{what} cannot be deleted because it is in use by the following resources: {shown}.")
