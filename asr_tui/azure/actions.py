"""Read actions that take a while: the answer is 202 at first, and the result stands at the address in ``Location`` later.

Only for what is asked on the spot and lost with the process (a look into a guest, effective rules); whatever changes something
is an :class:`~asr_tui.azure.operations.Operation`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from asr_tui.azure.clients import Clients, decoded
from asr_tui.azure.documents import network
from asr_tui.azure.documents.fields import documents, text
from asr_tui.azure.operations import Accepted, operation_from, poll
from asr_tui.azure.problems import explained, problem_of_response
from asr_tui.model import arm_id
from asr_tui.model.network import EffectiveRules
from asr_tui.model.problem import Problem, ProblemError

_COMMAND_SECONDS: Final = 300.0
_RULES_SECONDS: Final = 60.0
_SHORTEST_WAIT: Final = 0.05


@dataclass(frozen=True, slots=True)
class CommandOutput:
    """What a script printed. The service keeps the last 4,096 characters of each stream."""

    output: str
    errors: str


async def run_command(clients: Clients, vm_id: str, command_id: str, script: Sequence[str]) -> CommandOutput:
    """Run the lines of ``script`` in a guest and wait for its output. The VM must run, and its agent report.

    ``command_id`` is RunShellScript (Linux) or RunPowerShellScript (Windows). A VM runs one command at a time.

    Raises:
        ProblemError: refused, failed, or no result within five minutes.
    """
    accepted = Accepted()
    async with explained(where=vm_id):
        await clients.compute.virtual_machines.begin_run_command(
            arm_id.resource_group(vm_id) or "",
            arm_id.name(vm_id),
            {"commandId": command_id, "script": list(script)},
            polling=accepted,
        )
    result = await _result(clients, accepted.response, vm_id, _COMMAND_SECONDS)
    messages = {text(entry, "code").lower(): text(entry, "message") for entry in documents(result, "value")}
    for code, message in messages.items():
        if "stdout" in code:
            errors = next((told for other, told in messages.items() if "stderr" in other), "")
            return CommandOutput(message, errors)
    # Linux tells both streams in one message.
    _, _, told = next(iter(messages.values()), "").partition("[stdout]\n")
    output, _, errors = told.partition("\n[stderr]")
    return CommandOutput(output, errors.lstrip("\n"))


async def read_effective_rules(clients: Clients, nic_id: str) -> tuple[EffectiveRules, ...]:
    """The rules that Azure itself works out for an interface: one entry for each NSG that applies, subnet's and own.

    Raises:
        ProblemError: refused (the VM must run), or no result within a minute.
    """
    response = await clients.checked("POST", f"{nic_id}/effectiveNetworkSecurityGroups")
    result = await _result(clients, response, nic_id, _RULES_SECONDS)
    return tuple(network.effective_rules(entry) for entry in documents(result, "value"))


async def _result(clients: Clients, response: Any, subject_id: str, seconds: float) -> dict[str, Any]:
    """The body at the end of an accepted action; ``seconds`` of local time are waited for it."""
    if response.status_code == 200:
        return decoded(response)
    location = response.headers.get("Location", "")
    operation = operation_from(
        response, key=subject_id, kind="action", resource_id=subject_id, started=clients.azure_clock.now()
    )
    try:
        async with asyncio.timeout(seconds):
            while True:
                state = await poll(clients, operation)
                if state.state == "succeeded":
                    break
                if state.problem is not None:
                    raise ProblemError(state.problem)
                operation = state.operation
                await asyncio.sleep(max(_SHORTEST_WAIT, state.retry_after_seconds))
    except TimeoutError as error:
        raise ProblemError(_late(subject_id, seconds)) from error
    answer = await clients.send("GET", location)
    if answer.status_code >= 400:
        raise ProblemError(problem_of_response(answer, where=subject_id))
    return decoded(answer)


def _late(subject_id: str, seconds: float) -> Problem:
    return Problem(
        what=f"No result came for {arm_id.name(subject_id)} within {seconds:.0f} s.",
        remedy="Try again; for a VM, check that its agent is Ready.",
        retry=True,
        code="TimedOut",
        resource_id=subject_id,
        where=subject_id,
    )
