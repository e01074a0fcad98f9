"""The operations that every kind of resource has alike: get, list by resource group, list by subscription.

A provider describes a kind once (:class:`Family`) and registers its reads with one call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, overload

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.lro import Course, course
from asr_tui.emulator.registry import Evidence, Versions, operation
from asr_tui.emulator.schema import MapOf, Obj, Str
from asr_tui.emulator.store import Resource

Document = dict[str, Any]
Render = Callable[[Resource], Document]
"""Makes the ARM body of a resource, for one request."""


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of top-level resource.

    Attributes:
        type: ARM type in the service's casing.
        versions: accepted api-versions.
        view: given the call, how its bodies are rendered.
        evidence: how the reads' behaviour was established.
        page: entries a page of a list.
    """

    type: str
    versions: Versions
    view: Callable[[Call], Render]
    evidence: Evidence = "documentation"
    page: int = 1000

    @property
    def group_path(self) -> str:
        """Template of the list in a resource group."""
        return "/subscriptions/{sub}/resourceGroups/{rg}/providers/" + self.type

    @property
    def subscription_path(self) -> str:
        """Template of the list in a subscription."""
        return "/subscriptions/{sub}/providers/" + self.type

    @property
    def item_path(self) -> str:
        """Template of one resource; its name is the parameter ``name``."""
        return self.group_path + "/{name}"

    def id_in(self, call: Call) -> str:
        """The id that the request's path names: group in the stored casing, name as the caller wrote it.

        Raises:
            ArmError: 404 ``ResourceGroupNotFound``.
        """
        return f"{call.group_id}/providers/{self.type}/{call.params['name']}"

    def find(self, call: Call) -> Resource:
        """The resource that the request's path names.

        Raises:
            ArmError: 404.
        """
        return call.require(self.id_in(call), self.type)

    def existing(self, call: Call) -> Resource | None:
        """The resource that the path names, or None; the group must exist."""
        found = call.store.get(self.id_in(call), call.now)
        return found if found is not None and found.type.lower() == self.type.lower() else None


class Rendered(Sequence[Document]):
    """A list whose entries are rendered when they are taken: a page of a long list costs a page."""

    def __init__(self, resources: Sequence[Resource], render: Render) -> None:
        self._resources = resources
        self._render = render

    def __len__(self) -> int:
        return len(self._resources)

    @overload
    def __getitem__(self, index: int) -> Document: ...
    @overload
    def __getitem__(self, index: slice) -> list[Document]: ...
    def __getitem__(self, index: int | slice) -> Document | list[Document]:
        if isinstance(index, slice):
            return [self._render(one) for one in self._resources[index]]
        return self._render(self._resources[index])

    def __iter__(self) -> Iterator[Document]:
        return (self._render(one) for one in self._resources)


def register_reads(family: Family, *, by_subscription: bool = True) -> None:
    """Register get and both lists of a kind of resource."""
    action = f"{family.type}/read"

    def get(call: Call) -> Reply:
        return Reply(200, family.view(call)(family.find(call)))

    def list_group(call: Call) -> Reply:
        return list_of(call, family, in_group(call, family.type))

    def list_subscription(call: Call) -> Reply:
        return list_of(call, family, in_subscription(call, family.type))

    paths = [(family.item_path, get), (family.group_path, list_group)]
    if by_subscription:
        paths.append((family.subscription_path, list_subscription))
    for path, handler in paths:
        operation("GET", path, versions=family.versions, action=action, evidence=family.evidence)(handler)


def register_tag_patch(family: Family) -> None:
    """Register a PATCH that replaces the tags and answers at once."""

    def patch(call: Call) -> Reply:
        found = family.find(call)
        document = found.doc
        if call.body.get("tags") is not None:
            document["tags"] = call.body["tags"]
        changed = found.changed(document)
        call.store.put(changed)
        return Reply(200, family.view(call)(changed))

    operation(
        "PATCH",
        family.item_path,
        versions=family.versions,
        action=f"{family.type}/write",
        evidence=family.evidence,
        body=Obj({"tags": MapOf(Str(max_length=256), max_items=50)}),
    )(patch)


def list_of(call: Call, family: Family, resources: Sequence[Resource]) -> Reply:
    """A list answer with a page of rendered resources."""
    size = min(family.page, call.settings.page_size)
    return call.page(Rendered(resources, family.view(call)), size=size)


def in_group(call: Call, resource_type: str) -> list[Resource]:
    """All resources of a type in the path's resource group.

    Raises:
        ArmError: 404 ``ResourceGroupNotFound``.
    """
    group = call.group_id.rsplit("/", 1)[-1]
    return call.store.by_type(resource_type, call.now, call.subscription, group)


def in_subscription(call: Call, resource_type: str) -> list[Resource]:
    """All resources of a type in the path's subscription."""
    return call.store.by_type(resource_type, call.now, call.subscription)


def pend(call: Call, document: Document, state: str, seconds: float) -> Course:
    """Let ``provisioningState`` be ``state`` for ``seconds`` of Azure, and Failed afterwards if the write is to fail."""
    planned = course(call, seconds)
    document["_pending"] = {"until": planned.ends.isoformat(), "state": state}
    if planned.failed:
        document["_pending"]["then"] = "Failed"
    return planned


def settle(document: Document, now: datetime) -> Document:
    """Apply ``_pending``: until its time the provisioning state is the pending one. Returns the document."""
    pending = document.get("_pending")
    if pending and now < datetime.fromisoformat(pending["until"]):
        document["properties"]["provisioningState"] = pending["state"]
    elif pending and "then" in pending:
        document["properties"]["provisioningState"] = pending["then"]
    return document


def public(document: Mapping[str, Any]) -> Document:
    """The document without private members."""
    return {name: value for name, value in document.items() if name[:1] != "_"}


def plain(call: Call) -> Render:
    """Renders the stored body with nothing but its provisioning state worked out."""

    def render(resource: Resource) -> Document:
        return public(settle(resource.doc, call.now))

    return render
