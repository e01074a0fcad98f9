"""Resource groups, and the list of resources in them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from asr_tui.emulator import odata
from asr_tui.emulator.access import readable_scopes
from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.errors import ArmError, resource_group_not_found
from asr_tui.emulator.lro import Outcome, accepted_arm, decided
from asr_tui.emulator.regions import region_named, regions
from asr_tui.emulator.registry import ANY_VERSION, operation
from asr_tui.emulator.schema import MapOf, Obj, Str
from asr_tui.emulator.store import Resource
from asr_tui.emulator.tenancy import RESOURCE_GROUP, resource_group

_GROUPS = "/subscriptions/{sub}/resourceGroups"
_GROUP = _GROUPS + "/{rg}"
_ACTION = "Microsoft.Resources/subscriptions/resourceGroups/"
_TAGS = MapOf(Str(max_length=256), max_items=50)
_BODY = Obj(
    {
        "location": Str(),
        "tags": _TAGS,
        "managedBy": Str(),
        "properties": Obj({"provisioningState": Str()}),
        "id": Str(),
        "name": Str(),
        "type": Str(),
    }
)
_SUMMARY = ("id", "name", "type", "kind", "sku", "location", "tags", "identity", "zones", "managedBy", "plan")
_UNLISTED_NAMESPACES = ("Microsoft.Authorization", "Microsoft.Resources")
_LISTED_CHILDREN = ("virtualMachines/extensions",)
_DELETE_SECONDS = 60
_DELETE_SECONDS_EACH = 5
_DELETE_SECONDS_MOST = 900
_ITEMS = "replicationProtectedItems"


@operation("GET", _GROUPS, versions=ANY_VERSION, action=None, evidence="documentation")
def list_groups(call: Call) -> Reply:
    """The groups that the caller may see; ``$filter`` over tags, ``$top``."""
    keep = odata.parse(call.query["$filter"]) if call.query.get("$filter") else None
    visible = _visible(call, call.store.by_type(RESOURCE_GROUP, call.now, call.subscription))
    chosen = [group for group in visible if keep is None or _fits(keep, group, about_tags=True)]
    return call.page(chosen, size=_top(call))


@operation("GET", _GROUP, versions=ANY_VERSION, action=_ACTION + "read", evidence="recorded")
def get_group(call: Call) -> Reply:
    """One group."""
    return Reply(200, _group(call).raw)


@operation("PUT", _GROUP, versions=ANY_VERSION, action=_ACTION + "write", evidence="recorded", body=_BODY)
def put_group(call: Call) -> Reply:
    """Create a group (201) or replace its tags (200); its location never changes."""
    name = call.params["rg"]
    _check_name(name)
    found = call.store.get(call.path, call.now)
    wanted = call.body.get("location")
    if not wanted:
        raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
    region = region_named(wanted)
    if region is None:
        raise ArmError(
            400,
            "LocationNotAvailableForResourceGroup",
            f"The provided location '{wanted}' is not available for resource group. List of available regions is "
            f"'{','.join(regions())}'.",
        )
    if found is not None and found.body["location"] != region.name:
        raise ArmError(
            409,
            "InvalidResourceGroupLocation",
            f"Invalid resource group location '{wanted}'. The Resource group already exists in location "
            f"'{found.body['location']}'.",
        )
    tags = call.body.get("tags")
    if found is None:
        group = resource_group(call.subscription, name, region.name, call.now, tags)
        if call.body.get("managedBy"):
            group = group.changed({**group.doc, "managedBy": call.body["managedBy"]})
    else:
        doc = {**found.doc, "tags": tags or {}}
        group = found.changed(doc)
    call.store.put(group)
    return Reply(200 if found else 201, group.raw)


@operation("PATCH", _GROUP, versions=ANY_VERSION, action=_ACTION + "write", evidence="documentation", body=_BODY)
def patch_group(call: Call) -> Reply:
    """Replace the tags of a group."""
    found = _group(call)
    changes = {name: call.body[name] for name in ("tags", "managedBy") if call.body.get(name) is not None}
    group = found.changed({**found.doc, **changes})
    call.store.put(group)
    return Reply(200, group.raw)


@operation(
    "DELETE",
    _GROUP,
    versions=ANY_VERSION,
    action=_ACTION + "delete",
    evidence="documentation",
    note="Takes a minute and 5 s for each resource, 15 minutes at most (an assumption).",
)
def delete_group(call: Call) -> Reply:
    """Delete a group and all in it; fails at the end when a vault in it still protects something."""
    group = _group(call)
    name = call.ids.request
    inside = call.store.below(group.id, call.now)
    seconds = min(_DELETE_SECONDS_MOST, _DELETE_SECONDS + _DELETE_SECONDS_EACH * len(inside))
    ends = call.now + timedelta(seconds=seconds)
    outcome = decided(call, Outcome(ends, error=_deletion_blocked(call, group, inside)))
    if outcome.error is None:
        doc = group.doc
        doc["properties"] = {"provisioningState": "Deleting"}
        call.store.put(group.changed(doc).dying(outcome.finishes))
        call.store.put_all(resource.dying(outcome.finishes) for resource in inside)
    return accepted_arm(call, name=name, outcome=outcome)


def _deletion_blocked(call: Call, group: Resource, inside: list[Resource]) -> dict[str, str] | None:
    """The error of deleting a group that holds a vault which still protects something."""
    vaults = [r.id for r in inside if r.type.endswith("/vaults") and call.store.children(r.id, _ITEMS, call.now)]
    if not vaults:
        return None
    message = (
        f"Deletion of resource group '{group.name}' did not finish because these resources were not deleted: "
        f"{', '.join(vaults)}: the vault still holds replicated items."
    )
    return {"code": "ResourceGroupDeletionBlocked", "message": message}


@operation("GET", "/subscriptions/{sub}/resources", versions=ANY_VERSION, action=None, evidence="documentation")
def list_resources(call: Call) -> Reply:
    """All resources of the subscription that the caller may see."""
    return _resources(call, f"/subscriptions/{call.subscription}")


@operation(
    "GET", _GROUP + "/resources", versions=ANY_VERSION, action=_ACTION + "resources/read", evidence="documentation"
)
def list_group_resources(call: Call) -> Reply:
    """All resources of a group."""
    return _resources(call, _group(call).id)


def _resources(call: Call, scope: str) -> Reply:
    text = call.query.get("$filter", "")
    keep = odata.parse(text) if text else None
    listed = [r for r in _visible(call, call.store.below(scope, call.now)) if _is_listed(r)]
    if keep is not None:
        listed = [r for r in listed if _fits(keep, r, about_tags="tag" in text.lower())]
    expand = [name.strip().lower() for name in call.query.get("$expand", "").split(",")]
    return call.page(listed, size=_top(call), render=lambda resource: _summary(resource, expand))


def _is_listed(resource: Resource) -> bool:
    """Whether the list of resources shows it: what has a location, not what is attached to something else."""
    namespace, _, kind = resource.type.partition("/")
    return kind in _LISTED_CHILDREN or ("/" not in kind and namespace not in _UNLISTED_NAMESPACES)


def _summary(resource: Resource, expand: list[str]) -> dict[str, Any]:
    body = resource.body
    entry = {name: body[name] for name in _SUMMARY if name in body}
    entry |= {"id": resource.id, "name": resource.name, "type": resource.type}
    born = resource.born.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
    if "createdtime" in expand:
        entry["createdTime"] = born
    if "changedtime" in expand:
        entry["changedTime"] = born
    if "provisioningstate" in expand:
        entry["provisioningState"] = body.get("properties", {}).get("provisioningState", "Succeeded")
    return entry


def _group(call: Call) -> Resource:
    found = call.store.get(f"/subscriptions/{call.subscription}/resourceGroups/{call.params['rg']}", call.now)
    if found is None:
        raise resource_group_not_found(call.params["rg"])
    return found


def _visible(call: Call, candidates: list[Resource]) -> list[Resource]:
    """What lies in, or around, a scope at which the caller holds a role."""
    scopes = [scope + "/" for scope in readable_scopes(call.store, call.principal, call.now)]
    subscription = f"/subscriptions/{call.subscription}/".lower()
    if any(subscription.startswith(scope) for scope in scopes):
        return candidates
    return [r for r in candidates if any((r.key + "/").startswith(s) or s.startswith(r.key + "/") for s in scopes)]


def _fits(keep: odata.Predicate, resource: Resource, *, about_tags: bool) -> bool:
    """Whether ``$filter`` keeps it: ``tagName`` and ``tagValue`` are about one and the same tag."""
    if not about_tags:
        return keep(_lookup(resource, {}))
    tags = resource.body.get("tags") or {}
    return any(keep(_lookup(resource, {"tagname": k, "tagvalue": v})) for k, v in (tags or {None: None}).items())


def _lookup(resource: Resource, more: dict[str, Any]) -> odata.Lookup:
    """Property values for ``$filter``; the document is only decoded for what the id does not tell."""

    def value(name: str) -> Any:
        wanted = name.lower()
        if wanted in more:
            return more[wanted]
        if wanted == "resourcegroup":
            parts = resource.id.split("/")
            return parts[4] if len(parts) > 4 else None
        if wanted in ("location", "kind"):
            return resource.body.get(wanted)
        return {"name": resource.name, "id": resource.id, "resourcetype": resource.type}.get(wanted)

    return value


def _top(call: Call) -> int | None:
    text = call.query.get("$top", "")
    if not text:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text) or int(text) > 1000:
        raise ArmError(
            400,
            "InvalidTopInQueryString",
            f"The value '{text}' specified for $top in the query string is invalid; it is a number from 1 to 1000.",
            target="$top",
        )
    return int(text)


def _check_name(name: str) -> None:
    wrong = sorted(set(re.sub(r"[\w().-]", "", name)))
    if wrong or name.endswith(".") or len(name) > 90:
        reason = f"these invalid characters: '{''.join(wrong)}'" if wrong else "an invalid length or end"
        raise ArmError(
            400,
            "InvalidResourceGroup",
            f"The provided resource group name '{name}' has {reason}. The name can only be a letter, digit, '-', "
            "'.', '(', ')' or '_', has at most 90 characters and does not end with a period.",
        )
