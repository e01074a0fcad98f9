"""What becomes of each VM's networking in the target: where each interface goes, by which rule, and what stays behind.

Source: https://learn.microsoft.com/azure/site-recovery/azure-to-azure-network-mapping (read 2026-02-12).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from asr_tui.model import arm_id
from asr_tui.model.network import IpConfiguration, NetworkInterface
from asr_tui.model.plan import NicChoice
from asr_tui.rules import addresses
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.resolved import ResolvedItem
from asr_tui.rules.target_networks import CHOSEN, choose_subnet

_UNCHOSEN = NicChoice()


@dataclass(frozen=True, slots=True)
class InterfaceTarget:
    """An interface: ``source`` is network and subnet now, ``target`` those after a failover ("" where there is none), ``why``
    the rule that chose the subnet, ``address`` what becomes of its primary address (``none`` without a target)."""

    name: str
    source: str
    target: str
    why: str
    address: str


@dataclass(frozen=True, slots=True)
class VmInterfaces:
    """A VM with all its interfaces; ``network_id`` is the network of the primary one, ``not_carried`` what stays behind."""

    vm_id: str
    name: str
    network_id: str
    interfaces: tuple[InterfaceTarget, ...]
    not_carried: tuple[str, ...]


def of_selected(facts: Facts) -> tuple[VmInterfaces, ...]:
    """One row for each selected VM that stands in a network, in the order of the estate."""
    return tuple(
        VmInterfaces(
            vm_id=vm.id,
            name=vm.name,
            network_id=vm.network.id,
            interfaces=tuple(_interface(facts, vm, item, nic) for nic in vm.nics),
            not_carried=tuple(dict.fromkeys(left_behind(vm))),
        )
        for vm in facts.selected
        if vm.network is not None and (item := facts.resolved.item_by_vm.get(vm.key)) is not None
    )


def left_behind(vm: VmFacts) -> Iterator[str]:
    """What of the VM's networking the service does not carry over."""
    if vm.subnet is not None and vm.subnet.security_group_id:
        yield f"Security group {arm_id.name(vm.subnet.security_group_id)} of subnet {vm.subnet.name}"
    if vm.subnet is not None and vm.subnet.route_table_id:
        yield f"Route table {arm_id.name(vm.subnet.route_table_id)} of subnet {vm.subnet.name}"
    for nic in vm.nics:
        if nic.security_group_id:
            yield f"Security group {arm_id.name(nic.security_group_id)} of the interface"
        if len(nic.ip_configurations) > 1:
            yield "Secondary addresses"
        for address in nic.ip_configurations:
            if address.public_ip_id:
                yield f"Public address {arm_id.name(address.public_ip_id)}"
            for pool in address.load_balancer_pool_ids:
                yield f"Load balancer {arm_id.segment(pool, 'loadBalancers') or arm_id.name(pool)}"
            for group in address.application_security_group_ids:
                yield f"Application security group {arm_id.name(group)}"


def _interface(facts: Facts, vm: VmFacts, item: ResolvedItem, nic: NetworkInterface) -> InterfaceTarget:
    choice = facts.override(vm).nics.get(nic.name.lower(), _UNCHOSEN)
    ip = nic.primary_ip
    network, _, subnet = (ip.subnet_id if ip and ip.subnet_id else "").partition("/subnets/")
    target, why = _subnet(facts, vm, item, nic, choice, subnet)
    there = item.target_network.name if item.target_network else ""
    return InterfaceTarget(
        name=nic.name,
        source=f"{arm_id.name(network)}/{subnet}" if subnet else "",
        target=f"{there}/{target}" if there and target else "",
        why=why,
        address=_address(facts, item, ip, choice) if target else "none",
    )


def _subnet(
    facts: Facts, vm: VmFacts, item: ResolvedItem, nic: NetworkInterface, choice: NicChoice, source: str
) -> tuple[str, str]:
    """The target subnet of an interface, and what chose it."""
    if choice.subnet:
        return choice.subnet, CHOSEN
    override = facts.override(vm)
    primary = vm.nic is not None and arm_id.same(nic.id, vm.nic.id)
    if primary and override.subnet:
        return override.subnet, CHOSEN
    if override.network:
        network = facts.estate.network_by_id.get(arm_id.key(override.network))
        found = choose_subnet(network, source) if network else None
    else:
        found = item.network.subnet_for(source) if item.network else None
    return (found.target, found.why) if found else ("", "No subnet of the target network fits.")


def _address(facts: Facts, item: ResolvedItem, ip: IpConfiguration | None, choice: NicChoice) -> str:
    if choice.address:
        return f"{choice.address}, as chosen"
    if ip is None or not ip.private_ip:
        return "the next free one"
    there = facts.estate.network_by_id.get(arm_id.key(item.target_network.id)) if item.target_network else None
    space = there.address_space if there else item.network.address_space if item.network else ()
    if addresses.covers(addresses.of(space), addresses.of((ip.private_ip,))):
        return f"{ip.private_ip} if it is free there, else the next free one"
    return f"the next free one, for {ip.private_ip} lies outside the target network"
