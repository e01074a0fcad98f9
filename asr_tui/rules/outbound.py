"""Which service tags a VM must reach, and whether it does: the security groups of its interface and subnet against each.

Source: https://learn.microsoft.com/azure/site-recovery/azure-to-azure-about-networking (read 2021-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from asr_tui.model import arm_id
from asr_tui.model.estate import Estate
from asr_tui.model.network import NetworkInterface, NetworkSecurityGroup, Subnet, VirtualNetwork
from asr_tui.rules import addresses, figures, nsg, regions
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.nsg import Place, TagVerdict, Wanted


@dataclass(frozen=True, slots=True)
class RequiredTag:
    """A destination that replication needs. ``tag`` is complete (``Storage.WestEurope``); ``when`` says for whom."""

    tag: str
    family: str
    purpose: str
    when: str
    check: str
    rule: str
    port: int = 443


def required(facts: Facts, *, reverse: bool = False) -> tuple[RequiredTag, ...]:
    """The tags for this region pair; ``reverse`` gives those that the target side needs for the way back."""
    near, far = (facts.target, facts.source) if reverse else (facts.source, facts.target)
    rows = []
    for row in figures.document("tags")["tags"]:
        name = row["tag"]
        if row["region"]:
            name = regional(facts, row["tag"], near if row["region"] == "source" else far)
        rows.append(RequiredTag(name, row["tag"], row["purpose"], row["when"], row["check"], row["rule"]))
    return tuple(rows)


def regional(facts: Facts, family: str, region: str) -> str:
    """The tag's regional form; its global form where the published list was read and has no such region."""
    name = f"{family}.{regions.title(facts.estate, region).replace(' ', '')}"
    if facts.estate.service_tags and facts.tags.ranges(name) is None:
        return family
    return name


def is_needed(tag: RequiredTag, facts: Facts, vm: VmFacts) -> bool:
    """Whether this VM needs the tag: always, for encrypted disks, or for automatic updates of the agent."""
    if tag.when == "encryption":
        return vm.vm.encrypted_disks is True or any(disk and disk.azure_disk_encryption for _, disk in vm.disks)
    if tag.when == "auto-update":
        return facts.plan.policy.agent_auto_update
    return True


def network_prefixes(estate: Estate, network: VirtualNetwork) -> tuple[str, ...]:
    """What the tag VirtualNetwork stands for: the network's own space and that of its connected peers."""
    prefixes = list(network.address_space)
    for peering in network.peerings:
        remote = estate.network_by_id.get(arm_id.key(peering.remote_network_id))
        if remote is not None and peering.state == "Connected":
            prefixes += remote.address_space
    return tuple(prefixes)


def place(estate: Estate, network: VirtualNetwork, subnet: Subnet, nic: NetworkInterface | None) -> Place:
    """Where traffic of ``nic`` (None: of any VM in the subnet) leaves."""
    groups = estate.security_group_by_id
    address = nic.primary_ip if nic else None
    nic_group = groups.get(arm_id.key(nic.security_group_id)) if nic and nic.security_group_id else None
    subnet_group = groups.get(arm_id.key(subnet.security_group_id)) if subnet.security_group_id else None
    return Place(
        address=(address.private_ip if address else None) or "",
        subnet=subnet.prefixes,
        network=network_prefixes(estate, network),
        application_groups=frozenset(
            group.lower() for group in (address.application_security_group_ids if address else ())
        ),
        nic_group=nic_group,
        subnet_group=subnet_group,
    )


def unread_group(estate: Estate, subnet: Subnet, nic: NetworkInterface | None) -> str | None:
    """The name of a security group that stands in the way but was not read, or None."""
    for group_id in (nic.security_group_id if nic else None, subnet.security_group_id):
        if group_id and arm_id.key(group_id) not in estate.security_group_by_id:
            return arm_id.name(group_id)
    return None


def verdict(facts: Facts, vm: VmFacts, tag: RequiredTag, nic: NetworkInterface | None = None) -> TagVerdict | None:
    """Whether this VM reaches ``tag`` from an interface (its primary one by default); None where its subnet is not known.

    VMs behind the same groups share one evaluation.
    """
    if vm.network is None or vm.subnet is None:
        return None
    return at(facts, vm.network, vm.subnet, nic or vm.nic, tag)


def by_spot(facts: Facts, tag: RequiredTag) -> Mapping[int | str, TagVerdict]:
    """The verdict at each of the :func:`spots` where VMs of the source region stand: few, however many VMs there are."""
    return {spot: at(facts, *where, tag) for spot, where in _places(facts).items()}


def spots(facts: Facts) -> tuple[tuple[VmFacts, int | str], ...]:
    """The VMs whose place is known, each with what its place has in common with others; found once."""
    if spots not in facts.memo:
        facts.memo[spots] = tuple(
            (vm, _spot(facts, vm.subnet, vm.nic))
            for vm in facts.vms
            if vm.network is not None and vm.subnet is not None
        )
    return cast("tuple[tuple[VmFacts, int | str], ...]", facts.memo[spots])


def _places(facts: Facts) -> dict[int | str, tuple[VirtualNetwork, Subnet, NetworkInterface | None]]:
    """One place for each spot."""
    found: dict[int | str, tuple[VirtualNetwork, Subnet, NetworkInterface | None]] = {}
    for vm, spot in spots(facts):
        if spot not in found and vm.network is not None and vm.subnet is not None:
            found[spot] = (vm.network, vm.subnet, vm.nic)
    return found


def at(
    facts: Facts, network: VirtualNetwork, subnet: Subnet, nic: NetworkInterface | None, tag: RequiredTag
) -> TagVerdict:
    """The verdict at one place."""
    spot = _spot(facts, subnet, nic)
    if isinstance(spot, str):
        return TagVerdict(nsg.Verdict.UNKNOWN, None, None, f"The network security group {spot} could not be read.")
    memo = ("tag", tag.tag, tag.port, spot)
    found = facts.memo.get(memo)
    if not isinstance(found, TagVerdict):
        where = place(facts.estate, network, subnet, nic)
        found = facts.memo[memo] = nsg.evaluate(where, Wanted(tag.tag, port=tag.port), facts.tags)
    return found


def _spot(facts: Facts, subnet: Subnet, nic: NetworkInterface | None) -> int | str:
    """A number that is equal for places which every outbound rule treats alike; the name of a group that was not read."""
    where = (subnet.id, nic.id if nic else "")
    found = facts.spots.get(where)
    if found is None:
        missing = unread_group(facts.estate, subnet, nic)
        if missing is None:
            key = (arm_id.key(subnet.id), _sources(facts, subnet, nic))
            found = facts.place_numbers.setdefault(key, len(facts.place_numbers))
        else:
            found = missing
        facts.spots[where] = found
    return found


def _sources(facts: Facts, subnet: Subnet, nic: NetworkInterface | None) -> tuple[object, ...]:
    """What of the interface the groups' rules ask for. Interfaces with the same answers share one verdict."""
    groups = facts.estate.security_group_by_id
    ids = (nic.security_group_id if nic else None, subnet.security_group_id)
    return tuple(group_key(facts, groups[arm_id.key(each)], nic) for each in ids if each)


def group_key(facts: Facts, group: NetworkSecurityGroup, nic: NetworkInterface | None) -> tuple[object, ...]:
    """The group, and which of the sources that its outbound rules name the interface belongs to."""
    address = nic.primary_ip if nic else None
    number = addresses.number(address.private_ip or "") if address else None
    ranges, by_group = _named_sources(facts, group)
    answers: list[object] = [None if number is None else addresses.contains(each, number) for each in ranges]
    if by_group:
        answers.append(address.application_security_group_ids if address else ())
    return arm_id.key(group.id), tuple(answers)


def _named_sources(facts: Facts, group: NetworkSecurityGroup) -> tuple[tuple[addresses.Ranges, ...], bool]:
    """The source addresses that outbound rules of ``group`` name, and whether any names an application security group."""
    memo = arm_id.key(group.id)
    if memo not in facts.sources:
        rules = [rule for rule in group.rules if rule.direction == nsg.OUTBOUND]
        ranges = {parsed for rule in rules for text in rule.sources if (parsed := addresses.parse(text))}
        facts.sources[memo] = (tuple(sorted(ranges)), any(rule.source_application_groups for rule in rules))
    return facts.sources[memo]
