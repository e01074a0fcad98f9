"""Checks of network interfaces: what of them does not follow the VM."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model import arm_id
from asr_tui.model.finding import Scope, Severity
from asr_tui.model.network import IpConfiguration, NetworkInterface
from asr_tui.rules import addresses, gaps
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.registry import Hit, check, on_vm, on_vms


def _addresses(vms: tuple[VmFacts, ...]) -> Iterator[tuple[VmFacts, NetworkInterface, IpConfiguration]]:
    for vm in vms:
        for nic in vm.nics:
            for address in nic.ip_configurations:
                yield vm, nic, address


@check(
    id="nic-secondary-ip",
    scope=Scope.NIC,
    title="Secondary addresses are not carried over by themselves",
    severity=Severity.WARNING,
    source="SM",
)
def nic_secondary_ip(facts: Facts) -> Iterator[Hit]:
    found = [vm for vm in facts.selected if any(len(nic.ip_configurations) > 1 for nic in vm.nics)]
    evidence = "They have more than one address on an interface; only the primary one is taken over."
    severity = Severity.BLOCKER if facts.plan.zonal else None
    yield from on_vms(facts, found, evidence, "Configure the others once the VM is protected.", severity=severity)
    yield from gaps.nics(facts)


@check(
    id="nic-ipv6",
    scope=Scope.NIC,
    title="Every interface has an IPv4 address",
    severity=Severity.BLOCKER,
    source="SM",
)
def nic_ipv6(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        for nic in vm.nics:
            versions = {address.version for address in nic.ip_configurations}
            if versions == {"IPv6"}:
                yield on_vm(vm, f"{nic.name} has IPv6 addresses only.", "Give it an IPv4 address.", cause=nic.name)
            elif "IPv6" in versions:
                evidence = f"{nic.name} has both kinds of addresses; the target needs a free IPv4 one."
                yield on_vm(vm, evidence, "Nothing, if the target has one.", cause=nic.name, severity=Severity.WARNING)
    yield from gaps.nics(facts)


@check(
    id="nic-accelerated",
    scope=Scope.NIC,
    title="Accelerated networking follows where the target size has it",
    severity=Severity.INFO,
    source="CN",
)
def nic_accelerated(facts: Facts) -> Iterator[Hit]:
    found = []
    for vm in facts.selected:
        size = facts.target_size(vm)
        if size is not None and not size.accelerated_networking and any(nic.accelerated for nic in vm.nics):
            found.append(vm)
    evidence = "They use accelerated networking; their target size does not have it."
    yield from on_vms(facts, found, evidence, "Choose a target size that has it, if speed matters.")
    yield from gaps.nics(facts)
    yield from gaps.target_sizes(facts)


@check(
    id="nic-public-ip",
    scope=Scope.NIC,
    title="Public addresses are not carried over",
    severity=Severity.WARNING,
    source="PIP",
)
def nic_public_ip(facts: Facts) -> Iterator[Hit]:
    keys = {vm.key for vm, _, address in _addresses(facts.selected) if address.public_ip_id}
    found = [vm for vm in facts.selected if vm.key in keys]
    evidence = "They have public IP addresses, which stay with the source."
    remedy = "Make public addresses in the target region, and let DNS or Traffic Manager point there."
    yield from on_vms(facts, found, evidence, remedy)
    yield from gaps.nics(facts)


@check(
    id="nic-load-balancer-internal",
    scope=Scope.NIC,
    title="Internal load balancers are made beforehand in the target region",
    severity=Severity.WARNING,
    source="CN",
)
def nic_load_balancer_internal(facts: Facts) -> Iterator[Hit]:
    yield from _balanced(facts, public=False)
    yield from gaps.nics(facts)
    yield from gaps.unreadable(facts, "load_balancers")


@check(
    id="nic-load-balancer-public",
    scope=Scope.NIC,
    title="Public load balancers are not carried over",
    severity=Severity.WARNING,
    source="SM",
)
def nic_load_balancer_public(facts: Facts) -> Iterator[Hit]:
    yield from _balanced(facts, public=True)
    yield from gaps.nics(facts)
    yield from gaps.unreadable(facts, "load_balancers")


def _balanced(facts: Facts, *, public: bool) -> Iterator[Hit]:
    """One hit for each load balancer of the wanted kind that selected VMs stand behind."""
    behind: dict[str, list[VmFacts]] = {}
    for vm, _, address in _addresses(facts.selected):
        for pool in address.load_balancer_pool_ids:
            behind.setdefault(arm_id.key(pool), []).append(vm)
    for balancer in facts.estate.load_balancers:
        pools = {arm_id.key(pool) for pool in balancer.backend_pool_ids}
        vms = list(dict.fromkeys(vm.id for pool in pools for vm in behind.get(pool, ())))
        if balancer.public is public and vms:
            evidence = f"{len(vms)} of the selected VMs stand behind it; it stays in the source region."
            remedy = "Make one in the target region; public ones take the VMs by a script after failover."
            yield Hit(balancer.name, balancer.id, evidence, remedy, tuple(vms))


@check(
    id="nic-nsg-target",
    scope=Scope.NIC,
    title="Security groups are not carried over",
    severity=Severity.WARNING,
    source="NSG",
)
def nic_nsg_target(facts: Facts) -> Iterator[Hit]:
    groups: dict[str, list[VmFacts]] = {}
    for vm in facts.selected:
        ids = {arm_id.key(nic.security_group_id): nic.security_group_id for nic in vm.nics if nic.security_group_id}
        if vm.subnet is not None and vm.subnet.security_group_id:
            ids[arm_id.key(vm.subnet.security_group_id)] = vm.subnet.security_group_id
        for group_id in ids.values():
            groups.setdefault(group_id, []).append(vm)
    for group_id, vms in groups.items():
        evidence = f"It protects {len(vms)} of the selected VMs; the target network has no copy of it."
        remedy = "Make one in the target region and put it on the target subnets before failover."
        yield Hit(arm_id.name(group_id), group_id, evidence, remedy, tuple(vm.id for vm in vms))
    yield from gaps.nics(facts)


@check(
    id="nic-asg",
    scope=Scope.NIC,
    title="Application security groups are not carried over",
    severity=Severity.WARNING,
    source="SM",
)
def nic_asg(facts: Facts) -> Iterator[Hit]:
    keys = {vm.key for vm, _, address in _addresses(facts.selected) if address.application_security_group_ids}
    found = [vm for vm in facts.selected if vm.key in keys]
    evidence = "Rules that name their application security groups will not match them in the target region."
    yield from on_vms(
        facts, found, evidence, "Write the target's rules with address ranges, or assign groups by script."
    )
    yield from gaps.nics(facts)


@check(
    id="net-target-static-ip",
    scope=Scope.NIC,
    title="Static addresses exist in the target subnet",
    severity=Severity.WARNING,
    source="NM",
)
def net_target_static_ip(facts: Facts) -> Iterator[Hit]:
    lost = []
    for vm in facts.selected:
        item = facts.resolved.item_by_vm.get(vm.key)
        address = vm.nic.primary_ip if vm.nic else None
        if item is None or item.network is None or address is None or not address.static or not address.private_ip:
            continue
        number, space = addresses.number(address.private_ip), _target_space(facts, item.network.target.id, item.subnet)
        if number is not None and not addresses.contains(space or addresses.of(item.network.address_space), number):
            lost.append(vm)
    evidence = "Their static addresses do not exist in the target subnet: they get the next free one there."
    yield from on_vms(facts, lost, evidence, "Choose explicit addresses once they are protected, or the same range.")
    yield from gaps.networks(facts)


def _target_space(facts: Facts, network_id: str, subnet: str) -> addresses.Ranges:
    network = facts.estate.network_by_id.get(arm_id.key(network_id))
    found = network.subnet(subnet) if network else None
    return addresses.of(found.prefixes) if found else addresses.NONE


@check(
    id="nic-dns-servers",
    scope=Scope.NIC,
    title="Interfaces have no DNS servers of their own",
    severity=Severity.WARNING,
    source="TE",
    prevents="151195",
)
def nic_dns_servers(facts: Facts) -> Iterator[Hit]:
    found = [vm for vm in facts.selected if any(nic.dns_servers for nic in vm.nics)]
    evidence = "Their interfaces name DNS servers, which must answer in the target region too."
    yield from on_vms(facts, found, evidence, "Have DNS reachable there.")
    yield from gaps.nics(facts)


@check(
    id="nic-ip-forwarding",
    scope=Scope.NIC,
    title="Interfaces do not forward traffic",
    severity=Severity.INFO,
    source="NET",
)
def nic_ip_forwarding(facts: Facts) -> Iterator[Hit]:
    found = [vm for vm in facts.selected if any(nic.ip_forwarding for nic in vm.nics)]
    evidence = "They forward traffic: routes that lead to them stay behind in the source region."
    yield from on_vms(facts, found, evidence, "Point the target's routes to their new addresses.")
    yield from gaps.nics(facts)


@check(
    id="nic-count",
    scope=Scope.NIC,
    title="Several interfaces keep neither order nor number by themselves",
    severity=Severity.INFO,
    source="SM",
)
def nic_count(facts: Facts) -> Iterator[Hit]:
    found = [vm for vm in facts.selected if len(vm.vm.nic_ids) > 1]
    evidence = "Their interfaces may come up in another order, and one that is added later is not taken along."
    yield from on_vms(facts, found, evidence, "Let no application depend on the order; check it in a test failover.")


@check(
    id="nic-avset-sku-match",
    scope=Scope.NIC,
    title="VMs of one availability set stand behind load balancers of one SKU",
    severity=Severity.WARNING,
    source="CN",
)
def nic_avset_sku_match(facts: Facts) -> Iterator[Hit]:
    skus = {arm_id.key(pool): each.sku for each in facts.estate.load_balancers for pool in each.backend_pool_ids}
    sets: dict[str, dict[str, list[VmFacts]]] = {}
    for vm, _, address in _addresses(facts.selected):
        for pool in address.load_balancer_pool_ids:
            if vm.vm.availability_set_id and arm_id.key(pool) in skus:
                found = sets.setdefault(vm.vm.availability_set_id, {})
                found.setdefault(skus[arm_id.key(pool)], []).append(vm)
    for set_id, by_sku in sets.items():
        if len(by_sku) > 1:
            vms = tuple(dict.fromkeys(vm.id for each in by_sku.values() for vm in each))
            evidence = f"Its VMs stand behind load balancers of the SKUs {', '.join(sorted(by_sku))}."
            yield Hit(arm_id.name(set_id), set_id, evidence, "Give them load balancers of one SKU in the target.", vms)
    yield from gaps.nics(facts)
