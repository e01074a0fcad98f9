"""Checks of the guest: how it gets out, what its disks look like inside, and what only the engineer can confirm."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model import arm_id
from asr_tui.model.finding import Scope, Severity
from asr_tui.model.guest import GuestFacts
from asr_tui.rules.checks.disk import on_disk
from asr_tui.rules.checks.guest import BOTH, FINE, PROBE, WINDOWS, Answer, flag, judged
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.registry import Hit, check, unknown_vms


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
        if guest.proxy == "plain":
            return None  # the probe goes out directly, the agent by the proxy
        ways = {
            "sign-in": guest.reaches_sign_in,
            "cache account": guest.reaches_cache,
            "replication service": guest.reaches_service,
        }
        blocked = [name for name, reached in ways.items() if reached is False]
        if blocked:
            return Answer(f"TCP 443 does not get through to: {', '.join(blocked)}.")
        return None if None in ways.values() else FINE

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
        return flag(guest.bitlocker, "BitLocker is on for a volume.")

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
    yield from unknown_vms(facts, facts.unsettled(check_id, facts.selected), what, remedy)
