"""Availability sets, scale sets and disk encryption sets: get and lists."""

from __future__ import annotations

from collections import defaultdict

from asr_tui.emulator.call import Call
from asr_tui.emulator.compute.machines import COMPUTE_VERSIONS
from asr_tui.emulator.compute.views import VM
from asr_tui.emulator.families import Document, Family, Render, plain, public, register_reads, settle
from asr_tui.emulator.store import Resource

AVAILABILITY_SET = "Microsoft.Compute/availabilitySets"
ENCRYPTION_SET = "Microsoft.Compute/diskEncryptionSets"
SCALE_SET = "Microsoft.Compute/virtualMachineScaleSets"


def members(call: Call) -> dict[str, list[str]]:
    """Ids of the VMs of each availability set, by the set's lower-cased id."""
    found: dict[str, list[str]] = defaultdict(list)
    for machine in call.store.by_type(VM, call.now, call.subscription):
        if b'"availabilitySet"' in machine.raw:
            found[machine.body["properties"]["availabilitySet"]["id"].lower()].append(machine.id)
    return found


def set_view(call: Call) -> Render:
    """Availability sets with their VMs."""
    known = members(call)

    def render(resource: Resource) -> Document:
        body = public(settle(resource.doc, call.now))
        body["properties"]["virtualMachines"] = [{"id": one} for one in known.get(resource.key, ())]
        return body

    return render


AVAILABILITY_SETS = Family(AVAILABILITY_SET, COMPUTE_VERSIONS, set_view)
ENCRYPTION_SETS = Family(ENCRYPTION_SET, COMPUTE_VERSIONS, plain)
SCALE_SETS = Family(SCALE_SET, COMPUTE_VERSIONS, plain)
register_reads(AVAILABILITY_SETS)
register_reads(ENCRYPTION_SETS)
register_reads(SCALE_SETS)
