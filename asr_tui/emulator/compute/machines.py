"""VMs: get, lists, instance view, sizes."""

from __future__ import annotations

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.compute.views import VM, instance_view, machine_view, status_view
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.families import Family, Render, Rendered, in_group, in_subscription, list_of, settle
from asr_tui.emulator.registry import Versions, operation
from asr_tui.emulator.store import Resource

COMPUTE_VERSIONS = Versions("2015-06-15", "2026-12-31", ("2024-07-01", "2024-03-01", "2023-09-01"))
"""Compute's own api-versions."""


def _chosen_view(call: Call) -> Render:
    return machine_view(call, expand=_expands(call))


MACHINES = Family(VM, COMPUTE_VERSIONS, _chosen_view)
_READ = f"{VM}/read"


def _expands(call: Call) -> bool:
    """Whether the caller asks for the instance view.

    Raises:
        ArmError: 400 for any other ``$expand``.
    """
    wanted = [part.strip().lower() for part in call.query.get("$expand", "").split(",") if part.strip()]
    for part in wanted:
        if part not in ("instanceview", "userdata", "resiliencyview"):
            raise ArmError(
                400,
                "InvalidParameter",
                f"The value '{part}' of parameter '$expand' is not valid. Allowed: instanceView, userData.",
                target="$expand",
            )
    return "instanceview" in wanted


@operation("GET", MACHINES.item_path, versions=COMPUTE_VERSIONS, action=_READ, evidence="documentation")
def get_machine(call: Call) -> Reply:
    """One VM, with ``$expand=instanceView`` its instance view too."""
    return Reply(200, _chosen_view(call)(MACHINES.find(call)))


@operation("GET", MACHINES.group_path, versions=COMPUTE_VERSIONS, action=_READ, evidence="documentation")
def list_machines_in_group(call: Call) -> Reply:
    """VMs of a resource group."""
    return _machines(call, in_group(call, VM))


@operation(
    "GET",
    MACHINES.subscription_path,
    versions=COMPUTE_VERSIONS,
    action=_READ,
    evidence="documentation",
    note="$expand=instanceView is documented together with a $filter on a scale set only; here, as clients report of "
    "the service, it works without one.",
)
def list_machines(call: Call) -> Reply:
    """VMs of a subscription; ``statusOnly=true`` answers run-time states only."""
    if call.query.get("statusonly", "").lower() == "true":
        found = in_subscription(call, VM)
        return call.page(Rendered(found, status_view(call)), size=min(MACHINES.page, call.settings.page_size))
    return _machines(call, in_subscription(call, VM))


@operation(
    "GET",
    "/subscriptions/{sub}/providers/Microsoft.Compute/locations/{location}/virtualMachines",
    versions=COMPUTE_VERSIONS,
    action="Microsoft.Compute/locations/virtualMachines/read",
    evidence="documentation",
)
def list_machines_in_location(call: Call) -> Reply:
    """VMs of a subscription in one region."""
    wanted = call.params["location"].lower()
    return list_of(call, MACHINES, [one for one in in_subscription(call, VM) if one.body["location"] == wanted])


def _machines(call: Call, found: list[Resource]) -> Reply:
    text = call.query.get("$filter", "").strip()
    if text:
        found = _in_scale_set(found, text)
    return list_of(call, MACHINES, found)


def _in_scale_set(found: list[Resource], text: str) -> list[Resource]:
    left, _, right = text.partition(" eq ")
    if left.strip().strip("'").lower() != "virtualmachinescaleset/id" or not right.strip():
        raise ArmError(
            400,
            "BadRequest",
            f"The $filter '{text}' is not supported. Use \"'virtualMachineScaleSet/id' eq '{{id}}'\".",
            target="$filter",
        )
    wanted = right.strip().strip("'").lower()
    return [
        one for one in found if one.body["properties"].get("virtualMachineScaleSet", {}).get("id", "").lower() == wanted
    ]


@operation(
    "GET",
    MACHINES.item_path + "/instanceView",
    versions=COMPUTE_VERSIONS,
    action=f"{VM}/instanceView/read",
    evidence="documentation",
)
def get_instance_view(call: Call) -> Reply:
    """Run-time state of one VM."""
    return Reply(200, instance_view(settle(MACHINES.find(call).doc, call.now), call.now))
