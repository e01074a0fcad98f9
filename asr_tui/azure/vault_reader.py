"""Reads what a vault holds for Site Recovery: by list calls, so that the cost follows the number of pages, not of VMs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from azure.core.rest import AsyncHttpResponse

from asr_tui.azure import versions
from asr_tui.azure.clients import Clients, decoded
from asr_tui.azure.documents import recovery, region_mappings, replication
from asr_tui.azure.documents.fields import Document
from asr_tui.azure.list_memo import Memo
from asr_tui.azure.problems import NEVER_USED, explained, is_absent
from asr_tui.model import arm_id
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.recovery import HealthIssue, RegionTargets, SupportedSystem
from asr_tui.model.replication import (
    Job,
    RecoveryPoint,
    ReplicatedItem,
    SiteRecovery,
)

Read = TypeVar("Read")


async def read_vault_contents(clients: Clients, vault_id: str) -> SiteRecovery:
    """All that a vault holds for Site Recovery (six list calls). A vault that was never used for it reads as empty.

    Raises:
        ProblemError: it cannot be read.
    """
    vault = _vault_id(clients, vault_id)
    try:
        async with asyncio.TaskGroup() as group:
            fabrics = group.create_task(_listed(clients, f"{vault}/replicationFabrics", replication.fabric))
            containers = group.create_task(
                _listed(clients, f"{vault}/replicationProtectionContainers", replication.container)
            )
            policies = group.create_task(_listed(clients, f"{vault}/replicationPolicies", replication.policy))
            mappings = group.create_task(
                _listed(clients, f"{vault}/replicationProtectionContainerMappings", replication.container_mapping)
            )
            networks = group.create_task(
                _listed(clients, f"{vault}/replicationNetworkMappings", replication.network_mapping)
            )
            items = group.create_task(read_items(clients, vault_id))
    except ExceptionGroup as group_error:
        problem = _first_problem(group_error)
        if problem.problem.code == NEVER_USED:
            return SiteRecovery()
        raise problem from group_error
    return SiteRecovery(
        fabrics=fabrics.result(),
        containers=containers.result(),
        policies=policies.result(),
        container_mappings=mappings.result(),
        network_mappings=networks.result(),
        items=items.result(),
    )


async def read_supported_systems(clients: Clients, vault_id: str) -> tuple[SupportedSystem, ...]:
    """The operating systems that the service supports now, by its own list.

    Raises:
        ProblemError: it cannot be read.
    """
    path = f"{_vault_id(clients, vault_id)}/replicationSupportedOperatingSystems"
    return recovery.supported_systems(await clients.get(path, version=versions.SITE_RECOVERY, instanceType="A2A"))


async def read_region_mappings(clients: Clients, vault_id: str) -> tuple[RegionTargets, ...]:
    """Which region the service itself lets replicate to which.

    Raises:
        ProblemError: it cannot be read, or its form is none that is understood (it is published nowhere).
    """
    path = f"{_vault_id(clients, vault_id)}/replicationSupportedRegionMappings"
    found = region_mappings.region_mappings(await clients.get(path, version=versions.SITE_RECOVERY))
    if found is None:
        raise ProblemError(
            Problem(
                what="The service's list of region pairs could not be understood.",
                cause="Its form is not published, and this one names no source region beside a target region.",
                code="UnreadableAnswer",
            )
        )
    return found


async def read_health(clients: Clients, vault_id: str) -> tuple[HealthIssue, ...]:
    """What the service's own check of the vault found (it runs twice a day).

    Raises:
        ProblemError: it cannot be read.
    """
    path = f"{_vault_id(clients, vault_id)}/replicationVaultHealth"
    return recovery.health_issues(await clients.get(path, version=versions.SITE_RECOVERY))


ItemMemo = Memo[ReplicatedItem]
"""What a watcher keeps from one reading of the items to the next."""


def item_memo() -> ItemMemo:
    """An empty one."""
    return Memo(replication.item)


async def read_items(clients: Clients, vault_id: str, memo: ItemMemo | None = None) -> tuple[ReplicatedItem, ...]:
    """The vault's replicated items as its list tells them (no per-disk state; see :func:`read_item`). Items whose text is that
    of the last reading with the same ``memo`` are the same objects again.

    Plain JSON and not the typed list: a watcher reads this over and over, and the typed models take fifteen times the CPU.
    """
    path = f"{_vault_id(clients, vault_id)}/replicationProtectedItems"
    reading = (memo or item_memo()).reading(path)
    found: list[ReplicatedItem] = []

    def read(response: AsyncHttpResponse) -> tuple[list[ReplicatedItem], str | None]:
        return reading.page(response.content, lambda: decoded(response))

    async for page in clients.read_pages(path, version=versions.SITE_RECOVERY, read=read):
        found.extend(page)
    reading.finish()
    return tuple(found)


async def read_item(clients: Clients, item_id: str) -> ReplicatedItem | None:
    """One replicated item with the state of its disks, None where it does not exist (any more)."""
    group, vault = _vault_path(item_id)
    try:
        async with explained(where=item_id):
            return replication.item(
                await clients.site_recovery.replication_protected_items.get(
                    group,
                    vault,
                    arm_id.segment(item_id, "replicationFabrics") or "",
                    arm_id.segment(item_id, "replicationProtectionContainers") or "",
                    arm_id.name(item_id),
                )
            )
    except ProblemError as error:
        if is_absent(error.problem):
            return None
        raise


async def read_jobs(clients: Clients, vault_id: str, since: datetime | None = None) -> tuple[Job, ...]:
    """The vault's jobs, newest first, without tasks and errors. ``since`` (Azure's time) leaves out jobs begun earlier.

    The list is sorted by the service, so reading stops at the first page that reaches back beyond ``since``.
    """
    found: list[Job] = []
    path = f"{_vault_id(clients, vault_id)}/replicationJobs"
    async for page in clients.pages(path, version=versions.SITE_RECOVERY):
        jobs = [replication.job(entry) for entry in page]
        found.extend(jobs)
        if since is not None and jobs and _before(jobs[-1], since):
            break
    return tuple(job for job in found if since is None or not _before(job, since))


def _before(job: Job, moment: datetime) -> bool:
    return job.started is not None and job.started < moment


async def read_running_jobs(clients: Clients, vault_id: str) -> tuple[Job, ...]:
    """The jobs that have not ended."""
    return tuple(job for job in await read_jobs(clients, vault_id) if not job.is_finished)


async def read_recovery_points(clients: Clients, item_id: str) -> tuple[RecoveryPoint, ...]:
    """The recovery points of an item, newest first (the service promises no order)."""
    points = await _listed(clients, f"{item_id}/recoveryPoints", replication.recovery_point)
    return tuple(sorted((point for point in points if point), key=lambda point: point.time, reverse=True))


async def _listed(clients: Clients, path: str, read: Callable[[Document], Read]) -> tuple[Read, ...]:
    """All entries of a list, read as plain JSON: an answer that was garbled on its way is asked for again."""
    found: list[Read] = []
    async for page in clients.pages(path, version=versions.SITE_RECOVERY):
        found.extend(read(entry) for entry in page)
    return tuple(found)


def _first_problem(group: ExceptionGroup[Exception]) -> ProblemError:
    for error in _flat(group):
        if isinstance(error, ProblemError):
            return error
    raise group


def _flat(group: ExceptionGroup[Exception]) -> Sequence[Exception]:
    found: list[Exception] = []
    for error in group.exceptions:
        found.extend(_flat(error) if isinstance(error, ExceptionGroup) else [error])
    return found


def _vault_path(resource_id: str) -> tuple[str, str]:
    return arm_id.resource_group(resource_id) or "", arm_id.segment(resource_id, "vaults") or ""


def _vault_id(clients: Clients, resource_id: str) -> str:
    group, vault = _vault_path(resource_id)
    return arm_id.provider_id(clients.subscription_id, group, "Microsoft.RecoveryServices/vaults", vault)
