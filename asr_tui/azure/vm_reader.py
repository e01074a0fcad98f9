"""Reads VMs: all of a subscription by pages, or a single one with everything Azure tells of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from asr_tui.azure import versions
from asr_tui.azure.clients import Clients
from asr_tui.azure.documents import compute, recovery
from asr_tui.azure.documents.compute import VmState
from asr_tui.azure.documents.fields import member, text
from asr_tui.azure.problems import explained
from asr_tui.model import arm_id
from asr_tui.model.compute import VirtualMachine
from asr_tui.model.problem import ProblemError
from asr_tui.model.recovery import Eligibility

_VERDICTS_AT_ONCE: Final = 8


async def list_vms(clients: Clients, states: Mapping[str, VmState]) -> tuple[VirtualMachine, ...]:
    """Every VM of the subscription (one list call a page), with the instance views of :func:`list_states`.

    Raises:
        ProblemError: they cannot be read.
    """
    found: list[VirtualMachine] = []
    async for page in clients.pages(_path(clients), version=versions.COMPUTE):
        for entry in page:
            vm = compute.virtual_machine(entry)
            found.append(compute.with_state(vm, states.get(arm_id.key(vm.id))))
        page.clear()  # a thousand VMs take tens of MB as they are told: not beside the next thousand
    return tuple(found)


async def list_states(clients: Clients) -> dict[str, VmState]:
    """The instance view of every VM of the subscription, by the key of its id (one list call a page).

    A list of its own: the service documents ``$expand=instanceView`` of the list of VMs for the members of one scale set
    only (together with a ``$filter``), and ``statusOnly=true`` for all VMs of a subscription.

    Raises:
        ProblemError: they cannot be read.
    """
    found: dict[str, VmState] = {}
    async for page in clients.pages(_path(clients), version=versions.COMPUTE, statusOnly="true"):
        for entry in page:
            state = compute.vm_state(entry)
            if state is not None:
                found[arm_id.key(text(entry, "id"))] = state
        page.clear()
    return found


def _path(clients: Clients) -> str:
    return f"{clients.subscription}/providers/Microsoft.Compute/virtualMachines"


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
