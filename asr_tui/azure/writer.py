"""Sends what the engineer confirmed: one write per change, never waited for. See :mod:`asr_tui.azure.operations` for what follows.

Site Recovery goes through its typed client, which takes the body of a change as it stands; everything else through the
generic client. Looking before a write and reading back after it are in :mod:`asr_tui.azure.read_back`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from asr_tui.azure import versions
from asr_tui.azure.clients import Clients
from asr_tui.azure.operations import Accepted, Operation, job_operation, operation_from
from asr_tui.azure.problems import explained
from asr_tui.azure.vault_reader import read_running_jobs
from asr_tui.model import arm_id
from asr_tui.model.change import Action, Change, Kind
from asr_tui.model.replication import Job

TEST_FAILOVER: Final = "test failover"
CLEANUP: Final = "cleanup test failover"

# The job that each kind of change starts.
_SCENARIOS: Final[Mapping[Kind, str]] = {
    Kind.FABRIC: "CreateSite",
    Kind.CONTAINER: "CreateCloud",
    Kind.POLICY: "AddProtectionProfile",
    Kind.CONTAINER_MAPPING: "AssociateProtectionProfile",
    Kind.NETWORK_MAPPING: "NetworkPairing",
    Kind.ITEM: "EnableDr",
}
_PATCHED: Final = frozenset({Kind.POLICY, Kind.ITEM})


async def begin(clients: Clients, change: Change) -> Operation:
    """Send the write of a change and return what it began. ``reuse`` and ``adopt`` must not come here.

    Raises:
        ProblemError: the service refused (status and code tell why), or no answer came: then whether it took effect has to
            be looked up before it is tried again.
    """
    started = clients.azure_clock.now()
    if change.kind is Kind.PROVIDER:
        response = await clients.checked("POST", f"{change.resource_id}/register")
    else:
        accepted = Accepted()
        async with explained(where=change.key):
            await _send(clients, change, accepted)
        response = accepted.response
    return operation_from(
        response, key=change.key, kind=change.kind.value, resource_id=change.resource_id, started=started
    )


def request_line(change: Change) -> tuple[str, str, str]:
    """Method, path and api-version of the write that :func:`begin` sends for a change."""
    if change.kind is Kind.PROVIDER:
        path = f"{change.resource_id}/register"
        return "POST", path, versions.of_id(path)
    method = "PATCH" if change.action is Action.UPDATE and change.kind in _PATCHED else "PUT"
    return method, change.resource_id, versions.of_id(change.resource_id)


async def running_operation(clients: Clients, change: Change) -> Operation | None:
    """An operation on the change's object that already runs in the vault, to be adopted in place of writing; else None.

    Only Site Recovery tells its running jobs; for other kinds the answer is None.
    """
    scenario = _SCENARIOS.get(change.kind)
    vault_id = vault_of(change.resource_id)
    if scenario is None or not vault_id:
        return None
    names = {arm_id.name(change.resource_id).lower(), change.name.lower()}
    if change.vm_id:
        names.add(arm_id.name(change.vm_id).lower())
    for job in await read_running_jobs(clients, vault_id):
        if job.scenario == scenario and job.target_name.lower() in names:
            return job_operation(job, key=change.key, kind=change.kind.value, resource_id=change.resource_id)
    return None


async def start_test_failover(
    clients: Clients,
    item_id: str,
    *,
    network_id: str,
    recovery_point_id: str | None = None,
    direction: str = "PrimaryToRecovery",
) -> Operation:
    """Begin a drill of one replicated item in ``network_id``; without a recovery point the service takes the latest.

    Raises:
        ProblemError: the service refused, or no answer came.
    """
    details: dict[str, Any] = {"instanceType": "A2A"}
    if recovery_point_id:
        details["recoveryPointId"] = recovery_point_id
    body = {
        "properties": {
            "failoverDirection": direction,
            "networkType": "VmNetworkAsInput",
            "networkId": network_id,
            "providerSpecificDetails": details,
        }
    }
    accepted = Accepted()
    started = clients.azure_clock.now()
    async with explained(where=item_id):
        await clients.site_recovery.replication_protected_items.begin_test_failover(
            *_item_path(item_id), body, polling=accepted
        )
    return operation_from(
        accepted.response, key=arm_id.key(item_id), kind=TEST_FAILOVER, resource_id=item_id, started=started
    )


async def start_cleanup(clients: Clients, item_id: str, comments: str) -> Operation:
    """Begin the cleanup of a drill. ``comments`` are kept by the service, 1024 characters at most (longer ones are cut).

    Raises:
        ProblemError: the service refused, or no answer came.
    """
    accepted = Accepted()
    started = clients.azure_clock.now()
    async with explained(where=item_id):
        await clients.site_recovery.replication_protected_items.begin_test_failover_cleanup(
            *_item_path(item_id), {"properties": {"comments": comments[:1024]}}, polling=accepted
        )
    return operation_from(
        accepted.response, key=arm_id.key(item_id), kind=CLEANUP, resource_id=item_id, started=started
    )


async def running_drill(clients: Clients, item_id: str, vm_name: str) -> Operation | None:
    """A test failover or cleanup of this item that already runs, to be adopted; else None."""
    kinds = {"TestFailover": TEST_FAILOVER, "TestFailoverCleanup": CLEANUP}
    names = {vm_name.lower(), arm_id.name(item_id).lower()}
    for job in await read_running_jobs(clients, vault_of(item_id)):
        if job.scenario in kinds and job.target_name.lower() in names:
            return _drill_operation(job, kinds[job.scenario], item_id)
    return None


def vault_of(resource_id: str) -> str:
    """The id of the vault that something belongs to, "" where it belongs to none."""
    name = arm_id.segment(resource_id, "vaults")
    subscription, group = arm_id.subscription(resource_id), arm_id.resource_group(resource_id)
    if not (name and subscription and group):
        return ""
    return arm_id.provider_id(subscription, group, "Microsoft.RecoveryServices/vaults", name)


def _drill_operation(job: Job, kind: str, item_id: str) -> Operation:
    return job_operation(job, key=arm_id.key(item_id), kind=kind, resource_id=item_id)


async def _send(clients: Clients, change: Change, accepted: Accepted) -> None:
    body: Any = _plain(change.body)
    patch = change.action is Action.UPDATE and change.kind in _PATCHED
    site_recovery = clients.site_recovery
    target = _SitePath(change.resource_id)
    match change.kind:
        case Kind.FABRIC:
            await site_recovery.replication_fabrics.begin_create(*target.vault, target.fabric, body, polling=accepted)
        case Kind.CONTAINER:
            await site_recovery.replication_protection_containers.begin_create(
                *target.vault, target.fabric, target.name, body, polling=accepted
            )
        case Kind.POLICY:
            policies: Any = site_recovery.replication_policies
            write = policies.begin_update if patch else policies.begin_create
            await write(*target.vault, target.name, body, polling=accepted)
        case Kind.CONTAINER_MAPPING:
            await site_recovery.replication_protection_container_mappings.begin_create(
                *target.vault, target.fabric, target.container, target.name, body, polling=accepted
            )
        case Kind.NETWORK_MAPPING:
            await site_recovery.replication_network_mappings.begin_create(
                *target.vault, target.fabric, target.network, target.name, body, polling=accepted
            )
        case Kind.ITEM:
            items: Any = site_recovery.replication_protected_items
            write = items.begin_update if patch else items.begin_create
            await write(*target.vault, target.fabric, target.container, target.name, body, polling=accepted)
        case _:
            await clients.resources.resources.begin_create_or_update_by_id(
                change.resource_id, body, api_version=versions.of_id(change.resource_id), polling=accepted
            )


class _SitePath:
    """The parts of a Site Recovery id that the typed calls take one by one."""

    def __init__(self, resource_id: str) -> None:
        self.vault = (arm_id.resource_group(resource_id) or "", arm_id.segment(resource_id, "vaults") or "")
        self.fabric = arm_id.segment(resource_id, "replicationFabrics") or ""
        self.container = arm_id.segment(resource_id, "replicationProtectionContainers") or ""
        self.network = arm_id.segment(resource_id, "replicationNetworks") or ""
        self.name = arm_id.name(resource_id)


def _item_path(item_id: str) -> tuple[str, str, str, str, str]:
    path = _SitePath(item_id)
    return (*path.vault, path.fabric, path.container, path.name)


def _plain(value: Any) -> Any:
    """A body as dicts and lists, which is what the SDK takes for JSON (a change holds read-only mappings and tuples)."""
    if isinstance(value, Mapping):
        return {str(name): _plain(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(member) for member in value]
    return value
