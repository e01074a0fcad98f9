"""Which rule of a network security group decides about TCP 443 from one NIC to the addresses of a service tag."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from asr_tui.emulator.network.service_tags import ranges_of
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.source_vm import Document

PORT = 443
_ANY = ("*", "any", "0.0.0.0/0")


def denying(group: Document, tag: str, nic: Document) -> Document | None:
    """The outbound rule that keeps the NIC from the whole of ``tag``; None when some or all of it can be reached.

    By ascending priority the first rule that matches an address decides about it. A rule names a tag's addresses by the tag,
    by one that holds it, or by prefixes; ranges that a prefix covers in part only stay open to later rules.
    """
    left = list(ranges_of(tag) or (IPv4Network("0.0.0.0/0"),))
    first: Document | None = None
    for rule in _for_port(group):
        properties = rule["properties"]
        if not _source(properties, nic):
            continue
        rest = _undecided(properties, tag, left)
        if len(rest) == len(left):
            continue
        if properties["access"].lower() == "allow":
            return None
        first = first or rule
        left = rest
        if not left:
            return first
    return None


def _for_port(group: Document) -> list[dict[str, Any]]:
    """The outbound rules about TCP 443, by ascending priority."""
    properties = group["properties"]
    rules = [*properties.get("securityRules", []), *properties.get("defaultSecurityRules", [])]
    found = [rule for rule in rules if rule["properties"]["direction"].lower() == "outbound"]
    found = [rule for rule in found if _protocol(rule["properties"]) and _port(rule["properties"])]
    return sorted(found, key=lambda rule: int(rule["properties"]["priority"]))


def _protocol(rule: Document) -> bool:
    return str(rule.get("protocol", "*")).lower() in ("*", "tcp")


def _port(rule: Document) -> bool:
    for text in rule.get("destinationPortRanges") or [rule.get("destinationPortRange", "*")]:
        low, _, high = str(text).partition("-")
        if low == "*" or (low.isdigit() and int(low) <= PORT <= int(high or low)):
            return True
    return False


def _texts(rule: Document, end: str) -> list[str]:
    """The prefixes and tags of one end (``source``, ``destination``) of a rule, lower-cased."""
    found = rule.get(f"{end}AddressPrefixes") or [rule.get(f"{end}AddressPrefix") or ""]
    return [str(text).lower() for text in found if text]


def _source(rule: Document, nic: Document) -> bool:
    """Whether the rule is for traffic from this NIC: by its address, its network or its application security groups."""
    configs = [config["properties"] for config in nic["properties"].get("ipConfigurations", [])]
    groups = rule.get("sourceApplicationSecurityGroups") or []
    if groups:
        mine = [group["id"] for config in configs for group in config.get("applicationSecurityGroups") or []]
        return any(ids.same(group["id"], own) for group in groups for own in mine)
    texts = _texts(rule, "source") or ["*"]
    if any(text in (*_ANY, "virtualnetwork") for text in texts):
        return True
    address = configs[0].get("privateIPAddress") if configs else None
    return address is not None and any(IPv4Address(address) in network for network in _networks(texts))


def _undecided(rule: Document, tag: str, left: list[IPv4Network]) -> list[IPv4Network]:
    """What is left of the tag's ranges after a rule."""
    texts = _texts(rule, "destination")
    family, _, region = tag.lower().partition(".")
    names = {*_ANY, "internet", tag.lower(), family, "azurecloud"} | ({f"azurecloud.{region}"} if region else set())
    if names.intersection(texts):
        return []
    networks = list(_networks(texts))
    return [part for part in left if not any(part.subnet_of(network) for network in networks)]


def _networks(texts: list[str]) -> Iterator[IPv4Network]:
    for text in texts:
        try:
            yield IPv4Network(text, strict=False)
        except ValueError:
            continue  # a tag, or IPv6
