"""Checks of the VM itself: state, size, kind, what does not follow it."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model import arm_id
from asr_tui.model.finding import Scope, Severity
from asr_tui.rules import figures, gaps
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.registry import Hit, check, on_vm, on_vms, unknown_vms

REREAD = "Read the VM's instance view: your account needs Microsoft.Compute/virtualMachines/instanceView/read."
#: Publishers of firewalls and other network appliances, which cannot host the agent.
APPLIANCES = (
    "paloaltonetworks",
    "fortinet",
    "checkpoint",
    "cisco",
    "f5-networks",
    "barracudanetworks",
    "sophos",
    "citrix",
)


@check(
    id="vm-eligibility-oracle",
    scope=Scope.VM,
    title="The service itself finds the VM eligible",
    severity=Severity.BLOCKER,
    source="API",
)
def vm_eligibility_oracle(facts: Facts) -> Iterator[Hit]:
    verdicts = facts.estate.eligibility_by_vm
    unasked = []
    for vm in facts.vms:
        verdict = verdicts.get(vm.key)
        if verdict is None:
            if vm.selected and vm.key not in facts.protecting:
                unasked.append(vm)
            continue
        for issue in verdict.errors:
            yield Hit(
                vm.name,
                vm.id,
                issue.message.strip(),
                issue.action.strip() or "Follow the service's message.",
                (vm.id,),
                cause=issue.code,
                code=issue.code,
                from_service=True,
            )
    yield from unknown_vms(facts, unasked, "The service was not asked yet.", "Run the checks again for these VMs.")


@check(
    id="vm-running",
    scope=Scope.VM,
    title="The VM is running",
    severity=Severity.BLOCKER,
    source="SH",
    prevents="150019",
)
def vm_running(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        state = vm.vm.power_state
        if state not in {None, "running"}:
            yield on_vm(vm, f"Its power state is {state}.", "Start the VM and keep it running.")
    yield from gaps.instance_views(facts)


@check(
    id="vm-provisioning-succeeded",
    scope=Scope.VM,
    title="The VM's last operation succeeded",
    severity=Severity.BLOCKER,
    source="TE",
    prevents="150019",
)
def vm_provisioning_succeeded(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        state = vm.vm.provisioning_state
        if state != "Succeeded":
            remedy = "Wait until it has finished." if state in {"Updating", "Creating"} else "Repair or reapply the VM."
            yield on_vm(vm, f"Its provisioning state is {state}.", remedy)


@check(
    id="vm-rg-same-region",
    scope=Scope.VM,
    title="The VM's resource group stands in the VM's region",
    severity=Severity.WARNING,
    source="TE",
)
def vm_rg_same_region(facts: Facts) -> Iterator[Hit]:
    groups: dict[str, list[VmFacts]] = {}
    for vm in facts.vms:
        groups.setdefault(vm.vm.resource_group.lower(), []).append(vm)
    for name, vms in groups.items():
        group = facts.estate.group_by_name.get(name)
        if group is not None and group.location.lower() != facts.source:
            yield Hit(
                group.name,
                group.id,
                f"The group stands in {group.location}, its VMs in {facts.source}.",
                "The portal will not list these VMs; enabling them from here works all the same.",
                tuple(vm.id for vm in vms),
            )
    yield from gaps.unreadable(facts, "resource_groups")


@check(
    id="vm-stale-links",
    scope=Scope.VM,
    title="No link is left from an earlier protection",
    severity=Severity.BLOCKER,
    source="TE",
    prevents="150226",
)
def vm_stale_links(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        if vm.key in facts.protecting:
            continue
        for target in facts.links_by_vm.get(vm.key, ()):
            lower = target.lower()
            if "microsoft.recoveryservices/vaults" in lower or "/protecteditemarmid/" in lower:
                vault = arm_id.segment(target, "vaults") or "a vault"
                evidence = f"A resource link still leads to {vault}, which does not replicate it."
                yield on_vm(vm, evidence, "Remove the lock if there is one, then delete the stale link.")
                break
    yield from gaps.links(facts)


@check(
    id="vm-size-minimum",
    scope=Scope.VM,
    title="The VM has at least 2 vCPUs and 1 GiB of memory",
    severity=Severity.BLOCKER,
    source="SM",
)
def vm_size_minimum(facts: Facts) -> Iterator[Hit]:
    cpus, memory = figures.limits()["vm_min_vcpus"], figures.limits()["vm_min_memory_gib"]
    for vm in facts.vms:
        if vm.size is not None and (vm.size.vcpus < cpus or vm.size.memory_gib < memory):
            evidence = f"{vm.vm.size} has {vm.size.vcpus} vCPU and {vm.size.memory_gib:g} GiB."
            yield on_vm(vm, evidence, f"Resize it to at least {cpus} vCPUs and {memory} GiB.")
    yield from gaps.sizes(facts)


@check(
    id="vm-arm64",
    scope=Scope.VM,
    title="The processor is x86-64",
    severity=Severity.BLOCKER,
    source="SM",
)
def vm_arm64(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        if vm.size is not None and vm.size.architecture.lower() == "arm64":
            yield on_vm(vm, f"{vm.vm.size} has Arm64 processors.", "It cannot be protected: leave it out.")
    yield from gaps.sizes(facts)


@check(
    id="vm-nvme-controller",
    scope=Scope.VM,
    title="The disk controller is SCSI",
    severity=Severity.BLOCKER,
    source="SM",
)
def vm_nvme_controller(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        offered = {name.upper() for name in vm.size.controllers} if vm.size else set()
        if (vm.vm.disk_controller or "").upper() == "NVME":
            yield on_vm(vm, "Its disks hang on an NVMe controller.", "Convert it to a size with a SCSI controller.")
        elif vm.vm.disk_controller is None and offered == {"NVME"}:
            yield on_vm(vm, f"{vm.vm.size} offers NVMe only.", "Convert it to a size with a SCSI controller.")
    yield from gaps.sizes(facts)


@check(
    id="vm-dedicated-host",
    scope=Scope.VM,
    title="The VM is not on a dedicated host",
    severity=Severity.BLOCKER,
    source="SM",
)
def vm_dedicated_host(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        if vm.vm.host_id:
            yield on_vm(vm, f"It runs on {arm_id.name(vm.vm.host_id)}.", "Move it off the dedicated host.")


@check(
    id="vm-confidential",
    scope=Scope.VM,
    title="The VM is not a confidential VM",
    severity=Severity.BLOCKER,
    source="CVM",
)
def vm_confidential(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        if vm.vm.security_type == "ConfidentialVM":
            yield on_vm(vm, "Its security type is ConfidentialVM.", "It cannot be protected today: leave it out.")


@check(
    id="vm-trusted-launch-notes",
    scope=Scope.VM,
    title="What trusted launch does not carry over",
    severity=Severity.INFO,
    source="TL",
)
def vm_trusted_launch_notes(facts: Facts) -> Iterator[Hit]:
    found = [vm for vm in facts.selected if vm.vm.security_type == "TrustedLaunch"]
    evidence = "The boot integrity state is not replicated."
    yield from on_vms(facts, found, evidence, "Do not convert a protected VM to trusted launch: disable it first.")


@check(
    id="vm-ephemeral-os",
    scope=Scope.VM,
    title="The OS disk is not ephemeral",
    severity=Severity.BLOCKER,
    source="EPH",
)
def vm_ephemeral_os(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        if any(disk.ephemeral for disk, _ in vm.disks):
            yield on_vm(vm, "Its OS disk is ephemeral.", "Redeploy it with a managed OS disk, or leave it out.")


@check(
    id="vm-spot",
    scope=Scope.VM,
    title="The VM is not a Spot VM",
    severity=Severity.WARNING,
    source="SPOT",
)
def vm_spot(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        if vm.vm.priority in {"Spot", "Low"}:
            yield on_vm(vm, "An eviction stops its replication.", "Use a regular VM for what must survive.")


@check(
    id="vm-vmss-flex-scaling",
    scope=Scope.VM,
    title="The VM is in no scale set, or in a flexible one without a scaling profile",
    severity=Severity.BLOCKER,
    source="SM",
)
def vm_vmss_flex_scaling(facts: Facts) -> Iterator[Hit]:
    known = None if facts.estate.scale_sets is None else {arm_id.key(s.id): s for s in facts.estate.scale_sets}
    unread = []
    for vm in facts.vms:
        if vm.vm.scale_set_id is None:
            continue
        found = known.get(arm_id.key(vm.vm.scale_set_id)) if known is not None else None
        if found is None:
            unread.append(vm)
        elif found.orchestration_mode.lower() != "flexible" or found.has_profile:
            kind = "has a scaling profile" if found.has_profile else f"is {found.orchestration_mode}"
            yield on_vm(vm, f"Its scale set {found.name} {kind}.", "Detach the VM from the scale set.")
    why = "Its scale set was not read."
    yield from unknown_vms(facts, unread, why, "Grant Microsoft.Compute/virtualMachineScaleSets/read.")


@check(
    id="vm-edge-zone",
    scope=Scope.VM,
    title="The VM is not in an edge zone",
    severity=Severity.BLOCKER,
    source="API",
)
def vm_edge_zone(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        if vm.vm.extended_location:
            yield on_vm(vm, f"It stands in the edge zone {vm.vm.extended_location}.", "This wizard does not cover it.")


@check(
    id="vm-ppg",
    scope=Scope.VM,
    title="Proximity placement groups",
    severity=Severity.INFO,
    source="SM",
)
def vm_ppg(facts: Facts) -> Iterator[Hit]:
    found = [vm for vm in facts.selected if vm.vm.proximity_placement_group_id]
    evidence = "They stand in a proximity placement group, which is best effort at failover."
    yield from on_vms(facts, found, evidence, "Choose a group in the target region after enabling, if it matters.")


@check(
    id="vm-avset-same-family",
    scope=Scope.VM,
    title="VMs of one availability set have sizes of one family",
    severity=Severity.WARNING,
    source="FT",
    prevents="28031",
)
def vm_avset_same_family(facts: Facts) -> Iterator[Hit]:
    sets: dict[str, list[VmFacts]] = {}
    for vm in facts.selected:
        if vm.vm.availability_set_id and not vm.vm.zones:
            sets.setdefault(arm_id.key(vm.vm.availability_set_id), []).append(vm)
    for vms in sets.values():
        families = {size.family for vm in vms if (size := facts.target_size(vm) or vm.size)}
        if len(families) > 1:
            set_id = vms[0].vm.availability_set_id or ""
            yield Hit(
                arm_id.name(set_id),
                set_id,
                f"Its VMs have sizes of {len(families)} families: {', '.join(sorted(families))}.",
                "Give them target sets of their own, or sizes of one family.",
                tuple(vm.id for vm in vms),
            )
    yield from gaps.sizes(facts)


@check(
    id="vm-appliance",
    scope=Scope.VM,
    title="The VM is not a network appliance",
    severity=Severity.BLOCKER,
    source="SM",
)
def vm_appliance(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        publisher = (vm.vm.image.publisher if vm.vm.image else "").lower()
        if publisher.startswith(APPLIANCES):
            evidence = f"Its image is published by {publisher}: an appliance cannot host the agent."
            yield on_vm(vm, evidence, "Deploy a second appliance in the target region.")


@check(
    id="vm-backup-coexist",
    scope=Scope.VM,
    title="Azure Backup goes on as before",
    severity=Severity.INFO,
    source="Z2Z",
)
def vm_backup_coexist(facts: Facts) -> Iterator[Hit]:
    if facts.plan.zonal:
        evidence = "From zone to zone, Azure Backup of these VMs restores files only, no disks and no whole VMs."
        remedy = "Keep another backup of what you would restore whole."
        yield from on_vms(facts, facts.selected, evidence, remedy)
