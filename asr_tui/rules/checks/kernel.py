"""Checks of the Linux kernel: which one runs shows in the guest only, and which ones are supported in lists that the engineer names.

Without a list the support matrix decides, and the finding says that it does: it names series of kernels and is updated less
often than the lists. Where it says too little, the answer is unknown, with the list as the way out.
"""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model.finding import Scope, Severity
from asr_tui.model.guest import GuestFacts
from asr_tui.rules import figures, kernels
from asr_tui.rules.checks.guest import FINE, LINUX, PROBE, Answer, judged
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.kernels import Support
from asr_tui.rules.registry import Hit, check, on_vm, on_vms, unknown_vms

NAME_LISTS = "Name the published lists of kernels (l on step 2, or --kernels)"
BOOT = "Boot a supported kernel, or wait for an agent that supports it."


@check(
    id="vm-kernel-supported",
    scope=Scope.VM,
    title="The agent supports the kernel",
    severity=Severity.BLOCKER,
    source="SM",
    prevents="539",
)
def vm_kernel_supported(facts: Facts) -> Iterator[Hit]:
    documented: dict[str, list[VmFacts]] = {}
    unclear: dict[tuple[Support, str], list[VmFacts]] = {}
    unseen: list[VmFacts] = []
    for vm in facts.vms:
        if vm.vm.os_type not in LINUX:
            continue
        guest = facts.guests.get(vm.key)
        open_ = vm.selected and not facts.is_settled("vm-kernel-supported", vm)
        if guest is None or not guest.kernel or not guest.distribution or not guest.version:
            unseen += [vm] if open_ else []
            continue
        distribution = kernels.distribution(guest.distribution, guest.version)
        support = kernels.support(guest.kernel, distribution, facts.kernel_lists)
        if support in {Support.NEWER, Support.UNSUPPORTED}:
            yield _wrong(facts, vm, guest.kernel, distribution, support)
        elif support is Support.DOCUMENTED:
            documented.setdefault(distribution, []).append(vm)
        elif support is not Support.LISTED and open_:
            unclear.setdefault((support, distribution), []).append(vm)
    yield from _by_documentation(facts, documented)
    for (support, distribution), vms in sorted(unclear.items()):
        yield from _not_known(facts, support, distribution, vms)
    yield from unknown_vms(facts, unseen, "Azure does not know which kernel runs.", PROBE)


def _wrong(facts: Facts, vm: VmFacts, kernel: str, distribution: str, support: Support) -> Hit:
    published = facts.kernel_lists.get(distribution)
    known = f"the list of agent {published.agent}" if published else "the support matrix"
    if support is Support.NEWER:
        evidence = f"Kernel {kernel} is newer than those that {known} has of {distribution}."
        late = "The service aims to support new ones within 30 days."
        return on_vm(vm, f"{evidence} {late}", BOOT, severity=Severity.WARNING)
    return on_vm(vm, f"Kernel {kernel} is not supported on {distribution}, by {known}.", BOOT)


def _by_documentation(facts: Facts, documented: dict[str, list[VmFacts]]) -> Iterator[Hit]:
    """What a positive answer rests on, where no list has the kernel: one line for all VMs."""
    page, agent = figures.source(figures.document("kernels")["source"]), figures.document("kernels")["agent"]
    by_page = f"covered by the support matrix as read on {page.read_on} (agent {agent})"
    for is_named in (False, True):
        chosen = {name: vms for name, vms in documented.items() if (name in facts.kernel_lists) is is_named}
        why = "though not in the list that was named" if is_named else "which names series and not every kernel"
        evidence = f"The kernels of {', '.join(sorted(chosen))} are {by_page}, {why}."
        remedy = "Name newer lists to be sure." if is_named else f"{NAME_LISTS} to be sure of each kernel."
        found = [vm for vms in chosen.values() for vm in vms]
        yield from on_vms(facts, found, evidence, remedy, cause=f"documented|{is_named}", severity=Severity.INFO)


def _not_known(facts: Facts, support: Support, distribution: str, vms: list[VmFacts]) -> Iterator[Hit]:
    if support is Support.UNRECORDED:
        why = f"The support matrix does not tell which of these kernels of {distribution} are supported; the lists do."
        remedy = f"{NAME_LISTS}, or look the kernel up and confirm it."
    else:
        why = f"Neither the support matrix nor a list that was named has kernels of {distribution}."
        remedy = "Look the kernel up and confirm it, or leave these VMs out."
    yield from unknown_vms(facts, vms, why, remedy, cause=f"{support}|{distribution}")


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
