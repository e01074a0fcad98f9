"""Power actions of VMs: start, power off, deallocate, restart, redeploy, reapply."""

from __future__ import annotations

from dataclasses import dataclass

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.compute.machines import COMPUTE_VERSIONS, MACHINES
from asr_tui.emulator.compute.views import VM, power_state
from asr_tui.emulator.compute.writing import accepted, check_idle, move_power, not_allowed
from asr_tui.emulator.families import pend
from asr_tui.emulator.registry import operation


@dataclass(frozen=True, slots=True)
class _Action:
    """One power action. ``seconds`` of Azure that it takes; ``needs`` a running VM."""

    name: str
    via: str
    power: str
    seconds: float
    needs_running: bool = False


_ACTIONS = (
    _Action("start", "starting", "running", 30),
    _Action("powerOff", "stopping", "stopped", 20),
    _Action("deallocate", "deallocating", "deallocated", 40),
    _Action("restart", "running", "running", 25, needs_running=True),
    _Action("redeploy", "starting", "running", 120),
)


def _register(action: _Action) -> None:
    def handler(call: Call) -> Reply:
        machine = MACHINES.find(call)
        check_idle(call, machine)
        document = machine.doc
        if action.needs_running and power_state(document, call.now) != "running":
            raise not_allowed(f"Cannot {action.name} VM '{machine.name}': it is not running.")
        planned = move_power(call, document, via=action.via, power=action.power, seconds=action.seconds)
        if action.power == "running" and not planned.failed:
            document["_guest"].pop("reboot_pending", None)  # it boots: what waited for that is done
        call.store.put(machine.changed(document))
        return accepted(call, document, status=202, body=None, ends=planned.ends)

    handler.__doc__ = f"{action.name} of a VM: over after {action.seconds:g} seconds of Azure."
    operation(
        "POST",
        f"{MACHINES.item_path}/{action.name}",
        versions=COMPUTE_VERSIONS,
        action=f"{VM}/{action.name}/action",
        evidence="documentation",
        note="Durations are assumptions.",
    )(handler)


for _one in _ACTIONS:
    _register(_one)


@operation(
    "POST",
    MACHINES.item_path + "/reapply",
    versions=COMPUTE_VERSIONS,
    action=f"{VM}/reapply/action",
    evidence="documentation",
)
def reapply(call: Call) -> Reply:
    """Reapply the VM's state: repairs a failed provisioning state."""
    machine = MACHINES.find(call)
    check_idle(call, machine)
    document = machine.doc
    document["properties"]["provisioningState"] = "Succeeded"
    ends = pend(call, document, "Updating", 25).ends
    call.store.put(machine.changed(document))
    return accepted(call, document, status=202, body=None, ends=ends)
