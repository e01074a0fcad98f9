"""The NICs of a VM that is being written: attached, let go, released with the VM."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from asr_tui.emulator.call import Call
from asr_tui.emulator.compute.writing import invalid
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.estates.names import same_id
from asr_tui.emulator.estates.sizes import Size
from asr_tui.emulator.families import Document
from asr_tui.emulator.network.references import NIC


def attach_nics(call: Call, document: Document, size: Size, *, before: Mapping[str, Any] | None) -> None:
    """Attach the NICs that ``networkProfile`` names, and let go those that it no longer names.

    Raises:
        ArmError: none named, unknown NIC, NIC of another VM or region, too many for the size.
    """
    profile = document["properties"].get("networkProfile") or {}
    asked = profile.get("networkInterfaces") or []
    if not asked:
        raise invalid("Virtual machine must have at least one network interface.", "networkProfile")
    if len(asked) > size.max_nics:
        raise ArmError(
            400,
            "NetworkInterfaceCountExceeded",
            f"The number of network interfaces for virtual machine {document['name']} exceeds the maximum allowed for "
            f"the virtual machine size {size.name}. The number of network interfaces is {len(asked)} and the maximum "
            f"allowed is {size.max_nics}.",
        )
    marked = [bool((one.get("properties") or {}).get("primary")) for one in asked]
    if len(asked) > 1 and sum(marked) != 1:
        raise invalid(
            "Virtual machine with several network interfaces must have exactly one primary network interface.",
            "networkProfile.networkInterfaces",
        )
    entries: list[Document] = []
    for index, one in enumerate(asked):
        primary = marked[index] or len(asked) == 1
        identifier = _attach(call, document, one["id"], primary=primary)
        option = (one.get("properties") or {}).get("deleteOption") or "Detach"
        entries.append({"id": identifier, "properties": {"primary": primary, "deleteOption": option}})
    document["properties"]["networkProfile"] = {"networkInterfaces": entries}
    if before is not None:
        kept = {one["id"].lower() for one in entries}
        for one in before["properties"]["networkProfile"]["networkInterfaces"]:
            if one["id"].lower() not in kept:
                _let_go(call, one["id"])


def _attach(call: Call, document: Document, identifier: str, *, primary: bool) -> str:
    found = call.store.get(identifier, call.now)
    if found is None or found.type != NIC:
        raise ArmError(
            404,
            "NotFound",
            f"Resource {identifier} not found.",
            target="networkProfile.networkInterfaces.id",
        )
    body = found.doc
    if body["location"] != document["location"]:
        raise invalid(
            f"Network interface {found.id} is in location '{body['location']}', the virtual machine in "
            f"'{document['location']}'.",
            "networkProfile.networkInterfaces.id",
        )
    holder = body["properties"].get("virtualMachine", {}).get("id")
    if holder and not same_id(holder, document["id"]) and call.store.get(holder, call.now) is not None:
        raise ArmError(
            400,
            "NicInUse",
            f"Network Interface {found.id} is used by existing resource {holder}. In order to attach it, it must be "
            "dissociated from the resource.",
        )
    body["properties"] |= {"virtualMachine": {"id": document["id"]}, "primary": primary}
    call.store.put(found.changed(body))
    return found.id


def _let_go(call: Call, identifier: str) -> None:
    found = call.store.get(identifier, call.now)
    if found is not None:
        body = found.doc
        body["properties"].pop("virtualMachine", None)
        call.store.put(found.changed(body))


def release_nics(call: Call, document: Mapping[str, Any], at: datetime) -> None:
    """Delete, with a VM that dies at ``at``, the NICs whose ``deleteOption`` says so; the others become free."""
    for one in document["properties"].get("networkProfile", {}).get("networkInterfaces", []):
        if (one.get("properties") or {}).get("deleteOption") == "Delete":
            call.store.delete(one["id"], at)
