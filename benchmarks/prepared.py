"""A practice cloud in which everything stands but the VMs' replication: prepared once, copied for each contender."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from asr_tui.model.plan import TargetDefaults
from asr_tui.model.step import Step
from asr_tui.session.intents import SelectVms, SetDefaults
from asr_tui.session.paths import SessionPaths, session_paths
from benchmarks.peers.task import Enablement
from tests import walking
from tests.practice import PracticeCloud, ProcessWorker

SESSION = "bench"
LATENCY_SECONDS = 0.04
_FAST = 3000.0
_VMS_A_GROUP = 200
"""The generator makes a resource group for so many VMs."""

_ITEM = "replicated item"
_LEFT_OVER = shutil.ignore_patterns("*.sock", "*.ca.pem", "worker.lock", "worker.log")


@dataclass(frozen=True)
class Prepared:
    """``folder`` holds the cloud's state and the worker's. One VM of each resource group is protected already, so that target
    groups, networks and the cache exist; ``enablements`` are the others."""

    folder: Path
    estate: str
    vault: str
    enablements: tuple[Enablement, ...]

    @contextmanager
    def copy(self, name: str, speed: float) -> Iterator[tuple[PracticeCloud, SessionPaths]]:
        """A copy of cloud and session: throttling on, every answer of ARM :data:`LATENCY_SECONDS` late."""
        folder = self.folder / name
        shutil.copytree(self.folder / "template", folder, ignore=_LEFT_OVER)
        cloud = PracticeCloud(estate=self.estate, speed=speed, state=folder / "cloud.sqlite")
        try:
            late = {"when": {"path": "/subscriptions/**"}, "then": {"delay": LATENCY_SECONDS}}
            cloud.control("POST", "faults", {"faults": [late]})
            yield cloud, _paths(folder)
        finally:
            cloud.close()


def prepare(folder: Path, vms: int) -> Prepared:
    """Walk a clean estate of ``vms`` VMs (and one more a resource group) up to the review of step 5."""
    template = folder / "template"
    template.mkdir()
    estate = f"generated-clean:{vms + max(1, vms // _VMS_A_GROUP)}"
    cloud = PracticeCloud(estate=estate, speed=_FAST, state=template / "cloud.sqlite")
    worker = ProcessWorker(_paths(template), cloud.environ)
    try:
        vault, enablements = asyncio.run(_walk(worker, vms))
    finally:
        worker.kill()
        cloud.close()
    return Prepared(folder, estate, vault, enablements)


async def _walk(worker: ProcessWorker, vms: int) -> tuple[str, tuple[Enablement, ...]]:
    client = await worker.connect()
    await walking.architecture(client)
    await walking.prerequisites(client)
    vault = (await walking.vault(client)).vault.vault_id
    eligible = walking.eligible(client.view)
    first_of_group = {vm_id.split("/")[4]: vm_id for vm_id in reversed(eligible)}
    await walking.send(client, SelectVms(vm_ids=tuple(first_of_group.values())))
    view = await walking.run(client, Step.REPLICATION)
    # One account for all, though the rules would give so many disks a second one: the peers make none.
    await walking.send(client, SetDefaults(defaults=TargetDefaults(cache_account=view.replication.cache_account)))
    rest = [vm_id for vm_id in eligible if vm_id not in first_of_group.values()][:vms]
    await walking.send(client, SelectVms(vm_ids=(*first_of_group.values(), *rest)))
    view = await walking.review(client, Step.REPLICATION)
    writes = [row for row in view.review.changes if row.action == "create"]
    strange = [row.kind for row in writes if row.kind != _ITEM]
    if strange or len(writes) != vms:
        raise RuntimeError(f"{len(writes)} writes, {strange} among them: {vms} VMs and nothing else were expected")
    await client.close()
    return vault, tuple(Enablement(_vm_id(row.body), row.resource_id, json.loads(row.body)) for row in writes)


def _vm_id(body: str) -> str:
    return str(json.loads(body)["properties"]["providerSpecificDetails"]["fabricObjectId"])


def _paths(folder: Path) -> SessionPaths:
    return session_paths(SESSION, folder, {"XDG_RUNTIME_DIR": str(folder)})
