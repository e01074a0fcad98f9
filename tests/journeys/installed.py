"""The program as its users get it: a wheel, installed into a virtual environment of its own, run as a subprocess."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 150.0
SITE_RECOVERY = "2025-08-01"


def build_wheel(folder: Path) -> Path:
    """Build the wheel with what the present environment has; returns its path."""
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
        text=True,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> Path:
    """Install the wheel and its pinned dependencies into a new virtual environment; returns the command's path."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-c", str(ROOT / "constraints.txt"), str(wheel)], check=True, capture_output=True, text=True)
    return folder / "bin" / "asr-tui"


@contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """Several test processes must not build the same thing at once."""
    with lock.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


@dataclass
class Walked:
    """What a finished command left behind."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """The lines of an NDJSON walk."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def summary(self) -> dict[str, Any]:
        """The last event, which is the summary."""
        last = self.events[-1]
        assert (last["step"], last["kind"]) == ("walkthrough", "summary"), last
        return last

    def of(self, kind: str, step: str = "") -> list[dict[str, Any]]:
        """The events of a kind (and step)."""
        return [event for event in self.events if event["kind"] == kind and step in {"", event["step"]}]


@dataclass
class Installed:
    """One user's installation with a state directory of its own."""

    command: Path
    home: Path
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        """Nothing of this process's environment that could help or harm."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        places = {
            "HOME": str(self.home),
            "ASR_TUI_STATE_DIR": str(self.home / "state"),
            "XDG_RUNTIME_DIR": str(self.home),
        }
        return kept | places | {"TERM": "xterm-256color"} | dict(self.extra)

    def run(self, *arguments: str, answers: str | None = None, **environ: str) -> Walked:
        """Run a command to its end."""
        done = subprocess.run(
            [str(self.command), *arguments],
            input=answers,
            stdin=subprocess.DEVNULL if answers is None else None,
            capture_output=True,
            text=True,
            cwd=self.home,
            env=self.environ | environ,
            timeout=PATIENCE_SECONDS,
        )
        return Walked(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command that the test will kill or wait for; its stdout is a pipe."""
        return subprocess.Popen(
            [str(self.command), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.home,
            env=self.environ,
            start_new_session=True,
        )

    def walk(self, estate: str, *arguments: str, speed: int = 600) -> Walked:
        """The unattended walk as NDJSON."""
        options = ["--practice", "--yes", "--json", "--estate", estate, "--speed", str(speed)]
        return self.run("walkthrough", *options, *arguments)

    def cloud(self, estate: str) -> Cloud:
        """The practice cloud of the session for an estate."""
        return Cloud(self.home / "state" / "sessions" / f"practice-{estate}")

    def stop(self) -> None:
        """End all that runs."""
        self.run("stop", "--all")


_QUESTIONS = {"effectiveNetworkSecurityGroups", "effectiveRouteTable", "checkNameAvailability"}
"""What Azure answers to a POST without changing anything."""


class Cloud:
    """A practice cloud, looked at from outside: through its own HTTP API, with the practice principal's credentials."""

    def __init__(self, session: Path) -> None:
        self._session = session

    @property
    def record(self) -> dict[str, Any]:
        """What the launcher remembers of the emulator."""
        record: dict[str, Any] = json.loads((self._session / "practice" / "emulator.json").read_text())
        return record

    @property
    def worker_pid(self) -> int:
        """The session's worker."""
        return int((self._session / "worker.lock").read_text())

    def kill(self) -> None:
        """SIGKILL to the emulator."""
        os.kill(self.record["pid"], signal.SIGKILL)
        wait_for_end(self.record["pid"])

    def kill_worker(self) -> None:
        """SIGKILL to the worker."""
        pid = self.worker_pid
        os.kill(pid, signal.SIGKILL)
        wait_for_end(pid)

    def _worker_environ(self) -> dict[str, str]:
        """The credentials are in no file: the worker's environment is the one place that has them."""
        raw = Path(f"/proc/{self.worker_pid}/environ").read_bytes().decode()
        return dict(entry.split("=", 1) for entry in raw.split("\0") if "=" in entry)

    def _open(self, request: urllib.request.Request) -> Any:
        context = ssl.create_default_context(cafile=self.record["ca_bundle"])
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with opener.open(request, timeout=30) as reply:
            return json.loads(reply.read())

    def log(self) -> list[dict[str, Any]]:
        """Every request that was served."""
        entries: list[dict[str, Any]] = self._open(
            urllib.request.Request(f"{self.record['endpoint']}/emulator/log")  # noqa: S310  our own loopback
        )["entries"]
        return entries

    def fault(self, when: dict[str, Any], then: dict[str, Any]) -> None:
        """Make requests fail on purpose."""
        body = json.dumps({"faults": [{"when": when, "then": then}]}).encode()
        self._open(urllib.request.Request(f"{self.record['endpoint']}/emulator/faults", body))  # noqa: S310

    def writes(self) -> list[str]:
        """Method and path of each request that would change something."""
        return [
            f"{entry['method']} {entry['path']}"
            for entry in self.log()
            if entry["method"] in {"PUT", "PATCH", "DELETE", "POST"}
            and "/oauth2/" not in entry["path"]
            and entry["path"].rpartition("/")[2] not in _QUESTIONS
        ]

    def get(self, path: str, version: str) -> Any:
        """The body of a resource or list; None for a 404."""
        environ = self._worker_environ()
        form = {
            "grant_type": "client_credentials",
            "client_id": environ["AZURE_CLIENT_ID"],
            "client_secret": environ["AZURE_CLIENT_SECRET"],
            "scope": "https://management.azure.com//.default",
        }
        authority = f"{environ['AZURE_AUTHORITY_HOST']}/{environ['AZURE_TENANT_ID']}/oauth2/v2.0/token"
        token = self._open(urllib.request.Request(authority, urllib.parse.urlencode(form).encode()))  # noqa: S310
        url = f"{self.record['endpoint']}{path}?api-version={version}"
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        try:
            return self._open(urllib.request.Request(url, headers=headers))  # noqa: S310
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def holdings(self) -> Holdings:
        """What Azure holds of a set-up."""
        subscription = f"/subscriptions/{self._worker_environ()['AZURE_SUBSCRIPTION_ID']}"
        vaults = self.get(f"{subscription}/providers/Microsoft.RecoveryServices/vaults", "2025-08-01")["value"]
        machines = self.get(f"{subscription}/providers/Microsoft.Compute/virtualMachines", "2024-07-01")["value"]
        lists: dict[str, list[dict[str, Any]]] = {}
        for kind in (
            "replicationFabrics",
            "replicationProtectionContainers",
            "replicationProtectionContainerMappings",
            "replicationNetworkMappings",
            "replicationProtectedItems",
        ):
            lists[kind] = [row for vault in vaults for row in self.get(f"{vault['id']}/{kind}", SITE_RECOVERY)["value"]]
        return Holdings(vaults, machines, lists)


@dataclass
class Holdings:
    """Vaults, VMs, and the Site Recovery objects of all vaults by kind."""

    vaults: list[dict[str, Any]]
    machines: list[dict[str, Any]]
    lists: dict[str, list[dict[str, Any]]]

    @property
    def protected(self) -> list[str]:
        """Names of the VMs that are protected."""
        return sorted(
            item["properties"]["friendlyName"]
            for item in self.lists["replicationProtectedItems"]
            if item["properties"]["protectionState"] == "Protected"
        )

    @property
    def test_vms(self) -> list[str]:
        """Names of VMs that a test failover made and nobody removed."""
        return [machine["name"] for machine in self.machines if machine["name"].lower().endswith("-test")]


def wait_for_end(pid: int) -> None:
    """Wait until a process that is not our child is gone."""
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text():
        assert time.monotonic() < deadline, f"process {pid} will not end"
        time.sleep(0.01)
