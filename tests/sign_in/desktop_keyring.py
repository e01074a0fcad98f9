"""The keyring of a Linux desktop without the desktop: a session bus and gnome-keyring of their own, unlocked.

PyGObject comes with the system and fits the system's Python only where the versions are equal, so it is looked for beside it too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SYSTEM = Path("/usr/lib/python3/dist-packages/gi")
_LOADS = "import gi; gi.require_version('Secret', '1'); from gi.repository import Secret"
_ALL = (
    _LOADS
    + """
flags = Secret.ServiceFlags.OPEN_SESSION | Secret.ServiceFlags.LOAD_COLLECTIONS
for collection in Secret.Service.get_sync(flags, None).get_collections():
    collection.load_items_sync(None)
    for item in collection.get_items():
        item.load_secret_sync(None)
        print(item.get_secret().get_text())
"""
)
_LOCK = (
    _LOADS
    + """
service = Secret.Service.get_sync(Secret.ServiceFlags.LOAD_COLLECTIONS, None)
service.lock_sync(service.get_collections(), None)
"""
)


class DesktopKeyring:
    """A keyring that runs. ``environ`` is what points programs at it."""

    def __init__(self, environ: dict[str, str], files: Path) -> None:
        self.environ = environ
        self.files = files

    def text(self) -> str:
        """All that is kept in it, as its owner may read it."""
        return self._run(_ALL)

    def lock(self) -> None:
        """As when its owner has left the desktop."""
        self._run(_LOCK)

    def _run(self, script: str) -> str:
        environ = os.environ | self.environ
        done = subprocess.run(
            [sys.executable, "-c", script], env=environ, capture_output=True, text=True, timeout=60, check=True
        )
        return done.stdout


def absent() -> str:
    """Why there can be no such keyring on this machine, "" where there can."""
    missing = [name for name in ("dbus-daemon", "gnome-keyring-daemon") if shutil.which(name) is None]
    if missing:
        return f"{' and '.join(missing)} not installed"
    with tempfile.TemporaryDirectory() as folder:
        environ = os.environ | {"PYTHONPATH": _python_path(Path(folder))}
        loads = subprocess.run([sys.executable, "-c", _LOADS], env=environ, capture_output=True, timeout=60)
    return "" if loads.returncode == 0 else "no PyGObject with libsecret for this Python"


@contextmanager
def running() -> Iterator[DesktopKeyring]:
    """One with an empty, unlocked store."""
    # Its socket's path has to be short.
    with tempfile.TemporaryDirectory(prefix="keyring") as made:
        home = Path(made)
        environ = {
            "HOME": made,
            "XDG_RUNTIME_DIR": made,
            "XDG_DATA_HOME": str(home / "data"),
            "PYTHONPATH": _python_path(home),
        }
        (home / "data").mkdir()
        bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | environ,
        )
        assert bus.stdout is not None
        environ["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
        daemon = subprocess.Popen(
            ["gnome-keyring-daemon", "--unlock", "--components=secrets", "--foreground"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | environ,
        )
        try:
            assert daemon.stdin is not None
            daemon.stdin.write(b"the password of the desktop")
            daemon.stdin.close()
            yield DesktopKeyring(environ, home)
        finally:
            for process in (daemon, bus):
                process.terminate()
                process.wait(20)
            bus.stdout.close()


def _python_path(folder: Path) -> str:
    """A path on which the system's PyGObject is found, and nothing else of the system."""
    beside = folder / "beside"
    beside.mkdir(exist_ok=True)
    if _SYSTEM.is_dir() and not (beside / "gi").exists():
        (beside / "gi").symlink_to(_SYSTEM)
    return os.pathsep.join([str(beside), *filter(None, [os.environ.get("PYTHONPATH")])])
