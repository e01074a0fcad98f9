"""Steps 3 and 4, and the plan."""

from __future__ import annotations

from asr_tui.model.plan import DrillChoice, Plan, PolicyChoice, VaultChoice
from asr_tui.model.problem import Problem
from asr_tui.session.planning_views import (
    ConnectionRow,
    FixRow,
    InterfaceRow,
    NetworkingView,
    NetworkRow,
    OpinionRow,
    OpinionView,
    RegionRow,
    SubnetRow,
    TagRow,
    TargetNetworkOption,
    VaultOption,
    VaultView,
    VmNetworkRow,
)
from tests.screens.staged_estate import vms
from tests.screens.staged_names import GROUP, HOSTILE, NOW, SUBSCRIPTION, network_id, vm_id


def networking() -> NetworkingView:
    """Two networks: one that cannot reach out, one that can."""
    tags = tuple(
        TagRow(tag=tag, port="443", purpose=purpose, verdict=verdict, deciding_rule=rule, level=level, subject=subject)
        for tag, purpose, verdict, rule, level, subject in (
            ("Storage.WestEurope", "write to the cache account", "allowed", "default AllowInternetOutBound 65001", "subnet", "web"),
            ("AzureActiveDirectory", "sign in of the agent", "allowed", "default AllowInternetOutBound 65001", "subnet", "web"),
            ("EventHub.NorthEurope", "monitoring", "denied", "deny-all-out 4000 in nsg-app", "subnet", "app"),
            ("AzureSiteRecovery", "orchestration", "partial", "allow-asr 200 in nsg-sql", "NIC", "sql-01-nic"),
        )
    )  # fmt: skip
    subnets = (
        SubnetRow(source="web", target="web", why="same name", vms=3, choices=("web", "app", "sql")),
        SubnetRow(source="app", target="app", why="same name", vms=2, choices=("web", "app", "sql")),
        SubnetRow(source="sql", target="app", why="no subnet sql there: first in the alphabet", vms=2, choices=("app", "web")),
    )  # fmt: skip
    first = NetworkRow(
        id=network_id("vnet-shop"),
        name="vnet-shop",
        resource_group="rg-net",
        address_space="10.10.0.0/16",
        vms=9,
        tags=tags,
        egress="No explicit way out of subnet app: no NAT gateway, no public address, default outbound is off.",
        egress_ok=False,
        target_name="vnet-shop-asr",
        target_is_new=True,
        target_address_space="10.10.0.0/16",
        remark="Same addresses as the source: both cannot be peered with one hub.",
        subnets=subnets,
        options=(
            TargetNetworkOption(id=network_id("vnet-dr"), name="vnet-dr", address_space="10.20.0.0/16"),
            TargetNetworkOption(
                id=network_id("vnet-hub"), name="vnet-hub", address_space="10.0.0.0/16", remark="overlaps"
            ),
        ),
        not_carried=("NSG nsg-web", "route table rt-shop", "peering to vnet-hub"),
    )
    second = NetworkRow(
        id=network_id("vnet-mgmt"),
        name="vnet-mgmt",
        resource_group="rg-net",
        address_space="10.30.0.0/24",
        vms=3,
        tags=tuple(tag.model_copy(update={"verdict": "allowed"}) for tag in tags),
        egress="NAT gateway nat-mgmt",
        egress_ok=True,
        target_id=network_id("vnet-dr"),
        target_name="vnet-dr",
        target_is_new=False,
        subnets=(SubnetRow(source="default", target="default", why="same name", vms=3, choices=("default",)),),
    )
    return NetworkingView(networks=(first, second))


def second_looks(part: NetworkingView) -> NetworkingView:
    """What keys show more of: a missing rule, Azure's own view of an interface, ways to on-premises."""
    rule = f"{network_id('nsg-app')}/securityRules/asr-eventhub"
    missing = FixRow(
        key=rule.lower(),
        name="nsg-app/asr-eventhub",
        what="create security rule nsg-app/asr-eventhub: Lets TCP 443 out to EventHub.NorthEurope (monitoring).",
        command="az network nsg rule create --resource-group 'rg-net' --nsg-name 'nsg-app' --name 'asr-eventhub'",
        body='{\n  "properties": {\n    "destinationAddressPrefix": "EventHub.NorthEurope"\n  }\n}',
    )
    rows = (
        OpinionRow(
            tag="Storage.WestEurope",
            port="443",
            ours="allowed",
            azure="allowed",
            our_rule="default rule AllowInternetOutBound (priority 65001) of nsg-web on the subnet",
            azure_rule="default rule AllowInternetOutBound (priority 65001) of nsg-web on the subnet",
        ),
        OpinionRow(
            tag="EventHub.NorthEurope",
            port="443",
            ours="denied",
            azure="allowed",
            our_rule="rule deny-all-out (priority 4000) of nsg-app on the subnet",
            azure_rule="rule let-hubs (priority 300) of nsg-app on the subnet",
            differs=True,
        ),
    )
    opinion = OpinionView(
        vm_id=vm_id("web-01"),
        vm_name="web-01",
        interface="web-01-nic",
        network="vnet-shop",
        state="done",
        asked_at=NOW,
        groups=("nsg-app",),
        rows=rows,
        remarks=("nsg-app in Azure has, and our snapshot has not: let-hubs (Allow Outbound, priority 300).",),
    )
    connections = (
        ConnectionRow(
            kind="virtual network gateway",
            name="vgw-shop",
            region="westeurope",
            detail="ExpressRoute gateway in vnet-shop.",
            guideline="Have a gateway ready in the target region before you need it: making one takes most of an hour.",
            state="Succeeded",
        ),
        ConnectionRow(
            kind="overlap",
            name="vnet-shop and vnet-shop-asr",
            region="northeurope",
            detail="Both hold 10.10.0.0/16.",
            guideline="Keep the target apart from on-premises until failover, then connect it in place of the source.",
        ),
    )
    return part.model_copy(
        update={"vms": _interfaces(), "missing": (missing,), "opinions": (opinion,), "connections": connections}
    )


def _interfaces() -> tuple[VmNetworkRow, ...]:
    """A VM with two interfaces of which things stay behind, and one that goes as it is."""
    kept = "if it is free there, else the next free one"
    first = InterfaceRow(
        name="web-01-nic",
        source="vnet-shop/web",
        target="vnet-shop-asr/web",
        why="same name",
        address=f"10.10.1.4 {kept}",
    )
    second = InterfaceRow(
        name="web-01-backup",
        source="vnet-shop/sql",
        target="",
        why="No subnet of the target network fits.",
        address="none",
    )
    behind = ("Security group nsg-web of subnet web", "Public address pip-web-01", "Load balancer lb-web")
    return (
        VmNetworkRow(
            vm_id=vm_id("web-01"),
            name="web-01",
            network_id=network_id("vnet-shop"),
            interfaces=(first, second),
            not_carried=behind,
        ),
        VmNetworkRow(vm_id=vm_id("web-02"), name="web-02", network_id=network_id("vnet-shop"), interfaces=(first,)),
    )


def vault(state: str = "choosing") -> VaultView:
    """One vault that can be used, one that cannot."""
    base = f"{GROUP}/rg-backup/providers/Microsoft.RecoveryServices/vaults"
    options = (
        VaultOption(id=f"{base}/rsv-backup", name="rsv-backup", resource_group="rg-backup", region="westeurope", items=4,
                    refused="lies in the source region: it would be lost with it"),
        VaultOption(id=f"{base}/rsv-dr", name="rsv-dr", resource_group="rg-dr", region="northeurope", items=2),
    )  # fmt: skip
    regions = (
        RegionRow(name="northeurope", title="North Europe"),
        RegionRow(name="francecentral", title="France Central"),
        RegionRow(name="westeurope", title="West Europe", refused="A vault cannot lie in the source region."),
    )
    problems = ()
    if state == "failed":
        problems = (
            Problem(
                what="The vault could not be created.",
                cause="A policy of your organisation forbids resources without the tag costcenter.",
                remedy="Add the tag, or ask for an exemption; then f tries again.",
                retry=True,
                code="RequestDisallowedByPolicy",
                status=403,
                request_id="5c9a-77",
                detail=HOSTILE,
            ),
        )
    return VaultView(
        state=state, options=options, regions=regions, groups=("rg-dr", "rg-backup", "rg-shop-prod"), problems=problems
    )


def plan(**fields: object) -> Plan:
    """What the engineer chose."""
    base = {
        "subscription": SUBSCRIPTION,
        "source_region": "westeurope",
        "target_region": "northeurope",
        "vms": tuple(row.id for row in vms() if row.selected),
        "vault": VaultChoice(name="rsv-shop", resource_group="rg-dr", region="northeurope"),
        "policy": PolicyChoice(),
        "drill": DrillChoice(),
    }
    return Plan.model_validate({**base, **fields})
