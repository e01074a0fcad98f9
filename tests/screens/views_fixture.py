# ruff: noqa: E501 - tables of data read better in one line a row
"""Views as the worker would make them, one for each state that a screen must be able to show.

``HOSTILE`` is text as Azure may hold it: markup, escape sequences, right-to-left marks, 500 characters.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from asr_tui.model.change import Action, Kind
from asr_tui.model.plan import DrillChoice, Plan, PolicyChoice, VaultChoice
from asr_tui.model.problem import Problem
from asr_tui.model.step import Step, StepState
from asr_tui.session.planning_views import (
    ArchitectureView,
    CauseRow,
    CheckRow,
    ConnectionRow,
    DiagramNode,
    FindingRow,
    FixRow,
    NetworkingView,
    NetworkRow,
    OpinionRow,
    OpinionView,
    PrerequisitesView,
    RegionRow,
    SubnetRow,
    TagRow,
    TargetNetworkOption,
    VaultOption,
    VaultView,
    VmRow,
)
from asr_tui.session.running_views import (
    ChangeRow,
    DiskProgress,
    DrillRow,
    DrillView,
    EvidenceRow,
    ItemRow,
    RecoveryPointRow,
    ReplicationView,
    ReviewView,
    RunView,
    TaskRow,
    TestNetworkOption,
)
from asr_tui.session.views import OperationRow, Pen, SessionView, SignInView, SignInWay, StepView, SubscriptionRow, View

NOW = datetime(2026, 3, 4, 13, 2, 5, tzinfo=UTC)
HOSTILE = "[red]alarm[/red] \x1b[2J\x1b]0;owned\x07 \u202egnp.exe\u202c \u200fשלום " + "x" * 500
SUBSCRIPTION = "00000000-1111-2222-3333-444444444444"
_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"


def vm_id(name: str, group: str = "rg-shop-prod") -> str:
    """The ARM id of a VM."""
    return f"{_GROUP}/{group}/providers/Microsoft.Compute/virtualMachines/{name}"


def network_id(name: str) -> str:
    """The ARM id of a virtual network."""
    return f"{_GROUP}/rg-net/providers/Microsoft.Network/virtualNetworks/{name}"


def steps(**states: tuple[str, str]) -> tuple[StepView, ...]:
    """All six steps; ``states`` by step id with underscores: (state, reason)."""
    rows = []
    for step in Step:
        state, reason = states.get(step.value.replace("-", "_"), ("todo", ""))
        rows.append(StepView(step=step, title=step.heading, state=StepState(state), reason=reason))
    return tuple(rows)


_TIERS = (
    ("web-01", "web", "Ubuntu 22.04", "Standard_D2s_v5", 2, 96, True, "", 0, 0),
    ("web-02", "web", "Ubuntu 22.04", "Standard_D2s_v5", 2, 96, True, "", 0, 1),
    ("web-03-with-a-very-long-name-that-does-not-fit-in-any-column", "web", "Ubuntu 22.04", "Standard_D2s_v5", 2, 96, True, "", 0, 0),
    ("app-01", "app", "Windows Server 2022", "Standard_D4s_v5", 3, 384, True, "", 0, 0),
    ("app-02", "app", "Windows Server 2022", "Standard_D4s_v5", 3, 384, True, "", 0, 0),
    ("sql-01", "sql", "Windows Server 2019", "Standard_E16s_v5", 9, 4608, False, "Disk sql-01-log churns more than the limit", 1, 2),
    ("sql-02", "sql", "Windows Server 2019", "Standard_E16s_v5", 9, 4608, True, "", 0, 2),
    ("gpu-train", "batch", "Ubuntu 20.04", "Standard_ND96asr_v4", 5, 8192, False, "Ephemeral OS disk; no managed OS disk", 2, 0),
    ("legacy-ftp", "batch", "CentOS 6.10", "Basic_A2", 1, 30, False, "CentOS 6.10 is not supported by the mobility agent", 1, 1),
    ("jump", "mgmt", "Debian 12", "Standard_B2ms", 1, 32, True, "", 0, 0),
    ("files", "mgmt", "Windows Server 2022", "Standard_D2s_v5", 4, 2048, True, "", 0, 0),
    ("enc-vault", "mgmt", "Windows Server 2016", "Standard_D2s_v3", 2, 256, None, "", 0, 0),
)  # fmt: skip


def vms(selected: bool = True, checked: bool = True) -> tuple[VmRow, ...]:
    """Twelve VMs, three of them not eligible."""
    rows = []
    for name, tier, system, size, disks, gib, eligible, why, blockers, warnings in _TIERS:
        rows.append(
            VmRow(
                id=vm_id(name),
                name=name,
                resource_group="rg-shop-prod" if tier != "batch" else "rg-batch",
                size=size,
                os=system,
                power="running" if name != "legacy-ftp" else "stopped",
                disks=disks,
                disk_gib=gib,
                network="vnet-shop",
                subnet=tier,
                zone="1" if tier == "web" else "",
                tier=tier,
                eligible=eligible if checked else None,
                why_not=why if checked else "",
                blockers=blockers,
                warnings=warnings,
                selected=selected and bool(eligible) and tier in {"web", "app", "sql"},
            )
        )
    return tuple(rows)


def many_vms(number: int) -> tuple[VmRow, ...]:
    """A large estate."""
    return tuple(
        VmRow(
            id=vm_id(f"vm-{index:05}"),
            name=f"vm-{index:05}",
            resource_group=f"rg-{index % 40:02}",
            size="Standard_D2s_v5",
            os="Ubuntu 22.04" if index % 3 else "Windows Server 2022",
            power="running",
            disks=2,
            disk_gib=128,
            network=f"vnet-{index % 7}",
            subnet="default",
            eligible=index % 11 != 0,
            why_not="" if index % 11 else "The size is not offered in the target region",
        )
        for index in range(number)
    )


def session(**changes: object) -> SessionView:
    """A practice session on contoso."""
    fields = {
        "name": "default",
        "worker_pid": 4711,
        "worker_started": NOW - timedelta(hours=2),
        "cloud": "practice",
        "practice": True,
        "endpoint": "https://127.0.0.1:41000",
        "tenant": "contoso.example",
        "subscription_id": SUBSCRIPTION,
        "subscription_name": "contoso-prod",
        "principal": "engineer@contoso.example",
        "source_region": "westeurope",
        "source_region_title": "West Europe",
        "target_region": "northeurope",
        "target_region_title": "North Europe",
        "azure_now": NOW,
        "azure_speed": 60.0,
        "estate_read_at": NOW - timedelta(minutes=4),
        "arm_requests": 412,
        "arm_writes": 0,
        "pen": Pen(client_id="c1", user="ada", host="jump-1", terminal="pts/3", since=NOW),
        "watchers": 1,
    }
    return SessionView.model_validate({**fields, **changes})


def sign_in(state: str = "signed-in") -> SignInView:
    """Three ways, two of them possible; ``state`` as in the view."""
    ways = (
        SignInWay(id="device-code", title="Device code", hint="a short code for a browser on any machine"),
        SignInWay(id="environment", title="Service principal", hint="client id and secret of the environment"),
        SignInWay(id="cli", title="Azure CLI", problem="az is not installed here"),
        SignInWay(id="managed-identity", title="Managed identity", problem="no identity endpoint on this machine"),
    )
    subscriptions = (
        SubscriptionRow(id=SUBSCRIPTION, name="contoso-prod", state="Enabled", tenant_id="contoso.example"),
        SubscriptionRow(id=SUBSCRIPTION.replace("4", "5"), name="contoso-test", state="Enabled"),
        SubscriptionRow(id=SUBSCRIPTION.replace("4", "6"), name=HOSTILE, state="Disabled"),
    )
    if state == "signed-out":
        return SignInView(ways=ways)
    if state == "signing-in":
        return SignInView(
            state=state,
            ways=ways,
            chosen="device-code",
            device_code="GH7K-Q2PX",
            device_url="https://microsoft.com/devicelogin",
            code_expires=NOW + timedelta(minutes=15),
        )
    if state == "failed":
        problem = Problem(
            what="The sign-in was refused.",
            cause="The application needs consent of an administrator.",
            remedy="Ask an administrator of contoso.example for consent, then sign in again.",
            code="AADSTS65001",
            status=400,
            detail=HOSTILE,
        )
        return SignInView(state=state, ways=ways, chosen="device-code", problem=problem)
    return SignInView(state=state, ways=ways, chosen="environment", subscriptions=subscriptions)


def architecture(chosen: bool = True) -> ArchitectureView:
    """Two source regions; targets with refusals; a diagram once both are chosen."""
    sources = (
        RegionRow(name="westeurope", title="West Europe", geography="Europe", zones=3, vms=12),
        RegionRow(name="uksouth", title="UK South", geography="United Kingdom", zones=3, vms=1),
    )
    targets = (
        RegionRow(name="northeurope", title="North Europe", geography="Europe", zones=3, paired=True),
        RegionRow(name="francecentral", title="France Central", geography="France", zones=3),
        RegionRow(name="germanywestcentral", title="Germany West Central", geography="Germany", zones=3),
        RegionRow(name="uksouth", title="UK South", geography="United Kingdom", zones=3, remark="other geography"),
        RegionRow(name="westeurope", title="West Europe", geography="Europe", zones=3, refused="is the source"),
        RegionRow(
            name="brazilsouth",
            title="Brazil South",
            geography="Brazil",
            refused="is not in the same geographic cluster",
        ),
    )
    if not chosen:
        return ArchitectureView(sources=sources)
    nodes = (
        DiagramNode(id="n", kind="network", title="vnet-shop", detail="10.10.0.0/16", side="source"),
        DiagramNode(id="w", kind="VMs", title="web", detail="3 VMs, 6 disks, 288 GiB", side="source", parent="n"),
        DiagramNode(id="a", kind="VMs", title="app", detail="2 VMs, 6 disks, 768 GiB", side="source", parent="n"),
        DiagramNode(id="s", kind="VMs", title="sql", detail="1 VM, 9 disks, 4.5 TiB", side="source", parent="n"),
        DiagramNode(id="c", kind="cache account", title="rsvshopasrcache", side="source", state="planned"),
        DiagramNode(id="g", kind="group", title="rg-shop-prod-asr", side="target", state="planned"),
        DiagramNode(id="t", kind="network", title="vnet-shop-asr", detail="10.10.0.0/16", side="target", state="planned", parent="g"),
        DiagramNode(id="r", kind="replica disks", title="21", detail="5.5 TiB", side="target", state="planned", parent="g"),
        DiagramNode(id="v", kind="vault", title="rsv-shop-northeurope", detail="North Europe", side="vault", state="planned"),
        DiagramNode(id="p", kind="policy", title="24-hour-retention-policy", side="vault", state="planned", parent="v"),
    )  # fmt: skip
    flows = (
        "Each write of a VM goes to the cache account in West Europe, and from there to the replica disks in North Europe.",
        "Every 5 minutes a crash-consistent recovery point is made; it is kept for 24 hours.",
        "At a failover the service creates the VMs in vnet-shop-asr from the replica disks.",
    )
    return ArchitectureView(sources=sources, targets=targets, nodes=nodes, flows=flows)


def prerequisites(state: str = "done") -> PrerequisitesView:
    """Findings of every severity, one with hostile text."""
    if state == "idle":
        return PrerequisitesView()
    learn = "https://learn.microsoft.com/azure/site-recovery/azure-to-azure-support-matrix"
    findings = (
        FindingRow(
            key="vm-os|gpu",
            check_id="disk-ephemeral",
            severity="blocker",
            scope="vm",
            title="Ephemeral OS disks cannot be replicated",
            subject="gpu-train",
            subject_id=vm_id("gpu-train"),
            evidence="The OS disk gpu-train_OsDisk has diffDiskSettings.option Local.",
            remedy="Move the VM to a managed OS disk, or leave it out of the plan.",
            code="150172",
            source=learn,
            source_read_on="2026-01-12",
            vm_ids=(vm_id("gpu-train"),),
            vm_names=("gpu-train",),
            seen_at=NOW,
        ),
        FindingRow(
            key="churn|sql-01",
            check_id="disk-churn",
            severity="blocker",
            scope="disk",
            title="The disk writes more than replication can carry",
            subject="sql-01-log",
            subject_id=vm_id("sql-01") + "-log",
            evidence="31.4 MB/s on average over the last hour; the limit for this disk is 20 MB/s.",
            remedy="Use a larger premium disk, or choose High churn support with a premium block blob cache account.",
            code="153007",
            source=learn,
            source_read_on="2026-01-12",
            vm_ids=(vm_id("sql-01"),),
            vm_names=("sql-01",),
        ),
        FindingRow(
            key="nsg|vnet-shop",
            check_id="nsg-storage",
            severity="warning",
            scope="network",
            title="Outbound to Storage is allowed by a rule that ends soon",
            subject="vnet-shop",
            subject_id=network_id("vnet-shop"),
            evidence="Rule allow-storage-tmp (priority 310) in nsg-web.",
            remedy="Keep the rule for as long as replication runs.",
            vm_ids=(vm_id("web-01"), vm_id("web-02")),
            vm_names=("web-01", "web-02"),
            accepted="change 4711 keeps it",
        ),
        FindingRow(
            key="quota",
            check_id="target-quota",
            severity="unknown",
            scope="region-pair",
            title="Quota in North Europe could not be read",
            subject="North Europe",
            subject_id="northeurope",
            evidence="403 AuthorizationFailed on Microsoft.Compute/locations/usages/read.",
            remedy="Ask for the Reader role on the subscription, then read again (r).",
        ),
        FindingRow(
            key="hostile",
            check_id="vm-tags",
            severity="info",
            scope="vm",
            title=HOSTILE,
            subject=HOSTILE,
            subject_id=HOSTILE,
            evidence=HOSTILE,
            remedy=HOSTILE,
            vm_ids=(vm_id("jump"),),
            vm_names=(HOSTILE,),
        ),
    )
    names = (
        ("disk-ephemeral", "vm", "OS disk is managed", "found", 1),
        ("disk-churn", "disk", "Write rate within the limit", "found", 1),
        ("nsg-storage", "network", "Outbound to Storage", "found", 1),
        ("target-quota", "region-pair", "Cores in the target region", "unknown", 1),
        ("vm-tags", "vm", "Tags are carried over", "found", 1),
        ("vm-agent", "vm", "VM agent is ready", "passed", 0),
        ("region-pair", "region-pair", "Source and target in one cluster", "passed", 0),
    )
    running = state == "running"
    checks = tuple(
        CheckRow(
            id=ident,
            title=title,
            scope=scope,
            state="waiting" if running and index > 1 else found,
            findings=0 if running and index > 1 else number,
        )
        for index, (ident, scope, title, found, number) in enumerate(names)
    )
    shown = findings[:2] if running else findings
    return PrerequisitesView(
        state=state,
        done=2 if running else 34,
        total=34,
        checks=checks,
        findings=shown,
        blockers=2,
        warnings=0 if running else 1,
        unknowns=0 if running else 1,
        infos=0 if running else 1,
        checked_at=None if running else NOW,
    )


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
    return part.model_copy(update={"missing": (missing,), "opinions": (opinion,), "connections": connections})


def causes() -> tuple[CauseRow, ...]:
    """The worklist over the findings of :func:`prerequisites`: one row for what one repair clears."""
    return (
        CauseRow(
            key="blocker|nsg-app",
            severity="blocker",
            title="The service is reachable / Event Hubs are reachable",
            subject="nsg-app",
            evidence="Denied by rule deny-all-out (priority 4000) of nsg-app on the subnet.",
            remedy="Add the rules just above it.",
            code="151197",
            findings=("vm-os|gpu", "churn|sql-01"),
            vms=2,
            unblocks=1,
            fixes=second_looks(networking()).missing,
        ),
        CauseRow(
            key="blocker|disk",
            severity="blocker",
            title="The disk writes no more than replication can carry",
            subject="sql-01-log",
            evidence="31.4 MB/s on average over the last hour; the limit for this disk is 20 MB/s.",
            remedy="Use a larger premium disk.",
            code="153007",
            findings=("churn|sql-01",),
            vms=1,
        ),
        CauseRow(
            key="warning|nsg",
            severity="warning",
            title="Outbound to Storage is allowed by a rule that stays",
            subject="vnet-shop",
            evidence="Rule allow-storage-tmp (priority 310) in nsg-web.",
            remedy="Keep the rule for as long as replication runs.",
            findings=("nsg|vnet-shop",),
            vms=2,
            accepted="change 4711 keeps it",
        ),
        CauseRow(
            key="unknown|quota",
            severity="unknown",
            title="The quota in North Europe is enough",
            subject="North Europe",
            evidence="403 AuthorizationFailed on Microsoft.Compute/locations/usages/read.",
            remedy="Ask for the Reader role on the subscription.",
            findings=("quota",),
        ),
    )


def worklist() -> View:
    """As :func:`ready`, with findings grouped by cause and all that steps 2 and 3 show on their cards."""
    view = ready()
    part = view.prerequisites.model_copy(
        update={"worklist": causes(), "kernel_lists": "11 distributions, 9,241 kernels, newest agent 9.67.7845.1"}
    )
    return view.model_copy(update={"prerequisites": part, "networking": second_looks(view.networking)})


def vault(state: str = "choosing") -> VaultView:
    """One vault that can be used, one that cannot."""
    base = f"{_GROUP}/rg-backup/providers/Microsoft.RecoveryServices/vaults"
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


def changes(scope: Step = Step.REPLICATION, state: str = "planned") -> tuple[ChangeRow, ...]:
    """The changes of a step; ``state`` of the first ones once they are carried out."""
    vault_path = f"{_GROUP}/rg-dr/providers/Microsoft.RecoveryServices/vaults/rsv-shop"
    fabrics = f"{vault_path}/replicationFabrics"
    plan: list[tuple[Action, Kind, str, str, str]]
    if scope is Step.VAULT:
        plan = [
            (Action.REUSE, Kind.RESOURCE_GROUP, "rg-dr", f"{_GROUP}/rg-dr", "exists in North Europe"),
            (Action.CREATE, Kind.VAULT, "rsv-shop", vault_path, "steers replication; not in the source region"),
        ]
    else:
        plan = [
            (Action.CREATE, Kind.RESOURCE_GROUP, "rg-shop-prod-asr", f"{_GROUP}/rg-shop-prod-asr", "holds the VMs after a failover"),
            (Action.CREATE, Kind.NETWORK, "vnet-shop-asr", network_id("vnet-shop-asr"), "no target network was chosen"),
            (Action.CREATE, Kind.CACHE_ACCOUNT, "rsvshopasrcache", f"{_GROUP}/rg-shop-prod/providers/Microsoft.Storage/storageAccounts/rsvshopasrcache", "writes pass through it"),
            (Action.ADOPT, Kind.FABRIC, "asr-a2a-default-westeurope", f"{fabrics}/asr-a2a-default-westeurope", "its creation already runs"),
            (Action.CREATE, Kind.FABRIC, "asr-a2a-default-northeurope", f"{fabrics}/asr-a2a-default-northeurope", "stands for North Europe"),
            (Action.CREATE, Kind.POLICY, "24-hour-retention-policy", f"{vault_path}/replicationPolicies/24-hour", "24 h of recovery points"),
            *((Action.CREATE, Kind.ITEM, row.name, f"{fabrics}/items/{row.name}", "protects this VM") for row in vms() if row.selected),
        ]  # fmt: skip
    order = {"planned": ["planned"] * 99, "running": ["done", "done", "adopted", "done", "running", *["waiting"] * 99]}
    order["done"] = ["done"] * 99
    order["failed"] = ["done", "failed", *["skipped"] * 99]
    problem = Problem(
        what="The network could not be created.", cause="The address space overlaps.", code="NetcfgInvalid"
    )
    body = json.dumps({"location": "northeurope", "properties": {"policyId": "24-hour", "note": HOSTILE[:40]}})
    return tuple(
        ChangeRow(
            key=resource_id.lower(),
            action=str(action),
            kind=str(kind),
            step=scope,
            name=name,
            resource_id=resource_id,
            reason=reason,
            body=body if action is Action.CREATE else "",
            state="reused" if action is Action.REUSE and state != "planned" else order[state][index],
            problem=problem if order[state][index] == "failed" else None,
        )
        for index, (action, kind, name, resource_id, reason) in enumerate(plan)
    )


def review(scope: Step = Step.REPLICATION, **fields: object) -> ReviewView:
    """A review with its counts."""
    rows = changes(scope)
    writes = sum(row.action in {"create", "update"} for row in rows)
    base = {"scope": scope, "digest": "9f2c41d07be3a855", "changes": rows, "writes": writes}
    return ReviewView.model_validate({**base, **fields})


def items(done: bool = False) -> tuple[ItemRow, ...]:
    """VMs on their way: one failed, one protected, the rest in between."""
    failed = Problem(
        what="The mobility agent could not be installed on app-02.",
        cause="The VM agent does not answer.",
        remedy="Start the VM and its agent, then f tries again.",
        retry=True,
        code="151066",
        resource_id=vm_id("app-02"),
        detail=HOSTILE,
    )
    plan = (
        ("web-01", "protected", "", 0, 0, 100, "Normal", 54),
        ("web-02", "seeding", "Initial replication", 4, 6, 61, "Normal", None),
        ("web-03-with-a-very-long-name-that-does-not-fit-in-any-column", "enabling", "Installing the mobility agent", 2, 6, None, "", None),
        ("app-01", "first-point", "Making the first recovery point", 5, 6, 100, "Warning", 340),
        ("app-02", "failed", "Installing the mobility agent", 2, 6, None, "Critical", None),
        ("sql-02", "waiting", "", 0, 0, None, "", None),
    )  # fmt: skip
    rows = []
    for name, milestone, task, number, total, progress, health, rpo in plan:
        rows.append(
            ItemRow(
                vm_id=vm_id(name),
                vm_name=name,
                item_id=f"{vm_id(name)}/item",
                milestone="protected" if done else milestone,
                task="" if done else task,
                task_number=0 if done else number,
                task_total=0 if done else total,
                progress=100 if done else progress,
                health="Normal" if done else health,
                rpo_seconds=60 if done else rpo,
                started=NOW - timedelta(minutes=12),
                eta=NOW + timedelta(minutes=21) if milestone in {"seeding", "enabling"} and not done else None,
                changed_at=NOW - timedelta(seconds=20),
                agent_version="9.63.7187.1",
                disks=(
                    DiskProgress(name=f"{name}_OsDisk", state="InitialReplication", progress=progress, pending_mb=1520),
                ),
                problem=failed if milestone == "failed" and not done else None,
            )
        )
    return tuple(rows)


def replication(state: str = "choosing") -> ReplicationView:
    """``state``: choosing, running, done."""
    base = {"policies": ("24-hour-retention-policy",), "caches": ("stshopcache",), "target_group": "rg-shop-prod-asr"}
    if state == "choosing":
        return ReplicationView.model_validate(base)
    rows = items(done=state == "done")
    protected = sum(row.milestone == "protected" for row in rows)
    counts = {"protected": protected, "seeding": 0 if state == "done" else 2, "failed": 0 if state == "done" else 1}
    return ReplicationView.model_validate({**base, "items": rows, **counts})


def drill(state: str = "idle") -> DrillView:
    """``state``: idle, running, waiting, done, failed."""
    points = (
        RecoveryPointRow(id="p1", time=NOW - timedelta(minutes=4), kind="CrashConsistent", age_seconds=240, disks=2),
        RecoveryPointRow(id="p2", time=NOW - timedelta(minutes=64), kind="AppConsistent", age_seconds=3840, disks=2),
    )
    networks = (
        TestNetworkOption(id=network_id("vnet-drill"), name="vnet-drill", address_space="10.99.0.0/16"),
        TestNetworkOption(id=network_id("vnet-dr"), name="vnet-dr", danger="peered with vnet-hub"),
    )
    rows = [
        DrillRow(vm_id=vm_id("web-01"), vm_name="web-01", selected=True, chosen=True, points=points, point="p1"),
        DrillRow(
            vm_id=vm_id("web-02"), vm_name="web-02", selected=True, chosen=True, points=points, point="p1", wave=1
        ),
        DrillRow(
            vm_id=vm_id("app-02"), vm_name="app-02", chosen=True, state="refused", why="has no recovery point yet"
        ),
    ]
    if state == "idle":
        return _chosen(networks, rows)
    tasks = (
        TaskRow(title="Prerequisites check for test failover", state="Succeeded", seconds=21),
        TaskRow(
            title="Create test virtual machine", state="InProgress" if state == "running" else "Succeeded", seconds=118
        ),
        TaskRow(
            title="Start the virtual machine", state="NotStarted" if state == "running" else "Succeeded", seconds=None
        ),
    )
    evidence = (
        EvidenceRow(what="Power state", state="passed", detail="VM running"),
        EvidenceRow(what="Disks", state="passed", detail="2 of 2, sizes as at the source"),
        EvidenceRow(what="Guest agent", state="unknown", detail="no status after 10 min"),
    )
    up = {
        "state": "running",
        "point_time": NOW - timedelta(minutes=4),
        "tasks": tasks,
        "test_vm": "web-01-test",
        "test_vm_id": vm_id("web-01-test"),
        "evidence": evidence,
        "started": NOW - timedelta(minutes=6),
        "rto_seconds": 312.0,
        "rpo_seconds": 240.0,
    }
    if state == "running":
        first = rows[0].model_copy(
            update={**up, "state": "failing-over", "test_vm": "", "evidence": (), "rto_seconds": None}
        )
        second = rows[1].model_copy(update={"state": "waiting"})
        return DrillView(
            state=state, networks=networks, network_name="vnet-drill", rows=(first, second, rows[2]), started=NOW
        )
    first = rows[0].model_copy(update=up)
    second = rows[1].model_copy(
        update={**up, "test_vm": "web-02-test", "rto_seconds": 402.0, "state": "verified", "verdict": "passed"}
    )
    if state == "failed":
        problem = Problem(
            what="The test VM of web-02 could not be created.", cause="No quota for 2 more cores.", code="28031"
        )
        second = rows[1].model_copy(update={"state": "failed", "problem": problem})
        return DrillView(state=state, networks=networks, rows=(first, second, rows[2]), problem=problem)
    if state == "waiting":
        return DrillView(
            state=state, networks=networks, network_name="vnet-drill", rows=(first, second, rows[2]), started=NOW
        )
    over = {"state": "cleaned-up", "cleaned_at": NOW, "verdict": "passed", "test_vm": "web-01-test"}
    return DrillView(
        state="done",
        networks=networks,
        network_name="asr-tui-drill-1",
        rows=(first.model_copy(update=over), second.model_copy(update=over), rows[2]),
        started=NOW - timedelta(minutes=20),
        finished=NOW,
        clean_proof="no test VM, disk or NIC is left in rg-shop-prod-asr (listed 13:02)",
        max_rto_seconds=402.0,
        max_rpo_seconds=240.0,
    )


def _chosen(networks: tuple[TestNetworkOption, ...], rows: list[DrillRow]) -> DrillView:
    """A drill that waits for its start: one VM left out, one not chosen, a quota that was not read, a check of one's own."""
    body = json.dumps(
        {"location": "northeurope", "properties": {"securityRules": [{"name": "deny-internet-inbound"}]}}, indent=2
    )
    guard = ChangeRow(
        key="nsg",
        action=str(Action.CREATE),
        kind=str(Kind.SECURITY_GROUP),
        step=Step.TEST_FAILOVER,
        name="vnet-shop-drill-nsg",
        resource_id=f"{_GROUP}/rg-shop-prod-asr/providers/Microsoft.Network/networkSecurityGroups/vnet-shop-drill-nsg",
        reason="Lets nothing in from the internet, whatever address a test VM is given.",
        body=body,
    )
    return DrillView(
        networks=networks,
        rows=(*rows, DrillRow(vm_id=vm_id("sql-02"), vm_name="sql-02")),
        changes=(guard,),
        digest="4be1c09d2f7a6635",
        readiness=(
            EvidenceRow(what="Locks", state="passed", detail="None stands on the target groups or the test network."),
            EvidenceRow(what="Quota: fam vCPUs", state="unknown", detail="8 are needed; the quota fam was not read."),
        ),
        rto_target_minutes=60,
        dependencies={"Domain controller and DNS": "a copy of dc-01 in the test network"},
        scripts={"linux": "systemctl is-active shop && echo passed"},
        previous="The drill of 2025-11-03 measured RTO 371 s, RPO 199 s.",
    )


def operations(number: int = 4) -> tuple[OperationRow, ...]:
    """Running, finished and failed operations."""
    problem = Problem(what="Enabling protection of app-02 failed.", remedy="Start its VM agent.", code="151066")
    rows = [
        OperationRow(id="1", title="Create vault", subject="rsv-shop", state="succeeded", started=NOW - timedelta(minutes=30),
                     ended=NOW - timedelta(minutes=29)),
        OperationRow(id="2", title="Enable replication", subject="web-02", task="Initial replication", progress=61,
                     started=NOW - timedelta(minutes=12)),
        OperationRow(id="3", title="Enable replication", subject=vms()[2].name, task="Installing the mobility agent",
                     started=NOW - timedelta(minutes=3)),
        OperationRow(id="4", title="Enable replication", subject="app-02", state="failed", task="Installing the mobility agent",
                     started=NOW - timedelta(minutes=9), ended=NOW - timedelta(minutes=2), problem=problem),
    ]  # fmt: skip
    return tuple(rows[:number])


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


_MIDWAY = {
    "architecture": ("done", "West Europe to North Europe"),
    "prerequisites": ("attention", "2 blockers concern VMs that you chose"),
    "networking": ("ready", "outbound access and target networks"),
    "vault": ("ready", "rsv-shop will be created"),
}


def empty() -> View:
    """Connected; nobody has signed in."""
    return View(
        session=SessionView(name="default", worker_pid=4711, cloud="public", worker_started=NOW, azure_now=None),
        steps=steps(),
        sign_in=sign_in("signed-out"),
    )


def loading() -> View:
    """Signed in; the estate is being read."""
    return View(
        session=session(estate_read_at=None, activity="Reading virtual machines, page 3 ...", source_region="",
                        source_region_title="", target_region="", target_region_title=""),
        steps=steps(architecture=("running", "reading the estate")),
        sign_in=sign_in(),
    )  # fmt: skip


def partial() -> View:
    """The estate is there and the checks run."""
    return View(
        session=session(activity="Checking: 2 of 34"),
        steps=steps(**{**_MIDWAY, "prerequisites": ("running", "2 of 34 checks done")}),
        sign_in=sign_in(),
        plan=plan(vault=VaultChoice()),
        architecture=architecture(),
        vms=vms(checked=False, selected=False),
        prerequisites=prerequisites("running"),
        networking=networking(),
        vault=vault(),
    )


def ready() -> View:
    """Everything is decided; nothing is written."""
    return View(
        session=session(),
        steps=steps(**_MIDWAY, replication=("ready", "6 VMs chosen")),
        sign_in=sign_in(),
        plan=plan(),
        architecture=architecture(),
        vms=vms(),
        prerequisites=prerequisites(),
        networking=networking(),
        vault=vault(),
        replication=replication(),
        drill=drill(),
    )


def running() -> View:
    """Replication is being enabled; one VM failed; a drill goes on."""
    base = ready()
    return base.model_copy(
        update={
            "steps": steps(**{**_MIDWAY, "vault": ("done", "rsv-shop"), "prerequisites": ("done", "")},
                           replication=("running", "1 of 6 protected"), test_failover=("running", "1 of 2 running")),
            "vault": vault("ready"),
            "review": review(confirmed=True, changes=changes(state="running")),
            "run": RunView(state="running", scope=Step.REPLICATION, total=12, done=4, failed=1, started=NOW),
            "replication": replication("running"),
            "drill": drill("running"),
            "operations": operations(),
        }
    )  # fmt: skip


def failed() -> View:
    """Things went wrong in every step."""
    base = running()
    problem = Problem(
        what="Azure refused to list the disks.",
        cause="The sign-in lacks Microsoft.Compute/disks/read.",
        remedy="Ask for the Reader role, then r reads again.",
        code="AuthorizationFailed",
        status=403,
        request_id="11111111-2222",
        detail=HOSTILE,
    )
    return base.model_copy(
        update={
            "sign_in": sign_in("failed"),
            "vault": vault("failed"),
            "review": review(Step.VAULT, confirmed=True, changes=changes(Step.VAULT, "failed")),
            "run": RunView(state="failed", scope=Step.VAULT, total=2, done=1, failed=1),
            "drill": drill("failed"),
            "problems": (problem,),
        }
    )


def done() -> View:
    """All six steps are done."""
    base = running()
    everything = {step.value.replace("-", "_"): ("done", "") for step in Step}
    return base.model_copy(
        update={
            "steps": steps(**everything),
            "session": session(arm_writes=31),
            "run": RunView(state="finished", scope=Step.REPLICATION, total=12, done=12),
            "replication": replication("done"),
            "drill": drill("done"),
            "operations": (operations()[0],),
        }
    )


STATES = {
    "empty": empty,
    "loading": loading,
    "partial": partial,
    "ready": ready,
    "running": running,
    "failed": failed,
    "done": done,
}
"""A maker of a view for each state."""
