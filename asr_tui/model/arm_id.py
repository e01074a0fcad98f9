"""Azure resource ids. The service answers with casing of its own, so ids are compared only through :func:`key`."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=131_072)
def key(resource_id: str) -> str:
    """The form in which two ids of the same resource are equal: lower case, without a trailing slash."""
    return resource_id.rstrip("/").lower()


def same(one: str | None, other: str | None) -> bool:
    """Whether both name the same resource. Two missing ids are not the same resource."""
    return one is not None and other is not None and key(one) == key(other)


def name(resource_id: str) -> str:
    """The last segment: the resource's own name, in the casing given."""
    return resource_id.rstrip("/").rsplit("/", 1)[-1]


def segment(resource_id: str, label: str) -> str | None:
    """The segment that follows ``label`` (compared without case), or None: ``segment(id, "resourceGroups")``."""
    parts = resource_id.split("/")
    wanted = label.lower()
    for index, part in enumerate(parts[:-1]):
        if part.lower() == wanted:
            return parts[index + 1]
    return None


def subscription(resource_id: str) -> str | None:
    """The subscription id within ``resource_id``, or None."""
    return segment(resource_id, "subscriptions")


def resource_group(resource_id: str) -> str | None:
    """The resource group's name within ``resource_id``, or None."""
    return segment(resource_id, "resourceGroups")


def resource_group_id(subscription_id: str, group: str) -> str:
    """The id of a resource group."""
    return f"/subscriptions/{subscription_id}/resourceGroups/{group}"


def provider_id(subscription_id: str, group: str, resource_type: str, resource_name: str) -> str:
    """The id of a resource: ``provider_id(sub, "rg", "Microsoft.Network/virtualNetworks", "vnet")``."""
    return f"{resource_group_id(subscription_id, group)}/providers/{resource_type}/{resource_name}"
