"""A practice cloud as a process, and workers over it: on a thread with a socket pair, or as processes that can be killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from asr_tui.session.client import Identity, SessionClient, WorkerGone
from asr_tui.session.paths import SessionPaths, session_paths
from asr_tui.session.views import View
from asr_tui.workers.worker import Options, Worker
from tests.nursery import ROOT, emulators, end, kill

PATIENCE_SECONDS = 120.0
SPEED = 3000.0
"""Seconds of Azure in one of ours: an hour of replication takes a second, and the order of things stays visible."""


class RemoteCloud:
    """A running emulator as seen over its socket. ``environ`` is what points clients at it."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """The emulator's own control plane."""
        context = ssl.create_default_context(cafile=self.environ["REQUESTS_CA_BUNDLE"])
        request = urllib.request.Request(  # noqa: S310  our own loopback address
            f"{self.environ['ASR_TUI_ARM_ENDPOINT']}/emulator/{path}",
            data=json.dumps(body).encode() if body is not None else None,
            method=method,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, context=context, timeout=30) as reply:  # noqa: S310
            content = reply.read()
        return json.loads(content) if content else None

    def log(self, since: int = 0) -> list[dict[str, Any]]:
        """The requests that reached it, oldest first."""
        entries: list[dict[str, Any]] = self.control("GET", f"log?since={since}")["entries"]
        return entries

    def writes(self) -> list[dict[str, Any]]:
        """The requests that would change something."""
        return [
            entry
            for entry in self.log()
            if entry["method"] in {"PUT", "PATCH", "DELETE", "POST"} and "/oauth2/" not in entry["path"]
        ]

    def get(self, path: str, version: str) -> Any:
        """The body of an ARM resource or list, read with the practice principal's own token; None for a 404."""
        try:
            return self.request("GET", path, version)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def request(self, method: str, path: str, version: str, body: Any = None) -> Any:
        """One ARM request as somebody else of the same account would send it; its body, None where there is none."""
        context = ssl.create_default_context(cafile=self.environ["REQUESTS_CA_BUNDLE"])
        request = urllib.request.Request(  # noqa: S310  our own loopback address
            f"{self.environ['ASR_TUI_ARM_ENDPOINT']}{path}?api-version={version}",
            data=json.dumps(body).encode() if body is not None else None,
            method=method,
            headers={"Authorization": f"Bearer {self._token(context)}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, context=context, timeout=30) as reply:  # noqa: S310
            content = reply.read()
        return json.loads(content) if content else None

    def _token(self, context: ssl.SSLContext) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.environ["AZURE_CLIENT_ID"],
            "client_secret": self.environ["AZURE_CLIENT_SECRET"],
            "scope": "https://management.azure.com//.default",
        }
        address = f"{self.environ['AZURE_AUTHORITY_HOST']}/{self.environ['AZURE_TENANT_ID']}/oauth2/v2.0/token"
        data = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(address, data=data, context=context, timeout=30) as reply:  # noqa: S310
            return str(json.loads(reply.read())["access_token"])


class PracticeCloud(RemoteCloud):
    """An emulator in a process of its own."""

    def __init__(
        self,
        *arguments: str,
        estate: str = "starter",
        speed: float = SPEED,
        state: Path | None = None,
        auto_approve: bool = True,
    ) -> None:
        self._arguments = [
            "--estate",
            estate,
            "--speed",
            f"{speed:g}",
            "--strict",
            "--exit-when-idle",
            "10",
            *arguments,
        ]
        if auto_approve:
            self._arguments.append("--auto-approve")
        if state is not None:
            self._arguments += ["--state", str(state)]
        super().__init__({})
        self._port = 0
        self.start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._pid

    def start(self) -> None:
        """Start it, on the port that it had before."""
        self._folder = tempfile.TemporaryDirectory(prefix="practice-cloud-")
        port = ["--port", str(self._port)] if self._port else []
        self._pid, exported = emulators().emulator(Path(self._folder.name) / "output", *self._arguments, *port)
        self.environ.update(exported)
        self._port = int(self.environ["ASR_TUI_ARM_ENDPOINT"].rsplit(":", 1)[1])

    def kill(self) -> None:
        """SIGKILL."""
        kill(self._pid)
        self._ended()

    def close(self) -> None:
        """End it, if it still runs."""
        if self._pid:
            end(self._pid)
            self._ended()

    def _ended(self) -> None:
        self._pid = 0  # the number may be another process's soon
        self._folder.cleanup()


class ThreadWorker:
    """A worker on its own thread and event loop; faces talk to it over socket pairs."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._worker: Worker | None = None
        self._failure: BaseException | None = None
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._thread.start()
        self._up.wait(30)
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001  told to the thread that asks
            self._failure = error
        finally:
            self._up.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._worker = Worker.open(self._options)
        self._up.set()
        await self._worker.run(listen=False)

    async def connect(self, client_id: str = "test", *, writes: bool = True) -> SessionClient:
        """A face, in the caller's event loop."""
        assert self._worker is not None
        ours, theirs = socket.socketpair()
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._worker.adopt(ours), self._loop))
        return await SessionClient.connect(theirs, Identity(client_id, "ada", "jump", "pts/1"), writes=writes)

    def close(self) -> None:
        """End it cleanly."""
        if self._thread.is_alive() and self._worker is not None:
            self._loop.call_soon_threadsafe(self._worker.stop)
        self._thread.join(30)
        if self._failure is not None:
            raise self._failure


class ProcessWorker:
    """A worker as a process of its own, which can be killed like any other."""

    def __init__(self, paths: SessionPaths, environ: Mapping[str, str], *arguments: str) -> None:
        self.paths = paths
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "asr_tui.workers",
                *("--session", paths.directory.name, "--state-dir", str(paths.directory.parent.parent)),
                *("--socket", str(paths.socket), "--cloud", "practice", "--auth", "environment", *arguments),
            ],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | dict(environ),
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    async def connect(self, client_id: str = "test") -> SessionClient:
        """A face, as soon as the worker greets."""
        deadline = time.monotonic() + 30
        while True:
            try:
                return await SessionClient.connect(self.paths.socket, Identity(client_id, "ada", "jump", "pts/1"))
            except WorkerGone:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.02)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self._process.kill()
        self.wait()

    def wait(self, seconds: float = 30) -> tuple[int, str]:
        """Exit status and stderr, once it has ended."""
        _, errors = self._process.communicate(timeout=seconds)
        return self._process.returncode, errors


def thread_worker(cloud: PracticeCloud, state: Path, /, **changes: Any) -> ThreadWorker:
    """A worker over ``cloud`` that signs in by itself and keeps its state below ``state``."""
    options = {
        "session": "default",
        "paths": session_paths("default", state, {"XDG_RUNTIME_DIR": str(state)}),
        "cloud": "practice",
        "way": "environment",
        "environ": dict(cloud.environ),
    }
    return ThreadWorker(Options(**(options | changes)))  # type: ignore[arg-type]


async def until(client: SessionClient, ready: Callable[[View], bool], seconds: float = PATIENCE_SECONDS) -> View:
    """The view, as soon as ``ready`` holds of it.

    Raises:
        AssertionError: it never did; the message tells where things stood.
    """
    deadline = time.monotonic() + seconds
    while not ready(client.view):
        left = deadline - time.monotonic()
        assert left > 0, _stand(client.view)
        await client.refresh(min(left, 5.0))
    return client.view


def _stand(view: View) -> str:
    """What the worker was doing, for the message of a test that waited in vain."""
    steps = ", ".join(f"{step.step}={step.state} ({step.reason})" for step in view.steps)
    problems = "; ".join(problem.sentence() for problem in view.problems)
    last = "\n".join(f"{line.step} {line.kind} {line.subject} {line.state} {line.message}" for line in view.log[-25:])
    return (
        f"activity={view.session.activity!r} run={view.run.state} drill={view.drill.state}\n{steps}\n{problems}\n{last}"
    )
