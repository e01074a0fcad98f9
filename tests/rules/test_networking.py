"""Step 3's assessment, the ways out, the mirrored and the chosen target network, and the diagram of step 1."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from asr_tui.model.plan import NetworkChoice
from asr_tui.model.recovery import StorageAccount
from asr_tui.rules import architecture, egress, naming, networking, outbound, target_networks
from asr_tui.rules.defaults import resolve
from asr_tui.rules.facts import Facts
from asr_tui.rules.nsg import Verdict
from tests.rules import makers
from tests.rules.cases.networks import POOL
from tests.rules.makers import SOURCE, TARGET
from tests.rules.portal import portal_estate

NET = makers.net_id("shop-vnet")


def group(name: str, *rules: SecurityRule) -> NetworkSecurityGroup:
    return NetworkSecurityGroup(makers.nsg_id(name), name, SOURCE, rules)


DENY = SecurityRule("no-internet", 4000, "Outbound", "Deny", destinations=("Internet",))


def busy_estate(**changes: Any) -> Any:
    """A subnet that is closed, another that is open, and everything that does not follow a VM."""
    closed = group("closed", DENY)
    web = makers.subnet("shop-vnet", "web", "10.0.1.0/24", security_group_id=closed.id, route_table_id="/rt")
    data = makers.subnet("shop-vnet", "data", "10.0.2.0/24")
    address = IpConfiguration(
        "ip",
        makers.subnet_id("shop-vnet", "web"),
        "10.0.1.4",
        public_ip_id="/pips/front",
        load_balancer_pool_ids=(POOL,),
        application_security_group_ids=("/asgs/web",),
    )
    second = replace(
        address, name="ip2", private_ip="10.0.1.9", primary=False, public_ip_id=None, load_balancer_pool_ids=()
    )
    values = {
        "networks": (makers.network(subnets=(web, data)),),
        "security_groups": (closed, group("nic-group")),
        "nics": (
            makers.nic("web01-nic", security_group_id=makers.nsg_id("nic-group"), ip_configurations=(address, second)),
            makers.nic("web02-nic", subnet="data"),
        ),
        "route_tables": (
            RouteTable("/rt", "rt", SOURCE, (Route("all", "0.0.0.0/0", "VirtualAppliance", "10.9.0.4"),)),
        ),
    }
    return makers.estate(**(values | changes))


def test_one_row_for_each_way_a_tag_is_decided_the_worst_first() -> None:
    found = networking.assess(busy_estate(), makers.plan("web01", "web02"))
    assert len(found) == 1
    entra = [tag for tag in found[0].tags if tag.tag == "AzureActiveDirectory"]
    assert [(t.verdict, t.subject, t.level) for t in entra] == [
        (Verdict.DENIED, "web (1 VM)", "subnet"),
        (Verdict.ALLOWED, "data (1 VM)", ""),
    ]
    assert entra[0].deciding_rule == "rule no-internet (priority 4000) of closed on the subnet"
    assert {tag.tag for tag in found[0].tags} == {
        "Storage.WestEurope",
        "AzureActiveDirectory",
        "EventHub.NorthEurope",
        "AzureSiteRecovery",
    }


def test_the_worst_way_out_counts_and_all_are_told() -> None:
    found = networking.assess(busy_estate(), makers.plan("web01", "web02"))[0]
    assert found.egress_ok is None
    assert "appliance 10.9.0.4" in found.egress
    assert "NAT gateway" in found.egress
    good = networking.assess(makers.estate(), makers.plan("web01"))[0]
    assert (good.egress_ok, good.vms) == (True, 1)
    dead = makers.network(
        subnets=(makers.subnet("shop-vnet", "web", "10.0.1.0/24", nat_gateway_id=None, default_outbound=False),)
    )
    assert networking.assess(makers.estate(networks=(dead,)), makers.plan("web01"))[0].egress_ok is False


def test_what_stays_behind_is_told_thing_by_thing() -> None:
    found = networking.assess(busy_estate(), makers.plan("web01", "web02"))[0]
    assert found.not_carried == (
        "Security group closed of subnet web: web01",
        "Route table rt of subnet web: web01",
        "Security group nic-group of the interface: web01",
        "Secondary addresses: web01",
        "Public address front: web01",
        "Load balancer lb: web01",
        "Application security group web: web01",
    )
    names = [f"vm{n}" for n in range(6)]
    shared = group("all")
    web = makers.subnet("shop-vnet", "web", "10.0.1.0/24", security_group_id=shared.id)
    estate = makers.estate(
        vms=tuple(makers.vm(name) for name in names),
        nics=tuple(makers.nic(f"{name}-nic") for name in names),
        networks=(makers.network(subnets=(web,)),),
        security_groups=(shared,),
    )
    assert networking.assess(estate, makers.plan(*names))[0].not_carried == (
        "Security group all of subnet web: vm0, vm1, vm2, vm3 and 2 more",
    )


def test_without_a_selection_every_network_with_vms_is_assessed() -> None:
    assert [row.vms for row in networking.assess(makers.estate(), makers.plan())] == [2]
    assert networking.assess(makers.estate(nics=()), makers.plan()) == ()


def test_subnets_that_belong_to_a_service_are_not_mapped() -> None:
    subnets = (
        makers.subnet("shop-vnet", "web", "10.0.1.0/24"),
        makers.subnet("shop-vnet", "GatewaySubnet", "10.0.0.0/27"),
    )
    found = networking.assess(makers.estate(networks=(makers.network(subnets=subnets),)), makers.plan("web01"))[0]
    assert [(s.source, s.target, s.vms) for s in found.subnets] == [("web", "web", 1)]
    assert "Same addresses" in found.remark


def test_existing_networks_of_the_target_region_are_offered() -> None:
    front = makers.network(
        "front", location=TARGET, address_space=("10.8.0.0/16",), peerings=(Peering("p", "/x", "Connected"),)
    )
    bare = makers.network("bare", location=TARGET, subnets=(makers.subnet("bare", "other", "10.0.9.0/24"),))
    empty = makers.network("empty", location=TARGET, subnets=())
    estate = makers.estate(networks=(makers.network(), front, bare, empty))
    choice = {arm_id.key(NET): NetworkChoice(target_id=front.id)}
    found = networking.assess(estate, makers.plan("web01", networks=choice))[0]
    assert [(o.name, o.remark) for o in found.options] == [
        ("bare", "It has no subnet data, web."),
        ("empty", "It has no subnet that could hold a VM."),
        ("front", "Its addresses differ: VMs get new ones. It is peered with 1 networks."),
    ]
    assert (found.target_name, found.target_is_new) == ("front", False)
    assert "Other addresses" in found.remark


def test_a_group_that_was_not_read_leaves_the_tag_open() -> None:
    web = makers.subnet("shop-vnet", "web", "10.0.1.0/24", security_group_id=makers.nsg_id("secret"))
    found = networking.assess(makers.estate(networks=(makers.network(subnets=(web,)),)), makers.plan("web01"))[0]
    assert {tag.verdict for tag in found.tags} == {Verdict.UNKNOWN}
    assert found.tags[0].deciding_rule == "The network security group secret could not be read."


def test_a_target_that_leads_back_elsewhere_is_remarked() -> None:
    base = portal_estate()
    other = makers.network("two")
    machine = makers.vm("web03")
    estate = replace(
        base,
        vms=(*base.vms, machine),
        disks=(*base.disks, makers.disk("web03-os")),
        nics=(*base.nics, makers.nic("web03-nic", network="two")),
        networks=(*base.networks, other),
    )
    choice = {arm_id.key(other.id): NetworkChoice(target_id=makers.net_id("dr-net", "corp-dr"))}
    found = networking.assess(estate, makers.plan("web01", "web03", networks=choice))
    assert "leads back to another source network" in found[1].remark
    assert networking.source_and_target(estate, makers.plan()) == "West Europe -> North Europe"


def test_a_vm_without_a_place_has_no_verdict() -> None:
    facts = Facts(makers.estate(nics=()), makers.plan("web01"))
    assert outbound.verdict(facts, facts.vms[0], outbound.required(facts)[0]) is None


# -- the way out ------------------------------------------------------------------------------------------------------


def way(nics: tuple[Any, ...] = (), balancers: tuple[LoadBalancer, ...] = (), **web: Any) -> egress.Egress:
    subnet = makers.subnet("shop-vnet", "web", "10.0.1.0/24", **({"nat_gateway_id": None} | web))
    network = makers.network(subnets=(subnet,))
    return egress.assess(makers.estate(networks=(network,), load_balancers=balancers), network, subnet, nics)


def behind(sku: str, *, public: bool, outbound_pools: tuple[str, ...] = ()) -> egress.Egress:
    address = replace(makers.nic("x").ip_configurations[0], load_balancer_pool_ids=(POOL,))
    balancer = LoadBalancer("/lb", "lb", SOURCE, sku, public, (POOL,), outbound_pools)
    return way((makers.nic("n", ip_configurations=(address,)),), (balancer,))


def test_ways_out_in_their_order() -> None:
    assert way(nat_gateway_id="/nat").kind == "nat-gateway"
    public = replace(makers.nic("x").ip_configurations[0], public_ip_id="/pip")
    assert way((makers.nic("n", ip_configurations=(public,)),)).kind == "public-ip"
    assert behind("Standard", public=True).kind == "load-balancer"
    assert behind("Standard", public=True, outbound_pools=(POOL,)).kind == "load-balancer"
    assert behind("Standard", public=True, outbound_pools=("/other",)).kind == "internal-load-balancer"
    assert behind("Standard", public=False).ok is False
    assert behind("Basic", public=False).kind == "default-outbound"
    assert way((makers.nic("n"),)).kind == "default-outbound"
    assert way(default_outbound=False).kind == "none"
    assert way(service_endpoints=("Microsoft.Storage.Global",)).storage_direct
    assert way(route_table_id="/gone").ok is None


# -- target networks --------------------------------------------------------------------------------------------------


def test_the_subnet_rule_of_the_service() -> None:
    subnets = tuple(makers.subnet("t", name, f"10.0.{n}.0/24") for n, name in enumerate(("Web", "beta", "alpha")))
    target = makers.network("t", subnets=(*subnets, makers.subnet("t", "AzureBastionSubnet", "10.0.9.0/24")))
    assert target_networks.choose_subnet(target, "web").target == "Web"
    assert target_networks.choose_subnet(target, "sql").target == "alpha"
    assert target_networks.choose_subnet(target, "sql", "BETA").target == "beta"
    assert target_networks.choose_subnet(target, "sql", "gone").target == "gone"
    assert target_networks.choose_subnet(makers.network("t", subnets=()), "web").target == ""


@given(st.integers(0, 255), st.integers(24, 28), st.integers(12, 24))
def test_moved_prefixes_keep_their_offset_and_stay_inside(third: int, length: int, space: int) -> None:
    prefix = f"10.0.{third}.0/{length}"
    moved = target_networks.rebase(prefix, ("10.0.0.0/16",), (f"172.16.0.0/{space}",))
    fits = third * 256 + 2 ** (32 - length) <= 2 ** (32 - space)
    assert (moved is not None) is fits
    if moved:
        assert moved.endswith(f"/{length}")
        assert moved.startswith(f"172.{16 + third // 256}.{third % 256}.0")


def test_prefixes_move_within_their_own_space_only() -> None:
    spaces = ("10.0.0.0/16", "fd00::/48")
    assert target_networks.rebase("10.0.3.0/24", spaces, ("10.9.0.0/16", "fd01::/48")) == "10.9.3.0/24"
    assert target_networks.rebase("fd00::/64", spaces, ("10.9.0.0/16", "fd01::/48")) == "fd01::/64"
    assert target_networks.rebase("192.168.0.0/24", spaces, ("10.9.0.0/16",)) is None
    assert target_networks.rebase("10.0.3.0/24", ("10.0.0.0/16",), ("fd01::/48",)) is None


def test_a_mirror_in_another_address_space() -> None:
    choice = {arm_id.key(NET): NetworkChoice(address_space=("10.9.0.0/16",), subnets={"web": "front"})}
    network = resolve(makers.estate(), makers.plan("web01", networks=choice)).networks[0]
    assert [(s.source, s.prefixes) for s in network.subnets] == [("web", ("10.9.1.0/24",)), ("data", ("10.9.2.0/24",))]
    assert network.subnet_for("WEB").target == "front"  # type: ignore[union-attr]
    assert network.subnet_for("gone") is None


def test_a_network_of_our_name_is_reused() -> None:
    there = makers.network("shop-vnet-asr", "shop-asr", location=TARGET)
    estate = makers.estate(networks=(makers.network(), there))
    network = resolve(estate, makers.plan("web01")).networks[0]
    assert network.target.exists
    assert resolve(estate, makers.plan("web01")).network_by_source[arm_id.key(NET)] == network


def test_where_items_lead_counts_when_no_mapping_is_there() -> None:
    base = portal_estate()
    held = base.vaults[0].site_recovery
    assert held is not None
    unmapped = replace(base, vaults=(replace(base.vaults[0], site_recovery=replace(held, network_mappings=())),))
    network = resolve(unmapped, makers.plan("web01")).networks[0]
    assert network.target.name == "dr-net"
    assert network.target.why == "web01 fails over into it already."
    apart = (replace(held.items[0], vm_id="/gone"), replace(held.items[1], target_network_id=None))
    elsewhere = replace(
        base, vaults=(replace(base.vaults[0], site_recovery=replace(held, network_mappings=(), items=apart)),)
    )
    assert resolve(elsewhere, makers.plan("web01")).networks[0].target.name == "shop-vnet-asr"


def test_the_place_of_a_vm_that_is_not_there() -> None:
    assert target_networks.primary_subnet(makers.estate(), "/gone") is None


# -- names ------------------------------------------------------------------------------------------------------------


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=120))
def test_names_fit_and_stay_apart(name: str) -> None:
    fitted = naming.with_suffix(name, naming.GROUP_MAX)
    assert len(fitted) <= naming.GROUP_MAX
    assert fitted == naming.with_suffix(name, naming.GROUP_MAX)
    assert naming.with_suffix(name + "x", naming.GROUP_MAX) != fitted
    assert naming.is_vault_name(naming.vault(name[:20].lower() or "x"))


@pytest.mark.parametrize("region", ["westeurope", "usgovvirginia", "eastus2"])
@pytest.mark.parametrize("high", [False, True])
def test_cache_names_are_legal(region: str, high: bool) -> None:
    name = naming.cache_account(makers.SUB, makers.vault_id(), region, high_churn=high)
    assert naming.is_storage_name(name)
    assert name.endswith("asrcache")


# -- the diagram ------------------------------------------------------------------------------------------------------


def test_the_diagram_shows_what_is_there_and_what_will_be() -> None:
    names = [f"vm{n}" for n in range(8)]
    estate = makers.estate(
        vms=(*(makers.vm(name, zones=("1",)) for name in names), makers.vm("lost", nic_ids=())),
        disks=(*(makers.disk(f"{name}-os") for name in names), makers.disk("lost-os")),
        nics=tuple(makers.nic(f"{name}-nic") for name in names),
    )
    nodes, flows = architecture.diagram(estate, makers.plan())
    by_kind: dict[str, list[architecture.Node]] = {}
    for node in nodes:
        by_kind.setdefault(node.kind, []).append(node)
    assert [n.title for n in by_kind["region"]] == ["West Europe", "North Europe"]
    assert by_kind["region"][0].detail == "9 VMs, 9 disks, 576 GiB"
    assert len(by_kind["vm"]) == architecture.DRAWN + 1
    assert by_kind["vms"][0].title == "and 2 more"
    assert {n.title for n in by_kind["network"]} == {"shop-vnet", "Unknown network", "shop-vnet-asr"}
    assert "zone 1" in by_kind["vm"][0].detail
    assert {n.state for n in by_kind["cache"] + by_kind["vault"] + by_kind["replica"] + by_kind["group"]} == {"planned"}
    seen: set[str] = set()
    for node in nodes:
        assert node.parent == "" or node.parent in seen
        assert node.id not in seen
        seen.add(node.id)
    assert len(flows) == 7
    assert "North Europe" in flows[3]


def test_the_diagram_of_a_finished_set_up_has_nothing_planned() -> None:
    nodes, flows = architecture.diagram(portal_estate(), makers.plan("web01", "web02"))
    assert [n for n in nodes if n.state == "planned"] == []
    assert "corpcache" in flows[2]
    empty, lines = architecture.diagram(makers.estate(vms=()), makers.plan())
    assert {n.kind for n in empty} == {"region", "vault", "fabric", "policy"}
    assert "a cache storage account" in lines[2]


def test_a_cache_for_high_churn_is_named_so() -> None:
    blob = StorageAccount(makers.account_id("blob"), "blob", SOURCE, "BlockBlobStorage", "Premium_LRS")
    plan = makers.plan("web01", defaults={"cache_account": "blob"})
    nodes, _ = architecture.diagram(makers.estate(storage_accounts=(blob,)), plan)
    assert [n.detail for n in nodes if n.kind == "cache"] == ["cache storage account, premium block blobs"]


def test_peers_belong_to_the_virtual_network_tag() -> None:
    hub = makers.network("hub", address_space=("10.50.0.0/16",))
    gone = Peering("gone", "/nowhere", "Connected")
    peerings = (
        Peering("hub", hub.id, "Connected"),
        replace(gone, name="idle", remote_network_id=hub.id, state="Disconnected"),
        gone,
    )
    network = makers.network(peerings=peerings)
    estate = makers.estate(networks=(network, hub))
    assert outbound.network_prefixes(estate, network) == ("10.0.0.0/16", "10.50.0.0/16")


def test_a_region_without_a_tag_of_its_own_takes_the_global_one() -> None:
    tags = (ServiceTag("Storage", ("20.0.0.0/24",)), ServiceTag("EventHub.NorthEurope", ("20.0.1.0/24",)))
    facts = Facts(makers.estate(service_tags=tags), makers.plan("web01"))
    assert [tag.tag for tag in outbound.required(facts)][:3] == [
        "Storage",
        "AzureActiveDirectory",
        "EventHub.NorthEurope",
    ]


def test_interfaces_in_application_groups_are_told_apart() -> None:
    rule = SecurityRule("asg", 200, "Outbound", "Deny", sources=(), source_application_groups=("/asgs/web",))
    guard = group("g", rule)
    web = makers.subnet("shop-vnet", "web", "10.0.1.0/24", security_group_id=guard.id)
    member = replace(makers.nic("x").ip_configurations[0], application_security_group_ids=("/asgs/web",))
    estate = makers.estate(
        networks=(makers.network(subnets=(web,)),),
        security_groups=(guard,),
        nics=(makers.nic("web01-nic", ip_configurations=(member,)), makers.nic("web02-nic")),
    )
    found = networking.assess(estate, makers.plan("web01", "web02"))[0]
    assert {tag.verdict for tag in found.tags} == {Verdict.DENIED, Verdict.ALLOWED}
    nowhere = Facts(estate, makers.plan("web01"))
    network, subnet = estate.networks[0], estate.networks[0].subnets[0]
    assert outbound.at(nowhere, network, subnet, None, outbound.required(nowhere)[0]).verdict is Verdict.ALLOWED
