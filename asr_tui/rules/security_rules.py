"""The security rules that are missing, as changes that can be reviewed and applied with everything else.

For the source side now, and for the target side for the way back. A rule is put just above the one that denies; nothing is
ever loosened for ``Internet``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from asr_tui.model import arm_id
from asr_tui.model.change import Action, Change, Kind
from asr_tui.model.network import NetworkInterface, NetworkSecurityGroup, SecurityRule, Subnet, VirtualNetwork
from asr_tui.model.step import Step
from asr_tui.rules import nsg, outbound
from asr_tui.rules.facts import Facts
from asr_tui.rules.nsg import Verdict
from asr_tui.rules.outbound import RequiredTag

FIRST, LAST = 100, 4096
_IN_THE_WAY = frozenset({Verdict.DENIED, Verdict.PARTIAL})


def free_priority(
    group: NetworkSecurityGroup, below: int, taken: Iterable[int] = (), direction: str = nsg.OUTBOUND
) -> int | None:
    """The highest free priority that still comes before ``below``, or None where all are taken."""
    used = {rule.priority for rule in group.rules if rule.direction == direction} | set(taken)
    return next((n for n in range(min(below - 1, LAST), FIRST - 1, -1) if n not in used), None)


def rule_change(group: NetworkSecurityGroup, tag: RequiredTag, priority: int, *, reverse: bool = False) -> Change:
    """The change that puts an outbound rule for ``tag`` into ``group``; one of the same name and purpose is moved."""
    name, present = _name(group, tag, f"{tag.rule}-return" if reverse else tag.rule)
    rule_id = f"{group.id}/securityRules/{name}"
    what = "for the way back" if reverse else "for replication"
    return Change(
        key=arm_id.key(rule_id),
        action=Action.UPDATE if present else Action.CREATE,
        kind=Kind.SECURITY_RULE,
        step=Step.REPLICATION,
        resource_id=rule_id,
        name=f"{group.name}/{name}",
        reason=f"Lets TCP {tag.port} out to {tag.tag} ({tag.purpose}), {what}.",
        body=body(tag, priority),
    )


def _name(group: NetworkSecurityGroup, tag: RequiredTag, wanted: str) -> tuple[str, bool]:
    """The rule's name, and whether that very rule is there (after the one that denies, else nothing would be missing).
    A rule of that name with another purpose is left alone."""
    by_name = {rule.name.lower(): rule for rule in group.rules}
    name, number = wanted, 1
    while (found := by_name.get(name.lower())) is not None and not _is_for(found, tag):
        number += 1
        name = f"{wanted}-{number}"
    return (name, False) if found is None else (found.name, True)


def _is_for(rule: SecurityRule, tag: RequiredTag) -> bool:
    return rule.access == "Allow" and tuple(text.lower() for text in rule.destinations) == (tag.tag.lower(),)


def body(tag: RequiredTag, priority: int) -> dict[str, Any]:
    """The request body of the rule: outbound, TCP, one tag, one port."""
    return {
        "properties": {
            "description": f"Azure Site Recovery: {tag.purpose}",
            "protocol": "Tcp",
            "sourceAddressPrefix": "*",
            "sourcePortRange": "*",
            "destinationAddressPrefix": tag.tag,
            "destinationPortRange": str(tag.port),
            "access": "Allow",
            "priority": priority,
            "direction": nsg.OUTBOUND,
        }
    }


def command(change: Change) -> str:
    """The same rule as an Azure CLI command line, to be copied. Every value is quoted for a shell."""
    properties = change.body["properties"]
    parts = [
        "az network nsg rule create",
        f"--resource-group {_quoted(arm_id.resource_group(change.resource_id) or '')}",
        f"--nsg-name {_quoted(arm_id.segment(change.resource_id, 'networkSecurityGroups') or '')}",
        f"--name {_quoted(arm_id.name(change.resource_id))}",
        f"--priority {properties['priority']}",
        f"--direction {properties['direction']} --access {properties['access']} --protocol {properties['protocol']}",
        f"--destination-address-prefixes {_quoted(properties['destinationAddressPrefix'])}",
        f"--destination-port-ranges {properties['destinationPortRange']}",
    ]
    return " ".join(parts)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\"'\"'") + "'"


def missing(facts: Facts) -> tuple[Change, ...]:
    """Every rule that the VMs of the source region and their target networks lack, selected or not: a VM that a missing rule
    blocks cannot be selected before it has the rule.

    One change for each group and tag; both groups in the way get one where both deny.
    """
    if facts.missing_rules is not None:
        return facts.missing_rules
    collected = _Collection(facts)
    for tag in outbound.required(facts):
        shut = {spot for spot, told in outbound.by_spot(facts, tag).items() if told.verdict in _IN_THE_WAY}
        for vm, spot in outbound.spots(facts) if shut else ():
            if spot in shut and vm.network is not None and vm.subnet is not None and outbound.is_needed(tag, facts, vm):
                collected.add(tag, vm.network, vm.subnet, vm.nic, reverse=False)
    for tag in outbound.required(facts, reverse=True):
        if tag.when == "always":
            for network, subnet in _target_subnets(facts):
                if outbound.at(facts, network, subnet, None, tag).verdict not in _IN_THE_WAY:
                    continue
                collected.add(tag, network, subnet, None, reverse=True)
    facts.missing_rules = tuple(collected.changes.values())
    return facts.missing_rules


def _target_subnets(facts: Facts) -> Iterator[tuple[VirtualNetwork, Subnet]]:
    for planned in facts.resolved.networks:
        network = facts.estate.network_by_id.get(arm_id.key(planned.target.id))
        for pair in planned.subnets if network else ():
            subnet = network.subnet(pair.target) if network else None
            if network is not None and subnet is not None:
                yield network, subnet


class _Collection:
    """Rules found so far, and the priorities that they take in each group."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.changes: dict[str, Change] = {}
        self.taken: dict[str, set[int]] = {}
        self.asked: set[tuple[object, ...]] = set()

    def add(
        self, tag: RequiredTag, network: VirtualNetwork, subnet: Subnet, nic: NetworkInterface | None, *, reverse: bool
    ) -> None:
        """The rules that a place lacks where ``tag`` does not get through."""
        for group_id in (nic.security_group_id if nic else None, subnet.security_group_id):
            group = self.facts.estate.security_group_by_id.get(arm_id.key(group_id)) if group_id else None
            asked = (tag.tag, reverse, outbound.group_key(self.facts, group, nic)) if group else ()
            if group is None or asked in self.asked:
                continue
            self.asked.add(asked)
            place = outbound.place(self.facts.estate, network, subnet, nic)
            alone = replace(place, nic_group=group, subnet_group=None)
            found = nsg.evaluate(alone, nsg.Wanted(tag.tag, port=tag.port), self.facts.tags)
            if found.denials:
                first = min(denial.rule.priority for denial in found.denials)
                self._rule(group, tag, first, reverse=reverse)

    def _rule(self, group: NetworkSecurityGroup, tag: RequiredTag, below: int, *, reverse: bool) -> None:
        change = rule_change(group, tag, LAST, reverse=reverse)
        if change.key in self.changes:
            return
        taken = self.taken.setdefault(arm_id.key(group.id), set())
        priority = free_priority(group, below, taken)
        if priority is not None:
            taken.add(priority)
            self.changes[change.key] = rule_change(group, tag, priority, reverse=reverse)
