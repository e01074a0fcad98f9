"""The run-command action: a probe script is answered from the guest's facts; nothing is executed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.compute.machines import COMPUTE_VERSIONS, MACHINES
from asr_tui.emulator.compute.skus import require_region
from asr_tui.emulator.compute.views import VM, power_state
from asr_tui.emulator.compute.writing import accepted, check_idle, invalid, not_allowed
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.estates.guest import guest_of
from asr_tui.emulator.families import pend
from asr_tui.emulator.guests import linux, windows
from asr_tui.emulator.guests.inside import look_inside
from asr_tui.emulator.guests.shell import Result
from asr_tui.emulator.registry import operation
from asr_tui.emulator.schema import ListOf, Obj, Str

_SECONDS = 18
"""Seconds of Azure that a run-command takes."""

_SILENT_SECONDS = 90
_KEPT = 4096
_COMMANDS = {
    "RunShellScript": ("Linux", "Executes a Linux shell script"),
    "RunPowerShellScript": ("Windows", "Executes a PowerShell script"),
}


@operation(
    "POST",
    MACHINES.item_path + "/runCommand",
    versions=COMPUTE_VERSIONS,
    action=f"{VM}/runCommand/action",
    evidence="documentation",
    body=Obj(
        {
            "commandId": Str(),
            "script": ListOf(Str()),
            "parameters": ListOf(Obj({"name": Str(), "value": Str()}, keep_unknown=True)),
        },
        required=("commandId",),
    ),
    note="The script is not executed: a set of read-only commands answers from the estate's guest facts.",
)
def run_command(call: Call) -> Reply:
    """Run a script in the guest: 202, then its output; one at a time for each VM."""
    machine = MACHINES.find(call)
    check_idle(call, machine)
    document = machine.doc
    command = _COMMANDS.get(call.body["commandId"])
    if command is None:
        raise invalid(f"The command id '{call.body['commandId']}' is not found.", "commandId")
    if power_state(document, call.now) != "running":
        raise not_allowed("Cannot modify extensions in the VM when the VM is not running.")
    if not document["properties"].get("osProfile", {}).get("allowExtensionOperations", True):
        raise not_allowed(
            "This operation cannot be performed when extension operations are disallowed. To allow, please ensure VM "
            "Agent is installed on the VM and the osProfile.allowExtensionOperations property is true."
        )
    os_type = document["properties"]["storageProfile"]["osDisk"]["osType"]
    if command[0] != os_type:
        raise invalid(f"The command '{call.body['commandId']}' is not supported on {os_type}.", "commandId")
    silent = document["_instance"]["agent"] != "ready" or guest_of(document).extension_operations == "time-out"
    ends = pend(call, document, "Updating", _SILENT_SECONDS if silent else _SECONDS).ends
    call.store.put(machine.changed(document))
    if silent:
        error = {
            "code": "VMAgentStatusCommunicationError",
            "message": f"VM '{machine.name}' has not reported status for VM agent or extensions. Verify that the OS is "
            "up and healthy, the VM has a running VM agent, and that it can establish outbound connections to Azure "
            "storage. Please refer to https://aka.ms/vmextensionlinuxtroubleshoot for additional VM agent "
            "troubleshooting information.",
        }
        return accepted(call, document, status=202, body=None, ends=ends, error=error)
    script = "\n".join(call.body.get("script") or [])
    inside = look_inside(call.store, document, call.now + timedelta(seconds=_SECONDS))
    result = (linux if os_type == "Linux" else windows).run(inside, script)
    return accepted(call, document, status=202, body=None, ends=ends, output=_output(os_type, result))


def _output(os_type: str, result: Result) -> dict[str, Any]:
    out, err = result.out[-_KEPT:], result.err[-_KEPT:]
    if os_type == "Linux":
        message = f"Enable succeeded: \n[stdout]\n{out}\n[stderr]\n{err}"
        return {"value": [_status("ProvisioningState/succeeded", message)]}
    return {
        "value": [
            _status("ComponentStatus/StdOut/succeeded", out),
            _status("ComponentStatus/StdErr/succeeded", err),
        ]
    }


def _status(code: str, message: str) -> dict[str, str]:
    return {"code": code, "level": "Info", "displayStatus": "Provisioning succeeded", "message": message}


def _document(name: str, call: Call) -> dict[str, Any]:
    os_type, description = _COMMANDS[name]
    return {
        "$schema": "https://schema.management.azure.com/schemas/2016-11-17/runcommands.json",
        "id": name,
        "osType": os_type,
        "label": description,
        "description": "Custom multiline script should be defined in script property. Optional parameters can be set in "
        "parameters property.",
        "location": call.params["location"],
    }


_LIST = "/subscriptions/{sub}/providers/Microsoft.Compute/locations/{location}/runCommands"


@operation(
    "GET",
    _LIST,
    versions=COMPUTE_VERSIONS,
    action="Microsoft.Compute/locations/runCommands/read",
    evidence="documentation",
)
def list_commands(call: Call) -> Reply:
    """The two commands that run a script."""
    require_region(call)
    return call.page([_document(name, call) for name in _COMMANDS])


@operation(
    "GET",
    _LIST + "/{command}",
    versions=COMPUTE_VERSIONS,
    action="Microsoft.Compute/locations/runCommands/read",
    evidence="documentation",
)
def get_command(call: Call) -> Reply:
    """One command."""
    require_region(call)
    for name in _COMMANDS:
        if name.lower() == call.params["command"].lower():
            return Reply(200, {**_document(name, call), "script": [], "parameters": []})
    raise ArmError(404, "NotFound", f"The command '{call.params['command']}' was not found.")
