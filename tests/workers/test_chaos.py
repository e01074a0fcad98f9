"""An onboarding of 20 VMs whose worker is killed (SIGKILL) at its k-th request, started again, and finished.

Each time the end state in Azure is that of an undisturbed run, nothing is made twice, no VM is lost, and at most one more
write was sent. ``CHAOS=all`` tries every k; without it a sample (``CHAOS_SAMPLES``, 60) that is spread over the whole run.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from asr_tui.model.step import Step
from asr_tui.session.intents import ConfirmReview, SelectVms
from asr_tui.session.paths import SessionPaths, session_paths
from tests import walking
from tests.nursery import Nursery, kill
from tests.practice import PracticeCloud, RemoteCloud, thread_worker

VMS = 20
SAMPLES = int(os.environ.get("CHAOS_SAMPLES", "60"))
PARTS = 4
"""The sample is cut into so many tests, so that they run side by side."""
SITE_RECOVERY = "2025-08-01"
FOLDERS = (
    "replicationFabrics",
    "replicationProtectionContainers",
    "replicationPolicies",
    "replicationProtectionContainerMappings",
    "replicationNetworkMappings",
    "replicationProtectedItems",
)
SPEED = 6000.0


@dataclass(frozen=True)
class Template:
    """A cloud and a session in which a review has just been confirmed, and what comes of it undisturbed."""

    cloud: Path
    session: Path
    vault: str
    requests: int
    writes: int
    end_state: dict[str, list[str]]


@dataclass
class Night:
    """One copy of the template, with its own cloud."""

    nursery: Nursery
    cloud: RemoteCloud
    paths: SessionPaths
    vault: str

    def start_worker(self) -> int:
        """A worker that takes up the confirmed run by itself."""
        arguments = ["--session", "night", "--state-dir", str(self.paths.directory.parent.parent)]
        arguments += ["--socket", str(self.paths.socket), "--cloud", "practice", "--auth", "environment"]
        return self.nursery.start(
            "worker", [*arguments, "--idle-seconds", "0"], self.cloud.environ, self.paths.directory / "output"
        )

    def ended(self) -> str:
        """In which state the run ended, "" while it goes on."""
        state = ""
        for line in self.paths.journal.read_bytes().splitlines(keepends=True):
            if line.startswith(b"{") and line.endswith(b"\n"):
                entry = json.loads(line)
                state = {"confirmed": "", "run-ended": entry.get("state", "")}.get(entry["kind"], state)
        return state

    def wait(self, ready: Callable[[], Any], seconds: float = 60) -> None:
        """Return once ``ready`` holds."""
        deadline = time.monotonic() + seconds
        while not ready():
            assert time.monotonic() < deadline, self.paths.journal.read_text()[-3000:]
            time.sleep(0.02)

    def end_state(self) -> dict[str, list[str]]:
        """What the vault holds, and how often each VM was enabled."""
        found = {}
        for folder in FOLDERS:
            values = self.cloud.get(f"{self.vault}/{folder}", SITE_RECOVERY)["value"]
            found[folder] = sorted(entry["id"].lower() for entry in values)
        jobs = self.cloud.get(f"{self.vault}/replicationJobs", SITE_RECOVERY)["value"]
        found["enabled"] = sorted(
            job["properties"]["targetObjectName"].lower()
            for job in jobs
            if job["properties"]["scenarioName"] == "EnableDr"
        )
        return found


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as nursery:
        yield nursery


@pytest.fixture(scope="module")
def template(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Prepared once: the cloud before the first write of step 5, and the journal with its confirmation."""
    folder = tmp_path_factory.mktemp("template")
    cloud = PracticeCloud("--seed", "7", estate=f"generated:{VMS + 6}", state=folder / "cloud.sqlite", speed=SPEED)
    worker = thread_worker(cloud, folder, session="night", paths=_paths(folder))
    vault = asyncio.run(_prepare(worker, cloud, folder))
    worker.close()
    cloud.close()
    _keep_until_confirmed(folder / "sessions/night/journal.jsonl", folder)
    (folder / "cloud.sqlite.ca.pem").unlink(missing_ok=True)
    draft = Template(folder / "before.sqlite", folder / "sessions/night", vault, 0, 0, {})
    night = _copy(draft, nursery, folder / "undisturbed")
    pid = night.start_worker()
    night.wait(night.ended)
    kill(pid)
    assert night.ended() == "finished"
    requests = [entry for entry in night.cloud.log() if entry["path"].lower().startswith("/subscriptions")]
    end = night.end_state()
    assert len(end["replicationProtectedItems"]) == VMS
    return Template(draft.cloud, draft.session, vault, len(requests), len(night.cloud.writes()), end)


async def _prepare(worker: Any, cloud: PracticeCloud, folder: Path) -> str:
    client = await worker.connect()
    await walking.architecture(client)
    await walking.prerequisites(client)
    view = await walking.vault(client)
    vault = view.vault.vault_id
    await walking.send(client, SelectVms(vm_ids=walking.eligible(client.view)[:VMS]))
    view = await walking.review(client, Step.REPLICATION)
    # The cloud as it is before the first write of this step; it stands still for the copy.
    cloud.kill()
    shutil.copy(folder / "cloud.sqlite", folder / "before.sqlite")
    for suffix in ("-wal", "-shm"):
        if (folder / f"cloud.sqlite{suffix}").exists():
            shutil.copy(folder / f"cloud.sqlite{suffix}", folder / f"before.sqlite{suffix}")
    cloud.start()
    await walking.send(client, ConfirmReview(digest=view.review.digest))
    await client.close()
    return vault


def _keep_until_confirmed(journal: Path, folder: Path) -> None:
    lines = journal.read_text().splitlines(keepends=True)
    last = max(number for number, line in enumerate(lines) if '"kind": "confirmed"' in line)
    journal.write_text("".join(lines[: last + 1]))
    for name in ("worker.log", "worker.lock"):
        (folder / "sessions/night" / name).unlink(missing_ok=True)


def _paths(folder: Path) -> SessionPaths:
    return session_paths("night", folder, {"XDG_RUNTIME_DIR": str(folder)})


def _copy(template: Template, nursery: Nursery, folder: Path, *arguments: str) -> Night:
    folder.mkdir()
    for source in template.cloud.parent.glob("before.sqlite*"):
        shutil.copy(source, folder / source.name)
    shutil.copytree(template.session, folder / "sessions/night")
    _, environ = nursery.emulator(folder / "before.sqlite", SPEED, *arguments)
    return Night(nursery, RemoteCloud(environ), _paths(folder), template.vault)


def _strikes(template: Template, part: int) -> list[int]:
    """At which requests this part of the test strikes: a sample over the whole run, or every one."""
    count = template.requests if os.environ.get("CHAOS") == "all" else SAMPLES
    chosen = sorted({1 + number * template.requests // count for number in range(count)})
    return chosen[part::PARTS]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_any_request_the_night_ends_as_if_nothing_had_been(
    template: Template, nursery: Nursery, tmp_path: Path, part: int
) -> None:
    failures = []
    for strike in _strikes(template, part):
        # Every other time the request never reaches Azure; else it took effect and its answer is lost.
        effect: dict[str, Any] = {"hang": True} if (strike + part) % 2 else {"delay": 600}
        problem = _one_night(template, nursery, tmp_path / f"k{strike}", strike, effect)
        if problem:
            failures.append(f"killed at request {strike} ({next(iter(effect))}): {problem}")
    assert not failures, "\n".join(failures)


STORMS: dict[str, list[dict[str, Any]]] = {
    "throttled": [{"when": {"path": "/subscriptions**", "rate": 0.15}, "then": {"throttle": 20}}],
    "unavailable": [
        {
            "when": {"path": "/subscriptions**", "rate": 0.1},
            "then": {"status": 503, "code": "ServiceUnavailable", "message": "Busy."},
        }
    ],
    "cut off": [
        {"when": {"path": "/subscriptions**", "every": 17}, "then": {"reset": "after"}},
        {"when": {"path": "/subscriptions**", "every": 23}, "then": {"reset": "before"}},
        {"when": {"path": "/subscriptions**", "every": 29}, "then": {"cut_body": True}},
    ],
    "garbled": [{"when": {"path": "/subscriptions**/vaults/**", "every": 11}, "then": {"malformed_json": True}}],
    "signed out": [{"when": {"path": "/subscriptions**", "every": 40}, "then": {"revoke_token": True}}],
    "slow": [{"when": {"path": "/subscriptions**", "every": 30}, "then": {"delay": 1.5}}],
}


@pytest.mark.parametrize("storm", STORMS)
def test_in_any_storm_the_night_ends_as_if_nothing_had_been(
    template: Template, nursery: Nursery, tmp_path: Path, storm: str
) -> None:
    night = _copy(template, nursery, tmp_path / "night")
    night.cloud.control("POST", "faults", {"faults": STORMS[storm]})
    pid = night.start_worker()
    night.wait(night.ended, 150)
    kill(pid)
    night.cloud.control("DELETE", "faults")
    assert night.ended() == "finished", night.paths.journal.read_text()[-3000:]
    assert night.end_state() == template.end_state
    log = (night.paths.directory / "worker.log").read_text()
    assert "Traceback" not in log


def _one_night(template: Template, nursery: Nursery, folder: Path, strike: int, effect: dict[str, Any]) -> str:
    night = _copy(template, nursery, folder)
    night.cloud.control(
        "POST", "faults", {"faults": [{"when": {"path": "/subscriptions**", "nth": strike}, "then": effect}]}
    )
    pid = night.start_worker()
    night.wait(lambda: night.cloud.control("GET", "faults")["faults"][0]["fired"] or night.ended())
    kill(pid)
    night.cloud.control("DELETE", "faults")
    if not night.ended():
        pid = night.start_worker()
        night.wait(night.ended)
        kill(pid)
    problem = _difference(template, night)
    shutil.rmtree(folder)
    return problem


def _difference(template: Template, night: Night) -> str:
    if night.ended() != "finished":
        return f"the run ended as {night.ended()}"
    end = night.end_state()
    if end != template.end_state:
        told = {name: Counter(end[name]) - Counter(template.end_state[name]) for name in end}
        return f"another end state: {told}"
    writes = len(night.cloud.writes())
    return f"{writes} writes in place of {template.writes}" if writes > template.writes + 1 else ""
