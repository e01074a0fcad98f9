"""Replication eligibility: the service's own verdict on a VM, before there is any vault."""

from __future__ import annotations

from typing import Any

from asr_tui.emulator.compute.views import power_state
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.site_recovery import consequences, source_vm
from asr_tui.emulator.site_recovery.consequences.machine import provisioning_state
from asr_tui.emulator.site_recovery.error_catalogue import Fault

_TYPE = "Microsoft.RecoveryServices/replicationEligibilityResults"
_LIST = (
    "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.Compute/virtualMachines/{vm}"
    "/providers/Microsoft.RecoveryServices/replicationEligibilityResults"
)
_ACTION = "Microsoft.RecoveryServices/replicationEligibilityResults/read"


def _result(call: Call) -> dict[str, Any]:
    wanted = (
        f"/subscriptions/{call.subscription}/resourceGroups/{call.params['rg']}"
        f"/providers/Microsoft.Compute/virtualMachines/{call.params['vm']}"
    )
    resource = call.require(wanted, source_vm.VM_TYPE)
    vm = source_vm.read(call.store, resource.id, call.now)
    if vm is None:
        raise ArmError(404, "ResourceNotFound", f"The virtual machine '{call.params['vm']}' was not found.")
    faults = consequences.eligibility(call.store, vm, call.now)
    return {
        "name": "default",
        "type": _TYPE,
        "id": f"{resource.id}/providers/{_TYPE}/default",
        "properties": {
            "clientRequestId": call.ids.client or call.ids.request,
            "errors": [
                *_state_errors(vm, call),
                *(_error(fault, vm.name) for fault in faults if fault.code != "150019"),
            ],
        },
    }


def _state_errors(vm: source_vm.SourceVm, call: Call) -> list[dict[str, Any]]:
    """Power and provisioning state have codes of their own here (published example)."""
    errors = []
    state = provisioning_state(vm)
    if state != "Succeeded":
        errors.append(
            _entry(
                "AzureVmIsNotInDesiredProvisioningState",
                f"Azure virtual machine with Id ({vm.id}) is with provisioning state '{state.lower()}'. To enable "
                "replication, VM's provisioning state should be 'succeeded'.",
                "Virtual machine is not in desired state.",
                "Ensure that the VM's provisioning state is 'succeeded'.",
            )
        )
    power = power_state(vm.doc, call.now)
    if power != "running":
        errors.append(
            _entry(
                "AzureVmIsNotInDesiredPowerState",
                f"Azure virtual machine with Id ({vm.id}) is with power status '{power}'. To enable replication, VM's "
                "power status should be 'running'.",
                "Virtual machine is not in desired state.",
                "Ensure that the VM's power status is 'running'.",
            )
        )
    for extension in vm.instance.get("extensions", []):
        if extension.get("state") == "Failed":
            errors.append(
                _entry(
                    "AzureVmHasFailedExtension",
                    f"The extension '{extension['name']}' of the virtual machine '{vm.name}' is in a failed state.",
                    "An extension could not be provisioned.",
                    "Remove the failed extension, then retry.",
                )
            )
    return errors


def _error(fault: Fault, vm: str) -> dict[str, Any]:
    text = fault.text
    return _entry(
        text.inner or text.code,
        fault.filled(text.message, vm),
        fault.filled(text.causes, vm),
        fault.filled(text.advice, vm),
    )


def _entry(code: str, message: str, causes: str, advice: str) -> dict[str, Any]:
    return {
        "code": code,
        "message": message,
        "possibleCauses": causes,
        # The service's texts start with a newline and blanks (recorded).
        "recommendedAction": f"\n      {advice}\n    ",
        "status": "Error",
    }


@operation("GET", _LIST, versions=SITE_RECOVERY, action=_ACTION, evidence="recorded")
def list_eligibility(call: Call) -> Reply:
    """The list form: one entry, and no ``nextLink`` (recorded)."""
    return Reply(200, {"value": [_result(call)]})


@operation("GET", _LIST + "/default", versions=SITE_RECOVERY, action=_ACTION, evidence="examples")
def get_eligibility(call: Call) -> Reply:
    """The single form."""
    return Reply(200, _result(call))
