"""What the emulator does a second, and what it holds in memory: ``python -m benchmarks.emulator [VMs] [items]``.

Over TLS and HTTP on loopback, against a process of its own: GET of one VM and of one replicated item, GET of a page of
1,000 resources and of a list of 1,000 replicated items, and the process's resident memory with everything in it.
Figures go to stdout, what goes on meanwhile to stderr.
"""

from __future__ import annotations

import asyncio
import json
import shlex
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from tests.emulator.site_recovery.walk import Walk

_CONNECTIONS = 8
_WRITES_BETWEEN_PAUSES = 150
_BATCH = 250
_SECONDS = 3.0


@dataclass
class _Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)


class _Clock:
    def __init__(self, cloud: RemoteCloud) -> None:
        self._cloud = cloud

    def advance(self, seconds: float) -> None:
        """Let Azure time pass."""
        self._cloud.send("POST", "/emulator/clock", {"advance_seconds": seconds})


class RemoteCloud:
    """An emulator process, asked one request at a time over one connection."""

    def __init__(self, estate: str) -> None:
        command = [sys.executable, "-m", "asr_tui.emulator", "--estate", estate]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        environment: dict[str, str] = {}
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.strip() == "ready":
                break
            name, _, value = shlex.split(line)[1].partition("=")
            environment[name] = value
        self.environment = environment
        self.loop = asyncio.new_event_loop()
        context = ssl.create_default_context(cafile=environment["SSL_CERT_FILE"])
        self.session = self.loop.run_until_complete(_session(environment["ASR_TUI_ARM_ENDPOINT"], context))
        self.clock = _Clock(self)
        self._since_pause = 0
        self.session.headers["Authorization"] = f"Bearer {self._token()}"

    @property
    def subscription(self) -> str:
        """Path of the practice subscription."""
        return f"/subscriptions/{self.environment['AZURE_SUBSCRIPTION_ID']}"

    def _token(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.environment["AZURE_CLIENT_ID"],
            "client_secret": self.environment["AZURE_CLIENT_SECRET"],
            "scope": "https://management.azure.com/.default",
        }

        async def ask() -> Any:
            async with self.session.post(f"/{self.environment['AZURE_TENANT_ID']}/oauth2/v2.0/token", data=form) as got:
                return await got.json()

        return str(self.loop.run_until_complete(ask())["access_token"])

    def send(self, method: str, path: str, body: Any = None, version: str = "2024-03-01") -> _Answer:
        """One request; after many of them some Azure time passes, so that none is throttled."""
        self._since_pause += 1
        if self._since_pause >= _WRITES_BETWEEN_PAUSES:
            self._since_pause = 0
            self.clock.advance(60)

        async def ask() -> _Answer:
            query = {"api-version": version} if version else None
            async with self.session.request(method, path, json=body, params=query) as got:
                headers = {name.lower(): value for name, value in got.headers.items()}
                headers["x-ms-request-id"] = got.headers.get("x-ms-request-id", "")
                return _Answer(got.status, headers, await got.read())

        return self.loop.run_until_complete(ask())

    def get(self, url: str, version: str = "") -> _Answer:
        """A GET of a ``nextLink``, whose path and query are taken as they are."""
        return self.send("GET", urlsplit(url)._replace(scheme="", netloc="").geturl(), version=version)

    def rate(self, path: str, version: str, seconds: float) -> tuple[float, int]:
        """Requests a second over several connections, and bytes an answer."""
        return self.loop.run_until_complete(self._rate(path, version, seconds))

    async def _rate(self, path: str, version: str, seconds: float) -> tuple[float, int]:
        ends = time.perf_counter() + seconds
        counts, sizes = [0] * _CONNECTIONS, [0]

        async def ask(index: int) -> None:
            while time.perf_counter() < ends:
                async with self.session.get(path, params={"api-version": version}) as got:
                    content = await got.read()
                if got.status == 429:
                    await self._pause()
                    continue
                assert got.status == 200, content
                counts[index] += 1
                sizes[0] = len(content)

        started = time.perf_counter()
        await asyncio.gather(*(ask(index) for index in range(_CONNECTIONS)))
        return sum(counts) / (time.perf_counter() - started), sizes[0]

    async def _pause(self) -> None:
        async with self.session.post("/emulator/clock", json={"advance_seconds": 60}) as got:
            await got.read()

    def memory(self) -> float:
        """Resident memory of the emulator, MB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * 4096 / 1e6

    def close(self) -> None:
        """End the emulator."""
        self.loop.run_until_complete(self.session.close())
        self.process.terminate()
        self.process.wait(20)


async def _session(base: str, context: ssl.SSLContext) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(ssl=context, limit=_CONNECTIONS)
    return aiohttp.ClientSession(base, connector=connector)


def main(vms: int, items: int) -> None:
    """Print the figures."""
    started = time.perf_counter()
    cloud = RemoteCloud(f"generated:{vms}")
    print(f"start with {vms} VMs            {time.perf_counter() - started:8.1f} s")
    try:
        walk = Walk(cloud, source="westeurope")  # type: ignore[arg-type]
        machine = walk.vm()
        print(f"memory with {vms} VMs           {cloud.memory():8.0f} MB")
        _show("GET one VM", *cloud.rate(machine["id"], "2024-07-01", _SECONDS))
        _show("GET 1,000 resources", *cloud.rate(f"{cloud.subscription}/resources", "2021-04-01", _SECONDS))
        _tell("setting up a vault")
        walk.set_up()
        started = time.perf_counter()
        protected = _protect(walk, items)
        if not protected:
            raise SystemExit("no VM could be replicated")
        print(f"enabling {len(protected):5} VMs             {time.perf_counter() - started:8.1f} s")
        cloud.clock.advance(6 * 3600)
        print(f"memory with {len(protected)} items         {cloud.memory():8.0f} MB")
        _show("GET one item", *cloud.rate(walk.item(protected[0]), "2025-08-01", _SECONDS))
        listed = f"GET {len(protected):,} items"
        _show(listed, *cloud.rate(f"{walk.vault}/replicationProtectedItems", "2025-08-01", _SECONDS))
        _show("GET the jobs", *cloud.rate(f"{walk.vault}/replicationJobs", "2025-08-01", _SECONDS))
        print(f"memory at the end               {cloud.memory():8.0f} MB")
    finally:
        cloud.close()


def _protect(walk: Walk, items: int) -> list[str]:
    """Replicate VMs of the source region until that many items are there, or no VM is left; returns their names.

    A generated estate has VMs whose job fails, as it does in Azure: they are made up for by others.
    """
    cache = walk.cache_id
    machines = (vm for vm in _machines(walk) if vm["location"] == walk.source)
    while True:
        found = [item["name"] for item in walk.get(f"{walk.vault}/replicationProtectedItems")["value"]]
        _tell(f"{len(found)} of {items} items")
        batch = list(islice(machines, min(items - len(found), _BATCH)))
        if not batch:
            return found
        for vm in batch:
            walk.send("PUT", walk.item(vm["name"]), _enable_body(walk, vm, cache))
        walk.advance(hours=1)


def _tell(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def _machines(walk: Walk) -> Iterator[dict[str, Any]]:
    page = f"{walk.root}/providers/Microsoft.Compute/virtualMachines?api-version=2024-07-01"
    while page:
        body = walk.cloud.send("GET", page, version="").body
        yield from body["value"]
        page = urlsplit(body.get("nextLink", ""))._replace(scheme="", netloc="").geturl()


def _enable_body(walk: Walk, vm: dict[str, Any], cache: str) -> dict[str, Any]:
    profile = vm["properties"]["storageProfile"]
    disks = [
        {
            "diskId": disk["managedDisk"]["id"],
            "primaryStagingAzureStorageAccountId": cache,
            "recoveryResourceGroupId": walk.group_id,
        }
        for disk in (profile["osDisk"], *profile.get("dataDisks", []))
        if "managedDisk" in disk
    ]
    details = {
        "instanceType": "A2A",
        "fabricObjectId": vm["id"],
        "recoveryContainerId": walk.container(walk.target),
        "recoveryResourceGroupId": walk.group_id,
        "vmManagedDisks": disks,
    }
    return {"properties": {"policyId": walk.policy, "providerSpecificDetails": details}}


def _show(what: str, rate: float, size: int) -> None:
    print(f"{what:32}{rate:8.0f} a second, {size / 1000:.1f} kB each")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, int(sys.argv[2]) if len(sys.argv) > 2 else 1_000)
