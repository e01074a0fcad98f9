"""Checks of the guest, which Azure's management plane cannot see: by the opt-in probe, or by the engineer's word.

What neither probe nor engineer answered for a selected VM is unknown, never a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from asr_tui.model import arm_id
from asr_tui.model.finding import Scope, Severity
from asr_tui.model.guest import GuestFacts
from asr_tui.rules import kernels
from asr_tui.rules.checks.disk import on_disk
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.kernels import Support
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
    unseen = []
    for vm in facts.vms:
        if vm.vm.os_type not in systems:
            continue
        guest = facts.guests.get(vm.key)
        answer = judge(guest) if guest is not None else None
        if answer is not None and answer.evidence:
            yield on_vm(vm, answer.evidence, remedy, severity=answer.severity)
        elif answer is None and vm.selected and not facts.is_settled(check_id, vm):
            unseen.append(vm)
    yield from unknown_vms(facts, unseen, what, PROBE)


def _flag(value: bool | None, evidence: str) -> Answer | None:
    """Wrong where ``value`` is true."""
    return None if value is None else Answer(evidence if value else "")


@check(
    id="vm-kernel-supported",
    scope=Scope.VM,
    title="The agent supports the kernel",
    severity=Severity.BLOCKER,
    source="SM",
    prevents="539",
)
def vm_kernel_supported(facts: Facts) -> Iterator[Hit]:
    lists = facts.kernel_lists

    def judge(guest: GuestFacts) -> Answer | None:
        if not guest.kernel or not guest.distribution or not guest.version:
            return None
        distribution = kernels.distribution(guest.distribution, guest.version)
        match kernels.support(guest.kernel, distribution, lists):
            case Support.SUPPORTED:
                return FINE
            case Support.NEWER:
                evidence = f"Kernel {guest.kernel} is newer than those known for {distribution}."
                return Answer(f"{evidence} The service aims to support new ones within 30 days.", Severity.WARNING)
            case Support.UNSUPPORTED:
                return Answer(f"Kernel {guest.kernel} is not supported on {distribution}.")
            case Support.UNKNOWN:
                return None

    remedy = "Boot a supported kernel, or wait for an agent that supports it."
    yield from judged(facts, "vm-kernel-supported", LINUX, judge, remedy, "Azure does not know which kernel runs.")


@check(
    id="vm-custom-kernel",
    scope=Scope.VM,
    title="The kernel is the distribution's own",
    severity=Severity.BLOCKER,
    source="SM",
    prevents="539",
)
def vm_custom_kernel(facts: Facts) -> Iterator[Hit]:
    def judge(guest: GuestFacts) -> Answer | None:
        if not guest.kernel:
            return None
        return FINE if kernels.is_stock(guest.kernel) else Answer(f"{guest.kernel} is no stock kernel.")

    what = "Azure does not know which kernel runs."
    yield from judged(facts, "vm-custom-kernel", LINUX, judge, "Go back to the stock kernel.", what)


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
        if guest.disabled_services is None:
            return None
        names = ", ".join(guest.disabled_services)
        return Answer(f"Disabled: {names}." if names else "")

    what = "Azure does not see how services start."
    yield from judged(facts, "vm-win-services", WINDOWS, judge, "Set their start type to Manual or Automatic.", what)


@check(
    id="vm-root-certs",
    scope=Scope.VM,
    title="The guest trusts the service's certificates",
    severity=Severity.BLOCKER,
    source="TE",
    prevents="151066",
)
def vm_root_certs(facts: Facts) -> Iterator[Hit]:
    def judge(guest: GuestFacts) -> Answer | None:
        trusted = guest.certificates
        return None if trusted is None else Answer("" if trusted else "The sign-in host's certificate is not trusted.")

    remedy = "Install the system's updates, and refresh its trusted roots."
    yield from judged(facts, "vm-root-certs", BOTH, judge, remedy, "Azure does not see the guest's trusted roots.")


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
    title="FIPS mode is off",
    severity=Severity.WARNING,
    source="SM",
    prevents="PrivateKeyNotFoundInCert",
)
def vm_agent_policy_certs(facts: Facts) -> Iterator[Hit]:
    def judge(guest: GuestFacts) -> Answer | None:
        return _flag(guest.fips, "FIPS mode is on, which the agent does not support.")

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


@check(
    id="vm-ram-overhead",
    scope=Scope.VM,
    title="Memory is left for the agent",
    severity=Severity.WARNING,
    source="HC",
    prevents="151076",
)
def vm_ram_overhead(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        guest = facts.guests.get(vm.key)
        if guest is None or guest.free_memory_mib is None or vm.size is None:
            continue
        wanted = int(vm.size.memory_gib * 1024 * 0.0625)
        if guest.free_memory_mib < wanted:
            evidence = f"{guest.free_memory_mib} MiB are free; the agent may take {wanted} MiB (6.25 %)."
            yield on_vm(vm, evidence, "Free memory, or resize the VM.")


@check(
    id="net-proxy-auth",
    scope=Scope.NETWORK,
    title="No proxy that asks for a sign-in",
    severity=Severity.BLOCKER,
    source="TE",
    prevents="151072",
)
def net_proxy_auth(facts: Facts) -> Iterator[Hit]:
    def judge(guest: GuestFacts) -> Answer | None:
        if guest.proxy == "authenticated":
            return Answer("Its proxy asks for a sign-in.")
        if guest.proxy == "plain":
            return Answer("It uses a proxy.", Severity.INFO)
        return FINE if guest.proxy == "none" else None

    remedy = "Let the agent out without a proxy, or through one that asks for no sign-in."
    yield from judged(facts, "net-proxy-auth", BOTH, judge, remedy, "Azure does not see the guest's proxy settings.")


@check(
    id="net-private-dns",
    scope=Scope.NETWORK,
    title="The guest resolves the service's names",
    severity=Severity.BLOCKER,
    source="TE",
    prevents="151195",
)
def net_private_dns(facts: Facts) -> Iterator[Hit]:
    def judge(guest: GuestFacts) -> Answer | None:
        return (
            None if guest.resolves is None else Answer("" if guest.resolves else "The sign-in host does not resolve.")
        )

    remedy = "Make DNS reachable, and link private zones to the network."
    yield from judged(facts, "net-private-dns", BOTH, judge, remedy, "Whether names resolve shows in the guest only.")


@check(
    id="net-firewall-url",
    scope=Scope.NETWORK,
    title="No firewall on the way blocks the service",
    severity=Severity.BLOCKER,
    source="NET",
    prevents="151196",
)
def net_firewall_url(facts: Facts) -> Iterator[Hit]:
    def judge(guest: GuestFacts) -> Answer | None:
        blocked = [
            name
            for name, reached in (("sign-in", guest.reaches_sign_in), ("cache account", guest.reaches_cache))
            if reached is False
        ]
        if blocked:
            return Answer(f"TCP 443 does not get through to: {', '.join(blocked)}.")
        return None if guest.reaches_sign_in is None else FINE

    remedy = "Let these destinations through every firewall on the way."
    what = "What a firewall in the guest or behind a route does shows in the guest only."
    yield from judged(facts, "net-firewall-url", BOTH, judge, remedy, what)


@check(
    id="disk-initialized",
    scope=Scope.DISK,
    title="Every data disk is initialised",
    severity=Severity.BLOCKER,
    source="TE",
    prevents="150039",
)
def disk_initialized(facts: Facts) -> Iterator[Hit]:
    unseen = []
    for vm in facts.vms:
        excluded = {name.lower() for name in facts.override(vm).excluded_disks}
        data = [disk for disk, _ in vm.disks if not disk.is_os and disk.name.lower() not in excluded]
        guest = facts.guests.get(vm.key)
        raw = guest.uninitialised if guest is not None else None
        if raw is None:
            if data and vm.selected and not facts.is_settled("disk-initialized", vm):
                unseen.append(vm)
            continue
        for disk in data:
            if disk.lun in raw:
                evidence = f"LUN {disk.lun} has no partition table."
                yield on_disk(vm, disk, evidence, "Initialise it, detach it, or exclude it.")
    yield from unknown_vms(facts, unseen, "Whether data disks are initialised shows in the guest only.", PROBE)


@check(
    id="disk-bitlocker-guest",
    scope=Scope.DISK,
    title="BitLocker is off",
    severity=Severity.BLOCKER,
    source="SH",
    prevents="28109",
)
def disk_bitlocker_guest(facts: Facts) -> Iterator[Hit]:
    def judge(guest: GuestFacts) -> Answer | None:
        return _flag(guest.bitlocker, "BitLocker is on for a volume.")

    what = "Azure does not see BitLocker in the guest."
    yield from judged(facts, "disk-bitlocker-guest", WINDOWS, judge, "Suspend BitLocker, or exclude the disk.", what)


@check(
    id="vm-attested",
    scope=Scope.VM,
    title="What the engineer confirmed without a probe",
    severity=Severity.INFO,
    source="K",
)
def vm_attested(facts: Facts) -> Iterator[Hit]:
    by_check: dict[str, list[VmFacts]] = {}
    for attestation in facts.plan.attested:
        vm = facts.by_key.get(arm_id.key(attestation.vm_id))
        if vm is not None:
            by_check.setdefault(attestation.check_id, []).append(vm)
    for check_id, vms in sorted(by_check.items()):
        names = ", ".join(sorted(vm.name for vm in vms)[:4])
        evidence = f"{check_id} was confirmed for {len(vms)} VMs: {names}."
        yield Hit(check_id, check_id, evidence, "Look again if the guest has changed.", tuple(vm.id for vm in vms))


@check(
    id="vm-antivirus",
    scope=Scope.VM,
    title="Endpoint protection lets the agent be installed",
    severity=Severity.WARNING,
    source="SH",
)
def vm_antivirus(facts: Facts) -> Iterator[Hit]:
    what = "Whether endpoint protection would stop the installer shows nowhere."
    yield from _to_confirm(facts, "vm-antivirus", what, "Exclude the agent's folders, and confirm it.")


@check(
    id="vm-clock",
    scope=Scope.VM,
    title="The guest's clock is right",
    severity=Severity.WARNING,
    source="TE",
)
def vm_clock(facts: Facts) -> Iterator[Hit]:
    what = "A clock that jumps makes replication start over; Azure does not see it."
    yield from _to_confirm(facts, "vm-clock", what, "Have time synchronised, and confirm it.")


def _to_confirm(facts: Facts, check_id: str, what: str, remedy: str) -> Iterator[Hit]:
    """Neither Azure nor the probe can tell: unknown until the engineer confirms it."""
    yield from unknown_vms(facts, [vm for vm in facts.selected if not facts.is_settled(check_id, vm)], what, remedy)
