"""Writes of network security groups and their rules."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_network

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.estates.network_factory import DEFAULT_RULES, child, security_rule
from asr_tui.emulator.families import Document
from asr_tui.emulator.network.references import references
from asr_tui.emulator.network.resources import SECURITY_GROUPS
from asr_tui.emulator.network.service_tags import ranges_of
from asr_tui.emulator.network.views import NETWORK_VERSIONS
from asr_tui.emulator.network.writing import (
    TAGS,
    bad,
    begin_delete,
    change_parent,
    check_name,
    check_unused,
    child_answer,
    delete_child,
    finish_put,
    patch_tags,
    resource_body,
    shell,
    target_of,
)
from asr_tui.emulator.registry import operation
from asr_tui.emulator.schema import Int, ListOf, Obj, Str

_RULE = Obj(
    {
        "description": Str(max_length=140),
        "protocol": Str(enum=("*", "Tcp", "Udp", "Icmp", "Esp", "Ah")),
        "sourcePortRange": Str(),
        "destinationPortRange": Str(),
        "sourceAddressPrefix": Str(),
        "destinationAddressPrefix": Str(),
        "sourcePortRanges": ListOf(Str()),
        "destinationPortRanges": ListOf(Str()),
        "sourceAddressPrefixes": ListOf(Str()),
        "destinationAddressPrefixes": ListOf(Str()),
        "access": Str(enum=("Allow", "Deny")),
        "priority": Int(),
        "direction": Str(enum=("Inbound", "Outbound")),
    },
    required=("protocol", "access", "direction"),
    keep_unknown=True,
)
_NAMED = Obj({"name": Str(), "properties": _RULE}, required=("properties",), keep_unknown=True)
_OTHER_TAGS = frozenset(
    {
        "virtualnetwork",
        "internet",
        "azureloadbalancer",
        "azuretrafficmanager",
        "gatewaymanager",
        "azurefrontdoor.backend",
    }
)
_PORT = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
_ACTION = "Microsoft.Network/networkSecurityGroups"


@operation(
    "PUT",
    SECURITY_GROUPS.item_path,
    versions=NETWORK_VERSIONS,
    action=f"{_ACTION}/write",
    evidence="documentation",
    body=resource_body({"securityRules": ListOf(_NAMED)}),
)
def put_group(call: Call) -> Reply:
    """Create or replace a security group; rules that the body leaves out are deleted."""
    check_name("networkSecurityGroups", call.params["name"])
    target = target_of(call, SECURITY_GROUPS)
    document = shell(call, SECURITY_GROUPS, target)
    asked = (call.body.get("properties") or {}).get("securityRules") or []
    rules = [_rule(document, one.get("name") or "", one["properties"]) for one in asked]
    _check_conflicts(rules)
    document["properties"] |= {
        "securityRules": rules,
        "defaultSecurityRules": [security_rule(document, rule, "defaultSecurityRules") for rule in DEFAULT_RULES],
    }
    return finish_put(call, SECURITY_GROUPS, target, document)


def _rule(group: Document, name: str, asked: Mapping[str, object]) -> Document:
    check_name("securityRules", name)
    priority = asked.get("priority")
    if not isinstance(priority, int) or not 100 <= priority <= 4096:
        raise bad(
            "SecurityRuleInvalidPriority",
            f"Security rule has invalid Priority. Value should be between 100 and 4096. Security rule name: {name}, "
            f"priority: {priority}.",
        )
    properties: Document = {"description": asked["description"]} if asked.get("description") else {}
    properties["protocol"] = asked["protocol"]
    for end in ("source", "destination"):
        _ends(properties, asked, f"{end}PortRange", f"{end}PortRanges", name, ports=True)
        _ends(properties, asked, f"{end}AddressPrefix", f"{end}AddressPrefixes", name, ports=False)
    properties |= {"access": asked["access"], "priority": priority, "direction": asked["direction"]}
    return child(group, "securityRules", name, properties)


def _ends(
    properties: Document, asked: Mapping[str, object], single: str, several: str, name: str, *, ports: bool
) -> None:
    one, many = asked.get(single), asked.get(several)
    listed = list(many) if isinstance(many, Sequence) and not isinstance(many, str) else []
    if one and listed:
        raise bad(
            "SecurityRuleParameterConflict",
            f"Security rule {name} has both {single} and {several}. Only one of them can be given.",
        )
    if not one and not listed:
        raise bad(
            "SecurityRuleParameterMissing",
            f"Required security rule parameters are missing. Security rule "
            f"with name {name} requires one of {single} or {several}.",
        )
    for value in listed or [one]:
        if ports:
            _check_port(str(value), name)
        else:
            _check_address(str(value), name)
    if one:
        properties[single] = one
    properties[several] = listed


def _check_port(text: str, name: str) -> None:
    found = _PORT.fullmatch(text)
    good = text == "*"
    if found:
        low, high = int(found.group(1)), int(found.group(2) or found.group(1))
        good = low <= high <= 65535
    if not good:
        raise bad(
            "SecurityRuleInvalidPortRange",
            f"Security rule has invalid Port range. Value provided: {text}. Value should be an integer OR integer "
            f"range with '-' delimiter. Valid range 0-65535. Security rule name: {name}.",
        )


def _check_address(text: str, name: str) -> None:
    if text == "*" or text.lower() in _OTHER_TAGS or ranges_of(text) is not None:
        return
    try:
        ip_network(text, strict=False)
    except ValueError as error:
        raise bad(
            "SecurityRuleInvalidAddressPrefix",
            f"Security rule has invalid Address prefix. Value provided: {text}. Security rule name: {name}.",
        ) from error


def _check_conflicts(rules: Sequence[Document]) -> None:
    seen: dict[tuple[int, str], str] = {}
    for rule in rules:
        key = (rule["properties"]["priority"], rule["properties"]["direction"])
        other = seen.setdefault(key, rule["name"])
        if other != rule["name"]:
            raise bad(
                "SecurityRuleConflict",
                f"Security rule {other} conflicts with rule {rule['name']}. Rules cannot have the same Priority and "
                "Direction.",
            )


@operation(
    "PATCH",
    SECURITY_GROUPS.item_path,
    versions=NETWORK_VERSIONS,
    action=f"{_ACTION}/write",
    evidence="documentation",
    body=TAGS,
)
def patch_group(call: Call) -> Reply:
    """Replace a group's tags."""
    return patch_tags(call, SECURITY_GROUPS)


@operation(
    "DELETE",
    SECURITY_GROUPS.item_path,
    versions=NETWORK_VERSIONS,
    action=f"{_ACTION}/delete",
    evidence="documentation",
)
def delete_group(call: Call) -> Reply:
    """Delete a group that no NIC and no subnet uses."""
    found = SECURITY_GROUPS.existing(call)
    if found is None:
        return Reply(204)
    known = references(call.store, call.subscription, call.now)
    check_unused(
        "InUseNetworkSecurityGroupCannotBeDeleted",
        f"Network security group {found.id}",
        [*known.nsg_nics.get(found.key, ()), *known.nsg_subnets.get(found.key, ())],
    )
    return begin_delete(call, found)


_RULE_PATH = SECURITY_GROUPS.item_path + "/securityRules/{child}"


@operation(
    "PUT",
    _RULE_PATH,
    versions=NETWORK_VERSIONS,
    action=f"{_ACTION}/securityRules/write",
    evidence="documentation",
    body=Obj({"id": Str(), "name": Str(), "type": Str(), "etag": Str(), "properties": _RULE}, required=("properties",)),
)
def put_rule(call: Call) -> Reply:
    """Create or replace one rule of a group."""
    parent = SECURITY_GROUPS.find(call)
    document = parent.doc
    before = document["properties"]["securityRules"]
    fresh = _rule(document, call.params["child"], call.body["properties"])
    kept = [one for one in before if one["name"].lower() != fresh["name"].lower()]
    _check_conflicts([*kept, fresh])
    document["properties"]["securityRules"] = [*kept, fresh]
    change_parent(call, parent, document)
    return child_answer(call, document["location"], 200 if len(kept) < len(before) else 201, fresh, fresh["id"])


@operation(
    "DELETE",
    _RULE_PATH,
    versions=NETWORK_VERSIONS,
    action=f"{_ACTION}/securityRules/delete",
    evidence="documentation",
)
def delete_rule(call: Call) -> Reply:
    """Delete one rule of a group."""
    return delete_child(call, SECURITY_GROUPS, "securityRules")
