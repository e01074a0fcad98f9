"""Where a session keeps its files and its socket. Directories are 0700, files 0600, files are written by replace."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

DIRECTORY_MODE = 0o700
FILE_MODE = 0o600
MAX_SOCKET_PATH_BYTES = 100
"""Unix socket addresses hold 104 (macOS) to 108 (Linux) bytes."""

_SESSION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


class StateError(Exception):
    """The state directory cannot be used. The text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class SessionPaths:
    """The places of one session's files below ``directory``, and its socket."""

    directory: Path
    socket: Path

    @property
    def plan(self) -> Path:
        return self.directory / "plan.yaml"

    @property
    def journal(self) -> Path:
        return self.directory / "journal.jsonl"

    @property
    def lock(self) -> Path:
        return self.directory / "worker.lock"

    @property
    def log(self) -> Path:
        return self.directory / "worker.log"

    @property
    def drills(self) -> Path:
        return self.directory / "drills"


def state_root(environ: Mapping[str, str] = os.environ) -> Path:
    """The state directory: ``ASR_TUI_STATE_DIR``, or the platform's place for state of users."""
    given = environ.get("ASR_TUI_STATE_DIR", "")
    return Path(given).absolute() if given else Path(platformdirs.user_state_dir("asr-tui", appauthor=False))


def session_paths(session: str, root: Path | None = None, environ: Mapping[str, str] = os.environ) -> SessionPaths:
    """The paths of ``session`` (letters, digits, ``.``, ``_`` and ``-``, at most 64). Creates nothing.

    Raises:
        StateError: the session's name cannot be a file name.
    """
    if not _SESSION_NAME.match(session):
        raise StateError(
            f"The session name {session[:80]!r} cannot be used: take letters, digits, dots, underscores and hyphens "
            "(64 at most, a letter or digit first)."
        )
    directory = (root or state_root(environ)) / "sessions" / session
    return SessionPaths(directory, _socket_path(directory, environ))


def _socket_path(directory: Path, environ: Mapping[str, str]) -> Path:
    """Short whatever the state directory is: named by a digest, so that each state directory has its own."""
    name = hashlib.sha256(os.fsencode(str(directory))).hexdigest()[:20] + ".sock"
    private = Path(tempfile.gettempdir()) / f"asr-tui-{os.getuid()}" / name
    for runtime in (environ.get("XDG_RUNTIME_DIR", ""), f"/run/user/{os.getuid()}"):
        path = Path(runtime) / "asr-tui" / name
        if runtime and Path(runtime).is_dir() and len(os.fsencode(str(path))) <= MAX_SOCKET_PATH_BYTES:
            return path
    return private


def prepare_directory(path: Path) -> None:
    """Make ``path`` a directory that only this user can enter, with its missing parents.

    Raises:
        StateError: it cannot be made or written, or belongs to somebody else.
    """
    try:
        path.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        found = path.stat()
    except OSError as error:
        raise StateError(
            f"The directory {path} cannot be used ({error.strerror}); set ASR_TUI_STATE_DIR to one that you can write."
        ) from error
    if found.st_uid != os.getuid():
        raise StateError(f"The directory {path} belongs to another user; set ASR_TUI_STATE_DIR to one of your own.")
    if stat.S_IMODE(found.st_mode) != DIRECTORY_MODE:
        path.chmod(DIRECTORY_MODE)
    if not os.access(path, os.W_OK | os.X_OK):
        raise StateError(f"The directory {path} cannot be written; set ASR_TUI_STATE_DIR to one that you can write.")


def replace_file(path: Path, text: str) -> None:
    """Write ``text`` so that a reader sees the old file or the new one, never a part, even after a power cut.

    Raises:
        StateError: it cannot be written (the old file stands as it was).
    """
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                os.fchmod(stream.fileno(), FILE_MODE)
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StateError(
            f"{path} cannot be written ({error.strerror}); free some space or set ASR_TUI_STATE_DIR."
        ) from error
