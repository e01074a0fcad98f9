"""What is there: session, sign-in, VMs and regions, as a worker would show them."""

from __future__ import annotations

from datetime import timedelta

from asr_tui.model.problem import Problem
from asr_tui.model.step import Step, StepState
from asr_tui.session.planning_views import (
    ArchitectureView,
    DiagramNode,
    RegionRow,
    VmRow,
)
from asr_tui.session.views import Pen, SessionView, SignInView, SignInWay, StepView, SubscriptionRow
from tests.screens.staged_names import HOSTILE, NOW, SUBSCRIPTION, vm_id


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
