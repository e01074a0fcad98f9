"""Checks of the operating system, of encryption, and of names."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model.finding import Scope, Severity
from asr_tui.rules import figures, gaps, operating_systems
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.registry import Hit, check, on_vm, on_vms, unknown_vms

ASK = "Start the VM with its agent and read again, or look into the guest."
#: Linux trusted launch VMs made before this date are not supported.
TRUSTED_LAUNCH_SINCE = "2024-04-01"


@check(
    id="vm-os-supported",
    scope=Scope.VM,
    title="The operating system is supported",
    severity=Severity.BLOCKER,
    source="SM",
)
def vm_os_supported(facts: Facts) -> Iterator[Hit]:
    unread = []
    own_list = (facts.vault.supported_systems if facts.vault else None) or ()
    for vm in facts.vms:
        system = operating_systems.recognise(vm.vm)
        supported = operating_systems.support(system) if system else None
        if system is None or supported is None:
            unread.append(vm)
        elif not supported and not operating_systems.listed(system, own_list):
            yield on_vm(
                vm, f"It runs {system.name}, which is not in the support matrix.", "Upgrade it, or leave it out."
            )
    why = "Neither the agent nor the image tells system and version."
    yield from unknown_vms(facts, unread, why, ASK)


@check(
    id="vm-win-2008r2-sha2",
    scope=Scope.VM,
    title="Old Windows has its SHA-2 updates",
    severity=Severity.BLOCKER,
    source="SM",
)
def vm_win_2008r2_sha2(facts: Facts) -> Iterator[Hit]:
    found = []
    for vm in facts.vms:
        system = operating_systems.recognise(vm.vm)
        if system and (system.family, system.major) in {("windows-server", "2008"), ("windows", "7")}:
            found.append(vm)
    why = "Service pack 1, servicing stack and SHA-2 updates are needed; Azure cannot see them."
    yield from unknown_vms(facts, found, why, "Look into the guest (Get-HotFix), and confirm.")


@check(
    id="vm-trusted-launch-linux",
    scope=Scope.VM,
    title="A Linux VM with trusted launch is recent and of a supported system",
    severity=Severity.BLOCKER,
    source="TL",
)
def vm_trusted_launch_linux(facts: Facts) -> Iterator[Hit]:
    unread = []
    for vm in facts.vms:
        if vm.vm.security_type != "TrustedLaunch" or vm.vm.os_type != "Linux":
            continue
        system = operating_systems.recognise(vm.vm)
        allowed = operating_systems.trusted_launch(system) if system else None
        if vm.vm.time_created is not None and vm.vm.time_created[:10] < TRUSTED_LAUNCH_SINCE:
            evidence = f"It was made on {vm.vm.time_created[:10]}, before {TRUSTED_LAUNCH_SINCE}."
            yield on_vm(vm, evidence, "Make the VM anew.")
        elif system is not None and allowed is False:
            yield on_vm(vm, f"{system.name} is not supported with trusted launch.", "Upgrade it, or leave it out.")
        elif allowed is None or vm.vm.time_created is None:
            unread.append(vm)
    yield from unknown_vms(facts, unread, "System version or date of creation is not known.", ASK)


@check(
    id="vm-password-cloudinit",
    scope=Scope.VM,
    title="Password sign-in survives on older Ubuntu",
    severity=Severity.WARNING,
    source="SM",
)
def vm_password_cloudinit(facts: Facts) -> Iterator[Hit]:
    found = []
    for vm in facts.selected:
        system = operating_systems.recognise(vm.vm) if vm.vm.password_login else None
        if system and system.family == "ubuntu" and system.major in {"16.04", "18.04"}:
            found.append(vm)
    evidence = "Ubuntu 16.04 and 18.04 with cloud-init may lose password sign-in after a failover."
    yield from on_vms(facts, found, evidence, "Have a key, or plan to reset the password.")
    yield from gaps.images(facts)


@check(
    id="vm-rhel9-create-flow",
    scope=Scope.VM,
    title="Enabling while a VM is made is not offered for every Linux",
    severity=Severity.INFO,
    source="SM",
)
def vm_rhel9_create_flow(facts: Facts) -> Iterator[Hit]:
    found = []
    for vm in facts.selected:
        system = operating_systems.recognise(vm.vm)
        if system and system.family == "rhel" and system.major in {"9", "10"}:
            found.append(vm)
    evidence = "For Red Hat Enterprise Linux 9 and later, replication is enabled after the VM was made."
    yield from on_vms(facts, found, evidence, "Nothing to do: that is what this wizard does.")
    yield from gaps.images(facts)


@check(
    id="vm-marketplace-image",
    scope=Scope.VM,
    title="Terms of the Marketplace image",
    severity=Severity.INFO,
    source="SM",
    prevents="MarketplacePurchaseEligibilityFailed",
)
def vm_marketplace_image(facts: Facts) -> Iterator[Hit]:
    found = [vm for vm in facts.selected if vm.vm.plan]
    evidence = (
        "They were made from images with a purchase plan, whose terms the target subscription must have accepted."
    )
    yield from on_vms(facts, found, evidence, "Accept the terms there, if it is another subscription.")


@check(
    id="vm-encryption-at-host",
    scope=Scope.VM,
    title="Encryption at host is not carried over",
    severity=Severity.WARNING,
    source="SM",
)
def vm_encryption_at_host(facts: Facts) -> Iterator[Hit]:
    found = [vm for vm in facts.selected if vm.vm.encryption_at_host]
    evidence = "They use encryption at host; the failed-over VM will not."
    yield from on_vms(facts, found, evidence, "Switch it on after failover, with the VM deallocated.")


def _is_encrypted(vm: VmFacts) -> bool:
    return vm.vm.encrypted_disks is True or any(disk and disk.azure_disk_encryption for _, disk in vm.disks)


@check(
    id="vm-ade",
    scope=Scope.VM,
    title="VMs with Azure Disk Encryption have key vaults in the target region",
    severity=Severity.BLOCKER,
    source="ADE",
    prevents="150175",
)
def vm_ade(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        if _is_encrypted(vm):
            evidence = "Its disks are encrypted in the guest; enabling needs key vaults of the target region."
            remedy = "Enable it in the portal, which copies the keys; this wizard does not handle secrets."
            yield on_vm(vm, evidence, remedy)
    yield from gaps.disks(facts)


@check(
    id="vm-hub-license",
    scope=Scope.VM,
    title="Licences are carried over",
    severity=Severity.INFO,
    source="SM",
)
def vm_hub_license(facts: Facts) -> Iterator[Hit]:
    found = [vm for vm in facts.selected if vm.vm.license_type not in {None, "", "None"}]
    yield from on_vms(facts, found, "They use your own licences; so will the failed-over VMs.", "Nothing to do.")


@check(
    id="vm-bootdiag-account",
    scope=Scope.VM,
    title="Boot diagnostics keep their screenshots in the source region",
    severity=Severity.INFO,
    source="API",
)
def vm_bootdiag_account(facts: Facts) -> Iterator[Hit]:
    found = [vm for vm in facts.selected if vm.vm.boot_diagnostics_account]
    evidence = "They write boot diagnostics to an account of your own."
    yield from on_vms(facts, found, evidence, "Name one of the target region once they are protected.")


@check(
    id="vm-windows-name-length",
    scope=Scope.VM,
    title="The target name is short enough",
    severity=Severity.BLOCKER,
    source="NAME",
)
def vm_windows_name_length(facts: Facts) -> Iterator[Hit]:
    for vm in facts.selected:
        name = facts.override(vm).target_name
        key = "windows_name_max" if vm.vm.os_type == "Windows" else "linux_name_max"
        limit = figures.limits()[key]
        if len(name) > limit:
            evidence = f"{name} has {len(name)} characters; {limit} are allowed."
            yield on_vm(vm, evidence, "Choose a shorter target name.")


@check(
    id="vm-name-target-conflict",
    scope=Scope.VM,
    title="No VM or disk of that name is in the target group",
    severity=Severity.BLOCKER,
    source="TE",
    prevents="150161",
)
def vm_name_target_conflict(facts: Facts) -> Iterator[Hit]:
    for vm in facts.selected:
        item = facts.resolved.item_by_vm.get(vm.key)
        if item is None or item.existing is not None:
            continue
        wanted = f"{item.group.id}/providers/Microsoft.Compute/virtualMachines/{item.target_name}".lower()
        if wanted in facts.estate.vm_by_id:
            evidence = f"{item.group.name} holds a VM {item.target_name} already."
            yield on_vm(vm, evidence, "Choose another target group or name.", cause="vm", code="28031")
    yield from gaps.unreadable(facts, "vms")


@check(
    id="disk-replica-leftover",
    scope=Scope.DISK,
    title="No replica disk is left in the target group",
    severity=Severity.BLOCKER,
    source="TE",
    prevents="150161",
)
def disk_replica_leftover(facts: Facts) -> Iterator[Hit]:
    for item in facts.resolved.items:
        if item.existing is not None:
            continue
        for disk in item.disks:
            replica = f"{item.group.id}/providers/Microsoft.Compute/disks/{disk.name}-ASRReplica".lower()
            found = facts.estate.disk_by_id.get(replica)
            if found is not None:
                evidence = f"{item.group.name} holds {found.name}, left from an earlier protection."
                remedy = "Make sure that nothing uses it, delete it, and check again."
                yield Hit(found.name, found.id, evidence, remedy, (item.vm_id,))
    yield from gaps.unreadable(facts, "disks")
