"""Reads VMs: all of a subscription by pages, or a single one with everything Azure tells of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from asr_tui.azure import versions
from asr_tui.azure.clients import Clients
from asr_tui.azure.documents import compute, recovery
from asr_tui.azure.documents.fields import member
from asr_tui.azure.problems import explained
from asr_tui.model import arm_id
from asr_tui.model.compute import VirtualMachine
from asr_tui.model.problem import ProblemError
from asr_tui.model.recovery import Eligibility

_VERDICTS_AT_ONCE: Final = 8


async def list_vms(clients: Clients) -> tuple[VirtualMachine, ...]:
    """Every VM of the subscription with its instance view (one list call a page).

    Some api-versions refuse to expand the instance view over a whole subscription; then a second list brings the statuses.
    """
    try:
        return await _list(clients, **{"$expand": "instanceView"})
    except ProblemError as error:
        if error.problem.status != 400:
            raise
    vms = await _list(clients)
    states = {arm_id.key(vm.id): vm for vm in await _list(clients, statusOnly="true")}
    return tuple(_with_state(vm, states.get(arm_id.key(vm.id))) for vm in vms)


async def _list(clients: Clients, **query: str) -> tuple[VirtualMachine, ...]:
    found: list[VirtualMachine] = []
    path = f"{clients.subscription}/providers/Microsoft.Compute/virtualMachines"
    async for page in clients.pages(path, version=versions.COMPUTE, **query):
        found.extend(compute.virtual_machine(entry) for entry in page)
    return tuple(found)


def _with_state(vm: VirtualMachine, state: VirtualMachine | None) -> VirtualMachine:
    if state is None:
        return vm
    return replace(
        vm,
        power_state=state.power_state,
        os_name=state.os_name or vm.os_name,
        os_version=state.os_version or vm.os_version,
        agent_status=state.agent_status,
        agent_version=state.agent_version,
        extensions=vm.extensions if vm.extensions is not None else state.extensions,
    )


async def read_vm(clients: Clients, vm_id: str) -> VirtualMachine | None:
    """One VM with its instance view and extensions, None where it does not exist.

    Raises:
        ProblemError: it cannot be read.
    """
    try:
        async with explained(where=vm_id):
            return compute.virtual_machine(
                await clients.compute.virtual_machines.get(
                    arm_id.resource_group(vm_id) or "", arm_id.name(vm_id), expand="instanceView"
                )
            )
    except ProblemError as error:
        if error.problem.status == 404:
            return None
        raise


async def read_eligibility(clients: Clients, vm_ids: Sequence[str]) -> tuple[Eligibility, ...]:
    """The service's own verdict on each VM (one read each, so for selected VMs only). A VM that is gone is left out.

    Raises:
        ProblemError: a verdict cannot be read.
    """
    turn = asyncio.Semaphore(_VERDICTS_AT_ONCE)

    async def read(vm_id: str) -> Eligibility | None:
        try:
            async with turn, explained(where=vm_id):
                results = await clients.site_recovery.replication_eligibility_results.list(
                    arm_id.resource_group(vm_id) or "", arm_id.name(vm_id)
                )
        except ProblemError as error:
            if error.problem.status == 404:
                return None
            raise
        entries = member(results, "value") or []
        errors = [issue for entry in entries for issue in recovery.eligibility(entry, vm_id).errors]
        return Eligibility(vm_id=vm_id, errors=tuple(errors))

    return tuple(found for found in await asyncio.gather(*map(read, vm_ids)) if found)
