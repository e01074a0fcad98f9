"""Step 2: checks, findings and their causes."""

from __future__ import annotations

from asr_tui.session.planning_views import (
    CauseRow,
    CheckRow,
    FindingRow,
    PrerequisitesView,
)
from tests.screens.staged_names import HOSTILE, NOW, network_id, vm_id
from tests.screens.staged_targets import networking, second_looks


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
