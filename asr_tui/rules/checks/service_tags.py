"""Checks of security groups: the service tags that replication needs, on the source side and for the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from asr_tui.model import arm_id
from asr_tui.model.change import Change
from asr_tui.model.finding import Scope, Severity
from asr_tui.model.network import Subnet, VirtualNetwork
from asr_tui.rules import addresses, gaps, nsg, outbound, security_rules
from asr_tui.rules.checks.network import READ_NETWORK, placed
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.nsg import Place, TagVerdict, Verdict
from asr_tui.rules.outbound import RequiredTag
from asr_tui.rules.registry import Hit, check, unknown

#: The port on which members of a consistency group talk to each other.
MULTI_VM_PORT = 20004


def _tag_hits(facts: Facts, check_id: str) -> Iterator[Hit]:
    """Denied, partial and unknown verdicts of the tag that ``check_id`` looks after, one hit for each deciding group."""
    tag = next(each for each in outbound.required(facts) if each.check == check_id)
    blamed: dict[str, tuple[TagVerdict, list[VmFacts], str, str]] = {}
    closed = {spot: told for spot, told in outbound.by_spot(facts, tag).items() if told.verdict is not Verdict.ALLOWED}
    for vm, spot in outbound.spots(facts) if closed else ():
        verdict = closed.get(spot)
        if verdict is None or vm.subnet is None or not outbound.is_needed(tag, facts, vm):
            continue
        group = verdict.decision.group if verdict.decision else None
        name, group_id = (group.name, group.id) if group else (vm.subnet.name, vm.subnet.id)
        key = f"{arm_id.key(group_id)}|{verdict.verdict}"
        blamed.setdefault(key, (verdict, [], name, group_id))[1].append(vm)
    for verdict, vms, name, group_id in blamed.values():
        yield replace(_tag_hit(tag, verdict, vms, name, group_id), fixes=_fixes(facts, tag, vms))


def _fixes(facts: Facts, tag: RequiredTag, vms: list[VmFacts]) -> tuple[Change, ...]:
    """The missing rules for ``tag`` in the groups that these VMs stand behind."""
    groups = {
        arm_id.key(group_id)
        for vm in vms
        for group_id in (
            vm.nic.security_group_id if vm.nic else None,
            vm.subnet.security_group_id if vm.subnet else None,
        )
        if group_id
    }
    return tuple(
        change
        for change in security_rules.missing(facts)
        if change.body["properties"]["destinationAddressPrefix"] == tag.tag
        and change.key.rsplit("/securityrules/", 1)[0] in groups
    )


def _tag_hit(tag: RequiredTag, verdict: TagVerdict, vms: list[VmFacts], name: str, group_id: str) -> Hit:
    ids = tuple(vm.id for vm in vms)
    if verdict.verdict is Verdict.UNKNOWN:
        return unknown(name, group_id, verdict.why, READ_NETWORK, ids)
    decision = verdict.decision
    by = decision.sentence() if decision else "a rule"
    cause = f"{decision.rule.name}" if decision else ""
    remedy = f"Add an outbound rule that allows TCP {tag.port} to {tag.tag} above it."
    if verdict.verdict is Verdict.PARTIAL:
        evidence = f"Only {verdict.share or 0:.0%} of {tag.tag} is allowed; {by} denies the rest."
        return Hit(name, group_id, evidence, remedy, ids, cause=cause, severity=Severity.WARNING)
    return Hit(name, group_id, f"TCP {tag.port} to {tag.tag} is denied by {by}.", remedy, ids, cause=cause)


@check(
    id="net-nsg-storage-source",
    scope=Scope.NETWORK,
    title="Storage of the source region is reachable",
    severity=Severity.BLOCKER,
    source="NET",
    prevents="151072",
)
def net_nsg_storage_source(facts: Facts) -> Iterator[Hit]:
    yield from _tag_hits(facts, "net-nsg-storage-source")
    yield from gaps.networks(facts)


@check(
    id="net-nsg-aad",
    scope=Scope.NETWORK,
    title="The sign-in service is reachable",
    severity=Severity.BLOCKER,
    source="NET",
    prevents="151196",
)
def net_nsg_aad(facts: Facts) -> Iterator[Hit]:
    yield from _tag_hits(facts, "net-nsg-aad")
    yield from gaps.networks(facts)


@check(
    id="net-nsg-asr",
    scope=Scope.NETWORK,
    title="The replication service is reachable",
    severity=Severity.BLOCKER,
    source="NET",
    prevents="151197",
)
def net_nsg_asr(facts: Facts) -> Iterator[Hit]:
    yield from _tag_hits(facts, "net-nsg-asr")
    yield from gaps.networks(facts)


@check(
    id="net-nsg-eventhub-target",
    scope=Scope.NETWORK,
    title="Event Hubs of the target region are reachable",
    severity=Severity.BLOCKER,
    source="NET",
    prevents="153001",
)
def net_nsg_eventhub_target(facts: Facts) -> Iterator[Hit]:
    yield from _tag_hits(facts, "net-nsg-eventhub-target")
    yield from gaps.networks(facts)


@check(
    id="net-nsg-keyvault",
    scope=Scope.NETWORK,
    title="Key vaults are reachable for VMs with encrypted disks",
    severity=Severity.WARNING,
    source="NET",
)
def net_nsg_keyvault(facts: Facts) -> Iterator[Hit]:
    yield from _tag_hits(facts, "net-nsg-keyvault")
    yield from gaps.networks(facts)


@check(
    id="net-nsg-guesthybrid",
    scope=Scope.NETWORK,
    title="The update service is reachable where the agent updates itself",
    severity=Severity.WARNING,
    source="NET",
)
def net_nsg_guesthybrid(facts: Facts) -> Iterator[Hit]:
    yield from _tag_hits(facts, "net-nsg-guesthybrid")
    yield from gaps.networks(facts)


@check(
    id="net-nsg-reverse",
    scope=Scope.NETWORK,
    title="The target network lets replication back out",
    severity=Severity.WARNING,
    source="NET",
    prevents="151197",
)
def net_nsg_reverse(facts: Facts) -> Iterator[Hit]:
    seen: set[str] = set()
    for planned in facts.resolved.networks:
        network = facts.estate.network_by_id.get(arm_id.key(planned.target.id))
        for pair in planned.subnets if network else ():
            subnet = network.subnet(pair.target) if network else None
            if network is None or subnet is None or arm_id.key(subnet.id) in seen:
                continue
            seen.add(arm_id.key(subnet.id))
            yield from _reverse_hits(facts, network, subnet)
    yield from gaps.target_networks(facts)


def _reverse_hits(facts: Facts, network: VirtualNetwork, subnet: Subnet) -> Iterator[Hit]:
    for tag in outbound.required(facts, reverse=True):
        if tag.when != "always":
            continue
        verdict = outbound.at(facts, network, subnet, None, tag)
        if verdict.verdict in {Verdict.DENIED, Verdict.PARTIAL}:
            by = verdict.decision.sentence() if verdict.decision else "a rule"
            evidence = f"TCP {tag.port} to {tag.tag} is {verdict.verdict} by {by}."
            remedy = f"Allow TCP {tag.port} to {tag.tag} there before you need to replicate back."
            group = arm_id.key(subnet.security_group_id or "")
            fixes = tuple(
                change
                for change in security_rules.missing(facts)
                if change.key.startswith(f"{group}/securityrules/{tag.rule}-return")
            )
            yield Hit(f"{network.name}/{subnet.name}", subnet.id, evidence, remedy, cause=tag.tag, fixes=fixes)
        elif verdict.verdict is Verdict.UNKNOWN:
            yield unknown(f"{network.name}/{subnet.name}", subnet.id, verdict.why, READ_NETWORK)


@check(
    id="net-nsg-ip-lists",
    scope=Scope.NETWORK,
    title="Security groups name service tags, not fixed addresses",
    severity=Severity.WARNING,
    source="NET",
)
def net_nsg_ip_lists(facts: Facts) -> Iterator[Hit]:
    groups: dict[str, list[VmFacts]] = {}
    for vm, _, subnet in placed(facts):
        for group_id in (vm.nic.security_group_id if vm.nic else None, subnet.security_group_id):
            if group_id:
                groups.setdefault(arm_id.key(group_id), []).append(vm)
    private = addresses.of(("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
    for key, vms in groups.items():
        group = facts.estate.security_group_by_id.get(key)
        for rule in group.rules if group else ():
            if group is None or rule.direction != nsg.OUTBOUND or rule.access != "Allow":
                continue
            fixed = [
                t
                for t in rule.destinations
                if t not in nsg.ANY and (r := addresses.parse(t)) and not addresses.covers(private, r)
            ]
            if fixed and nsg.port_matches(rule.destination_ports, 443):
                evidence = f"Rule {rule.name} allows {', '.join(fixed[:3])} by address."
                remedy = "If they stand for Azure, name the service tag: addresses change."
                yield Hit(group.name, group.id, evidence, remedy, tuple(vm.id for vm in vms), cause=rule.name)
    yield from gaps.networks(facts)


@check(
    id="net-nsg-multivm-20004",
    scope=Scope.NETWORK,
    title="Members of a consistency group reach each other on TCP 20004",
    severity=Severity.WARNING,
    source="ARCH",
)
def net_nsg_multivm_20004(facts: Facts) -> Iterator[Hit]:
    groups: dict[str, list[tuple[VmFacts, Place]]] = {}
    for vm, network, subnet in placed(facts):
        name = facts.override(vm).multi_vm_group
        if vm.selected and name:
            member = (vm, outbound.place(facts.estate, network, subnet, vm.nic))
            groups.setdefault(name, []).append(member)
    for name, members in sorted(groups.items()):
        for vm, place in members:
            others = tuple(other.address for each, other in members if each is not vm)
            if others:
                yield from _peer_hits(facts, name, vm, place, others)
    yield from gaps.networks(facts)


def _peer_hits(facts: Facts, name: str, vm: VmFacts, place: Place, others: tuple[str, ...]) -> Iterator[Hit]:
    """The directions in which ``vm`` does not reach the other members, whose addresses are ``others`` ("" for unknown)."""
    if not all(others):
        yield unknown(vm.name, vm.id, f"The addresses of the other members of {name} are not known.", READ_NETWORK)
        return
    for direction in (nsg.OUTBOUND, nsg.INBOUND):
        verdict = nsg.evaluate(place, nsg.Wanted(prefixes=others, port=MULTI_VM_PORT), facts.tags, direction)
        if verdict.verdict in {Verdict.DENIED, Verdict.PARTIAL} and verdict.decision is not None:
            evidence = f"{direction} TCP {MULTI_VM_PORT} is {verdict.verdict} by {verdict.decision.sentence()}."
            remedy = "Allow it between the members of the group, both ways."
            yield Hit(vm.name, vm.id, evidence, remedy, (vm.id,), cause=f"{name}|{direction}")
