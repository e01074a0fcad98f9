"""The official Python SDK as its samples use it: ``begin_create`` and ``result()`` for each VM, all of them gathered.

The client is made with its defaults: its own retries (which honour Retry-After), one poller for each VM.
"""

from __future__ import annotations

import asyncio

from azure.identity.aio import ClientSecretCredential
from azure.mgmt.recoveryservicessiterecovery.aio import SiteRecoveryManagementClient

from benchmarks.peers.task import Enablement, Outcome, Task, setting


async def enable_all(task: Task) -> list[BaseException]:
    """Enable every VM at once; returns what went wrong."""
    host = setting("ASR_TUI_ARM_ENDPOINT")
    credential = ClientSecretCredential(
        setting("AZURE_TENANT_ID"),
        setting("AZURE_CLIENT_ID"),
        setting("AZURE_CLIENT_SECRET"),
        authority=setting("AZURE_AUTHORITY_HOST"),
        disable_instance_discovery=True,
    )
    client = SiteRecoveryManagementClient(
        credential,
        setting("AZURE_SUBSCRIPTION_ID"),
        base_url=host,
        credential_scopes=["https://management.azure.com/.default"],
    )

    async def enable(one: Enablement) -> None:
        poller = await client.replication_protected_items.begin_create(
            one.segment("resourceGroups"),
            one.segment("vaults"),
            one.segment("replicationFabrics"),
            one.segment("replicationProtectionContainers"),
            one.segment("replicationProtectedItems"),
            one.body,
        )
        await poller.result()

    async with credential, client:
        results = await asyncio.gather(*(enable(one) for one in task.enablements), return_exceptions=True)
    return [result for result in results if result is not None]


if __name__ == "__main__":
    Outcome.of(asyncio.run(enable_all(Task.from_arguments()))).tell()
