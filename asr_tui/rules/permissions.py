"""Which actions a plan needs at which scope, and which of them the signed-in principal does not have.

Source: https://learn.microsoft.com/azure/site-recovery/site-recovery-role-based-linked-access-control (read 2017-05-11),
and what the operations of today need beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from asr_tui.model import arm_id
from asr_tui.model.governance import Permission
from asr_tui.rules import figures
from asr_tui.rules.facts import Facts

_MEMO = "permissions.lacking"


@dataclass(frozen=True, slots=True)
class Need:
    """Actions that the plan needs at one scope (a resource group's or the subscription's id)."""

    check: str
    scope: str
    title: str
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lack:
    """What of a need the principal does not have; ``roles`` are built-in ones that would give it."""

    need: Need
    missing: tuple[str, ...]
    roles: tuple[str, ...]


@lru_cache(maxsize=4_096)
def _pattern(action: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in action.lower().split("*")))


def allows(permissions: Iterable[Permission], action: str) -> bool:
    """Whether any of ``permissions`` grants ``action``: a wildcard of its actions matches and none of its exceptions does."""
    wanted = action.lower().replace("*/register/action", "microsoft.recoveryservices/register/action")
    return any(
        any(_pattern(each).fullmatch(wanted) for each in permission.actions)
        and not any(_pattern(each).fullmatch(wanted) for each in permission.not_actions)
        for permission in permissions
    )


def at(permissions: Iterable[Permission], scope: str) -> tuple[Permission, ...]:
    """The permissions that hold at ``scope``: those of the scope itself and of everything above it."""
    wanted = arm_id.key(scope) + "/"
    return tuple(each for each in permissions if wanted.startswith(arm_id.key(each.scope) + "/"))


def needs(facts: Facts) -> tuple[Need, ...]:
    """What the plan needs, scope by scope."""
    found: dict[tuple[str, str], Need] = {}
    for row in figures.document("permissions")["needs"]:
        if not _applies(facts, row["when"]):
            continue
        for scope, title in _SCOPES[row["scope"]](facts):
            key = (row["check"], arm_id.key(scope))
            before = found[key].actions if key in found else ()
            found[key] = Need(row["check"], scope, title, tuple(dict.fromkeys((*before, *row["actions"]))))
    return tuple(found.values())


def _applies(facts: Facts, when: str) -> bool:
    resolved = facts.resolved
    match when:
        case "new-vault":
            return not resolved.vault.exists
        case "new-group":
            return any(not group.exists for group in (resolved.vault.group, *resolved.groups))
        case "new-cache":
            return any(not cache.exists for cache in resolved.caches)
        case "new-network":
            return any(not network.target.exists for network in resolved.networks)
        case "set":
            return any(item.availability_set and not item.availability_set.exists for item in resolved.items)
        case "providers":
            return any(provider.state == "NotRegistered" for provider in facts.estate.providers)
        case _:
            return True


_Scopes = Iterator[tuple[str, str]]


def _subscription(facts: Facts) -> _Scopes:
    subscription = facts.resolved.subscription_id
    yield f"/subscriptions/{subscription}", facts.estate.subscription.name or subscription


def _vault_group(facts: Facts) -> _Scopes:
    yield facts.resolved.vault.group.id, facts.resolved.vault.group.name


def _source_groups(facts: Facts) -> _Scopes:
    groups = {vm.key.split("/providers/", 1)[0]: vm for vm in facts.selected}
    for vm in groups.values():
        group = vm.vm.resource_group
        yield arm_id.resource_group_id(arm_id.subscription(vm.id) or "", group), group


def _target_groups(facts: Facts) -> _Scopes:
    for group in {item.group.id: item.group for item in facts.resolved.items}.values():
        yield group.id, group.name


def _target_network_groups(facts: Facts) -> _Scopes:
    for network in facts.resolved.networks:
        yield network.group.id, network.group.name


def _cache_groups(facts: Facts) -> _Scopes:
    for cache in facts.resolved.caches:
        yield cache.group.id, cache.group.name


#: By the word that ``permissions.yaml`` uses: the scopes (id and title) that it stands for under a plan.
_SCOPES: Mapping[str, Callable[[Facts], _Scopes]] = {
    "subscription": _subscription,
    "vault-group": _vault_group,
    "source-groups": _source_groups,
    "target-groups": _target_groups,
    "target-network-groups": _target_network_groups,
    "cache-groups": _cache_groups,
}


def lacking(facts: Facts) -> tuple[Lack, ...]:
    """The needs that are not met. Nothing where the permissions were not read: ask ``facts.estate.permissions`` first."""
    known = facts.memo.get(_MEMO)
    if known is None:
        known = facts.memo[_MEMO] = _lacking(facts)
    return cast("tuple[Lack, ...]", known)


def _lacking(facts: Facts) -> tuple[Lack, ...]:
    permissions = facts.estate.permissions or ()
    found = []
    for need in needs(facts):
        held = at(permissions, need.scope)
        missing = tuple(action for action in need.actions if not allows(held, action))
        if missing:
            found.append(Lack(need, missing, _roles(need)))
    return tuple(found)


def _roles(need: Need) -> tuple[str, ...]:
    return tuple(row["name"] for row in figures.document("permissions")["roles"] if row["check"] == need.check)


def custom_role(facts: Facts, name: str = "asr-tui operator") -> dict[str, Any]:
    """A role definition that holds just the missing actions, for the owner to create and assign."""
    lacks = lacking(facts)
    actions = sorted({action for lack in lacks for action in lack.missing})
    scopes = list(dict.fromkeys(lack.need.scope for lack in lacks))
    return {
        "Name": name,
        "IsCustom": True,
        "Description": "What is missing to set up and rehearse disaster recovery with Azure Site Recovery.",
        "Actions": actions,
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": scopes,
    }


def request_text(facts: Facts) -> str:
    """A message to the owner of the subscription: which actions are missing, where, and which roles would do."""
    lines = []
    for lack in lacking(facts):
        lines.append(f"On {lack.need.scope}:")
        lines += [f"  - {action}" for action in lack.missing]
        lines.append(f"  The built-in role {' and '.join(lack.roles)} would give them.")
    if not lines:
        return ""
    who = facts.estate.principal or "my account"
    return "\n".join([f"To protect VMs with Azure Site Recovery, {who} needs these actions:", *lines])
