"""Cases of interfaces, networks, security groups, cache accounts and the replication policy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from asr_tui.model import arm_id
from asr_tui.model.network import (
    IpConfiguration,
    LoadBalancer,
    NetworkSecurityGroup,
    Peering,
    Route,
    RouteTable,
    SecurityRule,
    ServiceTag,
)
from asr_tui.model.plan import DrillChoice, NetworkChoice, PolicyChoice
from asr_tui.model.recovery import Vault
from asr_tui.model.replication import ReplicatedDisk, SiteRecovery
from tests.rules import makers
from tests.rules.cases.machines import item, portal
from tests.rules.cases.situations import (
    NO_DISKS,
    NO_NICS,
    UNREAD_VAULT,
    Situation,
    account,
    both,
    cache,
    case,
    deny,
    disks,
    est,
    guarded,
    missing,
    nic,
    override,
    planned,
    subnet,
    unread_group,
    vault,
    vm,
)
from tests.rules.makers import SOURCE, TARGET
from tests.rules.portal import portal_vault

NET = makers.net_id("shop-vnet")
POOL = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/loadBalancers/lb/backendAddressPools/p"
FRONT = makers.network("front", location=TARGET)
CHOOSE_FRONT = {"networks": {arm_id.key(NET): NetworkChoice(target_id=FRONT.id)}}


def balanced(*, public: bool, sku: str = "Standard", outbound: tuple[str, ...] = (), **web: Any) -> Situation:
    """web01 behind a load balancer, its subnet without a NAT gateway."""
    balancer = LoadBalancer("/lb", "lb", SOURCE, sku, public, (POOL,), outbound)
    address = replace(makers.nic("x").ip_configurations[0], load_balancer_pool_ids=(POOL.upper(),))
    nics = (makers.nic("web01-nic", ip_configurations=(address,)),)
    return subnet(more={"load_balancers": (balancer,), "nics": nics}, **({"nat_gateway_id": None} | web))


def routed(next_hop: str, prefix: str = "0.0.0.0/0", **web: Any) -> Situation:
    table = RouteTable("/rt", "rt", SOURCE, (Route("all", prefix, next_hop, "10.9.9.4"),))
    return subnet(more={"route_tables": (table,)}, route_table_id="/RT", **web)


def target(
    web: Any = None, plan: dict[str, Any] | None = None, more: dict[str, Any] | None = None, **changes: Any
) -> Situation:
    """The network ``front`` of the target region chosen, and changed."""
    network = replace(FRONT, **({"subnets": (web,)} if web else {}), **changes)
    parts = {"vms": (makers.vm("web01"),), "networks": (makers.network(), network)} | (more or {})
    return both(parts, **(CHOOSE_FRONT | (plan or {})))


def peers(rule: SecurityRule | None = None, address: str | None = "10.0.1.5", group: str = "tier1") -> Situation:
    """Two VMs of one consistency group, a security group on their subnet."""
    guard = NetworkSecurityGroup(makers.nsg_id("g"), "g", SOURCE, (rule,) if rule else ())
    nics = tuple(
        makers.nic(f"{name}-nic", ip_configurations=(IpConfiguration("ip", makers.subnet_id("shop-vnet", "web"), ip),))
        for name, ip in (("web01", "10.0.1.4" if address else None), ("web02", address))
    )
    web = makers.subnet("shop-vnet", "web", "10.0.1.0/24", security_group_id=guard.id)
    overrides = {
        arm_id.key(makers.vm_id(name)): override(multi_vm_group=group).popitem()[1] for name in ("web01", "web02")
    }
    estate = makers.estate(nics=nics, security_groups=(guard,), networks=(makers.network(subnets=(web,)),))
    return estate, makers.plan("web01", "web02", overrides=overrides)


def grouped(count: int) -> Situation:
    names = [f"vm{n:02}" for n in range(count)]
    machines = tuple(makers.vm(name) for name in names)
    overrides = {arm_id.key(m.id): override(multi_vm_group="tier1").popitem()[1] for m in machines}
    return makers.estate(vms=machines), makers.plan(*names, overrides=overrides)


def policy(**changes: Any) -> Situation:
    """A plan with a policy that may be outside the limits: of an older file, which was not checked as it was typed."""
    estate, plan = planned()
    choice = PolicyChoice().model_copy(update=changes)
    return estate, plan.model_copy(update={"policy": choice})


def tag_case(check_id: str, tag: str) -> Any:
    """Denied, partly denied, allowed by a rule, and behind a group that was not read."""
    allow = SecurityRule("let-out", 150, "Outbound", "Allow", "Tcp", destinations=(tag,), destination_ports=("443",))
    published = {"service_tags": (ServiceTag(tag, ("20.0.0.0/24",)),)}
    return case(
        guarded(deny()),
        guarded(deny(tag)),
        guarded(deny("20.0.0.0/26"), more=published),
        passes=guarded(allow, deny()),
        unknown=unread_group(),
    )


def group_of(name: str) -> NetworkSecurityGroup:
    return NetworkSecurityGroup(makers.nsg_id(name), name, TARGET, (deny(),))


TEN_SECONDARY = (
    IpConfiguration("a", makers.subnet_id("shop-vnet", "web"), "10.0.1.4"),
    IpConfiguration("b", makers.subnet_id("shop-vnet", "web"), "10.0.1.5", primary=False),
)
HELD = portal_vault().site_recovery or SiteRecovery()
CROWD = (ReplicatedDisk("d", "d", True, "Protected", 1, cache_account_id=account().id),) * 750
TWO_KINDS = tuple(
    ReplicatedDisk(name, name, False, "Protected", 1, cache_account_id=makers.account_id(name))
    for name in ("std", "blob")
)
CLOSED = {"default_action": "Deny"}
WEB = makers.subnet_id("shop-vnet", "web")
OPEN_SUBNET = (WEB, makers.subnet_id("shop-vnet", "data"))
THEIRS = "/subscriptions/other/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/theirs"
UNREAD_ACCOUNT = planned(defaults={"cache_account": THEIRS})
SHARED_TARGET = {
    "networks": {
        arm_id.key(makers.net_id(name)): NetworkChoice(create_name="dr", create_group="dr")
        for name in ("shop-vnet", "two")
    }
}
TWO_NETWORKS = {
    "networks": (makers.network(), makers.network("two")),
    "nics": (makers.nic("web01-nic"), makers.nic("web02-nic", network="two")),
}

GATEWAY = makers.subnet("shop-vnet", "GatewaySubnet", "10.0.0.0/27")

CASES = {
    "nic-secondary-ip": case(
        nic(ip_configurations=TEN_SECONDARY),
        nic(ip_configurations=TEN_SECONDARY, plan={"zonal": True}),
        unknown=NO_NICS,
    ),
    "nic-ipv6": case(
        nic(address={"version": "IPv6"}),
        nic(ip_configurations=(TEN_SECONDARY[0], replace(TEN_SECONDARY[1], version="IPv6"))),
        unknown=NO_NICS,
    ),
    "nic-accelerated": case(
        nic(accelerated=True),
        passes=nic(accelerated=True, more={"vm_sizes": (makers.size(region=TARGET, accelerated_networking=True),)}),
        unknown=est(nics=(), unreadable=missing("nics")),
    ),
    "nic-public-ip": case(nic(address={"public_ip_id": "/pip"}), unknown=NO_NICS),
    "nic-load-balancer-internal": case(
        balanced(public=False), passes=balanced(public=True), unknown=est(unreadable=missing("load_balancers"))
    ),
    "nic-load-balancer-public": case(balanced(public=True), passes=balanced(public=False), unknown=NO_NICS),
    "nic-nsg-target": case(guarded(), nic(security_group_id=makers.nsg_id("n")), unknown=NO_NICS),
    "nic-asg": case(nic(address={"application_security_group_ids": ("/asg",)}), unknown=NO_NICS),
    "net-target-static-ip": case(
        nic(
            address={"static": True},
            plan=CHOOSE_FRONT,
            more={
                "networks": (makers.network(), replace(FRONT, subnets=(makers.subnet("front", "web", "10.5.0.0/24"),)))
            },
        ),
        nic(
            address={"static": True},
            plan={"networks": {arm_id.key(NET): NetworkChoice(create_name="x", address_space=("10.7.0.0/16",))}},
        ),
        passes=nic(address={"static": True}),
        unknown=NO_NICS,
    ),
    "nic-dns-servers": case(nic(dns_servers=("10.0.0.4",)), unknown=NO_NICS),
    "nic-ip-forwarding": case(nic(ip_forwarding=True), unknown=NO_NICS),
    # -- networks
    "net-egress-path": case(
        subnet(nat_gateway_id=None, default_outbound=False),
        routed("None"),
        passes=routed("Internet"),
        unknown=subnet(route_table_id="/unread"),
    ),
    "net-std-ilb-no-outbound": case(
        balanced(public=False),
        balanced(public=True, outbound=("/other-pool",)),
        passes=balanced(public=True, outbound=(POOL,)),
        unknown=est(unreadable=missing("load_balancers")),
    ),
    "net-default-outbound": case(
        subnet(nat_gateway_id=None), balanced(public=False, sku="Basic"), passes=balanced(public=True), unknown=NO_NICS
    ),
    "net-udr-default-route": case(
        routed("VirtualAppliance"),
        routed("VirtualNetworkGateway"),
        passes=routed("VnetLocal", "10.0.0.0/8"),
        unknown=est(unreadable=missing("route_tables")),
    ),
    "net-storage-endpoint": case(
        subnet(), routed("VirtualAppliance"), passes=subnet(service_endpoints=("Microsoft.Storage",)), unknown=NO_NICS
    ),
    "net-udr-asr-ips": case(
        routed("Internet", "20.1.2.0/24"), passes=routed("Internet"), unknown=est(unreadable=missing("route_tables"))
    ),
    "net-target-vnet": case(
        target(location="ukwest"),
        planned(
            networks={arm_id.key(NET): NetworkChoice(create_name="x", address_space=("10.9.0.0/28",))},
        ),
        passes=target(),
        unknown=both({}, networks={arm_id.key(NET): NetworkChoice(target_id=NET.replace(makers.SUB, "other"))}),
    ),
    "net-target-subnet": case(
        target(plan={"overrides": override(subnet="gone")}),
        target(makers.subnet("front", "GatewaySubnet", "10.0.9.0/24")),
        target(
            makers.subnet("front", "web", "10.0.1.0/24", delegations=("x",)), plan={"overrides": override(subnet="web")}
        ),
        target(makers.subnet("front", "web", "10.0.1.0/29", used_addresses=3)),
        passes=target(),
        unknown=both({}, networks={arm_id.key(NET): NetworkChoice(target_id=NET.replace(makers.SUB, "other"))}),
    ),
    "net-address-overlap": case(
        est(),
        subnet(net={"peerings": (Peering("p", "/hub", "Connected"),)}),
        passes=target(address_space=("10.8.0.0/16",)),
        unknown=NO_NICS,
    ),
    "net-mapping-exists": case(
        portal(networks={arm_id.key(NET): NetworkChoice(target_id=NET)}), passes=portal(), unknown=UNREAD_VAULT
    ),
    "net-mapping-one-target": case(
        (makers.estate(**TWO_NETWORKS), makers.plan("web01", "web02", **SHARED_TARGET)),
        portal(
            portal_vault(
                network_mappings=tuple(
                    replace(m, target_network_id="/elsewhere") if m.name == "nm2" else m for m in HELD.network_mappings
                )
            )
        ),
        passes=portal(),
        unknown=UNREAD_VAULT,
    ),
    "net-custom-dns": case(subnet(net={"dns_servers": ("10.0.0.4",)}), unknown=NO_NICS),
    "net-gateway-target": case(
        subnet(net={"subnets": (makers.subnet("shop-vnet", "web", "10.0.1.0/24"), GATEWAY)}),
        subnet(net={"peerings": (Peering("hub", "/hub", "Connected", use_remote_gateways=True),)}),
        passes=target(
            peerings=(Peering("hub", "/hub", "Connected", use_remote_gateways=True),),
            more={
                "networks": (
                    makers.network(peerings=(Peering("hub", "/hub", "Connected", use_remote_gateways=True),)),
                    replace(FRONT, peerings=(Peering("hub", "/hub", "Connected", use_remote_gateways=True),)),
                )
            },
        ),
        unknown=NO_NICS,
    ),
    "nic-private-endpoint-pe-ips": case(
        subnet(used_addresses=248, more={"vaults": (vault(SiteRecovery(), private_endpoints=1),)}),
        passes=subnet(
            used_addresses=248, private_endpoints=1, more={"vaults": (vault(SiteRecovery(), private_endpoints=1),)}
        ),
        unknown=est(nics=(), vaults=(vault(SiteRecovery(), private_endpoints=1),)),
    ),
    "net-test-isolated": case(
        target(plan={"drill": DrillChoice(network_id=FRONT.id)}),
        passes=both({"networks": (makers.network(), FRONT)}, drill=DrillChoice(network_id=FRONT.id)),
    ),
    # -- service tags
    "net-nsg-storage-source": tag_case("net-nsg-storage-source", "Storage.WestEurope"),
    "net-nsg-aad": tag_case("net-nsg-aad", "AzureActiveDirectory"),
    "net-nsg-asr": tag_case("net-nsg-asr", "AzureSiteRecovery"),
    "net-nsg-eventhub-target": tag_case("net-nsg-eventhub-target", "EventHub.NorthEurope"),
    "net-nsg-keyvault": case(
        guarded(deny(), more={"vms": (makers.vm("web01", encrypted_disks=True),)}),
        passes=guarded(deny()),
        unknown=unread_group(more={"vms": (makers.vm("web01", encrypted_disks=True),)}),
    ),
    "net-nsg-guesthybrid": case(
        guarded(deny(), plan={"policy": PolicyChoice(agent_auto_update=True)}),
        passes=guarded(deny()),
        unknown=unread_group({"policy": PolicyChoice(agent_auto_update=True)}),
    ),
    "net-nsg-reverse": case(
        target(
            makers.subnet("front", "web", "10.0.1.0/24", security_group_id=makers.nsg_id("dr")),
            more={"security_groups": (group_of("dr"),)},
        ),
        passes=target(),
        unknown=target(makers.subnet("front", "web", "10.0.1.0/24", security_group_id=makers.nsg_id("dr"))),
    ),
    "net-nsg-ip-lists": case(
        guarded(replace(deny("20.1.0.0/16"), access="Allow")),
        passes=guarded(
            deny("20.1.0.0/16"),
            replace(deny("10.0.0.0/8"), access="Allow"),
            replace(deny("20.1.0.0/16"), access="Allow", destination_ports=("80",)),
        ),
        unknown=NO_NICS,
    ),
    "net-nsg-multivm-20004": case(
        peers(replace(deny("VirtualNetwork"), destination_ports=("20004",))),
        peers(SecurityRule("in", 200, "Inbound", "Deny")),
        passes=peers(),
        more=(both({}, overrides=override(multi_vm_group="alone")),),
        unknown=peers(address=None),
    ),
    # -- the cache account
    "cache-region": case(cache(location=TARGET), passes=cache(), unknown=UNREAD_ACCOUNT),
    "cache-kind-normal": case(
        cache(kind="FileStorage", sku="Premium_LRS"),
        cache(kind="Storage", sku="Standard_ZRS"),
        passes=cache(kind="Storage"),
        unknown=UNREAD_ACCOUNT,
    ),
    "cache-kind-high": case(
        (
            replace(
                portal(item(disks=TWO_KINDS))[0],
                storage_accounts=(account("std"), account("blob", kind="BlockBlobStorage", sku="Premium_LRS")),
            ),
            makers.plan("web01"),
        ),
        passes=portal(),
        unknown=est(vaults=(Vault(makers.vault_id("theirs"), "theirs", TARGET),)),
    ),
    "cache-subscription": case(UNREAD_ACCOUNT, passes=cache()),
    "cache-soft-delete": case(cache(soft_delete=True), passes=cache(), unknown=cache(soft_delete=None)),
    "cache-versioning": case(cache(versioning=True), passes=cache(), unknown=cache(versioning=None)),
    "cache-shared-key": case(
        cache(shared_key=False),
        cache(shared_key=False, more={"vaults": (vault(SiteRecovery(), identity_type="SystemAssigned"),)}),
        passes=cache(),
        unknown=UNREAD_ACCOUNT,
    ),
    "cache-firewall": case(
        cache(public_access="Disabled"),
        cache(**CLOSED, bypass=(), subnet_ids=OPEN_SUBNET),
        cache(**CLOSED),
        passes=cache(**CLOSED, subnet_ids=OPEN_SUBNET),
        more=(cache(),),
        unknown=UNREAD_ACCOUNT,
    ),
    "cache-disk-capacity": case(
        cache(more={"vaults": (replace(item(disks=CROWD, vm_id=makers.vm_id("gone")), location=TARGET),)}),
        passes=cache(),
        unknown=est(vaults=(Vault(makers.vault_id("theirs"), "theirs", TARGET),)),
    ),
    "cache-target-for-reprotect": case(
        est(),
        passes=est(storage_accounts=(account(location=TARGET),)),
        unknown=est(unreadable=missing("storage_accounts")),
    ),
    "cache-name": case(planned(defaults={"cache_account": "Not_Legal"})),
    "cache-dedicated": case(cache(), passes=cache(name="weuasrcache"), unknown=UNREAD_ACCOUNT),
    # -- the policy
    "policy-retention-range": case(policy(retention_minutes=30000)),
    "policy-app-frequency": case(policy(app_consistent_minutes=30)),
    "policy-app-less-than-retention": case(policy(retention_minutes=60, app_consistent_minutes=120)),
    "policy-app-linux-scripts": case(
        policy(app_consistent_minutes=60),
        passes=vm(os_type="Windows", plan={"policy": PolicyChoice(app_consistent_minutes=60)}),
    ),
    "policy-app-s2d-shared": case(
        disks(max_shares=2, plan={"policy": PolicyChoice(app_consistent_minutes=60)}),
        passes=disks(max_shares=2),
        unknown=NO_DISKS,
    ),
    "policy-app-db-only": case(policy(app_consistent_minutes=60)),
    "policy-multivm": case(grouped(17), grouped(2)),
    "vm-multivm-group": case(
        portal(overrides=override(multi_vm_group="tier1")),
        passes=both({}, overrides=override(multi_vm_group="t")),
        unknown=UNREAD_VAULT,
    ),
    "autoupdate-account": case(policy(agent_auto_update=True)),
    "autoupdate-manual": case(est(), passes=policy(agent_auto_update=True)),
    "disk-snapshot-budget": case(policy(retention_minutes=4320)),
}
