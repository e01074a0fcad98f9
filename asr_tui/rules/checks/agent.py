"""Checks of the VM agent and of extensions."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model.compute import Extension
from asr_tui.model.finding import Scope, Severity
from asr_tui.rules import gaps
from asr_tui.rules.checks.vm import REREAD
from asr_tui.rules.facts import Facts
from asr_tui.rules.registry import Hit, check, on_vm, on_vms, unknown_vms

SITE_RECOVERY = "microsoft.azure.recoveryservices.siterecovery"
#: The oldest Linux agent that Azure supports.
LINUX_MINIMUM = (2, 2, 53)


def _is_site_recovery(extension: Extension) -> bool:
    return extension.publisher.lower().startswith(SITE_RECOVERY)


@check(
    id="vm-agent-present",
    scope=Scope.VM,
    title="The VM agent is installed and may run extensions",
    severity=Severity.BLOCKER,
    source="EXT",
    prevents="151099",
)
def vm_agent_present(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        if vm.vm.provision_agent is False:
            yield on_vm(vm, "It was made without the VM agent.", "Install the VM agent.")
        elif vm.vm.allow_extensions is False:
            yield on_vm(vm, "Extensions are not allowed on it.", "Set allowExtensionOperations to true.")
    yield from gaps.instance_views(facts)


@check(
    id="vm-agent-ready",
    scope=Scope.VM,
    title="The VM agent is ready",
    severity=Severity.BLOCKER,
    source="EXT",
    prevents="151099",
)
def vm_agent_ready(facts: Facts) -> Iterator[Hit]:
    unread = []
    for vm in facts.vms:
        status = vm.vm.agent_status
        if vm.vm.power_state not in {None, "running"} or vm.vm.provision_agent is False:
            continue  # a stopped VM has no agent status; vm-running tells of it
        guest = facts.guests.get(vm.key)
        if guest is not None and guest.answered is False:
            evidence = f"The agent took no command, though it reports {status}."
            yield on_vm(vm, evidence, "Restart the agent, or the VM.", code="151076")
        elif status is None:
            unread.append(vm)
        elif status.lower() != "ready":
            yield on_vm(vm, f"The agent reports {status}.", "Restart the agent, or the VM.")
    yield from unknown_vms(facts, unread, "The agent's status was not reported.", REREAD)


@check(
    id="vm-agent-linux-current",
    scope=Scope.VM,
    title="The Linux agent is not outdated",
    severity=Severity.BLOCKER,
    source="EXT",
    prevents="151095",
)
def vm_agent_linux_current(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        version = _version(vm.vm.agent_version) if vm.vm.os_type == "Linux" else None
        if version is not None and version < LINUX_MINIMUM:
            floor = ".".join(str(part) for part in LINUX_MINIMUM)
            yield on_vm(
                vm, f"Its agent is {vm.vm.agent_version}; {floor} is the oldest supported.", "Update the agent."
            )
    yield from gaps.instance_views(facts)


def _version(text: str | None) -> tuple[int, ...] | None:
    parts = (text or "").split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else None


@check(
    id="vm-extension-failed",
    scope=Scope.VM,
    title="No extension has failed or hangs",
    severity=Severity.BLOCKER,
    source="TE",
)
def vm_extension_failed(facts: Facts) -> Iterator[Hit]:
    unread = []
    for vm in facts.vms:
        if vm.vm.extensions is None:
            unread.append(vm)
            continue
        for extension in vm.vm.extensions:
            if extension.state in {"Failed", "Canceled"}:
                evidence = f"The extension {extension.name} is {extension.state}."
                yield on_vm(vm, evidence, f"Repair or remove {extension.name}.", cause=extension.name)
    yield from unknown_vms(facts, unread, "The extensions were not read.", REREAD)


@check(
    id="vm-extension-asr-leftover",
    scope=Scope.VM,
    title="No Site Recovery extension is left from an earlier protection",
    severity=Severity.BLOCKER,
    source="EXT",
    prevents="150066",
)
def vm_extension_asr_leftover(facts: Facts) -> Iterator[Hit]:
    for vm in facts.vms:
        if vm.key in facts.protecting:
            continue
        found = next((each for each in vm.vm.extensions or () if _is_site_recovery(each)), None)
        if found is None or found.state == "Failed":
            continue  # vm-extension-failed tells of a failed one
        evidence = f"The extension {found.name} is there ({found.state}), but nothing replicates the VM."
        remedy = "Remove the extension, then the agent, and restart the VM."
        yield on_vm(vm, evidence, remedy, severity=Severity.WARNING if found.state == "Succeeded" else None)
    yield from gaps.instance_views(facts)


@check(
    id="vm-extensions-not-copied",
    scope=Scope.VM,
    title="Extensions do not follow the VM",
    severity=Severity.WARNING,
    source="SM",
)
def vm_extensions_not_copied(facts: Facts) -> Iterator[Hit]:
    found = [
        vm for vm in facts.selected if any(not _is_site_recovery(extension) for extension in vm.vm.extensions or ())
    ]
    evidence = "Their extensions (monitoring, domain join, SQL ...) are not installed on the failed-over VM."
    yield from on_vms(facts, found, evidence, "Install them again after failover, by a script.")
    yield from gaps.instance_views(facts)


@check(
    id="vm-identity-not-copied",
    scope=Scope.VM,
    title="Managed identities do not follow the VM",
    severity=Severity.WARNING,
    source="IDENT",
)
def vm_identity_not_copied(facts: Facts) -> Iterator[Hit]:
    found = [vm for vm in facts.selected if vm.vm.identity_type not in {None, "None"}]
    evidence = "They have managed identities; neither these nor their grants are made for the failed-over VM."
    yield from on_vms(facts, found, evidence, "Assign identities and roles after failover, by a script.")
