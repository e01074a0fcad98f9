"""What Azure Policy is asked about before anything is made: the very bodies of the change set, and what the service makes
at a failover in a form that is known well enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from asr_tui.model.change import Action, Change, Kind
from asr_tui.model.estate import Estate
from asr_tui.model.plan import Plan
from asr_tui.model.problem import ProblemError
from asr_tui.rules.changes import changes
from asr_tui.rules.defaults import resolve

GROUP_TYPE = "Microsoft.Resources/subscriptions/resourceGroups"
VM_TYPE = "Microsoft.Compute/virtualMachines"
NIC_TYPE = "Microsoft.Network/networkInterfaces"
#: Top-level resources that a plan makes, by kind.
TYPES: Mapping[Kind, str] = {
    Kind.RESOURCE_GROUP: GROUP_TYPE,
    Kind.NETWORK: "Microsoft.Network/virtualNetworks",
    Kind.AVAILABILITY_SET: "Microsoft.Compute/availabilitySets",
    Kind.CACHE_ACCOUNT: "Microsoft.Storage/storageAccounts",
    Kind.VAULT: "Microsoft.RecoveryServices/vaults",
}
MOST = 100
"""A question is a request: of so many alike the rest is left out, and told as not asked."""


@dataclass(frozen=True, slots=True)
class Question:
    """May a resource of this type and body be made in ``scope`` (a group's id, or the subscription's for a group itself)?

    ``by_service``: the service makes it at a failover, with tags that are not known.
    """

    scope: str
    resource_type: str
    name: str
    body: Mapping[str, Any]
    by_service: bool = False


def questions(estate: Estate, plan: Plan) -> tuple[Question, ...]:
    """One question for everything new of the plan, and one for each size of failed-over VMs in each target group."""
    try:
        planned = changes(estate, plan)
    except ProblemError:
        return ()  # what cannot be planned yet is not made either: the review says why
    asked = [question for change in planned if (question := _of_change(change)) is not None]
    return tuple([*asked, *_at_failover(estate, plan)][:MOST])


def _of_change(change: Change) -> Question | None:
    resource_type = TYPES.get(change.kind)
    if resource_type is None or change.action is not Action.CREATE:
        return None
    scope = change.resource_id.split("/providers/", 1)[0]
    if change.kind is Kind.RESOURCE_GROUP:
        scope = "/".join(scope.split("/")[:3])
    return Question(scope, resource_type, change.name, {"name": change.name, **change.body})


def _at_failover(estate: Estate, plan: Plan) -> Iterator[Question]:
    seen: set[tuple[str, str]] = set()
    for item in resolve(estate, plan).items:
        for resource_type, size in ((VM_TYPE, item.target_size), (NIC_TYPE, "")):
            if (item.group.id, resource_type + size) in seen:
                continue
            seen.add((item.group.id, resource_type + size))
            properties = {"hardwareProfile": {"vmSize": size}} if size else {}
            body = {"location": plan.target_region, "properties": properties}
            yield Question(item.group.id, resource_type, size or "network interfaces", body, by_service=True)
