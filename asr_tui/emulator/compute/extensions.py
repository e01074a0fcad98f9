"""VM extensions: list, get, put, delete. They live inside the VM's document."""

from __future__ import annotations

from typing import Any

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.compute.machines import COMPUTE_VERSIONS, MACHINES
from asr_tui.emulator.compute.views import VM, extension_view, power_state
from asr_tui.emulator.compute.writing import accepted, check_idle, invalid, not_allowed, resource_body
from asr_tui.emulator.errors import resource_not_found
from asr_tui.emulator.families import Document, pend
from asr_tui.emulator.registry import operation
from asr_tui.emulator.schema import Any_, Bool, Obj, Str

_PATH = MACHINES.item_path + "/extensions"
_TYPE = f"{VM}/extensions"
_SECONDS = 60
_FAIL_SECONDS = 300
_BODY = resource_body(
    Obj(
        {
            "publisher": Str(),
            "type": Str(),
            "typeHandlerVersion": Str(),
            "autoUpgradeMinorVersion": Bool(),
            "settings": Any_,
            "protectedSettings": Any_,
        },
        keep_unknown=True,
    )
)


def _named(machine: Document, name: str) -> Document | None:
    known = machine["_instance"].get("extensions", [])
    return next((one for one in known if one["name"].lower() == name.lower()), None)


@operation("GET", _PATH, versions=COMPUTE_VERSIONS, action=f"{_TYPE}/read", evidence="documentation")
def list_extensions(call: Call) -> Reply:
    """Extensions of a VM."""
    machine = MACHINES.find(call).doc
    return call.page([extension_view(machine, one) for one in machine["_instance"].get("extensions", [])])


@operation("GET", _PATH + "/{extension}", versions=COMPUTE_VERSIONS, action=f"{_TYPE}/read", evidence="documentation")
def get_extension(call: Call) -> Reply:
    """One extension."""
    machine = MACHINES.find(call).doc
    found = _named(machine, call.params["extension"])
    if found is None:
        raise resource_not_found(_TYPE, f"{machine['name']}/{call.params['extension']}", call.params["rg"])
    return Reply(200, extension_view(machine, found))


@operation(
    "PUT",
    _PATH + "/{extension}",
    versions=COMPUTE_VERSIONS,
    action=f"{_TYPE}/write",
    evidence="documentation",
    body=_BODY,
)
def put_extension(call: Call) -> Reply:
    """Install or update an extension; it fails when the guest agent is silent."""
    resource = MACHINES.find(call)
    check_idle(call, resource)
    document = resource.doc
    _check_allowed(call, document)
    asked = call.body.get("properties") or {}
    for member in ("publisher", "type", "typeHandlerVersion"):
        if not asked.get(member):
            raise invalid(f"Required parameter '{member}' is missing (null).", member)
    name = call.params["extension"]
    good = document["_instance"]["agent"] == "ready"
    fresh = {
        "name": name,
        "publisher": asked["publisher"],
        "type": asked["type"],
        "version": asked["typeHandlerVersion"],
        "state": "Succeeded" if good else "Failed",
        "settings": asked.get("settings") or {},
    }
    before = document["_instance"].get("extensions", [])
    kept = [one for one in before if one["name"].lower() != name.lower()]
    document["_instance"]["extensions"] = [*kept, fresh]
    ends = pend(call, document, "Updating", _SECONDS if good else _FAIL_SECONDS).ends
    call.store.put(resource.changed(document))
    body = extension_view(document, fresh)
    body["properties"]["provisioningState"] = "Creating" if len(kept) == len(before) else "Updating"
    error = None if good else _silent(document)
    status = 201 if len(kept) == len(before) else 200
    return accepted(call, document, status=status, body=body, ends=ends, result=body["id"], error=error)


def _check_allowed(call: Call, document: Document) -> None:
    if power_state(document, call.now) != "running":
        raise not_allowed("Cannot modify extensions in the VM when the VM is not running.")
    profile = document["properties"].get("osProfile", {})
    section = profile.get("linuxConfiguration") or profile.get("windowsConfiguration") or {}
    if not profile.get("allowExtensionOperations", True) or section.get("provisionVMAgent") is False:
        raise not_allowed(
            "This operation cannot be performed when extension operations are disallowed. To allow, please ensure VM "
            "Agent is installed on the VM and the osProfile.allowExtensionOperations property is true."
        )


def _silent(document: Document) -> dict[str, Any]:
    return {
        "code": "VMAgentStatusCommunicationError",
        "message": f"VM '{document['name']}' has not reported status for VM agent or extensions. Verify that the OS is up "
        "and healthy, the VM has a running VM agent, and that it can establish outbound connections to Azure storage.",
    }


@operation(
    "DELETE",
    _PATH + "/{extension}",
    versions=COMPUTE_VERSIONS,
    action=f"{_TYPE}/delete",
    evidence="documentation",
)
def delete_extension(call: Call) -> Reply:
    """Uninstall an extension; 204 when it is not there."""
    resource = MACHINES.find(call)
    check_idle(call, resource)
    document = resource.doc
    found = _named(document, call.params["extension"])
    if found is None:
        return Reply(204)
    _check_allowed(call, document)
    document["_instance"]["extensions"] = [
        one for one in document["_instance"]["extensions"] if one["name"] != found["name"]
    ]
    ends = pend(call, document, "Updating", _SECONDS).ends
    call.store.put(resource.changed(document))
    return accepted(call, document, status=202, body=None, ends=ends)
