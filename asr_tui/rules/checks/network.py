"""Checks of networks: the way out, DNS, the target network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from asr_tui.model import arm_id
from asr_tui.model.finding import Scope, Severity
from asr_tui.model.network import NetworkInterface, Subnet, VirtualNetwork
from asr_tui.rules import addresses, drill_networks, egress, figures, gaps
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.registry import Hit, check, unknown

READ_NETWORK = "Grant Microsoft.Network read access on the network's resource group."


def placed(facts: Facts) -> Iterator[tuple[VmFacts, VirtualNetwork, Subnet]]:
    """The VMs whose place is known, with it."""
    for vm in facts.vms:
        if vm.network is not None and vm.subnet is not None:
            yield vm, vm.network, vm.subnet


Ways = dict[tuple[str, str], tuple[egress.Egress, VirtualNetwork, Subnet, list[VmFacts]]]


def ways_out(facts: Facts) -> Ways:
    """The ways out in use, each with the VMs that have it, keyed by subnet and kind of way; found once for all checks."""
    if ways_out not in facts.memo:
        facts.memo[ways_out] = _ways_out(facts)
    return cast("Ways", facts.memo[ways_out])


def _ways_out(facts: Facts) -> Ways:
    found: Ways = {}
    for vm, network, subnet in placed(facts):
        way = _way(facts, network, subnet, vm.nic)
        key = (arm_id.key(subnet.id), way.kind)
        found.setdefault(key, (way, network, subnet, []))[3].append(vm)
    return found


def _way(facts: Facts, network: VirtualNetwork, subnet: Subnet, nic: NetworkInterface | None) -> egress.Egress:
    """Interfaces without a way of their own share the subnet's."""
    own = nic is not None and any(ip.public_ip_id or ip.load_balancer_pool_ids for ip in nic.ip_configurations)
    memo = ("way", arm_id.key(subnet.id), nic.id if nic and own else "")
    found = facts.memo.get(memo)
    if not isinstance(found, egress.Egress):
        found = egress.assess(facts.estate, network, subnet, (nic,) if nic and own else ())
        facts.memo[memo] = found
    return found


def _subnet_hit(
    network: VirtualNetwork,
    subnet: Subnet,
    vms: list[VmFacts],
    evidence: str,
    remedy: str,
    cause: str,
    severity: Severity | None = None,
) -> Hit:
    ids = tuple(vm.id for vm in vms)
    return Hit(f"{network.name}/{subnet.name}", subnet.id, evidence, remedy, ids, cause, severity)


@check(
    id="net-egress-path",
    scope=Scope.NETWORK,
    title="The subnet has a way out",
    severity=Severity.BLOCKER,
    source="TN",
    prevents="151196",
)
def net_egress_path(facts: Facts) -> Iterator[Hit]:
    for way, network, subnet, vms in ways_out(facts).values():
        if way.ok is False and way.kind != "internal-load-balancer":
            remedy = "Attach a NAT gateway to the subnet." if way.kind == "none" else "Change the default route."
            yield _subnet_hit(network, subnet, vms, way.sentence, remedy, way.kind)
        elif way.kind == "unknown":
            yield unknown(subnet.name, subnet.id, way.sentence, READ_NETWORK, tuple(vm.id for vm in vms))
    yield from gaps.networks(facts)
    yield from gaps.unreadable(facts, "load_balancers")


@check(
    id="net-std-ilb-no-outbound",
    scope=Scope.NETWORK,
    title="VMs behind an internal standard load balancer have another way out",
    severity=Severity.BLOCKER,
    source="TN",
    prevents="151196",
)
def net_std_ilb_no_outbound(facts: Facts) -> Iterator[Hit]:
    for way, network, subnet, vms in ways_out(facts).values():
        if way.kind == "internal-load-balancer":
            remedy = "Attach a NAT gateway to the subnet, or add an outbound rule."
            yield _subnet_hit(network, subnet, vms, way.sentence, remedy, way.kind)
    yield from gaps.networks(facts)
    yield from gaps.unreadable(facts, "load_balancers")


@check(
    id="net-default-outbound",
    scope=Scope.NETWORK,
    title="The way out is not default outbound access",
    severity=Severity.WARNING,
    source="OUT",
    prevents="151196",
)
def net_default_outbound(facts: Facts) -> Iterator[Hit]:
    for way, network, subnet, vms in ways_out(facts).values():
        if way.kind == "default-outbound":
            yield _subnet_hit(network, subnet, vms, way.sentence, "Attach a NAT gateway to the subnet.", way.kind)
    yield from gaps.networks(facts)
    yield from gaps.unreadable(facts, "load_balancers")


@check(
    id="net-udr-default-route",
    scope=Scope.NETWORK,
    title="The default route does not lead through an appliance or on-premises",
    severity=Severity.WARNING,
    source="NET",
    prevents="151197",
)
def net_udr_default_route(facts: Facts) -> Iterator[Hit]:
    for way, network, subnet, vms in ways_out(facts).values():
        if way.kind in {"appliance", "forced-tunnel"}:
            remedy = "Let the required destinations through there, and add the storage service endpoint to the subnet."
            yield _subnet_hit(network, subnet, vms, way.sentence, remedy, way.kind)
    yield from gaps.networks(facts)
    yield from gaps.unreadable(facts, "route_tables")


@check(
    id="net-storage-endpoint",
    scope=Scope.NETWORK,
    title="The subnet has a storage service endpoint",
    severity=Severity.INFO,
    source="NET",
)
def net_storage_endpoint(facts: Facts) -> Iterator[Hit]:
    for way, network, subnet, vms in ways_out(facts).values():
        if not any(service.lower().startswith(egress.STORAGE_ENDPOINT) for service in subnet.service_endpoints):
            detour = way.kind in {"appliance", "forced-tunnel"}
            evidence = "Writes to the cache take the same way out as everything else."
            remedy = "Add the service endpoint Microsoft.Storage to the subnet."
            severity = Severity.WARNING if detour else Severity.INFO
            yield _subnet_hit(network, subnet, vms, evidence, remedy, way.kind, severity=severity)
    yield from gaps.networks(facts)


@check(
    id="net-udr-asr-ips",
    scope=Scope.NETWORK,
    title="Route tables hold no fixed addresses of Azure services",
    severity=Severity.WARNING,
    source="NET",
)
def net_udr_asr_ips(facts: Facts) -> Iterator[Hit]:
    tables: dict[str, list[VmFacts]] = {}
    for vm, _, subnet in placed(facts):
        if subnet.route_table_id:
            tables.setdefault(arm_id.key(subnet.route_table_id), []).append(vm)
    for key, vms in tables.items():
        table = facts.estate.route_table_by_id.get(key)
        fixed = [
            route.prefix
            for route in (table.routes if table else ())
            if route.next_hop == "Internet" and route.prefix != egress.DEFAULT_ROUTE and addresses.parse(route.prefix)
        ]
        if table is not None and fixed:
            evidence = f"It sends {', '.join(fixed[:3])} to the internet."
            remedy = "Remove them if they stand for Site Recovery: its addresses change."
            yield Hit(table.name, table.id, evidence, remedy, tuple(vm.id for vm in vms))
    yield from gaps.networks(facts)
    yield from gaps.unreadable(facts, "route_tables")


# -- the target network ---------------------------------------------------------------------------------------------


@check(
    id="net-target-vnet",
    scope=Scope.NETWORK,
    title="The target network stands in the target region",
    severity=Severity.BLOCKER,
    source="ER",
    prevents="70038",
)
def net_target_vnet(facts: Facts) -> Iterator[Hit]:
    for planned in facts.resolved.networks:
        network = facts.estate.network_by_id.get(arm_id.key(planned.target.id))
        if network is not None and network.location.lower() != facts.target:
            evidence = f"It stands in {network.location}."
            yield Hit(network.name, network.id, evidence, "Choose a network of the target region.")
        for name in planned.unplaceable:
            evidence = f"Subnet {name} does not fit into {', '.join(planned.address_space)}."
            yield Hit(planned.target.name, planned.target.id, evidence, "Choose a larger address space.", cause=name)
    yield from gaps.target_networks(facts)


@check(
    id="net-target-subnet",
    scope=Scope.NETWORK,
    title="The target subnet is there and has room",
    severity=Severity.BLOCKER,
    source="NM",
)
def net_target_subnet(facts: Facts) -> Iterator[Hit]:
    wanted: dict[tuple[str, str], list[str]] = {}
    for item in facts.resolved.items:
        if item.network is not None and item.existing is None:
            wanted.setdefault((arm_id.key(item.network.target.id), item.subnet), []).append(item.vm_id)
    for (network_key, name), vms in wanted.items():
        network = facts.estate.network_by_id.get(network_key)
        if network is None:
            continue
        subnet = network.subnet(name) if name else None
        if subnet is None:
            evidence = f"There is no subnet {name!r}." if name else "It has no subnet that could hold a VM."
            yield Hit(network.name, network.id, evidence, "Choose another subnet or network.", tuple(vms), cause=name)
        elif subnet.delegations:
            evidence = f"It is delegated to {subnet.delegations[0]}."
            yield Hit(f"{network.name}/{name}", subnet.id, evidence, "Choose another subnet.", tuple(vms))
        elif facts.free_addresses(subnet) < len(vms):
            evidence = f"It has {max(facts.free_addresses(subnet), 0)} free addresses for {len(vms)} VMs."
            yield Hit(f"{network.name}/{name}", subnet.id, evidence, "Choose a larger subnet.", tuple(vms))
    yield from gaps.target_networks(facts)


@check(
    id="net-address-overlap",
    scope=Scope.NETWORK,
    title="Source and target network can be connected",
    severity=Severity.INFO,
    source="IP",
)
def net_address_overlap(facts: Facts) -> Iterator[Hit]:
    for planned in facts.resolved.networks:
        source = facts.estate.network_by_id[arm_id.key(planned.source_id)]
        space = addresses.of(source.address_space)
        common = addresses.intersection(space, addresses.of(planned.address_space))
        if not common:
            continue
        peered = [peering for peering in source.peerings if peering.state == "Connected"]
        evidence = f"{source.name} and {planned.target.name} share addresses: VMs can keep theirs."
        if peered:
            evidence += f" {source.name} has {len(peered)} peerings; the target cannot join them at the same time."
        remedy = "Keep the two apart until failover, or choose another address space for new addresses."
        severity = Severity.WARNING if peered else Severity.INFO
        yield Hit(planned.target.name, planned.target.id, evidence, remedy, severity=severity)
    yield from gaps.networks(facts)


@check(
    id="net-mapping-exists",
    scope=Scope.NETWORK,
    title="The vault maps the source network elsewhere",
    severity=Severity.INFO,
    source="NM",
)
def net_mapping_exists(facts: Facts) -> Iterator[Hit]:
    for planned in facts.resolved.networks:
        if planned.differs:
            evidence = f"The mapping {planned.mapping.name} leads elsewhere; it is changed to {planned.target.name}."
            remedy = "VMs that are replicated already keep their own target network."
            yield Hit(planned.source_name, planned.source_id, evidence, remedy)
    yield from gaps.vault_contents(facts)


@check(
    id="net-mapping-one-target",
    scope=Scope.NETWORK,
    title="Each target network leads back to one source network",
    severity=Severity.WARNING,
    source="PS",
)
def net_mapping_one_target(facts: Facts) -> Iterator[Hit]:
    for planned in facts.resolved.networks:
        if planned.reverse is None:
            evidence = f"{planned.target.name} leads back to another network than {planned.source_name}."
            remedy = "After a failover, choose the network of the way back for each VM."
            yield Hit(planned.source_name, planned.source_id, evidence, remedy)
    yield from gaps.vault_contents(facts)


@check(
    id="net-custom-dns",
    scope=Scope.NETWORK,
    title="DNS servers of the network answer in the target region",
    severity=Severity.WARNING,
    source="TE",
    prevents="151195",
)
def net_custom_dns(facts: Facts) -> Iterator[Hit]:
    for network in facts.networks:
        if network.dns_servers:
            evidence = f"It uses its own DNS servers: {', '.join(network.dns_servers)}."
            remedy = "Have DNS reachable from the target region, and set it on the target network."
            yield Hit(network.name, network.id, evidence, remedy)
    yield from gaps.networks(facts)


@check(
    id="net-gateway-target",
    scope=Scope.NETWORK,
    title="Users on-premises have a way to the target region",
    severity=Severity.WARNING,
    source="EX",
)
def net_gateway_target(facts: Facts) -> Iterator[Hit]:
    for planned in facts.resolved.networks:
        source = facts.estate.network_by_id[arm_id.key(planned.source_id)]
        target = facts.estate.network_by_id.get(arm_id.key(planned.target.id))
        connected = source.subnet("GatewaySubnet") is not None or any(p.use_remote_gateways for p in source.peerings)
        ready = target is not None and (
            target.subnet("GatewaySubnet") is not None or any(p.use_remote_gateways for p in target.peerings)
        )
        if connected and not ready:
            evidence = f"{planned.source_name} is connected through a gateway; {planned.target.name} is not."
            remedy = "Make gateway and connection in the target region before you need them."
            yield Hit(planned.target.name, planned.target.id, evidence, remedy)
    yield from gaps.networks(facts)


@check(
    id="nic-private-endpoint-pe-ips",
    scope=Scope.NETWORK,
    title="Subnets have room for the vault's private endpoints",
    severity=Severity.BLOCKER,
    source="PE",
)
def nic_private_endpoint_pe_ips(facts: Facts) -> Iterator[Hit]:
    vault = facts.vault
    if vault is None or not vault.private_endpoints:
        return
    needed = int(figures.limits()["private_endpoint_addresses"])
    for vms in facts.selected_by_subnet.values():
        subnet = vms[0].subnet
        if subnet is not None and not subnet.private_endpoints and facts.free_addresses(subnet) < needed:
            evidence = f"{max(facts.free_addresses(subnet), 0)} addresses are free; private endpoints take {needed}."
            yield Hit(subnet.name, subnet.id, evidence, "Use a subnet with more room.", tuple(vm.id for vm in vms))
    yield from gaps.networks(facts)


@check(
    id="net-test-isolated",
    scope=Scope.NETWORK,
    title="The network of test failovers is isolated",
    severity=Severity.WARNING,
    source="DRILL",
)
def net_test_isolated(facts: Facts) -> Iterator[Hit]:
    wanted = facts.plan.drill.network_id
    network = facts.estate.network_by_id.get(arm_id.key(wanted)) if wanted else None
    if network is not None:
        production = {arm_id.key(each.target.id) for each in facts.resolved.networks}
        tables, groups = facts.estate.route_table_by_id, facts.estate.security_group_by_id
        danger = drill_networks.danger(network, production, tables, groups)
        if danger:
            yield Hit(network.name, network.id, danger, "Choose an isolated network, or have one made.")
