"""The loop of the official PowerShell walk-through, request by request: one VM after the other.

For each VM it reads the VM, enables replication, asks for the job every 10 s until it has ended, and reads the item.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

import aiohttp

from benchmarks.cloud import Cloud
from benchmarks.peers.task import Enablement, Outcome, Task

_PAUSE_SECONDS = 10.0
"""``sleep 10`` in the walk-through's own loop around ``Get-AzRecoveryServicesAsrJob``."""

_COMPUTE, _SITE_RECOVERY = "2024-07-01", "2025-08-01"
_RUNNING = {"NotStarted", "InProgress"}


class WalkthroughLoop:
    """One session, as one PowerShell prompt."""

    def __init__(self, task: Task, cloud: Cloud, session: aiohttp.ClientSession) -> None:
        self._task = task
        self._cloud = cloud
        self._session = session

    async def enable_all(self) -> list[BaseException]:
        """Enable the VMs one by one; returns what went wrong."""
        self._session.headers.update(await self._cloud.token(self._session))
        errors: list[BaseException] = []
        for one in self._task.enablements:
            try:
                await self._enable(one)
            except aiohttp.ClientError as error:
                errors.append(error)
        return errors

    async def _enable(self, one: Enablement) -> None:
        await self._read(one.vm_id, _COMPUTE)
        query = {"api-version": _SITE_RECOVERY}
        async with self._session.put(self._cloud.endpoint + one.item_id, json=one.body, params=query) as answer:
            answer.raise_for_status()
            operation = answer.headers["Azure-AsyncOperation"].partition("?")[0].rsplit("/", 1)[-1]
        vault = one.item_id[: one.item_id.lower().index("/replicationfabrics/")]
        await self._follow(f"{vault}/replicationJobs/{operation}")
        await self._read(one.item_id)

    async def _follow(self, job: str) -> None:
        while True:
            if (await self._read(job))["properties"]["state"] not in _RUNNING:
                return
            await asyncio.sleep(_PAUSE_SECONDS / self._task.speed)

    async def _read(self, path: str, version: str = _SITE_RECOVERY) -> dict[str, Any]:
        async with self._session.get(self._cloud.endpoint + path, params={"api-version": version}) as answer:
            answer.raise_for_status()
            body: dict[str, Any] = await answer.json()
            return body


async def _main(task: Task) -> list[BaseException]:
    cloud = Cloud(0, dict(os.environ))
    async with cloud.session() as session:
        return await WalkthroughLoop(task, cloud, session).enable_all()


if __name__ == "__main__":
    Outcome.of(asyncio.run(_main(Task.from_arguments()))).tell()
