"""One session from the outside: make sure that all its processes run, list sessions, end them."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from asr_tui.launch import process, worker
from asr_tui.launch.practice import DEFAULT_SPEED, Practice, PracticeError
from asr_tui.launch.request import DEFAULT_ESTATE, PRACTICE
from asr_tui.launch.request import Request as Request
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.session.paths import FILE_MODE, SessionPaths, prepare_directory, replace_file, session_paths, state_root

_LOOPBACK = "127.0.0.1,localhost,::1"


class OtherCloudError(ProblemError):
    """The session's worker works on another cloud than the one asked for."""

    usage = True

    def __init__(self, session: str, cloud: str, wanted: str) -> None:
        super().__init__(
            Problem(
                what=f"The session {session} works on the cloud {cloud}, not {wanted}.",
                remedy=f"Name another session with --session, or end it with `asr-tui stop --session {session}`.",
            )
        )


def paths_of(request: Request) -> SessionPaths:
    """Where the session's files are.

    Raises:
        StateError: its name cannot be a file name.
    """
    return session_paths(request.name)


def practice_of(paths: SessionPaths) -> Practice:
    """The practice cloud of a session."""
    return Practice(paths.directory / "practice")


def ensure(request: Request, narrate: Callable[[str], None]) -> SessionPaths:
    """Find or start what the session needs; returns once its worker greets. Safe to call again at any time.

    Args:
        narrate: told in one sentence what is being started.

    Raises:
        StateError: the state directory cannot be used.
        PracticeError, WorkerError: a process did not start; the text says why.
    """
    paths = paths_of(request)
    if not (root := state_root()).exists():
        prepare_directory(root)
    prepare_directory(root / "sessions")
    prepare_directory(paths.directory)
    with _one_at_a_time(paths):
        known = remembered(paths)
        if known is not None and known.cloud != request.cloud:
            raise OtherCloudError(request.name, known.cloud, request.cloud)
        if request.cloud == PRACTICE:
            _ensure_practice(request, paths, narrate)
        elif worker.greeting(paths.socket) is None:
            worker.start(paths, _arguments(request, paths), os.environ)
        _remember(request, paths)  # what never began is no session to come back to
    return paths


def remembered(paths: SessionPaths) -> Request | None:
    """How the session was asked for when it was begun; None where there is no such session."""
    try:
        kept = json.loads(_memory(paths).read_text(encoding="utf-8"))
        cloud, way, tenant, subscription = (str(kept[name]) for name in _REMEMBERED)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Request(cloud, paths.directory.name, way, tenant, subscription)


def _remember(request: Request, paths: SessionPaths) -> None:
    replace_file(_memory(paths), json.dumps({name: getattr(request, name) for name in _REMEMBERED}) + "\n")


def _memory(paths: SessionPaths) -> Path:
    return paths.directory / "session.json"


_REMEMBERED = ("cloud", "way", "tenant", "subscription")


def _ensure_practice(request: Request, paths: SessionPaths, narrate: Callable[[str], None]) -> None:
    """The emulator's exports reach the worker by its environment, and only a starting emulator says them: so a worker
    that must be started anew has the emulator started anew too, on the same port and with the same state."""
    practice = practice_of(paths)
    kept = practice.record()
    if kept is not None and request.estate and request.estate != kept.estate:
        raise PracticeError(
            f"The session {paths.directory.name} practises on the estate {kept.estate}.",
            f"Leave out --estate to go on with it, or name another session for {request.estate} with --session.",
            usage=True,
        )
    estate = kept.estate if kept else request.estate or DEFAULT_ESTATE
    speed = request.speed or (kept.speed if kept else DEFAULT_SPEED)
    running = practice.running()
    has_worker = worker.greeting(paths.socket) is not None
    if running is not None and has_worker and running.speed == speed:
        return
    if running is not None:
        practice.stop()
    exports = practice.start(estate, speed, narrate)
    if has_worker and kept is not None and exports["ASR_TUI_ARM_ENDPOINT"] == kept.endpoint:
        return
    if has_worker:
        _end_worker(paths)
    worker.start(paths, _arguments(replace(request, way="environment"), paths), _practice_environment(exports))


def _practice_environment(exports: dict[str, str]) -> dict[str, str]:
    """This environment without what concerns a real cloud, with the practice cloud's, past any proxy."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
    known = [kept[name] for name in ("NO_PROXY", "no_proxy") if kept.get(name)]
    no_proxy = ",".join([*known[:1], _LOOPBACK])
    return kept | exports | {"NO_PROXY": no_proxy, "no_proxy": no_proxy}


def _arguments(request: Request, paths: SessionPaths) -> list[str]:
    arguments = ["--session", paths.directory.name, "--state-dir", str(state_root()), "--socket", str(paths.socket)]
    arguments += ["--cloud", request.cloud]
    for option, value in (
        ("--auth", request.way),
        ("--tenant", request.tenant),
        ("--subscription", request.subscription),
    ):
        if value:
            arguments += [option, value]
    arguments += ["--read-only"] if request.read_only else []
    return [*arguments, "--keep-sign-in"] if request.keep_sign_in else arguments


@contextlib.contextmanager
def _one_at_a_time(paths: SessionPaths) -> Iterator[None]:
    """Two faces that start at once must not start two of anything."""
    descriptor = os.open(paths.directory / "launch.lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Found:
    """A session on this machine. ``worker`` is its process id, None where none runs."""

    name: str
    paths: SessionPaths
    worker: int | None
    practice: bool


def sessions(root: Path | None = None) -> tuple[Found, ...]:
    """Every session of this state directory, running or not, by name."""
    folder = (root or state_root()) / "sessions"
    try:
        names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
    except OSError:
        return ()
    found = []
    for name in names:
        paths = session_paths(name, root)
        found.append(Found(name, paths, worker.holder(paths.lock), practice_of(paths).running() is not None))
    return tuple(found)


def stop(paths: SessionPaths) -> tuple[bool, bool]:
    """End the session's processes; returns whether there was a worker, and whether there was a practice cloud.

    A worker that was asked to end (see :func:`asr_tui.plain.runs.stop`) may be on its way already.
    """
    with _one_at_a_time(paths):
        pid = worker.holder(paths.lock)
        cloud = practice_of(paths).running()
        # Both at once: each waits a while for its end of the connections between them.
        process.end(*([pid] if pid else []), *([cloud.pid] if cloud else []))
        return pid is not None, cloud is not None


def _end_worker(paths: SessionPaths) -> None:
    pid = worker.holder(paths.lock)
    if pid is not None:
        process.end(pid)
