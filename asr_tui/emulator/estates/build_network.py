"""Builds the Network, Storage and Key Vault documents of an estate."""

from __future__ import annotations

from ipaddress import IPv4Network, ip_network
from itertools import combinations

from . import build_hybrid, edge_factory, network_factory
from .disk_factory import disk_encryption_set
from .factory import availability_set
from .names import COMPUTE, KEY_VAULT, NETWORK, STORAGE
from .network_factory import RouteSpec, RuleSpec, SubnetSpec
from .surroundings import Network, Rule
from .workshop import BUILT, AddressPool, Workshop
from .yaml_lines import Location

_TYPES = {
    "networks": f"{NETWORK}/virtualNetworks",
    "nsgs": f"{NETWORK}/networkSecurityGroups",
    "route_tables": f"{NETWORK}/routeTables",
    "nat_gateways": f"{NETWORK}/natGateways",
    "load_balancers": f"{NETWORK}/loadBalancers",
    "asgs": f"{NETWORK}/applicationSecurityGroups",
    "availability_sets": f"{COMPUTE}/availabilitySets",
    "storage_accounts": f"{STORAGE}/storageAccounts",
    "key_vaults": f"{KEY_VAULT}/vaults",
    "disk_encryption_sets": f"{COMPUTE}/diskEncryptionSets",
}
_FIREWALLS = {
    "open": ("Allow", "AzureServices"),
    "trusted-services": ("Deny", "AzureServices"),
    "closed": ("Deny", "None"),
}


def register_all(shop: Workshop) -> None:
    """Make every named resource known before any is built, so that they may refer to each other in any order."""
    for kind, resource_type in _TYPES.items():
        for name, spec in getattr(shop.estate, kind).items():
            at: Location = (kind, name)
            shop.register(kind, name, shop.place(spec, at).id(resource_type, name), at)
    for name, network in shop.estate.networks.items():
        for subnet, spec in network.subnets.items():
            identifier = shop.refer_subnet(f"{name}/{subnet}", ("networks", name))
            if identifier:
                shop.pools[identifier.lower()] = AddressPool(IPv4Network(spec.prefix))


def build_all(shop: Workshop) -> None:
    """Build everything but VMs, disks and NICs."""
    _security_groups(shop)
    _route_tables(shop)
    _gateways(shop)
    for name, spec in shop.estate.networks.items():
        _network(shop, name, spec)
    build_hybrid.build(shop)
    _load_balancers(shop)
    for name, group in shop.estate.asgs.items():
        place = shop.place(group, ("asgs", name))
        shop.add(edge_factory.application_security_group(place, name, created=BUILT))
    _services(shop)


def _security_groups(shop: Workshop) -> None:
    for name, spec in shop.estate.nsgs.items():
        taken: dict[tuple[int, str], str] = {}
        for rule_name, rule in spec.rules.items():
            other = taken.setdefault((rule.priority, rule.direction), rule_name)
            if other != rule_name:
                shop.wrong(("nsgs", name, "rules", rule_name), f"priority {rule.priority} is taken by {other!r}")
        shop.add(
            network_factory.network_security_group(
                shop.place(spec, ("nsgs", name)),
                name,
                rules=[_rule(rule_name, rule) for rule_name, rule in spec.rules.items()],
                created=BUILT,
                tags=spec.tags,
            )
        )


def _rule(name: str, rule: Rule) -> RuleSpec:
    return RuleSpec(
        name=name,
        priority=rule.priority,
        access=rule.access.capitalize(),
        direction={"in": "Inbound", "out": "Outbound"}[rule.direction],
        protocol={"any": "*", "tcp": "Tcp", "udp": "Udp", "icmp": "Icmp"}[rule.protocol],
        sources=rule.sources,
        destinations=rule.destinations,
        ports=rule.ports,
    )


def _route_tables(shop: Workshop) -> None:
    for name, spec in shop.estate.route_tables.items():
        routes = [RouteSpec(key, one.prefix, one.next_hop, one.address) for key, one in spec.routes.items()]
        place = shop.place(spec, ("route_tables", name))
        shop.add(network_factory.route_table(place, name, routes=routes, created=BUILT))


def _gateways(shop: Workshop) -> None:
    for name, spec in shop.estate.nat_gateways.items():
        place = shop.place(spec, ("nat_gateways", name))
        address = shop.add(edge_factory.public_ip(place, f"pip-{name}", created=BUILT))
        shop.add(edge_factory.nat_gateway(place, name, public_ips=[address["id"]], created=BUILT))


def _network(shop: Workshop, name: str, spec: Network) -> None:
    at: Location = ("networks", name)
    _check_prefixes(shop, at, spec)
    subnets = []
    for key, one in spec.subnets.items():
        here = (*at, "subnets", key)
        subnets.append(
            SubnetSpec(
                name=key,
                prefix=one.prefix,
                nsg=shop.refer("nsgs", one.nsg, (*here, "nsg")),
                route_table=shop.refer("route_tables", one.routes, (*here, "routes")),
                nat_gateway=shop.refer("nat_gateways", one.nat, (*here, "nat")),
                endpoints=one.endpoints,
                delegation=one.delegation,
                default_outbound=one.default_outbound,
            )
        )
    document = network_factory.virtual_network(
        shop.place(spec, at),
        name,
        prefixes=spec.space,
        subnets=subnets,
        created=BUILT,
        dns_servers=spec.dns,
        tags=spec.tags,
    )
    for index, remote in enumerate(spec.peerings):
        identifier = shop.refer("networks", remote, (*at, "peerings", index))
        if identifier:
            network_factory.peering(document, f"peer-{remote}", identifier)
    shop.add(document, spec.lock)


def _check_prefixes(shop: Workshop, at: Location, spec: Network) -> None:
    spaces = [IPv4Network(entry) for entry in spec.space]
    ranges = {key: IPv4Network(one.prefix) for key, one in spec.subnets.items()}
    for key, prefix in ranges.items():
        if not any(prefix.subnet_of(space) for space in spaces):
            shop.wrong((*at, "subnets", key), f"{prefix} is not inside the address space {', '.join(spec.space)}")
        if prefix.prefixlen > 29:
            shop.wrong((*at, "subnets", key), f"{prefix} is too small: a subnet has at least 8 addresses (/29)")
    for (one, first), (other, second) in combinations(ranges.items(), 2):
        if ip_network(first).overlaps(second):
            shop.wrong((*at, "subnets", other), f"{second} overlaps with subnet {one!r} ({first})")


def _load_balancers(shop: Workshop) -> None:
    for name, spec in shop.estate.load_balancers.items():
        at: Location = ("load_balancers", name)
        place = shop.place(spec, at)
        subnet = shop.refer_subnet(spec.subnet, (*at, "subnet"))
        public = None
        address = spec.ip
        if subnet is None and spec.subnet is None:
            public = shop.add(edge_factory.public_ip(place, f"pip-{name}", created=BUILT, sku=spec.sku))["id"]
        elif subnet is not None:
            address = take_address(shop, subnet, spec.ip, (*at, "ip"))
        shop.add(
            edge_factory.load_balancer(
                place,
                name,
                pools=spec.pools,
                created=BUILT,
                sku=spec.sku,
                subnet=subnet,
                address=address,
                public=public,
                outbound_rule=spec.outbound_rule,
            )
        )


def take_address(shop: Workshop, subnet: str, wanted: str | None, at: Location) -> str:
    """A wanted address of a subnet (by id), or its next free one; what is wrong is noted."""
    pool = shop.pool(subnet)
    if wanted is not None:
        complaint = pool.take(wanted)
        if complaint:
            shop.wrong(at, complaint)
        return wanted
    found = pool.next()
    if found is None:
        shop.wrong(at, f"subnet {subnet.rsplit('/', 1)[-1]!r} ({pool.network}) has no free address left")
        return str(pool.network.network_address)
    return found


def _services(shop: Workshop) -> None:
    estate = shop.estate
    for name, vault in estate.key_vaults.items():
        place = shop.place(vault, ("key_vaults", name))
        shop.add(
            edge_factory.key_vault(
                place, name, tenant=estate.tenant.id, for_disk_encryption=vault.for_disk_encryption, rbac=vault.rbac
            )
        )
    for name, spec in estate.disk_encryption_sets.items():
        at: Location = ("disk_encryption_sets", name)
        key_vault = shop.refer("key_vaults", spec.key_vault, (*at, "key_vault"))
        if key_vault:
            url = f"https://{spec.key_vault}.vault.azure.net/keys/{name}/7f1c0a52d3b84e6f9c2d"
            shop.add(
                disk_encryption_set(shop.place(spec, at), name, key_vault=key_vault, key_url=url, double=spec.double)
            )
    for name, group in estate.availability_sets.items():
        place = shop.place(group, ("availability_sets", name))
        shop.add(availability_set(place, name, fault_domains=group.fault_domains, update_domains=group.update_domains))
    _storage(shop)


def _storage(shop: Workshop) -> None:
    for name, spec in shop.estate.storage_accounts.items():
        at: Location = ("storage_accounts", name)
        if not (3 <= len(name) <= 24 and name.isascii() and name.isalnum() and name == name.lower()):
            shop.wrong(at, "a storage account name has 3 to 24 lower-case letters and digits")
        subnets = [shop.refer_subnet(one, (*at, "subnets", index)) for index, one in enumerate(spec.subnets)]
        action, bypass = _FIREWALLS[spec.firewall]
        document = edge_factory.storage_account(
            shop.place(spec, at),
            name,
            created=BUILT,
            sku=spec.sku,
            kind=spec.kind,
            shared_key=spec.shared_key,
            default_action=action,
            bypass=bypass,
            subnets=[one for one in subnets if one],
            tags=spec.tags,
        )
        document["_blob"] = {"softDelete": spec.soft_delete, "versioning": spec.versioning}
        shop.add(document, spec.lock)
