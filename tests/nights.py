"""A night in which an onboarding of 20 VMs is worked off: prepared once, copied for each blow that it has to survive.

Everything is as an engineer leaves it in the evening: vault and selection stand, and step 5 is either under review (a face is
about to confirm it) or confirmed (the worker goes on by itself). Worker, face and cloud are processes, and can be killed.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from asr_tui.model.step import Step
from asr_tui.session.intents import ConfirmReview, SelectVms
from asr_tui.session.paths import SessionPaths, session_paths
from tests import walking
from tests.nursery import Nursery, is_alive, kill
from tests.practice import PracticeCloud, RemoteCloud, ThreadWorker, thread_worker

VMS = 20
ESTATE = "generated:22"
"""Two of its VMs cannot be protected."""
SITE_RECOVERY = "2025-08-01"
RESOURCES = "2021-04-01"
FOLDERS = (
    "replicationFabrics",
    "replicationProtectionContainers",
    "replicationPolicies",
    "replicationProtectionContainerMappings",
    "replicationNetworkMappings",
    "replicationProtectedItems",
)
SETTINGS = (
    "recoveryAzureVMName",
    "recoveryAzureVMSize",
    "recoveryAzureResourceGroupId",
    "selectedRecoveryAzureNetworkId",
    "recoveryAvailabilityZone",
)
DISK_SETTINGS = (
    "diskId",
    "recoveryReplicaDiskId",
    "recoveryTargetDiskAccountType",
    "primaryStagingAzureStorageAccountId",
)
SPEED = 6000.0
PATIENCE_SECONDS = 120.0
_SESSION = Path("sessions/night")
_BEFORE = "before.sqlite"


@dataclass(frozen=True)
class Template:
    """``folder`` holds a cloud as it is before the first write of step 5, and the session before and after the confirmation;
    the rest is what comes of it undisturbed, counted from the confirmation."""

    folder: str
    vault: str
    requests: int
    writes: int
    end_state: dict[str, list[str]]

    @classmethod
    def made_in(cls, folder: Path, nursery: Nursery) -> Self:
        """Prepare cloud and session below ``folder``, and let one night pass undisturbed."""
        cloud = PracticeCloud("--seed", "7", estate=ESTATE, state=folder / "cloud.sqlite", speed=SPEED)
        worker = thread_worker(cloud, folder, session="night", paths=_paths(folder))
        try:
            vault = asyncio.run(_prepare(worker, cloud, folder))
        finally:
            worker.close()
            cloud.close()
        _keep_journals(folder / _SESSION)
        draft = cls(str(folder), vault, 0, 0, {})
        night = Night.of(draft, nursery, folder / "undisturbed")
        pid = night.start_worker()
        night.wait(night.ended)
        kill(pid)
        assert night.ended() == "finished"
        end = night.end_state()
        assert len(end["replicationProtectedItems"]) == VMS
        return cls(str(folder), vault, len(night.requests()), len(night.cloud.writes()), end)

    def save(self, path: Path) -> None:
        """For other test processes."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> Self:
        """What another test process saved."""
        return cls(**json.loads(path.read_text()))


@dataclass
class Night:
    """One copy of the template, with its own cloud."""

    template: Template
    nursery: Nursery
    cloud: RemoteCloud
    paths: SessionPaths

    @classmethod
    def of(cls, template: Template, nursery: Nursery, folder: Path, *, confirmed: bool = True) -> Self:
        """A night of its own below ``folder``."""
        folder.mkdir()
        source = Path(template.folder)
        for state in source.glob(f"{_BEFORE}*"):
            shutil.copy(state, folder / state.name)
        shutil.copytree(source / _SESSION, folder / _SESSION)
        if not confirmed:
            (folder / _SESSION / "journal-before.jsonl").replace(folder / _SESSION / "journal.jsonl")
        state = folder / _BEFORE
        options = ["--state", str(state), "--speed", f"{SPEED:g}", "--strict", "--exit-when-idle", "5"]
        _, environ = nursery.emulator(state.with_suffix(".out"), *options)
        return cls(template, nursery, RemoteCloud(environ), _paths(folder))

    def start_worker(self, **environ: str) -> int:
        """A worker, which takes up a confirmed run by itself."""
        arguments = ["--session", "night", "--state-dir", str(self.paths.directory.parent.parent)]
        arguments += ["--socket", str(self.paths.socket), "--cloud", "practice", "--auth", "environment"]
        return self.nursery.start(
            "worker",
            [*arguments, "--idle-seconds", "0"],
            self.cloud.environ | environ,
            self.paths.directory / "output",
        )

    def start_face(self) -> int:
        """The unattended walk up to step 5, which reviews, confirms and follows."""
        self.face_output.write_text("")
        return self.nursery.start("face", [str(self.paths.socket)], {}, self.face_output)

    def start_screens(self) -> int:
        """The wizard, on a terminal of its own, attached as soon as there is a worker. Returns once it has drawn something."""
        drawn = self.paths.directory / "screens.out"
        drawn.write_text("")
        pid = self.nursery.start("screens", [str(self.paths.socket)], {}, drawn)
        self.wait(lambda: b"Welcome" in drawn.read_bytes())
        return pid

    @property
    def face_output(self) -> Path:
        """The events of the last face."""
        return self.paths.directory / "face.jsonl"

    def face_ended(self) -> str:
        """The state in the summary of the last face, "" if it did not get so far."""
        lines = [line for line in self.face_output.read_text().splitlines(keepends=True) if line.endswith("\n")]
        last = json.loads(lines[-1]) if lines else {}
        return str(last["state"]) if last.get("kind") == "summary" else ""

    def ended(self) -> str:
        """In which state the run of step 5 ended, "" while it goes on."""
        state, scope = "", ""
        for line in self.paths.journal.read_bytes().splitlines(keepends=True):
            if line.startswith(b"{") and line.endswith(b"\n"):
                entry = json.loads(line)
                scope = entry.get("scope", scope) if entry["kind"] == "confirmed" else scope
                state = {"confirmed": "", "run-ended": entry.get("state", "")}.get(entry["kind"], state)
        return state if scope == Step.REPLICATION else ""

    def strike(self, then: dict[str, Any], **when: Any) -> None:
        """A fault on requests of Resource Manager to come."""
        fault = {"when": {"path": "/subscriptions**", **when}, "then": then}
        self.cloud.control("POST", "faults", {"faults": [fault]})

    def has_struck(self) -> bool:
        """Whether the first fault in force hit a request."""
        return bool(self.cloud.control("GET", "faults")["faults"][0]["fired"])

    def calm(self) -> None:
        """No more faults."""
        self.cloud.control("DELETE", "faults")

    def wait(self, ready: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> None:
        """Return once ``ready`` holds."""
        deadline = time.monotonic() + seconds
        while not ready():
            assert time.monotonic() < deadline, self.paths.journal.read_text()[-3000:]
            time.sleep(0.02)

    def wait_for_face(self, pid: int) -> None:
        """Return once the face has ended by itself. Once the run has, a day passes, in which all disks are copied."""
        self.wait(lambda: self.ended() or not is_alive(pid))
        self.cloud.control("POST", "clock", {"advance_seconds": 86_400})
        self.wait(lambda: not is_alive(pid))

    def requests(self) -> list[dict[str, Any]]:
        """The requests of Resource Manager that came so far."""
        return [entry for entry in self.cloud.log() if entry["path"].lower().startswith("/subscriptions")]

    def end_state(self) -> dict[str, list[str]]:
        """What subscription and vault hold, with which settings each VM is protected, and how often each was enabled: after
        one more day, when all disks are copied and all settings are shown."""
        self.cloud.control("POST", "clock", {"advance_seconds": 86_400})
        subscription = "/".join(self.template.vault.split("/")[:3])
        held = self._all(f"{subscription}/resources", RESOURCES)
        found = {"resources": sorted(entry["id"].lower() for entry in held)}
        found["groups"] = sorted(
            entry["id"].lower() for entry in self._all(f"{subscription}/resourcegroups", RESOURCES)
        )
        for folder in FOLDERS:
            values = self._all(f"{self.template.vault}/{folder}", SITE_RECOVERY)
            found[folder] = sorted(entry["id"].lower() for entry in values)
            if folder == "replicationProtectedItems":
                found["settings"] = sorted(_settings_of(item["properties"]) for item in values)
        jobs = self._all(f"{self.template.vault}/replicationJobs", SITE_RECOVERY)
        found["enabled"] = sorted(
            job["properties"]["targetObjectName"].lower()
            for job in jobs
            if job["properties"]["scenarioName"] == "EnableDr"
        )
        return found

    def _all(self, path: str, version: str) -> list[Any]:
        """All pages of a list."""
        page = self.cloud.get(path, version)
        assert not page.get("nextLink"), path
        return list(page["value"])

    def difference(self) -> str:
        """How this night ended otherwise than an undisturbed one, "" if it did not."""
        if self.ended() != "finished":
            return f"the run ended as {self.ended()!r}"
        end = self.end_state()
        if end != self.template.end_state:
            told = {name: Counter(end[name]) - Counter(self.template.end_state[name]) for name in end}
            return f"another end state: {told}"
        writes = len(self.cloud.writes())
        most = self.template.writes + 1
        return f"{writes} writes in place of {self.template.writes}" if writes > most else ""

    def complaints(self) -> str:
        """Tracebacks in the worker's log or on its stderr."""
        texts = [self.paths.log.read_text(), (self.paths.directory / "output").read_text()]
        return "\n".join(text for text in texts if "Traceback" in text)


def _settings_of(item: dict[str, Any]) -> str:
    """What was asked for when a VM was enabled, as one line."""
    details = item["providerSpecificDetails"]
    disks = [[disk[name] for name in DISK_SETTINGS] for disk in details["protectedManagedDisks"]]
    nics = [[nic["recoveryVMNetworkId"], nic["ipConfigs"][0]["recoverySubnetName"]] for nic in details["vmNics"]]
    return json.dumps([details["fabricObjectId"], item["policyId"], *(details[name] for name in SETTINGS), disks, nics])


async def _prepare(worker: ThreadWorker, cloud: PracticeCloud, folder: Path) -> str:
    client = await worker.connect()
    await walking.architecture(client)
    await walking.prerequisites(client)
    view = await walking.vault(client)
    vault = view.vault.vault_id
    chosen = walking.eligible(client.view)
    assert len(chosen) == VMS
    await walking.send(client, SelectVms(vm_ids=chosen))
    view = await walking.review(client, Step.REPLICATION)
    # The cloud as it is before the first write of this step; it stands still for the copy.
    cloud.kill()
    for state in folder.glob("cloud.sqlite*"):
        shutil.copy(state, folder / state.name.replace("cloud.sqlite", _BEFORE))
    (folder / f"{_BEFORE}.ca.pem").unlink(missing_ok=True)
    cloud.start()
    await walking.send(client, ConfirmReview(digest=view.review.digest))
    await client.close()
    return vault


def _keep_journals(session: Path) -> None:
    """The journal up to and including the confirmation, and one that ends before it."""
    lines = (session / "journal.jsonl").read_text().splitlines(keepends=True)
    last = max(number for number, line in enumerate(lines) if '"kind": "confirmed"' in line)
    (session / "journal.jsonl").write_text("".join(lines[: last + 1]))
    (session / "journal-before.jsonl").write_text("".join(lines[:last]))
    for name in ("worker.log", "worker.lock"):
        (session / name).unlink(missing_ok=True)


def _paths(folder: Path) -> SessionPaths:
    return session_paths("night", folder, {"XDG_RUNTIME_DIR": str(folder)})
