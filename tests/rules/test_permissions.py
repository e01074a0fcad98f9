"""Which actions are missing, where, and what to hand to the owner."""

from __future__ import annotations

import json
from typing import Any

import pytest

from asr_tui.model.governance import Permission
from asr_tui.rules import permissions
from asr_tui.rules.facts import Facts
from tests.rules import makers
from tests.rules.makers import SUB

SUBSCRIPTION = f"/subscriptions/{SUB}"


def facts(*held: Permission, **more: Any) -> Facts:
    return Facts(makers.estate(permissions=held, **more), makers.plan("web01"))


@pytest.mark.parametrize(
    ("actions", "exceptions", "action", "expected"),
    [
        (("*",), (), "Microsoft.Compute/disks/write", True),
        (("*/read",), (), "Microsoft.Compute/disks/read", True),
        (("*/read",), (), "Microsoft.Compute/disks/write", False),
        (("Microsoft.Compute/*",), (), "microsoft.compute/DISKS/write", True),
        (("Microsoft.Compute/*/write",), ("Microsoft.Compute/disks/*",), "Microsoft.Compute/disks/write", False),
        (("Microsoft.Compute.Other/*",), (), "Microsoft.Compute/disks/write", False),
        (("*/register/action",), (), "*/register/action", True),
    ],
)
def test_wildcards(actions: tuple[str, ...], exceptions: tuple[str, ...], action: str, expected: bool) -> None:
    assert permissions.allows((Permission("/", actions, exceptions),), action) is expected


def test_permissions_hold_below_their_scope_only() -> None:
    held = (
        Permission(SUBSCRIPTION, ("a",)),
        Permission(makers.gid("shop"), ("b",)),
        Permission(makers.gid("sho"), ("c",)),
    )
    assert [p.actions for p in permissions.at(held, makers.gid("SHOP"))] == [("a",), ("b",)]


def test_an_owner_lacks_nothing() -> None:
    found = facts(Permission(SUBSCRIPTION, ("*",)))
    assert permissions.lacking(found) == ()
    assert permissions.request_text(found) == ""
    assert permissions.custom_role(found)["Actions"] == []


def test_the_missing_actions_are_named_with_scope_and_role() -> None:
    contributor = Permission(SUBSCRIPTION, ("*",), ("Microsoft.Storage/storageAccounts/listKeys/action",))
    found = facts(contributor)
    lacks = permissions.lacking(found)
    assert [(lack.need.check, lack.missing) for lack in lacks] == [
        ("rbac-storage-keys", ("Microsoft.Storage/storageAccounts/listKeys/action",))
    ]
    assert lacks[0].roles == ("Storage Account Contributor",)
    role = permissions.custom_role(found)
    assert json.loads(json.dumps(role))["AssignableScopes"] == [lacks[0].need.scope]
    assert role["Actions"] == ["Microsoft.Storage/storageAccounts/listKeys/action"]
    text = permissions.request_text(found)
    assert "my account needs these actions" in text
    assert "  - Microsoft.Storage/storageAccounts/listKeys/action" in text
    assert "Storage Account Contributor" in text


def test_the_request_says_who_asks() -> None:
    assert permissions.request_text(facts(principal="ops@shop")).startswith(
        "To protect VMs with Azure Site Recovery, ops@shop needs"
    )


def test_a_custom_role_clears_what_is_missing() -> None:
    reader = Permission(SUBSCRIPTION, ("*/read",))
    before = facts(reader)
    role = permissions.custom_role(before)
    granted = tuple(Permission(scope, tuple(role["Actions"])) for scope in role["AssignableScopes"])
    assert permissions.lacking(facts(reader, *granted)) == ()


def test_a_request_for_what_no_single_role_gives_names_none() -> None:
    """Making groups and registering providers is no built-in role's business alone."""
    found = facts(Permission(makers.gid("nothing"), ()))
    assert {lack.need.title for lack in permissions.lacking(found)} >= {
        "shop",
        "shop-asr",
        "rg-asr-northeurope",
        "Shop",
    }
