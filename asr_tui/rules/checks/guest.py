"""Checks of the guest, which Azure's management plane cannot see: by the opt-in probe, or by the engineer's word.

What neither probe nor engineer answered for a selected VM is unknown, never a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

from asr_tui.model import arm_id
from asr_tui.model.finding import Scope, Severity
from asr_tui.model.guest import GuestFacts
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.registry import Hit, check, on_vm, unknown_vms

LINUX, WINDOWS = ("Linux",), ("Windows",)
BOTH = ("Linux", "Windows")
PROBE = "Run the probe on these VMs, or look yourself and confirm it."
FILE_SYSTEMS = frozenset({"ext3", "ext4", "xfs", "btrfs", "vfat", "swap"})
MODULES = {"drbd": "DRBD", "dm_multipath": "multipath software", "iscsi_tcp": "iSCSI disks"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a guest's facts say to a check: ``evidence`` of what is wrong, "" for nothing; None for not seen."""

    evidence: str
    severity: Severity | None = None


Judge = Callable[[GuestFacts], Answer | None]
FINE = Answer("")


def judged(
    facts: Facts, check_id: str, systems: tuple[str, ...], judge: Judge, remedy: str, what: str
) -> Iterator[Hit]:
    """Judge every VM whose guest was seen; for the selected others, say that ``what`` is not known."""
    looked_into, unasked = looked_at(facts, systems)
    unseen = []
    for vm, guest in looked_into:
        answer = judge(guest)
        if answer is not None and answer.evidence:
            yield on_vm(vm, answer.evidence, remedy, severity=answer.severity)
        elif answer is None and vm.selected:
            unseen.append(vm)
    yield from unknown_vms(facts, facts.unsettled(check_id, (*unseen, *unasked)), what, PROBE)


Looked = tuple[tuple[tuple[VmFacts, GuestFacts], ...], tuple[VmFacts, ...]]


def looked_at(facts: Facts, systems: tuple[str, ...]) -> Looked:
    """The VMs of these systems that were looked into, with what was seen, and the selected ones that were not; sorted out
    once for all checks of guests."""
    memo = (looked_at, systems)
    if memo not in facts.memo:
        concerned = [vm for vm in facts.vms if vm.vm.os_type in systems]
        seen = tuple((vm, facts.guests[vm.key]) for vm in concerned if vm.key in facts.guests)
        facts.memo[memo] = (seen, tuple(vm for vm in concerned if vm.selected and vm.key not in facts.guests))
    return cast("Looked", facts.memo[memo])


def flag(value: bool | None, evidence: str) -> Answer | None:
    """Wrong where ``value`` is true."""
    return None if value is None else Answer(evidence if value else "")


@check(
    id="vm-linux-fs",
    scope=Scope.VM,
    title="File systems are ext3, ext4, XFS or BTRFS",
    severity=Severity.BLOCKER,
    source="SM",
)
def vm_linux_fs(facts: Facts) -> Iterator[Hit]:
    def judge(guest: GuestFacts) -> Answer | None:
        if guest.file_systems is None:
            return None
        odd = [name for name in guest.file_systems if name not in FILE_SYSTEMS]
        return Answer(f"It mounts {', '.join(odd)}." if odd else "")

    what = "Azure does not know the file systems."
    yield from judged(facts, "vm-linux-fs", LINUX, judge, "Exclude these disks, or change the file system.", what)


@check(
    id="vm-linux-boot-layout",
    scope=Scope.VM,
    title="The system boots by UUID, from one disk",
    severity=Severity.BLOCKER,
    source="TE",
    prevents="151126",
)
def vm_linux_boot_layout(facts: Facts) -> Iterator[Hit]:
    def judge(guest: GuestFacts) -> Answer | None:
        if guest.root_device == "device":
            return Answer("GRUB names a device (/dev/sdX) in place of a UUID.")
        if guest.root_device == "missing-lvm":
            return Answer("GRUB names an LVM volume that is not there.")
        if guest.split_boot:
            return Answer("/boot and / stand on different disks.")
        return None if guest.root_device is None or guest.split_boot is None else FINE

    remedy = "Correct the GRUB files and make the boot configuration anew."
    yield from judged(facts, "vm-linux-boot-layout", LINUX, judge, remedy, "Azure does not see the boot configuration.")


@check(
    id="vm-drbd-storage-replica",
    scope=Scope.VM,
    title="No DRBD, iSCSI or multipath disks",
    severity=Severity.BLOCKER,
    source="SM",
)
def vm_drbd_storage_replica(facts: Facts) -> Iterator[Hit]:
    def judge(guest: GuestFacts) -> Answer | None:
        if guest.modules is None:
            return None
        return Answer(f"It uses {', '.join(MODULES[name] for name in guest.modules)}." if guest.modules else "")

    what = "Azure does not see which storage software runs."
    yield from judged(facts, "vm-drbd-storage-replica", LINUX, judge, "Exclude these disks, or redesign.", what)


@check(
    id="vm-win-services",
    scope=Scope.VM,
    title="COM+ System Application and Volume Shadow Copy can start",
    severity=Severity.BLOCKER,
    source="TE",
    prevents="151025",
)
def vm_win_services(facts: Facts) -> Iterator[Hit]:
    def judge(guest: GuestFacts) -> Answer | None:
        if guest.left_vss_provider:
            return Answer("Site Recovery's VSS provider is left from an earlier agent.")
        if guest.disabled_services is None:
            return None
        names = ", ".join(guest.disabled_services)
        if names:
            return Answer(f"Disabled: {names}.")
        return None if guest.left_vss_provider is None else FINE

    what = "Azure does not see how services start, nor which VSS providers are registered."
    remedy = "Set their start type to Manual or Automatic; uninstall a VSS provider that is left."
    yield from judged(facts, "vm-win-services", WINDOWS, judge, remedy, what)


@check(
    id="vm-migrated-by-asr",
    scope=Scope.VM,
    title="No agent or restart is left from an earlier protection",
    severity=Severity.BLOCKER,
    source="SM",
    prevents="151081",
)
def vm_migrated_by_asr(facts: Facts) -> Iterator[Hit]:
    def judge(guest: GuestFacts) -> Answer | None:
        if guest.old_agent:
            return Answer("An agent of an earlier protection is still installed.")
        if guest.reboot_pending:
            return Answer("A restart is pending.")
        return None if guest.old_agent is None else FINE

    protected = facts.protecting
    what = "Azure does not see what is installed in the guest."
    for hit in judged(facts, "vm-migrated-by-asr", BOTH, judge, "Remove the old agent, and restart.", what):
        if arm_id.key(hit.subject_id) not in protected:
            yield hit


@check(
    id="vm-s2d-sofs",
    scope=Scope.VM,
    title="No Storage Spaces Direct",
    severity=Severity.BLOCKER,
    source="SM",
    prevents="151075",
)
def vm_s2d_sofs(facts: Facts) -> Iterator[Hit]:
    def judge(guest: GuestFacts) -> Answer | None:
        pools = guest.storage_pools
        if not pools:
            return None if pools is None else FINE
        direct = any(name.upper().startswith("S2D") for name in pools)
        return Answer(f"It has the storage pool {pools[0]}.", None if direct else Severity.WARNING)

    remedy = "Turn app-consistent points off; Storage Spaces Direct may keep the agent from starting."
    yield from judged(facts, "vm-s2d-sofs", WINDOWS, judge, remedy, "Azure does not see storage pools.")


@check(
    id="vm-agent-policy-certs",
    scope=Scope.VM,
    title="FIPS mode is off, and policies leave machine certificates alone",
    severity=Severity.WARNING,
    source="SM",
    prevents="PrivateKeyNotFoundInCert",
)
def vm_agent_policy_certs(facts: Facts) -> Iterator[Hit]:
    def judge(guest: GuestFacts) -> Answer | None:
        if guest.fips is False and guest.os_type == "Windows":
            return None  # whether a policy strips private keys shows nowhere: the engineer has to confirm it
        return flag(guest.fips, "FIPS mode is on, which the agent does not support.")

    what = "Azure does not see FIPS mode, nor policies on certificates."
    yield from judged(facts, "vm-agent-policy-certs", BOTH, judge, "Switch FIPS mode off.", what)


@check(
    id="vm-dotnet",
    scope=Scope.VM,
    title=".NET Framework 4.5 or later is installed",
    severity=Severity.WARNING,
    source="EXT",
    prevents="151099",
)
def vm_dotnet(facts: Facts) -> Iterator[Hit]:
    def judge(guest: GuestFacts) -> Answer | None:
        if guest.dotnet is None:
            return None
        parts = [int(part) for part in guest.dotnet.split(".")[:2] if part.isdigit()]
        return Answer("" if parts >= [4, 5] else f".NET Framework {guest.dotnet} is installed.")

    what = "Azure does not see which .NET Framework is installed."
    yield from judged(facts, "vm-dotnet", WINDOWS, judge, "Install .NET Framework 4.6.2 or later.", what)
